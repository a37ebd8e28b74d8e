"""Oscillators: where the price stands in its range, and how it got there."""

from __future__ import annotations

import math

import numpy as np

from btlab.indicators.entry import Parameter
from btlab.indicators.nodes.contract import node, push
from btlab.indicators.nodes.parts import deviation, factor, greatest, least, line, mean, period, range_after, smoothed
from btlab.market.jit import inner

GROUP = "Momentum Indicators"


@node(
    "FISHER",
    "Fisher transform",
    group=GROUP,
    inputs=("high", "low"),
    outputs=("fisher", "trigger"),
    parameters=(period(10),),
    memory=3,
    windows=lambda timeperiod: (timeperiod,),
    lookback=lambda timeperiod: timeperiod,
    source="John F. Ehlers: Using the Fisher Transform, Stocks & Commodities, 2002",
)
def fisher(inputs, outputs, parameters, memory, windows):
    """F = ln((1 + v) / (1 - v)) / 2 + F1 / 2, the trigger is F1; v = 0.66 (place - 0.5) + 0.67 v1, held in -0.999 ... 0.999.

    place: of (high + low) / 2 between its least and greatest of n, counted 0.5 where they are the same. Flat: falls back to 0.
    """
    price = 0.5 * (inputs[0] + inputs[1])
    prices = push(windows, 0, price)
    outputs[0] = outputs[1] = np.nan
    if len(prices) < parameters[0]:
        return
    low, high = least(prices), greatest(prices)
    place = (price - low) / (high - low) if high > low else 0.5
    value = 0.66 * (place - 0.5) + 0.67 * memory[0]
    memory[0] = 0.999 if value > 0.99 else -0.999 if value < -0.99 else value
    before = memory[1]
    memory[1] = 0.5 * math.log((1.0 + memory[0]) / (1.0 - memory[0])) + 0.5 * before
    if memory[2] > 0.0:
        outputs[0], outputs[1] = memory[1], before
    memory[2] = 1.0


@node(
    "RVGI",
    "Relative vigor index",
    group=GROUP,
    inputs=("open", "high", "low", "close"),
    outputs=("rvgi", "signal"),
    parameters=(period(10, 1),),
    windows=lambda timeperiod: (4, 4, timeperiod, timeperiod, 4),
    lookback=lambda timeperiod: timeperiod + 5,
    source="John F. Ehlers: Relative Vigor Index, Stocks & Commodities, 2002",
)
def relative_vigor(inputs, outputs, parameters, memory, windows):
    """Sum over n of weighted (close - open) over that of weighted (high - low); the signal is weighted so again.

    The weights of the last four bars are 1, 2, 2, 1 (/ 6). TA-Lib's RVI is the relative volatility index. Flat: NaN.
    """
    moves, spans = push(windows, 0, inputs[3] - inputs[0]), push(windows, 1, inputs[1] - inputs[2])
    outputs[0] = outputs[1] = np.nan
    if len(moves) < 4:
        return
    moves = push(windows, 2, moves[0] + 2.0 * moves[1] + 2.0 * moves[2] + moves[3])
    spans = push(windows, 3, spans[0] + 2.0 * spans[1] + 2.0 * spans[2] + spans[3])
    if len(moves) < parameters[0]:
        return
    span = mean(spans)
    found = push(windows, 4, mean(moves) / span if span > 0.0 else np.nan)
    if len(found) == 4:
        outputs[0], outputs[1] = found[3], (found[0] + 2.0 * found[1] + 2.0 * found[2] + found[3]) / 6.0


@node(
    "SQUEEZE",
    "Squeeze",
    group=GROUP,
    inputs=("high", "low", "close"),
    outputs=("squeeze", "momentum"),
    parameters=(
        period(20),
        factor("nbdev", 2.0, "deviations between the middle and a Bollinger band"),
        factor("multiplier", 1.5, "mean true ranges between the middle and a Keltner band"),
    ),
    memory=2,
    windows=lambda timeperiod, nbdev, multiplier: [timeperiod] * 5,
    lookback=lambda timeperiod, nbdev, multiplier: max(2 * timeperiod - 2, timeperiod),
    source="John F. Carter: Mastering the Trade, 2005",
)
def squeeze(inputs, outputs, parameters, memory, windows):
    """1 where the Bollinger bands lie within the Keltner bands (simple means of close and true range), else 0; and the momentum.

    The momentum is the end of the least-squares line through the last n of
    close - ((highest high + lowest low) / 2 + mean close) / 2. Flat: 0 and 0.
    """
    highs, lows, closes = push(windows, 0, inputs[0]), push(windows, 1, inputs[1]), push(windows, 2, inputs[2])
    found = range_after(memory, 0, inputs[0], inputs[1], inputs[2])
    outputs[0] = outputs[1] = np.nan
    if np.isnan(found):
        return
    ranges = push(windows, 3, found)
    if len(closes) < parameters[0]:
        return
    middle = 0.5 * (0.5 * (greatest(highs) + least(lows)) + mean(closes))
    distances = push(windows, 4, inputs[2] - middle)
    if len(distances) == parameters[0] and len(ranges) == parameters[0]:
        outputs[0] = 1.0 if parameters[1] * deviation(closes) < parameters[2] * mean(ranges) else 0.0
        outputs[1] = line(distances)[0]


@inner
def strength(memory, at, value, count):
    """Wilder's relative strength index as TA-Lib has it, 0 where nothing moved; NaN before `count` changes. Keeps 8 floats."""
    change = value - memory[at + 1]
    begun = memory[at] > 0.0
    memory[at], memory[at + 1] = 1.0, value
    if not begun:
        return np.nan
    rises = smoothed(memory, at + 2, max(change, 0.0), count, 1.0 / count)
    falls = smoothed(memory, at + 5, max(-change, 0.0), count, 1.0 / count)
    return 100.0 * rises / (rises + falls) if np.isnan(rises) or rises + falls > 0.0 else 0.0


@node(
    "CRSI",
    "Connors RSI",
    group=GROUP,
    inputs=("real",),
    outputs=("crsi",),
    parameters=(period(3, 1, "rsiperiod"), period(2, 1, "streakperiod"), period(100, 1, "rankperiod")),
    memory=17,
    windows=lambda rsi, streak, rank: (rank + 1,),
    lookback=lambda rsi, streak, rank: max(rsi, streak, rank + 1),
    source="Larry Connors, Cesar Alvarez: An Introduction to ConnorsRSI, 2012",
)
def connors(inputs, outputs, parameters, memory, windows):
    """A third each: RSI of x, RSI of the streak, and the percentage of the `rankperiod` changes before that were less than this.

    The streak counts bars that rose one after the other (falling: below 0; unchanged: 0). Changes are x / x1 - 1. Flat: 0, by the
    RSI of a market that never moved.
    """
    before, begun = memory[16], memory[8] > 0.0
    streak = memory[9]
    if begun and inputs[0] > before:
        streak = max(streak, 0.0) + 1.0
    elif begun and inputs[0] < before:
        streak = min(streak, 0.0) - 1.0
    else:
        streak = 0.0
    memory[16] = inputs[0]
    price_strength = strength(memory, 0, inputs[0], parameters[0])
    streak_strength = strength(memory, 8, streak, parameters[1])
    outputs[0] = np.nan
    if not begun:
        return
    changes = push(windows, 0, inputs[0] / before - 1.0)
    if len(changes) <= parameters[2]:
        return
    less = 0
    for k in range(len(changes) - 1):
        less += changes[k] < changes[-1]
    outputs[0] = (price_strength + streak_strength + 100.0 * less / parameters[2]) / 3.0


@inner
def place(values, before):
    """100 x where the newest value stands between the least and the greatest; what it was before where they are the same."""
    low, high = least(values), greatest(values)
    return 100.0 * (values[-1] - low) / (high - low) if high > low else before


@node(
    "STC",
    "Schaff trend cycle",
    group=GROUP,
    inputs=("real",),
    outputs=("stc",),
    parameters=(
        period(23, 1, "fastperiod"),
        period(50, 1, "slowperiod"),
        period(10, 2, "cycleperiod"),
        Parameter("factor", 0.5, 0.001, 1.0, about="share of each new value in the smoothing"),
    ),
    memory=11,
    windows=lambda fast, slow, cycle, factor: (cycle, cycle),
    lookback=lambda fast, slow, cycle, factor: max(fast, slow) + 2 * cycle - 3,
    source="Doug Schaff: The Schaff Trend Cycle, 1999; Stocks & Commodities, 2008",
)
def schaff(inputs, outputs, parameters, memory, windows):
    """The place of EMA(fast) - EMA(slow) in its range of n bars, smoothed, the place of that in its range, smoothed: 0 ... 100.

    A range of nothing leaves the place as it was, 50 at first: the value of a flat market.
    """
    fast = smoothed(memory, 0, inputs[0], parameters[0], 2.0 / (parameters[0] + 1.0))
    slow = smoothed(memory, 3, inputs[0], parameters[1], 2.0 / (parameters[1] + 1.0))
    outputs[0] = np.nan
    if np.isnan(fast) or np.isnan(slow):
        return
    differences = push(windows, 0, fast - slow)
    if len(differences) < parameters[2]:
        return
    memory[6] = place(differences, memory[6] if memory[8] > 0.0 else 50.0)
    memory[7] = memory[7] + parameters[3] * (memory[6] - memory[7]) if memory[8] > 0.0 else memory[6]
    memory[8] += 1.0
    places = push(windows, 1, memory[7])
    if len(places) == parameters[2]:
        begun = memory[8] > parameters[2]
        memory[9] = place(places, memory[9] if begun else 50.0)
        memory[10] = memory[10] + parameters[3] * (memory[9] - memory[10]) if begun else memory[9]
        outputs[0] = memory[10]
