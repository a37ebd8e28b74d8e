"""How a case is written down."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

from tests.oracles.records import Command, Rules, Tick, command, tick
from tests.oracles.scenarios import Scenario

START = 1_704_880_800_000_000  # Wednesday 10 January 2024, 10:00 UTC
SECOND = 1_000_000
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
WORDS = ("mode", "fill", "financing", "triple", "calendar", "function", "seed", "latency", "through")


@dataclass(frozen=True)
class Case:
    """What is asked and what follows.

    `fills` are (order, tick, side, size, price, reason); `ends` the state of each order and the code of its ending; `equity` is
    the last one, at the quotes one could close at.
    """

    scenario: Scenario
    why: str
    fills: list[tuple[int, int, str, Decimal, Decimal, str]]
    equity: Decimal | None
    ends: list[tuple[str, str]] | None
    commissions: list[Decimal] | None
    financing: list[Decimal] | None
    margin_calls: list[int] | None


def case(
    quotes: str,
    *script: Command,
    why: str,
    fills: str = "",
    equity: Any = None,
    ends: str | None = None,
    commissions: str | None = None,
    financing: str | None = None,
    margin_calls: list[int] | None = None,
    times: str | None = None,
    **rules: Any,
) -> Case:
    """A case from text.

    Args:
        quotes: "100/102 100x5/102x3 -/103": bid and ask, their sizes after an x, "-" is a missing side; a second apart.
        script: what is done.
        why: the arithmetic in words.
        fills: "1@0 buy 10 102 market; ...": order, tick, side, size, price, reason.
        equity: at the end, of 100,000.
        ends: "filled; rejected margin; working", order by order.
        commissions: of the fills, "1 2.5".
        financing: of the trades by id.
        margin_calls: ticks.
        times: of the ticks, "10T21:59 11T00:01": day of January 2024 and UTC.
        rules: what differs from Rules(), `night` being its financing; the tick size is 1.
    """
    ticks = [_tick(quote, START + i * SECOND) for i, quote in enumerate(quotes.split())]
    if times is not None:
        ticks = [Tick(t.bid, t.ask, moment(at), t.bid_size, t.ask_size) for t, at in zip(ticks, times.split(), strict=True)]
    if "night" in rules:
        rules["financing"] = rules.pop("night")
    values = {name: value if name in WORDS else _number(value) for name, value in rules.items()}
    plain = Rules(**{"cash": Decimal(100_000), "tick_size": Decimal(1), "pip_size": Decimal(1)} | values)
    return Case(
        Scenario(0, plain, tuple(ticks), script),
        why,
        [_fill(each) for each in fills.split(";") if each.strip()],
        None if equity is None else Decimal(equity),
        None if ends is None else [(each.split()[0], (each.split() + [""])[1]) for each in ends.split(";")],
        None if commissions is None else [Decimal(each) for each in commissions.split()],
        None if financing is None else [Decimal(each) for each in financing.split()],
        margin_calls,
    )


def moment(text: str) -> int:
    """µs of "10T21:59" in January 2024, or of a whole ISO text."""
    whole = text if text.count("-") == 2 else f"2024-01-{text}"
    return (datetime.fromisoformat(whole).replace(tzinfo=UTC) - EPOCH) // timedelta(microseconds=1)


def _tick(text: str, time: int) -> Tick:
    sides = [side.split("x") for side in text.split("/")]
    prices = [None if side[0] == "-" else side[0] for side in sides]
    sizes = [side[1] if len(side) > 1 and side[1] != "?" else None for side in sides]
    return tick(prices[0], prices[1], time, sizes[0], sizes[1])


def _fill(text: str) -> tuple[int, int, str, Decimal, Decimal, str]:
    where, side, size, price, reason = text.split()
    order, at = where.split("@")
    return int(order), int(at), side, Decimal(size), Decimal(price), reason


def _number(value: Any) -> Any:
    if isinstance(value, tuple):
        return tuple(_number(each) for each in value)
    return None if value is None else Decimal(value)


def start(action: str, **values: Any) -> Command:
    """In on_start: it meets tick 0."""
    return command("before", 0, action, **values)


def after(at: int, action: str, **values: Any) -> Command:
    """In on_tick: it meets the next tick."""
    return command("after", at, action, **values)


def on_fill(at: int, action: str, **values: Any) -> Command:
    """In on_fill of the fill of this number, counted from 1."""
    return command("fill", at, action, **values)
