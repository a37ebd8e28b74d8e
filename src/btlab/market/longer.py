"""All longer timeframes of one data set in one pass over its finest bars: each is cut from whole bars of the one before it.

A pass for each of five timeframes took three times as long. What comes out is, bit for bit, what `fold.fold_bars` makes of each:
greatest and least do not hang on the order, and volumes are added bar by bar from the finest ones.
"""

from __future__ import annotations

import numpy as np

from btlab.market.fold import span_of
from btlab.market.jit import kernel

LONG_AGO = np.int64(-(2**62))


@kernel
def rows_of_bars(time, length, whole):
    """Start, end, number and 1 of bars as they were given, into the first rows of `whole` (4, n or more)."""
    count = time.shape[0]
    for i in range(count):
        end = time[i] + length
        whole[0, i], whole[2, i], whole[3, i] = time[i], i, 1
        whole[1, i] = min(end, time[i + 1]) if i + 1 < count else end


@kernel
def count_longer(lengths, days, start, counts):
    """Count the bars of each of `lengths` (µs, each a multiple of the one before it), cut from the starts of `days`."""
    ends, day, soonest = np.full(lengths.shape[0], LONG_AGO), 0, LONG_AGO
    counts[:] = 0
    for i in range(start.shape[0]):
        if start[i] < soonest:
            continue
        for k in range(lengths.shape[0]):
            if start[i] >= ends[k]:
                _, ends[k], day = span_of(start[i], lengths[k], days, day)
                counts[k] += 1
        soonest = ends[0]


@kernel
def fold_longer(lengths, days, whole, real, offset, closer):
    """Fold the finest bars, which lie first in the columns, into the bars of all longer timeframes, which lie behind them.

    Args:
        lengths: µs, one to five of them, each a multiple of the one before it; days: starts of the days, one beyond the last bar.
        whole: int64 (4, n): start, end, first tick, ticks. real: float64 (5, n): open, high, low, close, volume.
        offset: int64: where the finest bars end and those of the first of `lengths` begin, and so on.
        closer: int64 (n,), where the finest bars are the ticks: at each bar the first that starts when it has ended. Else empty.

    Returns:
        Whether some of the finest bars ends later than a longer one that it is in.
    """
    count, kinds, day, beyond, closes = offset[0], lengths.shape[0], 0, False, closer.shape[0] > 0
    starts, stops, firsts, taken = whole[0], whole[1], whole[2], whole[3]
    opens, highs, lows, closing, sizes = real[0], real[1], real[2], real[3], real[4]
    rows, ends = offset[:kinds] - 1, np.full(kinds, LONG_AGO)
    begun, volumes = np.zeros(5, np.bool_), np.zeros(5)
    i = 0
    while i < count:
        start = starts[i]
        for k in range(kinds):
            begun[k] = start >= ends[k]
            if begun[k]:
                begin, ends[k], day = span_of(start, lengths[k], days, day)
                if closes and rows[k] >= offset[k]:
                    closer[rows[k]] = i
                rows[k] += 1
                row = rows[k]
                starts[row], stops[row], firsts[row], taken[row] = begin, ends[k], firsts[i], 0
                opens[row], highs[row], lows[row] = opens[i], -np.inf, np.inf
        end, high, low, volume, ticks = ends[0], highs[i], lows[i], sizes[i], taken[i]
        second = volume if begun[1] else volumes[1] + volume
        third = volume if begun[2] else volumes[2] + volume
        fourth = volume if begun[3] else volumes[3] + volume
        fifth = volume if begun[4] else volumes[4] + volume
        i += 1
        while i < count and starts[i] < end:
            more = sizes[i]
            high, low, ticks = max(high, highs[i]), min(low, lows[i]), ticks + taken[i]
            volume, second, third, fourth, fifth = volume + more, second + more, third + more, fourth + more, fifth + more
            i += 1
        volumes[0], volumes[1], volumes[2], volumes[3], volumes[4] = volume, second, third, fourth, fifth
        beyond = beyond or stops[i - 1] > end
        for k in range(kinds):
            row = rows[k]
            highs[row], lows[row] = max(highs[row], high), min(lows[row], low)
            closing[row], sizes[row] = closing[i - 1], volumes[k]
            taken[row] += ticks
    if closes:
        for bar in range(count):
            closer[bar] = bar + 1
        for k in range(kinds):
            if rows[k] >= offset[k]:
                closer[rows[k]] = count
    return beyond
