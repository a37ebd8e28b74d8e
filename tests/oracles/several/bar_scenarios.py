"""Random bars of two to four symbols, and scripts in which they meet; prices, orders and rules are drawn as for one symbol."""

from __future__ import annotations

import random
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from functools import cached_property

from .. import bar_scenarios as one
from ..features import dress_rules, dress_script, needs_sizes, pick
from ..records import Command, Rules
from . import Account, closes, merged
from .bars import BarMarket, market_of, play_several_bars
from .records import Told
from .scenarios import FAMILIES

FRAMES = {"1m": ((), ("1m", "5m")), "5m": ((), ("5m", "15m")), "15m": ((), ("15m", "1h")), "1h": ((),)}
LATE = 0.2


@dataclass(frozen=True)
class SeveralBars:
    """A scenario: play() is what the ledger says of it."""

    seed: int
    rules: Rules
    currency: str | None
    timeframe: str
    markets: tuple[BarMarket, ...]
    timeframes: tuple[str, ...]
    script: tuple[Command, ...]
    policy: str = "pessimistic"

    @property
    def bars(self) -> list[Told]:
        return closes(self.markets, self.timeframes)

    def play(self) -> Account:
        """What the ledger says; played once."""
        return self._result

    @cached_property
    def _result(self) -> Account:
        return play_several_bars(
            self.rules, self.markets, self.script, timeframe=self.timeframe, policy=self.policy, currency=self.currency,
            timeframes=self.timeframes,
        )  # fmt: skip


def random_several_bars(seed: int, policy: str = "pessimistic", *, features: Iterable[str] = ()) -> SeveralBars:
    """The scenario of a seed, always the same; none that hangs on less than a ten-millionth."""
    for attempt in range(1_000):
        draw = random.Random(f"several bars {seed}/{attempt}")
        chosen = pick(draw, frozenset(features)) if features else frozenset[str]()
        rules = dress_rules(draw, one._rules(draw), chosen)
        currency, names = draw.choice(FAMILIES)
        timeframe = draw.choice(tuple(FRAMES))
        markets = tuple(_markets(draw, rules, names, timeframe))
        frames = draw.choice(FRAMES[timeframe]) or (timeframe,)
        script = _script(draw, rules, markets, frames, chosen)
        scenario = SeveralBars(seed, rules, currency, timeframe, markets, frames, script, policy)
        if not scenario.play().near_ties:
            return scenario
    raise AssertionError(f"seed {seed}: no scenario without a near tie")


def _markets(draw: random.Random, rules: Rules, names: Sequence[str], timeframe: str) -> Iterable[BarMarket]:
    for name in names:
        bars = one._bars(draw, draw.randint(6, 22), one.MINUTES[timeframe], rules.tick_size, Decimal(0))
        bars = bars[len(bars) // 3 :] if draw.random() < LATE else bars
        if needs_sizes(rules):
            bars = tuple(replace(each, volume=one._volume(draw, rules)) for each in bars)
        spread = Decimal(draw.choice(("0", "0", "1", "2", "1.5"))) * rules.tick_size
        yield market_of(
            name, bars, spread, quote=name[3:], tick_size=rules.tick_size, lot_size=rules.lot_size,
            contract_size=rules.contract_size, pip_size=rules.pip_size, calendar=rules.calendar,
        )  # fmt: skip


def _script(
    draw: random.Random, rules: Rules, markets: Sequence[BarMarket], frames: Sequence[str], chosen: frozenset[str]
) -> tuple[Command, ...]:
    ticks = merged(markets)
    places = [(0, 0, "start", 0)] + [(at, 1, "tick", at) for at in range(len(ticks))]
    places += [(told.before, 0, "bar", k) for k, told in enumerate(closes(markets, frames))]
    script: list[Command] = []
    placed: list[Command] = []

    def ask(when: str, at: int, moment: int, known: list[Command]) -> Command:
        symbol = draw.randrange(len(markets))
        market = markets[symbol]
        seen = [bar for bar in market.bars if bar.time <= ticks[moment][0]] or market.bars[:1]
        each = one._command(draw, market.dress(rules), seen[-1].close, when, at, known)
        each = dress_script(draw, market.dress(rules), (each,), chosen)[0]
        told = ticks[moment][1] if when == "tick" else None
        return replace(each, symbol=None if symbol == told and draw.random() < 0.7 else market.name)

    for moment, _, when, at in sorted(places):
        busy = (0, 0, 0, 1, 1, 2) if when != "tick" else (0, 0, 0, 1, 1)
        for _ in range(draw.choice(busy)):
            script.append(ask(when, at, moment, placed))
            placed += script[-1:] if script[-1].action in one.PLACING else []
    heard = [k for k in range(1, 9) if draw.random() < 0.4]
    return (*script, *(ask("fill", k, draw.randrange(len(ticks)), placed[: 2 * k]) for k in heard))
