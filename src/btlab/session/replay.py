"""The state of a run at any tick or time: what was known then, and nothing of later."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np
import polars as pl

from btlab.market.codes import (
    BRACKET,
    BY_LIQUIDATION,
    BY_STOP_LOSS,
    BY_TAKE_PROFIT,
    BY_TRAILING,
    CLOSE,
    MODIFIED,
    PARTLY_FILLED,
    TARGET,
    UNITS,
    WORKING,
)
from btlab.market.series import Bars, Ticks
from btlab.market.state import FormingBar, MultiTimeframe, State
from btlab.market.times import iso
from btlab.session import tables
from btlab.session.closes import closing_quotes
from btlab.session.indicators_then import indicators_at
from btlab.session.tables import worth
from btlab.session.trailing import stood_at

if TYPE_CHECKING:
    from btlab.session.result import Session

BRACKETS = (BY_STOP_LOSS, BY_TRAILING, BY_TAKE_PROFIT, BY_LIQUIDATION)
NOT_YET = (
    "exit_time", "exit_price", "exit_reason", "exit_tick",
    "gross_pnl", "pnl", "mae", "mfe", "commission", "slippage", "financing",
)  # fmt: skip
"""Columns of trades that nobody knows while they are open."""


@dataclass(frozen=True)
class Moment:
    """Everything at one moment of a session. Its tables are made when they are first looked at.

    Attributes:
        tick: the last tick taken, -1 before the first; time: µs UTC.
        bid, ask: the last quotes seen (bars: the close, and the close + spread).
        position: signed units; entry_price: their mean, NaN when flat. Of the account's money
            open_profit, equity, cash, position_value.
        drawdown: the share lost since the highest equity among the rows of `session.equity` so far and now.
        orders: those working then. trades: those entered by then; the exits of what was still open are null, and what was closed
            of it later is in its size. `trailing_stop` is where the trailing stop of an open one stood.
        fills, marks, logs: those of then and before.
        indicators: what the strategy asked for in `init`: name, indicator, timeframe, value (on the last closed bar) and forming
            (with the running one counted in); NaN where there was none.
    """

    tick: int
    time: int
    bid: float
    ask: float
    position: float
    entry_price: float
    open_profit: float
    equity: float
    cash: float
    position_value: float
    drawdown: float
    bars: State
    _session: Session = field(repr=False, compare=False)

    @cached_property
    def orders(self) -> pl.DataFrame:
        return _working(self._session, self.tick, self.time)

    @cached_property
    def trades(self) -> pl.DataFrame:
        return _entered(self._session, self.tick, self.time)

    @cached_property
    def fills(self) -> pl.DataFrame:
        return self._until(self._session.fills)

    @cached_property
    def marks(self) -> pl.DataFrame:
        return self._until(self._session.marks)

    @cached_property
    def logs(self) -> pl.DataFrame:
        return self._until(self._session.logs)

    def _until(self, table: pl.DataFrame) -> pl.DataFrame:
        return table[np.flatnonzero(_told(table, self.tick, self.time))]

    @cached_property
    def indicators(self) -> pl.DataFrame:
        return indicators_at(self._session, self.bars)

    def completed(self, timeframe: str) -> Bars:
        """The bars of a timeframe closed by then."""
        return self.bars.completed(timeframe)

    def forming(self, timeframe: str) -> FormingBar | None:
        """The bar that was running, or None."""
        return self.bars.forming(timeframe)

    def __repr__(self) -> str:
        held = f"{self.position:+,.10g} at {self.entry_price:.10g}" if self.position else "flat"
        quote = f"bid {self.bid:.10g}, ask {self.ask:.10g}"
        return f"<{iso(self.time)} UTC, tick {self.tick}: {quote}, {held}, equity {self.equity:,.2f}>"


def moment_of(session: Session, moment: Any) -> Moment:
    """The state at a tick's index or at a time."""
    return moment_at(session, MultiTimeframe.of(session.data, session.timeline).at(moment))


def moment_at(session: Session, bars: State, rate: float | None = None) -> Moment:
    """The state with the bars as they were then; `rate`: what one unit of the quote currency was in the account's."""
    tick, contract = bars.tick, session.instrument.contract_size
    fills = session.records["fill"]
    filled = int(np.count_nonzero(_known(fills, tick, bars.time)))
    position, balance, cost, short = account_after(session, filled, tick, bars.time)
    sell, buy = (
        (float(q[0]) for q in closing_quotes(session.data, np.array([tick]), session.spread, session.execution.widen))
        if tick >= 0
        else (np.nan,) * 2
    )
    value = float(worth(*(np.array([number]) for number in (position, short, sell, buy)))[0]) * contract
    if rate is None or not (position or short):
        rate = rate_at(session, tick, bars.time) if position or short else 1.0
    price, value = cost / (position * contract) if position else np.nan, (value if value == value else cost) * rate
    cost *= rate
    equity = balance - cost + value
    rows = session.equity
    known = _told(rows, tick, bars.time)
    peak = max(float(np.max(rows["equity"].to_numpy(), where=known, initial=-np.inf)) if known.any() else session.cash, equity)
    bid, ask = _quotes(session, tick)
    return Moment(
        tick=tick,
        time=bars.time,
        bid=bid,
        ask=ask,
        position=position,
        entry_price=price,
        open_profit=value - cost,
        equity=equity,
        cash=balance - cost,
        position_value=value,
        drawdown=(peak - equity) / peak,
        bars=bars,
        _session=session,
    )


def rate_at(session: Session, tick: int, time: int) -> float:
    """What one unit of the quote currency was in the account's after a tick, or at a time after it."""
    return float(np.ravel(session.rates(np.array([tick]), np.array([time])))[0])


def account_after(session: Session, fills: int, tick: int, now: int) -> tuple[float, float, float, float]:
    """(position, balance, cost, short) after so many fills and the nights paid by then."""
    if not fills:
        return 0.0, session.cash, 0.0, 0.0
    row, nights = session.records["fill"][fills - 1], session.records["night"]
    since = (nights["tick"] <= tick) & (nights["time"] <= now) & (nights["time"] > row["time"])
    paid = float(nights["money"][since].sum())
    return float(row["position"]), float(row["balance"]) - paid, float(row["cost"]), float(row["short"])


def _quotes(session: Session, tick: int) -> tuple[float, float]:
    """Bid and ask as seen: of each side the last that was there."""
    data = session.data
    if tick < 0:
        return np.nan, np.nan
    if isinstance(data, Bars):
        return float(data.close[tick]), float(data.close[tick] + session.spread)
    return last_seen(data, 0, tick), last_seen(data, 1, tick)


def last_seen(data: Ticks, side: int, tick: int) -> float:
    """The last value of a side (0 bid, 1 ask) at or before a tick; NaN where there was none."""
    reach = 64
    while True:
        begin = max(0, tick + 1 - reach)
        column = data.quotes(np.arange(begin, tick + 1))[side]
        seen = np.flatnonzero(~np.isnan(column))
        if len(seen):
            return float(column[seen[-1]])
        if begin == 0:
            return np.nan
        reach *= 8


def _known(rows: np.ndarray, tick: int, time: int) -> np.ndarray:
    """Which records are of then or before."""
    known: np.ndarray = (rows["tick"] <= tick) & (rows["time"] <= time)
    return known


def _told(table: pl.DataFrame, tick: int, time: int) -> np.ndarray:
    """The same of a table's rows."""
    known: np.ndarray = (table["tick"].to_numpy() <= tick) & (table["time"].to_physical().to_numpy() <= time)
    return known


def _last(changes: np.ndarray, which: np.ndarray) -> np.ndarray:
    """Of some of the changes the last one of each order, by order."""
    rows = changes[which][::-1]
    return rows[np.unique(rows["order"], return_index=True)[1]]


def _working(session: Session, tick: int, time: int) -> pl.DataFrame:
    """Orders placed and not ended by then, as they stood: nothing filled yet, and no size where the fill decides it."""
    changes, fills = session.records["change"], session.records["fill"]
    stood = _last(changes, _known(changes, tick, time))
    stood = stood[(stood["state"] == WORKING) | (stood["state"] == PARTLY_FILLED)]
    rows = session.records["order"][stood["order"] - 1]
    for name in ("level", "limit", "stop_loss", "take_profit", "state"):
        rows[name] = stood[name]
    rows["size"] = np.where(rows["sizing"] == UNITS, stood["size"], np.nan)
    rows["side"][(rows["kind"] == CLOSE) | (rows["sizing"] == TARGET)] = 0
    entries = fills[_known(fills, tick, time) & ~np.isin(fills["reason"], BRACKETS)]
    rows["filled"] = np.bincount(entries["order"], entries["size"], len(session.records["order"]) + 1)[stood["order"]]
    rows["ending"] = 0
    return tables.orders(rows, session.symbol).replace_column(0, tables.whole(stood["order"]).alias("id"))


def _entered(session: Session, tick: int, time: int) -> pl.DataFrame:
    """Trades entered by then. A part that was closed later was still in its lot, and no row of its own."""
    rows, changes = session.records["trade"], session.records["change"]
    is_open = (rows["exit_tick"] < 0) | (rows["exit_tick"] > tick) | (rows["exit_time"] > time)
    within, sizes = is_open & (rows["parent"] > 0), rows["size"].copy()
    np.add.at(sizes, rows["parent"][within] - 1, rows["size"][within])
    entered = np.flatnonzero((rows["entry_tick"] <= tick) & (rows["entry_time"] <= time) & ~within)
    rows, table, is_open = rows[entered], session.trades[entered], is_open[entered]
    of_lots = (changes["what"] == BRACKET) | ((changes["what"] == MODIFIED) & (changes["state"] == PARTLY_FILLED))
    moved = _last(changes, _known(changes, tick, time) & of_lots)
    at = np.full(len(session.records["order"]) + 1, -1)
    at[moved["order"]] = np.arange(len(moved))
    at = at[rows["entry_order"]]
    told = {name: table[name].zip_with(pl.Series(~is_open), pl.Series([None], dtype=table.schema[name])) for name in NOT_YET}
    for name in ("stop_loss", "take_profit"):
        then = np.where(at >= 0, np.append(moved[name], np.nan)[at], rows["first_" + name])
        told[name] = table[name].zip_with(pl.Series(~is_open), tables.numbers(then))
    told["size"] = tables.numbers(sizes[entered])
    trailing = np.where(is_open, stood_at(session, tick)[entered], np.nan)
    return pl.DataFrame(
        {name: told.get(name, table[name]) for name in table.columns} | {"trailing_stop": tables.numbers(trailing)}
    )
