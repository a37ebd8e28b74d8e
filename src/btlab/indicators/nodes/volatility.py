"""How much the price moves: estimators of its deviation, and what they are compared with.

`periods` bars make the time a deviation is stated for: 1, as it comes, per bar; 252 on daily bars: per year. All use natural
logarithms of prices, so a price that is not positive gives NaN while it is among the last n.
"""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np

from btlab.indicators.entry import Parameter
from btlab.indicators.nodes.contract import Node, node, push
from btlab.indicators.nodes.parts import deviation, factor, greatest, least, mean, period, range_after, squares
from btlab.market.jit import inner

GROUP = "Volatility Indicators"
PERIODS = Parameter("periods", 1.0, 0.0, 1e9, about="bars of the time it is stated for: 1 a bar, 252 a year of daily bars")
LOG_TWO = math.log(2.0)


def of_bars(name: str, title: str, source: str) -> Callable[[Callable[..., None]], Node]:
    """An estimator that makes a number of each bar's four prices."""
    return node(
        name,
        title,
        group=GROUP,
        inputs=("open", "high", "low", "close"),
        outputs=("volatility",),
        parameters=(period(20, 1), PERIODS),
        windows=lambda timeperiod, periods: (timeperiod,),
        lookback=lambda timeperiod, periods: timeperiod - 1,
        source=source,
    )


@inner
def inside_bar(open_, high, low, close):
    """Rogers' and Satchell's variance of one bar, whatever its drift."""
    up, down = math.log(high / close) * math.log(high / open_), math.log(low / close) * math.log(low / open_)
    return up + down


@node(
    "REALISED_VOLATILITY",
    "Realised volatility",
    group=GROUP,
    inputs=("real",),
    outputs=("volatility",),
    parameters=(period(20, 1), PERIODS),
    memory=2,
    windows=lambda timeperiod, periods: (timeperiod,),
    lookback=lambda timeperiod, periods: timeperiod,
    source="Torben G. Andersen, Tim Bollerslev: Answering the Skeptics, International Economic Review 39, 1998",
)
def realised_volatility(inputs, outputs, parameters, memory, windows):
    """sqrt(periods / n x sum of squared log returns), no mean taken off. Flat: 0."""
    before, begun = memory[0], memory[1]
    memory[0], memory[1] = inputs[0], 1.0
    outputs[0] = np.nan
    if begun > 0.0:
        returns = push(windows, 0, math.log(inputs[0] / before))
        if len(returns) == parameters[0]:
            outputs[0] = math.sqrt(parameters[1] * squares(returns, 0.0) / parameters[0])


@node(
    "HISTORICAL_VOLATILITY",
    "Historical volatility, close to close",
    group=GROUP,
    inputs=("real",),
    outputs=("volatility",),
    parameters=(period(20), PERIODS),
    memory=2,
    windows=lambda timeperiod, periods: (timeperiod,),
    lookback=lambda timeperiod, periods: timeperiod,
    source="John C. Hull: Options, Futures, and Other Derivatives (estimating volatility from historical data), 1989",
)
def historical_volatility(inputs, outputs, parameters, memory, windows):
    """Sample deviation (n - 1) of the last n log returns x sqrt(periods). Flat: 0."""
    before, begun = memory[0], memory[1]
    memory[0], memory[1] = inputs[0], 1.0
    outputs[0] = np.nan
    if begun > 0.0:
        returns = push(windows, 0, math.log(inputs[0] / before))
        if len(returns) == parameters[0]:
            outputs[0] = math.sqrt(parameters[1] * squares(returns, mean(returns)) / (parameters[0] - 1.0))


@node(
    "PARKINSON",
    "Parkinson volatility",
    group=GROUP,
    inputs=("high", "low"),
    outputs=("volatility",),
    parameters=(period(20, 1), PERIODS),
    windows=lambda timeperiod, periods: (timeperiod,),
    lookback=lambda timeperiod, periods: timeperiod - 1,
    source="Michael Parkinson: The Extreme Value Method for Estimating the Variance of the Rate of Return, Journal of Business "
    "53, 1980",
)
def parkinson(inputs, outputs, parameters, memory, windows):
    """sqrt(periods / n x sum of ln(high / low)^2 / (4 ln 2)). Flat: 0."""
    span = math.log(inputs[0] / inputs[1])
    parts = push(windows, 0, span * span / (4.0 * LOG_TWO))
    outputs[0] = math.sqrt(parameters[1] * mean(parts)) if len(parts) == parameters[0] else np.nan


@of_bars(
    "GARMAN_KLASS",
    "Garman-Klass volatility",
    "Mark B. Garman, Michael J. Klass: On the Estimation of Security Price Volatilities from Historical Data, "
    "Journal of Business 53, 1980",
)
def garman_klass(inputs, outputs, parameters, memory, windows):
    """sqrt(periods / n x sum of ln(high / low)^2 / 2 - (2 ln 2 - 1) ln(close / open)^2). Flat: 0."""
    span, move = math.log(inputs[1] / inputs[2]), math.log(inputs[3] / inputs[0])
    parts = push(windows, 0, 0.5 * span * span - (2.0 * LOG_TWO - 1.0) * move * move)
    outputs[0] = math.sqrt(parameters[1] * mean(parts)) if len(parts) == parameters[0] else np.nan


@of_bars(
    "ROGERS_SATCHELL",
    "Rogers-Satchell volatility",
    "L. C. G. Rogers, S. E. Satchell: Estimating Variance from High, Low and Closing Prices, Annals of Applied "
    "Probability 1, 1991",
)
def rogers_satchell(inputs, outputs, parameters, memory, windows):
    """sqrt(periods / n x sum of ln(high / close) ln(high / open) + ln(low / close) ln(low / open)). Flat: 0."""
    parts = push(windows, 0, inside_bar(inputs[0], inputs[1], inputs[2], inputs[3]))
    outputs[0] = math.sqrt(parameters[1] * max(mean(parts), 0.0)) if len(parts) == parameters[0] else np.nan


@node(
    "YANG_ZHANG",
    "Yang-Zhang volatility",
    group=GROUP,
    inputs=("open", "high", "low", "close"),
    outputs=("volatility",),
    parameters=(period(20), PERIODS),
    memory=2,
    windows=lambda timeperiod, periods: (timeperiod, timeperiod, timeperiod),
    lookback=lambda timeperiod, periods: timeperiod,
    source="Dennis Yang, Qiang Zhang: Drift-Independent Volatility Estimation Based on High, Low, Open, and Close Prices, "
    "Journal of Business 73, 2000",
)
def yang_zhang(inputs, outputs, parameters, memory, windows):
    """sqrt(periods x (variance of ln(open / close before) + k x variance of ln(close / open) + (1 - k) x Rogers-Satchell's)).

    Sample variances (n - 1), k = 0.34 / (1.34 + (n + 1) / (n - 1)). Flat: 0.
    """
    before, begun = memory[0], memory[1]
    memory[0], memory[1] = inputs[3], 1.0
    outputs[0] = np.nan
    if begun == 0.0:
        return
    jumps = push(windows, 0, math.log(inputs[0] / before))
    moves = push(windows, 1, math.log(inputs[3] / inputs[0]))
    inside = push(windows, 2, inside_bar(inputs[0], inputs[1], inputs[2], inputs[3]))
    count = parameters[0]
    if len(jumps) == count:
        share = 0.34 / (1.34 + (count + 1.0) / (count - 1.0))
        over_night = squares(jumps, mean(jumps)) / (count - 1.0)
        by_day = squares(moves, mean(moves)) / (count - 1.0)
        variance = over_night + share * by_day + (1.0 - share) * max(mean(inside), 0.0)
        outputs[0] = math.sqrt(parameters[1] * variance)


@node(
    "BBW",
    "Bollinger band width",
    group=GROUP,
    inputs=("real",),
    outputs=("width",),
    parameters=(period(20), factor("nbdev", 2.0, "deviations between the middle and a band")),
    windows=lambda timeperiod, nbdev: (timeperiod,),
    lookback=lambda timeperiod, nbdev: timeperiod - 1,
    source="John Bollinger: Bollinger on Bollinger Bands, 2001",
)
def band_width(inputs, outputs, parameters, memory, windows):
    """(upper - lower) / middle of the Bollinger bands, population deviation. Flat: 0. A middle of 0: NaN."""
    values = push(windows, 0, inputs[0])
    outputs[0] = np.nan
    if len(values) == parameters[0]:
        middle = mean(values)
        outputs[0] = 2.0 * parameters[1] * deviation(values) / middle if middle != 0.0 else np.nan


@node(
    "PERCENTB",
    "Bollinger's %B",
    group=GROUP,
    inputs=("real",),
    outputs=("percentb",),
    parameters=(period(20), Parameter("nbdev", 2.0, 0.01, 100.0, about="deviations between the middle and a band")),
    windows=lambda timeperiod, nbdev: (timeperiod,),
    lookback=lambda timeperiod, nbdev: timeperiod - 1,
    source="John Bollinger: Bollinger on Bollinger Bands, 2001",
)
def percent_b(inputs, outputs, parameters, memory, windows):
    """(x - lower) / (upper - lower) of the Bollinger bands, population deviation: 0 at the lower, 1 at the upper. Flat: NaN."""
    values = push(windows, 0, inputs[0])
    outputs[0] = np.nan
    if len(values) == parameters[0]:
        width = 2.0 * parameters[1] * deviation(values)
        outputs[0] = 0.5 + (inputs[0] - mean(values)) / width if width > 0.0 else np.nan


@node(
    "CHOP",
    "Choppiness index",
    group=GROUP,
    inputs=("high", "low", "close"),
    outputs=("chop",),
    parameters=(period(14),),
    memory=2,
    windows=lambda timeperiod: (timeperiod, timeperiod, timeperiod),
    lookback=lambda timeperiod: timeperiod,
    source="E. W. Dreiss: The Choppiness Index, 1993",
)
def choppiness(inputs, outputs, parameters, memory, windows):
    """100 log10(sum of true ranges / (highest high - lowest low)) / log10(n) over n bars: 100 sideways, 0 straight on.

    Flat: NaN.
    """
    highs, lows = push(windows, 0, inputs[0]), push(windows, 1, inputs[1])
    found = range_after(memory, 0, inputs[0], inputs[1], inputs[2])
    outputs[0] = np.nan
    if np.isnan(found):
        return
    ranges = push(windows, 2, found)
    if len(ranges) == parameters[0]:
        total, span = parameters[0] * mean(ranges), greatest(highs) - least(lows)
        outputs[0] = 100.0 * math.log10(total / span) / math.log10(parameters[0]) if span > 0.0 else np.nan


@node(
    "ULCER",
    "Ulcer index",
    group=GROUP,
    inputs=("real",),
    outputs=("ulcer",),
    parameters=(period(14, 1),),
    windows=lambda timeperiod: (timeperiod,),
    lookback=lambda timeperiod: timeperiod - 1,
    source="Peter G. Martin, Byron B. McCann: The Investor's Guide to Fidelity Funds, 1989",
)
def ulcer(inputs, outputs, parameters, memory, windows):
    """Root of the mean square of 100 (x / highest so far - 1) over the last n, the highest among these n. Flat: 0."""
    values = push(windows, 0, inputs[0])
    outputs[0] = np.nan
    if len(values) < parameters[0]:
        return
    highest, total = values[0], 0.0
    for value in values:
        highest = max(highest, value)
        fall = 100.0 * (value - highest) / highest
        total += fall * fall
    outputs[0] = math.sqrt(total / parameters[0])
