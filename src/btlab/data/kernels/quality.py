"""One pass over a day of ticks: what is odd about each, and how many there are in each minute.

The rules and their reasons are those of `data.quality.issues`; nothing is allocated here.
"""

from __future__ import annotations

from typing import Any, TypeAlias

import numpy as np

from btlab.market.jit import kernel

Whole: TypeAlias = Any
"""An int64 in compiled code."""

SPIKE, CROSSED, ONE_SIDED, SPREAD, REPEAT, OUTSIDE, VOLUME = (1 << bit for bit in range(7))
"""Bits of a row; frozen quotes are stretches of time rather than rows."""


@kernel
def look(
    time: np.ndarray,
    bid: np.ndarray,
    ask: np.ndarray,
    bid_size: np.ndarray,
    ask_size: np.ndarray,
    price: np.ndarray,
    fresh: int,
    far: float,
    hour_end: np.ndarray,
    hour_spread: np.ndarray,
    most_size: float,
    opens: np.ndarray,
    closes: np.ndarray,
    flags: np.ndarray,
    size_of_it: np.ndarray,
) -> None:
    """Mark the rows from `fresh` on; of the row before `fresh` (the last of the day before), whether it was a spike.

    Args:
        bid_size, ask_size: as long as the ticks, or empty. price: one for each row.
        far: a price this far from both neighbours is a spike.
        hour_end: int64, first row behind each hour; hour_spread: float64, the widest usual spread of each, inf where none is.
        most_size: the largest usual size; inf where there is none.
        opens, closes: trading hours, int64 µs; flags: uint8 per row. size_of_it: float64 per row and bit (rows, 7).
    """
    rows, hour, session = time.shape[0], 0, 0
    sizes = bid_size.shape[0] > 0
    for i in range(max(fresh - 1, 0), rows):
        mark = 0
        if 0 < i < rows - 1:
            before, after = price[i] - price[i - 1], price[i] - price[i + 1]
            if (before > far and after > far) or (before < -far and after < -far):
                mark |= SPIKE
                size_of_it[i, 0] = min(abs(before), abs(after))
        if i < fresh:
            flags[i] = mark
            continue
        b, a = bid[i], ask[i]
        if a < b:
            mark |= CROSSED
            size_of_it[i, 1] = b - a
        elif b != b or a != a:
            mark |= ONE_SIDED
        while i >= hour_end[hour]:
            hour += 1
        if a - b > hour_spread[hour]:
            mark |= SPREAD
            size_of_it[i, 3] = a - b
        same = i > 0 and time[i] == time[i - 1] and (b == bid[i - 1] or (b != b and bid[i - 1] != bid[i - 1]))
        same = same and (a == ask[i - 1] or (a != a and ask[i - 1] != ask[i - 1]))
        if sizes:
            same = same and bid_size[i] == bid_size[i - 1] and ask_size[i] == ask_size[i - 1]
            most = max(bid_size[i], ask_size[i])
            if most > most_size or (most <= 0.0 and most_size < np.inf):
                mark |= VOLUME
                size_of_it[i, 6] = most
        if same:
            mark |= REPEAT
        while session < closes.shape[0] and closes[session] <= time[i]:
            session += 1
        if session == closes.shape[0] or opens[session] > time[i]:
            mark |= OUTSIDE
        flags[i] = mark


@kernel
def still(
    time: np.ndarray,
    bid: np.ndarray,
    ask: np.ndarray,
    fresh: int,
    inside: np.ndarray,
    pause: Whole,
    least_rows: Whole,
    least_time: Whole,
    running: np.ndarray,
    found: np.ndarray,
) -> int:
    """Stretches in which quotes come and none differs from the one before; returns how many ended.

    Args:
        inside: bool per row, whether it lies in trading hours. pause: µs without a tick that end a stretch.
        least_rows, least_time: a stretch has so many rows, and lasts so many µs.
        running: int64 (3,): start, end and rows of the stretch that runs, kept from day to day.
        found: int64 (m, 3): start, end, rows of those that ended.
    """
    count = 0
    for i in range(fresh, time.shape[0]):
        same = i > 0 and bid[i] == bid[i - 1] and ask[i] == ask[i - 1] and inside[i] and running[2] > 0
        if same and time[i] - running[1] <= pause:
            running[1] = time[i]
            running[2] += 1
            continue
        if running[2] >= least_rows and running[1] - running[0] >= least_time:
            found[count, 0], found[count, 1], found[count, 2] = running[0], running[1], running[2]
            count += 1
        running[0], running[1], running[2] = time[i], time[i], 1 if inside[i] else 0
    return count


@kernel
def count_minutes(time: np.ndarray, fresh: int, days: np.ndarray, day: int, minutes: np.ndarray) -> None:
    """Count rows by trading day and minute of it.

    Args:
        days: int64, starts of all days, one more than there are; day: one at or before the first row's.
        minutes: uint32 (days, minutes of the longest day), added to.
    """
    for i in range(fresh, time.shape[0]):
        while time[i] >= days[day + 1]:
            day += 1
        minutes[day, min((time[i] - days[day]) // 60_000_000, minutes.shape[1] - 1)] += 1
