"""What the six running bars are after every tick, computed with polars and nothing of btlab's folds."""

from __future__ import annotations

import numpy as np
import polars as pl

from btlab import Bars, Ticks
from btlab.market.calendar import day_starts
from btlab.market.timeframe import DAY, LENGTHS, index_of

VALUES = ("open", "high", "low", "close", "volume", "ticks")


def starts_and_ends(time: np.ndarray, length: int, days: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    day = np.searchsorted(days, time, side="right") - 1
    begin, end = days[day], days[day + 1]
    if length == DAY:
        return begin, end
    start = begin + (time - begin) // length * length
    return start, np.minimum(start + length, end)


def running_bars(ticks: Ticks, calendar: str, price: str = "mid") -> np.ndarray:
    """float64 (6, n, 7): open, high, low, close, volume, ticks of the running bar, and how many bars are completed.

    Prices are NaN where no bar runs.
    """
    prices = {"bid": ticks.bid, "ask": ticks.ask, "mid": (ticks.bid + ticks.ask) / 2}[price]
    volume = np.zeros(len(ticks))
    if ticks.bid_size is not None:
        sizes = {"bid": ticks.bid_size, "ask": ticks.ask_size, "mid": ticks.bid_size + ticks.ask_size}
        volume = sizes["mid" if ticks.trades else price]
    priced = np.flatnonzero(~np.isnan(prices))
    days = day_starts(calendar, int(ticks.time[0]), int(ticks.time[-1]))
    out = np.full((6, len(ticks), 7), np.nan)
    minute, _ = starts_and_ends(ticks.time[priced], int(LENGTHS[0]), days)
    frame = pl.DataFrame({"minute": minute, "price": prices[priced], "volume": volume[priced]})
    for k, length in enumerate(LENGTHS.tolist()):
        start, end = starts_and_ends(ticks.time[priced], length, days)
        cut = frame.with_columns(pl.Series("bar", start), pl.Series("end", end))
        minutes = cut.group_by("bar", "minute", maintain_order=True).agg(_in_order("volume").alias("whole"))
        minutes = minutes.with_columns(before=pl.col("whole").cum_sum().shift(1).over("bar"))
        cut = cut.join(minutes, on=["bar", "minute"], how="left", maintain_order="left").with_columns(
            running=pl.col("volume").cum_sum().over("bar", "minute")
        )
        values = cut.select(
            pl.col("price").first().over("bar").alias("open"),
            pl.col("price").cum_max().over("bar").alias("high"),
            pl.col("price").cum_min().over("bar").alias("low"),
            pl.col("price").alias("close"),
            pl.when(pl.col("before").is_null())
            .then(pl.col("running"))
            .otherwise(pl.col("before") + pl.col("running"))
            .alias("volume"),
            pl.int_range(1, pl.len() + 1).over("bar").cast(pl.Float64).alias("ticks"),
        ).to_numpy()
        seen = np.searchsorted(priced, np.arange(len(ticks)), side="right") - 1
        runs = (seen >= 0) & (end[np.maximum(seen, 0)] > ticks.time)
        out[k, runs, :6] = values[seen[runs]]
        ends = np.unique(end)
        out[k, :, 6] = np.searchsorted(ends, ticks.time, side="right")
    return out


def running_longer_bars(bars: Bars, calendar: str) -> np.ndarray:
    """The same where bars are replayed: each is a tick that brings all its values; finer timeframes stay empty."""
    days = day_starts(calendar, int(bars.time[0]), int(bars.time[-1]))
    out = np.full((6, len(bars), 7), np.nan)
    out[:, :, 6] = 0
    base = index_of(bars.timeframe)
    for k in range(base, 6):
        start, end = starts_and_ends(bars.time, int(LENGTHS[k]), days)
        if k == base:
            start, end = bars.time, np.minimum(bars.time + LENGTHS[k], np.append(bars.time[1:], 2**62))
        values = (
            bars.to_polars()
            .with_columns(pl.Series("bar", start))
            .select(
                pl.col("open").first().over("bar"),
                pl.col("high").cum_max().over("bar"),
                pl.col("low").cum_min().over("bar"),
                pl.col("close"),
                pl.col("volume").cum_sum().over("bar"),
                pl.int_range(1, pl.len() + 1).over("bar").cast(pl.Float64).alias("ticks"),
            )
        )
        out[k, :, :6] = values.to_numpy()
        out[k, :, 6] = np.searchsorted(np.unique(end), bars.time, side="right")
    return out


def _in_order(name: str) -> pl.Expr:
    """The sum as a plain loop adds, first to last: polars' own sum adds in blocks."""
    return pl.col(name).cum_sum().last()
