"""Hours and days as a run may pass them in one step: where they end, what their quotes reached, what closed inside them.

With the minutes' own ranges this is the whole of the skip index: made once for the data, in a thousandth of their size.
"""

from __future__ import annotations

import weakref
from dataclasses import dataclass

import numpy as np

from btlab.market.timeframe import MICROSECONDS, ROWS, index_of
from btlab.market.timeline import Timeline

LEVELS: tuple[str, ...] = ("1d", "1h")
"""The blocks there are, the longest first: it is tried first."""
NEVER = np.array([[np.inf], [-np.inf], [np.inf], [-np.inf]])


@dataclass(frozen=True, slots=True)
class Blocks:
    """The bars of one timeframe as blocks: each ends where its bar is found closed, and begins where the one before ends.

    Attributes:
        row: of the timeframe. finer: bits of the timeframes whose bars may end inside a block.
        minute: int64 (n,): the minute (of those with any tick) at which each block is over.
        ranges: float64 (4, n): least and greatest bid, least and greatest ask of its minutes; inf and -inf where it has none.
        before: int64 (len(ROWS), n): of each finer timeframe the bars that end before the block's bar does.
    """

    row: int
    finer: int
    minute: np.ndarray
    ranges: np.ndarray
    before: np.ndarray


_KEPT: weakref.WeakKeyDictionary[Timeline, list[Blocks]] = weakref.WeakKeyDictionary()


def blocks_of(timeline: Timeline) -> list[Blocks]:
    """The blocks of ticks at each of `LEVELS`, made once and kept as long as the timeline lives."""
    if timeline not in _KEPT:
        _KEPT[timeline] = [_blocks(timeline, name) for name in LEVELS]
    return _KEPT[timeline]


def _blocks(timeline: Timeline, name: str) -> Blocks:
    rows, ranges = timeline.rows(name), timeline.ranges
    end, minute = timeline.end[rows], np.searchsorted(timeline.minute_tick, timeline.closer[rows])
    before, finer = np.zeros((len(ROWS), len(end)), np.int64), 0
    for other in timeline.names:
        if MICROSECONDS[other] < MICROSECONDS[name]:
            finer |= 1 << index_of(other)
            before[index_of(other)] = np.searchsorted(timeline.end[timeline.rows(other)], end)
    begin = np.minimum(np.concatenate([[0], minute[:-1]]), ranges.shape[1] - 1)
    reach = [(np.minimum, np.maximum)[side % 2].reduceat(ranges[side], begin) for side in range(4)]
    empty = np.diff(minute, prepend=0) == 0
    return Blocks(index_of(name), finer, minute, np.where(empty, NEVER, np.stack(reach)), before)
