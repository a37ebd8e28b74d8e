"""A fork does what one strategy does that changes its parameter by itself at that tick: fills, equity, state."""

from __future__ import annotations

from collections import deque

import numpy as np
import polars as pl
import pytest

import btlab as bt
from btlab.errors import ParameterError, RunError, SeriesError


class Plain(bt.Strategy):
    """Enters in turns, with a size and a stop that are parameters; a moving average of its own tells the side."""

    timeframe = "5m"
    size: int = 100
    away: float = 0.001
    average: int = 5

    def init(self):
        self.sma = self.indicator("SMA", timeperiod=self.average)
        self.seen = 0
        self.lows = np.zeros(4)

    def on_bar(self, ctx):
        self.seen += 1
        self.lows[self.seen % 4] = ctx.low("5m")
        if ctx.position == 0.0 and self.seen % 3 == 0:
            if ctx.close("5m") > ctx.value(self.sma):
                ctx.buy(size=self.size + self.seen % 7, stop_loss=ctx.bid - self.away)
            else:
                ctx.sell(size=self.size, stop_loss=ctx.ask + self.away, limit=self.lows[self.seen % 4])
        elif self.seen % 8 == 1:
            ctx.close_position()


class Switched(bt.Strategy):
    """The same with other values from a time on: the whole run in one."""

    timeframe = "5m"
    when: int = 0

    def init(self):
        self.first = self.indicator("SMA", timeperiod=5)
        self.then = self.indicator("SMA", timeperiod=9)
        self.seen = 0
        self.lows = np.zeros(4)

    def on_bar(self, ctx):
        later = ctx.time > self.when
        size = 300 if later else 100
        away = 0.0004 if later else 0.001
        average = ctx.value(self.then) if later else ctx.value(self.first)
        self.seen += 1
        self.lows[self.seen % 4] = ctx.low("5m")
        if ctx.position == 0.0 and self.seen % 3 == 0:
            if ctx.close("5m") > average:
                ctx.buy(size=size + self.seen % 7, stop_loss=ctx.bid - away)
            else:
                ctx.sell(size=size, stop_loss=ctx.ask + away, limit=self.lows[self.seen % 4])
        elif self.seen % 8 == 1:
            ctx.close_position()


TICKS = bt.simulate_ticks("EURUSD", days=1)[:30_000]
CHANGED = {"size": 300, "away": 0.0004, "average": 9}


@pytest.mark.parametrize("mode", ["compiled", "interpreted"])
def test_a_fork_is_the_run_that_changes_by_itself(mode):
    session = bt.run(Plain(), TICKS, mode=mode)
    for tick in (1, 7_001, 15_000, 29_998):
        fork = session.fork(tick, **CHANGED)
        right = bt.run(Switched(when=int(TICKS.time[tick])), TICKS, mode=mode)
        assert fork.fingerprint == right.fingerprint, tick
        assert fork.equity.equals(right.equity)
        assert len(fork.fills.filter(fork.fills["tick"] <= tick)) == len(session.fills.filter(session.fills["tick"] <= tick))
        assert (fork.strategy.seen, fork.parameters["size"]) == (right.strategy.seen, 300)
        np.testing.assert_array_equal(fork.strategy.lows, right.strategy.lows)
    assert session.fork(15_000, **CHANGED).fingerprint != session.fingerprint, "nothing was changed"


def test_a_fork_that_changes_nothing_is_the_run_itself_and_can_be_forked_again():
    session = bt.run(Plain(), TICKS, execution="realistic", seed=5)
    fork = session.fork("2024-01-08 05:00")
    assert fork.fingerprint == session.fingerprint
    again = fork.fork(20_000, size=7).fork(25_000, size=9)
    assert again.parameters == {"size": 9, "away": 0.001, "average": 5}
    assert again.fills.filter(again.fills["tick"] <= 20_000).equals(session.fills.filter(session.fills["tick"] <= 20_000))


def test_what_a_fork_did_is_explained():
    fork = bt.run(Plain(), TICKS).fork(15_000, size=300)
    trade = fork.trades.filter(fork.trades["entry_tick"] > 15_000)["id"][0]
    told = fork.explain(trade)
    assert told.entry.decision.found
    assert told.entry.size >= 300


def test_what_cannot_be_forked_is_said():
    session = bt.run(Plain(), TICKS)
    with pytest.raises(ParameterError, match="no parameter 'sise'"):
        session.fork(5, sise=3)
    first, last = (str(np.datetime64(int(time), "us")).replace("T", " ") for time in TICKS.time[[0, -1]])
    bounds = f"a fork begins after a tick from 0 to 29998, or at a time from {first} on, before {last} UTC"
    for outside in (len(TICKS) - 1, -1, "1999-01-01", np.datetime64("2030-01-01"), TICKS.time[-1].view("M8[us]")):
        with pytest.raises(RunError, match=bounds) as said:
            session.fork(outside, size=3)
        assert said.value.details["at"] == outside
    with pytest.raises(RunError, match="there is no tick 1000000000 of EURUSD; it has ticks 0 to 29999"):
        session.fork(10**9, size=3)
    with pytest.raises(SeriesError, match=r"15000\.0 is not a time; .* or a whole number where ticks are counted"):
        session.fork(len(TICKS) / 2, size=3)
    with pytest.raises(ParameterError, match=r"Plain\.size is 2\.5; it takes a value of kind int"):
        session.fork(5, size=2.5)


class BuysAt(bt.Strategy):
    """Buys at one tick, and at each tenth one after it."""

    size: int = 1
    begin: int = 500

    def init(self):
        self.seen = -1

    def on_tick(self, ctx):
        self.seen += 1
        if self.seen >= self.begin and self.seen % 10 == 0:
            ctx.buy(size=self.size)


def test_what_was_done_at_the_very_tick_of_the_fork_stays_done():
    session = bt.run(BuysAt(), bt.simulate_ticks("EURUSD", days=1)[:600])
    sizes = session.fork(500, size=7).orders["size"].to_list()
    assert sizes == [1.0] + [7.0] * (len(sizes) - 1) and len(sizes) == 10
    assert session.fork(499, size=7).orders["size"].to_list() == [7.0] * 10


@pytest.mark.parametrize("ending", [{"close_at_end": True}, {"until": 20_000}])
def test_a_fork_ends_as_the_run_did(ending):
    session = bt.run(Plain(), TICKS, **ending)
    fork = session.fork(10_000)
    assert fork.fingerprint == session.fingerprint
    assert fork.equity.equals(session.equity)
    assert len(fork.data) == len(session.data)
    assert set(session.fills["reason"]) >= ({"end"} if "close_at_end" in ending else set())


@pytest.mark.parametrize("empty_bars", ["skip", "flat"])
def test_a_time_on_bars_is_after_those_that_were_over_then(empty_bars):
    """So the new parameters decide at the very end of the last of them, as where several symbols are forked."""
    hours = bt.bars(bt.simulate_ticks("EURUSD", days=3), "1h").to_polars()
    bars = bt.Bars.from_frame(hours[:20].vstack(hours[35:]), symbol="EURUSD", timeframe="1h")
    session, of_all = (bt.run(Hours(), data, empty_bars=empty_bars) for data in (bars, {"EURUSD": bars}))
    for bar in (15, 19, 20, 30):
        over = int(bars.time[bar]) + 3_600_000_000
        fork, other = (each.fork(np.datetime64(over, "us"), size=7) for each in (session, of_all))
        assert fork.orders.filter(pl.col("size") == 7).equals(fork.orders.filter(pl.col("created").to_physical() >= over))
        assert fork.orders["created_tick"].to_list().index(bar) == fork.orders["size"].to_list().index(7.0)
        assert fork.fingerprint == other.fingerprint == session.fork(bar, size=7).fingerprint


class Hours(bt.Strategy):
    """Buys at the end of each hour."""

    timeframe = "1h"
    size: int = 1

    def on_bar(self, ctx):
        ctx.buy(size=self.size)


class Keeps(bt.Strategy):
    """Makes of its state what it can in the first ten ticks, and only looks on from then on."""

    session: int = 3

    def init(self):
        self.count = 0
        self.best = None
        self.level = float("nan") if self.session == 3 else 1.0
        self.most = np.float64(0.0)
        self.ask = None if self.session == 3 else 0.0
        self.grown = []
        self.slots = [0] * self.session
        self.recent = deque(maxlen=self.session)
        self.pair = [np.zeros(2), np.zeros(self.session)]
        self.untouched = [np.zeros(self.session), np.full(1, np.nan)]
        self.array = np.zeros(self.session)
        self.window = np.full(2, np.nan)
        if self.session == 3:
            self.once = 0

    def on_tick(self, ctx):
        if self.count == 10:
            return
        self.count += 1
        self.best, self.ask = ctx.bid, ctx.ask
        self.most = 2.0
        self.grown.append(self.count)
        self.slots[0] = self.count
        self.recent.append(self.count)
        self.pair = [np.ones(2), np.ones(self.session)]
        self.array[0] = self.window[0] = self.count
        self.late = self.count
        self.once = self.count


@pytest.mark.parametrize("forks", [(20,), (20, 30)])
def test_a_fork_takes_over_what_the_run_made_of_its_state(forks):
    """Where `init` makes the same of the new parameters, or the run what `init` makes now; a fork of a fork no less."""
    session = fork = bt.run(Keeps(), TICKS[:50], mode="interpreted")
    for tick in forks:
        fork = fork.fork(tick, session=5)
    state = vars(fork.strategy)
    kept = {name: state[name] for name in ("count", "best", "ask", "most", "grown", "late", "window", "pair")}
    for name, value in kept.items():
        np.testing.assert_equal(value, vars(session.strategy)[name], name)
    assert fork.strategy.late == 10 and len(fork.strategy.grown) == 10
    assert (fork.strategy.level, fork.strategy.slots, fork.strategy.recent) == (1.0, [0] * 5, deque(maxlen=5))
    assert fork.strategy.recent.maxlen == len(fork.strategy.array) == len(fork.strategy.untouched[0]) == 5
    assert not fork.strategy.array.any() and "once" not in state
    assert vars(session.fork(20).strategy).keys() == vars(session.strategy).keys(), "nothing was changed"
