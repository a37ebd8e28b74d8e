"""Arrow IPC: a file (Feather 2) or a stream of ticks or bars, by the names of its columns. Files are read in parts."""

from __future__ import annotations

import io
from functools import partial
from typing import TYPE_CHECKING, Any

from btlab.data.importers import columnar
from btlab.data.importers.base import Options, Reader, Verdict
from btlab.data.importers.source import Source

if TYPE_CHECKING:
    import polars as pl

NAME = "arrow"
TAKES_DATE = False

_FILE, _STREAM = b"ARROW1", b"\xff\xff\xff\xff"


def recognise(source: Source) -> Verdict | None:
    """By the first bytes of a file, or of a stream."""
    head = source.head[:6]
    return columnar.recognise(source, "Arrow", _open) if head == _FILE or head[:4] == _STREAM else None


def reader(source: Source, options: Options) -> Reader:
    """All rows.

    Raises:
        FormatError, SeriesError: it is damaged, or its columns are none of ticks or bars.
    """
    return columnar.reader(source, options, NAME, "Arrow", _open)


def _open(source: Source) -> columnar.Table:
    import polars as pl

    if source.head[:6] == _FILE:
        file: Any = source.path if source.plain else io.BytesIO(source.content(columnar.MOST_IN_MEMORY))
        return columnar.Table(list(pl.read_ipc_schema(file)), partial(_rows, pl.scan_ipc(file, glob=False)))
    frame = pl.read_ipc_stream(io.BytesIO(source.content(columnar.MOST_IN_MEMORY)))
    return columnar.Table(frame.columns, columnar.frame_of(frame).slice)


def _rows(table: pl.LazyFrame, start: int, count: int) -> pl.DataFrame:
    return columnar.frame_of(table.slice(start, count).collect())
