"""Exchanges' sessions as `exchange_calendars` knows them: special openings and closes, lunch breaks, holidays, mergers of rules.

The door of that library; it is loaded when the first exchange is named, and takes 0.1 to 3 s for it.
"""

from __future__ import annotations

from datetime import date, timedelta
from functools import lru_cache
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

import numpy as np

from btlab.errors import CalendarError
from btlab.market.timeframe import DAY
from btlab.market.times import iso

_EPOCH = date(1970, 1, 1)
_NONE = np.iinfo(np.int64).min


class Sessions(NamedTuple):
    """All sessions of an exchange in a stretch of years.

    Attributes:
        date: int64, the day each is named by, counted from 1970-01-01.
        open, close: int64 µs UTC.
        break_start, break_end: of the lunch break; the least int64 where there is none.
        after: int64 µs UTC, where what is known ends: the UTC day after the last session.
        zone: the exchange's.
        week: seven letters from Monday, "1" for a day with sessions.
        holidays: days from 1970-01-01 that a rule closes; other days without a session were closed one by one.
    """

    date: np.ndarray
    open: np.ndarray
    close: np.ndarray
    break_start: np.ndarray
    break_end: np.ndarray
    after: int
    zone: ZoneInfo
    week: str
    holidays: frozenset[int]


def exchange_codes() -> list[str]:
    """The codes that name an exchange, aliases included ("XNYS", "NYSE")."""
    import exchange_calendars

    return exchange_calendars.get_calendar_names(include_aliases=True)


def sessions_of(code: str, first: int, last: int) -> Sessions:
    """Sessions of an exchange: one that opens at or before `first` (µs UTC), and all up to `last`, and more.

    Raises:
        CalendarError: the library does not know so far.
    """
    usual = _usual(code)
    found = usual if first >= usual.open[0] else _since(code, (_EPOCH + timedelta(days=first // DAY)).year // 10 * 10 - 1)
    if first < found.open[0] or last >= found.after:
        raise CalendarError(
            f"exchange_calendars knows the sessions of {code!r} from {iso(int(found.open[0]))} to {iso(found.after)}; "
            f"{iso(first if first < found.open[0] else last)} lies outside. Take these data out, or name another calendar",
            calendar=code,
        )
    return found


@lru_cache(maxsize=32)
def _usual(code: str) -> Sessions:
    """The last twenty years and the next, which is what the library builds by itself."""
    import exchange_calendars

    return _arrays(exchange_calendars.get_calendar(code))


@lru_cache(maxsize=32)
def _since(code: str, year: int) -> Sessions:
    """From a year on, or from the first that is known."""
    import exchange_calendars

    usual = exchange_calendars.get_calendar(code)
    least = usual.bound_min()
    try:
        start = max(f"{year:04}-01-01", str(least)[:10]) if least is not None else f"{year:04}-01-01"
        return _arrays(exchange_calendars.get_calendar(code, start=start, end=usual.last_session))
    except (ValueError, OverflowError) as error:
        raise CalendarError(
            f"exchange_calendars does not know {code!r} in the year {year}: {error}", calendar=code, year=year
        ) from None


def _arrays(calendar: Any) -> Sessions:
    columns = {name: calendar.schedule[name] for name in ("open", "close", "break_start", "break_end")}
    times = {name: column.dt.tz_localize(None).to_numpy("datetime64[us]").astype(np.int64) for name, column in columns.items()}
    days = calendar.schedule.index.to_numpy("datetime64[D]").astype(np.int64)
    rule = calendar.regular_holidays
    closed = [] if rule is None else rule.holidays(calendar.first_session, calendar.last_session)
    holidays = frozenset(np.asarray(closed, "datetime64[D]").astype(np.int64).tolist())
    return Sessions(
        days, **times, after=int(days[-1] + 1) * DAY, zone=ZoneInfo(str(calendar.tz)), week=calendar.weekmask, holidays=holidays
    )


def has_break(sessions: Sessions) -> np.ndarray:
    """bool: which sessions have a lunch break."""
    return sessions.break_start != _NONE
