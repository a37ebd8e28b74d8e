"""Means that adapt, and how far the price is from one."""

from __future__ import annotations

import math

import numpy as np

from btlab.indicators.entry import Parameter
from btlab.indicators.nodes.contract import node, push
from btlab.indicators.nodes.parts import factor, greatest, least, line, mean, period, smoothed, squares

GROUP = "Overlap Studies"


@node(
    "ALMA",
    "Arnaud Legoux moving average",
    group=GROUP,
    inputs=("real",),
    outputs=("alma",),
    parameters=(
        period(9, 1),
        Parameter("offset", 0.85, 0.0, 1.0, about="where the weights are greatest: 0 the oldest bar, 1 the newest"),
        Parameter("sigma", 6.0, 0.01, 1e6, about="timeperiod / sigma is the width of the bell"),
    ),
    windows=lambda timeperiod, *_: (timeperiod,),
    lookback=lambda timeperiod, *_: timeperiod - 1,
    overlay=True,
    source="Arnaud Legoux, Dimitrios Kouzis-Loukas: ALMA - Arnaud Legoux Moving Average, 2009",
)
def alma(inputs, outputs, parameters, memory, windows):
    """Weights exp(-(k - m)^2 / (2 s^2)) for k = 0 (oldest) ... n - 1, m = offset x (n - 1), s = n / sigma. Flat: the price."""
    values = push(windows, 0, inputs[0])
    count, newest = len(values), inputs[0]
    outputs[0] = np.nan
    if count < parameters[0]:
        return
    centre, width = parameters[1] * (count - 1), count / parameters[2]
    total = weights = 0.0
    for k in range(count):
        weight = math.exp(-(k - centre) * (k - centre) / (2.0 * width * width))
        total += weight * (values[k] - newest)
        weights += weight
    outputs[0] = newest + total / weights if weights > 0.0 else np.nan


@node(
    "MCGINLEY",
    "McGinley dynamic",
    group=GROUP,
    inputs=("real",),
    outputs=("mcginley",),
    parameters=(period(14, 1),),
    memory=3,
    lookback=lambda timeperiod: timeperiod - 1,
    overlay=True,
    source="John R. McGinley: The McGinley Dynamic, Market Technicians Association Journal, 1991",
)
def mcginley(inputs, outputs, parameters, memory, windows):
    """M += (x - M) / (n (x / M)^4), begun with the mean of the first n. Flat: the price.

    Where x / M is 0 or no number (series that cross 0), M stays as it is.
    """
    if memory[0] < parameters[0]:
        outputs[0] = smoothed(memory, 0, inputs[0], parameters[0], 1.0)
        return
    ratio = inputs[0] / memory[2]
    step = (inputs[0] - memory[2]) / (parameters[0] * ratio * ratio * ratio * ratio)
    if math.isfinite(step):
        memory[2] += step
    outputs[0] = memory[2]


@node(
    "MA_DISTANCE",
    "Distance from the moving average",
    group="Momentum Indicators",
    inputs=("real",),
    outputs=("percent",),
    parameters=(period(20, 1),),
    windows=lambda timeperiod: (timeperiod,),
    lookback=lambda timeperiod: timeperiod - 1,
    source="Steve Nison: Beyond Candlesticks (the disparity index), 1994",
)
def ma_distance(inputs, outputs, parameters, memory, windows):
    """100 (x / mean - 1) with the simple mean of the last n. Flat: 0. A mean of 0: NaN."""
    values = push(windows, 0, inputs[0])
    outputs[0] = np.nan
    if len(values) == parameters[0]:
        centre = mean(values)
        outputs[0] = 100.0 * (inputs[0] - centre) / centre if centre != 0.0 else np.nan


@node(
    "FRAMA",
    "Fractal adaptive moving average",
    group=GROUP,
    inputs=("high", "low"),
    outputs=("frama",),
    parameters=(period(8, 1, "halfperiod"),),
    memory=3,
    windows=lambda halfperiod: (2 * halfperiod, 2 * halfperiod),
    lookback=lambda halfperiod: 2 * halfperiod - 1,
    overlay=True,
    source="John F. Ehlers: FRAMA - Fractal Adaptive Moving Average, Stocks & Commodities, 2005",
)
def frama(inputs, outputs, parameters, memory, windows):
    """share = exp(-4.6 (D - 1)), held in 0.01 ... 1, of the distance to (high + low) / 2; begun at the first full window.

    D = log2((N1 + N2) / N3): N1, N2 the ranges of the older and the newer half over their length, N3 that of both. Where one of
    them is 0, D stays (0 at first). A flat market: the price.
    """
    highs, lows = push(windows, 0, inputs[0]), push(windows, 1, inputs[1])
    half, price = int(parameters[0]), 0.5 * (inputs[0] + inputs[1])
    outputs[0] = np.nan
    if len(highs) < 2 * half:
        return
    older = (greatest(highs[:half]) - least(lows[:half])) / half
    newer = (greatest(highs[half:]) - least(lows[half:])) / half
    both = (greatest(highs) - least(lows)) / (2 * half)
    if older > 0.0 and newer > 0.0 and both > 0.0:
        memory[0] = math.log((older + newer) / both) / math.log(2.0)
    share = min(max(math.exp(-4.6 * (memory[0] - 1.0)), 0.01), 1.0)
    memory[1] = memory[1] + share * (price - memory[1]) if memory[2] > 0.0 else price
    memory[2] = 1.0
    outputs[0] = memory[1]


@node(
    "SUPERSMOOTHER",
    "Super smoother",
    group=GROUP,
    inputs=("real",),
    outputs=("smooth",),
    parameters=(period(10),),
    memory=4,
    lookback=lambda timeperiod: timeperiod - 1,
    overlay=True,
    source="John F. Ehlers: Cycle Analytics for Traders, 2013",
)
def supersmoother(inputs, outputs, parameters, memory, windows):
    """Two-pole Butterworth filter of the mean of the last two values: y = c1 (x + x1) / 2 + c2 y1 + c3 y2.

    a = exp(-sqrt(2) pi / n), c2 = 2 a cos(sqrt(2) pi / n), c3 = -a^2, c1 = 1 - c2 - c3; begun as if the first value had always
    been there, told from the n-th on. Flat: the price.
    """
    if memory[0] == 0.0:
        memory[1] = memory[2] = memory[3] = inputs[0]
    memory[0] = min(memory[0] + 1.0, parameters[0])
    angle = math.sqrt(2.0) * math.pi / parameters[0]
    decay = math.exp(-angle)
    second, third = 2.0 * decay * math.cos(angle), -decay * decay
    # of distances to the newest value, so that a flat market stays exactly where it is
    middle = 0.5 * (memory[1] - inputs[0])
    y = inputs[0] + (1.0 - second - third) * middle + second * (memory[2] - inputs[0]) + third * (memory[3] - inputs[0])
    memory[1], memory[3], memory[2] = inputs[0], memory[2], y
    outputs[0] = y if memory[0] == parameters[0] else np.nan


@node(
    "VIDYA",
    "Variable index dynamic average",
    group=GROUP,
    inputs=("real",),
    outputs=("vidya",),
    parameters=(period(14, 1), period(9, 1, "momentumperiod")),
    memory=2,
    windows=lambda timeperiod, momentumperiod: (momentumperiod + 1,),
    lookback=lambda timeperiod, momentumperiod: momentumperiod,
    overlay=True,
    source="Tushar S. Chande, Stanley Kroll: The New Technical Trader, 1994",
)
def vidya(inputs, outputs, parameters, memory, windows):
    """V += 2 / (n + 1) x |CMO| x (x - V); CMO = (rises - falls) / (rises + falls) of the last m changes, 0 in a flat market.

    Begun with the value at the first whole window.
    """
    values = push(windows, 0, inputs[0])
    outputs[0] = np.nan
    if len(values) <= parameters[1]:
        return
    way = 0.0
    for k in range(1, len(values)):
        way += abs(values[k] - values[k - 1])
    if memory[1] == 0.0:
        memory[0], memory[1] = inputs[0], 1.0
    share = abs(values[-1] - values[0]) / way if way > 0.0 else 0.0
    memory[0] += 2.0 / (parameters[0] + 1.0) * share * (inputs[0] - memory[0])
    outputs[0] = memory[0]


@node(
    "LINREG_CHANNEL",
    "Linear regression channel",
    group=GROUP,
    inputs=("real",),
    outputs=("middle", "upper", "lower", "r2"),
    parameters=(period(100, 3), factor("nbdev", 2.0, "deviations between the line and a band")),
    windows=lambda timeperiod, nbdev: (timeperiod,),
    lookback=lambda timeperiod, nbdev: timeperiod - 1,
    overlay=True,
    source="Gilbert Raff: Trading the Regression Channel, 1996",
)
def linreg_channel(inputs, outputs, parameters, memory, windows):
    """The end of the least-squares line through the last n, and around it nbdev x sqrt(sum of squared residuals / n).

    r2 is the share of the variance that the line explains. Flat: the price in all lines, r2 NaN.
    """
    values = push(windows, 0, inputs[0])
    count = len(values)
    outputs[0] = outputs[1] = outputs[2] = outputs[3] = np.nan
    if count < parameters[0]:
        return
    end, slope = line(values)
    rest = 0.0
    for k in range(count):
        off = values[k] - (end + slope * (k - count + 1))
        rest += off * off
    total, width = squares(values, mean(values)), parameters[1] * math.sqrt(rest / count)
    outputs[0], outputs[1], outputs[2] = end, end + width, end - width
    outputs[3] = max(1.0 - rest / total, 0.0) if total > 0.0 else np.nan
