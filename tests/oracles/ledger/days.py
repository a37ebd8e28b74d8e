"""Where trading days end: at midnight UTC (24x7), or at 17:00 in New York from Monday to Friday (fx)."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

NEW_YORK = ZoneInfo("America/New_York")
WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
MICROSECOND = timedelta(microseconds=1)


def zone(calendar: str) -> ZoneInfo:
    return NEW_YORK if calendar == "fx" else ZoneInfo("UTC")


def local(calendar: str, time: int) -> datetime:
    return (EPOCH + timedelta(microseconds=time)).astimezone(zone(calendar))


def day_end(calendar: str, time: int) -> int:
    """The first end of a trading day after this time."""
    here = local(calendar, time)
    hour = 17 if calendar == "fx" else 0
    for days in range(6):
        date = here.date() + timedelta(days=days)
        end = datetime(date.year, date.month, date.day, hour, tzinfo=zone(calendar))
        is_end = calendar != "fx" or end.weekday() < 5
        micros = (end.astimezone(UTC) - EPOCH) // MICROSECOND
        if is_end and micros > time:
            return micros
    raise AssertionError("a week without a day's end")


def nights(calendar: str, end: int, triple: str | None) -> int:
    """How many nights the end of a day counts for: the triple day is the weekday of its last moment, in the calendar's zone."""
    ends_on = WEEKDAYS[local(calendar, end - 1).weekday()]
    return 3 if ends_on == triple else 1
