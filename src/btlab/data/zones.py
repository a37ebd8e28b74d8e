"""Local times of files to UTC."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import timedelta
from zoneinfo import ZoneInfo

import numpy as np

from btlab.errors import FormatError
from btlab.market.times import to_datetime

_SHIFTED = re.compile(r"([A-Za-z_]+/[A-Za-z_/]+)([+-])(\d{1,2})")
_OFFSET = re.compile(r"(?:UTC|GMT)?([+-])(\d{1,2})(?::?(\d{2}))?", re.IGNORECASE)
_HOUR = 3_600_000_000


@dataclass(frozen=True, slots=True)
class Zone:
    """A zone whose clocks never change, or one of the tz database, or one that is always so many hours ahead of such a one.

    Args:
        name: as the report says it. east: µs east of Greenwich; None: `base` is looked up.
        base: a name of the tz database; empty: `name`. ahead: µs that these clocks are ahead of those.
    """

    name: str
    east: int | None = None
    base: str = ""
    ahead: int = 0

    def to_utc(self, local: np.ndarray, newest: int) -> tuple[np.ndarray, np.ndarray | None]:
        """µs UTC of local µs, and which of them never were (clocks put forward).

        A local time that came twice is the first, unless that would go back behind what was read before: then the second.

        Args:
            local: int64, in the file's order. newest: the latest µs UTC read before them.
        """
        if self.east is not None:
            return local - self.east, None
        import polars as pl

        series = pl.Series(local - self.ahead).cast(pl.Datetime("us"))
        first, second = (
            series.dt.replace_time_zone(self.base or self.name, ambiguous=which, non_existent="null").to_physical()
            for which in ("earliest", "latest")
        )
        missing = first.is_null().to_numpy() if first.null_count() else None
        utc, later = (column.fill_null(np.iinfo(np.int64).min).to_numpy() for column in (first, second))
        return _in_order(utc, later, newest), missing

    def offsets(self, utc: Iterable[int]) -> np.ndarray:
        """µs that local clocks are ahead of UTC at each µs UTC.

        >>> (zone_of("America/New_York+7").offsets([1_546_300_800_000_000, 1_561_939_200_000_000]) // _HOUR).tolist()
        [2, 3]
        """
        if self.east is not None:
            return np.full(len(list(utc)), self.east, np.int64)
        zone = ZoneInfo(self.base or self.name)
        of = (to_datetime(moment).astimezone(zone).utcoffset() for moment in utc)
        return np.array([self.ahead + (offset or timedelta()) // timedelta(microseconds=1) for offset in of], np.int64)


UTC = Zone("UTC", 0)
EST = Zone("UTC-5", -5 * _HOUR)


def _in_order(first: np.ndarray, second: np.ndarray, newest: int) -> np.ndarray:
    """`first`, but `second` from where, within a doubled hour, the first would go back."""
    twice = first != second
    if not twice.any():
        return first
    reached = np.maximum.accumulate(np.concatenate([[newest], first[:-1]]))
    turned = np.flatnonzero(twice & (first < reached))
    out = first.copy()
    for row in turned[:1]:
        ends = np.flatnonzero(~twice[row:])
        stop = row + int(ends[0]) if len(ends) else len(out)
        out[row:stop] = second[row:stop]
        out[stop:] = _in_order(first[stop:], second[stop:], int(out[:stop].max()))
    return out


def zone_of(tz: str) -> Zone:
    """The zone that a text names: "America/New_York", "UTC", "UTC-5", "+02:00"; "America/New_York+7" is 7 hours ahead of it.

    Raises:
        FormatError: none is called so.

    >>> zone_of("UTC-5").east, zone_of("+05:30").east
    (-18000000000, 19800000000)
    """
    if isinstance(tz, str):
        if tz.upper() in ("UTC", "GMT", "Z"):
            return UTC
        if offset := _OFFSET.fullmatch(tz):
            sign, hours, minutes = offset.groups()
            east = int(hours) * _HOUR + int(minutes or 0) * _HOUR // 60
            return Zone(tz, -east if sign == "-" else east)
        if (shifted := _SHIFTED.fullmatch(tz)) and _exists(shifted[1]):
            return ahead_of(shifted[1], int(shifted[2] + shifted[3]))
        if _exists(tz):
            return Zone(tz)
    raise FormatError(f"tz={tz!r} is no time zone; write 'America/New_York', 'UTC' or 'UTC-5'", tz=tz)


def ahead_of(base: str, hours: int) -> Zone:
    """Clocks that change when those of a zone of the tz database do, and are so many hours ahead of them.

    >>> ahead_of("America/New_York", 7).name
    'America/New_York+7'
    """
    return Zone(f"{base}{hours:+d}", base=base, ahead=hours * _HOUR) if hours else Zone(base)


def fixed(hours: float) -> Zone:
    """Clocks that never change, so many hours ahead of UTC.

    >>> fixed(-5).name, fixed(5.5).name, fixed(0).name
    ('UTC-5', 'UTC+5:30', 'UTC')
    """
    if not hours:
        return UTC
    whole, part = divmod(round(abs(hours) * 60), 60)
    return Zone(f"UTC{'-' if hours < 0 else '+'}{whole}{f':{part:02d}' if part else ''}", round(hours * _HOUR))


def _exists(name: str) -> bool:
    import polars as pl

    try:
        pl.Series([0]).cast(pl.Datetime("us")).dt.replace_time_zone(name, ambiguous="earliest", non_existent="null")
    except pl.exceptions.PolarsError:
        return False
    return True
