"""FIX market data: messages 35=W and 35=X, their repeating groups, and the book they leave behind.

A group's entries each begin with the tag that stood behind 268. An entry is told by its id (280, else 278), else by its level
(290 or 1023, counted from 1 within its side), else by its price. Nothing is allocated here; where the book is full, the caller is
asked for a larger one and the message is read again.
"""

from __future__ import annotations

import numpy as np

from btlab.data.kernels.faults import CHECKSUM, GOOD, MESSAGE, NUMBER, TIME
from btlab.data.kernels.parse_number import Whole, digits_at, scan_real
from btlab.data.kernels.parse_time import YEAR_FIRST, scan_date
from btlab.market.jit import inner, kernel

TYPE, SYMBOL, TRANSACTED, SENT, SAID, FOUND, CODE, CHECK, BODY_END, COMPLETE = range(10)
"""What is known of a message: type, the symbol's hash, 60 and 52 in µs, entries said and found, a fault, 10 and its place."""
MESSAGE_FIELDS = 10
ACTION, SIDE, ID, REFERENCE, OF, LEVEL, DAY, CLOCK = range(8)
"""What is known of an entry, in whole numbers; its price and size stand beside them."""
ENTRY_FIELDS = 8

NONE = np.int64(-(1 << 62))
_NEW, _CHANGE, _DELETE = 48, 49, 50
_SNAPSHOT, _REFRESH = 87, 88
_SEPARATOR, _EQUALS, _NEWLINE, _RETURN, _ZERO, _POINT, _COLON, _MINUS = 1, 61, 10, 13, 48, 46, 58, 45
_DAY, _HALF_DAY = 86_400_000_000, 43_200_000_000
_BASIS, _PRIME = np.int64(-3750763034362895579), np.int64(1099511628211)


@inner
def hash_of(data: np.ndarray, at: Whole, end: Whole) -> Whole:
    """FNV-1a, 64 bits; never 0 and never NONE, which mean that nothing is there."""
    value = _BASIS
    for k in range(at, end):
        value = (value ^ np.int64(data[k])) * _PRIME
    return value if value != 0 and value != NONE else np.int64(1)


@inner
def _whole(data: np.ndarray, at: Whole, end: Whole) -> Whole:
    """A whole number of up to nine digits; NONE where it is none."""
    if at == end or end - at > 9:
        return NONE
    value = np.int64(0)
    for k in range(at, end):
        if not 48 <= data[k] <= 57:
            return NONE
        value = value * 10 + (np.int64(data[k]) - _ZERO)
    return value


@inner
def real_at(data: np.ndarray, at: Whole, end: Whole) -> tuple[float, int]:
    """A decimal; zeros at the end of its fraction count for nothing."""
    point = False
    for k in range(at, end):
        point = point or data[k] == _POINT
    while point and end > at + 1 and data[end - 1] == _ZERO:
        end -= 1
    value, code = scan_real(data, at, end, _POINT)
    return value, GOOD if code == GOOD else NUMBER


@inner
def _holds_length(tag: Whole) -> bool:
    """Whether a tag says how long the next field is, which may hold separators."""
    encoded = tag >= 348 and tag <= 364 and tag % 2 == 0
    return encoded or tag == 90 or tag == 93 or tag == 95 or tag == 212 or tag == 445 or tag == 618 or tag == 621


@inner
def _day(data: np.ndarray, at: Whole, end: Whole) -> Whole:
    """YYYYMMDD as µs of its midnight; NONE where it is none."""
    if end - at != 8:
        return NONE
    days, stop = scan_date(data, at, end, YEAR_FIRST)
    return days * _DAY if stop == end else NONE


@inner
def _clock(data: np.ndarray, at: Whole, end: Whole) -> Whole:
    """HH:MM:SS, with a fraction or without, as µs of the day, cut down; 60 is a leap second. NONE where it is none."""
    if end - at < 8 or data[at + 2] != _COLON or data[at + 5] != _COLON:
        return NONE
    hour, first = digits_at(data, at, end, 2)
    minute, second = digits_at(data, at + 3, end, 2)
    seconds, stop = digits_at(data, at + 6, end, 2)
    if first != at + 2 or second != at + 5 or stop != at + 8 or hour > 23 or minute > 59 or seconds > 60:
        return NONE
    value, unit = ((hour * 60 + minute) * 60 + seconds) * 1_000_000, np.int64(1_000_000)
    if stop < end:
        if data[stop] != _POINT or stop + 1 == end:
            return NONE
        for k in range(stop + 1, end):
            if not 48 <= data[k] <= 57:
                return NONE
            unit //= 10
            value += (np.int64(data[k]) - _ZERO) * unit
    return value


@inner
def _moment(data: np.ndarray, at: Whole, end: Whole) -> Whole:
    """YYYYMMDD-HH:MM:SS, with a fraction or without, as µs; NONE where it is none."""
    if end - at < 17 or data[at + 8] != _MINUS:
        return NONE
    day, clock = _day(data, at, at + 8), _clock(data, at + 9, end)
    return NONE if day == NONE or clock == NONE else day + clock


@inner
def _entry_field(
    data: np.ndarray, tag: Whole, at: Whole, end: Whole, whole: np.ndarray, real: np.ndarray, symbol_tag: Whole
) -> int:
    """Take one field of an entry; returns a fault, or GOOD."""
    if tag == 279 or tag == 269:
        whole[ACTION if tag == 279 else SIDE] = data[at] if end - at == 1 else 0
    elif tag == 270 or tag == 271:
        real[tag - 270], code = real_at(data, at, end)
        return code
    elif tag == 278 or tag == 280:
        whole[ID if tag == 278 else REFERENCE] = hash_of(data, at, end)
    elif tag == 290 or tag == 1023:
        whole[LEVEL] = _whole(data, at, end)
        return GOOD if whole[LEVEL] != NONE else NUMBER
    elif tag == 272:
        whole[DAY] = _day(data, at, end)
        return GOOD if whole[DAY] != NONE else TIME
    elif tag == 273:
        whole[CLOCK] = _clock(data, at, end)
        return GOOD if whole[CLOCK] != NONE else TIME
    elif tag == symbol_tag:
        whole[OF] = hash_of(data, at, end)
    return GOOD


@inner
def _read_message(
    data: np.ndarray,
    at: Whole,
    end: Whole,
    symbol_tag: Whole,
    message: np.ndarray,
    whole: np.ndarray,
    real: np.ndarray,
) -> Whole:
    """Take a message apart, from its 8= on; returns where it ends."""
    for k in range(MESSAGE_FIELDS):
        message[k] = NONE
    message[FOUND], message[CODE], message[COMPLETE], message[TYPE] = 0, GOOD, 0, 0
    first, length = NONE, np.int64(-1)
    while at < end and data[at] != _NEWLINE:
        began, tag = at, np.int64(0)
        while at < end and 48 <= data[at] <= 57 and at - began < 9:
            tag = tag * 10 + (np.int64(data[at]) - _ZERO)
            at += 1
        if at == began or at >= end or data[at] != _EQUALS:
            message[CODE] = MESSAGE
            while at < end and data[at] != _SEPARATOR and data[at] != _NEWLINE:
                at += 1
            at += 1 if at < end and data[at] == _SEPARATOR else 0
            continue
        at += 1
        left = at
        if 0 <= length and left + length < end and data[left + length] == _SEPARATOR:
            at += length
        while at < end and data[at] != _SEPARATOR and data[at] != _NEWLINE and data[at] != _RETURN:
            at += 1
        right = at
        at += 1 if at < end and data[at] == _SEPARATOR else 0
        length = _whole(data, left, right) if _holds_length(tag) else np.int64(-1)
        if tag == 10:
            message[CHECK], message[BODY_END], message[COMPLETE] = _whole(data, left, right), began, 1
            return at
        code = GOOD
        if tag == 35:
            message[TYPE] = data[left] if right - left == 1 else 0
        elif tag == 60 or tag == 52:
            field = TRANSACTED if tag == 60 else SENT
            message[field] = _moment(data, left, right)
            code = GOOD if message[field] != NONE else TIME
        elif tag == 268:
            message[SAID] = _whole(data, left, right)
            code = GOOD if message[SAID] != NONE and first == NONE else MESSAGE
        elif message[SAID] > 0:
            first = tag if first == NONE else first
            if tag == first:
                if message[FOUND] >= whole.shape[0]:
                    message[CODE] = MESSAGE
                    message[FOUND] = 0
                for k in range(ENTRY_FIELDS):
                    whole[message[FOUND], k] = NONE
                real[message[FOUND], 0], real[message[FOUND], 1] = np.nan, np.nan
                message[FOUND] += 1
            entry = message[FOUND] - 1
            code = _entry_field(data, tag, left, right, whole[entry], real[entry], symbol_tag)
        elif tag == symbol_tag:
            message[SYMBOL] = hash_of(data, left, right)
        if message[CODE] == GOOD:
            message[CODE] = code
    return at


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
def _best(count: Whole, book: np.ndarray, levels: np.ndarray, best: np.ndarray) -> None:
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
def _same(a: np.ndarray, b: np.ndarray) -> bool:
    same = True
    for k in range(4):
        same = same and (a[k] == b[k] or (a[k] != a[k] and b[k] != b[k]))
    return same


@inner
def _apply(
    message: np.ndarray,
    whole: np.ndarray,
    real: np.ndarray,
    wanted: Whole,
    state: np.ndarray,
    book: np.ndarray,
    levels: np.ndarray,
) -> tuple[bool, Whole]:
    """Bring a message into the book: (whether it is of the wanted symbol, its time; NONE where none is said)."""
    snapshot, mine, time = message[TYPE] == _SNAPSHOT, False, NONE
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


@inner
def _begins(data: np.ndarray, at: Whole, end: Whole) -> bool:
    """Whether 8=FIX begins here, and not behind a digit, as in 58=FIX."""
    if at + 5 > end or (at > 0 and 48 <= data[at - 1] <= 57):
        return False
    return data[at] == 56 and data[at + 1] == 61 and data[at + 2] == 70 and data[at + 3] == 73 and data[at + 4] == 88


@inner
def _concerns(message: np.ndarray, whole: np.ndarray, wanted: Whole) -> bool:
    """Whether a message may be of the wanted symbol, as far as it could be read."""
    known, mine = message[SYMBOL] != NONE, wanted == 0 or message[SYMBOL] == wanted
    for k in range(message[FOUND]):
        known = known or whole[k, OF] != NONE
        mine = mine or whole[k, OF] == wanted
    return mine or not known


@inner
def _sum(data: np.ndarray, at: Whole, end: Whole) -> Whole:
    value = np.int64(0)
    for k in range(at, end):
        value += np.int64(data[k])
    return value % 256


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
        if not _begins(data, at, end):
            line += 1 if data[at] == _NEWLINE else 0
            at += 1
            continue
        stop = _read_message(data, at, end, symbol_tag, message, whole, real)
        kind = message[TYPE]
        if kind != _SNAPSHOT and kind != _REFRESH:
            at = stop
            continue
        if state[0] + message[FOUND] > book.shape[0]:
            return rows, at, line
        code = message[CODE] if message[COMPLETE] == 1 else MESSAGE
        if code == GOOD and (message[SAID] == NONE or message[SAID] != message[FOUND]):
            code = MESSAGE
        if verify and message[COMPLETE] == 1 and _sum(data, at, message[BODY_END]) != message[CHECK]:
            code = CHECKSUM
        if code != GOOD and not _concerns(message, whole, wanted):
            at = stop
            continue
        when, told = NONE, code != GOOD
        if code == GOOD:
            mine, when = _apply(message, whole, real, wanted, state, book, levels)
            _best(state[0], book, levels, now)
            code = message[CODE]
            empty = now[0] != now[0] and now[1] != now[1]
            told = mine and (code != GOOD or (not empty and not _same(now, best[0])))
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
