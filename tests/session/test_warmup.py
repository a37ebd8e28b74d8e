"""`bt.check_warmup`: known windows are found to the bar, and what never forgets is said."""

from __future__ import annotations

import math

import numpy as np
import pytest

import btlab as bt
from tests.session.leaks import ALL

BARS = bt.bars(ALL, "1m")
CLOSE = BARS.close


class Mean(bt.Strategy):
    length: int = 20

    def on_bar(self, ctx):
        closes = ctx.closes("1m", self.length)
        if len(closes) == self.length:
            ctx.mark("mean", bt.math.mean(closes))


class Breakout(bt.Strategy):
    """Places an order at every close: which one depends on the last `length` + 1 bars."""

    timeframe = "5m"
    length: int = 6

    def on_bar(self, ctx):
        level = ctx.highest("5m", self.length, back=1)
        ctx.buy(size=1, limit=level - 0.0100, expire="1h")


class Decay(bt.Strategy):
    def init(self):
        self.mean = math.nan

    def on_bar(self, ctx):
        close = ctx.close("1m")
        self.mean = close if math.isnan(self.mean) else self.mean + 0.2 * (close - self.mean)
        ctx.mark("mean", self.mean)


class Counts(bt.Strategy):
    def init(self):
        self.bars = 0

    def on_bar(self, ctx):
        self.bars += 1
        ctx.mark("bars", self.bars)


class Nothing(bt.Strategy):
    def on_bar(self, ctx):
        ctx.mark("close", ctx.close("1m"))


class Held(bt.Strategy):
    """An average made in init from bars held outside, by the row."""

    def init(self):
        sums = np.cumsum(np.insert(CLOSE - 1.1, 0, 0.0))
        self.mean = np.full(len(CLOSE), np.nan)
        self.mean[9:] = (sums[10:] - sums[:-10]) / 10
        self.i = -1

    def on_bar(self, ctx):
        self.i += 1
        ctx.mark("mean", round(self.mean[self.i], 9))


class EveryTick(bt.Strategy):
    """The sum of the last 12 bids."""

    def init(self):
        self.bids = np.zeros(12)
        self.i = 0

    def on_tick(self, ctx):
        self.bids[self.i % 12] = ctx.bid
        self.i += 1
        if self.i >= 12:
            total = 0.0
            for bid in np.sort(self.bids):
                total += bid
            ctx.mark("mean", total)


@pytest.mark.parametrize("length", [1, 7, 20])
def test_a_window_is_found_to_the_bar(length):
    found = bt.check_warmup(Mean(length=length), BARS, mode="interpreted", progress=False)
    assert found.ok
    assert found.rows == (length if length > 1 else 0)
    assert found.bars == {"1m": found.rows}
    assert found.unit == "bars"


def test_a_window_of_a_longer_timeframe_counts_in_rows_and_in_its_bars():
    found = bt.check_warmup(Breakout(), BARS, mode="interpreted", progress=False)
    assert found.bars == {"5m": 7}
    assert 31 <= found.rows <= 35  # six 5m bars and a bit: some minutes have no bar
    assert found.missing["value"].to_list() == ["ctx.highest('5m', 6, back=1)"]
    assert found.missing["calls"].to_list() == [6]
    assert found.missing["where"][0].startswith("on_bar, line ")
    assert found.early["reason"].to_list() == [found.early["reason"][0]] * 6
    assert "order.level" in found.early["reason"][0]
    assert "6 orders were placed before the warm-up was over" in repr(found)


def test_an_average_that_decays_forgets_up_to_the_tolerance():
    strict = bt.check_warmup(Decay(), BARS, mode="interpreted", starts=4, progress=False)
    loose = bt.check_warmup(Decay(), BARS, mode="interpreted", tolerance=1e-6, starts=4, progress=False)
    assert 0 < loose.rows < strict.rows
    # a first difference of 0.1 to 10 pips decays by 0.8 a bar, and is forgotten below 1.1e-9
    assert math.log(1.1e-9 / 1e-5) / math.log(0.8) < strict.rows < math.log(1.1e-9 / 1e-3) / math.log(0.8)


def test_what_never_forgets_is_said():
    found = bt.check_warmup(Counts(), BARS, mode="interpreted", starts=3, progress=False)
    assert not found.ok
    assert found.rows is None
    assert found.bars == {}
    assert found.frame["agrees_from"].null_count() == 3
    assert found.frame["first_other"][0].startswith("mark 'bars' ")
    assert "3 of 3 later starts never came to decide" in repr(found)


def test_a_strategy_without_memory_needs_none():
    found = bt.check_warmup(Nothing(), ALL, mode="interpreted", starts=3, progress=False)
    assert (found.ok, found.rows, found.bars) == (True, 0, {"1m": 0})
    assert "needs no warm-up" in found._repr_html_()


def test_tables_held_outside_begin_later_too():
    found = bt.check_warmup(Held(), BARS, mode="interpreted", progress=False)
    assert found.rows == 10
    assert found.missing["value"].to_list() == ["mark 'mean'"]
    assert found.missing["calls"].to_list() == [9]


def test_ticks_are_counted():
    found = bt.check_warmup(EveryTick(), ALL[:1_000], mode="interpreted", starts=4, progress=False)
    assert (found.rows, found.unit) == (12, "ticks")


def test_the_report_has_one_row_a_start():
    found = bt.check_warmup(Mean(), BARS, mode="interpreted", starts=5, progress=False)
    assert len(found.frame) == 5
    assert found.frame["rows"].to_list() == [20] * 5
    ended = BARS.time[np.searchsorted(BARS.time, found.frame["start"].to_physical().to_numpy()) + 19] + 60_000_000
    assert found.frame["agrees_from"].to_physical().to_numpy().tolist() == ended.tolist()


def test_wrong_arguments_are_named():
    with pytest.raises(bt.errors.RunError, match="starts=0"):
        bt.check_warmup(Nothing(), BARS, starts=0)
    with pytest.raises(bt.errors.RunError, match="16 rows"):
        bt.check_warmup(Nothing(), BARS[:10])
