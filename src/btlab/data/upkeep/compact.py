"""Compact: one file for each period instead of the several that imports piece by piece leave, and nothing that nobody needs."""

from __future__ import annotations

import time
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

import numpy as np

from btlab.data.files.home import Home
from btlab.data.files.manifest import Feed, Manifest, Segment, Series, load
from btlab.data.intake.writer import Writer
from btlab.data.reading.bars import read_bar_segments
from btlab.data.reading.ticks import read_segments
from btlab.data.rows import MOST_ROWS, period_of, periods
from btlab.data.upkeep.change import Change, changing, files_of, leftovers, temporaries
from btlab.data.upkeep.outcome import CompactReport
from btlab.errors import StoreError


def compact(home: Home) -> CompactReport:
    """Compact every symbol; one that is damaged, or written by another process, stays as it is."""
    began, tally = time.perf_counter(), _Tally()
    for symbol in home.symbols():
        try:
            with changing(home, symbol) as change:
                _compact(change, tally)
        except StoreError as error:
            tally.skipped[symbol] = error.message
    tally.remove(home, temporaries(home, time.time()))
    (files_before, bytes_before), (files_after, bytes_after) = tally.before, tally.after
    seconds = time.perf_counter() - began
    return CompactReport(files_before, files_after, bytes_before, bytes_after, tally.removed, tally.skipped, seconds)


@dataclass
class _Tally:
    """Files and bytes so far."""

    before: tuple[int, int] = 0, 0
    after: tuple[int, int] = 0, 0
    removed: int = 0
    skipped: dict[str, str] = field(default_factory=dict)

    def count(self, old: Iterable[Segment], new: Iterable[Segment]) -> None:
        for name, segments in (("before", list(old)), ("after", list(new))):
            files, size = getattr(self, name)
            setattr(self, name, (files + len(segments), size + sum(segment.bytes for segment in segments)))

    def remove(self, home: Home, paths: Iterable[Path]) -> None:
        for path in paths:
            home.disk.remove(path)
            self.removed += 1


def _compact(change: Change, tally: _Tally) -> None:
    """Merge a symbol's files, then remove what they replace, and what has been waiting for nobody."""
    home, symbol = change.home, change.symbol
    manifest = load(home.folder(symbol), symbol) or Manifest(symbol)
    feeds = {name: _merged(change, name, feed) for name, feed in manifest.feeds.items()}
    new = replace(manifest, generation=manifest.generation + 1, feeds=feeds) if feeds != manifest.feeds else manifest
    if new is not manifest:
        change.commit(new)
    old, used = files_of(home, manifest), files_of(home, new)
    tally.count(old.values(), used.values())
    tally.remove(home, old.keys() - used.keys())
    tally.remove(home, leftovers(home.folder(symbol), used, time.time()))


def _merged(change: Change, name: str, feed: Feed) -> Feed:
    """A feed with one file where several can be one."""
    folder = change.home.feed_folder(change.symbol, name)
    writer, kept = Writer(change.symbol, name, folder, change.home.disk), list[Segment]()
    try:
        for series, segments in feed.series.items():
            for run in _runs(segments, series):
                if len(run) == 1:
                    kept += run
                elif series is None:
                    ticks = read_segments(folder, run, change.symbol, trades=feed.kind == "trades", sizes=feed.sizes)
                    writer.put(ticks, series, trades=feed.kind == "trades")
                else:
                    writer.put(read_bar_segments(folder, run, change.symbol), series, trades=False)
        kept += writer.finished()
    finally:
        writer.close()
        change.written += writer.written
    if len(kept) == len(feed.segments):
        return feed
    return replace(feed, segments=tuple(sorted(kept, key=lambda segment: segment.first)))


def _runs(segments: Sequence[Segment], series: Series) -> list[list[Segment]]:
    """Neighbours that one file can hold: of one period, all on a grid of prices or none, and not too many rows."""
    period = period_of(None if series is None else series[0])
    numbers = periods(np.array([segment.first for segment in segments], np.int64), period).tolist()
    runs = list[list[Segment]]()
    before: tuple[int, bool] | None = None
    for segment, number in zip(segments, numbers):
        like = number, segment.digits is None
        if like == before and sum(one.rows for one in (*runs[-1], segment)) <= MOST_ROWS:
            runs[-1].append(segment)
        else:
            runs.append([segment])
        before = like
    return runs
