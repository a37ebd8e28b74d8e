"""Lean's bars and equities against csv and Decimal, and against ticks of the same days."""

from __future__ import annotations

import csv
import io
import itertools
import zipfile
from datetime import datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import numpy as np
import pytest

from btlab.data.store import Store
from btlab.errors import FormatError
from btlab.market.times import to_microseconds

NEW_YORK, EST, UTC = "America/New_York", "Etc/GMT+5", "UTC"


def cells(path: Path) -> list[list[str]]:
    with zipfile.ZipFile(path) as archive:
        return list(csv.reader(io.StringIO(archive.read(archive.namelist()[0]).decode())))


def micros(path: Path, first: str, zone: str) -> int:
    """A row's time: ms since the midnight of the file's day, or a date of its own."""
    if ":" in first:
        return to_microseconds(datetime.strptime(first, "%Y%m%d %H:%M").replace(tzinfo=ZoneInfo(zone)))
    midnight = datetime.strptime(path.name[:8], "%Y%m%d")
    return to_microseconds((midnight + timedelta(milliseconds=int(first))).replace(tzinfo=ZoneInfo(zone)))


BARS = [
    ("equity/usa/minute/spy/20131007_trade.zip", "1m", None, NEW_YORK, 1, 10_000, 6),
    ("equity/usa/minute/aapl/20140605_quote.zip", "1m", None, NEW_YORK, 1, 10_000, None),
    ("equity/usa/daily/ibm.zip", "1d", None, NEW_YORK, 1, 10_000, 6),
    ("crypto/coinbase/minute/btcusd/20170903_trade.zip", "1m", None, UTC, 1, 1, 6),
    ("crypto/coinbase/minute/btcusd/20170903_quote.zip", "1m", "ask", UTC, 6, 1, None),
    ("forex/fxcm/minute/eurusd/20140507_quote.zip", "1m", None, EST, 1, 1, None),
    ("forex/oanda/minute/eurusd/20140507_quote.zip", "1m", "ask", UTC, 6, 1, None),
    ("forex/fxcm/daily/gbpusd.zip", "1d", "bid", EST, 1, 1, None),
    ("forex/oanda/hour/eurusd.zip", "1h", "ask", UTC, 6, 1, None),
]


@pytest.mark.parametrize(("file", "timeframe", "price", "zone", "column", "parts", "volume"), BARS)
def test_real_bars(
    store: Store,
    real_data: Path,
    file: str,
    timeframe: str,
    price: str | None,
    zone: str,
    column: int,
    parts: int,
    volume: int | None,
) -> None:
    path = real_data / "lean" / file
    report = store.import_bars(path, symbol="X", price=price)
    rows = cells(path)
    bars = store.bars("X", timeframe)
    assert report.rows_stored == len(rows) == len(bars)
    assert bars.time.tolist() == [micros(path, row[0], zone) for row in rows]
    for k, name in enumerate(("open", "high", "low", "close")):
        assert getattr(bars, name).tolist() == [float(Decimal(row[column + k]) / parts) for row in rows]
    assert bars.volume.tolist() == [float(row[volume - 1]) if volume else 0.0 for row in rows]
    assert ('price="ask" takes the other side' in report.why) == (volume is None and price != "ask")


def test_real_trades_of_a_day(store: Store, real_data: Path) -> None:
    path = real_data / "lean/equity/usa/tick/spy/20131007_trade.zip"
    report = store.import_ticks(path, symbol="SPY")
    rows = cells(path)
    ticks = store.ticks("SPY")
    assert ticks.trades
    assert ticks.bid_size is not None
    assert report.rows_stored == len(rows) == 250_601
    repeats = sum(row[:3] == before[:3] for before, row in itertools.pairwise(rows))
    assert any(f"{repeats:,} rows have the time, prices and sizes of the row before" in warning for warning in report.warnings)
    assert ticks.time[0] == to_microseconds("2013-10-07 08:00:00.464"), "14400464 ms in New York's summer"
    assert np.array_equal(ticks.time, [to_microseconds("2013-10-07 04:00") + int(row[0]) * 1000 for row in rows])
    assert np.array_equal(ticks.bid, [int(row[1]) / 10_000 for row in rows])
    assert np.array_equal(ticks.bid, ticks.ask)
    assert np.array_equal(ticks.bid_size, [float(row[2]) for row in rows])


def test_all_of_a_week_of_trades(real_data: Path) -> None:
    store = Store(":memory:")
    assert store.import_ticks(real_data / "lean/equity/usa/tick/spy", symbol="SPY").rows_stored == 1_887_460


def test_minutes_of_quotes_are_those_of_their_ticks(vendors: Store, real_data: Path, store: Store) -> None:
    """The stored bars and the bars made from the stored ticks are the same, for both sides."""
    for price in ("bid", "ask"):
        path = real_data / "lean/forex/oanda/minute/eurusd/20140507_quote.zip"
        store.import_bars(path, symbol="EURUSD", price=price, feed=price)
        theirs = store.bars("EURUSD", "1m", feed=price)
        ours = vendors.bars("EURUSD", "1m", "2014-05-07", "2014-05-08", price=price, feed="Oanda")
        for name in ("time", "open", "high", "low", "close"):
            assert np.array_equal(getattr(theirs, name), getattr(ours, name)), (price, name)


def zip_of(path: Path, member: str, content: str) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(member, content)
    return path


def test_hidden_in_a_summer_night(store: Store, tmp_path: Path) -> None:
    """Ms since midnight count on the wall's clock, fractions and all."""
    member = "20140310_bac_Trade_Tick.csv"
    path = zip_of(tmp_path / "equity/usa/tick/bac/20140310_trade.zip", member, "14400009.367,137450,100,D,1,0\n")
    store.import_ticks(path, symbol="BAC")
    assert store.ticks("BAC").time.tolist() == [to_microseconds("2014-03-10 08:00:00.009367")]
    assert store.ticks("BAC").bid.tolist() == [13.745]


def test_crypto_ticks(store: Store, tmp_path: Path) -> None:
    folder = tmp_path / "crypto/gdax/tick/btcusd"
    trade = zip_of(folder / "20180405_trade.zip", "20180405_btcusd_tick_trade.csv", "10,6782.5,0.25\n")
    quote = zip_of(folder / "20180405_quote.zip", "20180405_btcusd_tick_quote.csv", "10,6782.5,1,6782.75,2\n")
    store.import_ticks(trade, symbol="BTCUSD", feed="trades")
    store.import_ticks(quote, symbol="BTCUSD", feed="quotes")
    trades, quotes = store.ticks("BTCUSD", feed="trades"), store.ticks("BTCUSD", feed="quotes")
    assert (trades.trades, quotes.trades) == (True, False)
    assert quotes.ask_size is not None
    assert (quotes.ask.tolist(), quotes.ask_size.tolist()) == ([6782.75], [2.0])
    assert quotes.time.tolist() == trades.time.tolist() == [to_microseconds("2018-04-05 00:00:00.010")]


QUOTE_BAR, TRADE_BAR = "0,1.1,1.3,1.0,1.2,0,1.2,1.4,1.1,1.3,0\n", "0,1674100,1674100,1672500,1672700,3197\n"
WRONG: dict[str, tuple[str, str, dict[str, Any], str]] = {
    "the middle": (
        "forex/oanda/minute/eurusd/20140507_quote.zip",
        QUOTE_BAR,
        {"price": "mid"},
        "quote bars have a bid and an ask",
    ),
    "trades have no bid": (
        "equity/usa/minute/spy/20131007_trade.zip",
        TRADE_BAR,
        {"price": "bid"},
        "price 'last', and price='bid'",
    ),
    "another timeframe": (
        "equity/usa/minute/spy/20131007_trade.zip",
        TRADE_BAR,
        {"timeframe": "1h"},
        "timeframe '1m', and timeframe='1h'",
    ),
    "no market": ("20131007_trade.zip", TRADE_BAR, {"format": "lean", "timeframe": "1m"}, "the market, which says the zone"),
    "no class": ("20131007_trade.zip", TRADE_BAR, {"format": "lean", "tz": "UTC"}, "give price_scale=1e-4, or 1"),
    "cells": ("equity/usa/minute/spy/20131007_trade.zip", "0,1,2,3\n", {}, "a row of it has 6 cells"),
}


@pytest.mark.parametrize("case", WRONG)
def test_wrong_files_and_wishes(store: Store, tmp_path: Path, case: str) -> None:
    name, content, arguments, words = WRONG[case]
    path = zip_of(tmp_path / name, f"{Path(name).stem}.csv", content)
    with pytest.raises(FormatError, match=words):
        store.import_bars(path, symbol="X", **arguments)
    assert not store.symbols().height


def test_bars_asked_for_as_ticks(store: Store, tmp_path: Path) -> None:
    path = zip_of(tmp_path / WRONG["cells"][0], "20131007_spy_minute_trade.csv", TRADE_BAR)
    with pytest.raises(FormatError, match="call import_bars"):
        store.import_ticks(path, symbol="SPY")
