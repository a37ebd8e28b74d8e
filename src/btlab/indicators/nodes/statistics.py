"""Statistics of the last values: how far from their mean, how high among them, how much like a line, how much like themselves.

Deviations are of the population unless a line says otherwise. Where all values are the same there is nothing to divide by: NaN.
"""

from __future__ import annotations

import math

import numpy as np

from btlab.indicators.nodes.contract import node, push
from btlab.indicators.nodes.parts import deviation, line, mean, period, squares

GROUP = "Statistic Functions"


@node(
    "ZSCORE",
    "Z-score",
    group=GROUP,
    inputs=("real",),
    parameters=(period(20),),
    outputs=("zscore",),
    windows=lambda timeperiod: (timeperiod,),
    lookback=lambda timeperiod: timeperiod - 1,
    source="Erwin Kreyszig: Advanced Engineering Mathematics (the standardised variable), 1962",
)
def zscore(inputs, outputs, parameters, memory, windows):
    """(x - mean) / population deviation of the last n. Flat: NaN."""
    values = push(windows, 0, inputs[0])
    outputs[0] = np.nan
    if len(values) == parameters[0]:
        width = deviation(values)
        outputs[0] = (inputs[0] - mean(values)) / width if width > 0.0 else np.nan


@node(
    "RANK",
    "Rank among the last values",
    group=GROUP,
    inputs=("real",),
    outputs=("rank",),
    parameters=(period(100),),
    windows=lambda timeperiod: (timeperiod,),
    lookback=lambda timeperiod: timeperiod - 1,
    source="Maurice G. Kendall: Rank Correlation Methods (ranks, ties by their mean), 1948",
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


@node(
    "SKEWNESS",
    "Skewness",
    group=GROUP,
    inputs=("real",),
    outputs=("skewness",),
    parameters=(period(50, 3),),
    windows=lambda timeperiod: (timeperiod,),
    lookback=lambda timeperiod: timeperiod - 1,
    source="D. N. Joanes, C. A. Gill: Comparing Measures of Sample Skewness and Kurtosis (g1), The Statistician 47, 1998",
)
def skewness(inputs, outputs, parameters, memory, windows):
    """Mean of ((x - mean) / deviation)^3 of the last n, no correction for their number. Flat: NaN."""
    values = push(windows, 0, inputs[0])
    outputs[0] = np.nan
    if len(values) < parameters[0]:
        return
    centre, width, total = mean(values), deviation(values), 0.0
    for value in values:
        off = (value - centre) / width
        total += off * off * off
    outputs[0] = total / len(values) if width > 0.0 else np.nan


@node(
    "KURTOSIS",
    "Excess kurtosis",
    group=GROUP,
    inputs=("real",),
    outputs=("kurtosis",),
    parameters=(period(50, 4),),
    windows=lambda timeperiod: (timeperiod,),
    lookback=lambda timeperiod: timeperiod - 1,
    source="D. N. Joanes, C. A. Gill: Comparing Measures of Sample Skewness and Kurtosis (g2), The Statistician 47, 1998",
)
def kurtosis(inputs, outputs, parameters, memory, windows):
    """Mean of ((x - mean) / deviation)^4 of the last n, less the 3 of a normal distribution, no correction. Flat: NaN."""
    values = push(windows, 0, inputs[0])
    outputs[0] = np.nan
    if len(values) < parameters[0]:
        return
    centre, width, total = mean(values), deviation(values), 0.0
    for value in values:
        square = (value - centre) / width * ((value - centre) / width)
        total += square * square
    outputs[0] = total / len(values) - 3.0 if width > 0.0 else np.nan


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


@node(
    "CTI",
    "Correlation trend indicator",
    group=GROUP,
    inputs=("real",),
    outputs=("cti",),
    parameters=(period(20, 3),),
    windows=lambda timeperiod: (timeperiod,),
    lookback=lambda timeperiod: timeperiod - 1,
    source="John F. Ehlers: Correlation as a Trend Indicator, Stocks & Commodities, 2020",
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
