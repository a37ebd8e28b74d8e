"""The book that FIX messages leave behind: entries put into it, taken out of it, and its best prices.

An entry is told by its id (280, else 278), else by its level (290 or 1023, counted from 1 within its side), else by its price.
"""

from __future__ import annotations

import numpy as np

from btlab.data.kernels.faults import GOOD, MESSAGE
from btlab.data.kernels.fix_message import (
    ACTION,
    CLOCK,
    CODE,
    DAY,
    FOUND,
    ID,
    LEVEL,
    NONE,
    OF,
    REFERENCE,
    SENT,
    SIDE,
    SNAPSHOT,
    SYMBOL,
    TRANSACTED,
    TYPE,
)
from btlab.data.kernels.parse_number import Whole
from btlab.market.jit import inner

_NEW, _CHANGE, _DELETE = 48, 49, 50
_DAY, _HALF_DAY = 86_400_000_000, 43_200_000_000


@inner
def _entry_time(message: np.ndarray, entry: np.ndarray) -> Whole:
    """When an entry was made: 272 and 273; where the day is not said, that of 60 or 52 nearest to it."""
    if entry[CLOCK] == NONE:
        return NONE
    if entry[DAY] != NONE:
        return entry[DAY] + entry[CLOCK]
    base = message[TRANSACTED] if message[TRANSACTED] != NONE else message[SENT]
    if base == NONE:
        return NONE
    time = base // _DAY * _DAY + entry[CLOCK]
    if time - base > _HALF_DAY:
        return time - _DAY
    return time + _DAY if base - time > _HALF_DAY else time


@inner
def _find(entry: np.ndarray, price: float, count: Whole, book: np.ndarray, levels: np.ndarray) -> Whole:
    """The row of the book that an entry means, or -1."""
    key = entry[REFERENCE] if entry[REFERENCE] != NONE else entry[ID]
    for k in range(count):
        if entry[SIDE] != NONE and book[k, 0] != entry[SIDE]:
            continue
        if key != NONE:
            if book[k, 1] == key:
                return k
        elif entry[LEVEL] != NONE:
            if book[k, 1] == NONE and book[k, 2] == entry[LEVEL]:
                return k
        elif book[k, 1] == NONE and levels[k, 0] == price:
            return k
    if key != NONE and price == price:
        for k in range(count):
            if book[k, 0] == entry[SIDE] and book[k, 1] == NONE and levels[k, 0] == price:
                return k
    return np.int64(-1)


@inner
def _shift(side: Whole, level: Whole, by: int, count: Whole, book: np.ndarray) -> None:
    """Move the levels of a side at or behind one."""
    for k in range(count):
        if book[k, 0] == side and book[k, 1] == NONE and book[k, 2] != NONE and book[k, 2] >= level:
            book[k, 2] += by


@inner
def _take(entry: np.ndarray, real: np.ndarray, snapshot: bool, count: Whole, book: np.ndarray, levels: np.ndarray) -> Whole:
    """Put an entry of a bid or an offer into the book; returns how many rows it has then, -1 where the entry makes no sense."""
    action = np.int64(_NEW) if snapshot else entry[ACTION]
    price, size = real[0], real[1]
    at = np.int64(-1) if snapshot else _find(entry, price, count, book, levels)
    if action == _DELETE or size == 0.0:
        if at >= 0:
            side, level, by_level = book[at, 0], book[at, 2], book[at, 1] == NONE and book[at, 2] != NONE
            count -= 1
            for k in range(3):
                book[at, k] = book[count, k]
            levels[at, 0], levels[at, 1] = levels[count, 0], levels[count, 1]
            if by_level:
                _shift(side, level + 1, -1, count, book)
        return count
    if action != _NEW and action != _CHANGE:
        return np.int64(-1)
    numbered = entry[LEVEL] != NONE and entry[ID] == NONE and entry[REFERENCE] == NONE
    if action == _NEW and numbered and not snapshot:
        _shift(entry[SIDE], entry[LEVEL], 1, count, book)
        at = np.int64(-1)
    if at < 0:
        if price != price or entry[SIDE] == NONE:
            return np.int64(-1)
        book[count, 0], book[count, 1], book[count, 2] = entry[SIDE], entry[ID], entry[LEVEL]
        levels[count, 0], levels[count, 1] = price, 0.0 if size != size else size
        return count + 1
    book[at, 1] = entry[ID] if entry[ID] != NONE else book[at, 1]
    book[at, 2] = entry[LEVEL] if entry[LEVEL] != NONE else book[at, 2]
    levels[at, 0] = price if price == price else levels[at, 0]
    levels[at, 1] = size if size == size else levels[at, 1]
    return count


@inner
def find_best(count: Whole, book: np.ndarray, levels: np.ndarray, best: np.ndarray) -> None:
    """The highest bid and lowest offer, and the sizes that stand there: bid, ask, bid size, ask size."""
    best[0], best[1], best[2], best[3] = np.nan, np.nan, 0.0, 0.0
    for k in range(count):
        side, price = 0 if book[k, 0] == 48 else 1, levels[k, 0]
        better = price > best[side] if side == 0 else price < best[side]
        if better or best[side] != best[side]:
            best[side], best[side + 2] = price, levels[k, 1]
        elif price == best[side]:
            best[side + 2] += levels[k, 1]


@inner
def same(a: np.ndarray, b: np.ndarray) -> bool:
    same = True
    for k in range(4):
        same = same and (a[k] == b[k] or (a[k] != a[k] and b[k] != b[k]))
    return same


@inner
def apply(
    message: np.ndarray,
    whole: np.ndarray,
    real: np.ndarray,
    wanted: Whole,
    state: np.ndarray,
    book: np.ndarray,
    levels: np.ndarray,
) -> tuple[bool, Whole]:
    """Bring a message into the book: (whether it is of the wanted symbol, its time; NONE where none is said)."""
    snapshot, mine, time = message[TYPE] == SNAPSHOT, False, NONE
    symbol = message[SYMBOL]
    if snapshot:
        for k in range(message[FOUND]):
            symbol = whole[k, OF] if symbol == NONE else symbol
        mine = wanted == 0 or symbol == wanted
        state[0] = 0 if mine else state[0]
    for k in range(message[FOUND]):
        symbol = whole[k, OF] if whole[k, OF] != NONE and not snapshot else symbol
        if wanted != 0 and symbol != wanted:
            continue
        side = whole[k, SIDE]
        if side != 48 and side != 49 and not (side == NONE and not snapshot and whole[k, ACTION] != _NEW):
            continue
        mine = True
        time = max(time, _entry_time(message, whole[k]))
        count = _take(whole[k], real[k], snapshot, state[0], book, levels)
        if count < 0:
            message[CODE] = MESSAGE if message[CODE] == GOOD else message[CODE]
        else:
            state[0] = count
    if time == NONE:
        time = message[TRANSACTED] if message[TRANSACTED] != NONE else message[SENT]
    return mine, time
