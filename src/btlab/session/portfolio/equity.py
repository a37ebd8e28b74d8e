"""Equity of several symbols on one account: what was seen of each at every row, and what its money was worth then."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING

import numpy as np

from btlab.market.codes import BY_END
from btlab.metrics.drawdown import drawdown
from btlab.session import tables
from btlab.session.closes import closing_quotes
from btlab.session.portfolio.setup import PortfolioSetup
from btlab.session.setup import Setup

if TYPE_CHECKING:
    import polars as pl

START, AT_ONCE, CLOSE, MET, END, LAST = range(-2, 4)
"""What comes first of what happens at one time."""
Legs = Sequence[tuple[int, bool]]
"""The places of the pairs that convert a symbol's money, and whether it is divided by them."""


class Rows:
    """The rows of an equity: their times, their order, and what had been seen of each symbol.

    Args:
        fills, owner: the fills that make rows, and the place of each one's symbol.
        place: the symbol whose first tick, closes and last tick make rows; None: those of all.

    Attributes:
        time, kind, fill: of each row: µs, one of the six above, the fill's row or -1.
    """

    def __init__(self, setup: PortfolioSetup, fills: np.ndarray, owner: np.ndarray, place: int | None = None) -> None:
        parts = setup.parts if place is None else (setup.parts[place],)
        first, last = min(part.data.first_time for part in parts), max(part.data.last_time for part in parts)
        ends = [part.timeline.end[part.timeline.rows(part.timeline.base)] for part in parts]
        told = np.unique(np.concatenate([end[end <= last] for end in ends]))
        count = len(fills)
        last = max(last, int(fills["time"].max(initial=last)))
        time = np.concatenate([[first], fills["time"], told, [last]])
        filled = np.where(fills["reason"] == BY_END, END, np.where(fills["acting"] < 0, AT_ONCE, MET))
        kind = np.concatenate([[START], filled, np.full(len(told), CLOSE), [LAST]])
        fill = np.concatenate([[-1], np.arange(count), np.full(len(told) + 1, -1)])
        order = np.lexsort((np.arange(len(time)), kind, time))
        self.time, self.kind, self.fill = time[order], kind[order], fill[order]
        self.after = np.cumsum(self.fill >= 0)
        self._setup, self._fills, self._owner, self._place = setup, fills, owner, place

    def last_seen(self, place: int) -> np.ndarray:
        """The last tick of a symbol that was taken at each row, -1 before its first."""
        time = self._setup.parts[place].data.time
        before = np.searchsorted(time, self.time, side="left") - 1
        after = np.searchsorted(time, self.time, side="right") - 1
        seen = np.where(self.kind >= END, len(time) - 1, before)
        met = np.flatnonzero(self.kind == MET)
        acting, tick = (self._fills[name][self.fill[met]] for name in ("acting", "acting_tick"))
        seen[met] = np.where(acting == place, tick, np.where(acting > place, after[met], seen[met]))
        if self._place not in (None, place):  # the last tick of one symbol is not that of the others
            seen[-1] = (after if place < (self._place or 0) else before)[-1]
        return np.where(self.kind == START, -1, seen)

    def quotes(self, place: int) -> tuple[np.ndarray, np.ndarray]:
        """What closing would get and pay in a symbol at each row; NaN before it was quoted."""
        sell, buy = closing_then(self._setup.parts[place], self.last_seen(place))
        met = np.flatnonzero(self.kind == MET)
        met = met[self._fills["acting"][self.fill[met]] == place]
        sell[met], buy[met] = self._fills["acting_sell"][self.fill[met]], self._fills["acting_buy"][self.fill[met]]
        rows = self.fill[self.fill >= 0]
        rows = rows[self._owner[rows] == place]
        own = np.isin(self.fill, rows)
        sell[own], buy[own] = self._fills["sell_at"][rows], self._fills["buy_at"][rows]
        return sell, buy


def closing_then(part: Setup, ticks: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """What closing would get and pay in a symbol after ticks; NaN before its first, which is -1."""
    sell, buy = closing_quotes(part.data, np.maximum(ticks, 0), part.spread, part.execution.widen)
    return np.where(ticks < 0, np.nan, sell), np.where(ticks < 0, np.nan, buy)


def rates(legs: Legs, quotes: dict[int, tuple[np.ndarray, np.ndarray]]) -> np.ndarray | float:
    """What one unit of a symbol's quote currency is in the account's at each row.

    Args:
        quotes: of each place that a leg names.
    """
    rate: np.ndarray | float = 1.0
    for place, divides in legs:
        middle = (quotes[place][0] + quotes[place][1]) / 2.0
        rate = rate / middle if divides else rate * middle
    return rate


def rates_after(setup: PortfolioSetup, legs: Legs, place: int, ticks: np.ndarray, times: np.ndarray) -> np.ndarray | float:
    """The same once ticks of a symbol were taken, at times from theirs on; ticks of one time come in the order of the names."""
    quotes = {}
    own = setup.parts[place].data.time
    for pair, _ in legs:
        seen = ticks
        if pair != place:
            theirs = setup.parts[pair].data.time
            before, after = (np.searchsorted(theirs, times, side=side) - 1 for side in ("left", "right"))
            later = (ticks < 0) | (own[np.maximum(ticks, 0)] < times)
            seen = np.where(later | (pair < place), after, before)
        quotes[pair] = closing_then(setup.parts[pair], seen)
    return rates(legs, quotes)


def equity(setup: PortfolioSetup, legs: Sequence[Legs], records: Mapping[str, np.ndarray]) -> pl.DataFrame:
    """The account at its start, at every fill, at every close of a base bar of any symbol, and at the last tick."""
    rows, held = held_of_each(setup, legs, records)
    value, cost = np.zeros(len(rows.time)), np.zeros(len(rows.time))
    for worth, paid in held:
        value, cost = value + worth, cost + paid
    return tables.equity({"time": rows.time} | _account(setup, rows, records["fill"], records["night"], value, cost))


def held_of_each(
    setup: PortfolioSetup, legs: Sequence[Legs], records: Mapping[str, np.ndarray]
) -> tuple[Rows, Iterator[tuple[np.ndarray, np.ndarray]]]:
    """The rows of the account's equity, and (worth, cost) of what is held at them of one symbol after the other, in its money."""
    fills = records["fill"]
    owner = records["order"]["symbol"][fills["order"] - 1]
    rows = Rows(setup, fills, owner)
    quotes = {place: rows.quotes(place) for place in range(len(setup.parts))}
    return rows, (_held(setup, rows, fills, owner, place, quotes, legs[place]) for place in quotes)


def not_of_fills(setup: PortfolioSetup, records: Mapping[str, np.ndarray]) -> np.ndarray:
    """Which rows of the same are the start, closes of bars and the end: those that every run over these data has."""
    fills = records["fill"]
    return Rows(setup, fills, records["order"]["symbol"][fills["order"] - 1]).fill < 0


def curve_of(setup: PortfolioSetup, legs: Legs, place: int, fills: np.ndarray, nights: np.ndarray) -> dict[str, np.ndarray]:
    """The columns of `Session.curve` for one symbol whose money is converted: its own rows, at the rate of each.

    Args:
        fills, nights: its own; the balance of fills is what the account had been with it alone.
    """
    rows = Rows(setup, fills, np.full(len(fills), place), place)
    quotes = {one: rows.quotes(one) for one in {place, *(pair for pair, _ in legs)}}
    value, cost = _held(setup, rows, fills, rows._owner, place, quotes, legs)
    of_fill = rows.fill >= 0
    tick = np.where(of_fill, fills["tick"][rows.fill] if len(fills) else -1, rows.last_seen(place))
    whole = {"time": rows.time, "tick": tick}
    return whole | _account(setup, rows, fills, nights, value, cost)


def _held(
    setup: PortfolioSetup,
    rows: Rows,
    fills: np.ndarray,
    owner: np.ndarray,
    place: int,
    quotes: dict[int, tuple[np.ndarray, np.ndarray]],
    legs: Legs,
) -> tuple[np.ndarray, np.ndarray]:
    """(worth, cost) of what is held of a symbol at each row, in the account's currency."""
    own = np.flatnonzero(owner == place)
    after = np.searchsorted(own, rows.after, side="left")
    position, held, short = (np.concatenate([[0.0], fills[name][own]])[after] for name in ("position", "cost", "short"))
    busy = (position != 0.0) | (short > 0.0)
    worth = tables.worth(position, short, *quotes[place]) * setup.parts[place].instrument.contract_size
    worth = np.where(np.isnan(worth), held, worth)  # its closing side was never quoted: no profit is known
    rate = np.where(busy, rates(legs, quotes), 0.0)
    return worth * rate, held * rate


def _account(
    setup: PortfolioSetup, rows: Rows, fills: np.ndarray, nights: np.ndarray, value: np.ndarray, cost: np.ndarray
) -> dict[str, np.ndarray]:
    """equity, cash, position_value and drawdown of rows at which open lots were worth `value` and had cost `cost`."""
    balance = np.concatenate([[setup.cash], fills["balance"]])[rows.after]
    if len(nights):
        balance = balance - tables.balances(fills, nights, rows.time, rows.after)
    total = balance - cost + value
    return {"equity": total, "cash": balance - cost, "position_value": value, "drawdown": drawdown(total)}
