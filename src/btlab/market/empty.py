"""Intervals in which nothing happened though the market was open: where they lie, for bars that are to be there all the same.

Such a bar is flat: open, high, low and close are the close before it, volume and ticks are 0. It lies between the first price and
the last tick, never before or after, and it ends as any bar does: the clock passes its end when the next tick comes. It begins on
the calendar's grid, or, among bars given by somebody else, as far from it as the bar before.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from btlab.errors import RunError, did_you_mean
from btlab.market.hours import open_before, open_hours
from btlab.market.jit import kernel
from btlab.market.timeframe import DAY

EMPTY_BARS: tuple[str, ...] = ("skip", "flat")


class Empty(NamedTuple):
    """Empty intervals: the row of the bar before each, its start and its end (int64 µs UTC)."""

    row: np.ndarray
    start: np.ndarray
    end: np.ndarray

    def into(self, columns: np.ndarray, values: np.ndarray) -> np.ndarray:
        """Columns (k, bars) with those of the empty bars (k, empty) between them."""
        return np.insert(columns, self.row + 1, values, axis=1)

    def flat(self, real: np.ndarray) -> np.ndarray:
        """Open, high, low, close and volume (5, bars), with the flat ones between them."""
        close = real[3, self.row]
        return self.into(real, np.stack([close, close, close, close, np.zeros(len(close))]))


def check_empty_bars(empty_bars: object) -> str:
    """The way, when it is one.

    Raises:
        RunError: it is neither.
    """
    if empty_bars not in EMPTY_BARS:
        raise RunError(f"empty_bars={empty_bars!r} is none.{did_you_mean(empty_bars, EMPTY_BARS)}", empty_bars=empty_bars)
    return str(empty_bars)


def empty_intervals(
    start: np.ndarray,
    end: np.ndarray,
    last: int,
    *,
    length: int,
    cuts: np.ndarray,
    calendar: str,
    given: np.ndarray | None = None,
) -> Empty:
    """Intervals of a grid between bars, and after them up to `last`, that hold some open hours.

    Args:
        start, end: of the bars, int64 µs UTC.
        last: µs UTC; no interval ends later.
        length: µs, cut from each of `cuts` on; a day or more: from one of them to the next.
        cuts: starts of days, weeks or months, ascending, the last beyond the last bar.
        given: for bars that others have stamped: where the calendar would begin each (`start` is what their stamps say).

    >>> minutes = np.array([0, 180_000_000])
    >>> days = np.array([0, 86_400_000_000])
    >>> empty_intervals(minutes, minutes + 60_000_000, 240_000_000, length=60_000_000, cuts=days, calendar="24x7").start.tolist()
    [60000000, 120000000]
    """
    grid = start if given is None else given
    shift = start - grid
    before = np.append(grid[1:], last)
    room = np.empty((3, 0), np.int64)
    count = cells_between(length, cuts, end - shift, before, room)
    row, begin, stop = cells = np.empty((3, count), np.int64)
    cells_between(length, cuts, end - shift, before, cells)
    if length < DAY:
        begin, stop = begin + shift[row], stop + shift[row]
    hours = open_hours(calendar, int(min(start[0], grid[0])), int(max(last, grid[-1])))
    traded = open_before(*hours, stop) > open_before(*hours, begin)
    if length >= DAY:
        begin, stop = begin + shift[row], stop + shift[row]
    begin = np.maximum(begin, end[row])
    stop = np.minimum(stop, np.append(start[1:], last)[row])
    kept = traded & (begin < stop)
    return Empty(row[kept], begin[kept], stop[kept])


@kernel
def cells_between(length: int, cuts: np.ndarray, after: np.ndarray, before: np.ndarray, out: np.ndarray) -> int:
    """Whole intervals of the grid that lie in after[i] <= start, end <= before[i]; returns how many.

    Args:
        out: int64 (3, m): i, start, end; (3, 0) where they are only to be counted.
    """
    count, day, write = 0, 0, out.shape[1] > 0
    for i in range(after.shape[0]):
        at = after[i]
        while at < before[i]:
            while at >= cuts[day + 1]:
                day += 1
            begin, stop = cuts[day], cuts[day + 1]
            if length < DAY:
                begin += (at - begin + length - 1) // length * length
                stop = min(begin + length, stop)
            elif at > begin:
                begin = stop
            if begin >= cuts[day + 1]:
                at = cuts[day + 1]
                continue
            if stop > before[i]:
                break
            if write:
                out[0, count], out[1, count], out[2, count] = i, begin, stop
            count += 1
            at = stop
    return count
