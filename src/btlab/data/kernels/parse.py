"""One pass over the bytes of a table: times to int64 µs, numbers to the doubles nearest to their decimals, faults by row.

Nothing is allocated here, and no byte of any input can lead outside the arrays: every index is checked against its end.
Nearly all cells there are, plain decimals of up to 15 digits and times that share all but their seconds with the row before,
are read in one go, without finding their ends first; every other cell takes the long way, to the same values.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from btlab.data.kernels.faults import CELLS, GOOD, SYMBOL
from btlab.data.kernels.parse_number import LONG_NUMBER, POINT, TENS, Whole, scan_epoch, scan_real
from btlab.data.kernels.parse_time import COMPACT, SECOND, SPACE, WHOLE, scan_clock, scan_fraction, scan_time_alone
from btlab.market.jit import inner, kernel

IGNORED, TIME_ALONE, SAME = -1, -2, -3
"""What a column is, where it is not the time (0) or a number (k: row k - 1 of `real`): of no interest, the time of the day of a
date in another column, or a name that must be the same in all rows."""

EPOCH = 3
"""Times are counts; else one of the orders of `parse_time`: YEAR_FIRST, DAY_FIRST, MONTH_FIRST."""

_NEWLINE, _RETURN, _TAB, _QUOTE, _COMMA = 10, 13, 9, 34, 44


@inner
def _byte(data: np.ndarray, at: Whole) -> Any:
    """data[at] of an `at` that is never negative: without numba's question whether it counts from the end, a third faster."""
    return data[np.uint64(at)]


@inner
def _ends(data: np.ndarray, at: Whole, end: Whole, delimiter: int) -> bool:
    """Whether a cell ends here."""
    if at >= end or _byte(data, at) == delimiter or _byte(data, at) == _NEWLINE:
        return True
    return _byte(data, at) == _RETURN and (at + 1 == end or _byte(data, at + 1) == _NEWLINE)


@inner
def _is_blank(byte: Any) -> bool:
    """What is cut off both ends of a cell."""
    return byte in (SPACE, _TAB, _QUOTE, _RETURN)


@inner
def _cell(data: np.ndarray, at: Whole, end: Whole, delimiter: int) -> tuple[Whole, Whole, Whole]:
    """A cell: (where its text begins, where it ends, where the cell ends). A delimiter within quotes ends none."""
    left = at
    while left < end and (_byte(data, left) == SPACE or _byte(data, left) == _TAB) and _byte(data, left) != delimiter:
        left += 1
    stop = left
    if left < end and _byte(data, left) == _QUOTE:
        stop += 1
        while stop < end and _byte(data, stop) != _QUOTE and _byte(data, stop) != _NEWLINE:
            stop += 1
    while stop < end and _byte(data, stop) != delimiter and _byte(data, stop) != _NEWLINE:
        stop += 1
    right = stop
    while left < right and _is_blank(_byte(data, left)):
        left += 1
    while left < right and _is_blank(_byte(data, right - 1)):
        right -= 1
    return left, right, stop


@inner
def _remember(memo: np.ndarray, left: Whole, right: Whole, time: Whole, seconds: Whole, form: int) -> None:
    """Keep what the next row is likely to begin with: `memo` is where it begins, its length, its µs, and what follows it."""
    memo[0], memo[1], memo[2], memo[3] = left, right - left, time, WHOLE
    if seconds >= 0:
        memo[1], memo[3] = seconds - left, form
        memo[2] = time // (60 * SECOND) * (60 * SECOND)


@inner
def _recall(data: np.ndarray, at: Whole, end: Whole, delimiter: int, memo: np.ndarray) -> tuple[Whole, Whole, int]:
    """A time that begins as the one remembered: (µs, where the cell ends, 1 where a Z stood there); ends at -1 for any other."""
    begin, length = memo[0], memo[1]
    no = np.int64(-1)
    if length <= 0 or at + length > end:
        return no, no, 0
    other = np.uint8(0)
    for k in range(length):
        other |= _byte(data, at + k) ^ _byte(data, begin + k)
    if other != 0:
        return no, no, 0
    at += length
    value = memo[2]
    if memo[3] != WHOLE:
        if at + 2 > end:
            return no, no, 0
        tens, ones = np.int64(_byte(data, at)) - 48, np.int64(_byte(data, at + 1)) - 48
        if not (0 <= tens <= 5 and 0 <= ones <= 9):
            return no, no, 0
        value += (tens * 10 + ones) * SECOND
        at += 2
        point = at < end and (_byte(data, at) == POINT or (_byte(data, at) == _COMMA and delimiter != _COMMA))
        if point or memo[3] == COMPACT:
            part, stop = scan_fraction(data, at + 1 if point else at, end)
            if point and stop == at + 1:
                return no, no, 0
            value, at = value + part, stop
    zoned = 0
    if at < end and _byte(data, at) == 90:
        at, zoned = at + 1, 1
    return value, at if _ends(data, at, end, delimiter) else no, zoned


@inner
def _same(data: np.ndarray, left: Whole, right: Whole, name: np.ndarray) -> bool:
    if right - left != name.shape[0]:
        return False
    same = True
    for k in range(name.shape[0]):
        same = same and _byte(data, left + k) == name[k]
    return same


@kernel
def scan_rows(
    data: np.ndarray,
    delimiter: int,
    mark: int,
    targets: np.ndarray,
    clock: int,
    unit: np.ndarray,
    name: np.ndarray,
    line: Whole,
    memo: np.ndarray,
    time: np.ndarray,
    real: np.ndarray,
    lines: np.ndarray,
    starts: np.ndarray,
    zoned: np.ndarray,
    fault: np.ndarray,
) -> tuple[int, Whole]:
    """Read all rows of a block of whole lines. Blank lines are no rows.

    Args:
        data: uint8, the block; its last line may lack the newline. delimiter, mark: bytes between cells, and within a number.
        targets: int64 per column: 0 for the time, k for row k - 1 of `real`, or IGNORED, TIME_ALONE, SAME.
        clock: the order of a date, or EPOCH. unit: int64 (4,), of EPOCH: see `scan_epoch`. name: uint8, of a column SAME.
        line: number of the first line. memo: int64 (2, 4), zeros.
        time, real, lines, starts, zoned, fault: as long as there are lines; zoned is 1 where the text carried an offset.

    Returns:
        (rows, number of the line after the block).
    """
    at, end, count, wanted = 0, data.shape[0], 0, targets.shape[0]
    inside = mark if mark != delimiter else -1  # Where both are one, only quotes keep a number together.
    while at < end:
        starts[np.uint64(count)], column, code, blank, more = at, 0, GOOD, True, True
        moment, offset, row = np.int64(0), 0, np.uint64(count)
        while more:
            target = targets[np.uint64(column)] if column < wanted else np.int64(IGNORED)
            column += 1
            left, done = at, False
            if target > 0:
                mantissa: Whole = np.int64(0)
                point: Whole = np.int64(-1)
                while at < end:
                    digit = np.int64(_byte(data, at)) - 48
                    if 0 <= digit <= 9:
                        mantissa = mantissa * 10 + digit
                    elif _byte(data, at) == inside and point < 0:
                        point = at
                    else:
                        break
                    at += 1
                length = at - left - (1 if point >= 0 else 0)
                if 0 < length <= 15 and _ends(data, at, end, delimiter):
                    real[np.uint64(target - 1), row] = float(mantissa) / TENS[np.uint64(at - point - 1 if point >= 0 else 0)]
                    done = True
            elif target == IGNORED:
                if at < end and _byte(data, at) > SPACE and _byte(data, at) != _QUOTE:
                    while at < end and _byte(data, at) != delimiter and _byte(data, at) != _NEWLINE:
                        at += 1
                    done = True
            elif target == 0 and clock == EPOCH:
                whole: Whole = np.int64(0)
                while at < end and 48 <= _byte(data, at) <= 57:
                    whole = whole * 10 + (np.int64(_byte(data, at)) - 48)
                    at += 1
                if 0 < at - left <= 18 and unit[2] <= whole < unit[3] and _ends(data, at, end, delimiter):
                    moment, done = moment + (whole * unit[0] if unit[1] == 1 else whole * unit[0] // unit[1]), True
            elif target in (0, TIME_ALONE):
                value, stop, east = _recall(data, at, end, delimiter, memo[0 if target == 0 else 1])
                if stop >= 0:
                    moment, offset, at, done = moment + value, offset | east, stop, True
            if done:
                blank = False
                if at < end and _byte(data, at) == _RETURN:
                    at += 1
            else:
                left, right, at = _cell(data, left, end, delimiter)
                blank = blank and left == right
                if target == IGNORED or (code != GOOD and code != LONG_NUMBER):
                    pass
                elif target > 0:
                    real[np.uint64(target - 1), row], found = scan_real(data, left, right, mark)
                    code = found if found != GOOD else code
                elif target == SAME:
                    code = code if _same(data, left, right, name) else SYMBOL
                elif target == 0 and clock == EPOCH:
                    value, found = scan_epoch(data, left, right, unit)
                    moment, code = moment + value, found if found != GOOD else code
                else:
                    if target == 0:
                        value, east, found, seconds, form = scan_clock(data, left, right, clock)
                    else:
                        value, east, found, seconds, form = scan_time_alone(data, left, right)
                    if found != GOOD:
                        code = found
                    elif east == 0 or (_byte(data, right - 1) == 90 and seconds >= 0):
                        _remember(memo[0 if target == 0 else 1], left, right, value, seconds, form)
                    moment, offset = moment + value, offset | (1 if east != 0 else 0)
            more = at < end and _byte(data, at) == delimiter
            at += 1
        if column > 1 or not blank:
            fault[row] = code if column == wanted else CELLS
            time[row], zoned[row], lines[row] = moment, offset, line
            count += 1
        line += 1
    return count, line
