"""`bt.math`: functions whose bits are the same in a compiled and in an interpreted strategy.

numpy's reductions add in another order than numba's, and exp, log, tanh or a power may come from another library: 41 % of
sums of 20 values differ in their last bits. These are compiled once and called by both.
"""

from __future__ import annotations

import math

import numpy as np

from btlab.market.jit import kernel

__all__ = ["exp", "log", "mean", "power", "std", "sum", "tanh"]


@kernel
def sum(values):
    """The sum of an array, added from the first to the last."""
    total = 0.0
    for value in values:
        total += value
    return total


@kernel
def mean(values):
    """The mean of an array; NaN where it is empty."""
    total = 0.0
    for value in values:
        total += value
    return total / len(values) if len(values) else np.nan


@kernel
def std(values):
    """The population standard deviation of an array; NaN where it is empty."""
    if len(values) == 0:
        return np.nan
    total = 0.0
    for value in values:
        total += value
    centre, squares = total / len(values), 0.0
    for value in values:
        squares += (value - centre) * (value - centre)
    return math.sqrt(squares / len(values))


@kernel
def exp(value):
    """e to the value."""
    return math.exp(value)


@kernel
def log(value):
    """The natural logarithm; NaN below 0, -inf at 0."""
    if value > 0.0:
        return math.log(value)
    return -np.inf if value == 0.0 else np.nan


@kernel
def tanh(value):
    """The hyperbolic tangent."""
    return math.tanh(value)


@kernel
def power(base, exponent):
    """base to the exponent, as floats."""
    return math.pow(float(base), float(exponent))
