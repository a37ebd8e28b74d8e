"""`bt.run_signals`: signals as arrays, one value a bar or a tick, over the same engine as any strategy.

The arrays are the state of a compiled `Strategy` that reads one row at each close: what a row of an array says is acted upon
where a strategy's `on_bar` (or `on_tick`) would have said it.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np

from btlab.errors import RunError
from btlab.market.series import Bars, Ticks, series_of
from btlab.market.timeline import timeline_of
from btlab.session.result import Session
from btlab.session.run import run
from btlab.strategy.base import Strategy

SIZINGS = ("size", "fraction", "risk")
_NOTHING = np.zeros(0)


def run_signals(
    data: Any,
    entries: Any,
    exits: Any = None,
    *,
    short_entries: Any = None,
    short_exits: Any = None,
    size: Any = None,
    fraction: Any = None,
    risk: Any = None,
    stop_loss: Any = None,
    take_profit: Any = None,
    timeframe: str | None = None,
    **options: Any,
) -> Session:
    """Run signals that were computed beforehand; what fills, when and at what price is as in `bt.run`.

    A signal of a bar is known at its close, so its order meets the next bar's open (the next tick on ticks). What an array knew
    too early nobody can see here: shift what looks ahead yourself.

    Args:
        data: as in `bt.run`.
        entries, exits: to buy, and to leave what was bought: arrays, lists, polars or pandas series of booleans (or 0 and 1), one
            value a bar. None, null and NaN are no signal. Rows are counted, an index of times is not looked at.
        short_entries, short_exits: to sell short, and to buy back.
        size, fraction, risk: one of them, of each entry, as in `ctx.buy`: units, share of the equity, or share of the equity
            lost at the stop loss; a number, or one a bar. All of the equity (fraction=1) where none is given.
        stop_loss, take_profit: prices (not distances) of each entry: a number, or one a bar. NaN at an entry is a rejected
            order, never an order without a stop.
        timeframe: which bars the arrays are of: those of `bt.bars(data, timeframe)` (made with the calendar, price and empty_bars
            of this run), whose last, unfinished one may be missing. By default the data's own bars; on ticks, the ticks.
        options: all that `bt.run` takes: cash, instrument, execution, account, ...

    While long (or an entry on its way) an entry does nothing; an entry of the other side closes first, then opens, in two fills.
    An entry together with its own side's exit is an exit alone: one is flat after it. Entries of both sides at once do nothing.
    An exit of a side that is not held does nothing. A signal that stays True enters again after a stop.

    Raises:
        RunError: a length that is not the data's, values that are no signals, two ways to say the size.

    >>> import btlab as bt
    >>> hours = bt.bars(bt.simulate_ticks("EURUSD", days=5), "1h")
    >>> rising = hours.close > hours.open
    >>> session = run_signals(hours, entries=rising, exits=~rising, size=1_000)
    >>> session.orders["kind"].unique().sort().to_list()
    ['close', 'market']
    """
    data = series_of(data)
    rows, least, of = _rows_of(data, timeframe, options)
    signals = {
        name: _flags(name, values, rows, least, of)
        for name, values in zip(
            ("entries", "exits", "short_entries", "short_exits"), (entries, exits, short_entries, short_exits), strict=True
        )
    }
    given = [name for name, value in zip(SIZINGS, (size, fraction, risk), strict=True) if value is not None]
    if len(given) > 1:
        raise RunError(f"{given[0]} and {given[1]} both say how much; give one of size, fraction and risk")
    if risk is not None and stop_loss is None:
        raise RunError("risk= finds a size from the stop loss: give stop_loss= too")
    sizing, amount = (given[0], (size, fraction, risk)[SIZINGS.index(given[0])]) if given else ("fraction", 1.0)
    numbers = {
        name: _numbers(name if name != "amount" else sizing, values, rows, least, of)
        for name, values in (("amount", amount), ("stop_loss", stop_loss), ("take_profit", take_profit))
    }
    read = _reader(sizing, stop_loss is not None, take_profit is not None)
    handler = "on_tick" if isinstance(data, Ticks) and timeframe is None else "on_bar"
    of_bars = timeframe or getattr(data, "timeframe", Signals.timeframe)
    strategy = type("Signals", (Signals,), {handler: read, "timeframe": of_bars})()
    strategy.hold(signals, numbers)
    return run(strategy, data, **options)


class Signals(Strategy):
    """Reads one row of its arrays at each close of `timeframe`, or at each tick."""

    def hold(self, signals: dict[str, np.ndarray], numbers: dict[str, np.ndarray]) -> None:
        """Take the arrays; an entry that is contradicted is none."""
        entries, exits, short_entries, short_exits = signals.values()
        both = entries & short_entries
        flags = entries & ~exits & ~both, exits, short_entries & ~short_exits & ~both, short_exits
        rows = np.flatnonzero(entries | exits | short_entries | short_exits)
        self.rows = np.append(rows, -1)  # those that say anything, and what: a bit for each of the four
        self.said = sum((each[rows].astype(np.int64) << bit for bit, each in enumerate(flags)), np.zeros(len(rows), np.int64))
        self.amount, self.stop_loss, self.take_profit = numbers.values()

    def init(self) -> None:
        self.at, self.side, self.order = 0, 0, 0
        self.next, self.place = int(self.rows[0]), 0
        self.amounts, self.stops, self.targets = (int(len(n) > 1) for n in (self.amount, self.stop_loss, self.take_profit))


def _reader(sizing: str, has_stop: bool, has_target: bool) -> Callable[[Any, Any], None]:
    """What is done with a row. The arguments are constants of the compiled code: calls that are not made are not compiled."""

    def read(self: Any, ctx: Any) -> None:
        at = self.at
        self.at += 1
        if at != self.next:
            return
        said = self.said[self.place]
        self.place += 1
        self.next = self.rows[self.place]
        enters, exits, enters_short, exits_short = said & 1, said & 2, said & 4, said & 8
        waiting = ctx.open_orders > 0
        if ctx.position == 0.0 and not waiting:
            self.side = 0
        if (self.side > 0 and (exits or enters_short)) or (self.side < 0 and (exits_short or enters)):
            if waiting:
                ctx.cancel(self.order)
            if ctx.position != 0.0:
                ctx.close_position()
            self.side = 0
        if self.side != 0 or not (enters or enters_short):
            return
        amount, stop, target = self.amount[at * self.amounts], None, None
        if has_stop:
            stop = self.stop_loss[at * self.stops]
        if has_target:
            target = self.take_profit[at * self.targets]
        self.side = 1 if enters else -1
        if sizing == "size":
            if enters:
                self.order = ctx.buy(size=amount, stop_loss=stop, take_profit=target)
            else:
                self.order = ctx.sell(size=amount, stop_loss=stop, take_profit=target)
        elif sizing == "risk":
            if enters:
                self.order = ctx.buy(risk=amount, stop_loss=stop, take_profit=target)
            else:
                self.order = ctx.sell(risk=amount, stop_loss=stop, take_profit=target)
        elif enters:
            self.order = ctx.buy(fraction=amount, stop_loss=stop, take_profit=target)
        else:
            self.order = ctx.sell(fraction=amount, stop_loss=stop, take_profit=target)

    return read


def _rows_of(data: Ticks | Bars, timeframe: str | None, options: dict[str, Any]) -> tuple[int, int, str]:
    """How many rows arrays have, at most and at least, and of what they are."""
    if timeframe is None and isinstance(data, Ticks):
        return len(data), len(data), f"{len(data):,} ticks of {data.symbol}"
    own = getattr(data, "timeframe", None)
    wanted = timeframe or str(own)
    calendar = options.get("calendar") or getattr(options.get("instrument"), "calendar", None)
    bars = {name: options[name] for name in ("price", "empty_bars") if name in options}
    timeline = timeline_of(data, calendar=calendar, timeframes=(wanted,), **bars)
    closers = timeline.closer[timeline.rows(wanted)]
    least = len(closers) if own == wanted else int((closers < len(data)).sum())
    return len(closers), least, f"{len(closers):,} {wanted} bars of {data.symbol}"


def _flags(name: str, values: Any, rows: int, least: int, of: str) -> np.ndarray:
    """A signal as an array of bools."""
    if values is None:
        return np.zeros(rows, bool)
    array = _column(name, values, rows, least, of)
    if array.dtype == object:
        array = np.array([_flag(name, row, value) for row, value in enumerate(array)], np.float64)
    if array.dtype == bool:
        signal = array
    elif array.dtype.kind in "iuf":
        wrong = np.flatnonzero((array != 0) & (array != 1) & (array == array))
        if len(wrong):
            _flag(name, int(wrong[0]), array[wrong[0]].item())
        signal = array == 1
    else:
        raise RunError(f"{name} is made of {array.dtype}; a signal is True or False", name=name)
    return np.concatenate([signal, np.zeros(rows - len(signal), bool)])


def _flag(name: str, row: int, value: Any) -> float:
    """1, 0, or NaN where there is no value."""
    if value is None or type(value).__name__ in ("NAType", "NaTType"):
        return math.nan
    if isinstance(value, bool | int | float | np.number | np.bool_) and (value in (0, 1) or value != value):
        return float(value)
    raise RunError(f"{name}, row {row}: {value!r} is no signal; a signal is True or False", name=name, row=row)


def _numbers(name: str, values: Any, rows: int, least: int, of: str) -> np.ndarray:
    """Numbers of entries: none, one, or one a row."""
    if values is None:
        return _NOTHING
    if isinstance(values, int | float | np.number):
        if not (math.isfinite(values) and values > 0):
            raise RunError(f"{name}={values!r}: it is a positive number, or one a row", name=name, value=values)
        return np.array([float(values)])
    array = _column(name, values, rows, least, of)
    try:
        numbers = array.astype(np.float64)
    except (TypeError, ValueError):
        raise RunError(f"{name} is not made of numbers", name=name) from None
    return np.concatenate([numbers, np.full(max(rows, 2) - len(numbers), np.nan)])


def _column(name: str, values: Any, rows: int, least: int, of: str) -> np.ndarray:
    array = values.to_numpy() if hasattr(values, "to_numpy") else np.asarray(values)
    if array.ndim != 1 or not least <= len(array) <= rows:
        raise RunError(
            f"{name} has shape {array.shape}, and there are {of}: one value for each of them",
            name=name,
            shape=array.shape,
            rows=rows,
        )
    return array
