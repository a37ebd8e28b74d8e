"""The vendors' own bars are the judge: ours, made from their ticks after a way through the store, equal them."""

from __future__ import annotations

import io
import json
import zipfile
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import polars as pl
import pytest

from btlab.data.importers.dukascopy import candles
from btlab.data.store import Store
from btlab.market.timeline import Timeline
from btlab.market.times import to_microseconds

PRICES = ("open", "high", "low", "close")


def lean_table(path: Path, columns: list[str]) -> pl.DataFrame:
    with zipfile.ZipFile(path) as archive:
        text = archive.read(archive.namelist()[0])
    return pl.read_csv(io.BytesIO(text), has_header=False, new_columns=columns)


def lean_minutes(folder: Path, hours_west: int) -> pl.DataFrame:
    """All minute bars of a folder: time (µs UTC), bid and ask OHLC."""
    columns = ["time", *(f"bid_{name}" for name in PRICES), "bs", *(f"ask_{name}" for name in PRICES), "as"]
    days = []
    for path in sorted(folder.glob("*_quote.zip")):
        midnight = to_microseconds(f"{path.name[:4]}-{path.name[4:6]}-{path.name[6:8]}") + hours_west * 3_600_000_000
        days.append(lean_table(path, columns).with_columns(pl.col("time") * 1000 + midnight))
    return pl.concat(days).sort("time")


@pytest.mark.parametrize(("feed", "hours_west", "days"), [("FXCM", 5, 13), ("Oanda", 0, 13)])
def test_every_minute_bar_of_lean(vendors: Store, real_data: Path, feed: str, hours_west: int, days: int) -> None:
    ticks = vendors.ticks("EURUSD", feed=feed)
    theirs = lean_minutes(real_data / f"lean/forex/{feed.lower()}/minute/eurusd", hours_west)
    theirs = theirs.filter(pl.col("time").is_between(ticks.time[0] - 60_000_000, ticks.time[-1]))
    assert len(theirs) > 1000 * days
    for side in ("bid", "ask"):
        ours = Timeline(ticks, price=side).bars("1m")
        assert np.array_equal(ours.time, theirs["time"]), "the set of minutes"
        for name in PRICES:
            assert np.array_equal(getattr(ours, name), theirs[f"{side}_{name}"]), (side, name)


def test_every_hour_of_fxcm(vendors: Store, real_data: Path) -> None:
    names = ["at", *PRICES, "bs", *(f"ask_{name}" for name in PRICES), "as"]
    hours = lean_table(real_data / "lean/forex/fxcm/hour/eurusd.zip", names).with_columns(
        time=pl.col("at").str.to_datetime("%Y%m%d %H:%M").dt.epoch("us") + 5 * 3_600_000_000
    )
    ours = vendors.bars("EURUSD", "1h", price="bid", feed="FXCM")
    theirs = hours.filter(pl.col("time").is_in(ours.time.tolist()))
    assert len(theirs) == len(ours) == 268
    for name in PRICES:
        assert np.array_equal(getattr(ours, name), theirs[name]), name


@pytest.mark.parametrize(
    ("timeframe", "count", "files"),
    [
        ("1m", 2880, {f"01/{day:02d}/BID_candles_min_1.bi5": f"2019-02-{day:02d}" for day in (4, 5)}),
        ("1h", 48, {"01/BID_candles_hour_1.bi5": "2019-02-01"}),
        ("1d", 2, {"BID_candles_day_1.bi5": "2019-01-01"}),
    ],
)
def test_every_candle_of_dukascopy(vendors: Store, real_data: Path, timeframe: str, count: int, files: dict[str, str]) -> None:
    ticks = vendors.ticks("EURUSD", feed="Dukascopy")
    ours = Timeline(ticks, price="bid", calendar="24x7").bars(timeframe)
    folder = real_data / "dukascopy/EURUSD/2019"
    parts = [candles((folder / file).read_bytes(), to_microseconds(start)) for file, start in files.items()]
    theirs = {name: np.concatenate([part[name] for part in parts]) for name in parts[0]}
    flat = (theirs["volume"] == 0) & (theirs["high"] == theirs["low"])
    rows = ~flat & (theirs["time"] >= to_microseconds("2019-02-04")) & (theirs["time"] < to_microseconds("2019-02-06"))
    assert len(ours) == count
    assert np.array_equal(ours.time, theirs["time"][rows])
    for name in PRICES:
        assert np.array_equal(getattr(ours, name), theirs[name][rows]), name
    # Theirs are float32, ours the float64 sums: no further apart than the last bit of a float32.
    np.testing.assert_allclose(ours.volume, theirs["volume"][rows], rtol=2.0**-23, atol=0)


def test_bitcoin_hour_equals_the_vendors_json(store: Store, real_data: Path) -> None:
    folder = real_data / "dukascopy"
    report = store.import_ticks(folder / "BTCUSD/2023/01/20/12h_ticks.bi5", symbol="BTCUSD", price_scale=0.1)
    said = json.loads((folder / "json_api_v1/ticks-BTC-USD-2023-2-20-12.json").read_text())
    ticks = store.ticks("BTCUSD")
    assert report.rows_stored == len(ticks) == 8523
    assert np.array_equal(ticks.time, (said["timestamp"] + np.cumsum(said["times"])) * 1000)
    for side in ("bid", "ask"):
        points = np.cumsum(np.array(said[f"{side}s"])) + round(said[side] / said["multiplier"])
        assert np.array_equal(getattr(ticks, side), points / 10), side


def test_first_ticks_read_by_hand(vendors: Store) -> None:
    """2014-05-07, FXCM: `1014,1.39248,1.39250` in UTC-5. 2014-05-04, Oanda: `75600462,1.38817,1.38884` in UTC."""
    fxcm = vendors.ticks("EURUSD", "2014-05-07 05:00", "2014-05-07 05:00:05", feed="FXCM")
    assert fxcm.time.tolist() == [to_microseconds("2014-05-07 05:00:01.014")]
    assert (fxcm.bid.tolist(), fxcm.ask.tolist()) == ([1.39248], [1.39250])
    oanda = vendors.ticks("EURUSD", "2014-05-04", "2014-05-04 21:00:01", feed="Oanda")
    assert oanda.time.tolist() == [to_microseconds("2014-05-04 21:00:00.462")]
    assert (oanda.bid.tolist(), oanda.ask.tolist()) == ([1.38817], [1.38884])


def test_what_the_folder_is_known_to_hold(vendors: Store) -> None:
    sizes = {row["feed"]: row["rows"] for row in vendors.symbols().to_dicts()}
    assert sizes == {"FXCM": 1_144_807, "Oanda": 532_903, "Dukascopy": 266_219}
    oanda = vendors.ticks("EURUSD", feed="Oanda")
    assert int((np.diff(oanda.time) == 0).sum()) == 4494


def test_a_tick_takes_few_bytes(vendors: Store) -> None:
    most = {"FXCM": 3.4, "Oanda": 4.1, "Dukascopy": 5.6}
    for row in vendors.symbols().to_dicts():
        assert row["bytes"] / row["rows"] < most[row["feed"]], row["feed"]


def test_histdata_rows_read_by_hand(store: Store, real_data: Path) -> None:
    """`20200101 170000065,1.121200,1.121720,0` in EST is 22:00 UTC."""
    report = store.import_ticks(real_data / "messy/histdata-eurusd-ticks.csv", symbol="EURUSD")
    ticks = store.ticks("EURUSD")
    assert (report.format, report.rows_read, report.rows_stored, len(ticks)) == ("histdata", 9500, 9500, 9500)
    assert "UTC-5" in report.why
    assert report.first == datetime(2020, 1, 1, 22, 0, 0, 65_000, UTC)
    assert ticks.time[-1] == to_microseconds("2020-01-02 04:00:52.125")
    assert (ticks.bid[0], ticks.ask[0], ticks.bid[-1], ticks.ask[-1]) == (1.1212, 1.12172, 1.1213, 1.12132)
    assert ticks.digits == 5
