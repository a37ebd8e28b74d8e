"""The engine and a Decimal ledger written apart from it agree on every fill and on all money."""

from __future__ import annotations

import polars as pl
import pytest

import btlab as bt
from tests.engine.nearly import near
from tests.engine.scripted import Scripted, play
from tests.oracles.records import Fill, Result
from tests.oracles.scenarios import Scenario, random_scenario

SCENARIOS = 500
CHUNK = 100


def compare(scenario: Scenario, *, by_tick: bool) -> int:
    """Every fill, order, trade and state; returns how many fills there were."""
    expected = scenario.play()
    session, strategy = play(scenario, by_tick=by_tick)
    fills = session.fills.to_dicts()
    assert [(f["order"], f["tick"], f["side"], f["reason"]) for f in fills] == [
        (f.order, f.tick, "buy" if f.side > 0 else "sell", f.reason) for f in expected.fills
    ]
    for ours, theirs in zip(fills, expected.fills):
        for name in ("size", "price", "commission", "slippage"):
            assert near(ours[name], getattr(theirs, name)), (name, ours, theirs)
    compare_orders(session, expected)
    assert strategy.answers == expected.answers
    assert session.marks.filter(pl.col("name") == "margin_call")["tick"].to_list() == expected.margin_calls
    trades = {trade.id: trade for trade in (*expected.trades, *expected.open_trades)}
    ours_by_id = {trade["id"]: trade for trade in session.trades.to_dicts()}
    assert ours_by_id.keys() == trades.keys()
    for id_, theirs in trades.items():
        ours = ours_by_id[id_]
        assert (ours["parent"], ours["entry_order"], ours["entry_tick"], ours["exit_tick"], ours["exit_reason"]) == (
            theirs.parent, theirs.entry_order, theirs.entry_tick, theirs.exit_tick, theirs.exit_reason,
        )  # fmt: skip
        for name in (
            "size",
            "entry_price",
            "exit_price",
            "gross_pnl",
            "commission",
            "slippage",
            "financing",
            "pnl",
            "mae",
            "mfe",
        ):
            if getattr(theirs, name) is not None:
                assert near(ours[name], getattr(theirs, name)), (name, ours, theirs)
    compare_accounts(strategy, expected, by_tick=by_tick, told_at_once=scenario.rules.fill == "next")
    last = session.equity.tail(1).to_dicts()[0]
    for name in ("equity", "cash", "position_value"):
        assert near(last[name], getattr(expected.last, name)), (name, last, expected.last)
    return len(fills)


def as_told(fills: list[Fill]) -> list[Fill]:
    """The fill after which each is told: the lots of one close order, or of one liquidation, are one event."""
    told: list[Fill] = []
    for fill in reversed(fills):
        later = told[-1] if told else fill
        same = (fill.tick, fill.reason) == (later.tick, later.reason)
        together = same and (fill.reason == "liquidation" or (fill.reason == "close" and fill.order == later.order))
        told.append(later if together else fill)
    return told[::-1]


def compare_accounts(strategy: Scripted, expected: Result, *, by_tick: bool, told_at_once: bool) -> None:
    """What the strategy saw of its account at ticks, closes and fills."""
    seen = [(strategy.at_closes, expected.at_closes)]
    seen += [(strategy.seen, expected.states)] if by_tick else []
    seen += [(strategy.after_fills, as_told(expected.fills))] if told_at_once else []
    for ours, theirs in seen:
        for mine, its in zip(ours, theirs, strict=True):
            for value, name in zip(mine, ("equity", "cash", "position")):
                assert near(value, getattr(its, name)), (name, mine, its)


def compare_orders(session: bt.Session, expected: Result) -> None:
    table = session.orders.with_columns(pl.col("ended").dt.timestamp("us"))
    for ours, theirs in zip(table.to_dicts(), expected.orders, strict=True):
        assert (ours["id"], ours["kind"], ours["state"]) == (theirs.id, theirs.kind, theirs.state), (ours, theirs)
        assert near(ours["filled"], theirs.filled), (ours, theirs)
        assert (ours["created_tick"], ours["ended"]) == (theirs.created_tick, theirs.ended), (ours, theirs)
        if theirs.state == "expired" or (theirs.state in ("cancelled", "rejected") and theirs.reason != "cancel"):
            assert ours["reason"].partition(":")[0] in [f"order.{reason}" for reason in theirs.reason.split("/")], (ours, theirs)


@pytest.mark.parametrize("first", range(0, SCENARIOS, CHUNK))
def test_told_every_tick(first: int) -> None:
    filled = sum(compare(random_scenario(seed), by_tick=True) for seed in range(first, first + CHUNK))
    assert filled > 3 * CHUNK


@pytest.mark.parametrize("first", range(0, SCENARIOS, CHUNK))
def test_told_closes_only(first: int) -> None:
    """The way that spares minutes which reach no trigger."""
    filled = 0
    for seed in range(first, first + CHUNK):
        filled += compare(random_scenario(seed, closes_only=True), by_tick=False)
    assert filled > CHUNK
