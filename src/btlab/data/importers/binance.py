"""Binance: trades, aggTrades and klines of the archive, spot and futures, as CSV or zip; and recorded streams.

Times are ms before 2025 and µs since, told by each number's size; headers are there or not. Where the buyer was the maker, the
seller was the aggressor. https://github.com/binance/binance-public-data
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import partial

import numpy as np

from btlab.data.importers import binance_stream, text
from btlab.data.importers.agreement import agreed, timeframe_of
from btlab.data.importers.base import Options, Reader, Verdict
from btlab.data.importers.blocks import blocks, first_lines
from btlab.data.importers.source import Source
from btlab.data.kernels.faults import GOOD, UNIT
from btlab.data.rows import BarColumns, Batch, Columns
from btlab.errors import FormatError

NAME = "binance"
TAKES_DATE = False

_MILLISECONDS, _LATEST_MS, _FIRST_ROWS = 10**14, 7_300_000_000_000, 20
_TIME = re.compile(r"\d{12,16}")
_FLAG = re.compile(r"true|false", re.IGNORECASE)
_NUMBER = re.compile(r"\d+(?:\.\d+)?(?:e-?\d+)?", re.IGNORECASE)
_FILE = re.compile(r"(?P<symbol>[A-Z0-9]+(?:_[A-Z0-9]+)?)-(?P<kind>trades|aggTrades|\d+(?:s|m|h|d|w|mo))-\d{4}", re.IGNORECASE)

_LAYOUTS: dict[tuple[int, int], tuple[str, tuple[str, ...]]] = {
    (6, 1): ("trades of futures", ("", "price", "size", "", "time", "volume")),
    (7, 2): ("trades", ("", "price", "size", "", "time", "volume", "")),
    (7, 1): ("aggTrades of futures", ("", "price", "size", "", "", "time", "volume")),
    (8, 2): ("aggTrades", ("", "price", "size", "", "", "time", "volume", "")),
}
"""By the number of cells and of flags at their end; "volume" is whether the buyer was the maker, as 1 or 0."""
_KLINES = ("time", "open", "high", "low", "close", "volume", "", "", "", "", "", "")
_FLAGS = ((b"True", b"1"), (b"true", b"1"), (b"TRUE", b"1"), (b"False", b"0"), (b"false", b"0"), (b"FALSE", b"0"))


def recognise(source: Source) -> Verdict | None:
    """By the cells of the first row, or by the first line of a stream."""
    if found := _layout(source):
        what, columns, _ = found
        return Verdict(f"{what} of Binance", "bars" if "open" in columns else "ticks")
    return binance_stream.recognise(source, trades=False)


def reader(source: Source, options: Options) -> Reader:
    """All trades or klines of a file, or the quotes, or trades, of a stream.

    Raises:
        FormatError: it is none of these.
    """
    found = _layout(source)
    if found is None:
        quoted, traded = binance_stream.holds(source)
        if quoted or traded:
            return binance_stream.reader(source, options, trades=not quoted, name=NAME)
        raise FormatError(
            f"{source.name} holds no trades, aggTrades or klines of Binance: it begins with {source.head[:80]!r}. "
            "Leave format= out",
            file=source.name,
        )
    what, columns, skip = found
    if options.zone is not None and options.zone.east != 0:
        raise FormatError(f"{source.name}: times of Binance are counts in UTC; leave tz= out", file=source.name)
    layout = text.Layout(columns, skip=skip, unit=text.MICROSECOND, bounds=(10**11, 10**17), scale=options.price_scale)
    why = f"{what} of Binance, times in ms or µs by their size"
    how: dict[str, str | float | None] = {"format": NAME, "layout": what, "scale": options.price_scale}
    named = _FILE.search(source.table)
    whose, read = named["symbol"].upper() if named else None, partial(_read, source, layout)
    head = text.scan(_in_digits("\n".join(first_lines(source, skip + _FIRST_ROWS)[skip:]).encode()), layout)
    start = next((int(time) for time, code in zip(_moments(head), head.fault) if code == GOOD), None)
    if "open" not in columns:
        return Reader(source, why, how, start, whose, read)
    timeframe = agreed(source, "timeframe", _timeframe(source, skip, named["kind"] if named else ""), options.timeframe)
    price = agreed(source, "price", "last", options.price)
    agreed(source, "stamp", "start", options.stamp)
    return Reader(source, f"{timeframe} {why}", how, start, whose, read, timeframe=timeframe, price=price)


def _layout(source: Source) -> tuple[str, tuple[str, ...], int] | None:
    """What a file holds, its columns, and the lines of its header, by the first row of numbers."""
    for skip, line in enumerate(first_lines(source, 2)):
        cells = [cell.strip() for cell in line.split(",")]
        if len(cells) == len(_KLINES) and all(map(_NUMBER.fullmatch, cells)) and _TIME.fullmatch(cells[0]):
            return ("klines", _KLINES, skip) if _TIME.fullmatch(cells[6]) else None
        flags = sum(bool(_FLAG.fullmatch(cell)) for cell in cells[-2:])
        if (len(cells), flags) in _LAYOUTS and _FLAG.fullmatch(cells[-1]):
            what, columns = _LAYOUTS[len(cells), flags]
            return (what, columns, skip) if _TIME.fullmatch(cells[columns.index("time")]) else None
        if cells[0][:1].isdigit():
            return None
    return None


def _timeframe(source: Source, skip: int, named: str) -> str | None:
    """By the first row's two times; by the file's name where that is no fixed length."""
    cells = first_lines(source, skip + 1)[skip].split(",")
    first, last = int(cells[0]), int(cells[6])
    micros = 1 if first >= _MILLISECONDS else 1000
    return timeframe_of((last + 1 - first) * micros) or (named.lower() if named else None)


def _read(source: Source, layout: text.Layout) -> Iterator[Batch]:
    line = 1 + layout.skip
    for block in blocks(source, layout.skip):
        raw = text.scan(_in_digits(block) if layout.trades else block, layout, line)
        line = raw.next_line
        if len(raw):
            time = _moments(raw)
            yield Batch(_columns(raw, time, layout), layout.trades, source.name, raw.line, raw.text, raw.fault)


def _in_digits(block: bytes) -> bytes:
    """The flags as 1 and 0."""
    for word, digit in _FLAGS:
        block = block.replace(word, digit)
    return block


def _moments(raw: text.Raw) -> np.ndarray:
    """µs of times in ms or µs; those between the two are faults."""
    in_ms = raw.time < _MILLISECONDS
    time = np.where(in_ms, raw.time * 1000, raw.time)
    raw.fault[(time >= _LATEST_MS * 1000) & (raw.fault == GOOD)] = UNIT
    return time


def _columns(raw: text.Raw, time: np.ndarray, layout: text.Layout) -> Columns | BarColumns:
    named = dict(zip(layout.roles, raw.real))
    if layout.scale is not None:
        named |= {
            role: text.scaled(named[role], layout.scale) for role in ("price", "open", "high", "low", "close") if role in named
        }
    if "open" in named:
        return BarColumns(time, *(named[role] for role in ("open", "high", "low", "close", "volume")))
    price, size, sold = named["price"], named["size"], named["volume"] != 0
    return Columns(time, price, price, np.where(sold, size, 0.0), np.where(sold, 0.0, size))
