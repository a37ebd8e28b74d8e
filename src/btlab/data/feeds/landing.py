"""From files that arrived to rows in the store, and what the store holds of a day."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from btlab.data.feeds.vendor import DAY, Vendor
from btlab.data.files.manifest import Segment, load
from btlab.data.importers import choose
from btlab.data.importers.source import Source
from btlab.data.intake.report import ImportReport
from btlab.data.rows import Columns
from btlab.errors import FormatError
from btlab.market.series import Ticks

if TYPE_CHECKING:
    from btlab.data.store import Store


class Landing:
    """Where the rows of one download go.

    Args:
        on_error: as of an import.
    """

    def __init__(self, store: Store, vendor: Vendor, symbol: str, feed: str, on_error: str) -> None:
        self._store, self._vendor, self._symbol, self._feed, self._on_error = store, vendor, symbol, feed, on_error
        self._segments: list[Segment] | None = None

    def put(self, paths: Sequence[Path]) -> ImportReport:
        """Import files as one; what was stored between their first and last row is replaced.

        Raises:
            DataError: they are not what they should be. StoreError: the store.
        """
        self._segments = None
        options = self._vendor.options
        if options.bars:
            return self._store.import_bars(
                list(paths),
                symbol=self._symbol,
                timeframe=options.timeframe,
                format=self._vendor.NAME,
                feed=self._feed,
                on_error=self._on_error,
                overlap="replace",
                progress=False,
            )
        source = self._joined(paths) if len(paths) > 1 else paths[0]
        format, scale = ("auto", None) if isinstance(source, Ticks) else (self._vendor.NAME, options.price_scale)
        return self._store.import_ticks(
            source,
            symbol=self._symbol,
            format=format,
            price_scale=scale,
            feed=self._feed,
            on_error=self._on_error,
            overlap="replace",
            progress=False,
        )

    def span(self, start: int) -> tuple[int | None, int | None]:
        """Times of the first and last row that the store holds of the day that begins at `start`, at least to the segment."""
        ordered = self._sorted()
        begin = bisect_left(ordered, start, key=lambda one: one.last)
        met = ordered[begin : bisect_left(ordered, start + DAY, key=lambda one: one.first)]
        return (max(start, met[0].first), min(start + DAY - 1, met[-1].last)) if met else (None, None)

    def holds(self, first: int | None, last: int | None) -> bool:
        """Whether a range that was stored still is, at both of its ends."""
        return self._is_stored(first) and self._is_stored(last)

    def _is_stored(self, time: int | None) -> bool:
        ordered = self._sorted()
        at = -1 if time is None else bisect_right(ordered, time, key=lambda one: one.first) - 1
        return at >= 0 and time is not None and time <= ordered[at].last

    def _joined(self, paths: Sequence[Path]) -> Ticks:
        """The ticks of several files as one source: the manifest remembers a day, not each of its hours."""
        readers = choose([Source(path) for path in paths], self._vendor.NAME, self._vendor.options).readers
        columns = list[Columns]()
        for reader in readers:
            for batch in reader.batches():
                if not isinstance(batch.columns, Columns) or (batch.fault is not None and batch.fault.any()):
                    raise FormatError(f"{batch.source} holds rows that are no ticks; fetch it again", file=batch.source)
                columns.append(batch.columns)
        return Ticks(*Columns.join(columns), self._symbol, False)

    def _sorted(self) -> list[Segment]:
        """The feed's segments as they are since the last import."""
        if self._segments is None:
            manifest = load(self._store._home.folder(self._symbol), self._symbol)
            feed = manifest.feeds.get(self._feed) if manifest else None
            timeframe = self._vendor.options.timeframe
            series = None if timeframe is None else (timeframe, "last")
            self._segments = sorted(feed.series.get(series, ()), key=lambda one: one.first) if feed else []
        return self._segments
