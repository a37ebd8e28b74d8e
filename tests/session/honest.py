"""Strategies that know nothing of the future, though some look as if they did."""

from __future__ import annotations

import datetime
import functools
import random
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from types import SimpleNamespace
from typing import Any

import numba
import numpy as np
import pandas as pd
import polars as pl

import btlab as bt
from tests.session.leaks import BARS, BY_TIME, CLOSE, CONFIG, FRAME, MTF, QUARTERS, SESSION, TABLE, TICKS, Feed, Rowed

PROFILE = np.linspace(0.5, 1.5, 1_440)
FEED = Feed(BARS.close.copy())
SEEN: list[float] = []
COUNTS = {"calls": 0}
SETTINGS = SimpleNamespace(width=0.5, prices=BARS.close.copy())
RANDOM = np.random.default_rng(7)
DICE = random.Random(7)
ENDS = TABLE["close"].resample("15min", label="right", closed="left").last()
NEXT = BARS.time + 60_000_000


class CausalAverage(Rowed):
    def prepare(self):
        sums = np.cumsum(np.insert(CLOSE, 0, 0.0))
        self.average = (sums[1:] - np.concatenate([np.zeros(9), sums[: len(sums) - 10]])[: len(CLOSE)]) / 10

    def decide(self, ctx):
        ctx.target(100 if self.i > 10 and ctx.close("1m") > self.average[self.i] else -100)


class Convolved(Rowed):
    """Where fewer rows are known than the window is long, numpy sums in another order: other last bits, and no leak."""

    def prepare(self):
        self.average = np.convolve(CLOSE, np.ones(5) / 5)[: len(CLOSE)]

    def decide(self, ctx):
        ctx.mark("average", self.average[self.i])


class PandasRolling(Rowed):
    def prepare(self):
        self.mean = TABLE["close"].rolling(12).mean().to_numpy()
        self.decay = TABLE["close"].ewm(span=9).mean().to_numpy()

    def decide(self, ctx):
        ctx.mark("mean", self.mean[self.i])
        ctx.mark("decay", self.decay[self.i])


class PolarsRolling(Rowed):
    def prepare(self):
        self.high = FRAME["high"].rolling_max(8, min_samples=1).to_numpy()
        self.lagged = FRAME["close"].shift(3).fill_null(0.0).to_numpy()

    def decide(self, ctx):
        if ctx.close("1m") >= self.high[self.i] and ctx.position == 0:
            ctx.buy(fraction=0.5, stop_loss=ctx.bid - 0.0004)
        ctx.mark("lagged", self.lagged[self.i])


class CentredButLagged(Rowed):
    """A centred window, read when its last bar has closed."""

    def prepare(self):
        self.middle = TABLE["close"].rolling(9, center=True, min_periods=1).mean().to_numpy()

    def decide(self, ctx):
        if self.i >= 4:
            ctx.mark("middle", self.middle[self.i - 4])


class Expanding(Rowed):
    def prepare(self):
        past = TABLE["close"].expanding()
        self.z = ((TABLE["close"] - past.mean()) / past.std()).to_numpy()
        self.best = np.maximum.accumulate(CLOSE)

    def decide(self, ctx):
        ctx.mark("z", self.z[self.i])
        ctx.mark("best", self.best[self.i])


class ExpandingRank(Rowed):
    def decide(self, ctx):
        known = CLOSE[: self.i + 1]
        ctx.mark("rank", float((known <= known[-1]).mean()))


class TrainedBefore(Rowed):
    """Fitted on the first 60 bars, used after them."""

    def prepare(self):
        step = np.diff(CLOSE[:60])
        self.weight = float(np.polyfit(step[:-1], step[1:], 1)[0]) if len(step) > 3 else 0.0

    def decide(self, ctx):
        if self.i > 60:
            ctx.mark("forecast", self.weight * (CLOSE[self.i] - CLOSE[self.i - 1]))


class CompleteQuarters(Rowed):
    """Bars labelled by their start, read when they are complete."""

    def decide(self, ctx):
        if self.i % 3:
            return
        now = pd.Timestamp(ctx.time, unit="us", tz="UTC") - pd.Timedelta("15min")
        known = QUARTERS.loc[:now, "close"]
        if len(known):
            ctx.mark("quarter", known.iloc[-1])


class LabelledByEnd(Rowed):
    def decide(self, ctx):
        if self.i % 3:
            return
        known = ENDS.loc[: pd.Timestamp(ctx.time, unit="us", tz="UTC")]
        if len(known):
            ctx.mark("quarter", known.iloc[-1])


class ByTime(Rowed):
    """A dictionary by the start of a bar, asked for the one that has closed."""

    def decide(self, ctx):
        ctx.mark("close", BY_TIME[ctx.bar_time("1m")])


class ByEnd(Rowed):
    def decide(self, ctx):
        row = int(np.searchsorted(NEXT, ctx.time, side="right")) - 1
        ctx.mark("close", CLOSE[row] if row >= 0 else 0.0)


class AsOfNow(Rowed):
    def decide(self, ctx):
        state = MTF.at(datetime.datetime.fromtimestamp((ctx.time - 60_000_000) / 1e6, datetime.UTC))
        ctx.mark("bars", float(len(state.completed("5m"))))


class Filtered(Rowed):
    def decide(self, ctx):
        known = FRAME.filter(pl.col("time").cast(pl.Int64) < ctx.time)
        ctx.mark("mean", known["close"].tail(5).mean())


class HighSoFar(Rowed):
    def prepare(self):
        self.high = TABLE.groupby(TABLE.index.date)["high"].cummax().to_numpy()

    def decide(self, ctx):
        if ctx.close("1m") < self.high[self.i] - 0.0005:
            ctx.target(10)


class SeededInInit(Rowed):
    def prepare(self):
        self.random = np.random.default_rng(3)

    def decide(self, ctx):
        if self.random.random() < 0.3:
            ctx.buy(size=int(self.random.integers(1, 100)))
        elif self.random.random() < 0.3:
            ctx.close_position()


class GlobalGenerator(Rowed):
    def decide(self, ctx):
        ctx.mark("drawn", float(RANDOM.random()))
        ctx.mark("dice", DICE.random())


class LegacyRandom(Rowed):
    def decide(self, ctx):
        ctx.mark("drawn", float(np.random.random()) + random.random())


class SeededLegacy(Rowed):
    def prepare(self):
        np.random.seed(5)
        self.draws = np.random.random(500)

    def decide(self, ctx):
        if self.draws[self.i] > 0.8:
            ctx.sell(size=10, limit=ctx.close("1m") + 0.0002)


class KeepsOutside(Rowed):
    """State in globals: emptied before each run by nobody but the prober."""

    def decide(self, ctx):
        SEEN.append(ctx.close("1m"))
        COUNTS["calls"] += 1
        if len(SEEN) > 20 and SEEN[-1] > max(SEEN[-20:-1]):
            ctx.buy(size=COUNTS["calls"])


class CountsInClass(Rowed):
    made = 0
    history = []  # noqa: RUF012

    def prepare(self):
        CountsInClass.made += 1

    def decide(self, ctx):
        self.history.append(ctx.bid)
        ctx.mark("made", float(CountsInClass.made + len(self.history)))


class CausalCache(Rowed):
    cache = {}  # noqa: RUF012

    def prepare(self):
        if "sma" not in self.cache:
            self.cache["sma"] = TABLE["close"].rolling(5, min_periods=1).mean().to_numpy()

    def decide(self, ctx):
        ctx.mark("sma", self.cache["sma"][self.i])


@functools.lru_cache
def causal(length: int) -> np.ndarray:
    return TABLE["close"].rolling(length, min_periods=1).min().to_numpy()


class CausalFunctionCache(Rowed):
    def decide(self, ctx):
        ctx.mark("low", causal(6)[self.i])


class Profile(Rowed):
    """A table of its own, by the minute of the day."""

    def decide(self, ctx):
        minute = ctx.time // 60_000_000 % 1_440
        ctx.mark("weight", PROFILE[(minute + 10) % 1_440])


class RoundNumbers(Rowed):
    """Parameters that are as long as the data are, and as high as their prices."""

    lookback: int = 240
    level: float = 1.1

    def decide(self, ctx):
        if self.i < self.lookback and ctx.close("1m") > self.level:
            ctx.mark("over", ctx.close("1m") - self.level)


class Buffers(Rowed):
    """State of as many rows as the data have."""

    def prepare(self):
        self.closes = np.zeros(240)
        self.recent = deque(maxlen=10)
        self.levels: dict[int, float] = {}

    def decide(self, ctx):
        self.closes[self.i] = ctx.close("1m")
        self.recent.append(ctx.close("1m"))
        self.levels[self.i % 7] = max(self.recent)
        if self.i > 10 and self.closes[self.i] > self.closes[self.i - 10]:
            ctx.buy(size=10, take_profit=self.levels[self.i % 7] + 0.0010)


class ObjectState(Rowed):
    def prepare(self):
        self.book = SimpleNamespace(high=0.0, calls=0)

    def decide(self, ctx):
        self.book.high = max(self.book.high, ctx.high("1m"))
        self.book.calls += 1
        ctx.mark("high", self.book.high * SETTINGS.width)


class HeldButPast(Rowed):
    def decide(self, ctx):
        past = FEED.prices[max(0, self.i - 5) : self.i + 1]
        other = SETTINGS.prices[self.i] + CONFIG["feeds"][0][self.i]  # type: ignore[index]
        ctx.mark("past", float(past.mean()) + other)


class FileOfThePast(Rowed):
    path: str = ""

    def prepare(self):
        self.closes = pl.read_parquet(self.path)["close"].to_numpy()

    def decide(self, ctx):
        ctx.mark("then", self.closes[max(0, self.i - 1)])


class StoreOfThePast(Rowed):
    def prepare(self):
        self.closes = SESSION["store"].bars("EURUSD", "5m").close

    def decide(self, ctx):
        if ctx.count("5m"):
            ctx.mark("then", self.closes[ctx.count("5m") - 1])


class TwoTimeframes(bt.Strategy):
    timeframe = ("5m", "15m")

    def on_bar(self, ctx):
        if ctx.closed("15m") and ctx.close("15m") > ctx.open("15m"):
            ctx.buy(size=100, stop_loss=ctx.bid - 0.0005)
        elif ctx.position > 0 and ctx.close("5m") < ctx.lowest("5m", 4, back=1):
            ctx.close_position()


class EveryTick(bt.Strategy):
    """Reads running bars, and bids of the data up to now."""

    def init(self):
        self.i = -1
        self.bids = TICKS.bid

    def on_tick(self, ctx):
        self.i += 1
        mean = self.bids[max(0, self.i - 50) : self.i + 1].mean()
        if ctx.bid > mean + 0.0001 and ctx.forming_progress("5m") > 0.4 and ctx.position == 0:
            ctx.buy(size=100, take_profit=ctx.ask + 0.0003, stop_loss=ctx.forming_low("5m") - 0.0002)
        if self.i % 200 == 0:
            ctx.mark("body", ctx.forming_close("1h") - ctx.forming_open("1h"))


@numba.njit
def distance(value, row):
    return value - CLOSE[row]


class CompiledPast(bt.Strategy):
    """Compiled, with the data among its constants, read up to now."""

    def init(self):
        self.row = 0

    def on_bar(self, ctx):
        ctx.mark("zero", distance(ctx.close("1m"), self.row))
        self.row += 1


class CompiledCausal(bt.Strategy):
    def init(self):
        self.fast = np.convolve(CLOSE, np.ones(3) / 3)[: len(CLOSE)]
        self.slow = np.convolve(CLOSE, np.ones(8) / 8)[: len(CLOSE)]
        self.row = -1

    def on_bar(self, ctx):
        self.row += 1
        if self.row > 8 and self.fast[self.row] > self.slow[self.row] and ctx.position == 0:
            ctx.buy(fraction=0.9, stop_loss=ctx.close("1m") - 0.0006)
        elif self.row > 8 and self.fast[self.row] < self.slow[self.row] and ctx.position > 0:
            ctx.close_position()


@dataclass(frozen=True)
class Honest:
    """An honest strategy, and what to run it on."""

    make: Callable[[], bt.Strategy]
    data: Any = BARS
    mode: str = "interpreted"


ON_BARS = (
    Convolved,
    CausalAverage, PandasRolling, PolarsRolling, CentredButLagged, Expanding, ExpandingRank, TrainedBefore, CompleteQuarters,
    LabelledByEnd, ByTime, ByEnd, AsOfNow, Filtered, HighSoFar, SeededInInit, GlobalGenerator, LegacyRandom, SeededLegacy,
    KeepsOutside, CountsInClass, CausalCache, CausalFunctionCache, Profile, RoundNumbers, Buffers, ObjectState, HeldButPast,
    StoreOfThePast,
)  # fmt: skip
HONEST = {kind.__name__: Honest(kind) for kind in ON_BARS} | {
    "TwoTimeframes": Honest(TwoTimeframes, TICKS, "compiled"),
    "TwoTimeframesOnBars": Honest(TwoTimeframes),
    "EveryTick": Honest(EveryTick, TICKS[:1_500]),
    "CompiledPast": Honest(CompiledPast, mode="compiled"),
    "CompiledCausal": Honest(CompiledCausal, mode="compiled"),
    "OnTicks": Honest(SeededInInit, TICKS),
}
