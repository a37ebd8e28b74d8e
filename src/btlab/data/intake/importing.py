"""One import, from what was named to the manifest that names its files: all of it, or nothing."""

from __future__ import annotations

import hashlib
import json
import shutil
import tempfile
import time
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor, wait
from contextlib import nullcontext
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from btlab.data.files.home import Home
from btlab.data.files.manifest import NAME, Feed, Manifest, Series, load, overlapping
from btlab.data.importers import choose
from btlab.data.importers.base import Options, Reader
from btlab.data.importers.source import expand
from btlab.data.intake.frames import from_memory, is_frame
from btlab.data.intake.parts import Part
from btlab.data.intake.rejects import Rejects
from btlab.data.intake.report import ImportReport
from btlab.data.intake.stream import Intake, Rules, one_of
from btlab.data.progress import Meter, Progress
from btlab.data.reading.ticks import is_intact
from btlab.data.zones import zone_of
from btlab.errors import FormatError, StoreError
from btlab.market.instrument import check_symbol
from btlab.market.series import Bars, Ticks
from btlab.market.timeframe import check_timeframe
from btlab.market.times import Moment, to_datetime

PRICES = ("bid", "ask", "mid", "last")


def options_of(
    source: Any,
    symbol: str | None,
    tz: str | None,
    price_scale: float | None,
    date: Moment | None,
    *,
    bars: bool = False,
    **more: Any,
) -> Options:
    """What a caller said, checked.

    Args:
        more: timeframe, stamp, price of bars; columns, unit, dates of tables.

    Raises:
        StoreError, InstrumentError, FormatError, TimeframeError: it cannot be.
    """
    if symbol is None:
        if not isinstance(source, Ticks | Bars):
            raise StoreError(f'symbol= is missing; say whose {"bars" if bars else "ticks"} these are, as in symbol="EURUSD"')
        symbol = source.symbol
    check_symbol(symbol)
    if price_scale is not None and not (isinstance(price_scale, int | float) and 0 < price_scale < float("inf")):
        raise FormatError(f"price_scale={price_scale!r}; it must be positive and finite, as 1e-5", price_scale=price_scale)
    for name, known in (("stamp", ("start", "end")), ("price", PRICES)):
        if more.get(name) is not None:
            one_of(name, more[name], known)
    if more.get("timeframe") is not None:
        check_timeframe(more["timeframe"])
    if isinstance(columns := more.get("columns"), str):
        columns = columns.split(",")
    more["columns"] = None if columns is None else tuple(str(name).strip() for name in columns)
    return Options(symbol, None if tz is None else zone_of(tz), price_scale, date, bars, **more)


@dataclass
class Plan:
    """What a call imports, before anything is read but the heads of files."""

    parts: list[Part]
    format: str
    why: str
    unit: str = "bytes"
    warnings: list[str] = field(default_factory=list)


def plan(source: Any, options: Options, format: str) -> Plan:
    """The parts of a source, and how each will be read.

    Raises:
        FormatError, SeriesError: what cannot be read, and why.
    """
    if is_frame(source):
        if format != "auto" or options.date is not None or options.price_scale is not None:
            raise FormatError("format=, date= and price_scale= are for files; a frame holds times and prices already")
        memory = from_memory(source, options)
        part = Part(memory.why, memory.batches, memory.series, len(memory), lambda: _key(memory.digest, {}), lambda: len(memory))
        return Plan([part], "frame", memory.why, "rows", memory.warnings)
    choice = choose(expand(source), format, options)
    parts = [_part(reader, options) for reader in choice.readers]
    return Plan(parts, choice.format, choice.why, warnings=choice.warnings)


@dataclass
class Import:
    """One call's import into one feed.

    Args:
        home: of the store. symbol, feed: where to. rules: what the caller allows. dry_run: write nothing, not even a lock.
        progress: who hears how far it is; as of `Meter`.
    """

    home: Home
    symbol: str
    feed: str
    rules: Rules
    dry_run: bool
    progress: bool | Callable[[Progress], object] | None = None

    def __post_init__(self) -> None:
        check_symbol(self.feed)

    def run(self, source: Any, options: Options, format: str) -> ImportReport:
        """Do it, and say what was done.

        Raises:
            FormatError, SeriesError, RowError, OverlapError, LockedError, StoreError: and the store is as it was.
        """
        began = time.perf_counter()
        planned = plan(source, options, format)
        with nullcontext() if self.dry_run else self.home.writing(self.symbol):
            manifest = load(self.home.folder(self.symbol), self.symbol) or Manifest(self.symbol)
            old = manifest.feeds.get(self.feed)
            parts = self._once(self._unknown(planned, old), planned.warnings)
            disk = None if self.dry_run else self.home.disk
            rejects = Rejects(self.home.folder(self.symbol), disk)
            spare = Path(tempfile.gettempdir()) if self.dry_run else self._files
            total = sum(part.size for part in parts)
            with Meter(self.progress, f"importing {self.symbol}", total, planned.unit) as meter:
                intake = Intake(self.symbol, self.feed, self._files, old, self.rules, rejects, disk, spare, meter.to)
                reject_file = self._take(manifest, intake, parts)
                meter.to(total)
        counts = intake.check.counts
        if parts and not counts.read:
            planned.warnings.append("no rows were found")
        return ImportReport(
            symbol=self.symbol,
            feed=self.feed,
            rows_read=counts.read,
            rows_stored=intake.rows_stored,
            rows_rejected=len(rejects),
            duplicates=counts.duplicates,
            first=None if intake.first is None else to_datetime(intake.first),
            last=None if intake.last is None else to_datetime(intake.last),
            format=planned.format,
            why=planned.why,
            warnings=planned.warnings + intake.words(),
            reject_file=reject_file,
            seconds=time.perf_counter() - began,
            dry_run=self.dry_run,
        )

    @property
    def _files(self) -> Path:
        return self.home.feed_folder(self.symbol, self.feed)

    def _take(self, manifest: Manifest, intake: Intake, parts: list[Part]) -> Path | None:
        """Rows into files, then the manifest; returns the list of rejected rows."""
        rejects = intake.rejects
        try:
            with ThreadPoolExecutor(1, "btlab-digest") as pool:
                digests = [pool.submit(getattr, part, "key") for part in parts if not self.dry_run]
                try:
                    intake.run(parts)
                finally:
                    for digest in digests:
                        digest.cancel()
            if self.dry_run or not parts:
                return None
            wait(digests)
            feed = intake.result()
            reject_file = rejects.keep(self.home.rejects())
            if reject_file is not None:
                intake.written.append(reject_file)
            self.home.disk.put(self.home.folder(self.symbol) / NAME, manifest.with_feed(self.feed, feed).to_bytes())
        except OSError as error:
            self._withdraw(intake.written, rejects)
            reason = error.strerror or error
            raise StoreError(f"nothing was imported: {reason} ({self.home.path})", symbol=self.symbol) from error
        except BaseException:
            self._withdraw(intake.written, rejects)
            raise
        self._sweep({segment.file for segment in feed.segments})
        return reject_file

    def _unknown(self, planned: Plan, feed: Feed | None) -> list[Part]:
        """The parts that were not imported already."""
        known = {id(part): day for part in planned.parts if (day := self._imported(part, feed)) is not None}
        if known:
            names = [part.name for part in planned.parts if id(part) in known]
            what = f"{names[0]} was" if len(names) == 1 else f"{len(names)} files, {names[0]} first, were"
            planned.warnings.append(f"{what} imported on {min(known.values())} already; nothing to do")
        return [part for part in planned.parts if id(part) not in known]

    def _imported(self, part: Part, feed: Feed | None) -> str | None:
        """The day a file was imported; None where it was not, or where damaged rows of it are to be replaced."""
        if feed is None:
            return None
        alike = [origin for origin in feed.origins if origin.size in (None, part.size)]
        origin = next((origin for origin in alike if origin.key == part.key), None)
        if origin is None:
            return None
        if self.rules.replace and origin.first is not None and origin.last is not None:
            brought = overlapping(feed.series.get(origin.series, ()), origin.first, origin.last + 1)
            if not all(is_intact(self._files / segment.file, segment) for segment in brought):
                return None
        return origin.imported[:10]

    def _once(self, parts: list[Part], warnings: list[str]) -> list[Part]:
        """Each content once: a file that a call names twice is taken once."""
        sizes = Counter(part.size for part in parts)
        first, once = dict[str, Part](), list[Part]()
        for part in parts:
            twin = first.setdefault(part.key, part) if sizes[part.size] > 1 else part
            if twin is part:
                once.append(part)
            else:
                warnings.append(f"{part.name} holds the same as {twin.name}; taken once")
        return once

    def _withdraw(self, written: list[Path], rejects: Rejects) -> None:
        """Take back what a failed call wrote, unless the manifest names it: then the failure came after the import."""
        rejects.drop()
        try:
            manifest = load(self.home.folder(self.symbol), self.symbol)
        except StoreError:
            return
        named = manifest.feeds.get(self.feed) if manifest else None
        used = {segment.file for segment in named.segments} if named else set()
        for path in written:
            if path.name not in used:
                self.home.disk.remove(path)

    def _sweep(self, used: set[str]) -> None:
        """Remove files of the feed that no manifest names, and what killed calls left."""
        for path in [*self._files.glob("*.parquet"), *self._files.glob("*.tmp"), *self._files.parent.glob("*.tmp")]:
            if path.is_dir():
                shutil.rmtree(path, ignore_errors=True)
            elif path.name not in used:
                self.home.disk.remove(path)


def _part(reader: Reader, options: Options) -> Part:
    """A file as a part."""
    source, series = reader.source, _series(reader, options)
    how = reader.how | ({"timeframe": series[0], "price": series[1]} if series else {})
    return Part(
        source.path.name,
        reader.batches,
        series,
        source.size,
        lambda: _key(source.digest, how),
        lambda: min(source.position, source.size),
        reader.zone,
    )


def _series(reader: Reader, options: Options) -> Series:
    if not options.bars:
        return None
    timeframe, price = reader.timeframe or options.timeframe or "1m", reader.price or options.price or "last"
    one_of("price", price, PRICES)
    return check_timeframe(timeframe), price


def _key(digest: str, how: dict[str, Any]) -> str:
    return hashlib.sha256(f"{digest} {json.dumps(how, sort_keys=True)}".encode()).hexdigest()
