"""Binance's archive and recorded streams against csv, json and Decimal."""

from __future__ import annotations

import csv
import gzip
import io
import json
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from btlab.data.store import Store
from btlab.errors import FormatError, RowError
from btlab.market.times import to_microseconds
from tests.data.formats import zipped

TRADES = "51175358,17.80180000,5.69000000,101.292,{0},True,True\n51175359,17.80190000,0.01,0.17,{1},False,True\n"
UM_TRADES = "id,price,qty,quote_qty,time,is_buyer_maker\n1,17.8018,5.69,101.292,{0},true\n2,17.8019,0.01,0.17,{1},false\n"
AGGREGATES = "0,17.8018,5.69,0,0,{0},True,True\n1,17.8019,0.01,1,1,{1},False,True\n"
UM_AGGREGATES = (
    "agg_trade_id,price,quantity,first_trade_id,last_trade_id,transact_time,is_buyer_maker\n"
    "0,17.8018,5.69,0,0,{0},true\n1,17.8019,0.01,1,1,{1},false\n"
)
MILLISECONDS, MICROSECONDS = ("1735689599999", "1735689600010"), ("1735689599999123", "1735689600010866")


@pytest.mark.parametrize("layout", [TRADES, UM_TRADES, AGGREGATES, UM_AGGREGATES], ids=["trades", "um trades", "agg", "um agg"])
@pytest.mark.parametrize("times", [MILLISECONDS, MICROSECONDS, (MILLISECONDS[0], MICROSECONDS[1])], ids=["ms", "us", "both"])
@pytest.mark.parametrize("packed", [False, True])
def test_archives_of_trades(store: Store, tmp_path: Path, layout: str, times: tuple[str, str], packed: bool) -> None:
    content = layout.format(*times).encode()
    path = tmp_path / f"BTCUSDT-trades-2025-01.{'zip' if packed else 'csv'}"
    path.write_bytes(zipped("BTCUSDT-trades-2025-01.csv", content) if packed else content)
    report = store.import_ticks(path, symbol="BTCUSDT")
    ticks = store.ticks("BTCUSDT")
    assert ticks.bid_size is not None
    assert ticks.ask_size is not None
    assert report.format == "binance"
    assert ticks.trades
    assert ticks.time.tolist() == [int(time) * (1000 if len(time) == 13 else 1) for time in times]
    assert ticks.bid.tolist() == ticks.ask.tolist() == [17.8018, 17.8019]
    assert (ticks.bid_size.tolist(), ticks.ask_size.tolist()) == ([5.69, 0.0], [0.0, 0.01]), "the maker bought: the seller hit it"


KLINE = "{0},4.15070000,4.15870000,4.15060000,4.15540000,539.23000000,{1},2240.39860900,13,401.82,1669.98,0\n"
HEADER = "open_time,open,high,low,close,volume,close_time,quote_volume,count,taker_buy_volume,taker_buy_quote_volume,ignore\n"


@pytest.mark.parametrize(
    ("first", "last", "timeframe"),
    [
        (1735689600000, 1735689659999, "1m"),
        (1735689600000000, 1735693199999999, "1h"),
        (1735689600000, 1735775999999, "1d"),
        (1735689600, None, None),
    ],
)
@pytest.mark.parametrize("header", ["", HEADER])
def test_archives_of_klines(
    store: Store, tmp_path: Path, first: int, last: int | None, timeframe: str | None, header: str
) -> None:
    path = tmp_path / "data.csv"
    path.write_text(header + KLINE.format(first, last if last is not None else first + 59))
    if timeframe is None:
        with pytest.raises(FormatError):
            store.import_bars(path, symbol="BNBUSDT", format="binance")
        return
    report = store.import_bars(path, symbol="BNBUSDT")
    bars = store.bars("BNBUSDT", timeframe)
    assert (report.format, report.rows_stored) == ("binance", 1)
    assert bars.time.tolist() == [first * (1000 if first < 10**14 else 1)]
    row = [float(Decimal(cell)) for cell in next(csv.reader(io.StringIO(KLINE)))[1:6]]
    assert [getattr(bars, name)[0] for name in ("open", "high", "low", "close", "volume")] == row


def test_months_are_told_by_the_name(store: Store, tmp_path: Path) -> None:
    path = tmp_path / "BNBUSDT-1mo-2025-01.csv"
    path.write_text(KLINE.format(1735689600000, 1738367999999))
    assert store.import_bars(path, symbol="BNBUSDT").why.startswith("1mo klines")


def events(path: Path) -> tuple[list[tuple[Any, ...]], list[tuple[Any, ...]]]:
    """Quotes and trades of a stream, line by line."""
    quotes, trades = list[tuple[Any, ...]](), list[tuple[Any, ...]]()
    for line in gzip.decompress(path.read_bytes()).decode().splitlines():
        data = json.loads(line.split(" ", 1)[1])
        data = data.get("data", data)
        if data.get("e") == "bookTicker":
            quotes.append((data["T"] * 1000, *(float(Decimal(data[name])) for name in "baBA")))
        elif data.get("e") == "trade":
            price, size = float(Decimal(data["p"])), float(Decimal(data["q"]))
            trades.append((data["T"] * 1000, price, price, *((size, 0.0) if data["m"] else (0.0, size))))
    return quotes, trades


def test_a_real_stream(store: Store, real_data: Path) -> None:
    path = real_data / "binance-stream/btcusdt_20240808.gz"
    quotes, trades = events(path)
    with pytest.raises(FormatError, match=r'give format="binance" or format="binance-trades"'):
        store.import_ticks(path, symbol="BTCUSDT")
    for name, theirs in (("binance", quotes), ("binance-trades", trades)):
        report = store.import_ticks(path, symbol="BTCUSDT", format=name, feed=name)
        ticks = store.ticks("BTCUSDT", feed=name)
        columns = (ticks.time, ticks.bid, ticks.ask, ticks.bid_size, ticks.ask_size)
        ours = list(zip(*(column.tolist() for column in columns if column is not None), strict=True))
        assert (report.rows_stored, ticks.trades) == (len(theirs), name == "binance-trades")
        assert ours == theirs
        assert "times the exchange's" in report.why
    assert (len(quotes), len(trades)) == (66_089, 21_313)
    assert store.ticks("BTCUSDT", feed="binance").time[0] == to_microseconds("2024-08-08 23:54:16.313"), "not the local clock's"


QUOTE = '{"e":"bookTicker","s":"BTCUSDT","b":"61800.20","B":"2.507","a":"61800.30","A":"2.510","T":1723161256313}'
TRADE = '{"e":"aggTrade","E":1723161256322,"s":"BTCUSDT","p":"61800.3","q":"0.006","m":false}'


def test_streams_in_other_clothes(store: Store, tmp_path: Path) -> None:
    """No local clock, no wrapper, blanks between, names in another order, trailing zeros without end, no T: all the same."""
    path = tmp_path / "a.jsonl"
    spaced = json.dumps({"data": dict(reversed(list(json.loads(QUOTE).items()))), "stream": "x"}).replace(
        '"2.507"', '"2.50700000000000000000"'
    )
    path.write_text(f"{QUOTE}\r\n\n{spaced}\n" + '{"e":"depthUpdate","s":"BTCUSDT","b":[["1","2"]],"a":[]}\n')
    assert store.import_ticks(path, symbol="BTCUSDT", feed="quotes").rows_stored == 2
    ticks = store.ticks("BTCUSDT", feed="quotes")
    assert ticks.bid_size is not None
    assert ticks.bid_size.tolist() == [2.507, 2.507]
    path.write_text(TRADE + "\n" + TRADE.replace("1723161256322", "1723161256322999"))
    store.import_ticks(path, symbol="BTCUSDT", feed="trades")
    assert store.ticks("BTCUSDT", feed="trades").time.tolist() == [1723161256322000, 1723161256322999]


WRONG = {
    "cut off": (QUOTE[:-5], "the message is cut off"),
    "no number": (QUOTE.replace("2.507", "2.5o7"), "a cell is no number"),
    "no time": (QUOTE.replace("1723161256313", '"soon"'), "the time cannot be read"),
    "another time": (QUOTE.replace("1723161256313", "172316125631"), "the time is older"),
    "no price": (QUOTE.replace('"b":"61800.20",', ""), "a cell is no number"),
    "no object": ("1723161255088169167 hello", "the message is cut off"),
}


@pytest.mark.parametrize("case", WRONG)
def test_wrong_lines_are_named(store: Store, tmp_path: Path, case: str) -> None:
    line, reason = WRONG[case]
    path = tmp_path / "a.log"
    path.write_text(f"{QUOTE}\n{line}\n{QUOTE}\n")
    with pytest.raises(RowError, match=rf"line 2: {reason}"):
        store.import_ticks(path, symbol="BTCUSDT")
    report = store.import_ticks(path, symbol="BTCUSDT", on_error="skip")
    assert (report.rows_read, report.rows_stored, report.rows_rejected) == (3, 2, 1)


def test_several_symbols(store: Store, tmp_path: Path) -> None:
    path = tmp_path / "a.log"
    path.write_text(f"{QUOTE}\n{QUOTE.replace('BTCUSDT', 'ETHUSDT')}\n{QUOTE}\n")
    with pytest.raises(FormatError, match=r"2 symbols \(BTCUSDT, ETHUSDT\); symbol= must be one of them, not 'SOLUSDT'"):
        store.import_ticks(path, symbol="SOLUSDT")
    assert store.import_ticks(path, symbol="ETHUSDT").rows_stored == 1
    assert store.import_ticks(path, symbol="BTCUSDT").rows_stored == 2
