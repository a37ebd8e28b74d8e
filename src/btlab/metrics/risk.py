"""What may be lost, and how much of it together."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import ArrayLike

from btlab.errors import RunError
from btlab.metrics.arrays import NAN, column, deviation


def value_at_risk(returns: ArrayLike, level: float = 0.95) -> float:
    """The loss that returns stay within in a share `level` of the periods: minus their (1 - level) quantile, as they were.

    Historical simulation, which assumes no distribution (P. Jorion, "Value at Risk", McGraw-Hill); between two returns the
    quantile is interpolated linearly (type 7 of R. Hyndman and Y. Fan, The American Statistician 50 (1996)). It says nothing of
    how much is lost beyond it, and little where there are fewer than some 5 / (1 - level) returns.

    Args:
        returns: shares per period, or money.
        level: over 0 and under 1.

    Returns:
        In the unit of the returns, positive for a loss; NaN of no returns, and where one of them is unknown.

    Raises:
        RunError: a level that is no share between 0 and 1.

    >>> value_at_risk([0.02, -0.01, 0.01, -0.04, 0.03], level=0.75)
    0.01
    """
    if isinstance(level, bool) or not isinstance(level, int | float | np.number) or not 0 < level < 1:
        raise RunError(f"level={level!r}: a share between 0 and 1, as in level=0.95", level=level)
    returns = column(returns)
    return float(-np.quantile(returns, 1 - level)) if len(returns) else NAN


def correlation(columns: Sequence[ArrayLike]) -> np.ndarray:
    """Pearson's correlation of each of several series of returns with each, period by period.

    Args:
        columns: shares or money per period, of one length, shape (k, n).

    Returns:
        float64 (k, k), from -1 to 1; NaN where one of the two never moves, or there are fewer than two periods.

    >>> correlation([[1.0, 2.0, 3.0], [2.0, 4.0, 6.0], [3.0, 2.0, 1.0]]).round(12).tolist()
    [[1.0, 1.0, -1.0], [1.0, 1.0, -1.0], [-1.0, -1.0, 1.0]]
    """
    series = np.array([column(one) for one in columns], np.float64)
    spread = np.array([deviation(one) for one in series])
    with np.errstate(invalid="ignore", divide="ignore"):
        centred = series - series.mean(axis=1, keepdims=True) if series.shape[-1] else series
        together = centred @ centred.T / (series.shape[-1] - 1) / np.outer(spread, spread)
    known = np.outer(spread > 0, spread > 0)
    return np.where(known, np.clip(together, -1.0, 1.0), NAN)
