"""How a table of text is parted: delimiter, decimal mark, header, and what stands before."""

from __future__ import annotations

import csv
import re
from collections import Counter
from dataclasses import dataclass
from functools import lru_cache

from btlab.data.importers.blocks import first_lines, is_text
from btlab.data.importers.csv_times import is_time
from btlab.data.importers.source import Source
from btlab.errors import FormatError

DELIMITERS = {"\t": "tabs", ";": "semicolons", "|": "bars |", ",": "commas"}
"""In the order in which they are tried: a comma may also stand within numbers, the others never do."""

_LOOKED_AT = 200
_ROWS = 1000
_NUMBER = re.compile(r"[-+]?(\d+[.,]?\d*|[.,]\d+)([eE][-+]?\d+)?")
_COMMA = re.compile(r"[-+]?\d*,\d+([eE][-+]?\d+)?")


@dataclass(frozen=True)
class Table:
    """What the first lines show.

    Attributes:
        delimiter, decimal: one character each. skip: lines before the first row.
        header: the names; None where there are none. rows: cells of the first rows, without quotes and blanks.
        preamble: lines before the header, or before the first row, that are none of the table's.
    """

    delimiter: str
    decimal: str
    skip: int
    header: list[str] | None
    rows: list[list[str]]
    preamble: list[str]

    @property
    def width(self) -> int:
        return len(self.header or self.rows[0])

    def column(self, at: int) -> list[str]:
        """Cells of the first rows that have it."""
        return [row[at] for row in self.rows if len(row) > at]


def table_of(source: Source) -> Table:
    """The table that a file holds.

    Raises:
        FormatError: it is no text, or nothing parts its lines.
    """
    return _table_of(source, source.head)


@lru_cache(2)
def _table_of(source: Source, head: bytes) -> Table:
    """A file is asked for its table when it is recognised and when it is read; `head` tells it from what stood there before."""
    lines = [(number, line) for number, line in enumerate(first_lines(source)) if line.strip()] if is_text(source) else []
    if not lines:
        what = "is no text (it holds NUL bytes)" if b"\0" in head else "is empty"
        raise FormatError(f"{source.name} {what}; a table holds a time and prices in each row", file=source.name)
    delimiter, width = _parted(source, lines[:_LOOKED_AT])
    split = [(number, cells_of(line, delimiter)) for number, line in lines[:_ROWS]]
    first = next(k for k, (_, cells) in enumerate(split) if len(cells) == width)
    has_header = not any(map(is_value, split[first][1]))
    header = split[first][1] if has_header else None
    body = split[first + has_header :]
    if not has_header and first and all(len(cells) < width or not cells[-1] for _, cells in body):
        # Each row ends with a delimiter, the header does not.
        header, first = [*split[first - 1][1], ""], first - 1
    _check_header_above(source, split[:first], width)
    rows = [cells for _, cells in body]
    skip = body[0][0] if body else split[first][0] + 1
    preamble = [line.strip() for _, line in lines[:first]]
    return Table(delimiter, _decimal(rows), skip, header, rows, preamble)


def cells_of(line: str, delimiter: str) -> list[str]:
    """The cells of a line, without their quotes and the blanks around them."""
    try:
        return [cell.strip(' \t"') for cell in next(csv.reader([line], delimiter=delimiter, skipinitialspace=delimiter != "\t"))]
    except (csv.Error, StopIteration):
        return line.split(delimiter)


def is_value(cell: str) -> bool:
    """Whether a cell is a number or a time: no name of a column is."""
    return _NUMBER.fullmatch(cell) is not None or is_time(cell)


def _parted(source: Source, lines: list[tuple[int, str]]) -> tuple[str, int]:
    """The delimiter, and the number of cells of most lines."""
    fits = dict[str, int]()
    for delimiter in DELIMITERS:
        split = [cells_of(line, delimiter) for _, line in lines]
        width, count = Counter(map(len, split)).most_common(1)[0]
        if width > 1 and count * 2 > len(split):
            fits[delimiter] = width
            rows = [cells for cells in split if len(cells) == width]
            if sum(any(map(is_time, cells)) for cells in rows) * 2 >= len(rows):
                return delimiter, width
    if not fits:
        raise FormatError(
            f"{source.name}: none of , ; tab | parts its first lines into equal rows: {lines[0][1][:80]!r}", file=source.name
        )
    return next(iter(fits.items()))


def _check_header_above(source: Source, above: list[tuple[int, list[str]]], width: int) -> None:
    """A header of another width than the rows is no line to pass over: its names would be lost, or commas be within numbers."""
    for number, cells in above:
        names = {cell.lower().strip("<> ") for cell in cells}
        if names & {"time", "date", "timestamp", "datetime"} and names & {"bid", "ask", "open", "close", "price", "last"}:
            raise FormatError(
                f"{source.name}, line {number + 1}: its header names {len(cells)} columns, and its rows have {width}; "
                "decimal commas want another delimiter than the comma, or quotes",
                file=source.name,
            )


def _decimal(rows: list[list[str]]) -> str:
    """A comma where numbers have one and none has a point; dates do not count."""
    cells = [cell for row in rows for cell in row if _NUMBER.fullmatch(cell)]
    commas = any(_COMMA.fullmatch(cell) for cell in cells)
    return "," if commas and not any("." in cell for cell in cells) else "."
