"""HistData, NinjaTrader and TrueFX: rows as their documentation has them, and names that tell who wrote them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from btlab.data.store import Store
from btlab.errors import FormatError, RowError
from btlab.market.times import iso

NT_MINUTES = "20061023 004400;1377.25;1377.5;1377;1377.25;86\n20061023 004500;1377.25;1377.25;1377.25;1377.25;27\n"
NT_DAYS = "20061023;1377.25;1378;1377;1377.25;86\n20061024;1;1;1;1;27\n"
CHICAGO = {"stamp": "start", "tz": "America/Chicago"}
MT_MINUTES = "2012.02.01,00:00,1.306600,1.306600,1.306560,1.306560,0\n2012.02.01,00:01,1.3066,1.3066,1.30656,1.30656,0\n"


def write(path: Path, content: str) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content.encode())
    return path


BARS: dict[str, tuple[str, str, dict[str, Any], str, str, str, str]] = {
    # file, content, arguments, format, timeframe, price, first start
    "histdata": ("DAT_ASCII_EURUSD_M1_2006.csv", NT_MINUTES, {}, "histdata", "1m", "bid", "2006-10-23 05:44:00"),
    "histdata for metatrader": ("DAT_MT_EURUSD_M1_2012.csv", MT_MINUTES, {}, "histdata", "1m", "bid", "2012-02-01 05:00:00"),
    "histdata for ninjatrader": ("DAT_NT_EURUSD_M1_2006.csv", NT_MINUTES, {}, "histdata", "1m", "bid", "2006-10-23 05:44:00"),
    "histdata, as asked": ("x.csv", NT_MINUTES, {"format": "histdata"}, "histdata", "1m", "bid", "2006-10-23 05:44:00"),
    "metatrader": ("EURUSD1.csv", MT_MINUTES, {"tz": "UTC"}, "mt4", "1m", "bid", "2012-02-01 00:00:00"),
    "ninjatrader": ("ES 12-06.Last.txt", NT_MINUTES, {}, "ninjatrader", "1m", "last", "2006-10-23 00:43:00"),
    "ninjatrader, bids": ("ES 12-06.Bid.txt", NT_MINUTES, {}, "ninjatrader", "1m", "bid", "2006-10-23 00:43:00"),
    "ninjatrader, starts": ("ES.Last.txt", NT_MINUTES, CHICAGO, "ninjatrader", "1m", "last", "2006-10-23 05:44:00"),
    "ninjatrader, asked": ("ES.txt", NT_MINUTES, {"format": "ninjatrader"}, "ninjatrader", "1m", "last", "2006-10-23 00:43:00"),
    "ninjatrader, days": ("ES 12-06.txt", NT_DAYS, {}, "ninjatrader", "1d", "last", "2006-10-23 00:00:00"),
}


@pytest.mark.parametrize("case", BARS)
def test_bars(store: Store, tmp_path: Path, case: str) -> None:
    name, content, arguments, format, timeframe, price, first = BARS[case]
    report = store.import_bars(write(tmp_path / name, content), symbol="EURUSD", **arguments)
    bars = store.bars("EURUSD", timeframe, price=price)
    assert (report.format, len(bars), iso(int(bars.time[0]))) == (format, 2, first)
    cells = content.split("\n")[0].replace(",", ";").split(";")[-5:]
    assert [bars.open[0], bars.high[0], bars.low[0], bars.close[0], bars.volume[0]] == [float(cell) for cell in cells]


@pytest.mark.parametrize(
    ("content", "first", "price"),
    [
        ("20061107 000431;1383.00;1\n20061107 000456;1383.25;25\n", "2006-11-07 00:04:31", 1383.0),
        ("20061107 000431 1234567;1383.00;1\n20061107 000456 0000000;1383.25;25\n", "2006-11-07 00:04:31.123456", 1383.0),
    ],
)
def test_ticks_of_ninjatrader(store: Store, tmp_path: Path, content: str, first: str, price: float) -> None:
    report = store.import_ticks(write(tmp_path / "ES 12-06.Last.txt", content), symbol="ES")
    ticks = store.ticks("ES")
    assert (report.format, ticks.trades, iso(int(ticks.time[0])), ticks.bid[0]) == ("ninjatrader", True, first, price)
    assert ticks.bid_size is not None
    assert ticks.bid_size.tolist() == [1, 25]


def test_quotes_of_ninjatrader_replay(store: Store, tmp_path: Path) -> None:
    path = write(tmp_path / "ES.txt", "20061107 000431 1234567;1383.00;1382.75;1383;4\n")
    assert "bid and ask of each trade" in store.import_ticks(path, symbol="ES").why
    ticks = store.ticks("ES")
    assert (ticks.bid.tolist(), ticks.ask.tolist(), ticks.trades) == ([1382.75], [1383.0], False)


TRUEFX = "EUR/USD,20120101 21:59:59.123,1.2959,1.2962\nEUR/USD,20120101 22:00:00.001,1.29591,1.29617\n"


def test_truefx(store: Store, tmp_path: Path) -> None:
    path = write(tmp_path / "EURUSD-2012-01.csv", TRUEFX)
    report = store.import_ticks(path, symbol="EURUSD")
    ticks = store.ticks("EURUSD")
    assert (report.format, report.warnings) == ("truefx", [])
    assert [iso(int(at)) for at in ticks.time] == ["2012-01-01 21:59:59.123000", "2012-01-01 22:00:00.001000"]
    assert (ticks.bid.tolist(), ticks.ask.tolist()) == ([1.2959, 1.29591], [1.2962, 1.29617])
    assert any("EUR/USD" in text for text in store.import_ticks(path, symbol="GBPUSD", dry_run=True).warnings)
    with pytest.raises(RowError, match="line 3: the row names another symbol"):
        store.import_ticks(write(path, TRUEFX + "GBP/USD,20120101 22:00:01.000,1.5,1.6\n"), symbol="EURUSD", feed="two")


def test_names_of_histdata_tell_the_symbol(store: Store, tmp_path: Path) -> None:
    path = write(tmp_path / "DAT_ASCII_GBPUSD_T_202001.csv", "20200101 170000065,1.3,1.31,0\n")
    assert any("GBPUSD" in text for text in store.import_ticks(path, symbol="EURUSD", dry_run=True).warnings)
    write(tmp_path / "DAT_ASCII_EURUSD_T_202001.csv", "20200101 170000065,1.1,1.11,0\n")
    with pytest.raises(FormatError, match="several symbols"):
        store.import_ticks(tmp_path, symbol="EURUSD")


@pytest.mark.parametrize("name", ["histdata", "ninjatrader", "truefx"])
def test_a_file_of_another_layout_is_named(store: Store, tmp_path: Path, name: str) -> None:
    path = write(tmp_path / "t.csv", "time,bid,ask\n2020-01-01,1,1\n")
    with pytest.raises(FormatError, match=r"it begins with 'time,bid,ask'\. Leave format= out"):
        store.import_ticks(path, symbol="EURUSD", format=name)


def test_minutes_without_a_name_are_asked_about(store: Store, tmp_path: Path) -> None:
    path = write(tmp_path / "EURUSD.txt", NT_MINUTES)
    with pytest.raises(FormatError, match=r'fits histdata .* and ninjatrader .*give format="histdata" or format="ninjatrader"'):
        store.import_bars(path, symbol="EURUSD")
    with pytest.raises(FormatError, match="call import_bars"):
        store.import_ticks(path, symbol="EURUSD", format="histdata")
