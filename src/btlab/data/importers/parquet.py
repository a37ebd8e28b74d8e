"""Parquet: a table of ticks or bars by the names of its columns, read in parts."""

from __future__ import annotations

import io
from functools import partial
from typing import TYPE_CHECKING, Any

from btlab.data.importers import columnar
from btlab.data.importers.base import Options, Reader, Verdict
from btlab.data.importers.source import Source

if TYPE_CHECKING:
    import polars as pl

NAME = "parquet"
TAKES_DATE = False

_MAGIC = b"PAR1"


def recognise(source: Source) -> Verdict | None:
    """By the first four bytes."""
    return columnar.recognise(source, "Parquet", _open) if source.head[:4] == _MAGIC else None


def reader(source: Source, options: Options) -> Reader:
    """All rows.

    Raises:
        FormatError, SeriesError: it is damaged, or its columns are none of ticks or bars.
    """
    return columnar.reader(source, options, NAME, "Parquet", _open)


def _open(source: Source) -> columnar.Table:
    import polars as pl

    file: Any = source.path if source.plain else io.BytesIO(source.content(columnar.MOST_IN_MEMORY))
    return columnar.Table(list(pl.read_parquet_schema(file)), partial(_rows, pl.scan_parquet(file, glob=False)))


def _rows(table: pl.LazyFrame, start: int, count: int) -> pl.DataFrame:
    return table.slice(start, count).collect()
