"""Six timeframes at every tick, computed by polars from the definition alone: nothing of btlab's arithmetic is used.

A tick belongs to the interval that holds its time; its bar is the first, cumulative maximum, cumulative minimum and last of the
interval's prices so far. Volume is added from tick to tick within a minute, and from minute to minute within a longer bar.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import polars as pl

LENGTHS = {"1m": 60, "5m": 300, "15m": 900, "1h": 3_600, "4h": 14_400, "1d": 86_400}
COLUMNS = ("open", "high", "low", "close", "volume")


@dataclass(frozen=True)
class Oracle:
    """One timeframe.

    Attributes:
        bars: start, end (µs), open, high, low, close, volume, ticks: every bar, the last one as far as the ticks go.
        completed: how many of them are completed after each tick.
        forming: one dict of lists by tick: start, end, open, high, low, close, volume, ticks, progress; NaN and 0 where none is.
    """

    bars: pl.DataFrame
    completed: np.ndarray
    forming: dict[str, np.ndarray]


def day_bounds(frame: pl.DataFrame, calendar: str) -> pl.DataFrame:
    """Columns day and day_end (µs UTC) beside the times."""
    if calendar == "24x7":
        length = 86_400_000_000
        return frame.with_columns(day=pl.col("time") // length * length).with_columns(day_end=pl.col("day") + length)
    local = pl.from_epoch("time", "us").dt.replace_time_zone("UTC").dt.convert_time_zone("America/New_York")
    named = (local.dt.replace_time_zone(None) + pl.duration(hours=7)).dt.truncate("1d")

    def begin(midnight: pl.Expr) -> pl.Expr:
        there = (midnight - pl.duration(hours=7)).dt.replace_time_zone("America/New_York")
        return there.dt.convert_time_zone("UTC").dt.epoch("us")

    return frame.with_columns(day=begin(named), day_end=begin(named + pl.duration(days=1)))


def ticks_frame(ticks: Any, price: str) -> pl.DataFrame:
    """time, value (null where the tick has no price) and size of each tick."""
    value = {"bid": ticks.bid, "ask": ticks.ask, "mid": (ticks.bid + ticks.ask) / 2.0}[price]
    size = np.zeros(len(ticks))
    if ticks.bid_size is not None:
        both = price == "mid" or ticks.trades
        size = ticks.bid_size + ticks.ask_size if both else ticks.bid_size if price == "bid" else ticks.ask_size
    frame = pl.DataFrame({"time": ticks.time, "value": value, "size": size}).with_columns(pl.col("value").fill_nan(None))
    return frame.with_columns(size=pl.when(pl.col("value").is_not_null()).then("size").otherwise(0.0))


def oracles(ticks: Any, *, price: str = "mid", calendar: str = "fx") -> dict[str, Oracle]:
    """All six timeframes."""
    frame = day_bounds(ticks_frame(ticks, price), calendar)
    frame = frame.with_columns(minute=pl.col("time") // 60_000_000).with_columns(within=pl.col("size").cum_sum().over("minute"))
    return {name: _one(frame, name, seconds * 1_000_000) for name, seconds in LENGTHS.items()}


def _one(frame: pl.DataFrame, name: str, length: int) -> Oracle:
    start = pl.col("day") if name == "1d" else pl.col("day") + (pl.col("time") - pl.col("day")) // length * length
    frame = frame.with_columns(start=start)
    end = pl.col("day_end") if name == "1d" else pl.min_horizontal(pl.col("start") + length, "day_end")
    minutes = frame.group_by("start", "minute", maintain_order=True).agg(pl.col("within").last())
    minutes = minutes.with_columns(before=pl.col("within").cum_sum().shift(1, fill_value=0.0).over("start"))
    value = pl.col("value")
    frame = frame.with_columns(
        end=end,
        open=value.drop_nulls().first().over("start"),
        high=value.cum_max().forward_fill().over("start"),
        low=value.cum_min().forward_fill().over("start"),
        close=value.forward_fill().over("start"),
        ticks=value.cum_count().over("start").cast(pl.Int64),
    ).join(minutes.select("start", "minute", "before"), on=["start", "minute"], how="left", maintain_order="left")
    opened = pl.col("ticks") > 0
    frame = frame.with_columns(
        volume=pl.when(opened).then(pl.col("before") + pl.col("within")),
        open=pl.when(opened).then("open"),
        progress=pl.when(opened).then((pl.col("time") - pl.col("start")) / (pl.col("end") - pl.col("start"))).otherwise(0.0),
    )
    wanted = ("start", "end", *COLUMNS, "ticks")
    bars = frame.group_by("start", maintain_order=True).last().filter(pl.col("ticks") > 0).select(wanted)
    completed = np.searchsorted(bars["start"].to_numpy(), frame["start"].to_numpy())
    forming = {n: frame[n].fill_null(np.nan).to_numpy() if n in COLUMNS else frame[n].to_numpy() for n in (*wanted, "progress")}
    return Oracle(bars, completed, forming)
