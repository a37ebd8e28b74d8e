"""What several nodes are made of: means, true range, Wilder's smoothing, a line through the last values.

A mean is taken of the distances to the newest value, so that equal values have exactly themselves for a mean and no deviation.
"""

from __future__ import annotations

import math

import numpy as np

from btlab.indicators.entry import Parameter, whole
from btlab.market.jit import inner

LONGEST = 100_000


def period(default: int, low: int = 2, name: str = "timeperiod") -> Parameter:
    """A parameter that counts bars."""
    return whole(name, default, low, LONGEST, "bars")


def factor(name: str, default: float, about: str, high: float = 100.0) -> Parameter:
    """A parameter that something is multiplied by."""
    return Parameter(name, default, 0.0, high, about=about)


@inner
def mean(values):
    """The mean of an array that has values."""
    newest, total = values[-1], 0.0
    for value in values:
        total += value - newest
    return newest + total / len(values)


@inner
def squares(values, centre):
    """The sum of squared distances from a number."""
    total = 0.0
    for value in values:
        total += (value - centre) * (value - centre)
    return total


@inner
def deviation(values):
    """Population standard deviation; exactly 0 where all are the same."""
    return math.sqrt(squares(values, mean(values)) / len(values))


@inner
def least(values):
    found = values[0]
    for value in values:
        found = min(found, value)
    return found


@inner
def greatest(values):
    found = values[0]
    for value in values:
        found = max(found, value)
    return found


@inner
def line(values):
    """Least squares over 0, 1, 2 ...: the line's value at the newest, and its slope."""
    count = len(values)
    middle, centre = (count - 1) / 2.0, mean(values)
    together = 0.0
    for k in range(count):
        together += (k - middle) * (values[k] - centre)
    slope = together / (count * (count * count - 1.0) / 12.0)
    return centre + slope * middle, slope


@inner
def true_range(high, low, close_before):
    """Wilder's: the bar's range, with the close before it counted in."""
    return max(high, close_before) - min(low, close_before)


@inner
def range_after(memory, at, high, low, close):
    """The true range; NaN at the first bar, which has none before it. Keeps 2 floats."""
    found = true_range(high, low, memory[at + 1]) if memory[at] > 0.0 else np.nan
    memory[at], memory[at + 1] = 1.0, close
    return found


@inner
def smoothed(memory, at, value, count, share):
    """A mean that takes `share` of each new value's distance, begun with the mean of the first `count`; NaN before.

    share 2 / (count + 1) is the exponential mean, 1 / count Wilder's. Keeps 3 floats: values taken, the first, the mean.
    """
    if memory[at] == 0.0:
        memory[at + 1] = value
    if memory[at] < count:
        memory[at] += 1.0
        memory[at + 2] += value - memory[at + 1]
        if memory[at] < count:
            return np.nan
        memory[at + 2] = memory[at + 1] + memory[at + 2] / count
    else:
        memory[at + 2] += share * (value - memory[at + 2])
    return memory[at + 2]


@inner
def average_range(memory, at, high, low, close, count):
    """Wilder's mean of the true ranges; NaN before there are `count`. Keeps 5 floats."""
    found = range_after(memory, at, high, low, close)
    return np.nan if np.isnan(found) else smoothed(memory, at + 2, found, count, 1.0 / count)
