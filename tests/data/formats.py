"""A small good file of every format that can be imported, made from what its vendor says of it; for tests that break them."""

from __future__ import annotations

import gzip
import io
import json
import lzma
import struct
import zipfile
from collections.abc import Callable
from typing import Any, NamedTuple

import polars as pl

from btlab.data.importers.base import Options
from btlab.data.zones import UTC

SOH = "\x01"


class Good(NamedTuple):
    """A file: where it lies, what is in it, how it is asked for, and how many rows it has."""

    path: str
    content: bytes
    options: Options
    rows: int
    format: str = "auto"


def fix_message(*fields: tuple[int, object], version: str = "FIX.4.4", separator: str = SOH) -> str:
    """A message with its length and checksum, from 35 on."""
    body = "".join(f"{tag}={value}{SOH}" for tag, value in fields)
    message = f"8={version}{SOH}9={len(body.encode())}{SOH}{body}"
    return (message + f"10={sum(message.encode()) % 256:03d}{SOH}").replace(SOH, separator)


def bi5(record: str, rows: list[tuple[float, ...]]) -> bytes:
    return lzma.compress(b"".join(struct.pack(record, *row) for row in rows), lzma.FORMAT_ALONE)


def zipped(name: str, content: bytes) -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(name, content)
    return file.getvalue()


def dbn(kind: str, records: bytes, *, symbols: tuple[str, ...] = ("ESH1",), schema: int = 0) -> bytes:
    """DBN version 1: metadata by hand, then the records."""
    mapped = b"".join(
        struct.pack("<22sI", name.encode(), 1) + struct.pack("<II22s", 20201228, 20201229, str(5482 + k).encode())
        for k, name in enumerate(symbols)
    )
    lists = struct.pack("<I", len(symbols)) + b"".join(struct.pack("<22s", name.encode()) for name in symbols)
    lists += struct.pack("<III", 0, 0, len(symbols)) + mapped
    fixed = struct.pack("<16sHQQQ", b"GLBX.MDP3", schema, 1609113600000000000, 1609200000000000000, 0)
    fixed += struct.pack("<QBBB", 0, 1, 0, 0) + b"\0" * 47 + struct.pack("<I", 0)
    del kind
    return b"DBN\x01" + struct.pack("<I", len(fixed + lists)) + fixed + lists + records


def trade_record(number: int, time: int, price: int, size: int, side: bytes) -> bytes:
    return struct.pack("<BBHIQqIccBBQiI", 12, 0, 1, number, time, price, size, b"T", side, 0, 0, time, 0, 1)


def _frame(*, bars: bool) -> pl.DataFrame:
    time = pl.Series([1_700_000_000_000_000 + k * 60_000_000 for k in range(5)]).cast(pl.Datetime("us"))
    if bars:
        return pl.DataFrame({"time": time, "open": [1.1] * 5, "high": [1.3] * 5, "low": [1.0] * 5, "close": [1.2] * 5})
    return pl.DataFrame({"time": time, "bid": [1.1, 1.2, 1.1, 1.3, 1.2], "ask": [1.2, 1.3, 1.2, 1.4, 1.3]})


def _written(write: Callable[[pl.DataFrame], Callable[[io.BytesIO], Any]], *, bars: bool = False) -> bytes:
    file = io.BytesIO()
    write(_frame(bars=bars))(file)
    return file.getvalue()


def _quotes() -> list[str]:
    return [
        fix_message((35, "W"), (52, "20230623-05:39:26.897"), (55, "EUR/USD"), (268, 2), (269, 0), (270, "1.1000"), (271, 100),
                    (269, 1), (270, "1.1002"), (271, 2000000)),
        fix_message((35, "X"), (52, "20230623-05:39:27"), (268, 1), (279, 0), (269, 0), (278, "a"), (55, "EUR/USD"),
                    (270, "1.1001"), (271, 5), (272, "20230623"), (273, "05:39:26.999")),
        fix_message((35, "X"), (52, "20230623-05:39:28.1"), (268, 1), (279, 2), (269, 0), (278, "a"), (55, "EUR/USD")),
    ]  # fmt: skip


def _events() -> bytes:
    quote = {"e": "bookTicker", "s": "BTCUSDT", "b": "61800.20", "B": "2.507", "a": "61800.30", "A": "2.510", "T": 1723161256313}
    trade = {"e": "trade", "E": 1723161256322, "T": 1723161256322, "s": "BTCUSDT", "p": "61800.30", "q": "0.006", "m": False}
    depth = {"e": "depthUpdate", "E": 1, "T": 1, "s": "BTCUSDT", "b": [["58710.20", "0.014"]], "a": []}
    parts = [("depth", depth), ("bookTicker", quote), ("trade", trade), ("bookTicker", quote | {"b": "61800.10"})]
    return "".join(
        f"{1723161255030314667 + k} " + json.dumps({"stream": f"btcusdt@{name}", "data": data}, separators=(",", ":")) + "\n"
        for k, (name, data) in enumerate(parts)
    ).encode()


def good_files() -> dict[str, Good]:
    """By a name for each layout."""
    ticks, bars = Options("EURUSD"), Options("EURUSD", bars=True)
    crypto, spot = Options("BTCUSDT"), Options("BTCUSDT", bars=True)
    json_ticks = {
        "timestamp": 1676894400000,
        "multiplier": 1e-5,
        "ask": 1.1,
        "bid": 1.09,
        "times": [84, 1, 0],
        "asks": [0, 1, -2],
    }
    json_ticks |= {"bids": [0, 0, 1], "askVolumes": [1.0, 2.0, 900000.0], "bidVolumes": [1.5, 2, 3]}
    json_bars = {
        "timestamp": 1676851200000,
        "multiplier": 1e-5,
        "open": 1.1,
        "high": 1.2,
        "low": 1.0,
        "close": 1.15,
        "shift": 60000,
    }
    json_bars |= {name: [0, 1, -1] for name in ("opens", "highs", "lows", "closes")} | {
        "times": [0, 1, 1],
        "volumes": [1.0, 2, 3],
    }
    trades = b"".join(
        trade_record(5482, 1609160400000000000 + k, 3720250000000, k + 1, b"AB"[k % 2 : k % 2 + 1]) for k in range(6)
    )
    forex, csv = "forex/oanda", "20140507_eurusd_tick_quote.csv"
    lean = b"14400464,1674100,100,P,20002000,0\n14400465.5,1674200,1400,P,0,1\n"
    kline = "1735689600000,4.15,4.16,4.14,4.155,539.23,1735693199999,2240.39,13,401.82,1669.98,0\n"
    kline += kline.replace("1735689600000", "1735693200000").replace("1735693199999", "1735696799999")
    mt5_ticks = b"<DATE>\t<TIME>\t<BID>\t<ASK>\t<LAST>\t<VOLUME>\t<FLAGS>\r\n2020.01.02\t06:00:00.260\t1.1\t1.2\t\t\t6\r\n"
    mt5_ticks += b"2020.01.02\t06:00:00.300\t\t1.3\t\t\t4\r\n"
    mt5_bars = b"<DATE>\t<TIME>\t<OPEN>\t<HIGH>\t<LOW>\t<CLOSE>\t<TICKVOL>\t<VOL>\t<SPREAD>\r\n"
    mt5_bars += b"2020.01.02\t06:00:00\t1\t2\t0.5\t1.5\t7\t0\t1\r\n2020.01.02\t07:00:00\t1\t2\t0.5\t1.5\t7\t0\t1\r\n"
    return {
        "bi5": Good("EURUSD/2019/01/04/13h_ticks.bi5", bi5(">3I2f", [(k, 114503, 114501, 1, 1) for k in range(9)]), ticks, 9),
        "bi5 candles": Good(
            "EURUSD/2019/01/04/BID_candles_min_1.bi5",
            bi5(">5If", [(60 * k, 114503, 114501, 114500, 114509, k) for k in range(9)]), bars, 9),
        "dukascopy json": Good("ticks-EUR-USD-2023-2-20-12.json", json.dumps(json_ticks).encode(), ticks, 3),
        "dukascopy json bars": Good("candles-minute-EUR-USD-BID-2023-2-20.json", json.dumps(json_bars).encode(), bars, 3),
        "dbn": Good("a.dbn", dbn("trades", trades, schema=4), Options("ESH1"), 6),
        "fix": Good("a.log", "\n".join("INFO " + m for m in _quotes()).encode(), ticks, 3),
        "fix bars": Good("a.fix", "\n".join(m.replace(SOH, "|") for m in _quotes()).encode(), ticks, 3),
        "lean ticks": Good(f"{forex}/tick/eurusd/20140507_quote.zip", zipped(csv, b"1014,1.39,1.4\n2000,1.39,1.41\n"), ticks, 2),
        "lean trades": Good("equity/usa/tick/spy/20131007_trade.csv", lean, Options("SPY"), 2),
        "lean minutes": Good(f"{forex}/minute/eurusd/20140507_quote.csv", b"0,1.1,1.3,1.0,1.2,0,1.1,1.3,1.0,1.2,0\n", bars, 1),
        "lean daily": Good("equity/usa/daily/aapl.csv", b"19980102 00:00,136300,162500,135000,162500,6315000\n", bars, 1),
        "binance trades": Good("BTCUSDT-trades-2024-01-01.csv", b"51,17.8,5.69,101.29,1583709433583,True,True\n" * 3, crypto, 3),
        "binance klines": Good("BTCUSDT-1h-2025-01.csv", kline.encode(), spot, 2),
        "binance stream": Good("stream.gz", gzip.compress(_events()), crypto, 2, "binance"),
        "binance stream trades": Good("stream.txt", _events(), crypto, 1, "binance-trades"),
        "parquet": Good("a.parquet", _written(lambda frame: frame.write_parquet), ticks, 5),
        "parquet bars": Good("b.parquet", _written(lambda frame: frame.write_parquet, bars=True), bars, 5),
        "arrow file": Good("a.arrow", _written(lambda frame: frame.write_ipc), ticks, 5),
        "arrow stream": Good("b.arrows", _written(lambda frame: frame.write_ipc_stream), ticks, 5),
        "histdata": Good("h.csv", b"20140701 000000065,1.36900,1.36912,0\n20140701 000001065,1.36900,1.36912,0\n", ticks, 2),
        "histdata minutes": Good("DAT_ASCII_EURUSD_M1_2006.csv", b"20061023 004400;1.3;1.4;1.2;1.3;0\n", bars, 1),
        "truefx": Good("t.csv", b"EUR/USD,20120101 21:59:59.1,1.29,1.3\nEUR/USD,20120101 22:00:00.001,1.29,1.3\n", ticks, 2),
        "mt4": Good("EURUSD1.csv", b"2019.02.04,00:00,1.1,1.2,1.0,1.15,9\n2019.02.04,00:01,1.1,1.2,1.0,1.15,9\n", bars, 2),
        "mt5": Good("t.csv", mt5_ticks, ticks, 2),
        "mt5 bars": Good("b.csv", mt5_bars, bars, 2),
        "mt5 utf-16": Good("c.csv", mt5_bars.decode().encode("utf-16"), bars, 2),
        "ninjatrader": Good("ES.Last.txt", b"20061107 000431;1383.00;1\n20061107 000456 0000001;1383.25;25\n", ticks, 2),
        "ninjatrader minutes": Good("ES.Last.txt", b"20061023 004400;3;4;2;3;86\n20061023 004500;3;4;2;3;27\n", bars, 2),
        "csv bars": Good("b.csv", b"Date;Time;Open;High;Low;Close;Volume\n01.02.2020;1:05:03 PM;1,5;2;1;1;7\n", bars, 1),
        "csv": Good("t.csv", b"time,bid,ask\n2020-01-01 10:00:00,1.1,1.2\n2020-01-01 10:00:00.5,1.1,1.2\n", ticks, 2),
        "csv xz": Good("t.csv.xz", lzma.compress(b"1577872800,1.1,1.11\n1577872801,1.1,1.11\n"), Options("EURUSD", UTC), 2),
    }  # fmt: skip
