"""A prepared strategy: every position is the run that `bt.run` makes of the same parameters."""

from __future__ import annotations

import threading
import time
from typing import Any

import numpy as np
import pytest

import btlab as bt
from btlab.errors import ParameterError, RunError
from btlab.session.exploration.prepared import Exploration, Halt
from btlab.session.exploration.ranges import range_of
from btlab.session.exploration.trials import Trial, Trials, samples


class Away(bt.Strategy):
    timeframe = "5m"
    lookback: int = 20
    away: float = 0.0010
    longs: bool = True

    def on_bar(self, ctx):
        if self.longs and ctx.position == 0 and ctx.close("5m") > ctx.highest("5m", self.lookback, back=1):
            ctx.buy(size=1000, stop_loss=ctx.bid - self.away, take_profit=ctx.bid + self.away)


class Ponders(bt.Strategy):
    steps: int = 1

    def init(self):
        self.thought = 0.0

    def on_tick(self, ctx):
        for _ in range(self.steps):
            self.thought = self.thought * 0.5 + ctx.bid


@pytest.fixture(scope="module")
def ticks() -> bt.Ticks:
    return bt.simulate_ticks("EURUSD", days=2)


@pytest.fixture(scope="module")
def exploration(ticks: bt.Ticks) -> Exploration:
    return Exploration(Away(away=0.0008), ticks, {"lookback": (5, 60), "away": (0.0005, 0.0020, 0.0001), "longs": bool})


def test_a_position_is_the_run_of_its_parameters(exploration: Exploration, ticks: bt.Ticks) -> None:
    assert exploration.values_at(exploration.begin) == {"lookback": 20, "away": 0.0008, "longs": True}
    seen = set()
    for position in [(0, 0, 1), (30, 7, 1), (55, 15, 1), (3, 3, 0)]:
        outcome = exploration.calculate(position)
        assert outcome is not None
        own = bt.run(Away(**exploration.values_at(position)), ticks)
        assert outcome.session.fingerprint == own.fingerprint
        assert np.array_equal(list(outcome.session.metrics.values()), list(own.metrics.values()), equal_nan=True)
        assert outcome.session.equity.equals(own.equity)
        seen.add(own.fingerprint)
    assert len(seen) == 4


def test_rules_of_execution_are_sliders_too(ticks: bt.Ticks) -> None:
    exploration = Exploration(Away, ticks, {"slippage": (0.0, 1.0, 0.5), "commission": [0.0, 0.01], "lookback": 30})
    outcome = exploration.calculate((1, 1))
    execution = bt.Execution(slippage=bt.slippage.pips(0.5), commission=bt.commission.percent(0.01))
    assert outcome is not None
    assert outcome.session.fingerprint == bt.run(Away(lookback=30), ticks, execution=execution).fingerprint
    code = exploration.code_at((1, 1))
    names: dict[str, Any] = {"bt": bt, "Away": Away}
    exec(code, names)
    again = bt.run(names["strategy"], ticks, execution=names["execution"])
    assert again.fingerprint == outcome.session.fingerprint


def test_the_code_of_a_position_makes_its_strategy(exploration: Exploration) -> None:
    code = exploration.code_at((25, 5, 1))
    assert code == "Away(lookback=30, away=0.001, longs=True)"
    assert eval(code, {"Away": Away}).parameters() == exploration.values_at((25, 5, 1))


def test_a_run_is_halted_from_another_thread(ticks: bt.Ticks) -> None:
    exploration = Exploration(Ponders, ticks[:2_000], {"steps": [1, 3_000_000]})
    assert exploration.calculate((0,)) is not None
    halt, outcome = Halt(), []
    thread = threading.Thread(target=lambda: outcome.append(exploration.calculate((1,), halt)))
    thread.start()
    time.sleep(0.1)
    halt.ask()
    thread.join(10.0)
    assert outcome == [None]
    asked = Halt()
    asked.ask()
    assert exploration.calculate((1,), asked) is None


@pytest.mark.parametrize(
    ("kind", "said", "first", "last", "count"),
    [
        (int, (5, 60), 5, 60, 56),
        (int, (5, 60, 10), 5, 55, 6),
        (int, range(5, 60, 5), 5, 55, 11),
        (float, (0.5, 4.0), 0.5, 4.0, 36),
        (float, (0, 1, 0.25), 0.0, 1.0, 5),
        (float, [3, 1.5, 3.0], 1.5, 3.0, 2),
        (bool, bool, False, True, 2),
        (bool, (False, True), False, True, 2),
        (str, ["b", "a"], "b", "a", 2),
    ],
)
def test_ranges(kind: type, said: Any, first: Any, last: Any, count: int) -> None:
    values = range_of("x", kind, said).values
    assert (values[0], values[-1], len(values)) == (first, last, count)
    assert all(type(value) is kind for value in values)


@pytest.mark.parametrize(
    ("kind", "said"),
    [
        (int, (5, 5)), (int, (60, 5)), (int, (1.5, 4)), (int, [1]), (int, "5-60"), (int, (5, 60, 0)), (int, (5, 60, -1)),
        (float, (0.0, float("nan"))), (float, ["a", "b"]), (float, (0.0, 1.0, 1e-9)), (bool, (1, 2)), (str, [1, 2]), (int, bool),
    ],
)  # fmt: skip
def test_what_is_no_range_is_refused_by_name(kind: type, said: Any) -> None:
    with pytest.raises(RunError, match="x="):
        range_of("x", kind, said)


def test_what_cannot_be_explored_is_refused(ticks: bt.Ticks) -> None:
    for said, words in [
        ({}, "nothing is to be explored"),
        ({"lookbak": (5, 60)}, "Did you mean 'lookback'"),
        ({"away": 0.001}, "nothing is to be explored"),
    ]:
        with pytest.raises(RunError, match=words):
            Exploration(Away, ticks, said)
    with pytest.raises(ParameterError, match="lookback"):
        Exploration(Away, ticks, {"lookback": 2.5, "away": (0.001, 0.002)})
    with pytest.raises(RunError, match="one symbol"):
        Exploration(Away, {"EURUSD": ticks}, {"lookback": (5, 60)})
    with pytest.raises(RunError, match="execution='perfect'"):
        Exploration(Away, ticks, {"slippage": (0, 1)}, execution="realistic")


def test_rank_best_and_neighbours() -> None:
    trials = Trials()
    values = {(x, y): 10.0 * x - y for x in range(4) for y in range(4)}
    for position, value in values.items():
        trials.add(Trial(position, {"net": value, "max_drawdown": abs(value)}))
    trials.add(Trial((9, 9), {}, "refused"))
    assert len(trials) == 16
    ordered = sorted(values.values(), reverse=True)
    assert [trial.figures["net"] for trial in trials.best("net", 5)] == ordered[:5]
    assert [trials.rank({"net": value}, "net") for value in ordered] == list(range(1, 17))
    assert trials.best("max_drawdown", 1)[0].position == (0, 0)
    around = trials.around((1, 1), (0, 1), (range(4), range(4)))
    assert sorted(trial.position for trial in around) == sorted({(x, y) for x in range(3) for y in range(3)} - {(1, 1)})
    assert len(trials.around((0, 3), (0, 1), (range(4), range(4)))) == 3


@pytest.mark.parametrize("count", [2, 5, 13, 14, 56, 9_999])
def test_samples_are_even_and_few(count: int) -> None:
    places = samples(count, 13)
    assert places[0] == 0 and places[-1] < count and 2 <= len(places) <= 13
    assert len(set(np.diff(places))) <= 1
