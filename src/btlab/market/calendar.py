"""Where a trading day begins. 1h, 4h and 1d bars are cut from there, 1m, 5m and 15m fall on the same marks anyway.

Two calendars are known: "24x7", whose day is the UTC day, and "fx", whose day begins at 17:00 New York, daylight saving
included (https://www.cls-group.com and every FX broker's rollover). The FX day that ends on the Sunday of a clock change is
23 or 25 hours long; its last 4h bar is cut, or a shorter one follows it.
"""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import numpy as np

from btlab.errors import CalendarError, did_you_mean
from btlab.market.timeframe import DAY

CALENDARS: tuple[str, ...] = ("24x7", "fx")
NEW_YORK = ZoneInfo("America/New_York")
_EPOCH = date(1970, 1, 1)


def check_calendar(name: object) -> str:
    """The name, when it is one.

    Raises:
        CalendarError: it is not; says which is nearest.
    """
    if not isinstance(name, str) or name not in CALENDARS:
        raise CalendarError(f"{name!r} is not a calendar.{did_you_mean(name, CALENDARS)}", calendar=name)
    return name


def _fx_day_start(day: date) -> int:
    """µs UTC of 17:00 New York on a date: where the trading day named by the next date begins."""
    return round(datetime.combine(day, time(17), NEW_YORK).astimezone(UTC).timestamp()) * 1_000_000


def day_starts(name: str, first: int, last: int) -> np.ndarray:
    """Starts of all days that hold a time between `first` and `last` (µs UTC), and the start of the day after.

    Returns:
        int64 µs UTC, ascending; [0] <= first and [-1] > last.

    >>> day_starts("24x7", 0, 86_400_000_000).tolist()
    [0, 86400000000, 172800000000]
    """
    check_calendar(name)
    if name == "24x7":
        return np.arange(first // DAY, last // DAY + 2, dtype=np.int64) * DAY
    from_day = _EPOCH + timedelta(days=first // DAY - 1)
    days = last // DAY - first // DAY + 4
    starts = np.array([_fx_day_start(from_day + timedelta(days=n)) for n in range(days)], np.int64)
    begin, end = np.searchsorted(starts, [first, last], side="right")
    return starts[begin - 1 : end + 1]
