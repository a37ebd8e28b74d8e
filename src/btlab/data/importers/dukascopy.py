"""Dukascopy: an hour of ticks, or candles of a day, month or year, as `.bi5` or, newer, as JSON (`dukascopy_json`).

A `.bi5` is LZMA around big-endian records. Its path says the time, the month counted from 00: `SYMBOL/YYYY/MM/DD/HHh_ticks.bi5`,
`SYMBOL/YYYY/MM/DD/BID_candles_min_1.bi5`, `SYMBOL/YYYY/MM/BID_candles_hour_1.bi5`, `SYMBOL/YYYY/BID_candles_day_1.bi5`. A tick is
u32 ms in the hour, u32 ask, u32 bid (points), f32 ask volume, f32 bid volume (millions); a candle u32 seconds, u32 open, close,
low, high, f32 volume. Times are UTC. An hour without ticks is an empty file.
"""

from __future__ import annotations

import lzma
import re
from collections.abc import Iterator
from datetime import UTC, datetime
from functools import partial

import numpy as np

from btlab.data.importers import dukascopy_json
from btlab.data.importers.agreement import agreed
from btlab.data.importers.base import Options, Reader, Verdict
from btlab.data.importers.source import Source
from btlab.data.importers.text import one, scaled
from btlab.data.kernels.faults import GOOD, UNIT
from btlab.data.rows import BarColumns, Batch, Columns
from btlab.data.zones import UTC as UTC_ZONE
from btlab.data.zones import Zone
from btlab.errors import FormatError
from btlab.market.instrument import family
from btlab.market.times import to_microseconds

NAME = "dukascopy"
TAKES_DATE = True

TICK = np.dtype([("ms", ">u4"), ("ask", ">u4"), ("bid", ">u4"), ("ask_size", ">f4"), ("bid_size", ">f4")])
CANDLE = np.dtype([("seconds", ">u4"), ("open", ">u4"), ("close", ">u4"), ("low", ">u4"), ("high", ">u4"), ("volume", ">f4")])

_TICKS = re.compile(r"(\d{4})/(\d{2})/(\d{2})/(\d{2})h_ticks\.bi5$", re.IGNORECASE)
_CANDLES = re.compile(r"(?:(\d{4})/(?:(\d{2})/(?:(\d{2})/)?)?)?(BID|ASK)_candles_(min|hour|day)_(\d+)\.bi5$", re.IGNORECASE)
_SYMBOL = re.compile(r"[A-Z0-9]{6,}")
_MAGIC = b"\x5d\x00\x00"
_HOUR_MS, _YEAR_SECONDS = 3_600_000, 366 * 86_400
_MOST_BYTES = 1 << 28
_SCALES = {"JPY": 1e-3, "RUB": 1e-3}


def recognise(source: Source) -> Verdict | None:
    """By the suffix, or by what LZMA or the JSON begins with."""
    if verdict := dukascopy_json.recognise(source):
        return verdict
    named = source.inner.lower().endswith(".bi5")
    if not named and source.head[:3] != _MAGIC:
        return None
    if _CANDLES.search(source.full):
        return Verdict("candles of Dukascopy, by its name", "bars")
    if not _TICKS.search(source.full) and _holds_candles(source):
        return Verdict("candles of Dukascopy: LZMA around records of 24 bytes", "bars")
    return Verdict("ticks of Dukascopy: LZMA, by its name" if named else "ticks of Dukascopy: LZMA")


def reader(source: Source, options: Options) -> Reader:
    """An hour of ticks, or a file of candles.

    Raises:
        FormatError: the time, the price scale, or the timeframe and the side of candles are not known.
    """
    if dukascopy_json.recognise(source):
        return dukascopy_json.reader(source, options)
    zone, scale = options.zone or UTC_ZONE, options.price_scale or _scale(source, options.symbol)
    return _candles_reader(source, options, zone, scale) if options.bars else _ticks_reader(source, options, zone, scale)


def _ticks_reader(source: Source, options: Options, zone: Zone, scale: float) -> Reader:
    found = _TICKS.search(source.full)
    hour = _hour(source, options, found)
    local = to_microseconds(hour)
    why = f"ticks of Dukascopy: hour {hour:%Y-%m-%d %H}h {zone.name}, prices x {scale:g}"
    how: dict[str, str | float | None] = {"format": NAME, "hour": f"{hour:%Y-%m-%dT%H}", "zone": zone.name, "scale": scale}
    start = int(zone.to_utc(one(local), local)[0][0])
    return Reader(source, why, how, start, _whose(source, found), partial(_read_ticks, source, local, zone, scale))


def _candles_reader(source: Source, options: Options, zone: Zone, scale: float) -> Reader:
    found = _CANDLES.search(source.full)
    said = f"{found[6]}{ {'min': 'm', 'hour': 'h', 'day': 'd'}[found[5].lower()] }" if found else None
    timeframe = agreed(source, "timeframe", said, options.timeframe)
    price = agreed(source, "price", found[4].lower() if found else None, options.price)
    agreed(source, "stamp", "start", options.stamp)
    first = _beginning(source, options, found)
    local = to_microseconds(first)
    why = f"{timeframe} candles of Dukascopy ({price}) from {first:%Y-%m-%d} {zone.name}, prices x {scale:g}"
    how: dict[str, str | float | None] = {"format": NAME, "from": f"{first:%Y-%m-%d}", "zone": zone.name, "scale": scale}
    how |= {"timeframe": timeframe, "price": price}
    start = int(zone.to_utc(one(local), local)[0][0])
    read = partial(_read_candles, source, local, zone, scale)
    return Reader(source, why, how, start, _whose(source, found), read, timeframe=timeframe, price=price)


def candles(content: bytes, start: int, scale: float = 1e-5) -> dict[str, np.ndarray]:
    """Decode a candle file.

    Args:
        content: the file. start: µs UTC its seconds count from: of its day, month or year. scale: of prices.

    Returns:
        time (µs UTC), open, high, low, close, volume. Flat candles without volume fill closed hours.

    Raises:
        FormatError: it is no such file.
    """
    table = _records(content, "candles", CANDLE)
    prices = {name: scaled(table[name].astype(np.float64), scale) for name in ("open", "high", "low", "close")}
    return {"time": start + table["seconds"].astype(np.int64) * 1_000_000, **prices, "volume": table["volume"].astype(np.float64)}


def unpack(content: bytes, name: str) -> bytes:
    """The bytes inside a `.bi5`.

    Raises:
        FormatError: it is no LZMA, cut off, or longer than any hour of ticks.
    """
    if not content:
        return b""
    decoder = lzma.LZMADecompressor(lzma.FORMAT_ALONE, memlimit=1 << 28)
    try:
        plain = decoder.decompress(content, _MOST_BYTES)
    except lzma.LZMAError as error:
        raise FormatError(f"{name} is no .bi5 of Dukascopy, or damaged ({error}); fetch it again", file=name) from None
    if not decoder.eof:
        fault = "is cut off" if decoder.needs_input else f"holds over {_MOST_BYTES:,} bytes"
        raise FormatError(f"{name} {fault}; fetch it again", file=name)
    return plain


def _records(content: bytes, name: str, kind: np.dtype) -> np.ndarray:
    plain = unpack(content, name)
    if len(plain) % kind.itemsize:
        what = "no hour of ticks" if kind is TICK else "no file of candles"
        raise FormatError(
            f"{name} is {what}: {len(plain):,} bytes are no whole number of records of {kind.itemsize}; fetch it again", file=name
        )
    return np.frombuffer(plain, kind)


def _read_ticks(source: Source, hour: int, zone: Zone, scale: float) -> Iterator[Batch]:
    table = _records(source.content(_MOST_BYTES), source.name, TICK)
    if not len(table):
        return
    fault = np.where(table["ms"] < _HOUR_MS, GOOD, UNIT).astype(np.uint8)
    time, _ = zone.to_utc(hour + table["ms"].astype(np.int64) * 1000, hour)
    prices = (_priced(table[side], scale) for side in ("bid", "ask"))
    sizes = (table[side].astype(np.float64) for side in ("bid_size", "ask_size"))
    records = np.arange(1, len(table) + 1)
    yield Batch(Columns(time, *prices, *sizes), False, source.name, records, lambda row: str(table[row].tolist()), fault)


def _priced(points: np.ndarray, scale: float) -> np.ndarray:
    """`scaled`, of whole points: nothing but the division, which is most of what is left to do beside LZMA."""
    parts = round(1 / scale)
    return points / parts if parts >= 1 and abs(parts * scale - 1) < 1e-12 else points * scale


def _read_candles(source: Source, first: int, zone: Zone, scale: float) -> Iterator[Batch]:
    content = source.content(_MOST_BYTES)
    table = _records(content, source.name, CANDLE)
    if not len(table):
        return
    columns = BarColumns(**candles(content, first, scale))
    fault = np.where(table["seconds"] < _YEAR_SECONDS, dukascopy_json.filler(columns), UNIT).astype(np.uint8)
    time, _ = zone.to_utc(columns.time, first)
    records = np.arange(1, len(table) + 1)
    yield Batch(columns._replace(time=time), False, source.name, records, lambda row: str(table[row].tolist()), fault)


def _holds_candles(source: Source) -> bool:
    """Whether the length of what is inside fits candles and not ticks."""
    try:
        length = len(unpack(source.content(_MOST_BYTES), source.name))
    except FormatError:
        return False
    return length > 0 and not length % CANDLE.itemsize and length % TICK.itemsize > 0


def _hour(source: Source, options: Options, found: re.Match[str] | None) -> datetime:
    given = options.moment()
    if given is not None:
        return given.replace(minute=0, second=0, microsecond=0)
    if not found:
        raise FormatError(
            f"{source.name}: no hour in its path (YYYY/MM/DD/HHh_ticks.bi5, months from 00), and records carry none; "
            'give date="2019-02-04 13:00"',
            file=source.name,
        )
    return _moment(source, found[0], *map(int, found.groups()))


def _beginning(source: Source, options: Options, found: re.Match[str] | None) -> datetime:
    """The midnight that the seconds of candles count from: of a day, of the first of a month, of New Year's Day."""
    given = options.moment()
    if given is not None:
        return given.replace(hour=0, minute=0, second=0, microsecond=0)
    wanted = {"min": 3, "hour": 2, "day": 1}[found[5].lower()] if found else 3
    parts = [int(part) for part in found.groups()[:3] if part] if found else []
    if found is None or len(parts) < wanted:
        raise FormatError(
            f"{source.name}: no date in its path (YYYY/MM/DD for minutes, YYYY/MM for hours, YYYY for days, months from 00), and "
            'records carry none; give date="2019-02-04", the day its seconds count from',
            file=source.name,
        )
    year, month, day = parts[:wanted] + [0, 1][wanted - 1 :]
    return _moment(source, found[0], year, month, day)


def _moment(source: Source, said: str, year: int, month: int, day: int, hour: int = 0) -> datetime:
    try:
        return datetime(year, month + 1, day, hour, tzinfo=UTC)
    except ValueError:
        raise FormatError(f"{source.name}: {said} says no time (months count from 00); give date=", file=source.name) from None


def _whose(source: Source, found: re.Match[str] | None) -> str | None:
    folder = source.full[: found.start()].rstrip("/").rpartition("/")[2] if found else ""
    return folder if _SYMBOL.fullmatch(folder) else None


def _scale(source: Source, symbol: str) -> float:
    if family(symbol) == "fx":
        letters = "".join(c for c in symbol.upper() if c.isalpha())
        return _SCALES.get(letters[3:6], 1e-5)
    raise FormatError(
        f"{source.name}: records hold points, and how much one is of {symbol} is not known; "
        "give price_scale= (0.1 for BTCUSD, 0.001 for XAUUSD)",
        file=source.name,
        symbol=symbol,
    )
