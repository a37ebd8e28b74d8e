"""Twelve bytes a tick: the same numbers, and the same runs, as from plain columns."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from numba import njit

import btlab as bt
from btlab.market.packed import PackedTicks
from btlab.market.points import points_at_least, points_at_most
from btlab.market.timeline import Timeline


@njit
def bounds(level: float, scale: float) -> tuple[int, int]:
    """What only compiled code may call."""
    return points_at_most(level, scale), points_at_least(level, scale)


class Brackets(bt.Strategy):
    timeframe = "1m"

    def on_bar(self, ctx):
        if ctx.position == 0 and ctx.close("1m") > ctx.highest("1m", 20, back=1):
            ctx.buy(size=10, stop_loss=ctx.bid - 0.0010, take_profit=ctx.bid + 0.0010)
        ctx.mark("day", ctx.forming_high("1d"))


class Limits(bt.Strategy):
    timeframe = "5m"

    def on_bar(self, ctx):
        if ctx.open_orders == 0 and ctx.position == 0:
            ctx.buy(size=10, limit=ctx.bid - 0.0002, expire=ctx.time + 90_000_000, trailing=0.0004)

    def on_fill(self, ctx):
        ctx.mark("fill", ctx.fill_price)
        ctx.mark("running", ctx.forming_close("1m"))


class Ticking(bt.Strategy):
    timeframe = "1h"

    def on_tick(self, ctx):
        if ctx.position == 0 and ctx.forming_progress("1h") > 0.5:
            ctx.sell(size=10, stop_loss=ctx.ask + 0.0005, take_profit=ctx.ask - 0.0005)


class SpreadOfTicks(bt.Strategy):
    timeframe = "1h"

    def init(self):
        self.imbalance = self.indicator("TICK_IMBALANCE")

    def on_bar(self, ctx):
        ctx.mark("closed", ctx.value(self.imbalance))
        ctx.mark("running", ctx.forming_value(self.imbalance))


@pytest.fixture(scope="module")
def plain() -> bt.Ticks:
    """Ten days, with one-sided, crossed and equal quotes, many of one time, and times on the edges of minutes."""
    ticks = bt.simulate_ticks("EURUSD", days=10, seed=3)
    time, bid, ask = ticks.time.copy(), ticks.bid.copy(), ticks.ask.copy()
    random = np.random.default_rng(1)
    odd = random.permutation(len(time))[:4_000]
    bid[odd[:1_000]], ask[odd[1_000:2_000]] = np.nan, np.nan
    bid[odd[2_000:3_000]], ask[odd[2_000:3_000]] = ask[odd[2_000:3_000]], bid[odd[2_000:3_000]]
    time[odd[3_000:]] = time[odd[3_000:]] // 60_000_000 * 60_000_000
    return bt.Ticks.from_arrays(np.maximum.accumulate(time), bid, ask, symbol="EURUSD")


@pytest.fixture(scope="module")
def packed(plain: bt.Ticks) -> bt.Ticks:
    return plain.packed()


def seen(session: bt.Session) -> list[Any]:
    """All that a run left, to compare bit for bit."""
    frames = session.equity, session.trades, session.orders, session.changes, session.marks
    values = [repr(frame.to_dict(as_series=False)) for frame in frames]  # NaN equals itself, as a text
    return [session.fingerprint, session.skipped, repr(dict(session.metrics)), *values]


def test_numbers_come_back(plain: bt.Ticks, packed: bt.Ticks) -> None:
    assert isinstance(packed, PackedTicks)
    assert sum(column.nbytes for column in (packed.offset, packed.bid_points, packed.ask_points)) == 12 * len(plain)
    for part in (slice(None), slice(1_000, 5_000), slice(-7, None), slice(5, 5)):
        ours, theirs = packed[part], plain[part]
        for name in ("time", "bid", "ask"):
            np.testing.assert_array_equal(getattr(ours, name), getattr(theirs, name))
    assert (packed.first_time, packed.last_time) == (plain.first_time, plain.last_time)
    np.testing.assert_array_equal(packed.quotes(np.array([5, 0])), plain.quotes(np.array([5, 0])))
    assert packed.digits == plain.digits
    assert packed.packed() is packed


@pytest.mark.parametrize("price", ["bid", "mid"])
def test_bars_are_the_same(plain: bt.Ticks, packed: bt.Ticks, price: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("btlab.market.timeline._PIECE", 10_000)
    ours, theirs = Timeline(packed, price=price), Timeline(plain, price=price)
    for name in ("start", "end", "first", "ticks", "closer", "real", "ranges", "minute_tick", "minute_start"):
        np.testing.assert_array_equal(getattr(ours, name), getattr(theirs, name), err_msg=name)


@pytest.mark.parametrize("mode", ["compiled", "interpreted"])
@pytest.mark.parametrize("strategy", [Brackets, Limits, Ticking])
@pytest.mark.parametrize("execution", ["perfect", bt.Execution(latency=250_000), "worst"], ids=["perfect", "late", "worst"])
def test_runs_are_the_same(plain: bt.Ticks, packed: bt.Ticks, mode: str, strategy: Any, execution: Any) -> None:
    if mode == "interpreted":
        plain, packed = plain[:60_000], plain[:60_000].packed()
    ours = bt.run(strategy, packed, mode=mode, execution=execution)
    assert "_whole" not in packed.__dict__  # nobody decoded them all
    assert seen(ours) == seen(bt.run(strategy, plain, mode=mode, execution=execution))
    assert len(ours.trades) > 3


def test_ticks_that_indicators_count(plain: bt.Ticks) -> None:
    part = plain[:100_000]
    assert seen(bt.run(SpreadOfTicks, part.packed())) == seen(bt.run(SpreadOfTicks, part))


def test_several_symbols_and_a_run_that_goes_on(plain: bt.Ticks) -> None:
    part = plain[:60_000]
    other = bt.Ticks.from_arrays(part.time, part.bid, part.ask, symbol="GBPUSD")
    both = bt.run(Brackets, {"EURUSD": part.packed(), "GBPUSD": other.packed()})
    assert both.fingerprint == bt.run(Brackets, {"EURUSD": part, "GBPUSD": other}).fingerprint
    halted = bt.run(Brackets, part, until=30_000).checkpoint()
    assert seen(bt.resume(halted, Brackets, part.packed()))[0] == bt.run(Brackets, part).fingerprint


def test_the_state_at_a_tick(plain: bt.Ticks) -> None:
    part = plain[:20_000]
    ours, theirs = bt.run(Brackets, part.packed()).at(15_000), bt.run(Brackets, part).at(15_000)
    assert repr(ours) == repr(theirs)


def test_bounds_in_points_are_those_of_prices() -> None:
    random, scale = np.random.default_rng(2), 1e5
    for level in [*(random.integers(1, 400_000, 300) / scale), *random.uniform(0.5, 3.0, 300), 21474.0]:
        most, least = bounds(level, scale)
        assert most / scale <= level < (most + 1) / scale
        assert (least - 1) / scale < level <= least / scale
    assert bounds(-np.inf, scale)[0] < -(2**32) < 2**32 < bounds(np.inf, scale)[1]


@pytest.mark.parametrize(
    ("made", "told"),
    [
        (lambda: bt.Ticks.from_arrays([0], [1.1], [1.2], bid_size=[1.0], ask_size=[1.0]), "sizes"),
        (lambda: bt.Ticks.from_arrays([0], [np.pi], [np.pi]), "grid"),
        (lambda: bt.Ticks.from_arrays([0], [99999.00001], [99999.00001]), "int32"),
        (lambda: bt.simulate_ticks("EURUSD", days=1)[:0], "sizes|no ticks"),
    ],
)
def test_what_cannot_be_packed(made: Any, told: str) -> None:
    with pytest.raises(bt.errors.SeriesError, match=told):
        made().packed()
