"""Files of named columns: what Parquet and Arrow have in common. The columns are those of frames (`data.frames`)."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial
from typing import TYPE_CHECKING, Any, NamedTuple

from btlab.data.importers.base import Options, Reader, Verdict
from btlab.data.importers.guard import guarded
from btlab.data.importers.source import Source
from btlab.data.importers.text import scaled
from btlab.data.rows import BarColumns, Batch, Columns, Rows
from btlab.data.zones import UTC
from btlab.errors import FormatError

if TYPE_CHECKING:
    import polars as pl

ROWS = 1 << 19
MOST_IN_MEMORY = 1 << 30
"""Bytes of a file that cannot be read in parts: one that lies in a zip, and a stream of Arrow."""

_BARS = {"open", "high", "low", "close"}
_SYMBOLS = ("symbol", "ticker", "instrument", "pair")


class Table(NamedTuple):
    """A file's column names, and a way to its rows: `rows(start, count)` is a frame, an empty one behind the end."""

    names: list[str]
    rows: Callable[[int, int], pl.DataFrame]


def frame_of(table: Any) -> pl.DataFrame:
    """A frame of whatever gives a stream of Arrow; decimals become floats."""
    import polars as pl
    from polars import selectors

    return pl.DataFrame(table).with_columns(selectors.decimal().cast(pl.Float64))


def recognise(source: Source, what: str, opened: Callable[[Source], Table]) -> Verdict:
    """Ticks or bars by the names of the columns."""
    try:
        with guarded(source, what):
            names = {name.lower() for name in opened(source).names}
    except FormatError:
        return Verdict(f"a file of {what}", None)
    return Verdict(f"a file of {what}", "bars" if names >= _BARS else "ticks")


def reader(source: Source, options: Options, name: str, what: str, opened: Callable[[Source], Table]) -> Reader:
    """All rows of a file.

    Raises:
        FormatError, SeriesError: it is damaged, or its columns are none of ticks or bars.
    """
    from btlab.data.intake.frames import from_memory

    with guarded(source, what):
        table = opened(source)
        memory = from_memory(table.rows(0, 1), options)
    timeframe, price = memory.series or (None, None)
    zone = options.zone or UTC
    why = f"{what}, columns {', '.join(table.names)}; times without a zone are in {zone.name}"
    how: dict[str, str | float | None] = {"format": name, "zone": zone.name, "scale": options.price_scale}
    if memory.series:
        how |= {"timeframe": timeframe, "price": price, "stamp": options.stamp}
    start = int(memory.columns.time[0]) if len(memory) else None
    read = partial(_read, source, options, what, opened)
    return Reader(source, why, how, start, None, read, tuple(memory.warnings), timeframe=timeframe, price=price)


def _read(source: Source, options: Options, what: str, opened: Callable[[Source], Table]) -> Iterator[Batch]:
    from btlab.data.intake.frames import from_memory

    with guarded(source, what):
        table = opened(source)
    at, symbol = 0, None
    while True:
        with guarded(source, what):
            frame = table.rows(at, ROWS)
            if not frame.height:
                return
            symbol = _only_symbol(source, frame, symbol)
            memory = from_memory(frame, options)
        for batch in memory.batches():
            columns = batch.columns if options.price_scale is None else _scaled(batch.columns, options.price_scale)
            yield Batch(columns, batch.trades, source.name, batch.line + at + 1, batch.text, batch.fault)
        at += frame.height


def _only_symbol(source: Source, frame: pl.DataFrame, symbol: object) -> object:
    """The one that a column of symbols names; None where there is no such column."""
    column = next((name for name in frame.columns if name.lower() in _SYMBOLS), None)
    if column is None:
        return None
    found = frame[column].unique().to_list()
    others = [name for name in found if symbol is not None and name != symbol]
    if len(found) > 1 or others:
        shown = ", ".join(map(repr, [*found, symbol][:5]))
        raise FormatError(
            f"{source.name} holds rows of several symbols ({shown}, ...) in its column {column!r}; filter it first and import "
            "the frames, each symbol by itself",
            file=source.name,
        )
    return found[0]


def _scaled(columns: Rows, scale: float) -> Rows:
    if isinstance(columns, BarColumns):
        first, highest, lowest, last = (scaled(column, scale) for column in columns[1:5])
        return BarColumns(columns.time, first, highest, lowest, last, columns.volume)
    return Columns(columns.time, scaled(columns.bid, scale), scaled(columns.ask, scale), columns.bid_size, columns.ask_size)
