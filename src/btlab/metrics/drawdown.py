"""How far an account stands below its own earlier peak, as a share of that peak: 0 at it, over 1 in debt."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from btlab.market.timeframe import DAY
from btlab.metrics.arrays import NAN, column


def drawdown(equity: ArrayLike) -> np.ndarray:
    """1 - equity / its highest value so far, the first row counted as a peak.

    Args:
        equity: money, in order of time, shape (n,).

    Returns:
        Shares, shape (n,), none negative; NaN while the highest is not positive and from a NaN on.

    >>> drawdown([100.0, 80.0, 110.0, 99.0]).round(12).tolist()
    [0.0, 0.2, 0.0, 0.1]
    """
    equity = column(equity)
    if not len(equity):
        return equity
    peak = np.maximum.accumulate(equity)
    depth = peak - equity
    return np.divide(depth, peak if peak[0] > 0 else np.where(peak > 0, peak, NAN), out=depth)


def max_drawdown(equity: ArrayLike) -> float:
    """The deepest drawdown, each measured from its own peak.

    Returns:
        A share; 0.0 where the equity never falls, NaN without rows.

    >>> max_drawdown([100.0, 80.0, 160.0, 136.0])
    0.2
    """
    depth = drawdown(equity)
    return float(np.max(depth)) if len(depth) else NAN


def max_drawdown_from_ranges(high: ArrayLike, low: ArrayLike, fall: ArrayLike) -> float:
    """The deepest drawdown of a curve known by stretches, exact to the last tick.

    Drawdown is made of pieces: over two stretches it is the deepest of the first's own, the second's own, and from the highest
    of the first to the lowest of the second. So three numbers a stretch are enough, and no stretch needs its ticks again.

    Args:
        high, low: the highest and lowest equity within each stretch, in order of time, shape (n,).
        fall: the deepest drawdown within each stretch alone, a share (high and low do not tell which came first).

    Returns:
        A share; NaN without stretches.

    >>> max_drawdown_from_ranges([100.0, 105.0], [96.0, 90.0], [0.04, 0.05])
    0.1
    """
    high, low, fall = column(high), column(low), column(fall)
    if not len(high):
        return NAN
    peak_before = np.maximum.accumulate(high)[:-1]
    across = (peak_before - low[1:]) / np.where(peak_before > 0, peak_before, NAN)
    return float(np.max(np.append(fall, across)))


def max_drawdown_days(time: ArrayLike, equity: ArrayLike) -> float:
    """Length of the deepest drawdown: from its peak until the equity is there again, or to the last row where it never is.

    The peak is the last row at the peak's height before the fall. Of two equally deep ones the first counts.

    Args:
        time: int64 µs UTC, ascending, shape (n,).
        equity: money, shape (n,).

    Returns:
        Days of 24 hours, weekends included; 0.0 where the equity never falls, NaN without rows or with a NaN in them.

    >>> day = 86_400_000_000
    >>> max_drawdown_days([0, day, 2 * day, 5 * day, 6 * day], [100.0, 110.0, 99.0, 110.0, 120.0])
    4.0
    """
    return deepest_drawdown(time, equity)[1]


def deepest_drawdown(time: ArrayLike, equity: ArrayLike, depth: ArrayLike | None = None) -> tuple[float, float]:
    """`max_drawdown` and `max_drawdown_days`, with one look at the curve: a share and days.

    Args:
        depth: `drawdown` of the equity, where it is known.

    >>> day = 86_400_000_000
    >>> deepest_drawdown([0, day, 2 * day, 5 * day, 6 * day], [100.0, 110.0, 99.0, 110.0, 120.0])
    (0.1, 4.0)
    """
    time, equity = np.asarray(time, np.int64), column(equity)
    depth = drawdown(equity) if depth is None else column(depth)
    if not len(depth):
        return NAN, NAN
    deepest = int(np.argmax(depth))  # the first NaN, where there is one
    share = float(depth[deepest])
    if not share > 0.0:
        return share, share
    peak = deepest - 1 - int(np.argmax(depth[:deepest][::-1] == 0.0))
    again = equity[deepest:] >= equity[peak]
    end = deepest + int(np.argmax(again)) if again.any() else len(time) - 1
    return share, float(time[end] - time[peak]) / DAY
