"""Trading days: where they begin, what they are named by, what a calendar's text may say."""

from __future__ import annotations

from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

import numpy as np
import polars as pl
import pytest

import btlab as bt
from btlab.market.calendar import check_calendar, day_starts, rules_of, trading_days
from btlab.market.instrument import default_calendar
from btlab.market.times import iso
from tests.market.oracle import day_bounds

HOUR, DAY = 3_600_000_000, 86_400_000_000


def at(text: str, zone: str = "UTC") -> int:
    return int(datetime.fromisoformat(text).replace(tzinfo=ZoneInfo(zone)).astimezone(UTC).timestamp()) * 1_000_000


@pytest.mark.parametrize("calendar", ["fx", "metals", "24x7"])
def test_each_time_lies_in_the_day_that_polars_finds(calendar: str) -> None:
    times = np.random.default_rng(0).integers(at("2005-01-01"), at("2026-01-01"), 5_000)
    expected = day_bounds(pl.DataFrame({"time": times}), "24x7" if calendar == "24x7" else "fx")
    days = trading_days(calendar, int(times.min()), int(times.max()))
    row = np.searchsorted(days.start, times, side="right") - 1
    np.testing.assert_array_equal(days.start[row], expected["day"])
    np.testing.assert_array_equal(days.start[row + 1], expected["day_end"])
    middle = (days.start[:-1] + 12 * HOUR) // DAY
    np.testing.assert_array_equal(days.date, middle)


@pytest.mark.parametrize(("change", "hours"), [("2024-03-10", 23), ("2024-11-03", 25)])
def test_the_day_of_a_clock_change_is_shorter_or_longer(change: str, hours: int) -> None:
    starts = day_starts("fx", at(f"{change} 12:00"), at(f"{change} 12:00"))
    assert (np.diff(starts) / HOUR).tolist() == [hours]


def test_an_exchange_s_day_begins_at_its_opening() -> None:
    days = trading_days("XNYS", at("2024-03-07 15:00"), at("2024-03-12 15:00"))
    shown = [(iso(start), date(1970, 1, 1).toordinal() + day) for start, day in zip(days.start.tolist(), days.date.tolist())]
    assert [(start, date.fromordinal(day).isoformat()) for start, day in shown] == [
        ("2024-03-07 14:30:00", "2024-03-07"),
        ("2024-03-08 14:30:00", "2024-03-08"),
        ("2024-03-11 13:30:00", "2024-03-11"),
        ("2024-03-12 13:30:00", "2024-03-12"),
    ]
    assert iso(int(days.start[-1])) == "2024-03-13 13:30:00"


def test_a_tick_before_the_opening_belongs_to_the_day_before() -> None:
    """So the first bar of a day opens with the session, no tick is without a day, and none opens a day of its own."""
    opening = at("2024-03-12 09:30", "America/New_York")
    time = [opening - 1_000, opening - 1, opening, opening + 1, opening + 7 * HOUR, opening + 24 * HOUR - 1, opening + 24 * HOUR]
    price = np.arange(1.0, 8.0)
    ticks = bt.Ticks.from_trades(time, price, np.ones(7), symbol="SPY")
    bars = bt.bars(ticks, "1d", calendar="XNYS")
    assert [iso(start) for start in bars.time] == ["2024-03-11 13:30:00", "2024-03-12 13:30:00", "2024-03-13 13:30:00"]
    assert (bars.open.tolist(), bars.close.tolist(), bars.volume.tolist()) == ([1, 3, 7], [2, 6, 7], [2, 4, 1])
    hours = bt.bars(ticks, "1h", calendar="XNYS")
    assert [iso(start) for start in hours.time][:2] == ["2024-03-12 12:30:00", "2024-03-12 13:30:00"]


@pytest.mark.parametrize(
    ("calendar", "moment"),
    [("XSHG", "2035-01-01"), ("XNYS", "2100-01-01"), ("XSAU", "2015-01-01"), ("XNYS", "0500-01-01")],
)
def test_beyond_what_is_known_of_an_exchange(calendar: str, moment: str) -> None:
    with pytest.raises(bt.errors.CalendarError, match=f"exchange_calendars (knows the sessions of|does not know) '{calendar}'"):
        day_starts(calendar, at(moment), at(moment))


def test_an_exchange_is_known_for_longer_than_the_library_builds_by_itself() -> None:
    assert [iso(start) for start in day_starts("XNYS", at("1999-12-31 15:00"), at("1999-12-31 22:00"))] == [
        "1999-12-31 14:30:00",
        "2000-01-03 14:30:00",
    ]


def test_breaks_and_holidays_are_part_of_the_name() -> None:
    rules = rules_of("metals breaks=12:00-12:30,23:55-00:05 holidays=12-26,2025-04-18")
    assert rules.base == "metals"
    assert [f"{begin:%H:%M}-{end:%H:%M}" for begin, end in rules.breaks] == ["17:00-18:00", "12:00-12:30", "23:55-00:05"]
    assert [rules.is_holiday(date.fromisoformat(day)) for day in ("2025-12-26", "2031-12-26", "2025-04-18", "2026-04-18")] == [
        True,
        True,
        True,
        False,
    ]
    assert check_calendar("fx holidays=02-29") == "fx holidays=02-29"
    assert bt.Instrument("XAUUSD", calendar="fx breaks=17:00-18:00").calendar == "fx breaks=17:00-18:00"


@pytest.mark.parametrize(
    ("wrong", "says"),
    [
        ("FX", "Did you mean 'fx'"),
        ("xnys", "Did you mean 'XNYS'"),
        ("metal", "Did you mean 'metals'"),
        ("", "Known: 24x7, fx, metals"),
        (None, "Known: 24x7, fx, metals"),
        (24, "Did you mean '24x7'|Known"),
        ("fx holiday=12-26", "'holiday=12-26' of the calendar .* cannot be read; write breaks=12:00-12:30"),
        ("fx holidays=02-30", "'holidays=02-30' of"),
        ("fx holidays=2023-02-29", "'holidays=2023-02-29' of"),
        ("fx breaks=12:00", "'breaks=12:00' of"),
        ("fx breaks=12:00-12:00", "'breaks=12:00-12:00' of"),
        ("fx breaks=24:00-25:00", "'breaks=24:00-25:00' of"),
        ("24x7 fx", "'fx' of the calendar"),
    ],
)
def test_what_is_no_calendar(wrong: object, says: str) -> None:
    with pytest.raises(bt.errors.CalendarError, match=says):
        check_calendar(wrong)


def test_defaults() -> None:
    symbols = ("EURUSD", "XAUUSD", "XAG/USD", "BTCUSDT", "SPY")
    assert [default_calendar(symbol) for symbol in symbols] == ["fx", "metals", "metals", "24x7", "24x7"]
