"""Random streams of ticks that hold what real ones hold: silences, equal times, one-sided and crossed quotes, odd sizes."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

import btlab as bt
from btlab.session.setup import default_instrument

MONDAY = 1_704_664_800_000_000  # 2024-01-07 22:00 UTC, 17:00 in New York


def random_ticks(
    seed: int,
    count: int = 3_000,
    *,
    start: int = MONDAY,
    pace: float = 20e6,
    symbol: str = "EURUSD",
    odd: float = 0.03,
    sizes: bool = True,
) -> bt.Ticks:
    """Quotes on a grid of 1e-5.

    Args:
        pace: µs from tick to tick, in the mean; one gap in 100 is of minutes, one in 1,000 of hours, one in 2,000 of days.
        odd: the share of one-sided quotes, and of crossed ones.
    """
    random = np.random.default_rng(seed)
    step = random.exponential(pace, count) * (random.random(count) > 0.1)
    for share, longest in ((1e-2, 1.5e9), (1e-3, 3e10), (5e-4, 2.6e11)):
        step += (random.random(count) < share) * random.uniform(0, longest, count)
    on_the_mark = random.random(count) < 0.01
    time = start + np.cumsum(step).astype(np.int64)
    time[on_the_mark] = time[on_the_mark] // 60_000_000 * 60_000_000
    time = np.maximum.accumulate(time)
    bid = 110_000 + np.cumsum(random.integers(-6, 7, count))
    ask = bid + random.integers(0, 15, count)
    crossed = random.random(count) < odd
    ask[crossed] = bid[crossed] - random.integers(1, 9, crossed.sum())
    bids, asks = bid / 1e5, ask / 1e5
    side = random.random(count)
    bids[side < odd] = np.nan
    asks[side > 1.0 - odd] = np.nan
    both = {"bid_size": random.integers(0, 90, count) / 10, "ask_size": random.integers(0, 90, count) / 10} if sizes else {}
    return bt.Ticks.from_arrays(time, bids, asks, symbol=symbol, **both)


def in_units(data: bt.Ticks | bt.Bars) -> bt.Instrument:
    """The instrument of data whose sizes are units, however small: orders fill in parts."""
    return replace(default_instrument(data), size_unit=1.0)
