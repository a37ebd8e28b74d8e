"""Sessions that the browser tests look at."""

from __future__ import annotations

from functools import cache

import btlab as bt

NAUGHTY = "<img src=x onerror=window.hit=1></script><script>window.hit=1</script>\"'`${window.hit=1}"


class Every(bt.Strategy):
    """A trade every third hour, with stop, target, tag and mark."""

    timeframe = "5m"

    def on_bar(self, ctx):
        if ctx.position == 0.0 and ctx.count("5m") % 36 == 35:
            ctx.mark("close", ctx.close("5m"))
            ctx.buy(size=1000, stop_loss=ctx.bid - 0.0010, take_profit=ctx.bid + 0.0015, tag="every third hour")


class Named(bt.Strategy):
    """The same, with names that would run if they were not text."""

    timeframe = "5m"

    def on_bar(self, ctx):
        if ctx.position == 0.0 and ctx.count("5m") % 36 == 35:
            ctx.mark("<img src=x onerror=window.hit=1></script><script>window.hit=1</script>\"'`${window.hit=1}", ctx.close("5m"))
            ctx.buy(size=1000, stop_loss=ctx.bid - 0.0010, take_profit=ctx.bid + 0.0015,
                    tag="<img src=x onerror=window.hit=1></script><script>window.hit=1</script>\"'`${window.hit=1}")  # fmt: skip


@cache
def session() -> bt.Session:
    return bt.run(Every(), bt.simulate_ticks("EURUSD", days=2))


@cache
def naughty() -> bt.Session:
    ticks = bt.simulate_ticks("EURUSD", days=1)
    return bt.run(Named(), bt.Ticks.from_arrays(ticks.time, ticks.bid, ticks.ask, symbol=NAUGHTY))
