"""What orders waited for while latency, or the size that is offered, kept them: by hand."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

import numpy as np
import pytest

import btlab as bt
from btlab.session.explain.orders import rows_of_order
from btlab.session.explain.schema import OrderStory, Stretch
from btlab.session.explain.watching import arrival
from tests.market.streams import in_units, random_ticks
from tests.session.gambler import Gambler
from tests.session.test_explain import AtTick, quotes, story

LATE = bt.Execution(latency="2500ms")


def spans(story: OrderStory) -> list[tuple[str, int, int]]:
    return [(held.rule.removeprefix("execution."), held.first_tick, held.last_tick) for held in story.held]


def test_an_order_on_its_way_is_not_held() -> None:
    """Placed after tick 0 with 2.5 s of latency it works from tick 3 on: the ask of 99.7 at tick 2 passes it by."""
    ticks = quotes(100.0, 99.9, 99.5, 100.0, 99.9, 99.6)
    session = bt.run(AtTick(what="limit", level=99.8), ticks, execution=LATE)
    told = session.explain(1)
    assert spans(told.entry) == [("latency", 1, 2), ("held", 3, 4)]
    sent, held = told.entry.held
    assert (sent.nearest_tick, sent.nearest_quote, sent.distance) == (2, 99.7, pytest.approx(-0.1))
    assert (held.nearest_tick, held.nearest_quote, held.distance) == (4, 100.1, pytest.approx(0.3))
    assert "The limit was on its way, to wait for the ask at or below 99.8 over ticks 1 to 2" in repr(told)
    assert "the nearest was 99.7 at tick 2, 0.1 beyond [execution.latency]" in repr(told)
    assert [one.works_from for one in session.explain_at(1).next] == [3]
    assert "from tick 3 on" in repr(session.explain_at(1)) and "from tick 3 on" not in repr(session.explain_at(2))


def test_a_market_order_on_its_way() -> None:
    told = bt.run(AtTick(), quotes(100.0, 100.1, 100.2, 100.3, 100.4), execution=LATE).explain(1).entry
    assert spans(told) == [("latency", 1, 2)] and told.events[-1].tick == 3
    (sent,) = told.held
    assert (sent.what, sent.when, sent.level, sent.nearest_tick) == ("the market order", "at once", None, None)


def test_a_changed_order_is_on_its_way_anew_and_its_old_level_is_gone() -> None:
    """Limit 99.5 placed after tick 0, 100.0 after tick 4: it works at ticks 3 and 4, then from tick 7 on."""
    ticks = quotes(*[100.0] * 6, 99.7, 100.0)
    session = bt.run(AtTick(what="limit", level=99.5, then=4, later="change"), ticks, execution=LATE)
    assert spans(story(session)) == [("latency", 1, 2), ("held", 3, 4), ("latency", 5, 6), ("held", 7, 7)]


def test_a_moved_bracket_is_on_its_way_too() -> None:
    """Long from tick 3; stop loss 99.0 from tick 4 on, moved to 99.5 after tick 4, which works from tick 7 on."""
    ticks = quotes(*[100.0] * 5, 99.3, 99.9, 99.8, 99.4)
    session = bt.run(AtTick(what="bracket", then=4, later="move"), ticks, execution=LATE)
    told = session.explain(1)
    stops = [held for held in told.brackets if held.what == "the stop loss"]
    assert [(held.rule, held.level, held.first_tick, held.last_tick) for held in stops] == [
        ("execution.held", 99.0, 4, 4), ("execution.latency", 99.5, 5, 6), ("execution.held", 99.5, 7, 7),
    ]  # fmt: skip
    assert told.left is not None and (told.left.tick, told.left.level) == (8, 99.5)
    assert [one.works_from for one in session.explain_at(5).next if one.rule == "execution.stop_loss"] == [7]


class Parts(bt.Strategy):
    kind: str = "market"

    def on_start(self, ctx):
        if self.kind == "market":
            ctx.buy(size=10)
        elif self.kind == "limit":
            ctx.buy(size=10, limit=100.5)
        else:
            ctx.buy(size=10, stop=100.0)


def offered(*sizes: float, bids: Any = None) -> bt.Ticks:
    bid = np.full(len(sizes), 100.0) if bids is None else np.array(bids)
    ask = np.round(bid + 0.2, 1)
    return bt.Ticks.from_arrays(np.arange(len(sizes)), bid, ask, symbol="TEST", bid_size=sizes, ask_size=sizes)


WHOLE = bt.Execution(participation=1.0)


@pytest.mark.parametrize("kind", ["market", "stop"])
def test_what_is_left_of_an_order_waits_for_a_size(kind: str) -> None:
    """4 of 10 at tick 0, nothing at ticks 1 and 2, the other 6 at tick 3."""
    session = bt.run(Parts(kind=kind), offered(4.0, 0.0, 0.0, 9.0), execution=WHOLE)
    told = session.explain(1).entry
    assert spans(told) == [("no_size", 1, 2)]
    assert [(event.what, event.size, event.tick) for event in told.events[1:]] == [("filled", 4.0, 0), ("filled", 6.0, 3)]
    assert "no size was offered to it" in repr(session.explain(1))
    (waits,) = session.explain_at(1).next
    assert (waits.size, waits.when, waits.distance) == (6.0, "at once", 0.0)


def test_a_limit_that_the_quote_reached_without_a_size() -> None:
    """The ask of 100.2 is under the limit at tick 1 too, where nothing is offered; then it leaves, and comes back."""
    session = bt.run(Parts(kind="limit"), offered(4.0, 0.0, 9.0, 9.0, bids=[100.0, 100.0, 101.0, 100.0]), execution=WHOLE)
    (held,) = session.explain(1).entry.held
    assert (held.rule, held.first_tick, held.last_tick, held.nearest_tick) == ("execution.no_size", 1, 2, 1)
    assert held.distance == pytest.approx(-0.3)


def test_fill_or_kill_that_found_too_little() -> None:
    class Kill(bt.Strategy):
        def on_start(self, ctx):
            ctx.buy(size=10, tif=bt.FOK)

    end = story(bt.run(Kill(), offered(4.0, 9.0), execution=WHOLE)).events[-1]
    assert (end.rule, end.value, end.bound) == ("order.tif", 4.0, 10.0)


def test_quotes_are_those_that_orders_meet() -> None:
    """Half the spread of 0.2 on top: the ask of 100.2 is 100.25; and a limit must be gone through by one tick size, 0.1."""
    wide = bt.run(AtTick(what="limit", level=100.2), quotes(100.1, 100.0, 100.0, 99.9), execution=bt.Execution(widen=0.5))
    (held,) = wide.explain(1).entry.held
    assert (held.last_tick, held.nearest_quote, held.distance) == (2, pytest.approx(100.25), pytest.approx(0.05))
    through = bt.run(AtTick(what="limit", level=100.2), quotes(100.1, 100.0, 100.0, 99.9), execution=bt.Execution(through=1))
    (held,) = through.explain(1).entry.held
    assert (held.last_tick, held.nearest_quote, held.distance) == (2, 100.2, pytest.approx(0.1))


def test_orders_arrive_when_the_engine_lets_them() -> None:
    """Every order of a gambler that was never changed: the tick that the engine let it meet first."""
    session = bt.run(Gambler(seed=3), random_ticks(41, 2_000), execution=bt.Execution(latency="40s"))
    changes, orders, late = session.records["change"], session.records["order"], 0
    for number, order in enumerate(orders, 1):
        rows = rows_of_order(session, number)
        if not any(changes[row]["what"] == 1 for row in rows):
            assert arrival(session, changes[rows[0]]) == order["from_tick"]
            late += order["from_tick"] > order["created_tick"] + 1
    assert late > 50


@pytest.mark.parametrize("execution", [LATE, bt.Execution(latency="40s", widen=0.5), bt.Execution(participation=0.3)])
def test_what_worked_and_was_not_met_was_not_met(execution: bt.Execution) -> None:
    """Every stretch of every order of a gambler, against its quotes; none overlaps another of the same order."""
    ticks = random_ticks(43, 700)
    session = bt.run(Gambler(seed=7, eager=10), ticks, execution=execution, instrument=in_units(ticks))
    found: list[Stretch] = []
    for trade in session.trades["id"].to_list()[:20]:
        told = session.explain(trade)
        for one in (told.entry, told.exit):
            helds = one.held if one is not None else ()
            assert all(a.last_tick < b.first_tick for a, b in pairwise(helds))
            found += helds
        found += told.brackets
    by_rule = {rule: [held for held in found if held.rule == f"execution.{rule}"] for rule in ("held", "latency", "no_size")}
    assert len(by_rule["held"]) > 8
    assert all(held.distance is not None and held.distance > 0.0 for held in by_rule["held"])
    assert bool(by_rule["latency"]) == bool(execution.latency) and bool(by_rule["no_size"]) == bool(execution.participation)
