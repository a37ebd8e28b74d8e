"""Tables of any layout: what is found out of them, what is said of it, and what is asked because it may be two things."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from btlab.data.store import Store
from btlab.errors import DataError, FormatError, RowError
from btlab.market.times import iso

QUOTES = "time,bid,ask\n"
AT = "2020-01-02 10:00:00"


def write(path: Path, content: str | bytes) -> Path:
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return path


def ticks(store: Store, tmp_path: Path, content: str | bytes, **how: Any) -> tuple[list[tuple[str, float, float]], str]:
    report = store.import_ticks(write(tmp_path / "t.csv", content), symbol="EURUSD", **how)
    stored = store.ticks("EURUSD")
    return list(zip(map(iso, stored.time.tolist()), stored.bid.tolist(), stored.ask.tolist(), strict=True)), report.why


def bars(store: Store, tmp_path: Path, content: str, timeframe: str, **how: Any) -> tuple[list[list[Any]], str]:
    price = how.get("price", "last")
    report = store.import_bars(write(tmp_path / "b.csv", content), symbol="BTCUSD", **how)
    stored = store.bars("BTCUSD", timeframe, price=price)
    columns = (stored.open, stored.high, stored.low, stored.close, stored.volume)
    rows = zip(map(iso, stored.time.tolist()), *(column.tolist() for column in columns), strict=True)
    return [list(row) for row in rows], report.why


SAME: dict[str, str | bytes] = {
    "commas": "time,bid,ask\n2020-01-02 10:00:00,1.25,1.26\n",
    "semicolons, decimal commas": "Time;Bid;Ask\n02.01.2020 10:00:00;1,25;1,26\n",
    "tabs": "Timestamp\tBid\tAsk\tComment\n2020/1/2 10:00\t1.25\t1.26\tnone, really; so\n",
    "bars, quoted": '"time"|"ask"|"bid"\n"2020-01-02T10:00:00Z"|"1.26"|"1.25"\n',
    "quoted decimal commas": 'time,bid,ask\n2020-01-02 10:00,"1,25","1,26"\n',
    "a delimiter within quotes": 'time,note,bid,ask\n2020-01-02 10:00,"a, b",1.25,1.26\n',
    "two columns": "Date,Time,Bid,Ask\n2020-01-02,10:00:00,1.25,1.26\n",
    "two columns, the time first": "TIME;DATE;BID;ASK\n10:00;2020.01.02;1.25;1.26\n",
    "two columns, one of them whole": "date,time,bid,ask\n2020-01-02,2020-01-02 10:00,1.25,1.26\n",
    "two columns, no header": "20200102,100000,1.25,1.26\n20200102,100001,1.25,1.26\n",
    "a symbol beside it": "symbol,timestamp,bid,ask\nEUR/USD,1577959200,1.25,1.26\n",
    "a symbol, no header": "EURUSD,1577959200000,1.25,1.26\n",
    "a clock of twelve hours": "time,bid,ask\n2020-01-02 10:00:00 AM,1.25,1.26\n",
    "a preamble": "Some vendor, 2020\n# of EURUSD\n\ntime,bid,ask\n2020-01-02 10:00,1.25,1.26\n2020-01-02 10:01,1.25,1.26\n",
    "a preamble, no header": "sep=;\n2020-01-02 10:00:00;1.25;1.26\n2020-01-02 10:00:01;1.25;1.26\n",
    "a mark, CRLF, no last end of line": b"\xef\xbb\xbftime,bid,ask\r\n2020-01-02 10:00:00,1.25,1.26",
    "UTF-16": "time,bid,ask\r\n2020-01-02 10:00:00,1.25,1.26\r\n".encode("utf-16"),
    "Latin-1": "time,bid,ask,währung\n2020-01-02 10:00:00,1.25,1.26,ü\n".encode("latin-1"),
    "offsets": "time,bid,ask\n2020-01-02 12:00:00+02:00,1.25,1.26\n",
    "GMT+2": "Local time,Bid,Ask\n02.01.2020 12:00:00.000 GMT+0200,1.25,1.26\n",
    "a delimiter at the end": "time,bid,ask\n2020-01-02 10:00:00,1.25,1.26,\n2020-01-02 10:00:01,1.25,1.26,\n",
    "a number for people beside the date": "unix,date,bid,ask\n1577959200,2020-01-02,1.25,1.26\n",
}


@pytest.mark.parametrize("case", SAME)
def test_one_quote_in_many_dresses(store: Store, tmp_path: Path, case: str) -> None:
    rows, _ = ticks(store, tmp_path, SAME[case])
    assert rows[0] == (AT, 1.25, 1.26)


@pytest.mark.parametrize(
    ("unit", "first"), [("s", "1577959200"), ("ms", "1577959200000"), ("µs", "1577959200000000"), ("ns", "1577959200000000000")]
)
def test_units_are_told_by_size_and_can_be_said(store: Store, tmp_path: Path, unit: str, first: str) -> None:
    rows, why = ticks(store, tmp_path, f"{first},1.25,1.26\n")
    assert rows == [(AT, 1.25, 1.26)]
    assert f"{unit} since 1970, by the first row's size" in why
    report = store.import_ticks(tmp_path / "t.csv", symbol="EURUSD", feed="said", unit="us" if unit == "µs" else unit)
    assert "as asked" in report.why
    early = write(tmp_path / "early.csv", f"86400{first[10:]},1.25,1.26\n")
    with pytest.raises(DataError):
        store.import_ticks(early, symbol="EURUSD", feed="early", format="csv")
    store.import_ticks(early, symbol="EURUSD", feed="early", unit=unit, columns="time,bid,ask")
    assert iso(int(store.ticks("EURUSD", feed="early").time[0])) == "1970-01-02 00:00:00"


@pytest.mark.parametrize(
    ("dates", "how", "first"),
    [
        (("01/02/2020", "13/02/2020"), None, "2020-02-01"),
        (("01/02/2020", "01/13/2020"), None, "2020-01-02"),
        (("01.02.2020", "02.02.2020"), None, "2020-02-01"),
        (("01-02-2020", "02-02-2020"), "mdy", "2020-01-02"),
        (("01/02/2020", "02/02/2020"), "dmy", "2020-02-01"),
    ],
)
def test_days_or_months_first(store: Store, tmp_path: Path, dates: tuple[str, ...], how: str | None, first: str) -> None:
    content = QUOTES + "".join(f"{date},1.25,1.26\n" for date in dates)
    if how is not None:
        with pytest.raises(FormatError, match=f'{dates[0]} may begin.*dates="dmy" or dates="mdy"'):
            ticks(store, tmp_path, content)
    rows, why = ticks(store, tmp_path, content, dates=how)
    assert rows[0][0][:10] == first
    assert ("day first" in why) == (first == "2020-02-01")


def test_bars_by_header(store: Store, tmp_path: Path) -> None:
    content = "Date,Open,High,Low,Close,Adj Close,Volume\n"
    content += "2020-01-02,1,4,0.5,2,2,7\n2020-01-03,2,4,0.5,3,3,8\n2020-01-06,3,4,0.5,3,3,9\n"
    rows, why = bars(store, tmp_path, content, "1d")
    assert rows[0] == ["2020-01-02 00:00:00", 1, 4, 0.5, 2, 7]
    assert len(rows) == 3
    assert "1d bars (by the steps between rows) of last prices, stamped at their start" in why


def test_bars_without_header_and_stamped_at_their_end(store: Store, tmp_path: Path) -> None:
    content = "".join(f"2020-01-02 {k:02d}:00,3,4,2.5,3,7\n" for k in (1, 2, 5))
    rows, why = bars(store, tmp_path, content, "1h", stamp="end", price="mid")
    assert [row[0][11:13] for row in rows] == ["00", "01", "04"]
    assert "1h bars" in why


@pytest.mark.parametrize(
    ("header", "volume"),
    [("volume_btc,volume", 5), ("Volume USD,Volume BTC", 6), ("volume_eth,volume_usd", 5), ("tick_vol,spread", 5)],
)
def test_the_volume_of_the_base_currency(store: Store, tmp_path: Path, header: str, volume: float) -> None:
    content = f"date,open,high,low,close,{header}\n2020-01-02 10:00,1,1,1,1,5,6\n2020-01-02 10:01,1,1,1,1,5,6\n"
    rows, _ = bars(store, tmp_path, content, "1m")
    assert rows[0][5] == volume


def test_timeframes_are_measured_and_may_not_be_contradicted(store: Store, tmp_path: Path) -> None:
    content = "time,open,high,low,close\n" + "".join(f"2020-01-02 10:{k:02d},1,1,1,1\n" for k in (0, 10, 15, 40))
    with pytest.raises(FormatError, match="too near for timeframe='1h'"):
        store.import_bars(write(tmp_path / "b.csv", content), symbol="BTCUSD", timeframe="1h")
    assert "5m bars" in bars(store, tmp_path, content, "5m")[1]
    report = store.import_bars(tmp_path / "b.csv", symbol="BTCUSD", feed="minutes", timeframe="1m")
    assert any("lie 5m apart" in text for text in report.warnings)
    odd = write(tmp_path / "odd.csv", "time,open,high,low,close\n2020-01-02 10:00,1,1,1,1\n2020-01-02 10:07,1,1,1,1\n")
    with pytest.raises(FormatError, match="no timeframe; give timeframe="):
        store.import_bars(odd, symbol="BTCUSD", feed="odd")
    months = write(
        tmp_path / "months.csv", "time,open,high,low,close\n" + "".join(f"2020-{m:02d}-01,1,1,1,1\n" for m in range(1, 7))
    )
    assert "1mo bars" in store.import_bars(months, symbol="BTCUSD", feed="months").why


AMBIGUOUS: dict[str, tuple[str, str]] = {
    "four numbers, few rows": ("1577959200,1.1,1.12,1.1,1.11\n", 'columns="time,open,high,low,close" or columns="time,bid,ask'),
    "three numbers": ("1577959200,1.1,1.2,3\n", r"4 columns and no header; columns="),
    "a header that says nothing": ("a,b,c\n2020-01-02,1.1,1.2\n", r"its header names a, b, c; ticks want"),
    "two roles": ("time,bid\n2020-01-02,1.1\n", "its header names time, bid; ticks want"),
    "no time": ("x,y,bid,ask\nq,1,1.1,1.2\n", "its header names x, y, bid, ask"),
    "a time of no unit": ("20200101120000,1.1,1.11\n", "20200101120000, is neither a date nor a count"),
    "decimal commas between commas": ("time,bid,ask\n" + "2020-01-02,1,25,1,26\n" * 2, "names 3 columns, and its rows have 5"),
    "several symbols": ("symbol,time,bid,ask\nA,2020-01-02,1,1\nB,2020-01-02,1,1\n", r"several symbols \(A, B\)"),
    "no table": ("Dear reader\nthis is no table\n", "none of , ; tab | parts"),
    "nothing": ("", "is empty"),
}  # fmt: skip


@pytest.mark.parametrize("case", AMBIGUOUS)
def test_what_may_be_two_things_is_asked(store: Store, tmp_path: Path, case: str) -> None:
    content, words = AMBIGUOUS[case]
    with pytest.raises(FormatError, match=words.replace("|", r"\|") if case == "no table" else words):
        ticks(store, tmp_path, content)
    assert not store.symbols().height


def test_columns_say_what_numbers_do_not(store: Store, tmp_path: Path) -> None:
    rows, _ = ticks(store, tmp_path, "1.26,x,2020-01-02,1.25,10:00\n", columns="ask,-,date,bid,time")
    assert rows == [(AT, 1.25, 1.26)]
    path = write(tmp_path / "b.csv", "1577959200,1.1,1.2,1.1,1.15\n")
    store.import_bars(path, symbol="B", columns=["time", "open", "high", "low", "close"])
    assert store.bars("B", "1m").close.tolist() == [1.15]
    for columns, words in (
        ("time,bid,ak", "Did you mean 'ask'"),
        ("time,bid", "has 5 columns, and columns= names 2"),
        ("bid,ask,-,-,-", "ticks want time"),
    ):
        with pytest.raises(FormatError, match=words):
            store.import_ticks(path, symbol="C", columns=columns)
    histdata = write(tmp_path / "h.csv", "20140701 000000065,1.36900,1.36912,0\n")
    with pytest.raises(FormatError, match='columns= is for tables of any layout, and this is histdata; give format="csv"'):
        store.import_ticks(histdata, symbol="EURUSD", columns="time,bid,ask,-")
    for argument in ({"unit": "m"}, {"dates": "ydm"}):
        with pytest.raises(FormatError, match="is not known"):
            ticks(store, tmp_path, "1577959200,1.1,1.11\n" if "unit" in argument else QUOTES + "2020-01-02,1,1\n", **argument)


def test_a_symbol_column_is_the_same_in_all_rows(store: Store, tmp_path: Path) -> None:
    rows = "".join(f"GBPUSD,2020-01-{day:02d},1,1\n" for day in range(1, 29))
    report = store.import_ticks(write(tmp_path / "t.csv", "symbol,time,bid,ask\n" + rows), symbol="EURUSD")
    assert any("'GBPUSD'" in warning for warning in report.warnings)
    many = "symbol,time,bid,ask\n" + rows * 120
    with pytest.raises(RowError, match="another symbol than the first: 'EURUSD"):
        store.import_ticks(write(tmp_path / "u.csv", many + "EURUSD,2020-02-01,1,1\n"), symbol="GBPUSD", sort=True)


def test_ticks_before_there_were_any_are_faults(store: Store, tmp_path: Path) -> None:
    content = QUOTES + "1970-01-02 21:00,1.1,1.2\n2016-12-30,1.1,1.2\n"
    with pytest.raises(RowError, match="line 2: the time lies outside"):
        ticks(store, tmp_path, content)
    old = "date,open,high,low,close\n" + "".join(f"1927-12-{day},17.66,17.66,17.66,17.66\n" for day in (28, 29, 30))
    assert len(bars(store, tmp_path, old, "1d")[0]) == 3


def test_points_are_noticed(store: Store, tmp_path: Path) -> None:
    path = write(tmp_path / "t.csv", QUOTES + "2020-01-02,112041,112043\n")
    assert any("price_scale=1e-5" in text for text in store.import_ticks(path, symbol="EURUSD", dry_run=True).warnings)
    assert not store.import_ticks(path, symbol="BTCUSD", dry_run=True).warnings
    report = store.import_ticks(path, symbol="EURUSD", price_scale=1e-5)
    assert not report.warnings
    assert store.ticks("EURUSD").bid.tolist() == [1.12041]


def test_ticks_and_bars_are_told_apart(store: Store, tmp_path: Path) -> None:
    of_bars = write(tmp_path / "b.csv", "time,open,high,low,close\n2020-01-02,1,1,1,1\n")
    of_ticks = write(tmp_path / "t.csv", QUOTES + "2020-01-02,1,1\n")
    with pytest.raises(FormatError, match="call import_bars"):
        store.import_ticks(of_bars, symbol="X")
    with pytest.raises(FormatError, match="call import_ticks"):
        store.import_bars(of_ticks, symbol="X")
    with pytest.raises(FormatError, match="call import_bars"):
        store.import_ticks(of_bars, symbol="X", format="csv", columns="time,open,high,low,close")
