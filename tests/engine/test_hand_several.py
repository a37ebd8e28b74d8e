"""Cases of several symbols worked out by hand, played by the ledger and by the engine."""

from __future__ import annotations

from typing import Any

import polars as pl
import pytest

from tests.engine.cases.several import CASES, SeveralCase
from tests.engine.scripted_several import play_several
from tests.engine.test_hand_cases import same

NAMED = [pytest.param(case, id=name) for name, case in CASES.items()]


def names(case: SeveralCase) -> list[str]:
    return sorted(market.name for market in case.scenario.markets)


def check(case: SeveralCase, **found: Any) -> None:
    """Fills are (symbol, order, tick, side, size, price, reason); what the case is silent about is not looked at."""
    fills = found.pop("fills")
    assert [fill[:4] + fill[6:] for fill in fills] == [fill[:4] + fill[6:] for fill in case.fills], case.why
    for column in (4, 5):
        assert same((fill[column] for fill in fills), (fill[column] for fill in case.fills)), case.why
    rows = found.pop("rows")
    if case.rows is not None:
        assert [row[0] for row in rows] == [row[0] for row in case.rows], case.why
        assert same((row[1] for row in rows), (row[1] for row in case.rows)), (rows, case.why)
    assert case.equity is None or same([rows[-1][1]], [case.equity]), (rows[-1], case.why)
    for name in ("commissions", "financing"):
        wanted, values = getattr(case, name), found.pop(name)
        assert wanted is None or same(values, wanted), (values, case.why)
    for name, value in found.items():
        assert getattr(case, name) in (None, value), (name, value, case.why)


@pytest.mark.parametrize("case", NAMED)
def test_the_ledger_says_so(case: SeveralCase) -> None:
    result, symbols = case.scenario.play(), names(case)
    trades = sorted((*result.trades, *result.open_trades), key=lambda trade: trade.id)
    check(
        case,
        fills=[
            (symbols[f.symbol], f.order, f.tick, "buy" if f.side > 0 else "sell", f.size, f.price, f.reason) for f in result.fills
        ],
        rows=[(row.time, row.equity) for row in result.rows],
        commissions=[fill.commission for fill in result.fills],
        financing=[trade.financing for trade in trades],
        ends=[(order.state, "" if order.state in ("working", "filled") else order.reason) for order in result.orders],
        margin_calls=[(symbols[symbol], tick) for symbol, tick in result.margin_calls],
        told=[(told.end, told.timeframe, symbols[told.symbol]) for told in result.bars],
        moments=[fill.time for fill in result.fills],
    )


@pytest.mark.parametrize("case", NAMED)
def test_the_engine_does_so(case: SeveralCase) -> None:
    session, strategy = play_several(case.scenario)
    reasons = (reason and reason.partition(":")[0].removeprefix("order.") for reason in session.orders["reason"])
    reasons = ("cancel" if reason == "cancelled by the strategy" else reason or "" for reason in reasons)
    check(
        case,
        fills=session.fills.select("symbol", "order", "tick", "side", "size", "price", "reason").rows(),
        rows=session.equity.select(pl.col("time").dt.timestamp("us"), "equity").rows(),
        commissions=session.fills["commission"].to_list(),
        financing=session.trades["financing"].to_list(),
        ends=list(zip(session.orders["state"], reasons, strict=True)),
        margin_calls=session.marks.filter(pl.col("name") == "margin_call").select("symbol", "tick").rows(),
        told=[(end, timeframe, session.symbols[symbol]) for end, timeframe, symbol in strategy.told],
        moments=session.fills["time"].dt.timestamp("us").to_list(),
    )


def test_there_are_enough_of_them() -> None:
    assert len(CASES) >= 30 and all(len(case.why) > 10 for case in CASES.values())
