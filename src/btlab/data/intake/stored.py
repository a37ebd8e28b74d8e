"""What a series holds already, and what is left of it when new rows come: overlaps are refused, or the range replaced."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np

from btlab.data.files import segments
from btlab.data.files.manifest import Segment
from btlab.data.intake.parts import Span
from btlab.data.reading.ticks import damaged, read_segments
from btlab.data.rows import BarColumns, Rows
from btlab.errors import OverlapError
from btlab.market.times import iso


class Stored:
    """The segments of one series of a feed.

    Args:
        trades, sizes: of ticks. replace: new rows replace those of their range; else such rows are an error.
    """

    def __init__(
        self, symbol: str, feed: str, folder: Path, kept: Sequence[Segment], *, trades: bool, sizes: bool, replace: bool
    ) -> None:
        self._symbol, self._feed, self._folder, self._kept, self._replace = symbol, feed, folder, kept, replace
        self._trades, self._sizes = trades, sizes
        self._first = np.array([segment.first for segment in kept], np.int64)
        self._last = np.array([segment.last for segment in kept], np.int64)

    def meet(self, span: Span) -> None:
        """Refuse at once a part that has gone over a whole segment; what it meets of others is told at the end by `left`.

        Raises:
            OverlapError: it has, and nothing may be replaced.
        """
        if self._replace or not span.rows:
            return
        covered = np.flatnonzero((self._first >= span.first) & (self._last <= span.last))
        if len(covered):
            raise self._overlap(span, int(self._first[covered[0]]))

    def left(self, spans: list[Span], put: Callable[[Rows], None]) -> list[Segment]:
        """The segments that stay; rows that stay of others are put anew.

        Raises:
            OverlapError: rows lie in the range of a part, and may not be replaced. DamagedError: a file that has to be cut.
        """
        stay = list[Segment]()
        starts, ends = _union(spans)
        for segment in self._kept:
            begin, stop = np.searchsorted(ends, segment.first), np.searchsorted(starts, segment.last, "right")
            if begin >= stop:
                stay.append(segment)
            elif not (self._replace and starts[begin] <= segment.first and segment.last <= ends[begin]):
                rows = self.read(segment)
                pieces = self._outside(rows, spans, starts, ends)
                if len(pieces) == 1 and len(pieces[0].time) == segment.rows:
                    stay.append(segment)
                else:
                    for piece in pieces:
                        put(piece)
        return stay

    def read(self, segment: Segment) -> Rows:
        """The rows of a segment."""
        if segment.series is None:
            return read_segments(self._folder, [segment], self._symbol, trades=self._trades, sizes=self._sizes)
        path = self._folder / segment.file
        content = path.read_bytes()
        if hashlib.sha256(content).hexdigest() != segment.sha256:
            raise damaged(path, segment, self._symbol, "its checksum differs")
        out = BarColumns(np.empty(segment.rows, np.int64), *(np.empty(segment.rows) for _ in range(5)))
        segments.decode_bars(content, segment.first, segment.digits, out)
        return out

    def _outside(self, rows: Rows, spans: list[Span], starts: np.ndarray, ends: np.ndarray) -> list[Rows]:
        """The rows in none of the ranges, cut where a range lies between them."""
        before = np.searchsorted(ends, rows.time)
        inside = starts[np.minimum(before, len(starts) - 1)] <= rows.time
        inside &= before < len(starts)
        if inside.any() and not self._replace:
            hit = int(rows.time[inside][0])
            raise self._overlap(next(span for span in spans if span.rows and span.first <= hit <= span.last), hit)
        return [rows.take(np.flatnonzero((before == group) & ~inside)) for group in np.unique(before[~inside])]

    def _overlap(self, span: Span, hit: int) -> OverlapError:
        what = "ticks" if span.part.series is None else "{} {} bars".format(*span.part.series)
        return OverlapError(
            f"{span.part.name} brings {iso(span.first)} to {iso(span.last)}, and feed {self._feed!r} of {self._symbol!r} holds "
            f'{what} of that range already (from {iso(hit)} on). overlap="replace" replaces them, another feed= keeps both',
            symbol=self._symbol,
            feed=self._feed,
            file=span.part.name,
            start=span.first,
            end=span.last,
        )


def _union(spans: list[Span]) -> tuple[np.ndarray, np.ndarray]:
    """Starts and ends of the ranges that the spans cover, ascending and apart."""
    ranges = list[list[int]]()
    for span in sorted((span for span in spans if span.rows), key=lambda span: span.first):
        if ranges and span.first <= ranges[-1][1]:
            ranges[-1][1] = max(ranges[-1][1], span.last)
        else:
            ranges.append([span.first, span.last])
    starts, ends = np.array(ranges, np.int64).reshape(-1, 2).T
    return starts, ends
