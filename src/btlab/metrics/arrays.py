"""What every metric does first: make float64 columns of what it was given, and say NaN where there is nothing to measure."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import ArrayLike

NAN = math.nan


def column(values: ArrayLike) -> np.ndarray:
    """A float64 column of a list, an array or a Series."""
    return np.asarray(values, np.float64)


def mean(values: np.ndarray) -> float:
    """The arithmetic mean; NaN of nothing."""
    return float(np.mean(values)) if len(values) else NAN


def deviation(values: np.ndarray, scale: float = 0.0) -> float:
    """The sample standard deviation (n - 1); NaN of fewer than two, 0 where the values differ by rounding alone.

    Three times 0.1 has a floating deviation of 1.7e-17, and a ratio over that is noise.

    Args:
        values: float64, shape (n,).
        scale: size of the numbers that the values are differences of, when larger than they: 1 for returns.
    """
    if len(values) < 2:
        return NAN
    if np.ptp(values) <= 4 * np.finfo(np.float64).eps * max(scale, float(np.max(np.abs(values)))):
        return 0.0
    return float(np.std(values, ddof=1))


def ratio(above: float, below: float) -> float:
    """above / below as arithmetic with infinity has it: x / 0 is infinite with the sign of x, 0 / 0 is NaN.

    >>> ratio(1.0, 0.0), ratio(-1.0, 0.0), ratio(0.0, 0.0), ratio(1.0, 4.0)
    (inf, -inf, nan, 0.25)
    """
    if below == 0.0:
        return NAN if above == 0.0 or math.isnan(above) else math.copysign(math.inf, above)
    return above / below
