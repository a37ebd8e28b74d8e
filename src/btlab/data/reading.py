"""Segments to arrays. Every read checks the checksum: at 1.5 GB/s it costs a fiftieth of the decoding."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from btlab.data import segments
from btlab.data.manifest import Segment
from btlab.data.rows import Columns
from btlab.errors import DamagedError


def read_segments(folder: Path, chosen: Sequence[Segment], symbol: str, *, trades: bool, sizes: bool) -> Columns:
    """All rows of some segments, one after the other.

    Raises:
        DamagedError: a file is not what was written. FileNotFoundError: it is gone; a newer generation may have replaced it.
    """
    rows = sum(segment.rows for segment in chosen)
    bid = np.empty(rows)
    out = Columns(
        np.empty(rows, np.int64),
        bid,
        bid if trades else np.empty(rows),
        *((np.empty(rows), np.empty(rows)) if sizes else (None, None)),
    )
    at = 0
    for segment in chosen:
        read_segment(folder / segment.file, segment, symbol, out.take(slice(at, at + segment.rows)))
        at += segment.rows
    return out


def read_segment(path: Path, segment: Segment, symbol: str, out: Columns) -> None:
    """The rows of one segment into `out`."""
    content = path.read_bytes()
    if hashlib.sha256(content).hexdigest() != segment.sha256:
        raise damaged(path, segment, symbol, "its checksum differs")
    segments.decode(content, segment.first, segment.digits, out)


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
