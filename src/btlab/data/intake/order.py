"""Rows into the order of time: as they come, reversed where a file runs backwards as a whole, or sorted where that was asked."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from itertools import chain
from pathlib import Path

import numpy as np

from btlab.data.intake.check import RowCheck
from btlab.data.intake.parts import Span
from btlab.data.intake.spool import Spool, Waiting
from btlab.data.rows import Batch, Rows, periods
from btlab.market.times import iso

_ALL_DAYS = "D"
_FEW = 10


class Order:
    """The rows of some parts, checked and in order.

    Args:
        check: the rules. spare: a folder for rows that wait. batches: those of a part, from its first on. met: hears of a span
            that grew.
    """

    def __init__(
        self, check: RowCheck, spare: Path, batches: Callable[[Span], Iterator[Batch]], met: Callable[[Span], object]
    ) -> None:
        self._check, self._spare, self._batches, self._met = check, spare, batches, met
        self.warnings, self._sorting = list[str](), False

    def as_they_come(self, spans: list[Span]) -> Iterator[Rows]:
        """One part after the other."""
        for span in spans:
            for batch, seen in self._forwards(span):
                good = self._check.turned(batch) if seen else self._check.good(batch)
                self._grow(span, good)
                yield good.columns

    def sorted(self, spans: list[Span]) -> Iterator[Rows]:
        """All rows of all parts by time, equal times as they came; day by day, so that memory holds one day."""
        self._sorting, sources, trades = True, dict[int, str](), False
        with Spool(self._spare) as spool:
            for number, span in enumerate(spans):
                for batch, seen in self._forwards(span):
                    good = batch if seen else self._check.unsorted(batch)
                    self._grow(span, good)
                    sources[number], trades = batch.source, batch.trades
                    _add_by_day(spool, good, number)
            for waiting in spool.pieces():
                rows = np.argsort(waiting.columns.time, kind="stable")
                source = ", ".join(sources[number] for number in np.unique(waiting.part).tolist())
                yield self._check.turned(_batch(waiting, rows, trades, source)).columns

    def _grow(self, span: Span, batch: Batch) -> None:
        span.grow(batch.columns.time)
        self._met(span)

    def _forwards(self, span: Span) -> Iterator[tuple[Batch, bool]]:
        """A part's batches, and whether they were checked; reversed where it runs backwards as a whole."""
        batches = self._batches(span)
        first, falls = self._begin(batches)
        stream: Iterator[Batch] = chain(first, batches)
        if falls:
            with Spool(self._spare) as spool:
                if self._runs_backwards(stream, spool):
                    self.warnings.append(f"{span.part.name} runs backwards; it was reversed as a whole")
                    for waiting in spool.pieces(falling=True):
                        rows = np.arange(len(waiting.line))[::-1]
                        yield _batch(waiting, rows, first[0].trades, first[0].source), True
                    return
            stream = self._batches(span)
        for batch in stream:
            yield batch, False

    def _begin(self, batches: Iterator[Batch]) -> tuple[list[Batch], bool]:
        """The first batches, as many as it takes to see a step of time, and whether their steps go back."""
        first, before = list[Batch](), np.empty(0, np.int64)
        for batch in batches:
            first.append(batch)
            good = batch.columns.time
            steps = np.diff(np.concatenate([before, good]))
            if (steps < 0).any():  # Rows with a fault tell nothing, and finding them costs a pass.
                good = good[self._check.sound(batch)]
                steps = np.diff(np.concatenate([before, good]))
            if steps.any():
                return first, _falls(int((steps < 0).sum()), int((steps > 0).sum()))
            before = good[-1:] if len(good) else before
        return first, False

    def _runs_backwards(self, batches: Iterator[Batch], spool: Spool) -> bool:
        """Put a part's good rows into the spool; where its time goes on after all, what was counted is forgotten."""
        check, before, mark = self._check, replace(self._check.counts), self._check.rejects.mark()
        check.next_file()
        for number, batch in enumerate(batches):
            good = check.unsorted(batch)
            spool.add(number, Waiting(good.columns, good.line, np.zeros(len(good), np.int64)))
        counts = check.counts
        falls = _falls(counts.older - before.older, counts.newer - before.newer)
        older = before.older + (counts.newer - before.newer if self._sorting else 0)
        check.counts = replace(counts, older=older, newer=before.newer) if falls else before
        if not falls:
            check.rejects.back(mark)
        return falls


def _falls(back: int, forth: int) -> bool:
    """Whether a file runs backwards: a few rows out of order do not hide it."""
    return back > _FEW * forth


def _add_by_day(spool: Spool, batch: Batch, part: int) -> None:
    days = periods(batch.columns.time, _ALL_DAYS)
    for day in np.unique(days).tolist():
        rows = slice(None) if days[0] == days[-1] == day and (days == day).all() else np.flatnonzero(days == day)
        line = batch.line[rows]
        spool.add(day, Waiting(batch.columns.take(rows), line, np.full(len(line), part, np.int64)))


def _batch(waiting: Waiting, rows: np.ndarray, trades: bool, source: str) -> Batch:
    """Rows that waited, in another order."""
    columns = waiting.columns.take(rows)

    def text(row: int) -> str:
        time, *rest = columns
        return ",".join([iso(time[row]), *(str(column[row]) for column in rest if column is not None)])

    return Batch(columns, trades, source, waiting.line[rows], text)
