"""A strategy that does anything at any time, by dice of its own: every kind of order, answer and state, compiled or not."""

from __future__ import annotations

import numpy as np

import btlab as bt


class Gambler(bt.Strategy):
    """Throws dice at each close and fill. The dice are part of its state, so that a lost bit of it changes all that follows."""

    timeframe = ("1m", "15m")
    seed: int = 1
    eager: int = 8

    def init(self):
        self.dice = self.seed * 7_919 + 17
        self.orders = np.zeros(4, np.int64)
        self.seen = np.zeros((2, 3))
        self.calls = 0
        self.paid = 0.0
        self.rising = False

    def on_start(self, ctx):
        self.orders[0] = ctx.buy(size=3)

    def on_bar(self, ctx):
        self.calls += 1
        self.dice = (self.dice * 1_103_515_245 + 12_345) % 2_147_483_648
        throw, away = (self.dice >> 8) % self.eager, 0.00002 * ((self.dice >> 16) % 9)
        self.rising = ctx.close("15m") > ctx.open("15m")
        self.seen[0, self.calls % 3] += ctx.forming_high("4h") - ctx.equity
        low, high = ctx.bid - away, ctx.ask + away
        if throw == 0:
            self.orders[1] = ctx.buy(size=5, limit=low, stop_loss=low - 0.0002, take_profit=high + 0.0001, tag="dip")
        elif throw == 1:
            self.orders[2] = ctx.sell(fraction=0.4, stop=low, stop_loss=high, expire=900_000_000)
        elif throw == 2:
            ctx.buy(risk=0.01, stop_loss=low - 0.0003, oco=1 + self.calls % 3)
            ctx.sell(size=4, limit=high, oco=1 + self.calls % 3, tif=bt.DAY, tag="fade")
        elif throw == 3:
            ctx.close_position(0.5)
        elif throw == 4:
            ctx.modify(self.orders[1], stop_loss=low - 0.0001)
        elif throw == 5:
            ctx.buy(size=2, stop=high, limit=high + 0.00002, tif=bt.IOC if self.rising else bt.GTC)
            ctx.cancel(self.orders[2])
        elif throw == 6:
            ctx.target(float(self.dice % 9 - 4))
            ctx.mark("target", away)
        elif throw == 7:
            ctx.buy(size=2, trailing=0.0003 + away, take_profit=high + 0.0009)
        elif throw == 8:
            ctx.sell(size=2, trailing_percent=0.03, tag="trail")

    def on_fill(self, ctx):
        self.paid += ctx.fill_price * ctx.fill_size
        self.dice = (self.dice + int(ctx.fill_price * 1e5)) % 2_147_483_648
        if self.dice % 3 == 0:
            self.orders[3] = ctx.sell(size=1, limit=ctx.fill_price + 0.0001, stop_loss=ctx.fill_price + 0.0004)

    def on_end(self, ctx):
        ctx.mark("end", self.paid)


class TaggedAtStart(bt.Strategy):
    """Its tag is met in `on_start` alone: who resumes it never meets it."""

    def on_start(self, ctx):
        ctx.buy(size=1, tag="at the start")
        ctx.mark("begun", 1.0)


class GamblerByTick(Gambler):
    """Told every tick too."""

    def on_tick(self, ctx):
        self.seen[1, 0] += ctx.ask - ctx.bid if ctx.ask > ctx.bid else 0.0
        self.dice = (self.dice * 69_069 + 1) % 2_147_483_648
        if self.dice % 97 == 0:
            ctx.buy(size=1, tag="tick")
        elif self.dice % 89 == 0:
            ctx.cancel_all()
