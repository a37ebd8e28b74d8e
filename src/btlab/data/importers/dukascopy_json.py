"""Dukascopy's newer layout: one JSON object of columns, an hour of ticks or a day, month or year of candles.

Times and prices are differences to the value before: times of ticks in ms, of candles in units of `shift` ms, prices in units
of `multiplier`; the first ones are differences to `timestamp` and to `ask` and `bid`, or `open`, `high`, `low` and `close`.
Volumes of ticks are units of the base currency and become millions here, as in `.bi5`; volumes of candles are millions
already. In the names of its files months count from 1; nothing is read from them but the symbol and the side.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from functools import partial
from typing import Any

import numpy as np

from btlab.data.importers.agreement import agreed, timeframe_of
from btlab.data.importers.base import Options, Reader, Verdict
from btlab.data.importers.source import Source
from btlab.data.importers.text import scaled
from btlab.data.kernels.faults import FILLER, GOOD
from btlab.data.rows import BarColumns, Batch, Columns
from btlab.errors import FormatError

NAME = "dukascopy"

_MOST_BYTES = 1 << 27
_LATEST_MS = 7_300_000_000_000
_FARTHEST = 1 << 33
_MILLION = 1e6
_OPENING = re.compile(rb'(?:\xef\xbb\xbf)?\s*\{\s*"timestamp"\s*:')
_FILE = re.compile(r"(?:ticks|candles-\w+?)-([A-Z0-9]+)-([A-Z0-9]+)-(?:(BID|ASK)-)?\d", re.IGNORECASE)
_PRICES = ("open", "high", "low", "close")


def recognise(source: Source) -> Verdict | None:
    """By how the object begins, and by the names of its columns."""
    if not _OPENING.match(source.head) or b'"multiplier"' not in source.head:
        return None
    if b'"shift"' in source.head:
        return Verdict("candles of Dukascopy in JSON", "bars")
    return Verdict("ticks of Dukascopy in JSON")


def reader(source: Source, options: Options) -> Reader:
    """All of one object.

    Raises:
        FormatError: it is none of these, or contradicts what the caller said.
    """
    table = _load(source)
    start = _whole(source, table, "timestamp", 0, _LATEST_MS) * 1000
    multiplier = options.price_scale or _positive(source, table, "multiplier")
    found = _FILE.match(source.table)
    whose = f"{found[1]}{found[2]}".upper() if found else None
    how: dict[str, str | float | None] = {"format": NAME, "layout": "json", "scale": multiplier}
    if "shift" not in table:
        why = f"ticks of Dukascopy in JSON, prices x {multiplier:g}"
        return Reader(source, why, how, start, whose, partial(_ticks, source, start, multiplier))
    shift = _whole(source, table, "shift", 1, _FARTHEST)
    timeframe = agreed(source, "timeframe", timeframe_of(shift * 1000), options.timeframe)
    price = agreed(source, "price", found[3].lower() if found and found[3] else None, options.price)
    how |= {"timeframe": timeframe, "price": price}
    why = f"{timeframe} candles of Dukascopy in JSON ({price}), prices x {multiplier:g}"
    read = partial(_candles, source, start, shift, multiplier)
    return Reader(source, why, how, start, whose, read, timeframe=timeframe, price=price)


def _load(source: Source) -> dict[str, Any]:
    try:
        table = json.loads(source.content(_MOST_BYTES))
    except (ValueError, RecursionError) as error:
        if isinstance(error, FormatError):
            raise
        raise FormatError(f"{source.name} is no JSON, or cut off ({error}); fetch it again", file=source.name) from None
    if not isinstance(table, dict):
        raise FormatError(f"{source.name} is no object of Dukascopy: it holds a {type(table).__name__}", file=source.name)
    return table


def _whole(source: Source, table: dict[str, Any], name: str, least: int, most: int) -> int:
    value = table.get(name)
    if type(value) is not int or not least <= value <= most:
        raise FormatError(f"{source.name}: {name!r} is {value!r}; it must be a whole number of ms", file=source.name)
    return value


def _positive(source: Source, table: dict[str, Any], name: str) -> float:
    value = table.get(name)
    if not isinstance(value, int | float) or isinstance(value, bool) or not 0 < value < 1e9:
        raise FormatError(f"{source.name}: {name!r} is {value!r}; it must be a positive number", file=source.name)
    return float(value)


def _ticks(source: Source, start: int, scale: float) -> Iterator[Batch]:
    table = _load(source)
    time = start + _moments(source, table, 1)
    bid, ask = (_prices(source, table, side, f"{side}s", scale, len(time)) for side in ("bid", "ask"))
    sizes = (_column(source, table, f"{side}Volumes", "if", len(time)) / _MILLION for side in ("bid", "ask"))
    if len(time):
        yield Batch(Columns(time, bid, ask, *sizes), False, source.name, np.arange(1, len(time) + 1), _text(time, bid, ask))


def _candles(source: Source, start: int, shift: int, scale: float) -> Iterator[Batch]:
    table = _load(source)
    time = start + _moments(source, table, shift)
    first, highest, lowest, last = (_prices(source, table, name, f"{name}s", scale, len(time)) for name in _PRICES)
    columns = BarColumns(time, first, highest, lowest, last, _column(source, table, "volumes", "if", len(time)))
    if len(time):
        yield Batch(columns, False, source.name, np.arange(1, len(time) + 1), _text(*columns), filler(columns))


def filler(columns: BarColumns) -> np.ndarray:
    """Fault codes: flat candles without volume only fill the hours when nobody trades."""
    flat = (
        (columns.volume == 0) & (columns.high == columns.low) & (columns.open == columns.close) & (columns.open == columns.high)
    )
    return np.where(flat, FILLER, GOOD).astype(np.uint8)


def _moments(source: Source, table: dict[str, Any], unit: int) -> np.ndarray:
    """µs behind the first time, from differences in units of so many ms."""
    steps = np.cumsum(_column(source, table, "times", "i"))
    if len(steps) and float(np.abs(steps).max()) * unit > _LATEST_MS:
        raise FormatError(f"{source.name}: its times lead out of the calendar; fetch it again", file=source.name)
    return steps * (unit * 1000)


def _prices(source: Source, table: dict[str, Any], name: str, column: str, scale: float, count: int) -> np.ndarray:
    """Prices from the first one and the differences, in whole points, so that no error adds up."""
    steps = _column(source, table, column, "i", count)
    if not count:
        return np.empty(0)
    first = _positive(source, table, name) / _positive(source, table, "multiplier")
    if first > _FARTHEST:
        raise FormatError(f"{source.name}: {name!r} is {table[name]!r}, far beyond any price", file=source.name)
    return scaled((round(first) + np.cumsum(steps)).astype(np.float64), scale)


def _column(source: Source, table: dict[str, Any], name: str, kinds: str, count: int | None = None) -> np.ndarray:
    """A list of numbers, whole ones where `kinds` is "i", as many as there are times."""
    column = table.get(name)
    if not isinstance(column, list):
        raise FormatError(f"{source.name}: it has no list {name!r}, or cut off; fetch it again", file=source.name)
    if count is not None and len(column) != count:
        held = f"{len(column):,} values, 'times' {count:,}"
        raise FormatError(f"{source.name}: {name!r} holds {held}; fetch it again", file=source.name)
    try:
        values = np.array(column) if column else np.empty(0, np.int64)
    except (ValueError, OverflowError):
        values = np.empty((0, 0))
    if values.dtype.kind not in kinds or values.ndim != 1 or (kinds == "i" and len(values) and np.abs(values).max() > _FARTHEST):
        raise FormatError(f"{source.name}: {name!r} is no list of numbers that are times, prices or volumes", file=source.name)
    return values.astype(np.int64 if kinds == "i" else np.float64)


def _text(*columns: np.ndarray) -> Callable[[int], str]:
    return lambda row: ", ".join(str(column[row]) for column in columns)
