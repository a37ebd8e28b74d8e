"""FIX market data: the quotes that messages 35=W and 35=X make of the book they leave behind.

Nothing is allocated here; where the book is full, the caller is asked for a larger one and the message is read again.
"""

from __future__ import annotations

import numpy as np

from btlab.data.kernels.faults import CHECKSUM, GOOD, MESSAGE, TIME
from btlab.data.kernels.fix_book import apply, find_best, same
from btlab.data.kernels.fix_message import (
    BODY_END,
    CHECK,
    CODE,
    COMPLETE,
    FOUND,
    NEWLINE,
    NONE,
    OF,
    REFRESH,
    SAID,
    SNAPSHOT,
    SYMBOL,
    TYPE,
    begins,
    hash_of,
    read_message,
    sum_of,
)
from btlab.data.kernels.parse_number import Whole
from btlab.market.jit import inner, kernel


@inner
def _concerns(message: np.ndarray, whole: np.ndarray, wanted: Whole) -> bool:
    """Whether a message may be of the wanted symbol, as far as it could be read."""
    known, mine = message[SYMBOL] != NONE, wanted == 0 or message[SYMBOL] == wanted
    for k in range(message[FOUND]):
        known = known or whole[k, OF] != NONE
        mine = mine or whole[k, OF] == wanted
    return mine or not known


@kernel
def symbol_hash(name: np.ndarray) -> Whole:
    """What `scan_messages` knows a symbol by, from its bytes."""
    return hash_of(name, 0, name.shape[0])


@kernel
def scan_messages(
    data: np.ndarray,
    at: Whole,
    line: Whole,
    verify: bool,
    symbol_tag: Whole,
    wanted: Whole,
    message: np.ndarray,
    whole: np.ndarray,
    real: np.ndarray,
    state: np.ndarray,
    book: np.ndarray,
    levels: np.ndarray,
    best: np.ndarray,
    time: np.ndarray,
    quotes: np.ndarray,
    lines: np.ndarray,
    bounds: np.ndarray,
    fault: np.ndarray,
) -> tuple[Whole, Whole, Whole]:
    """One row for each message that changes the best bid or ask, and for each that cannot be read.

    Args:
        data: uint8. at: where to begin. line: its number. verify: compare 10 with the sum of bytes.
        symbol_tag: 55 or 48. wanted: the hash of the symbol that is read; 0 for any.
        message, whole, real: scratch, for one message and its entries.
        state: rows in the book. book, levels: side, id and level, price and size of each. best: as last told, and scratch.
        time, quotes, lines, bounds, fault: as long as there are messages; quotes as a row of `best`; bounds: of the message.

    Returns:
        (rows, where it stopped, number of the line there): behind the data, or before a message that the book has no room for.
    """
    end, rows, now = data.shape[0], 0, best[1]
    while at < end:
        if not begins(data, at, end):
            line += 1 if data[at] == NEWLINE else 0
            at += 1
            continue
        stop = read_message(data, at, end, symbol_tag, message, whole, real)
        kind = message[TYPE]
        if kind != SNAPSHOT and kind != REFRESH:
            at = stop
            continue
        if state[0] + message[FOUND] > book.shape[0]:
            return rows, at, line
        code = message[CODE] if message[COMPLETE] == 1 else MESSAGE
        if code == GOOD and (message[SAID] == NONE or message[SAID] != message[FOUND]):
            code = MESSAGE
        if verify and message[COMPLETE] == 1 and sum_of(data, at, message[BODY_END]) != message[CHECK]:
            code = CHECKSUM
        if code != GOOD and not _concerns(message, whole, wanted):
            at = stop
            continue
        when, told = NONE, code != GOOD
        if code == GOOD:
            mine, when = apply(message, whole, real, wanted, state, book, levels)
            find_best(state[0], book, levels, now)
            code = message[CODE]
            empty = now[0] != now[0] and now[1] != now[1]
            told = mine and (code != GOOD or (not empty and not same(now, best[0])))
            for k in range(4):
                best[0, k] = now[k] if mine else best[0, k]
            if told and code == GOOD and when == NONE:
                code = TIME
        if told:
            time[rows] = when if when != NONE else 0
            for k in range(4):
                quotes[k, rows] = now[k] if code == GOOD else 0.0
            lines[rows], bounds[rows, 0], bounds[rows, 1], fault[rows] = line, at, stop, code
            rows += 1
        at = stop
    return rows, at, line
