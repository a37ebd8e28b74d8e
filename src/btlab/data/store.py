"""The store: ticks of many symbols in a folder, as immutable day files and a manifest per symbol."""

from __future__ import annotations

import os
import shutil
import tempfile
import warnings
import weakref
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

import numpy as np

from btlab.data.disk import Disk
from btlab.data.home import Home
from btlab.data.importing import Import, options_of
from btlab.data.intake import Rules
from btlab.data.manifest import Feed, Manifest, Segment, load, overlapping
from btlab.data.progress import Progress
from btlab.data.reading import damaged, read_segments
from btlab.data.report import ImportReport
from btlab.data.rows import Columns
from btlab.errors import BtlabWarning, DamagedError, NewerFormatError, NotStoredError, StoreError, did_you_mean
from btlab.market.instrument import check_symbol
from btlab.market.series import Bars, Ticks
from btlab.market.timeframe import MICROSECONDS, index_of
from btlab.market.times import Moment, iso, to_datetime, to_microseconds

if TYPE_CHECKING:
    import polars as pl

PATIENCE = 30.0


class Store:
    """Ticks of many symbols in a folder, safe from killed processes, full disks and other notebooks.

    Args:
        path: a folder, made on first import; ":memory:" for a temporary one that goes with the object; None for $BTLAB_HOME or
            ~/.btlab.

    >>> store = Store(":memory:")
    >>> report = store.import_ticks(Ticks.from_arrays([0, 5], [1.1, 1.2], [1.1001, 1.2001], symbol="EURUSD"))
    >>> report.rows_stored, len(store.ticks("EURUSD"))
    (2, 2)
    """

    def __init__(self, path: str | os.PathLike[str] | None = None) -> None:
        if path == ":memory:":
            folder = Path(tempfile.mkdtemp(prefix="btlab-"))
            weakref.finalize(self, shutil.rmtree, folder, ignore_errors=True)
        else:
            folder = Path(path if path is not None else os.environ.get("BTLAB_HOME") or "~/.btlab").expanduser().absolute()
        if folder.exists() and not folder.is_dir():
            raise StoreError(f"{folder} is a file; a store is a folder", path=str(folder))
        self._home = Home(folder, Disk(durable=path != ":memory:"), PATIENCE)
        self._home.open()

    @property
    def path(self) -> Path:
        """The folder."""
        return self._home.path

    def __repr__(self) -> str:
        return f"Store({str(self.path)!r})"

    def import_ticks(
        self,
        source: Any,
        *,
        symbol: str | None = None,
        format: str = "auto",
        tz: str | None = None,
        price_scale: float | None = None,
        date: Moment | None = None,
        feed: str = "default",
        on_error: str = "raise",
        overlap: str = "refuse",
        sort: bool = False,
        drop_duplicates: bool = False,
        dry_run: bool = False,
        progress: bool | Callable[[Progress], object] | None = None,
    ) -> ImportReport:
        """Import ticks: all of them, or none where anything is wrong.

        Args:
            source: a file, a folder, a pattern, a zip, a list of these; or Ticks, or a polars or pandas frame with columns time,
                bid, ask (bid_size, ask_size) or time, price, size.
            symbol: whose ticks they are; Ticks know theirs.
            format: "lean", "dukascopy", "histdata" or "csv"; "auto" finds out, and the report says why.
            tz: the zone of times that carry no offset ("America/New_York", "UTC-5"); None: the format's own.
            price_scale: prices are numbers x this; 1e-5 for points.
            date: the day (Lean) or hour (Dukascopy) of rows that carry none; None: the path says it.
            feed: a name for where they come from; feeds of one symbol never mix.
            on_error: "raise", or "skip" faulty rows and list them in the report's reject_file.
            overlap: "refuse" what is stored already, or "replace" it, from the first to the last time of each file.
            sort: order rows by time, equal times as they come, rather than take an older one for a fault.
            drop_duplicates: leave out rows that repeat the row before exactly.
            dry_run: say what would happen, and write nothing.
            progress: None shows a bar for an import of over a second in a terminal or a notebook; True always, False never; or
                a function that takes each `Progress`.

        Raises:
            FormatError, RowError, SeriesError: what is wrong with the data. OverlapError: ticks of that range are stored.
            LockedError: another process is writing this symbol. StoreError: the disk, or a feed of another kind.
        """
        options = options_of(source, symbol, tz, price_scale, date)
        rules = Rules.of(on_error, overlap, sort=sort, drop_duplicates=drop_duplicates)
        return Import(self._home, options.symbol, feed, rules, dry_run, progress).run(source, options, format)

    def import_bars(
        self,
        source: Any,
        *,
        symbol: str | None = None,
        timeframe: str | None = None,
        stamp: Literal["start", "end"] | None = None,
        price: Literal["bid", "ask", "mid", "last"] | None = None,
        format: str = "auto",
        tz: str | None = None,
        price_scale: float | None = None,
        date: Moment | None = None,
        feed: str = "default",
        on_error: str = "raise",
        overlap: str = "refuse",
        sort: bool = False,
        drop_duplicates: bool = False,
        dry_run: bool = False,
        progress: bool | Callable[[Progress], object] | None = None,
    ) -> ImportReport:
        """Import bars: all of them, or none where anything is wrong. Bars of several timeframes and prices share a feed.

        Args:
            source: as of `import_ticks`; Bars, or a frame with columns time, open, high, low, close and, where known, volume.
            symbol: whose bars they are; Bars know theirs.
            timeframe: how long they are; None: as the file or Bars say, else "1m".
            stamp: whether their times are of their "start" or of their "end"; None: as the format has it, else "start".
            price: what they were made from; None: as the file says, else "last".
            format, tz, price_scale, date, feed, on_error, overlap, sort, drop_duplicates, dry_run, progress: as `import_ticks`.

        Raises:
            FormatError, RowError, SeriesError: what is wrong with the data. TimeframeError: an unknown timeframe.
            OverlapError: bars of that range, timeframe and price are stored. LockedError: another process is writing this
            symbol. StoreError: the disk, or a feed that holds ticks.
        """
        options = options_of(source, symbol, tz, price_scale, date, bars=True, timeframe=timeframe, stamp=stamp, price=price)
        rules = Rules.of(on_error, overlap, sort=sort, drop_duplicates=drop_duplicates)
        return Import(self._home, options.symbol, feed, rules, dry_run, progress).run(source, options, format)

    def ticks(self, symbol: str, start: Moment | None = None, end: Moment | None = None, *, feed: str | None = None) -> Ticks:
        """Ticks with start <= time < end.

        Args:
            start, end: datetime (naive: UTC) or ISO text; None is open.
            feed: which of the symbol's; None where there is only one.

        Raises:
            NotStoredError: no such symbol, feed or range. DamagedError: a file of the range is not what was written.
        """
        since, until = (None if moment is None else to_microseconds(moment) for moment in (start, end))
        kind, columns = self._read(symbol, since, until, feed)
        first = 0 if since is None else int(np.searchsorted(columns.time, since))
        last = len(columns.time) if until is None else int(np.searchsorted(columns.time, until))
        cut = columns.take(slice(first, max(first, last)))
        return Ticks(cut.time, cut.bid, cut.ask, cut.bid_size, cut.ask_size, symbol, kind == "trades")

    def bars(
        self,
        symbol: str,
        timeframe: str,
        start: Moment | None = None,
        end: Moment | None = None,
        *,
        price: str | None = None,
        feed: str | None = None,
    ) -> Bars:
        """Bars whose start lies in start <= time < end, made from ticks; the last of the data may be unfinished.

        Args:
            timeframe: one of `TIMEFRAMES`.
            price: "bid", "ask" or "mid"; None: mid.

        Raises:
            TimeframeError: an unknown timeframe. NotStoredError, DamagedError: as `ticks`.
        """
        from btlab.market import timeline

        index_of(timeframe)
        beyond = None
        if end is not None:  # The last bar goes on behind the end; a day may be an hour longer.
            beyond = to_datetime(to_microseconds(end) + MICROSECONDS[timeframe] + MICROSECONDS["1h"])
        ticks = self.ticks(symbol, start, beyond, feed=feed)
        if not len(ticks):
            nothing = np.empty(0)
            return Bars(ticks.time, nothing, nothing, nothing, nothing, nothing, timeframe, symbol)
        return timeline.bars(ticks, timeframe, price=price or "mid").between(start, end)

    def symbols(self) -> pl.DataFrame:
        """What is stored: symbol, feed, kind, timeframe (null for ticks), first, last, rows, bytes.

        Symbols whose manifest is damaged are left out with a warning.
        """
        import polars as pl

        table: list[tuple[Any, ...]] = []
        for symbol in self._home.symbols():
            try:
                manifest = load(self._home.folder(symbol), symbol)
            except (DamagedError, NewerFormatError) as error:
                warnings.warn(str(error), BtlabWarning, stacklevel=2)
                continue
            for name, feed in manifest.feeds.items() if manifest else ():
                if feed.segments:
                    span = feed.segments[0].first, feed.segments[-1].last
                    table.append((symbol, name, feed.kind, None, *span, feed.rows, sum(s.bytes for s in feed.segments)))
        text, moment, count = pl.String(), pl.Datetime("us", "UTC"), pl.Int64()
        schema = {"symbol": text, "feed": text, "kind": text, "timeframe": text, "first": moment, "last": moment}
        return pl.DataFrame(table, schema | {"rows": count, "bytes": count}, orient="row")

    def _read(self, symbol: str, start: int | None, end: int | None, feed: str | None) -> tuple[str, Columns]:
        """The kind and all rows of all segments that a range touches, from one generation of the manifest."""
        check_symbol(symbol)
        seen = -1
        while True:
            manifest = load(self._home.folder(symbol), symbol)
            name, chosen = self._feed(manifest, symbol, feed)
            parts = _in_range(chosen, symbol, name, start, end)
            files = self._home.feed_folder(symbol, name)
            try:
                return chosen.kind, read_segments(files, parts, symbol, trades=chosen.kind == "trades", sizes=chosen.sizes)
            except FileNotFoundError as error:
                assert manifest is not None
                if manifest.generation == seen:
                    gone = next(part for part in parts if not (files / part.file).exists())
                    raise damaged(Path(error.filename), gone, symbol, "the file is gone") from None
                seen = manifest.generation
            except OSError as error:
                raise StoreError(f"ticks of {symbol!r} cannot be read: {error}", symbol=symbol) from None

    def _feed(self, manifest: Manifest | None, symbol: str, feed: str | None) -> tuple[str, Feed]:
        feeds = {name: one for name, one in (manifest.feeds if manifest else {}).items() if one.segments}
        if not feeds:
            known = self.symbols()["symbol"].unique(maintain_order=True).to_list()
            raise NotStoredError(f"no ticks of {symbol!r} in {self.path}.{did_you_mean(symbol, known)}", symbol=symbol)
        if feed is None and len(feeds) > 1:
            shown = ", ".join(feeds)
            raise NotStoredError(f"{symbol!r} has feeds {shown}; say which with feed=", symbol=symbol, feeds=list(feeds))
        name = feed if feed is not None else next(iter(feeds))
        if name not in feeds:
            raise NotStoredError(f"{symbol!r} has no feed {name!r}.{did_you_mean(name, feeds)}", symbol=symbol, feed=name)
        return name, feeds[name]


def _in_range(feed: Feed, symbol: str, name: str, start: int | None, end: int | None) -> list[Segment]:
    first, last = feed.segments[0].first, feed.segments[-1].last
    late = start is not None and start > last
    if late or (end is not None and end <= first):
        raise NotStoredError(
            f"feed {name!r} of {symbol!r} holds {iso(first)} to {iso(last)}; nothing "
            + (f"from {iso(start or 0)} on" if late else f"before {iso(end or 0)}"),
            symbol=symbol,
            feed=name,
        )
    return overlapping(feed.segments, start, end)
