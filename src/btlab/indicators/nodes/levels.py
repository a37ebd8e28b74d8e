"""Levels that a trading day leaves to the next: pivots, the day's own range, its opening range.

The first day of the data may be one that began earlier; its levels are those of what there is. The day is the calendar's, so that
of an FX bar begins at 17:00 New York.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from btlab.indicators.entry import whole
from btlab.indicators.nodes.contract import Node, node
from btlab.market.jit import inner

GROUP = "Price Levels"
FLOOR_LEVELS = ("pivot", "r1", "s1", "r2", "s2", "r3", "s3")
DAY_BEFORE = 6
"""Where `day_before` keeps open, high, low and close of the last whole day."""


@inner
def day_before(memory, open_, high, low, close, day):
    """Takes a bar; whether a day ended before this bar's. Keeps 10 floats: days begun, the day, its prices, those of the last."""
    if memory[0] == 0.0 or memory[1] != day:
        for k in range(4):
            memory[DAY_BEFORE + k] = memory[2 + k]
        memory[0], memory[1] = min(memory[0] + 1.0, 2.0), day
        memory[2], memory[3], memory[4] = open_, high, low
    memory[3], memory[4], memory[5] = max(memory[3], high), min(memory[4], low), close
    return memory[0] > 1.0


@inner
def yesterday(memory, inputs):
    """Takes a bar: high, low and close of the day before; NaN on the first, and so is what is made of them."""
    if day_before(memory, inputs[2], inputs[0], inputs[1], inputs[2], inputs[3]):
        return memory[DAY_BEFORE + 1], memory[DAY_BEFORE + 2], memory[DAY_BEFORE + 3]
    return np.nan, np.nan, np.nan


def of_yesterday(
    name: str, title: str, source: str, outputs: tuple[str, ...] = FLOOR_LEVELS
) -> Callable[[Callable[..., None]], Node]:
    """Levels that follow from high, low and close of the day before."""
    inputs = ("high", "low", "close", "day")
    return node(
        name, title, group=GROUP, inputs=inputs, outputs=outputs, memory=10, lookback=lambda: 1, overlay=True, source=source
    )


@inner
def say_nothing(outputs, count):
    for k in range(count):
        outputs[k] = np.nan


@inner
def floor_levels(outputs, pivot, high, low):
    """The floor traders' three levels on either side of a pivot."""
    outputs[0], outputs[1], outputs[2] = pivot, 2.0 * pivot - low, 2.0 * pivot - high
    outputs[3], outputs[4] = pivot + (high - low), pivot - (high - low)
    outputs[5], outputs[6] = high + 2.0 * (pivot - low), low - 2.0 * (high - pivot)


@of_yesterday(
    "PIVOTS",
    "Pivot points, standard",
    "John L. Person: A Complete Guide to Technical Trading Tactics (the floor traders' pivot points), 2004",
)
def pivots(inputs, outputs, parameters, memory, windows):
    """Of the trading day before: P = (H + L + C) / 3; R1 = 2 P - L, S1 = 2 P - H; R2, S2 = P + and - (H - L); R3 = H + 2 (P - L),
    S3 = L - 2 (H - P). NaN on the first day. Flat: the price in all.
    """
    high, low, close = yesterday(memory, inputs)
    pivot = close + ((high - close) + (low - close)) / 3.0
    floor_levels(outputs, pivot, high, low)


@of_yesterday(
    "PIVOTS_FIBONACCI",
    "Pivot points, Fibonacci",
    "John L. Person: A Complete Guide to Technical Trading Tactics, 2004, with the ratios of Leonardo of Pisa's numbers",
)
def pivots_fibonacci(inputs, outputs, parameters, memory, windows):
    """Of the trading day before: P = (H + L + C) / 3, and 0.382, 0.618 and 1 of its range over and under. NaN on the first day.

    Flat: the price in all.
    """
    high, low, close = yesterday(memory, inputs)
    pivot, span = close + ((high - close) + (low - close)) / 3.0, high - low
    outputs[0] = pivot
    outputs[1], outputs[2] = pivot + 0.382 * span, pivot - 0.382 * span
    outputs[3], outputs[4] = pivot + 0.618 * span, pivot - 0.618 * span
    outputs[5], outputs[6] = pivot + span, pivot - span


@of_yesterday(
    "PIVOTS_WOODIE",
    "Pivot points, Woodie",
    "Ken Wood (Woodie's CCI Club), about 2003",
)
def pivots_woodie(inputs, outputs, parameters, memory, windows):
    """As PIVOTS with P = (H + L + 2 C) / 4 of the trading day before. (Others put today's open in the place of C.)

    NaN on the first day. Flat: the price in all.
    """
    high, low, close = yesterday(memory, inputs)
    pivot = close + ((high - close) + (low - close)) / 4.0
    floor_levels(outputs, pivot, high, low)


@of_yesterday(
    "PIVOTS_CAMARILLA",
    "Pivot points, Camarilla",
    "Nick Scott: the Camarilla equation, 1989",
    outputs=("pivot", "r1", "s1", "r2", "s2", "r3", "s3", "r4", "s4"),
)
def pivots_camarilla(inputs, outputs, parameters, memory, windows):
    """Of the trading day before: P = (H + L + C) / 3; C + and - 1.1 (H - L) / 12, / 6, / 4 and / 2. NaN on the first day.

    Flat: the price in all.
    """
    high, low, close = yesterday(memory, inputs)
    span = 1.1 * (high - low)
    outputs[0] = close + ((high - close) + (low - close)) / 3.0
    outputs[1], outputs[2] = close + span / 12.0, close - span / 12.0
    outputs[3], outputs[4] = close + span / 6.0, close - span / 6.0
    outputs[5], outputs[6] = close + span / 4.0, close - span / 4.0
    outputs[7], outputs[8] = close + span / 2.0, close - span / 2.0


@node(
    "PIVOTS_DEMARK",
    "Pivot points, DeMark",
    group=GROUP,
    inputs=("open", "high", "low", "close", "day"),
    outputs=("pivot", "r1", "s1"),
    memory=10,
    lookback=lambda: 1,
    overlay=True,
    source="Thomas R. DeMark: The New Science of Technical Analysis, 1994",
)
def pivots_demark(inputs, outputs, parameters, memory, windows):
    """Of the trading day before: X = H + L + 2 C, of a falling day H + 2 L + C, of a rising one 2 H + L + C; P = X / 4,
    R1 = X / 2 - L, S1 = X / 2 - H. NaN on the first day. Flat: the price in all.
    """
    known = day_before(memory, inputs[0], inputs[1], inputs[2], inputs[3], inputs[4])
    open_, high = memory[DAY_BEFORE], memory[DAY_BEFORE + 1]
    low, close = memory[DAY_BEFORE + 2], memory[DAY_BEFORE + 3]
    twice = low if close < open_ else high if close > open_ else close
    total = high + low + close + twice
    outputs[0], outputs[1], outputs[2] = total / 4.0, total / 2.0 - low, total / 2.0 - high
    if not known:
        say_nothing(outputs, 3)


@node(
    "SESSION_LEVELS",
    "The trading day's levels",
    group=GROUP,
    inputs=("open", "high", "low", "close", "day"),
    outputs=("open", "high", "low", "previous_high", "previous_low", "previous_close"),
    memory=10,
    overlay=True,
    source="John J. Murphy: Technical Analysis of the Financial Markets, 1999",
)
def session_levels(inputs, outputs, parameters, memory, windows):
    """The open, the high and the low of the day so far, and high, low and close of the day before, NaN on the first day."""
    known = day_before(memory, inputs[0], inputs[1], inputs[2], inputs[3], inputs[4])
    for k in range(3):
        outputs[k] = memory[2 + k]
        outputs[3 + k] = memory[DAY_BEFORE + 1 + k] if known else np.nan


@node(
    "OPENING_RANGE",
    "Opening range",
    group=GROUP,
    inputs=("high", "low", "time", "day"),
    outputs=("high", "low", "complete"),
    parameters=(whole("minutes", 30, 1, 1_440, "of the trading day, counted from its start"),),
    memory=4,
    overlay=True,
    source="Toby Crabel: Day Trading with Short Term Price Patterns and Opening Range Breakout, 1990",
)
def opening_range(inputs, outputs, parameters, memory, windows):
    """High and low of the bars that begin in the first minutes of the trading day; complete: 1 from the first that begins later.

    NaN on a day without a bar in that time. While it is not complete the range may still grow.
    """
    if memory[0] == 0.0 or memory[1] != inputs[3]:
        memory[0], memory[1], memory[2], memory[3] = 1.0, inputs[3], -np.inf, np.inf
    later = inputs[2] >= inputs[3] + 60e6 * parameters[0]
    if not later:
        memory[2], memory[3] = max(memory[2], inputs[0]), min(memory[3], inputs[1])
    there = memory[2] >= memory[3]
    outputs[0], outputs[1] = memory[2] if there else np.nan, memory[3] if there else np.nan
    outputs[2] = 1.0 if later else 0.0
