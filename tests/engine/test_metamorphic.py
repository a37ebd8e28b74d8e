"""What a run must give when its world is changed in a way whose effect is known: prices scaled, sides mirrored, orders split, all
of it a year later. Two runs of the engine are compared, so that no rule is written here again.

Futures that are appended stand in `test_look_ahead`, symbols that are permuted in `test_several`; `make soak` plays 200 of each.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable
from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest

import btlab as bt
from tests.engine.nearly import near
from tests.engine.scripted import play
from tests.oracles.records import Command, Tick
from tests.oracles.scenarios import PLACING, Scenario, random_scenario

COUNT = 20
YEAR = 52 * 7 * 24 * 3_600_000_000
"""Both ends of summer time fall on the same places of the year after."""
SCALE = Decimal(8)
MIRROR = Decimal("2.2")
PRICES = ("limit", "stop", "stop_loss", "take_profit")
OF_TRADES = ("size", "commission", "slippage", "financing", "gross_pnl", "pnl", "mae", "mfe")
TIMES = ("time", "created", "ended", "entry_time", "exit_time")
NOWHERE = 10_000


def remade(scenario: Scenario, rules: dict[str, Any], tick: Callable[[Tick], Tick], script: Iterable[Command]) -> Scenario:
    return Scenario(scenario.seed, replace(scenario.rules, **rules), tuple(map(tick, scenario.ticks)), tuple(script))


def later(scenario: Scenario) -> Scenario:
    return remade(scenario, {}, lambda tick: replace(tick, time=tick.time + YEAR), scenario.script)


def by_sums_alone(scenario: Scenario, **rules: Any) -> Scenario:
    """Without what hangs on how large a price is, or on how much is bought at once; nothing is refused for lack of money."""
    plain: dict[str, Any] = dict.fromkeys(("maker", "taker", "function", "margin_call", "liquidation"))
    plain |= {f"limit_{name}": None for name in ("position", "exposure", "daily_loss", "drawdown")}
    plain |= {"cash": Decimal(1_000_000), "tiers": (), "volume": Decimal(0)} | rules
    script = [in_whole_lots(command, scenario.rules.lot_size) for command in scenario.script]
    return remade(scenario, plain, lambda tick: tick, script)


def in_whole_lots(command: Command, lot: Decimal) -> Command:
    if command.fraction is not None or command.risk is not None:
        return replace(command, fraction=None, risk=None, size=lot * (1 + command.at % 3))
    if command.size is None or command.size.is_nan() or command.action == "target":
        return command
    return replace(command, size=command.size // lot * lot)


# ---------------------------------------------------------------------- prices


def scaled(scenario: Scenario) -> Scenario:
    """All prices eight times as high, and so all money: a power of two leaves every bit of a number but its exponent."""
    rules = scenario.rules
    money = ("cash", "tick_size", "per_unit", "fixed", "slippage", "pip_size", "per_lot", "limit_daily_loss")
    changed: dict[str, Any] = {name: value * SCALE for name in money if (value := getattr(rules, name)) is not None}
    changed["tiers"] = tuple((notional * SCALE, percent) for notional, percent in rules.tiers)
    changed["random"] = rules.random and tuple(price * SCALE for price in rules.random)
    if rules.financing == "price":
        changed |= {"financing_long": rules.financing_long * SCALE, "financing_short": rules.financing_short * SCALE}

    def higher(one: Any, *names: str) -> Any:
        return replace(one, **{name: value * SCALE for name in names if (value := getattr(one, name)) is not None})

    script = [higher(command, *PRICES, "trailing") for command in scenario.script]
    return remade(scenario, changed, lambda tick: higher(tick, "bid", "ask"), script)


def assert_scaled(one: bt.Session, other: bt.Session) -> None:
    account = {"equity", "cash", "position_value", "gross_pnl", "pnl", "commission", "slippage", "financing", "mae", "mfe"}
    raised = {*account, *PRICES, "trailing", "price", "entry_price", "exit_price"}
    for name in ("fills", "trades", "orders", "changes", "equity"):
        ours, theirs = getattr(one, name), getattr(other, name)
        higher = [ours[column] * float(SCALE) if column in raised else ours[column] for column in ours.columns]
        assert ours.with_columns(higher).equals(theirs), name


# ---------------------------------------------------------------------- sides


def mirrored(scenario: Scenario) -> Scenario:
    """Bid and ask seen from the other side, a buy for each sell."""
    rules = scenario.rules

    def over(price: Decimal | None) -> Decimal | None:
        return price if price is None or price.is_nan() or price <= 0 else MIRROR - price

    def turned(tick: Tick) -> Tick:
        return Tick(over(tick.ask), over(tick.bid), tick.time, tick.ask_size, tick.bid_size)

    def other(command: Command) -> Command:
        sides = {"buy": "sell", "sell": "buy"}
        size = -command.size if command.action == "target" and command.size is not None else command.size
        levels = {name: over(getattr(command, name)) for name in PRICES}
        return replace(command, action=sides.get(command.action, command.action), size=size, **levels)

    swapped = {"financing_long": rules.financing_short, "financing_short": rules.financing_long}
    return remade(scenario, swapped, turned, map(other, scenario.script))


def without_percents(scenario: Scenario) -> Scenario:
    """What is a share of a price is another one on the other side."""
    financing = {"financing": None} if scenario.rules.financing == "percent" else {}
    plain = by_sums_alone(scenario, percent=Decimal(0), **financing)
    return replace(plain, script=tuple(replace(command, trailing_percent=None) for command in plain.script))


def assert_mirrored(one: bt.Session, other: bt.Session) -> None:
    sides = {"buy": "sell", "sell": "buy", "long": "short", "short": "long"}
    of_fills = ("order", "tick", "reason"), ("price",), ("size", "commission", "slippage")
    of_trades = ("id", "parent", "entry_tick", "exit_tick", "exit_reason"), ("entry_price", "exit_price"), OF_TRADES
    for name, (key, prices, money) in {"fills": of_fills, "trades": of_trades}.items():
        for mine, its in zip(getattr(one, name).to_dicts(), getattr(other, name).to_dicts(), strict=True):
            assert [mine[column] for column in key] == [its[column] for column in key] and sides[mine["side"]] == its["side"]
            assert all(near(mine[column], its[column]) for column in money), (mine, its)
            assert all(
                mine[column] is its[column] is None or near(float(MIRROR) - mine[column], its[column]) for column in prices
            )
    assert one.orders.select("id", "state", "reason", "filled").equals(other.orders.select("id", "state", "reason", "filled"))
    assert all(near(mine, its) for mine, its in zip(one.equity["equity"], other.equity["equity"], strict=True))


# ---------------------------------------------------------------------- orders


def to_split(scenario: Scenario) -> Scenario:
    """On a netting account, of even sizes, without what is paid or drawn once an order, and without groups."""
    once = {"fixed": Decimal(0), "random": None, "random_pips": None, "participation": None, "mode": "netting"}
    plain = by_sums_alone(scenario, **once)
    script = [
        replace(command, oco=None) for command in plain.script if command.when != "fill" and command.action != "close_by_id"
    ]
    return replace(plain, script=tuple(doubled(command) for command in script))


def doubled(command: Command) -> Command:
    return replace(command, size=command.size * 2) if command.size is not None and command.action != "target" else command


def split(scenario: Scenario) -> Scenario:
    """Two orders of half the size for each that has one."""
    places: dict[int, tuple[int, ...]] = {}
    script: list[Command] = []
    taken = 0
    for command in scenario.script:
        halves = [command]
        if command.action in ("buy", "sell") and command.size is not None:
            halves = [replace(command, size=command.size / 2)] * 2
        elif command.action in ("cancel", "modify"):
            size = command.size / 2 if command.size is not None else None
            halves = [replace(command, order=order, size=size) for order in places.get(command.order, (NOWHERE,))]
        if command.action in PLACING:
            places[len(places) + 1] = tuple(range(taken + 1, taken + 1 + len(halves)))
            taken += len(halves)
        script += halves
    return replace(scenario, script=tuple(script))


def assert_split(one: bt.Session, other: bt.Session) -> None:
    assert sums(one).keys() == sums(other).keys()
    for key, mine in sums(one).items():
        assert all(near(value, its) for value, its in zip(mine, sums(other)[key])), key
    for column in ("equity", "cash", "position_value"):
        by_tick = (dict(zip(session.equity["time"], session.equity[column])) for session in (one, other))
        ours, theirs = by_tick
        assert ours.keys() == theirs.keys() and all(near(value, theirs[time]) for time, value in ours.items()), column


def sums(session: bt.Session) -> dict[tuple[Any, ...], list[float]]:
    """What was traded at each tick on each side for each reason: units, their price, commission and slippage."""
    found: dict[tuple[Any, ...], list[float]] = defaultdict(lambda: [0.0] * 4)
    for fill in session.fills.iter_rows(named=True):
        row = found[fill["tick"], fill["side"], fill["reason"]]
        for at, value in enumerate((fill["size"], fill["size"] * fill["price"], fill["commission"], fill["slippage"])):
            row[at] += value
    return found


# ---------------------------------------------------------------------- times


def assert_later(one: bt.Session, other: bt.Session) -> None:
    for name in ("fills", "trades", "orders", "changes", "equity", "marks"):
        ours, theirs = getattr(one, name), getattr(other, name)
        shifted = [ours[column].dt.offset_by(f"{YEAR}us") if column in TIMES else ours[column] for column in ours.columns]
        assert ours.with_columns(shifted).equals(theirs), name


def same(scenario: Scenario) -> Scenario:
    return scenario


def of_rates(scenario: Scenario) -> Scenario:
    """A function of a user's may look at prices as they are."""
    return remade(scenario, {"function": None}, lambda tick: tick, scenario.script)


RELATIONS: dict[str, tuple[Callable[[Scenario], Scenario], Callable[[Scenario], Scenario], Callable[..., None]]] = {
    "prices scaled": (of_rates, scaled, assert_scaled),
    "sides mirrored": (without_percents, mirrored, assert_mirrored),
    "orders split": (to_split, split, assert_split),
    "a year later": (same, later, assert_later),
}
"""What a scenario must be for it, what is done to it, and what must be so."""


def fills_of(relation: str, seed: int) -> int:
    """How many fills were compared."""
    fit, change, check = RELATIONS[relation]
    scenario = fit(random_scenario(seed))
    (one, _), (other, _) = play(scenario), play(change(scenario))
    check(one, other)
    return len(one.fills)


@pytest.mark.parametrize("relation", RELATIONS)
def test_a_changed_world_changes_what_it_must_and_nothing_else(relation: str) -> None:
    assert sum(fills_of(relation, seed) for seed in range(COUNT)) > 5 * COUNT


@pytest.mark.parametrize("relation", RELATIONS)
def test_the_checks_see_two_runs_that_are_not_so_related(relation: str) -> None:
    fit, change, check = RELATIONS[relation]
    (one, _), (other, _) = play(fit(random_scenario(1))), play(change(fit(random_scenario(2))))
    with pytest.raises((AssertionError, ValueError)):
        check(one, other)
