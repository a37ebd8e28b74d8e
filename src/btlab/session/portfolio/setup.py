"""What a run of several symbols was asked, checked and ready to start."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from btlab.engine.rules import rules_of_money
from btlab.engine.state import State
from btlab.errors import RunError, did_you_mean
from btlab.execution.account import Account
from btlab.execution.profile import Execution
from btlab.market.codes import FOREVER
from btlab.market.instrument import Instrument
from btlab.market.run_record import RUN
from btlab.market.series import Bars, Ticks, series_of
from btlab.market.spare import copy_of
from btlab.market.times import as_index, to_microseconds
from btlab.session.mistakes import check_methods
from btlab.session.setup import Setup, Start, begun, setup_of_symbol, strategy_of
from btlab.strategy.base import Strategy
from btlab.strategy.book import book_of


@dataclass(frozen=True, slots=True)
class PortfolioSetup:
    """The strategy as it was given, and the setup of each symbol, in the order of their names."""

    strategy: Strategy
    parts: tuple[Setup, ...]
    account: Account
    cash: float
    seed: int

    @property
    def symbols(self) -> tuple[str, ...]:
        return tuple(part.data.symbol for part in self.parts)

    def options(self) -> dict[str, Any]:
        """What `bt.run` is to be told for the same run."""
        each = {part.data.symbol: part.options() for part in self.parts}
        same = next(iter(each.values()))
        apart = {
            name: {symbol: options[name] for symbol, options in each.items()} for name in ("instrument", "spread", "execution")
        }
        calendars = {options["calendar"] for options in each.values()}  # several are those of the instruments: none was given
        return same | apart | {"calendar": calendars.pop() if len(calendars) == 1 else None}

    def cut(self, ticks: Sequence[int]) -> PortfolioSetup:
        """The same over the first ticks of each symbol."""
        shorter = [replace(part, data=part.data[:tick]) for part, tick in zip(self.parts, ticks)]
        return replace(self, parts=tuple(replace(part, timeline=part.timeline.over(part.data)) for part in shorter))

    def start(self) -> Start:
        """A run that has not begun: records that lie one after the other, tables and an account for all."""
        strategy, records, states = begun(self.strategy), np.zeros(len(self.parts), RUN), list[State]()
        times = [part.data.time for part in self.parts]
        span = min(int(time[0]) for time in times), max(int(time[-1]) for time in times)
        for place, part in enumerate(self.parts):
            states.append(part.state(records[place : place + 1], states[0] if states else None, span))
        records["symbols"] = len(states)
        for state, rules in zip(states, rules_of_money([part.instrument for part in self.parts], self.account.currency)):
            state.set(**rules)
        books = [book_of(strategy, part.data, part.timeline, state) for part, state in zip(self.parts, states)]
        return Start(strategy, states[0], copy_of(records), books[0])


def portfolio_of(
    strategy: Any,
    data: Mapping[str, Any],
    *,
    instrument: Any = None,
    spread: Any = None,
    execution: str | Execution | Mapping[str, str | Execution] = "perfect",
    **rules: Any,
) -> PortfolioSetup:
    """What `bt.run` was asked for several symbols, checked.

    Raises:
        RunError: no symbols, ticks and bars together, bars of several timeframes, or an instrument of a symbol that is not there.
    """
    series = series_by_symbol(data)
    instruments, spreads = of_each("instrument", instrument, series), of_each("spread", spread, series)
    executions = dict.fromkeys(series, "perfect") | of_each("execution", execution, series)
    strategy = strategy_of(strategy)
    check_methods(strategy)
    parts = tuple(
        setup_of_symbol(
            strategy,
            each,
            instrument=instruments.get(symbol),
            spread=spreads.get(symbol),
            execution=executions[symbol],
            **rules,
        )
        for symbol, each in series.items()
    )
    for symbol, part in zip(series, parts):
        if part.instrument.symbol != symbol:
            raise RunError(f"the instrument given for {symbol} is {part.instrument.symbol}", symbol=symbol)
    rules_of_money([part.instrument for part in parts], parts[0].account.currency)
    return PortfolioSetup(strategy, parts, parts[0].account, parts[0].cash, parts[0].seed)


def series_by_symbol(data: Mapping[str, Any]) -> dict[str, Ticks | Bars]:
    """Each symbol's ticks or bars, in the order of their names.

    Raises:
        RunError: no symbols, ticks and bars together, or bars of several timeframes.
    """
    if not data:
        raise RunError("no symbols: give {'EURUSD': ticks, 'GBPUSD': ticks}")
    for symbol in data:
        if not isinstance(symbol, str):
            raise RunError(f"the data given as {symbol!r}: a symbol is a text, as in {{'EURUSD': ticks}}", symbol=symbol)
    series = {symbol: _named(symbol, series_of(value)) for symbol, value in sorted(data.items())}
    kinds = {"ticks" if isinstance(each, Ticks) else f"{each.timeframe} bars" for each in series.values()}
    if len(kinds) > 1:
        raise RunError(f"the symbols come as {' and '.join(sorted(kinds))}; a run takes ticks of all, or bars of one timeframe")
    return series


def halt_all(setup: PortfolioSetup, start: Start, until: Any) -> list[int]:
    """Let a run halt after a tick or at a time; returns, for each symbol, the first tick that is not met.

    Raises:
        RunError: before the first tick of a symbol, where the run stands already, or a tick that there is not.
    """
    when, halts = place_of(setup.parts, until, None)
    for part, state, tick in zip(setup.parts, start.state.siblings, halts):
        if tick == 0:
            raise RunError(f"until={until!r}: nothing of {part.data.symbol} has happened by then", until=until)
        state.set(until=tick, until_time=when)
    if all(tick <= int(state.run["taken"]) + 1 for tick, state in zip(halts, start.state.siblings)) and start.begun:
        raise RunError(f"until={until!r}: the run stands there, or after it, already", until=until)
    return halts


def after_tick(parts: Sequence[Setup], index: int) -> tuple[int, list[int]]:
    """(time of a tick, how many of each symbol have come with it), the ticks of all counted by time, ties by name.

    Raises:
        RunError: there is no such tick.
    """
    data = [part.data for part in parts]
    count = sum(map(len, data))
    left = index + 1 + (count if index < 0 else 0)
    if not 1 <= left <= count:
        raise RunError(f"there is no tick {index}: there are ticks 0 to {count - 1}, of all symbols together", tick=index)
    low, high = min(each.first_time for each in data), max(each.last_time for each in data)
    while low < high:  # the first time by which so many have come
        middle = (low + high) // 2
        if sum(each.count_by(middle) for each in data) >= left:
            high = middle
        else:
            low = middle + 1
    before = [each.count_by(low, "left") for each in data]
    left, halts = left - sum(before), list[int]()
    for each, tick in zip(data, before):
        here = min(left, each.count_by(low) - tick)
        left -= here
        halts.append(tick + here)
    return low, halts


def ticks_after(parts: Sequence[Setup], place: int, tick: int) -> list[int]:
    """How many ticks of each symbol have come once one of a symbol's was taken; those of one time come in the order of names."""
    when = parts[place].data.time_at(tick)
    taken = [part.data.count_by(when, "right" if k < place else "left") for k, part in enumerate(parts)]
    taken[place] = tick + 1
    return taken


def place_of(parts: Sequence[Setup], moment: Any, symbol: int | None) -> tuple[int, list[int]]:
    """(time, how many ticks, or whole bars, of each symbol had come) of a moment: an int counts those of a symbol, or of all.

    Raises:
        RunError: there is no such tick.
    """
    if (index := as_index(moment)) is None:
        when = to_microseconds(moment)
        return min(when, int(FOREVER) - 1), [part.taken_by(when) for part in parts]
    if symbol is None:
        return after_tick(parts, index)
    part = parts[symbol]
    count = len(part.data)
    tick = index + (count if index < 0 else 0)
    if not 0 <= tick < count:
        raise RunError(f"there is no tick {moment} of {part.data.symbol}; it has ticks 0 to {count - 1}", tick=moment)
    return part.data.time_at(tick), ticks_after(parts, symbol, tick)


def _named(symbol: str, series: Ticks | Bars) -> Ticks | Bars:
    if series.symbol != symbol:
        raise RunError(f"the data given as {symbol!r} are of {series.symbol!r}; give them their own name", symbol=symbol)
    return series


def of_each(name: str, given: Any, series: Mapping[str, Any]) -> dict[str, Any]:
    """What was given, by symbol: to each its own, or one for all.

    Raises:
        RunError: one instrument for several symbols, or a name that is none of theirs.
    """
    if given is None:
        return {}
    if isinstance(given, Instrument):
        if len(series) == 1:
            return dict.fromkeys(series, given)
        raise RunError("several symbols have an instrument each: instrument={'EURUSD': bt.Instrument('EURUSD', ...)}")
    if not isinstance(given, Mapping):
        return dict.fromkeys(series, given)
    for symbol in given:
        if symbol not in series:
            raise RunError(f"{name}= names {symbol!r}, none of the symbols.{did_you_mean(symbol, series)}", symbol=symbol)
    return dict(given)
