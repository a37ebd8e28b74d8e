"""The hot cache: a day file's ticks as mapped columns, 12 bytes a tick and their sizes, keyed by the day file's checksum.

Times are uint32 µs from the base of their block; a block ends where 71 minutes are over. Prices on a grid are int32 points.
Parquet to arrays runs at 7 M rows/s, this at over 100: what is read again is read from here. It is made behind the back of
whoever read a file first, and the neighbours of what was read are made beforehand.
"""

from __future__ import annotations

import numpy as np

from btlab.data.cache.folder import CacheFolder
from btlab.data.cache.mapped import Mapped
from btlab.data.files.manifest import Segment
from btlab.data.rows import Columns

RULES = 1
_SPAN = 2**32


def key_of(segment: Segment) -> str:
    return f"{segment.sha256}.ticks{RULES}"


class HotTicks:
    """Ticks of segments as mapped columns.

    Args:
        files: where they are kept.
    """

    def __init__(self, files: CacheFolder) -> None:
        self.files = files
        self.prepared = set[str]()
        """Keys of what this process has seen to already."""

    def find(self, segment: Segment, *, trades: bool, sizes: bool) -> Mapped | None:
        """The mapped columns of a segment; None where they are not there, or not of such ticks."""
        mapped = self.files.get(key_of(segment))
        if mapped is None:
            return None
        wanted = (
            {"offset", "row", "base", "bid"} | (set() if trades else {"ask"}) | ({"bid_size", "ask_size"} if sizes else set())
        )
        return mapped if wanted <= mapped.columns.keys() and len(mapped.columns["offset"]) == segment.rows else None

    def keep(self, segment: Segment, columns: Columns, *, trades: bool) -> None:
        """Keep the ticks of a whole segment."""
        offset, row, base = _blocks(columns.time)
        kept = {"offset": offset, "row": row, "base": base, "bid": _points(columns.bid, segment.digits)}
        if not trades:
            kept["ask"] = _points(columns.ask, segment.digits)
        for name in ("bid_size", "ask_size"):
            size = getattr(columns, name)
            if size is not None:
                kept[name] = _narrow(size)
        self.files.keep(key_of(segment), kept)


def rows_between(mapped: Mapped, start: int | None, end: int | None) -> slice:
    """The rows with start <= time < end; None is open."""
    return slice(0 if start is None else _first_at(mapped, start), _rows(mapped) if end is None else _first_at(mapped, end))


def fill(mapped: Mapped, digits: int | None, rows: slice, out: Columns) -> None:
    """Some rows into writable arrays of their number; the ask of trades is their bid."""
    from btlab.data.kernels.hot import to_prices, to_times

    columns = mapped.columns
    if rows.stop <= rows.start:
        return
    to_times(columns["offset"], columns["row"], columns["base"], rows.start, out.time)
    for name in ("bid", "ask"):
        if name not in columns:
            continue
        if digits is None:
            getattr(out, name)[:] = columns[name][rows]
        else:
            to_prices(columns[name][rows], 10.0**digits, getattr(out, name))
    for name in ("bid_size", "ask_size"):
        size = getattr(out, name)
        if size is not None:
            size[:] = columns[name][rows]


def _rows(mapped: Mapped) -> int:
    return len(mapped.columns["offset"])


def _first_at(mapped: Mapped, time: int) -> int:
    """The first row at or after a time."""
    row, base, offset = (mapped.columns[name] for name in ("row", "base", "offset"))
    block = int(np.searchsorted(base, time, side="left")) - 1
    if block < 0:
        return 0
    begin, stop = int(row[block]), int(row[block + 1]) if block + 1 < len(row) else len(offset)
    beyond = time - int(base[block])
    return stop if beyond >= _SPAN else begin + int(np.searchsorted(offset[begin:stop], np.uint32(beyond)))


def _blocks(time: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Offset of each row, and row and base of each block."""
    starts = [0]
    while (stop := int(np.searchsorted(time, time[starts[-1]] + _SPAN))) < len(time):
        starts.append(stop)
    row = np.array(starts, np.int64)
    base = np.ascontiguousarray(time[row])
    lengths = np.diff(row, append=len(time))
    return (time - np.repeat(base, lengths)).astype(np.uint32), row, base


def _points(side: np.ndarray, digits: int | None) -> np.ndarray:
    from btlab.data.kernels.hot import MISSING

    if digits is None:
        return side
    missing = np.isnan(side)
    return np.where(missing, float(MISSING), np.rint(side * 10.0**digits)).astype(np.int32)


def _narrow(size: np.ndarray) -> np.ndarray:
    """As float32 where that loses nothing."""
    with np.errstate(over="ignore"):
        small = size.astype(np.float32)
    return small if np.array_equal(small.astype(np.float64), size) else size
