"""What importers hand over, and the rules each row meets before it is stored.

An importer yields `Batch`es: columns in the file's order, the line each row stood on, and a fault code where a cell could not be
read. `RowCheck` adds the faults that need no text (prices, order of time), and raises, or rejects and remembers.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from btlab.data.kernels.faults import BACKWARDS, GOOD, PRICE, REASONS, SIZE
from btlab.errors import RowError
from btlab.market.times import iso


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

    columns: Columns | BarColumns
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


@dataclass(slots=True)
class Counts:
    """What was met on the way."""

    read: int = 0
    duplicates: int = 0
    repeats: int = 0
    crossed: int = 0
    one_sided: int = 0


class RowCheck:
    """The rules, over all batches of one call.

    Args:
        skip: leave faulty rows out and list them, rather than raise.
        ordered: a time older than the one before is a fault; False where everything is sorted afterwards.
        drop_duplicates: leave out exact repeats of the row before.
    """

    def __init__(self, *, skip: bool, ordered: bool, drop_duplicates: bool) -> None:
        self.skip, self.ordered, self.drop = skip, ordered, drop_duplicates
        self.counts, self.rejects = Counts(), list[Reject]()
        self._newest = np.iinfo(np.int64).min
        self._last: Columns | None = None

    def good(self, batch: Batch) -> Columns:
        """The rows of a batch that may be stored.

        Raises:
            RowError: the first faulty row, unless they are skipped.
        """
        self.counts.read += len(batch)
        fault = self._faults(batch)
        bad = np.flatnonzero(fault)
        for row in bad:
            self._reject(batch, int(fault[row]), int(row))
        columns = batch.columns.take(fault == GOOD) if len(bad) else batch.columns
        return self.kept(columns) if self.ordered else columns

    def kept(self, columns: Columns) -> Columns:
        """Columns without the repeats that are not wanted; counts what is odd but true."""
        if not len(columns.time):
            return columns
        repeat = self._repeats(columns)
        self._last = columns.take(slice(-1, None))
        if self.drop and repeat.any():
            self.counts.duplicates += int(repeat.sum())
            columns = columns.take(~repeat)
        else:
            self.counts.repeats += int(repeat.sum())
        self.counts.crossed += int((columns.ask < columns.bid).sum())
        self.counts.one_sided += int((np.isnan(columns.bid) | np.isnan(columns.ask)).sum())
        return columns

    def _faults(self, batch: Batch) -> np.ndarray:
        columns = batch.columns
        fault = np.zeros(len(batch), np.uint8) if batch.fault is None else batch.fault.copy()
        unread = fault != GOOD
        wrong = _wrong_prices(columns, batch.trades)
        fault[wrong & ~unread] = PRICE
        for size in (columns.bid_size, columns.ask_size):
            if size is not None:
                fault[~((size >= 0) & (size < np.inf)) & (fault == GOOD)] = SIZE
        if self.ordered and len(batch):
            time = np.where(fault == GOOD, columns.time, self._newest) if fault.any() else columns.time
            newest = np.maximum.accumulate(time)
            before = np.concatenate([[self._newest], newest[:-1]])
            fault[(columns.time < before) & (fault == GOOD)] = BACKWARDS
            self._newest = max(self._newest, int(newest[-1]))
        return fault

    def _reject(self, batch: Batch, code: int, row: int) -> None:
        line, text, reason = int(batch.line[row]), batch.text(row), REASONS[code]
        if self.skip:
            self.rejects.append(Reject(batch.source, line, reason, text))
            return
        advice = 'on_error="skip" leaves such rows out and lists them'
        if code == BACKWARDS:
            reason += f" ({iso(batch.columns.time[row])})"
            advice = "sort=True sorts them; " + advice
        raise RowError(
            f"{batch.source}, line {line}: {reason}: {text!r}. {advice}", file=batch.source, line=line, reason=reason, text=text
        )

    def _repeats(self, columns: Columns) -> np.ndarray:
        """Which rows say exactly what the row before said."""
        same = np.ones(len(columns.time), bool)
        for k, column in enumerate(columns):
            if column is not None:
                same[1:] &= _alike(column[1:], column[:-1])
                before = None if self._last is None else self._last[k]
                same[0] &= before is not None and bool(_alike(column[:1], before)[0])
        return same


def _alike(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    """Equal, and NaN equal to NaN."""
    return (a == b) | ((a != a) & (b != b))


def _wrong_prices(columns: Columns, trades: bool) -> np.ndarray:
    """Not positive and finite; one side of a quote may be missing (NaN), a trade's price may not."""
    bid, ask = columns.bid, columns.ask
    good_bid, good_ask = (bid > 0) & (bid < np.inf), (ask > 0) & (ask < np.inf)
    if trades:
        return ~good_bid
    return ~((good_bid | np.isnan(bid)) & (good_ask | np.isnan(ask)) & (good_bid | good_ask))


def by_day(columns: Iterator[Columns]) -> Iterator[tuple[int, Columns]]:
    """Cut ascending columns into UTC days: (day's number since 1970, its rows), each day once."""
    day_length = 86_400_000_000
    today: list[Columns] = []
    for part in columns:
        while len(part.time):
            day = int(part.time[0]) // day_length
            if today and int(today[0].time[0]) // day_length != day:
                yield int(today[0].time[0]) // day_length, Columns.join(today)
                today = []
            stop = int(np.searchsorted(part.time, (day + 1) * day_length))
            today.append(part.take(slice(0, stop)))
            part = part.take(slice(stop, None))
    if today:
        yield int(today[0].time[0]) // day_length, Columns.join(today)
