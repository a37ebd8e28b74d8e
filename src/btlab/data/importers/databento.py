"""Databento's DBN, versions 1 to 3, plain or in Zstandard: trades, mbp-1 and tbbo as ticks, ohlcv as bars.

Read by Databento's own decoder (`pip install "btlab[databento]"`). Prices are whole numbers of 1e-9, times `ts_event`; the
size of a trade stands on the side of its aggressor. mbp-1 and tbbo give the best bid and ask after, or before, the event.
https://databento.com/docs/standards-and-conventions/databento-binary-encoding
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date
from functools import partial
from types import ModuleType
from typing import Any

import numpy as np

from btlab.data.importers.agreement import agreed
from btlab.data.importers.base import Options, Reader, Verdict
from btlab.data.importers.guard import guarded
from btlab.data.importers.source import ZSTANDARD, Source
from btlab.data.importers.text import scaled
from btlab.data.importers.zst import check_whole
from btlab.data.kernels.faults import GOOD, TIME
from btlab.data.rows import BarColumns, Batch, Columns
from btlab.errors import FormatError
from btlab.market.times import to_microseconds

NAME = "databento"
TAKES_DATE = False

_MAGIC = b"DBN"
_TICKS = {"trades": "TradeMsg", "mbp-1": "MBP1Msg", "tbbo": "MBP1Msg"}
_BARS = {"ohlcv-1s": "1s", "ohlcv-1m": "1m", "ohlcv-1h": "1h", "ohlcv-1d": "1d"}
_SAID = ("SystemMsg", "SystemMsgV1", "SymbolMappingMsg", "SymbolMappingMsgV1", "ErrorMsg", "ErrorMsgV1", "Metadata")
_FED, _FED_PACKED, _ROWS = 1 << 20, 1 << 12, 1 << 16
_NO_PRICE, _LATEST = np.iinfo(np.int64).max, np.uint64(7_300_000_000_000_000_000)
_MICROSECONDS = 1000

_HEADER = [("length", "u1"), ("rtype", "u1"), ("publisher", "<u2"), ("instrument", "<u4"), ("time", "<u8")]
_TRADE = [*_HEADER, ("price", "<i8"), ("size", "<u4"), ("action", "S1"), ("side", "S1"), ("rest", "V18")]
_RECORDS = {
    "TradeMsg": np.dtype(_TRADE),
    "MBP1Msg": np.dtype([*_TRADE, ("bid", "<i8"), ("ask", "<i8"), ("bid_size", "<u4"), ("ask_size", "<u4"), ("counts", "V8")]),
    "OHLCVMsg": np.dtype([*_HEADER, ("open", "<i8"), ("high", "<i8"), ("low", "<i8"), ("close", "<i8"), ("volume", "<u8")]),
}


@dataclass(frozen=True)
class Wanted:
    """Which records of a file are read, and how.

    Attributes:
        record: the decoder's name of them. scale: prices are theirs x this.
        spans: of an instrument's number: ns UTC from, ns UTC until; empty: every record; None: every record too, if all
            bear one number.
    """

    record: str
    scale: float | None
    spans: tuple[tuple[int, int, int], ...] | None


def recognise(source: Source) -> Verdict | None:
    """By the first three bytes, inside Zstandard too where the name or the decoder says so."""
    packed = source.head[:4] == ZSTANDARD
    if source.head[:3] != _MAGIC and not (packed and ".dbn" in source.inner.lower()):
        return None
    try:
        schema = str(_metadata(source).schema)
    except FormatError:
        return Verdict("DBN of Databento")
    return Verdict(f"{schema} of Databento", "bars" if schema.startswith("ohlcv") else "ticks")


def reader(source: Source, options: Options) -> Reader:
    """All records of one instrument.

    Raises:
        FormatError: no DBN, a schema that holds neither ticks nor bars, several instruments and none of them asked for.
    """
    metadata = _metadata(source)
    schema = str(metadata.schema)
    if schema not in _TICKS and schema not in _BARS:
        known = ", ".join([*_TICKS, *_BARS])
        raise FormatError(f"{source.name} holds {schema} of Databento; read are {known}", file=source.name, schema=schema)
    name, spans = _instrument(source, metadata, options.symbol)
    wanted = Wanted(_TICKS.get(schema, "OHLCVMsg"), options.price_scale, spans)
    version = f"version {source.head[3]}" if source.head[:3] == _MAGIC else "in Zstandard"
    why = f"{schema} of Databento, DBN {version}, times ts_event"
    how: dict[str, str | float | None] = {"format": NAME, "instrument": name, "scale": options.price_scale}
    start = min(int(metadata.start), int(_LATEST)) // _MICROSECONDS
    read = partial(_read, source, wanted)
    if schema in _TICKS:
        return Reader(source, why, how, start, name, read)
    timeframe = agreed(source, "timeframe", _BARS[schema], options.timeframe)
    price = agreed(source, "price", "last", options.price)
    agreed(source, "stamp", "start", options.stamp)
    return Reader(source, why, how, start, name, read, timeframe=timeframe, price=price)


def _decoder(source: Source) -> ModuleType:
    try:
        import databento_dbn
    except ImportError:
        raise FormatError(
            f'{source.name} is DBN of Databento, which its own package reads: pip install "btlab[databento]"', file=source.name
        ) from None
    return databento_dbn


def _metadata(source: Source) -> Any:
    """The metadata of a file."""
    decoded = _decoded(source)
    try:
        for records in decoded:
            if records:
                return records[0]
    finally:
        decoded.close()
    raise FormatError(f"{source.name} is cut off before its metadata end; fetch it again", file=source.name)


def _decoded(source: Source) -> Any:
    """Everything in a file, metadata first, as the decoder's objects."""
    dbn = _decoder(source)
    with source.open() as file, guarded(source, "DBN of Databento"):
        packed = source.head[:4] == ZSTANDARD
        decoder = dbn.DBNDecoder(compression=dbn.Compression.ZSTD if packed else dbn.Compression.NONE)
        while chunk := file.read(_FED_PACKED if packed else _FED):
            decoder.write(chunk)
            yield decoder.decode()
        if decoder.buffer():
            raise FormatError(f"{source.name} is cut off; fetch it again", file=source.name)


def _instrument(source: Source, metadata: Any, symbol: str) -> tuple[str | None, tuple[tuple[int, int, int], ...] | None]:
    """The name of the instrument that is read, and `Wanted.spans`."""
    named: dict[str, list[tuple[int, int, int]]] = {}
    for asked, intervals in metadata.mappings.items():
        for interval in intervals:
            number, name = (interval["symbol"], asked) if interval["symbol"].isdigit() else (asked, interval["symbol"])
            if number.isdigit():
                span = (int(number), _nanoseconds(interval["start_date"]), _nanoseconds(interval["end_date"]))
                named.setdefault(name, []).append(span)
    if len(named) < 2:
        return next(iter(named), None), () if named else None
    if symbol not in named:
        shown = ", ".join(sorted(named)[:20])
        raise FormatError(
            f"{source.name} holds {len(named)} instruments ({shown}); symbol= must be one of them, not {symbol!r}",
            file=source.name,
            instruments=sorted(named),
        )
    return symbol, tuple(named[symbol])


def _nanoseconds(day: date) -> int:
    return to_microseconds(day) * _MICROSECONDS


def _read(source: Source, wanted: Wanted) -> Iterator[Batch]:
    """All rows; whether the file is whole is looked at before the first."""
    if source.head[:4] == ZSTANDARD:
        check_whole(source)
    line, only, parts = 1, None, list[np.ndarray]()
    for records in _decoded(source):
        parts.append(_table(source, records, wanted.record))
        if sum(map(len, parts)) >= _ROWS:
            batch, only = _batch(source, np.concatenate(parts), wanted, line, only)
            line, parts = line + sum(map(len, parts)), []
            yield batch
    if sum(map(len, parts)):
        yield _batch(source, np.concatenate(parts), wanted, line, only)[0]


def _table(source: Source, records: list[Any], name: str) -> np.ndarray:
    """The records as they lie in the file; messages of the gateway left out."""
    kept = [record for record in records if type(record).__name__ == name]
    if len(kept) < len(records):
        others = {type(record).__name__ for record in records} - {name, *_SAID}
        if others:
            raise FormatError(f"{source.name} mixes {name} with {', '.join(sorted(others))}", file=source.name)
    if not kept:
        return np.empty(0, _RECORDS[name])
    layout, bodies = _RECORDS[name], [bytes(record) for record in kept]
    if len({len(body) for body in bodies}) > 1 or len(bodies[0]) < layout.itemsize:
        raise FormatError(f"{source.name} holds records of several lengths; fetch it again", file=source.name)
    raw = np.frombuffer(b"".join(bodies), np.uint8).reshape(len(bodies), len(bodies[0]))
    return np.ascontiguousarray(raw[:, : layout.itemsize]).view(layout)[:, 0]


def _batch(source: Source, table: np.ndarray, wanted: Wanted, line: int, only: int | None) -> tuple[Batch, int | None]:
    """A batch of the wanted instrument; `only` is the one number seen so far where the metadata name none."""
    lines = np.arange(line, line + len(table))
    if wanted.spans:
        mine = np.zeros(len(table), bool)
        for number, start, end in wanted.spans:
            mine |= (table["instrument"] == number) & (table["time"] >= start) & (table["time"] < end)
        table, lines = table[mine], lines[mine]
    elif wanted.spans is None and len(table):
        only = int(table["instrument"][0]) if only is None else only
        if (table["instrument"] != only).any():
            numbers = ", ".join(map(str, np.unique(table["instrument"])[:20]))
            raise FormatError(
                f"{source.name} holds several instruments (numbers {numbers}), and its metadata do not name them; "
                "split it by instrument first",
                file=source.name,
            )
    fault = np.where(table["time"] < _LATEST, GOOD, TIME).astype(np.uint8)
    time = (table["time"] // np.uint64(_MICROSECONDS)).astype(np.int64)
    columns = _COLUMNS[wanted.record](table, time, wanted.scale)
    trades = wanted.record == "TradeMsg"
    return Batch(columns, trades, source.name, lines, lambda row: str(table[row].tolist()), fault), only


def _trades(table: np.ndarray, time: np.ndarray, scale: float | None) -> Columns:
    price, size = _price(table["price"], scale), table["size"].astype(np.float64)
    bought = table["side"] == b"B"
    return Columns(time, price, price, np.where(bought, 0.0, size), np.where(bought, size, 0.0))


def _quotes(table: np.ndarray, time: np.ndarray, scale: float | None) -> Columns:
    bid, ask = _price(table["bid"], scale), _price(table["ask"], scale)
    return Columns(time, bid, ask, table["bid_size"].astype(np.float64), table["ask_size"].astype(np.float64))


def _bars(table: np.ndarray, time: np.ndarray, scale: float | None) -> BarColumns:
    first, highest, lowest, last = (_price(table[name], scale) for name in ("open", "high", "low", "close"))
    return BarColumns(time, first, highest, lowest, last, table["volume"].astype(np.float64))


_COLUMNS: dict[str, Callable[[np.ndarray, np.ndarray, float | None], Columns | BarColumns]] = {
    "TradeMsg": _trades,
    "MBP1Msg": _quotes,
    "OHLCVMsg": _bars,
}


def _price(whole: np.ndarray, scale: float | None) -> np.ndarray:
    """NaN where there is none."""
    price = scaled(whole.astype(np.float64), 1e-9)
    price = price if scale is None else scaled(price, scale)
    return np.where(whole == _NO_PRICE, np.nan, price)
