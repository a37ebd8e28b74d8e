"""Where trailing stops stood: by hand, as the engine led them, and what explanations and the state at a tick say of them."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import btlab as bt
from btlab.session.trailing import followed, level_of, trails
from tests.market.streams import random_ticks
from tests.session.gambler import Gambler
from tests.session.test_explain import quotes


class Trail(bt.Strategy):
    """Buys or sells at the start with a trailing stop."""

    side: int = 1
    away: float = 0.5
    percent: float = 0.0

    def on_start(self, ctx):
        if self.side > 0:
            if self.percent > 0.0:
                ctx.buy(size=10, trailing_percent=self.percent)
            else:
                ctx.buy(size=10, trailing=self.away)
        else:
            ctx.sell(size=10, trailing=self.away)


def test_a_stop_that_is_led_up_twice() -> None:
    """Long from tick 0 at a bid of 100: 99.5; 100.5 after tick 1, 101.5 after tick 3; 101.6 is 0.1 away, 101.4 meets it."""
    session = bt.run(Trail(), quotes(100.0, 101.0, 100.7, 102.0, 101.9, 101.6, 101.8, 101.4))
    ticks, levels = followed(session, 0)
    assert (ticks.tolist(), levels.tolist()) == ([0, 1, 3], [99.5, 100.5, 101.5])
    (held,) = session.explain(1).brackets
    assert (held.rule, held.what, held.watched, held.when) == ("execution.held", "the trailing stop", "bid", "at or below")
    assert (held.first_tick, held.last_tick, held.level, held.moved) == (1, 6, 101.5, 2)
    assert [(step.tick, step.level) for step in held.followed] == [(0, 99.5), (1, 100.5), (3, 101.5)]
    assert (held.nearest_tick, held.nearest_quote, held.distance) == (5, 101.6, pytest.approx(0.1))
    assert "at or below 101.5 (from 99.5 at tick 0, led 2 times)" in repr(session.explain(1))
    assert [session.at(tick).trades["trailing_stop"][0] for tick in (0, 1, 2, 3, 6, 7)] == [
        99.5,
        100.5,
        100.5,
        101.5,
        101.5,
        None,
    ]


def test_the_nearest_is_measured_to_where_the_stop_stood_then() -> None:
    """Bids 100, 99.6 (0.1 over 99.5), 103, 102.6 (0.1 over 102.5), 104, 103.55: 0.05 over 103.5."""
    ticks = bt.Ticks.from_arrays(np.arange(6), [100.0, 99.6, 103.0, 102.6, 104.0, 103.55], [104.0] * 6, symbol="TEST")
    (held,) = bt.run(Trail(), ticks).explain(1).brackets
    assert (held.nearest_tick, held.nearest_quote, held.distance) == (5, 103.55, pytest.approx(0.05))
    (led,) = bt.run(Trail(), quotes(100.0, 101.0, 103.0)).explain(1).brackets
    assert led.distance == pytest.approx(1.5), "101 was held against 99.5, and led it to 100.5 only then"


def test_a_short_and_a_percent() -> None:
    """Sold at 100: asks 100.2, 99.2, 98.2; half a point over the best. Bought with 1 %: 99 % of the best bid."""
    short = bt.run(Trail(side=-1), quotes(100.0, 99.0, 99.1, 98.0))
    assert followed(short, 0)[1].tolist() == [100.7, 99.7, 98.7]
    (held,) = short.explain(1).brackets
    assert (held.watched, held.when, held.level) == ("ask", "at or above", 99.7)
    long = bt.run(Trail(percent=1.0), quotes(100.0, 100.5, 102.0))
    assert followed(long, 0)[1].tolist() == pytest.approx([99.0, 99.495, 100.98])


def test_what_waits_at_a_moment() -> None:
    session = bt.run(Trail(), quotes(100.0, 101.0, 100.7, 102.0))
    told = session.explain_at(2)
    (lot,), (waits,) = told.lots, told.next
    assert lot.trailing_stop == 100.5
    assert (waits.rule, waits.level, waits.quote, waits.distance) == ("execution.trailing", 100.5, 100.7, pytest.approx(0.2))
    assert "trailing stop 100.5" in repr(told) and "the trailing stop of trade 1" in repr(told)


def test_many_steps_are_told_by_some_of_them() -> None:
    (held,) = bt.run(Trail(), quotes(*np.round(np.arange(100.0, 130.0, 0.1), 1))).explain(1).brackets
    assert held.moved == 298 and len(held.followed) == 64
    assert held.followed[0].level == 99.5 and held.followed[-1].level == held.level == pytest.approx(129.3)


class OnBars(Gambler):
    timeframe = ("5m", "15m")


class EveryTick(Gambler):
    def on_tick(self, ctx):
        pass


class Hedged(bt.Strategy):
    def init(self):
        self.calls = 0

    def on_bar(self, ctx):
        self.calls += 1
        if self.calls % 5 == 0:
            ctx.buy(size=2, trailing=0.0004)
        if self.calls % 7 == 0:
            ctx.sell(size=3, trailing_percent=0.03)


def runs() -> list[Any]:
    """Sessions on ticks and on bars, with everything that changes what a trailing stop follows."""
    ticks = random_ticks(31, 3_000)
    bars, minutes = bt.bars(ticks, "5m"), bt.bars(ticks, "1m")
    widened, late = bt.Execution(widen=0.5), bt.Execution(latency="3s")
    return [
        bt.run(Gambler(seed=1, eager=10), ticks),
        bt.run(Gambler(seed=2, eager=10), ticks, execution=late),
        bt.run(EveryTick(seed=1, eager=10), ticks, execution=widened),
        bt.run(Hedged(), ticks, account=bt.Account(mode="hedging", leverage=5)),
        bt.run(OnBars(seed=1, eager=10), bars),
        bt.run(OnBars(seed=2, eager=10), bars, spread=0.0001, execution=widened),
        bt.run(OnBars(seed=3, eager=10), bars, execution=bt.Execution(fill="current")),
        bt.run(OnBars(seed=4, eager=10), bars, execution=bt.Execution(intrabar=minutes)),
    ]


@pytest.mark.filterwarnings("ignore")
def test_they_stood_where_the_engine_led_them() -> None:
    """The engine keeps the best quote of each lot at its end; on bars the path of the exit's own bar may have led it further."""
    found = 0
    for session in runs():
        trades, on_bars = session.records["trade"], isinstance(session.data, bt.Bars)
        for row in np.flatnonzero(trails(trades)).tolist():
            trade, levels = trades[row], followed(session, row)[1]
            if not len(levels):
                assert trade["exit_tick"] == trade["entry_tick"] or np.isnan(trade["best"])
                continue
            led_to, side = float(level_of(session, trade, trade["best"])), float(trade["side"])
            assert (np.diff(levels) * side > 0.0).all()
            assert levels[-1] == led_to or (on_bars and trade["exit_tick"] >= 0 and (levels[-1] - led_to) * side < 0.0)
            found += 1
    assert found > 500


def test_what_the_nights_of_an_open_trade_will_cost_is_not_known() -> None:
    """A trade that is open at a moment has paid less by then than it will have in the end."""
    from tests.widgets.test_node import accounts

    session = accounts()["hedged-nights"]
    tick = len(session.data) // 2
    trades = session.at(tick).trades
    still = trades["exit_tick"].is_null()
    assert still.any() and trades.filter(still)["financing"].null_count() == still.sum()
    assert trades.filter(~still)["financing"].null_count() == 0
    assert session.trades["financing"].abs().sum() > 0.0


def stops_at(session: bt.Session, tick: int) -> set[tuple[int, float]]:
    """(order of the entry, level): a part that is to leave later is a row already."""
    return set(session.at(tick).trades.select("entry_order", "trailing_stop").drop_nulls().iter_rows())


def test_nothing_of_later_is_looked_at() -> None:
    """The state at a tick, from a run that ended there and from one that went on."""
    ticks = random_ticks(33, 1_500)
    whole = bt.run(Gambler(seed=5, eager=10), ticks)
    seen = 0
    for tick in range(100, 1_400, 97):
        now = stops_at(whole, tick)
        assert stops_at(bt.run(Gambler(seed=5, eager=10), ticks[: tick + 1]), tick) == now
        seen += len(now)
    assert seen > 10
