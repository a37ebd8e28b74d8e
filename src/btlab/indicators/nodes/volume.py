"""Prices by volume: VWAP from a trading day's start or from an anchor, the profile, and who moved what."""

from __future__ import annotations

import math

import numpy as np

from btlab.indicators.entry import Parameter, whole
from btlab.indicators.nodes.contract import area, node, push
from btlab.indicators.nodes.parts import factor, greatest, least, mean, period, smoothed
from btlab.market.jit import inner

GROUP = "Volume Indicators"
EXACT = 2.0**53
"""µs up to here are whole numbers as floats, before 1970 and after."""
VWAP = (
    "Stephen A. Berkowitz, Dennis E. Logue, Eugene A. Noser: The Total Cost of Transactions on the NYSE, Journal of Finance 43, "
    "1988; variance: D. H. D. West: Updating Mean and Variance Estimates, Communications of the ACM 22, 1979"
)


@inner
def weigh(memory, at, value, weight):
    """Count a value in as often as its weight says. Keeps 3 floats: the weights' sum, the mean, the sum of squared distances."""
    if weight > 0.0:
        memory[at] += weight
        off = value - memory[at + 1]
        memory[at + 1] += off * (weight / memory[at])
        memory[at + 2] += weight * off * (value - memory[at + 1])


@inner
def bands(memory, at, nbdev, outputs):
    """The mean, and nbdev deviations over and under it; NaN where nothing was weighed."""
    outputs[0] = outputs[1] = outputs[2] = np.nan
    if memory[at] > 0.0:
        width = nbdev * math.sqrt(max(memory[at + 2], 0.0) / memory[at])
        outputs[0], outputs[1], outputs[2] = memory[at + 1], memory[at + 1] + width, memory[at + 1] - width


@node(
    "SESSION_VWAP",
    "VWAP of the trading day, with bands",
    group=GROUP,
    inputs=("high", "low", "close", "volume", "day"),
    outputs=("vwap", "upper", "lower"),
    parameters=(factor("nbdev", 2.0, "deviations between the mean and a band"),),
    memory=5,
    overlay=True,
    source=VWAP,
)
def session_vwap(inputs, outputs, parameters, memory, windows):
    """Mean of (high + low + close) / 3 by volume since the trading day began, and nbdev population deviations around it.

    Until a day has volume: NaN. A bar without volume changes nothing. Flat: the price in all three.
    """
    if memory[0] == 0.0 or memory[1] != inputs[4]:
        memory[0], memory[1], memory[2], memory[3], memory[4] = 1.0, inputs[4], 0.0, 0.0, 0.0
    weigh(memory, 2, inputs[2] + ((inputs[0] - inputs[2]) + (inputs[1] - inputs[2])) / 3.0, inputs[3])
    bands(memory, 2, parameters[0], outputs)


@node(
    "ANCHORED_VWAP",
    "VWAP since an anchor, with bands",
    group=GROUP,
    inputs=("high", "low", "close", "volume", "time"),
    outputs=("vwap", "upper", "lower"),
    parameters=(
        Parameter(
            "anchor", -EXACT, -EXACT, EXACT, True, "the first bar that begins then or later is the first counted", moment=True
        ),
        factor("nbdev", 2.0, "deviations between the mean and a band"),
    ),
    memory=3,
    overlay=True,
    source="Brian Shannon: Maximum Trading Gains with Anchored VWAP, 2023; " + VWAP,
)
def anchored_vwap(inputs, outputs, parameters, memory, windows):
    """As SESSION_VWAP, of all bars since the anchor; NaN before it."""
    if inputs[4] >= parameters[0]:
        weigh(memory, 0, inputs[2] + ((inputs[0] - inputs[2]) + (inputs[1] - inputs[2])) / 3.0, inputs[3])
    bands(memory, 0, parameters[1], outputs)


@node(
    "EMV",
    "Ease of movement",
    group=GROUP,
    inputs=("high", "low", "volume"),
    outputs=("emv",),
    parameters=(period(14, 1), Parameter("scale", 1e8, 1e-9, 1e18, about="volume that counts as one")),
    memory=2,
    windows=lambda timeperiod, scale: (timeperiod,),
    lookback=lambda timeperiod, scale: timeperiod,
    source="Richard W. Arms: Volume Cycles in the Stock Market, 1983",
)
def ease_of_movement(inputs, outputs, parameters, memory, windows):
    """Simple mean of the move of (high + low) / 2, divided by (volume / scale) / (high - low).

    A bar without volume counts 0: nobody moved it. Flat: 0.
    """
    middle, before, begun = 0.5 * (inputs[0] + inputs[1]), memory[0], memory[1]
    memory[0], memory[1] = middle, 1.0
    outputs[0] = np.nan
    if begun > 0.0:
        ease = (middle - before) * (inputs[0] - inputs[1]) * parameters[1] / inputs[2] if inputs[2] > 0.0 else 0.0
        eases = push(windows, 0, ease)
        if len(eases) == parameters[0]:
            outputs[0] = mean(eases)


@node(
    "KVO",
    "Klinger volume oscillator",
    group=GROUP,
    inputs=("high", "low", "close", "volume"),
    outputs=("kvo", "signal"),
    parameters=(period(34, 1, "fastperiod"), period(55, 1, "slowperiod"), period(13, 1, "signalperiod")),
    memory=14,
    lookback=lambda fast, slow, signal: max(fast, slow) + signal - 1,
    source="Stephen J. Klinger: Identifying Trends with Volume Analysis, Stocks & Commodities, 1997",
)
def klinger(inputs, outputs, parameters, memory, windows):
    """EMA(fast) - EMA(slow) of the volume force 100 T volume |2 d / c - 1|, and the EMA of that.

    T: 1 where high + low + close rose, else -1; d: high - low; c: the sum of d since T last changed, the bar before included.
    c of 0, no volume: force 0. Flat: 0.
    """
    price, span = inputs[0] + inputs[1] + inputs[2], inputs[0] - inputs[1]
    begun, price_before, span_before, trend_before, total = memory[0], memory[1], memory[2], memory[3], memory[4]
    trend = 1.0 if price > price_before else -1.0
    total = total + span if trend == trend_before else span_before + span
    memory[0], memory[1], memory[2] = 1.0, price, span
    outputs[0] = outputs[1] = np.nan
    if begun == 0.0:
        return
    memory[3], memory[4] = trend, total
    force = 100.0 * trend * inputs[3] * abs(2.0 * span / total - 1.0) if total > 0.0 else 0.0
    fast = smoothed(memory, 5, force, parameters[0], 2.0 / (parameters[0] + 1.0))
    slow = smoothed(memory, 8, force, parameters[1], 2.0 / (parameters[1] + 1.0))
    if not np.isnan(fast) and not np.isnan(slow):
        signal = smoothed(memory, 11, fast - slow, parameters[2], 2.0 / (parameters[2] + 1.0))
        if not np.isnan(signal):
            outputs[0], outputs[1] = fast - slow, signal


@inner
def spread_volume(low, step, bins, lows, highs, volumes, profile):
    """Volume at each of `bins` prices: every bar's lies evenly between its low and its high."""
    for k in range(bins):
        profile[k] = 0.0
    for k in range(len(volumes)):
        first = min(int((lows[k] - low) / step), bins - 1)
        end = min(int((highs[k] - low) / step), bins - 1)
        for j in range(first, end + 1):
            inside = min(highs[k], low + (j + 1) * step) - max(lows[k], low + j * step)
            share = inside / (highs[k] - lows[k]) if end > first else 1.0
            profile[j] += volumes[k] * max(share, 0.0)


@node(
    "VOLUME_PROFILE",
    "Volume profile",
    group=GROUP,
    inputs=("high", "low", "volume"),
    outputs=("poc", "high", "low"),
    parameters=(
        period(100, 1),
        whole("bins", 24, 2, 10_000, "prices that are told apart"),
        Parameter("share", 0.7, 0.01, 1.0, about="of the volume that lies in the value area"),
    ),
    windows=lambda timeperiod, bins, share: [timeperiod] * 3,
    areas=lambda timeperiod, bins, share: (bins,),
    lookback=lambda timeperiod, bins, share: timeperiod - 1,
    overlay=True,
    source="J. Peter Steidlmayer, Kevin Koy: Markets and Market Logic, 1986",
)
def volume_profile(inputs, outputs, parameters, memory, windows):
    """Of the last n bars: the price with the most volume (the middle of its bin), and the upper and lower edge of the value area.

    The range of the n bars is cut into equal bins, a bar's volume lies evenly between its low and high. The area grows from the
    fullest bin (the lowest of several) by the fuller of its neighbours, the upper one where they are the same, until it holds the
    share. Flat: the price in all three. No volume at all: NaN.
    """
    highs, lows, volumes = push(windows, 0, inputs[0]), push(windows, 1, inputs[1]), push(windows, 2, inputs[2])
    outputs[0] = outputs[1] = outputs[2] = np.nan
    total = 0.0
    for volume in volumes:
        total += volume
    if len(highs) < parameters[0] or total <= 0.0:
        return
    low, high, bins = least(lows), greatest(highs), int(parameters[1])
    step = (high - low) / bins
    if step <= 0.0:
        outputs[0] = outputs[1] = outputs[2] = low
        return
    profile = area(windows, 3)
    spread_volume(low, step, bins, lows, highs, volumes, profile)
    fullest = 0
    for k in range(bins):
        fullest = k if profile[k] > profile[fullest] else fullest
    first = last = fullest
    held = profile[fullest]
    wanted = parameters[2] * total * (1.0 - 1e-12)  # a share of 1 is reached, however the sums were rounded
    while held < wanted and (first > 0 or last < bins - 1):
        if first == 0 or (last < bins - 1 and profile[last + 1] >= profile[first - 1]):
            last += 1
            held += profile[last]
        else:
            first -= 1
            held += profile[first]
    outputs[0] = low + (fullest + 0.5) * step
    outputs[1], outputs[2] = low + (last + 1) * step, low + first * step


@node(
    "AMIHUD",
    "Amihud's illiquidity",
    group=GROUP,
    inputs=("close", "volume"),
    outputs=("illiquidity",),
    parameters=(period(20, 1), Parameter("scale", 1e6, 1e-9, 1e18, about="money that counts as one")),
    memory=2,
    windows=lambda timeperiod, scale: (timeperiod,),
    lookback=lambda timeperiod, scale: timeperiod,
    source="Yakov Amihud: Illiquidity and Stock Returns, Journal of Financial Markets 5, 2002",
)
def amihud(inputs, outputs, parameters, memory, windows):
    """Mean of scale x |close / close before - 1| / (close x volume) over those of the last n bars that have volume. Flat: 0.

    No bar with volume among them: NaN.
    """
    before, begun = memory[0], memory[1]
    memory[0], memory[1] = inputs[0], 1.0
    outputs[0] = np.nan
    if begun == 0.0:
        return
    money = inputs[0] * inputs[1]
    found = push(windows, 0, abs(inputs[0] / before - 1.0) / money if money > 0.0 else np.nan)
    total, count = 0.0, 0
    for value in found:
        if not np.isnan(value):
            total, count = total + value, count + 1
    if len(found) == parameters[0] and count > 0:
        outputs[0] = parameters[1] * total / count
