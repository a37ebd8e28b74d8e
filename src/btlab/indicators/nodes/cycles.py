"""Oscillators of sums and filters: Pring's, Ehlers', Pee's."""

from __future__ import annotations

import numpy as np

from btlab.indicators.entry import Parameter
from btlab.indicators.nodes.contract import node, push
from btlab.indicators.nodes.parts import mean, period

GROUP = "Momentum Indicators"


@node(
    "KST",
    "Know sure thing",
    group=GROUP,
    inputs=("real",),
    outputs=("kst", "signal"),
    parameters=(
        *(period(n, 1, f"rocperiod{k}") for k, n in enumerate((10, 15, 20, 30), 1)),
        *(period(n, 1, f"meanperiod{k}") for k, n in enumerate((10, 10, 10, 15), 1)),
        period(9, 1, "signalperiod"),
    ),
    windows=lambda *n: (max(n[:4]) + 1, *n[4:]),
    lookback=lambda *n: max(change + length for change, length in zip(n[:4], n[4:8])) + n[8] - 2,
    source="Martin J. Pring: Summed Rate of Change (KST), Stocks & Commodities, 1992",
)
def know_sure_thing(inputs, outputs, parameters, memory, windows):
    """Sum over k = 1 ... 4 of k x the simple mean of the last m_k rates of change 100 (x / x[n_k bars ago] - 1), and its mean.

    Flat: 0.
    """
    values = push(windows, 0, inputs[0])
    outputs[0] = outputs[1] = np.nan
    total, ready = 0.0, True
    for k in range(4):
        back = int(parameters[k])
        if len(values) <= back:
            ready = False
            continue
        rates = push(windows, k + 1, 100.0 * (values[-1] / values[-1 - back] - 1.0))
        ready = ready and len(rates) == parameters[4 + k]
        total += (k + 1.0) * mean(rates)
    if ready:
        totals = push(windows, 5, total)
        if len(totals) == parameters[8]:
            outputs[0], outputs[1] = total, mean(totals)


@node(
    "LAGUERRE_RSI",
    "Laguerre RSI",
    group=GROUP,
    inputs=("real",),
    outputs=("rsi",),
    parameters=(Parameter("gamma", 0.5, 0.0, 0.999, about="damping of the filters: 0 none"),),
    memory=5,
    lookback=lambda gamma: 3,
    source="John F. Ehlers: Cybernetic Analysis for Stocks and Futures (Time Warp - Without Space Travel), 2004",
)
def laguerre_rsi(inputs, outputs, parameters, memory, windows):
    """Rises / (rises + falls) between four Laguerre filters of x: 0 ... 1. Begun as if the first value had always been there.

    L0 = x + g (L0' - x), and each next one L = M' + g (L' - M), where M is the filter before it and ' the last bar's. Flat: NaN.
    """
    if memory[0] == 0.0:
        memory[1] = memory[2] = memory[3] = memory[4] = inputs[0]
    gamma, rises, falls = parameters[0], 0.0, 0.0
    before, memory[1] = memory[1], inputs[0] + gamma * (memory[1] - inputs[0])
    for k in range(2, 5):
        older = memory[k]
        memory[k] = before + gamma * (older - memory[k - 1])
        before = older
        step = memory[k - 1] - memory[k]
        rises, falls = rises + max(step, 0.0), falls + max(-step, 0.0)
    memory[0] = min(memory[0] + 1.0, 4.0)
    outputs[0] = rises / (rises + falls) if memory[0] == 4.0 and rises + falls > 0.0 else np.nan


@node(
    "CG",
    "Centre of gravity oscillator",
    group=GROUP,
    inputs=("real",),
    outputs=("cg",),
    parameters=(period(10),),
    windows=lambda timeperiod: (timeperiod,),
    lookback=lambda timeperiod: timeperiod - 1,
    source="John F. Ehlers: The CG Oscillator, Stocks & Commodities, 2002",
)
def centre_of_gravity(inputs, outputs, parameters, memory, windows):
    """(n + 1) / 2 - sum of k x / sum of x, k = 1 the newest ... n; above 0 where the weight lies with the new ones. Flat: 0."""
    values = push(windows, 0, inputs[0])
    count = len(values)
    outputs[0] = np.nan
    if count < parameters[0]:
        return
    together = total = 0.0
    for k in range(count):
        together += (k - (count - 1) / 2.0) * (values[k] - inputs[0])
        total += values[k]
    outputs[0] = together / total if total != 0.0 else np.nan


@node(
    "TII",
    "Trend intensity index",
    group=GROUP,
    inputs=("real",),
    outputs=("tii",),
    parameters=(period(60, 1), period(30, 1, "sumperiod")),
    windows=lambda timeperiod, sumperiod: (timeperiod, sumperiod),
    lookback=lambda timeperiod, sumperiod: timeperiod + sumperiod - 2,
    source="M. H. Pee: Trend Intensity Index, Stocks & Commodities, 2002",
)
def trend_intensity(inputs, outputs, parameters, memory, windows):
    """Of the last m distances of x from its mean of n bars: 100 x those over it / all, by their sums. Flat: NaN."""
    values = push(windows, 0, inputs[0])
    outputs[0] = np.nan
    if len(values) < parameters[0]:
        return
    distances = push(windows, 1, inputs[0] - mean(values))
    if len(distances) < parameters[1]:
        return
    over = under = 0.0
    for distance in distances:
        over, under = over + max(distance, 0.0), under + max(-distance, 0.0)
    outputs[0] = 100.0 * over / (over + under) if over + under > 0.0 else np.nan
