"""A strategy with something to draw."""

from __future__ import annotations

import btlab as bt


class Buys(bt.Strategy):
    """One trade after the other, with stop and target."""

    timeframe = "1h"

    def on_bar(self, ctx):
        if ctx.position == 0.0:
            ctx.buy(size=100, stop_loss=ctx.bid - 0.001, take_profit=ctx.bid + 0.001)
