"""Explanations against answers known by hand: ten quotes, one order, and what a trader would say of it."""

from __future__ import annotations

import json
import math
from dataclasses import fields
from typing import Any

import numpy as np
import polars as pl
import pytest

import btlab as bt
from btlab.session.explain import schema
from btlab.session.explain.rules import RULES
from btlab.session.explain.schema import Event, OrderStory, TradeExplanation
from tests.market.streams import random_ticks
from tests.session.gambler import Gambler, GamblerByTick

MODES = ("compiled", "interpreted")
SECOND = 1_000_000


def quotes(*bids: float, spread: float = 0.2) -> bt.Ticks:
    """One quote a second; the grid is 0.1."""
    bid = np.array(bids)
    return bt.Ticks.from_arrays(np.arange(len(bid)) * SECOND, bid, np.round(bid + spread, 1), symbol="TEST")


class AtTick(bt.Strategy):
    """Does one thing after tick `when`, and perhaps another after tick `then`."""

    when: int = 0
    then: int = 99
    what: str = "buy"
    later: str = ""
    level: float = 100.0

    def init(self):
        self.taken = -1
        self.order = 0
        self.half = 0.5

    def on_tick(self, ctx):
        self.taken += 1
        if self.taken == self.when:
            if self.what == "buy":
                self.order = ctx.buy(size=10, tag="why")
            elif self.what == "limit":
                self.order = ctx.buy(size=10, limit=self.level)
            elif self.what == "stop":
                self.order = ctx.buy(size=10, stop=self.level)
            elif self.what == "stop limit":
                self.order = ctx.buy(size=10, stop=self.level, limit=self.level + 0.3)
            elif self.what == "bracket":
                self.order = ctx.buy(size=10, stop_loss=self.level - 1.0, take_profit=self.level + 1.0)
            elif self.what == "trail":
                self.order = ctx.buy(size=10, trailing=0.5)
            elif self.what == "huge":
                self.order = ctx.buy(size=1_000)
            elif self.what == "post":
                self.order = ctx.buy(size=10, limit=self.level, post_only=True)
            elif self.what == "ioc":
                self.order = ctx.buy(size=10, limit=self.level, tif=bt.IOC)
            elif self.what == "expire":
                self.order = ctx.buy(size=10, limit=self.level, expire="3s")
            elif self.what == "oco":
                self.order = ctx.buy(size=10, limit=self.level, oco=1)
                ctx.buy(size=10, stop=self.level + 1.0, oco=1)
            elif self.what == "nan":
                self.order = ctx.buy(size=10, stop_loss=ctx.close("1h"))
        if self.taken == self.then:
            if self.later == "close":
                ctx.close_position()
            elif self.later == "half":
                ctx.close_position(self.half)
            elif self.later == "turn":
                ctx.sell(size=25)
            elif self.later == "huge":
                ctx.buy(size=1_000)
            elif self.later == "move":
                ctx.modify(self.order, stop_loss=self.level - 0.5)
            elif self.later == "change":
                ctx.modify(self.order, limit=self.level + 0.5)
            elif self.later == "cancel":
                ctx.cancel(self.order)


def played(ticks: Any, mode: str, **parameters: Any) -> bt.Session:
    return bt.run(AtTick(**parameters), ticks, mode=mode, cash=10_000.0)


def story(session: bt.Session, order: int = 1) -> OrderStory:
    """The story of an order that made no trade, as the explanation of a trade tells it."""
    from btlab.session.explain.orders import rows_of_order, story_of
    from btlab.session.explain.replaying import Follower

    follower = Follower(session)
    follower.changes_until([rows_of_order(session, order)[0]])
    return story_of(session, order, follower)


def last(story: OrderStory) -> Event:
    return story.events[-1]


@pytest.mark.parametrize("mode", MODES)
def test_a_market_order_and_its_close(mode: str) -> None:
    """Bought after tick 1, filled at tick 2 at the ask 100.5; closed after tick 3, filled at tick 4 at the bid 100.4."""
    told = played(quotes(100.0, 100.1, 100.3, 100.2, 100.4), mode, when=1, then=3, later="close").explain(1)
    entry, left = told.entry, told.exit
    assert isinstance(told, TradeExplanation) and left is not None and told.left is not None
    assert (entry.order, entry.order_kind, entry.side, entry.size, entry.tag, entry.state) == (
        1,
        "market",
        "buy",
        10.0,
        "why",
        "filled",
    )
    assert entry.decision.found and entry.decision.source == 'self.order = ctx.buy(size=10, tag="why")'
    assert entry.decision.place.startswith("AtTick.on_tick:") and entry.decision.file == __file__
    call = entry.decision.by
    assert call is not None and (call.method, call.timeframe, call.tick, call.time) == ("on_tick", None, 1, SECOND)
    assert [(seen.of, seen.name, seen.value) for seen in call.seen] == [
        ("self", "taken", 0), ("self", "taken", 1), ("self", "when", 1), ("self", "what", "buy"),
    ]  # fmt: skip
    assert [(act.name, act.arguments, act.gave) for act in call.acts] == [("buy", "size=10, tag='why'", 1)]
    filled = last(entry)
    assert (filled.rule, filled.tick, filled.time, filled.price, filled.bid, filled.ask) == (
        "execution.market", 2, 2 * SECOND, 100.5, 100.3, 100.5,
    )  # fmt: skip
    assert (last(left).rule, last(left).tick, last(left).price, left.decision.source) == (
        "execution.close", 4, 100.4, "ctx.close_position()",
    )  # fmt: skip
    assert told.left.tick == 4 and told.brackets == () and told.trade["exit_reason"] == "close"


@pytest.mark.parametrize("mode", MODES)
def test_a_limit_that_was_missed_by_a_tick_and_then_met(mode: str) -> None:
    """Limit 99.8 from tick 1 on: asks 100.2, 99.9 (0.1 away), 100.1, then 99.7 at tick 4: filled at the limit."""
    told = played(quotes(100.1, 100.0, 99.7, 99.9, 99.5), mode, what="limit", level=99.8).explain(1)
    (held,) = told.entry.held
    assert (held.rule, held.what, held.watched, held.when, held.level) == (
        "execution.held",
        "the limit",
        "ask",
        "at or below",
        99.8,
    )
    assert (held.first_tick, held.last_tick, held.nearest_tick, held.nearest_quote) == (1, 3, 2, 99.9)
    assert held.distance == pytest.approx(0.1)
    assert (last(told.entry).rule, last(told.entry).tick, last(told.entry).price) == ("execution.limit.touched", 4, 99.8)
    assert told.exit is None and told.left is None
    beyond = played(quotes(100.1, 99.5), mode, what="limit", level=99.8).explain(1).entry
    assert (last(beyond).rule, last(beyond).price, last(beyond).bound, beyond.held) == ("execution.limit.beyond", 99.7, 99.8, ())


@pytest.mark.parametrize("mode", MODES)
def test_stops_touched_and_jumped_over(mode: str) -> None:
    touched = last(played(quotes(100.0, 100.1, 100.3), mode, what="stop", level=100.5).explain(1).entry)
    assert (touched.rule, touched.tick, touched.value, touched.bound) == ("execution.stop.touched", 2, 100.5, 100.5)
    gap = last(played(quotes(100.0, 100.1, 103.0), mode, what="stop", level=100.5).explain(1).entry)
    assert (gap.rule, gap.price, gap.level) == ("execution.stop.gap", 103.2, 100.5)
    assert "jumped beyond the stop" in gap.text


@pytest.mark.parametrize("mode", MODES)
def test_a_stop_limit_waits_twice(mode: str) -> None:
    """Stop 100.5 met at tick 2 by an ask of 101.2, over its limit 100.8; asks 101.0, then 100.7 at tick 4."""
    entry = played(quotes(100.0, 100.1, 101.0, 100.8, 100.5), mode, what="stop limit", level=100.5).explain(1).entry
    one, other = entry.held
    assert (one.what, one.first_tick, one.last_tick, one.nearest_quote, one.when) == ("the stop", 1, 1, 100.3, "at or above")
    assert (other.what, other.first_tick, other.last_tick, other.nearest_tick, other.when) == (
        "the limit",
        2,
        3,
        3,
        "at or below",
    )
    assert [event.rule for event in entry.events] == [
        "order.placed", "execution.stop_limit.triggered", "execution.stop_limit.touched",
    ]  # fmt: skip
    assert last(entry).price == 100.8


@pytest.mark.parametrize("mode", MODES)
def test_a_bracket_that_was_moved_and_jumped_over(mode: str) -> None:
    """Long at 100.2 from tick 1; stop 99.0, target 101.0. Moved to 99.5 after tick 3; bids 100.9, 99.6, then 98.7 at tick 6."""
    ticks = quotes(100.0, 100.0, 100.9, 100.2, 99.6, 99.8, 98.7)
    told = played(ticks, mode, what="bracket", level=100.0, then=3, later="move").explain(1)
    assert told.exit is None and told.left is not None
    assert (told.left.rule, told.left.tick, told.left.price, told.left.level) == ("execution.stop_loss.gap", 6, 98.7, 99.5)
    first, moved, target = told.brackets
    assert (first.what, first.level, first.first_tick, first.last_tick, first.nearest_quote) == (
        "the stop loss",
        99.0,
        2,
        3,
        100.2,
    )
    assert (moved.level, moved.first_tick, moved.last_tick, moved.nearest_tick, moved.watched) == (99.5, 4, 5, 4, "bid")
    assert moved.distance == pytest.approx(0.1)
    assert (target.what, target.level, target.first_tick, target.last_tick, target.nearest_tick) == (
        "the take profit",
        101.0,
        2,
        5,
        2,
    )
    assert told.bracket_set_by is not None and told.bracket_set_by.source.startswith("ctx.modify(self.order")
    assert "execution.stop_loss.gap" in repr(told) and "Moved last by AtTick.on_tick" in repr(told)


@pytest.mark.parametrize("mode", MODES)
def test_targets_and_stops_met_exactly(mode: str) -> None:
    target = played(quotes(100.0, 100.0, 100.5, 101.3), mode, what="bracket").explain(1).left
    assert target is not None and (target.rule, target.price, target.bid) == ("execution.take_profit.touched", 101.0, 101.3)
    stop = played(quotes(100.0, 100.0, 100.5, 99.0), mode, what="bracket").explain(1).left
    assert stop is not None and (stop.rule, stop.price) == ("execution.stop_loss.touched", 99.0)


@pytest.mark.parametrize("mode", MODES)
def test_a_trailing_stop_half_a_point_behind_a_best_bid_of_101(mode: str) -> None:
    left = played(quotes(100.0, 100.0, 101.0, 100.7, 100.5), mode, what="trail").explain(1).left
    assert left is not None and (left.rule, left.tick, left.level) == ("execution.trailing.touched", 4, 100.5)
    gap = played(quotes(100.0, 100.0, 101.0, 100.7, 100.2), mode, what="trail").explain(1).left
    assert gap is not None and (gap.rule, gap.price, gap.level) == ("execution.trailing.gap", 100.2, 100.5)


REFUSALS = {
    "huge": ("order.margin", "rejected", 1, 100_200.0, 10_000.0),
    "post": ("order.post_only", "rejected", 1, 100.2, 100.5),
    "ioc": ("order.tif", "cancelled", 1, 100.2, 99.5),
    "expire": ("order.expired", "expired", 2, 3.0 * SECOND, 3.0 * SECOND),
    "nan": ("order.level", "rejected", 0, None, 0.0),
}


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("what", REFUSALS)
def test_what_refused_an_order(what: str, mode: str) -> None:
    """1,000 at 100.2 need 100,200 of 10,000; a post-only limit of 100.5 meets an ask of 100.2; and so on."""
    level = {"post": 100.5, "ioc": 99.5, "expire": 99.5}.get(what, 100.0)
    told = story(played(quotes(*[100.0] * 6), mode, what=what, level=level))
    end = last(told)
    assert (end.rule, end.what, end.tick, end.value, end.bound) == REFUSALS[what]
    assert told.state == end.what and told.decision.found


def test_margin_counts_what_is_held_already() -> None:
    """10 held at 100.2; 1,000 more at 100.5 make 1,010: 101,505 against 10,000 + 10 x (100.3 - 100.2)."""
    end = last(story(played(quotes(100.0, 100.0, 100.1, 100.3), "compiled", then=2, later="huge"), 2))
    assert (end.rule, end.tick) == ("order.margin", 3)
    assert (end.value, end.bound) == (pytest.approx(101_505.0), pytest.approx(10_001.0))


@pytest.mark.parametrize("mode", MODES)
def test_one_cancels_the_other_and_a_cancel(mode: str) -> None:
    session = played(quotes(100.0, 100.1, 99.7), mode, what="oco", level=99.9)
    assert last(session.explain(1).entry).rule == "execution.limit.touched"
    other = story(session, 2)
    assert (last(other).rule, last(other).tick, last(other).what) == ("order.oco", 2, "cancelled")
    assert [(held.first_tick, held.last_tick) for held in other.held] == [(1, 1)]
    cancelled = story(played(quotes(*[100.0] * 6), mode, what="limit", level=99.5, then=3, later="cancel"))
    assert (last(cancelled).rule, last(cancelled).tick) == ("order.cancelled", 3)
    assert [(held.first_tick, held.last_tick) for held in cancelled.held] == [(1, 3)]
    moved = story(played(quotes(*[100.0] * 6), mode, what="limit", level=99.5, then=3, later="change"))
    assert [(held.level, held.first_tick, held.last_tick) for held in moved.held] == [(99.5, 1, 3), (100.0, 4, 5)]
    assert [event.rule for event in moved.events] == ["order.placed", "order.modified"]


@pytest.mark.parametrize("mode", MODES)
def test_a_reversal_and_a_partial_close(mode: str) -> None:
    session = played(quotes(100.0, 100.1, 100.2, 100.3, 100.4), mode, then=2, later="turn")
    long, short = session.explain(1), session.explain(2)
    assert long.exit is not None and long.exit.order == short.entry.order == 2
    assert last(long.exit) == last(short.entry) and last(short.entry).size == 25.0 and short.trade["size"] == 15.0
    session = played(quotes(100.0, 100.1, 100.2, 100.3, 100.4), mode, then=2, later="half")
    rest, part = session.explain(1), session.explain(2)
    assert rest.exit is None and part.exit is not None and part.trade["parent"] == 1 and part.exit.order == 2
    assert part.exit.decision.by is not None and ("self", "half", 0.5) in [
        (s.of, s.name, s.value) for s in part.exit.decision.by.seen
    ]
    assert "It is a part of trade 1" in repr(part) and "It is still open" in repr(rest)


def test_on_bars_the_path_is_what_came_near() -> None:
    """A limit of 99.8 over bars whose lows are 99.9 and 99.85 (spread 0.1: asks 100.0 and 99.95), then 99.5."""
    import polars as pl

    frame = pl.DataFrame(
        {
            "time": [60_000_000 * k for k in range(5)],
            "open": [100.0] * 5, "high": [100.3] * 5, "low": [99.9, 99.9, 99.8, 99.9, 99.5], "close": [100.0] * 5,
        }
    )  # fmt: skip
    bars = bt.Bars.from_frame(frame, symbol="TEST", timeframe="1m")
    for mode in MODES:
        told = bt.run(AtTick(what="limit", level=99.8), bars, mode=mode, spread=0.1).explain(1)
        (held,) = told.entry.held
        assert (held.first_tick, held.last_tick, held.nearest_tick, held.nearest_quote) == (1, 3, 2, pytest.approx(99.9))
        assert (last(told.entry).rule, last(told.entry).tick, last(told.entry).price) == ("execution.limit.touched", 4, 99.8)
        gap = frame.with_columns(pl.Series("open", [100.0, 100.0, 100.0, 100.0, 99.5]))
        session = bt.run(
            AtTick(what="limit", level=99.8), bt.Bars.from_frame(gap, symbol="TEST", timeframe="1m"), mode=mode, spread=0.1
        )
        assert (last(session.explain(1).entry).rule, last(session.explain(1).entry).price) == ("execution.limit.beyond", 99.6)


@pytest.mark.parametrize("mode", MODES)
def test_a_moment(mode: str) -> None:
    """After tick 3: long 10 at 100.2 with a bracket of 99.0 and 101.0, the bid at 100.2; the bracket moves after this tick."""
    session = played(quotes(100.0, 100.0, 100.9, 100.2, 99.6), mode, what="bracket", level=100.0, then=3, later="move")
    told = session.explain_at(3)
    assert (told.tick, told.time, told.bid, told.ask, told.position, told.note) == (3, 3 * SECOND, 100.2, 100.4, 10.0, "")
    (lot,) = told.lots
    assert (lot.trade, lot.side, lot.size, lot.entry_tick, lot.entry_price, lot.stop_loss) == (1, "long", 10.0, 1, 100.2, 99.5)
    assert lot.open_profit == pytest.approx(0.0) and told.equity == pytest.approx(10_000.0)
    assert [(one.rule, one.level) for one in told.next] == [("execution.stop_loss", 99.5), ("execution.take_profit", 101.0)]
    assert [one.distance for one in told.next] == [pytest.approx(0.7), pytest.approx(0.8)]
    (call,) = told.calls
    assert (call.method, call.tick) == ("on_tick", 3) and [act.name for act in call.acts] == ["modify"]
    assert [event.rule for event in told.events] == ["order.bracket"]
    entered = session.explain_at(1)
    assert [(event.rule, event.price) for event in entered.events] == [("execution.market", 100.2)]
    assert [one.when for one in session.explain_at(0).next] == ["at once"]
    assert "Trade 1: long 10 at 100.2" in repr(told)


@pytest.mark.parametrize("mode", MODES)
def test_a_moment_tells_what_came_of_orders_since_the_tick_before(mode: str) -> None:
    """Placed and refused at the close at 60 s, expired ten seconds later: between ticks 1 (30 s) and 2 (90 s)."""

    class BetweenTicks(bt.Strategy):
        def on_start(self, ctx):
            ctx.buy(size=math.nan)

        def on_bar(self, ctx):
            if ctx.count("1m") == 1:
                ctx.buy(size=1, stop_loss=math.nan)
                ctx.buy(size=1, limit=0.5, expire="10s")
                ctx.buy(size=1, limit=0.6)

    ticks = bt.Ticks.from_arrays([0, 30 * SECOND, 90 * SECOND, 95 * SECOND], [1.1] * 4, [1.2] * 4, symbol="TEST")
    session = bt.run(BetweenTicks(), ticks, mode=mode)

    def told(moment: Any) -> list[tuple[int, str]]:
        return [(event.order, event.rule) for event in session.explain_at(moment).events]

    at_the_close = [(2, "order.placed"), (2, "order.level"), (3, "order.placed"), (4, "order.placed")]
    assert [told(tick) for tick in range(4)] == [
        [(1, "order.placed"), (1, "order.size")], [], [*at_the_close, (3, "order.expired")], [],
    ]  # fmt: skip
    assert told("1970-01-01 00:01") == at_the_close
    lines = str(session.explain_at(2))
    assert "Expired at tick 1, 1970-01-01 00:01:10: its time was over [order.expired]" in lines
    assert "(NaN against 0) [order.level]" in lines


def test_a_moment_of_bars_tells_what_came_of_orders_at_the_close_before() -> None:
    class AtAClose(bt.Strategy):
        timeframe = "1d"

        def on_bar(self, ctx):
            if ctx.count("1d") == 2:
                ctx.buy(size=1, stop_loss=-1.0)
                ctx.buy(size=1)

    prices = [100.0] * 4
    frame = pl.DataFrame(
        {"time": [i * 86_400 * SECOND for i in range(4)]} | dict.fromkeys(("open", "high", "low", "close"), prices)
    )
    days = bt.Bars.from_frame(frame.with_columns(pl.col("time").cast(pl.Datetime("us", "UTC"))), symbol="TEST", timeframe="1d")
    session = bt.run(AtAClose(), days)
    told = [[(event.order, event.rule) for event in session.explain_at(bar).events] for bar in range(4)]
    placed = [(2, "execution.market"), (1, "order.placed"), (1, "order.level"), (2, "order.placed")]
    assert told == [[], [], placed, []]


def test_a_moment_names_the_bars_that_its_tick_closed() -> None:
    class Closes(bt.Strategy):
        timeframe = ("1m", "5m")

        def on_bar(self, ctx):
            if ctx.count("5m") == 1:
                ctx.buy(size=1, limit=ctx.low("5m"))

    ticks = bt.Ticks.from_arrays([0, 270 * SECOND, 310 * SECOND, 311 * SECOND], [1.1] * 4, [1.2] * 4, symbol="TEST")
    for mode in MODES:
        session = bt.run(Closes(), ticks, mode=mode)
        assert [(c.timeframe, c.tick, c.time, len(c.acts)) for c in session.explain_at(2).calls] == [
            ("1m", 1, 300 * SECOND, 1), ("5m", 1, 300 * SECOND, 1),
        ]  # fmt: skip
        assert session.explain_at(3).calls == ()
        assert [c.timeframe for c in session.explain_at("1970-01-01 00:05").calls] == ["1m", "1m", "5m"]


def values_of(story: OrderStory) -> list[tuple[str, str, str, Any]]:
    assert story.decision.by is not None
    return [(seen.of, seen.name, seen.arguments, repr(seen.value)) for seen in story.decision.by.seen]


@pytest.mark.parametrize("kind", [Gambler, GamblerByTick])
def test_every_trade_of_a_gambler_is_explained_and_the_same_in_both_modes(kind: type[bt.Strategy]) -> None:
    """The rows of the session say which order, tick and price; the explanation must name the same, and find every call."""
    for data in (random_ticks(21, 700), bt.bars(random_ticks(22, 1_500), "1m")):
        compiled, interpreted = (bt.run(kind(seed=3, eager=7), data, mode=mode) for mode in MODES)
        assert len(compiled.trades) > 15
        for trade in compiled.trades.head(25).iter_rows(named=True):
            told, other = compiled.explain(trade["id"]), interpreted.explain(trade["id"])
            assert told.to_json() == other.to_json()
            order = compiled.orders.row(told.entry.order - 1, named=True)
            assert told.entry.decision.found and told.entry.order == trade["entry_order"]
            assert told.entry.decision.by.tick == order["created_tick"]  # type: ignore[union-attr]
            fills = [event for event in told.entry.events if event.what == "filled"]
            assert (trade["entry_tick"], trade["entry_price"]) in [(fill.tick, fill.price) for fill in fills]
            assert values_of(told.entry) or told.entry.order == 1, "only on_start reads nothing"
            assert {event.rule for event in told.entry.events} <= RULES.keys() | CODES
            if trade["exit_tick"] is not None:
                assert told.left is not None and (told.left.tick, told.left.price) == (trade["exit_tick"], trade["exit_price"])
                assert (told.exit is None) == (trade["exit_reason"] in ("stop_loss", "take_profit", "trailing"))
                assert told.exit is None or told.exit.decision.found
            for held in (*told.entry.held, *told.brackets):
                assert held.distance is None or held.distance > 0.0, "what worked and was not met was not met"


CODES = {
    f"order.{code}"
    for code in ("margin", "oco", "tif", "expired", "flat", "lot", "risk", "target", "post_only", "stop_limit", "level")
}


class AboveItsMean(bt.Strategy):
    """Reads an indicator by its handle, and one out of several held together."""

    timeframe = "1m"

    def init(self):
        self.mean = self.indicator("SMA", timeperiod=3)
        self.both = np.array(self.indicator("AROON", timeperiod=3))

    def on_bar(self, ctx):
        if ctx.position == 0 and ctx.close("1m") > ctx.value(self.mean) and ctx.value(self.both[1]) > 0:
            ctx.buy(size=1)


@pytest.mark.parametrize("mode", MODES)
def test_an_indicator_is_told_by_its_name(mode: str) -> None:
    session = bt.run(AboveItsMean(), bt.simulate_ticks("EURUSD", days=1, seed=4), mode=mode)
    explained = session.explain(1)
    call = explained.entry.decision.by
    seen = {(one.name, one.arguments): one.value for one in call.seen}
    name, up = "1m/SMA(timeperiod=3.0)[close]", "1m/AROON(timeperiod=3.0)[high, low]#aroonup"
    assert seen["mean", ""] == name and seen["both", ""][1] == up
    assert seen["close", "'1m'"] > seen["value", name] > 1.0 and seen["value", up] > 0.0
    assert f"ctx.value({name}) = 1." in str(explained) and str(1 << 52)[:6] not in str(explained)


def test_a_run_that_cannot_be_followed_says_so() -> None:
    moods = iter((1.0, 2.0, 3.0, 4.0))

    class Moody(bt.Strategy):
        def init(self):
            self.mood = next(moods)

        def on_bar(self, ctx):
            if ctx.position == 0:
                ctx.buy(size=self.mood)

    session = bt.run(Moody(), random_ticks(1, 300), mode="interpreted")
    told = session.explain(1)
    assert not told.entry.decision.found and "could not be followed" in told.entry.decision.note
    assert "could not be followed" in repr(told) and last(told.entry).rule == "execution.market"
    assert "could not be followed" in session.explain_at(int(session.fills["tick"][0]) + 1).note


def test_a_trade_closed_by_the_end_of_the_run() -> None:
    session = bt.run(AtTick(), quotes(100.0, 100.1, 100.2), close_at_end=True)
    told = session.explain(1)
    assert told.left is not None and told.left.rule == "execution.end"
    assert told.exit is not None and told.exit.decision.note == "close_at_end placed it, not the strategy"


def test_the_schema_is_as_documented_and_plain() -> None:
    session = played(
        quotes(100.0, 100.0, 100.9, 100.2, 99.6, 98.0), "compiled", what="bracket", level=100.0, then=3, later="move"
    )
    for told, kind in ((session.explain(1), "trade"), (session.explain_at(3), "moment")):
        found = json.loads(told.to_json())
        assert found["version"] == 2 and found["kind"] == kind
        assert list(found) == ["version", "kind", *(field.name for field in fields(told))]
    documented = " ".join((schema.__doc__ or "").split())
    for name in ("Decision", "Call", "Seen", "Act", "Stretch", "Event", "Waiting", "Lot"):
        text = documented.partition(f" {name} ")[2]
        for field in fields(getattr(schema, name)):
            assert field.name in text, (name, field.name)


def test_html_shows_no_foreign_markup() -> None:
    class Tagged(bt.Strategy):
        def on_start(self, ctx):
            ctx.buy(size=10, tag="<script>alert(1)</script>")

    page = bt.run(Tagged(), quotes(100.0, 100.1)).explain(1)._repr_html_()
    assert "<script>" not in page and "&lt;script&gt;" in page


def test_a_table_for_a_notebook_shows_no_foreign_markup_and_says_what_it_leaves_out() -> None:
    import polars as pl

    from btlab.session.tables import moments, table_html

    rows = 15
    frame = pl.DataFrame({"why": ["<b>"] * rows, "worth": [1e-5] * rows, "time": moments(np.arange(rows))})
    page = table_html(frame)
    assert page.count("<tr>") == 13 and "&lt;b&gt;" in page and "<b>" not in page and "and 3 more" in page
    assert "text-align:right'>1e-05<" in page and "text-align:left'>1970-01-01 00:00:00<" in page


def test_numbers_are_written_as_a_person_writes_them() -> None:
    from btlab.session.explain.wording import number

    told = [number(value) for value in (1e-5, 0.00123, 1.1, 100_000.0, 0.0, None, True, 1e-12)]
    assert told == ["0.00001", "0.00123", "1.1", "100000", "0", "None", "True", "1e-12"]


def test_a_trade_that_there_is_not() -> None:
    session = played(quotes(100.0, 100.1), "compiled")
    for wrong in (0, 2, -1, "1", None, 1.0):
        with pytest.raises(bt.errors.RunError, match=r"session\.trades has 1 to 1"):
            session.explain(wrong)  # type: ignore[arg-type]
    with pytest.raises(bt.errors.RunError, match=r"session\.trades is empty"):
        played(quotes(100.0), "compiled", when=5).explain(1)


def test_explaining_changes_nothing() -> None:
    ticks = random_ticks(4, 600)
    session = bt.run(Gambler(seed=4), ticks)
    before = session.fingerprint, {name: np.array(value).tobytes() for name, value in vars(session.strategy).items()}
    session.explain(1)
    session.explain_at(300)
    after = session.fingerprint, {name: np.array(value).tobytes() for name, value in vars(session.strategy).items()}
    assert before == after and type(session.strategy) is Gambler
