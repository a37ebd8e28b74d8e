"""Random ticks of two to four symbols and scripts in which they meet: equal times, silences, pairs first quoted late, orders on
the other symbol.

Prices, orders and rules are drawn as for one symbol (`..scenarios`, `..features`). An engine replays `script`: "start" is
on_start, "bar" the call of on_bar of that number, from 0, "tick" the merged tick's on_tick, "fill" on_fill, from 1.
"""

from __future__ import annotations

import random
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from functools import cached_property

from .. import scenarios as one
from ..features import FEATURES, dress_rules, dress_script, needs_sizes, pick, spread_over_days, with_sizes
from ..records import Command, Rules, Tick
from . import Account, closes, merged, play
from .records import Market, Told

FAMILIES: tuple[tuple[str, tuple[str, ...]], ...] = (
    ("USD", ("EURUSD", "GBPUSD")),
    ("USD", ("AUDUSD", "EURUSD", "GBPUSD")),
    ("USD", ("EURUSD", "USDJPY")),
    ("USD", ("EURGBP", "GBPUSD")),
    ("USD", ("EURGBP", "GBPUSD", "USDCHF", "USDJPY")),
    ("USD", ("EURCHF", "EURUSD")),
    ("EUR", ("EURUSD", "GBPUSD")),
    ("EUR", ("AUDNZD", "EURUSD", "NZDUSD")),
    ("JPY", ("EURUSD", "USDJPY")),
    ("CHF", ("EURGBP", "GBPUSD", "USDCHF")),
)
"""The account's currency, and pairs that lead there on one way alone."""
FRAMES = (("1m",), ("1m",), ("1m", "5m"), ("5m",), ("1m", "15m", "1d"), ("15m", "1h"))
QUIET, LATE = 0.25, 0.3


@dataclass(frozen=True)
class Several:
    """A scenario: play() is what the ledger says of it."""

    seed: int
    rules: Rules
    currency: str | None
    markets: tuple[Market, ...]
    timeframes: tuple[str, ...]
    script: tuple[Command, ...]

    @property
    def bars(self) -> list[Told]:
        return closes(self.markets, self.timeframes)

    def play(self) -> Account:
        """What the ledger says; played once."""
        return self._result

    @cached_property
    def _result(self) -> Account:
        return play(self.rules, self.markets, self.script, currency=self.currency, timeframes=self.timeframes)


def random_several(seed: int, *, features: Iterable[str] = FEATURES, closes_only: bool = False) -> Several:
    """The scenario of a seed, always the same; none that hangs on less than a ten-millionth.

    Args:
        seed: any integer.
        features: what it may have beside the plain rules, of FEATURES.
        closes_only: what would be done in on_tick is put off to the next close.
    """
    for attempt in range(1_000):
        draw = random.Random(f"several {seed}/{attempt}")
        chosen = pick(draw, frozenset(features))
        rules = dress_rules(draw, one._rules(draw), chosen)
        currency, names = draw.choice(FAMILIES)
        markets = tuple(_markets(draw, rules, names, chosen))
        frames = draw.choice(FRAMES)
        script = _script(draw, rules, markets, frames, chosen)
        scenario = Several(seed, rules, currency, markets, frames, script)
        scenario = at_closes(scenario) if closes_only else scenario
        if not scenario.play().near_ties:
            return scenario
    raise AssertionError(f"seed {seed}: no scenario without a near tie")


def at_closes(scenario: Several) -> Several:
    """The scenario with all that was done in on_tick put off to the next close, or left out where none comes."""
    script = []
    for each in scenario.script:
        if each.when == "tick":
            later = next((k for k, bar in enumerate(scenario.bars) if bar.before > each.at), None)
            script += [] if later is None else [replace(each, when="bar", at=later)]
        else:
            script.append(each)
    return replace(scenario, script=tuple(script))


# ---------------------------------------------------------------------- quotes


def _markets(draw: random.Random, rules: Rules, names: Sequence[str], chosen: frozenset[str]) -> Iterable[Market]:
    times = one._ticks(draw, draw.randint(20, 70))
    calendars = {name: rules.calendar if draw.random() < 0.8 else "24x7" for name in names}
    if "financing" in chosen:
        times = spread_over_days(draw, replace(rules, calendar="fx" if "fx" in calendars.values() else "24x7"), times)
    together = draw.random() < 0.6
    for name in names:
        centre = 110 if together else draw.choice((110, 60, 240))
        ticks = _quotes(draw, times, centre, chance=draw.choice((QUIET, 0.6, 0.9, 1.0)))
        if needs_sizes(rules):
            ticks = [with_sizes(draw, rules, each) for each in ticks]
        lot = rules.lot_size if draw.random() < 0.7 else Decimal(draw.choice(("1", "0.1", "10")))
        contract = rules.contract_size if draw.random() < 0.7 else Decimal(draw.choice(("1", "10", "2.5")))
        pip = rules.pip_size if draw.random() < 0.7 else Decimal("0.03")
        yield Market(name, tuple(ticks), name[3:], rules.tick_size, lot, contract, pip, calendars[name])


def _quotes(draw: random.Random, times: Sequence[Tick], centre: int, *, chance: float) -> list[Tick]:
    """Some of the times, a few of them twice; the first of them late now and then."""
    first = len(times) // draw.choice((2, 3)) if draw.random() < LATE else 0
    points, ticks = centre + draw.randint(-5, 5), []
    for at in times[first:]:
        count = draw.choice((1, 1, 1, 1, 2)) if draw.random() < chance or not ticks else 0
        for _ in range(count):
            points += draw.choice((-1, -1, 0, 0, 0, 1, 1)) if draw.random() < 0.85 else draw.choice((-6, -4, 4, 6))
            points = min(max(points, centre - 10), centre + 10)
            spread = draw.choice((0, 1, 1, 1, 2)) if draw.random() > 0.08 else -draw.choice((1, 3))
            missing = draw.random()
            bid = None if missing < 0.05 else Decimal(points) / 100
            ask = None if 0.05 <= missing < 0.1 else Decimal(points + spread) / 100
            ticks.append(Tick(bid, ask, at.time))
    return ticks


# ---------------------------------------------------------------------- what is done


def _script(
    draw: random.Random, rules: Rules, markets: Sequence[Market], frames: Sequence[str], chosen: frozenset[str]
) -> tuple[Command, ...]:
    ticks = merged(markets)
    places = [(0, 0, "start", 0)] + [(at, 1, "tick", at) for at in range(len(ticks))]
    places += [(bar.before, 0, "bar", k) for k, bar in enumerate(closes(markets, frames))]
    script: list[Command] = []
    placed: list[Command] = []

    def ask(when: str, at: int, moment: int, known: list[Command]) -> Command:
        told = ticks[moment][1] if when == "tick" else None
        symbol = draw.randrange(len(markets))
        quote = _last(markets[symbol], ticks[moment][0])
        each = one._command(draw, markets[symbol].dress(rules), quote, when, at, known)
        each = dress_script(draw, markets[symbol].dress(rules), (each,), chosen)[0]
        return replace(each, symbol=None if symbol == told and draw.random() < 0.7 else markets[symbol].name)

    for moment, _, when, at in sorted(places):
        busy = (0, 0, 0, 1, 1, 2, 3) if when != "tick" else (0, 0, 0, 1, 1, 2)
        for _ in range(draw.choice(busy)):
            script.append(ask(when, at, moment, placed))
            placed += script[-1:] if script[-1].action in one.PLACING else []
    heard = [k for k in range(1, 11) if draw.random() < 0.4]
    return (*script, *(ask("fill", k, draw.randrange(len(ticks)), placed[: 2 * k]) for k in heard))


def _last(market: Market, time: int) -> Tick:
    """The quote then, or the first that comes."""
    return next((each for each in reversed(market.ticks) if each.time <= time), market.ticks[0])


__all__ = ["Several", "at_closes", "random_several"]
