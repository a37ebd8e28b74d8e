"""Bars worked out by hand, a rule each, played by the engine and by the ledger. Bars are written open/high/low/close, in bids."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from tests.engine.scripted_bars import play
from tests.oracles.bar_ledger import bar
from tests.oracles.bar_scenarios import START, BarScenario
from tests.oracles.records import Rules, command

MINUTE = 60_000_000
FLAT = "10/10/10/10"
TIE = "10/12/8/10"  # both extremes are equally far: the low comes first


def scenario(bars: str, *script: Any, spread: str = "0", **rules: str) -> BarScenario:
    rows = (bar(*each.split("/"), START + i * MINUTE) for i, each in enumerate(bars.split()))
    numbers = {name: Decimal(value) for name, value in rules.items()}
    return BarScenario(0, Rules(**numbers), Decimal(spread), "1m", tuple(rows), script)


def before(at: int, action: str, **values: Any) -> Any:
    return command("before", at, action, **values)


def after(at: int, action: str, **values: Any) -> Any:
    return command("after", at, action, **values)


def on_fill(at: int, action: str, **values: Any) -> Any:
    return command("fill", at, action, **values)


LONG = before(0, "buy", size=1)

# sentence: scenario, fills as (order, bar, side, price, reason)
CASES: dict[str, tuple[BarScenario, list[tuple[int, int, str, float, str]]]] = {
    "a market order placed at a close meets the next open": (
        scenario("10/11/9/10 12/13/11/12", before(1, "buy", size=1)),
        [(1, 1, "buy", 12, "market")],
    ),
    "a market order placed in on_tick meets the next open": (
        scenario("10/11/9/10 12/13/11/12", after(0, "sell", size=1)),
        [(1, 1, "sell", 12, "market")],
    ),
    "a market order placed in on_start meets the first open": (
        scenario(FLAT, before(0, "sell", size=1)),
        [(1, 0, "sell", 10, "market")],
    ),
    "a buy pays the spread, a sell does not": (
        scenario(FLAT, before(0, "buy", size=1), before(0, "sell", size=2), spread="0.5"),
        [(1, 0, "buy", 10.5, "market"), (2, 0, "sell", 10, "market")],
    ),
    "a limit inside a bar fills at its price": (
        scenario(TIE, before(0, "buy", size=1, limit="9.25")),
        [(1, 0, "buy", 9.25, "limit")],
    ),
    "a limit at the very extreme fills": (
        scenario(TIE, before(0, "sell", size=1, limit="12")),
        [(1, 0, "sell", 12, "limit")],
    ),
    "a new limit beyond the open fills at the open": (
        scenario(TIE, before(0, "buy", size=1, limit="11")),
        [(1, 0, "buy", 10, "limit")],
    ),
    "a resting limit jumped over by the open fills at the open": (
        scenario(f"{FLAT} 8/9/8/9", before(0, "buy", size=1, limit="9")),
        [(1, 1, "buy", 8, "limit")],
    ),
    "a buy limit waits until the ask is there, a spread above the low": (
        scenario(TIE, before(0, "buy", size=1, limit="8.49"), before(0, "buy", size=1, limit="8.5"), spread="0.5"),
        [(2, 0, "buy", 8.5, "limit")],
    ),
    "a stop inside a bar fills at its price": (
        scenario(TIE, before(0, "sell", size=1, stop="9.25")),
        [(1, 0, "sell", 9.25, "stop")],
    ),
    "a stop jumped over by the open fills at the open": (
        scenario(f"{FLAT} 12/13/12/13", before(0, "buy", size=1, stop="11")),
        [(1, 1, "buy", 12, "stop")],
    ),
    "a buy stop looks at the ask": (
        scenario(TIE, before(0, "buy", size=1, stop="12.5"), before(0, "buy", size=1, stop="12.51"), spread="0.5"),
        [(1, 0, "buy", 12.5, "stop")],
    ),
    "slippage is added to a stop, not to a limit": (
        scenario(TIE, before(0, "buy", size=1, stop="11"), before(0, "sell", size=1, limit="12"), slippage="0.1"),
        [(1, 0, "buy", 11.1, "stop"), (2, 0, "sell", 12, "limit")],
    ),
    "a stop comes before a target, even where the target is nearer": (
        scenario(f"{FLAT} 10/11/7/10", before(0, "buy", size=1, stop_loss="9", take_profit="11")),
        [(1, 0, "buy", 10, "market"), (1, 1, "sell", 9, "stop_loss")],
    ),
    "a short's stop comes before its target": (
        scenario(f"{FLAT} 10/13/9/10", before(0, "sell", size=1, stop_loss="11", take_profit="9")),
        [(1, 0, "sell", 10, "market"), (1, 1, "buy", 11, "stop_loss")],
    ),
    "an open beyond the target has reached it before any stop inside the bar": (
        scenario(f"{FLAT} 12/12.5/8/9", before(0, "buy", size=1, stop_loss="9", take_profit="11")),
        [(1, 0, "buy", 10, "market"), (1, 1, "sell", 12, "take_profit")],
    ),
    "an open beyond the stop fills there": (
        scenario(f"{FLAT} 8/12/8/12", before(0, "buy", size=1, stop_loss="9", take_profit="11")),
        [(1, 0, "buy", 10, "market"), (1, 1, "sell", 8, "stop_loss")],
    ),
    "an entry at the open with its target inside the bar: both paths give it": (
        scenario(TIE, before(0, "buy", size=1, take_profit="11")),
        [(1, 0, "buy", 10, "market"), (1, 0, "sell", 11, "take_profit")],
    ),
    "an entry at the open with stop and target inside the bar is stopped": (
        scenario("10/11/7/10", before(0, "buy", size=1, stop_loss="9", take_profit="11")),
        [(1, 0, "buy", 10, "market"), (1, 0, "sell", 9, "stop_loss")],
    ),
    "a limit entry and a target beyond the open are not in one bar": (
        scenario(f"{TIE} 10/12/10/12", before(0, "buy", size=1, limit="9", take_profit="11")),
        [(1, 0, "buy", 9, "limit"), (1, 1, "sell", 11, "take_profit")],
    ),
    "no equity outweighs that: here the target's commission would be worse than waiting": (
        scenario(f"{TIE} 10/12/10/12", before(0, "buy", size=1, limit="9", take_profit="11"), fixed="5"),
        [(1, 0, "buy", 9, "limit"), (1, 1, "sell", 11, "take_profit")],
    ),
    "a limit entry whose target lies before the close: both paths give it": (
        scenario("10/11/8.5/10", before(0, "buy", size=1, limit="9", take_profit="9.5")),
        [(1, 0, "buy", 9, "limit"), (1, 0, "sell", 9.5, "take_profit")],
    ),
    "a limit entry with its stop below: both paths give it": (
        scenario(TIE, before(0, "buy", size=1, limit="9", stop_loss="8.5")),
        [(1, 0, "buy", 9, "limit"), (1, 0, "sell", 8.5, "stop_loss")],
    ),
    "a stop entry comes before its own stop, though the low is first by default": (
        scenario("10/12/8/11", before(0, "buy", size=1, stop="11.5", stop_loss="9")),
        [(1, 0, "buy", 11.5, "stop"), (1, 0, "sell", 9, "stop_loss")],
    ),
    "a stop entry with its target beyond: both paths give it": (
        scenario(TIE, before(0, "buy", size=1, stop="11", take_profit="11.5")),
        [(1, 0, "buy", 11, "stop"), (1, 0, "sell", 11.5, "take_profit")],
    ),
    "a stop loss above the market at the entry acts at once, at the quote": (
        scenario(TIE, before(0, "buy", size=1, stop_loss="10.5")),
        [(1, 0, "buy", 10, "market"), (1, 0, "sell", 10, "stop_loss")],
    ),
    "a stop loss between bid and ask of its entry acts at once": (
        scenario(TIE, before(0, "buy", size=1, stop_loss="10.2"), spread="0.5"),
        [(1, 0, "buy", 10.5, "market"), (1, 0, "sell", 10, "stop_loss")],
    ),
    "a target passed when its lot is opened on the path acts there": (
        scenario(TIE, before(0, "buy", size=1, limit="9", take_profit="8.5")),
        [(1, 0, "buy", 9, "limit"), (1, 0, "sell", 9, "take_profit")],
    ),
    "an open that is the high is not gone back to": (
        scenario("10/10/8/8.5", before(0, "sell", size=1, stop="9.5", stop_loss="9.75")),
        [(1, 0, "sell", 9.5, "stop")],
    ),
    "an open that is the low is not gone back to": (
        scenario("10/12/10/11.5", before(0, "buy", size=1, stop="10.5", stop_loss="10.25")),
        [(1, 0, "buy", 10.5, "stop")],
    ),
    "the same fills on both paths come in the order of the nearer extreme": (
        scenario("10/11.5/8/10", before(0, "buy", size=1, limit="9"), before(0, "sell", size=1, limit="11")),
        [(2, 0, "sell", 11, "limit"), (1, 0, "buy", 9, "limit")],
    ),
    "the low first where both extremes are equally far, though floats put the high nearer": (
        scenario("1.12/1.13/1.11/1.12", before(0, "sell", size=1, limit="1.13"), before(0, "buy", size=1, limit="1.11")),
        [(2, 0, "buy", 1.11, "limit"), (1, 0, "sell", 1.13, "limit")],
    ),
    "in all else the worse equity: the short is stopped before the limit could have closed it": (
        scenario(f"{FLAT} {TIE}", before(0, "sell", size=1, stop_loss="11"), before(1, "buy", size=1, limit="9")),
        [(1, 0, "sell", 10, "market"), (1, 1, "buy", 11, "stop_loss"), (2, 1, "buy", 9, "limit")],
    ),
    "an order placed in on_fill works from the next bar": (
        scenario(f"{TIE} {TIE}", LONG, on_fill(1, "sell", size=1, limit="11")),
        [(1, 0, "buy", 10, "market"), (2, 1, "sell", 11, "limit")],
    ),
    "a cancel in on_fill catches what waits further along the path": (
        scenario(TIE, before(0, "buy", size=1, stop="11"), before(0, "sell", size=1, stop="9"), on_fill(1, "cancel", order=1)),
        [(2, 0, "sell", 9, "stop")],
    ),
    "close_position closes at the open, and nothing where a gap has stopped the lot": (
        scenario(f"{FLAT} 8/12/8/12", before(0, "buy", size=1, stop_loss="9"), before(1, "close")),
        [(1, 0, "buy", 10, "market"), (1, 1, "sell", 8, "stop_loss")],
    ),
    "at one point of the path a stop order comes before a limit order": (
        scenario(TIE, before(0, "sell", size=1, limit="11"), before(0, "buy", size=1, stop="11")),
        [(2, 0, "buy", 11, "stop"), (1, 0, "sell", 11, "limit")],
    ),
    "an ask that floats miss by a bit is still its point: 1.12 + 0.01": (
        scenario("1.13/1.14/1.12/1.13", before(0, "buy", size=1, limit="1.13"), spread="0.01"),
        [(1, 0, "buy", 1.13, "limit")],
    ),
}


@pytest.mark.parametrize("sentence", CASES)
def test_fills(sentence: str) -> None:
    case, expected = CASES[sentence]
    session, _ = play(case)
    rows = session.fills.select("order", "tick", "side", "price", "reason").rows()
    assert [(*row[:3], pytest.approx(row[3], abs=1e-12), row[4]) for row in rows] == expected
    sides = {1: "buy", -1: "sell"}
    ledgers = [(fill.order, fill.tick, sides[fill.side], float(fill.price), fill.reason) for fill in case.result.fills]
    assert ledgers == expected


def test_on_fill_sees_the_quotes_and_the_equity_of_the_point() -> None:
    """Not those of the open, nor of the close, which nobody knows yet."""
    _, strategy = play(scenario(TIE, before(0, "buy", size=2, limit="9"), spread="0.5"))
    assert strategy.at_fills == [(1, 2, 9, pytest.approx(9_999), pytest.approx(9_982), 8.5)]


# sentence: scenario, (mae, mfe) of its one trade, a lot of one unit
EXCURSIONS: dict[str, tuple[BarScenario, tuple[float, float]]] = {
    "stopped on the way to the low, it never saw the high": (
        scenario(f"{FLAT} {TIE}", before(0, "buy", size=1, stop_loss="9", take_profit="11")),
        (-1, 0),
    ),
    "low first, it sees the low before its target": (scenario(TIE, before(0, "buy", size=1, take_profit="11")), (-2, 1)),
    "high first, it does not": (scenario("10/11.5/8/10", before(0, "buy", size=1, take_profit="11")), (0, 1)),
    "entered on the way down from the high, it has not seen the high": (
        scenario("10/11/8/9.5", before(0, "buy", size=1, limit="9")),
        (-1, 0.5),
    ),
    "the entry's own quote counts: the spread is lost at once": (
        scenario("10/10/9/9.2", before(0, "buy", size=1), spread="0.5"),
        (-1.5, -0.5),
    ),
    "and so is what slipped": (scenario("10/10.5/10/10.5", before(0, "sell", size=1), slippage="0.1"), (-0.6, -0.1)),
    "an exit at a gap counts by its price": (
        scenario(f"{FLAT} 7/12/7/12", before(0, "buy", size=1, stop_loss="9"), slippage="0.5"),
        (-4, -0.5),
    ),
    "an open lot has seen the last bar's range": (scenario(f"{FLAT} 10/12/7/8", LONG), (-3, 2)),
    "a lot that leaves at the open has not seen the open's bar": (
        scenario(f"{FLAT} {TIE} 11/20/1/5", LONG, before(2, "close")),
        (-2, 2),
    ),
}


@pytest.mark.parametrize("sentence", EXCURSIONS)
def test_excursions(sentence: str) -> None:
    case, expected = EXCURSIONS[sentence]
    session, _ = play(case)
    (trade,) = (*case.result.trades, *case.result.open_trades)
    assert (float(trade.mae), float(trade.mfe)) == expected
    assert session.trades.select("mae", "mfe").row(0) == pytest.approx(expected, abs=1e-12)
