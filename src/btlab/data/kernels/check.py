"""One pass over the rows of a batch: what is wrong with each, and what is odd but true.

The rules are those of `data.check`; nothing is allocated here.
"""

from __future__ import annotations

from typing import Any, TypeAlias

import numpy as np
from numba import types

from btlab.data.kernels.faults import BACKWARDS, GOOD, HIGH_LOW, PRICE, REPEAT, SIZE, TWICE
from btlab.market.jit import inner, kernel

Whole: TypeAlias = Any
"""An int64 in compiled code."""

LATER, ASCENDING = range(2)
"""What order a batch has to be in: any (it is sorted, or reversed, later), or that of time."""

BAD, REPEATS, CROSSED, ONE_SIDED, OLDER, NEWER = range(6)
"""What is counted."""

_times, _reals = (types.Array(kind, 1, "C", readonly=True) for kind in (types.int64, types.float64))
_state, _values, _codes = (types.Array(kind, 1, "C") for kind in (types.int64, types.float64, types.uint8))
_none, _flag, _code = types.void, types.boolean, types.int64


@inner
def _is_price(value: float) -> bool:
    return 0.0 < value < np.inf


@inner
def _is_size(value: float) -> bool:
    return 0.0 <= value < np.inf


@inner
def _alike(a: float, b: float) -> bool:
    """Equal, and NaN equal to NaN."""
    return a == b or (a != a and b != b)


@inner
def _order(at: Whole, order: int, edge: np.ndarray, count: np.ndarray) -> int:
    """The fault of a time behind the one that edge holds: (the time before, whether there is one)."""
    older, newer = edge[1] == 1 and at < edge[0], edge[1] == 1 and at > edge[0]
    if order == ASCENDING and older:
        return BACKWARDS
    count[OLDER] += older
    count[NEWER] += newer
    edge[0], edge[1] = at, 1
    return GOOD


@kernel(_none(_times, _reals, _reals, _reals, _reals, _flag, _code, _flag, _state, _values, _codes, _state))  # type: ignore[untyped-decorator]
def check_ticks(
    time: np.ndarray,
    bid: np.ndarray,
    ask: np.ndarray,
    bid_size: np.ndarray,
    ask_size: np.ndarray,
    trades: bool,
    order: int,
    drop: bool,
    edge: np.ndarray,
    last: np.ndarray,
    fault: np.ndarray,
    count: np.ndarray,
) -> None:
    """Write each row's fault, and add to the counts.

    Args:
        bid_size, ask_size: of no length where there are none.
        order: ASCENDING counts repeats, crossed and one-sided quotes, too; LATER leaves these to the second look.
        drop: repeats get the fault REPEAT.
        edge: int64 (2,): the time before and 1, kept from batch to batch. last: float64 (4,): the row before, likewise.
        fault: uint8 per row; what the importer found already stays. count: int64, added to.
    """
    sizes = bid_size.shape[0] > 0
    for row in range(time.shape[0]):
        if fault[row] != GOOD:
            count[BAD] += 1
            continue
        b, a = bid[row], ask[row]
        two = _is_price(b) and _is_price(a)
        if not two and (trades or not ((b != b and _is_price(a)) or (a != a and _is_price(b)))):
            fault[row] = PRICE
        elif sizes and not (_is_size(bid_size[row]) and _is_size(ask_size[row])):
            fault[row] = SIZE
        else:
            same_time = edge[1] == 1 and time[row] == edge[0]
            fault[row] = _order(time[row], order, edge, count)
            if fault[row] == GOOD and order == ASCENDING:
                repeat = same_time and _alike(b, last[0]) and _alike(a, last[1])
                if sizes:
                    repeat = repeat and bid_size[row] == last[2] and ask_size[row] == last[3]
                    last[2], last[3] = bid_size[row], ask_size[row]
                last[0], last[1] = b, a
                count[REPEATS] += repeat
                if repeat and drop:
                    fault[row] = REPEAT
                else:
                    count[CROSSED] += a < b
                    count[ONE_SIDED] += not two
        if fault[row] != GOOD and fault[row] != REPEAT:
            count[BAD] += 1


@kernel(_none(_times, _reals, _reals, _reals, _reals, _reals, _code, _state, _values, _codes, _state))  # type: ignore[untyped-decorator]
def check_bars(
    time: np.ndarray,
    open: np.ndarray,
    high: np.ndarray,
    low: np.ndarray,
    close: np.ndarray,
    volume: np.ndarray,
    order: int,
    edge: np.ndarray,
    last: np.ndarray,
    fault: np.ndarray,
    count: np.ndarray,
) -> None:
    """As `check_ticks`; a time has one bar, so an exact repeat is dropped and another bar of that time a fault.

    Args:
        last: float64 (5,): the bar before.
    """
    for row in range(time.shape[0]):
        if fault[row] != GOOD:
            count[BAD] += 1
            continue
        o, h, l, c, v = open[row], high[row], low[row], close[row], volume[row]  # noqa: E741
        if not (_is_price(o) and _is_price(h) and _is_price(l) and _is_price(c)):
            fault[row] = PRICE
        elif h < max(o, c) or l > min(o, c):
            fault[row] = HIGH_LOW
        elif not _is_size(v):
            fault[row] = SIZE
        else:
            same_time = order == ASCENDING and edge[1] == 1 and time[row] == edge[0]
            fault[row] = _order(time[row], order, edge, count)
            if same_time:
                alike = o == last[0] and h == last[1] and l == last[2] and c == last[3] and v == last[4]
                fault[row] = REPEAT if alike else TWICE
                count[REPEATS] += alike
            if fault[row] == GOOD and order == ASCENDING:
                last[0], last[1], last[2], last[3], last[4] = o, h, l, c, v
        if fault[row] != GOOD and fault[row] != REPEAT:
            count[BAD] += 1


@kernel(_none(_reals, _reals, _values))  # type: ignore[untyped-decorator]
def middle(a: np.ndarray, b: np.ndarray, out: np.ndarray) -> None:
    """The middle of two prices, or the one that is there."""
    for row in range(a.shape[0]):
        out[row] = b[row] if a[row] != a[row] else a[row] if b[row] != b[row] else (a[row] + b[row]) * 0.5


@kernel(types.int64(_times, types.int64, types.int64))  # type: ignore[untyped-decorator]
def next_gap(time: np.ndarray, begin: Whole, least: Whole) -> Whole:
    """The first row from `begin` on that is over `least` µs behind the row before it; the number of rows where there is none."""
    for row in range(max(begin, 1), time.shape[0]):
        if time[row] - time[row - 1] > least:
            return row
    return time.shape[0]


@kernel(types.UniTuple(types.int64, 2)(_values, types.float64))  # type: ignore[untyped-decorator]
def spikes(price: np.ndarray, limit: float) -> tuple[Whole, Whole]:
    """(How many prices lie further than `limit` from both neighbours, the first of them or -1)."""
    found, first = np.int64(0), np.int64(-1)
    for row in range(1, price.shape[0] - 1):
        if abs(price[row] - price[row - 1]) > limit and abs(price[row] - price[row + 1]) > limit:
            if found == 0:
                first = np.int64(row)
            found += 1
    return found, first
