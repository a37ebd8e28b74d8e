"""From a symbol, a range and a feed to Ticks and Bars: each answer is of one generation of the manifest."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

from btlab.data.cache.bars import BarMaker, reach
from btlab.data.cache.folder import CacheFolder
from btlab.data.cache.hot import HotTicks
from btlab.data.files.home import Home
from btlab.data.files.manifest import Feed, Manifest, Segment, load
from btlab.data.reading.bars import choose, read_bars
from btlab.data.reading.packed import PackedRange
from btlab.data.reading.ticks import TickReader, damaged
from btlab.errors import (
    BtlabError,
    DamagedError,
    NewerFormatError,
    NotStoredError,
    RunError,
    SeriesError,
    StoreError,
    did_you_mean,
    warn,
)
from btlab.market.instrument import check_symbol, default_calendar
from btlab.market.series import Bars, Ticks
from btlab.market.timeframe import MICROSECONDS, check_timeframe
from btlab.market.times import Moment, iso, to_microseconds

if TYPE_CHECKING:
    import polars as pl

Answer = TypeVar("Answer")


@dataclass(frozen=True)
class Shelf:
    """One feed of a symbol, of one generation."""

    symbol: str
    name: str
    feed: Feed
    folder: Path


class Ranges:
    """Reads a store.

    Args:
        home: of the store. cache_bytes: what the caches may take on disk; 0: nothing is kept.
    """

    def __init__(self, home: Home, cache_bytes: int) -> None:
        self.home = home
        self.cache = CacheFolder(home.path / "cache", cache_bytes)
        self.hot = HotTicks(self.cache)

    def ticks(self, symbol: str, start: Moment | None, end: Moment | None, feed: str | None, packed: bool = False) -> Ticks:
        """Ticks of one symbol with start <= time < end."""
        since, until = _range(start, end)

        def read(shelf: Shelf) -> Ticks:
            if shelf.feed.kind == "bars":
                raise NotStoredError(
                    f"feed {shelf.name!r} of {symbol!r} holds bars, and no ticks; store.bars reads them",
                    symbol=symbol,
                    feed=shelf.name,
                )
            _check_range(shelf, shelf.feed.segments, since, until)
            reader = self.reader(shelf)
            if not packed:
                return Ticks(*reader.read(since, until), symbol, shelf.feed.kind == "trades")
            if shelf.feed.kind == "trades":
                text = f"feed {shelf.name!r} of {symbol!r} holds trades, and packed ticks are quotes; read it without packed="
                raise SeriesError(text, symbol=symbol, feed=shelf.name)
            return PackedRange(reader, reader.segments[reader.touching(since, until)], since, until).ticks(self.cache)

        return self.ask(symbol, feed, read)

    def bars(
        self, symbol: str, timeframe: str, start: Moment | None, end: Moment | None, price: str | None, feed: str | None
    ) -> Bars:
        """Bars of one symbol that begin in start <= time < end."""
        check_timeframe(timeframe)
        since, until = _range(start, end)

        def read(shelf: Shelf) -> Bars:
            if shelf.feed.kind == "bars":
                return _imported(shelf, timeframe, since, until, price)
            segments = shelf.feed.segments
            _check_range(shelf, segments, since, until, late=reach(timeframe))
            maker = BarMaker(self.reader(shelf), shelf.name, _price(shelf, price), default_calendar(symbol), self.cache)
            return maker.bars(timeframe, since, until)

        return self.ask(symbol, feed, read)

    def manifests(self) -> Iterator[tuple[str, Manifest | BtlabError]]:
        """Every symbol with its manifest, or with what is wrong with it."""
        for symbol in self.home.symbols():
            try:
                manifest = load(self.home.folder(symbol), symbol)
            except (DamagedError, NewerFormatError) as error:
                yield symbol, error
                continue
            if manifest is not None:
                yield symbol, manifest

    def shelves(self, *, silent: bool = False) -> Iterator[Shelf]:
        """Every feed of every symbol; symbols whose manifest is damaged are left out with a warning."""
        for symbol, manifest in self.manifests():
            if isinstance(manifest, BtlabError):
                if not silent:
                    warn(str(manifest))
                continue
            for name, feed in manifest.feeds.items():
                if feed.segments:
                    yield Shelf(symbol, name, feed, self.home.feed_folder(symbol, name))

    def names(self, shelf: Shelf, segment: Segment) -> bool:
        """Whether the store's manifest of now still names a segment."""
        manifest = load(self.home.folder(shelf.symbol), shelf.symbol)
        feed = manifest.feeds.get(shelf.name) if manifest else None
        return feed is not None and any(one.file == segment.file for one in feed.segments)

    def reader(self, shelf: Shelf, parts: Sequence[Segment] | None = None) -> TickReader:
        """Reads a feed's ticks, or some of its segments."""
        feed = shelf.feed
        chosen = feed.segments if parts is None else parts
        return TickReader(shelf.folder, shelf.symbol, chosen, trades=feed.kind == "trades", sizes=feed.sizes, hot=self.hot)

    def ask(self, symbol: str, feed: str | None, question: Callable[[Shelf], Answer]) -> Answer:
        """The answer of one generation: where a newer one took its files away meanwhile, that one is asked."""
        check_symbol(symbol)
        seen = -1
        while True:
            manifest = load(self.home.folder(symbol), symbol)
            shelf = self._shelf(manifest, symbol, feed)
            try:
                return question(shelf)
            except FileNotFoundError as error:
                assert manifest is not None
                if manifest.generation == seen:
                    raise _gone(shelf, Path(error.filename)) from None
                seen = manifest.generation
            except OSError as error:
                raise StoreError(f"{symbol!r} cannot be read: {error}", symbol=symbol) from None

    def _shelf(self, manifest: Manifest | None, symbol: str, feed: str | None) -> Shelf:
        feeds = {name: one for name, one in (manifest.feeds if manifest else {}).items() if one.segments}
        if not feeds:
            known = list(self.home.symbols())
            way = did_you_mean(symbol, known) if known else f" It is empty: store.import_ticks(file, symbol={symbol!r}) fills it."
            raise NotStoredError(f"nothing of {symbol!r} in {self.home.path}.{way}", symbol=symbol)
        if feed is None and len(feeds) > 1:
            shown = ", ".join(feeds)
            raise NotStoredError(f"{symbol!r} has feeds {shown}; say which with feed=", symbol=symbol, feeds=list(feeds))
        name = feed if feed is not None else next(iter(feeds))
        if name not in feeds:
            raise NotStoredError(f"{symbol!r} has no feed {name!r}.{did_you_mean(name, feeds)}", symbol=symbol, feed=name)
        return Shelf(symbol, name, feeds[name], self.home.feed_folder(symbol, name))


def _range(start: Moment | None, end: Moment | None) -> tuple[int | None, int | None]:
    since, until = (None if moment is None else to_microseconds(moment) for moment in (start, end))
    if since is not None and until is not None and until < since:
        raise NotStoredError(f"start={start!r} lies behind end={end!r}: nothing lies between them", start=since)
    return since, until


def _check_range(shelf: Shelf, segments: Sequence[Segment], start: int | None, end: int | None, *, late: int = 0) -> None:
    """That there is something in start <= time < end; of bars up to `late` µs before the first row and none after the last.

    Raises:
        NotStoredError: there is nothing.
    """
    first, last = segments[0].first, segments[-1].last
    after = start is not None and start > last
    if after or (end is not None and end <= first - late):
        raise NotStoredError(
            f"feed {shelf.name!r} of {shelf.symbol!r} holds {iso(first)} to {iso(last)}; nothing "
            + (f"from {iso(start or 0)} on" if after else f"before {iso(end or 0)}"),
            symbol=shelf.symbol,
            feed=shelf.name,
        )


def _imported(shelf: Shelf, timeframe: str, start: int | None, end: int | None, price: str | None) -> Bars:
    series = {key: parts for key, parts in shelf.feed.series.items() if key is not None}
    chosen = choose(shelf.symbol, shelf.name, list(series), timeframe, price)
    _check_range(shelf, series[chosen], start, end, late=reach(timeframe))
    calendar = default_calendar(shelf.symbol)
    return read_bars(shelf.folder, series[chosen], shelf.symbol, timeframe, start, end, calendar)


def _price(shelf: Shelf, price: str | None) -> str:
    """What bars of ticks are made of; of trades it is all the same."""
    from btlab.market.timeline import PRICES

    if price is not None and price not in PRICES:
        raise RunError(f"price={price!r} is none.{did_you_mean(price, PRICES)}", price=price)
    return "mid" if price is None or shelf.feed.kind == "trades" else price


def _gone(shelf: Shelf, path: Path) -> DamagedError:
    segment = next(segment for segment in shelf.feed.segments if segment.file == path.name)
    return damaged(path, segment, shelf.symbol, "the file is gone")


def contents(ranges: Ranges) -> pl.DataFrame:
    """What a store holds, a row for the ticks of a feed and for each timeframe of its bars."""
    import polars as pl

    table: list[tuple[object, ...]] = []
    for shelf in ranges.shelves():
        by_timeframe = dict[str | None, list[Segment]]()
        for segment in shelf.feed.segments:
            by_timeframe.setdefault(segment.timeframe, []).append(segment)
        for timeframe, parts in sorted(by_timeframe.items(), key=lambda item: MICROSECONDS.get(item[0] or "", 0)):
            first, last = min(part.first for part in parts), max(part.last for part in parts)
            rows, size = sum(part.rows for part in parts), sum(part.bytes for part in parts)
            table.append((shelf.symbol, shelf.name, shelf.feed.kind, timeframe, first, last, rows, size))
    text, moment, count = pl.String(), pl.Datetime("us", "UTC"), pl.Int64()
    schema = {"symbol": text, "feed": text, "kind": text, "timeframe": text, "first": moment, "last": moment}
    return pl.DataFrame(table, schema | {"rows": count, "bytes": count}, orient="row")
