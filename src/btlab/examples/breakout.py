"""Following a price out of its range, with a stop on the other side of it."""

import btlab as bt


class Breakout(bt.Strategy):
    """Long when a close lies above all highs of the `entry` bars before it; out below all lows of the `exit` bars before.

    The stop loss stands at the lowest low of the `entry` bars: it acts at any tick, where the exit waits for a close.

    Parameters:
        timeframe: of the bars. entry, exit: how many bars the two ranges are of. fraction: share of the equity of an entry.
    """

    timeframe: str = "15m"
    entry: int = 20
    exit: int = 10
    fraction: float = 0.95

    def on_bar(self, ctx):
        close = ctx.close(self.timeframe)
        if ctx.position == 0.0 and close > ctx.highest(self.timeframe, self.entry, back=1):
            ctx.buy(fraction=self.fraction, stop_loss=ctx.lowest(self.timeframe, self.entry, back=1))
        elif ctx.position > 0.0 and close < ctx.lowest(self.timeframe, self.exit, back=1):
            ctx.close_position()
