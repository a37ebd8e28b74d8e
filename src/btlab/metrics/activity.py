"""How much of the time and of the money was at work."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from btlab.metrics.arrays import NAN, column, ratio


def exposure(time: ArrayLike, position_value: ArrayLike) -> float:
    """Share of the time with a position open, by the clock: closed hours count with what is held over them.

    Args:
        time: int64 µs UTC, ascending, with a row at every fill, shape (n,).
        position_value: value of what is held from each row to the next, 0 where nothing is, shape (n,).

    Returns:
        A share from 0 to 1; NaN where no time passes.

    >>> exposure([0, 10, 40], [0.0, 500.0, 0.0])
    0.75
    """
    time, held = np.asarray(time, np.int64), column(position_value) != 0
    if not len(time):
        return NAN
    changes = np.concatenate([[0], np.flatnonzero(held[1:] != held[:-1]) + 1, [len(time) - 1]])  # few among the rows
    return ratio(float(np.sum(np.diff(time[changes]) * held[changes[:-1]])), float(time[-1] - time[0]))


def average_equity(time: ArrayLike, equity: ArrayLike) -> float:
    """Mean of the equity, each row weighted by the time until the next.

    Args:
        time: int64 µs UTC, ascending, shape (n,).
        equity: money, shape (n,).

    Returns:
        Money; the last row's where no time passes, NaN without rows.

    >>> average_equity([0, 10, 40], [100.0, 200.0, 300.0])
    175.0
    """
    time, equity = np.asarray(time, np.int64), column(equity)
    if not len(time):
        return NAN
    if time[-1] == time[0]:
        return float(equity[-1])
    return float(np.sum(equity[:-1] * np.diff(time).astype(np.float64)) / (time[-1] - time[0]))


def turnover(traded: float, average: float) -> float:
    """Value bought and sold over the average equity, for the whole time and not by the year.

    Args:
        traded: money, both sides: size x price x contract size of every entry and every exit.
        average: money, the average equity (`average_equity`).

    Returns:
        A number: 2.0 is the account bought and sold once. 0.0 where nothing was traded; NaN where the average is not positive.

    >>> turnover(20_000.0, 10_000.0)
    2.0
    """
    return traded / average if average > 0 else NAN
