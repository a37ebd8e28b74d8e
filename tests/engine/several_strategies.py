"""Strategies on several symbols that trade at random, the same compiled, interpreted, and whatever they are told beside."""

from __future__ import annotations

from typing import Any

from numba import njit

import btlab as bt

NAMES = ("EURUSD", "GBPUSD", "USDJPY")


@njit
def rolled(state: int) -> int:
    """The next state of a generator; its upper 15 bits are the roll."""
    return (state * 1_103_515_245 + 12_345) % 2_147_483_648


class Dice(bt.Strategy):
    """Orders of many kinds on the symbol told and on the others, at closes and at fills; a generator of its own draws them."""

    timeframe = ("1m", "15m")
    seed: int = 1

    def init(self):
        self.state = self.seed * 7_919 + 1
        self.told = 0.0

    def on_bar(self, ctx):
        self.told += ctx.equity + ctx.open_profit + ctx.cash + ctx.symbol * 0.5 + ctx.position
        self.state = rolled(self.state)
        roll = self.state // 65_536
        symbol, kind, side, steps = roll % ctx.symbols, roll // 3 % 27, 1 - 2 * (roll // 81 % 2), 1 + roll // 162 % 5
        bid, ask, size = ctx.of(symbol).bid, ctx.of(symbol).ask, 100.0 * (1 + roll // 810 % 9)
        if not bid > 0.0 or not ask > 0.0:
            return
        quote = ask if side > 0 else bid
        away = quote * 0.0002 * steps * side
        stop, target = quote - 3.0 * away, quote + 3.0 * away
        if kind == 0:
            ctx.target(side * size, symbol=symbol)
        elif kind == 1:
            ctx.close_position(0.5, symbol=symbol)
        elif kind == 2:
            ctx.cancel_all(symbol=symbol)
        elif kind < 5 and side > 0:
            ctx.buy(size=size, stop_loss=stop, take_profit=target, symbol=symbol)
        elif kind < 5:
            ctx.sell(size=size, stop_loss=stop, take_profit=target, symbol=symbol)
        elif kind < 8 and side > 0:
            ctx.buy(fraction=0.1, limit=quote - away, stop_loss=stop - away, expire="20m", symbol=symbol)
        elif kind < 8:
            ctx.sell(fraction=0.1, limit=quote - away, stop_loss=stop - away, tif=bt.DAY, symbol=symbol)
        elif kind < 11 and side > 0:
            ctx.buy(size=size, stop=quote + away, trailing=2.0 * abs(away), oco=1, symbol=symbol)
        elif kind < 11:
            ctx.sell(size=size, stop=quote + away, trailing=2.0 * abs(away), oco=1)
        elif kind == 11 and side > 0:
            ctx.buy(risk=0.001, stop_loss=stop, symbol=symbol)
        elif kind == 11:
            ctx.sell(risk=0.001, stop_loss=stop)
        if kind < 12:
            ctx.mark("rolled", kind)

    def on_fill(self, ctx):
        self.told += ctx.fill_price * ctx.fill_size + ctx.symbol + ctx.equity
        self.state = rolled(self.state)
        roll = self.state // 65_536
        symbol = roll % ctx.symbols
        bid = ctx.of(symbol).bid
        if roll // 3 % 6 == 0 and bid > 0.0:
            ctx.buy(size=200, limit=bid, stop_loss=bid * 0.999, symbol=symbol)
        elif roll // 3 % 6 == 1:
            ctx.sell(size=200, take_profit=ctx.bid * 0.999)


class DiceByTick(Dice):
    """The same, told every tick, and doing nothing about it."""

    def on_tick(self, ctx):
        self.told += 0.0


class OneOnly(bt.Strategy):
    """Trades the symbol of this place and is deaf for the others; draws from the number of its bars and from its fills."""

    timeframe = "1m"
    place: int = 0

    def on_bar(self, ctx):
        if ctx.symbol != self.place or not ctx.bid > 0.0 or not ctx.ask > 0.0:
            return
        roll = ctx.count("1m") * 2_654_435_761 % 4_294_967_296 // 1_024
        away = 0.0003 * (1 + roll // 7 % 4)
        if roll % 7 == 0:
            ctx.buy(fraction=0.1, stop_loss=ctx.bid - away, take_profit=ctx.bid + away)
        elif roll % 7 == 1:
            ctx.sell(size=300, limit=ctx.ask + away, trailing=away, oco=1)
        elif roll % 7 == 2:
            ctx.sell(risk=0.0001, stop=ctx.bid - away, stop_loss=ctx.bid + away, oco=1)
        elif roll % 7 == 3:
            ctx.close_position(0.5)

    def on_fill(self, ctx):
        if ctx.fill_order % 5 == 0:
            ctx.buy(size=100, limit=ctx.bid)


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
    hedging: bool = False

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
        elif kind == 6 and not self.hedging:
            ctx.target(size)
        elif kind == 7:
            ctx.close_position(0.5)
        elif kind == 8:
            ctx.cancel_all()
