"""SQL over the store: views of ticks, bars and imports, on a connection of its own that can read nothing else.

There is no DuckDB file. Each query has a database in memory, without files, extensions or the caller's variables, whose settings
are locked before the query's text is run; it is thrown away after it. What a query touches is decoded while it is read.
"""

from __future__ import annotations

import re
import threading
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from btlab.data.reading import sql_views
from btlab.data.reading.arrow import LazyTable
from btlab.data.reading.ranges import Ranges
from btlab.data.reading.sql_views import SpanGoneError
from btlab.data.reading.ticks import damaged
from btlab.errors import BtlabError, QueryError, did_you_mean
from btlab.market.series import Bars, Ticks

if TYPE_CHECKING:
    import duckdb
    import polars as pl

VIEWS = {"ticks": sql_views.ticks, "bars": sql_views.bars}
NAMES = (*VIEWS, "imports")
_LOCKED: dict[str, str | bool | int | float | list[str]] = {
    "enable_external_access": False,
    "autoinstall_known_extensions": False,
    "autoload_known_extensions": False,
    "allow_community_extensions": False,
    "allow_unsigned_extensions": False,
    "python_enable_replacements": False,
    "python_scan_all_frames": False,
    "temp_directory": "",
    "threads": 2,
}
_UNKNOWN = re.compile(r"Catalog Error: Table with name (.+?) does not exist!")
_READING = ("SELECT", "EXPLAIN", "MULTI")  # MULTI: what a PIVOT becomes


@dataclass
class SqlLimits:
    """What one query may take.

    Attributes:
        seconds: then it is interrupted. memory: bytes that DuckDB may work with; the answer comes on top.
    """

    seconds: float = 120.0
    memory: int = 2 * 2**30


def run(ranges: Ranges, text: str, frames: Mapping[str, Any], limits: SqlLimits) -> pl.DataFrame:
    """The answer to a query.

    Args:
        ranges: of the store. frames: tables by name. limits: what it may take.

    Raises:
        QueryError: it is not one reading statement, wrong, or beyond its limits. DamagedError: a file that it touches is damaged.
    """
    until = time.monotonic() + limits.seconds
    while True:
        try:
            return _Query(ranges, text, frames, limits).run()
        except SpanGoneError as gone:  # a newer generation took its file away, and is asked instead
            if ranges.names(gone.shelf, gone.segment) or time.monotonic() > until:
                path = gone.shelf.folder / gone.segment.file
                raise damaged(path, gone.segment, gone.shelf.symbol, "the file is gone") from None


@dataclass
class _Query:
    ranges: Ranges
    text: str
    frames: Mapping[str, Any]
    limits: SqlLimits
    tables: list[LazyTable] = field(default_factory=list)
    failure: BaseException | None = None
    late: bool = False

    def run(self) -> pl.DataFrame:
        import duckdb
        import polars as pl

        connection = duckdb.connect(config=_LOCKED | {"memory_limit": f"{self.limits.memory}B"})
        timer = threading.Timer(self.limits.seconds, self._interrupt, [connection])
        timer.daemon = True
        try:
            connection.execute("SET TimeZone = 'UTC'")
            self._check(connection)
            self._prepare(connection)
            connection.execute("SET lock_configuration = true")
            timer.start()
            return _answer(connection, self.text)
        except (duckdb.Error, pl.exceptions.PolarsError, MemoryError) as error:
            raise self._reason(error) from None
        finally:
            timer.cancel()
            connection.close()
            for table in self.tables:
                table.close()

    def _interrupt(self, connection: duckdb.DuckDBPyConnection) -> None:
        self.late = True
        connection.interrupt()

    def _check(self, connection: duckdb.DuckDBPyConnection) -> None:
        statements = connection.extract_statements(self.text)
        kinds = [statement.type.name for statement in statements]
        if len(kinds) != 1 or kinds[0] not in _READING:
            raise QueryError(
                f"store.sql takes one statement that reads, as SELECT, DESCRIBE, EXPLAIN or PIVOT; this is "
                f"{', '.join(kinds) or 'empty'}",
                query=self.text,
            )

    def _prepare(self, connection: duckdb.DuckDBPyConnection) -> None:
        """Make the tables, and those views that the text may name."""
        for name, frame in self.frames.items():
            if name.lower() in NAMES:
                raise QueryError(f"{name}= hides the store's view of this name; give the frame another one", name=name)
            self._register(connection, name, frame)
        text = self.text.lower()
        for name, branches in VIEWS.items():
            if name in text:
                selects = []
                for number, branch in enumerate(branches(self.ranges)):
                    table = LazyTable(branch.schema, branch.frames, self._failed)
                    self.tables.append(table)
                    connection.register(f"{name}_{number}", table)
                    selects.append(branch.select(f"{name}_{number}"))
                connection.execute(f"CREATE VIEW {name} AS {' UNION ALL '.join(selects)}")
        if "imports" in text:
            self._register(connection, "imports", sql_views.imports(self.ranges))

    def _register(self, connection: duckdb.DuckDBPyConnection, name: str, frame: Any) -> None:
        import polars as pl

        if isinstance(frame, Ticks | Bars):
            frame = frame.to_polars()
        if isinstance(frame, pl.LazyFrame):
            frame = frame.collect()
        if isinstance(frame, pl.DataFrame):
            objects = [column for column, kind in frame.schema.items() if kind == pl.Object]
            if objects:
                raise QueryError(f"column {objects[0]!r} of {name}= holds Python objects; cast it to numbers or text", name=name)
            whole = frame
            frame = LazyTable(whole.schema, lambda: iter([whole]), self._failed)
            self.tables.append(frame)
        elif type(frame).__module__.partition(".")[0] != "pandas":
            raise QueryError(f"{name}= is a {type(frame).__name__}; tables are polars or pandas frames, Ticks or Bars", name=name)
        connection.register(name, frame)

    def _failed(self, error: BaseException) -> None:
        self.failure = self.failure or error

    def _reason(self, error: Exception) -> BaseException:
        """What to tell the caller: what went wrong in a file, else the limit, else what DuckDB says."""
        if isinstance(self.failure, BtlabError | SpanGoneError):
            return self.failure
        if self.late:
            return QueryError(
                f"the query ran for over {self.limits.seconds:g} s and was interrupted; ask for less, or raise "
                "store.sql_limits.seconds",
                query=self.text,
            )
        said = str(self.failure or error).strip()
        if unknown := _UNKNOWN.match(said):
            known = did_you_mean(unknown[1], (*NAMES, *self.frames))
            return QueryError(
                f"there is no table {unknown[1]!r}.{known} Frames become tables by name: store.sql(..., trades=session.trades)",
                query=self.text,
            )
        if "Out of Memory" in said or isinstance(error, MemoryError):
            return QueryError(
                f"the query wants more than {self.limits.memory:,} bytes; ask for less, or raise store.sql_limits.memory",
                query=self.text,
            )
        return QueryError(said, query=self.text)


@dataclass
class _Stream:
    """What polars reads of an answer; of DuckDB's own object it would ask more, and keep it alive."""

    capsule: object

    def __arrow_c_stream__(self, requested_schema: object = None) -> object:
        return self.capsule


def _answer(connection: duckdb.DuckDBPyConnection, text: str) -> pl.DataFrame:
    import polars as pl

    relation = connection.sql(text)
    try:
        return pl.DataFrame(_Stream(relation.__arrow_c_stream__()))
    finally:
        relation.close()
