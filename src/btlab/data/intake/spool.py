"""Rows that wait for their turn: in memory while they are few, in files of their own beyond that.

A file that has to be sorted, or reversed, comes back piece by piece: no more than one piece is in memory at a time.
"""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple, cast

import numpy as np

from btlab.data.rows import BarColumns, Columns, Rows

BUDGET = 1 << 28
"""Bytes that wait in memory."""


class Waiting(NamedTuple):
    """Some rows: columns, the line of each, and the number of the part each came from."""

    columns: Rows
    line: np.ndarray
    part: np.ndarray


class Spool:
    """Pieces of rows under whole numbers.

    Args:
        folder: where files go when memory is not enough; one of their own is made there then, and removed in the end.

    >>> spool = Spool(Path(tempfile.gettempdir()))
    >>> with spool:
    ...     one = np.ones(1)
    ...     spool.add(7, Waiting(Columns(np.array([5]), one, one, None, None), np.array([1]), np.array([0])))
    ...     [piece.columns.time.tolist() for piece in spool.pieces()]
    [[5]]
    """

    def __init__(self, folder: Path) -> None:
        self._folder, self._held = folder, 0
        self._memory = dict[int, list[np.ndarray]]()
        self._files = dict[int, Path]()
        self._place: Path | None = None
        self._kind: type[Columns] | type[BarColumns] = Columns

    def __enter__(self) -> Spool:
        return self

    def __exit__(self, *_: object) -> None:
        if self._place is not None:
            shutil.rmtree(self._place, ignore_errors=True)
        self._memory.clear()

    def add(self, number: int, rows: Waiting) -> None:
        """Rows behind those that the number has already."""
        self._kind = type(rows.columns)
        named = zip(self._kind._fields, rows.columns, strict=True)
        columns = {name: column for name, column in named if column is not None} | {"line": rows.line, "part": rows.part}
        table = np.empty(len(rows.line), [(name, np.int64 if name in _WHOLE else np.float64) for name in columns])
        for name, column in columns.items():
            table[name] = column
        self._memory.setdefault(number, []).append(table)
        self._held += table.nbytes
        if self._held > BUDGET:
            self._spill()

    def pieces(self, *, falling: bool = False) -> Iterator[Waiting]:
        """All pieces, by number; each is forgotten once it was given."""
        for number in sorted({*self._memory, *self._files}, reverse=falling):
            tables = self._memory.pop(number, [])
            path = self._files.pop(number, None)
            if path is not None:
                tables.insert(0, np.fromfile(path, self._types))
                path.unlink()
            yield self._waiting(tables[0] if len(tables) == 1 else np.concatenate(tables))

    def _spill(self) -> None:
        if self._place is None:
            self._folder.mkdir(parents=True, exist_ok=True)
            self._place = Path(tempfile.mkdtemp(prefix="waiting-", suffix=".tmp", dir=self._folder))
        for number, tables in self._memory.items():
            self._types = tables[0].dtype
            path = self._files.setdefault(number, self._place / f"{len(self._files)}.rows")
            with open(path, "ab") as file:
                for table in tables:
                    table.tofile(file)
        self._memory.clear()
        self._held = 0

    def _waiting(self, table: np.ndarray) -> Waiting:
        names = table.dtype.names or ()
        columns = (np.ascontiguousarray(table[name]) if name in names else None for name in self._kind._fields)
        return Waiting(self._kind(*cast("Iterator[np.ndarray]", columns)), table["line"], table["part"])


_WHOLE = ("time", "line", "part")
