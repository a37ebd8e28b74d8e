"""Moments: what a user may write where a time is wanted, and how a time is shown."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, timedelta
from typing import Any

import numpy as np

from btlab.errors import SeriesError
from btlab.market.said import whole

Moment = datetime | date | str | np.datetime64
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)


def as_index(moment: Any) -> int | None:
    """The tick's index that a moment is; None where it is to be a time."""
    return whole(moment)


def to_microseconds(moment: Moment) -> int:
    """µs UTC of a datetime (naive: UTC), a date (its midnight), numpy's datetime64 or an ISO text.

    Raises:
        SeriesError: it is none of these.

    >>> to_microseconds("1970-01-01 00:00:01"), to_microseconds("1970-01-01T01:00+01:00")
    (1000000, 0)
    """
    if isinstance(moment, str):
        try:
            moment = datetime.fromisoformat(moment)
        except ValueError:
            raise SeriesError(f"{moment!r} is not a time; write it as 2014-05-07 or 2014-05-07 13:30", moment=moment) from None
    if isinstance(moment, np.datetime64):
        moment = moment.astype("datetime64[us]").item()
    if not isinstance(moment, date):
        raise SeriesError(
            f"{moment!r} is not a time; give a datetime or a text such as 2014-05-07 13:30, or a whole number where ticks "
            "are counted",
            moment=moment,
        )
    if not isinstance(moment, datetime):
        moment = datetime(moment.year, moment.month, moment.day)
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=UTC)
    return (moment - _EPOCH) // _MICROSECOND


_DURATION = re.compile(r"(\d+(?:\.\d+)?) ?(us|µs|ms|s|m|min|h|d|w)")
_UNITS = {"us": 1, "µs": 1, "ms": 1_000, "s": 1_000_000, "m": 60_000_000, "min": 60_000_000, "h": 3_600_000_000}
_UNITS |= {"d": 86_400_000_000, "w": 604_800_000_000}


def duration(length: timedelta | str | int) -> int:
    """µs of a timedelta, of a text such as "250ms", "2h" or "1d", or of a whole number of µs.

    Raises:
        SeriesError: it is none of these.

    >>> duration("250ms"), duration("1.5h"), duration(timedelta(days=1))
    (250000, 5400000000, 86400000000)
    """
    if isinstance(length, timedelta):
        return length // _MICROSECOND
    if (microseconds := whole(length)) is not None:
        return microseconds
    found = _DURATION.fullmatch(length) if isinstance(length, str) else None
    if not found:
        raise SeriesError(f"{length!r} is no length of time; write it as 250ms, 30s, 5m, 2h or 1d", length=length)
    return round(float(found[1]) * _UNITS[found[2]])


def to_datetime(microseconds: int) -> datetime:
    """The datetime, in UTC, of µs UTC."""
    return _EPOCH + timedelta(microseconds=int(microseconds))


def iso(microseconds: int) -> str:
    """2014-05-07 13:30:00.000000 as people read it: no zone, no zeros after the second.

    >>> iso(1_000_000), iso(1)
    ('1970-01-01 00:00:01', '1970-01-01 00:00:00.000001')
    """
    return to_datetime(microseconds).replace(tzinfo=None).isoformat(" ")
