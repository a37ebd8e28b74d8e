"""Swing highs and lows, and the closes that break them."""

import btlab as bt


class MarketStructure(bt.Strategy):
    """Long from a close above the last swing high, short from a close below the last swing low (a break of structure).

    A swing high is a high above those of the `wing` bars on either side. It is known `wing` bars later and not before: to draw it
    where it stands is a picture, to trade it there is look-ahead. Swings and breaks are marked, for the chart.

    Parameters:
        timeframe: of the bars. wing: bars on either side of a swing. size: units held, long or short.
    """

    timeframe: str = "15m"
    wing: int = 3
    size: float = 5_000.0

    def init(self):
        self.top, self.bottom = 0.0, 0.0  # 0: none, or broken

    def on_bar(self, ctx):
        wing, width = self.wing, 2 * self.wing + 1
        if ctx.count(self.timeframe) < width:
            return
        high, low = ctx.high(self.timeframe, back=wing), ctx.low(self.timeframe, back=wing)
        if high > max(ctx.highest(self.timeframe, wing), ctx.highest(self.timeframe, wing, back=wing + 1)):
            self.top = high
            ctx.mark("swing high", high)
        if low < min(ctx.lowest(self.timeframe, wing), ctx.lowest(self.timeframe, wing, back=wing + 1)):
            self.bottom = low
            ctx.mark("swing low", low)
        close = ctx.close(self.timeframe)
        if self.top > 0.0 and close > self.top:
            ctx.mark("break of structure", self.top)
            self.top = 0.0
            ctx.target(self.size)
        elif self.bottom > 0.0 and close < self.bottom:
            ctx.mark("break of structure", self.bottom)
            self.bottom = 0.0
            ctx.target(-self.size)
