"""Does the price remember? Hurst's exponent, the variance ratio, the half-life of a return to the mean."""

from __future__ import annotations

import math

import numpy as np

from btlab.indicators.nodes.contract import node, push
from btlab.indicators.nodes.parts import deviation, mean, period, squares
from btlab.market.jit import inner

GROUP = "Statistic Functions"
SHORTEST = 8


@inner
def rescaled_range(returns):
    """Range of the summed distances from the mean, over the population deviation; NaN where all are the same."""
    width, centre = deviation(returns), mean(returns)
    low = high = total = 0.0
    for value in returns:
        total += value - centre
        low, high = min(low, total), max(high, total)
    return (high - low) / width if width > 0.0 else np.nan


@node(
    "HURST",
    "Hurst exponent",
    group=GROUP,
    inputs=("real",),
    outputs=("hurst",),
    parameters=(period(128, 16),),
    memory=2,
    windows=lambda timeperiod: (timeperiod,),
    lookback=lambda timeperiod: timeperiod,
    source="Benoit B. Mandelbrot, James R. Wallis: Robustness of the Rescaled Range R/S in the Measurement of Noncyclic Long Run "
    "Statistical Dependence, Water Resources Research 5, 1969",
)
def hurst(inputs, outputs, parameters, memory, windows):
    """Slope of ln(mean R / S) over ln(size): the last n log returns in blocks of n, n / 2, n / 4 ... returns, 8 at least.

    Blocks are counted back from the newest; one in which nothing moved is left out, and a size that has no other. Less than two
    sizes left (a flat market): NaN. Of few values it lies too high: about 0.57 for a random walk with n = 128 (Anis, Lloyd 1976).
    """
    before, begun = memory[0], memory[1]
    memory[0], memory[1] = inputs[0], 1.0
    outputs[0] = np.nan
    if begun == 0.0:
        return
    returns = push(windows, 0, math.log(inputs[0] / before))
    size = len(returns)
    if size < parameters[0]:
        return
    sizes, x, y, xx, xy = 0.0, 0.0, 0.0, 0.0, 0.0
    while size >= SHORTEST:
        total, blocks = 0.0, 0
        for end in range(len(returns), size - 1, -size):
            found = rescaled_range(returns[end - size : end])
            if not np.isnan(found):
                total, blocks = total + found, blocks + 1
        if blocks > 0:
            at, value = math.log(size), math.log(total / blocks)
            sizes, x, y, xx, xy = sizes + 1.0, x + at, y + value, xx + at * at, xy + at * value
        size //= 2
    if sizes > 1.0:
        outputs[0] = (sizes * xy - x * y) / (sizes * xx - x * x)


@node(
    "VARIANCE_RATIO",
    "Variance ratio",
    group=GROUP,
    inputs=("real",),
    outputs=("ratio",),
    parameters=(period(100, 4), period(4, 2, "steps")),
    windows=lambda timeperiod, steps: (max(timeperiod, steps + 1) + 1,),
    lookback=lambda timeperiod, steps: max(timeperiod, steps + 1),
    source="Andrew W. Lo, A. Craig MacKinlay: Stock Market Prices Do Not Follow Random Walks, Review of Financial Studies "
    "1, 1988",
)
def variance_ratio(inputs, outputs, parameters, memory, windows):
    """Variance of q-bar log returns (overlapping) over q x that of one-bar ones, of the last n (q + 1 at least), unbiased.

    1: a random walk; more: trends; less: comes back. Flat: NaN.
    """
    logs, steps = push(windows, 0, math.log(inputs[0])), int(parameters[1])
    count = len(logs) - 1.0
    outputs[0] = np.nan
    if count < max(parameters[0], parameters[1] + 1.0):
        return
    drift = (logs[-1] - logs[0]) / count
    single = several = 0.0
    for k in range(1, len(logs)):
        off = logs[k] - logs[k - 1] - drift
        single += off * off
    for k in range(steps, len(logs)):
        off = logs[k] - logs[k - steps] - steps * drift
        several += off * off
    single /= count - 1.0
    several /= steps * (count - steps + 1.0) * (1.0 - steps / count)
    outputs[0] = several / single if single > 0.0 else np.nan


@node(
    "HALF_LIFE",
    "Half-life of the return to the mean",
    group=GROUP,
    inputs=("real",),
    outputs=("bars",),
    parameters=(period(100, 3),),
    windows=lambda timeperiod: (timeperiod + 1,),
    lookback=lambda timeperiod: timeperiod,
    source="Ernest P. Chan: Algorithmic Trading: Winning Strategies and Their Rationale, 2013",
)
def half_life(inputs, outputs, parameters, memory, windows):
    """-ln 2 / slope of the least-squares line of the changes x - x1 over x1, of the last n changes, in bars.

    NaN where the slope is not below 0: it does not come back; so in a flat market.
    """
    values = push(windows, 0, inputs[0])
    outputs[0] = np.nan
    if len(values) <= parameters[0]:
        return
    levels = values[:-1]
    centre, together = mean(levels), 0.0
    for k in range(len(levels)):
        together += (levels[k] - centre) * (values[k + 1] - values[k])
    total = squares(levels, centre)
    if total > 0.0 and together < 0.0:
        outputs[0] = -math.log(2.0) * total / together
