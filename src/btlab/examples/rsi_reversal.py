"""Buying what has fallen too fast: a position turned by an oscillator, with state that is kept from bar to bar."""

import btlab as bt


class RsiReversal(bt.Strategy):
    """Long from a close at which the relative strength index is back above `low`, short once it is back below `high`.

    The index is Wilder's: 100 x gain / (gain + loss), both averaged with weight 1 / length, begun with a plain mean.

    Parameters:
        timeframe: of the bars. length: of the index. low, high: what counts as too far. size: units held, long or short.
    """

    timeframe: str = "15m"
    length: int = 14
    low: float = 30.0
    high: float = 70.0
    size: float = 5_000.0

    def init(self):
        self.gain, self.loss, self.rsi = 0.0, 0.0, 50.0

    def on_bar(self, ctx):
        bars = ctx.count(self.timeframe) - 1
        if bars < 1:
            return
        change = ctx.close(self.timeframe) - ctx.close(self.timeframe, back=1)
        weight = 1.0 / min(bars, self.length)
        self.gain += weight * (max(change, 0.0) - self.gain)
        self.loss += weight * (max(-change, 0.0) - self.loss)
        before, moved = self.rsi, self.gain + self.loss
        self.rsi = 100.0 * self.gain / moved if bars >= self.length and moved > 0.0 else 50.0
        if before < self.low <= self.rsi:
            ctx.target(self.size)
        elif before > self.high >= self.rsi:
            ctx.target(-self.size)
