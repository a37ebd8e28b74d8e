"""Dukascopy `.bi5`: an hour of ticks, or candles of a day, month or year; LZMA around 20- or 24-byte big-endian records.

`SYMBOL/YYYY/MM/DD/HHh_ticks.bi5`, the month counted from 00. A tick is u32 ms in the hour, u32 ask, u32 bid (points), f32 ask
volume, f32 bid volume (millions); a candle u32 seconds, u32 open, close, low, high, f32 volume. Times are UTC. An hour
without ticks is an empty file.
"""

from __future__ import annotations

import lzma
import re
from collections.abc import Iterator
from datetime import UTC, datetime
from functools import partial

import numpy as np

from btlab.data.importers.base import Options, Reader, Verdict
from btlab.data.importers.source import Source
from btlab.data.importers.text import one, scaled
from btlab.data.kernels.faults import GOOD, UNIT
from btlab.data.rows import Batch, Columns
from btlab.data.zones import UTC as UTC_ZONE
from btlab.data.zones import Zone
from btlab.errors import FormatError
from btlab.market.instrument import family
from btlab.market.times import to_microseconds

NAME = "dukascopy"
TAKES_DATE = True

TICK = np.dtype([("ms", ">u4"), ("ask", ">u4"), ("bid", ">u4"), ("ask_size", ">f4"), ("bid_size", ">f4")])
CANDLE = np.dtype([("seconds", ">u4"), ("open", ">u4"), ("close", ">u4"), ("low", ">u4"), ("high", ">u4"), ("volume", ">f4")])

_TICKS = re.compile(r"(\d{4})/(\d{2})/(\d{2})/(\d{2})h_ticks\.bi5$", re.I)
_CANDLES = re.compile(r"_candles_\w+\.bi5$", re.I)
_SYMBOL = re.compile(r"[A-Z0-9]{6,}")
_MAGIC = b"\x5d\x00\x00"
_HOUR_MS = 3_600_000
_MOST_BYTES = 1 << 28
_SCALES = {"JPY": 1e-3, "RUB": 1e-3}


def recognise(source: Source) -> Verdict | None:
    """By the suffix, or by what LZMA begins with."""
    name = source.member or source.path.name
    if not name.lower().endswith(".bi5") and source.head[:3] != _MAGIC:
        return None
    if _CANDLES.search(name):
        return Verdict("candles of Dukascopy, by its name", "bars")
    return Verdict("ticks of Dukascopy: LZMA, by its name" if name.lower().endswith(".bi5") else "ticks of Dukascopy: LZMA")


def reader(source: Source, options: Options) -> Reader:
    """An hour of ticks.

    Raises:
        FormatError: the hour or the price scale is not known.
    """
    zone, scale, hour = options.zone or UTC_ZONE, options.price_scale or _scale(source, options.symbol), _hour(source, options)
    local = to_microseconds(hour)
    why = f"ticks of Dukascopy: hour {hour:%Y-%m-%d %H}h {zone.name}, prices x {scale:g}"
    how: dict[str, str | float | None] = {"format": NAME, "hour": f"{hour:%Y-%m-%dT%H}", "zone": zone.name, "scale": scale}
    start = int(zone.to_utc(one(local), local)[0][0])
    found = _TICKS.search(_path(source))
    folder = _path(source)[: found.start()].rstrip("/").rpartition("/")[2] if found else ""
    whose = folder if _SYMBOL.fullmatch(folder) else None
    return Reader(source, why, how, start, whose, partial(_read, source, local, zone, scale))


def candles(content: bytes, start: int, scale: float = 1e-5) -> dict[str, np.ndarray]:
    """Decode a candle file.

    Args:
        content: the file. start: µs UTC its seconds count from: of its day, month or year. scale: of prices.

    Returns:
        time (µs UTC), open, high, low, close, volume. Flat candles without volume fill closed hours.

    Raises:
        FormatError: it is no such file.
    """
    records = np.frombuffer(unpack(content, "candles"), np.uint8)
    if len(records) % CANDLE.itemsize:
        raise FormatError(
            f"candles of Dukascopy are records of {CANDLE.itemsize} bytes; {len(records)} bytes are no whole number of them"
        )
    table = records.view(CANDLE)
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


def _read(source: Source, hour: int, zone: Zone, scale: float) -> Iterator[Batch]:
    with source.open() as file:
        plain = unpack(file.read(), source.name)
    if len(plain) % TICK.itemsize:
        raise FormatError(
            f"{source.name} is no hour of ticks: {len(plain):,} bytes are no whole number of records of {TICK.itemsize}; "
            "fetch it again",
            file=source.name,
        )
    table = np.frombuffer(plain, TICK)
    if not len(table):
        return
    fault = np.where(table["ms"] < _HOUR_MS, GOOD, UNIT).astype(np.uint8)
    time, _ = zone.to_utc(hour + table["ms"].astype(np.int64) * 1000, hour)
    prices = (scaled(table[side].astype(np.float64), scale) for side in ("bid", "ask"))
    sizes = (table[side].astype(np.float64) for side in ("bid_size", "ask_size"))
    records = np.arange(1, len(table) + 1)
    yield Batch(Columns(time, *prices, *sizes), False, source.name, records, lambda row: str(table[row].tolist()), fault)


def _hour(source: Source, options: Options) -> datetime:
    given = options.moment()
    if given is not None:
        return given.replace(minute=0, second=0, microsecond=0)
    found = _TICKS.search(_path(source))
    if not found:
        raise FormatError(
            f"{source.name}: no hour in its path (YYYY/MM/DD/HHh_ticks.bi5, months from 00), and records carry none; "
            'give date="2019-02-04 13:00"',
            file=source.name,
        )
    year, month, day, hour = map(int, found.groups())
    try:
        return datetime(year, month + 1, day, hour, tzinfo=UTC)
    except ValueError:
        raise FormatError(
            f"{source.name}: {found[0]} says no hour (months count from 00); give date=", file=source.name
        ) from None


def _path(source: Source) -> str:
    path = source.path.absolute()
    return (path if source.member is None else path / source.member).as_posix()


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
