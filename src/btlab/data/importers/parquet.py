"""Parquet: a table of ticks or bars by the names of its columns, read in parts.

DuckDB reads it, within a limit of memory: polars ends the whole process on some damaged files.
"""

from __future__ import annotations

import atexit
import re
import tempfile
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from btlab.data.importers import columnar
from btlab.data.importers.base import Options, Reader, Verdict
from btlab.data.importers.source import Source

if TYPE_CHECKING:
    import duckdb
    import polars as pl

NAME = "parquet"
TAKES_DATE = False

_MAGIC = b"PAR1"
_SETTINGS: dict[str, str | bool | int | float | list[str]] = {
    "memory_limit": "1GB",
    "threads": 1,
    "autoinstall_known_extensions": False,
    "autoload_known_extensions": False,
}
_PART = (
    "SELECT * EXCLUDE (file_row_number) FROM read_parquet(?, file_row_number = true) "
    "WHERE file_row_number >= ? AND file_row_number < ?"
)


def recognise(source: Source) -> Verdict | None:
    """By the first four bytes."""
    return columnar.recognise(source, "Parquet", _open) if source.head[:4] == _MAGIC else None


def reader(source: Source, options: Options) -> Reader:
    """All rows.

    Raises:
        FormatError, SeriesError: it is damaged, or its columns are none of ticks or bars.
    """
    return columnar.reader(source, options, NAME, "Parquet", _open)


@cache
def _database() -> duckdb.DuckDBPyConnection:
    """One for all files, let go before the interpreter ends: DuckDB complains of what is left then."""
    import duckdb

    atexit.register(_database.cache_clear)
    return duckdb.connect(":memory:", config=_SETTINGS)


def _session() -> duckdb.DuckDBPyConnection:
    """A cursor; of a new database where a damaged file has ended the one that read it."""
    import duckdb

    try:
        session = _database().cursor()
        session.execute("SELECT 1")
    except duckdb.Error:
        _database.cache_clear()
        session = _database().cursor()
    return session


class _Stream:
    """A stream of Arrow, and nothing else: from a relation itself polars takes types that DuckDB then reports as lost."""

    def __init__(self, relation: duckdb.DuckDBPyRelation) -> None:
        self._capsule = relation.__arrow_c_stream__()

    def __arrow_c_stream__(self, requested_schema: object = None) -> object:
        return self._capsule


def _open(source: Source) -> columnar.Table:
    kept = None if source.plain else tempfile.TemporaryDirectory(prefix="btlab-")
    path = source.path.absolute()
    if kept is not None:
        path = Path(kept.name) / "unpacked.parquet"
        path.write_bytes(source.content(columnar.MOST_IN_MEMORY))
    # A path is a pattern to DuckDB; within brackets its signs mean themselves.
    pattern = re.sub(r"([\[*?])", r"[\1]", str(path))
    session = _session()
    names = [column[0] for column in session.execute("SELECT * FROM read_parquet(?) LIMIT 0", [pattern]).description]

    def rows(start: int, count: int, _kept: object = kept) -> pl.DataFrame:
        return columnar.frame_of(_Stream(session.sql(_PART, params=[pattern, start, start + count])))

    return columnar.Table(names, rows)
