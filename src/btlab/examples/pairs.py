"""Two symbols that belong together: one is sold and the other bought for as much, where their ratio is far from its mean."""

import math

import numpy as np

import btlab as bt


class Pairs(bt.Strategy):
    """Trades the ratio of the first symbol's closes to the second's, first and second by name: short above, long below its mean.

    Far is `entry` standard deviations of the last `length` ratios; both are closed within `leave` of them. Bars that only one of
    the two has make no ratio. The second symbol is traded for the same money as the first, the other way round.

        bt.run(Pairs(), {"EURUSD": euro, "GBPUSD": pound})

    Parameters:
        timeframe: of the bars. length: ratios that make the mean. entry, leave: deviations. size: units held of the first symbol.
    """

    timeframe: str = "15m"
    length: int = 40
    entry: float = 2.0
    leave: float = 0.5
    size: float = 4_000.0

    def init(self):
        self.ratios = np.zeros(self.length)
        self.seen, self.side = 0, 0

    def on_bar(self, ctx):
        if ctx.symbol == 0 or not ctx.closed(self.timeframe, symbol=0):  # the second is told last: both have closed
            return
        ratio = ctx.close(self.timeframe, symbol=0) / ctx.close(self.timeframe, symbol=1)
        self.ratios[self.seen % self.length] = ratio
        self.seen += 1
        if self.seen < self.length:
            return
        mean, square = 0.0, 0.0
        for value in self.ratios:
            mean += value / self.length
        for value in self.ratios:
            square += (value - mean) * (value - mean) / self.length
        score = (ratio - mean) / math.sqrt(square) if square > 0.0 else 0.0
        side = -1 if score > self.entry else 1 if score < -self.entry else 0 if abs(score) < self.leave else self.side
        if side != self.side:
            self.side = side
            ctx.target(side * self.size, symbol=0)
            ctx.target(-side * self.size * ratio, symbol=1)
            ctx.mark("ratio", ratio)
