"""Tables of text, read in blocks of whole lines: the part that all formats made of text have in common."""

from __future__ import annotations

import csv
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

import numpy as np

from btlab.data.importers.blocks import BLOCK, ahead, blocks, head_of
from btlab.data.importers.source import HEAD, Source
from btlab.data.kernels.faults import CELLS, GOOD, NO_LOCAL_TIME, NUMBER, UNIT
from btlab.data.rows import BarColumns, Batch, Columns
from btlab.data.zones import UTC, Zone

NANOSECOND, MICROSECOND, MILLISECOND, SECOND = (1, 1000), (1, 1), (1000, 1), (1_000_000, 1)
YEAR_FIRST, DAY_FIRST, MONTH_FIRST = range(3)
LEAST = int(np.iinfo(np.int64).min)

NUMBERS = ("bid", "ask", "bid_size", "ask_size", "price", "size", "open", "high", "low", "close", "volume")
_PRICES = ("bid", "ask", "price", "open", "high", "low", "close")
_SIZES = ("bid_size", "ask_size", "size", "volume")
_DAY = 86_400_000_000


@dataclass(frozen=True)
class Layout:
    """How a table is to be read.

    Attributes:
        columns: the role of each: one of `NUMBERS`; "time" of a whole time or of a date; "day_time" of the time of the day
            beside a date; "name" of a text that must be `name` in all rows; "" where it is not read.
        delimiter, decimal: one byte each, between cells and within numbers. skip: lines before the first row.
        order: YEAR_FIRST, DAY_FIRST or MONTH_FIRST, of dates.
        unit: of times that are numbers, as (numerator, denominator) µs; None where times are dates.
        bounds: least and past-greatest whole number of such a time. epoch: µs from 1970 to its zero, in local time.
        earliest: of dates, µs UTC; what is older is a fault.
        zone: of times that carry no offset of their own.
        scale: prices are numbers x scale.
        lead: µs from the start of a bar to the time that stands there.
        carried: an empty bid, ask or price is the last one before it.
        symbol: whose rows they are, for the eye that looks whether the prices can be so.
    """

    columns: tuple[str, ...]
    delimiter: bytes = b","
    skip: int = 0
    decimal: bytes = b"."
    order: int = YEAR_FIRST
    unit: tuple[int, int] | None = None
    bounds: tuple[int, int] = (-(2**53), 2**53)
    epoch: int = 0
    earliest: int = LEAST
    zone: Zone = field(default=UTC)
    scale: float | None = None
    name: str = ""
    lead: int = 0
    carried: bool = False
    symbol: str = ""

    @property
    def trades(self) -> bool:
        return "price" in self.columns

    @property
    def roles(self) -> list[str]:
        """The numbers that are read, in the order of their columns."""
        return [role for role in self.columns if role in NUMBERS]


@dataclass
class Raw:
    """A block as it was read: times in local clocks, numbers unscaled, in the file's order."""

    time: np.ndarray
    real: np.ndarray
    line: np.ndarray
    zoned: np.ndarray
    fault: np.ndarray
    text: Callable[[int], str]
    next_line: int

    def __len__(self) -> int:
        return len(self.time)


def read(source: Source, layout: Layout) -> Iterator[Batch]:
    """All rows of a table, a block of lines at a time; memory does not grow with the file.

    Raises:
        FormatError: it is no text, or a line of it has no end.
    """
    yield from _batches(raws(source, layout), source, layout)


def raws(source: Source, layout: Layout) -> Iterator[Raw]:
    """The blocks of a table as they were read, each in another thread while the one before it is used."""
    return ahead(_raws(source, layout)) if len(source.head) == HEAD else _raws(source, layout)


def head_rows(source: Source, layout: Layout) -> Raw:
    """The rows of the head of the file alone, without the line that it cuts."""
    head = head_of(source)
    if len(source.head) == HEAD:
        head = head[: head.rfind(b"\n") + 1]
    for _ in range(layout.skip):
        _, _, head = head.partition(b"\n")
    return scan(head, layout, 1 + layout.skip)


def first_time(source: Source, layout: Layout) -> int | None:
    """µs UTC of the first row of the head that can be read."""
    raw = head_rows(source, layout)
    good = np.flatnonzero(raw.fault == GOOD)[:1]
    time = _to_utc(raw.time[good], raw.zoned[good], raw.fault[good], layout, LEAST)
    return int(time[0]) if len(time) else None


def one(value: int) -> np.ndarray:
    """A single time as an array."""
    return np.array([value], np.int64)


def scan(block: bytes, layout: Layout, line: int = 1) -> Raw:
    """The rows of a block of whole lines.

    Args:
        line: the number of its first.
    """
    from btlab.data.kernels.parse import EPOCH, IGNORED, SAME, TIME_ALONE, scan_rows

    room, roles = block.count(b"\n") + 1, layout.roles
    kinds = {"time": 0, "day_time": TIME_ALONE, "name": SAME}
    targets = [roles.index(role) + 1 if role in roles else kinds.get(role, IGNORED) for role in layout.columns]
    time, lines, starts = np.empty(room, np.int64), np.empty(room, np.int64), np.empty(room, np.int64)
    zoned, fault, real = np.empty(room, np.uint8), np.empty(room, np.uint8), np.empty((len(roles), room))
    count, next_line = scan_rows(
        np.frombuffer(block, np.uint8),
        layout.delimiter[0],
        layout.decimal[0],
        np.array(targets, np.int64),
        layout.order if layout.unit is None else EPOCH,
        np.array([*(layout.unit or (1, 1)), *layout.bounds], np.int64),
        np.frombuffer(layout.name.encode(), np.uint8),
        line,
        np.zeros((2, 4), np.int64),
        time,
        real,
        lines,
        starts,
        zoned,
        fault,
    )

    def text(row: int) -> str:
        end = block.find(b"\n", starts[row])
        return block[starts[row] : len(block) if end < 0 else end].decode("utf-8", "replace").rstrip("\r")

    raw = Raw(time[:count], real[:, :count], lines[:count], zoned[:count], fault[:count], text, int(next_line))
    if raw.fault.any():
        _read_long_numbers(raw, layout)
    return raw


def _raws(source: Source, layout: Layout) -> Iterator[Raw]:
    line = 1 + layout.skip
    for block in blocks(source, layout.skip, BLOCK):
        raw = scan(block, layout, line)
        line = raw.next_line
        yield raw


def _batches(raws: Iterator[Raw], source: Source, layout: Layout) -> Iterator[Batch]:
    newest, carry = LEAST, dict[str, float]()
    for raw in raws:
        if not len(raw):
            continue
        time = _times(raw, layout, newest)
        newest = max(newest, int(time.max()))
        named = dict(zip(layout.roles, raw.real))
        if layout.carried:
            for role in ("bid", "ask", "price"):
                if role in named:
                    named[role] = _carried(named[role], carry.get(role, np.nan))
                    carry[role] = float(named[role][-1])
        columns = _columns(time, named, raw.fault, layout)
        yield Batch(columns, layout.trades, source.name, raw.line, raw.text, raw.fault)


def _times(raw: Raw, layout: Layout, newest: int) -> np.ndarray:
    """µs UTC of the rows; of bars their starts."""
    local = raw.time + layout.epoch if layout.epoch else raw.time
    # A day ends at a local midnight, an hour after so much time.
    by_clock, by_time = (layout.lead, 0) if layout.lead >= _DAY else (0, layout.lead)
    time = _to_utc(local - by_clock if by_clock else local, raw.zoned, raw.fault, layout, newest)
    if layout.earliest > LEAST and len(time) and time.min() < layout.earliest:
        raw.fault[(time < layout.earliest) & (raw.fault == GOOD)] = UNIT
    return time - by_time if by_time else time


def _read_long_numbers(raw: Raw, layout: Layout) -> None:
    """Rows with numbers of over 18 digits: all their numbers once more, by Python's own reader."""
    from btlab.data.kernels.parse_number import LONG_NUMBER

    roles, mark = layout.roles, layout.decimal.decode()
    for row in np.flatnonzero(raw.fault == LONG_NUMBER).tolist():
        try:
            cells = next(csv.reader([raw.text(row)], delimiter=layout.delimiter.decode(), skipinitialspace=True), [])
        except csv.Error:
            cells = []
        raw.fault[row] = GOOD if len(cells) == len(layout.columns) else CELLS
        for role, cell in zip(layout.columns, cells):
            if role in roles and raw.fault[row] == GOOD:
                raw.fault[row], raw.real[roles.index(role), row] = _number(cell.strip(' \t\r"').replace(mark, "."))


def _number(cell: str) -> tuple[int, float]:
    if not cell:
        return GOOD, np.nan
    try:
        value = float(cell)
    except ValueError:
        return NUMBER, np.nan
    return (NUMBER, np.nan) if "_" in cell or value != value else (GOOD, value)


def _carried(values: np.ndarray, before: float) -> np.ndarray:
    """Each NaN as the value before it."""
    empty = np.isnan(values)
    if not empty.any():
        return values
    at = np.maximum.accumulate(np.where(empty, -1, np.arange(len(values))))
    return np.where(at < 0, before, values[at])


def _to_utc(time: np.ndarray, zoned: np.ndarray, fault: np.ndarray, layout: Layout, newest: int) -> np.ndarray:
    """Local times in the layout's zone to UTC; those that never were become faults."""
    if layout.zone.east == 0 or zoned.all():
        return time
    local = (zoned == 0) & (fault == GOOD)
    rows = slice(None) if local.all() else np.flatnonzero(local)
    utc, missing = _in_order(time[rows], layout.zone, newest)
    time = time.copy()
    time[rows] = utc
    if missing is not None:
        fault[np.flatnonzero(local)[missing]] = NO_LOCAL_TIME
        time[fault == NO_LOCAL_TIME] = newest
    return time


def _in_order(local: np.ndarray, zone: Zone, newest: int) -> tuple[np.ndarray, np.ndarray | None]:
    """`Zone.to_utc`; of times that fall, from the last to the first, so that their order tells the doubled hour too."""
    if zone.east is not None or not len(local) or local[-1] >= local[0]:
        return zone.to_utc(local, newest)
    utc, missing = zone.to_utc(local[::-1], LEAST)
    return utc[::-1], None if missing is None else missing[::-1]


def _columns(time: np.ndarray, named: dict[str, np.ndarray], fault: np.ndarray, layout: Layout) -> Columns | BarColumns:
    if layout.scale is not None:
        named.update({role: scaled(named[role], layout.scale) for role in _PRICES if role in named})
    for role in _SIZES:
        if role in named:
            fault[np.isnan(named[role]) & (fault == GOOD)] = NUMBER
    if "open" in named:
        volume = named["volume"] if "volume" in named else np.zeros(len(time))
        return BarColumns(time, named["open"], named["high"], named["low"], named["close"], volume)
    if layout.trades:
        size = named.get("size")
        return Columns(time, named["price"], named["price"], size, None if size is None else np.zeros(len(size)))
    return Columns(time, named["bid"], named["ask"], named.get("bid_size"), named.get("ask_size"))


def scaled(numbers: np.ndarray, scale: float) -> np.ndarray:
    """numbers x scale; where 1 / scale is whole, by dividing: the double nearest to the decimal.

    Points that whoever wrote them left with the noise of binary fractions (129587.00000000001) are the whole ones.

    >>> scaled(np.array([112041.0, 129587.00000000001]), 1e-5).tolist()
    [1.12041, 1.29587]
    """
    parts = round(1 / scale)
    if parts < 1 or abs(parts * scale - 1) >= 1e-12:
        return numbers * scale
    whole = np.rint(numbers)
    with np.errstate(invalid="ignore"):
        return np.where(np.abs(numbers - whole) <= 1e-13 * np.abs(whole), whole, numbers) / parts
