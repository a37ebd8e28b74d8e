"""Odd rows: each kind is planted and found, in its place and number, and nothing else is."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pytest

import btlab as bt
from btlab.data.quality import KINDS
from tests.data.quality.markets import MINUTE, SECOND, at, hours_of, quality, quotes

Columns = dict[str, np.ndarray]


@pytest.fixture(scope="module")
def week() -> bt.Ticks:
    return quotes("2024-01-07 17:00", "2024-01-19 17:00", pace=5)


def planted(ticks: bt.Ticks, change: Callable[[Columns], None]) -> Any:
    """The quality of ticks with a fault."""
    columns = {name: getattr(ticks, name).copy() for name in ("time", "bid", "ask", "bid_size", "ask_size")}
    change(columns)
    return quality(bt.Ticks.from_arrays(**columns, symbol=ticks.symbol))


def rows(found: Any) -> list[tuple[str, int]]:
    return found.issues.select("kind", "count").rows()


def test_a_spike_is_one_row_and_a_step_is_none(week: bt.Ticks) -> None:
    def change(c: Columns) -> None:
        for side in ("bid", "ask"):
            c[side][5_000] += 0.0300
            c[side][9_000] -= 0.0300
            c[side][20_000:] += 0.0200

    found = planted(week, change)
    assert rows(found) == [("spike", 1), ("spike", 1)]
    assert found.issues["detail"][0].endswith("away from both neighbours")
    assert found.issues["start"].to_physical().to_list() == [week.time[5_000], week.time[9_000]]


def test_a_spike_where_two_day_files_meet(week: bt.Ticks) -> None:
    last = int(np.searchsorted(week.time, at("2024-01-10"))) - 1
    for place in (last, last + 1):

        def change(c: Columns, place: int = place) -> None:
            c["bid"][place] += 0.03
            c["ask"][place] += 0.03

        assert rows(planted(week, change)) == [("spike", 1)], place


def test_crossed_and_one_sided_neighbours_are_one_row(week: bt.Ticks) -> None:
    def change(c: Columns) -> None:
        c["ask"][1_000:1_010] = c["bid"][1_000:1_010] - 0.00012
        c["ask"][1_011] = c["bid"][1_011] - 0.00012
        c["bid"][3_000:3_003] = np.nan
        c["ask"][3_003:3_005] = np.nan

    found = planted(week, change)
    assert rows(found) == [("crossed", 10), ("crossed", 1), ("one_sided", 5)]
    assert found.issues["detail"][0] == "ask up to 0.00012 under bid"
    start, end = (found.issues[name].to_physical()[0] for name in ("start", "end"))
    assert (start, end) == (week.time[1_000], week.time[1_009])


def test_a_run_over_midnight_is_one_row(week: bt.Ticks) -> None:
    first = int(np.searchsorted(week.time, at("2024-01-10")))

    def change(c: Columns) -> None:
        c["ask"][first - 4 : first + 6] = c["bid"][first - 4 : first + 6] - 0.0001

    assert rows(planted(week, change)) == [("crossed", 10)]


def test_many_runs_of_a_day_are_told_together(week: bt.Ticks) -> None:
    first = int(np.searchsorted(week.time, at("2024-01-10 06:00")))

    def change(c: Columns) -> None:
        c["ask"][first : first + 2_000 : 4] = c["bid"][first : first + 2_000 : 4] - 0.0001

    found = planted(week, change)
    assert len(found.issues) == 1
    assert rows(found) == [("crossed", 500)]


def test_frozen_quotes(week: bt.Ticks) -> None:
    def change(c: Columns) -> None:
        for side in ("bid", "ask"):
            c[side][4_000:4_100] = c[side][4_000]  # 100 quotes, eight minutes
            c[side][8_000:8_010] = c[side][8_000]  # ten quotes

    found = planted(week, change)
    assert rows(found) == [("frozen", 100)]
    assert found.issues["detail"][0].startswith("nothing changes for 8.")
    assert found.issues["end"].to_physical()[0] == week.time[4_099]


def test_frozen_over_midnight_and_at_the_end(week: bt.Ticks) -> None:
    first = int(np.searchsorted(week.time, at("2024-01-10")))

    def change(c: Columns) -> None:
        for side in ("bid", "ask"):
            c[side][first - 50 : first + 50] = c[side][first - 50]
            c[side][-60:] = c[side][-60]

    assert rows(planted(week, change)) == [("frozen", 100), ("frozen", 60)]


def test_wide_spreads(week: bt.Ticks) -> None:
    def change(c: Columns) -> None:
        c["bid"][6_000:6_005] -= 0.0010
        c["ask"][6_000:6_005] += 0.0010

    found = planted(week, change)
    assert [row for row in rows(found) if row[0] == "spread"] == [("spread", 5)]
    assert "wide" in found.issues["detail"][0]


def test_repeats(week: bt.Ticks) -> None:
    def change(c: Columns) -> None:
        for name in c:
            c[name] = np.insert(c[name], [1_001, 2_000, 2_000, 2_000], [c[name][1_000]] + [c[name][1_999]] * 3)
        c["bid"][1_500], c["bid"][1_501] = c["bid"][1_501], c["bid"][1_501]  # equal prices at another time are no repeat

    assert rows(planted(week, change)) == [("repeat", 1), ("repeat", 3)]


def test_ticks_outside_the_hours(week: bt.Ticks) -> None:
    time = np.arange(at("2024-01-13 10:00"), at("2024-01-13 10:10"), 30 * SECOND)

    def change(c: Columns) -> None:
        place = int(np.searchsorted(c["time"], time[0]))
        for name in ("bid", "ask", "bid_size", "ask_size"):
            c[name] = np.insert(c[name], place, np.full(len(time), c[name][place]))
        c["time"] = np.insert(c["time"], place, time)

    found = planted(week, change)
    assert rows(found) == [("outside_hours", 20)]
    assert found.issues["detail"][0] == "while closed: weekend"
    assert [row["kind"] for row in found.gaps.rows(named=True)] == ["weekend", "weekend"], "the tick is in the middle of one"
    saturday = found.days.filter(pl.col("date") == pl.date(2024, 1, 13))
    assert saturday.rows() == [(datetime(2024, 1, 13).date(), 20, 0, False)]


def test_sizes(week: bt.Ticks) -> None:
    def change(c: Columns) -> None:
        c["bid_size"][700] = 50_000.0
        c["bid_size"][900:903] = c["ask_size"][900:903] = 0.0

    found = planted(week, change)
    assert rows(found) == [("volume", 1), ("volume", 3)]
    assert found.issues["detail"].to_list() == ["a size of 50,000", "no size, where others have one"]


def test_odd_bars(week: bt.Ticks) -> None:
    bars = bt.bars(week, "1m").to_polars().with_columns(volume=pl.lit(5.0) + pl.int_range(pl.len()) % 7)
    price = {name: bars[name].to_numpy().copy() for name in ("open", "high", "low", "close")}
    volume, time = bars["volume"].to_numpy().copy(), bars["time"].to_physical().to_numpy().copy()
    for column in price.values():
        column[100] += 0.2
        column[500:590] = price["close"][500]
        column[901] = column[900]
    volume[901], volume[300], volume[400] = volume[900], 1e6, 0.0
    volume[500:590] = 3.0
    time[-1] = at("2024-01-20 12:00")
    store = bt.Store(":memory:")
    store.import_bars(pl.DataFrame({"time": time, **price, "volume": volume}), symbol="EURUSD", timeframe="1m", price="mid")
    found = store.quality("EURUSD")
    assert rows(found) == [("spike", 1), ("volume", 1), ("volume", 1), ("frozen", 90), ("repeat", 1), ("outside_hours", 1)]
    assert found.kind == "bars"


def test_real_feeds(vendors: bt.Store) -> None:
    """FXCM's crossed quotes are all there, as few rows; Oanda has none; a clean day of Dukascopy has two odd sizes."""
    fxcm, oanda, dukascopy = (vendors.quality("EURUSD", feed=feed) for feed in ("FXCM", "Oanda", "Dukascopy"))
    for found, feed in ((fxcm, "FXCM"), (oanda, "Oanda")):
        ticks = vendors.ticks("EURUSD", feed=feed)
        odd = dict(found.issues.group_by("kind").agg(pl.col("count").sum()).iter_rows())
        assert odd.get("crossed", 0) == (ticks.ask < ticks.bid).sum()
        assert odd.get("outside_hours", 0) == (~hours_of(ticks.time, "fx")).sum()
        same = (np.diff(ticks.time) == 0) & (np.diff(ticks.bid) == 0) & (np.diff(ticks.ask) == 0)
        assert odd.get("repeat", 0) == same.sum()
        assert found.days["ticks"].sum() == found.rows == len(ticks)
        assert not len(found.unexpected())
        assert found.gaps["kind"].to_list() == ["weekend", "weekend"]
    assert len(fxcm.issues) < 5_000
    assert set(oanda.issues["kind"]) == {"spread", "repeat"}
    assert dukascopy.issues.select("kind", "count").rows() == [("volume", 1), ("volume", 1)]


def test_a_trade_tape_by_its_exchange(real_data: Path) -> None:
    store = bt.Store(":memory:")
    store.import_ticks(real_data / "lean/equity/usa/tick/spy/20131007_trade.zip", symbol="SPY")
    found = store.quality("SPY", calendar="XNYS")
    odd = dict(found.issues.group_by("kind").agg(pl.col("count").sum()).iter_rows())
    ticks = store.ticks("SPY")
    assert found.kind == "trades"
    same = [np.diff(column) == 0 for column in (ticks.time, ticks.bid, ticks.bid_size, ticks.ask_size)]
    assert odd["repeat"] == np.all(same, axis=0).sum() > 40_000
    assert odd["outside_hours"] == (~hours_of(ticks.time, "XNYS")).sum()
    assert set(odd) <= set(KINDS) - {"crossed", "one_sided", "spread", "frozen"}
    assert found.days["date"].dt.strftime("%a").to_list() == ["Fri", "Mon"], "before Monday's opening it is Friday's day"


def test_the_text_escapes_names() -> None:
    name = "<img src=x onerror=alert(1)>"
    found = quality(quotes("2024-01-07 17:00", "2024-01-09 17:00", pace=60, symbol=name), "fx")
    assert name in repr(found)
    assert "<img" not in found._repr_html_()
    assert "nothing to report" in repr(found)
    assert found.about().startswith("2,880 ticks of feed default, 2024-01-07 22:00")
    assert found.facts.days.date[0] == (at("2024-01-08") // (24 * 60 * MINUTE))
