"""Pauses and what explains them: each planted hole is found for what it is, and clean data have none."""

from __future__ import annotations

import numpy as np
import polars as pl
import pytest

import btlab as bt
from tests.data.quality.markets import DAY, HOUR, at, quality, quotes, shown, without


@pytest.fixture(scope="module")
def weeks() -> bt.Ticks:
    """Five weeks of FX; the clocks change in the last."""
    return quotes("2024-02-11 17:00", "2024-03-15 17:00")


WEEKENDS = [
    ("2024-02-16 22:00", "2024-02-18 22:00", "weekend"),
    ("2024-02-23 22:00", "2024-02-25 22:00", "weekend"),
    ("2024-03-01 22:00", "2024-03-03 22:00", "weekend"),
    ("2024-03-08 22:00", "2024-03-10 21:00", "weekend"),
]


def test_clean_weeks_have_weekends_and_nothing_else(weeks: bt.Ticks) -> None:
    found = quality(weeks)
    assert shown(found.gaps) == WEEKENDS
    assert not len(found.issues)
    assert not found.days["missing"].any()
    assert found.gaps.schema == {"start": pl.Datetime("us", "UTC"), "end": pl.Datetime("us", "UTC"), "kind": pl.String()}


@pytest.mark.parametrize("symbol", ["EURUSD", "XAUUSD", "BTCUSD"])
def test_simulated_ticks_have_no_unexpected_gap(symbol: str) -> None:
    assert not len(quality(bt.simulate_ticks(symbol, days=6)).unexpected())


def test_eight_days_over_a_weekend_are_no_weekend(weeks: bt.Ticks) -> None:
    found = shown(quality(without(weeks, ("2024-02-21 12:00", "2024-02-29 12:00"))).gaps)
    assert found == [
        WEEKENDS[0],
        ("2024-02-21 12:00", "2024-02-23 22:00", "unexpected"),
        WEEKENDS[1],
        ("2024-02-25 22:00", "2024-02-29 12:00", "unexpected"),
        *WEEKENDS[2:],
    ]


def test_a_missing_monday_is_no_holiday(weeks: bt.Ticks) -> None:
    found = quality(without(weeks, ("2024-02-25 22:00", "2024-02-26 22:00")))
    assert shown(found.gaps) == [*WEEKENDS[:2], ("2024-02-25 22:00", "2024-02-26 22:00", "unexpected"), *WEEKENDS[2:]]
    assert [str(day) for day in found.days.filter("missing")["date"]] == ["2024-02-26"]


def test_a_hole_that_reaches_into_the_weekend_is_two_rows(weeks: bt.Ticks) -> None:
    found = quality(without(weeks, ("2024-02-23 15:00", "2024-02-26 01:00")))
    assert shown(found.gaps)[1:4] == [
        ("2024-02-23 15:00", "2024-02-23 22:00", "unexpected"),
        WEEKENDS[1],
        ("2024-02-25 22:00", "2024-02-26 01:00", "unexpected"),
    ]


def test_half_an_hour_at_each_side_of_a_weekend_is_not_lost(weeks: bt.Ticks) -> None:
    found = quality(without(weeks, ("2024-02-23 21:20", "2024-02-25 22:40")))
    assert [kind for _, _, kind in shown(found.gaps)][1:4] == ["unexpected", "weekend", "unexpected"]


def test_christmas_and_new_year_and_no_american_holiday() -> None:
    ticks = quotes("2023-11-19 17:00", "2024-01-05 17:00", pace=30)
    gaps = [row for row in shown(quality(ticks).gaps) if row[2] != "weekend"]
    assert gaps == [("2023-12-24 22:00", "2023-12-25 22:00", "holiday"), ("2023-12-31 22:00", "2024-01-01 22:00", "holiday")]
    thanksgiving = ("2023-11-22 22:00", "2023-11-23 22:00")
    assert (*thanksgiving, "unexpected") in shown(quality(without(ticks, thanksgiving)).gaps)
    own = quality(without(ticks, thanksgiving), "fx holidays=2023-11-23")
    assert (*thanksgiving, "holiday") in shown(own.gaps)
    assert not len(own.unexpected())


def test_metals_break_daily() -> None:
    ticks = quotes("2024-01-07 17:00", "2024-01-19 17:00", market="metals", symbol="XAUUSD", pace=20)
    found = shown(quality(ticks).gaps)
    assert [kind for *_, kind in found] == ["daily_break"] * 4 + ["weekend"] + ["daily_break"] * 4
    assert found[0] == ("2024-01-08 22:00", "2024-01-08 23:00", "daily_break")
    assert found[4] == ("2024-01-12 22:00", "2024-01-14 23:00", "weekend")
    longer = shown(quality(without(ticks, ("2024-01-09 22:00", "2024-01-10 03:00"))).gaps)
    assert longer[1:3] == [
        ("2024-01-09 22:00", "2024-01-09 23:00", "daily_break"),
        ("2024-01-09 23:00", "2024-01-10 03:00", "unexpected"),
    ]


def test_an_exchange_that_a_storm_closed() -> None:
    ticks = without(quotes("2012-10-22 09:30", "2012-11-09 17:00", market="XNYS", symbol="SPY"), ("2012-10-29", "2012-10-31"))
    found = quality(ticks, "XNYS")
    assert [row for row in shown(found.gaps) if row[2] != "daily_break"] == [
        ("2012-10-26 20:00", "2012-10-29 04:00", "weekend"),
        ("2012-10-29 04:00", "2012-10-31 13:30", "closure"),
        ("2012-11-02 20:00", "2012-11-05 14:30", "weekend"),
    ]
    assert "unexpected" in [row[2] for row in shown(quality(ticks, "24x7").gaps)]


def test_a_short_pause_counts_where_pauses_are_short(weeks: bt.Ticks) -> None:
    """Quotes come every ten seconds; for an hour each day they come every two minutes, and 20 times that is over half an hour."""
    of_day = weeks.time % DAY
    thin = (of_day >= 3 * HOUR) & (of_day < 4 * HOUR) & (np.arange(len(weeks)) % 12 > 0)
    from tests.data.quality.markets import chosen

    ticks = chosen(weeks, ~thin)
    planted = [
        ("2024-02-21 12:00", "2024-02-21 12:15"),
        ("2024-02-22 03:10", "2024-02-22 03:25"),
        ("2024-02-23 12:00", "2024-02-23 12:04"),
    ]
    assert shown(quality(without(ticks, *planted)).unexpected()) == [("2024-02-21 12:00", "2024-02-21 12:15", "unexpected")]
    over_an_hour = ("2024-02-22 02:50", "2024-02-22 04:20")
    assert [row[2] for row in shown(quality(without(ticks, over_an_hour)).unexpected())] == ["unexpected"]


def test_a_range_is_looked_at_to_its_edges(weeks: bt.Ticks) -> None:
    ticks = without(weeks, ("2024-02-20 06:00", "2024-02-22 06:00"))
    found = quality(ticks, start="2024-02-21", end="2024-02-23")
    assert shown(found.gaps) == [("2024-02-21 00:00", "2024-02-22 06:00", "unexpected")]
    assert found.rows == ((ticks.time >= at("2024-02-21")) & (ticks.time < at("2024-02-23"))).sum()
    nothing = quality(ticks, start="2024-02-21", end="2024-02-22")
    assert (nothing.rows, nothing.days["missing"].to_list()) == (0, [True, True])
    assert "missing" in repr(nothing)
    nothing._repr_html_()
    with pytest.raises(bt.errors.NotStoredError, match="nothing of the range"):
        quality(ticks, start="2030-01-01")


@pytest.mark.parametrize(("timeframe", "hole"), [("1m", HOUR * 2), ("15m", HOUR // 2), ("1h", HOUR), ("4h", 4 * HOUR)])
def test_bars_that_are_missing(weeks: bt.Ticks, timeframe: str, hole: int) -> None:
    store, bars = bt.Store(":memory:"), bt.bars(weeks, timeframe)
    begin = int(bars.time[np.searchsorted(bars.time, at("2024-02-21 14:00"))])
    kept = (bars.time < begin) | (bars.time >= begin + hole)
    store.import_bars(bars.to_polars().filter(pl.Series(kept)), symbol="EURUSD", timeframe=timeframe, price="mid")
    found = store.quality("EURUSD")
    assert found.timeframe == timeframe
    start, end, kind = found.unexpected().row(0)
    assert (len(found.unexpected()), kind) == (1, "unexpected")
    assert (int(start.timestamp() * 1e6), int(end.timestamp() * 1e6)) == (begin, begin + hole)
    assert [row[2] for row in shown(found.gaps)].count("weekend") == 4
    assert not len(found.issues)


@pytest.mark.parametrize("stamp", ["00:00", "05:00", "14:30"])
def test_daily_bars_that_are_missing(stamp: str) -> None:
    days = [
        f"2024-01-{day:02}" for day in (2, 3, 4, 5, 8, 9, 10, 12, 16, 17, 18, 19, 22)
    ]  # Thursday 11 is missing, Monday 15 closed
    time = [at(f"{day} {stamp}") for day in days]
    close = np.arange(100.0, 100.0 + len(days))
    frame = pl.DataFrame({"time": time, "open": close, "high": close + 1, "low": close - 1, "close": close, "volume": close})
    store = bt.Store(":memory:")
    store.import_bars(frame, symbol="SPY", timeframe="1d")
    found = store.quality("SPY", calendar="XNYS")
    assert shown(found.gaps) == [
        ("2024-01-05 21:00", "2024-01-08 14:30", "weekend"),
        ("2024-01-11 14:30", "2024-01-11 21:00", "unexpected"),
        ("2024-01-12 21:00", "2024-01-15 05:00", "weekend"),
        ("2024-01-15 05:00", "2024-01-16 14:30", "holiday"),
        ("2024-01-19 21:00", "2024-01-22 14:30", "weekend"),
    ]
    assert [str(day) for day in found.days.filter("missing")["date"]] == ["2024-01-11"]
