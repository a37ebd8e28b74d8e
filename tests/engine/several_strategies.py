"""Strategies on several symbols that trade at random, the same compiled, interpreted, and whatever they are told beside."""

from __future__ import annotations

from typing import Any

import btlab as bt

NAMES = ("EURUSD", "GBPUSD", "USDJPY")


class Dice(bt.Strategy):
    """Orders of many kinds on the symbol told and on the others, at closes and at fills; a generator of its own draws them."""

    timeframe = ("1m", "15m")
    seed: int = 1

    def init(self):
        self.state = self.seed * 7_919 + 1
        self.calls, self.told = 0, 0.0

    def roll(self, sides: int) -> int:
        self.state = (self.state * 1_103_515_245 + 12_345) % 2_147_483_648
        return (self.state // 65_536) % sides

    def on_bar(self, ctx):
        self.calls += 1
        self.told += ctx.equity + ctx.open_profit + ctx.cash + ctx.symbol * 0.5 + ctx.position
        if ctx.timeframe == 1 and self.roll(4) == 0:
            ctx.cancel_all()
        self.gamble(ctx, self.roll(ctx.symbols), 3)

    def on_fill(self, ctx):
        self.told += ctx.fill_price * ctx.fill_size + ctx.symbol
        self.gamble(ctx, self.roll(ctx.symbols), 5)

    def gamble(self, ctx, symbol, often):
        if self.roll(often) != 0 or not ctx.of(symbol).bid > 0.0 or not ctx.of(symbol).ask > 0.0:
            return
        kind, side = self.roll(9), 1 if self.roll(2) == 0 else -1
        quote = ctx.of(symbol).ask if side > 0 else ctx.of(symbol).bid
        away = quote * 0.0002 * (1 + self.roll(5))
        size = 100.0 * (1 + self.roll(9))
        stop, target = quote - 3.0 * away * side, quote + 3.0 * away * side
        if kind == 0:
            ctx.target(side * size, symbol=symbol)
        elif kind == 1:
            ctx.close_position(0.5, symbol=symbol)
        elif side > 0:
            if kind < 4:
                ctx.buy(size=size, stop_loss=stop, take_profit=target, symbol=symbol)
            elif kind < 6:
                ctx.buy(fraction=0.1, limit=quote - away, stop_loss=stop - away, expire="20m", symbol=symbol)
            elif kind < 8:
                ctx.buy(size=size, stop=quote + away, trailing=2.0 * away, oco=1, symbol=symbol)
            else:
                ctx.buy(risk=0.001, stop_loss=stop, symbol=symbol)
        elif kind < 4:
            ctx.sell(size=size, stop_loss=stop, take_profit=target, symbol=symbol)
        elif kind < 6:
            ctx.sell(fraction=0.1, limit=quote + away, stop_loss=stop + away, expire="20m", symbol=symbol)
        elif kind < 8:
            ctx.sell(size=size, stop=quote - away, trailing=2.0 * away, oco=1, symbol=symbol)
        else:
            ctx.sell(risk=0.001, stop_loss=stop, symbol=symbol)
        ctx.mark("rolled", kind)


class DiceByTick(Dice):
    """The same, told every tick, and doing nothing about it."""

    def on_tick(self, ctx):
        self.told += 0.0


class OneOnly(Dice):
    """Trades the symbol of this place and is deaf for the others."""

    place: int = 0

    def on_bar(self, ctx):
        if ctx.symbol == self.place:
            self.gamble(ctx, ctx.symbol, 3)

    def on_fill(self, ctx):
        self.gamble(ctx, ctx.symbol, 5)


class Watcher(Dice):
    """Dice, and everything that is seen at each call written down. Interpreted only."""

    def init(self) -> None:
        super().init()
        self.seen: list[tuple[Any, ...]] = []

    def write(self, kind: str, ctx: Any) -> None:
        sights = []
        for symbol in range(ctx.symbols):
            one = ctx.of(symbol)
            bars = [(one.count(name), one.close(name), one.forming_close(name), one.bar_time(name)) for name in self.timeframe]
            sights.append((one.bid, one.ask, one.position, one.open_profit, one.open_orders, one.entry_price, bars))
        self.seen.append((ctx.time, kind, ctx.symbol, ctx.equity, ctx.cash, sights))

    def on_start(self, ctx: Any) -> None:
        self.write("start", ctx)

    def on_bar(self, ctx: Any) -> None:
        self.write("bar", ctx)
        super().on_bar(ctx)

    def on_fill(self, ctx: Any) -> None:
        self.write("fill", ctx)
        super().on_fill(ctx)


class WatcherByTick(Watcher):
    def on_tick(self, ctx: Any) -> None:
        self.write("tick", ctx)


class Each(bt.Strategy):
    """Looks at the symbol that is told and at nothing else: orders of all kinds, drawn from the number of its bars."""

    timeframe: str = "1m"

    def on_bar(self, ctx):
        draw = ctx.count(self.timeframe) * 2_654_435_761 % 4_294_967_296 // 1_024
        kind, size = draw % 11, 100.0 * (1 + draw // 11 % 7)
        away = 0.0003 * (1 + draw // 77 % 4) * ctx.bid
        if not ctx.bid > 0.0 or not ctx.ask > 0.0:
            return
        if kind == 0:
            ctx.buy(size=size, stop_loss=ctx.bid - away, take_profit=ctx.bid + away)
        elif kind == 1:
            ctx.sell(size=size, stop_loss=ctx.ask + away, take_profit=ctx.ask - away)
        elif kind == 2:
            ctx.buy(size=size, limit=ctx.bid - away, trailing=away, tif=bt.DAY)
        elif kind == 3:
            ctx.sell(size=size, limit=ctx.ask + away, trailing=away, expire="45m")
        elif kind == 4:
            ctx.buy(size=size, stop=ctx.ask + away, oco=1)
        elif kind == 5:
            ctx.sell(size=size, stop=ctx.bid - away, oco=1)
        elif kind == 6:
            ctx.target(size)
        elif kind == 7:
            ctx.close_position(0.5)
        elif kind == 8:
            ctx.cancel_all()
