"""The store: ticks of many symbols in a folder, as immutable day files and a manifest per symbol."""

from __future__ import annotations

import os
import shutil
import tempfile
import weakref
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, TypeAlias, overload

from btlab.data.files.disk import Disk
from btlab.data.files.home import Home
from btlab.data.intake.importing import Import, options_of
from btlab.data.intake.report import ImportReport
from btlab.data.intake.stream import Rules
from btlab.data.progress import Progress
from btlab.data.reading.ranges import Ranges, contents
from btlab.data.reading.sql import SqlLimits, run
from btlab.data.upkeep.backup import backup
from btlab.data.upkeep.compact import compact
from btlab.data.upkeep.diagnosis import Diagnosis
from btlab.data.upkeep.doctor import doctor
from btlab.data.upkeep.migrate import migrate
from btlab.data.upkeep.outcome import BackupReport, CompactReport, MigrateReport
from btlab.data.upkeep.restore import restore
from btlab.errors import StoreError
from btlab.market.series import Bars, Ticks
from btlab.market.times import Moment

if TYPE_CHECKING:
    import polars as pl

    from btlab.data.quality import Quality

Names: TypeAlias = list[str] | tuple[str, ...]

PATIENCE = 30.0
CACHE_BYTES = 8 * 2**30


class Store:
    """Ticks of many symbols in a folder, safe from killed processes, full disks and other notebooks.

    Args:
        path: a folder, made on first import; ":memory:" for a temporary one that goes with the object; None for $BTLAB_HOME or
            ~/.btlab.
        cache_bytes: what mapped copies of ticks and bars made from them may take in the folder, so that what is read again is
            read at once; the least recently used ones go first. 0 keeps none.

    >>> store = Store(":memory:")
    >>> report = store.import_ticks(Ticks.from_arrays([0, 5], [1.1, 1.2], [1.1001, 1.2001], symbol="EURUSD"))
    >>> report.rows_stored, len(store.ticks("EURUSD"))
    (2, 2)
    """

    def __init__(self, path: str | os.PathLike[str] | None = None, *, cache_bytes: int = CACHE_BYTES) -> None:
        if path == ":memory:":
            folder = Path(tempfile.mkdtemp(prefix="btlab-"))
            weakref.finalize(self, shutil.rmtree, folder, ignore_errors=True)
        else:
            folder = Path(path if path is not None else os.environ.get("BTLAB_HOME") or "~/.btlab").expanduser().absolute()
        if folder.exists() and not folder.is_dir():
            raise StoreError(f"{folder} is a file; a store is a folder", path=str(folder))
        self._home = Home(folder, Disk(durable=path != ":memory:"), PATIENCE)
        self._home.open()
        self.sql_limits = SqlLimits()
        """What a query may take: `.seconds`, `.memory`."""
        self._ranges = Ranges(self._home, cache_bytes if path != ":memory:" else 0)

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
        columns: str | Sequence[str] | None = None,
        unit: str | None = None,
        dates: str | None = None,
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
            format: a name of `list_formats()`; "auto" finds out, and the report says why.
            tz: the zone of times that carry no offset ("America/New_York", "UTC-5"); None: the format's own.
            price_scale: prices are numbers x this; 1e-5 for points.
            date: the day (Lean) or hour (Dukascopy) of rows that carry none; None: the path says it.
            columns: of a table whose columns cannot be told: "time,bid,ask,-", or "date", "price", "size", "symbol" and others.
            unit: of a table's times that are counts since 1970: "s", "ms", "µs" ("us") or "ns"; None: by the first row's size.
            dates: the order of a table's dates: "ymd", "dmy" or "mdy"; None: as the first rows tell.
            feed: a name for where they come from; feeds of one symbol never mix.
            on_error: "raise", or "skip" faulty rows and list them in the report's reject_file.
            overlap: "refuse" what is stored already, or "replace" it, from the first to the last time of each file.
            sort: order rows by time, equal times as they come, rather than take an older one for a fault.
            drop_duplicates: leave out rows with the time, prices and sizes of the row before. A tape of trades repeats honestly:
                two trades of one moment may differ only in what is not stored, as their exchange.
            dry_run: say what would happen, and write nothing.
            progress: None shows a bar for an import of over a second in a terminal or a notebook; True always, False never; or
                a function that takes each `Progress`.

        Raises:
            FormatError, RowError, SeriesError: what is wrong with the data. OverlapError: ticks of that range are stored.
            LockedError: another process is writing this symbol. StoreError: the disk, or a feed of another kind.
        """
        table: dict[str, Any] = {"columns": columns, "unit": unit, "dates": dates}
        options = options_of(source, symbol, tz, price_scale, date, **table)
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
        columns: str | Sequence[str] | None = None,
        unit: str | None = None,
        dates: str | None = None,
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
            format, tz, price_scale, date, columns, unit, dates: as of `import_ticks`.
            feed, on_error, overlap, sort, drop_duplicates, dry_run, progress: as of `import_ticks`.

        Raises:
            FormatError, RowError, SeriesError: what is wrong with the data. TimeframeError: an unknown timeframe.
            OverlapError: bars of that range, timeframe and price are stored. LockedError: another process is writing this
            symbol. StoreError: the disk, or a feed that holds ticks.
        """
        of_bars: dict[str, Any] = {"timeframe": timeframe, "stamp": stamp, "price": price}
        table: dict[str, Any] = {"columns": columns, "unit": unit, "dates": dates}
        options = options_of(source, symbol, tz, price_scale, date, bars=True, **of_bars, **table)
        rules = Rules.of(on_error, overlap, sort=sort, drop_duplicates=drop_duplicates)
        return Import(self._home, options.symbol, feed, rules, dry_run, progress).run(source, options, format)

    @overload
    def ticks(
        self, symbol: str, start: Moment | None = ..., end: Moment | None = ..., *, feed: str | None = ..., packed: bool = ...
    ) -> Ticks: ...

    @overload
    def ticks(
        self, symbol: Names, start: Moment | None = ..., end: Moment | None = ..., *, feed: str | None = ..., packed: bool = ...
    ) -> dict[str, Ticks]: ...

    def ticks(
        self,
        symbol: str | Names,
        start: Moment | None = None,
        end: Moment | None = None,
        *,
        feed: str | None = None,
        packed: bool = False,
    ) -> Ticks | dict[str, Ticks]:
        """Ticks with start <= time < end.

        Args:
            symbol: one symbol; or a list of them, which gives a dict by symbol, as `bt.run` takes it.
            start, end: datetime (naive: UTC) or ISO text; None is open.
            feed: which of the symbol's; None where there is only one.
            packed: quotes without their sizes, twelve bytes each (`Ticks.packed`), mapped from one file in the store's cache and
                not read into memory; the bars and ranges that a run makes of them once are kept beside it. For ticks by the
                hundred million. The first time makes the file.

        Raises:
            NotStoredError: no such symbol, feed or range. DamagedError: a file of the range is not what was written.
            SeriesError: trades, or prices on no grid, cannot be packed.

        >>> store = Store(":memory:")
        >>> for name in ("EURUSD", "GBPUSD"):
        ...     report = store.import_ticks(Ticks.from_arrays([0, 5], [1.1, 1.2], [1.1001, 1.2001], symbol=name))
        >>> {name: len(ticks) for name, ticks in store.ticks(["EURUSD", "GBPUSD"], end="1970-01-02").items()}
        {'EURUSD': 2, 'GBPUSD': 2}
        """
        if not isinstance(symbol, list | tuple):
            return self._ranges.ticks(symbol, start, end, feed, packed)
        return {name: self._ranges.ticks(name, start, end, feed, packed) for name in symbol}

    @overload
    def bars(
        self,
        symbol: str,
        timeframe: str,
        start: Moment | None = None,
        end: Moment | None = None,
        *,
        price: str | None = None,
        feed: str | None = None,
    ) -> Bars: ...

    @overload
    def bars(
        self,
        symbol: Names,
        timeframe: str,
        start: Moment | None = None,
        end: Moment | None = None,
        *,
        price: str | None = None,
        feed: str | None = None,
    ) -> dict[str, Bars]: ...

    def bars(
        self,
        symbol: str | Names,
        timeframe: str,
        start: Moment | None = None,
        end: Moment | None = None,
        *,
        price: str | None = None,
        feed: str | None = None,
    ) -> Bars | dict[str, Bars]:
        """Bars whose start lies in start <= time < end; the last of the data may be unfinished.

        Args:
            symbol: one symbol; or a list of them, which gives a dict by symbol.
            timeframe: "1s" to "1mo". Of imported bars: a stored timeframe, or one that can be put together from a stored one.
            price: "bid", "ask" or "mid" of bars made from ticks; None: mid. Imported bars have their own, and None is that.

        Raises:
            TimeframeError: an unknown timeframe, or one that the imported bars do not make. NotStoredError, DamagedError: as
            `ticks`.
        """
        if not isinstance(symbol, list | tuple):
            return self._ranges.bars(symbol, timeframe, start, end, price, feed)
        return {name: self._ranges.bars(name, timeframe, start, end, price, feed) for name in symbol}

    def symbols(self) -> pl.DataFrame:
        """What is stored: symbol, feed, kind, timeframe (null for ticks), first, last, rows, bytes.

        Symbols whose manifest is damaged are left out with a warning.
        """
        return contents(self._ranges)

    def sql(self, query: str, **frames: Any) -> pl.DataFrame:
        """The answer to a query in DuckDB's SQL, which reads the store and nothing else.

        Args:
            query: one SELECT (or DESCRIBE, EXPLAIN, PIVOT) over the views `ticks` (symbol, feed, time, bid, ask, bid_size,
                ask_size), `bars` (imported ones: symbol, feed, timeframe, price, time, open, high, low, close, volume) and
                `imports`. A condition on symbol or time opens only the files that it wants. Times are UTC.
            frames: tables by name: polars or pandas frames, Ticks, Bars.

        Raises:
            QueryError: a query that is wrong, does more than read, or goes beyond `store.sql_limits`. DamagedError: a file that
            it touches is not what was written; queries of other symbols go on.

        >>> store = Store(":memory:")
        >>> report = store.import_ticks(Ticks.from_arrays([0, 5], [1.1, 1.2], [1.1001, 1.2001], symbol="EURUSD"))
        >>> store.sql("select symbol, count(*) as ticks, max(bid) as high from ticks group by symbol").row(0)
        ('EURUSD', 2, 1.2)
        """
        return run(self._ranges, query, frames, self.sql_limits)

    def quality(
        self,
        symbol: str,
        start: Moment | None = None,
        end: Moment | None = None,
        *,
        feed: str | None = None,
        calendar: str | None = None,
    ) -> Quality:
        """Gaps by the calendar, odd rows, and days against what is usual; `.picture()` shows them.

        Args:
            calendar: whose trading hours count ("fx", "metals", "24x7", "XNYS", ...); None: the symbol's own.

        Raises:
            NotStoredError, DamagedError: as `ticks`. CalendarError: no such calendar.
        """
        from btlab.data.quality.scan import quality_of

        return quality_of(self._ranges, symbol, start, end, feed, calendar)

    def compact(self) -> CompactReport:
        """Merge what piecemeal imports left into one file a day, and remove what nothing needs. Readers and imports go on.

        What a killed import had staged is kept for a day, for the next one to use. Symbols that are damaged, or being written,
        stay as they are; the report names them.
        """
        return compact(self._home)

    def backup(self, path: str | os.PathLike[str]) -> BackupReport:
        """Copy everything that cannot be rebuilt, each symbol at one generation, while others import.

        Args:
            path: a new folder, which can be opened as a store itself; or a new archive, where it ends with .zip.

        Raises:
            StoreError: something is there already, or the disk. DamagedError: a file is not what was written; doctor first.
        """
        return backup(self._home, Path(path).expanduser().absolute())

    @classmethod
    def restore(cls, backup: str | os.PathLike[str], path: str | os.PathLike[str] | None = None) -> Store:
        """A store from a backup, in a new folder; every file is verified before the folder appears.

        Args:
            backup: a folder or an archive that `backup` wrote. path: as of `Store`.

        Raises:
            StoreError: something is at `path`, or no backup at `backup`. DamagedError: a file of it is not what was written.
        """
        store = cls(path)
        restore(Path(backup).expanduser().absolute(), store._home)
        return store

    def migrate(self) -> MigrateReport:
        """Rewrite what an older btlab wrote in the newest format, symbol by symbol; it can be read without, too."""
        return migrate(self._home)

    def doctor(self, *, repair: bool = False) -> Diagnosis:
        """Look at every file, and say what is wrong, why, and what would be done about it.

        Args:
            repair: do it. Damaged files are renamed into `quarantine/`, damaged manifests rebuilt from their day files; no data
                is deleted.
        """
        return doctor(self._home, repair=repair)
