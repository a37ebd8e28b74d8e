"""Strategies that know the future, each in its own way; the line that lets it in is marked with `# leak`."""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import numba
import numpy as np
import pandas as pd
import polars as pl

import btlab as bt

ALL = bt.simulate_ticks("EURUSD", days=1)[:24_000]
TICKS = ALL[:3_000]
BARS = bt.bars(ALL, "1m")[:240]
CLOSE = BARS.close
HIGH = BARS.high
FRAME = BARS.to_polars()
TABLE = FRAME.to_pandas().set_index("time")
CONFIG = {"feeds": [BARS.close.copy(), {"volume": BARS.volume}], "name": "config"}
LISTED = CLOSE.tolist()
BY_TIME = dict(zip(BARS.time.tolist(), LISTED))
TOP = float(CLOSE.max())
WIDE = np.column_stack([BARS.time.astype(float), BARS.high, BARS.low])
MTF = bt.MultiTimeframe(BARS)
QUARTERS = TABLE["close"].resample("15min").last().to_frame()
SIGNAL = np.sign(np.append(0.0, np.diff(CLOSE))) * (np.arange(len(CLOSE)) + 1.0)
BIDS = TICKS.bid.copy()
STEPS = np.diff(CLOSE)
HELD = BARS.close.copy()
GLIMPSE = memoryview(np.asarray(TICKS.ask.base if TICKS.ask.base is not None else TICKS.ask))
SESSION: dict[str, Any] = {}


@dataclass
class Feed:
    """Somebody's own class of data."""

    prices: np.ndarray
    notes: list[str] = field(default_factory=list)


FEED = Feed(BARS.close.copy())


class Rowed(bt.Strategy):
    """Counts its bars."""

    def init(self):
        self.i = -1
        self.prepare()

    def prepare(self):
        pass

    def on_bar(self, ctx):
        self.i += 1
        self.decide(ctx)


class MeanOfAll(Rowed):
    def prepare(self):
        self.z = (CLOSE - CLOSE.mean()) / CLOSE.std()  # leak

    def decide(self, ctx):
        ctx.mark("z", self.z[self.i])


class MinMax(Rowed):
    prices = BARS.close.copy()

    def prepare(self):
        low, high = self.prices.min(), self.prices.max()  # leak
        self.scaled = (self.prices - low) / (high - low)

    def decide(self, ctx):
        ctx.mark("scaled", self.scaled[self.i])


def centred(prices: np.ndarray) -> type[bt.Strategy]:
    class Centred(Rowed):
        def prepare(self):
            self.smooth = np.convolve(prices, np.ones(7) / 7, "same")  # leak

        def decide(self, ctx):
            ctx.mark("smooth", self.smooth[self.i])

    return Centred


class ShiftedBack(Rowed):
    def prepare(self):
        self.up = (TABLE["close"].shift(-1) > TABLE["close"]).to_numpy()  # leak

    def decide(self, ctx):
        if self.up[self.i]:
            ctx.buy(size=100)
        else:
            ctx.sell(size=100)


class FutureReturns(Rowed):
    def prepare(self):
        self.next = FRAME["close"].pct_change().shift(-1).fill_null(0.0).to_numpy()  # leak

    def decide(self, ctx):
        ctx.mark("next", self.next[self.i])


class IndexAhead(Rowed):
    def decide(self, ctx):
        if self.i + 1 < 240:
            ctx.mark("ahead", CLOSE[self.i + 1] - CLOSE[self.i])  # leak


class OwnAttribute(Rowed):
    def decide(self, ctx):
        ctx.mark("ahead", self.prices[min(self.i + 2, len(self.prices) - 1)])  # leak


class Length(Rowed):
    def prepare(self):
        self.half = len(BARS) // 2  # leak

    def decide(self, ctx):
        if self.i > self.half:
            ctx.mark("late", 1.0)


class LastPrice(Rowed):
    def prepare(self):
        self.last = LISTED[-1]  # leak

    def decide(self, ctx):
        ctx.target(100 if ctx.close("1m") < self.last else -100)


class LabelledByStart(Rowed):
    def decide(self, ctx):
        if self.i % 3:
            return
        now = pd.Timestamp(ctx.time, unit="us", tz="UTC")
        ctx.mark("quarter", QUARTERS.loc[:now, "close"].iloc[-1])  # leak


class FittedDefault(Rowed):
    def prepare(self, prices=HELD):
        self.mean, self.width = prices.mean(), prices.std()  # leak

    def decide(self, ctx):
        ctx.mark("distance", (ctx.close("1m") - self.mean) / self.width)


class FilledBackwards(Rowed):
    def prepare(self):
        hourly = TABLE["close"].where(np.arange(len(TABLE)) % 12 == 11)  # leak
        self.filled = hourly.bfill().to_numpy()

    def decide(self, ctx):
        ctx.mark("filled", self.filled[self.i])


class RollingCentre(Rowed):
    def prepare(self):
        self.middle = TABLE["close"].rolling(9, center=True, min_periods=1).mean().to_numpy()  # leak

    def decide(self, ctx):
        ctx.mark("middle", self.middle[self.i])


class Quantile(Rowed):
    def prepare(self):
        self.high = float(np.quantile(CONFIG["feeds"][0], 0.9))  # leak

    def decide(self, ctx):
        ctx.mark("over", ctx.close("1m") - self.high)


class Ranks(Rowed):
    def prepare(self):
        self.rank = FRAME["close"].rank().to_numpy() / len(FRAME)  # leak

    def decide(self, ctx):
        if self.rank[self.i] > 0.5:
            ctx.sell(size=10)
        else:
            ctx.buy(size=10)


def pivots(highs: np.ndarray, width: int) -> np.ndarray:
    return np.array([highs[max(0, i - width) : i + width + 1].max() == highs[i] for i in range(len(highs))])


class ZigZag(Rowed):
    def prepare(self):
        self.top = pivots(HIGH, 3)  # leak

    def decide(self, ctx):
        ctx.mark("top", 1.0 if self.top[self.i] else 0.0)


class Sorted(Rowed):
    def prepare(self):
        self.sorted = np.sort(CLOSE)  # leak

    def decide(self, ctx):
        ctx.mark("place", float(np.searchsorted(self.sorted, ctx.close("1m"))))


class HighOfTheDay(Rowed):
    def prepare(self):
        day = TABLE.index.date  # leak
        self.high = TABLE.groupby(day)["high"].transform("max").to_numpy()

    def decide(self, ctx):
        ctx.mark("room", self.high[self.i] - ctx.close("1m"))


class Interpolated(Rowed):
    def prepare(self):
        row = np.arange(len(CLOSE))  # leak
        self.line = np.interp(row, row[::10], CLOSE[::10])

    def decide(self, ctx):
        ctx.mark("line", self.line[self.i])


class Fourier(Rowed):
    def prepare(self):
        spectrum = np.fft.rfft(CLOSE)  # leak
        spectrum[8:] = 0.0
        self.smooth = np.fft.irfft(spectrum, len(CLOSE))

    def decide(self, ctx):
        ctx.mark("smooth", self.smooth[self.i])


class Slope(Rowed):
    def prepare(self):
        self.slope = float(np.polyfit(np.arange(len(CLOSE)), CLOSE, 1)[0])  # leak

    def decide(self, ctx):
        ctx.mark("slope", self.slope * 1e6)


class TrainedOnAll(Rowed):
    def prepare(self):
        step = np.diff(CLOSE)  # leak
        split = int(len(step) * 0.7)
        self.weight = float(np.polyfit(step[: split - 1], step[1:split], 1)[0])

    def decide(self, ctx):
        ctx.mark("weight", self.weight)


class OffByOne(Rowed):
    def prepare(self):
        self.rises = np.diff(CLOSE) > 0  # leak

    def decide(self, ctx):
        if self.i < len(self.rises) and self.rises[self.i]:
            ctx.buy(size=1)


class FromFile(Rowed):
    path: str = ""

    def prepare(self):
        frame = pl.read_parquet(self.path)  # leak
        self.mean = frame["close"].mean()

    def decide(self, ctx):
        ctx.mark("mean", ctx.close("1m") - self.mean)


class FromPandasFile(FromFile):
    def prepare(self):
        frame = pd.read_csv(self.path)  # leak
        self.next = frame["close"].shift(-1).bfill().ffill().to_numpy()

    def decide(self, ctx):
        ctx.mark("next", self.next[self.i])


class FromStore(Rowed):
    def prepare(self):
        prices = SESSION["store"].bars("EURUSD", "1m").close  # leak
        self.best = prices.argmax()

    def decide(self, ctx):
        if self.i == self.best:
            ctx.sell(size=10)


class CachedInClass(Rowed):
    cache = None

    def prepare(self):
        if CachedInClass.cache is None:
            CachedInClass.cache = CLOSE - np.median(CLOSE)  # leak
        self.distance = CachedInClass.cache

    def decide(self, ctx):
        ctx.mark("distance", self.distance[self.i])


@functools.lru_cache
def deviation(digits: int) -> float:
    return round(float(CLOSE.std()), digits)


class CachedFunction(Rowed):
    def prepare(self):
        self.width = deviation(12)

    def decide(self, ctx):
        ctx.mark("width", ctx.close("1m") / self.width)


class TypedIn(Rowed):
    level: float = 1.0

    def decide(self, ctx):
        ctx.mark("under", self.level - ctx.close("1m"))  # leak


class GlobalNumber(Rowed):
    def decide(self, ctx):
        ctx.mark("under", TOP - ctx.close("1m"))  # leak


class AheadInTime(Rowed):
    def decide(self, ctx):
        state = MTF.at(min(self.i + 3, 239))  # leak
        ctx.mark("later", state.forming("1h").close)


class Dictionary(Rowed):
    def decide(self, ctx):
        ctx.mark("then", BY_TIME.get(ctx.time, 0.0))  # leak


class Base(Rowed):
    def decide(self, ctx):
        every = ctx.closes("1m", 2).base
        while every.base is not None and every.base.ndim:
            every = every.base
        ctx.mark("sum", float(np.nansum(every)))


class Gradient(Rowed):
    def prepare(self):
        self.slope = np.gradient(FEED.prices)  # leak

    def decide(self, ctx):
        ctx.mark("slope", self.slope[self.i] * 1e4)


class Columns(Rowed):
    def prepare(self):
        self.middle = (WIDE[:, 1] + WIDE[:, 2]) / 2  # leak
        self.late = np.roll(self.middle, -5)

    def decide(self, ctx):
        ctx.mark("late", self.late[self.i])


class VolumeToCome(Rowed):
    def prepare(self):
        self.left = np.cumsum(CONFIG["feeds"][1]["volume"][::-1])[::-1]  # leak

    def decide(self, ctx):
        ctx.mark("left", self.left[self.i])


class MadeOutside(Rowed):
    def decide(self, ctx):
        ctx.mark("signal", SIGNAL[min(self.i + 1, 239)])  # leak


class MovedStop(Rowed):
    """The order is honest, and what becomes of it is not."""

    def prepare(self):
        self.order = 0

    def decide(self, ctx):
        if self.i == 4:
            self.order = ctx.buy(size=10, limit=ctx.close("1m") - 0.0050)
        if self.i == 9:
            ctx.modify(self.order, limit=float(LISTED[-3]) * 0.99)  # leak


class StateOnly(Rowed):
    """Never orders: it knows, in its state, and tells nobody."""

    def prepare(self):
        self.mood = 0.0

    def decide(self, ctx):
        self.mood = self.mood * 0.9 + STEPS[min(self.i + 1, len(STEPS) - 1)]  # leak


class NextTick(bt.Strategy):
    def init(self):
        self.i = -1

    def on_tick(self, ctx):
        self.i += 1
        if self.i % 7 == 3 and ctx.open_orders == 0 and self.i + 1 < 3_000 and BIDS[self.i + 1] > ctx.bid:  # leak
            ctx.buy(size=10)


class CompiledArray(bt.Strategy):
    def init(self):
        self.z = BIDS - BIDS.mean()  # leak
        self.i = 0

    def on_tick(self, ctx):
        if self.i % 100 == 99:
            ctx.mark("z", self.z[self.i])
        self.i += 1


@numba.njit
def ahead_of(i):
    return CLOSE[min(i + 1, 239)]


class CompiledConstant(bt.Strategy):
    def init(self):
        self.i = 0

    def on_bar(self, ctx):
        ctx.mark("ahead", ahead_of(self.i))
        self.i += 1


class HiddenAlias(bt.Strategy):
    """Nothing that can be followed leads to it: the memory itself."""

    def init(self):
        self.i = 0

    def on_tick(self, ctx):
        self.i += 1
        if self.i % 10 == 0:
            ctx.mark("ahead", GLIMPSE[min(self.i + 5, 2_990)] - ctx.ask)


def with_prices() -> bt.Strategy:
    strategy = OwnAttribute()
    strategy.prices = BARS.close.copy()  # type: ignore[attr-defined]
    return strategy


@dataclass(frozen=True)
class Planted:
    """A leak, and what must be said of it.

    `what`: the beginning of what holds the data. `first`: the row of the table (of a plain run) whose decision is the first to
    depend; -1 where that is not the measure. `close`: the first to depend stands at the start of that bar. `where`: the line,
    where it is not the marked one.
    """

    make: Callable[[], bt.Strategy]
    what: str
    data: Any = BARS
    table: str = "marks"
    first: int = 0
    close: int | None = None
    mode: str = "interpreted"
    where: str = ""

    @property
    def line(self) -> str:
        """ "method, line n" of the marked line; of a helper where there is none."""
        if self.where:
            return self.where
        kind = type(self.make())
        for name, method in inspect.getmembers(kind, inspect.isfunction):
            if not method.__module__.startswith("btlab"):
                lines, begin = inspect.getsourcelines(method)
                for offset, text in enumerate(lines):
                    if "# leak" in text:
                        return f"{name}, line {begin + offset}"
        raise AssertionError(kind)


LEAKS: dict[str, Planted] = {
    "mean": Planted(MeanOfAll, "global CLOSE:"),
    "minmax": Planted(MinMax, "MinMax.prices:"),
    "centred": Planted(lambda: centred(BARS.close.copy())(), "prices, which prepare encloses:"),
    "shifted": Planted(ShiftedBack, "global TABLE:", table="orders"),
    "returns": Planted(FutureReturns, "global FRAME:"),
    "ahead": Planted(IndexAhead, "global CLOSE:"),
    "attribute": Planted(with_prices, "self.prices:"),
    "length": Planted(Length, "global BARS:", first=-1),
    "last": Planted(LastPrice, "global LISTED:", table="orders"),
    "label": Planted(LabelledByStart, "global QUARTERS:"),
    "default": Planted(FittedDefault, "default of prices:"),
    "bfill": Planted(FilledBackwards, "global TABLE:"),
    "rolling": Planted(RollingCentre, "global TABLE:"),
    "quantile": Planted(Quantile, "global CONFIG['feeds'][0]:"),
    "ranks": Planted(Ranks, "global FRAME:", table="orders"),
    "zigzag": Planted(ZigZag, "global HIGH:"),
    "sorted": Planted(Sorted, "global CLOSE:"),
    "day": Planted(HighOfTheDay, "global TABLE:"),
    "interpolated": Planted(Interpolated, "global CLOSE:", first=1),
    "fourier": Planted(Fourier, "global CLOSE:"),
    "slope": Planted(Slope, "global CLOSE:"),
    "trained": Planted(TrainedOnAll, "global CLOSE:"),
    "off by one": Planted(OffByOne, "global CLOSE:", first=-1, close=1),
    "class cache": Planted(CachedInClass, "global CLOSE:"),
    "function cache": Planted(CachedFunction, "global CLOSE:", where="deviation, line"),
    "parameter": Planted(lambda: TypedIn(level=float(CLOSE.max())), "self.level: the highest"),
    "number": Planted(GlobalNumber, "global TOP: the highest"),
    "mtf": Planted(AheadInTime, "global MTF:"),
    "dictionary": Planted(Dictionary, "global BY_TIME:"),
    "base": Planted(Base, "what ctx gives", where="decide, line"),
    "gradient": Planted(Gradient, "global FEED.prices:"),
    "columns": Planted(Columns, "global WIDE:"),
    "volume": Planted(VolumeToCome, "global CONFIG['feeds'][1]['volume']:"),
    "outside": Planted(MadeOutside, "global SIGNAL:"),
    "modified": Planted(MovedStop, "global LISTED:", first=-1, close=10),
    "state": Planted(StateOnly, "global STEPS:", first=-1),
    "tick": Planted(NextTick, "global BIDS:", data=TICKS, first=-1),
    "compiled": Planted(CompiledArray, "global BIDS:", data=TICKS, mode="compiled"),
    "constant": Planted(CompiledConstant, "global CLOSE:", mode="compiled", where="ahead_of, line"),
    "alias": Planted(HiddenAlias, "memory shared with the data", data=TICKS, where="HiddenAlias"),
}
