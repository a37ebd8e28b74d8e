"""The clock with calendars: empty bars, exchange sessions, weeks and months, told in order and known by time alone."""

from __future__ import annotations

from datetime import date
from functools import cache
from typing import Any

import numpy as np
import pytest

import btlab as bt
from btlab.market.timeframe import MICROSECONDS
from btlab.market.times import iso, to_microseconds
from tests.engine.recorder import Gambler, Recorder, TickGambler, TickRecorder
from tests.market.calendars import Expected, us
from tests.market.streams import random_ticks
from tests.market.test_empty_bars import given, week_of

FRAMES = ("1m", "5m", "15m", "1h", "4h", "1d", "30m", "2h", "1w", "1mo")
WIDE: dict[str, Any] = {"timeframe": FRAMES, "frames": FRAMES}
NAN = float("nan")


@cache
def wide(kind: type[Recorder]) -> type[Recorder]:
    """A recorder that subscribes to more than the six and reads them all."""
    return type("Wide" + kind.__name__, (kind,), WIDE)


def played(strategy: bt.Strategy, data: Any, **options: Any) -> bt.Session:
    return bt.run(strategy, data, mode="interpreted", **options)


def view(expected: Expected, name: str, bars: list[Any], call: tuple[Any, ...]) -> str:
    """What a strategy should be shown of a timeframe at a call."""
    kind, tick, now = call[:3]
    count = int(np.searchsorted([bar.end for bar in bars], now, side="right"))
    closed = kind == "bar" and count > 0 and bars[count - 1].end == now
    last = (bars[count - 1].start, *bars[count - 1].values) if count else (-1, *[NAN] * 5)
    bar = expected.running(name, tick, now)
    running = (*[NAN] * 5, 0.0) if bar is None else (*bar.values, (now - bar.start) / (bar.end - bar.start))
    return repr((count, closed, *last, *running))


@pytest.mark.parametrize("empty_bars", ["flat", "skip"])
@pytest.mark.parametrize("calendar", ["fx", "metals", "24x7", "XNYS"])
def test_every_call_shows_what_is_known_then(calendar: str, empty_bars: str) -> None:
    """Ten timeframes at each close and tick, against intervals stepped through one by one; and all closes in their order."""
    week = {"fx": "the clocks go forward", "XNYS": "a half day and a holiday"}.get(calendar, "the clocks go back")
    ticks = week_of(week, calendar)[:130]
    expected = Expected(ticks, calendar, flat=empty_bars == "flat")
    bars = {name: expected.bars(name) for name in FRAMES}
    seen = played(wide(TickRecorder)(), ticks, calendar=calendar, empty_bars=empty_bars).strategy.seen
    ends = [(bar.end, MICROSECONDS[name], name) for name, made in bars.items() for bar in made if bar.end <= ticks.time[-1]]
    assert [(call[2], FRAMES[call[6]]) for call in seen if call[0] == "bar"] == [(end, name) for end, _, name in sorted(ends)]
    told = [call for call in seen if call[0] in ("bar", "tick")]
    for call in told[::17] + [call for call in told if call[0] == "tick"][::3]:
        for name, shown in zip(FRAMES, call[4], strict=True):
            assert repr(shown) == view(expected, name, bars[name], call), (name, call[:3], iso(call[2]))


def test_an_empty_bar_is_told_at_its_end_when_the_next_tick_comes() -> None:
    minute = 60_000_000
    start = to_microseconds("2024-06-05 10:00")
    time = [start, start + 3 * minute + 1, start + 4 * minute]
    ticks = bt.Ticks.from_arrays(time, [1.1, 1.2, 1.3], [1.1, 1.2, 1.3])
    seen = played(TickRecorder(), ticks, empty_bars="flat").strategy.seen
    assert [(call[0], (call[2] - start) / minute) for call in seen[1:-1]] == [
        ("tick", 0), ("bar", 1), ("bar", 2), ("bar", 3), ("tick", 3 + 1 / minute), ("bar", 4), ("tick", 4),
    ]  # fmt: skip
    empty = seen[3]
    assert (empty[1], empty[3][0]) == (0, 1.1)  # nothing of the tick that let the clock go on
    one_minute, five_minutes = empty[4][:2]
    assert one_minute[:8] == (2, True, start + minute, 1.1, 1.1, 1.1, 1.1, 0.0)
    assert repr(one_minute[8:]) == repr((*[NAN] * 5, 0.0))  # nothing runs in an empty minute ...
    assert five_minutes[8:13] == (1.1, 1.1, 1.1, 1.1, 0.0) and five_minutes[13] == 2 / 5  # ... but what a tick has opened does


@pytest.mark.parametrize("seed", range(4))
def test_being_told_ticks_changes_nothing(seed: int) -> None:
    """The short way past minutes that reach no trigger is the long way, with empty bars and further timeframes too."""
    ticks = random_ticks(seed, 700, pace=20e6, odd=0.0 if seed % 2 else 0.04)
    options = {"account": bt.Account(leverage=20), "empty_bars": "flat", "calendar": ("fx", "24x7")[seed % 2]}
    short, long = (played(wide(kind)(seed=seed), ticks, **options) for kind in (Gambler, TickGambler))
    told = [call for call in long.strategy.seen if call[0] != "tick"]
    assert len(told) > 400 and len(short.fills) > 20
    for one, other in zip(short.strategy.seen, told, strict=True):
        assert repr(one) == repr(other)
    for name in ("order", "fill", "trade", "mark"):
        assert short.records[name].tobytes() == long.records[name].tobytes(), name


class Sums(bt.Strategy):
    """Adds up what it is shown, so that a compiled and an interpreted run can be compared."""

    timeframe = ("30m", "1m", "1w")

    def init(self):
        self.sums = np.zeros(9)
        self.told = np.zeros(3)

    def on_bar(self, ctx):
        self.told[ctx.timeframe] += 1
        self.sums[0] += ctx.count("30m") + ctx.count("1w")
        if ctx.closed("30m"):
            self.sums[1] += ctx.close("30m") + ctx.highest("30m", 1) + ctx.volume("30m")
            self.sums[2] += ctx.lows("30m", 3)[0]
            self.sums[3] += ctx.bar_time("30m")
            ctx.buy(size=10, stop_loss=ctx.bid - 0.002, take_profit=ctx.bid + 0.002)
        if ctx.count("1w") > 0:
            self.sums[4] += ctx.open("1w")

    def on_tick(self, ctx):
        self.sums[5] += ctx.forming_progress("1w") + ctx.forming_progress("30m")
        self.sums[6] += ctx.forming_high("1w") - ctx.forming_low("30m")
        self.sums[7] += ctx.forming_volume("1w")
        self.sums[8] += ctx.forming_open("30m") - ctx.forming_close("1w")


def test_a_compiled_strategy_sees_the_same() -> None:
    ticks = random_ticks(5, 4_000, pace=200e6, odd=0.0)
    compiled, interpreted = (bt.run(Sums(), ticks, mode=mode, empty_bars="flat") for mode in ("compiled", "interpreted"))
    assert compiled.strategy.sums.tolist() == interpreted.strategy.sums.tolist()
    assert compiled.strategy.told.tolist() == interpreted.strategy.told.tolist()
    assert compiled.fingerprint == interpreted.fingerprint and len(compiled.fills) > 100
    expected = Expected(ticks, "fx")
    ended = [sum(bar.end <= ticks.time[-1] for bar in expected.bars(name)) for name in Sums.timeframe]
    assert compiled.strategy.told.tolist() == ended and min(ended) >= 1


class ReadsMore(bt.Strategy):
    def on_tick(self, ctx):
        ctx.mark("week", ctx.close("1w"))


class Misspelt(bt.Strategy):
    def on_tick(self, ctx):
        ctx.mark("week", ctx.close("2w"))


@pytest.mark.parametrize("mode", ["compiled", "interpreted"])
def test_a_timeframe_beside_the_six_must_be_subscribed_to(mode: str) -> None:
    ticks = random_ticks(1, 50)
    with pytest.raises(bt.errors.TimeframeError, match=r"reads the timeframes it subscribes to: name this one too"):
        bt.run(ReadsMore(), ticks, mode=mode)
    with pytest.raises(bt.errors.BtlabError, match=r"'2w' is not a timeframe"):
        bt.run(Misspelt(), ticks, mode=mode)
    assert len(bt.run(type("Both", (ReadsMore,), {"timeframe": ("1m", "1w")})(), ticks, mode=mode).marks) == 50


def test_what_cannot_be_subscribed_to() -> None:
    ticks = random_ticks(1, 400, pace=100e6)

    def on(timeframe: Any, data: Any = ticks) -> bt.Session:
        return bt.run(type("On", (Recorder,), {"timeframe": timeframe})(), data)

    with pytest.raises(bt.errors.TimeframeError, match=r"'10s' is shorter than any bar of a run"):
        on("10s")
    with pytest.raises(bt.errors.TimeframeError, match=r"30m is finer than the data, which are 1h bars"):
        on("30m", bt.bars(ticks, "1h"))
    with pytest.raises(bt.errors.TimeframeError, match=r"20m bars cannot be put together from 15m bars"):
        on(("15m", "20m"), bt.bars(ticks, "15m"))
    with pytest.raises(bt.errors.TimeframeError, match=r"30m bars are none of the timeframes that a run can begin with"):
        on("1h", bt.bars(ticks, "30m"))


def minutes_of(*sessions: tuple[str, str, str], every: int = 10) -> bt.Ticks:
    """A tick at every so many minutes of some days in New York, opening included, close excluded; prices count up."""
    time = [
        at
        for day, begin, end in sessions
        for at in range(us(date.fromisoformat(day), begin), us(date.fromisoformat(day), end), every * 60_000_000)
    ]
    price = 100 + np.arange(len(time)) / 100
    return bt.Ticks.from_arrays(time, price, price, symbol="SPY")


def closes(ticks: bt.Ticks, *timeframes: str, **options: Any) -> list[str]:
    """Timeframe and time, in New York, of every close that is told."""
    kind = type("Told", (Recorder,), {"timeframe": timeframes})
    seen = played(kind(), ticks, calendar="XNYS", **options).strategy.seen
    local = [np.datetime64(call[2] - (5 if winter(call[2]) else 4) * 3_600_000_000, "us") for call in seen]
    return [f"{timeframes[call[6]]} {str(at)[5:16]}" for call, at in zip(seen, local, strict=True) if call[0] == "bar"]


def winter(time: int) -> bool:
    return not to_microseconds("2024-03-10 07:00") <= time < to_microseconds("2024-11-03 06:00")


def test_an_exchange_through_both_clock_changes() -> None:
    """Days begin at 09:30 in New York on both sides of them; so do hours and the four hours after."""
    for friday, monday in (("03-08", "03-11"), ("11-01", "11-04")):
        ticks = minutes_of(*((f"2024-{day}", "09:30", "16:00") for day in (friday, monday)))
        assert closes(ticks, "4h", "1d") == [
            f"4h {friday}T13:30", f"4h {friday}T17:30", f"1d {monday}T09:30", f"4h {monday}T13:30",
        ]  # fmt: skip
        hours = closes(ticks, "1h")
        assert hours[:7] == [f"1h {friday}T{hour}:30" for hour in range(10, 17)]
        assert hours[7:] == [f"1h {monday}T{hour}:30" for hour in range(10, 16)]


def test_a_half_day_and_the_holiday_after_it() -> None:
    """3 July 2024 closed at 13:00, the 4th was closed: the day lasts until Friday's opening, and no bar stands in between."""
    ticks = minutes_of(("2024-07-03", "09:30", "13:00"), ("2024-07-05", "09:30", "12:00"))
    told = [
        "1h 07-03T10:30", "1h 07-03T11:30", "1h 07-03T12:30", "1h 07-03T13:30", "4h 07-03T13:30", "1d 07-05T09:30",
        "1h 07-05T10:30", "1h 07-05T11:30",
    ]  # fmt: skip
    assert closes(ticks, "1h", "4h", "1d") == told
    assert closes(ticks, "1h", "4h", "1d", empty_bars="flat") == told
    thin = minutes_of(("2024-07-03", "09:30", "09:31"), ("2024-07-05", "12:00", "12:01"))
    assert closes(thin, "1h", "1d", empty_bars="flat") == [
        "1h 07-03T10:30", "1h 07-03T11:30", "1h 07-03T12:30", "1h 07-03T13:30", "1d 07-05T09:30",
        "1h 07-05T10:30", "1h 07-05T11:30",
    ]  # fmt: skip
    assert closes(thin, "1h", "1d") == ["1h 07-03T10:30", "1d 07-05T09:30"]


def test_ticks_before_the_opening_and_after_the_close() -> None:
    """They are ticks like others; before the opening they are of the day before, which lasts until then."""
    ticks = minutes_of(("2024-06-05", "15:50", "16:20"), ("2024-06-06", "08:00", "09:50"))
    kind = type("Days", (TickRecorder,), {"timeframe": ("1d",)})
    seen = played(kind(), ticks, calendar="XNYS").strategy.seen
    day = bt.TIMEFRAMES.index("1d")
    at_close = next(call for call in seen if call[0] == "bar")
    assert iso(at_close[2]) == "2024-06-06 13:30:00"
    before = 3 + 9  # ticks of the evening, and from 08:00 until the opening
    assert at_close[1] == before - 1
    assert at_close[4][day][2] == us(date(2024, 6, 5), "09:30")
    assert at_close[4][day][3:7] == (100.0, 100 + (before - 1) / 100, 100.0, 100 + (before - 1) / 100)
    assert [call[4][day][8] for call in seen if call[0] == "tick"] == [100.0] * before + [100 + before / 100] * 2


def test_weeks_and_months_in_a_run() -> None:
    """A week is told at the opening that follows it, a month at that of the next; the first of each begins before the data."""
    days = ["2024-01-30", "2024-01-31", "2024-02-01", "2024-02-02", "2024-02-05", "2024-02-16", "2024-02-20"]
    ticks = minutes_of(*((day, "09:30", "16:00") for day in days), every=60)
    assert closes(ticks, "1w", "1mo") == ["1mo 02-01T09:30", "1w 02-05T09:30", "1w 02-12T09:30", "1w 02-20T09:30"]
    gap = minutes_of(*((day, "09:30", "16:00") for day in ("2024-01-30", "2024-02-20")), every=60)
    weeks = ["1w 02-05T09:30", "1w 02-12T09:30", "1w 02-20T09:30"]
    assert closes(gap, "1w", empty_bars="flat") == weeks
    assert closes(gap, "1w") == weeks[:1]


@pytest.mark.parametrize("calendar", ["fx", "XNYS"])
def test_weeks_of_daily_bars_are_told_after_their_last_day(calendar: str) -> None:
    """Whatever the stamp of a day: no bar of the next week is in a week that has not been told."""
    days = np.arange("2024-02-26", "2024-04-20", dtype="datetime64[D]")
    days = [str(day) for day in days if np.is_busday(day)]
    for clock in ("", " 05:00") if calendar == "XNYS" else ("", " 21:00"):
        data = given([day + clock for day in days], "1d")
        kind = type("Weeks", (TickRecorder,), {"timeframe": ("1d", "1w"), "frames": ("1d", "1w", "1mo")})
        told = type("WeeksToo", (kind,), {"timeframe": ("1d", "1w", "1mo")})
        number, known = 0, {}
        for call in played(told(), data, calendar=calendar).strategy.seen:
            if call[0] == "tick":
                number = call[1] + 1
                week = known.setdefault(date.fromisoformat(days[call[1]]).isocalendar()[1], number)
                assert call[4][1][8] == week, (calendar, clock, call[1])  # the running week opens with its first day
                assert call[4][1][10] == week and call[4][1][11] == number
            if call[0] == "bar" and call[6] == 1:
                last = np.datetime64(days[call[1]], "D")
                assert (np.datetime64(days[call[1] + 1], "D") - last).astype(int) > 1, "told before its Friday"
                assert call[4][1][6] == number


class Resting(bt.Strategy):
    """Orders at the start only, so that it does not matter what closes are told."""

    timeframe = "1h"

    def on_start(self, ctx):
        ctx.buy(size=100, limit=1.0995, stop_loss=1.0990, take_profit=1.0998)
        ctx.sell(size=50, stop=1.0992, take_profit=1.0985, stop_loss=1.1010)
        ctx.buy(size=25)


@pytest.mark.parametrize("mode", ["compiled", "interpreted"])
def test_orders_meet_given_bars_and_not_the_empty_ones_between(mode: str) -> None:
    ticks = random_ticks(8, 3_000, pace=400e6, odd=0.0)
    data = bt.bars(ticks, "1h")
    plain, flat = (bt.run(Resting(), data, mode=mode, empty_bars=empty) for empty in ("skip", "flat"))
    assert len(flat.timeline.start) > len(plain.timeline.start) + 50
    assert len(plain.fills) >= 3
    assert flat.fingerprint == plain.fingerprint
    assert flat.trades.equals(plain.trades)
    assert flat.equity["equity"][-1] == plain.equity["equity"][-1] and len(flat.equity) > len(plain.equity)


def test_a_session_at_a_moment_knows_what_the_run_knew() -> None:
    ticks = random_ticks(6, 400, pace=100e6)
    session = played(wide(TickRecorder)(), ticks, empty_bars="flat")
    assert (session.empty_bars, session.timeframes) == ("flat", FRAMES)
    for call in [call for call in session.strategy.seen if call[0] == "tick"][::7]:
        moment = session.at(call[1])
        for name, shown in zip(FRAMES, call[4], strict=True):
            done, bar = moment.completed(name), moment.forming(name)
            assert len(done) == shown[0]
            if len(done):
                assert (done.time[-1], done.close[-1], done.volume[-1]) == (shown[2], shown[6], shown[7])
            running = (NAN,) * 5 if bar is None else (bar.open, bar.high, bar.low, bar.close, bar.volume)
            assert repr(running) == repr(shown[8:13])
