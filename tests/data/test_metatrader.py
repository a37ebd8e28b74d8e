"""MetaTrader 4 and 5: empty cells, volumes, and the clock of a server that only the weekly gap tells."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import numpy as np
import pytest

from btlab.data.store import Store
from btlab.errors import FormatError, RowError
from btlab.market.times import iso, to_microseconds

TICKS = "<DATE>\t<TIME>\t<BID>\t<ASK>\t<LAST>\t<VOLUME>\t<FLAGS>\r\n"
BARS = "<DATE>\t<TIME>\t<OPEN>\t<HIGH>\t<LOW>\t<CLOSE>\t<TICKVOL>\t<VOL>\t<SPREAD>\r\n"
NEW_YORK = ZoneInfo("America/New_York")


def write(path: Path, content: str, coding: str = "utf-8") -> Path:
    path.write_bytes(content.encode(coding))
    return path


def weeks(first: str, count: int) -> list[datetime]:
    """Hours of an FX week, in server time 7 hours ahead of New York: Monday 00:00 to Friday 23:00."""
    monday = datetime.fromisoformat(first)
    return [monday + timedelta(weeks=week, hours=hour) for week in range(count) for hour in range(5 * 24)]


def utc(server: datetime) -> int:
    return to_microseconds((server - timedelta(hours=7)).replace(tzinfo=NEW_YORK))


@pytest.mark.parametrize("coding", ["utf-8", "utf-16"])
def test_an_empty_cell_carries_the_last_value(store: Store, tmp_path: Path, coding: str) -> None:
    rows = [
        ("06:00:00.260", "1.12123", "", "2"),
        ("06:00:00.260", "", "1.12141", "4"),
        ("06:00:01.000", "1.12125", "", "2"),
        ("06:00:02.000", "", "", "6"),
        ("06:00:03.000", "", "1.12139", "4"),
    ]
    content = TICKS + "".join(f"2020.01.02\t{at}\t{bid}\t{ask}\t\t\t{flags}\r\n" for at, bid, ask, flags in rows)
    report = store.import_ticks(write(tmp_path / "t.csv", content, coding), symbol="EURUSD")
    ticks = store.ticks("EURUSD")
    assert report.format == "mt5"
    assert any("cannot be told; its times are taken as UTC" in text for text in report.warnings)
    assert iso(int(ticks.time[0])) == "2020-01-02 06:00:00.260000"
    assert ticks.bid.tolist() == [1.12123, 1.12123, 1.12125, 1.12125, 1.12125]
    assert np.isnan(ticks.ask[0])
    assert ticks.ask[1:].tolist() == [1.12141, 1.12141, 1.12141, 1.12139]
    assert ticks.bid_size is None


def test_values_are_carried_across_blocks(store: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from btlab.data.importers import text

    monkeypatch.setattr(text, "BLOCK", 50_000)
    content = TICKS + "2020.01.02\t06:00:00\t1.5\t1.6\t\t\t6\r\n"
    content += "".join(f"2020.01.02\t06:{k // 60 % 60:02d}:{k % 60:02d}\t\t1.7\t\t\t4\r\n" for k in range(1, 3600))
    store.import_ticks(write(tmp_path / "t.csv", content), symbol="EURUSD")
    ticks = store.ticks("EURUSD")
    assert (set(ticks.bid.tolist()), len(ticks)) == ({1.5}, 3600)


def test_trades_where_there_is_no_quote(store: Store, tmp_path: Path) -> None:
    content = TICKS + "".join(f"2020.01.02\t06:00:0{k}\t\t\t10{k}.5\t{k + 1}\t24\r\n" for k in range(3))
    report = store.import_ticks(write(tmp_path / "t.csv", content), symbol="SBER", tz="Europe/Moscow")
    ticks = store.ticks("SBER")
    assert "last and volume" in report.why
    assert (ticks.trades, ticks.bid.tolist()) == (True, [100.5, 101.5, 102.5])
    assert ticks.bid_size is not None
    assert ticks.bid_size.tolist() == [1, 2, 3]
    assert iso(int(ticks.time[0])) == "2020-01-02 03:00:00"


@pytest.mark.parametrize(("real", "volume"), [("0", 7.0), ("3", 3.0)])
def test_the_volume_is_what_was_traded_or_the_count_of_ticks(store: Store, tmp_path: Path, real: str, volume: float) -> None:
    """One real volume anywhere in the file, and it is taken for all rows."""
    rows = [f"2020.01.02\t{hour:02d}:00:00\t1\t2\t0.5\t1.5\t7\t0\t1\r\n" for hour in range(5)]
    rows.append(f"2020.01.02\t05:00:00\t1\t2\t0.5\t1.5\t7\t{real}\t1\r\n")
    report = store.import_bars(write(tmp_path / "b.csv", BARS + "".join(rows)), symbol="EURUSD", tz="UTC")
    assert "1h bars" in report.why
    assert store.bars("EURUSD", "1h").volume[-1] == volume
    assert store.bars("EURUSD", "1h").volume[0] == (0.0 if real != "0" else 7.0)


def mt5(times: list[datetime]) -> str:
    return BARS + "".join(f"{at:%Y.%m.%d}\t{at:%H:%M:%S}\t1.1\t1.2\t1\t1.15\t9\t0\t2\r\n" for at in times)


def mt4(times: list[datetime]) -> str:
    return "".join(f"{at:%Y.%m.%d},{at:%H:%M},1.1,1.2,1.0,1.15,9\r\n" for at in times)


def package(times: list[datetime]) -> str:
    """What the Python package gives, as pandas writes it: seconds since 1970 of server time."""
    epoch = datetime(1970, 1, 1)
    head = "time,open,high,low,close,tick_volume,spread,real_volume\n"
    return head + "".join(f"{round((at - epoch).total_seconds())},1.1,1.2,1.0,1.15,9,2,0\n" for at in times)


@pytest.mark.parametrize(("write_as", "name"), [(mt5, "mt5"), (mt4, "mt4"), (package, "mt5")])
def test_the_weekly_gap_tells_the_server(
    store: Store, tmp_path: Path, write_as: Callable[[list[datetime]], str], name: str
) -> None:
    """Through both regimes: February and June of a server 7 hours ahead of New York."""
    times = weeks("2019-02-04", 20)
    report = store.import_bars(write(tmp_path / "b.csv", write_as(times)), symbol="EURUSD")
    assert (report.format, not report.warnings) == (name, True), report.warnings
    assert "America/New_York+7, by 19 weekly gaps" in report.why
    bars = store.bars("EURUSD", "1h")
    assert bars.time.tolist() == [utc(at) for at in times]
    assert (bars.high[0], bars.volume[0]) == (1.2, 9)
    other = store.import_bars(tmp_path / "b.csv", symbol="EURUSD", feed="utc", tz="UTC")
    assert any('tz="America/New_York+7"' in text for text in other.warnings)


def test_days_without_a_time(store: Store, tmp_path: Path) -> None:
    days = [
        datetime(2019, 2, 4) + timedelta(days=k) for k in range(200) if (datetime(2019, 2, 4) + timedelta(days=k)).weekday() < 5
    ]
    content = BARS.replace("<TIME>\t", "") + "".join(f"{at:%Y.%m.%d}\t1.1\t1.2\t1\t1.15\t9\t0\t2\r\n" for at in days)
    report = store.import_bars(write(tmp_path / "d.csv", content), symbol="EURUSD")
    assert "America/New_York+7" in report.why
    assert store.bars("EURUSD", "1d").time.tolist() == [utc(at) for at in days]


def test_points_in_a_file_of_metatrader_4(store: Store, tmp_path: Path) -> None:
    path = write(tmp_path / "EURUSD1.csv", "2019.02.04,00:00,114501,114503,114490,114495,123\r\n")
    store.import_bars(path, symbol="EURUSD", price_scale=1e-5, tz="UTC")
    assert store.bars("EURUSD", "1m").close.tolist() == [1.14495]


@pytest.mark.parametrize(
    ("content", "arguments", "error", "words"),
    [
        ("time,bid,ask\n2020-01-02,1,1\n", {"format": "mt5"}, FormatError, "no header of MetaTrader 5"),
        ("time,bid,ask\n2020-01-02,1,1\n", {"format": "mt4"}, FormatError, "no bars of MetaTrader 4"),
        (BARS + "2020.01.02\t06:00:00\t1\t1\t1\t1\t1\t1\t1\r\n", {}, FormatError, "call import_bars"),
        ("2019.02.04,00:00,1,1,1,1,1\n", {}, FormatError, "call import_bars"),
        (
            TICKS + "2020.01.02\t06:00:00\t\t\t\t\t2\r\n2020.01.02\t06:00:00\t1\t1\t\t\t2\r\n",
            {},
            RowError,
            "line 2: a price is not",
        ),
        (
            TICKS + "2020.01.02\t06:00:00\t1\t2\t\t\t6\r\n" * 2 + "2020.01.02\t06:00:00\t1\t2\r\n",
            {},
            RowError,
            "line 4: the number",
        ),
    ],
)
def test_what_is_wrong_is_named(
    store: Store, tmp_path: Path, content: str, arguments: dict[str, str], error: type[Exception], words: str
) -> None:
    with pytest.raises(error, match=words):
        store.import_ticks(write(tmp_path / "w.csv", content), symbol="EURUSD", **arguments)
