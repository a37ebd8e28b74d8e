"""What each format makes of good files and of wrong ones, through `Store.import_ticks`."""

from __future__ import annotations

import lzma
import zipfile
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import polars as pl
import pytest

from btlab.data.importers.dukascopy import TICK, candles
from btlab.data.store import Store
from btlab.errors import BtlabError, DataError, FormatError, RowError, SeriesError, StoreError
from btlab.market.series import Ticks
from btlab.market.times import to_microseconds


def write(path: Path, content: str | bytes) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return path


def write_zip(path: Path, member: str, content: str) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(member, content)
    return path


def bi5(*records: tuple[int, int, int, float, float]) -> bytes:
    return lzma.compress(np.array(list(records), TICK).tobytes(), lzma.FORMAT_ALONE)


def times(store: Store, symbol: str = "EURUSD") -> list[str]:
    return [f"{t:%Y-%m-%d %H:%M:%S.%f}" for t in store.ticks(symbol).to_polars()["time"]]


# Right files


@pytest.mark.parametrize(("market", "hour"), [("fxcm", "05"), ("oanda", "00")])
def test_lean_knows_the_clock_of_its_market(store: Store, tmp_path: Path, market: str, hour: str) -> None:
    write_zip(
        tmp_path / f"forex/{market}/tick/eurusd/20140701_quote.zip", "20140701_eurusd_tick_quote.csv", "1014,1.39248,1.3925\n"
    )
    report = store.import_ticks(tmp_path / "forex", symbol="EURUSD")
    assert report.format == "lean"
    assert times(store) == [f"2014-07-01 {hour}:00:01.014000"]
    assert store.ticks("EURUSD").bid.tolist() == [1.39248]


def test_lean_out_of_its_folder_wants_a_zone_and_date_overrides(store: Store, tmp_path: Path) -> None:
    path = write_zip(tmp_path / "20140507_quote.zip", "20140507_eurusd_tick_quote.csv", "0,1.1,1.2\n")
    with pytest.raises(FormatError, match=r'tz="UTC-5"'):
        store.import_ticks(path, symbol="EURUSD")
    store.import_ticks(path, symbol="EURUSD", tz="UTC-5", date="2015-01-02")
    assert times(store) == ["2015-01-02 05:00:00.000000"]


def test_dukascopy_months_count_from_zero(store: Store, tmp_path: Path) -> None:
    write(tmp_path / "EURUSD/2019/01/04/13h_ticks.bi5", bi5((250, 114503, 114501, 1.5, 0.75)))
    write(tmp_path / "EURUSD/2019/01/04/14h_ticks.bi5", b"")
    report = store.import_ticks(tmp_path, symbol="EURUSD")
    ticks = store.ticks("EURUSD")
    assert (report.rows_stored, times(store)) == (1, ["2019-02-04 13:00:00.250000"])
    assert [c.tolist() for c in (ticks.bid, ticks.ask, ticks.bid_size, ticks.ask_size)] == [[1.14501], [1.14503], [0.75], [1.5]]


def test_dukascopy_scale_and_date_are_said(store: Store, tmp_path: Path) -> None:
    path = write(tmp_path / "x.bi5", bi5((0, 249245, 248494, 1, 1)))
    with pytest.raises(FormatError, match="price_scale="):
        store.import_ticks(path, symbol="BTCUSD", date="2023-02-20 12:00")
    with pytest.raises(FormatError, match="date="):
        store.import_ticks(path, symbol="EURUSD")
    store.import_ticks(path, symbol="BTCUSD", date=datetime(2023, 2, 20, 12, tzinfo=UTC), price_scale=0.1)
    assert store.ticks("BTCUSD").ask.tolist() == [24924.5]
    store.import_ticks(path, symbol="USDJPY", date="2023-02-20 12:00")
    assert store.ticks("USDJPY").ask.tolist() == [249.245]


@pytest.mark.parametrize(
    ("content", "rows"),
    [
        ("time,bid,ask\n2020-01-01 10:00:00,1.5,1.25\n", [("2020-01-01 10:00:00.000000", 1.5, 1.25)]),
        ("Time;Ask;Bid;Comment\n2020-01-01T10:00:00.5Z;1.5;1.25;hello\n", [("2020-01-01 10:00:00.500000", 1.25, 1.5)]),
        ("\ufeffTimestamp\tBid\tAsk\r\n1577872800123\t1.25\t1.5\r\n", [("2020-01-01 10:00:00.123000", 1.25, 1.5)]),
        ("1577872800,1.25,1.26\n1577872800,1.25,1.26", [("2020-01-01 10:00:00.000000", 1.25, 1.26)] * 2),
        ("1577872800123456|1.25|1.26\n", [("2020-01-01 10:00:00.123456", 1.25, 1.26)]),
        ("1577872800123456789,1.25,1.26\n", [("2020-01-01 10:00:00.123456", 1.25, 1.26)]),
        ('"date","bid","ask"\n"2020-01-01 12:00+02:00","1.25","1.26"\n', [("2020-01-01 10:00:00.000000", 1.25, 1.26)]),
        ("time,bid,ask\n2020-01-01,,1.26\n", [("2020-01-01 00:00:00.000000", None, 1.26)]),
        ("time,bid,ask\n2020-01-02,1.25,\n", [("2020-01-02 00:00:00.000000", 1.25, None)]),
    ],
)
def test_tables_of_quotes(store: Store, tmp_path: Path, content: str, rows: list[tuple[Any, ...]]) -> None:
    report = store.import_ticks(write(tmp_path / "t.csv", content), symbol="EURUSD")
    ticks = store.ticks("EURUSD")
    found = [
        tuple(None if value != value else value for value in row)
        for row in zip(times(store), ticks.bid.tolist(), ticks.ask.tolist())
    ]
    assert (report.format, found) == ("csv", rows)


def test_tables_with_sizes_and_of_trades(store: Store, tmp_path: Path) -> None:
    store.import_ticks(write(tmp_path / "q.csv", "time,bid,ask,bid_size,ask_size\n2020-01-01,1.1,1.2,3,4.5\n"), symbol="A")
    quotes = store.ticks("A")
    assert not quotes.trades
    assert quotes.bid_size is not None
    assert quotes.ask_size is not None
    assert (quotes.bid_size.tolist(), quotes.ask_size.tolist()) == ([3.0], [4.5])
    report = store.import_ticks(write(tmp_path / "t.csv", "1315922016,5.8,1.0\n1315922024,5.83,3.0\n"), symbol="B")
    trades = store.ticks("B")
    assert trades.trades
    assert "price, size" in report.why
    assert trades.bid_size is not None
    assert (trades.bid.tolist(), trades.ask.tolist(), trades.bid_size.tolist()) == ([5.8, 5.83], [5.8, 5.83], [1.0, 3.0])


def test_a_zone_is_taken_where_the_text_says_none(store: Store, tmp_path: Path) -> None:
    path = write(tmp_path / "t.csv", "time,bid,ask\n2014-07-01 12:00,1,1\n2014-07-01 16:30Z,1,1\n2014-12-01 12:00,1,1\n")
    store.import_ticks(path, symbol="X", tz="America/New_York")
    assert times(store, "X") == ["2014-07-01 16:00:00.000000", "2014-07-01 16:30:00.000000", "2014-12-01 17:00:00.000000"]


def test_histdata_is_utc_minus_five_in_summer_too(store: Store, tmp_path: Path) -> None:
    path = write(tmp_path / "h.csv", "20140701 000000065,1.36900,1.36912,0\n")
    assert store.import_ticks(path, symbol="EURUSD").format == "histdata"
    assert times(store) == ["2014-07-01 05:00:00.065000"]


@pytest.mark.parametrize("kind", ["polars", "polars aware", "pandas", "pandas aware", "pandas index", "Ticks", "int"])
def test_frames_and_ticks(store: Store, kind: str) -> None:
    at = [datetime(2020, 1, 1, 10), datetime(2020, 1, 1, 10, 0, 0, 5)]
    columns: dict[str, Any] = {"time": at, "bid": [1.1, 1.2], "ask": [1.3, 1.4]}
    frame: Any = pl.DataFrame(columns) if "polars" in kind else pd.DataFrame(columns)
    if kind == "polars aware":
        frame = frame.with_columns(pl.col("time").dt.replace_time_zone("UTC").dt.convert_time_zone("Asia/Tokyo"))
    elif kind == "pandas aware":
        frame["time"] = frame["time"].dt.tz_localize("UTC").dt.tz_convert("Asia/Tokyo")
    elif kind == "pandas index":
        frame = frame.set_index("time")
    elif kind == "int":
        frame = pl.DataFrame(columns | {"time": [to_microseconds(t) for t in at]})
    elif kind == "Ticks":
        frame = Ticks.from_arrays([to_microseconds(t) for t in at], [1.1, 1.2], [1.3, 1.4], symbol="EURUSD")
    store.import_ticks(frame, symbol=None if kind == "Ticks" else "EURUSD")
    ticks = store.ticks("EURUSD")
    assert ticks.time.tolist() == [to_microseconds(t) for t in at]
    assert (ticks.bid.tolist(), ticks.ask.tolist()) == ([1.1, 1.2], [1.3, 1.4])


def test_a_list_in_any_order_is_read_in_order_of_time(store: Store, tmp_path: Path) -> None:
    paths = [
        write(tmp_path / f"{day}.csv", f"time,bid,ask\n2020-01-0{day} 10:00,1,1\n2020-01-0{day} 11:00,1,1\n") for day in (3, 1, 2)
    ]
    store.import_ticks(paths, symbol="X")
    assert [t[8:10] for t in times(store, "X")] == ["01", "01", "02", "02", "03", "03"]


# Wrong files

HOUR = "2019/01/04/13h_ticks.bi5"
GOOD = "time,bid,ask\n2020-01-01 10:00:00,1.1,1.2\n"
WRONG: dict[str, tuple[str, str | bytes, type[BtlabError], str]] = {
    "zero price": (
        "t.csv",
        GOOD + "2020-01-01 10:00:01,0,1.2\n",
        RowError,
        "line 3: a price is not positive.*'2020-01-01 10:00:01,0,1.2'",
    ),
    "negative price": ("t.csv", GOOD + "2020-01-01 10:00:01,1.1,-1.2\n", RowError, "line 3: a price is not positive"),
    "NaN": ("t.csv", GOOD + "2020-01-01 10:00:01,nan,1.2\n", RowError, "line 3: a cell is no number"),
    "infinite": ("t.csv", GOOD + "2020-01-01 10:00:01,inf,1.2\n", RowError, "line 3: a cell is no number"),
    "huge": ("t.csv", GOOD + "2020-01-01 10:00:01,1e999,1.2\n", RowError, "line 3: a price is not positive and finite"),
    "no price at all": ("t.csv", GOOD + "2020-01-01 10:00:01,,\n", RowError, "line 3: a price is not"),
    "word": ("t.csv", GOOD + "\n2020-01-01 10:00:01,1.1,abc\n", RowError, "line 4: a cell is no number"),
    "no time": ("t.csv", GOOD + "yesterday,1.1,1.2\n", RowError, "line 3: the time cannot be read"),
    "backwards": (
        "t.csv",
        GOOD + "2020-01-01 10:00:01,1.1,1.2\n2020-01-01 09:59:59,1.1,1.2\n",
        RowError,
        r"line 4: the time is older.*09:59:59.*sort=True",
    ),
    "short row": ("t.csv", GOOD + "2020-01-01 10:00:01,1.1\n", RowError, "line 3: the number of cells"),
    "long row": ("t.csv", GOOD + "2020-01-01 10:00:01,1.1,1.2,7\n", RowError, "line 3: the number of cells"),
    "another unit": ("t.csv", "1577872800,1.1,1.11\n1577872800123,1.1,1.11\n", RowError, "line 2: the time lies outside"),
    "size": ("t.csv", "time,price,size\n2020-01-01,1,-1\n", RowError, "line 2: a size is negative"),
    "empty": ("t.csv", "", FormatError, "is empty"),
    "header alone, unknown": ("t.csv", "a,b,c\n1,2,3\n", FormatError, r"its header names a, b, c; ticks want time, bid and ask"),
    "bars": ("t.csv", "time,open,high,low,close\n2020-01-01,1,1,1,1\n", FormatError, "bars"),
    "four nameless columns": ("t.csv", "1577872800,1.1,1.2,3\n", FormatError, "4 columns and no header"),
    "time of no unit": ("t.csv", "20200101120000,1.1,1.11\n", FormatError, "20200101120000, is neither a date nor a count"),
    "prose": ("t.txt", "Dear reader\nthis is no table\n", FormatError, "none of"),
    "picture": ("t.csv", b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR", FormatError, "fits no known format"),
    "no zip": ("20140507_quote.zip", b"PK\x03\x04nothing", FormatError, "is not a zip"),
    "no LZMA": (HOUR, b"\x5d\x00\x00garbage", FormatError, r"13h_ticks.bi5 (is no .bi5|is cut off)"),
    "LZMA cut off": (HOUR, bi5((1, 2, 3, 4, 5))[:-9], FormatError, "cut off"),
    "odd records": (HOUR, lzma.compress(b"x" * 30, lzma.FORMAT_ALONE), FormatError, "records of 20"),
    "month 12": ("2019/12/04/13h_ticks.bi5", bi5((1, 2, 3, 4, 5)), FormatError, "months count from 00"),
    "zero ask": (HOUR, bi5((1, 114000, 114000, 1, 1), (2, 0, 114000, 1, 1)), RowError, "line 2: a price is not"),
    "an hour is longer": (HOUR, bi5((3_600_000, 114000, 114000, 1, 1)), RowError, "line 1: the time lies outside"),
    "candles": ("2019/01/04/BID_candles_min_1.bi5", b"", FormatError, "candles"),
    "another day": ("forex/oanda/tick/eurusd/20141399_quote.csv", "0,1.1,1.2\n", FormatError, "no date"),
    "a day is longer": (
        "forex/oanda/tick/eurusd/20140507_quote.csv",
        "86400000,1.1,1.2\n",
        RowError,
        "line 1: the time lies outside",
    ),
    "lean bars": ("forex/oanda/minute/eurusd/20140507_quote.csv", "0,1,1,1,1,0,1,1,1,1,0\n", FormatError, "not bars"),
}


@pytest.mark.parametrize("case", WRONG)
def test_wrong_files_are_named_and_change_nothing(store: Store, tmp_path: Path, case: str) -> None:
    name, content, error, words = WRONG[case]
    store.import_ticks(write(tmp_path / "before.csv", GOOD), symbol="EURUSD")
    before = {path: path.read_bytes() for path in store.path.rglob("*") if path.is_file()}
    good = (
        write(tmp_path / "in/a.csv", "time,bid,ask\n2010-01-01,1,1\n")
        if name.endswith("csv") and error is RowError and case != "size"
        else None
    )
    path = write(tmp_path / "in" / name, content)
    with pytest.raises(error, match=words) as caught:
        store.import_ticks([good, path] if good and not name.startswith("forex") else path, symbol="EURUSD", feed="new")
    assert path.name in str(caught.value)
    assert {path: path.read_bytes() for path in store.path.rglob("*") if path.is_file()} == before


@pytest.mark.parametrize(
    ("arguments", "error", "words"),
    [
        ({"format": "lan"}, FormatError, "Did you mean 'lean'"),
        ({"format": "histdata"}, FormatError, "no HistData ticks"),
        ({"format": "dukascopy", "date": "2020-01-01"}, FormatError, "is no .bi5"),
        ({"tz": "Mars/Olympus"}, FormatError, "is no time zone"),
        ({"date": "2020-01-01"}, FormatError, "rows of csv carry theirs"),
        ({"price_scale": 0.0}, FormatError, "positive and finite"),
        ({"on_error": "skp"}, StoreError, "Did you mean 'skip'"),
        ({"overlap": "merge"}, StoreError, "refuse, replace"),
        ({"symbol": None}, StoreError, "symbol= is missing"),
        ({"symbol": ""}, BtlabError, "cannot be a symbol"),
        ({"feed": "a\0b"}, BtlabError, "cannot be a symbol"),
    ],
)
def test_wrong_arguments(store: Store, tmp_path: Path, arguments: dict[str, Any], error: type[Exception], words: str) -> None:
    path = write(tmp_path / "t.csv", GOOD)
    with pytest.raises(error, match=words):
        store.import_ticks(path, **({"symbol": "EURUSD"} | arguments))
    assert not store.symbols().height
    assert not [*store.path.rglob("*.parquet")]


@pytest.mark.parametrize("source", ["nothing.csv", "no/*.zip", [], 7, None])
def test_sources_that_are_not_there(store: Store, source: Any) -> None:
    with pytest.raises(FormatError):
        store.import_ticks(source, symbol="EURUSD")


def test_an_empty_folder_and_a_mixed_one(store: Store, tmp_path: Path) -> None:
    with pytest.raises(FormatError, match="holds no"):
        store.import_ticks(tmp_path, symbol="EURUSD")
    write(tmp_path / "a.csv", GOOD)
    write(tmp_path / "b.csv", "20140701 000000065,1.36900,1.36912,0\n")
    with pytest.raises(FormatError, match=r"several formats in one call \(csv: a\.csv, histdata: b\.csv\)"):
        store.import_ticks(tmp_path, symbol="EURUSD")


def test_files_of_two_symbols_or_markets_never_become_one(store: Store, tmp_path: Path) -> None:
    for place in ("fxcm/tick/eurusd/20140701", "oanda/tick/eurusd/20140702", "oanda/tick/gbpusd/20140703"):
        write(tmp_path / f"forex/{place}_quote.csv", "1014,1.39248,1.3925\n")
    for folder, words in (("forex", "fxcm eurusd, oanda eurusd, oanda gbpusd"), ("forex/oanda", "oanda eurusd, oanda gbpusd")):
        with pytest.raises(FormatError, match=rf"several symbols or markets in one call \({words}\)"):
            store.import_ticks(tmp_path / folder, symbol="EURUSD")
    report = store.import_ticks(tmp_path / "forex/oanda/tick/gbpusd", symbol="EUR/USD")
    assert report.warnings == ["the path says 'oanda gbpusd'; its ticks are stored as 'EUR/USD', as asked"]
    assert store.import_ticks(tmp_path / "forex/oanda/tick/eurusd", symbol="eur-usd").warnings == []
    with pytest.raises(FormatError, match="date= is of one file"):
        store.import_ticks(tmp_path / "forex/oanda", symbol="X", date="2014-01-01")


def test_the_path_counts_from_the_root_wherever_one_stands(store: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(write(tmp_path / "forex/fxcm/tick/eurusd/20140701_quote.csv", "0,1.1,1.2\n").parent)
    store.import_ticks("20140701_quote.csv", symbol="EURUSD")
    assert times(store) == ["2014-07-01 05:00:00.000000"]
    monkeypatch.chdir(write(tmp_path / "GBPUSD/2019/01/04/13h_ticks.bi5", bi5((0, 130001, 130000, 1, 1))).parent)
    store.import_ticks("13h_ticks.bi5", symbol="GBPUSD")
    assert times(store, "GBPUSD") == ["2019-02-04 13:00:00.000000"]


def test_bars_in_a_folder_are_passed_over(store: Store, tmp_path: Path) -> None:
    write(tmp_path / "EURUSD/2019/01/04/13h_ticks.bi5", bi5((250, 114503, 114501, 1.5, 0.75)))
    write(tmp_path / "EURUSD/2019/01/04/BID_candles_min_1.bi5", b"whatever")
    report = store.import_ticks(tmp_path, symbol="EURUSD")
    assert (report.rows_stored, report.warnings) == (1, ["1 file of bars passed over"])


@pytest.mark.parametrize(
    ("frame", "words"),
    [
        (pl.DataFrame({"bid": [1.0], "ask": [1.0]}), "no column 'time'"),
        (pl.DataFrame({"time": [1], "bid": [1.0]}), "ticks want time, bid and ask"),
        (pl.DataFrame({"time": ["x"], "bid": [1.0], "ask": [1.0]}), "times are"),
        (pl.DataFrame({"time": [1], "bid": ["x"], "ask": [1.0]}), "not made of numbers"),
        (pl.DataFrame({"time": [1], "bid": [0.0], "ask": [1.0]}), "line 0: a price is not positive"),
        (pl.DataFrame({"time": [2, 3, 1], "bid": [1.0] * 3, "ask": [1.0] * 3}), "line 2: the time is older"),
        (pl.DataFrame({"time": [datetime(2014, 3, 9, 2, 30)], "bid": [1.0], "ask": [1.0]}), "does not exist"),
    ],
)
def test_wrong_frames(store: Store, frame: pl.DataFrame, words: str) -> None:
    with pytest.raises(DataError, match=words):
        store.import_ticks(frame, symbol="EURUSD", tz="America/New_York")


@pytest.mark.parametrize("content", [lzma.compress(b"x" * 25, lzma.FORMAT_ALONE), b"junk"])
def test_candles_that_are_none(content: bytes) -> None:
    with pytest.raises(FormatError):
        candles(content, 0)


def test_markup_in_a_report_is_shown_not_run(store: Store, tmp_path: Path) -> None:
    path = write(tmp_path / "<img src=x onerror=alert(1)>.csv", GOOD)
    report = store.import_ticks(path, symbol="<b>&", feed="<i>")
    again = store.import_ticks(path, symbol="<b>&", feed="<i>")
    for page in (report._repr_html_(), again._repr_html_()):
        assert "<img" not in page
        assert "<b>" not in page
        assert "<i>" not in page
        assert "&lt;b&gt;&amp;" in page
    with pytest.raises(SeriesError):
        store.ticks("<b>&", "never")
