"""The equity of a run as columns: the part that every run over the same data shares is made once and kept beside the timeline."""

from __future__ import annotations

import weakref
from dataclasses import dataclass

import numpy as np

from btlab.market.series import Bars, Ticks
from btlab.market.timeline import Timeline
from btlab.session.tables import balances, closing_quotes, worth

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
    told = timeline.closer[rows] < len(data)
    ticks = np.append(timeline.tick_close[told], len(data) - 1)
    times = np.append(timeline.end[rows][told], data.time[-1])
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
    place = np.searchsorted(grid.tick, fills["tick"], side="left") + np.arange(len(fills)) + 1
    count = 1 + len(fills) + len(grid.tick)
    of_grid = np.ones(count, np.bool_)
    of_grid[0] = of_grid[place] = False
    after = np.cumsum(~of_grid) - 1
    columns = {}
    for name, start, column, fixed in (
        ("time", first_time, fills["time"], grid.time),
        ("tick", -1, fills["tick"], grid.tick),
        ("sell", np.nan, fills["sell_at"], grid.sell),
        ("buy", np.nan, fills["buy_at"], grid.buy),
    ):
        merged = np.empty(count, fixed.dtype)
        merged[0], merged[place], merged[of_grid] = start, column, fixed
        columns[name] = merged
    balance, position, cost, short = (
        np.concatenate([[start], fills[name]])[after]
        for name, start in (("balance", cash), ("position", 0.0), ("cost", 0.0), ("short", 0.0))
    )
    if len(nights):
        balance = balance - balances(fills, nights, columns["time"], after)
    value = worth(position, short, columns.pop("sell"), columns.pop("buy")) * contract_size
    cash_now = balance - cost
    total = cash_now + value
    drawdown = 1.0 - total / np.maximum.accumulate(total)
    return columns | {"equity": total, "cash": cash_now, "position_value": value, "drawdown": drawdown}
