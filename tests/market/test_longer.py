"""All longer bars in one pass: bit for bit what a pass for each makes, with the bar that finds each of them closed."""

from __future__ import annotations

import numpy as np
import polars as pl
import pytest

import btlab as bt
from btlab.market import fold
from btlab.market.timeframe import LENGTHS, TIMEFRAMES
from btlab.market.timeline import timeline_of

MINUTE = 60_000_000
FIRST = 1_704_585_600_000_000  # Sunday 2024-01-07 00:00 UTC


def bars_of(seed: int, timeframe: str, symbol: str) -> bt.Bars:
    """A walk with gaps, a weekend, odd volumes, and, where a seed is odd, stamps that lie on no grid."""
    random, count = np.random.default_rng(seed), 4_000
    length = int(LENGTHS[TIMEFRAMES.index(timeframe)])
    steps = random.choice([1, 1, 1, 1, 2, 7], count)
    steps[count // 2] = 2_880 * MINUTE // length + 3
    time = FIRST + np.cumsum(steps) * length
    if seed % 2:
        time += random.integers(0, 3, count) * (length // 3)
    close = 1.1 + np.cumsum(random.normal(0, 1e-4, count))
    open_ = close + random.normal(0, 1e-4, count)
    high, low = np.maximum(open_, close) + 1e-5, np.minimum(open_, close) - 1e-5
    frame = {"time": time, "open": open_, "high": high, "low": low, "close": close, "volume": random.random(count) * 10.0**seed}
    return bt.Bars.from_frame(pl.DataFrame(frame), timeframe=timeframe, symbol=symbol)


@pytest.mark.parametrize("timeframe", TIMEFRAMES[:5])
@pytest.mark.parametrize("seed", range(4))
def test_one_pass_makes_what_a_pass_for_each_makes(seed: int, timeframe: str) -> None:
    data = bars_of(seed, timeframe, "EURUSD" if seed < 2 else "X")
    timeline, base, count = timeline_of(data), TIMEFRAMES.index(timeframe), len(data)
    ends = np.minimum(data.time + LENGTHS[base], np.append(data.time[1:], np.iinfo(np.int64).max))
    np.testing.assert_array_equal(timeline.end[timeline.rows(base)], ends)
    real = np.stack([data.open, data.high, data.low, data.close, data.volume])
    for k in range(base + 1, 6):
        rows = timeline.rows(k)
        whole, out = np.zeros((4, count), np.int64), np.zeros((5, count))
        given = np.array(data.time), np.arange(count), np.ones(count, np.int64), real
        made = fold.fold_bars(int(LENGTHS[k]), timeline.days, *given, whole, out, 0)
        assert made == rows.stop - rows.start > 0
        whole, out = whole[:, :made], out[:, :made]
        whole[1] = np.maximum(whole[1], ends[np.append(whole[2, 1:], count) - 1])
        columns = np.stack([timeline.start[rows], timeline.end[rows], timeline.first[rows], timeline.ticks[rows]])
        np.testing.assert_array_equal(columns, whole, err_msg=TIMEFRAMES[k])
        assert np.ascontiguousarray(timeline.real[:, rows]).tobytes() == np.ascontiguousarray(out).tobytes(), TIMEFRAMES[k]
    np.testing.assert_array_equal(timeline.closer, np.searchsorted(data.time, timeline.end, side="left"))
