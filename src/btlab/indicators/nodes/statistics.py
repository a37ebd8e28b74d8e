"""Statistics of the last values: how far from their mean, how high among them, how much like a line, how much like themselves.

Deviations are of the population unless a line says otherwise. Where all values are the same there is nothing to divide by: NaN.
"""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np

from btlab.indicators.entry import Parameter
from btlab.indicators.nodes.contract import Node, node, push
from btlab.indicators.nodes.parts import deviation, line, mean, period, squares
from btlab.market.jit import inner

GROUP = "Statistic Functions"


def of_last(name: str, title: str, count: Parameter, source: str) -> Callable[[Callable[..., None]], Node]:
    """An indicator of the last values of one series, with one output of its own name."""
    return node(
        name,
        title,
        group=GROUP,
        inputs=("real",),
        outputs=(name.lower(),),
        parameters=(count,),
        windows=lambda timeperiod: (timeperiod,),
        lookback=lambda timeperiod: timeperiod - 1,
        source=source,
    )


@inner
def standardised(values, centre, width, power):
    """The mean of ((x - centre) / width)^power: power 3 or 4."""
    total = 0.0
    for value in values:
        off = (value - centre) / width
        total += off * off * off if power == 3 else (off * off) * (off * off)
    return total / len(values)


@of_last(
    "ZSCORE",
    "Z-score",
    period(20),
    "Erwin Kreyszig: Advanced Engineering Mathematics (the standardised variable), 1962",
)
def zscore(inputs, outputs, parameters, memory, windows):
    """(x - mean) / population deviation of the last n. Flat: NaN."""
    values = push(windows, 0, inputs[0])
    outputs[0] = np.nan
    if len(values) == parameters[0]:
        width = deviation(values)
        outputs[0] = (inputs[0] - mean(values)) / width if width > 0.0 else np.nan


@of_last(
    "RANK",
    "Rank among the last values",
    period(100),
    "Maurice G. Kendall: Rank Correlation Methods (ranks, ties by their mean), 1948",
)
def rank(inputs, outputs, parameters, memory, windows):
    """Where x stands among the last n, itself one of them: 0 the least, 1 the greatest, ties by their mean. Flat: 0.5."""
    values = push(windows, 0, inputs[0])
    outputs[0] = np.nan
    if len(values) < parameters[0]:
        return
    less = same = 0
    for value in values:
        less += value < inputs[0]
        same += value == inputs[0]
    outputs[0] = (less + 0.5 * (same - 1.0)) / (parameters[0] - 1.0)


@of_last(
    "SKEWNESS",
    "Skewness",
    period(50, 3),
    "D. N. Joanes, C. A. Gill: Comparing Measures of Sample Skewness and Kurtosis (g1), The Statistician 47, 1998",
)
def skewness(inputs, outputs, parameters, memory, windows):
    """Mean of ((x - mean) / deviation)^3 of the last n, no correction for their number. Flat: NaN."""
    values = push(windows, 0, inputs[0])
    outputs[0] = np.nan
    if len(values) < parameters[0]:
        return
    width = deviation(values)
    outputs[0] = standardised(values, mean(values), width, 3) if width > 0.0 else np.nan


@of_last(
    "KURTOSIS",
    "Excess kurtosis",
    period(50, 4),
    "D. N. Joanes, C. A. Gill: Comparing Measures of Sample Skewness and Kurtosis (g2), The Statistician 47, 1998",
)
def kurtosis(inputs, outputs, parameters, memory, windows):
    """Mean of ((x - mean) / deviation)^4 of the last n, less the 3 of a normal distribution, no correction. Flat: NaN."""
    values = push(windows, 0, inputs[0])
    outputs[0] = np.nan
    if len(values) < parameters[0]:
        return
    width = deviation(values)
    outputs[0] = standardised(values, mean(values), width, 4) - 3.0 if width > 0.0 else np.nan


@node(
    "AUTOCORRELATION",
    "Autocorrelation",
    group=GROUP,
    inputs=("real",),
    outputs=("autocorrelation",),
    parameters=(period(50, 3), period(1, 1, "lag")),
    windows=lambda timeperiod, lag: (max(timeperiod, lag + 2),),
    lookback=lambda timeperiod, lag: max(timeperiod, lag + 2) - 1,
    source="George E. P. Box, Gwilym M. Jenkins: Time Series Analysis: Forecasting and Control, 1970",
)
def autocorrelation(inputs, outputs, parameters, memory, windows):
    """Sum of (x - mean)(x[lag] - mean) over that of (x - mean)^2, of the last n (lag + 2 at least). Flat: NaN."""
    values, lag = push(windows, 0, inputs[0]), int(parameters[1])
    outputs[0] = np.nan
    if len(values) < max(parameters[0], parameters[1] + 2.0):
        return
    centre, together = mean(values), 0.0
    total = squares(values, centre)
    for k in range(lag, len(values)):
        together += (values[k] - centre) * (values[k - lag] - centre)
    outputs[0] = together / total if total > 0.0 else np.nan


@of_last(
    "CTI",
    "Correlation trend indicator",
    period(20, 3),
    "John F. Ehlers: Correlation as a Trend Indicator, Stocks & Commodities, 2020",
)
def correlation_trend(inputs, outputs, parameters, memory, windows):
    """Pearson's correlation of the last n with a rising line: -1 ... 1. Flat: NaN."""
    values = push(windows, 0, inputs[0])
    count = len(values)
    outputs[0] = np.nan
    if count == parameters[0]:
        total = squares(values, mean(values))
        steps = count * (count * count - 1.0) / 12.0
        outputs[0] = line(values)[1] * math.sqrt(steps / total) if total > 0.0 else np.nan
