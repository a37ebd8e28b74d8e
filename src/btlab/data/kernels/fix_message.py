"""FIX messages taken apart: fields, repeating groups of entries, and the check sum.

A group's entries each begin with the tag that stood behind 268. Nothing is allocated here.
"""

from __future__ import annotations

import numpy as np

from btlab.data.kernels.faults import GOOD, MESSAGE, NUMBER, TIME
from btlab.data.kernels.parse_number import Whole, digits_at, scan_real
from btlab.data.kernels.parse_time import YEAR_FIRST, scan_date
from btlab.market.jit import inner

TYPE, SYMBOL, TRANSACTED, SENT, SAID, FOUND, CODE, CHECK, BODY_END, COMPLETE = range(10)
"""What is known of a message: type, the symbol's hash, 60 and 52 in µs, entries said and found, a fault, 10 and its place."""
MESSAGE_FIELDS = 10
ACTION, SIDE, ID, REFERENCE, OF, LEVEL, DAY, CLOCK = range(8)
"""What is known of an entry, in whole numbers; its price and size stand beside them."""
ENTRY_FIELDS = 8

NONE = np.int64(-(1 << 62))
SNAPSHOT, REFRESH = 87, 88
_SEPARATOR, _EQUALS, NEWLINE, _RETURN, _ZERO, _POINT, _COLON, _MINUS = 1, 61, 10, 13, 48, 46, 58, 45
_DAY = 86_400_000_000
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
def read_message(
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
    while at < end and data[at] != NEWLINE:
        began, tag = at, np.int64(0)
        while at < end and 48 <= data[at] <= 57 and at - began < 9:
            tag = tag * 10 + (np.int64(data[at]) - _ZERO)
            at += 1
        if at == began or at >= end or data[at] != _EQUALS:
            message[CODE] = MESSAGE
            while at < end and data[at] != _SEPARATOR and data[at] != NEWLINE:
                at += 1
            at += 1 if at < end and data[at] == _SEPARATOR else 0
            continue
        at += 1
        left = at
        if 0 <= length and left + length < end and data[left + length] == _SEPARATOR:
            at += length
        while at < end and data[at] != _SEPARATOR and data[at] != NEWLINE and data[at] != _RETURN:
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
def begins(data: np.ndarray, at: Whole, end: Whole) -> bool:
    """Whether 8=FIX begins here, and not behind a digit, as in 58=FIX."""
    if at + 5 > end or (at > 0 and 48 <= data[at - 1] <= 57):
        return False
    return data[at] == 56 and data[at + 1] == 61 and data[at + 2] == 70 and data[at + 3] == 73 and data[at + 4] == 88


@inner
def sum_of(data: np.ndarray, at: Whole, end: Whole) -> Whole:
    value = np.int64(0)
    for k in range(at, end):
        value += np.int64(data[k])
    return value % 256
