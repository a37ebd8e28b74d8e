"""Explanations of runs of several symbols: by hand, and the numbers of refusals against those that the ledger compared."""

from __future__ import annotations

import math
from collections import Counter
from typing import Any

import numpy as np
import pytest

import btlab as bt
from btlab.market.codes import CANCELLED, ENDED, REJECTED
from btlab.session.explain.orders import refusal
from btlab.session.explain.schema import Event
from tests.engine.scripted_several import play_several
from tests.oracles.features import FEATURES
from tests.oracles.several.scenarios import random_several

SECOND = 1_000_000
MODES = ("compiled", "interpreted")


def quotes(symbol: str, *bids: tuple[float, float], spread: float = 0.2) -> bt.Ticks:
    """(seconds, bid) each; the grid is 0.1."""
    time, bid = (np.array(column) for column in zip(*bids))
    return bt.Ticks.from_arrays((time * SECOND).astype(np.int64), bid, np.round(bid + spread, 1), symbol=symbol)


def two() -> dict[str, bt.Ticks]:
    """A comes at 0, 2, 4, 6 s, B at 0, 2, 3, 5, 6 s: of all it is A0 B0 A1 B1 B2 A2 B3 A3 B4."""
    return {
        "AAAUSD": quotes("AAAUSD", (0, 100.0), (2, 101.0), (4, 102.0), (6, 103.0)),
        "BBBUSD": quotes("BBBUSD", (0, 50.0), (2, 49.0), (3, 48.5), (5, 51.0), (6, 52.0)),
    }


class Leader(bt.Strategy):
    """At its second tick of A, at 101, it asks for B at 48.9 or less; at A's third it sells A short with a stop at 103."""

    def init(self):
        self.seen = 0

    def on_tick(self, ctx):
        if ctx.symbol == 0:
            self.seen += 1
            if self.seen == 2:
                ctx.buy(size=10, limit=48.9, take_profit=51.0, symbol="BBBUSD", tag="pair")
            if self.seen == 3 and ctx.of(1).bid < 50.0:
                ctx.sell(size=5, stop_loss=103.1)


@pytest.mark.parametrize("mode", MODES)
def test_an_order_for_another_symbol(mode: str) -> None:
    """Placed after A1 (ask of B then 50.2); B1 asks 49.2, B2 asks 48.7: beyond, but no first tick, so it fills at 48.9."""
    session = bt.run(Leader(), two(), mode=mode)
    told = session.explain(1)
    entry = told.entry
    assert (entry.symbol, entry.order, entry.side, entry.tag, entry.state) == ("BBBUSD", 1, "buy", "pair", "filled")
    assert entry.decision.by is not None and entry.decision.found
    by = entry.decision.by
    assert (by.symbol, by.method, by.tick, by.time) == ("AAAUSD", "on_tick", 1, 2 * SECOND)
    assert entry.decision.source.startswith("ctx.buy(size=10, limit=48.9")
    (held,) = entry.held
    assert (held.rule, held.first_tick, held.last_tick, held.nearest_quote) == ("execution.held", 1, 1, 49.2)
    assert (entry.events[-1].rule, entry.events[-1].tick, entry.events[-1].price) == ("execution.limit.touched", 2, 48.9)
    assert told.left is not None and told.left.rule == "execution.take_profit.touched"
    assert (told.left.tick, told.left.price) == (3, 51.0)
    assert told.trade["symbol"] == "BBBUSD" and told.trade["pnl"] == pytest.approx(21.0)
    assert "on_tick, told of AAAUSD" in repr(told)


@pytest.mark.parametrize("mode", MODES)
def test_ids_are_those_of_the_run_and_in_a_part_its_own(mode: str) -> None:
    """A's short is trade 2 of order 2; alone it is trade 1 of order 1. At A2 it saw B's bid of 48.5."""
    session = bt.run(Leader(), two(), mode=mode)
    told, alone = session.explain(2), session.of("AAAUSD").explain(1)
    assert (told.entry.order, told.trade["id"], told.entry.symbol) == (2, 2, "AAAUSD")
    assert (alone.entry.order, alone.trade["id"]) == (1, 1)
    for one in (told, alone):
        assert one.entry.decision.by is not None
        seen = {(value.name, value.value) for value in one.entry.decision.by.seen}
        assert ("of(1).bid", 48.5) in seen and ("symbol", 0) in seen
        assert one.left is None and one.entry.events[-1].price == 103.0
        assert one.brackets == ()  # nothing came after its entry


@pytest.mark.parametrize("mode", MODES)
def test_a_tick_counts_among_all_or_of_one_symbol(mode: str) -> None:
    """Tick 3 of all is B1, at 2 s: A1 has come (its name is first), and what that placed waits 0.3 away, from B1 on."""
    session = bt.run(Leader(), two(), mode=mode)
    told = session.explain_at(3)
    assert told.to_dict() == session.explain_at(1, symbol="BBBUSD").to_dict()
    assert (told.symbol, told.tick, told.time, told.bid, told.equity) == ("BBBUSD", 1, 2 * SECOND, 49.0, 10_000.0)
    assert [(one.symbol, one.tick, one.bid) for one in told.symbols] == [("AAAUSD", 1, 101.0), ("BBBUSD", 1, 49.0)]
    (waits,) = told.next
    assert (waits.symbol, waits.order, waits.quote, waits.works_from) == ("BBBUSD", 1, 49.2, 1)
    assert waits.distance == pytest.approx(0.3)
    before = session.explain_at(1, symbol="AAAUSD")
    assert before.tick == 1 and before.symbols[1].tick == 0 and [event.what for event in before.events] == ["placed"]
    assert [call.symbol for call in before.calls] == ["AAAUSD"]
    assert session.explain_at(-1).symbols[0].tick == 3 and session.explain_at(-1).symbols[1].tick == 4


@pytest.mark.parametrize("mode", MODES)
def test_a_moment_has_all_symbols(mode: str) -> None:
    """After 4.5 s: long 10 B at 48.9, now 48.5: -4; order 2 waits for A3. Half a second later B has gone with 21."""
    session = bt.run(Leader(), two(), mode=mode)
    told = session.explain_at("1970-01-01T00:00:04.500")
    assert (told.symbol, told.tick, told.equity, told.cash) == ("AAAUSD", 2, pytest.approx(9_996.0), pytest.approx(9_511.0))
    assert [(lot.symbol, lot.trade, lot.order, lot.open_profit) for lot in told.lots] == [("BBBUSD", 1, 1, pytest.approx(-4.0))]
    assert [(one.symbol, one.order, one.trade) for one in told.next] == [("AAAUSD", 2, None), ("BBBUSD", 1, 1)]
    later = session.explain_at("1970-01-01T00:00:05")
    assert later.equity == pytest.approx(10_021.0) and not later.lots
    assert [(event.symbol, event.rule, event.order) for event in later.events] == [("BBBUSD", "execution.take_profit.touched", 1)]
    assert "AAAUSD after its tick 2" in repr(later) and not later.note
    assert session.explain_at("1969-01-01").symbols[0].tick == -1
    for wrong in ({"moment": 9}, {"moment": 4, "symbol": "AAAUSD"}, {"moment": 0, "symbol": "CCCUSD"}):
        with pytest.raises(bt.errors.RunError) as refused:
            session.explain_at(**wrong)
        assert "until" not in str(refused.value)  # nobody has asked for that


def test_a_limit_counts_what_is_open_elsewhere() -> None:
    """40 B at 50.2, now 49, are 1,960; 80 A at 101.2 are 8,096 more: 10,056 of an equity of 9,952, where 1 is allowed."""

    class Both(bt.Strategy):
        def on_tick(self, ctx):
            if ctx.symbol == 1 and ctx.position == 0:
                ctx.buy(size=40)
            if ctx.symbol == 0 and ctx.of(1).position > 0.0:
                ctx.buy(size=80)

    data = two()
    data["BBBUSD"] = quotes("BBBUSD", (0, 50.0), (0.5, 50.0), (1.0, 49.0), (7, 50.0))
    data["AAAUSD"] = quotes("AAAUSD", (0, 100.0), (1.5, 100.0), (2, 101.0))
    session = bt.run(Both(), data, account=bt.Account(leverage=2, limits=bt.Limits(exposure=1)))
    (event,) = (one for one in session.explain_at(2, symbol="AAAUSD").events if one.what == "rejected")
    assert event.rule == "order.limit_exposure" and event.symbol == "AAAUSD"
    assert (event.value, event.bound) == (pytest.approx(10_056 / 9_952), 1.0)


RULES = ("margin", "limit_position", "limit_exposure", "limit_daily_loss", "limit_drawdown")


def refusals(part: Any) -> dict[int, Event]:
    """The refusal of each order of a symbol that was rejected, or cancelled by a rule, by its id in the whole run."""
    changes = part.records["change"]
    ended = np.flatnonzero((changes["what"] == ENDED) & np.isin(changes["state"], (REJECTED, CANCELLED))).tolist()
    orders = [int(changes[row]["order"]) for row in ended]
    return {int(part.rows["order"][order - 1]) + 1: refusal(part, order, row) for order, row in zip(orders, ended)}


def test_the_numbers_are_those_that_the_ledger_compared() -> None:
    found: Counter[str] = Counter()
    for seed in range(40):
        scenario = random_several(seed, features=frozenset(FEATURES))
        if scenario.rules.leverage == 1 and not any(getattr(scenario.rules, rule, None) for rule in RULES):
            continue
        expected = {order.id: order for order in scenario.play().orders}
        session, _ = play_several(scenario)
        for symbol in session.symbols:
            for order, event in refusals(session.of(symbol)).items():
                rule = event.rule.removeprefix("order.")
                if rule not in RULES:
                    continue
                value, bound = (float(each) for each in expected[order].weighed[rule])
                assert event.value is not None and event.bound is not None
                assert math.isclose(event.value, value, rel_tol=1e-9, abs_tol=1e-8), (seed, order, event, value)
                assert math.isclose(event.bound, bound, rel_tol=1e-9, abs_tol=1e-8), (seed, order, event, bound)
                found[rule] += 1
    assert sum(found.values()) > 200 and all(found[rule] for rule in RULES), found


class Holding(bt.Strategy):
    """20 A at its first tick, 80 B at its first, and 40 B more at its second, which are too many."""

    def init(self):
        self.told = 0

    def on_tick(self, ctx):
        self.told += ctx.symbol == 1
        if ctx.symbol == 0 and ctx.position == 0.0:
            ctx.buy(size=20)
        if ctx.symbol == 1 and self.told == 1 and ctx.position == 0.0:
            ctx.buy(size=80)
        elif ctx.symbol == 1 and self.told == 2:
            ctx.buy(size=40)


@pytest.mark.parametrize("mode", ["compiled", "interpreted"])
def test_what_was_refused_at_once_among_ticks_of_one_time_is_told(mode: str) -> None:
    """80 B at 100 and 20 A at 50. At 1 s A has two ticks, then B has two. At the first of B's 40 more are asked for, at 90.

    120 x 90 and 20 x 53 need 11,860, where the account has 10,000 - 80 x 10 + 20 x 3 = 9,260. The second of B's, 95, is later.
    """
    data = {
        "AAAUSD": quotes("AAAUSD", (0, 50.0), (0.5, 50.0), (1, 51.0), (1, 53.0), (2, 60.0), spread=0.0),
        "BBBUSD": quotes("BBBUSD", (0.25, 100.0), (1, 90.0), (1, 95.0), (3, 96.0), spread=0.0),
    }
    session = bt.run(Holding(), data, account=bt.Account(leverage=1), execution=bt.Execution(fill="current"), mode=mode)
    ((_, event),) = refusals(session.of("BBBUSD")).items()
    assert (event.rule, event.value, event.bound) == ("order.margin", pytest.approx(11_860.0), pytest.approx(9_260.0))
