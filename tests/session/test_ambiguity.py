"""`session.ambiguity()`: which trades hang on the path inside a bar, why, and what that is worth."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import polars as pl
import pytest

import btlab as bt
from btlab.execution.policy import Intrabar
from btlab.session import ambiguity as words
from tests.engine.scripted_bars import play
from tests.engine.test_bars_cases import FLAT, TIE, before, on_fill, scenario
from tests.engine.test_bars_policies import HELD, POLICIES, Bracketed, Wide, fives, under, walk_of
from tests.oracles.bar_scenarios import BarScenario, random_bar_scenario

# sentence: scenario, the rows as (trade, order, bar, side, why, low_first, high_first, taken, pnl, worst, best)
CASES: dict[str, tuple[BarScenario, list[tuple[Any, ...]]]] = {
    "stop and target": (
        scenario(f"{FLAT} {TIE}", HELD),
        [(1, 1, 1, "long", words.BOTH, "stop_loss 1 at 9", "take_profit 1 at 11", "low_first", -1, -1, 1)],
    ),
    "an entry and its stop": (
        scenario(TIE, before(0, "buy", size=1, stop="11", stop_loss="9")),
        [(1, 1, 0, "long", words.OWN_STOP, "nothing", "stop_loss 1 at 9", "high_first", -2, -2, -1)],
    ),
    "an entry and its target": (
        scenario(TIE, before(0, "sell", size=2, limit="11", take_profit="9")),
        [(1, 1, 0, "short", words.OWN_TARGET, "nothing", "take_profit 2 at 9", "low_first", 2, 2, 4)],
    ),
    "one of a group": (
        scenario("10/12/8/11", before(0, "buy", size=1, stop="11.5", oco=1), before(0, "sell", size=1, stop="9", oco=1)),
        [
            (None, 1, 0, "long", words.ENTRY, "nothing", "stop 1 at 11.5", "low_first", None, None, None),
            (1, 2, 0, "short", words.ENTRY, "stop 1 at 9", "nothing", "low_first", -2, -2, -2),
        ],
    ),
    "a size that hangs on the equity of the moment": (
        scenario(
            "10/10/10/10 10/12/8/10",
            before(0, "buy", size=100),
            before(0, "buy", fraction="0.5", limit="8.5", oco=1),
            before(1, "sell", size=50, limit="11.5"),
            cash="2000",
        ),
        [
            (2, 2, 1, "long", words.OTHERWISE, "limit 108 at 8.5", "limit 117 at 8.5", "low_first", 162, 162, 175.5),
        ],
    ),
    "an exit by another order of the group": (
        scenario(
            f"{FLAT} {TIE}",
            before(0, "buy", size=1),
            before(0, "sell", size=1, stop="9", oco=1),
            before(0, "sell", size=1, limit="11", oco=1),
        ),
        [
            (1, 1, 1, "long", words.EXIT, "stop 1 at 9", "limit 1 at 11", "low_first", -1, -1, 1),
        ],
    ),
    "what follows: an order placed at a fill that another path does not have": (
        scenario(f"{FLAT} {TIE} {FLAT}", HELD, on_fill(2, "buy", size=1)),
        [(1, 1, 1, "long", words.BOTH, "stop_loss 1 at 9", "take_profit 1 at 11", "low_first", -1, -1, 1)],
    ),
}
COLUMNS = ("trade", "order", "tick", "side", "why", "low_first", "high_first", "taken", "pnl", "worst", "best")


@pytest.mark.parametrize("sentence", CASES)
def test_the_frame(sentence: str) -> None:
    case, expected = CASES[sentence]
    found = play(case)[0].ambiguity()
    assert found.frame.select(COLUMNS).rows() == expected


def test_the_numbers_of_a_run() -> None:
    session = under("pessimistic", walk_of(3, 300, "1h", gaps=True), Bracketed())
    found, trades = session.ambiguity(), len(session.trades)
    runs = {policy: under(policy, session.data, Bracketed()) for policy in POLICIES}
    ends = {policy: float(run.equity["equity"][-1]) for policy, run in runs.items()}
    assert found.policies["policy"].to_list() == list(POLICIES)
    assert found.policies["equity"].to_list() == [ends[policy] for policy in POLICIES]
    assert found.policies["trades"].to_list() == [len(runs[policy].trades) for policy in POLICIES]
    assert (found.worst, found.best) == (min(ends.values()), max(ends.values()))
    assert found.worst < found.best
    assert found.share == found.frame["trade"].n_unique() / trades
    assert len(found) == len(found.frame)
    assert repr(found).startswith(f"<{found.frame['trade'].n_unique()} of {trades} trades depend on which extreme of a bar came")
    html = found._repr_html_()
    assert "<table" in html
    assert "pessimistic" in html
    assert html.count("<tr>") == 2 + len(found.policies) + min(12, len(found.frame)), "a head, and rows"
    assert words.LATER in found.frame["why"].to_list()
    assert set(found.frame["why"]) <= set(words.WHYS)


def test_trades_that_are_not_named_are_those_of_every_policy() -> None:
    """Told by polars from the runs alone."""
    session = under("path", walk_of(4, 300, "1h", gaps=True), Bracketed())
    found = session.ambiguity()
    ends = ("side", "size", "entry_tick", "entry_price", "exit_tick", "exit_price", "exit_reason")
    certain = session.trades.filter(~pl.col("id").is_in(found.frame["trade"].drop_nulls().implode()))
    for policy in POLICIES:
        theirs = under(policy, session.data, Bracketed()).trades
        assert certain.join(theirs, on=ends, how="anti", nulls_equal=True).is_empty()
    assert 0 < len(certain) < len(session.trades)


def test_the_band_holds_every_policy_bar_by_bar() -> None:
    session = under("pessimistic", walk_of(5, 200, "1h", gaps=True), Bracketed())
    band = session.ambiguity().band
    curves = []
    for policy in POLICIES:
        equity = under(policy, session.data, Bracketed()).equity
        curves.append(equity.group_by("tick", maintain_order=True).last()["equity"].to_numpy())
    assert len(band) == len(session.data) + 1
    assert np.array_equal(band["worst"], np.min(curves, axis=0))
    assert np.array_equal(band["best"], np.max(curves, axis=0))
    assert band["time"].is_sorted()


def test_every_policy_tells_the_same_band() -> None:
    data = walk_of(6, 200, "1h", gaps=True)
    told = [under(policy, data, Bracketed()).ambiguity() for policy in POLICIES]
    assert len({(one.worst, one.best) for one in told}) == 1
    assert all(one.policies.drop("other_trades").equals(told[0].policies.drop("other_trades")) for one in told)


def test_nothing_hangs_on_the_path_where_no_bar_touches_two_levels() -> None:
    found = under("pessimistic", walk_of(1, 300, "1h", gaps=True, reach=2), Wide()).ambiguity()
    assert (len(found), found.share, found.worst) == (0, 0.0, found.best)


def test_on_ticks_nothing_is_ambiguous() -> None:
    session = bt.run(Bracketed(), bt.simulate_ticks("EURUSD", days=2))
    found = session.ambiguity()
    assert len(session.trades) > 0
    assert (len(found), found.share) == (0, 0.0)
    assert found.worst == found.best == session.equity["equity"][-1]
    assert repr(found).startswith("<Nothing is ambiguous: ticks say what came first.")


def test_finer_bars_stay_inside_when_it_runs_again() -> None:
    """What they know is not asked; what they do not know is what is left."""
    minutes = walk_of(7, 60 * 60, "1m", gaps=True, reach=3)
    hours = bt.bars(minutes, "1h")
    coarse, fine = (under(intrabar, hours, Bracketed()).ambiguity() for intrabar in ("pessimistic", minutes))
    assert fine.best - fine.worst < coarse.best - coarse.worst
    assert fine.share < coarse.share
    other = under(Intrabar("optimistic", minutes), hours, Bracketed())
    assert fine.policies["equity"][1] == other.equity["equity"][-1]


@pytest.mark.filterwarnings("ignore:.*lack .* bars")
def test_bars_that_lack_finer_ones_are_counted() -> None:
    case = fives(f"{FLAT}|{TIE}", HELD)
    found = play(replace(case, finer=(case.finer[0], ())))[0].ambiguity()
    assert found.note == "1 of 1 trades depend on which extreme of a bar came first. 1 of 2 bars lack finer ones."
    assert found.frame["why"].to_list() == [words.BOTH]


@pytest.mark.parametrize("seed", range(40))
def test_whatever_is_played_has_a_frame(seed: int) -> None:
    """Whatever orders there are: each order noted is told, each trade named once a bar, and the worst is not above the best."""
    session, _ = play(random_bar_scenario(seed))
    found = session.ambiguity()
    assert set(session.records["choice"]["tick"]) <= set(found.frame["tick"])
    known = found.frame.drop_nulls("trade")
    assert not known.select("trade", "tick").is_duplicated().any()
    assert (known["worst"] <= known["best"]).all()
    assert found.worst <= session.equity["equity"][-1] <= found.best


class Counts(bt.Strategy):
    """Has a parameter and an array."""

    timeframe = "1h"
    every: int = 3

    def init(self) -> None:
        self.seen = np.zeros(1)

    def on_bar(self, ctx: Any) -> None:
        self.seen[0] += 1
        if self.seen[0] % self.every == 0 and ctx.position == 0.0:
            ctx.buy(size=1000, stop_loss=ctx.bid - 0.0004, take_profit=ctx.bid + 0.0004)


@pytest.mark.parametrize("mode", ["compiled", "interpreted"])
def test_it_runs_the_strategy_as_it_was_before(mode: str) -> None:
    data, strategy = walk_of(8, 300, "1h", gaps=True), Counts(every=2)
    session = bt.run(strategy, data, mode=mode)
    strategy.every = 7
    session.strategy.seen[0] = 1e9
    again = session.again(execution=session.execution)
    assert (again.fingerprint, again.parameters, again.mode) == (session.fingerprint, {"every": 2}, mode)
    assert session.ambiguity().policies["equity"][0] == session.equity["equity"][-1]
