"""From a store to the facts of one feed: day after day, from one generation of its manifest."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor

import numpy as np

from btlab.data.files.manifest import Segment, overlapping
from btlab.data.quality.facts import Facts
from btlab.data.quality.result import Quality, result_of
from btlab.data.reading.bars import read_bar_segments
from btlab.data.reading.ranges import Ranges, Shelf
from btlab.data.reading.ticks import read_segments
from btlab.data.rows import BarColumns, Columns
from btlab.errors import NotStoredError
from btlab.market.calendar import check_calendar
from btlab.market.instrument import default_calendar
from btlab.market.resample import day_of_each
from btlab.market.timeframe import DAY, MICROSECONDS
from btlab.market.times import Moment, iso, to_microseconds


def quality_of(
    ranges: Ranges, symbol: str, start: Moment | None, end: Moment | None, feed: str | None, calendar: str | None
) -> Quality:
    """What `Store.quality` answers."""
    hours = check_calendar(default_calendar(symbol) if calendar is None else calendar)
    since, until = (None if moment is None else to_microseconds(moment) for moment in (start, end))

    def look(shelf: Shelf) -> Quality:
        return result_of(symbol, shelf.name, shelf.feed.kind, _facts(shelf, hours, since, until))

    return ranges.ask(symbol, feed, look)


def _facts(shelf: Shelf, calendar: str, since: int | None, until: int | None) -> Facts:
    timeframe, segments = _series(shelf)
    first = segments[0].first if since is None else max(since, segments[0].first)
    last = segments[-1].last if until is None else min(until - 1, segments[-1].last)
    if last < first:
        raise NotStoredError(
            f"feed {shelf.name!r} of {shelf.symbol!r} holds {iso(segments[0].first)} to {iso(segments[-1].last)}; nothing of the "
            "range you ask for",
            symbol=shelf.symbol,
            feed=shelf.name,
        )
    chosen = overlapping(tuple(segments), first, last + 1)
    if timeframe is not None and MICROSECONDS[timeframe] == DAY:
        return _daily(shelf, calendar, chosen, first, last)
    facts = Facts(calendar, first, last, timeframe, shelf.feed.kind == "trades")
    for segment, columns in _ahead(shelf, chosen):
        begin, stop = np.searchsorted(columns.time, [first, last + 1]).tolist()
        facts.see(columns.take(slice(begin, stop)), segment.digits)
    return facts.finish()


def _series(shelf: Shelf) -> tuple[str | None, Sequence[Segment]]:
    """The ticks of a feed, or its finest bars: timeframe and segments."""
    if shelf.feed.kind != "bars":
        return None, shelf.feed.segments
    stored = {key: parts for key, parts in shelf.feed.series.items() if key is not None}
    finest = min(stored, key=lambda key: MICROSECONDS[key[0]])
    return finest[0], stored[finest]


def _ahead(shelf: Shelf, chosen: Sequence[Segment]) -> Iterator[tuple[Segment, Columns | BarColumns]]:
    """Segments with their rows; the next is read while one is looked at."""
    feed = shelf.feed

    def read(segment: Segment) -> Columns | BarColumns:
        if feed.kind == "bars":
            return read_bar_segments(shelf.folder, [segment], shelf.symbol)
        return read_segments(shelf.folder, [segment], shelf.symbol, trades=feed.kind == "trades", sizes=feed.sizes)

    with ThreadPoolExecutor(1) as pool:
        coming = pool.submit(read, chosen[0]) if chosen else None
        for segment, after in zip(chosen, [*chosen[1:], None]):
            assert coming is not None
            columns = coming.result()
            coming = None if after is None else pool.submit(read, after)
            yield segment, columns


def _daily(shelf: Shelf, calendar: str, chosen: Sequence[Segment], first: int, last: int) -> Facts:
    """Daily bars, each at the start of the trading day it is of, whatever its vendor stamps it with."""
    columns = read_bar_segments(shelf.folder, chosen, shelf.symbol)
    columns = columns.take(slice(*np.searchsorted(columns.time, [first, last + 1]).tolist()))
    if not len(columns.time):
        return Facts(calendar, first, last, "1d").finish()
    time = day_of_each(columns.time, calendar)
    facts = Facts(calendar, int(time[0]), int(time[-1]), "1d")
    facts.see(columns._replace(time=time), chosen[0].digits)
    return facts.finish()
