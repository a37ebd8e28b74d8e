"""Tables of text, read in blocks of whole lines: the part that Lean, HistData and CSV have in common."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

import numpy as np

from btlab.data.importers.source import Source
from btlab.data.kernels.faults import CELLS, GOOD, NO_LOCAL_TIME, NUMBER
from btlab.data.rows import Batch, Columns
from btlab.data.zones import UTC, Zone
from btlab.errors import FormatError

BLOCK = 1 << 23
_LONGEST_LINE = 1 << 16
_BYTE_ORDER_MARK = b"\xef\xbb\xbf"

NANOSECOND, MICROSECOND, MILLISECOND, SECOND = (1, 1000), (1, 1), (1000, 1), (1_000_000, 1)


@dataclass(frozen=True)
class Layout:
    """How a table is to be read.

    Attributes:
        columns: the role of each: "time", "bid", "ask", "bid_size", "ask_size", "price", "size", or "" where it is not read.
        delimiter: one byte. skip: lines before the first row.
        unit: of times that are numbers, as (numerator, denominator) µs; None where times are dates.
        bounds: least and past-greatest whole number of such a time. epoch: µs from 1970 to its zero, in local time.
        zone: of times that carry no offset of their own.
        scale: prices are numbers x scale.
    """

    columns: tuple[str, ...]
    delimiter: bytes = b","
    skip: int = 0
    unit: tuple[int, int] | None = None
    bounds: tuple[int, int] = (-(2**53), 2**53)
    epoch: int = 0
    zone: Zone = field(default=UTC)
    scale: float | None = None

    @property
    def trades(self) -> bool:
        return "price" in self.columns


def read(source: Source, layout: Layout) -> Iterator[Batch]:
    """All rows of a table, a block of lines at a time; memory does not grow with the file."""
    line, newest = 1 + layout.skip, int(np.iinfo(np.int64).min)
    for block in blocks(source, layout.skip):
        batch, line = _parse(block, source.name, layout, line, newest)
        if len(batch):
            newest = max(newest, int(batch.columns.time.max()))
            yield batch


def first_time(source: Source, layout: Layout) -> int | None:
    """µs UTC of the first row that can be read, from the head of the file alone."""
    head = source.head.removeprefix(_BYTE_ORDER_MARK)
    for line in head.split(b"\n")[layout.skip :]:
        batch, _ = _parse(line, source.name, layout, 1, 0)
        if len(batch) and batch.fault is not None and batch.fault[0] == GOOD:
            return int(batch.columns.time[0])
    return None


def one(value: int) -> np.ndarray:
    """A single time as an array."""
    return np.array([value], np.int64)


def blocks(source: Source, skip: int = 0, size: int = BLOCK) -> Iterator[bytes]:
    """The bytes of a table cut behind newlines, without a byte order mark and the first `skip` lines.

    Raises:
        FormatError: a line without end, or NUL bytes: this is no text in UTF-8.
    """
    with source.open() as file:
        rest, first = b"", True
        while chunk := file.read(size):
            if b"\0" in chunk:
                raise FormatError(f"{source.name} is no text in UTF-8 (it holds NUL bytes); save it as UTF-8", file=source.name)
            chunk = rest + (chunk.removeprefix(_BYTE_ORDER_MARK) if first else chunk)
            first, cut = False, chunk.rfind(b"\n") + 1
            block, rest = chunk[:cut], chunk[cut:]
            if len(rest) > _LONGEST_LINE:
                raise FormatError(
                    f"{source.name} has a line of over {_LONGEST_LINE:,} bytes; this is no table of ticks", file=source.name
                )
            while skip and block:
                _, _, block = block.partition(b"\n")
                skip -= 1
            if block:
                yield block
        if rest and not skip:
            yield rest


def _parse(block: bytes, name: str, layout: Layout, line: int, newest: int) -> tuple[Batch, int]:
    from btlab.data.kernels.parse import CLOCK, EPOCH, scan_rows

    room = block.count(b"\n") + 1
    roles = [role for role in layout.columns if role not in ("", "time")]
    targets = np.array([0 if role == "time" else roles.index(role) + 1 if role else -1 for role in layout.columns], np.int64)
    time, lines, starts = (np.empty(room, np.int64) for _ in range(3))
    zoned, fault, real = np.empty(room, np.uint8), np.empty(room, np.uint8), np.empty((len(roles), room))
    unit = np.array([*(layout.unit or (1, 1)), *layout.bounds], np.int64)
    clock = CLOCK if layout.unit is None else EPOCH
    count, line = scan_rows(
        np.frombuffer(block, np.uint8), layout.delimiter[0], targets, clock, unit, line, time, real, lines, starts, zoned, fault
    )
    time, lines, starts = (column[:count] for column in (time, lines, starts))
    zoned, fault, real = zoned[:count], fault[:count], real[:, :count]

    def text(row: int) -> str:
        end = block.find(b"\n", starts[row])
        return block[starts[row] : len(block) if end < 0 else end].decode("utf-8", "replace").rstrip("\r")

    if fault.any():
        _read_long_numbers(fault, real, roles, layout, text)
    time = _to_utc(time + layout.epoch if layout.epoch else time, zoned, fault, layout, newest)
    return Batch(_columns(time, dict(zip(roles, real)), fault, layout), layout.trades, name, lines, text, fault), line


def _read_long_numbers(fault: np.ndarray, real: np.ndarray, roles: list[str], layout: Layout, text: Callable[[int], str]) -> None:
    """Rows with numbers of over 18 digits: all their numbers once more, by Python's own reader."""
    from btlab.data.kernels.parse import LONG_NUMBER

    for row in np.flatnonzero(fault == LONG_NUMBER).tolist():
        cells = [cell.strip(' \t\r"') for cell in text(row).split(layout.delimiter.decode())]
        fault[row] = GOOD if len(cells) == len(layout.columns) else CELLS
        for role, cell in zip(layout.columns, cells):
            if role in roles and fault[row] == GOOD:
                fault[row], real[roles.index(role), row] = _number(cell)


def _number(cell: str) -> tuple[int, float]:
    if not cell:
        return GOOD, np.nan
    try:
        value = float(cell)
    except ValueError:
        return NUMBER, np.nan
    return (NUMBER, np.nan) if "_" in cell or value != value else (GOOD, value)


def _to_utc(time: np.ndarray, zoned: np.ndarray, fault: np.ndarray, layout: Layout, newest: int) -> np.ndarray:
    """Local times in the layout's zone to UTC; those that never were become faults."""
    if layout.zone.east == 0 or zoned.all():
        return time
    local = (zoned == 0) & (fault == GOOD)
    rows = slice(None) if local.all() else np.flatnonzero(local)
    utc, missing = layout.zone.to_utc(time[rows], newest)
    time = time.copy()
    time[rows] = utc
    if missing is not None:
        fault[np.flatnonzero(local)[missing]] = NO_LOCAL_TIME
        time[fault == NO_LOCAL_TIME] = newest
    return time


def _columns(time: np.ndarray, named: dict[str, np.ndarray], fault: np.ndarray, layout: Layout) -> Columns:
    for role in ("bid", "ask", "price"):
        if role in named and layout.scale is not None:
            named[role] = scaled(named[role], layout.scale)
    for role in ("bid_size", "ask_size", "size"):
        if role in named:
            fault[np.isnan(named[role]) & (fault == GOOD)] = NUMBER
    if layout.trades:
        size = named.get("size")
        return Columns(time, named["price"], named["price"], size, None if size is None else np.zeros(len(size)))
    return Columns(time, named["bid"], named["ask"], named.get("bid_size"), named.get("ask_size"))


def scaled(numbers: np.ndarray, scale: float) -> np.ndarray:
    """numbers x scale; where 1 / scale is whole, by dividing: the double nearest to the decimal.

    >>> scaled(np.array([112041.0]), 1e-5).tolist()
    [1.12041]
    """
    parts = round(1 / scale)
    return numbers / parts if parts >= 1 and abs(parts * scale - 1) < 1e-12 else numbers * scale
