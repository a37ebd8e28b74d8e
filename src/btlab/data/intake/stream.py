"""From batches to segments: rows are checked, put in order, cut into periods and written, then met with what is stored.

Nothing that is written here can be seen before the caller puts the new manifest in its place.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from functools import partial
from itertools import chain, groupby
from pathlib import Path

import numpy as np

from btlab.data.files.disk import Disk
from btlab.data.files.manifest import Feed, Origin, Segment, Series
from btlab.data.intake.check import RowCheck
from btlab.data.intake.oddities import Oddities
from btlab.data.intake.order import Order
from btlab.data.intake.parts import Ahead, Part, Span
from btlab.data.intake.rejects import Rejects
from btlab.data.intake.stored import Stored
from btlab.data.intake.writer import Writer
from btlab.data.rows import MOST_ROWS, BarColumns, Batch, by_period, join, period_of, periods
from btlab.errors import FormatError, StoreError, counted, did_you_mean

_OLDER = "older than the row before; all were sorted"
_REPEATED = "the time, prices and sizes of the row before"


@dataclass(frozen=True)
class Rules:
    """What the caller allows."""

    skip: bool = False
    replace: bool = False
    sort: bool = False
    drop_duplicates: bool = False

    @classmethod
    def of(cls, on_error: str, overlap: str, *, sort: bool, drop_duplicates: bool) -> Rules:
        """The rules that a call's words name.

        Raises:
            StoreError: a word that is not known.
        """
        one_of("on_error", on_error, ("raise", "skip"))
        one_of("overlap", overlap, ("refuse", "replace"))
        return cls(on_error == "skip", overlap == "replace", sort, drop_duplicates)


def one_of(name: str, value: object, known: tuple[str, ...]) -> None:
    """Raise where an argument's word is not known."""
    if value not in known:
        raise StoreError(f"{name}={value!r} is not known.{did_you_mean(value, known)}", argument=name, value=value)


@dataclass
class Intake:
    """One call's way into one feed.

    Args:
        symbol, name: of the feed. folder: of the feed. feed: as it is; None where it is new.
        rejects: where rows that are left out are listed. disk: what writes; None for a dry run.
        spare: a folder for rows that wait. said: hears of the size that is read, and of what is being read.
    """

    symbol: str
    name: str
    folder: Path
    feed: Feed | None
    rules: Rules
    rejects: Rejects
    disk: Disk | None
    spare: Path
    said: Callable[[int, str], object]
    rows_stored: int = 0
    first: int | None = None
    last: int | None = None
    warnings: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.check = RowCheck(skip=self.rules.skip, drop_duplicates=self.rules.drop_duplicates, rejects=self.rejects)
        self._writer = Writer(self.symbol, self.name, self.folder, self.disk)
        self._segments = self.feed.series if self.feed else {}
        self._spans, self._oddities, self._done = list[Span](), list[Oddities](), 0
        self._kind: tuple[str, bool] | None = (self.feed.kind, self.feed.sizes) if self.feed and self.feed.segments else None

    @property
    def written(self) -> list[Path]:
        """Files that nothing names so far."""
        return self._writer.written

    def run(self, parts: list[Part]) -> None:
        """Take all rows of all parts.

        Raises:
            RowError, FormatError: what a file holds. OverlapError: it is stored already. OSError: the disk.
        """
        with closing(self._writer):
            for series, group in groupby(sorted(parts, key=lambda part: part.series or ()), lambda part: part.series):
                self._segments[series] = tuple(self._series(series, list(group), self._segments.get(series, ())))

    def result(self) -> Feed:
        """The feed as it will be."""
        now, kind, sizes = datetime.now(UTC).isoformat(timespec="seconds"), *(self._kind or ("quotes", False))
        origins = [origin for origin in (self.feed.origins if self.feed else ()) if not self._replaces(origin)]
        origins += [span.origin(now) for span in self._spans]
        ordered = sorted(chain.from_iterable(self._segments.values()), key=lambda segment: (segment.series or (), segment.first))
        return replace(self.feed or Feed(kind, sizes), kind=kind, sizes=sizes, segments=tuple(ordered), origins=tuple(origins))

    def words(self) -> list[str]:
        """What a careful reader of the report should know."""
        counts = self.check.counts
        drops = "(drop_duplicates=True leaves such rows out)"
        said = [
            (counts.crossed, "quote is crossed (ask under bid); it is kept", "quotes are crossed (ask under bid); they are kept"),
            (counts.one_sided, "quote has one side only; it is kept", "quotes have one side only; they are kept"),
            (counts.repeats, f"row has {_REPEATED}; it is kept {drops}", f"rows have {_REPEATED}; they are kept {drops}"),
            (counts.older, f"row was {_OLDER}", f"rows were {_OLDER}"),
        ]
        said += [(n, f"row was left out: {why}", f"rows were left out: {why}") for why, n in self.rejects.reasons.items()]
        told = [counted(*row) for row in said if row[0]]
        return self.warnings + told + [word for oddities in self._oddities for word in oddities.words(self.symbol)]

    def _series(self, series: Series, parts: list[Part], kept: tuple[Segment, ...]) -> list[Segment]:
        """The segments of a series: those of its new rows, and what is left of those that are stored."""
        spans = [Span(part) for part in parts]
        self._spans += spans
        of_feed = (
            {"trades": self.feed.kind == "trades", "sizes": self.feed.sizes} if self.feed else {"trades": False, "sizes": False}
        )
        stored = Stored(self.symbol, self.name, self.folder, kept, replace=self.rules.replace, **of_feed)
        zones = {part.zone for part in parts}
        oddities = Oddities(series, zones.pop() if len(zones) == 1 else None)
        self._oddities.append(oddities)
        self.check.restart()
        with Ahead(spans) as ahead:
            order = Order(self.check, self.spare, partial(self._batches, ahead), stored.meet)
            stream = order.sorted(spans) if self.rules.sort else order.as_they_come(spans)
            for columns in by_period(stream, period_of(series[0] if series else None), MOST_ROWS):
                self.first = int(columns.time[0]) if self.first is None else min(self.first, int(columns.time[0]))
                self.last = int(columns.time[-1]) if self.last is None else max(self.last, int(columns.time[-1]))
                self.rows_stored += len(columns.time)
                self._writer.put(columns, series, trades=self._trades, oddities=oddities)
        self.warnings += order.warnings
        left = stored.left(spans, lambda rows: self._writer.put(rows, series, trades=self._trades))
        return self._joined(series, left, self._writer.finished(), stored)

    @property
    def _trades(self) -> bool:
        return self._kind is not None and self._kind[0] == "trades"

    def _batches(self, ahead: Ahead, span: Span) -> Iterator[Batch]:
        part = span.part
        for batch in ahead.batches(span):
            self._check_kind(batch)
            self.said(self._done + part.position(), part.name)
            yield batch
        self._done += part.size

    def _check_kind(self, batch: Batch) -> None:
        columns = batch.columns
        if isinstance(columns, BarColumns):
            kind = ("bars", False)
        else:
            kind = ("trades" if batch.trades else "quotes", columns.bid_size is not None)
        if self._kind is None:
            self._kind = kind
        if kind != self._kind:
            have, new = (
                what if what == "bars" else f"{what} {'with' if sizes else 'without'} sizes" for what, sizes in (self._kind, kind)
            )
            if self.feed and self.feed.segments:
                raise StoreError(
                    f"feed {self.name!r} of {self.symbol!r} holds {have}, {batch.source} holds {new}; give it a feed= of its own",
                    symbol=self.symbol,
                    feed=self.name,
                )
            raise FormatError(
                f"{batch.source} holds {new}, files before it {have}; import them into feeds of their own", file=batch.source
            )

    def _joined(self, series: Series, left: list[Segment], new: list[Segment], stored: Stored) -> list[Segment]:
        """Bars of one period in one file: there are few of them, and many small files read slowly."""
        every = sorted([*left, *new], key=lambda segment: segment.first)
        if series is None or self.disk is None:
            return every
        fresh, joined = {segment.file for segment in new}, list[Segment]()
        numbers = periods(np.array([segment.first for segment in every], np.int64), period_of(series[0]))
        for _, group in groupby(zip(numbers.tolist(), every, strict=True), lambda pair: pair[0]):
            together = [segment for _, segment in group]
            if len(together) == 1 or sum(s.rows for s in together) > MOST_ROWS or not any(s.file in fresh for s in together):
                joined += together
                continue
            rows = join([stored.read(segment) for segment in together])
            self._writer.put(rows, series, trades=False)
        return sorted([*joined, *self._writer.finished()], key=lambda segment: segment.first)

    def _replaces(self, origin: Origin) -> bool:
        """Whether a file imported before can no longer be said to be there."""
        return self.rules.replace and any(
            span.rows and span.part.series == origin.series and origin.meets(span.first, span.last) for span in self._spans
        )
