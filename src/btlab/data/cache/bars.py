"""The bar cache: bars made from ticks, kept by chunk: a day of seconds, a month of minutes, a year of anything longer.

A chunk holds the bars that begin in it. Calendars say where bars begin, not data, so a chunk is made from the ticks from its
start to one bar's length beyond its end, and its key names the checksums of every segment that has such ticks: when a day is
added, the last chunk alone is made anew. Longer bars are made from minutes, as everywhere (a volume is the sum of its minutes').
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial

import numpy as np

from btlab.data.cache.background import background
from btlab.data.cache.folder import CacheFolder
from btlab.data.reading.ticks import TickReader
from btlab.market.series import BAR_COLUMNS, Bars, Ticks
from btlab.market.timeframe import MICROSECONDS

RULES = 1
_HOUR = MICROSECONDS["1h"]
_MINUTE = MICROSECONDS["1m"]
_DAY = MICROSECONDS["1d"]
_LATE = 14 * _DAY
_SMALL_PART = 4
_WORTH_KEEPING = 20_000


@dataclass(frozen=True)
class BarMaker:
    """Bars of one feed's ticks, from the cache where they are there.

    Args:
        ticks: of the feed. feed: its name. price: "bid", "ask" or "mid". calendar: where days begin. files: the cache.
    """

    ticks: TickReader
    feed: str
    price: str
    calendar: str
    files: CacheFolder

    def bars(self, timeframe: str, start: int | None, end: int | None) -> Bars:
        """The bars whose start lies in start <= time < end; None is open. The last of the data may be unfinished.

        Raises:
            DamagedError, FileNotFoundError: as of ticks.
        """
        first, last = self.ticks.segments[0].first, self.ticks.segments[-1].last
        begin = max(first - reach(timeframe), first - reach(timeframe) if start is None else start)
        stop = min(last + 1, last + 1 if end is None else end)
        parts = [self._chunk(timeframe, chunk, begin, stop) for chunk in chunks(timeframe, begin, stop)]
        columns = (np.concatenate([np.empty(0, kind), *(getattr(part, name) for part in parts)]) for name, kind in _KINDS)
        time, open_, high, low, close, volume = columns
        return Bars(time, open_, high, low, close, volume, timeframe, self.ticks.symbol)

    def _chunk(self, timeframe: str, chunk: tuple[int, int], start: int, end: int) -> Bars:
        """The bars of a chunk that begin in start <= time < end."""
        which = self.ticks.touching(chunk[0], chunk[1] + reach(timeframe))
        rows = sum(segment.rows for segment in self.ticks.segments[which])
        inside = max(chunk[0], start), min(chunk[1], end)
        if not rows:
            return self._made(timeframe, 0, 0)
        if rows < _WORTH_KEEPING or self.files.closed:
            return self._found(timeframe, chunk, which, inside) or self._made(timeframe, *inside)
        found = self._found(timeframe, chunk, which, inside)
        if found is not None:
            return found
        part = self.ticks.touching(inside[0], inside[1] + reach(timeframe))
        if sum(segment.rows for segment in self.ticks.segments[part]) * _SMALL_PART < rows:
            background.submit(self._key(timeframe, chunk, which), partial(self._keep, timeframe, chunk, which))
            return self._made(timeframe, *inside)
        return between(self._keep(timeframe, chunk, which), *inside)

    def _keep(self, timeframe: str, chunk: tuple[int, int], which: slice) -> Bars:
        bars = self._made(timeframe, *chunk)
        self.files.keep(self._key(timeframe, chunk, which), {name: getattr(bars, name) for name in BAR_COLUMNS})
        return bars

    def _found(self, timeframe: str, chunk: tuple[int, int], which: slice, inside: tuple[int, int]) -> Bars | None:
        mapped = self.files.get(self._key(timeframe, chunk, which))
        if mapped is None or mapped.columns.keys() < set(BAR_COLUMNS):
            return None
        time, open_, high, low, close, volume = (mapped.columns[name] for name in BAR_COLUMNS)
        return between(Bars(time, open_, high, low, close, volume, timeframe, self.ticks.symbol), *inside)

    def _made(self, timeframe: str, start: int, end: int) -> Bars:
        """The bars that begin in start <= time < end, from ticks, or from minutes."""
        from btlab.market import timeline

        data: Bars | Ticks
        if MICROSECONDS[timeframe] > _MINUTE:
            data = self.bars("1m", start, end + reach(timeframe)) if end > start else nothing("1m", self.ticks.symbol)
        else:
            columns = self.ticks.read(start, end + reach(timeframe) if end > start else start)
            data = Ticks(*columns, self.ticks.symbol, self.ticks.trades)
        if not len(data):
            return nothing(timeframe, self.ticks.symbol)
        return between(timeline.bars(data, timeframe, price=self.price, calendar=self.calendar), start, end)

    def _key(self, timeframe: str, chunk: tuple[int, int], which: slice) -> str:
        from btlab.market.jit import sources_hash

        sums = [segment.sha256 for segment in self.ticks.segments[which]]
        about = [RULES, sources_hash(), self.ticks.symbol, self.feed, timeframe, self.price, self.calendar, *chunk, *sums]
        return hashlib.sha256("\0".join(map(str, about)).encode()).hexdigest()


_KINDS = [(name, np.int64 if name == "time" else np.float64) for name in BAR_COLUMNS]


def reach(timeframe: str) -> int:
    """µs from a bar's start within which it ends: a day has 25 hours where clocks go back, a month may begin days late."""
    length = MICROSECONDS[timeframe]
    return length + (_LATE if length >= _DAY else _HOUR if length > _HOUR else 0)


def chunks(timeframe: str, start: int, end: int) -> Iterator[tuple[int, int]]:
    """The chunks that meet start <= time < end, in µs UTC."""
    length = MICROSECONDS[timeframe]
    unit = "D" if length < _MINUTE else ("M" if length < _HOUR else "Y")
    at = np.datetime64(start, "us").astype(f"datetime64[{unit}]")
    while (begin := int(at.astype("datetime64[us]").astype(np.int64))) < end:
        at += 1
        yield begin, int(at.astype("datetime64[us]").astype(np.int64))


def between(bars: Bars, start: int | None, end: int | None) -> Bars:
    """The bars that begin in start <= time < end; None is open."""
    first = 0 if start is None else int(np.searchsorted(bars.time, start))
    last = len(bars) if end is None else int(np.searchsorted(bars.time, end))
    return bars[first : max(first, last)]


def nothing(timeframe: str, symbol: str) -> Bars:
    """No bars."""
    empty = np.empty(0)
    return Bars(np.empty(0, np.int64), empty, empty, empty, empty, empty, timeframe, symbol)
