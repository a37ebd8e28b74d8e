"""What importers hand over: `Batch`es of columns in the file's order, the line each row stood on, and a fault code where a cell
could not be read; and how rows are cut into the periods that files hold.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import NamedTuple, TypeAlias

import numpy as np


class Columns(NamedTuple):
    """Ticks as arrays of one length: int64 µs UTC, float64; sizes None where the vendor states none."""

    time: np.ndarray
    bid: np.ndarray
    ask: np.ndarray
    bid_size: np.ndarray | None
    ask_size: np.ndarray | None

    def take(self, rows: slice | np.ndarray) -> Columns:
        bid_size, ask_size = (None if size is None else size[rows] for size in self[3:])
        return Columns(self.time[rows], self.bid[rows], self.ask[rows], bid_size, ask_size)

    @staticmethod
    def join(parts: list[Columns]) -> Columns:
        if len(parts) == 1:
            return parts[0]
        time, bid, ask, bid_size, ask_size = (None if columns[0] is None else np.concatenate(columns) for columns in zip(*parts))
        return Columns(time, bid, ask, bid_size, ask_size)  # type: ignore[arg-type]


class BarColumns(NamedTuple):
    """Bars as arrays of one length: int64 µs UTC of their starts, float64; volume 0.0 where the vendor states none."""

    time: np.ndarray
    open: np.ndarray
    high: np.ndarray
    low: np.ndarray
    close: np.ndarray
    volume: np.ndarray

    def take(self, rows: slice | np.ndarray) -> BarColumns:
        return BarColumns(*(column[rows] for column in self))

    @staticmethod
    def join(parts: list[BarColumns]) -> BarColumns:
        return parts[0] if len(parts) == 1 else BarColumns(*(np.concatenate(columns) for columns in zip(*parts)))


Rows: TypeAlias = Columns | BarColumns


@dataclass(slots=True)
class Batch:
    """Rows of one source, in its order.

    Attributes:
        columns: the values, ticks or bars; of a row with a fault they mean nothing.
        trades: trades rather than quotes; False where these are bars.
        source: the name of the file, for people.
        line: int64, the line (record, row) of each, counted from 1.
        fault: uint8 codes of `kernels.faults`; None where all are good.
        text: what stood on row k of the batch.
    """

    columns: Rows
    trades: bool
    source: str
    line: np.ndarray
    text: Callable[[int], str]
    fault: np.ndarray | None = None

    def __len__(self) -> int:
        return len(self.columns.time)


class Reject(NamedTuple):
    """A row that was left out."""

    file: str
    line: int
    reason: str
    text: str


MOST_ROWS = 1 << 20
"""A longer period is cut into several files, so that memory does not grow with what a day brings."""


def join(parts: list[Rows]) -> Rows:
    """Rows one after the other; of one kind."""
    return type(parts[0]).join(parts)  # type: ignore[arg-type]


def period_of(timeframe: str | None) -> str | None:
    """What one file holds: a day of ticks and of bars finer than 1m, a month of bars finer than 1h, a year of bars finer than 1d
    ("D", "M", "Y"); None: longer bars all lie in one.

    >>> [period_of(name) for name in (None, "30s", "1m", "4h", "1d", "1mo")]
    ['D', 'D', 'M', 'Y', None, None]
    """
    unit = "" if timeframe is None else timeframe.lstrip("0123456789")
    return {"": "D", "s": "D", "m": "M", "h": "Y"}.get(unit)


def periods(time: np.ndarray, period: str | None) -> np.ndarray:
    """The number of the period of each time; 0 where there is one for all."""
    if period is None:
        return np.zeros(len(time), np.int64)
    return time.astype("datetime64[us]").astype(f"datetime64[{period}]").astype(np.int64)


def by_period(stream: Iterator[Rows], period: str | None, most: int) -> Iterator[Rows]:
    """Cut ascending rows into periods, each period once, or several times where it has over `most` rows."""
    held, count, number = list[Rows](), 0, 0
    for rows in stream:
        while len(rows.time):
            first, last = periods(rows.time[[0, -1]], period).tolist()
            if held and (number != first or count >= most):
                yield join(held)
                held, count = [], 0
            number = first
            stop = len(rows.time) if first == last else int(np.searchsorted(periods(rows.time, period), first, "right"))
            stop = min(stop, most - count)
            held.append(rows.take(slice(0, stop)))
            count += stop
            rows = rows.take(slice(stop, None))
    if held:
        yield join(held)
