"""When markets are open, and what kind of closed each closed stretch is."""

from __future__ import annotations

import numpy as np
import pytest

from btlab.market.hours import CLOSURE_KINDS, closures, open_before, open_hours
from btlab.market.times import iso, to_microseconds
from tests.data.quality.markets import hours_of

MINUTE = 60_000_000


def shown(calendar: str, first: str, last: str) -> list[str]:
    found = closures(calendar, to_microseconds(first), to_microseconds(last))
    return [
        f"{iso(start)[5:16]} {iso(end)[5:16]} {CLOSURE_KINDS[kind]}"
        for start, end, kind in zip(found.start.tolist(), found.end.tolist(), found.kind.tolist())
    ]


@pytest.mark.parametrize("market", ["fx", "metals", "24x7"])
@pytest.mark.parametrize("span", [("2023-12-10", "2024-01-12"), ("2024-02-20", "2024-04-05"), ("2024-10-20", "2024-11-20")])
def test_every_minute_against_the_rules_by_local_time(market: str, span: tuple[str, str]) -> None:
    first, last = (to_microseconds(day) for day in span)
    minutes = np.arange(first, last, MINUTE) + 17
    starts, ends = open_hours(market, first, last)
    row = np.searchsorted(ends, minutes, side="right")
    inside = (row < len(starts)) & (np.append(starts, np.iinfo(np.int64).max)[row] <= minutes)
    np.testing.assert_array_equal(inside, hours_of(minutes, market))
    shut = closures(market, first, last)
    row = np.searchsorted(shut.end, minutes, side="right")
    outside = (row < len(shut.end)) & (np.append(shut.start, np.iinfo(np.int64).max)[row] <= minutes)
    np.testing.assert_array_equal(outside, ~inside)


def test_kinds_of_the_fx_week_and_of_metals() -> None:
    assert shown("fx", "2023-12-22 12:00", "2024-01-02") == [
        "12-22 22:00 12-24 22:00 weekend",
        "12-24 22:00 12-25 22:00 holiday",
        "12-29 22:00 12-31 22:00 weekend",
        "12-31 22:00 01-01 22:00 holiday",
    ]
    assert shown("fx", "2024-11-26 00:00", "2024-11-29 12:00") == [], "no US holidays"
    assert shown("metals", "2023-12-22 12:00", "2023-12-27 12:00") == [
        "12-22 22:00 12-24 22:00 weekend",
        "12-24 22:00 12-25 23:00 holiday",
        "12-26 22:00 12-26 23:00 daily_break",
    ]
    assert shown("metals", "2024-01-12 12:00", "2024-01-15 12:00") == ["01-12 22:00 01-14 23:00 weekend"]


def test_an_instrument_s_own_breaks_and_holidays() -> None:
    name = "fx breaks=23:55-00:05,16:30-17:30 holidays=12-26,2023-12-28"
    assert shown(name, "2023-12-25 00:00", "2023-12-28 23:00") == [
        "12-24 22:00 12-26 22:30 holiday",
        "12-27 04:55 12-27 05:05 daily_break",
        "12-27 21:30 12-28 22:30 holiday",
    ]
    assert shown("24x7 holidays=12-25", "2023-12-24 12:00", "2023-12-26") == ["12-25 00:00 12-26 00:00 holiday"]
    assert shown("XNYS holidays=2024-01-03", "2024-01-03 00:00", "2024-01-03 12:00") == ["01-02 21:00 01-04 14:30 holiday"]


def test_kinds_of_exchanges() -> None:
    assert shown("XNYS", "2012-10-26 18:00", "2012-10-31 18:00") == [
        "10-26 20:00 10-29 04:00 weekend",
        "10-29 04:00 10-31 13:30 closure",  # Hurricane Sandy
    ]
    assert shown("XNYS", "2023-12-29 18:00", "2024-01-02 18:00") == [
        "12-29 21:00 01-01 05:00 weekend",
        "01-01 05:00 01-02 14:30 holiday",
    ]
    assert shown("XNYS", "2023-11-24 17:00", "2023-11-24 23:00") == ["11-24 18:00 11-27 14:30 weekend"], "closes at 13:00"
    assert shown("XTKS", "2024-05-07 01:00", "2024-05-07 12:00") == [
        "05-07 02:30 05-07 03:30 daily_break",
        "05-07 06:00 05-08 00:00 daily_break",
    ]


@pytest.mark.parametrize("code", ["XNYS", "XTKS", "XHKG", "CMES", "XLON"])
def test_exchanges_are_open_when_the_library_says(code: str) -> None:
    import exchange_calendars

    calendar = exchange_calendars.get_calendar(code, start="2023-11-01", end="2024-02-01")
    first, last = to_microseconds("2023-11-20"), to_microseconds("2024-01-10")
    minutes = np.arange(first, last, MINUTE)
    known = calendar.minutes.tz_localize(None).to_numpy("datetime64[us]").astype(np.int64)
    starts, ends = open_hours(code, first, last)
    row = np.searchsorted(ends, minutes, side="right")
    inside = (row < len(starts)) & (np.append(starts, np.iinfo(np.int64).max)[row] <= minutes)
    np.testing.assert_array_equal(inside, np.isin(minutes, known))


def test_time_of_trading_adds_up() -> None:
    starts, ends = open_hours("metals", to_microseconds("2024-01-08"), to_microseconds("2024-01-16"))
    times = np.sort(np.random.default_rng(0).integers(starts[0], ends[-1], 500))
    minutes = np.arange(starts[0], ends[-1], MINUTE)
    open_ = hours_of(minutes + 1, "metals")
    expected = [int(open_[: (time - starts[0]) // MINUTE].sum()) for time in times.tolist()]
    np.testing.assert_allclose(open_before(starts, ends, times) / MINUTE, expected, atol=1.0)
