"""Segments to arrays: mapped where the hot cache has them, else from their day files, several at once.

A day file's checksum is verified whenever it is read: at 1.5 GB/s it costs a fiftieth of the decoding. A mapped one's was
verified when this process first mapped it.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path

import numpy as np

from btlab.data.cache.background import background
from btlab.data.cache.hot import HotTicks, fill, key_of, rows_between
from btlab.data.files import segments
from btlab.data.files.manifest import Segment
from btlab.data.rows import Columns
from btlab.errors import DamagedError

_THREADS = min(4, os.cpu_count() or 1)
_WORTH_KEEPING = 2_000
_NEIGHBOURS = 8
_BATCH = 8
"""Files that are decoded in one go: one alone takes 1.7 times as long; 32 want so much fresh memory that it is lost again."""


def read_segments(folder: Path, chosen: Sequence[Segment], symbol: str, *, trades: bool, sizes: bool) -> Columns:
    """All rows of some segments, one after the other, from their files.

    Raises:
        DamagedError: a file is not what was written. FileNotFoundError: it is gone; a newer generation may have replaced it.
    """
    out, places = _room(chosen, trades=trades, sizes=sizes)
    for segment, place in zip(chosen, places):
        read_segment(folder / segment.file, segment, symbol, out.take(place))
    return out


def read_segment(path: Path, segment: Segment, symbol: str, out: Columns) -> None:
    """The rows of one segment into `out`."""
    segments.decode(_content(path, segment, symbol), segment.first, segment.digits, out)


def _content(path: Path, segment: Segment, symbol: str) -> bytes:
    content = path.read_bytes()
    if hashlib.sha256(content).hexdigest() != segment.sha256:
        raise damaged(path, segment, symbol, "its checksum differs")
    return content


class TickReader:
    """Ranges of one feed's ticks.

    Args:
        folder: of the feed's files. symbol: whose. all_: its segments of ticks, ascending. trades, sizes: what they hold.
        hot: the cache.
    """

    def __init__(self, folder: Path, symbol: str, all_: Sequence[Segment], *, trades: bool, sizes: bool, hot: HotTicks) -> None:
        self.folder, self.symbol, self.segments, self.trades, self.sizes, self.hot = folder, symbol, all_, trades, sizes, hot
        self._first = np.array([segment.first for segment in all_], np.int64)
        self._last = np.array([segment.last for segment in all_], np.int64)

    def touching(self, start: int | None, end: int | None) -> slice:
        """Which segments have a row that may lie in start <= time < end; None is open."""
        first = 0 if start is None else int(np.searchsorted(self._last, start))
        stop = len(self.segments) if end is None else int(np.searchsorted(self._first, end))
        return slice(first, max(first, stop))

    def part(self, segments: Sequence[Segment]) -> TickReader:
        """Reads some of the segments, and no sizes."""
        return TickReader(self.folder, self.symbol, segments, trades=self.trades, sizes=False, hot=self.hot)

    def read(self, start: int | None, end: int | None, *, prepare: bool = True) -> Columns:
        """The ticks with start <= time < end.

        Args:
            prepare: see to it that these and their neighbours are mapped when they are asked for again.

        Raises:
            DamagedError, FileNotFoundError: as `read_segments`.
        """
        which = self.touching(start, end)
        chosen = self.segments[which]
        out, places = _room(chosen, trades=self.trades, sizes=self.sizes)

        def some(group: slice) -> list[tuple[slice, bool]]:
            return self._some(chosen[group], [out.take(place) for place in places[group]], start, end)

        if len(chosen) < 2 * _THREADS:
            found = some(slice(None))
        else:
            stops = np.linspace(0, len(chosen), _THREADS + 1).astype(int).tolist()
            with ThreadPoolExecutor(_THREADS) as pool:
                found = [one for group in pool.map(some, map(slice, stops[:-1], stops[1:])) for one in group]
        if prepare:
            self._prepare(which, [cold for _, cold in found])
        if not found:
            return out
        return out.take(slice(places[0].start + found[0][0].start, places[-1].start + found[-1][0].stop))

    def _some(
        self, chosen: Sequence[Segment], outs: list[Columns], start: int | None, end: int | None
    ) -> list[tuple[slice, bool]]:
        """Fill in the wanted rows of some segments, at their places; which they are, and whether the file was read."""
        mapped = [self._mapped(segment, out, start, end) for segment, out in zip(chosen, outs)]
        cold = [number for number, rows in enumerate(mapped) if rows is None]
        for batch in (cold[at : at + _BATCH] for at in range(0, len(cold), _BATCH)):
            parts = [chosen[number] for number in batch]
            contents = [_content(self.folder / part.file, part, self.symbol) for part in parts]
            firsts, digits = [part.first for part in parts], [part.digits for part in parts]
            segments.decode_all(contents, firsts, digits, [outs[number] for number in batch])
        return [(_inside(out.time, start, end), True) if rows is None else (rows, False) for rows, out in zip(mapped, outs)]

    def _mapped(self, segment: Segment, out: Columns, start: int | None, end: int | None) -> slice | None:
        """Fill in the wanted rows of a segment that is mapped; which they are."""
        mapped = self.hot.find(segment, trades=self.trades, sizes=self.sizes)
        if mapped is None:
            return None
        start = None if start is None or start <= segment.first else start
        end = None if end is None or end > segment.last else end
        rows = rows_between(mapped, start, end)
        fill(mapped, segment.digits, rows, out.take(rows))
        return rows

    def _prepare(self, which: slice, cold: list[bool]) -> None:
        """Behind the caller's back: map what had to be read from files, and the neighbours that may be asked for next."""
        if self.hot.files.closed or which.start == which.stop:
            return
        many = min(_NEIGHBOURS, which.stop - which.start)
        near = [*range(which.stop, min(which.stop + many, len(self.segments))), *range(max(0, which.start - 1), which.start)]
        read = [which.start + place for place, was_cold in enumerate(cold) if was_cold]
        for place in read + [place for place in near if key_of(self.segments[place]) not in self.hot.prepared]:
            segment = self.segments[place]
            if segment.rows >= _WORTH_KEEPING:
                self.hot.prepared.add(key_of(segment))
                background.submit(key_of(segment), partial(self._map, segment))

    def _map(self, segment: Segment) -> None:
        """See to it that a segment is mapped, and its pages are in memory."""
        if self.hot.find(segment, trades=self.trades, sizes=self.sizes) is None:
            columns = read_segments(self.folder, [segment], self.symbol, trades=self.trades, sizes=self.sizes)
            self.hot.keep(segment, columns, trades=self.trades)


def _room(chosen: Sequence[Segment], *, trades: bool, sizes: bool) -> tuple[Columns, list[slice]]:
    """Columns for all rows of some segments, and the place of each."""
    stops = np.cumsum([segment.rows for segment in chosen], dtype=np.int64).tolist()
    rows = stops[-1] if stops else 0
    bid = np.empty(rows)
    size = (np.empty(rows), np.empty(rows)) if sizes else (None, None)
    out = Columns(np.empty(rows, np.int64), bid, bid if trades else np.empty(rows), *size)
    return out, [slice(stop - segment.rows, stop) for segment, stop in zip(chosen, stops)]


def _inside(time: np.ndarray, start: int | None, end: int | None) -> slice:
    first = 0 if start is None else int(np.searchsorted(time, start))
    last = len(time) if end is None else int(np.searchsorted(time, end))
    return slice(first, max(first, last))


def is_intact(path: Path, segment: Segment) -> bool:
    """Whether a file is there and says what was written."""
    try:
        return hashlib.sha256(path.read_bytes()).hexdigest() == segment.sha256
    except OSError:
        return False


def damaged(path: Path, segment: Segment, symbol: str, what: str) -> DamagedError:
    return DamagedError(
        f"ticks of {symbol!r} from {segment} are damaged ({what}): {path}. The rest can be read; import the files of that "
        'range again with overlap="replace"',
        symbol=symbol,
        start=segment.first,
        end=segment.last,
        file=str(path),
    )
