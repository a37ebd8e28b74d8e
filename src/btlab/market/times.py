"""Moments: what a user may write where a time is wanted, and how a time is shown."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

from btlab.errors import SeriesError

Moment = datetime | date | str
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)


def to_microseconds(moment: Moment) -> int:
    """µs UTC of a datetime (naive: UTC), a date (its midnight) or an ISO text.

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
    if not isinstance(moment, date):
        raise SeriesError(f"{moment!r} is not a time; give a datetime or a text such as 2014-05-07 13:30", moment=moment)
    if not isinstance(moment, datetime):
        moment = datetime(moment.year, moment.month, moment.day)
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=UTC)
    return (moment - _EPOCH) // _MICROSECOND


def to_datetime(microseconds: int) -> datetime:
    """The datetime, in UTC, of µs UTC."""
    return _EPOCH + timedelta(microseconds=int(microseconds))


def iso(microseconds: int) -> str:
    """2014-05-07 13:30:00.000000 as people read it: no zone, no zeros after the second.

    >>> iso(1_000_000), iso(1)
    ('1970-01-01 00:00:01', '1970-01-01 00:00:00.000001')
    """
    return to_datetime(microseconds).replace(tzinfo=None).isoformat(" ")
