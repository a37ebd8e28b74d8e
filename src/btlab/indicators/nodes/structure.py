"""Turning points, told when they are known and not where they stand: to trade them there is look-ahead."""

from __future__ import annotations

import numpy as np

from btlab.indicators.entry import Parameter, whole
from btlab.indicators.nodes.contract import last, node, push
from btlab.market.jit import inner

GROUP = "Market Structure"
WING = "bars on either side of a swing: it is known so many bars later"


@node(
    "ZIGZAG",
    "ZigZag of confirmed pivots",
    group=GROUP,
    inputs=("high", "low"),
    outputs=("pivot", "age", "direction", "confirmed"),
    parameters=(
        Parameter("percent", 1.0, 1e-6, 90.0, about="of the pivot's price, which the price must come back to confirm it"),
    ),
    memory=8,
    overlay=True,
    source="Arthur A. Merrill: Filtered Waves, 1977",
)
def zigzag(inputs, outputs, parameters, memory, windows):
    """The last confirmed pivot: its price, how many bars ago it stood, the direction since (1 up, -1 down), and whether it was
    confirmed at this bar (1, else 0). What was told is never taken back.

    A high is confirmed by a low that is `percent` under it, a low by a high so far over it; a bar that moves the extreme further
    does not confirm it, as nobody knows which of its ends came first. Before the first pivot the price and age are NaN, the
    direction 0: the first of the highest high and lowest low so far to be confirmed begins. A flat market has none.
    """
    high, low, share = inputs[0], inputs[1], parameters[0] / 100.0
    direction, top, bottom = memory[0], memory[1], memory[2]
    confirmed = 0.0
    for k in range(3, 6):  # bars since the top, since the bottom, since the pivot
        memory[k] += 1.0
    falls = high <= top and low <= top * (1.0 - share) and direction >= 0.0
    rises = low >= bottom and high >= bottom * (1.0 + share) and direction <= 0.0
    if memory[7] == 0.0:
        memory[1], memory[2], memory[3], memory[4], memory[7] = high, low, 0.0, 0.0, 1.0
    elif falls and not rises:
        memory[0], memory[5], memory[6], confirmed = -1.0, memory[3], top, 1.0
        memory[2], memory[4] = low, 0.0
    elif rises and not falls:
        memory[0], memory[5], memory[6], confirmed = 1.0, memory[4], bottom, 1.0
        memory[1], memory[3] = high, 0.0
    else:
        if high > top and direction >= 0.0:
            memory[1], memory[3] = high, 0.0
        if low < bottom and direction <= 0.0:
            memory[2], memory[4] = low, 0.0
    known = memory[0] != 0.0
    outputs[0], outputs[1] = memory[6] if known else np.nan, memory[5] if known else np.nan
    outputs[2], outputs[3] = memory[0], confirmed


@inner
def swing(values, wing, side):
    """Whether the middle of 2 wing + 1 values lies over all others (side 1), or under them (-1)."""
    if len(values) < 2 * wing + 1:
        return False
    middle, beyond = values[wing], 0
    for value in values:
        beyond += side * (middle - value) > 0.0
    return beyond == 2 * wing


@node(
    "MARKET_STRUCTURE",
    "Market structure",
    group=GROUP,
    inputs=("high", "low", "close"),
    outputs=("swing_high", "swing_low", "trend", "broken"),
    parameters=(whole("wing", 3, 1, 1_000, WING),),
    memory=5,
    windows=lambda wing: (2 * wing + 1, 2 * wing + 1),
    lookback=lambda wing: 2 * wing,
    overlay=True,
    source="Robert Rhea: The Dow Theory, 1932; swings: Bill Williams: Trading Chaos, 1995",
)
def market_structure(inputs, outputs, parameters, memory, windows):
    """The last confirmed swing high and low (NaN before there is one), the trend, and whether this close broke one of them.

    A swing high is a high over those of `wing` bars on both sides. A close beyond a swing breaks it, once: broken is 1 or -1
    where the trend goes on or begins (a break of structure), 2 or -2 where it turns (a change of character); the trend is its
    sign from then on, 0 before. A flat market has no swings.
    """
    highs, lows, wing = push(windows, 0, inputs[0]), push(windows, 1, inputs[1]), int(parameters[0])
    for k in range(4):
        outputs[k] = np.nan
    if len(highs) < 2 * wing + 1:
        return
    if swing(highs, wing, 1.0):
        memory[0], memory[2] = highs[wing], 1.0
    if swing(lows, wing, -1.0):
        memory[1], memory[3] = lows[wing], 1.0
    broken = 0.0
    if memory[2] == 1.0 and inputs[2] > memory[0]:
        broken, memory[2] = 1.0, 2.0
    elif memory[3] == 1.0 and inputs[2] < memory[1]:
        broken, memory[3] = -1.0, 2.0
    turned = broken * memory[4] < 0.0
    memory[4] = broken if broken != 0.0 else memory[4]
    outputs[0], outputs[1] = memory[0] if memory[2] > 0.0 else np.nan, memory[1] if memory[3] > 0.0 else np.nan
    outputs[2], outputs[3] = memory[4], 2.0 * broken if turned else broken


@inner
def nearest(levels, price, under, over):
    """The greatest level at or under a price and the least over it, of these and of two known before."""
    for level in levels:
        if level <= price:
            under = max(under, level)
        else:
            over = min(over, level)
    return under, over


@node(
    "SUPPORT_RESISTANCE",
    "Support and resistance",
    group=GROUP,
    inputs=("high", "low", "close"),
    outputs=("support", "resistance", "levels"),
    parameters=(
        whole("wing", 5, 1, 1_000, WING),
        whole("levels", 16, 1, 10_000, "swing highs and swing lows that are kept, each"),
    ),
    windows=lambda wing, levels: (2 * wing + 1, 2 * wing + 1, levels, levels),
    lookback=lambda wing, levels: 2 * wing,
    overlay=True,
    source="John J. Murphy: Technical Analysis of the Financial Markets, 1999; swings: Bill Williams: Trading Chaos, 1995",
)
def support_resistance(inputs, outputs, parameters, memory, windows):
    """Of the last confirmed swing highs and lows alike: the greatest at or under the close, the least over it; how many are kept.

    A level that was broken is one of the other side, so it stays. NaN where none lies there. A flat market has no swings.
    """
    highs, lows, wing = push(windows, 0, inputs[0]), push(windows, 1, inputs[1]), int(parameters[0])
    outputs[0] = outputs[1] = outputs[2] = np.nan
    if len(highs) < 2 * wing + 1:
        return
    tops = push(windows, 2, highs[wing]) if swing(highs, wing, 1.0) else last(windows, 2)
    bottoms = push(windows, 3, lows[wing]) if swing(lows, wing, -1.0) else last(windows, 3)
    under, over = nearest(tops, inputs[2], -np.inf, np.inf)
    under, over = nearest(bottoms, inputs[2], under, over)
    outputs[0], outputs[1] = under if under > -np.inf else np.nan, over if over < np.inf else np.nan
    outputs[2] = len(tops) + len(bottoms)
