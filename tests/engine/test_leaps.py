"""Hours and days passed in one step: the same as when every tick is told."""

from __future__ import annotations

from typing import Any

import pytest

import btlab as bt
from btlab.engine import state as states
from btlab.market.blocks import Blocks, blocks_of


class Breakout(bt.Strategy):
    timeframe = "1h"
    lookback: int = 6
    away: float = 0.0030

    def on_bar(self, ctx):
        if ctx.position == 0 and ctx.close("1h") > ctx.highest("1h", self.lookback, back=1):
            ctx.buy(size=1_000, stop_loss=ctx.bid - self.away, take_profit=ctx.bid + self.away)
        ctx.mark("minutes", ctx.count("1m"))
        ctx.mark("day", ctx.forming_low("1d"))
        ctx.mark("volume", ctx.forming_volume("4h"))
        ctx.mark("quarter", ctx.close("15m", 1))


class Days(bt.Strategy):
    timeframe = ("1d", "1w")

    def on_bar(self, ctx):
        if ctx.position == 0:
            ctx.sell(size=1_000, stop=ctx.bid - 0.0040, stop_loss=ctx.bid + 0.0040, trailing=0.0100, tif=bt.DAY)
        ctx.mark("hours", ctx.count("1h"))
        ctx.mark("hour", ctx.close("1h"))

    def on_fill(self, ctx):
        ctx.mark("fill", ctx.fill_price)
        ctx.mark("hour", ctx.forming_high("1h"))


class Ladder(bt.Strategy):
    timeframe = "4h"

    def on_bar(self, ctx):
        if ctx.open_orders == 0:
            for step in range(1, 5):
                ctx.buy(size=100, limit=ctx.bid - 0.0010 * step, expire=ctx.time + 5_400_000_000, take_profit=ctx.bid + 0.0020)
        if ctx.position > 1_000:
            ctx.close_position(0.5)
        ctx.mark("profit", ctx.open_profit)


def told(kind: Any) -> Any:
    """The same strategy, told every tick: nothing is passed."""
    return type(f"Told{kind.__name__}", (kind,), {"on_tick": _nothing})


def _nothing(self, ctx):
    pass


@pytest.fixture(scope="module")
def ticks() -> bt.Ticks:
    return bt.simulate_ticks("EURUSD", days=25, seed=11)


OPTIONS: dict[str, dict[str, Any]] = {
    "plain": {},
    "flat bars": {"empty_bars": "flat"},
    "round the clock": {"calendar": "24x7"},
    "nights": {"account": bt.Account(leverage=30, financing=bt.financing.percent(2.5, 3.5))},
    "margin": {"account": bt.Account(leverage=30, margin_call=0.9, liquidation=0.5), "cash": 40.0},
    "late": {"execution": bt.Execution(latency=700_000, slippage=bt.slippage.random(0.0, 0.0001))},
}


@pytest.mark.parametrize("options", OPTIONS.values(), ids=OPTIONS)
@pytest.mark.parametrize("kind", [Breakout, Days, Ladder])
def test_leaps_change_nothing(ticks: bt.Ticks, kind: Any, options: dict[str, Any]) -> None:
    leapt, walked = bt.run(kind, ticks, **options), bt.run(told(kind), ticks, **options)
    assert leapt.fingerprint == walked.fingerprint
    for name in ("equity", "trades", "changes", "nights"):
        assert getattr(leapt, name).equals(getattr(walked, name)), name
    assert leapt.marks.drop("tick").equals(walked.marks.drop("tick"))
    assert len(leapt.orders) > 3


def test_a_narrower_range_would_be_noticed(ticks: bt.Ticks, monkeypatch: pytest.MonkeyPatch) -> None:
    """The planted fault: what an hour's quotes reached is told too small, so a stop in it is passed over."""

    def narrowed(timeline: Any) -> list[Blocks]:
        made = blocks_of(timeline)
        middle = [(one.ranges[0] + one.ranges[1]) / 2 for one in made]
        return [Blocks(one.row, one.finer, one.minute, one.ranges * 0.0 + at, one.before) for one, at in zip(made, middle)]

    whole = bt.run(Breakout, ticks)
    monkeypatch.setattr(states, "blocks_of", narrowed)
    assert bt.run(Breakout, ticks).fingerprint != whole.fingerprint


def test_a_halt_inside_an_hour(ticks: bt.Ticks) -> None:
    whole, middle = bt.run(Breakout, ticks), len(ticks) // 2
    halted = bt.run(Breakout, ticks, until=middle)
    assert halted.equity["tick"].max() <= middle
    assert bt.resume(halted.checkpoint(), Breakout, ticks).fingerprint == whole.fingerprint
