"""Several symbols in one run: what a tick costs beside others, and how that grows with the number of symbols.

Told in seconds of the processor. Every run has ticks nobody has seen, so their bars, and the order in which they come, are made
within the time told.
"""

from __future__ import annotations

import gc
import sys
import time as clock
from collections.abc import Mapping
from typing import Any

import common
import numpy as np

import btlab as bt

EACH = 1_000_000  # ticks of a symbol
COUNTS = (1, 2, 5, 10)
SYMBOLS, DAYS, PER_DAY = 50, 20, 5_000  # 1,000 days of a symbol
OPTIONS: dict[str, Any] = {"cash": 1e9, "mode": "compiled", "account": bt.Account(currency="USD")}
NEAR = 0.0002  # a stop and a target that many a minute reaches
MOST = 2.0  # what a tick may cost, against a tick of a symbol that is alone


class StopAndTarget(bt.Strategy):
    """In whatever symbol is told: buys when flat at a close above the last one, with a stop and a target."""

    away: float = 0.0010

    def init(self):
        self.calls = 0

    def on_bar(self, ctx):
        self.calls += 1
        if ctx.position == 0 and ctx.close("1m") > ctx.close("1m", 1):
            ctx.buy(size=10_000, stop_loss=ctx.bid - self.away, take_profit=ctx.bid + self.away)


class EveryTick(StopAndTarget):
    def on_tick(self, ctx):
        self.calls += 1


def quotes(name: str, count: int, seed: int) -> bt.Ticks:
    """A walk of its own; the pace is such that the time all symbols take is the same."""
    time, bid, ask = common.quotes(count, seed=seed)
    ticks = bt.Ticks.from_arrays(time, bid, ask, symbol=name)
    assert ticks.digits == 5  # a property of the data, known before a run
    return ticks


def symbols(number: int, count: int, seed: int) -> dict[str, bt.Ticks]:
    return {f"S{n:03}USD": quotes(f"S{n:03}USD", count, 1_000 * seed + n) for n in range(number)}


def seconds(strategy: bt.Strategy, data: Mapping[str, bt.Ticks]) -> float:
    """Of the processor; one symbol is given as it is, not as one of several."""
    given = data if len(data) > 1 else next(iter(data.values()))
    gc.collect()
    began = clock.process_time()
    bt.run(strategy, given, **OPTIONS)
    return clock.process_time() - began


def check() -> str:
    """Asserts that each of several symbols fills as it does alone, compiled, interpreted and told every tick."""
    data = symbols(5, 60_000, 1)
    session = bt.run(StopAndTarget(away=NEAR), data, **OPTIONS)
    last = max(int(ticks.time[-1]) for ticks in data.values())
    columns = ("tick", "side", "size", "price", "reason")
    for name, ticks in data.items():
        alone = bt.run(StopAndTarget(away=NEAR), ticks, **OPTIONS).fills.select(columns)
        mine = session.of(name).fills.select(columns)
        assert len(alone) > 50 and mine.equals(alone)
    for strategy, options in ((StopAndTarget(away=NEAR), {"mode": "interpreted"}), (EveryTick(away=NEAR), {})):
        assert bt.run(strategy, data, **OPTIONS | options).fingerprint == session.fingerprint
    turned = dict(reversed(data.items()))
    assert bt.run(StopAndTarget(away=NEAR), turned, **OPTIONS).fingerprint == session.fingerprint
    assert last == int(session.equity["time"].dt.timestamp("us")[-1])
    return f"{len(session.fills):,} fills of 5 symbols as of each alone, the same told every tick"


def per_tick(kind: type[bt.Strategy], number: int, count: int) -> float:
    """Nanoseconds, the middle one of three runs."""
    took = common.median(lambda seed=seed: seconds(kind(), symbols(number, count, seed)) for seed in (2, 3, 4))
    return took / (number * count) * 1e9


def rows(kind: type[bt.Strategy]) -> list[tuple[str, float, float]]:
    """(what, ns a tick, times a tick of a symbol that is alone)"""
    costs = {number: per_tick(kind, number, EACH) for number in COUNTS}
    told = [(f"{number} x {EACH:,}", cost, cost / costs[1]) for number, cost in costs.items()]
    many = per_tick(kind, SYMBOLS, DAYS * PER_DAY)
    alone = per_tick(kind, 1, DAYS * PER_DAY * 10)
    return [*told, (f"{SYMBOLS * DAYS:,} days: {SYMBOLS} x {DAYS} x {PER_DAY:,}", many, many / alone)]


def main() -> int:
    """Prints the tables; 1 where a figure asked for is missed."""
    agreed = check()
    for kind in (StopAndTarget, EveryTick):
        seconds(kind(), symbols(2, 1_000, 0))
        seconds(kind(), symbols(1, 1_000, 0))
    missed = False
    for kind, what in ((StopAndTarget, "on_bar on 1m, stop and target"), (EveryTick, "the same, and told every tick")):
        measured = rows(kind)
        growth = np.polyfit(np.log(COUNTS), np.log([cost * n for (_, cost, _), n in zip(measured, COUNTS)]), 1)[0]
        common.table(
            f"{what}; {agreed}; ticks never seen before; median of 3; seconds grow with symbols to the power {growth:.2f}",
            ("symbols x ticks", "ns a tick", "against one symbol", "asked for"),
            [(name, f"{cost:.1f}", f"{ratio:.2f}", f"{MOST:.0f}") for name, cost, ratio in measured],
        )
        missed = missed or any(ratio > MOST for _, _, ratio in measured)
    return int(missed)


if __name__ == "__main__":
    sys.exit(main())
