"""The store: a folder of immutable day files and a manifest per symbol.

store.json                      the format of the whole
symbols/EURUSD/manifest.json    which files are the symbol's ticks
symbols/EURUSD/~DEFAULT/2014-05-07.0f3a....parquet
rejects/                        rows that were left out
"""

from __future__ import annotations

import contextlib
import csv
import hashlib
import io
import json
import os
import shutil
import tempfile
import time
import weakref
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING, Any

import numpy as np

from btlab.data.disk import Disk
from btlab.data.frames import from_memory, is_frame
from btlab.data.importers import choose
from btlab.data.importers.base import Options
from btlab.data.importers.source import expand
from btlab.data.intake import Intake, Part, Rules
from btlab.data.lock import writing
from btlab.data.manifest import FORMAT, NAME, Feed, Manifest, check_format, load, overlapping
from btlab.data.paths import decode_name, encode_name
from btlab.data.reading import damaged, is_intact, read_segments
from btlab.data.report import ImportReport
from btlab.data.rows import Reject
from btlab.data.zones import zone_of
from btlab.errors import DamagedError, FormatError, NewerFormatError, NotStoredError, StoreError, did_you_mean
from btlab.market.calendar import check_calendar
from btlab.market.instrument import check_symbol
from btlab.market.series import Bars, Ticks
from btlab.market.timeframe import MICROSECONDS, index_of
from btlab.market.times import Moment, iso, to_datetime, to_microseconds

if TYPE_CHECKING:
    import polars as pl

PATIENCE = 30.0
_MARKER = "store.json"


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
            self.path = Path(tempfile.mkdtemp(prefix="btlab-"))
            weakref.finalize(self, shutil.rmtree, self.path, ignore_errors=True)
        else:
            self.path = Path(path if path is not None else os.environ.get("BTLAB_HOME") or "~/.btlab").expanduser().absolute()
        self._disk = Disk(durable=path != ":memory:")
        self._patience = PATIENCE
        if self.path.exists() and not self.path.is_dir():
            raise StoreError(f"{self.path} is a file; a store is a folder", path=str(self.path))
        self._check_format()

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

        Raises:
            FormatError, RowError, SeriesError: what is wrong with the data. OverlapError: ticks of that range are stored.
            LockedError: another process is writing this symbol. StoreError: the disk, or a feed of another kind.
        """
        began = time.perf_counter()
        _one_of("on_error", on_error, ("raise", "skip"))
        _one_of("overlap", overlap, ("refuse", "replace"))
        if symbol is None:
            if not isinstance(source, Ticks):
                raise StoreError('symbol= is missing; say whose ticks these are, as in symbol="EURUSD"')
            symbol = source.symbol
        check_symbol(symbol), check_symbol(feed)
        rules = Rules(skip=on_error == "skip", replace=overlap == "replace", sort=sort, drop_duplicates=drop_duplicates)
        zone = None if tz is None else zone_of(tz)
        if price_scale is not None and not (isinstance(price_scale, int | float) and 0 < price_scale < float("inf")):
            raise FormatError(f"price_scale={price_scale!r}; it must be positive and finite, as 1e-5", price_scale=price_scale)
        options = Options(symbol, zone, price_scale, date)
        plan = _from_memory(source, options, format) if is_frame(source) else _from_files(source, options, format)
        return self._import(symbol, feed, plan, rules, dry_run, began)

    def ticks(self, symbol: str, start: Moment | None = None, end: Moment | None = None, *, feed: str | None = None) -> Ticks:
        """Ticks with start <= time < end.

        Args:
            start, end: datetime (naive: UTC) or ISO text; None is open.
            feed: which of the symbol's; None where there is only one.

        Raises:
            NotStoredError: no such symbol, feed or range. DamagedError: a file of the range is not what was written.
        """
        since, until = (None if moment is None else to_microseconds(moment) for moment in (start, end))
        name, kind, columns = self._read(symbol, since, until, feed)
        rows = slice(
            0 if since is None else int(np.searchsorted(columns.time, since)),
            len(columns.time) if until is None else int(np.searchsorted(columns.time, until)),
        )
        return Ticks(*columns.take(rows), symbol, kind == "trades")

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
        if end is not None:
            beyond = to_datetime(to_microseconds(end) + MICROSECONDS[timeframe] + MICROSECONDS["1h"])
        ticks = self.ticks(symbol, start, beyond, feed=feed)
        if not len(ticks):
            return Bars(ticks.time, *(np.empty(0) for _ in range(5)), timeframe, symbol)
        return timeline.bars(ticks, timeframe, price=price or "mid").between(start, end)

    def symbols(self) -> pl.DataFrame:
        """What is stored: symbol, feed, kind, timeframe (null for ticks), first, last, rows, bytes. Damaged symbols are left out with a warning."""
        import warnings

        import polars as pl

        from btlab.errors import BtlabWarning

        table: list[tuple[Any, ...]] = []
        base = self.path / "symbols"
        for path in sorted(base.rglob(NAME)):
            symbol = decode_name(PurePosixPath(*path.parent.relative_to(base).parts))
            try:
                manifest = load(path.parent, symbol)
            except (DamagedError, NewerFormatError) as error:
                warnings.warn(str(error), BtlabWarning, stacklevel=2)
                continue
            for name, feed in manifest.feeds.items() if manifest else ():
                if feed.segments:
                    span = feed.segments[0].first, feed.segments[-1].last
                    table.append((symbol, name, feed.kind, None, *span, feed.rows, sum(s.bytes for s in feed.segments)))
        moment = pl.Datetime("us", "UTC")
        schema = {"symbol": pl.String, "feed": pl.String, "kind": pl.String, "timeframe": pl.String}
        return pl.DataFrame(table, schema | {"first": moment, "last": moment, "rows": pl.Int64, "bytes": pl.Int64}, orient="row")

    def _read(self, symbol: str, start: int | None, end: int | None, feed: str | None) -> tuple[str, str, Any]:
        """(feed, kind, columns) of all segments that a range touches, from one generation of the manifest."""
        check_symbol(symbol)
        folder, seen = self._folder(symbol), -1
        while True:
            manifest = load(folder, symbol)
            name, chosen = self._feed(manifest, symbol, feed)
            parts = self._in_range(chosen, symbol, name, start, end)
            files = folder / encode_name(name)
            try:
                columns = read_segments(files, parts, symbol, trades=chosen.kind == "trades", sizes=chosen.sizes)
                return name, chosen.kind, columns
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
            raise NotStoredError(
                f"{symbol!r} has feeds {', '.join(feeds)}; say which with feed=", symbol=symbol, feeds=list(feeds)
            )
        name = feed if feed is not None else next(iter(feeds))
        if name not in feeds:
            raise NotStoredError(f"{symbol!r} has no feed {name!r}.{did_you_mean(name, feeds)}", symbol=symbol, feed=name)
        return name, feeds[name]

    def _in_range(self, feed: Feed, symbol: str, name: str, start: int | None, end: int | None) -> list[Any]:
        first, last = feed.segments[0].first, feed.segments[-1].last
        if (start is not None and start > last) or (end is not None and end <= first):
            raise NotStoredError(
                f"feed {name!r} of {symbol!r} holds {iso(first)} to {iso(last)}; nothing "
                + (f"from {iso(start)} on" if start is not None and start > last else f"before {iso(end or 0)}"),
                symbol=symbol,
                feed=name,
            )
        return overlapping(feed.segments, start, end)

    def _folder(self, symbol: str) -> Path:
        return self.path / "symbols" / encode_name(symbol)

    def _import(self, symbol: str, feed: str, plan: _Plan, rules: Rules, dry_run: bool, began: float) -> ImportReport:
        folder = self._folder(symbol)
        warnings = list(plan.warnings)
        with self._writing(folder, symbol, dry_run):
            manifest = load(folder, symbol) or Manifest(symbol)
            files = folder / encode_name(feed)
            old = manifest.feeds.get(feed)
            parts = self._unknown(plan.parts, old, files, rules, warnings)
            intake = Intake(symbol, feed, files, old, rules, None if dry_run else self._disk)
            reject_file = None
            try:
                new = intake.run(_once(parts, warnings))
                if parts and not dry_run:
                    reject_file = self._write_rejects(intake.check.rejects)
                    self._disk.put(folder / NAME, manifest.with_feed(feed, new).to_bytes())
            except BaseException as error:
                self._withdraw(folder, symbol, feed, [*intake.written, *([reject_file] if reject_file else [])])
                if isinstance(error, OSError):
                    raise StoreError(f"nothing was imported: {error.strerror or error} ({self.path})", symbol=symbol) from error
                raise
            if parts and not dry_run:
                self._sweep(files, {segment.file for segment in new.segments})
        counts = intake.check.counts
        span = (None if moment is None else to_datetime(moment) for moment in (intake.first, intake.last))
        return ImportReport(
            symbol, feed, counts.read, intake.rows_stored, len(intake.check.rejects), counts.duplicates, *span, plan.format, plan.why,
            warnings + intake.words(), reject_file, time.perf_counter() - began, dry_run,
        )  # fmt: skip

    @contextlib.contextmanager
    def _writing(self, folder: Path, symbol: str, dry_run: bool) -> Iterator[None]:
        """The right to write, in a folder that is there."""
        if dry_run:
            yield
            return
        try:
            self._check_format()
            if not (self.path / _MARKER).exists():
                self._disk.put(self.path / _MARKER, json.dumps({"format": FORMAT}).encode())
            self._disk.make_folder(folder)
        except OSError as error:
            raise StoreError(
                f"the store at {self.path} cannot be written: {error.strerror or error}", path=str(self.path)
            ) from error
        with writing(folder, symbol, self._patience):
            yield

    def _check_format(self) -> None:
        marker = self.path / _MARKER
        try:
            check_format(json.loads(marker.read_bytes())["format"], marker)
        except FileNotFoundError:
            return
        except (OSError, ValueError, KeyError, TypeError, RecursionError) as error:
            raise DamagedError(
                f'{marker} is damaged ({error}); it should read {{"format": {FORMAT}}}: write that into it', file=str(marker)
            ) from None

    def _unknown(self, parts: list[Part], feed: Feed | None, files: Path, rules: Rules, warnings: list[str]) -> list[Part]:
        """The parts that were not imported already."""
        known = {part.key: day for part in parts if (day := self._imported(part, feed, files, rules)) is not None}
        if known:
            names = [part.name for part in parts if part.key in known]
            what = names[0] if len(names) == 1 else f"{len(names)} files, {names[0]} first,"
            warnings.append(
                f"{what} {'was' if len(names) == 1 else 'were'} imported on {min(known.values())} already; nothing to do"
            )
        return [part for part in parts if part.key not in known]

    def _imported(self, part: Part, feed: Feed | None, files: Path, rules: Rules) -> str | None:
        """The day a file was imported; None where it was not, or where damaged ticks of it are to be replaced."""
        origin = next((origin for origin in (feed.origins if feed else ()) if origin.key == part.key), None)
        if origin is None or feed is None:
            return None
        if rules.replace and origin.first is not None and origin.last is not None:
            brought = overlapping(feed.segments, origin.first, origin.last + 1)
            if not all(is_intact(files / segment.file, segment) for segment in brought):
                return None
        return origin.imported[:10]

    def _write_rejects(self, rejects: list[Reject]) -> Path | None:
        """A table of the rows left out. Text that a spreadsheet would run as a formula gets an apostrophe before it."""
        if not rejects:
            return None
        out = io.StringIO(newline="")
        table = csv.writer(out)
        table.writerow(Reject._fields)
        for reject in rejects:
            table.writerow(
                ["'" + cell if isinstance(cell, str) and cell.startswith(("=", "+", "-", "@", "\t")) else cell for cell in reject]
            )
        content = out.getvalue().encode("utf-8", "replace")
        stamp = datetime.now(UTC).strftime("%Y%m%dT%H%M%S")
        path = self.path / "rejects" / f"{stamp}-{hashlib.sha256(content).hexdigest()[:12]}.csv"
        self._disk.put(path, content)
        return path

    def _withdraw(self, folder: Path, symbol: str, feed: str, written: list[Path]) -> None:
        """Take back what a failed call wrote, unless the manifest names it: then the failure came after the import."""
        try:
            manifest = load(folder, symbol)
        except StoreError:
            return
        named = manifest.feeds.get(feed) if manifest else None
        used = {segment.file for segment in named.segments} if named else set()
        for path in written:
            if path.name not in used:
                self._disk.remove(path)

    def _sweep(self, files: Path, used: set[str]) -> None:
        """Remove day files that no manifest names, and what killed calls left."""
        for path in [*files.glob("*.parquet"), *files.glob("*.tmp"), *files.parent.glob("*.tmp")]:
            if path.name not in used:
                self._disk.remove(path)


class _Plan:
    """What a call imports, before anything is read but the heads of files."""

    def __init__(self, parts: list[Part], format: str, why: str, warnings: list[str]) -> None:
        self.parts, self.format, self.why, self.warnings = parts, format, why, warnings


def _from_files(source: Any, options: Options, format: str) -> _Plan:
    choice = choose(expand(source), format, options)
    parts = [Part(_key(reader.source.digest, reader.how), reader.source.path.name, reader.batches) for reader in choice.readers]
    return _Plan(parts, choice.format, choice.why, choice.warnings)


def _from_memory(source: Any, options: Options, format: str) -> _Plan:
    if format != "auto" or options.date is not None or options.price_scale is not None:
        raise FormatError("format=, date= and price_scale= are for files; a frame holds times and prices already")
    memory = from_memory(source, options.zone)
    return _Plan([Part(_key(memory.digest, {}), memory.why, memory.batches)], "frame", memory.why, [])


def _key(digest: str, how: dict[str, Any]) -> str:
    return hashlib.sha256(f"{digest} {json.dumps(how, sort_keys=True)}".encode()).hexdigest()


def _once(parts: list[Part], warnings: list[str]) -> list[Part]:
    """Each content once: a file that a call names twice is taken once."""
    first: dict[str, Part] = {}
    for part in parts:
        if first.setdefault(part.key, part) is not part:
            warnings.append(f"{part.name} holds the same as {first[part.key].name}; taken once")
    return list(first.values())


def _one_of(name: str, value: object, known: tuple[str, ...]) -> None:
    if value not in known:
        raise StoreError(f"{name}={value!r} is not known.{did_you_mean(value, known)}", **{name: value})
