"""Dukascopy's candles and its JSON, against struct, json and Decimal."""

from __future__ import annotations

import json
import lzma
import struct
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from itertools import accumulate
from pathlib import Path
from typing import Any

import pytest

from btlab.data.store import Store
from btlab.errors import FormatError
from btlab.market.times import to_microseconds
from tests.data.formats import bi5

MINUTES = "EURUSD/2019/01/04/BID_candles_min_1.bi5"


def by_struct(path: Path, start: datetime) -> list[tuple[Any, ...]]:
    """time, open, high, low, close, volume of the candles in which somebody traded."""
    plain = lzma.decompress(path.read_bytes())
    rows = []
    for at in range(0, len(plain), 24):
        seconds, first, last, low, high, volume = struct.unpack(">5If", plain[at : at + 24])
        if volume or not first == last == low == high:
            prices = (float(Decimal(points) / 100_000) for points in (first, high, low, last))
            rows.append((to_microseconds(start + timedelta(seconds=seconds)), *prices, volume))
    return rows


def rows_of(store: Store, symbol: str, timeframe: str) -> list[tuple[Any, ...]]:
    bars = store.bars(symbol, timeframe)
    columns = (bars.time, bars.open, bars.high, bars.low, bars.close, bars.volume)
    return list(zip(*(column.tolist() for column in columns), strict=True))


@pytest.mark.parametrize(
    ("file", "timeframe", "start", "filler"),
    [
        ("2019/01/04/BID_candles_min_1.bi5", "1m", datetime(2019, 2, 4, tzinfo=UTC), 0),
        ("2019/01/BID_candles_hour_1.bi5", "1h", datetime(2019, 2, 1, tzinfo=UTC), 192),
        ("2019/00/BID_candles_hour_1.bi5", "1h", datetime(2019, 1, 1, tzinfo=UTC), 214),
        ("2018/BID_candles_day_1.bi5", "1d", datetime(2018, 1, 1, tzinfo=UTC), 52),
    ],
)
def test_real_candles(store: Store, real_data: Path, file: str, timeframe: str, start: datetime, filler: int) -> None:
    path = real_data / "dukascopy/EURUSD" / file
    report = store.import_bars(path, symbol="EURUSD")
    assert rows_of(store, "EURUSD", timeframe) == by_struct(path, start)
    assert (report.rows_rejected, report.format) == (filler, "dukascopy")
    assert report.rows_read == report.rows_stored + filler
    assert "(bid)" in report.why
    if filler:
        assert report.reject_file is not None
        lines = report.reject_file.read_text().splitlines()
        assert len(lines) == filler + 1
        assert all(",filler," in line for line in lines[1:])


def test_real_ticks_in_json(store: Store, real_data: Path) -> None:
    path = real_data / "dukascopy/json_api_v1/ticks-EUR-USD-2026-7-13-12.json"
    said = json.loads(path.read_text(), parse_float=Decimal)
    report = store.import_ticks(path, symbol="EURUSD")
    ticks = store.ticks("EURUSD")
    assert ticks.bid_size is not None
    assert ticks.ask_size is not None
    assert ticks.time.tolist() == [1000 * ms for ms in accumulate(said["times"], initial=said["timestamp"])][1:]
    for side, column, sizes in (("bid", ticks.bid, ticks.bid_size), ("ask", ticks.ask, ticks.ask_size)):
        prices = accumulate((step * said["multiplier"] for step in said[f"{side}s"]), initial=said[side])
        assert column.tolist() == [float(price) for price in prices][1:]
        assert sizes.tolist() == [float(Decimal(volume) / 1_000_000) for volume in said[f"{side}Volumes"]]
    assert (report.rows_stored, report.format, report.warnings) == (3551, "dukascopy", [])


def test_json_and_bi5_agree_on_the_same_hour(real_data: Path) -> None:
    store, folder = Store(":memory:"), real_data / "dukascopy"
    store.import_ticks(folder / "BTCUSD/2023/01/20/12h_ticks.bi5", symbol="BTCUSD", feed="bi5", price_scale=0.1)
    store.import_ticks(folder / "json_api_v1/ticks-BTC-USD-2023-2-20-12.json", symbol="BTCUSD", feed="json")
    old, new = (store.ticks("BTCUSD", feed=feed) for feed in ("bi5", "json"))
    assert len(old) == 8523
    for name in ("time", "bid", "ask"):
        assert getattr(old, name).tolist() == getattr(new, name).tolist()
    assert new.bid_size is not None
    assert old.bid_size is not None
    assert new.bid_size.max() < 1e-3 > old.bid_size.max()


def test_real_candles_in_json(store: Store, real_data: Path) -> None:
    """The vendor's library says what the hours of January are; where its list has flat hours, the JSON has none."""
    folder = real_data / "dukascopy/json_api_v1"
    store.import_bars(folder / "candles-hour-BTC-USD-BID-2023-1.json", symbol="BTCUSD")
    expected = json.loads((folder / "expected_btcusd-h1-bid-2023-01-01-2023-02-20.json").read_text())
    ours = {row[0]: row[1:5] for row in rows_of(store, "BTCUSD", "1h")}
    theirs = {row["timestamp"] * 1000: tuple(row[name] for name in ("open", "high", "low", "close")) for row in expected}
    january = {time for time in theirs if time < to_microseconds("2023-02-01")}
    assert len(ours) == 730
    assert all(theirs[time] == prices for time, prices in ours.items())
    assert all(len(set(theirs[time])) == 1 for time in january - ours.keys())


def test_minutes_in_json_are_millions_already(store: Store, real_data: Path) -> None:
    path = real_data / "dukascopy/json_api_v1/candles-minute-EUR-USD-BID-2026-7-10.json"
    said = json.loads(path.read_text(), parse_float=Decimal)
    store.import_bars(path, symbol="EURUSD")
    bars = store.bars("EURUSD", "1m")
    steps = list(accumulate(said["times"]))
    assert bars.time.tolist() == [1000 * (said["timestamp"] + step * said["shift"]) for step in steps]
    assert bars.volume.tolist() == [float(volume) for volume in said["volumes"]]
    lows = accumulate((step * said["multiplier"] for step in said["lows"]), initial=said["low"])
    assert bars.low.tolist() == [float(low) for low in lows][1:]


def test_an_hour_of_nothing_is_no_error(store: Store, real_data: Path) -> None:
    report = store.import_bars(
        real_data / "dukascopy/json_api_v1/candles-minute-EUR-USD-BID-2026-7-11-empty.json", symbol="EURUSD"
    )
    assert (report.rows_read, report.warnings) == (0, ["no rows were found"])


def test_flat_candles_with_volume_and_fillers(store: Store, tmp_path: Path) -> None:
    """A flat candle in which somebody traded is one; `on_error="raise"` does not mind fillers."""
    path = tmp_path / MINUTES
    path.parent.mkdir(parents=True)
    path.write_bytes(bi5(">5If", [(0, 5, 5, 5, 5, 0.0), (60, 5, 5, 5, 5, 2.0), (120, 5, 6, 4, 7, 0.0), (180, 6, 6, 6, 6, 0.0)]))
    report = store.import_bars(path, symbol="EURUSD")
    assert (report.rows_stored, report.rows_rejected) == (2, 2)
    times = [to_microseconds("2019-02-04 00:01"), to_microseconds("2019-02-04 00:02")]
    assert [row[0] for row in rows_of(store, "EURUSD", "1m")] == times


@pytest.mark.parametrize(
    ("name", "arguments", "words"),
    [
        ("BID_candles_min_1.bi5", {}, 'no date in its path.*give date="2019-02-04"'),
        (MINUTES, {"timeframe": "1h"}, "timeframe '1m', and timeframe='1h' was asked for"),
        (MINUTES, {"price": "ask"}, "price 'bid', and price='ask'"),
        (MINUTES, {"stamp": "end"}, "stamp 'start', and stamp='end'"),
        ("x.bi5", {"date": "2019-02-04"}, "timeframe of its bars cannot be told"),
        ("x.bi5", {"date": "2019-02-04", "timeframe": "1m"}, "price of its bars cannot be told"),
    ],
)
def test_what_candles_must_be_told(store: Store, tmp_path: Path, name: str, arguments: dict[str, Any], words: str) -> None:
    path = tmp_path / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(bi5(">5If", [(0, 114503, 114501, 114500, 114509, 1.0)]))
    with pytest.raises(FormatError, match=words):
        store.import_bars(path, symbol="EURUSD", **arguments)


def test_candles_without_their_path(store: Store, tmp_path: Path) -> None:
    path = tmp_path / "x.bi5"
    path.write_bytes(bi5(">5If", [(60 * k, 114503, 114501, 114500, 114509, 1.0) for k in range(3)]))
    report = store.import_bars(path, symbol="EURUSD", date="2019-02-04", timeframe="1m", price="ask")
    assert report.first == datetime(2019, 2, 4, tzinfo=UTC)
    with pytest.raises(FormatError, match="import_ticks takes ticks"):
        store.import_ticks(path, symbol="EURUSD", date="2019-02-04")
    with pytest.raises(FormatError, match="price_scale="):
        store.import_bars(path, symbol="XAUUSD", date="2019-02-04", timeframe="1m", price="bid")


BROKEN: dict[str, tuple[dict[str, Any], str]] = {
    "times shorter": ({"times": [1]}, "holds 3 values, 'times' 1"),
    "no list": ({"bids": 7}, "no list 'bids'"),
    "words": ({"asks": ["a", "b", "c"]}, "'asks' is no list of numbers"),
    "fractions of points": ({"asks": [0, 0.5, 1]}, "'asks' is no list of numbers"),
    "nested": ({"asks": [[1], [2], [3]]}, "'asks' is no list of numbers"),
    "times beyond any hour": ({"times": [2**40, 1, 1]}, "'times' is no list of numbers"),
    "no time": ({"timestamp": "today"}, "'timestamp' is 'today'"),
    "no multiplier": ({"multiplier": 0}, "'multiplier' is 0"),
    "no price": ({"bid": None}, "'bid' is None"),
    "far price": ({"bid": 9e8, "multiplier": 1e-9}, "far beyond any price"),
}


@pytest.mark.parametrize("case", BROKEN)
def test_broken_json_is_named(store: Store, tmp_path: Path, case: str) -> None:
    change, words = BROKEN[case]
    good = {"timestamp": 1676894400000, "multiplier": 0.1, "ask": 24921.5, "bid": 24849.4, "times": [84, 114, 101]}
    good |= {"asks": [0, 0, 28], "bids": [0, 0, 8], "askVolumes": [1.0, 1, 1], "bidVolumes": [1, 1, 1]}
    path = tmp_path / "ticks-BTC-USD-2023-2-20-12.json"
    path.write_text(json.dumps(good | change))
    with pytest.raises(FormatError, match=words):
        store.import_ticks(path, symbol="BTCUSD")
    path.write_text(json.dumps(good))
    assert store.import_ticks(path, symbol="BTCUSD").rows_stored == 3
