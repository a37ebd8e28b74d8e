"""Completed bars of six timeframes from ticks: btlab beside polars, which does them one after the other, eager and lazy.

Both start from columns in memory and end with open, high, low, close and volume of every bar; the bars are compared before
anything is timed. Every run has ticks of its own.
"""

from __future__ import annotations

import gc
import sys
import time as clock

import common
import numpy as np
import polars as pl

import btlab as bt
from btlab.market.timeline import Timeline

COUNT = 10_000_000
RATE, TIMES = 100e6, 5.0
COLUMNS = ("open", "high", "low", "close", "volume")


def ticks_of(seed: int, count: int = COUNT) -> bt.Ticks:
    """Trades in whole units, so that a sum does not depend on the order of adding."""
    time, bid, _ = common.quotes(count, seed=seed)
    return bt.Ticks.from_trades(time, bid, np.random.default_rng(seed).integers(1, 10, count).astype(float), symbol="BTCUSD")


def frame_of(ticks: bt.Ticks) -> pl.DataFrame:
    size = ticks.bid_size + ticks.ask_size  # type: ignore[operator]
    return pl.DataFrame({"time": ticks.time.view("datetime64[us]"), "price": ticks.bid, "size": size}).set_sorted("time")


PRICE = pl.col("price")
BAR = [
    PRICE.first().alias("open"), PRICE.max().alias("high"), PRICE.min().alias("low"), PRICE.last().alias("close"),
    pl.col("size").sum().alias("volume"),
]  # fmt: skip


def eager(frame: pl.DataFrame) -> list[pl.DataFrame]:
    return [frame.group_by_dynamic("time", every=name).agg(BAR) for name in bt.TIMEFRAMES]


def lazy(frame: pl.DataFrame) -> list[pl.DataFrame]:
    return pl.collect_all([frame.lazy().group_by_dynamic("time", every=name).agg(BAR) for name in bt.TIMEFRAMES])


def ours(ticks: bt.Ticks) -> Timeline:
    return Timeline(ticks, price="bid", calendar="24x7")


def check() -> int:
    """Asserts that all three give the same bars; how many."""
    ticks = ticks_of(1, 1_000_000)
    compared = 0
    for way in (eager, lazy):
        for name, theirs in zip(bt.TIMEFRAMES, way(frame_of(ticks)), strict=True):
            bars = ours(ticks).bars(name)
            np.testing.assert_array_equal(bars.time, theirs["time"].to_physical())
            for column in COLUMNS:
                np.testing.assert_array_equal(getattr(bars, column), theirs[column])
            compared += len(bars)
    return compared


def seconds(action: object, data: object) -> float:
    gc.collect()
    began = clock.perf_counter()
    action(data)  # type: ignore[operator]
    return clock.perf_counter() - began


def main() -> int:
    """Prints the table; 1 where a figure asked for is missed."""
    began = clock.perf_counter()
    ours(ticks_of(0, 1_000))
    first = clock.perf_counter() - began
    compared = check()
    took: dict[str, list[float]] = {"btlab": [], "eager": [], "lazy": []}
    for seed in range(2, 7):
        ticks = ticks_of(seed)
        frame = frame_of(ticks)
        for name, action, data in (("btlab", ours, ticks), ("eager", eager, frame), ("lazy", lazy, frame)):
            took[name].append(seconds(action, data))
    middle = {name: float(np.median(values)) for name, values in took.items()}
    faster = min(middle["eager"], middle["lazy"])
    names = {
        "btlab": "btlab, six timeframes in one go, one core",
        "eager": f"polars {pl.__version__}, group_by_dynamic x 6, {pl.thread_pool_size()} threads",
        "lazy": f"polars {pl.__version__}, the same, lazy, collect_all",
    }
    rows = [
        (names[name], f"{t * 1e3:,.0f} ms", f"{COUNT / t / 1e6:,.0f} M", f"{t / middle['btlab']:.1f}x", asked)
        for (name, t), asked in zip(middle.items(), (f"{RATE / 1e6:.0f} M, {TIMES:.0f}x polars", "", ""), strict=True)
    ]
    common.table(
        f"{COUNT:,} ticks, {compared:,} bars equal; warm, median of 5; the first call of a process took {first:.2f} s",
        ("", "time", "ticks/s", "of btlab's time", "asked for"),
        rows,
    )
    return int(COUNT / middle["btlab"] < RATE or faster / middle["btlab"] < TIMES)


if __name__ == "__main__":
    sys.exit(main())
