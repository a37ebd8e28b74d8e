"""Conditions: against `session.at` tick by tick, and what they may not be."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import btlab as bt
from btlab.errors import WidgetError
from btlab.widgets import conditions
from btlab.widgets.conditions import NAMES, Condition, Searcher
from btlab.widgets.places import Places
from btlab.widgets.tape import Tape
from tests.market.streams import in_units
from tests.widgets.fixtures import Entries, Everything, odd_ticks


@pytest.fixture(scope="module")
def sessions() -> dict[str, bt.Session]:
    ticks = odd_ticks(3, 1_500)
    hedging = bt.Account(mode="hedging", leverage=20, financing=bt.financing.percent(20_000.0, -9_000.0))
    minutes = bt.bars(odd_ticks(4, 9_000), "1m")
    return {
        "ticks": bt.run(Entries(), ticks),
        "hedged": bt.run(Everything(ticks=len(ticks)), ticks, account=hedging, execution="worst", instrument=in_units(ticks)),
        "bars": bt.run(Entries(), minutes, spread=1e-4),
    }


def searcher(session: bt.Session) -> Searcher:
    return Searcher(Places(Tape(session)))


@pytest.mark.parametrize("name", ["ticks", "hedged", "bars"])
def test_the_columns_are_what_the_session_says_at_each_tick(sessions, name):
    session = sessions[name]
    columns = searcher(session).values(set(NAMES), 0, len(session.data))
    for tick in np.random.default_rng(7).integers(0, len(session.data), 60).tolist():
        then = session.at(tick)
        right = {
            "tick": tick, "bid": then.bid, "ask": then.ask, "spread": then.ask - then.bid, "position": then.position,
            "open_profit": then.open_profit, "equity": then.equity, "cash": then.cash, "drawdown": then.drawdown,
            "trades": len(then.trades), "closed": then.trades["exit_tick"].is_not_null().sum(),
        }  # fmt: skip
        for key, value in right.items():
            assert columns[key][tick] == pytest.approx(value, rel=1e-12, abs=1e-9, nan_ok=True), (key, tick)


@pytest.mark.parametrize("name", ["ticks", "hedged", "bars"])
def test_what_happens_at_ticks_is_at_the_first_tick_that_knows_it(sessions, name):
    """Against the lengths of the tables of `session.at`, which grow at just these ticks."""
    session = sessions[name]
    find, states = searcher(session), [session.at(tick) for tick in range(150)]
    for word, table in (("fill", "fills"), ("mark", "marks")):
        counts = [0, *(len(getattr(state, table)) for state in states)]
        grown = np.flatnonzero(np.diff(counts) > 0)
        turned = find.values({word}, 0, 150)[word]
        assert np.flatnonzero(turned).tolist() == grown.tolist(), word


def test_hits_are_the_ticks_at_which_it_turns_true_whatever_the_parts(sessions, monkeypatch):
    session = sessions["ticks"]
    find = searcher(session)
    for text in (
        "position > 0",
        "drawdown > 0.00001 and not position < 0",
        "fill and position < 9",
        "fill or position > 0",
        "abs(open_profit) > 0.05",
        "0 < tick < 9",
    ):
        condition = Condition(text)
        whole = condition.holds(find.values(condition.names(), 0, len(session.data)), len(session.data))
        turned = np.flatnonzero(whole & (condition.momentary | ~np.append(False, whole[:-1])))
        assert len(turned), text
        monkeypatch.setattr(conditions, "CHUNK", 97)
        assert find.hits(condition).tolist() == turned.tolist(), text
        assert find.hits(condition, 700).tolist() == turned[turned >= 700].tolist(), text
        assert find.hits(condition, 3, most=1).tolist() == turned[turned >= 3][:1].tolist(), text
        monkeypatch.undo()


def test_each_tick_of_something_that_happens_counts_also_one_after_another(sessions):
    """What a page knows without a kernel: all of them (`wishes.ts`)."""
    session = sessions["hedged"]
    find = searcher(session)
    fills = np.unique(find.values({"fill"}, 0, len(session.data))["fill"].nonzero()[0])
    assert (np.diff(fills) == 1).any(), "none follows another at once"
    assert find.hits(Condition("fill")).tolist() == find.hits(Condition("fill and tick >= 0")).tolist() == fills.tolist()
    momentary = [Condition(text).momentary for text in ("fill or mark", "not fill", "fill or bid > 0", "fill > 0", "abs(fill)")]
    assert momentary == [True, False, False, False, False]


def test_a_page_is_told_so_many_ticks_and_that_there_are_more(sessions, monkeypatch):
    find, total = searcher(sessions["ticks"]), len(searcher(sessions["ticks"]).hits(Condition("fill")))
    for most, more in ((total - 1, True), (total, False)):
        monkeypatch.setattr(conditions, "HITS_AT_MOST", most)
        hits, said = find.pauses(Condition("fill"))
        assert (len(hits), said) == (most, more)


@pytest.mark.parametrize(
    ("text", "first"),
    [("tick >= 5", [5]), ("tick > 5", [6]), ("tick == 5", [5]), ("tick <= 5", [0]), ("tick < 5", [0]), ("tick != 5", [0, 6])],
)
def test_signs_mean_what_they_say(sessions, text, first):
    assert searcher(sessions["ticks"]).hits(Condition(text)).tolist() == first
    less = searcher(sessions["ticks"]).values({"tick"}, 0, 10)
    assert (Condition("tick <= 5").holds(less, 10).sum(), Condition("tick < 5").holds(less, 10).sum()) == (6, 5)


def test_a_side_without_a_quote_has_the_last_one_also_of_the_part_before():
    ticks = bt.simulate_ticks("EURUSD", days=1)[:300]
    bid = ticks.bid.copy()
    bid[[0, 1, *range(95, 102), 110]] = np.nan
    one_sided = bt.Ticks.from_arrays(ticks.time, bid, ticks.ask, symbol="EURUSD")
    find = searcher(bt.run(bt.Strategy, one_sided))
    assert find.values({"bid"}, 97, 120)["bid"].tolist() == [*[bid[94]] * 5, *bid[102:110], bid[109], *bid[111:120]]
    assert np.isnan(find.values({"bid"}, 0, 3)["bid"]).tolist() == [True, True, False]


# fmt: off
BAD: list[Any] = [
    "", " ", None, 5, b"tick > 1", "x" * 500, "tick >", "tick = 5", "__import__('os')", "tick.real > 1", "tick[0] > 1",
    "'a' > tick",
    "(lambda: 1)() > 0", "[1] > tick", "tick ** 9 > 1", "tick if bid else ask", "tick in (1, 2)", "tick is 1", "open('x')",
    "equty > 1", "f'{tick}' > 1", "1 < 2j", "abs(tick, 1) > 0", "abs() > 0", "max(tick) > 0", "abs(x=tick) > 0", "tick; bid",
    "tick := 5", "~tick > 1", "tick @ bid", "tick // 2 > 1", "tick % 2 == 0", "tick << 9", "(" * 99 + "tick" + ")" * 99,
    "not " * 40 + "tick", "+".join(["tick"] * 30), "... > 1", "*tick > 1", "await tick", "yield tick", "\0", "abs > 1",
]
# fmt: on


@pytest.mark.parametrize("number", range(len(BAD)))
def test_what_is_no_condition_is_refused_and_never_run(sessions, number):
    with pytest.raises(WidgetError, match=r"condition|function"):
        searcher(sessions["ticks"]).hits(Condition(BAD[number]))


def test_nothing_compares_with_nan_and_nothing_divides_by_zero_aloud(sessions):
    find = searcher(sessions["hedged"])
    values = find.values({"bid"}, 0, 50)
    for text in ("bid / 0 != bid / 0", "1 / (bid - bid) > 0 and False", "bid - True > -99"):
        Condition(text).holds(values, 50)
