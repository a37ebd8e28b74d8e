"""Waiting for the price to come back to where a break began: a limit order with a stop and a target."""

import btlab as bt


class OrderBlocks(bt.Strategy):
    """Buys the return to an order block: the last falling bar before a close above all highs of the `lookback` bars before it.

    The order is a limit at the block's high, its stop loss lies at the block's low, its target `reward` times as far above; it
    waits for `patience` bars. Only one block is worked at a time.

    Parameters:
        timeframe: of the bars. lookback: bars whose high must be broken, and among which the block lies. reward: target / stop.
        patience: bars that the order waits for. size: units.
    """

    timeframe: str = "15m"
    lookback: int = 12
    reward: float = 2.0
    patience: int = 16
    size: float = 5_000.0

    def init(self):
        self.order, self.waited = 0, 0

    def on_bar(self, ctx):
        self.waited += 1
        if ctx.open_orders > 0 and self.waited >= self.patience:
            ctx.cancel(self.order)
        if ctx.open_orders > 0 or ctx.position != 0.0:
            return
        if ctx.close(self.timeframe) > ctx.highest(self.timeframe, self.lookback, back=1):
            back = 1
            while back <= self.lookback and ctx.close(self.timeframe, back) >= ctx.open(self.timeframe, back):
                back += 1
            if back > self.lookback:
                return
            top, bottom = ctx.high(self.timeframe, back), ctx.low(self.timeframe, back)
            ctx.mark("order block", top)
            self.order = ctx.buy(
                size=self.size, limit=top, stop_loss=bottom, take_profit=top + self.reward * (top - bottom), tag="order block"
            )
            self.waited = 0
