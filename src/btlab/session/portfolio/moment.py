"""The state of a run of several symbols at any moment: each symbol's, and the account they share."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np
import polars as pl

from btlab.market.state import MultiTimeframe, State
from btlab.market.times import as_index, iso, to_datetime
from btlab.session.portfolio.equity import closing_then, rates
from btlab.session.portfolio.setup import place_of
from btlab.session.replay import Moment, moment_at

if TYPE_CHECKING:
    from btlab.session.portfolio.part import Part
    from btlab.session.portfolio.result import PortfolioSession

IDS = {"orders": {"id": "order"}, "trades": {"id": "trade", "parent": "trade", "entry_order": "order"}}
"""Columns of a symbol's own tables that hold ids, and of what."""
EACH = ("tick", "bid", "ask", "position", "entry_price", "open_profit", "position_value")


@dataclass(frozen=True)
class PortfolioMoment:
    """Everything at one moment of a run of several symbols; ids are those of the tables of all, made when first looked at.

    Attributes:
        time: µs UTC. equity, cash, position_value, open_profit: of the account.
        drawdown: the share lost since the highest equity among the rows of `session.equity` so far and now.
        positions: a row for each symbol: symbol, tick (the last taken, -1 before the first), bid, ask, position, entry_price,
            open_profit and position_value in the account's currency.
        orders: those working then. trades: those entered by then, as `Moment` has them. fills, marks, logs: those of then and
            before.
    """

    time: int
    equity: float
    cash: float
    position_value: float
    open_profit: float
    drawdown: float
    _session: PortfolioSession = field(repr=False, compare=False)
    _each: tuple[Moment, ...] = field(repr=False, compare=False)

    @cached_property
    def positions(self) -> pl.DataFrame:
        columns = {name: [getattr(one, name) for one in self._each] for name in EACH}
        return pl.DataFrame({"symbol": self._session.symbols} | columns)

    @cached_property
    def orders(self) -> pl.DataFrame:
        return _together("orders", self._parts, [one.orders for one in self._each])

    @cached_property
    def trades(self) -> pl.DataFrame:
        return _together("trades", self._parts, [one.trades for one in self._each])

    @cached_property
    def fills(self) -> pl.DataFrame:
        return self._session.fills[np.flatnonzero(_known(self._session, "fill", self._taken, self.time))]

    @cached_property
    def marks(self) -> pl.DataFrame:
        return _noted(self._session, self._session.marks, 0, self._taken, self.time)

    @cached_property
    def logs(self) -> pl.DataFrame:
        return _noted(self._session, self._session.logs, 1, self._taken, self.time)

    @property
    def _parts(self) -> list[Part]:
        return [self._session.of(name) for name in self._session.symbols]

    @property
    def _taken(self) -> list[int]:
        return [one.tick + 1 for one in self._each]

    def of(self, symbol: str) -> Moment:
        """A symbol's own moment, its ids counted anew: bars, indicators, quotes; its equity is the account's with it alone.

        Raises:
            RunError: no symbol of this run.
        """
        return self._each[self._session.of(symbol).place]

    def __repr__(self) -> str:
        held = self.positions.filter(pl.col("position") != 0.0).select("symbol", "position").rows()
        said = ", ".join(f"{position:+,.10g} {symbol}" for symbol, position in held) or "flat"
        return f"<{iso(self.time)} UTC: {said}, equity {self.equity:,.2f}>"


def moment_of_all(session: PortfolioSession, moment: Any, symbol: str | None) -> PortfolioMoment:
    """What `PortfolioSession.at` returns.

    Raises:
        RunError: there is no such tick or symbol.
    """
    parts = session.setup.parts
    time, taken = place_of(parts, moment, None if symbol is None else session.of(symbol).place)
    if as_index(moment) is not None and any(part.data.count_by(time) > count for part, count in zip(parts, taken)):
        session = followed_to(session, taken, time)
    then = [session.of(name) for name in session.symbols]
    each = tuple(
        moment_at(part, State(MultiTimeframe.of(part.data, part.timeline), count - 1, time), _rate(part, taken))
        for part, count in zip(then, taken)
    )
    balance, profit = _balance(session, taken, time), sum(one.open_profit for one in each)
    equity, value = balance + profit, sum(one.position_value for one in each)
    rows = session.equity["equity"][: session.equity["time"].search_sorted(to_datetime(time), "right")]
    peak = max(float(rows.max() or session.cash), equity)  # type: ignore[arg-type]
    return PortfolioMoment(
        time=time,
        equity=equity,
        cash=equity - value,
        position_value=value,
        open_profit=profit,
        drawdown=(peak - equity) / peak,
        _session=session,
        _each=each,
    )


def followed_to(session: PortfolioSession, taken: Sequence[int], time: int) -> PortfolioSession:
    """The run as it stood between ticks of one time: only a second run tells what each of them brought about."""
    from btlab.session.explain.replaying import Follower

    follower = Follower(session)
    follower.through(taken, taken, time)
    return type(session)(
        session.setup, follower.start, session.mode, asked=session.asked, ending=session.ending, again=session.again
    )


def _rate(part: Part, taken: Sequence[int]) -> float:
    """What one unit of a symbol's quote currency was in the account's after so many ticks of each."""
    setups = part.whole.setup.parts
    quotes = {pair: closing_then(setups[pair], np.array([taken[pair] - 1])) for pair, _ in part.legs}
    return float(np.ravel(rates(part.legs, quotes))[0])


def _known(session: PortfolioSession, table: str, taken: Sequence[int], time: int) -> np.ndarray:
    """Which rows of a table are of then or before: by their own symbol's ticks, and by their time."""
    rows = session.records[table]
    if table == "mark":
        owner = rows["symbol"]
    else:
        orders = rows["order"] if table == "fill" else session.records["trade"]["entry_order"][rows["trade"] - 1]
        owner = session.records["order"]["symbol"][orders - 1]
    known: np.ndarray = (rows["tick"] < np.asarray(taken)[owner]) & (rows["time"] <= time)
    return known


def _noted(session: PortfolioSession, table: pl.DataFrame, logged: int, taken: Sequence[int], time: int) -> pl.DataFrame:
    known, rows = _known(session, "mark", taken, time), session.records["mark"]
    return table[np.flatnonzero(known[rows["logged"] == logged])]


def _balance(session: PortfolioSession, taken: Sequence[int], time: int) -> float:
    """The account's balance: after the last fill by then, less the nights paid since."""
    fills = session.records["fill"][_known(session, "fill", taken, time)]
    nights = session.records["night"][_known(session, "night", taken, time)]
    if not len(fills):
        return session.cash
    return float(fills["balance"][-1] - nights["money"][nights["time"] > fills["time"][-1]].sum())


def _together(table: str, parts: Sequence[Part], frames: Sequence[pl.DataFrame]) -> pl.DataFrame:
    """Rows of all symbols, with the ids that they have among those of all, in their order."""
    told = []
    for part, frame in zip(parts, frames):
        ids = {of: pl.Series(part.rows[of] + 1, dtype=pl.Int64) for of in ("order", "trade")}
        told.append(frame.with_columns(ids[of].gather(frame[name] - 1).alias(name) for name, of in IDS[table].items()))
    return pl.concat(told).sort("id")
