"""The equity of a run as columns: the part that every run over the same data shares is made once and kept beside the timeline."""

from __future__ import annotations

import weakref
from dataclasses import dataclass

import numpy as np

from btlab.execution.balance_sheet import equity_rows
from btlab.market import spare
from btlab.market.series import Bars, Ticks
from btlab.market.timeline import Timeline
from btlab.session.closes import closing_quotes

GRIDS_KEPT = 8
_GRIDS: weakref.WeakKeyDictionary[Timeline, dict[tuple[int, float, float], Grid]] = weakref.WeakKeyDictionary()


@dataclass(frozen=True, slots=True)
class Grid:
    """Where an account is valued whatever it did: at every close of a base bar that was told, and at the last tick.

    Attributes:
        time: int64 µs; tick: int64, the last tick taken; sell, buy: what closing gets and pays there. Shape (n,).
    """

    time: np.ndarray
    tick: np.ndarray
    sell: np.ndarray
    buy: np.ndarray


def grid_of(data: Ticks | Bars, timeline: Timeline, spread: float, widen: float) -> Grid:
    """The grid of a run over these data; those of other spreads are kept beside it, up to eight."""
    grids, key = _GRIDS.setdefault(timeline, {}), (len(data), spread, widen)
    if (found := grids.get(key)) is not None:
        return found
    while len(grids) >= GRIDS_KEPT:
        grids.pop(next(iter(grids)))
    rows = timeline.rows(timeline.base)
    told = int(np.searchsorted(timeline.closer[rows], len(data)))
    ticks, times = np.empty(told + 1, np.int64), np.empty(told + 1, np.int64)
    np.subtract(timeline.closer[rows][:told], 1, out=ticks[:told])
    ticks[told], times[:told], times[told] = len(data) - 1, timeline.end[rows][:told], data.last_time
    grids[key] = Grid(times, ticks, *closing_quotes(data, ticks, spread, widen))
    return grids[key]


def curve(
    fills: np.ndarray, nights: np.ndarray, grid: Grid, first_time: int, cash: float, contract_size: float
) -> dict[str, np.ndarray]:
    """time, tick, equity, cash, position_value and drawdown: a row at the start, at every fill, and at every row of the grid.

    Args:
        fills, nights: the records of the run.
        first_time: µs UTC of the first tick, when the account has its cash and nothing else.
    """
    count = 1 + len(fills) + len(grid.tick)
    room = spare.rows(np.float64, 6 * count)
    whole, real = room[: 2 * count].view(np.int64).reshape(2, count), room[2 * count :].reshape(4, count)
    paid = np.concatenate([[0.0], np.cumsum(nights["money"])])
    closes = grid.time, grid.tick, grid.sell, grid.buy
    equity_rows(fills, np.ascontiguousarray(nights["time"]), paid, first_time, *closes, cash, contract_size, whole, real)
    return dict(zip(("time", "tick", "equity", "cash", "position_value", "drawdown"), (*whole, *real)))
