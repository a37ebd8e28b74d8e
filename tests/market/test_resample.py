"""Bars of any timeframe equal what polars computes from the rule, on a real day and through clock changes."""

from __future__ import annotations

from datetime import date, timedelta
from pathlib import Path

import numpy as np
import polars as pl
import pytest

import btlab as bt
from btlab.market.timeframe import MICROSECONDS, TIMEFRAMES, divides
from btlab.market.times import iso, to_microseconds
from tests.market.oracle import day_bounds, ticks_frame
from tests.market.real import dukascopy_day
from tests.market.streams import random_ticks

SECONDS = ("1s", "5s", "10s", "15s", "30s")
LONGER = ("2m", "3m", "10m", "20m", "30m", "2h", "3h", "6h", "12h", "1w", "1mo")
COLUMNS = ("open", "high", "low", "close", "volume")


def expected(ticks: bt.Ticks, timeframe: str, price: str, calendar: str) -> pl.DataFrame:
    """From the definition: the tick's interval by its time; first, greatest, least, last; sums in order."""
    frame = day_bounds(ticks_frame(ticks, price), calendar).filter(pl.col("value").is_not_null())
    length, time, day = MICROSECONDS[timeframe], pl.col("time"), pl.col("day")
    named = pl.from_epoch((day + pl.col("day_end")) // 2, "us").dt.date()
    if length < 60_000_000:
        start = time // length * length
    elif timeframe == "1w":
        start = day.min().over(named.dt.truncate("1w"))
    elif timeframe == "1mo":
        start = day.min().over(named.dt.truncate("1mo"))
    else:
        start = day + (time - day) // length * length
    unit = (time if length < 60_000_000 else time // 60_000_000).alias("unit")
    frame = frame.with_columns(start.alias("start"), unit)
    whole = "start" if length < 60_000_000 else ["start", "unit"]
    parts = frame.group_by(whole, maintain_order=True).agg(pl.col("size").cum_sum().last().alias("volume"))
    volume = parts.group_by("start", maintain_order=True).agg(pl.col("volume").cum_sum().last())
    value = pl.col("value")
    bars = frame.group_by("start", maintain_order=True).agg(
        value.first().alias("open"), value.max().alias("high"), value.min().alias("low"), value.last().alias("close")
    )
    return bars.with_columns(volume["volume"])


def compare(ticks: bt.Ticks, timeframe: str, price: str, calendar: str, *, starts: bool = True) -> int:
    bars, oracle = bt.bars(ticks, timeframe, price=price, calendar=calendar), expected(ticks, timeframe, price, calendar)
    assert bars.timeframe == timeframe
    if starts:
        np.testing.assert_array_equal(bars.time, oracle["start"])
    for name in COLUMNS:
        np.testing.assert_array_equal(getattr(bars, name), oracle[name], err_msg=f"{timeframe} {name}")
    return len(bars)


@pytest.mark.parametrize("timeframe", [*SECONDS, *LONGER])
def test_a_real_day(real_data: Path, timeframe: str) -> None:
    ticks = dukascopy_day(real_data)
    made = compare(ticks, timeframe, "mid", "fx", starts=timeframe not in ("1w", "1mo"))
    assert made > 86_400e6 / MICROSECONDS[timeframe] * 0.5 - 1


@pytest.mark.parametrize("timeframe", [*SECONDS, *LONGER])
@pytest.mark.parametrize("start", ["2024-02-25 22:00", "2024-10-20 21:00"])
def test_random_streams_through_clock_changes(timeframe: str, start: str) -> None:
    """They begin on a Sunday evening; of weeks and months the first bar may begin before the first tick's day."""
    ticks = random_ticks(3, 4_000, start=to_microseconds(start), pace=600e6)
    for price, calendar in (("mid", "fx"), ("bid", "24x7"), ("ask", "fx")):
        compare(ticks, timeframe, price, calendar, starts=timeframe not in ("1w", "1mo"))


def daily(days: list[date], stamp: str, symbol: str = "SPY") -> bt.Bars:
    """Bars whose volume is 1 and whose close is the number of the day."""
    time = [to_microseconds(f"{day}T{stamp}") for day in days]
    close = [float(day.toordinal()) for day in days]
    return bt.Bars.from_frame(
        pl.DataFrame({"time": time, "open": close, "high": close, "low": close, "close": close, "volume": [1.0] * len(days)}),
        symbol=symbol,
    )


def weekdays(first: str, count: int) -> list[date]:
    days = (date.fromisoformat(first) + timedelta(days=n) for n in range(count))
    return [day for day in days if day.weekday() < 5]


def sessions_of(calendar: str, first: str, last: str) -> list[date]:
    """The days a market trades on; of FX all weekdays."""
    if calendar == "fx":
        return weekdays(first, (date.fromisoformat(last) - date.fromisoformat(first)).days)
    import exchange_calendars

    return [day.date() for day in exchange_calendars.get_calendar(calendar).sessions_in_range(first, last)]


@pytest.mark.parametrize(
    ("calendar", "stamps"),
    [
        ("fx", ("00:00", "00:00+02:00", "00:00+03:00")),
        ("XNYS", ("00:00", "05:00", "14:30")),
        ("XTKS", ("00:00", "00:00+09:00", "09:00+09:00")),
    ],
)
@pytest.mark.parametrize("timeframe", ["1w", "1mo"])
def test_weeks_and_months_of_daily_bars_whatever_their_stamp(calendar: str, stamps: tuple[str, ...], timeframe: str) -> None:
    days = sessions_of(calendar, "2024-01-01", "2024-12-20")
    rule = (lambda day: day.isocalendar()[:2]) if timeframe == "1w" else (lambda day: (day.year, day.month))
    groups: dict[tuple[int, ...], list[date]] = {}
    for day in days:
        groups.setdefault(rule(day), []).append(day)
    for stamp in stamps:
        bars = bt.bars(daily(days, stamp), timeframe, calendar=calendar)
        assert bars.volume.tolist() == [len(part) for part in groups.values()], stamp
        assert bars.close.tolist() == [part[-1].toordinal() for part in groups.values()], stamp


def test_a_week_begins_with_monday_s_trading_day_and_a_month_with_its_first() -> None:
    bars = daily(weekdays("2024-02-26", 60), "00:00", "EURUSD")
    assert [iso(start) for start in bt.bars(bars, "1w").time[:4]] == [
        "2024-02-25 22:00:00",
        "2024-03-03 22:00:00",
        "2024-03-10 21:00:00",
        "2024-03-17 21:00:00",
    ]
    assert [iso(start) for start in bt.bars(bars, "1mo").time] == [
        "2024-01-31 22:00:00",
        "2024-02-29 22:00:00",
        "2024-03-31 21:00:00",
    ]
    assert iso(bt.bars(daily(weekdays("2024-01-16", 3), "14:30"), "1w", calendar="XNYS").time[0]) == "2024-01-16 14:30:00"


def test_bars_of_bars_are_those_of_ticks() -> None:
    ticks = random_ticks(5, 4_000, pace=300e6)
    for shorter, longer in [
        ("2m", "30m"),
        ("30m", "2h"),
        ("30m", "1h"),
        ("2h", "1d"),
        ("15m", "12h"),
        ("1d", "1w"),
        ("1h", "1w"),
    ]:
        one, other = bt.bars(bt.bars(ticks, shorter), longer), bt.bars(ticks, longer)
        for name in ("time", *COLUMNS[:4]):
            np.testing.assert_array_equal(getattr(one, name), getattr(other, name), err_msg=f"{shorter} {longer} {name}")
        np.testing.assert_allclose(one.volume, other.volume, rtol=1e-12)
    same = bt.bars(ticks, "30m")
    assert bt.bars(same, "30m") is same


def test_trades_count_both_sizes_and_one_sided_quotes_have_no_middle() -> None:
    trades = bt.Ticks.from_trades(
        [0, 1, 10_000_000], [1.0, 3.0, 2.0], [1.0, 2.0, 4.0], symbol="BTCUSD", buyer=[True, False, True]
    )
    bars = bt.bars(trades, "10s", price="bid")
    assert (bars.volume.tolist(), bars.high.tolist()) == ([3.0, 4.0], [3.0, 2.0])
    quotes = bt.Ticks.from_arrays([0, 5, 20_000_000], [1.0, np.nan, np.nan], [1.5, 2.0, 3.0], symbol="BTCUSD")
    assert bt.bars(quotes, "5s").close.tolist() == [1.25]
    assert bt.bars(quotes, "5s", price="ask").close.tolist() == [2.0, 3.0]


def test_what_cannot_be_made() -> None:
    ticks = random_ticks(6, 100)
    for wrong in ("7s", "45m", "5h", "2d", "1y", "0s", "1M", None, 60):
        with pytest.raises(bt.errors.TimeframeError, match="is not a timeframe"):
            bt.bars(ticks, wrong)  # type: ignore[arg-type]
    for shorter, longer in (("2h", "3h"), ("1h", "30m"), ("1w", "1mo"), ("1d", "2h"), ("1m", "30s")):
        with pytest.raises(bt.errors.TimeframeError, match=r"cannot be put together|is finer than"):
            bt.bars(bt.bars(ticks, shorter), longer)
    with pytest.raises(bt.errors.RunError, match="price='middle'"):
        bt.bars(ticks, "10s", price="middle")
    with pytest.raises(bt.errors.RunError, match="no ticks of EURUSD"):
        bt.bars(ticks[:0], "10s")
    with pytest.raises(bt.errors.SeriesError, match="stamp them with their starts"):
        bt.Bars.from_frame(daily(weekdays("2024-01-01", 5), "00:00").to_polars(), timeframe="1mo", stamp="end")
    with pytest.raises(bt.errors.TimeframeError, match=r"'10s' is shorter than any bar of a run.*bt.bars\(ticks, '10s'\)"):
        bt.MultiTimeframe(ticks).at(5).completed("10s")


def test_the_names() -> None:
    assert TIMEFRAMES == bt.TIMEFRAMES == ("1m", "5m", "15m", "1h", "4h", "1d")
    assert set(TIMEFRAMES) < set(MICROSECONDS)
    assert {"1s", "5s", "10s", "15s", "30s", "30m", "2h", "1w", "1mo"} < set(MICROSECONDS)
    assert list(MICROSECONDS.values()) == sorted(MICROSECONDS.values())
    assert not divides("4h", "6h")
    assert divides("4h", "1d")
