"""Six timeframes of one data set, made once: every bar, when it opens, when it ends, and the tick that finds it closed.

A run, a replay and a question ("what was known then?") all read this one table; what was completed at a tick follows from
`closer`, what was forming from the minutes since the bar began.
"""

from __future__ import annotations

import weakref
from functools import cached_property
from typing import Any

import numpy as np

from btlab.errors import RunError, TimeframeError, did_you_mean
from btlab.market import fold
from btlab.market.calendar import check_calendar, day_starts
from btlab.market.instrument import default_calendar
from btlab.market.series import Bars, Ticks
from btlab.market.timeframe import LENGTHS, TIMEFRAMES, check_timeframe, index_of

PRICES: tuple[str, ...] = ("bid", "ask", "mid")
_EMPTY = np.empty(0)


def check_input(data: Ticks | Bars, price: str) -> None:
    """That there are data, and such a price.

    Raises:
        RunError: there are none.
    """
    if price not in PRICES:
        raise RunError(f"price={price!r} is none.{did_you_mean(price, PRICES)}", price=price)
    if not len(data):
        raise RunError(f"no {'bars' if isinstance(data, Bars) else 'ticks'} of {data.symbol} to work on", symbol=data.symbol)


class Timeline:
    """All bars of six timeframes over ticks, or over bars of one of them.

    Args:
        data: Ticks, or Bars (then a "tick" is a bar's index, and timeframes finer than theirs have no bars).
        price: what bars of ticks are built from: "bid", "ask" or "mid".
        calendar: where a day begins; the symbol's own by default.

    Attributes:
        offset: int64 (7,); bars of timeframe k are rows offset[k]:offset[k + 1] of every column below.
        start, end: int64 µs UTC; end is exclusive.
        real: float64 (5, n): open, high, low, close, volume.
        ticks: int64, ticks with a price in the bar; first: int64, the first of them.
        closer: int64, the first tick of any kind at or after the end: it finds the bar closed. len(data) where none does.
        minute_tick: int64 (m + 1,): first tick of each calendar minute with any tick, then len(data): bars close there only.
        ranges: float64 (4, m): least and greatest bid, least and greatest ask, of each of those minutes.
        base: the finest timeframe there is: 0 for ticks.
    """

    def __init__(self, data: Ticks | Bars, *, price: str = "mid", calendar: str | None = None) -> None:
        check_input(data, price)
        self.calendar = check_calendar(calendar or default_calendar(data.symbol))
        self.price, self.symbol, self.count = price, data.symbol, len(data)
        self.base = index_of(data.timeframe) if isinstance(data, Bars) else 0
        self.days = day_starts(self.calendar, int(data.time[0]), int(data.time[-1]))
        self._put_together(*(self._from_bars(data) if isinstance(data, Bars) else self._from_ticks(data)))
        if isinstance(data, Bars):
            self._wait_for_given()
        self.closer = np.empty_like(self.end)
        fold.find_closers(self.end, self.minute_start, self.minute_tick, self.closer)

    def _from_ticks(self, data: Ticks) -> tuple[np.ndarray, np.ndarray]:
        span = int(data.time[-1] - data.time[0]) // fold.MINUTE + 2
        room = min(len(data), span)
        whole, real, ranges = np.empty((4, room), np.int64), np.empty((5, room)), np.empty((4, room))
        sizes = (_EMPTY if size is None else size for size in (data.bid_size, data.ask_size))
        count = fold.fold_ticks(data.time, data.bid, data.ask, *sizes, PRICES.index(self.price), data.trades, whole, real, ranges)
        whole, real, self.ranges = whole[:, :count], real[:, :count], ranges[:, :count].copy()
        self.minute_start, self.minute_tick = whole[0].copy(), np.append(whole[1], len(data))
        np.add(whole[0], fold.MINUTE, out=whole[1])
        priced = whole[2] >= 0
        return (whole, real) if priced.all() else (whole[:, priced], real[:, priced])

    def _from_bars(self, data: Bars) -> tuple[np.ndarray, np.ndarray]:
        index = np.arange(len(data), dtype=np.int64)
        end = data.time + LENGTHS[self.base]
        end[:-1] = np.minimum(end[:-1], data.time[1:])
        self.minute_start, self.minute_tick = np.asarray(data.time), np.append(index, len(data))
        self.ranges = np.empty((4, 0))
        return np.stack([data.time, end, index, np.ones_like(index)]), np.stack([getattr(data, n) for n in FIELDS])

    def _put_together(self, base_whole: np.ndarray, base_real: np.ndarray) -> None:
        """Lay out all columns: the base bars, and the longer ones, folded from them where they are to lie."""
        count = base_whole.shape[1]
        start = np.ascontiguousarray(base_whole[0])
        longer = [fold.count_bars(int(length), self.days, start) for length in LENGTHS[self.base + 1 : 6]]
        self.offset = np.cumsum([0] + [0] * self.base + [count, *longer], dtype=np.int64)
        whole, real = np.empty((4, self.offset[-1]), np.int64), np.empty((5, self.offset[-1]))
        whole[:, :count], real[:, :count] = base_whole, base_real
        self.real, (self.start, self.end, self.first, self.ticks) = real, whole
        shorter = start, self.first[:count], self.ticks[:count], real
        for k in range(self.base + 1, 6):
            fold.fold_bars(int(LENGTHS[k]), self.days, *shorter, whole, real, int(self.offset[k]))

    def _wait_for_given(self) -> None:
        """Move ends: a bar given across a day's end belongs where it begins, and that is not known before it ends."""
        end = self.end[self.rows(self.base)]
        for rows in map(self.rows, range(self.base + 1, 6)):
            last = np.append(self.first[rows][1:], len(end)) - 1
            self.end[rows] = np.maximum(self.end[rows], end[last])

    @property
    def high(self) -> np.ndarray:
        return self.real[1]

    def rows(self, timeframe: str | int) -> slice:
        """Where a timeframe's bars lie in the columns.

        Raises:
            TimeframeError: unknown, or finer than the bars this was made from.
        """
        k = index_of(timeframe) if isinstance(timeframe, str) else timeframe
        if k < self.base:
            raise TimeframeError(
                f"{TIMEFRAMES[k]} is finer than the data, which are {TIMEFRAMES[self.base]} bars; "
                f"ask for {TIMEFRAMES[self.base]} or longer",
                timeframe=TIMEFRAMES[k],
            )
        return slice(int(self.offset[k]), int(self.offset[k + 1]))

    def bars(self, timeframe: str | int) -> Bars:
        """All bars of a timeframe, the last, unfinished one included."""
        rows = self.rows(timeframe)
        name = timeframe if isinstance(timeframe, str) else TIMEFRAMES[timeframe]
        open_, high, low, close, volume = self.real[:, rows]
        return Bars(self.start[rows], open_, high, low, close, volume, name, self.symbol)

    @cached_property
    def tick_close(self) -> np.ndarray:
        """int64: for each base bar, the last tick that the clock has taken when it is told closed."""
        return self.closer[self.rows(self.base)] - 1


FIELDS = ("open", "high", "low", "close", "volume")
_KEPT: weakref.WeakKeyDictionary[Any, dict[tuple[str, str | None], Timeline]] = weakref.WeakKeyDictionary()


def timeline_of(data: Ticks | Bars, *, price: str = "mid", calendar: str | None = None) -> Timeline:
    """The timeline of these data, made once and kept as long as they live."""
    kept = _KEPT.setdefault(data, {})
    key = price, calendar or default_calendar(data.symbol)
    if key not in kept:
        kept[key] = Timeline(data, price=price, calendar=calendar)
    return kept[key]


def bars(ticks: Ticks | Bars, timeframe: str, *, price: str = "mid", calendar: str | None = None) -> Bars:
    """Bars of one timeframe from ticks or from shorter bars, the last, unfinished one included.

    Args:
        ticks: Ticks or Bars.
        timeframe: from "1s" to "1mo": seconds that divide a minute, minutes an hour, hours a day; "1d", "1w", "1mo".
        price: "bid", "ask" or "mid" (ticks only).
        calendar: where a day begins, "fx", "24x7", "metals", "XNYS" ...; the symbol's own by default.

    Raises:
        TimeframeError: an unknown timeframe, or one that cannot be put together from these bars.

    >>> ticks = Ticks.from_arrays([0, 30_000_000, 60_000_000], [1.0, 3.0, 2.0], [1.0, 3.0, 2.0], symbol="BTCUSD")
    >>> bars(ticks, "1m").high.tolist()
    [3.0, 2.0]
    """
    if check_timeframe(timeframe) in TIMEFRAMES and not (isinstance(ticks, Bars) and ticks.timeframe not in TIMEFRAMES):
        return timeline_of(ticks, price=price, calendar=calendar).bars(timeframe)
    from btlab.market.resample import resampled

    return resampled(ticks, timeframe, price=price, calendar=calendar)
