"""Equity of several symbols on one account: what was seen of each at every row, and what its money was worth then."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from btlab.market.records import BY_END
from btlab.session import tables
from btlab.session.closes import closing_quotes
from btlab.session.portfolio.setup import PortfolioSetup

if TYPE_CHECKING:
    import polars as pl

START, AT_ONCE, CLOSE, MET, END, LAST = range(-2, 4)
"""What comes first of what happens at one time."""


class Rows:
    """The rows of the equity: their times, their order, and what had been seen of each symbol.

    Attributes:
        time, kind, fill: of each row: µs, one of the four above, the fill's row or -1.
    """

    def __init__(self, setup: PortfolioSetup, fills: np.ndarray, owner: np.ndarray) -> None:
        parts = setup.parts
        first, last = min(int(p.data.time[0]) for p in parts), max(int(p.data.time[-1]) for p in parts)
        ends = [p.timeline.end[p.timeline.rows(p.timeline.base)] for p in parts]
        told = np.unique(np.concatenate([end[end <= last] for end in ends]))
        count = len(fills)
        time = np.concatenate([[first], fills["time"], told, [last]])
        filled = np.where(fills["reason"] == BY_END, END, np.where(fills["acting"] < 0, AT_ONCE, MET))
        kind = np.concatenate([[START], filled, np.full(len(told), CLOSE), [LAST]])
        fill = np.concatenate([[-1], np.arange(count), np.full(len(told) + 1, -1)])
        order = np.lexsort((np.arange(len(time)), kind, time))
        self.time, self.kind, self.fill = time[order], kind[order], fill[order]
        self.after = np.cumsum(self.fill >= 0)
        self._setup, self._fills, self._owner = setup, fills, owner

    def last_seen(self, place: int) -> np.ndarray:
        """The last tick of a symbol that was taken at each row, -1 before its first."""
        time = self._setup.parts[place].data.time
        before = np.searchsorted(time, self.time, side="left") - 1
        after = np.searchsorted(time, self.time, side="right") - 1
        seen = np.where(self.kind >= END, len(time) - 1, before)
        met = np.flatnonzero(self.kind == MET)
        acting, tick = (self._fills[name][self.fill[met]] for name in ("acting", "acting_tick"))
        seen[met] = np.where(acting == place, tick, np.where(acting > place, after[met], seen[met]))
        return np.where(self.kind == START, -1, seen)

    def quotes(self, place: int) -> tuple[np.ndarray, np.ndarray]:
        """What closing would get and pay in a symbol at each row; NaN before it was quoted."""
        part, seen = self._setup.parts[place], self.last_seen(place)
        sell, buy = closing_quotes(part.data, np.maximum(seen, 0), part.spread, part.execution.widen)
        sell, buy = np.where(seen < 0, np.nan, sell), np.where(seen < 0, np.nan, buy)
        rows = self.fill[self.fill >= 0]
        rows = rows[self._owner[rows] == place]
        own = np.isin(self.fill, rows)
        sell[own], buy[own] = self._fills["sell_at"][rows], self._fills["buy_at"][rows]
        return sell, buy


def rates(legs: Sequence[tuple[int, bool]], quotes: Sequence[tuple[np.ndarray, np.ndarray]]) -> np.ndarray | float:
    """What one unit of a symbol's quote currency is in the account's at each row."""
    rate: np.ndarray | float = 1.0
    for place, divides in legs:
        middle = (quotes[place][0] + quotes[place][1]) / 2.0
        rate = rate / middle if divides else rate * middle
    return rate


def equity(setup: PortfolioSetup, legs: Sequence[Sequence[tuple[int, bool]]], records: dict[str, np.ndarray]) -> pl.DataFrame:
    """The account at its start, at every fill, at every close of a base bar of any symbol, and at the last tick.

    Args:
        legs: of each symbol, the places of the pairs that convert its money and whether it is divided by them.
    """
    import polars as pl

    fills, nights = records["fill"], records["night"]
    owner = records["order"]["symbol"][fills["order"] - 1]
    rows = Rows(setup, fills, owner)
    quotes = [rows.quotes(place) for place in range(len(setup.parts))]
    balance = np.concatenate([[setup.cash], fills["balance"]])[rows.after]
    if len(nights):
        balance = balance - tables.balances(fills, nights, rows.time, rows.after)
    value, cost = np.zeros(len(rows.time)), np.zeros(len(rows.time))
    for place, part in enumerate(setup.parts):
        own = np.flatnonzero(owner == place)
        after = np.searchsorted(own, rows.after, side="left")
        position, held, short = (np.concatenate([[0.0], fills[name][own]])[after] for name in ("position", "cost", "short"))
        busy = (position != 0.0) | (short > 0.0)
        worth = tables.worth(position, short, *quotes[place]) * part.instrument.contract_size
        worth = np.where(np.isnan(worth), held, worth)  # its closing side was never quoted: no profit is known
        rate = np.where(busy, rates(legs[place], quotes), 0.0)
        value, cost = value + worth * rate, cost + held * rate
    total = balance - cost + value
    return pl.DataFrame(
        {
            "time": tables.moments(rows.time),
            "equity": total,
            "cash": balance - cost,
            "position_value": value,
            "drawdown": 1.0 - total / np.maximum.accumulate(total),
        }
    )
