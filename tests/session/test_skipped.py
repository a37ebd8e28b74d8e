"""How much of its data a run did not have to look at."""

from __future__ import annotations

from typing import Any

import btlab as bt

TICKS = bt.simulate_ticks("EURUSD", days=5)


class Rare(bt.Strategy):
    """One position at a time, between a stop loss and a take profit."""

    distance: float = 0.0030

    def on_bar(self, ctx: Any) -> None:
        if ctx.position == 0 and ctx.count("1m") > 60:
            ctx.buy(size=1_000, stop_loss=ctx.bid - self.distance, take_profit=ctx.bid + self.distance)


class Trailing(bt.Strategy):
    """The same with a stop that follows."""

    def on_bar(self, ctx: Any) -> None:
        if ctx.position == 0 and ctx.count("1m") > 60:
            ctx.buy(size=1_000, trailing=0.0030)


class Watching(Rare):
    """The same, told every tick."""

    def on_tick(self, ctx: Any) -> None:
        pass


class Idle(bt.Strategy):
    """No orders at all."""


def test_plain_strategies_skip_nearly_all() -> None:
    for strategy in (Rare(), Trailing()):
        session = bt.run(strategy, TICKS)
        assert len(session.fills) > 2
        assert 0.95 < session.skipped < 1.0


def test_whoever_is_told_every_tick_skips_none_and_fills_the_same() -> None:
    told, spared = bt.run(Watching(), TICKS), bt.run(Rare(), TICKS)
    assert told.skipped == 0.0
    assert told.fingerprint == spared.fingerprint


def test_without_orders_all_is_skipped() -> None:
    assert bt.run(Idle(), TICKS).skipped == 1.0


def test_a_market_order_at_every_close_costs_a_look_each() -> None:
    class Busy(bt.Strategy):
        def on_bar(self, ctx: Any) -> None:
            ctx.target(1 - ctx.position)

    session = bt.run(Busy(), TICKS)
    assert round((1.0 - session.skipped) * len(TICKS)) == len(session.fills)


def test_bars_are_counted_as_bars() -> None:
    bars = bt.bars(TICKS, "1m")
    session = bt.run(Rare(), bars)
    assert 0.9 < session.skipped < 1.0
