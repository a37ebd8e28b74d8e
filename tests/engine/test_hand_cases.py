"""Cases worked out by hand, played by the ledger and by the engine: both must say what the arithmetic in words says."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import polars as pl
import pytest

from tests.engine.cases import THEMES, Case
from tests.engine.scripted import play

CASES = [pytest.param(case, id=f"{theme}: {name}") for theme, cases in THEMES.items() for name, case in cases.items()]


def same(ours: Iterable[Any], theirs: Iterable[Any]) -> bool:
    """Numbers equal to a hundred-millionth, or to 1e-12 of them."""
    return [float(each) for each in ours] == pytest.approx([float(each) for each in theirs], rel=1e-12, abs=1e-8)


def check(case: Case, fills: list[Any], equity: Any, ends: list[Any], commissions: list[Any], financing: list[Any]) -> None:
    """Fills are (order, tick, side, size, price, reason)."""
    assert [fill[:3] + fill[5:] for fill in fills] == [fill[:3] + fill[5:] for fill in case.fills], case.why
    assert same((fill[3] for fill in fills), (fill[3] for fill in case.fills)), case.why
    assert same((fill[4] for fill in fills), (fill[4] for fill in case.fills)), case.why
    assert case.equity is None or same([equity], [case.equity]), (equity, case.why)
    assert case.ends is None or ends == case.ends, case.why
    assert case.commissions is None or same(commissions, case.commissions), (commissions, case.why)
    assert case.financing is None or same(financing, case.financing), (financing, case.why)


@pytest.mark.parametrize("case", CASES)
def test_the_ledger_says_so(case: Case) -> None:
    result = case.scenario.play()
    assert result.last is not None
    trades = sorted((*result.trades, *result.open_trades), key=lambda trade: trade.id)
    check(
        case,
        [(f.order, f.tick, "buy" if f.side > 0 else "sell", f.size, f.price, f.reason) for f in result.fills],
        result.last.equity,
        [(o.state, "" if o.state in ("working", "filled") else o.reason) for o in result.orders],
        [fill.commission for fill in result.fills],
        [trade.financing for trade in trades],
    )
    assert case.margin_calls is None or result.margin_calls == case.margin_calls, case.why


@pytest.mark.parametrize("case", CASES)
def test_the_engine_does_so(case: Case) -> None:
    session, _ = play(case.scenario)
    reasons = (reason and reason.partition(":")[0].removeprefix("order.") for reason in session.orders["reason"])
    reasons = ["cancel" if reason == "cancelled by the strategy" else reason or "" for reason in reasons]
    check(
        case,
        session.fills.select("order", "tick", "side", "size", "price", "reason").rows(),
        session.equity["equity"][-1],
        list(zip(session.orders["state"], reasons)),
        session.fills["commission"].to_list(),
        session.trades["financing"].to_list(),
    )
    calls = session.marks.filter(pl.col("name") == "margin_call")["tick"].to_list()
    assert case.margin_calls is None or calls == case.margin_calls, case.why


def test_there_are_enough_of_them() -> None:
    assert len(CASES) >= 60 and all(len(param.values[0].why) > 10 for param in CASES)
