"""Statistics of the last values: how far from their mean, how high among them."""

from __future__ import annotations

import numpy as np

from btlab.indicators.entry import whole
from btlab.indicators.nodes.contract import node, push


@node(
    "ZSCORE",
    "Z-score",
    group="Statistic Functions",
    inputs=("real",),
    parameters=(whole("timeperiod", 20, 2, 100_000, "bars"),),
    outputs=("zscore",),
    windows=lambda period: (period,),
    lookback=lambda period: period - 1,
    source="(x - mean) / deviation of the last `timeperiod` values, population deviation; NaN where they are all the same",
)
def zscore(inputs, outputs, parameters, memory, windows):
    values = push(windows, 0, inputs[0])
    count = len(values)
    outputs[0] = np.nan
    if count < parameters[0]:
        return
    mean = 0.0
    for value in values:
        mean += value
    mean /= count
    square = 0.0
    for value in values:
        square += (value - mean) * (value - mean)
    if square > 0.0:
        outputs[0] = (inputs[0] - mean) / np.sqrt(square / count)
