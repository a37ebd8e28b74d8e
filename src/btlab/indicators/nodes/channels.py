"""Lines and stops that are drawn around the price."""

from __future__ import annotations

import numpy as np

from btlab.indicators.nodes.contract import node, push
from btlab.indicators.nodes.parts import average_range, factor, greatest, least, mean, period, smoothed

GROUP = "Overlap Studies"


@node(
    "ICHIMOKU",
    "Ichimoku cloud",
    group=GROUP,
    inputs=("high", "low"),
    outputs=("conversion", "base", "span_a", "span_b", "next_a", "next_b"),
    parameters=(
        period(9, 1, "conversionperiod"),
        period(26, 1, "baseperiod"),
        period(52, 1, "spanperiod"),
        period(26, 1, "displacement"),
    ),
    windows=lambda conversion, base, span, displacement: (*[max(conversion, base, span)] * 2, displacement, displacement),
    lookback=lambda conversion, base, span, displacement: max(conversion, base, span) + displacement - 2,
    overlay=True,
    source="Goichi Hosoda (Ichimoku Sanjin): Ichimoku Kinko Hyo, 1969",
)
def ichimoku(inputs, outputs, parameters, memory, windows):
    """Middles of the range of the last n bars, and the cloud as it lies at this bar. Flat: the price in all six.

    conversion and base are (highest + lowest) / 2 of 9 and 26 bars. next_a = (conversion + base) / 2 and next_b, the middle of
    52 bars, are what this bar draws 26 bars ahead, itself counted; span_a and span_b are what was drawn for this bar,
    displacement - 1 bars ago, and so known. The lagging line is the close, drawn back: as a value at its place it would be
    look-ahead, so it is none here; compare the close with an older one.
    """
    highs, lows = push(windows, 0, inputs[0]), push(windows, 1, inputs[1])
    for k in range(6):
        outputs[k] = np.nan
    if len(highs) < max(parameters[0], parameters[1], parameters[2]):
        return
    short, middle, long = int(parameters[0]), int(parameters[1]), int(parameters[2])
    conversion = 0.5 * (greatest(highs[-short:]) + least(lows[-short:]))
    base = 0.5 * (greatest(highs[-middle:]) + least(lows[-middle:]))
    drawn_a = push(windows, 2, 0.5 * (conversion + base))
    drawn_b = push(windows, 3, 0.5 * (greatest(highs[-long:]) + least(lows[-long:])))
    if len(drawn_a) == parameters[3]:
        outputs[0], outputs[1] = conversion, base
        outputs[2], outputs[3], outputs[4], outputs[5] = drawn_a[0], drawn_b[0], drawn_a[-1], drawn_b[-1]


@node(
    "ALLIGATOR",
    "Alligator",
    group=GROUP,
    inputs=("high", "low"),
    outputs=("jaw", "teeth", "lips"),
    parameters=(
        period(13, 1, "jawperiod"),
        period(8, 0, "jawshift"),
        period(8, 1, "teethperiod"),
        period(5, 0, "teethshift"),
        period(5, 1, "lipsperiod"),
        period(3, 0, "lipsshift"),
    ),
    memory=9,
    windows=lambda jaw, jawshift, teeth, teethshift, lips, lipsshift: (jawshift + 1, teethshift + 1, lipsshift + 1),
    lookback=lambda jaw, jawshift, teeth, teethshift, lips, lipsshift: (
        max(jaw + jawshift, teeth + teethshift, lips + lipsshift) - 1
    ),
    overlay=True,
    source="Bill Williams: Trading Chaos, 1995",
)
def alligator(inputs, outputs, parameters, memory, windows):
    """Wilder's means of (high + low) / 2, each as it was `shift` bars ago: where the chart draws it. Flat: the price."""
    ready, price = True, 0.5 * (inputs[0] + inputs[1])
    for k in range(3):
        value = smoothed(memory, 3 * k, price, parameters[2 * k], 1.0 / parameters[2 * k])
        outputs[k] = np.nan
        if not np.isnan(value):
            drawn = push(windows, k, value)
            if len(drawn) == parameters[2 * k + 1] + 1.0:
                outputs[k] = drawn[0]
        ready = ready and not np.isnan(outputs[k])
    if not ready:
        outputs[0] = outputs[1] = outputs[2] = np.nan


@node(
    "CHANDELIER",
    "Chandelier exit",
    group=GROUP,
    inputs=("high", "low", "close"),
    outputs=("long", "short"),
    parameters=(period(22, 1), factor("multiplier", 3.0, "average true ranges between the extreme and the stop")),
    memory=5,
    windows=lambda timeperiod, multiplier: (timeperiod, timeperiod),
    lookback=lambda timeperiod, multiplier: timeperiod,
    overlay=True,
    source="Charles Le Beau, in Alexander Elder: Come Into My Trading Room, 2002",
)
def chandelier(inputs, outputs, parameters, memory, windows):
    """long = highest high of n - k x ATR(n), short = lowest low of n + k x ATR(n), Wilder's ATR. Flat: the price in both."""
    highs, lows = push(windows, 0, inputs[0]), push(windows, 1, inputs[1])
    width = parameters[1] * average_range(memory, 0, inputs[0], inputs[1], inputs[2], parameters[0])
    outputs[0], outputs[1] = greatest(highs) - width, least(lows) + width


@node(
    "CHANDE_KROLL",
    "Chande Kroll stop",
    group=GROUP,
    inputs=("high", "low", "close"),
    outputs=("under_highs", "over_lows"),
    parameters=(period(10, 1), factor("multiplier", 1.0, "average true ranges from the extreme"), period(9, 1, "stopperiod")),
    memory=5,
    windows=lambda timeperiod, multiplier, stopperiod: (timeperiod, timeperiod, stopperiod, stopperiod),
    lookback=lambda timeperiod, multiplier, stopperiod: timeperiod + stopperiod - 1,
    overlay=True,
    source="Tushar S. Chande, Stanley Kroll: The New Technical Trader, 1994",
)
def chande_kroll(inputs, outputs, parameters, memory, windows):
    """The highest of the last q of (highest high of p - x ATR(p)), the lowest of the last q of (lowest low of p + x ATR(p)).

    Wilder's ATR. Flat: the price in both.
    """
    highs, lows = push(windows, 0, inputs[0]), push(windows, 1, inputs[1])
    width = parameters[1] * average_range(memory, 0, inputs[0], inputs[1], inputs[2], parameters[0])
    outputs[0] = outputs[1] = np.nan
    if np.isnan(width):
        return
    under, over = push(windows, 2, greatest(highs) - width), push(windows, 3, least(lows) + width)
    if len(under) == parameters[2]:
        outputs[0], outputs[1] = greatest(under), least(over)


@node(
    "VOLATILITY_STOP",
    "Wilder's volatility stop",
    group=GROUP,
    inputs=("high", "low", "close"),
    outputs=("stop", "direction"),
    parameters=(period(7, 1), factor("multiplier", 3.0, "average true ranges between the best close and the stop")),
    memory=8,
    lookback=lambda timeperiod, multiplier: timeperiod,
    overlay=True,
    source="J. Welles Wilder: New Concepts in Technical Trading Systems (the volatility system), 1978",
)
def volatility_stop(inputs, outputs, parameters, memory, windows):
    """Long (1): the best close so far - k x ATR(n); a close under the stop of the bar before turns it short (-1), and so on.

    Begins long. Flat: the price, long.
    """
    width = parameters[1] * average_range(memory, 0, inputs[0], inputs[1], inputs[2], parameters[0])
    outputs[0] = outputs[1] = np.nan
    if np.isnan(width):
        return
    side, close = memory[5], inputs[2]
    if side == 0.0:
        side, memory[6] = 1.0, close
    elif side * (close - memory[7]) < 0.0:
        side, memory[6] = -side, close
    elif side * (close - memory[6]) > 0.0:
        memory[6] = close
    memory[5], memory[7] = side, memory[6] - side * width
    outputs[0], outputs[1] = memory[7], side


@node(
    "KELTNER",
    "Keltner's channel of 1960",
    group=GROUP,
    inputs=("high", "low", "close"),
    outputs=("upper", "middle", "lower"),
    parameters=(period(10, 1), factor("multiplier", 1.0, "mean ranges between the middle and a band")),
    windows=lambda timeperiod, multiplier: (timeperiod, timeperiod),
    lookback=lambda timeperiod, multiplier: timeperiod - 1,
    overlay=True,
    source="Chester W. Keltner: How to Make Money in Commodities (the ten-day moving average trading rule), 1960",
)
def keltner(inputs, outputs, parameters, memory, windows):
    """Simple means of (high + low + close) / 3, and around it of high - low. TA-Lib's KC is the later form: EMA and ATR.

    Flat: the price in all three.
    """
    price = inputs[2] + ((inputs[0] - inputs[2]) + (inputs[1] - inputs[2])) / 3.0
    prices, ranges = push(windows, 0, price), push(windows, 1, inputs[0] - inputs[1])
    outputs[0] = outputs[1] = outputs[2] = np.nan
    if len(prices) == parameters[0]:
        middle, width = mean(prices), parameters[1] * mean(ranges)
        outputs[0], outputs[1], outputs[2] = middle + width, middle, middle - width


@node(
    "TURTLE",
    "Turtle channels",
    group=GROUP,
    inputs=("high", "low"),
    outputs=("entry_high", "entry_low", "exit_high", "exit_low"),
    parameters=(period(20, 1, "entryperiod"), period(10, 1, "exitperiod")),
    windows=lambda entry, leave: [max(entry, leave) + 1] * 2,
    lookback=lambda entry, leave: max(entry, leave),
    overlay=True,
    source="Curtis Faith: Way of the Turtle (rules of Richard Dennis and William Eckhardt, 1983), 2007",
)
def turtle(inputs, outputs, parameters, memory, windows):
    """Highest highs and lowest lows of the n bars before this one, so that a bar can break them; TA-Lib's DONCHIAN counts it in.

    Flat: the price in all four.
    """
    highs, lows = push(windows, 0, inputs[0])[:-1], push(windows, 1, inputs[1])[:-1]
    for k in range(4):
        outputs[k] = np.nan
    if len(highs) == max(parameters[0], parameters[1]):
        entry, leave = int(parameters[0]), int(parameters[1])
        outputs[0], outputs[1] = greatest(highs[-entry:]), least(lows[-entry:])
        outputs[2], outputs[3] = greatest(highs[-leave:]), least(lows[-leave:])


@node(
    "PMAX",
    "Profit maximiser: SuperTrend around a moving average",
    group=GROUP,
    inputs=("high", "low", "close"),
    outputs=("pmax", "average", "direction"),
    parameters=(
        period(10, 1),
        period(10, 1, "atrperiod"),
        factor("multiplier", 3.0, "average true ranges between the average and the stop"),
    ),
    memory=11,
    lookback=lambda timeperiod, atrperiod, multiplier: max(timeperiod - 1, atrperiod),
    overlay=True,
    source="Kivanc Ozbilgic: Profit Maximizer (PMax), 2020, after Olivier Seban's SuperTrend",
)
def profit_maximiser(inputs, outputs, parameters, memory, windows):
    """As SUPERTREND with an EMA of (high + low) / 2 in the place of the price itself: slower to turn, and seldom by a wick.

    The stops are average - and + k x ATR (Wilder's); while the average stays beyond the stop of the bar before, it moves with the
    trend only. direction turns where the average crosses the other side's stop; it begins as 1. Flat: the price, 1.
    """
    average = smoothed(memory, 0, 0.5 * (inputs[0] + inputs[1]), parameters[0], 2.0 / (parameters[0] + 1.0))
    width = parameters[2] * average_range(memory, 3, inputs[0], inputs[1], inputs[2], parameters[1])
    outputs[0] = outputs[1] = outputs[2] = np.nan
    if np.isnan(average) or np.isnan(width):
        return
    lower, upper, direction = average - width, average + width, memory[10]
    if direction != 0.0:
        lower = max(lower, memory[8]) if average > memory[8] else lower
        upper = min(upper, memory[9]) if average < memory[9] else upper
    if direction == 0.0 or (direction < 0.0 and average > memory[9]):
        direction = 1.0
    elif direction > 0.0 and average < memory[8]:
        direction = -1.0
    memory[8], memory[9], memory[10] = lower, upper, direction
    outputs[0], outputs[1], outputs[2] = lower if direction > 0.0 else upper, average, direction
