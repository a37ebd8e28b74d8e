"""`empty_bars="flat"` and weekly and monthly bars: every calendar, clock changes, holidays, half days, whatever the data are."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import numpy as np
import polars as pl
import pytest

import btlab as bt
from btlab.market.timeframe import MICROSECONDS, ROWS
from btlab.market.timeline import timeline_of
from btlab.market.times import iso, to_microseconds
from tests.market.calendars import Bar, Days, Expected, days_around, us
from tests.market.streams import random_ticks

COLUMNS = ("open", "high", "low", "close", "volume")
WEEKS = {
    "the clocks go forward": "2024-03-07 12:00",
    "the clocks go back": "2024-10-31 12:00",
    "a half day and a holiday": "2024-07-02 11:00",
    "Christmas and the new year": "2024-12-20 15:00",
}


def inside(ticks: bt.Ticks, days: Days) -> bt.Ticks:
    """Those ticks that come while the market is open."""
    opens, closes = np.array(days.hours).T
    row = np.searchsorted(opens, ticks.time, side="right") - 1
    kept = (row >= 0) & (ticks.time < closes[np.maximum(row, 0)])
    columns = (getattr(ticks, name)[kept] for name in ("time", "bid", "ask", "bid_size", "ask_size"))
    time, bid, ask, bid_size, ask_size = columns
    return bt.Ticks.from_arrays(time, bid, ask, symbol=ticks.symbol, bid_size=bid_size, ask_size=ask_size)


def week_of(name: str, calendar: str, seed: int = 0) -> bt.Ticks:
    """Some two weeks of sparse ticks; every other seed only while the market is open."""
    ticks = random_ticks(seed, 1_200, start=to_microseconds(WEEKS[name]), pace=900e6)
    return inside(ticks, days_around(calendar, ticks)) if seed % 2 == 0 else ticks


def rows_of(bars: list[Bar]) -> list[tuple[float, ...]]:
    return [(bar.start, *bar.values) for bar in bars]


def shown(bars: bt.Bars) -> list[tuple[float, ...]]:
    return list(zip(bars.time.tolist(), *(getattr(bars, name).tolist() for name in COLUMNS), strict=True))


@pytest.mark.parametrize("calendar", ["fx", "metals", "24x7", "XNYS"])
@pytest.mark.parametrize("week", WEEKS)
def test_every_timeframe_of_every_calendar(week: str, calendar: str) -> None:
    """Each bar there should be and no other, with and without the empty ones; one interval after the other, tick by tick."""
    for seed, price in ((0, "mid"), (1, "bid")):
        ticks = week_of(week, calendar, seed)
        flat, plain = (Expected(ticks, calendar, price=price, flat=there) for there in (True, False))
        for timeframe in ROWS:
            with_empty = flat.bars(timeframe)
            bars = bt.bars(ticks, timeframe, price=price, calendar=calendar, empty_bars="flat")
            assert shown(bars) == rows_of(with_empty), timeframe
            assert shown(bt.bars(ticks, timeframe, price=price, calendar=calendar)) == rows_of(plain.bars(timeframe)), timeframe
            if MICROSECONDS[timeframe] <= MICROSECONDS["30m"]:
                assert sum(bar.ticks == 0 for bar in with_empty) > 5


def test_seconds() -> None:
    ticks = random_ticks(1, 600, pace=5e6)
    for timeframe, calendar in (("10s", "24x7"), ("1s", "fx"), ("30s", "XNYS")):
        expected = Expected(ticks, calendar).bars(timeframe)
        assert shown(bt.bars(ticks, timeframe, calendar=calendar, empty_bars="flat")) == rows_of(expected)


@pytest.mark.parametrize("calendar", ["fx", "24x7", "XNYS"])
def test_what_is_known_at_every_tick_and_between(calendar: str) -> None:
    """`at`: bars with end <= time, flat ones too; what runs, where a tick is in it; of all timeframes in one."""
    frames = ("1m", "5m", "1h", "4h", "1d", "30m", "2h", "1w", "1mo")
    ticks = week_of("the clocks go back", calendar)[:500]
    mtf, expected = bt.MultiTimeframe(ticks, calendar=calendar, empty_bars="flat"), Expected(ticks, calendar)
    bars = {name: expected.bars(name) for name in frames}
    ends = {name: np.array([bar.end for bar in bars[name]]) for name in frames}
    random = np.random.default_rng(2)
    times = random.integers(ticks.time[0] - 10**9, ticks.time[-1], 150).tolist()
    moments = [(tick, tick, int(ticks.time[tick])) for tick in range(0, len(ticks), 3)]
    moments += [(datetime.fromtimestamp(0, UTC) + timedelta(microseconds=at), None, at) for at in times]
    running = flat_last = 0
    for moment, tick, now in moments:
        tick = int(np.searchsorted(ticks.time, now, side="right")) - 1 if tick is None else tick
        state = mtf.at(moment)
        for name in frames:
            count = int(np.searchsorted(ends[name], now, side="right"))
            done, bar, wanted = state.completed(name), state.forming(name), expected.running(name, tick, now)
            assert len(done) == count, (name, iso(now))
            if count:
                assert shown(done[-1:]) == rows_of(bars[name][count - 1 : count])
                flat_last += bars[name][count - 1].ticks == 0
            assert (bar is None) == (wanted is None), (name, iso(now))
            if bar is not None and wanted is not None:
                values = bar.open, bar.high, bar.low, bar.close, bar.volume
                assert (bar.time, *values, bar.ticks) == (wanted.start, *wanted.values, wanted.ticks), (name, iso(now))
                assert bar.progress == (now - wanted.start) / (wanted.end - wanted.start)
                running += 1
    assert running > 1_000 and flat_last > 100


def at_noon(days: list[str], value: float = 1.0) -> bt.Ticks:
    time = [us(date.fromisoformat(day), "12:00") for day in days]
    price = np.arange(len(days)) + value
    return bt.Ticks.from_arrays(time, price, price, symbol="SPY")


@pytest.mark.parametrize(
    ("calendar", "days", "starts"),
    [  # one tick a day at noon in New York; days between without one
        ("fx", ["2024-12-23", "2024-12-27"], ["2024-12-22 22:00", "2024-12-23 22:00", "2024-12-25 22:00", "2024-12-26 22:00"]),
        ("fx", ["2024-03-08", "2024-03-12"], ["2024-03-07 22:00", "2024-03-10 21:00", "2024-03-11 21:00"]),
        ("24x7", ["2024-03-08", "2024-03-11"], ["2024-03-08 00:00", "2024-03-09 00:00", "2024-03-10 00:00", "2024-03-11 00:00"]),
        ("XNYS", ["2024-11-27", "2024-12-02"], ["2024-11-27 14:30", "2024-11-29 14:30", "2024-12-02 14:30"]),
        ("XNYS", ["2024-03-08", "2024-03-12"], ["2024-03-08 14:30", "2024-03-11 13:30", "2024-03-12 13:30"]),
    ],
)
def test_days_without_a_tick(calendar: str, days: list[str], starts: list[str]) -> None:
    """Not on weekends, holidays, Thanksgiving; on the half day after it; a day of 23 hours in between."""
    bars = bt.bars(at_noon(days), "1d", calendar=calendar, empty_bars="flat")
    assert [iso(start)[:16] for start in bars.time] == starts
    assert bars.close.tolist() == [1.0] * (len(starts) - 1) + [2.0]
    assert bt.bars(at_noon(days), "1d", calendar=calendar).close.tolist() == [1.0, 2.0]


def test_weeks_and_months_without_a_tick() -> None:
    ticks = at_noon(["2024-01-10", "2024-01-31", "2024-04-02"])
    weeks = bt.bars(ticks, "1w", calendar="XNYS", empty_bars="flat")
    assert [iso(start)[5:10] for start in weeks.time][:4] == ["01-08", "01-16", "01-22", "01-29"]
    assert (len(weeks), weeks.close.tolist()[:4]) == (13, [1, 1, 1, 2])
    months = bt.bars(ticks, "1mo", calendar="fx", empty_bars="flat")
    assert [iso(start)[:16] for start in months.time] == [
        "2023-12-31 22:00", "2024-01-31 22:00", "2024-02-29 22:00", "2024-03-31 21:00",
    ]  # fmt: skip
    assert months.close.tolist() == [2, 2, 2, 3]


def test_breaks_of_an_instrument_and_the_last_hour_of_a_session_that_is_cut() -> None:
    """1h bars of New York's exchange begin at half past: the one from 15:30 holds half an hour of trading, the next none."""
    day = date(2024, 6, 5)
    ticks = bt.Ticks.from_arrays([us(day, "09:40"), us(day, "23:59")], [1.0, 2.0], [1.0, 2.0], symbol="SPY")
    bars = bt.bars(ticks, "1h", calendar="XNYS", empty_bars="flat")
    assert [iso(start)[11:16] for start in bars.time] == ["13:30", "14:30", "15:30", "16:30", "17:30", "18:30", "19:30", "03:30"]
    gold = bt.Ticks.from_arrays([us(day, "15:59"), us(day, "19:01")], [1.0, 2.0], [1.0, 2.0], symbol="XAUUSD")
    assert [iso(start)[11:13] for start in bt.bars(gold, "1h", empty_bars="flat").time] == ["19", "20", "22", "23"]
    own = bt.bars(gold, "30m", calendar="fx breaks=17:00-17:31", empty_bars="flat")
    assert [iso(start)[11:16] for start in own.time] == ["19:30", "20:00", "20:30", "21:30", "22:00", "22:30", "23:00"]


def test_never_before_the_first_price_or_after_the_last_tick() -> None:
    minute, nan = 60_000_000, np.nan
    ticks = bt.Ticks.from_arrays(
        [0, 3 * minute, 5 * minute, 9 * minute + 1], [1.0, 2.0, 3.0, nan], [nan, 2.0, 3.0, 4.0], symbol="BTCUSD"
    )
    bars = bt.bars(ticks, "1m", empty_bars="flat")
    assert (bars.time // minute).tolist() == [3, 4, 5, 6, 7, 8]
    assert bars.close.tolist() == [2, 2, 3, 3, 3, 3]
    nothing = bt.Ticks.from_arrays([0, 600_000_000], [1.0, nan], [nan, 1.0], symbol="BTCUSD")
    for timeframe in ("1m", "1d", "1w", "10s"):
        assert len(bt.bars(nothing, timeframe, empty_bars="flat")) == 0


def given(times: list[str], timeframe: str, symbol: str = "SPY") -> bt.Bars:
    price = np.arange(len(times)) + 1.0
    columns = dict.fromkeys(("open", "high", "low", "close", "volume"), price)
    frame = pl.DataFrame({"time": [to_microseconds(time) for time in times], **columns})
    return bt.Bars.from_frame(frame, symbol=symbol, timeframe=timeframe)


@pytest.mark.parametrize(
    ("timeframe", "calendar", "times", "between"),
    [
        # days as vendors stamp them: midnight UTC, midnight there, the opening; through weekends and clock changes
        ("1d", "fx", ["2024-03-07", "2024-03-12"], ["2024-03-08 00:00", "2024-03-10 23:00"]),
        ("1d", "fx", ["2024-03-07 22:00", "2024-03-12 21:00"], ["2024-03-10 21:00", "2024-03-11 21:00"]),
        ("1d", "XNYS", ["2024-03-08", "2024-03-13"], ["2024-03-10 23:00", "2024-03-11 23:00"]),
        ("1d", "XNYS", ["2024-11-27 14:30", "2024-12-03 14:30"], ["2024-11-29 14:30", "2024-12-02 14:30"]),
        ("1d", "24x7", ["2024-03-08", "2024-03-11"], ["2024-03-09 00:00", "2024-03-10 00:00"]),
        # hours on the hour where the session opens at half past nine
        ("1h", "XNYS", ["2024-06-05 18:00", "2024-06-06 15:00"], ["2024-06-05 19:00", "2024-06-06 13:00", "2024-06-06 14:00"]),
        ("15m", "fx", ["2024-06-07 20:30", "2024-06-09 21:15"], ["2024-06-07 20:45", "2024-06-09 21:00"]),
        ("4h", "fx", ["2024-06-07 13:00", "2024-06-10 05:00"], ["2024-06-07 17:00", "2024-06-09 21:00", "2024-06-10 01:00"]),
    ],
)
def test_bars_that_were_given(timeframe: str, calendar: str, times: list[str], between: list[str]) -> None:
    """A flat bar begins as far from the calendar's own start as the bar before it, and overlaps none that was given."""
    data = given(times, timeframe)
    made = bt.bars(data, timeframe, calendar=calendar, empty_bars="flat")
    assert [iso(start)[:16] for start in made.time[1:-1]] == between
    assert made.close.tolist() == [1.0] * (len(between) + 1) + [2.0]
    assert made.volume.tolist() == [1.0] + [0.0] * len(between) + [2.0]
    timeline = timeline_of(data, calendar=calendar, empty_bars="flat")
    rows = timeline.rows(timeframe)
    assert (timeline.end[rows][:-1] <= timeline.start[rows][1:]).all()


def test_bars_of_other_lengths_given() -> None:
    made = bt.bars(given(["2024-06-07 20:00", "2024-06-09 22:00"], "30m"), "30m", calendar="fx", empty_bars="flat")
    assert [iso(start)[8:16] for start in made.time] == ["07 20:00", "07 20:30", "09 21:00", "09 21:30", "09 22:00"]
    longer = bt.bars(given(["2024-06-07 13:00", "2024-06-09 22:00"], "30m"), "2h", calendar="fx", empty_bars="flat")
    assert [iso(start)[8:16] for start in longer.time] == ["07 13:00", "07 15:00", "07 17:00", "07 19:00", "09 21:00"]
    weeks = bt.bars(given(["2024-06-03", "2024-06-24"], "1w"), "1w", calendar="fx", empty_bars="flat")
    assert [iso(start)[5:10] for start in weeks.time] == ["06-03", "06-10", "06-17", "06-24"]


def test_a_timeline_is_kept_for_each_way_of_making_it() -> None:
    ticks = random_ticks(3, 300)
    ways = [{}, {"empty_bars": "flat"}, {"timeframes": ("1w",)}, {"timeframes": ("1w", "30m")}, {"calendar": "24x7"}]
    made = [timeline_of(ticks, **way) for way in ways]
    assert len({id(timeline) for timeline in made}) == len(ways)
    assert [timeline_of(ticks, **way) for way in ways] == made
    assert timeline_of(ticks, timeframes=("30m", "1w", "5m", "30m")) is made[3]
    assert made[3].names == ("1m", "5m", "15m", "30m", "1h", "4h", "1d", "1w")


def test_what_is_refused() -> None:
    ticks = random_ticks(4, 50)
    for make in (
        lambda: bt.bars(ticks, "5m", empty_bars="fill"),
        lambda: bt.bars(ticks, "10s", empty_bars="fill"),
        lambda: bt.MultiTimeframe(ticks, empty_bars="fill"),
        lambda: bt.run(bt.Strategy(), ticks, empty_bars="fill"),
    ):
        with pytest.raises(bt.errors.RunError, match=r"empty_bars='fill' is none\. .*flat"):
            make()
    hours = bt.MultiTimeframe(bt.bars(ticks, "4h"))
    for timeframe, says in (("6h", "cannot be put together from 4h bars"), ("2h", "finer than the data, which are 4h bars")):
        with pytest.raises(bt.errors.TimeframeError, match=says):
            hours.at(0).completed(timeframe)
