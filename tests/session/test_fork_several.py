"""A fork of several symbols runs all of them on from there, and gives the run of all, or the symbol's part of it."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import btlab as bt
from btlab.errors import ParameterError, RunError
from tests.engine.several_strategies import NAMES, Dice, rolled
from tests.engine.test_several import ACCOUNT, COSTS, streams
from tests.session.test_checkpoint_several import assert_same
from tests.session.test_fork import CHANGED, TICKS, Plain

RULES: dict[str, Any] = {"cash": 5_000.0, "account": ACCOUNT, "execution": COSTS, "seed": 5}


class Sized(bt.Strategy):
    """Trades whatever symbol is drawn, by a size that is a parameter."""

    timeframe = "1m"
    size: int = 100

    def init(self):
        self.state = 7

    def on_bar(self, ctx):
        self.state = rolled(self.state)
        roll = self.state // 65_536
        symbol, quote = roll % ctx.symbols, ctx.of(roll % ctx.symbols).bid
        if roll // 3 % 4 == 0 and quote > 0.0:
            ctx.buy(size=self.size + roll % 5, stop_loss=quote * 0.9995, symbol=symbol)
        elif roll // 3 % 4 == 1 and quote > 0.0:
            ctx.sell(size=self.size, limit=quote * 1.0002, take_profit=quote * 0.9995, symbol=symbol)
        elif roll // 3 % 4 == 2:
            ctx.close_position(symbol=symbol)


class Resized(Sized):
    """The same with another size from a time on: the whole run in one."""

    when: int = 0

    def on_bar(self, ctx):
        self.state = rolled(self.state)
        roll = self.state // 65_536
        symbol, quote = roll % ctx.symbols, ctx.of(roll % ctx.symbols).bid
        size = 300 if ctx.time > self.when else 100
        if roll // 3 % 4 == 0 and quote > 0.0:
            ctx.buy(size=size + roll % 5, stop_loss=quote * 0.9995, symbol=symbol)
        elif roll // 3 % 4 == 1 and quote > 0.0:
            ctx.sell(size=size, limit=quote * 1.0002, take_profit=quote * 0.9995, symbol=symbol)
        elif roll // 3 % 4 == 2:
            ctx.close_position(symbol=symbol)


@pytest.mark.parametrize("mode", ["compiled", "interpreted"])
def test_a_fork_is_the_run_that_changes_by_itself(mode: str) -> None:
    data = streams(2, 600)
    session = bt.run(Sized(), data, mode=mode, **RULES)
    for symbol, tick in (("GBPUSD", 300), ("USDJPY", 40), ("GBPUSD", 599)):
        time = int(data[symbol].time[tick])
        fork = session.of(symbol).fork(tick, size=300)
        right = bt.run(Resized(when=time), data, mode=mode, **RULES)
        assert fork.symbol == symbol and fork.parameters["size"] == 300
        assert len(right.fills) > 50 and right.fingerprint != session.fingerprint
        assert fork.whole.fingerprint == right.fingerprint and fork.whole.equity.equals(right.equity)
        assert fork.fills.equals(right.of(symbol).fills) and fork.equity.equals(right.of(symbol).equity)
        assert fork.whole.strategy.state == right.strategy.state


def test_all_are_counted_as_until_counts_them_and_a_time_is_the_same_moment() -> None:
    data = streams(3, 300)
    session = bt.run(Sized(), data, **RULES)
    rows = sorted((int(time), name, tick) for name, ticks in data.items() for tick, time in enumerate(ticks.time))
    for index in (0, 200, 517, 898):
        time, symbol, tick = rows[index]
        fork = session.fork(index, size=250)
        assert fork.fingerprint == session.of(symbol).fork(tick, size=250).whole.fingerprint
        if rows[index + 1][0] > time:
            assert fork.fingerprint == session.fork(str(np.datetime64(time, "us")), size=250).fingerprint


@pytest.mark.parametrize("ending", [{}, {"close_at_end": True}, {"until": 1_200}])
def test_a_fork_that_changes_nothing_is_the_run_itself(ending: dict[str, Any]) -> None:
    """Wherever it is made, on ticks and on bars, before some symbol has a tick, and forked again."""
    data = streams(4, 600)
    late = int(np.searchsorted(data["USDJPY"].time, data["EURUSD"].time[10]))
    data["USDJPY"] = data["USDJPY"][late:]
    bars = {name: bt.bars(ticks, "1m") for name, ticks in data.items()}
    for given, ats in ((data, (0, 5, 700, 1_190)), (bars, (0, 30))):
        options = ending if given is data else {name: 60 if name == "until" else value for name, value in ending.items()}
        session = bt.run(Dice(seed=4), given, **RULES, **options)
        for at in ats:
            fork = session.fork(at)
            assert_same(session, fork)
            assert [len(each) for each in fork.data.values()] == [len(each) for each in session.data.values()]
        assert_same(session, session.fork(ats[1]).fork(ats[1] + 20))
        assert_same(session, fork.again())


def test_a_symbol_beside_one_that_never_trades_is_forked_as_it_is_alone() -> None:
    other = bt.simulate_ticks("GBPUSD", days=1)[:20_000]
    alone, beside = bt.run(Plain(), TICKS), bt.run(First(), {"EURUSD": TICKS, "GBPUSD": other})
    part = beside.of("EURUSD")
    assert part.fills.equals(alone.fills) and len(alone.fills) > 10
    for tick in (1, 15_000):
        one, two = alone.fork(tick, **CHANGED), part.fork(tick, **CHANGED)
        for table in ("orders", "fills", "trades", "changes"):
            assert getattr(one, table).equals(getattr(two, table)), (tick, table)
        assert one.fingerprint == two.fingerprint != alone.fingerprint
        assert two.whole.of("GBPUSD").fills.is_empty()
        known = two.equity.join(one.equity, on=["time", "equity", "cash", "position_value"], how="semi")
        assert set(one.equity["time"]) == set(known["time"])


class First(Plain):
    """Plain on the first symbol, deaf for the others."""

    def on_bar(self, ctx):
        if ctx.symbol != 0:
            return
        self.seen += 1
        self.lows[self.seen % 4] = ctx.low("5m")
        if ctx.position == 0.0 and self.seen % 3 == 0:
            if ctx.close("5m") > ctx.value(self.sma):
                ctx.buy(size=self.size + self.seen % 7, stop_loss=ctx.bid - self.away)
            else:
                ctx.sell(size=self.size, stop_loss=ctx.ask + self.away, limit=self.lows[self.seen % 4])
        elif self.seen % 8 == 1:
            ctx.close_position()


def test_what_a_fork_did_is_explained_and_drawn() -> None:
    data = streams(2, 600)
    part = bt.run(Sized(), data, **RULES).of("EURUSD").fork(200, size=300)
    trade = part.trades.filter(part.trades["entry_tick"] > 210)["id"][0]
    told = part.explain(trade)
    assert told.entry.decision.found and told.entry.size >= 300
    replay = part.replay(at=250)
    other = replay.fork(size=500)
    assert other.fingerprint == part.fork(250, size=500).fingerprint != part.fingerprint


def test_what_cannot_be_forked_is_said() -> None:
    data = streams(5, 100)
    session = bt.run(Sized(), data, mode="interpreted", **RULES)
    with pytest.raises(ParameterError, match="no parameter 'sise'"):
        session.of("EURUSD").fork(5, sise=3)
    with pytest.raises(RunError, match="a fork begins after a tick from 0 to 298, of all symbols together"):
        session.fork(-1, size=3)
    with pytest.raises(RunError, match="a fork begins after a tick"):
        session.fork("1999-01-01", size=3)
    with pytest.raises(RunError, match="there is no tick 100 of EURUSD"):
        session.of("EURUSD").fork(100, size=3)
    last = max(NAMES, key=lambda name: (data[name].time[-1], name))
    with pytest.raises(RunError, match="a fork begins after a tick"):
        session.of(last).fork(99, size=3)
