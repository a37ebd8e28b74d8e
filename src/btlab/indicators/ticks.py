"""What the ticks of a bar say beside its prices: how many rose, how many fell, and the spread.

A tick counts as up or down against the last one that had a price, of an earlier bar too; the first of all counts as neither. The
spread is ask - bid of ticks with both sides, negative where they are crossed; a bar without such a tick has none (NaN).
"""

from __future__ import annotations

from functools import cache
from typing import Any

import numba
import numpy as np
from numba import carray, int64, intp

from btlab.market.fold import price_of
from btlab.market.jit import INDICATOR_ROOMS, cache_folder, inner, kernel
from btlab.market.memory import as_pointer, float_at

ROW = 7
"""Floats that a running bar keeps: ticks up, ticks down, the spreads' mean so far, the least, the greatest, how many, the last
price. The first five are its columns in the order of `entry.TICK_INPUTS`."""
UP, DOWN, MEAN, LOW, HIGH, SPREADS, LAST = range(ROW)
FIRST, NEXT, FOLLOWED = ROW, ROW + 1, ROW + 2


@inner
def begin(row):
    """A bar without ticks; the last price stays."""
    row[UP] = row[DOWN] = row[SPREADS] = 0.0
    row[MEAN] = row[LOW] = row[HIGH] = np.nan


@inner
def take(row, bid, ask, price):
    """Count a tick in. `price`: BID, ASK or MID, what the bars are built from."""
    now, spread = price_of(bid, ask, price), ask - bid
    row[UP] += now > row[LAST]
    row[DOWN] += now < row[LAST]
    if not np.isnan(now):
        row[LAST] = now
    if not np.isnan(spread):
        row[SPREADS] += 1.0
        first = row[SPREADS] == 1.0
        row[MEAN] = spread if first else row[MEAN] + (spread - row[MEAN]) / row[SPREADS]
        row[LOW] = spread if first else min(row[LOW], spread)
        row[HIGH] = spread if first else max(row[HIGH], spread)


@kernel
def count_ticks(time, bid, ask, price, start, end, row, out):
    """The columns of each bar from the ticks with start <= time < end.

    Args:
        row: float64 (ROW,), to calculate in.
        out: float64 (5, bars).
    """
    tick, rows = 0, time.shape[0]
    row[LAST] = np.nan
    for bar in range(start.shape[0]):
        begin(row)
        while tick < rows and time[tick] < end[bar]:
            if time[tick] >= start[bar]:
                take(row, bid[tick], ask[tick], price)
            tick += 1
        for k in range(5):
            out[k, bar] = row[k]


@inner
def _last_price(bid_at, ask_at, tick, price):
    """The last price before a tick; NaN where there was none."""
    for before in range(tick - 1, -1, -1):
        value = price_of(float_at(bid_at, before), float_at(ask_at, before), price)
        if not np.isnan(value):
            return value
    return np.nan


def _follow(row_at, bid_at, ask_at, first, taken, price):
    """Let a running bar count the ticks up to `taken`: those since the last call, all of its own where it is another bar.

    Args:
        row_at: address of float64 (FOLLOWED,): `ROW`, then the bar's first tick and the first that is not counted.
        first: the bar's first tick.
    """
    row = carray(as_pointer(row_at), FOLLOWED, np.float64)
    if row[FIRST] != first:
        begin(row)
        row[LAST], row[FIRST], row[NEXT] = _last_price(bid_at, ask_at, first, price), first, first
    for tick in range(int64(row[NEXT]), taken + 1):
        take(row, float_at(bid_at, tick), float_at(ask_at, tick), price)
    row[NEXT] = max(row[NEXT], taken + 1)
    return int64(0)


follow_on = inner(_follow)
"""The same for compiled code of this room."""


@cache
def follow() -> Any:
    """`_follow`, compiled to be called at its address."""
    signature = int64(intp, intp, intp, int64, int64, int64)
    return numba.cfunc(signature, cache=cache_folder(INDICATOR_ROOMS) is not None, error_model="numpy")(_follow)
