"""`bt.check_lookahead` and `bt.check_warmup` on several symbols: the future of all is changed at once."""

from __future__ import annotations

from typing import Any

import numpy as np
import polars as pl
import pytest

import btlab as bt
from tests.engine.several_strategies import Dice
from tests.engine.test_several import streams
from tests.market.streams import random_ticks

NAMES = ("EURUSD", "GBPUSD")
TICKS = streams(21, 700, NAMES)
BARS = {name: bt.bars(random_ticks(30 + n, 6_000, pace=6e6, symbol=name), "5m") for n, name in enumerate(NAMES)}
OTHER = BARS["GBPUSD"].to_polars()


class Spread(bt.Strategy):
    """Trades the difference of two closes against its mean of the last bars: a pair, and nothing of later."""

    timeframe = "5m"
    length: int = 12

    def init(self):
        self.differences = np.zeros(self.length)
        self.count = 0

    def on_bar(self, ctx):
        if ctx.symbol != 1:
            return
        self.differences[self.count % self.length] = ctx.close("5m", symbol=0) - ctx.close("5m", symbol=1)
        self.count += 1
        if self.count < self.length:
            return
        z = self.differences[(self.count - 1) % self.length] - self.differences.mean()
        ctx.mark("z", z)
        if z > 0.0002:
            ctx.target(-100, symbol="EURUSD")
            ctx.target(100, symbol="GBPUSD")
        elif z < -0.0002:
            ctx.target(100, symbol="EURUSD")
            ctx.target(-100, symbol="GBPUSD")


class SpreadOnTicks(Spread):
    """The same, closed at once by what its fills say, and told of every tick."""

    def on_fill(self, ctx):
        if ctx.symbol == 0 and ctx.fill_reason != 0:
            ctx.target(0, symbol=1)

    def on_tick(self, ctx):
        if ctx.symbol == 1 and ctx.bid > ctx.of(0).ask + 0.002 and ctx.position == 0:
            ctx.buy(size=10, limit=ctx.of(0).bid, expire="1m")


@pytest.mark.parametrize(
    ("strategy", "data"), [(Spread(), BARS), (Spread(), TICKS), (SpreadOnTicks(), TICKS), (Dice(seed=2), TICKS)]
)
def test_a_pair_that_knows_nothing_is_not_accused(strategy: bt.Strategy, data: Any) -> None:
    found = bt.check_lookahead(strategy, data, probes=8, progress=False, mode="interpreted", account=bt.Account(leverage=20))
    assert found.ok, found
    assert found.probes == 8 and found.rows == len(np.unique(np.concatenate([each.time for each in data.values()])))


def next_close_of_other() -> bt.Strategy:
    closes, times = OTHER["close"].to_numpy(), OTHER["time"].to_physical().to_numpy()

    class NextClose(bt.Strategy):
        timeframe = "5m"

        def on_bar(self, ctx):
            if ctx.symbol == 0:
                ahead = min(int(np.searchsorted(times, ctx.time)) + 1, len(closes) - 1)
                if closes[ahead] > ctx.close("5m"):
                    ctx.buy(size=10)

    return NextClose()


class MeanOfOther(bt.Strategy):
    """The mean of all that the other symbol will ever cost, in a decision about this one."""

    timeframe = "5m"

    def init(self):
        self.mean = float(np.nanmean(TICKS["GBPUSD"].bid))

    def on_bar(self, ctx):
        if ctx.symbol == 0:
            ctx.mark("away", ctx.close("5m") - self.mean)


@pytest.mark.parametrize(
    ("make", "data", "what"),
    [
        (next_close_of_other, BARS, "closes, which on_bar encloses: close of GBPUSD"),
        (MeanOfOther, TICKS, "global TICKS['GBPUSD']"),
    ],
)
def test_what_is_known_of_the_other_symbol_too_early_is_found(make: Any, data: Any, what: str) -> None:
    found = bt.check_lookahead(make(), data, probes=8, progress=False, mode="interpreted")
    (leak,) = found.leaks.iter_rows(named=True)
    assert leak["what"].startswith(what), found
    assert leak["where"].startswith(("on_bar", "init"))


def test_a_converted_symbol_alone_and_its_grid() -> None:
    """One symbol in a dict, and one whose money is converted: both are runs of several."""

    class Close(bt.Strategy):
        def on_bar(self, ctx):
            ctx.mark("close", ctx.close("1m"))

    ticks = TICKS["EURUSD"]
    for data, options in ((ticks, {"account": bt.Account(currency="EUR")}), ({"EURUSD": ticks}, {})):
        assert bt.check_lookahead(Close(), data, probes=4, progress=False, mode="interpreted", **options).ok


def test_the_warm_up_of_a_pair_is_its_window() -> None:
    """Twelve closes of both, without a gap, from the later start on: 24 bars."""
    made = {}
    for seed, name in enumerate(NAMES):
        close = np.round(1.1 + np.random.default_rng(seed).normal(0.0, 0.0004, 300).cumsum(), 5)
        rows = {"time": np.arange(300) * 300_000_000, "open": close, "high": close, "low": close, "close": close}
        made[name] = bt.Bars.from_frame(pl.DataFrame(rows), symbol=name, timeframe="5m")
    found = bt.check_warmup(Spread(), made, starts=4, progress=False, mode="interpreted", account=bt.Account(leverage=20))
    assert found.ok and found.unit == "bars"
    assert found.bars == {"5m": 12}
    assert found.rows == 24


def test_what_never_forgets_is_said() -> None:
    class Counts(bt.Strategy):
        def init(self):
            self.bars = 0

        def on_bar(self, ctx):
            if ctx.symbol == 1:
                self.bars += 1
                ctx.mark("bars", self.bars)

    found = bt.check_warmup(Counts(), TICKS, starts=2, progress=False, mode="interpreted")
    assert not found.ok and "never" in found.about()


@pytest.mark.parametrize("check", [bt.check_lookahead, bt.check_warmup])
def test_what_no_run_could_take_is_named(check):
    ticks = {name: bt.simulate_ticks(name, days=1, seed=1)[:500] for name in ("EURUSD", "GBPUSD")}
    wrong = {
        "no symbols: give": {},
        "of 'GBPUSD'; give them their own name": {"EURUSD": ticks["GBPUSD"]},
        "come as 1m bars and ticks": {"EURUSD": ticks["EURUSD"], "GBPUSD": bt.bars(ticks["GBPUSD"], "1m")},
    }
    for said, data in wrong.items():
        with pytest.raises(bt.errors.RunError, match=said):
            check(Spread(), data)
