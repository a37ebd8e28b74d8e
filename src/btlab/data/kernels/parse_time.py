"""Dates, times of the day and offsets in bytes, to µs."""

from __future__ import annotations

import numpy as np

from btlab.data.kernels.faults import GOOD, TIME
from btlab.data.kernels.parse_number import MINUS, PLUS, POINT, Whole, digit_at, digits_at
from btlab.market.jit import inner

YEAR_FIRST, DAY_FIRST, MONTH_FIRST = 0, 1, 2
"""The order of the numbers of a date."""

WHOLE, SECONDS, COMPACT = 0, 1, 2
"""What follows the part of a time that neighbours share: nothing, SS[.fraction], or SS[fraction]."""

SPACE, _COMMA, _SLASH, _COLON = 32, 44, 47, 58
_NO_DAY = -(1 << 40)
_MONTH_DAYS = np.array([31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31], np.int64)
SECOND = 1_000_000


@inner
def _days(year: Whole, month: Whole, day: Whole) -> Whole:
    """Days since 1970-01-01 in the Gregorian calendar, by the usual count from 1 March; _NO_DAY where no such day is."""
    if not (1 <= year <= 9999 and 1 <= month <= 12 and day >= 1):
        return np.int64(_NO_DAY)
    leap = month == 2 and year % 4 == 0 and (year % 100 != 0 or year % 400 == 0)
    if day > _MONTH_DAYS[month - 1] + (1 if leap else 0):
        return np.int64(_NO_DAY)
    year -= 1 if month <= 2 else 0
    of_era = year % 400
    of_year = (153 * ((month + 9) % 12) + 2) // 5 + day - 1
    return year // 400 * 146097 + of_era * 365 + of_era // 4 - of_era // 100 + of_year - 719468


@inner
def scan_date(data: np.ndarray, at: Whole, end: Whole, order: int) -> tuple[Whole, Whole]:
    """A date: (days since 1970, where it ends; -1 where it is none).

    Three numbers with - / or . between, the year's of four digits; or, of dates that begin with the year, eight digits.
    """
    most = 4 if order == YEAR_FIRST else 2
    first, stop = digits_at(data, at, end, most)
    if stop == at or stop >= end or (order == YEAR_FIRST and stop != at + 4):
        return np.int64(0), -1
    between = data[stop]
    split = between in (MINUS, _SLASH, POINT)
    if not split and order != YEAR_FIRST:
        return np.int64(0), -1
    at = stop + (1 if split else 0)
    second, stop = digits_at(data, at, end, 2)
    if stop == at or (split and (stop >= end or data[stop] != between)) or (not split and stop != at + 2):
        return np.int64(0), -1
    at = stop + (1 if split else 0)
    third, stop = digits_at(data, at, end, 2 if order == YEAR_FIRST else 4)
    if stop == at or (not split and stop != at + 2) or (order != YEAR_FIRST and stop != at + 4):
        return np.int64(0), -1
    if order == YEAR_FIRST:
        days = _days(first, second, third)
    elif order == DAY_FIRST:
        days = _days(third, second, first)
    else:
        days = _days(third, first, second)
    return days, stop if days > _NO_DAY else -1


@inner
def _scan_half(data: np.ndarray, at: Whole, end: Whole) -> tuple[int, Whole]:
    """AM or PM, after a space, a hyphen or nothing: (0, 12 or -1 where there is none, where it ends)."""
    if at < end and (data[at] == SPACE or data[at] == MINUS):
        at += 1
    if at + 1 < end and (data[at + 1] == 77 or data[at + 1] == 109):
        if data[at] == 65 or data[at] == 97:
            return 0, at + 2
        if data[at] == 80 or data[at] == 112:
            return 12, at + 2
    return -1, at


@inner
def scan_fraction(data: np.ndarray, at: Whole, end: Whole) -> tuple[Whole, Whole]:
    """Digits behind the point of a second: (µs cut down, where they end)."""
    value, unit = np.int64(0), np.int64(SECOND)
    while at < end and 48 <= data[at] <= 57:
        unit //= 10
        value += (np.int64(data[at]) - 48) * unit
        at += 1
    return value, at


@inner
def _scan_seconds(data: np.ndarray, at: Whole, end: Whole, compact: bool) -> tuple[Whole, Whole]:
    """SS and its fraction, behind a point, a comma or, of 3, 6, 7 or 9 digits, a space: (µs, where it ends or -1)."""
    second, stop = digits_at(data, at, end, 2)
    if stop != at + 2 or second > 59:
        return np.int64(0), -1
    value, part = second * SECOND, np.int64(0)
    if stop < end and (data[stop] == POINT or data[stop] == _COMMA):
        part, at = scan_fraction(data, stop + 1, end)
        return value + part, at if at > stop + 1 else np.int64(-1)
    if compact and digit_at(data, stop, end) >= 0:
        part, stop = scan_fraction(data, stop, end)
    elif stop < end and data[stop] == SPACE and digit_at(data, stop + 1, end) >= 0:
        part, at = scan_fraction(data, stop + 1, end)
        length = at - stop - 1
        if length != 3 and length != 6 and length != 7 and length != 9:
            return np.int64(0), -1
        stop = at
    return value + part, stop


@inner
def scan_day_time(data: np.ndarray, at: Whole, end: Whole) -> tuple[Whole, Whole, Whole, int]:
    """HH:MM[:SS[.fraction]], HHMM[SS[fraction]] or HH, the last with AM or PM behind it, which others may have too.

    Returns:
        (µs since midnight, where it ends or -1 where it is none, where the seconds begin or -1, SECONDS or COMPACT).
    """
    hour, stop = digits_at(data, at, end, 2)
    none, no = np.int64(-1), np.int64(0)
    if stop == at or hour > 23:
        return no, none, none, WHOLE
    split = stop < end and data[stop] == _COLON
    seconds, value, form = none, hour * 3600 * SECOND, WHOLE
    bare = not split and digit_at(data, stop, end) < 0
    if not bare:
        if not split and stop != at + 2:
            return no, none, none, WHOLE
        at = stop + (1 if split else 0)
        minute, stop = digits_at(data, at, end, 2)
        if stop != at + 2 or minute > 59:
            return no, none, none, WHOLE
        value += minute * 60 * SECOND
        if stop < end and ((split and data[stop] == _COLON) or (not split and digit_at(data, stop, end) >= 0)):
            seconds, form = stop + (1 if split else 0), SECONDS if split else COMPACT
            part, stop = _scan_seconds(data, seconds, end, not split)
            if stop < 0:
                return no, none, none, WHOLE
            value += part
    half, after = _scan_half(data, stop, end)
    if half >= 0:
        if hour < 1 or hour > 12:
            return no, none, none, WHOLE
        value += ((hour % 12 + half) - hour) * 3600 * SECOND
        return value, after, none, WHOLE
    return value, none if bare else stop, seconds, form


@inner
def _scan_zone(data: np.ndarray, at: Whole, end: Whole) -> tuple[Whole, int]:
    """Z, UTC or GMT, +HH, +HHMM or +HH:MM, the numbers also behind UTC or GMT: (µs east of Greenwich, code)."""
    if end - at == 1 and (data[at] == 90 or data[at] == 122):
        return np.int64(0), GOOD
    if end - at >= 3:
        utc = data[at] == 85 and data[at + 1] == 84 and data[at + 2] == 67
        if utc or (data[at] == 71 and data[at + 1] == 77 and data[at + 2] == 84):
            if end - at == 3:
                return np.int64(0), GOOD
            at += 3
    if end - at < 3 or (data[at] != PLUS and data[at] != MINUS):
        return np.int64(0), TIME
    west = data[at] == MINUS
    hours, stop = digits_at(data, at + 1, end, 2)
    minutes = np.int64(0)
    if stop == at + 3 and stop < end:
        start = stop + (1 if data[stop] == _COLON else 0)
        minutes, stop = digits_at(data, start, end, 2)
        if stop != start + 2:
            return np.int64(0), TIME
    if stop != end or stop < at + 3 or hours > 23 or minutes > 59:
        return np.int64(0), TIME
    east = (hours * 60 + minutes) * 60 * SECOND
    return -east if west else east, GOOD


@inner
def _to_end(data: np.ndarray, at: Whole, end: Whole, value: Whole) -> tuple[Whole, int, int]:
    """The offset that may stand behind a time: (µs, 1 where one stood there, code)."""
    while at < end and data[at] == SPACE:
        at += 1
    if at == end:
        return value, 0, GOOD
    east, code = _scan_zone(data, at, end)
    return value - east, 1, code


@inner
def scan_clock(data: np.ndarray, at: Whole, end: Whole, order: int) -> tuple[Whole, int, int, Whole, int]:
    """A date, a time of the day and an offset, each after the first optional.

    Returns:
        (µs, 1 where an offset stood there, code, where the seconds begin or -1, SECONDS or COMPACT).
    """
    none = np.int64(-1)
    days, stop = scan_date(data, at, end, order)
    if stop < 0:
        return np.int64(0), 0, TIME, none, WHOLE
    value = days * 86_400 * SECOND
    if stop == end:
        return value, 0, GOOD, none, WHOLE
    if data[stop] != SPACE and data[stop] != 84 and data[stop] != 116:
        return np.int64(0), 0, TIME, none, WHOLE
    while stop + 1 < end and data[stop + 1] == SPACE:
        stop += 1
    of_day, stop, seconds, form = scan_day_time(data, stop + 1, end)
    if stop < 0:
        return np.int64(0), 0, TIME, none, WHOLE
    value, zoned, code = _to_end(data, stop, end, value + of_day)
    return value, zoned, code, seconds, form


@inner
def scan_time_alone(data: np.ndarray, at: Whole, end: Whole) -> tuple[Whole, int, int, Whole, int]:
    """A time of the day in a cell of its own, and an offset: as `scan_clock`."""
    value, stop, seconds, form = scan_day_time(data, at, end)
    if stop < 0:
        return np.int64(0), 0, TIME, np.int64(-1), WHOLE
    value, zoned, code = _to_end(data, stop, end, value)
    return value, zoned, code, seconds, form
