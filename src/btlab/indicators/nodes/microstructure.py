"""What trading costs, and who presses: the spread as it was quoted or as prices tell it, ticks up against ticks down."""

from __future__ import annotations

import math

import numpy as np

from btlab.indicators.nodes.contract import node, push
from btlab.indicators.nodes.parts import greatest, least, mean, period

GROUP = "Microstructure"


@node(
    "TICK_IMBALANCE",
    "Tick imbalance",
    group=GROUP,
    inputs=("upticks", "downticks"),
    outputs=("imbalance",),
    parameters=(period(20, 1),),
    windows=lambda timeperiod: (timeperiod, timeperiod),
    lookback=lambda timeperiod: timeperiod - 1,
    source="Charles M. C. Lee, Mark J. Ready: Inferring Trade Direction from Intraday Data (the tick test), Journal of Finance "
    "46, 1991; Marcos Lopez de Prado: Advances in Financial Machine Learning, 2018",
)
def tick_imbalance(inputs, outputs, parameters, memory, windows):
    """(ticks up - ticks down) / (ticks up + ticks down) over n bars: -1 ... 1. No tick that moved: NaN."""
    up, down = push(windows, 0, inputs[0]), push(windows, 1, inputs[1])
    outputs[0] = np.nan
    if len(up) == parameters[0]:
        rises, falls = mean(up), mean(down)
        outputs[0] = (rises - falls) / (rises + falls) if rises + falls > 0.0 else np.nan


@node(
    "SPREAD",
    "Spread of bid and ask",
    group=GROUP,
    inputs=("spread_mean", "spread_low", "spread_high"),
    outputs=("mean", "low", "high"),
    parameters=(period(20, 1),),
    windows=lambda timeperiod: [timeperiod] * 3,
    lookback=lambda timeperiod: timeperiod - 1,
    source="Roger D. Huang, Hans R. Stoll: Dealer versus Auction Markets (the quoted spread), Journal of Financial Economics "
    "41, 1996",
)
def spread(inputs, outputs, parameters, memory, windows):
    """Over n bars: the mean of the bars' mean ask - bid, the least and the greatest. In the price's unit; negative if crossed."""
    means, lows, highs = push(windows, 0, inputs[0]), push(windows, 1, inputs[1]), push(windows, 2, inputs[2])
    outputs[0] = outputs[1] = outputs[2] = np.nan
    if len(means) == parameters[0]:
        outputs[0], outputs[1], outputs[2] = mean(means), least(lows), greatest(highs)


@node(
    "ROLL_SPREAD",
    "Roll's effective spread",
    group=GROUP,
    inputs=("real",),
    outputs=("spread",),
    parameters=(period(50),),
    windows=lambda timeperiod: (timeperiod + 2,),
    lookback=lambda timeperiod: timeperiod + 1,
    source="Richard Roll: A Simple Implicit Measure of the Effective Bid-Ask Spread in an Efficient Market, Journal of Finance "
    "39, 1984",
)
def roll_spread(inputs, outputs, parameters, memory, windows):
    """2 sqrt(-covariance of a change of the price and the one before it), of the last n such pairs, in units of the price.

    0 where the covariance is not below 0, as usual since Hasbrouck; so in a flat market.
    """
    values = push(windows, 0, inputs[0])
    count = len(values) - 2
    outputs[0] = np.nan
    if count < parameters[0]:
        return
    newer, older = (values[-1] - values[1]) / count, (values[-2] - values[0]) / count
    together = 0.0
    for k in range(2, len(values)):
        together += (values[k] - values[k - 1] - newer) * (values[k - 1] - values[k - 2] - older)
    outputs[0] = 2.0 * math.sqrt(-together / count) if together < 0.0 else 0.0


@node(
    "CORWIN_SCHULTZ",
    "Corwin and Schultz's spread",
    group=GROUP,
    inputs=("high", "low"),
    outputs=("spread",),
    parameters=(period(20, 1),),
    memory=3,
    windows=lambda timeperiod: (timeperiod,),
    lookback=lambda timeperiod: timeperiod,
    source="Shane A. Corwin, Paul Schultz: A Simple Way to Estimate Bid-Ask Spreads from Daily High and Low Prices, Journal of "
    "Finance 67, 2012",
)
def corwin_schultz(inputs, outputs, parameters, memory, windows):
    """Mean over n pairs of neighbouring bars of 2 (e^a - 1) / (1 + e^a), 0 where that is less; a share of the price.

    a = (sqrt(2 b) - sqrt(b)) / (3 - 2 sqrt 2) - sqrt(g / (3 - 2 sqrt 2)); b: the sum of both ln(high / low)^2, g: that of the
    range of both bars. Without the paper's correction for the night between days. Flat: 0.
    """
    high_before, low_before, begun = memory[0], memory[1], memory[2]
    memory[0], memory[1], memory[2] = inputs[0], inputs[1], 1.0
    outputs[0] = np.nan
    if begun == 0.0:
        return
    now, before = math.log(inputs[0] / inputs[1]), math.log(high_before / low_before)
    both = math.log(max(inputs[0], high_before) / min(inputs[1], low_before))
    single, root = now * now + before * before, 3.0 - 2.0 * math.sqrt(2.0)
    width = (math.sqrt(2.0 * single) - math.sqrt(single)) / root - both / math.sqrt(root)
    spreads = push(windows, 0, max(2.0 * (math.exp(width) - 1.0) / (1.0 + math.exp(width)), 0.0))
    if len(spreads) == parameters[0]:
        outputs[0] = mean(spreads)
