"""Strategies that write down everything `ctx` shows them, call by call; and one that trades at random while doing so."""

from __future__ import annotations

import random
from typing import Any

import btlab as bt

BAR = ("open", "high", "low", "close", "volume")


def timeframe_view(ctx: Any, name: str) -> tuple[float, ...]:
    """count, closed, start, the last completed bar, the forming bar, its progress."""
    return (
        ctx.count(name), ctx.closed(name), ctx.bar_time(name),
        ctx.open(name), ctx.high(name), ctx.low(name), ctx.close(name), ctx.volume(name),
        ctx.forming_open(name), ctx.forming_high(name), ctx.forming_low(name), ctx.forming_close(name), ctx.forming_volume(name),
        ctx.forming_progress(name),
    )  # fmt: skip


def account_view(ctx: Any) -> tuple[float, ...]:
    return ctx.position, ctx.entry_price, ctx.open_profit, ctx.equity, ctx.cash, ctx.open_orders


class Recorder(bt.Strategy):
    """Remembers (kind of call, last tick taken, time, quotes, timeframes of `frames`, account) in `seen`, up to tick `last`."""

    timeframe = bt.TIMEFRAMES
    frames = bt.TIMEFRAMES
    last = 1 << 62

    def init(self) -> None:
        self.seen: list[tuple[Any, ...]] = []

    def write(self, kind: str, ctx: Any, *more: Any) -> None:
        taken = int(ctx._run["taken"][0])
        if taken > self.last:
            return
        frames = tuple(timeframe_view(ctx, name) for name in self.frames)
        self.seen.append((kind, taken, ctx.time, (ctx.bid, ctx.ask, ctx.mid), frames, account_view(ctx), *more))

    def on_start(self, ctx: Any) -> None:
        self.write("start", ctx)

    def on_bar(self, ctx: Any) -> None:
        self.write("bar", ctx, ctx.timeframe)

    def on_fill(self, ctx: Any) -> None:
        self.write("fill", ctx, ctx.fill_order, ctx.fill_reason, ctx.fill_price, ctx.fill_size)

    def on_end(self, ctx: Any) -> None:
        self.write("end", ctx)


class TickRecorder(Recorder):
    """The same, told every tick."""

    def on_tick(self, ctx: Any) -> None:
        self.write("tick", ctx)


class Gambler(Recorder):
    """Orders of every kind at closes, fills, the start and the end, drawn from a seed: the same whatever it is told beside."""

    seed: int = 0

    def init(self) -> None:
        super().init()
        self.draw = random.Random(self.seed)

    def gamble(self, ctx: Any, chance: float) -> None:
        if self.draw.random() > chance or ctx.bid != ctx.bid or ctx.ask != ctx.ask:
            return
        draw, side = self.draw, self.draw.choice((1, -1))
        away = draw.choice((0.0002, 0.0005, 0.001, 0.002))
        order: dict[str, Any] = (
            {"size": draw.choice((100, 250.7, 1_000))} if draw.random() < 0.7 else {"fraction": draw.choice((0.1, 0.5))}
        )
        kind = draw.choice(("market", "limit", "stop", "close", "cancel", "cancel all"))
        quote = ctx.ask if side > 0 else ctx.bid
        if kind in ("limit", "stop"):
            order[kind] = quote + away * side * (1 if kind == "stop" else -1)
        if draw.random() < 0.6:
            order["stop_loss"] = quote - 2 * away * side
        if draw.random() < 0.6:
            order["take_profit"] = quote + 2 * away * side
        if kind == "close":
            ctx.close_position(draw.choice((1.0, 0.4)))
        elif kind == "cancel":
            ctx.cancel(draw.randint(1, 30))
        elif kind == "cancel all":
            ctx.cancel_all()
        else:
            (ctx.buy if side > 0 else ctx.sell)(**order, tag=kind)
        ctx.mark(kind, away)

    def on_start(self, ctx: Any) -> None:
        super().on_start(ctx)
        ctx.buy(size=100, stop_loss=1.0, take_profit=1.2)

    def on_bar(self, ctx: Any) -> None:
        super().on_bar(ctx)
        self.gamble(ctx, 0.4)

    def on_fill(self, ctx: Any) -> None:
        super().on_fill(ctx)
        self.gamble(ctx, 0.2)

    def on_end(self, ctx: Any) -> None:
        super().on_end(ctx)
        self.gamble(ctx, 1.0)


class TickGambler(Gambler):
    """The same, told every tick, and doing nothing about it but writing it down."""

    def on_tick(self, ctx: Any) -> None:
        self.write("tick", ctx)
