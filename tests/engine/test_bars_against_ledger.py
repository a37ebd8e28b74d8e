"""The engine on bars and a Decimal ledger for bars, written apart from it, agree on every fill and on all money."""

from __future__ import annotations

import polars as pl
import pytest

import btlab as bt
from tests.engine.nearly import near
from tests.engine.scripted_bars import ScriptedByBar, play
from tests.oracles.bar_ledger import BarResult
from tests.oracles.bar_scenarios import MINUTES, BarScenario, random_bar_scenario

POLICIES = ("pessimistic", "optimistic", "path", "high_first", "low_first")
FEATURES = frozenset(
    (
        "trailing",
        "participation",
        "margin",
        "hedging",
        "through",
        "widen",
        "limits",
        "latency",
        "current",
        "slippage",
        "commission",
    )
)
SCENARIOS = 40
MONEY = ("size", "entry_price", "exit_price", "gross_pnl", "commission", "slippage", "pnl", "mae", "mfe")


def compare(scenario: BarScenario) -> int:
    """Every fill, order, trade and state; returns how many fills there were."""
    expected = scenario.result
    session, strategy = play(scenario)
    compare_fills(session, strategy, expected, scenario)
    compare_orders(session, expected)
    assert strategy.answers == expected.answers
    compare_trades(session, expected)
    for ours, theirs in zip(strategy.seen, expected.states, strict=True):
        assert all(near(mine, its) for mine, its in zip(ours, (theirs.equity, theirs.cash, theirs.position))), (ours, theirs)
    if scenario.rules.fill == "next":
        compare_equity(session, expected, scenario)
    assert doubtful(session) == expected.doubtful
    return len(expected.fills)


def doubtful(session: bt.Session) -> set[tuple[int, int, int]]:
    """(bar, step inside it, order) of what the run noted to hang on the path."""
    noted = session.records["choice"]
    begun = noted["tick"] if session.finer is None else session.finer.first[noted["tick"]]
    return set(zip(noted["tick"].tolist(), (noted["step"] - begun).tolist(), noted["order"].tolist()))


def compare_fills(session: bt.Session, strategy: ScriptedByBar, expected: BarResult, scenario: BarScenario) -> None:
    fills = session.fills.with_columns(pl.col("time").dt.timestamp("us")).to_dicts()
    assert [(f["order"], f["tick"], f["side"], f["reason"]) for f in fills] == [
        (f.order, f.tick, "buy" if f.side > 0 else "sell", f.reason) for f in expected.fills
    ]
    waits = scenario.rules.fill == "next"
    if waits:
        assert [fill["time"] for fill in fills] == [scenario.bars[fill.tick].time for fill in expected.fills]
    for ours, theirs, told, bid in zip(fills, expected.fills, strategy.at_fills, expected.bids, strict=True):
        for name in ("size", "price", "commission", "slippage"):
            assert near(ours[name], getattr(theirs, name)), (name, ours, theirs)
        values = (theirs.order, theirs.size, theirs.price, theirs.equity, theirs.cash, bid)
        one_of_many = theirs.reason == "liquidation" or (theirs.reason == "close" and scenario.rules.hedging)
        for mine, its in list(zip(told, values, strict=True))[: 3 if one_of_many or not waits else None]:
            assert near(mine, its), (told, theirs)


def compare_orders(session: bt.Session, expected: BarResult) -> None:
    table = session.orders.with_columns(pl.col("ended").dt.timestamp("us"))
    for ours, theirs in zip(table.to_dicts(), expected.orders, strict=True):
        assert (ours["id"], ours["kind"], ours["state"]) == (theirs.id, theirs.kind, theirs.state), (ours, theirs)
        assert (ours["created_tick"], ours["ended_tick"]) == (theirs.created_tick, theirs.ended_tick), (ours, theirs)
        assert near(ours["filled"], theirs.filled)
        assert ours["ended"] == theirs.ended, (ours, theirs)
        if theirs.state == "expired" or (theirs.state in ("cancelled", "rejected") and theirs.reason != "cancel"):
            assert ours["reason"].partition(":")[0] in [f"order.{reason}" for reason in theirs.reason.split("/")], (ours, theirs)


def compare_trades(session: bt.Session, expected: BarResult) -> None:
    trades = {trade.id: trade for trade in (*expected.trades, *expected.open_trades)}
    ours_by_id = {trade["id"]: trade for trade in session.trades.to_dicts()}
    assert ours_by_id.keys() == trades.keys()
    for id_, theirs in trades.items():
        ours = ours_by_id[id_]
        for name in ("parent", "entry_order", "entry_tick", "exit_tick", "exit_reason"):
            assert ours[name] == getattr(theirs, name), (name, ours, theirs)
        for name in MONEY:
            assert near(ours[name], getattr(theirs, name)), (name, ours[name], getattr(theirs, name), ours, theirs)


def compare_equity(session: bt.Session, expected: BarResult, scenario: BarScenario) -> None:
    """A row at the start, at each fill at its bar's start, at each bar's end, and at the last bar, told at its start."""
    length, last = MINUTES[scenario.timeframe] * 60_000_000, len(scenario.bars) - 1
    rows = [(-1, scenario.bars[0].time, scenario.rules.cash)]
    for i, state in enumerate(expected.states):
        start = scenario.bars[i].time
        rows += [(i, start, fill.equity) for fill in expected.fills if fill.tick == i]
        rows.append((i, start if i == last else start + length, state.equity))
    table = session.equity.with_columns(pl.col("time").dt.timestamp("us"))
    assert table.select("tick", "time").rows() == [row[:2] for row in rows]
    assert all(near(ours, theirs) for ours, (_, _, theirs) in zip(table["equity"], rows, strict=True))
    final = table.row(-1, named=True)
    assert all(near(final[name], getattr(expected.states[-1], name)) for name in ("cash", "position_value"))
    highest = 0.0
    for equity, drawdown in table.select("equity", "drawdown").rows():
        highest = max(highest, equity)
        assert drawdown == pytest.approx(1 - equity / highest, abs=1e-12)


@pytest.mark.parametrize("policy", POLICIES)
def test_bars_fill_as_the_ledger_says(policy: str) -> None:
    first = SCENARIOS * POLICIES.index(policy)
    filled = sum(compare(random_bar_scenario(seed, policy)) for seed in range(first, first + SCENARIOS))
    assert filled > 10 * SCENARIOS


@pytest.mark.parametrize("policy", POLICIES)
@pytest.mark.filterwarnings("ignore:.*lack .* bars")
def test_trailing_stops_partial_fills_margin_and_more_along_the_path(policy: str) -> None:
    first = SCENARIOS * POLICIES.index(policy) + 100_000
    scenarios = [
        random_bar_scenario(seed, policy, finer=seed % 3 == 0, features=FEATURES) for seed in range(first, first + SCENARIOS)
    ]
    assert sum(compare(scenario) for scenario in scenarios) > 8 * SCENARIOS
    trailed = sum(fill.reason == "trailing" for scenario in scenarios for fill in scenario.result.fills)
    assert trailed > SCENARIOS // 10


@pytest.mark.parametrize("policy", POLICIES)
@pytest.mark.filterwarnings("ignore:.*lack .* bars")
def test_finer_bars_inside_fill_as_the_ledger_says(policy: str) -> None:
    first = SCENARIOS // 2 * POLICIES.index(policy)
    filled = sum(compare(random_bar_scenario(seed, policy, finer=True)) for seed in range(first, first + SCENARIOS // 2))
    assert filled > 4 * SCENARIOS


@pytest.mark.parametrize("seed", range(6))
def test_the_state_at_every_bar_is_the_ledgers(seed: int) -> None:
    scenario = random_bar_scenario(seed)
    session, _ = play(scenario)
    trades = (*scenario.result.trades, *scenario.result.open_trades)
    for i, state in enumerate(scenario.result.states):
        moment = session.at(i)
        for name in ("equity", "cash", "position_value", "position"):
            assert near(getattr(moment, name), getattr(state, name)), (i, name)
        assert (near(moment.bid, scenario.bars[i].close), len(moment.fills)) == (
            True,
            sum(f.tick <= i for f in scenario.result.fills),
        )
        closed = moment.trades.filter(pl.col("exit_tick").is_not_null())
        assert set(closed["id"]) == {trade.id for trade in trades if trade.exit_tick is not None and trade.exit_tick <= i}
        working = {o.id for o in scenario.result.orders if o.created_tick < i and (o.ended_tick is None or o.ended_tick > i)}
        assert working <= set(moment.orders["id"])
