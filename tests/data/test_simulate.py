"""Simulated ticks: the same everywhere, and with the habits that they promise."""

from __future__ import annotations

import hashlib
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

import numpy as np
import pytest

from btlab.data.simulate import simulate_ticks
from btlab.errors import BtlabError
from btlab.market.series import Ticks
from btlab.market.timeline import Timeline

HOUR = 3_600_000_000


@pytest.fixture(scope="module")
def week() -> Ticks:
    return simulate_ticks("EURUSD")


def digest(ticks: Ticks) -> str:
    columns = (ticks.time, ticks.bid, ticks.ask, ticks.bid_size, ticks.ask_size)
    return hashlib.sha256(
        b"".join(column.astype(column.dtype.newbyteorder("<")).tobytes() for column in columns if column is not None)
    ).hexdigest()


def test_they_are_the_same_on_every_machine() -> None:
    """The figure was written down once, on Linux with Python 3.11 and numpy 2.4: any other is a fault."""
    assert digest(simulate_ticks("EURUSD", days=1, seed=0)) == "917fceccc248bf3b5ca58e4e465654fd1b45aa73a44b4b9046eb0142c3dfd20a"


def test_fewer_days_are_the_beginning_of_more(week: Ticks) -> None:
    two = simulate_ticks("EURUSD", days=2)
    assert digest(week[: len(two)]) == digest(two)
    others = [simulate_ticks("EURUSD", days=1, seed=1), simulate_ticks("GBPUSD", days=1)]
    assert len({digest(ticks) for ticks in [*others, simulate_ticks("EURUSD", days=1)]}) == 3


def test_they_are_good_ticks(week: Ticks) -> None:
    again = Ticks.from_arrays(week.time, week.bid, week.ask, symbol="EURUSD", bid_size=week.bid_size, ask_size=week.ask_size)
    assert (len(again), again.digits, again.symbol) == (len(week), 5, "EURUSD")
    assert (week.ask > week.bid).all()
    assert (np.diff(week.time) == 0).any(), "some quotes share a timestamp"


def test_an_fx_week_opens_on_sunday_and_closes_on_friday(week: Ticks) -> None:
    zone = ZoneInfo("America/New_York")
    first, last = (datetime.fromtimestamp(t / 1e6, zone) for t in week.time[[0, -1]])
    assert (first.weekday(), first.hour, last.weekday(), last.hour) == (6, 17, 4, 16)
    starts = Timeline(week).bars("1d").time
    counts = np.diff(np.append(np.searchsorted(week.time, starts), len(week)))
    assert len(counts) == 5
    assert counts.min() > 60_000
    assert counts.max() < 100_000
    two_weeks = simulate_ticks("EURUSD", days=8)
    assert np.diff(two_weeks.time).max() > 47 * HOUR
    assert len(Timeline(two_weeks).bars("1d")) == 8


def test_sessions_spreads_and_spells(week: Ticks) -> None:
    hour = (week.time - week.time[0] // HOUR * HOUR) // HOUR % 24
    count = np.bincount(hour, minlength=24)
    assert count[15:18].min() > 2 * count[3:8].max() > 2 * count[0], (
        "London and New York together, Tokyo, the lull after rollover"
    )
    points = np.rint((week.ask - week.bid) * 1e5)
    spread = np.array([np.median(points[hour == h]) for h in range(24)])
    assert spread[0] > 4 * spread[16]
    minute = Timeline(week).bars("1m")
    size = (minute.high - minute.low)[14 * 60 : 22 * 60]
    calm = np.corrcoef(size[:-1], size[1:])[0, 1]
    far = np.corrcoef(size[:-240], size[240:])[0, 1]
    assert calm > 0.2 > far, "busy minutes come together"
    day = Timeline(week).bars("1d")
    assert (day.high - day.low).max() < 0.05
    assert (day.high - day.low).min() > 0.002


@pytest.mark.parametrize(
    ("symbol", "digits", "price", "days"),
    [("USDJPY", 3, 150, 1), ("BTCUSD", 1, 40_000, 3), ("XAUUSD", 2, 2000, 1), ("SPY", 3, 100, 1)],
)
def test_other_families_have_their_own_levels_and_hours(symbol: str, digits: int, price: float, days: int) -> None:
    ticks = simulate_ticks(symbol, days=days)
    assert ticks.digits == digits
    assert 0.9 < ticks.bid[0] / price < 1.1
    span = (ticks.time[-1] - ticks.time[0]) / HOUR
    hours = 23 if symbol == "XAUUSD" else 24 * days
    assert hours - 1 < span <= hours


@pytest.mark.parametrize("wrong", [{"days": 0}, {"days": 1.5}, {"days": True}, {"seed": -1}, {"seed": "x"}, {"symbol": ""}])
def test_wrong_arguments(wrong: dict[str, Any]) -> None:
    with pytest.raises(BtlabError):
        simulate_ticks(**wrong)
