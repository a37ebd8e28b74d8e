"""Two moving averages that cross: the first strategy everybody writes."""

import btlab as bt


class SmaCross(bt.Strategy):
    """Long from a close at which the fast average has crossed above the slow one, until it has crossed below.

    Parameters:
        timeframe: of the bars. fast, slow: how many closes each average is of.
        fraction: the share of the equity that an entry is worth.
    """

    timeframe: str = "15m"
    fast: int = 10
    slow: int = 30
    fraction: float = 0.95

    def init(self):
        self.was_above = True  # a cross is seen from the second average on

    def on_bar(self, ctx):
        if ctx.count(self.timeframe) < self.slow:
            return
        closes = ctx.closes(self.timeframe, self.slow)
        above = bt.math.mean(closes[self.slow - self.fast :]) > bt.math.mean(closes)
        if above and not self.was_above:
            ctx.buy(fraction=self.fraction)
        elif ctx.position > 0.0 and not above:
            ctx.close_position()
        self.was_above = above
