"""`bt.MultiTimeframe(...).at(i)` equals an independent computation at every tick: completed and forming, volume too."""

from __future__ import annotations

import math
import os
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import pytest

import btlab as bt
from tests.market.oracle import COLUMNS, Oracle, oracles
from tests.market.real import dukascopy_day
from tests.market.streams import random_ticks

ROW = ("start", *COLUMNS, "ticks", "progress")
SPRING, AUTUMN = datetime(2024, 3, 9, 23, tzinfo=UTC), datetime(2024, 11, 2, 23, tzinfo=UTC)
CLOCK_CHANGES = [int(moment.timestamp()) * 1_000_000 for moment in (SPRING, AUTUMN)]


def compare(ticks: bt.Ticks, *, price: str = "mid", calendar: str = "fx", every: int = 1) -> int:
    """Everything at every tick, or every third and so on; returns how many forming bars were compared."""
    mtf = bt.MultiTimeframe(ticks, price=price, calendar=calendar)
    expected = oracles(ticks, price=price, calendar=calendar)
    compared = 0
    for name, oracle in expected.items():
        compare_all_bars(bt.bars(ticks, name, price=price, calendar=calendar), oracle)
    lists = {name: rows_of(oracle) for name, oracle in expected.items()}
    for tick in range(0, len(ticks), every):
        state = mtf.at(tick)
        for name, (completed, bars, forming) in lists.items():
            done = state.completed(name)
            assert len(done) == completed[tick], (tick, name)
            if len(done):
                last = (done.time[-1], done.open[-1], done.high[-1], done.low[-1], done.close[-1], done.volume[-1])
                assert last == bars[completed[tick] - 1], (tick, name)
            bar = state.forming(name)
            found = bar and (bar.time, bar.open, bar.high, bar.low, bar.close, bar.volume, bar.ticks, bar.progress)
            assert found == forming[tick], (tick, name)
            compared += found is not None
    return compared


def rows_of(oracle: Oracle) -> tuple[list[int], list[tuple], list[tuple | None]]:
    """Completed bars after each tick, the bars, the forming bar at each tick (None where none is open)."""
    rows = zip(*(oracle.forming[name].tolist() for name in ROW))
    forming = [None if math.isnan(row[1]) else row for row in rows]
    return oracle.completed.tolist(), oracle.bars.select(ROW[:6]).rows(), forming


def compare_all_bars(bars: bt.Bars, oracle: Oracle) -> None:
    np.testing.assert_array_equal(bars.time, oracle.bars["start"])
    for name in COLUMNS:
        np.testing.assert_array_equal(getattr(bars, name), oracle.bars[name], err_msg=name)


def test_the_ticks_of_a_real_day(real_data: Path) -> None:
    """Every fourth, and in `make soak` every one: each takes 0.2 ms."""
    ticks, every = dukascopy_day(real_data), 1 if os.environ.get("BTLAB_SOAK") else 4
    assert len(ticks) > 100_000
    assert compare(ticks, every=every) == 6 * len(range(0, len(ticks), every))


@pytest.mark.parametrize("calendar", ["fx", "24x7"])
@pytest.mark.parametrize("price", ["mid", "bid", "ask"])
def test_every_tick_of_random_streams(price: str, calendar: str) -> None:
    for seed in range(5):
        ticks = random_ticks(seed, 1_500)
        assert 6 * 1_200 < compare(ticks, price=price, calendar=calendar) < 6 * 1_500


def test_without_sizes_and_with_trades() -> None:
    assert compare(random_ticks(7, 1_000, sizes=False)) > 5_000
    quotes = random_ticks(8, 1_000, odd=0.0)
    trades = bt.Ticks.from_trades(quotes.time, quotes.bid, quotes.bid_size, symbol="EURUSD", buyer=quotes.ask_size > 4.5)
    assert compare(trades, price="bid") == 6_000
    assert bt.bars(trades, "1d", price="bid").volume.sum() == pytest.approx(quotes.bid_size.sum(), rel=1e-12)


@pytest.mark.parametrize(("start", "hours", "last_four"), [(CLOCK_CHANGES[0], 23, 3), (CLOCK_CHANGES[1], 25, 1)])
def test_days_of_clock_changes(start: int, hours: int, last_four: int) -> None:
    """The FX day of a clock change has 23 or 25 hours; its last 4h bar is cut, or a short one follows it."""
    random_part = random_ticks(9, 1_000, start=start, pace=100e6)
    every_ten_minutes = start + np.arange(6 * 72) * 600_000_000
    walk = 1.1 + np.random.default_rng(1).integers(0, 90, len(every_ten_minutes)) / 1e5
    steady = bt.Ticks.from_arrays(every_ten_minutes, walk, walk)
    for ticks in (random_part, steady):
        compare(ticks, calendar="fx")
        compare(ticks, calendar="24x7")
    timeline = bt.MultiTimeframe(steady, calendar="fx").timeline
    lengths = (timeline.end - timeline.start) / 3_600_000_000
    assert lengths[timeline.rows("1d")].tolist() == [hours, 24, 24, 24]
    fours = lengths[timeline.rows("4h")].tolist()
    assert [length for length in fours if length != 4] == [last_four]
    assert fours.index(last_four) == -(-hours // 4) - 1


def test_a_time_has_the_ticks_up_to_it_and_the_bars_that_ended() -> None:
    ticks = random_ticks(10, 2_000)
    mtf, expected = bt.MultiTimeframe(ticks), oracles(ticks)
    random = np.random.default_rng(0)
    for time in np.append(random.integers(ticks.time[0] - 10**9, ticks.time[-1] + 10**9, 300), ticks.time[::40]).tolist():
        state = mtf.at(datetime.fromtimestamp(time // 10**6, UTC).replace(microsecond=time % 10**6))
        assert state.tick == np.searchsorted(ticks.time, time, side="right") - 1
        for name, oracle in expected.items():
            assert len(state.completed(name)) == (oracle.bars["end"] <= time).sum()
            running, bar = expected[name].forming, state.forming(name)
            if state.tick < 0 or np.isnan(running["open"][state.tick]) or running["end"][state.tick] <= time:
                assert bar is None
            else:
                assert bar is not None
                assert [getattr(bar, c) for c in (*COLUMNS, "ticks")] == [running[c][state.tick] for c in (*COLUMNS, "ticks")]
                assert bar.progress == (time - bar.time) / (running["end"][state.tick] - bar.time)


def test_two_ticks_of_one_time_are_both_there_in_order() -> None:
    ticks = bt.Ticks.from_arrays([60_000_000] * 3, [1.1, 1.3, 1.2], [1.1, 1.3, 1.2], bid_size=[1, 2, 4], ask_size=[0, 0, 0])
    bar = bt.MultiTimeframe(ticks).at(2).forming("1m")
    assert bar is not None
    assert (bar.open, bar.high, bar.low, bar.close, bar.volume, bar.ticks) == (1.1, 1.3, 1.1, 1.2, 7.0, 3)
    assert bt.MultiTimeframe(ticks).at(1).forming("1m").close == 1.3  # type: ignore[union-attr]


def test_negative_ticks_count_from_the_end_and_others_are_refused() -> None:
    ticks = random_ticks(11, 100)
    mtf = bt.MultiTimeframe(ticks)
    assert mtf.at(-1).tick == 99
    for wrong in (100, -101):
        with pytest.raises(bt.errors.SeriesError, match=r"there is no tick .*; the data have ticks 0 to 99"):
            mtf.at(wrong)
    with pytest.raises(bt.errors.TimeframeError, match="Did you mean '5m'"):
        mtf.at(5).completed("7m")
    with pytest.raises(bt.errors.TimeframeError, match="Did you mean '5m'"):
        mtf.at(5).forming("7m")
