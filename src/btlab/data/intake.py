"""From batches to segments: rows are checked, cut into days, met with what is stored, and written; the manifest comes last.

Nothing that is written here can be seen before the caller puts the new manifest in its place.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path

import numpy as np

from btlab.data import segments
from btlab.data.disk import Disk
from btlab.data.manifest import Feed, Origin, Segment
from btlab.data.paths import encode_name
from btlab.data.reading import read_segments
from btlab.data.rows import Batch, Columns, RowCheck, by_day
from btlab.errors import FormatError, OverlapError, StoreError, did_you_mean
from btlab.market.times import iso

_DAY = 86_400_000_000


@dataclass(frozen=True)
class Part:
    """One file, or one frame, of a call: what tells it from others (`key`), its name, and its rows."""

    key: str
    name: str
    batches: Callable[[], Iterator[Batch]]


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
class Span:
    """What a part has brought so far."""

    part: Part
    rows: int = 0
    first: int = 0
    last: int = 0

    def grow(self, time: np.ndarray) -> None:
        if len(time):
            first, last = int(time.min()), int(time.max())
            self.first = min(self.first, first) if self.rows else first
            self.last = max(self.last, last) if self.rows else last
            self.rows += len(time)


@dataclass
class Intake:
    """One call's way into one feed.

    Args:
        symbol, name: of the feed. folder: of the feed. feed: as it is; None where it is new.
        disk: what writes; None for a dry run.
    """

    symbol: str
    name: str
    folder: Path
    feed: Feed | None
    rules: Rules
    disk: Disk | None
    written: list[Path] = field(default_factory=list)
    rows_stored: int = 0
    disordered: int = 0
    first: int | None = None
    last: int | None = None

    def __post_init__(self) -> None:
        self.check = RowCheck(skip=self.rules.skip, ordered=not self.rules.sort, drop_duplicates=self.rules.drop_duplicates)
        self._spans: list[Span] = []
        self._kept = {segment.file: segment for segment in (self.feed.segments if self.feed else ())}
        self._new: list[Segment] = []
        self._kind: tuple[str, bool] | None = (self.feed.kind, self.feed.sizes) if self.feed and self.feed.segments else None

    def run(self, parts: Iterable[Part]) -> Feed:
        """Take all rows of all parts; returns the feed as it will be.

        Raises:
            RowError, FormatError: what a file holds. OverlapError: it is stored already. OSError: the disk.
        """
        stream = self._columns(parts)
        for day, columns in by_day(self._sorted(stream) if self.rules.sort else stream):
            self.first = int(columns.time[0]) if self.first is None else self.first
            self.last = int(columns.time[-1])
            self.rows_stored += len(columns.time)
            self._add(columns, [s for s in self._kept.values() if s.first // _DAY == day])
        for segment in [s for s in self._kept.values() if self._meets(s)]:
            self._add(None, [segment])
        return self._result()

    def _columns(self, parts: Iterable[Part]) -> Iterator[Columns]:
        for part in parts:
            self._spans.append(Span(part))
            for batch in part.batches():
                self._check_kind(batch)
                columns = self.check.good(batch)
                self._spans[-1].grow(columns.time)
                yield columns

    def _sorted(self, stream: Iterator[Columns]) -> Iterator[Columns]:
        parts = list(stream)
        if parts:
            columns = Columns.join(parts)
            self.disordered = int((np.diff(columns.time) < 0).sum())
            yield self.check.kept(columns.take(np.argsort(columns.time, kind="stable")))

    def _check_kind(self, batch: Batch) -> None:
        kind = ("trades" if batch.trades else "quotes", batch.columns.bid_size is not None)
        if self._kind is None:
            self._kind = kind
        if kind != self._kind:
            have, new = (f"{what} {'with' if sizes else 'without'} sizes" for what, sizes in (self._kind, kind))
            if self.feed and self.feed.segments:
                raise StoreError(
                    f"feed {self.name!r} of {self.symbol!r} holds {have}, {batch.source} holds {new}; give it a feed= of its own",
                    symbol=self.symbol,
                    feed=self.name,
                )
            raise FormatError(
                f"{batch.source} holds {new}, files before it {have}; import them into feeds of their own", file=batch.source
            )

    def _meets(self, segment: Segment) -> bool:
        return any(span.rows and span.first <= segment.last and segment.first <= span.last for span in self._spans)

    def _covers(self, segment: Segment) -> bool:
        return any(span.rows and span.first <= segment.first and segment.last <= span.last for span in self._spans)

    def _add(self, columns: Columns | None, stored: list[Segment]) -> None:
        """Write a day's new rows, merged with those stored segments whose ranges they meet; or cut the latter alone."""
        merged = [] if columns is None else [columns]
        for segment in stored:
            meets = columns is not None and columns.time[0] <= segment.last and segment.first <= columns.time[-1]
            if not (meets or self._meets(segment)):
                continue
            old = self._outside(segment)
            if columns is None and len(old) == 1 and len(old[0].time) == segment.rows:
                continue
            merged = old + merged
            del self._kept[segment.file]
        if merged:
            columns = Columns.join(merged)
            if len(merged) > 1:
                columns = columns.take(np.argsort(columns.time, kind="stable"))
            self._new.append(self._write(columns))

    def _outside(self, segment: Segment) -> list[Columns]:
        """Stored rows that no part of this call replaces: a list of one, or of none."""
        if self.rules.replace and self._covers(segment):
            return []
        assert self.feed is not None
        old = read_segments(self.folder, [segment], self.symbol, trades=self.feed.kind == "trades", sizes=self.feed.sizes)
        inside = np.zeros(segment.rows, bool)
        for span in self._spans:
            if span.rows:
                hit = (old.time >= span.first) & (old.time <= span.last)
                if hit.any() and not self.rules.replace:
                    raise self._overlap(span, old.time[hit])
                inside |= hit
        return [] if inside.all() else [old.take(~inside)]

    def _overlap(self, span: Span, hit: np.ndarray) -> OverlapError:
        return OverlapError(
            f"{span.part.name} brings {iso(span.first)} to {iso(span.last)}, and feed {self.name!r} of {self.symbol!r} holds "
            f'ticks of that range already (from {iso(hit[0])} on). overlap="replace" replaces them, another feed= keeps both',
            symbol=self.symbol,
            feed=self.name,
            file=span.part.name,
            start=span.first,
            end=span.last,
        )

    def _write(self, columns: Columns) -> Segment:
        """A day file, named by its day and content; one that a killed call left behind is used as it is."""
        assert self._kind is not None
        about = {"symbol": str(encode_name(self.symbol)), "feed": str(encode_name(self.name))}
        content, digits = segments.encode(columns, trades=self._kind[0] == "trades", about=about)
        sha256 = hashlib.sha256(content).hexdigest()
        first, last = int(columns.time[0]), int(columns.time[-1])
        segment = Segment(
            f"{iso(first)[:10]}.{sha256[:16]}.parquet", sha256, len(content), len(columns.time), first, last, digits
        )
        path = self.folder / segment.file
        if self.disk is not None and not (path.is_file() and path.read_bytes() == content):
            self.written.append(path)
            self.disk.put(path, content)
        return segment

    def _result(self) -> Feed:
        kind, sizes = self._kind or ("quotes", False)
        now = datetime.now(UTC).isoformat(timespec="seconds")
        origins = [origin for origin in (self.feed.origins if self.feed else ()) if not self._replaces(origin)]
        for span in self._spans:
            first, last = (span.first, span.last) if span.rows else (None, None)
            origins.append(Origin(span.part.key, span.part.name, span.rows, first, last, now))
        ordered = sorted([*self._kept.values(), *self._new], key=lambda segment: segment.first)
        return replace(self.feed or Feed(kind, sizes), kind=kind, sizes=sizes, segments=tuple(ordered), origins=tuple(origins))

    def _replaces(self, origin: Origin) -> bool:
        """Whether a file imported before can no longer be said to be there."""
        return self.rules.replace and any(span.rows and origin.meets(span.first, span.last) for span in self._spans)

    def words(self) -> list[str]:
        """What a careful reader of the report should know."""
        counts, off_grid = self.check.counts, sum(segment.digits is None for segment in self._new)
        said = {
            "quotes are crossed (ask under bid); they are kept": counts.crossed,
            "quotes have one side only; they are kept": counts.one_sided,
            "rows repeat the row before exactly; they are kept (drop_duplicates=True drops them)": counts.repeats,
            "rows were older than the row before; all were sorted": self.disordered,
            "day files hold prices on no decimal grid of int32 points; they are kept as float64, without loss": off_grid,
        }
        return [f"{count:,} {what}" for what, count in said.items() if count]
