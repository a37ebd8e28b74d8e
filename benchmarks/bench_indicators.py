"""What indicators cost: 60 at every tick or at closes, one over a million bars with another parameter, a sweep that shares."""

from __future__ import annotations

import sys
import time as clock
from collections.abc import Callable
from typing import Any

import common
import numpy as np
import talib
from numba import njit

import btlab as bt
from btlab.indicators.cache import LIMIT, VALUES
from btlab.indicators.columns import Frames
from btlab.indicators.graph import Graph
from btlab.indicators.handle import Handle
from btlab.indicators.streams.bridge import stream
from btlab.indicators.streams.driver import Driver
from btlab.indicators.streams.read import read_running
from btlab.indicators.streams.table import LIVE
from btlab.indicators.values import values_of
from btlab.market.timeline import Timeline, timeline_of

COUNT = 2_000_000
SPREAD_OUT = 11
"""Times as far apart: 116 days, so that all sixty have their history, those of a day's bars too."""
Quotes = tuple[np.ndarray, np.ndarray, np.ndarray]
RUNS = ((10_000_000, 1, "2.2", 9), (50_000_000, 4.6, "10", 5))
"""Of runs whose indicators are read at closes: ticks, how many times as close as `common.quotes`, that many a second, how often.
The figure is of 10 a second, as those of whole runs are; with fewer there are more bars to the ticks, and more to calculate."""
BARS = 1_000_000
LIVE_SIZE, PLACES = LIVE.itemsize, int(LIVE.fields["inputs"][1])  # type: ignore[index]
PLAIN: tuple[tuple[str, dict[str, Any]], ...] = (
    ("SMA", {"timeperiod": 20}), ("EMA", {"timeperiod": 14}), ("RSI", {"timeperiod": 14}), ("MACD", {}), ("BBANDS", {}),
    ("ATR", {}), ("ADX", {}), ("STOCH", {}),
)  # fmt: skip
BOUNDS = {"SMA": 10, "EMA": 10, "RSI": 10, "ATR": 25, "ADX": 25, "MACD": 25, "STOCH": 25, "BBANDS": 25}
PERIOD = {"MACD": "fastperiod", "STOCH": "fastk_period"}


def sixty() -> tuple[Graph, list[Handle]]:
    """Ten on each of six timeframes, two of them chained: an EMA of the RSI, and bands of that; first outputs are read."""
    graph = Graph()
    return graph, [handle for timeframe in bt.TIMEFRAMES for handle in ten(graph.add, timeframe)]


def ten(add: Any, timeframe: str) -> list[Handle]:
    """First outputs of ten, asked for by a graph's `add` or a strategy's `indicator`."""

    def first(name: str, **given: Any) -> Handle:
        made = add(name, timeframe=timeframe, **given)
        return made[0] if isinstance(made, tuple) else made

    made = {name: first(name, **given) for name, given in PLAIN}
    trend = first("EMA", input=made["RSI"], timeperiod=9)
    return [*made.values(), trend, first("BBANDS", input=trend)]


@njit
def ticks_over(price, closers, offset, first, last, bars, counts, driver, handles, seen):
    """Every tick: bars that it finds closed, the running ones, and the value of each of the handles."""
    for i in range(first, last):
        for k in range(6):
            begin = offset[k] + counts[k]
            if begin < offset[k + 1] and closers[begin] == i:
                while begin < offset[k + 1] and closers[begin] == i:
                    begin += 1
                    counts[k] += 1
                bars[k, 0] = bars[k, 1] = bars[k, 2] = price[i]
            bars[k, 1], bars[k, 2], bars[k, 3] = max(bars[k, 1], price[i]), min(bars[k, 2], price[i]), price[i]
        for k in range(len(handles)):
            seen[k] = read_running(driver, handles[k], i)


@njit
def bare(price, first, last, bars, live, moving):
    """The library's calls alone: every stream asked at every tick, by the address in its row, and nothing looked after."""
    at, places, code = moving.ctypes.data, live.ctypes.data + PLACES, 0
    for i in range(first, last):
        for k in range(6):
            bars[k, 1], bars[k, 2], bars[k, 3] = max(bars[k, 1], price[i]), min(bars[k, 2], price[i]), price[i]
        for k in range(len(live)):
            row = live[k]
            code |= stream(row.peek, row.shape, row.handle, at, places + LIVE_SIZE * k, at + 8 * row.first)
    return code


def walk(seed: int) -> Quotes:
    """A price that walks by two points and less, one in 5.2 s: the ticks that the figure of half a microsecond was found on."""
    random = np.random.default_rng(seed)
    time = common.START + np.cumsum(random.exponential(5.2e6, COUNT)).astype(np.int64)
    price = np.round(1.1 + np.cumsum(random.normal(0.0, 2e-5, COUNT)), 5)
    return time + (time % 60_000_000 == 0), price, price


def jumping(seed: int) -> Quotes:
    """Quotes as far apart, whose mid jumps by up to ten points from tick to tick, since the spread is another at each."""
    time, bid, ask = common.quotes(COUNT, seed=seed)
    time = time[0] + SPREAD_OUT * (time - time[0])
    return time + (time % 60_000_000 == 0), bid, ask


class Run:
    """One pass over ticks nobody has seen, as the engine does it: counts and running bars of all six timeframes."""

    def __init__(self, quotes: Quotes, graph: Graph, handles: list[Handle]) -> None:
        time, bid, ask = quotes
        self.ticks = bt.Ticks.from_arrays(time, bid, ask)
        self.timeline: Timeline = timeline_of(self.ticks)
        self.price, self.graph, self.handles = (bid + ask) / 2.0, graph, np.array([handle.place for handle in handles], np.int64)
        self.frames = Frames(self.ticks, self.timeline)
        self.driver = Driver(graph, self.frames, handles)
        self.driver.bars[:6, :4] = self.price[0]
        self.driver.bars[:6, 4] = 1.0
        self.seen = np.empty(len(handles))

    def go(self, first: int, last: int) -> float:
        """Seconds for these ticks."""
        driver, line = self.driver, self.timeline
        given = driver.bars, driver.counts, driver.address, self.handles, self.seen
        began = clock.thread_time()
        ticks_over(self.price, line.closer, line.offset, first, last, *given)
        return clock.thread_time() - began

    def bare(self, first: int, last: int) -> float:
        """Seconds for the library's calls alone, at the same ticks; the running bars are then as they were."""
        kept = self.driver.bars.copy()
        began = clock.thread_time()
        assert bare(self.price, first, last, self.driver.bars, self.driver.table.live, self.driver.moving) == 0
        taken = clock.thread_time() - began
        self.driver.bars[:] = kept
        return taken

    def check(self, moment: int) -> int:
        """Asserts that what was seen at a tick is the batch over the closed bars and the running one; how many were compared."""
        compared = 0
        for k, timeframe in enumerate(bt.TIMEFRAMES):
            count = int(self.driver.counts[k])
            closed = self.timeline.bars(timeframe)[:count]
            running = zip(("open", "high", "low", "close", "volume"), self.driver.bars[k, :5])
            columns = [np.append(getattr(closed, name), value) for name, value in running]
            bars = bt.Bars(np.append(closed.time, moment), *columns, timeframe, "EURUSD")
            for handle, seen in zip(self.handles, self.seen):
                one = self.graph.handles[handle]
                if one.timeframe == timeframe:
                    expected = values_of(self.graph, one, Frames(bars))[-1]
                    assert seen == expected or (np.isnan(seen) and np.isnan(expected)), (one, count, seen, expected)
                    compared += 1
        return compared


def every_tick(kind: Callable[[int], Quotes]) -> tuple[list[float], int]:
    """us a tick: of the sixty, of the library's calls alone, of bars alone; and how many values were compared with the batch."""
    graph, handles = sixty()
    compared, checked = 0, Run(kind(1), graph, handles)
    for first, last in ((0, 5_000), (5_000, 400_000), (400_000, 1_500_000), (1_500_000, COUNT)):
        checked.go(first, last)
        compared += checked.check(last)
    runs = [(Run(kind(seed), graph, handles), Run(kind(seed), graph, [])) for seed in (2, 3, 4)]
    parts = np.vstack([turns(run, run.go, run.bare, alone.go) for run, alone in runs])
    return np.median(parts, axis=0).tolist(), compared


def turns(run: Run, *work: Callable[[int, int], float]) -> np.ndarray:
    """us a tick, a row for each piece of the second half; a column for each work, turn by turn in one and the same minute."""
    run.go(0, COUNT // 2)
    pieces = range(COUNT // 2, COUNT, COUNT // 50)
    return np.array([[one(first, first + COUNT // 50) for one in work] for first in pieces]) / (COUNT // 50) * 1e6


def few(kind: Callable[[int], Quotes]) -> list[tuple[str, float, float, float]]:
    """(what, us a tick, of the library's calls alone, the ratio's median) where a strategy reads one indicator or some."""
    rows = []
    for timeframe in ("1m", "5m", "1h"):
        for count in (1, 3, 5, 10):
            graph = Graph()
            run = Run(kind(2), graph, ten(graph.add, timeframe)[:count])
            ours, bare = turns(run, run.go, run.bare).T
            ours, bare, ratio = (float(np.median(one)) for one in (ours, bare, ours / bare))
            rows.append((f"{count} of {timeframe}", ours, bare, ratio))
    return rows


def parameters() -> list[tuple[str, float, float]]:
    """(name, ms for a parameter not used before, ms of TA-Lib itself) over a million bars."""
    time = np.arange(BARS, dtype=np.int64) * 60_000_000
    random = np.random.default_rng(5)
    close = 1.1 * np.exp(np.cumsum(random.normal(0, 1e-5, BARS)))
    high, low = close * (1 + random.exponential(1e-5, BARS)), close * (1 - random.exponential(1e-5, BARS))
    bars = bt.Bars(time, close, high, low, close, np.ones(BARS), "1m", "EURUSD")
    for n in range(1_000, 1_000 + LIMIT // (8 * BARS)):  # memory that was used before: its first touch costs more than an EMA
        bt.indicator("SMA", bars, timeperiod=n)
    rows = []
    for name in BOUNDS:
        period, series = PERIOD.get(name, "timeperiod"), (close,) if name not in ("ATR", "ADX", "STOCH") else (high, low, close)
        ours = [timed(bt.indicator, name, bars, **{period: n}) for n in range(11, 20)]
        theirs = [timed(getattr(talib, name), *series, **{period: n}) for n in range(11, 20)]
        rows.append((name, float(np.median(ours)) * 1e3, float(np.median(theirs)) * 1e3))
    VALUES.clear()
    return rows


class Ticks(bt.Strategy):
    """Looks at every tick, and at closes of minutes."""

    def init(self):
        self.seen = 0.0

    def on_tick(self, ctx):
        self.seen = max(self.seen, ctx.bid)

    def on_bar(self, ctx):
        if ctx.closed("1h"):
            self.seen = 0.0


class Closes(Ticks):
    """The same, and reads 60 indicators as their bars close."""

    def init(self):
        self.seen = self.total = 0.0
        handles = [int(handle) for timeframe in bt.TIMEFRAMES for handle in ten(self.indicator, timeframe)]
        self.handles = np.array(handles, np.int64)

    def on_bar(self, ctx):
        last = 10
        if ctx.closed("5m"):
            last = 20
        if ctx.closed("15m"):
            last = 30
        if ctx.closed("1h"):
            self.seen, last = 0.0, 40
        if ctx.closed("4h"):
            last = 50
        if ctx.closed("1d"):
            last = 60
        for k in range(last):
            value = ctx.value(self.handles[k])
            if value == value:
                self.total += value


def at_closes(count: int, closer: float, runs: int) -> tuple[float, float]:
    """ms of a run over ticks nobody has seen, without and with 60 indicators that are read as their bars close: the least of
    several each, for a slow half second of the machine is longer than all that is looked for.
    """
    costs: dict[type[bt.Strategy], list[float]] = {Ticks: [], Closes: []}
    for seed in range(11, 12 + runs):
        time, bid, ask = common.quotes(count, seed=seed)
        time = time[0] + ((time - time[0]) / closer).astype(np.int64)
        time += time % 60_000_000 == 0
        for kind in (Ticks, Closes)[:: 1 if seed % 2 else -1]:  # turn by turn, and neither always first
            costs[kind].append(timed_run(kind(), bt.Ticks.from_arrays(time, bid, ask)))
    return min(costs[Ticks]) * 1e3, min(costs[Closes]) * 1e3


def timed_run(strategy: bt.Strategy, ticks: bt.Ticks) -> float:
    """Seconds of the whole process: the loop runs in a thread of its own."""
    began = clock.process_time()
    bt.run(strategy, ticks, mode="compiled", progress=False)
    return clock.process_time() - began


class Crossing(bt.Strategy):
    """Eleven indicators of which one hangs on the parameter."""

    timeframe = "1m"
    period: int = 10

    def init(self):
        self.slow = self.indicator("EMA", timeframe="1h", timeperiod=20)
        self.live = self.indicator("SMA", input=self.slow.forming, timeperiod=5)
        self.range, self.strength = self.indicator("ATR", timeframe="5m"), self.indicator("ADX", timeframe="5m")
        self.rsi, self.cci, self.mfi = self.indicator("RSI"), self.indicator("CCI"), self.indicator("MFI")
        self.smooth = self.indicator("EMA", input=self.rsi, timeperiod=9)
        self.line, self.signal, _ = self.indicator("MACD")
        self.score = self.indicator("ZSCORE", timeperiod=50)
        self.fast = self.indicator("KAMA", timeperiod=self.period)

    def on_bar(self, ctx):
        calm = ctx.value(self.strength) < 40 and ctx.value(self.smooth) < 60 and abs(ctx.value(self.score)) < 2
        rising = ctx.value(self.cci) + ctx.value(self.mfi) > 0 and ctx.crossed_above(self.line, self.signal)
        if rising and calm and ctx.value(self.fast) > ctx.value(self.live):
            ctx.buy(size=1_000, stop_loss=ctx.bid - 3 * ctx.value(self.range))


def sweep(runs: int = 12) -> list[tuple[str, float, float]]:
    """(what, ms a run, indicators calculated a run) of a sweep over one parameter, with what others have left, and without."""
    time, bid, ask = common.quotes(COUNT, seed=7)
    ticks, rows, told = bt.Ticks.from_arrays(time, bid, ask), [], []
    bt.run(Crossing(), ticks, mode="compiled", progress=False)
    for what, alone in (("shared", False), ("each for itself", True)):
        VALUES.clear()
        costs, misses, prints = [], VALUES.misses, []
        for period in range(5, 5 + runs):
            if alone:
                VALUES.clear()
            began = clock.process_time()
            session = bt.run(Crossing(period=period), ticks, mode="compiled", progress=False)
            costs.append(clock.process_time() - began)
            prints.append(session.fingerprint)
        told.append(prints)
        rows.append((what, float(np.median(costs)) * 1e3, (VALUES.misses - misses) / runs))
    assert told[0] == told[1] and len(set(told[0])) > runs // 2
    VALUES.clear()
    return rows


def timed(work: Any, *given: Any, **named: Any) -> float:
    """Seconds of this thread's own time."""
    began = clock.thread_time()
    work(*given, **named)
    return clock.thread_time() - began


def main() -> int:
    """Prints the tables; 1 where a figure asked for is missed."""
    kinds = {"a walk in points": walk, "mids of quotes that jump": jumping}
    ticks = {what: every_tick(kind) for what, kind in kinds.items()}
    compared = sum(count for _, count in ticks.values())
    common.table(
        f"{COUNT:,} ticks, 60 indicators on six timeframes read at each; {compared} values the same as TA-Lib's batch; us a tick",
        ("ticks", "60 indicators", "asked for", "the library's 60 calls alone", "bars alone"),
        [(what, f"{ours:.3f}", "0.5", f"{bare:.3f}", f"{bars:.3f}") for what, ((ours, bare, bars), _) in ticks.items()],
    )
    for what, kind in kinds.items():
        common.table(
            f"Few of them, {what}; us a tick",
            ("", "ours", "the library's calls alone", "ratio"),
            [(count, f"{ours:.3f}", f"{bare:.3f}", f"{ratio:.2f}") for count, ours, bare, ratio in few(kind)],
        )
    changes = parameters()
    common.table(
        f"Another parameter over {BARS:,} bars, to the polars column, the cache full; median of 9",
        ("", "ms", "TA-Lib alone", "asked for"),
        [(name, f"{cost:.1f}", f"{alone:.1f}", f"{BOUNDS[name]}") for name, cost, alone in changes],
    )
    closes = [(count, speed, *at_closes(count, closer, runs)) for count, closer, speed, runs in RUNS]
    common.table(
        "A strategy that looks at each new tick, and 60 indicators read as their bars close; ms, the least of 10 and of 6",
        ("ticks", "a second", "without them", "with them", "their share, 5 % at 10 a second"),
        [
            (f"{count:,}", speed, f"{without:.0f}", f"{read:.0f}", f"{1 - without / read:.1%}")
            for count, speed, without, read in closes
        ],
    )
    shared = sweep()
    common.table(
        f"A sweep of one parameter over {COUNT:,} ticks, one of eleven indicators hangs on it; the same fills; median of 12",
        ("", "ms a run", "columns calculated a run"),
        [(what, f"{cost:.1f}", f"{made:.1f}") for what, cost, made in shared],
    )
    share = 1 - closes[-1][2] / closes[-1][3]
    return int(ticks["a walk in points"][0][0] > 0.5 or share > 0.05 or any(cost > BOUNDS[name] for name, cost, _ in changes))


if __name__ == "__main__":
    sys.exit(main())
