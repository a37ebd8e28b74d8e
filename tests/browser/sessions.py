"""Sessions that the browser tests look at."""

from __future__ import annotations

from functools import cache

import btlab as bt

NAUGHTY = "<img src=x onerror=window.hit=1></script><script>window.hit=1</script>\"'`${window.hit=1}"


class Every(bt.Strategy):
    """A trade every third hour, with stop, target, tag and mark."""

    timeframe = "5m"
    away: float = 0.0010

    def on_bar(self, ctx):
        if ctx.position == 0.0 and ctx.count("5m") % 36 == 35:
            ctx.mark("close", ctx.close("5m"))
            ctx.buy(size=1000, stop_loss=ctx.bid - self.away, take_profit=ctx.bid + 0.0015, tag="every third hour")


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


def overlays() -> list[bt.Overlay]:
    """One of each kind, over the prices and in panes beneath, more of these than a small panel has room for."""
    named = bt.overlays.indicator
    return [
        bt.overlays.sessions(["Asia", "London", "New York"]),
        bt.overlays.volume_profile(),
        named("BBANDS", timeframe="15m", timeperiod=20),
        named("CDLENGULFING", timeframe="5m"),
        *(named(name, timeframe="5m") for name in ("EMA", "RSI", "MACD", "OBV", "STOCH")),
        named("ATR", timeframe="1h", timeperiod=5),
    ]


@cache
def naughty() -> bt.Session:
    ticks = bt.simulate_ticks("EURUSD", days=1)
    return bt.run(Named(), bt.Ticks.from_arrays(ticks.time, ticks.bid, ticks.ask, symbol=NAUGHTY))
