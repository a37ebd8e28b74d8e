"""Trading hours: when a market is open, and of which kind each closed stretch between is.

Kinds: "weekend"; "daily_break" (a break of an hour, an exchange's lunch and its nights); "holiday" (by a rule: Christmas and New
Year's Day in FX, an exchange's regular ones, an instrument's own); "closure" (dates that an exchange closed one by one: storms,
mourning, elections; in calendars that follow the moon, holidays announced year by year too). A break that touches a weekend or a
holiday is part of it.
"""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import NamedTuple
from zoneinfo import ZoneInfo

import numpy as np

from btlab.market.calendar import CALENDARS, Rules, check_calendar, has_weekend, rules_of, trading_days, zone_of_calendar
from btlab.market.sessions import Sessions, has_break, sessions_of
from btlab.market.timeframe import DAY

CLOSURE_KINDS: tuple[str, ...] = ("weekend", "daily_break", "holiday", "closure")
WEEKEND, DAILY_BREAK, HOLIDAY, CLOSURE = range(4)
_EPOCH = date(1970, 1, 1)
_FX_HOLIDAYS = frozenset({(1, 1), (12, 25)})
_AROUND = 6 * DAY
Stretch = tuple[int, int, int]
"""Start and end (µs UTC, the end not included) and kind."""


class Closures(NamedTuple):
    """Closed stretches: start and end (int64 µs UTC, the end not included) and kind (an index into `CLOSURE_KINDS`)."""

    start: np.ndarray
    end: np.ndarray
    kind: np.ndarray


def closures(calendar: str, first: int, last: int) -> Closures:
    """Closed stretches that meet `first` to `last` (µs UTC), whole, in order; neighbours of two kinds are two.

    Raises:
        CalendarError: no such calendar, or an exchange's sessions are not known so far.

    >>> closures("24x7 breaks=00:00-01:00", 0, 10).end.tolist()
    [3600000000]
    """
    rules = rules_of(check_calendar(calendar))
    if rules.base in CALENDARS:
        found = _closed_days(calendar, rules, first - _AROUND, last + _AROUND)
    else:
        found = _between_sessions(rules, sessions_of(rules.base, first, last), first, last)
    breaks = _breaks(rules, zone_of_calendar(calendar), first - _AROUND, last + _AROUND) if rules.breaks else []
    joined = [stretch for stretch in _joined(_laid_over(found, breaks)) if stretch[1] > first and stretch[0] <= last]
    start, end, kind = np.array(joined, np.int64).reshape(-1, 3).T
    return Closures(np.ascontiguousarray(start), np.ascontiguousarray(end), np.ascontiguousarray(kind))


def open_hours(calendar: str, first: int, last: int) -> tuple[np.ndarray, np.ndarray]:
    """Trading intervals that meet `first` to `last` (µs UTC): starts and ends, the ends not included.

    The first and the last are whole where the calendar closes within six days of the range; around the clock they end there.

    Raises:
        CalendarError: no such calendar, or an exchange's sessions are not known so far.

    >>> starts, ends = open_hours("fx", 1_704_664_800_000_000, 1_704_664_800_000_000)  # 2024-01-07 22:00 UTC, a Sunday
    >>> starts.tolist(), (ends - starts).tolist()  # five days
    ([1704664800000000], [432000000000])
    """
    days = trading_days(calendar, first, last).start
    inside = rules_of(calendar).base not in CALENDARS
    begin, stop = (int(days[0]), int(days[-1])) if inside else (first - _AROUND, last + _AROUND)
    shut = closures(calendar, begin, stop - 1)
    starts, ends = np.append(begin, shut.end), np.append(shut.start, stop)
    meets = (ends > starts) & (ends > first) & (starts <= last)
    return starts[meets], ends[meets]


def open_before(starts: np.ndarray, ends: np.ndarray, times: np.ndarray) -> np.ndarray:
    """µs of trading before each time, counted from the first of the intervals that `open_hours` gives.

    >>> open_before(np.array([0, 10]), np.array([5, 20]), np.array([3, 7, 12])).tolist()
    [3, 5, 7]
    """
    total = np.append(0, np.cumsum(ends - starts))
    row = np.searchsorted(ends, times, side="right")
    inside = np.where(row < len(starts), times - np.append(starts, 0)[row], 0)
    return total[row] + np.maximum(inside, 0)


def _closed_days(calendar: str, rules: Rules, first: int, last: int) -> list[Stretch]:
    """Days of the FX week, or of the week around the clock, without trading."""
    days = trading_days(calendar, first, last)
    weekend, found = has_weekend(calendar), []
    for number, start, end in zip(days.date.tolist(), days.start[:-1].tolist(), days.start[1:].tolist()):
        day = _EPOCH + timedelta(days=number)
        if weekend and day.weekday() >= 5:
            found.append((start, end, WEEKEND))
        elif rules.is_holiday(day) or (weekend and (day.month, day.day) in _FX_HOLIDAYS):
            found.append((start, end, HOLIDAY))
    return found


def _between_sessions(rules: Rules, sessions: Sessions, first: int, last: int) -> list[Stretch]:
    """Closed stretches from the session that opens at or before `first` to the first that opens after `last`."""
    begin, end = np.searchsorted(sessions.open, [first, last], side="right").tolist()
    begin, end = max(begin - 4, 0), min(end + 4, len(sessions.open))
    own = [row for row in range(begin, end) if not rules.is_holiday(_EPOCH + timedelta(days=int(sessions.date[row])))]
    found: list[Stretch] = []
    lunch = has_break(sessions)
    for row, after in zip(own, [*own[1:], None]):
        if lunch[row]:
            found.append((int(sessions.break_start[row]), int(sessions.break_end[row]), DAILY_BREAK))
        opening, day = (sessions.after, None) if after is None else (int(sessions.open[after]), int(sessions.date[after]))
        found += _night(rules, sessions, int(sessions.close[row]), opening, int(sessions.date[row]) + 1, day)
    return [stretch for stretch in found if stretch[0] < stretch[1]]


def _night(rules: Rules, sessions: Sessions, close: int, opening: int, day: int, until: int | None) -> list[Stretch]:
    """From a close to the next opening, cut at the local midnights where the days without a session change their kind."""
    if until is None or day >= until:
        return [(close, opening, DAILY_BREAK)]
    found: list[Stretch] = []
    start, kind = close, _kind_of(rules, sessions, day)
    for number in range(day + 1, until):
        other = _kind_of(rules, sessions, number)
        if other != kind:
            cut = min(max(_local(_EPOCH + timedelta(days=number), sessions.zone), start), opening)
            found.append((start, cut, kind))
            start, kind = cut, other
    return [*found, (start, opening, kind)]


def _kind_of(rules: Rules, sessions: Sessions, number: int) -> int:
    day = _EPOCH + timedelta(days=number)
    if sessions.week[day.weekday()] == "0":
        return WEEKEND
    return HOLIDAY if number in sessions.holidays or rules.is_holiday(day) else CLOSURE


def _local(day: date, zone: ZoneInfo, hour: int = 0, minute: int = 0) -> int:
    moment = datetime(day.year, day.month, day.day, hour, minute, tzinfo=zone)
    return round(moment.astimezone(UTC).timestamp()) * 1_000_000


def _breaks(rules: Rules, zone: ZoneInfo, first: int, last: int) -> list[Stretch]:
    found = []
    for number in range(first // DAY - 1, last // DAY + 2):
        day = _EPOCH + timedelta(days=number)
        for begin, end in rules.breaks:
            until = day if end > begin else day + timedelta(days=1)
            found.append((_local(day, zone, begin.hour, begin.minute), _local(until, zone, end.hour, end.minute), DAILY_BREAK))
    return found


def _laid_over(above: list[Stretch], below: list[Stretch]) -> list[Stretch]:
    """Both, in order; what lies below is seen where nothing lies above it, and once."""
    found, at = sorted(above), 0
    shown: list[Stretch] = []
    reached = np.iinfo(np.int64).min
    for begin, end, kind in sorted(below):
        start, stop = max(begin, reached), end
        while at and found[at - 1][1] > start:
            at -= 1
        while at < len(found) and found[at][1] <= start:
            at += 1
        row = at
        while start < stop:
            edge = found[row] if row < len(found) else (stop, stop, kind)
            if start < min(edge[0], stop):
                shown.append((start, min(edge[0], stop), kind))
            start, row = max(start, edge[1]), row + 1
        reached = max(reached, end)
    return sorted(found + shown)


def _joined(stretches: list[Stretch]) -> list[Stretch]:
    """Neighbours of one kind as one; a break takes the kind of the weekend or holiday that it touches."""
    found: list[Stretch] = []
    for start, end, kind in stretches:
        if found and found[-1][1] >= start and (kind in (found[-1][2], DAILY_BREAK) or found[-1][2] == DAILY_BREAK):
            before = found.pop()
            kind = before[2] if kind == DAILY_BREAK else kind
            start = before[0]
        found.append((start, end, kind))
    return found
