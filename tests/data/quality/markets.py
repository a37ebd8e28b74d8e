"""Quotes of a made-up market that keeps its hours to the second: the rules are written out here again, by local time."""

from __future__ import annotations

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import numpy as np
import polars as pl

import btlab as bt

SECOND, MINUTE, HOUR, DAY = 1_000_000, 60_000_000, 3_600_000_000, 86_400_000_000


def at(text: str, zone: str = "UTC") -> int:
    """µs UTC of a local time."""
    return int(datetime.fromisoformat(text).replace(tzinfo=ZoneInfo(zone)).astimezone(UTC).timestamp()) * SECOND


def hours_of(time: np.ndarray, market: str) -> np.ndarray:
    """bool: which times the market trades at."""
    if market == "24x7":
        return np.ones(len(time), bool)
    local = pl.Series(time).cast(pl.Datetime("us")).dt.replace_time_zone("UTC").dt.convert_time_zone("America/New_York")
    wall = local.dt.replace_time_zone(None)
    clock = (wall - wall.dt.truncate("1d")).dt.total_seconds().to_numpy() / 3600
    weekday = wall.dt.weekday().to_numpy()
    if market == "XNYS":
        return (weekday <= 5) & (clock >= 9.5) & (clock < 16)
    day = wall.dt.offset_by("7h")
    named_weekday, month, number = day.dt.weekday().to_numpy(), day.dt.month().to_numpy(), day.dt.day().to_numpy()
    open_ = (named_weekday <= 5) & ~((month == 12) & (number == 25)) & ~((month == 1) & (number == 1))
    return open_ & ~((clock >= 17) & (clock < 18)) if market == "metals" else open_


def quotes(first: str, last: str, *, market: str = "fx", pace: float = 10.0, seed: int = 0, symbol: str = "EURUSD") -> bt.Ticks:
    """A quote about every `pace` seconds while the market trades, from a day to the one before another (New York)."""
    random = np.random.default_rng(seed)
    begin, end = at(first, "America/New_York"), at(last, "America/New_York")
    time = np.arange(begin, end, int(pace * SECOND)) + random.integers(
        0, int(pace * SECOND), -(-(end - begin) // int(pace * SECOND))
    )
    time = time[hours_of(time, market)]
    bid = 110_000 + np.cumsum(random.integers(-3, 4, len(time)) | 1)
    ask = bid + random.integers(5, 15, len(time))
    sizes = {name: random.integers(1, 20, len(time)) / 4 for name in ("bid_size", "ask_size")}
    return bt.Ticks.from_arrays(time, bid / 1e5, ask / 1e5, symbol=symbol, **sizes)


def without(ticks: bt.Ticks, *holes: tuple[str, str]) -> bt.Ticks:
    """The ticks but those of some stretches (UTC)."""
    keep = np.ones(len(ticks), bool)
    for start, end in holes:
        keep &= ~((ticks.time >= at(start)) & (ticks.time < at(end)))
    return chosen(ticks, keep)


def chosen(ticks: bt.Ticks, keep: np.ndarray) -> bt.Ticks:
    sizes = {name: getattr(ticks, name)[keep] for name in ("bid_size", "ask_size")}
    return bt.Ticks.from_arrays(ticks.time[keep], ticks.bid[keep], ticks.ask[keep], symbol=ticks.symbol, **sizes)


def quality(ticks: bt.Ticks, calendar: str | None = None, **range_: str) -> object:
    """Of ticks in a store of their own."""
    store = bt.Store(":memory:")
    store.import_ticks(ticks)
    return store.quality(ticks.symbol, calendar=calendar, **range_)


def shown(gaps: pl.DataFrame) -> list[tuple[str, str, str]]:
    """Rows with times to the nearest minute."""
    near = pl.col("start", "end").dt.offset_by("30s").dt.truncate("1m").dt.strftime("%Y-%m-%d %H:%M")
    return gaps.with_columns(near).rows()
