"""What a run costs: called at closes, at ticks, interpreted, and again with another parameter.

Every run has ticks nobody has seen, so its bars are made within the time told; "known ticks" says where they are not.
"""

from __future__ import annotations

import _thread
import gc
import sys
import threading
import time as clock
from typing import Any

import common
import numpy as np

import btlab as bt
from btlab.strategy import compile as compiling

COUNT = 10_000_000
CLOSES = 2_000_000  # ticks of the interpreted run
OPTIONS: dict[str, Any] = {"cash": 1_000_000.0}


class StopAndTarget(bt.Strategy):
    """Buys when flat at a close above the last one, with a stop and a target."""

    away: float = 0.0010

    def init(self):
        self.calls = 0

    def on_bar(self, ctx):
        self.calls += 1
        if ctx.position == 0 and ctx.close("1m") > ctx.close("1m", 1):
            ctx.buy(size=10_000, stop_loss=ctx.bid - self.away, take_profit=ctx.bid + self.away)


class Nothing(bt.Strategy):
    """Told every tick, does nothing."""

    def on_tick(self, ctx):
        pass


class CountsTicks(bt.Strategy):
    def init(self):
        self.calls = 0

    def on_tick(self, ctx):
        self.calls += 1


class Window(bt.Strategy):
    """A moving window whose length is a parameter."""

    length: int = 20

    def init(self):
        self.window = np.zeros(self.length)
        self.at = 0

    def on_bar(self, ctx):
        self.window[self.at % self.length] = ctx.close("1m")
        self.at += 1
        if self.at > self.length and ctx.position == 0 and ctx.close("1m") > self.window[self.at % self.length]:
            ctx.buy(size=10_000, stop_loss=ctx.bid - 0.0010, take_profit=ctx.bid + 0.0010)


def ticks_of(seed: int, count: int = COUNT, *, sizes: bool = False) -> bt.Ticks:
    time, bid, ask = common.quotes(count, seed=seed)
    random = np.random.default_rng(seed)
    both = {name: random.integers(1, 90, count) / 10 for name in ("bid_size", "ask_size")} if sizes else {}
    ticks = bt.Ticks.from_arrays(time, bid, ask, **both)
    assert ticks.digits == 5  # a property of the data, known before a run
    return ticks


def seconds(strategy: bt.Strategy, ticks: bt.Ticks, mode: str = "compiled") -> float:
    gc.collect()
    began = clock.perf_counter()
    bt.run(strategy, ticks, mode=mode, **OPTIONS)
    return clock.perf_counter() - began


def check() -> str:
    """Asserts that the ways agree on fills and calls before they are timed."""
    ticks = ticks_of(1, 300_000)
    compiled, interpreted = (bt.run(StopAndTarget(), ticks, mode=mode, **OPTIONS) for mode in ("compiled", "interpreted"))
    assert compiled.fingerprint == interpreted.fingerprint and len(compiled.fills) > 100
    by_tick = type("ByTick", (StopAndTarget,), {"on_tick": Nothing.on_tick})
    assert bt.run(by_tick(), ticks, mode="compiled", **OPTIONS).fingerprint == compiled.fingerprint
    assert bt.run(CountsTicks(), ticks, mode="compiled").strategy.calls == len(ticks)
    assert compiled.strategy.calls == len(bt.bars(ticks, "1m")) - 1
    return f"{len(compiled.fills):,} fills the same compiled, interpreted and told every tick"


def median_of(strategy: bt.Strategy, **ticks: Any) -> float:
    return common.median(lambda seed=seed: seconds(strategy, ticks_of(seed, **ticks)) for seed in range(2, 7))


def fresh_rows() -> list[tuple[str, float, float]]:
    """(what, ticks a second, asked for)"""
    return [
        ("on_bar on 1m, stop and target", COUNT / median_of(StopAndTarget()), 50e6),
        ("the same, ticks with sizes", COUNT / median_of(StopAndTarget(), sizes=True), 50e6),
        ("on_tick doing nothing", COUNT / median_of(Nothing()), 50e6),
        ("the same, ticks with sizes", COUNT / median_of(Nothing(), sizes=True), 50e6),
    ]


def interpreted() -> float:
    """Calls of on_bar a second."""

    def rate(seed: int) -> float:
        ticks = ticks_of(seed, CLOSES)
        return seconds(StopAndTarget(), ticks, "interpreted") / (len(bt.bars(ticks, "1m")) - 1)

    return 1.0 / common.median(lambda seed=seed: rate(seed) for seed in range(2, 7))


def parameter_rows() -> list[tuple[str, float]]:
    """Seconds of a run on known ticks with a value not used before; nothing may be compiled by it."""
    ticks = ticks_of(9)
    for strategy in (StopAndTarget(), Window()):
        seconds(strategy, ticks)
    known = len(compiling._COMPILED)
    rows = [
        (
            f"a new value of a float, {COUNT:,} known ticks",
            common.median(lambda n=n: seconds(StopAndTarget(away=n / 1e4), ticks) for n in range(11, 18)),
        ),
        ("a new value that sizes an array", common.median(lambda n=n: seconds(Window(length=n), ticks) for n in range(21, 28))),
    ]
    assert len(compiling._COMPILED) == known
    return rows


class Ponders(bt.Strategy):
    """Takes 20 us over each tick."""

    def init(self):
        self.thought = 0.0

    def on_tick(self, ctx):
        for _ in range(20_000):
            self.thought = self.thought * 0.5 + ctx.bid


def interrupts(mode: str) -> list[float]:
    """Seconds from an interrupt to the KeyboardInterrupt that a run raises, of 15 runs, at moments of their own."""
    ticks, took = ticks_of(77, 1_000_000), []
    seconds(Ponders(), ticks[:100], mode=mode)
    for run in range(15):
        asked: list[float] = []

        def interrupt(asked: list[float] = asked) -> None:
            asked.append(clock.perf_counter())
            _thread.interrupt_main()

        threading.Timer(0.2 + 0.013 * run, interrupt).start()
        try:
            bt.run(Ponders(), ticks, mode=mode)
        except KeyboardInterrupt:
            took.append(clock.perf_counter() - asked[0])
    return took


def main() -> int:
    """Prints the tables; 1 where a figure asked for is missed."""
    began = clock.perf_counter()
    for strategy in (StopAndTarget(), Nothing()):
        seconds(strategy, ticks_of(0, 1_000))
    first = clock.perf_counter() - began
    agreed = check()
    fresh, calls = fresh_rows(), interpreted()
    common.table(
        f"{COUNT:,} ticks never seen before, bars included; {agreed}; warm, median of 5; first call of a process {first:.1f} s",
        ("", "ticks/s", "asked for"),
        [(name, f"{rate / 1e6:,.0f} M", f"{asked / 1e6:.0f} M") for name, rate, asked in fresh],
    )
    common.table(
        "Interpreted; median of 5", ("", "calls/s", "asked for"), [("on_bar, stop and target", f"{calls:,.0f}", "150,000")]
    )
    common.table(
        "Another parameter; median of 7, nothing compiled",
        ("", "time", "asked for"),
        [(name, f"{t * 1e3:.1f} ms", "compiles nothing") for name, t in parameter_rows()],
    )
    stops = {mode: interrupts(mode) for mode in ("compiled", "interpreted")}
    common.table(
        "From an interrupt to KeyboardInterrupt, 15 runs of 20 us a tick",
        ("", "median", "longest", "asked for"),
        [(mode, f"{np.median(t) * 1e3:.0f} ms", f"{max(t) * 1e3:.0f} ms", "200 ms") for mode, t in stops.items()],
    )
    late = any(len(t) < 15 or max(t) > 0.2 for t in stops.values())
    return int(any(rate < asked for _, rate, asked in fresh) or calls < 150_000 or late)


if __name__ == "__main__":
    sys.exit(main())
