"""Where a head can be sent: what "Go to" reads, steps, jumps from trade to trade. `place.ts` and `travel.ts` are the twins."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, tzinfo
from functools import cached_property
from typing import Any
from zoneinfo import ZoneInfo

import numpy as np

from btlab.errors import TimeframeError, WidgetError
from btlab.market.codes import MODIFIED, PLACED
from btlab.market.timeframe import DAY, TIMEFRAMES, index_of
from btlab.market.times import as_index, to_datetime, to_microseconds
from btlab.widgets.events import Events
from btlab.widgets.tape import Tape
from btlab.widgets.viewstate import MODULUS

UNITS = {"s": 1e6, "min": 60e6, "m": 60e6, "h": 3_600e6, "d": 86_400e6, "w": 7 * 86_400e6}
_TICK = re.compile(r"#\s*(\d[\d,]*)")
_TRADE = re.compile(r"trade\s*#?(\d{1,12})", re.I)
_DISTANCE = re.compile(r"([+\-\u2212])\s*(\d{1,9}(?:\.\d{1,9})?)\s*(s|min|m|h|d|w)", re.I)
_CLOCK = re.compile(r"(\d{1,2}):(\d{2})(?::(\d{2}))?")
_DATE = re.compile(r"(\d{4})-(\d{1,2})-(\d{1,2})(?:[ T](\d{1,2}):(\d{2})(?::(\d{2}))?)?(Z?)", re.I)
FACTOR = 16_807
FIRST, LAST = 0.05, 0.9
"""A random start lies in this part of a session: with something before it, and something to come."""


class Places:
    """The places of a tape."""

    def __init__(self, tape: Tape) -> None:
        self.tape, self.session = tape, tape.session
        self._ends_of: dict[int, np.ndarray] = {}

    def tick_of(self, moment: Any, position: int, zone: str = "UTC") -> int:
        """The tick that a tick's index, a datetime or a text means: for a time, the last tick at or before it.

        Args:
            position: the tick from which a distance counts, and on whose day a time of a day is.
            zone: whose clock a text without an offset means; a datetime without one is UTC, as everywhere.

        Raises:
            WidgetError: there is no such tick, or none at that time. SeriesError: a text that is no time.
        """
        if isinstance(moment, str):
            return self._read(moment.strip(), position, ZoneInfo(zone))
        if isinstance(moment, date):
            return self._inside(to_microseconds(moment), whole_day=not isinstance(moment, datetime))
        tick, count = as_index(moment), self.tape.count
        if tick is None:
            raise WidgetError(f"{moment!r} is no moment; give a tick's index, a datetime or a text such as 2014-05-07 13:30")
        if not 0 <= tick < count:
            raise WidgetError(f"there is no tick {tick}; this session has ticks 0 to {count - 1}", tick=tick)
        return tick

    def _read(self, text: str, position: int, zone: ZoneInfo) -> int:
        now = self.tape.data.time_at(position)
        if parts := _TICK.fullmatch(text):
            return self.tick_of(int(parts[1].replace(",", "")[:18]), position)
        if parts := _TRADE.fullmatch(text):
            return self.entry(int(parts[1]))
        if parts := _DISTANCE.fullmatch(text):
            way = 1 if parts[1] == "+" else -1
            return self._inside(now + way * int(float(parts[2]) * UNITS[parts[3].lower()]), zone)
        if parts := _CLOCK.fullmatch(text):
            hours, minutes, seconds = int(parts[1]), int(parts[2]), int(parts[3] or 0)
            if hours > 23 or minutes > 59 or seconds > 59:
                raise WidgetError(f"{text} is no time of a day")
            day = to_datetime(now).astimezone(zone)
            time = to_microseconds(day.replace(hour=hours, minute=minutes, second=seconds, microsecond=0, fold=0))
            first, last = self.tape.data.first_time, self.tape.data.last_time
            return self._inside(time + DAY if time < first else time - DAY if time > last else time, zone)
        parts = _DATE.fullmatch(text)
        return self._inside(_time(text, parts, zone), zone, whole_day=parts is not None and parts[4] is None)

    def _inside(self, time: int, zone: tzinfo = UTC, *, whole_day: bool = False) -> int:
        """The last tick at or before a time of the data; the day in which they begin is their beginning."""
        first, last = self.tape.data.first_time, self.tape.data.last_time
        if whole_day and time < first < time + DAY:
            return 0
        if not first <= time <= last:
            said, begin, end = (_said(each, zone) for each in (time, first, last))
            raise WidgetError(
                f"{said} is outside the data: they go from {begin} to {end} {zone}", time=time, first=first, last=last
            )
        return max(self.tape.data.count_by(time) - 1, 0)

    def stepped(self, position: int, count: Any, unit: str) -> int:
        """The tick `count` steps on, or back where it is negative: ticks, or ends of bars of a timeframe.

        Raises:
            WidgetError: no such count. TimeframeError: no such unit.
        """
        if type(count) is not int:
            raise WidgetError(f"{count!r} is no number of steps; give an int, a negative one to step back")
        timeline, last = self.session.timeline, self.tape.count - 1
        row = -1 if unit == "tick" else self._panel_of(unit)
        if row < timeline.base:
            return min(max(position + count, 0), last)
        places = self._ends(row)
        after = int(np.searchsorted(places, position, side="right"))
        before = int(np.searchsorted(places, position, side="left"))
        index = after + count - 1 if count > 0 else before + count
        if count == 0:
            return position
        return int(places[index]) if 0 <= index < len(places) else last if count > 0 else 0

    def _ends(self, row: int) -> np.ndarray:
        """The last tick before the end of each bar of a panel, each once, ascending."""
        if row not in self._ends_of:
            timeline = self.session.timeline
            ends = np.minimum(timeline.closer[timeline.rows(row)], self.tape.count) - 1
            self._ends_of[row] = ends[np.append(True, np.diff(ends) > 0)[: len(ends)]]
        return self._ends_of[row]

    def _panel_of(self, unit: str) -> int:
        """Row of a panel's timeframe."""
        if index_of(unit) >= len(TIMEFRAMES):
            raise TimeframeError(f"{unit} has no panel; a step is a tick or a bar of {', '.join(TIMEFRAMES)}", timeframe=unit)
        return index_of(unit)

    # ------------------------------------------------------------ trades, marks, chance

    @cached_property
    def events(self) -> Events:
        return Events(self.session)

    @cached_property
    def _trades(self) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
        """(id, entry, exit, profit) in the order of entries; a part is entered where it left its lot. Exit NaN: open."""
        rows = self.session.records["trade"]
        entry = self.events.known(rows["entry_time"], rows["entry_tick"]).astype(np.float64)
        left = np.where(rows["exit_tick"] >= 0, self.events.known(rows["exit_time"], rows["exit_tick"]), np.nan)
        part = rows["parent"] > 0
        entry[part] = np.where(np.isnan(left[part]), np.inf, left[part])
        order = np.argsort(entry, kind="stable")
        return np.arange(1, len(rows) + 1)[order], entry[order], left[order], self.session.trades["pnl"].to_numpy()[order]

    @cached_property
    def decisions(self) -> np.ndarray:
        """Ticks with a mark, and those at which the strategy placed or changed an order."""
        mark, change = self.session.records["mark"], self.session.records["change"]
        change = change[np.isin(change["what"], (PLACED, MODIFIED))]
        both = [self.events.known(rows["time"], rows["tick"]) for rows in (mark, change)]
        return np.unique(np.concatenate(both).clip(0, self.tape.count - 1)).astype(np.int64)

    def entry(self, trade: int) -> int:
        """The tick at which a trade was entered.

        Raises:
            WidgetError: there is no such trade.
        """
        number, entry, _, _ = self._trades
        found = np.flatnonzero(number == trade)
        if not len(found) or not np.isfinite(entry[found[0]]):
            raise WidgetError(f"there is no trade {trade} to go to; this session has {len(number)}", trade=trade)
        return int(entry[found[0]])

    def trade(self, position: int, way: int, *, other_end: bool, selected: int | None) -> tuple[int, int]:
        """(tick, id) of the next (1) or the previous (-1) trade's entry, or of the other end of the one the head is at.

        Raises:
            WidgetError: there is none.
        """
        number, entry, left, _ = self._trades
        side = "right" if way > 0 else "left"
        row = int(np.searchsorted(entry, position, side=side)) - (way < 0)  # type: ignore[call-overload]
        if not other_end:
            if not 0 <= row < len(entry) or not np.isfinite(entry[row]):
                raise WidgetError("there is no later trade" if way > 0 else "there is no earlier trade")
            return int(entry[row]), int(number[row])
        chosen = np.flatnonzero(number == selected)
        if len(chosen) and entry[chosen[0]] <= position:
            row = int(chosen[0])
        if not 0 <= row < len(entry):
            raise WidgetError("there is no trade here")
        target = entry[row] if way < 0 and position > entry[row] else left[row]
        if not np.isfinite(target):
            raise WidgetError(f"trade {number[row]} is still open at the end")
        return int(target), int(number[row])

    def mark(self, position: int, way: int, bookmarks: list[int]) -> int:
        """The next (1) or the previous (-1) mark, decision or bookmark.

        Raises:
            WidgetError: there is none.
        """
        there = np.union1d(self.decisions, np.asarray(bookmarks, np.int64))
        there = there[there > position] if way > 0 else there[there < position]
        if not len(there):
            raise WidgetError("there is no later mark or decision" if way > 0 else "there is no earlier mark or decision")
        return int(there[0] if way > 0 else there[-1])

    def worst(self) -> tuple[int, int]:
        """(tick, id) of the entry of the trade that lost most, or won least.

        Raises:
            WidgetError: no trade was closed.
        """
        number, entry, left, profit = self._trades
        closed = np.isfinite(left)
        if not closed.any():
            raise WidgetError("no trade was closed")
        row = int(np.argmin(np.where(closed, profit, np.inf)))
        return int(entry[row]), int(number[row])

    def random(self, seed: int) -> tuple[int, int]:
        """(a tick by chance, the next seed): the same seed leads to the same places, here and in the page."""
        seed = seed * FACTOR % MODULUS
        return int((FIRST + (LAST - FIRST) * seed / MODULUS) * self.tape.count), seed


def _time(text: str, parts: re.Match[str] | None, zone: tzinfo) -> int:
    """µs UTC of what a clock in a zone shows; of two such moments the earlier one, and what it never shows is an hour later."""
    try:
        numbers = [int(part or 0) for part in parts.groups()[:6]] if parts else []
        moment = datetime(*numbers) if parts else datetime.fromisoformat(text)  # type: ignore[arg-type]
    except ValueError:
        return to_microseconds(text)  # which says what is wrong
    zone = UTC if parts and parts[7] else zone
    return to_microseconds(moment if moment.tzinfo else moment.replace(tzinfo=zone))


def _said(time: int, zone: tzinfo) -> str:
    try:
        return to_datetime(time).astimezone(zone).replace(tzinfo=None).isoformat(" ")
    except OverflowError:
        return "that"
