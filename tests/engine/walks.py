"""Random strategies, each run twice: skipping what cannot matter, and told every tick, so that nothing is skipped.

One compiled strategy plays them all: what it does is drawn by `init` into a table, so 2,000 of them cost one compile.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from functools import cache
from typing import Any

import numpy as np

import btlab as bt
from btlab.market.codes import (
    BRACKET,
    BY_GROUP,
    BY_LIQUIDATION,
    BY_STOP_LIMIT,
    BY_STOP_LOSS,
    BY_TAKE_PROFIT,
    BY_TRAILING,
    DAY,
    EXPIRED,
    MODIFIED,
)
from tests.market.streams import in_units, random_ticks

NAMES = ("EURUSD", "GBPUSD", "USDJPY")
STREAMS, TICKS = 24, 800
MINUTE = 60_000_000
ROWS = ("order", "fill", "trade", "mark", "change", "night")
NEVER = 10**14
OF_LOTS = (BY_STOP_LOSS, BY_TAKE_PROFIT, BY_TRAILING, BY_LIQUIDATION)


class Skipping(bt.Strategy):
    """Told bars and fills."""

    timeframe = "1m"
    seed: int = 0
    unit: float = 1_000.0
    leverage: float = 1.0
    hedging: bool = False

    def init(self):
        self.rolls = np.random.default_rng(self.seed).random((512, 6))
        self.calls = 0
        self.placed_in_fills = 0
        self.order = 0

    def on_bar(self, ctx):
        k = self.calls % 512
        self.calls += 1
        symbol = int(self.rolls[k, 1] * ctx.symbols)
        bid, ask = ctx.of(symbol).bid, ctx.of(symbol).ask
        if self.rolls[k, 0] > 0.3 or not bid > 0.0 or not ask > 0.0:
            return
        kind, side, more = int(self.rolls[k, 2] * 20.0), 1.0 if self.rolls[k, 3] < 0.5 else -1.0, self.rolls[k, 4]
        quote = ask if side > 0.0 else bid
        away = 0.0001 * (1.0 + 9.0 * self.rolls[k, 5]) * side
        size = self.unit * (1.0 + int(7.0 * more))
        stop = quote - 2.0 * away if more < 0.7 else None
        target = quote + 2.0 * away if more > 0.3 else None
        expire = NEVER if more < 0.5 else int(more * 600e6)
        tif, group = int(more * 7.99) % 4, 1 + int(more * 3.0)
        if kind < 2 and side > 0.0:
            self.order = ctx.buy(size=size, stop_loss=stop, take_profit=target, symbol=symbol)
        elif kind < 2:
            self.order = ctx.sell(fraction=0.8 * self.leverage, stop_loss=stop, take_profit=target, symbol=symbol)
        elif kind < 4 and side > 0.0:
            self.order = ctx.buy(size=size, limit=quote - away, stop_loss=stop, take_profit=target, oco=group, symbol=symbol)
        elif kind < 4:
            self.order = ctx.sell(size=size, limit=quote - away, expire=expire, symbol=symbol)
        elif kind < 6 and side > 0.0:
            self.order = ctx.buy(size=size, stop=quote + away, trailing=2.0 * abs(away), oco=group, symbol=symbol)
        elif kind < 6:
            self.order = ctx.sell(size=size, stop=quote + away, stop_loss=stop, take_profit=target, tif=tif, symbol=symbol)
        elif kind < 8 and side > 0.0:
            self.order = ctx.buy(size=size, stop=quote + away, limit=quote + 1.5 * away, expire=expire, symbol=symbol)
        elif kind < 8:
            self.order = ctx.sell(size=size, stop=quote + away, limit=quote, stop_loss=stop, symbol=symbol)
        elif kind < 10 and side > 0.0:
            self.order = ctx.buy(size=size, trailing_percent=0.02 + 0.1 * more, symbol=symbol)
        elif kind < 10:
            self.order = ctx.sell(size=size, trailing=0.0002 + 0.001 * more, take_profit=target, symbol=symbol)
        elif kind == 10:
            self.order = ctx.buy(risk=0.01, limit=quote - abs(away), stop_loss=quote - 4.0 * abs(away), tif=bt.DAY, symbol=symbol)
        elif kind == 11:
            self.order = ctx.sell(size=size, limit=ask + 3.0 * abs(away), tif=bt.DAY, oco=group, symbol=symbol)
        elif kind < 14:
            ctx.close_position(1.0 if more < 0.5 else 0.5, symbol=symbol)
        elif kind == 14:
            ctx.cancel_all(symbol=symbol)
        elif kind == 15 and self.order > 0:
            ctx.modify(self.order, stop_loss=bid - 2.0 * away)
        elif kind == 16 and self.order > 0:
            ctx.modify(self.order, take_profit=ask + 2.0 * away)
        elif kind == 17 and self.order > 0:
            ctx.modify(self.order, limit=quote - away)
        elif kind == 18 and self.hedging:
            ctx.close_by_id(1 + int(more * self.order))
        elif kind == 18:
            ctx.target(side * size, symbol=symbol)
        elif self.order > 0:
            ctx.cancel(1 + int(more * self.order))
        ctx.mark("did", kind)

    def on_fill(self, ctx):
        k = self.calls % 512
        self.calls += 1
        kind, more = int(self.rolls[k, 2] * 24.0), self.rolls[k, 4]
        if kind == 0:
            ctx.buy(size=self.unit, limit=ctx.fill_price - 0.0005 * more, stop_loss=ctx.fill_price - 0.002, oco=1)
            self.placed_in_fills += 1
        elif kind == 1:
            ctx.sell(size=self.unit, trailing_percent=0.03 + 0.1 * more)
            self.placed_in_fills += 1
        elif kind == 2:
            ctx.cancel(1 + int(more * ctx.fill_order))
        elif kind == 3:
            ctx.close_position()
            self.placed_in_fills += 1


class Walking(Skipping):
    """The same, told every tick, and doing nothing about it."""

    def on_tick(self, ctx):
        pass


@dataclass(frozen=True)
class Walk:
    """A random strategy with its rules and data."""

    seed: int
    strategy: dict[str, Any]
    data: Any
    options: dict[str, Any]

    def run(self, kind: type[bt.Strategy]) -> Any:
        return bt.run(kind(**self.strategy), self.data, mode="compiled", **self.options)


@cache
def stream(number: int, symbol: str) -> bt.Ticks:
    """One-sided and crossed quotes, equal times, gaps of minutes to days, a few lots on each side."""
    return random_ticks(number, TICKS, pace=(4e6, 9e6, 30e6)[number % 3], symbol=symbol, odd=(0.03, 0.2)[number % 2])


def random_walk(seed: int) -> Walk:
    """The strategy of a seed, always the same."""
    draw = np.random.default_rng([7, seed])

    def chance(share: float) -> bool:
        return bool(draw.random() < share)

    several, hedging, partial = chance(0.2), chance(0.25), chance(0.25)
    leverage = float(draw.choice([1, 5, 30, 100]))
    execution: dict[str, Any] = {"participation": float(draw.choice([0.1, 0.3, 1.0]))} if partial else {}
    if chance(0.35):
        execution["latency"] = int(draw.choice([1, 250_000, 5_000_000, 90_000_000]))
    elif chance(0.1) and not partial:
        execution["fill"] = "current"
    if chance(0.4):
        execution["slippage"] = bt.slippage.random(0.1, 1.3, pips=True)
    if chance(0.4):
        execution["commission"] = bt.commission.percent(0.002)
    if chance(0.15):
        execution["widen"] = 0.5
    if chance(0.15):
        execution["through"] = 1
    account: dict[str, Any] = {"leverage": leverage, "mode": "hedging" if hedging else "netting"}
    if chance(0.4):
        account |= {"margin_call": float(draw.choice([1.1, 1.2, 1.3])), "liquidation": float(draw.choice([0.9, 1.05, 1.15]))}
    if chance(0.4):
        account["financing"] = bt.financing.percent(3, -1)
    if chance(0.15):
        account["limits"] = bt.Limits(exposure=0.8 * leverage, daily_loss=200.0, drawdown=0.1)
    names, first = (NAMES[: int(draw.integers(2, 4))] if several else NAMES[:1]), int(draw.integers(STREAMS))
    streams = {name: stream((first + 5 * place) % STREAMS, name) for place, name in enumerate(names)}
    strategy = {
        "seed": seed,
        "unit": 10.0 if partial else 300.0 * leverage,
        "leverage": leverage,
        "hedging": hedging,
    }
    options = {
        "cash": 5_000.0,
        "execution": bt.Execution(**execution),
        "account": bt.Account(**account, **({"currency": "USD"} if several else {})),
        "calendar": ("24x7", "fx")[int(draw.integers(2))],
        "seed": int(draw.integers(1_000)),
    }
    options["instrument"] = {name: in_units(ticks) for name, ticks in streams.items()} if several else in_units(streams[NAMES[0]])
    return Walk(seed, strategy, streams if several else streams[NAMES[0]], options)


def assert_same(one: Any, other: Any) -> None:
    """Every row that the runs left, the excursions of their trades, their equity and their strategies' state, bit for bit."""
    for name in ROWS:
        rows, others = one.records[name], other.records[name]
        assert len(rows) == len(others), name
        for column in rows.dtype.names or ():
            assert rows[column].tobytes() == others[column].tobytes(), (name, column)
    for name in ("trades", "equity"):
        assert getattr(one, name).equals(getattr(other, name)), name
    for name, value in vars(one.strategy).items():
        assert np.asarray(value).tobytes() == np.asarray(getattr(other.strategy, name)).tobytes(), name


def compare(walk: Walk, seen: Counter[str]) -> None:
    """Run a strategy both ways; count what had effect in it, and how many ticks the first way looked at."""
    spared, told = walk.run(Skipping), walk.run(Walking)
    assert told.skipped == 0.0
    assert_same(spared, told)
    count = sum(map(len, walk.data.values())) if isinstance(walk.data, dict) else len(walk.data)
    seen["ticks"] += count
    seen["ticks skipped"] += round(spared.skipped * count)
    seen.update(effects(walk, spared))


def effects(walk: Walk, session: Any) -> dict[str, int]:
    """How often each thing that was drawn had effect."""
    order, fill, change = (session.records[name] for name in ("order", "fill", "change"))
    execution, account = walk.options["execution"], walk.options["account"]
    reason, placed, expired = fill["reason"], order[fill["order"] - 1], order["state"] == EXPIRED
    trailed, own = reason == BY_TRAILING, ~np.isin(reason, OF_LOTS)
    ticks = Counter(order_ for order_, _ in set(zip(fill["order"][own].tolist(), fill["tick"][own].tolist())))
    begins_inside = (order["created"] + execution.latency) % MINUTE != 0
    calls = session.marks["name"] == "margin_call"
    found = {
        "OCO cancellations": order["ending"] == BY_GROUP,
        "stop losses": reason == BY_STOP_LOSS,
        "take profits": reason == BY_TAKE_PROFIT,
        "trailing stops by price": trailed & ~np.isnan(placed["trailing"]),
        "trailing stops by percent": trailed & ~np.isnan(placed["trailing_percent"]),
        "stop-limit fills": reason == BY_STOP_LIMIT,
        "fills under latency": own & (execution.latency > 0),
        "orders that started inside a bar": begins_inside & (order["filled"] > 0.0) & (execution.latency > 0),
        "orders that expired inside a bar": expired & (order["ended"] % MINUTE != 0),
        "day orders that expired": expired & (order["tif"] == DAY),
        "modified orders": np.isin(change["what"], (MODIFIED, BRACKET)),
        "margin calls": calls.to_numpy(),
        "liquidations": reason == BY_LIQUIDATION,
        "fills with seeded slippage": (fill["slippage"] > 0.0) & (execution.slippage.high_pips > 0.0),
        "fills of hedged accounts": own & (account.mode == "hedging"),
        "fills in runs of several symbols": own & isinstance(walk.data, dict),
    }
    counted = {name: int(np.count_nonzero(rows)) for name, rows in found.items()}
    counted["orders filled over three ticks and more"] = sum(count >= 3 for count in ticks.values())
    counted["nights paid"] = len(session.records["night"])
    counted["orders placed in on_fill"] = session.strategy.placed_in_fills
    return counted
