"""The views of `store.sql`: unions of spans, so many months or years of one feed each.

The symbol is a constant of its span, the span's first and last time a condition on it; so the planner drops the spans that a
query cannot touch before any of their files is opened, and a damaged file fails those queries alone that want its span.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from itertools import groupby
from typing import TYPE_CHECKING

import numpy as np

from btlab.data.files.manifest import Segment
from btlab.data.reading.bars import read_bar_segments
from btlab.data.reading.ranges import Ranges, Shelf
from btlab.errors import BtlabError
from btlab.market.times import iso

if TYPE_CHECKING:
    import polars as pl

TICKS = ("time", "bid", "ask", "bid_size", "ask_size")
BARS = ("time", "open", "high", "low", "close", "volume")
_MOST_SPANS = 200


class SpanGoneError(Exception):
    """A segment's file is no longer there."""

    def __init__(self, shelf: Shelf, segment: Segment) -> None:
        super().__init__(segment.file)
        self.shelf, self.segment = shelf, segment


@dataclass(frozen=True)
class Branch:
    """One part of a view's union.

    Attributes:
        constants: SQL of its constant columns. columns: of the table that `frames` makes. condition: SQL that all its rows meet.
    """

    constants: str
    columns: tuple[str, ...]
    condition: str
    frames: Callable[[], Iterator[pl.DataFrame]]

    def select(self, table: str) -> str:
        """SQL of the branch, from the table of a name."""
        return f'SELECT {self.constants}, {", ".join(self.columns)} FROM "{table}" WHERE {self.condition}'

    @property
    def schema(self) -> pl.Schema:
        import polars as pl

        return pl.Schema({name: pl.Datetime("us", "UTC") if name == "time" else pl.Float64() for name in self.columns})


def ticks(ranges: Ranges) -> list[Branch]:
    """The view `ticks`: symbol, feed, time, bid, ask, bid_size, ask_size."""
    found = [_broken(symbol, "NULL AS feed", TICKS, error) for symbol, error in _damaged(ranges)]
    for shelf, parts in _spans(ranges, bars=False):
        constants = f"{_text(shelf.symbol)} AS symbol, {_text(shelf.name)} AS feed"
        found.append(Branch(constants, TICKS, _during(parts), partial(_tick_frames, ranges, shelf, parts)))
    return found or [_nothing("'' AS symbol, '' AS feed", TICKS)]


def bars(ranges: Ranges) -> list[Branch]:
    """The view `bars`, of imported ones: symbol, feed, timeframe, price, time, open, high, low, close, volume."""
    unknown = "NULL AS feed, NULL AS timeframe, NULL AS price"
    found = [_broken(symbol, unknown, BARS, error) for symbol, error in _damaged(ranges)]
    for shelf, parts in _spans(ranges, bars=True):
        timeframe, price = _text(str(parts[0].timeframe)), _text(str(parts[0].price))
        constants = f"{_text(shelf.symbol)} AS symbol, {_text(shelf.name)} AS feed, {timeframe} AS timeframe, {price} AS price"
        found.append(Branch(constants, BARS, _during(parts), partial(_bar_frames, shelf, parts)))
    return found or [_nothing("'' AS symbol, '' AS feed, '' AS timeframe, '' AS price", BARS)]


def imports(ranges: Ranges) -> pl.DataFrame:
    """The table `imports`: a row for each file that was imported."""
    import polars as pl

    rows = [
        (shelf.symbol, shelf.name, one.name, one.timeframe, one.price, one.rows, one.first, one.last, one.imported)
        for shelf in ranges.shelves()
        for one in shelf.feed.origins
    ]
    text, moment = pl.String(), pl.Datetime("us", "UTC")
    schema = {"symbol": text, "feed": text, "file": text, "timeframe": text, "price": text, "rows": pl.Int64()}
    frame = pl.DataFrame(rows, schema | {"first": moment, "last": moment, "imported": text}, orient="row")
    return frame.with_columns(pl.col("imported").str.to_datetime(time_unit="us", time_zone="UTC"))


def _damaged(ranges: Ranges) -> Iterator[tuple[str, BtlabError]]:
    for symbol, manifest in ranges.manifests():
        if isinstance(manifest, BtlabError):
            yield symbol, manifest


def _spans(ranges: Ranges, *, bars: bool) -> list[tuple[Shelf, list[Segment]]]:
    """Segments in groups that a planner can drop one by one: of months, or of years, or of all where those are too many."""
    chains = [
        (shelf, parts)
        for shelf in ranges.shelves(silent=True)
        for series, parts in shelf.feed.series.items()
        if (series is not None) is bars
    ]
    found: list[tuple[Shelf, list[Segment]]] = []
    for length in (7, 4, 0):  # of 2014-05, of 2014
        found = [
            (shelf, list(group))
            for shelf, parts in chains
            for _, group in groupby(parts, lambda part: iso(part.first)[:length])  # noqa: B023
        ]
        if len(found) <= _MOST_SPANS:
            break
    return found


def _tick_frames(ranges: Ranges, shelf: Shelf, parts: Sequence[Segment]) -> Iterator[pl.DataFrame]:
    reader = ranges.reader(shelf, parts)
    for part in parts:
        with _noticed(shelf, part):
            columns = reader.read(part.first, part.last + 1, prepare=False)
        yield _frame(TICKS, columns, part.rows)


def _bar_frames(shelf: Shelf, parts: Sequence[Segment]) -> Iterator[pl.DataFrame]:
    for part in parts:
        with _noticed(shelf, part):
            columns = read_bar_segments(shelf.folder, [part], shelf.symbol)
        yield _frame(BARS, columns, part.rows)


@contextmanager
def _noticed(shelf: Shelf, segment: Segment) -> Iterator[None]:
    try:
        yield
    except FileNotFoundError:
        raise SpanGoneError(shelf, segment) from None


def _frame(names: tuple[str, ...], columns: Sequence[np.ndarray | None], rows: int) -> pl.DataFrame:
    """A frame of columns; what is missing, a side of a quote or a vendor's sizes, is null."""
    import polars as pl

    made = []
    for name, column in zip(names, columns):
        if column is None:
            made.append(pl.repeat(None, rows, dtype=pl.Float64, eager=True).alias(name))
        elif name == "time":
            made.append(pl.Series(name, column).cast(pl.Datetime("us", "UTC")))
        else:
            made.append(pl.Series(name, column).fill_nan(None) if np.isnan(column).any() else pl.Series(name, column))
    return pl.DataFrame(made)


def _during(parts: Sequence[Segment]) -> str:
    return f"time BETWEEN make_timestamptz({parts[0].first}) AND make_timestamptz({parts[-1].last})"


def _broken(symbol: str, constants: str, columns: tuple[str, ...], error: BtlabError) -> Branch:
    def fail() -> Iterator[pl.DataFrame]:
        raise error

    return Branch(f"{_text(symbol)} AS symbol, {constants}", columns, "true", fail)


def _nothing(constants: str, columns: tuple[str, ...]) -> Branch:
    return Branch(constants, columns, "false", lambda: iter(()))


def _text(value: str) -> str:
    """A literal; a name from outside is data, whatever it looks like."""
    return "'" + value.replace("'", "''") + "'"
