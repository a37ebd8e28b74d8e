"""Ranges of a feed as packed ticks: one mapped file of twelve bytes a tick, made day by day, so that they may outgrow memory.

Beside it lies what runs make of them once, their bars and ranges (`market.timeline`): the next process begins at once.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from btlab.data.cache.folder import CacheFolder
from btlab.data.cache.mapped import Put
from btlab.data.files.manifest import Segment
from btlab.errors import SeriesError
from btlab.market.packed import NO_GRID, NONE, PackedTicks, pack
from btlab.market.series import Ticks

if TYPE_CHECKING:
    from btlab.data.reading.ticks import TickReader

RULES = 1
_DAYS = 8
"""Segments that are read in one go."""
_MINUTES_A_DAY = 1_440


@dataclass(frozen=True)
class PackedRange:
    """start <= time < end of one feed, packed.

    Args:
        reader: of the feed's ticks. segments: those that have any of the range. start, end: µs UTC; None is open.
    """

    reader: TickReader
    segments: Sequence[Segment]
    start: int | None
    end: int | None

    def ticks(self, files: CacheFolder) -> PackedTicks:
        """Mapped from the cache, where they are put if they are not there; in memory where the cache has no room for them.

        Raises:
            SeriesError: prices on no grid, or there are none in this range. DamagedError, FileNotFoundError: as `TickReader`.
        """
        key, digits, room = self._key(), self._digits(), self._room()
        found = files.get(key) or files.make(key, room, lambda put: self._fill(put, digits))
        columns = found.columns if found else self._in_memory(room, digits)
        count, minutes = columns["counts"].tolist()
        offset, bid, ask = (columns[name][:count] for name in ("offset", "bid", "ask"))
        start, first = columns["minute_start"][:minutes], columns["minute_tick"][: minutes + 1]
        return PackedTicks(offset, bid, ask, start, first, digits, self.reader.symbol, Kept(files, key))

    def _key(self) -> str:
        about = [RULES, self.start, self.end, *(segment.sha256 for segment in self.segments)]
        return hashlib.sha256(repr(about).encode()).hexdigest() + ".packed"

    def _digits(self) -> int:
        grids = [segment.digits for segment in self.segments]
        if not grids:
            raise SeriesError(NONE.format(self.reader.symbol))
        if any(digits is None for digits in grids):
            raise SeriesError(NO_GRID.format(self.reader.symbol))
        return max(digits for digits in grids if digits is not None)

    def _room(self) -> dict[str, tuple[str, int]]:
        rows = sum(segment.rows for segment in self.segments)
        minutes = sum(min(segment.rows, _MINUTES_A_DAY) for segment in self.segments)
        prices = dict.fromkeys(("offset", "bid", "ask"), ("<i4", rows))
        return {**prices, "minute_start": ("<i8", minutes), "minute_tick": ("<i8", minutes + 1), "counts": ("<i8", 2)}

    def _in_memory(self, room: dict[str, tuple[str, int]], digits: int) -> dict[str, np.ndarray]:
        columns = {name: np.empty(length, dtype) for name, (dtype, length) in room.items()}

        def put(name: str, first: int, rows: np.ndarray) -> None:
            columns[name][first : first + len(rows)] = rows

        self._fill(put, digits)
        return columns

    def _fill(self, put: Put, digits: int) -> None:
        count = minutes = 0
        for piece in self._pieces(digits):
            put("offset", count, piece.offset)
            put("bid", count, piece.bid_points)
            put("ask", count, piece.ask_points)
            put("minute_start", minutes, piece.minute_start)
            put("minute_tick", minutes, piece.minute_tick + count)
            count, minutes = count + len(piece), minutes + len(piece.minute_start)
        if not count:
            raise SeriesError(NONE.format(self.reader.symbol))
        put("counts", 0, np.array([count, minutes]))

    def _pieces(self, digits: int) -> Iterator[PackedTicks]:
        """A file of ticks holds one day, so no minute lies in two of them."""
        for at in range(0, len(self.segments), _DAYS):
            part = self.reader.part(self.segments[at : at + _DAYS])
            time, bid, ask, _, _ = part.read(self.start, self.end, prepare=False)
            if len(time):
                yield pack(Ticks(time, bid, ask, None, None, self.reader.symbol, False), digits)


@dataclass(frozen=True)
class Kept:
    """What was made of packed ticks, in the cache beside them."""

    files: CacheFolder
    key: str

    def get(self, name: str) -> dict[str, np.ndarray] | None:
        found = self.files.get(self._key(name))
        return None if found is None else found.columns

    def keep(self, name: str, columns: dict[str, np.ndarray]) -> None:
        self.files.keep(self._key(name), columns)

    def _key(self, name: str) -> str:
        from btlab.market.jit import sources_hash

        return hashlib.sha256(f"{self.key} {sources_hash(('market',))} {name}".encode()).hexdigest() + ".made"
