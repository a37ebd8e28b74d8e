"""What the browser tests explore."""

from __future__ import annotations

from functools import cache

import btlab as bt
from btlab.session.exploration.prepared import Exploration
from btlab.widgets.explorer.widget import Explorer

REFUSED = 12


class Crossed(bt.Strategy):
    """Breakouts; one value of its first parameter is refused, in words that would run if they were not text."""

    timeframe = "5m"
    lookback: int = 8
    away: float = 0.0010

    def init(self):
        if self.lookback == REFUSED:
            raise ValueError("<img src=x onerror=window.hit=1> refuses 12")

    def on_bar(self, ctx):
        if ctx.position == 0.0 and ctx.close("5m") > ctx.highest("5m", self.lookback, back=1):
            ctx.buy(size=1000, stop_loss=ctx.bid - self.away, take_profit=ctx.bid + self.away)


@cache
def exploration() -> Exploration:
    return Exploration(Crossed, bt.simulate_ticks("EURUSD", days=2), {"lookback": (4, 14), "away": (0.0005, 0.0015, 0.0001)})


def explorer() -> Explorer:
    """The widget of it."""
    return Explorer(exploration())
