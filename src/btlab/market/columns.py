"""Times and prices of single ticks in a run's data, which may be packed (`market.packed`)."""

from __future__ import annotations

import numpy as np

from btlab.market.jit import inner
from btlab.market.memory import float_at, integer_at, integers_at, short_at
from btlab.market.points import price_in


@inner
def bid_of(run, tick):
    return price_in(short_at(run.bid_at, tick), run.scale) if run.packed else float_at(run.bid_at, tick)


@inner
def ask_of(run, tick):
    return price_in(short_at(run.ask_at, tick), run.scale) if run.packed else float_at(run.ask_at, tick)


@inner
def time_at(run, tick):
    """µs UTC of a tick, or of a bar's start."""
    if not run.packed:
        return integer_at(run.time_at, tick)
    minute = run.minute
    if tick < integer_at(run.minute_tick_at, minute) or tick >= integer_at(run.minute_tick_at, minute + 1):
        minute = np.searchsorted(integers_at(run.minute_tick_at, run.minutes + 1), tick, side="right") - 1
    return integer_at(run.minute_start_at, minute) + short_at(run.time_at, tick)


@inner
def tick_from(run, time):
    """The first tick at or after a time; how many there are where none is."""
    if not run.packed:
        return np.searchsorted(integers_at(run.time_at, run.ticks), time, side="left")
    minute = np.searchsorted(integers_at(run.minute_start_at, run.minutes), time, side="right") - 1
    if minute < 0:
        return 0
    start, tick = integer_at(run.minute_start_at, minute), integer_at(run.minute_tick_at, minute)
    end = integer_at(run.minute_tick_at, minute + 1)
    while tick < end:
        middle = (tick + end) // 2
        if start + short_at(run.time_at, middle) < time:
            tick = middle + 1
        else:
            end = middle
    return tick
