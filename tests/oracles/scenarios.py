"""Random ticks and scripts in which things collide: few price levels, gaps, crossed and one-sided quotes, equal times, stops and
targets met in one tick, reversals, partial closes, rejections.

A scenario is played by the ledger with `scenario.play()`. An engine replays `scenario.script`: commands "before" a tick stand
at tick 0 (on_start) or where exactly one 1m bar of mid prices closes in front of that tick (`scenario.closes[k]` is the tick
after the k-th close), so they can be given from on_bar("1m"); "after" is on_tick, "fill" is on_fill.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from decimal import Decimal
from functools import cached_property
from typing import Any

from .features import FEATURES, dress_rules, dress_script, dress_ticks, pick
from .ledger import Command, Result, Rules, Tick, bar_closes, play

MINUTE = 60_000_000
START = 1_704_880_800_000_000  # Wednesday 10 January 2024, 10:00 UTC
HOUR = 60 * MINUTE
MIDNIGHT = START + 14 * HOUR
STEPS = (0, 0, 1, 1_000, 250_000, 4_000_000, 21_000_000, 61_000_000, 400_000_000)
NOT_NUMBERS = ("NaN", "0", "-1")
PLACING = ("buy", "sell", "close", "target")
ACTIONS = ("buy", "sell", "close", "cancel", "cancel_all", "target", "modify")
LIFETIMES = (1, 1_000, 1_000, 250_000, 4_000_000, 30_000_000, MINUTE, 3 * MINUTE, HOUR, HOUR)
PARTS = ("0.1", "0.25", "0.29", "0.3", "0.5", "0.7", "1")


@dataclass(frozen=True)
class Scenario:
    seed: int
    rules: Rules
    ticks: tuple[Tick, ...]
    script: tuple[Command, ...]

    @property
    def closes(self) -> list[int]:
        return bar_closes(self.ticks)

    def play(self) -> Result:
        """What the ledger says; played once."""
        return self._result

    @cached_property
    def _result(self) -> Result:
        return play(self.rules, self.ticks, self.script)


def at_closes(scenario: Scenario) -> Scenario:
    """The scenario with all that was done in on_tick put off to the next close, or left out where none comes."""
    script = []
    for each in scenario.script:
        if each.when == "after":
            at = next((close for close in scenario.closes if close > each.at), None)
            script += [] if at is None else [replace(each, when="before", at=at)]
        else:
            script.append(each)
    return replace(scenario, script=tuple(script))


def random_scenario(
    seed: int, *, near_ties: bool = False, features: Iterable[str] = FEATURES, closes_only: bool = False
) -> Scenario:
    """The scenario of a seed, always the same.

    Args:
        seed: any integer.
        near_ties: False draws again where a margin or a fraction hangs on less than a ten-millionth, so that floats may differ.
        features: what it may have beside the plain rules, of FEATURES.
        closes_only: nothing is done in on_tick (`at_closes`).
    """
    for attempt in range(1_000):
        draw = random.Random(f"{seed}/{attempt}")
        chosen = pick(draw, frozenset(features))
        rules = dress_rules(draw, _rules(draw), chosen)
        ticks = dress_ticks(draw, rules, _ticks(draw, draw.randint(12, 60)), chosen)
        script = dress_script(draw, rules, _script(draw, rules, ticks), chosen)
        scenario = Scenario(seed, rules, ticks, script)
        scenario = at_closes(scenario) if closes_only else scenario
        if near_ties or not scenario.play().near_ties:
            return scenario
    raise AssertionError(f"seed {seed}: no scenario without a near tie")


def _rules(draw: random.Random) -> Rules:
    cost = draw.choice(
        (("fixed", "0"), ("fixed", "0.35"), ("per_unit", "0.004"), ("percent", "0.2"), ("percent", "0.03"), ("fixed", "2"))
    )
    return Rules(
        cash=Decimal(draw.choice(("60", "250", "1000", "1000", "10000"))),
        tick_size=Decimal("0.01"),
        lot_size=Decimal(draw.choice(("1", "1", "0.1", "10"))),
        contract_size=Decimal(draw.choice(("1", "1", "10", "2.5"))),
        leverage=Decimal(draw.choice(("1", "1", "3", "30"))),
        slippage=Decimal(draw.choice(("0", "0", "0.01", "0.003"))),
        **{cost[0]: Decimal(cost[1])},
    )


def _ticks(draw: random.Random, count: int) -> tuple[Tick, ...]:
    start = START if draw.random() < 0.7 else MIDNIGHT - draw.choice((1, 3, 10, 30)) * MINUTE
    time, points, ticks = start + draw.randrange(MINUTE), draw.randint(105, 115), []
    for i in range(count):
        points += draw.choice((-1, -1, 0, 0, 0, 1, 1)) if draw.random() < 0.85 else draw.choice((-6, -4, 4, 6))
        points = min(max(points, 100), 120)
        spread = draw.choice((0, 1, 1, 1, 2)) if draw.random() > 0.08 else -draw.choice((1, 3))
        bid, ask = Decimal(points) / 100, Decimal(points + spread) / 100
        missing = draw.random() if i else 1.0
        ticks.append(Tick(None if missing < 0.05 else bid, None if 0.05 <= missing < 0.1 else ask, time))
        time += draw.choice(STEPS)
    return tuple(ticks)


def _script(draw: random.Random, rules: Rules, ticks: tuple[Tick, ...]) -> tuple[Command, ...]:
    places = [("before", i) for i in [0, *bar_closes(ticks)]] + [("after", i) for i in range(len(ticks))]
    script: list[Command] = []
    placed: list[Command] = []
    for when, at in sorted(places, key=lambda place: (place[1], place[0] == "after")):
        for _ in range(draw.choice((0, 0, 0, 1, 1, 2, 3))):
            script.append(_command(draw, rules, ticks[at], when, at, placed))
            placed += script[-1:] if script[-1].action in PLACING else []
    heard = [k for k in range(1, 9) if draw.random() < 0.4]
    return (*script, *(_command(draw, rules, draw.choice(ticks), "fill", k, placed[: 2 * k]) for k in heard))


def _command(draw: random.Random, rules: Rules, quote: Tick, when: str, at: int, placed: list[Command]) -> Command:
    action = draw.choices(ACTIONS, (20, 20, 4, 4, 1, 3, 9))[0]
    if action == "cancel":
        return Command(when, at, action, order=draw.randint(1, max(1, len(placed))))
    if action == "target":
        return Command(when, at, action, size=target(draw, rules))
    if action == "cancel_all":
        return Command(when, at, action)
    if action == "close":
        return Command(when, at, action, part=Decimal(draw.choice(NOT_NUMBERS if draw.random() < 0.04 else PARTS)))
    here = quote.bid or quote.ask
    assert here is not None

    def level() -> Decimal:
        if draw.random() < 0.02:
            return Decimal(draw.choice(NOT_NUMBERS))
        off_grid = Decimal("0.002") * draw.choice((0, 0, 0, 1, -1, 2))
        return here + Decimal(draw.randint(-5, 5)) / 100 + off_grid

    values: dict[str, Any] = {
        name: level() for name, chance in (("stop_loss", 0.5), ("take_profit", 0.5)) if draw.random() < chance
    }
    if action == "modify":
        return modification(draw, when, at, placed, level, lambda: _size(draw, rules, here))
    kind = draw.choice(("market", "limit", "limit", "stop", "stop", "stop_limit"))
    if kind == "stop_limit":
        side = 1 if action == "buy" else -1
        values["stop"] = level()
        values["limit"] = values["stop"] + side * Decimal(draw.choice((-1, 0, 0, 1, 1, 2, 4))) / 100
    elif kind != "market":
        values[kind] = level()
    values |= how_long(draw, can_rest=kind == "limit")
    values |= _how_much(draw, rules, here)
    if "risk" in values and "stop_loss" not in values:
        values["stop_loss"] = here - (1 if action == "buy" else -1) * Decimal(draw.randint(-1, 5)) / 100
    return Command(when, at, action, **values)


def modification(
    draw: random.Random, when: str, at: int, placed: list[Command], level: Callable[[], Decimal], size: Callable[[], Decimal]
) -> Command:
    """A change of an order: mostly a late one, and mostly what belongs to its kind."""
    order = (
        draw.randint(0, len(placed) + 1) if draw.random() < 0.1 else draw.randint(max(1, len(placed) - 4), max(1, len(placed)))
    )
    named = {"stop_loss", "take_profit"}
    if 0 < order <= len(placed) and draw.random() > 0.1:
        named |= {name for name in ("limit", "stop", "size") if getattr(placed[order - 1], name) is not None}
    else:
        named |= {"limit", "stop", "size"}
    some = draw.sample(sorted(named), draw.choice((1, 1, 2)))
    return Command(when, at, "modify", order=order, **{name: size() if name == "size" else level() for name in some})


def target(draw: random.Random, rules: Rules) -> Decimal:
    """A position of a few lots, or none; now and then half a lot more, or no number."""
    lots = draw.choice((0, 0, 1, 2, 3, -1, -2, -3, Decimal("2.5"), Decimal("-0.5"), 7, -7))
    return Decimal("NaN") if draw.random() < 0.02 else lots * rules.lot_size


def how_long(draw: random.Random, *, can_rest: bool, unit: int = 1) -> dict[str, Any]:
    """How long an order works, whether it must rest, and its group: mostly nothing of it. `unit` stretches lifetimes."""
    values: dict[str, Any] = {}
    if draw.random() < 0.25:
        values["oco"] = draw.randint(1, 3)
    said = draw.random()
    if said < 0.16:
        values["tif"] = draw.choice(("IOC", "FOK", "DAY", "DAY"))
    elif said < 0.3:
        values["expire"] = draw.choice(LIFETIMES) * unit if draw.random() > 0.05 else draw.choice((0, -1))
    if can_rest and values.get("tif") not in ("IOC", "FOK") and draw.random() < 0.2:
        values["post_only"] = True
    return values


def _how_much(draw: random.Random, rules: Rules, here: Decimal) -> dict[str, Decimal]:
    said = draw.random()
    if said < 0.2:
        return {"fraction": Decimal(draw.choice(("0.25", "0.5", "1", "1", "2.5") if draw.random() > 0.04 else NOT_NUMBERS))}
    if said < 0.35:
        return {"risk": Decimal(draw.choice(("0.001", "0.01", "0.02", "0.1") if draw.random() > 0.04 else NOT_NUMBERS))}
    return {"size": _size(draw, rules, here)}


def _size(draw: random.Random, rules: Rules, price: Decimal) -> Decimal:
    """Mostly a few lots, of which some reach the margin; now and then less than a lot, or no number."""
    if draw.random() < 0.05:
        return Decimal(draw.choice((*NOT_NUMBERS, "0.04")))
    most = max(1, int(rules.cash * rules.leverage / price / rules.contract_size / rules.lot_size))
    lots = draw.choice((1, 2, 3, 3, 7, 10, most // 3 or 1, most // 2 or 1, most))
    return min(lots, most + 1) * rules.lot_size + draw.choice((Decimal(0), Decimal(0), rules.lot_size / 2))
