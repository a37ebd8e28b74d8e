"""Trading days, open hours and every bar that there should be, from wall clocks in New York and tables written out here.

Nothing of btlab's calendars or folds is used: days are stepped through one by one, intervals one by one, ticks one by one.
"""

from __future__ import annotations

import itertools
from bisect import bisect_left, bisect_right
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import numpy as np

import btlab as bt

NEW_YORK = ZoneInfo("America/New_York")
SECOND, HOUR = 1_000_000, 3_600_000_000
LENGTHS = {
    **{f"{n}s": n * SECOND for n in (1, 10, 30)},
    **{f"{n}m": 60 * n * SECOND for n in (1, 2, 3, 4, 5, 6, 10, 12, 15, 20, 30)},
    **{f"{n}h": n * HOUR for n in (1, 2, 3, 4, 6, 8, 12)},
}
NYSE_CLOSED = {
    "2024-01-01", "2024-01-15", "2024-02-19", "2024-03-29", "2024-05-27", "2024-06-19", "2024-07-04", "2024-09-02",
    "2024-11-28", "2024-12-25", "2025-01-01", "2025-01-09",
}  # fmt: skip
NYSE_SHORT = {"2024-07-03", "2024-11-29", "2024-12-24"}
FX_CLOSED = {(12, 25), (1, 1)}
Span = tuple[int, int]


def us(day: date, clock: str, zone: ZoneInfo = NEW_YORK) -> int:
    return int(datetime.combine(day, time.fromisoformat(clock), zone).astimezone(UTC).timestamp()) * SECOND


@dataclass(frozen=True)
class Days:
    """Trading days: date and (start, end) of each, and when the market is open."""

    dates: list[date]
    spans: list[Span]
    hours: list[Span]


def days_of(calendar: str, first: date, last: date) -> Days:
    """The trading days named by dates from first to last."""
    every = [first + timedelta(days=n) for n in range((last - first).days + 1)]
    before = timedelta(days=1)
    if calendar == "24x7":
        spans = [(us(day, "00:00", ZoneInfo("UTC")), us(day + before, "00:00", ZoneInfo("UTC"))) for day in every]
        return Days(every, spans, spans)
    if calendar == "XNYS":
        every = [day for day in every if day.weekday() < 5 and str(day) not in NYSE_CLOSED]
        opens = [us(day, "09:30") for day in every]
        hours = [(o, us(day, "13:00" if str(day) in NYSE_SHORT else "16:00")) for o, day in zip(opens, every, strict=True)]
        return Days(every[:-1], list(itertools.pairwise(opens)), hours[:-1])
    spans = [(us(day - before, "17:00"), us(day, "17:00")) for day in every]
    traded = [day.weekday() < 5 and (day.month, day.day) not in FX_CLOSED for day in every]
    hours = [span for span, there in zip(spans, traded, strict=True) if there]
    if calendar == "metals":
        hours = [(us(day - before, "18:00"), us(day, "17:00")) for day, there in zip(every, traded, strict=True) if there]
    return Days(every, spans, hours)


def days_around(calendar: str, ticks: bt.Ticks | bt.Bars) -> Days:
    begin, end = (datetime.fromtimestamp(int(t) / 1e6, UTC).date() for t in (ticks.time[0], ticks.time[-1]))
    return days_of(calendar, begin - timedelta(days=45), end + timedelta(days=45))


def intervals(days: Days, timeframe: str, first: int, last: int) -> list[Span]:
    """The timeframe's intervals that hold a time from first to last."""
    if timeframe in ("1w", "1mo"):
        keys = [day.isocalendar()[:2] if timeframe == "1w" else (day.year, day.month) for day in days.dates]
        starts = [span[0] for n, span in enumerate(days.spans) if n == 0 or keys[n] != keys[n - 1]]
        found = list(itertools.pairwise(starts))
    elif timeframe == "1d":
        found = days.spans
    else:
        length, found = LENGTHS[timeframe], []
        for start, end in (span for span in days.spans if span[1] > first and span[0] <= last):
            found += [(at, min(at + length, end)) for at in range(start, end, length)]
    return [span for span in found if span[1] > first and span[0] <= last]


@dataclass(frozen=True)
class Bar:
    """A bar, finished or as far as it has come; `ticks` 0 is a flat one."""

    start: int
    end: int
    values: tuple[float, float, float, float, float]
    ticks: int


class Expected:
    """Every bar of every timeframe over some ticks, flat ones where they are wanted, and what runs at a moment."""

    def __init__(self, ticks: bt.Ticks, calendar: str, *, price: str = "mid", flat: bool = True) -> None:
        value = {"bid": ticks.bid, "ask": ticks.ask, "mid": (ticks.bid + ticks.ask) / 2}[price]
        size = np.zeros(len(ticks))
        if ticks.bid_size is not None and ticks.ask_size is not None:
            size = {"bid": ticks.bid_size, "ask": ticks.ask_size, "mid": ticks.bid_size + ticks.ask_size}[price]
        priced = ~np.isnan(value)
        self.time, self.value, self.size = (column[priced].tolist() for column in (ticks.time, value, size))
        self.index = np.flatnonzero(priced).tolist()
        self.first, self.last, self.flat = self.time[0], int(ticks.time[-1]), flat
        self.days = days_around(calendar, ticks)
        self.closes = [end for _, end in self.days.hours]
        self.spans: dict[str, list[Span]] = {}

    def spans_of(self, timeframe: str) -> list[Span]:
        if timeframe not in self.spans:
            self.spans[timeframe] = intervals(self.days, timeframe, self.first, self.last)
        return self.spans[timeframe]

    def is_open(self, start: int, end: int) -> bool:
        """Whether an interval holds some trading."""
        row = bisect_right(self.closes, start)
        return row < len(self.days.hours) and self.days.hours[row][0] < end

    def taken(self, start: int, end: int, timeframe: str) -> tuple[tuple[float, float, float, float, float], int] | None:
        """Open, high, low, close, volume and ticks of the priced ticks with start <= time < end."""
        begin, stop = bisect_left(self.time, start), bisect_left(self.time, end)
        if begin == stop:
            return None
        values, volume, minute, whole = self.value[begin:stop], 0.0, None, 0.0
        unit = 60 * SECOND if timeframe[-1] != "s" else 2**62
        for at in range(begin, stop):
            if self.time[at] // unit != minute:
                volume, minute, whole = volume + whole, self.time[at] // unit, 0.0
            whole += self.size[at]
        return (values[0], max(values), min(values), values[-1], volume + whole), stop - begin

    def bars(self, timeframe: str) -> list[Bar]:
        """All bars, the last, unfinished one included."""
        found: list[Bar] = []
        for start, end in self.spans_of(timeframe):
            made = self.taken(start, end, timeframe)
            if made is not None:
                found.append(Bar(start, end, *made))
            elif self.flat and found and end <= self.last and self.is_open(start, end):
                close = found[-1].values[3]
                found.append(Bar(start, end, (close, close, close, close, 0.0), 0))
        return found

    def running(self, timeframe: str, tick: int, now: int) -> Bar | None:
        """The bar that runs at a time, of ticks up to `tick`."""
        spans = self.spans_of(timeframe)
        row = bisect_right(spans, (now, 2**62)) - 1
        if row < 0 or spans[row][1] <= now:
            return None
        known = bisect_right(self.index, tick)
        until = self.time[known - 1] + 1 if known else 0
        cut = Expected.__new__(Expected)
        cut.time, cut.value, cut.size = self.time[:known], self.value[:known], self.size[:known]
        made = cut.taken(spans[row][0], max(until, spans[row][0]), timeframe)
        return None if made is None else Bar(*spans[row], *made)
