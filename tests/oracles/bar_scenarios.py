"""Random bars and scripts in which things collide: few price levels, gaps at opens, wide bars, brackets narrower than a bar.

A scenario is played by the ledger with `scenario.result`. An engine replays `scenario.script`: "before" bar i stands in on_start
(i = 0) or at the close of bar i - 1, "after" is on_tick, "fill" is on_fill.
"""

from __future__ import annotations

import random
from collections.abc import Iterable
from dataclasses import dataclass, replace
from decimal import ROUND_UP, Decimal
from functools import cached_property
from typing import Any

from .bar_ledger import MINUTE, Bar, BarResult, play_bars
from .features import dress_rules, dress_script, needs_sizes, pick
from .records import Command, Rules
from .scenarios import ACTIONS, NOT_NUMBERS, PARTS, PLACING, _how_much, _rules, _size, how_long, modification, target

START = 1_704_844_800_000_000  # Wednesday 10 January 2024, 00:00 UTC
GRIDS = (
    ("0.01", "0", 1, 1),
    ("0.01", "0", 1, 1),
    ("0.00001", "1.08", 2, 1),
    ("0.001", "156.2", 10, 10),
    ("0.1", "60000", 100, 1000),
)
"""A point, what lies under the points of a price, how much more cash there is, and how much smaller the lots."""
MINUTES = {"1m": 1, "5m": 5, "15m": 15, "1h": 60, "4h": 240, "1d": 1440}


@dataclass(frozen=True)
class BarScenario:
    seed: int
    rules: Rules
    spread: Decimal
    timeframe: str
    bars: tuple[Bar, ...]
    script: tuple[Command, ...]
    policy: str = "pessimistic"
    finer_timeframe: str = ""
    finer: tuple[tuple[Bar, ...], ...] = ()
    """What is known of the inside of each bar; some have lost all of it, or a part."""

    @cached_property
    def result(self) -> BarResult:
        length = MINUTES[self.timeframe] * MINUTE
        return play_bars(self.rules, self.bars, self.script, self.spread, length, self.policy, self.finer)


def random_bar_scenario(
    seed: int, policy: str = "pessimistic", *, finer: bool = False, features: Iterable[str] = ()
) -> BarScenario:
    """The scenario of a seed, always the same; drawn again where a decision hangs on less than a ten-millionth.

    Args:
        finer: whether there are finer bars inside. features: what it may have beside the plain rules, of FEATURES.
    """
    for attempt in range(1_000):
        draw = random.Random(f"bars/{seed}/{attempt}")
        chosen = pick(draw, frozenset(features)) if features else frozenset[str]()
        point, under, richer, smaller = map(Decimal, draw.choice(GRIDS[:1] if chosen else GRIDS))
        timeframe, rules = draw.choice(tuple(MINUTES)[finer:]), _rules(draw)
        rules = replace(
            rules,
            tick_size=point,
            cash=rules.cash * richer,
            lot_size=rules.lot_size / smaller,
            slippage=rules.slippage * 100 * point,
        )
        bars = _bars(draw, draw.randint(5, 25), MINUTES[timeframe], point, under)
        rules = dress_rules(draw, rules, chosen)
        spread = Decimal(draw.choice(("0", "0", "1", "2", "5", "1.5"))) * point
        inside: dict[str, Any] = {}
        if finer:
            name = draw.choice([name for name, minutes in MINUTES.items() if minutes < MINUTES[timeframe]])
            whole = [_inside(draw, each, MINUTES[timeframe], MINUTES[name], point) for each in bars]
            bars = tuple(_sum(each) for each in whole)
            inside = {"finer_timeframe": name, "finer": tuple(_thinned(draw, each) for each in whole)}
        if needs_sizes(rules):
            bars = tuple(replace(each, volume=_volume(draw, rules)) for each in bars)
        script = dress_script(draw, rules, _script(draw, rules, bars), chosen)
        scenario = BarScenario(seed, rules, spread, timeframe, bars, script, policy, **inside)
        if not scenario.result.near_ties:
            return scenario
    raise AssertionError(f"seed {seed}: no scenario without a near tie")


def _bars(draw: random.Random, count: int, minutes: int, point: Decimal, under: Decimal) -> tuple[Bar, ...]:
    step, time, close, bars = minutes * 60_000_000, START, draw.randint(105, 115), []
    for _ in range(count):
        gap = draw.choice((-6, -3, 3, 6)) if draw.random() < 0.2 else draw.choice((-1, 0, 0, 0, 1))
        open_ = min(max(close + gap, 98), 122)
        reach = draw.choice((0, 1, 2, 4, 8))
        high, low = open_ + draw.randint(0, reach), open_ - draw.randint(0, reach)
        close = draw.randint(low, high)
        bars.append(Bar(*(under + points * point for points in (open_, high, low, close)), time))
        time += step * draw.choice((1, 1, 1, 1, 2, 7))
    return tuple(bars)


def _inside(draw: random.Random, each: Bar, minutes: int, finer: int, point: Decimal) -> list[Bar]:
    """A few finer bars that begin where the bar does and go their own ways, sometimes over a gap."""
    places = sorted({0, *draw.sample(range(minutes // finer), min(draw.randint(1, 6), minutes // finer))})
    inside, here = [], each.open
    for place in places:
        here += point * (draw.choice((-1, 0, 0, 1, 3, -3)) if inside else 0)
        high, low = here + point * draw.randint(0, 4), here - point * draw.randint(0, 4)
        close = low + point * draw.randint(0, int((high - low) / point))
        inside.append(Bar(here, high, low, close, each.time + place * finer * MINUTE))
        here = close
    return inside


def _sum(inside: list[Bar]) -> Bar:
    highest, lowest = max(one.high for one in inside), min(one.low for one in inside)
    return Bar(inside[0].open, highest, lowest, inside[-1].close, inside[0].time)


def _thinned(draw: random.Random, inside: list[Bar]) -> tuple[Bar, ...]:
    """Mostly all; now and then nothing, or less than all."""
    kept = draw.choice((1.0, 1.0, 1.0, 1.0, 0.5, 0.0))
    return tuple(one for one in inside if draw.random() < kept)


def _volume(draw: random.Random, rules: Rules) -> Decimal:
    """A few lots, more than is wanted, or none."""
    lots = draw.choice((0, 1, 1, 2, 3, 5, 8, 20, 100, 1_000))
    volume = lots * rules.lot_size / (rules.participation or 1) + Decimal(draw.choice(("0", "0", "0.03")))
    return volume.quantize(Decimal("0.001"), ROUND_UP)


def _script(draw: random.Random, rules: Rules, bars: tuple[Bar, ...]) -> tuple[Command, ...]:
    script: list[Command] = []
    placed: list[Command] = []
    for i, each in enumerate(bars):
        for when in ("before", "after"):
            here = each.open if when == "before" else each.close
            for _ in range(draw.choice((0, 0, 1, 1, 2, 3))):
                script.append(_command(draw, rules, here, when, i, placed))
                placed += script[-1:] if script[-1].action in PLACING else []
    heard = [k for k in range(1, 9) if draw.random() < 0.4]
    return (*script, *(_command(draw, rules, draw.choice(bars).close, "fill", k, placed[: 3 * k]) for k in heard))


def _command(draw: random.Random, rules: Rules, here: Decimal, when: str, at: int, placed: list[Command]) -> Command:
    action = draw.choices(ACTIONS, (24, 24, 4, 4, 2, 3, 9))[0]
    if action == "cancel":
        return Command(when, at, action, order=draw.randint(max(1, len(placed) - 4), max(1, len(placed))))
    if action == "target":
        return Command(when, at, action, size=target(draw, rules))
    if action == "modify":
        return modification(draw, when, at, placed, lambda: here + _points(draw, rules, -7, 7), lambda: _size(draw, rules, here))
    if action == "cancel_all":
        return Command(when, at, action)
    if action == "close":
        return Command(when, at, action, part=Decimal(draw.choice(NOT_NUMBERS if draw.random() < 0.04 else PARTS)))
    side = 1 if action == "buy" else -1
    kind = draw.choice(("market", "limit", "stop", "limit", "stop", "stop_limit"))
    entry = here if kind == "market" else here + side * (-1 if kind == "limit" else 1) * _points(draw, rules, -2, 6)
    values: dict[str, Any] = {} if kind == "market" else {kind: entry}
    if kind == "stop_limit":
        values = {"stop": entry, "limit": entry + side * _points(draw, rules, -1, 4)}
    for name, away in (("stop_loss", -side), ("take_profit", side)):
        if draw.random() < 0.55:
            values[name] = entry + away * _points(draw, rules, -1, 7)
    for name in values:
        if draw.random() < 0.01:
            values[name] = Decimal(draw.choice(NOT_NUMBERS))
    values |= how_long(draw, can_rest=kind == "limit", unit=60) | _how_much(draw, rules, here)
    if "risk" in values and "stop_loss" not in values:
        values["stop_loss"] = entry - side * _points(draw, rules, -1, 7)
    return Command(when, at, action, **values)


def _points(draw: random.Random, rules: Rules, least: int, most: int) -> Decimal:
    """A distance of a few points, now and then off the grid."""
    return (draw.randint(least, most) + Decimal("0.2") * draw.choice((0, 0, 0, 0, 1, -2))) * rules.tick_size
