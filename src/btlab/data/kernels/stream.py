"""Lines of JSON as exchanges send them: trades and best quotes, one flat object a line, perhaps inside another one.

Only names of one letter are looked at, as Binance's streams have them: e (event), s (symbol), T and E (times), p, q, m (price,
quantity, whether the buyer is the maker), b, B, a, A (best bid and ask with their quantities). Nothing is allocated here.
"""

from __future__ import annotations

import numpy as np

from btlab.data.kernels.faults import GOOD, MESSAGE, NUMBER, TIME, UNIT
from btlab.data.kernels.fix_message import hash_of, real_at
from btlab.data.kernels.parse_number import Whole, digits_at
from btlab.market.jit import inner, kernel

QUOTES, TRADES = 0, 1
FIELDS = 128
"""Room for where the value of each name stands, by the letter's code."""

_NEWLINE, _QUOTE, _BACKSLASH, _COLON, _COMMA = 10, 34, 92, 58, 44
_OPEN, _CLOSE, _LIST, _UNLIST = 123, 125, 91, 93
_EVENT, _SYMBOL, _TRADED, _SENT, _PRICE, _QUANTITY, _MAKER = 101, 115, 84, 69, 112, 113, 109
_BID, _BID_SIZE, _ASK, _ASK_SIZE = 98, 66, 97, 65
_MILLISECONDS, _MICROSECONDS, _LEAST, _LATEST = 10**14, 10**17, 10**11, 7_300_000_000_000_000


@inner
def _string_end(data: np.ndarray, at: Whole, end: Whole) -> Whole:
    """Where a string that begins at `at`, behind its quote, ends; `end` where it does not."""
    while at < end and data[at] != _QUOTE:
        at += 2 if data[at] == _BACKSLASH else 1
    return min(at, end)


@inner
def _blank(data: np.ndarray, at: Whole, end: Whole) -> Whole:
    """Behind blanks."""
    while at < end and (data[at] == 32 or data[at] == 9 or data[at] == 13):
        at += 1
    return at


@inner
def _read_object(data: np.ndarray, at: Whole, end: Whole, left: np.ndarray, right: np.ndarray) -> bool:
    """Where the values of names of one letter stand, in data[at:end]; whether all that opens is closed."""
    for k in range(FIELDS):
        left[k] = -1
    depth, lists = 0, 0
    while at < end:
        byte = data[at]
        at += 1
        if byte == _OPEN:
            depth += 1
        elif byte == _CLOSE:
            depth -= 1
            if depth <= 0:
                return depth == 0 and lists == 0 and _blank(data, at, end) == end
        elif byte == _LIST:
            lists += 1
        elif byte == _UNLIST:
            lists -= 1
        elif byte == _QUOTE:
            begin, stop = at, _string_end(data, at, end)
            at = _blank(data, stop + 1, end)
            if lists == 0 and stop == begin + 1 and data[begin] < FIELDS and at < end and data[at] == _COLON:
                name, at = np.int64(data[begin]), _blank(data, at + 1, end)
                if at < end and data[at] == _QUOTE:
                    left[name], right[name] = at + 1, _string_end(data, at + 1, end)
                    at = right[name] + 1
                elif at < end and data[at] != _OPEN and data[at] != _LIST:
                    left[name] = at
                    while at < end and data[at] != _COMMA and data[at] != _CLOSE:
                        at += 1
                    right[name] = at
    return False


@inner
def _kind(data: np.ndarray, left: np.ndarray, right: np.ndarray) -> int:
    """QUOTES, TRADES, or -1 for other events."""
    begin, length = left[_EVENT], right[_EVENT] - left[_EVENT]
    if begin < 0:
        quoted = left[_BID] >= 0 and left[_ASK] >= 0 and left[_BID_SIZE] >= 0 and left[_ASK_SIZE] >= 0
        return QUOTES if quoted else -1
    if length == 5 and data[begin] == 116 and data[begin + 4] == 101:
        return TRADES
    if length == 8 and data[begin] == 97 and data[begin + 3] == 84 and data[begin + 7] == 101:
        return TRADES
    return QUOTES if length == 10 and data[begin] == 98 and data[begin + 4] == 84 and data[begin + 9] == 114 else -1


@inner
def _moment(data: np.ndarray, left: np.ndarray, right: np.ndarray) -> tuple[Whole, int]:
    """When it happened, T, else when it was sent, E: (µs, code); ms or µs by the number's size."""
    name = _TRADED if left[_TRADED] >= 0 else _SENT
    if left[name] < 0:
        return np.int64(0), TIME
    value, stop = digits_at(data, left[name], right[name], 18)
    if stop == left[name] or _blank(data, stop, right[name]) != right[name]:
        return np.int64(0), TIME
    if value < _MILLISECONDS:
        return value * 1000, GOOD if _LEAST <= value and value * 1000 < _LATEST else UNIT
    return value, GOOD if value < _LATEST else UNIT


@inner
def _number(data: np.ndarray, left: np.ndarray, right: np.ndarray, name: int) -> tuple[float, int]:
    if left[name] < 0 or left[name] == right[name]:
        return np.nan, NUMBER
    return real_at(data, left[name], right[name])


@kernel
def scan_events(
    data: np.ndarray,
    line: Whole,
    wanted: int,
    symbol: Whole,
    left: np.ndarray,
    right: np.ndarray,
    time: np.ndarray,
    numbers: np.ndarray,
    lines: np.ndarray,
    starts: np.ndarray,
    fault: np.ndarray,
) -> tuple[int, Whole]:
    """One row for each event of a kind and a symbol, and for each line that is no whole object. Blank lines are no rows.

    Args:
        data: uint8, whole lines. line: the number of the first. wanted: QUOTES or TRADES. symbol: its hash; 0 for any.
        left, right: int64 scratch, as long as FIELDS.
        time, numbers, lines, starts, fault: as long as there are lines; numbers: bid, ask, bid size, ask size; of a trade its
            price twice, and its size on the side of the aggressor.

    Returns:
        (rows, number of the line after the block).
    """
    begin, end, rows = 0, data.shape[0], 0
    while begin < end:
        stop = begin
        while stop < end and data[stop] != _NEWLINE:
            stop += 1
        at = begin
        while at < stop and data[at] != _OPEN:
            at += 1
        blank = _blank(data, begin, stop) == stop
        whole = _read_object(data, at, stop, left, right)
        kind = _kind(data, left, right)
        other = left[_SYMBOL] >= 0 and symbol != 0 and hash_of(data, left[_SYMBOL], right[_SYMBOL]) != symbol
        if not blank and not other and (kind == wanted or (kind < 0 and not whole and left[_EVENT] < 0)):
            time[rows], code = _moment(data, left, right)
            first = second = third = fourth = 0.0
            if kind == QUOTES:
                first, one = _number(data, left, right, _BID)
                second, two = _number(data, left, right, _ASK)
                third, three = _number(data, left, right, _BID_SIZE)
                fourth, four = _number(data, left, right, _ASK_SIZE)
                worst = max(max(one, two), max(three, four))
            else:
                first, one = _number(data, left, right, _PRICE)
                size, two = _number(data, left, right, _QUANTITY)
                letter = data[left[_MAKER]] if left[_MAKER] >= 0 else 0
                second, worst = first, max(max(one, two), GOOD if letter == 116 or letter == 102 else NUMBER)
                third, fourth = (size, 0.0) if letter == 116 else (0.0, size)
            numbers[0, rows], numbers[1, rows], numbers[2, rows], numbers[3, rows] = first, second, third, fourth
            lines[rows], starts[rows] = line, begin
            fault[rows] = MESSAGE if not whole else code if code != GOOD else worst
            rows += 1
        begin = stop + 1
        line += 1
    return rows, line
