"""Files of many vendors, as they come, against plain Python's reading of the same bytes."""

from __future__ import annotations

import csv
from collections.abc import Callable
from datetime import UTC, datetime, timedelta, timezone
from decimal import Decimal
from pathlib import Path
from zoneinfo import ZoneInfo

import numpy as np
import pytest

from btlab.data.store import Store
from btlab.errors import FormatError, RowError
from btlab.market.series import Bars

EST = timezone(timedelta(hours=-5))


def cells(path: Path, delimiter: str = ",", skip: int = 0) -> list[list[str]]:
    with open(path, newline="", encoding="utf-8") as file:
        return list(csv.reader(file, delimiter=delimiter))[skip:]


def micros(at: datetime) -> int:
    return round((at - datetime(1970, 1, 1, tzinfo=UTC)) / timedelta(microseconds=1))


def floats(rows: list[list[str]], column: int, scale: str = "1") -> list[float]:
    return [float(Decimal(row[column]) * Decimal(scale)) for row in rows]


def check_bars(bars: Bars, times: list[int], rows: list[list[str]], first: int, volume: int, scale: str = "1") -> None:
    assert bars.time.tolist() == times
    columns = (bars.open, bars.high, bars.low, bars.close)
    assert [column.tolist() for column in columns] == [floats(rows, first + k, scale) for k in range(4)]
    assert bars.volume.tolist() == floats(rows, volume)


def test_bitstamp(store: Store, real_data: Path) -> None:
    path = real_data / "messy/bitstamp-trades.csv"
    report = store.import_ticks(path, symbol="BTCUSD")
    rows, ticks = cells(path), store.ticks("BTCUSD")
    assert (report.rows_stored, ticks.trades) == (9999, True)
    assert ticks.time.tolist() == [int(row[0]) * 1_000_000 for row in rows]
    assert ticks.bid.tolist() == floats(rows, 1)
    assert ticks.bid_size is not None
    assert ticks.bid_size.tolist() == floats(rows, 2)


def test_cryptodatadownload(store: Store, real_data: Path) -> None:
    """Newest first but for a patch of November 2017, so it has to be sorted; some hours of the patch stand there twice."""
    path = real_data / "messy/cryptodatadownload-coinbase-btcusd-1h.csv"
    with pytest.raises(RowError, match="sort=True"):
        store.import_bars(path, symbol="BTCUSD")
    report = store.import_bars(path, symbol="BTCUSD", sort=True)
    assert "1 line before it passed over" in report.why
    assert "1h bars" in report.why
    rows = sorted(cells(path, skip=2), key=lambda row: datetime.strptime(row[0], "%Y-%m-%d %I-%p"))
    times = [micros(datetime.strptime(row[0], "%Y-%m-%d %I-%p").replace(tzinfo=UTC)) for row in rows]
    once = [k for k, time in enumerate(times) if time not in times[max(0, k - 2) : k] or rows[k] not in rows[max(0, k - 2) : k]]
    rows, times = [rows[k] for k in once], [times[k] for k in once]
    check_bars(store.bars("BTCUSD", "1h"), times, rows, 2, 6)


def test_newest_first(store: Store, real_data: Path, tmp_path: Path) -> None:
    lines = (real_data / "messy/cryptodatadownload-coinbase-btcusd-1h.csv").read_bytes().splitlines(keepends=True)[:9000]
    path = tmp_path / "head.csv"
    path.write_bytes(b"".join(lines))
    report = store.import_bars(path, symbol="BTCUSD")
    assert any("runs backwards" in warning for warning in report.warnings)
    rows = cells(path, skip=2)[::-1]
    times = [micros(datetime.strptime(row[0], "%Y-%m-%d %I-%p").replace(tzinfo=UTC)) for row in rows]
    check_bars(store.bars("BTCUSD", "1h"), times, rows, 2, 6)


def test_dukascopy_web(store: Store, real_data: Path) -> None:
    path = real_data / "messy/dukascopy-web-eurusd-1h-ask-2017.csv"
    report = store.import_bars(path, symbol="EURUSD")
    assert "day first" in report.why
    assert "ask prices" in report.why
    rows = cells(path, skip=1)
    times = [micros(datetime.strptime(row[0], "%d.%m.%Y %H:%M:%S.%f").replace(tzinfo=UTC)) for row in rows]
    check_bars(store.bars("EURUSD", "1h", price="ask"), times, rows, 1, 5)


def test_histdata(store: Store, real_data: Path) -> None:
    path = real_data / "messy/histdata-eurusd-ticks.csv"
    assert store.import_ticks(path, symbol="EURUSD").format == "histdata"
    rows, ticks = cells(path), store.ticks("EURUSD")
    assert ticks.time.tolist() == [
        micros(datetime.strptime(row[0] + "000", "%Y%m%d %H%M%S%f").replace(tzinfo=EST)) for row in rows
    ]
    assert (ticks.bid.tolist(), ticks.ask.tolist()) == (floats(rows, 1), floats(rows, 2))


def test_marketstore(store: Store, real_data: Path) -> None:
    """Its first three rows say 1970, before there was a single tick: faults, unless they are skipped."""
    path = real_data / "messy/marketstore-eurusd-ticks.csv"
    with pytest.raises(RowError, match="line 2: the time lies outside"):
        store.import_ticks(path, symbol="EURUSD")
    report = store.import_ticks(path, symbol="EURUSD", on_error="skip")
    rows = [row for row in cells(path, skip=1) if not row[0].startswith("1970")]
    assert (report.rows_read, report.rows_stored, report.rows_rejected) == (len(rows) + 3, len(rows), 3)
    ticks = store.ticks("EURUSD")
    assert ticks.time.tolist() == [micros(datetime.strptime(row[0], "%Y%m%d %H:%M:%S %f").replace(tzinfo=UTC)) for row in rows]
    assert (ticks.bid.tolist(), ticks.ask.tolist()) == (floats(rows, 1), floats(rows, 2))


@pytest.mark.parametrize(("timeframe", "written"), [("d1", "%Y-%m-%d"), ("h4", "%Y-%m-%d %H:%M:%S")])
def test_metatrader_points(store: Store, real_data: Path, timeframe: str, written: str) -> None:
    """Server time is New York's and 7 hours; 129587.00000000001 points are 1.29587."""
    path = real_data / f"messy/mt5-points-eurusd/EURUSD/EURUSD{timeframe}.csv"
    assert any("price_scale=1e-5" in text for text in store.import_bars(path, symbol="EURUSD", dry_run=True).warnings)
    report = store.import_bars(path, symbol="EURUSD", price_scale=1e-5)
    assert report.format == "mt5"
    assert "America/New_York+7" in report.why
    rows = cells(path, skip=1)
    zone = ZoneInfo("America/New_York")
    times = [micros((datetime.strptime(row[0], written) - timedelta(hours=7)).replace(tzinfo=zone)) for row in rows]
    whole = [[row[0], *(str(round(Decimal(cell))) for cell in row[1:5]), row[5]] for row in rows]
    check_bars(store.bars("EURUSD", timeframe[1] + timeframe[0]), times, whole, 1, 5, "0.00001")


def test_ninjatrader(store: Store, real_data: Path, tmp_path: Path) -> None:
    """Minutes are stamped at their end; a name that says nothing leaves HistData possible too."""
    path = real_data / "messy/ninjatrader-spy-minute-2011-01.txt"
    assert store.import_bars(path, symbol="SPY").format == "ninjatrader"
    rows = cells(path, ";")
    ends = [micros(datetime.strptime(row[0], "%Y%m%d %H%M%S").replace(tzinfo=UTC)) for row in rows]
    check_bars(store.bars("SPY", "1m"), [end - 60_000_000 for end in ends], rows, 1, 5)
    nameless = tmp_path / "SPY.txt"
    nameless.write_bytes(path.read_bytes()[:5000])
    with pytest.raises(FormatError, match='format="histdata" or format="ninjatrader"'):
        store.import_bars(nameless, symbol="SPY", feed="again")
    store.import_bars(nameless, symbol="SPY", feed="again", format="histdata")
    assert store.bars("SPY", "1m", feed="again").time[0] == ends[0] + 5 * 3_600_000_000


@pytest.mark.parametrize("change", [str.upper, lambda text: text.replace("\n", "\r\n"), lambda text: "\n\n" + text])
def test_the_dress_of_a_file_changes_nothing(store: Store, real_data: Path, tmp_path: Path, change: Callable[[str], str]) -> None:
    """Letters of a header, ends of lines and blank lines; and the same in UTF-16."""
    path = real_data / "messy/dukascopy-web-eurusd-1h-ask-2017.csv"
    text = change(path.read_text())
    for feed, content in (("a", text.encode()), ("b", text.encode("utf-16"))):
        other = tmp_path / f"{feed}-ask.csv"
        other.write_bytes(content)
        store.import_bars(other, symbol="EURUSD", feed=feed)
    store.import_bars(path, symbol="EURUSD", feed="as it is")
    wanted = store.bars("EURUSD", "1h", feed="as it is", price="ask")
    for feed in "ab":
        bars = store.bars("EURUSD", "1h", feed=feed, price="ask")
        assert np.array_equal(bars.time, wanted.time)
        assert np.array_equal(bars.close, wanted.close)
