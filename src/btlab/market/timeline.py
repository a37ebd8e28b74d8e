"""All timeframes of one data set, made once: every bar, when it opens, when it ends, and the tick that finds it closed.

The six are always there; others, up to a month, where a run asks for them (`ROWS` gives each its row).

A run, a replay and a question ("what was known then?") all read this one table; what was completed at a tick follows from
`closer`, what was forming from the minutes since the bar began.
"""

from __future__ import annotations

import copy
import weakref
from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np

from btlab.errors import RunError, TimeframeError, did_you_mean
from btlab.market import fold, longer, spare
from btlab.market.calendar import check_calendar, day_starts
from btlab.market.empty import check_empty_bars, empty_intervals
from btlab.market.instrument import default_calendar
from btlab.market.packed import PackedTicks
from btlab.market.resample import grid_of, periods, resampled
from btlab.market.series import Bars, Ticks
from btlab.market.timeframe import DAY, FINEST_FIRST, LENGTHS, MICROSECONDS, ROWS, TIMEFRAMES, check_timeframe, divides, index_of

PRICES: tuple[str, ...] = ("bid", "ask", "mid")
_EMPTY, _NO_ROWS = np.empty(0), np.empty(0, np.int64)
_NEVER = np.iinfo(np.int64).max
_PIECE = 1 << 22
Part = tuple[np.ndarray, np.ndarray]
"""Bars of one timeframe: int64 (4, n) start, end, first, ticks; float64 (5, n) open, high, low, close, volume."""
FINER = "{} is finer than the data, which are {base} bars; ask for {base} or longer"
NOT_THERE = "{} bars are not in this run; name them in the strategy's timeframe, as in timeframe = ('5m', '1w')"


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
    """All bars of six timeframes over ticks, or over bars of one of them; `with_timeframes` adds others.

    Args:
        data: Ticks, or Bars (then a "tick" is a bar's index, and timeframes finer than theirs have no bars).
        price: what bars of ticks are built from: "bid", "ask" or "mid".
        calendar: where a day begins; the symbol's own by default.
        empty_bars: "flat" puts flat bars (`market.empty`) where the market was open and nothing happened, "skip" none.

    Attributes:
        names: the timeframes that are there, finest first; further: those that are none of the six.
        offset: int64 (len(ROWS) + 1,); bars of timeframe k are rows offset[k]:offset[k + 1] of every column below.
        start, end: int64 µs UTC; end is exclusive.
        real: float64 (5, n): open, high, low, close, volume.
        ticks: int64, ticks with a price in the bar, 0 in a flat one; first: int64, the first of them, or for a flat bar that of
            the next bar that has one.
        closer: int64, the first tick of any kind at or after the end: it finds the bar closed. len(data) where none does.
        minute_tick: int64 (m + 1,): first tick of each calendar minute with any tick, then len(data): bars close there only.
        ranges: float64 (6, m): least and greatest bid, least and greatest ask, last bid and ask, of each of those minutes.
        base: the finest timeframe there is: 0 for ticks.
    """

    def __init__(self, data: Ticks | Bars, *, price: str = "mid", calendar: str | None = None, empty_bars: str = "skip") -> None:
        check_input(data, price)
        self.calendar = check_calendar(calendar or default_calendar(data.symbol))
        self.empty_bars = check_empty_bars(empty_bars)
        self.price, self.symbol, self.count = price, data.symbol, len(data)
        self.last, self.given = data.last_time, data.time if isinstance(data, Bars) else None
        self.base = _base_of(data) if isinstance(data, Bars) else 0
        self.further: tuple[str, ...] = ()
        self.names = TIMEFRAMES[self.base :]
        self.days = day_starts(self.calendar, data.first_time, self.last)
        if isinstance(data, Bars):
            self._from_bars(data)
        else:
            self._from_ticks(data)
        if self.empty_bars == "flat":
            self._lay_out([self._with_flat(k, self._part(k)) for k in range(len(ROWS))])

    def with_timeframes(self, names: Sequence[str]) -> Timeline:
        """The same with further timeframes.

        Raises:
            TimeframeError: unknown, shorter than the data's own, or one that cannot be put together from them.
        """
        whole, real = self._part(self.base)
        taken = whole[3] > 0
        shorter = (whole, real) if taken.all() else (whole[:, taken], real[:, taken])
        parts = [self._part(k) for k in range(len(ROWS))]
        for name in names:
            check_divides(ROWS[self.base], name)
            k = index_of(name)
            parts[k] = self._longer(shorter, k)
            if self.empty_bars == "flat":
                parts[k] = self._with_flat(k, parts[k])
        other = copy.copy(self)
        other.further = tuple(sorted({*self.further, *names}, key=ROWS.index))
        other.names = tuple(ROWS[k] for k in FINEST_FIRST if ROWS[k] in (*self.names, *names))
        other._lay_out(parts)
        return other

    @classmethod
    def kept(cls, data: PackedTicks, price: str, calendar: str, empty_bars: str) -> Timeline:
        """As `Timeline(...)`: what was kept beside the ticks, or made and kept now."""
        name = f"timeline {price} {calendar} {empty_bars}"
        columns = data.beside.get(name) if data.beside else None
        if columns is None:
            made = cls(data, price=price, calendar=calendar, empty_bars=empty_bars)
            if data.beside:
                data.beside.keep(name, {column: np.ravel(getattr(made, column)) for column in KEPT_COLUMNS})
            return made
        self = cls.__new__(cls)
        self.calendar, self.empty_bars, self.price, self.symbol = calendar, empty_bars, price, data.symbol
        self.count, self.last, self.given, self.base = len(data), data.last_time, None, 0
        self.further, self.names = (), TIMEFRAMES
        for column in KEPT_COLUMNS:
            setattr(self, column, columns[column])
        self.real, self.ranges = self.real.reshape(5, -1), self.ranges.reshape(6, -1)
        return self

    def _from_ticks(self, data: Ticks) -> None:
        whole, real, self.ranges = self._folded(data)
        self.minute_start, self.minute_tick = whole[0].copy(), np.append(whole[1], len(data))
        np.add(whole[0], fold.MINUTE, out=whole[1])
        priced = whole[2] >= 0
        if not priced.all():
            whole, real = whole[:, priced], real[:, priced]
        columns = self._make_room(whole[0])
        count = whole.shape[1]
        columns[:, :count], self.real[:, :count] = whole, real
        self._fold_longer(columns, _NO_ROWS)
        self._find_closers()

    def _folded(self, data: Ticks) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """The minutes of ticks, as `fold.fold_ticks` has them; packed ticks are decoded a few million at a time."""
        if isinstance(data, PackedTicks):
            return tuple(np.concatenate(each, axis=1) for each in zip(*self._pieces(data)))  # type: ignore[return-value]
        room = min(len(data), (data.last_time - data.first_time) // fold.MINUTE + 2)
        whole, real, ranges = np.empty((4, room), np.int64), np.empty((5, room)), np.empty((6, room))
        sizes = (_EMPTY if size is None else size for size in (data.bid_size, data.ask_size))
        count = fold.fold_ticks(data.time, data.bid, data.ask, *sizes, PRICES.index(self.price), data.trades, whole, real, ranges)
        return whole[:, :count], real[:, :count], ranges[:, :count].copy()

    def _pieces(self, data: PackedTicks) -> Iterator[tuple[np.ndarray, np.ndarray, np.ndarray]]:
        begin = 0
        while begin < len(data):
            minute = np.searchsorted(data.minute_tick, begin + _PIECE, side="right") - 1
            end = max(int(data.minute_tick[minute]), int(data.minute_tick[np.searchsorted(data.minute_tick, begin, "right")]))
            whole, real, ranges = self._folded(data[begin:end])
            whole[1] += begin
            whole[2] += np.where(whole[2] >= 0, begin, 0)
            yield whole, real, ranges
            begin = end

    def _from_bars(self, data: Bars) -> None:
        """The bars as columns, written where they are to lie: of a million bars to stack them first took a third of the time."""
        self.minute_start, self.minute_tick = np.asarray(data.time), np.arange(len(data) + 1, dtype=np.int64)
        self.ranges = np.empty((6, 0))
        whole = self._make_room(self.minute_start)
        longer.rows_of_bars(self.minute_start, int(LENGTHS[self.base]), whole)
        for column, name in zip(self.real, FIELDS):
            column[: len(data)] = getattr(data, name)
        self.closer = spare.rows(np.int64, len(self.end))
        if self._fold_longer(whole, self.closer):
            self._wait_for_given()
            self._find_closers()
        elif self.base == 5:
            self._find_closers()

    def _make_room(self, start: np.ndarray) -> np.ndarray:
        """Columns for the base bars, which start then, and all longer ones; returns those of whole numbers."""
        counts = np.empty(5 - self.base, np.int64)
        start = np.ascontiguousarray(start)
        if self.base < 5:
            longer.count_longer(LENGTHS[self.base + 1 : 6], self.days, start, counts)
        none = [0] * (len(ROWS) - len(TIMEFRAMES))
        self.offset = np.cumsum([0] + [0] * self.base + [len(start), *counts, *none], dtype=np.int64)
        total = int(self.offset[-1])
        whole, self.real = (spare.rows(kind, n * total).reshape(n, total) for kind, n in ((np.int64, 4), (np.float64, 5)))
        self.start, self.end, self.first, self.ticks = whole
        return whole

    def _fold_longer(self, whole: np.ndarray, closer: np.ndarray) -> bool:
        """Make the longer bars of the base bars; whether one of those ends after a longer one that it is in."""
        if self.base == 5:
            return False
        lengths, offset = LENGTHS[self.base + 1 : 6], self.offset[self.base + 1 : 7]
        return bool(longer.fold_longer(lengths, self.days, whole, self.real, offset, closer))

    def _wait_for_given(self) -> None:
        """Move ends: a bar given across a day's end belongs where it begins, and that is not known before it ends."""
        end = self.end[self.rows(self.base)]
        for rows in map(self.rows, range(self.base + 1, 6)):
            last = np.append(self.first[rows][1:], len(end)) - 1
            self.end[rows] = np.maximum(self.end[rows], end[last])

    def _find_closers(self) -> None:
        self.closer = spare.rows(np.int64, len(self.end))
        fold.find_closers(self.end, self.minute_start, self.minute_tick, self.closer)

    def _part(self, k: int) -> Part:
        rows = slice(int(self.offset[k]), int(self.offset[k + 1]))
        return np.stack([self.start[rows], self.end[rows], self.first[rows], self.ticks[rows]]), self.real[:, rows]

    def _lay_out(self, parts: Sequence[Part]) -> None:
        """Put the columns together from a part for each of `ROWS`."""
        self.offset = np.cumsum([0] + [whole.shape[1] for whole, _ in parts], dtype=np.int64)
        whole, self.real = (np.concatenate(column, axis=1) for column in zip(*parts))
        self.start, self.end, self.first, self.ticks = whole
        self._find_closers()

    def _longer(self, shorter: Part, k: int) -> Part:
        """Bars of a further timeframe from the base bars that hold anything."""
        (start, end, first, ticks), real = shorter
        if not len(start):
            return shorter
        if ROWS[self.base] == "1d":
            _, start = grid_of(start, "1d", self.calendar)
        start, length, cuts = np.ascontiguousarray(start), MICROSECONDS[ROWS[k]], self._cuts(k, start)
        count = fold.count_bars(length, cuts, start)
        whole, out = np.empty((4, count), np.int64), np.empty((5, count))
        fold.fold_bars(length, cuts, start, first, ticks, np.ascontiguousarray(real), whole, out, 0)
        if self.given is not None:
            whole[1] = np.maximum(whole[1], end[np.append(whole[2, 1:], self.count) - 1])
        return self._ended(whole), out

    def _with_flat(self, k: int, part: Part) -> Part:
        """The bars of a timeframe with flat ones where there would be none."""
        whole, real = part
        if not whole.shape[1]:
            return part
        cuts, grid = self._cuts(k, whole[0]), None
        if self.given is not None and k == self.base:
            cuts, grid = grid_of(self.given, ROWS[k], self.calendar)
        empty = empty_intervals(
            whole[0], whole[1], self.last, length=MICROSECONDS[ROWS[k]], cuts=cuts, calendar=self.calendar, given=grid
        )
        next_first = np.append(whole[2, 1:], self.count)[empty.row]
        whole = empty.into(whole, np.stack([empty.start, empty.end, next_first, np.zeros_like(next_first)]))
        return self._ended(whole), empty.flat(real)

    def _cuts(self, k: int, start: np.ndarray) -> np.ndarray:
        """What bars of a timeframe that begin, or hold what begins, at `start` are cut from: days, weeks or months."""
        if MICROSECONDS[ROWS[k]] <= DAY:
            return self.days
        return periods(self.calendar, ROWS[k], int(start[0]), max(int(start[-1]), self.last))

    def _ended(self, whole: np.ndarray) -> np.ndarray:
        """No bar ends after the next one has begun, wherever others have stamped the bars that were given."""
        if self.given is not None:
            whole[1] = np.minimum(whole[1], np.append(self.given, _NEVER)[np.append(whole[2, 1:], self.count)])
        return whole

    def over(self, data: Ticks | Bars) -> Timeline:
        """The timeline of other data, made in the same way."""
        rules = {"price": self.price, "calendar": self.calendar, "empty_bars": self.empty_bars}
        return timeline_of(data, **rules, timeframes=self.further)

    @property
    def given_end(self) -> np.ndarray:
        """int64: the ends of the base bars in which anything happened, of all that were given where the data are bars."""
        rows = self.rows(self.base)
        return self.end[rows][self.ticks[rows] > 0]

    def given_by(self, time: int) -> int:
        """How many of the bars that were given are over at a time (µs UTC): those before the first that is not."""
        rows = self.rows(self.base)
        bar = rows.start + int(np.searchsorted(self.end[rows], time, side="right"))
        return int(self.first[bar] if bar < rows.stop else self.minute_tick[-1])

    @property
    def high(self) -> np.ndarray:
        return self.real[1]

    def rows(self, timeframe: str | int) -> slice:
        """Where a timeframe's bars lie in the columns.

        Raises:
            TimeframeError: unknown, finer than the bars this was made from, or none of those that are there.
        """
        k = index_of(timeframe) if isinstance(timeframe, str) else timeframe
        if MICROSECONDS[ROWS[k]] < MICROSECONDS[ROWS[self.base]]:
            raise TimeframeError(FINER.format(ROWS[k], base=ROWS[self.base]), timeframe=ROWS[k])
        if ROWS[k] not in self.names:
            raise TimeframeError(NOT_THERE.format(ROWS[k]), timeframe=ROWS[k])
        return slice(int(self.offset[k]), int(self.offset[k + 1]))

    def bars(self, timeframe: str | int) -> Bars:
        """All bars of a timeframe, the last, unfinished one included."""
        rows = self.rows(timeframe)
        name = timeframe if isinstance(timeframe, str) else ROWS[timeframe]
        open_, high, low, close, volume = self.real[:, rows]
        return Bars(self.start[rows], open_, high, low, close, volume, name, self.symbol)


FIELDS = ("open", "high", "low", "close", "volume")
KEPT_COLUMNS = ("days", "offset", "start", "end", "first", "ticks", "closer", "real", "ranges", "minute_start", "minute_tick")
_KEPT: weakref.WeakKeyDictionary[Any, dict[tuple[str, str, str, tuple[str, ...]], Timeline]] = weakref.WeakKeyDictionary()


def check_divides(base: str, timeframe: str) -> None:
    """That bars of a timeframe can be made of those of another.

    Raises:
        TimeframeError: they are finer, or no multiple.
    """
    if MICROSECONDS[check_timeframe(timeframe)] < MICROSECONDS[base]:
        raise TimeframeError(FINER.format(timeframe, base=base), timeframe=timeframe)
    if not divides(base, timeframe):
        text = f"{timeframe} bars cannot be put together from {base} bars; ask for a multiple of {base}, or start from ticks"
        raise TimeframeError(text, timeframe=timeframe)


def _base_of(data: Bars) -> int:
    if data.timeframe not in TIMEFRAMES:
        raise TimeframeError(
            f"{data.timeframe} bars are none of the timeframes that a run can begin with: {', '.join(TIMEFRAMES)}",
            timeframe=data.timeframe,
        )
    return TIMEFRAMES.index(data.timeframe)


def timeline_of(
    data: Ticks | Bars,
    *,
    price: str = "mid",
    calendar: str | None = None,
    empty_bars: str = "skip",
    timeframes: Sequence[str] = (),
) -> Timeline:
    """The timeline of these data, made once and kept as long as they live.

    Args:
        timeframes: any that are wanted; the six are there whether they are named or not.

    Raises:
        TimeframeError: one that cannot be made from these data.
    """
    kept = _KEPT.setdefault(data, {})
    further = tuple(sorted({name for name in timeframes if index_of(name) >= len(TIMEFRAMES)}, key=ROWS.index))
    about = price, calendar or default_calendar(data.symbol), empty_bars
    if (*about, ()) not in kept and isinstance(data, PackedTicks):
        check_input(data, price)
        kept[*about, ()] = Timeline.kept(data, price, check_calendar(about[1]), check_empty_bars(empty_bars))
    elif (*about, ()) not in kept:
        kept[*about, ()] = Timeline(data, price=price, calendar=calendar, empty_bars=empty_bars)
    if (*about, further) not in kept:
        kept[*about, further] = kept[*about, ()].with_timeframes(further)
    return kept[*about, further]


def bars(
    ticks: Ticks | Bars, timeframe: str, *, price: str = "mid", calendar: str | None = None, empty_bars: str = "skip"
) -> Bars:
    """Bars of one timeframe from ticks or from shorter bars, the last, unfinished one included.

    Args:
        ticks: Ticks or Bars.
        timeframe: from "1s" to "1mo": seconds that divide a minute, minutes an hour, hours a day; "1d", "1w", "1mo".
        price: "bid", "ask" or "mid" (ticks only).
        calendar: where a day begins, "fx", "24x7", "metals", "XNYS" ...; the symbol's own by default.
        empty_bars: "flat" also gives a bar to each interval without a price that has some of the calendar's open hours and lies
            between the first price and the last tick: open, high, low and close are the close before it, volume is 0.

    Raises:
        TimeframeError: an unknown timeframe, or one that cannot be put together from these bars.

    >>> ticks = Ticks.from_arrays([0, 30_000_000, 60_000_000], [1.0, 3.0, 2.0], [1.0, 3.0, 2.0], symbol="BTCUSD")
    >>> bars(ticks, "1m").high.tolist()
    [3.0, 2.0]
    """
    if check_timeframe(timeframe) in TIMEFRAMES and not (isinstance(ticks, Bars) and ticks.timeframe not in TIMEFRAMES):
        return timeline_of(ticks, price=price, calendar=calendar, empty_bars=empty_bars).bars(timeframe)
    return resampled(ticks, timeframe, price=price, calendar=calendar, empty_bars=empty_bars)
