"""The rules each row meets before it is stored, over all batches of one call: what is wrong is raised, or left out and listed.

wrong                                              a price that is not positive and finite, a negative size, a time older than
                                                   the row before, a bar whose high and low do not enclose it, and what the
                                                   importer could not read
odd, stored and counted                            crossed and one-sided quotes, exact repeats of the row before
never an error, but not stored                     candles without volume that fill closed hours
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from btlab.data.intake.rejects import Rejects
from btlab.data.kernels.faults import BACKWARDS, FILLER, GOOD, REASONS, REPEAT
from btlab.data.rows import BarColumns, Batch, Reject, Rows
from btlab.errors import RowError
from btlab.market.times import iso

_NOTHING = np.empty(0)


@dataclass(slots=True)
class Counts:
    """What was met on the way."""

    read: int = 0
    duplicates: int = 0
    repeats: int = 0
    crossed: int = 0
    one_sided: int = 0
    older: int = 0
    newer: int = 0


class RowCheck:
    """The rules.

    Args:
        skip: leave faulty rows out and list them, rather than raise.
        drop_duplicates: leave out rows with time, prices and sizes of the row before; of bars always.
        rejects: where what is left out is listed.
    """

    def __init__(self, *, skip: bool, drop_duplicates: bool, rejects: Rejects) -> None:
        self.skip, self.drop, self.rejects = skip, drop_duplicates, rejects
        self.counts = Counts()
        self.restart()

    def restart(self) -> None:
        """Rows of another series come now."""
        self._edge, self._last, self._loose = np.zeros(2, np.int64), np.zeros(5), np.zeros(2, np.int64)

    def unsorted(self, batch: Batch) -> Batch:
        """The rows of a batch that may be stored once they are in order; `counts.older` and `newer` tell theirs."""
        from btlab.data.kernels.check import LATER

        self.counts.read += len(batch)
        return self._checked(batch, LATER, self._loose)

    def next_file(self) -> None:
        """What is `unsorted` from here on is another file, whose order tells nothing of that before."""
        self._loose[:] = 0

    def turned(self, batch: Batch) -> Batch:
        """The second look at rows of `unsorted`, now in order."""
        from btlab.data.kernels.check import ASCENDING

        return self._checked(batch, ASCENDING, self._edge)

    def good(self, batch: Batch) -> Batch:
        """The rows of a batch that may be stored.

        Raises:
            RowError: the first faulty row, unless they are skipped.
        """
        self.counts.read += len(batch)
        return self.turned(batch)

    def sound(self, batch: Batch) -> np.ndarray:
        """Which rows have nothing wrong in themselves, whatever their order; nothing is counted."""
        from btlab.data.kernels.check import LATER

        fault, _ = self._judged(batch, LATER, np.zeros(2, np.int64))
        return fault == GOOD

    def _checked(self, batch: Batch, order: int, edge: np.ndarray) -> Batch:
        from btlab.data.kernels import check

        fault, count = self._judged(batch, order, edge)
        counts, drop = self.counts, self.drop or isinstance(batch.columns, BarColumns)
        if drop:
            counts.duplicates += int(count[check.REPEATS])
        else:
            counts.repeats += int(count[check.REPEATS])
        counts.crossed += int(count[check.CROSSED])
        counts.one_sided += int(count[check.ONE_SIDED])
        counts.older += int(count[check.OLDER])
        counts.newer += int(count[check.NEWER])
        if count[check.BAD]:
            self._reject(batch, fault)
        if not count[check.BAD] and not (drop and count[check.REPEATS]):
            return batch
        keep = np.flatnonzero(fault == GOOD)

        def text(row: int) -> str:
            return batch.text(int(keep[row]))

        return Batch(batch.columns.take(keep), batch.trades, batch.source, batch.line[keep], text)

    def _judged(self, batch: Batch, order: int, edge: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """The fault of each row, and the counts of what is odd."""
        from btlab.data.kernels import check

        fault = np.zeros(len(batch), np.uint8) if batch.fault is None else batch.fault.copy()
        count = np.zeros(check.NEWER + 1, np.int64)
        arrays = _contiguous(batch.columns)
        if isinstance(batch.columns, BarColumns):
            check.check_bars(*arrays, order, edge, self._last, fault, count)
        else:
            check.check_ticks(*arrays, batch.trades, order, self.drop, edge, self._last, fault, count)
        return fault, count

    def _reject(self, batch: Batch, fault: np.ndarray) -> None:
        bad = np.flatnonzero((fault != GOOD) & (fault != REPEAT))
        if not self.skip and (fault[bad] != FILLER).any():
            row = int(bad[fault[bad] != FILLER][0])
            raise _row_error(batch, row, int(fault[row]))
        for row in bad.tolist():
            self.rejects.add(Reject(batch.source, int(batch.line[row]), REASONS[int(fault[row])], batch.text(row)))


def _contiguous(columns: Rows) -> list[np.ndarray]:
    """Arrays as kernels take them: contiguous, and of no length where there is no column."""
    time, *rest = columns
    return [np.ascontiguousarray(time, np.int64)] + [
        _NOTHING if column is None else np.ascontiguousarray(column, np.float64) for column in rest
    ]


def _row_error(batch: Batch, row: int, code: int) -> RowError:
    line, text, reason = int(batch.line[row]), batch.text(row), REASONS[code]
    advice = 'on_error="skip" leaves such rows out and lists them'
    if code == BACKWARDS:
        reason += f" ({iso(batch.columns.time[row])})"
        advice = "sort=True sorts them; " + advice
    return RowError(
        f"{batch.source}, line {line}: {reason}: {text!r}. {advice}", file=batch.source, line=line, reason=reason, text=text
    )
