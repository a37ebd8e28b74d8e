"""The zone of local times, told by the weekly gap of FX: it closes on Friday at 17:00 New York and opens on Sunday at 17:00.

Each gap says how far local clocks are from New York's on that weekend, and gaps of summer and winter tell clocks that never
change from those that change with New York's or with Europe's. Most MetaTrader servers keep New York's clock, 7 hours ahead.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import UTC as _UTC
from datetime import datetime, time, timedelta
from functools import cache, lru_cache
from typing import NamedTuple

import numpy as np

from btlab.data.zones import UTC, Zone, ahead_of, fixed
from btlab.market.calendar import NEW_YORK

HOUR = 3_600_000_000
DAY = 24 * HOUR
SHORTEST, LONGEST = 43 * HOUR, 53 * HOUR
"""A weekend of FX with clocks that change within it, and with an early or a late opening; an exchange's is 56 hours or more."""

_EUROPE = ("Europe/London", "Europe/Berlin", "Europe/Athens")
_WORST = 6 * HOUR
_GOOD_ENOUGH = HOUR
_EVIDENCE = HOUR // 2
_SATURDAY = 2 * DAY
_OPENS_COUNT = 0.25
"""An opening tells less than a close: metals open an hour later, and FXCM of 2014 two hours before."""


class Found(NamedTuple):
    """A zone, how many weekends told it, and what is left unexplained: µs a weekend."""

    zone: Zone
    weekends: int
    off: float


class Gaps:
    """Weekly gaps, collected from local times as they are read.

    Args:
        step: µs from the start of a bar to its end; 0 of ticks.
    """

    def __init__(self, step: int = 0) -> None:
        self.step, self.found = step, list[tuple[int, int]]()
        self._last = np.empty(0, np.int64)

    def see(self, local: np.ndarray) -> None:
        """Times behind those seen before."""
        times = np.concatenate([self._last, local])
        pauses = np.diff(times) - self.step
        for row in np.flatnonzero((pauses >= SHORTEST) & (pauses <= LONGEST)).tolist():
            self.found.append((int(times[row]), int(times[row + 1])))
        self._last = times[-1:]


def find_zone(gaps: Sequence[tuple[int, int]], step: int = 0) -> Found | None:
    """The zone whose clocks explain the gaps best; None where nothing does.

    Where several explain them equally well, as they do where all weekends are of one season: New York's clock 7 hours ahead,
    else the one that never changes.

    Args:
        gaps: local µs of the last time before and the first time after each. step: µs; of bars the length.
    """
    if not gaps:
        return None
    weekends = _Weekends.of(gaps, step)
    found = [Found(zone, len(gaps), weekends.off(zone)) for zone in _candidates()]
    best = min(found, key=lambda one: round(one.off / 60_000_000))
    return best if best.off <= _GOOD_ENOUGH else None


def contradiction(gaps: Sequence[tuple[int, int]], step: int, said: Zone) -> str | None:
    """What speaks against a zone; None where nothing does. Bars of days say nothing: those of an exchange have the same gaps.

    Args:
        gaps: µs UTC, as the zone made them; other pauses may be among them. step: as of `find_zone`.
    """
    weekly = [gap for gap in gaps if SHORTEST <= gap[1] - gap[0] - step <= LONGEST]
    if not weekly or step >= DAY:
        return None
    before, after = (said.offsets(edges) for edges in zip(*weekly, strict=True))
    local = [(b + int(east), a + int(later)) for (b, a), east, later in zip(weekly, before, after, strict=True)]
    best, off = find_zone(local, step), _Weekends.of(local, step).off(said)
    if best is None or off - best.off < _EVIDENCE:
        return None
    many = f"{len(weekly)} weekends" if len(weekly) > 1 else "one weekend"
    return (
        f"times were read as {said.name}, but the weekly gap (FX closes on Friday and opens on Sunday at 17:00 New York) says "
        f'{best.zone.name}, by {many}: tz="{best.zone.name}" reads them so'
    )


@cache
def _candidates() -> tuple[Zone, ...]:
    """All zones that are tried, the likelier ones first."""
    hours = sorted(range(-12, 15), key=abs)
    halves = sorted((k + 0.5 for k in range(-12, 14)), key=abs)
    return (
        ahead_of("America/New_York", 7),
        UTC,
        *(fixed(hour) for hour in hours if hour),
        *(ahead_of("America/New_York", hour) for hour in hours if hour != 7),
        *(Zone(name, base="Europe/London", ahead=hour * HOUR) for hour, name in enumerate(_EUROPE)),
        *(ahead_of("Europe/London", hour) for hour in hours if hour not in (0, 1, 2)),
        *(fixed(half) for half in halves),
    )


class _Weekends(NamedTuple):
    """Where weekly gaps are in local times, and in UTC: all int64 µs, one a weekend."""

    lasts: np.ndarray
    firsts: np.ndarray
    closes: np.ndarray
    opens: np.ndarray
    step: int

    @staticmethod
    def of(gaps: Sequence[tuple[int, int]], step: int) -> _Weekends:
        edges = zip(*((*gap, *_weekend(gap)) for gap in gaps), strict=True)
        lasts, firsts, closes, opens = (np.array(edge, np.int64) for edge in edges)
        return _Weekends(lasts, firsts, closes, opens, step)

    def off(self, zone: Zone) -> float:
        """µs a weekend between where a zone has its edges and where they are; of bars the edge may lie anywhere within."""
        closes = _outside(self.closes + _offsets(zone, self.closes.tobytes()), self.lasts, self.step)
        opens = _outside(self.opens + _offsets(zone, self.opens.tobytes()), self.firsts, self.step)
        return float(np.minimum(closes + _OPENS_COUNT * opens, _WORST).mean())


def _outside(edge: np.ndarray, begin: np.ndarray, step: int) -> np.ndarray:
    """How far edges lie from the bars, or ticks, that should hold them."""
    return np.maximum(np.maximum(begin - edge, edge - begin - step), 0)


def _offsets(zone: Zone, utc: bytes) -> np.ndarray | int:
    """`Zone.offsets`; zones that change with the same clock share the look-up."""
    return zone.east if zone.east is not None else _offsets_of(zone.base or zone.name, utc) + zone.ahead


@lru_cache(8)
def _offsets_of(name: str, utc: bytes) -> np.ndarray:
    return Zone(name).offsets(np.frombuffer(utc, np.int64).tolist())


def _weekend(gap: tuple[int, int]) -> tuple[int, int]:
    """µs UTC of the closing and the opening nearest to a gap."""
    # 1970-01-03 was a Saturday; the middle of its weekend is 22:00 UTC.
    week = round(((gap[0] + gap[1]) // 2 - _SATURDAY - 22 * HOUR) / (7 * DAY))
    friday = datetime(1970, 1, 2) + timedelta(weeks=week)
    return _at_five(friday), _at_five(friday + timedelta(days=2))


def _at_five(day: datetime) -> int:
    moment = datetime.combine(day, time(17), NEW_YORK).astimezone(_UTC)
    return round(moment.timestamp()) * 1_000_000


def gaps_of(times: Iterable[np.ndarray], step: int) -> list[tuple[int, int]]:
    """The weekly gaps of local times that come in pieces."""
    gaps = Gaps(step)
    for local in times:
        gaps.see(local)
    return gaps.found
