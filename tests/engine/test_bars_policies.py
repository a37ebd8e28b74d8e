"""What each policy makes of a bar whose extremes come in an unknown order, and what finer bars inside it know better.

Bars are written open/high/low/close, in bids.
"""

from __future__ import annotations

import random
from dataclasses import replace
from decimal import Decimal
from typing import Any

import numpy as np
import polars as pl
import pytest

import btlab as bt
from btlab.execution.policy import Intrabar
from tests.engine.scripted_bars import bars_of, play
from tests.engine.test_bars_cases import FLAT, TIE, before, scenario
from tests.oracles.bar_ledger import Bar, bar
from tests.oracles.bar_scenarios import START, BarScenario
from tests.oracles.records import Rules

POLICIES = ("pessimistic", "optimistic", "path", "high_first", "low_first")
MINUTE = 60_000_000
HELD = before(0, "buy", size=1, stop_loss="9", take_profit="11")
STOPPED, AT_TARGET = (1, 1, 9, "stop_loss"), (1, 1, 11, "take_profit")


def all_but(usual: Any, **others: Any) -> dict[str, Any]:
    return dict.fromkeys(POLICIES, usual) | others


# sentence: scenario, the last fill under each policy as (order, bar, price, reason)
CASES: dict[str, tuple[BarScenario, dict[str, tuple[int, int, float, str]]]] = {
    "stop and target in one bar, both extremes equally far: the low comes first by default": (
        scenario(f"{FLAT} {TIE}", HELD),
        all_but(STOPPED, optimistic=AT_TARGET, high_first=AT_TARGET),
    ),
    "stop and target in one bar, the high nearer": (
        scenario(f"{FLAT} 10/11/7/10", HELD),
        all_but(AT_TARGET, pessimistic=STOPPED, low_first=STOPPED),
    ),
    "a short's stop is above": (
        scenario(f"{FLAT} 10/13/9/10", before(0, "sell", size=1, stop_loss="11", take_profit="9")),
        all_but((1, 1, 9, "take_profit"), pessimistic=(1, 1, 11, "stop_loss"), high_first=(1, 1, 11, "stop_loss")),
    ),
    "an entry by stop and its stop loss": (
        scenario(TIE, before(0, "buy", size=1, stop="11", stop_loss="9")),
        all_but((1, 0, 11, "stop"), pessimistic=(1, 0, 9, "stop_loss"), high_first=(1, 0, 9, "stop_loss")),
    ),
    "an entry by limit and its target": (
        scenario(TIE, before(0, "buy", size=1, limit="9", take_profit="11")),
        all_but((1, 0, 11, "take_profit"), pessimistic=(1, 0, 9, "limit"), high_first=(1, 0, 9, "limit")),
    ),
    "an entry at the open with its target inside is certain": (
        scenario(TIE, before(0, "buy", size=1, take_profit="11")),
        all_but((1, 0, 11, "take_profit")),
    ),
    "one of a group: in all else the equity at the close decides": (
        scenario("10/12/8/11", before(0, "buy", size=1, stop="11.5", oco=1), before(0, "buy", size=1, limit="9", oco=1)),
        all_but((2, 0, 9, "limit"), pessimistic=(1, 0, 11.5, "stop"), high_first=(1, 0, 11.5, "stop")),
    ),
    "an open that is the high is not gone back to": (
        scenario("10/10/8/9", before(0, "buy", size=1, limit="9", take_profit="10")),
        all_but((1, 0, 9, "limit")),
    ),
    "an open that is the low is not gone back to": (
        scenario("10/12/10/11", before(0, "sell", size=1, limit="11", take_profit="10")),
        all_but((1, 0, 11, "limit")),
    ),
}


@pytest.mark.parametrize("policy", POLICIES)
@pytest.mark.parametrize("sentence", CASES)
def test_the_last_fill(sentence: str, policy: str) -> None:
    case, expected = CASES[sentence]
    case = replace(case, policy=policy)
    last = play(case)[0].fills.select("order", "tick", "price", "reason").row(-1)
    assert last == expected[policy]
    theirs = case.result.fills[-1]
    assert (theirs.order, theirs.tick, float(theirs.price), theirs.reason) == expected[policy]


TWO_LOTS = BarScenario(
    0,
    Rules(participation=Decimal(1)),
    Decimal(0),
    "1m",
    (bar("10", "10", "8.5", "10", START, "1"), bar("10", "12", "8", "10", START + MINUTE, "2")),
    (before(0, "sell", size=3, take_profit=8, trailing=3),),
)
"""3 sold: 1 at the open of the first bar, whose low of 8.5 brings that lot's stop to 11.5; 2 at the open of the next.

Low first: 8 is the target of both, for the 2 that are offered: 1 of each lot. High first: the first lot is stopped at 11.5, and
one of what is left is bought at 8. Two fills alike here, and one of them there, are different fills: the worse equity decides.
"""


@pytest.mark.parametrize("policy", ["pessimistic", "optimistic", "path"])
def test_fills_that_are_alike_are_counted(policy: str) -> None:
    stopped = (1, 1, 11.5, "trailing") if policy == "pessimistic" else (1, 1, 8.0, "take_profit")
    expected = [(1, 0, 10.0, "market"), (1, 1, 10.0, "market"), stopped, (1, 1, 8.0, "take_profit")]
    played = replace(TWO_LOTS, policy=policy)
    session, _ = play(played)
    assert session.fills.select("order", "tick", "price", "reason").rows() == expected
    assert [(fill.order, fill.tick, float(fill.price), fill.reason) for fill in played.result.fills] == expected


def fives(text: str, *script: Any, **options: Any) -> BarScenario:
    """A scenario of 5m bars, each written as its 1m bars: "10/11/9/10 10/10/8/9" is one."""
    inside, time = [], START
    for one in text.split("|"):
        rows = [bar(*each.split("/"), time + k * MINUTE) for k, each in enumerate(one.split())]
        inside.append(tuple(rows))
        time += 5 * MINUTE
    coarse = tuple(
        Bar(rows[0].open, max(row.high for row in rows), min(row.low for row in rows), rows[-1].close, rows[0].time)
        for rows in inside
    )
    plain = scenario(FLAT, *script)
    return replace(plain, timeframe="5m", bars=coarse, finer_timeframe="1m", finer=tuple(inside), **options)


# sentence: scenario, fills as (order, bar, price, reason)
FINER: dict[str, tuple[BarScenario, list[tuple[int, int, float, str]]]] = {
    "the finer bars show the target before the stop": (
        fives(f"{FLAT}|10/12/10/12 12/12/8/10", HELD),
        [(1, 0, 10, "market"), AT_TARGET],
    ),
    "or the stop before the target": (
        fives(f"{FLAT}|10/10/8/8 8/12/8/10", HELD),
        [(1, 0, 10, "market"), STOPPED],
    ),
    "both in one finer bar: the pessimist's": (
        fives(f"{FLAT}|10/10.5/9.5/10 10/12/8/10", HELD),
        [(1, 0, 10, "market"), STOPPED],
    ),
    "both in one finer bar: the optimist's": (
        fives(f"{FLAT}|10/10.5/9.5/10 10/12/8/10", HELD, policy="optimistic"),
        [(1, 0, 10, "market"), AT_TARGET],
    ),
    "a finer open beyond the stop fills there": (
        fives(f"{FLAT}|10/10/9.5/9.5 8/12/8/10", HELD),
        [(1, 0, 10, "market"), (1, 1, 8, "stop_loss")],
    ),
    "a finer open beyond the target fills there": (
        fives(f"{FLAT}|10/10/9.5/9.5 11.5/12/8/10", HELD),
        [(1, 0, 10, "market"), (1, 1, 11.5, "take_profit")],
    ),
    "an entry in an earlier finer bar is none of this one, where it is stopped or sold: the equity at the close, 2 and not 2.4": (
        fives(
            f"{FLAT}|10/10/9/9.5 9.5/11.5/7.5/7.6",
            before(0, "buy", size=1, limit="9", stop_loss="8"),
            before(0, "sell", size=1, limit="11"),
        ),
        [(1, 1, 9, "limit"), (2, 1, 11, "limit")],
    ),
    "an order placed at a fill waits for the next bar of the run, not for the next finer one": (
        fives(f"{FLAT}|10/12/10/12 12/12/8/10|10/10/10/10", HELD, replace(before(0, "sell", size=1), when="fill", at=2)),
        [(1, 0, 10, "market"), AT_TARGET, (2, 2, 10, "market")],
    ),
}


@pytest.mark.parametrize("sentence", FINER)
def test_finer_bars_inside(sentence: str) -> None:
    case, expected = FINER[sentence]
    assert play(case)[0].fills.select("order", "tick", "price", "reason").rows() == expected
    assert [(fill.order, fill.tick, float(fill.price), fill.reason) for fill in case.result.fills] == expected


def test_excursions_follow_the_finer_bars() -> None:
    """It leaves in the second finer bar at 9, having seen 10.5 and nothing of the third."""
    case = fives(f"{FLAT}|10/10.5/9.5/10 10/10/9/9 9/14/7/10", before(0, "buy", size=1, stop_loss="9"))
    assert play(case)[0].trades.select("mae", "mfe").row(0) == (-1, 0.5)


def test_a_bar_that_lacks_finer_ones_goes_by_the_policy_and_is_counted() -> None:
    case = fives(f"{FLAT}|10/12/10/12 12/12/8/10|10/10/10/10", HELD)
    thinned = replace(case, finer=(case.finer[0], case.finer[1][1:], ()))
    with pytest.warns(
        bt.errors.BtlabWarning, match=r"^2 of 3 bars lack 1m bars, the first at 2024-01-10 00:05:00.*'pessimistic'"
    ):
        session, _ = play(thinned)
    assert session.fills["reason"].to_list() == ["market", "stop_loss"]
    assert session.finer is not None and session.finer.missing.tolist() == [1, 2]


HOUR = 60 * MINUTE
COARSE = "10/12/8/11"
CONTRADICTIONS = {
    "its high": ("10/13/8/11", "high is 12, that of the 30m bars inside it 13"),
    "its low": ("10/12/7/11", "low is 8, that of the 30m bars inside it 7"),
    "its open": ("9/12/8/11", "open is 10, that of the 30m bars inside it 9"),
    "its close": ("10/12/8/10 10/12/8/9", "close is 11, that of the 30m bars inside it 9"),
    "its high where all are there": ("10/11/8/10 10/11/8/11", "high is 12, that of the 30m bars inside it 11"),
}


def hour(text: str, index: int = 0) -> list[Bar]:
    return [bar(*each.split("/"), START + index * HOUR + k * 30 * MINUTE) for k, each in enumerate(text.split())]


def run_inside(coarse: bt.Bars, finer: Any, **options: Any) -> bt.Session:
    return bt.run(Once(), coarse, execution=bt.Execution(intrabar=finer), **options)


class Once(bt.Strategy):
    timeframe = "1d"

    def on_start(self, ctx: Any) -> None:
        ctx.buy(size=1)


@pytest.mark.parametrize("sentence", CONTRADICTIONS)
def test_a_contradiction_names_the_first_bar(sentence: str) -> None:
    inside, message = CONTRADICTIONS[sentence]
    whole = f"{COARSE.rpartition('/')[0]}/10 10/11/9/11"
    coarse = bars_of([bar(*COARSE.split("/"), START + k * HOUR) for k in range(3)], "1h")
    good = bars_of([*hour(whole, 0), *hour(whole, 1), *hour(whole, 2)], "30m")
    assert not len(run_inside(coarse, good).finer.missing)  # type: ignore[union-attr]
    bad = bars_of([*hour(whole, 0), *hour(inside, 1), *hour(inside, 2)], "30m")
    with pytest.raises(bt.errors.SeriesError, match=f"bar 1, 2024-01-10 01:00:00.*: its {message}"):
        run_inside(coarse, bad)


def test_what_is_no_finer_bar_is_refused() -> None:
    coarse = bars_of(hour("10/12/8/11 11/12/10/11"), "15m")
    other = bt.Bars.from_frame(coarse.to_polars(), symbol="OTHER", timeframe="5m")
    elsewhere = bt.Bars.from_frame(
        coarse.to_polars().with_columns(pl.col("time").dt.offset_by("1d")), symbol="TEST", timeframe="1m"
    )
    longer, mine = bars_of(hour(COARSE), "1h"), bars_of(hour(COARSE), "15m")
    for finer, message in (
        (longer, "1h bars inside 15m bars"),
        (mine, "15m bars inside 15m bars"),
        (other, "finer bars of OTHER inside bars of TEST"),
        (elsewhere, "there are no 1m bars inside the 15m bars"),
        ("finer", r"bt\.run\(\.\.\., store=store\)"),
    ):
        with pytest.raises(bt.errors.RunError, match=message):
            run_inside(coarse, finer)
    with pytest.raises(bt.errors.RunError, match=r"intrabar='pesimistic' is none\. Did you mean 'pessimistic'"):
        bt.Execution(intrabar="pesimistic")
    with pytest.raises(bt.errors.RunError, match="ticks have nothing finer"):
        bt.run(Once(), bt.simulate_ticks("EURUSD", days=1), execution=bt.Execution(intrabar=coarse))


def test_the_finest_bars_of_a_store() -> None:
    """Of ticks its minutes, of imported bars the finest that make up the run's, of its own symbol and time."""
    minutes = walk_of(2, 60 * 60, "1m", gaps=True, reach=3)
    hours, store = bt.bars(minutes, "1h"), bt.Store(":memory:")
    with pytest.raises(bt.errors.NotStoredError, match="nothing of TEST that is finer than 1h"):
        under("finer", hours, Bracketed(), store=store)
    for timeframe in ("5m", "15m", "1h"):
        store.import_bars(bt.bars(minutes, timeframe), feed="one")
    fives, given = under("finer", hours, Bracketed(), store=store), under(bt.bars(minutes, "5m"), hours, Bracketed())
    assert fives.fingerprint == given.fingerprint != under("pessimistic", hours, Bracketed()).fingerprint
    store.import_bars(minutes, feed="two")
    finest = under("finer", hours, Bracketed(), store=store)
    assert finest.fingerprint == under(minutes, hours, Bracketed()).fingerprint != fives.fingerprint
    assert finest.ambiguity().policies["equity"][0] == finest.equity["equity"][-1]


@pytest.mark.parametrize("price", ["bid", "mid"])
def test_the_finest_bars_of_stored_ticks(price: str) -> None:
    ticks, store = bt.simulate_ticks("EURUSD", days=2), bt.Store(":memory:")
    store.import_ticks(ticks)
    hours, minutes = (store.bars("EURUSD", timeframe, price=price) for timeframe in ("1h", "1m"))
    stored, given = under("finer", hours, Bracketed(), store=store, price=price), under(minutes, hours, Bracketed(), price=price)
    assert stored.fingerprint == given.fingerprint
    assert len(stored.fills) > 10
    assert stored.finer is not None and not len(stored.finer.missing)
    assert under("finer", minutes, ByMinute(), store=store, price=price).finer is not None


class Bracketed(bt.Strategy):
    """One entry at a time, of a kind that the bar's number decides, with a stop and a target."""

    timeframe = "1h"
    stop: float = 0.0005
    target: float = 0.0005
    once: bool = False

    def init(self) -> None:
        self.bars = 0
        self.done = False

    def on_bar(self, ctx: Any) -> None:
        self.bars += 1
        if ctx.position != 0.0 or self.done:
            return
        ctx.cancel_all()
        side = 1.0 if self.bars % 2 == 0 else -1.0
        kind = self.bars % 3
        level = ctx.bid if kind == 0 else ctx.bid + side * (0.0002 if kind == 1 else -0.0002)
        low, high = level - self.stop, level + self.target
        if side > 0.0:
            if kind == 0:
                ctx.buy(size=1000, stop_loss=low, take_profit=high)
            elif kind == 1:
                ctx.buy(size=1000, stop=level, stop_loss=low, take_profit=high)
            else:
                ctx.buy(size=1000, limit=level, stop_loss=low, take_profit=high)
        elif kind == 0:
            ctx.sell(size=1000, stop_loss=high, take_profit=low)
        elif kind == 1:
            ctx.sell(size=1000, stop=level, stop_loss=high, take_profit=low)
        else:
            ctx.sell(size=1000, limit=level, stop_loss=high, take_profit=low)
        self.done = self.once


def walk_of(seed: int, count: int, timeframe: str, *, gaps: bool, reach: int = 6) -> bt.Bars:
    """Bars in points of 0.0001; without gaps each opens where the last one closed."""
    draw = random.Random(seed)
    points, rows = 11_000, []
    for _ in range(count):
        open_ = points + (draw.choice((-3, 0, 0, 2)) if gaps else 0)
        high, low = open_ + draw.randint(0, reach), open_ - draw.randint(0, reach)
        points = draw.randint(low, high)
        rows.append([Decimal(price) / 10_000 for price in (open_, high, low, points)])
    length = {"1m": 1, "5m": 5, "1h": 60}[timeframe] * MINUTE
    return bars_of([Bar(*row, START + k * length) for k, row in enumerate(rows)], timeframe)


def under(policy: Any, data: Any, strategy: bt.Strategy, **options: Any) -> bt.Session:
    return bt.run(strategy, data, execution=bt.Execution(intrabar=policy), **options)


def test_of_one_lot_the_pessimist_has_the_worst_and_the_optimist_the_best() -> None:
    """Without gaps a stop or target is all that a lot can lose or win, so the choice in its bar is the choice for good."""
    differ = 0
    for seed in range(150):
        data, draw = walk_of(seed, 12, "1h", gaps=False), random.Random(seed)
        strategy = Bracketed(stop=draw.randint(1, 5) / 10_000, target=draw.randint(1, 5) / 10_000, once=True)
        runs = {policy: under(policy, data, strategy, mode="compiled") for policy in POLICIES}
        ends = {policy: float(run.equity["equity"][-1]) for policy, run in runs.items()}
        assert ends["pessimistic"] <= min(ends.values()) + 1e-9, seed
        assert ends["optimistic"] >= max(ends.values()) - 1e-9, seed
        differ += ends["pessimistic"] < ends["optimistic"]
    assert differ > 15


@pytest.mark.parametrize("seed", range(4))
def test_where_no_bar_touches_two_levels_all_policies_agree_bit_for_bit(seed: int) -> None:
    data = walk_of(seed, 400, "1h", gaps=True, reach=2)
    runs = [under(policy, data, Wide(), mode="compiled") for policy in POLICIES]
    assert len({run.fingerprint for run in runs}) == 1
    assert len(runs[0].fills) > 20
    assert not any(len(run.records["choice"]) for run in runs)


class ByMinute(Bracketed):
    timeframe = "1m"


class Wide(bt.Strategy):
    """Enters at the open; its levels lie further apart than any bar reaches."""

    timeframe = "1h"

    def on_bar(self, ctx: Any) -> None:
        if ctx.position == 0.0:
            ctx.buy(size=1000, stop_loss=ctx.bid - 0.0009, take_profit=ctx.bid + 0.0009)


@pytest.mark.parametrize("policy", POLICIES)
@pytest.mark.parametrize("seed", range(3))
def test_finer_bars_inside_fill_as_a_run_over_the_finer_bars(seed: int, policy: str) -> None:
    """A strategy that acts at the closes of hours alone does not care which way its fills are found."""
    minutes = walk_of(seed, 60 * 40, "1m", gaps=True, reach=3)
    hours = bt.bars(minutes, "1h")
    over_minutes = under(policy, minutes, Bracketed())
    inside = under(Intrabar(policy, minutes), hours, Bracketed())
    fills = [run.fills.select("order", "side", "size", "price", "reason").rows() for run in (over_minutes, inside)]
    assert fills[0] == fills[1]
    assert len(fills[0]) > 50
    excursions = [
        run.trades.filter(pl.col("exit_reason") != "market").select("mae", "mfe").to_numpy() for run in (over_minutes, inside)
    ]
    assert np.allclose(*excursions, rtol=0, atol=1e-9)


def test_modes_agree_on_every_policy() -> None:
    minutes = walk_of(1, 2_000, "1m", gaps=True)
    hours = bt.bars(minutes, "1h")
    for policy in (*POLICIES, minutes):
        compiled, interpreted = (under(policy, hours, Bracketed(), mode=mode) for mode in ("compiled", "interpreted"))
        assert compiled.fingerprint == interpreted.fingerprint
        assert (compiled.records["choice"] == interpreted.records["choice"]).all()
