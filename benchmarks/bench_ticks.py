"""Tick-exact at the speed of bars, and told every tick: 20,000,000 ticks whose bars and ranges are made, the index, once before.

Checked first: fills and equity are the same where minutes that reach no trigger are skipped and where every tick is told, and on
the first ticks interpreted too.
"""

from __future__ import annotations

import gc
import statistics
import sys
import time as clock
from typing import Any

import common

import btlab as bt
from btlab.market.blocks import blocks_of
from btlab.market.timeline import timeline_of

COUNT, CHECKED, SEEDS = 20_000_000, 300_000, 5
AWAY = (0.0015, 0.0020, 0.0025)
"""Distances of stop and target: three runs over the same ticks, of which the first finds nothing in the caches."""
OPTIONS: dict[str, Any] = {"cash": 1_000_000.0, "mode": "compiled", "progress": False}


class Brackets(bt.Strategy):
    """Buys when flat at a minute's close over the highest high of the twenty before, with a stop and a target."""

    away: float = 0.0020

    def on_bar(self, ctx):
        if ctx.position == 0 and ctx.close("1m") > ctx.highest("1m", 20, back=1):
            ctx.buy(size=10_000, stop_loss=ctx.bid - self.away, take_profit=ctx.bid + self.away)


class Walked(Brackets):
    """The same, told every tick: nothing is skipped."""

    def on_tick(self, ctx):
        pass


class Nothing(bt.Strategy):
    """Told every tick, does nothing."""

    def on_tick(self, ctx):
        pass


class Forming(bt.Strategy):
    """Reads two running bars at every tick; buys when flat near the low of the running hour, with a stop and a target."""

    away: float = 0.0020

    def on_tick(self, ctx):
        low, high = ctx.forming_low("1h"), ctx.forming_high("1h")
        if ctx.position == 0 and high - low > self.away and ctx.forming_close("5m") < low + 0.1 * (high - low):
            ctx.buy(size=10_000, stop_loss=ctx.bid - self.away, take_profit=ctx.bid + self.away)


ROWS = (
    ("on_bar on 1m, bracket orders, minutes skipped", Brackets, 2_000),
    ("the same, every tick walked", Walked, 80),
    ("on_tick, reads running bars, places orders", Forming, 25),
    ("on_tick doing nothing", Nothing, 80),
)
"""What, with which strategy, and how many million ticks a second it is asked for."""


def ticks_of(seed: int, count: int = COUNT) -> bt.Ticks:
    ticks = bt.Ticks.from_arrays(*common.quotes(count, seed=seed))
    assert ticks.digits == 5  # a property of the data, known before a run
    return ticks


def check(ticks: bt.Ticks) -> int:
    """Asserts that the ways agree; how many fills."""
    skipped, walked = (bt.run(kind(), ticks, **OPTIONS) for kind in (Brackets, Walked))
    assert skipped.fills.equals(walked.fills) and skipped.equity.equals(walked.equity) and skipped.skipped > 0.95
    for kind in (Brackets, Forming):
        first = ticks[:CHECKED]
        compiled, interpreted = (bt.run(kind(), first, **OPTIONS | {"mode": mode}) for mode in ("compiled", "interpreted"))
        assert compiled.fingerprint == interpreted.fingerprint and len(compiled.fills) > 4
    return len(skipped.fills)


def main() -> int:
    """Prints the table; 1 where a figure asked for is missed."""
    fills = check(ticks_of(1))
    index, rates = list[float](), {name: list[float]() for name, _, _ in ROWS}
    for seed in range(2, 2 + SEEDS):
        ticks = ticks_of(seed)
        began = clock.perf_counter()
        blocks_of(timeline_of(ticks))
        index.append(COUNT / (clock.perf_counter() - began) / 1e6)
        for name, kind, _ in ROWS:
            gc.collect()
            for away in AWAY if "away" in kind.declared() else (None,):
                strategy = kind() if away is None else kind(away=away)
                began = clock.perf_counter()
                bt.run(strategy, ticks, **OPTIONS)
                rates[name].append(COUNT / (clock.perf_counter() - began) / 1e6)
    rows = [("the index, once", statistics.median(index), 100)]
    rows += [(name, statistics.median(rates[name]), asked) for name, _, asked in ROWS]
    common.table(
        f"{COUNT:,} ticks, 2.2 a second; {fills:,} fills the same skipped and walked; warm, medians of {SEEDS} series",
        ("", "M ticks/s", "asked for"),
        [(name, f"{rate:,.0f}", f"{asked:,}") for name, rate, asked in rows],
    )
    return int(any(rate < asked for _, rate, asked in rows))


if __name__ == "__main__":
    sys.exit(main())
