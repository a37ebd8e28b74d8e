"""Trading days: where each begins, and the date it is named by. Bars over an hour, days, weeks and months are cut from there.

A calendar is a text, so that it can stand in any argument, file and cache key and says all there is to say:

- "24x7": the UTC day.
- "fx": from 17:00 New York to 17:00, daylight saving included (every FX broker's rollover), Sunday evening to Friday. The day
  that ends on the Sunday of a clock change is 23 or 25 hours long; its last 4h bar is cut, or a shorter one follows it.
- "metals": the same days, with a break from 17:00 to 18:00 New York.
- a code of `exchange_calendars` ("XNYS", "XTKS", "CMES", ...): **a day begins at its session's opening and lasts until the next
  session's.** A tick before the opening, of the first session too, belongs to the day before: nothing of a day is known before
  it opens, and no tick is without a day.

Any of them may be followed by an instrument's own breaks (local time, every day) and holidays (trading days, of one year or of
all): `"fx breaks=17:00-17:05,23:55-00:05 holidays=12-26,2025-04-18"`. They change the trading hours (`hours`), not the days.
"""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from typing import NamedTuple
from zoneinfo import ZoneInfo

import numpy as np

from btlab.errors import CalendarError, did_you_mean
from btlab.market.sessions import exchange_codes, sessions_of
from btlab.market.timeframe import DAY

CALENDARS: tuple[str, ...] = ("24x7", "fx", "metals")
NEW_YORK = ZoneInfo("America/New_York")
_EPOCH = date(1970, 1, 1)
_BREAK = re.compile(r"(\d\d:\d\d)-(\d\d:\d\d)")
_HOLIDAY = re.compile(r"(?:(\d{4})-)?(\d\d)-(\d\d)")
_LEAP_YEAR = 2000


class Rules(NamedTuple):
    """A calendar's text, taken apart.

    Attributes:
        base: "24x7", "fx", "metals" or an exchange's code.
        breaks: local times, each from one to the other; over midnight where the second is not the later.
        holidays: (year, month, day); year 0 is every year.
    """

    base: str
    breaks: tuple[tuple[time, time], ...] = ()
    holidays: frozenset[tuple[int, int, int]] = frozenset()

    def is_holiday(self, day: date) -> bool:
        """Whether the instrument's own holidays hold a trading day."""
        return (0, day.month, day.day) in self.holidays or (day.year, day.month, day.day) in self.holidays


def check_calendar(name: object) -> str:
    """The name, when it is one.

    Raises:
        CalendarError: it is not; says which is nearest, or which part cannot be read.

    >>> check_calendar("fx holidays=12-26,2025-04-18")
    'fx holidays=12-26,2025-04-18'
    """
    if not isinstance(name, str):
        raise CalendarError(f"{name!r} is not a calendar.{did_you_mean(name, CALENDARS)}", calendar=name)
    rules_of(name)
    return name


@lru_cache(maxsize=256)
def rules_of(name: str) -> Rules:
    """What a calendar's text says.

    Raises:
        CalendarError: it says nothing that can be read.

    >>> rules_of("fx breaks=12:00-12:30").breaks
    ((datetime.time(12, 0), datetime.time(12, 30)),)
    """
    base, *parts = name.split() or [name]
    if base not in CALENDARS and base not in exchange_codes():
        raise CalendarError(f"{name!r} is not a calendar.{_nearest(base)}", calendar=name)
    breaks, holidays = [(time(17), time(18))] if base == "metals" else [], set()
    for part in parts:
        key, _, values = part.partition("=")
        for value in values.split(","):
            if key == "breaks" and (found := _break(value)) is not None:
                breaks.append(found)
            elif key == "holidays" and (day := _holiday(value)) is not None:
                holidays.add(day)
            else:
                raise CalendarError(
                    f"{part!r} of the calendar {name!r} cannot be read; write breaks=12:00-12:30,17:00-17:05 or "
                    "holidays=12-26,2025-04-18",
                    calendar=name,
                )
    return Rules(base, tuple(breaks), frozenset(holidays))


def _break(text: str) -> tuple[time, time] | None:
    found = _BREAK.fullmatch(text)
    try:
        begin, end = (time.fromisoformat(clock) for clock in found.groups()) if found else (time(), time())
    except ValueError:
        return None
    return (begin, end) if begin != end else None


def _holiday(text: str) -> tuple[int, int, int] | None:
    found = _HOLIDAY.fullmatch(text)
    try:
        year, month, day = (int(number or 0) for number in found.groups()) if found else (0, 0, 0)
        date(year or _LEAP_YEAR, month, day)
    except ValueError:
        return None
    return year, month, day


def _nearest(base: str) -> str:
    """' Did you mean ...?': letters of another case first."""
    known = [*CALENDARS, *exchange_codes()]
    other_case = next((code for code in known if code.lower() == base.lower()), None)
    if other_case is not None:
        return did_you_mean(other_case, [other_case])
    return did_you_mean(base, known) if len(base) > 2 else did_you_mean("", [*CALENDARS, "codes of exchanges as XNYS"])


def zone_of_calendar(name: str) -> ZoneInfo:
    """The zone in which its breaks are told."""
    base = rules_of(name).base
    if base == "24x7":
        return ZoneInfo("UTC")
    return NEW_YORK if base in CALENDARS else sessions_of(base, *_RECENT).zone


def has_weekend(name: str) -> bool:
    """Whether it has the days of the FX week, of which Saturday's and Sunday's are closed."""
    return rules_of(name).base in ("fx", "metals")


@lru_cache(1 << 14)
def _fx_day_start(day: date) -> int:
    """µs UTC of 17:00 New York on a date: where the trading day named by the next date begins."""
    return round(datetime.combine(day, time(17), NEW_YORK).astimezone(UTC).timestamp()) * 1_000_000


_RECENT = (_fx_day_start(date(2024, 1, 2)), _fx_day_start(date(2024, 1, 3)))


class TradingDays(NamedTuple):
    """Days one after the other, without a hole between them.

    Attributes:
        start: int64 µs UTC, shape (n + 1,): the last is where the day after begins.
        date: int64, shape (n,): the date each is named by, counted from 1970-01-01. Dates may be left out (exchanges), and days
            may be closed (the FX Saturday).
    """

    start: np.ndarray
    date: np.ndarray


def trading_days(name: str, first: int, last: int) -> TradingDays:
    """All days that hold a time between `first` and `last` (µs UTC).

    Raises:
        CalendarError: no such calendar, or an exchange's sessions are not known so far.

    >>> trading_days("fx", 0, 0).date.tolist()  # 1970-01-01 00:00 UTC is 19:00 in New York: the day of 1 January
    [0]
    """
    base = rules_of(check_calendar(name)).base
    if base == "24x7":
        days = np.arange(first // DAY, last // DAY + 2, dtype=np.int64)
        return TradingDays(days * DAY, days[:-1])
    if base in CALENDARS:
        days = np.arange(first // DAY - 1, last // DAY + 3, dtype=np.int64)
        starts = np.array([_fx_day_start(_EPOCH + timedelta(days=day)) for day in days.tolist()], np.int64)
        begin, end = np.searchsorted(starts, [first, last], side="right").tolist()
        return TradingDays(starts[begin - 1 : end + 1], days[begin - 1 : end] + 1)
    sessions = sessions_of(base, first, last)
    begin, end = np.searchsorted(sessions.open, [first, last], side="right").tolist()
    starts = np.append(sessions.open, sessions.after)[begin - 1 : end + 1]
    return TradingDays(starts, sessions.date[begin - 1 : end])


def day_starts(name: str, first: int, last: int) -> np.ndarray:
    """Starts of all days that hold a time between `first` and `last` (µs UTC), and the start of the day after.

    Returns:
        int64 µs UTC, ascending; [0] <= first and [-1] > last.

    >>> day_starts("24x7", 0, 86_400_000_000).tolist()
    [0, 86400000000, 172800000000]
    """
    return trading_days(name, first, last).start
