"""Overlays that are there: trading sessions and the volume profile."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, date, datetime, time, timedelta
from typing import Any, ClassVar
from zoneinfo import ZoneInfo

import numpy as np

from btlab.errors import WidgetError, did_you_mean
from btlab.market.hours import open_hours
from btlab.market.series import Bars
from btlab.market.timeframe import DAY, MICROSECONDS
from btlab.widgets.overlays.base import Overlay, Source
from btlab.widgets.overlays.shapes import Shape, profile, shade

CITIES: dict[str, tuple[str, int, int, str]] = {
    "Asia": ("Asia/Tokyo", 9, 18, "violet"),
    "London": ("Europe/London", 8, 17, "blue"),
    "New York": ("America/New_York", 8, 17, "amber"),
}
"""Name -> zone, local hours of opening and closing, and colour; Monday to Friday there, summer time included."""
TO_AN_HOUR = ("1m", "5m", "15m", "1h")


class Sessions(Overlay):
    """Trading sessions, shaded; `sessions` makes it."""

    timeframe = TO_AN_HOUR

    def __init__(self, cities: Sequence[str] | None, timeframe: str | tuple[str, ...] | None) -> None:
        super().__init__(timeframe=timeframe)
        for city in cities or ():
            if city not in CITIES:
                raise WidgetError(f"no session {city!r}.{did_you_mean(city, CITIES)}", name=city)
        self.cities = tuple(cities) if cities else None

    @property
    def title(self) -> str:
        return "Sessions"

    def shapes(self, source: Source) -> list[Shape]:
        calendar, bars = source.session.calendar, source.bars
        if self.cities is None and calendar.split()[0] not in ("fx", "24x7") and len(bars):
            inside = _inside(bars.time, *open_hours(calendar, int(bars.time[0]), int(bars.time[-1])))
            return [shade(inside, name=calendar.split()[0], colour="grey")]
        return [_city(name, bars) for name in self.cities or ("London", "New York")]


def sessions(cities: Sequence[str] | None = None, *, timeframe: str | tuple[str, ...] | None = None) -> Sessions:
    """Trading sessions, shaded behind the bars up to 1h.

    Args:
        cities: of "Asia", "London", "New York"; by default the last two, and where the calendar is an exchange's, its hours.
        timeframe: whose panels.

    Raises:
        WidgetError: no such session or panel.
    """
    return Sessions(cities, timeframe)


class VolumeProfile(Overlay):
    """Volume at each price of the view; `volume_profile` makes it."""

    rows: int = 40
    limits: ClassVar[dict[str, tuple[float, float]]] = {"rows": (2, 500)}

    @property
    def title(self) -> str:
        return f"Volume profile {self.rows}"

    def draw(self, _bars: Bars) -> Shape:
        return profile(rows=self.rows, colour="blue")


def volume_profile(*, timeframe: str | tuple[str, ...] | None = None, rows: int = 40) -> VolumeProfile:
    """How much was traded at each price, from the side: of the completed bars in view, each spread evenly over its range.

    Args:
        timeframe: whose panels; the strategy's first by default. Finer bars give a finer profile.
        rows: into how many prices the view is divided, 2 to 500.
    """
    return VolumeProfile(timeframe=timeframe, rows=rows)


def _city(name: str, bars: Bars) -> Shape:
    zone, opening, closing, colour = CITIES[name]
    length = MICROSECONDS[bars.timeframe]
    days = np.unique(bars.time // DAY).tolist()
    around = sorted({day + step for day in days for step in (-1, 0, 1)})
    spans = [
        (_local(day, opening, zone), _local(day, closing, zone))
        for day in (date(1970, 1, 1) + timedelta(days=number) for number in around)
        if day.weekday() < 5
    ]
    starts, ends = np.array(spans, np.int64).reshape(-1, 2).T
    return shade(_inside(bars.time + length // 2, starts, ends), name=name, colour=colour)


def _inside(times: np.ndarray, starts: np.ndarray, ends: np.ndarray) -> np.ndarray:
    """Which times lie in one of the stretches, which are in order."""
    row = np.searchsorted(starts, times, side="right") - 1
    return (row >= 0) & (times < np.append(ends, 0)[row])


def _local(day: date, hour: int, zone: str) -> int:
    moment: Any = datetime.combine(day, time(hour), ZoneInfo(zone)).astimezone(UTC)
    return round(moment.timestamp()) * 1_000_000
