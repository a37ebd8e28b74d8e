"""The ledger against cases worked out by hand, one rule each. Quotes are written bid/ask, "-" is a missing side."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from .ledger import Result, Rules, command, play, tick
from .scenarios import random_scenario


def run(quotes: str, *script: Any, **rules: Any) -> Result:
    """Ticks from "1.00/1.01 -/1.02 ..."."""
    sides = [quote.split("/") for quote in quotes.split()]
    ticks = [tick(*(None if side == "-" else side for side in pair)) for pair in sides]
    return play(Rules(**{name: Decimal(value) for name, value in rules.items()}), ticks, script)


def before(at: int, action: str, **values: Any) -> Any:
    return command("before", at, action, **values)


def after(at: int, action: str, **values: Any) -> Any:
    return command("after", at, action, **values)


def on_fill(at: int, action: str, **values: Any) -> Any:
    return command("fill", at, action, **values)


def rows(result: Result) -> list[tuple[int, int, int, Decimal, Decimal, str]]:
    return [(fill.order, fill.tick, fill.side, fill.size, fill.price, fill.reason) for fill in result.fills]


def row(order: int, at: int, side: int, size: str, price: str, reason: str) -> tuple[int, int, int, Decimal, Decimal, str]:
    return order, at, side, Decimal(size), Decimal(price), reason


def ends(result: Result) -> list[tuple[str, str]]:
    return [(order.state, order.reason) for order in result.orders]


# what fills when, and at what price

FILLS: dict[str, tuple[str, list[Any], list[Any]]] = {
    "a stop-limit pays the ask of the tick that touches its stop": (
        "1.00/1.01 1.04/1.05 1.04/1.05",
        [before(0, "buy", size=1, stop="1.04", limit="1.06")],
        [row(1, 1, 1, "1", "1.05", "stop_limit")],
    ),
    "a stop-limit jumped over waits at its limit": (
        "1.00/1.01 1.08/1.09 1.03/1.04",
        [before(0, "buy", size=1, stop="1.04", limit="1.06")],
        [row(1, 2, 1, "1", "1.06", "stop_limit")],
    ),
    "a modified stop-limit is untouched again": (
        "1.00/1.01 1.08/1.09 1.02/1.03",
        [before(0, "buy", size=1, stop="1.04", limit="1.06"), after(1, "modify", order=1, limit="1.05")],
        [],
    ),
    "immediate or cancel does not wait": ("1.00/1.03 1.00/1.01", [before(0, "buy", size=1, limit="1.02", tif="IOC")], []),
    "an order does not work at its expiry": ("1.00/1.03", [before(0, "buy", size=1, expire=0)], []),
    "a fill cancels its group": (
        "1.00/1.01",
        [before(0, "buy", size=1, oco=1), before(0, "buy", size=2, oco=1), before(0, "sell", size=3, oco=2)],
        [row(1, 0, 1, "1", "1.01", "market"), row(3, 0, -1, "3", "1.00", "market")],
    ),
    "a target trades what is missing": (
        "1.00/1.01 1.00/1.01",
        [before(0, "buy", size=2), after(0, "target", size=-3)],
        [row(1, 0, 1, "2", "1.01", "market"), row(2, 1, -1, "5", "1.00", "market")],
    ),
    "a moved take profit that is passed already gets the quote": (
        "1.00/1.01 1.00/1.01 1.10/1.11",
        [before(0, "buy", size=1), after(1, "modify", order=1, take_profit="1.05")],
        [row(1, 0, 1, "1", "1.01", "market"), row(1, 2, -1, "1", "1.10", "take_profit")],
    ),
    "a share of the equity at risk is lost at the stop loss": (
        # 1 % of 10 000 is 100; a unit loses 1.01 - 0.96
        "1.00/1.01",
        [before(0, "buy", risk="0.01", stop_loss="0.96")],
        [row(1, 0, 1, "2000", "1.01", "market")],
    ),
    "a market buy pays the ask of the next tick": (
        "1.00/1.01 1.02/1.04",
        [after(0, "buy", size=5)],
        [row(1, 1, 1, "5", "1.04", "market")],
    ),
    "placed at a close, it meets the very tick that passed the close": (
        "1.00/1.01 1.02/1.04",
        [before(1, "sell", size=5)],
        [row(1, 1, -1, "5", "1.02", "market")],
    ),
    "a limit that is touched fills at its price": (
        "1.00/1.03 1.00/1.02",
        [before(0, "buy", size=1, limit="1.02")],
        [row(1, 1, 1, "1", "1.02", "limit")],
    ),
    "a limit not reached waits": ("1.00/1.03 1.00/1.03", [before(0, "buy", size=1, limit="1.02")], []),
    "a resting limit jumped over fills at its price": (
        "1.00/1.03 0.95/0.97",
        [before(0, "buy", size=1, limit="1.02")],
        [row(1, 1, 1, "1", "1.02", "limit")],
    ),
    "a limit beyond the market at its first tick gets the better quote": (
        "0.95/0.97 0.90/0.91",
        [before(0, "buy", size=1, limit="1.02")],
        [row(1, 0, 1, "1", "0.97", "limit")],
    ),
    "a sell limit beyond the market at its first tick gets the bid": (
        "1.10/1.11",
        [before(0, "sell", size=1, limit="1.05")],
        [row(1, 0, -1, "1", "1.10", "limit")],
    ),
    "a sell limit rests and fills at its price": (
        "1.00/1.01 1.10/1.11",
        [before(0, "sell", size=1, limit="1.05")],
        [row(1, 1, -1, "1", "1.05", "limit")],
    ),
    "a first tick without the order's side is its first tick all the same": (
        "1.00/- 0.90/0.91",
        [before(0, "buy", size=1, limit="1.02")],
        [row(1, 1, 1, "1", "1.02", "limit")],
    ),
    "a stop touched fills at the quote": (
        "1.00/1.01 1.04/1.05",
        [before(0, "buy", size=1, stop="1.05")],
        [row(1, 1, 1, "1", "1.05", "stop")],
    ),
    "a stop gapped over fills beyond": (
        "1.00/1.01 1.08/1.09",
        [before(0, "buy", size=1, stop="1.05")],
        [row(1, 1, 1, "1", "1.09", "stop")],
    ),
    "a sell stop looks at the bid": (
        "1.00/1.01 0.97/1.01 0.96/1.01",
        [before(0, "sell", size=1, stop="0.96")],
        [row(1, 2, -1, "1", "0.96", "stop")],
    ),
    "a stop beyond the market already acts at its first tick": (
        "1.00/1.01",
        [before(0, "sell", size=1, stop="1.50")],
        [row(1, 0, -1, "1", "1.00", "stop")],
    ),
    "a crossed quote costs a buyer the bid": (
        "1.03/1.01",
        [before(0, "buy", size=1)],
        [row(1, 0, 1, "1", "1.03", "market")],
    ),
    "a crossed quote tests levels with what is paid": (
        "1.03/1.01",
        [before(0, "buy", size=1, limit="1.02")],
        [],
    ),
    "a one-sided quote fills nothing on the missing side": (
        "1.00/- -/1.02 1.00/1.01",
        [before(0, "buy", size=1), before(0, "sell", size=2)],
        [row(2, 0, -1, "2", "1.00", "market"), row(1, 1, 1, "1", "1.02", "market")],
    ),
    "a level off the grid is rounded to the nearest tick": (
        "1.00/1.01 1.01/1.02",
        [before(0, "buy", size=1, stop="1.0196")],
        [row(1, 1, 1, "1", "1.02", "stop")],
    ),
    "a stop loss sells at the bid once the bid is there": (
        "1.00/1.01 0.99/1.00 0.98/0.99",
        [before(0, "buy", size=1, stop_loss="0.98")],
        [row(1, 0, 1, "1", "1.01", "market"), row(1, 2, -1, "1", "0.98", "stop_loss")],
    ),
    "a stop loss of a short watches the ask and gaps": (
        "1.00/1.01 1.02/1.03 1.05/1.07",
        [before(0, "sell", size=1, stop_loss="1.04")],
        [row(1, 0, -1, "1", "1.00", "market"), row(1, 2, 1, "1", "1.07", "stop_loss")],
    ),
    "a stop loss beyond the market at the entry acts at the next tick": (
        "1.00/1.01 1.20/1.21",
        [before(0, "buy", size=1, stop_loss="1.50")],
        [row(1, 0, 1, "1", "1.01", "market"), row(1, 1, -1, "1", "1.20", "stop_loss")],
    ),
    "a take profit fills at its level": (
        "1.00/1.01 1.02/1.03 1.09/1.10",
        [before(0, "buy", size=1, take_profit="1.05")],
        [row(1, 0, 1, "1", "1.01", "market"), row(1, 2, -1, "1", "1.05", "take_profit")],
    ),
    "a take profit is a limit whose first tick follows its entry": (
        "1.00/1.01 1.09/1.10",
        [before(0, "buy", size=1, take_profit="1.05")],
        [row(1, 0, 1, "1", "1.01", "market"), row(1, 1, -1, "1", "1.09", "take_profit")],
    ),
    "a take profit passed already waits for the next tick": (
        "1.09/1.10 1.03/1.04 1.06/1.07",
        [before(0, "buy", size=1, take_profit="1.05")],
        [row(1, 0, 1, "1", "1.10", "market"), row(1, 2, -1, "1", "1.05", "take_profit")],
    ),
    "stop before target, the pair on a crossed wide quote": (
        "1.00/1.00 1.10/0.90",
        [before(0, "buy", size=1, stop_loss="0.95"), before(0, "sell", size=3, limit="1.05")],
        [row(1, 0, 1, "1", "1.00", "market"), row(1, 1, -1, "1", "0.90", "stop_loss")],
    ),
    "take profits come last": (
        "1.00/1.01 1.10/1.11",
        [before(0, "buy", size=1, take_profit="1.05"), after(0, "sell", size=1)],
        [row(1, 0, 1, "1", "1.01", "market"), row(2, 1, -1, "1", "1.10", "market")],
    ),
    "stop, market, limit: kind after kind whatever the ids": (
        "1.00/1.01",
        [before(0, "buy", size=1, limit="1.05"), before(0, "buy", size=2), before(0, "buy", size=3, stop="1.00")],
        [row(3, 0, 1, "3", "1.01", "stop"), row(2, 0, 1, "2", "1.01", "market"), row(1, 0, 1, "1", "1.01", "limit")],
    ),
    "within a kind by id, a close among the market orders": (
        "1.00/1.01",
        [before(0, "close"), before(0, "buy", size=2), before(0, "close"), before(0, "sell", size=1)],
        [
            row(2, 0, 1, "2", "1.01", "market"),
            row(3, 0, -1, "2", "1.00", "close"),
            row(4, 0, -1, "1", "1.00", "market"),
        ],
    ),
    "brackets go by the ids of their entries": (
        "1.00/1.00 1.00/1.00 0.90/0.90",
        [before(0, "buy", size=1, limit="1.00", stop_loss="0.95"), before(0, "buy", size=2, stop_loss="0.92")],
        [
            row(2, 0, 1, "2", "1.00", "market"),
            row(1, 0, 1, "1", "1.00", "limit"),
            row(1, 2, -1, "1", "0.90", "stop_loss"),
            row(2, 2, -1, "2", "0.90", "stop_loss"),
        ],
    ),
    "an order placed in on_fill works from the next tick": (
        "1.00/1.01 1.02/1.03",
        [before(0, "buy", size=1), on_fill(1, "sell", size=1)],
        [row(1, 0, 1, "1", "1.01", "market"), row(2, 1, -1, "1", "1.02", "market")],
    ),
    "and not for an order of a kind whose turn comes later": (
        "1.00/1.01 1.02/1.03",
        [before(0, "buy", size=1), on_fill(1, "sell", size=1, limit="0.50")],
        [row(1, 0, 1, "1", "1.01", "market"), row(2, 1, -1, "1", "1.02", "limit")],
    ),
    "a cancel in on_fill still catches an order of this tick": (
        "1.00/1.01",
        [before(0, "buy", size=1, limit="1.05"), before(0, "buy", size=2), on_fill(1, "cancel", order=1)],
        [row(2, 0, 1, "2", "1.01", "market")],
    ),
    "a limit placed in on_tick has its first tick next": (
        "1.00/1.01 0.90/0.91",
        [after(0, "buy", size=1, limit="1.00")],
        [row(1, 1, 1, "1", "0.91", "limit")],
    ),
    "cancel_all ends orders, brackets stay": (
        "1.00/1.01 1.00/1.01 1.10/1.11",
        [before(0, "buy", size=1, take_profit="1.05"), before(0, "buy", size=1, stop="1.09"), after(0, "cancel_all")],
        [row(1, 0, 1, "1", "1.01", "market"), row(1, 2, -1, "1", "1.05", "take_profit")],
    ),
    "cancelling a filled entry leaves its bracket": (
        "1.00/1.01 0.90/0.91",
        [before(0, "buy", size=1, stop_loss="0.95"), after(0, "cancel", order=1)],
        [row(1, 0, 1, "1", "1.01", "market"), row(1, 1, -1, "1", "0.90", "stop_loss")],
    ),
    "a close waits for its side": (
        "1.00/1.01 -/1.01 0.99/1.00",
        [before(0, "buy", size=4), after(0, "close")],
        [row(1, 0, 1, "4", "1.01", "market"), row(2, 2, -1, "4", "0.99", "close")],
    ),
    "a close takes what a stop opened in the same tick": (
        "1.00/1.01 0.90/0.91 1.00/1.01",
        [before(0, "buy", size=4), before(0, "sell", size=6, stop="0.95"), after(0, "close")],
        [row(1, 0, 1, "4", "1.01", "market"), row(2, 1, -1, "6", "0.90", "stop"), row(3, 1, 1, "2", "0.91", "close")],
    ),
    "a bracket ends with a reversal": (
        "1.00/1.01 1.00/1.01 0.90/0.91 1.20/1.21",
        [before(0, "buy", size=1, stop_loss="0.95", take_profit="1.10"), after(0, "sell", size=3)],
        [row(1, 0, 1, "1", "1.01", "market"), row(2, 1, -1, "3", "1.00", "market")],
    ),
    "a bracket has the size that is left of its lot": (
        "1.00/1.01 1.00/1.01 0.90/0.91",
        [before(0, "buy", size=5, stop_loss="0.95"), after(0, "sell", size=2)],
        [row(1, 0, 1, "5", "1.01", "market"), row(2, 1, -1, "2", "1.00", "market"), row(1, 2, -1, "3", "0.90", "stop_loss")],
    ),
    "an entry that only closes has no bracket": (
        "1.00/1.01 1.00/1.01 1.30/1.31",
        [before(0, "buy", size=5), after(0, "sell", size=2, stop_loss="1.20")],
        [row(1, 0, 1, "5", "1.01", "market"), row(2, 1, -1, "2", "1.00", "market")],
    ),
    "the bracket of a reversal is for the part that opened": (
        "1.00/1.01 1.00/1.01 1.30/1.31",
        [before(0, "buy", size=5), after(0, "sell", size=7, stop_loss="1.20")],
        [row(1, 0, 1, "5", "1.01", "market"), row(2, 1, -1, "7", "1.00", "market"), row(2, 2, 1, "2", "1.31", "stop_loss")],
    ),
    "half a position, rounded down to the lot": (
        "1.00/1.01 1.00/1.01",
        [before(0, "buy", size=7), after(0, "close", part="0.5")],
        [row(1, 0, 1, "7", "1.01", "market"), row(2, 1, -1, "3", "1.00", "close")],
    ),
    "29 percent of 100 is 29": (
        "1.00/1.01 1.00/1.01",
        [before(0, "buy", size=100), after(0, "close", part="0.29")],
        [row(1, 0, 1, "100", "1.01", "market"), row(2, 1, -1, "29", "1.00", "close")],
    ),
}


@pytest.mark.parametrize("name", FILLS)
def test_fills(name: str) -> None:
    quotes, script, expected = FILLS[name]
    assert rows(run(quotes, *script)) == expected


# states and reasons of orders


@pytest.mark.parametrize(
    ("values", "reason"),
    [
        ({"size": "NaN"}, "size"),
        ({"size": 0}, "size"),
        ({"size": -1}, "size"),
        ({"fraction": 0}, "size"),
        ({"size": "0.9"}, "lot"),
        ({"size": 1, "limit": "NaN"}, "level"),
        ({"size": 1, "stop": 0}, "level"),
        ({"size": 1, "stop_loss": "NaN"}, "level"),
        ({"size": 1, "take_profit": -1}, "level"),
        ({"size": 1, "stop_loss": "0.004"}, "level"),
    ],
)
def test_rejected_when_placed(values: dict[str, Any], reason: str) -> None:
    result = run("1.00/1.01 1.00/1.01", before(0, "buy", **values), before(0, "buy", size=1))
    assert ends(result) == [("rejected", reason), ("filled", "market")]
    assert [fill.order for fill in result.fills] == [2]
    assert (result.orders[0].created_tick, result.orders[0].ended_tick) == (-1, -1)


def test_sizes_are_rounded_down_to_the_lot_in_decimal() -> None:
    result = run("1.00/1.01", before(0, "buy", size="0.3"), before(0, "buy", size="0.39"), lot_size="0.1")
    assert [fill.size for fill in result.fills] == [Decimal("0.3"), Decimal("0.3")]


def test_a_close_of_nothing_is_cancelled() -> None:
    assert ends(run("1.00/1.01", before(0, "close"))) == [("cancelled", "flat")]


def test_a_close_whose_part_is_less_than_a_lot_is_rejected() -> None:
    result = run("1.00/1.01 1.00/1.01", before(0, "buy", size=3), after(0, "close", part="0.3"))
    assert ends(result)[1] == ("rejected", "lot")
    assert result.orders[1].ended_tick == 1


def test_margin_is_for_the_position_that_results() -> None:
    result = run("10/10 10/10", before(0, "buy", size=60), after(0, "buy", size=41), after(0, "buy", size=40), cash=1000)
    assert ends(result) == [("filled", "market"), ("rejected", "margin"), ("filled", "market")]


def test_margin_counts_the_commission_and_the_leverage() -> None:
    assert ends(run("10/10", before(0, "buy", size=100), cash=1000, fixed="0.01")) == [("rejected", "margin")]
    assert ends(run("10/10", before(0, "buy", size=200), cash=1000, leverage=2)) == [("filled", "market")]
    assert ends(run("10/10", before(0, "buy", size=201), cash=1000, leverage=2)) == [("rejected", "margin")]
    assert ends(run("10/10", before(0, "buy", size=11), cash=1000, contract_size=10)) == [("rejected", "margin")]


def test_margin_sees_the_equity_of_the_tick() -> None:
    quotes = "10/10 12/12 9/9"
    assert ends(run(quotes, before(0, "buy", size=50), after(0, "buy", size=41), cash=1000))[1] == ("filled", "market")
    assert ends(run(quotes, before(0, "buy", size=50), after(1, "buy", size=56), cash=1000))[1] == ("rejected", "margin")
    assert ends(run(quotes, before(0, "buy", size=50), after(1, "buy", size=55), cash=1000))[1] == ("filled", "market")


def test_closing_needs_no_margin_but_a_reversal_does() -> None:
    ruin = "10/10 1/1 1/1"
    assert ends(run(ruin, before(0, "buy", size=100), after(0, "sell", size=60), cash=1000))[1] == ("filled", "market")
    assert ends(run(ruin, before(0, "buy", size=100), after(0, "sell", size=201), cash=1000))[1] == ("rejected", "margin")
    assert ends(run(ruin, before(0, "buy", size=100), after(0, "sell", size=200), cash=1000))[1] == ("filled", "market")


def test_a_rejected_order_is_not_told_and_leaves_everything_as_it_was() -> None:
    result = run("10/10", before(0, "buy", size=101), on_fill(1, "sell", size=1), cash=1000)
    assert (len(result.fills), len(result.orders), result.states[0].equity) == (0, 1, 1000)


def test_cancelling_what_has_ended_changes_nothing() -> None:
    result = run("1.00/1.01 1.00/1.01", before(0, "buy", size=1), before(0, "buy", size=0), after(0, "cancel_all"))
    assert ends(result) == [("filled", "market"), ("rejected", "size")]


def test_created_and_ended_ticks() -> None:
    result = run(
        "1.00/1.01 1.00/1.01 1.00/1.01",
        before(1, "buy", size=1, limit="0.5"),
        after(1, "buy", size=1),
        on_fill(1, "buy", size=1),
        before(2, "cancel", order=1),
    )
    assert [(order.created_tick, order.ended_tick) for order in result.orders] == [(0, 1), (1, 2), (2, None)]


# fraction


def test_a_fraction_is_of_the_equity_with_what_is_open() -> None:
    result = run("10/10 20/20", before(0, "buy", size=10), after(0, "sell", fraction="0.5"), cash=1000)
    assert result.fills[1].size == 27  # equity 1100, half of it 550, at 20


def test_a_fraction_leaves_room_for_its_costs() -> None:
    assert run("10/10", before(0, "buy", fraction=1), cash=1000, percent="1").fills[0].size == 99  # 1000 / 10.1
    assert run("10/10", before(0, "buy", fraction=1), cash=1000, fixed="0.01").fills[0].size == 99
    assert run("10/10", before(0, "sell", fraction=1), cash=1000, per_unit="0.5").fills[0].size == 95  # 1000 / 10.5
    assert run("9/10", before(0, "buy", fraction=1), cash=1000, slippage="0.01").fills[0].size == 99  # 1000 / 10.01


def test_a_fraction_takes_the_price_of_its_fill_and_rounds_down() -> None:
    result = run("10/12 10/11", before(0, "buy", fraction=1, limit="11"), cash=1000, contract_size="2", lot_size="5")
    assert result.fills[0].size == 45  # 1000 / 22 = 45.45


def test_a_fraction_that_is_an_exact_number_of_lots_is_that_number() -> None:
    result = run("1.10/1.10", before(0, "buy", fraction="0.5"), cash=11000)
    assert result.fills[0].size == 5000
    assert result.near_ties


def test_a_fraction_beyond_the_leverage_is_rejected_and_one_below_a_lot_too() -> None:
    assert ends(run("10/10", before(0, "buy", fraction=2), cash=1000)) == [("rejected", "margin")]
    assert ends(run("10/10", before(0, "buy", fraction=2), cash=1000, leverage=2)) == [("filled", "market")]
    assert ends(run("10/10", before(0, "buy", fraction="0.005"), cash=1000)) == [("rejected", "lot")]


# money


def test_slippage_is_against_market_stop_close_and_stop_loss_only() -> None:
    script = (
        before(0, "buy", size=1),
        before(0, "buy", size=1, stop="9"),
        before(0, "buy", size=1, limit="10", take_profit="11"),
        before(0, "buy", size=1, limit="10", stop_loss="9"),
        after(2, "close"),
    )
    result = run("10/10 9/9 11/11 12/12", *script, slippage="0.01", contract_size=2)
    prices = [(fill.reason, str(fill.price), str(fill.slippage)) for fill in result.fills]
    assert prices[:3] == [("stop", "10.01", "0.02"), ("market", "10.01", "0.02"), ("limit", "10", "0")]
    assert prices[3:] == [
        ("limit", "10", "0"),
        ("stop_loss", "8.99", "0.02"),
        ("take_profit", "11", "0"),
        ("close", "11.99", "0.04"),
    ]


def test_commissions_add_up_and_count_the_slipped_price() -> None:
    result = run("10/10", before(0, "buy", size=4), slippage="0.5", percent="1", per_unit="0.25", fixed="3", contract_size=10)
    assert result.fills[0].commission == Decimal("8.2")  # 3 + 1 + 1 % of 4 x 10.5 x 10
    assert result.states[0].equity == 10_000 - Decimal("8.2") - 20


def test_lots_close_first_in_first_out_and_parts_get_numbers() -> None:
    result = run(
        "10/10 11/11 12/12 13/13",
        before(0, "buy", size=4),
        after(0, "buy", size=6),
        after(1, "sell", size=7),
        after(2, "close"),
    )
    assert [(t.id, t.parent, t.size, t.entry_price, t.exit_price, t.gross_pnl) for t in result.trades] == [
        (1, None, 4, 10, 12, 8),
        (2, None, 3, 11, 13, 6),
        (3, 2, 3, 11, 12, 3),
    ]
    assert result.open_trades == []


def test_a_bracket_closes_its_own_lot_though_older_ones_are_there() -> None:
    result = run("10/10 11/11 12/12", before(0, "buy", size=4), after(0, "buy", size=6, take_profit=12))
    assert [(t.id, t.entry_order, t.size, t.exit_reason) for t in result.trades] == [(2, 2, 6, "take_profit")]
    assert [(t.id, t.size) for t in result.open_trades] == [(1, 4)]


def test_a_reversal_is_one_fill_that_closes_and_opens() -> None:
    result = run("10/10 11/11 9/9", before(0, "buy", size=4), after(0, "sell", size=10), after(1, "close"), fixed="1")
    closed, opened = result.trades
    assert (closed.gross_pnl, closed.commission) == (4, Decimal("1.4"))  # its entry 1, 4/10 of the reversal's 1
    assert (opened.id, opened.side, opened.size, opened.gross_pnl, opened.commission) == (2, -1, 6, 12, Decimal("1.6"))
    assert [fill.size for fill in result.fills] == [4, 10, 6]
    assert result.states[2].equity == 10_000 + 16 - 3


def test_entry_commission_is_shared_by_size() -> None:
    result = run("10/10 10/10 10/10", before(0, "buy", size=8), after(0, "sell", size=2), after(1, "sell", size=6), fixed="4")
    assert [(t.size, t.commission, t.pnl) for t in result.trades] == [(6, 7, -7), (2, 5, -5)]


def test_the_balance_moves_with_what_is_realised_and_with_commission() -> None:
    result = run("10/10 12/12 11/11", before(0, "buy", size=4), after(0, "sell", size=1), fixed="1")
    assert [state.balance - 10_000 for state in result.states] == [-1, 0, 0]


def test_what_is_open_is_valued_at_the_side_that_closes_it() -> None:
    long, short = run("10/12", before(0, "buy", size=5)), run("10/12", before(0, "sell", size=5))
    assert (long.states[0].equity, long.states[0].position_value, long.states[0].cash) == (9_990, 50, 9_940)
    assert (short.states[0].equity, short.states[0].position_value, short.states[0].cash) == (9_990, -60, 10_050)
    assert long.states[0].balance == short.states[0].balance == 10_000


def test_crossed_and_one_sided_quotes_in_valuing() -> None:
    crossed = run("10/10 13/11 -/20 12/12", before(0, "buy", size=1))
    assert [state.equity - 10_000 for state in crossed.states] == [0, 1, 1, 2]


def test_excursions_are_of_the_closing_side_and_the_exit() -> None:
    quotes = "10/11 14/20 8/9 5/6"
    (trade,) = run(quotes, before(0, "buy", size=2, stop_loss=6), contract_size=3).trades
    assert (trade.mae, trade.mfe) == (-36, 18)  # exit at 5 against 11; best bid 14
    (trade,) = run(quotes, before(0, "sell", size=2), after(1, "close")).trades
    assert (trade.mae, trade.mfe) == (-20, 2)  # asks 11 and 20, exit at 9; the exit tick's quote by its price only


def test_excursions_stop_before_the_exits_tick() -> None:
    (trade,) = run("10/10 12/12 30/30", before(0, "buy", size=1), after(0, "sell", size=1, limit="15")).trades
    assert (trade.exit_price, trade.mae, trade.mfe) == (15, 0, 5)


def test_excursions_of_a_part_and_of_the_rest() -> None:
    result = run("10/10 12/12 11/11 9/9", before(0, "buy", size=4), after(1, "sell", size=1))
    part, rest = result.trades[0], result.open_trades[0]
    assert (part.id, part.parent, part.mae, part.mfe) == (2, 1, 0, 2)
    assert (rest.id, rest.parent, rest.mae, rest.mfe, rest.gross_pnl) == (1, None, -3, 6, -3)


def test_an_entry_and_exit_in_one_tick_count_the_entrys_quote() -> None:
    (trade,) = run("10/12", before(0, "buy", size=1), before(0, "sell", size=1), slippage="0.5").trades
    assert (trade.gross_pnl, trade.mae, trade.mfe) == (-3, -3, Decimal("-2.5"))


# scenarios


def test_a_seed_is_a_scenario() -> None:
    first, again, other = (repr(random_scenario(seed)) for seed in (11, 11, 12))
    assert first == again != other


@pytest.mark.parametrize("seed", range(150))
def test_scenarios_keep_the_identities(seed: int) -> None:
    scenario = random_scenario(seed)
    result, exact = scenario.play(), Decimal("1e-20")
    cash, contract, last = scenario.rules.cash, scenario.rules.contract_size, result.last
    everything = result.trades + result.open_trades
    assert last is not None
    assert abs(sum(trade.pnl for trade in everything) - (last.equity - cash)) < exact
    for name in ("commission", "slippage"):
        assert abs(sum(getattr(each, name) for each in result.fills) - sum(getattr(each, name) for each in everything)) < exact
    assert len({trade.id for trade in everything}) == len(everything)
    assert sum(trade.side * trade.size for trade in result.open_trades) == last.position
    assert sum(fill.side * fill.size for fill in result.fills) == last.position
    spent = sum(fill.side * fill.size * fill.price * contract + fill.commission for fill in result.fills)
    nights = sum(trade.financing for trade in everything)
    assert abs(last.cash - (cash - spent - nights)) < exact
    assert all(trade.mae <= trade.gross_pnl <= trade.mfe for trade in result.trades)


@pytest.mark.parametrize("seed", range(60))
def test_scenarios_fill_within_the_quotes_and_after_their_orders(seed: int) -> None:
    scenario = random_scenario(seed, features=())
    result = scenario.play()
    for fill in result.fills:
        quote, order = scenario.ticks[fill.tick], result.orders[fill.order - 1]
        sides = [side for side in (quote.bid, quote.ask) if side is not None]
        assert fill.tick > order.created_tick
        if fill.reason in ("limit", "stop_limit"):
            assert (order.limit - fill.price) * fill.side >= 0
        elif fill.reason != "take_profit":  # its level may have been moved
            assert fill.price == (max(sides) if fill.side > 0 else min(sides)) + fill.side * scenario.rules.slippage
    assert [fill.tick for fill in result.fills] == sorted(fill.tick for fill in result.fills)


@pytest.mark.parametrize("seed", range(80))
def test_scenarios_take_no_more_than_is_offered(seed: int) -> None:
    scenario = random_scenario(seed, features=("participation", "trailing", "latency", "hedging"))
    taken: dict[tuple[int, int], Decimal] = {}
    result = scenario.play()
    for fill in result.fills:
        taken[fill.tick, fill.side] = taken.get((fill.tick, fill.side), Decimal(0)) + fill.size
    share = scenario.rules.participation
    for (at, side), size in taken.items() if share is not None else ():
        quoted = scenario.ticks[at].ask_size if side > 0 else scenario.ticks[at].bid_size
        assert quoted is not None and size <= share * quoted
    for order in result.orders:
        got = sum((f.size for f in result.fills if f.order == order.id and f.reason == order.kind), Decimal(0))
        assert order.filled == got and (order.state != "filled" or order.filled == order.settled)


def test_scenarios_hold_every_collision() -> None:
    results = [random_scenario(seed).play() for seed in range(200)]
    reasons = {fill.reason for result in results for fill in result.fills}
    assert reasons == {
        "market", "limit", "stop", "stop_limit", "close", "stop_loss", "take_profit", "trailing", "liquidation",
    }  # fmt: skip
    endings = {(order.state, why) for result in results for order in result.orders for why in order.reason.split("/")}
    refusals = ("margin", "limit_position", "limit_exposure", "limit_daily_loss", "limit_drawdown")
    placing = ("size", "lot", "level", "stop_limit", "post_only", "expire", "risk")
    assert {("rejected", why) for why in (*placing, *refusals)} <= endings
    assert {("cancelled", why) for why in ("flat", "cancel", "oco", "tif", "target", "margin")} | {
        ("expired", "expired")
    } <= endings
    assert "partly_filled" in {order.state for result in results for order in result.orders}
    assert {answer for result in results for answer in result.answers} == {True, False}
    assert any(trade.parent for result in results for trade in result.trades)
    assert any(trade.entry_tick == trade.exit_tick for result in results for trade in result.trades)
    assert any(trade.financing for result in results for trade in result.trades)
    assert any(result.margin_calls for result in results)
