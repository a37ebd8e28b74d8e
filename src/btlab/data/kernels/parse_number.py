"""Decimals and counts in bytes, to the doubles nearest to them and to µs."""

from __future__ import annotations

from typing import Any, TypeAlias

import numpy as np

from btlab.data.kernels.faults import GOOD, NUMBER, TIME, UNIT
from btlab.market.jit import inner

Whole: TypeAlias = Any
"""An int64 in compiled code."""

LONG_NUMBER = 255
"""A number with more digits than a double holds: Python's own reader takes the row."""

POINT, PLUS, MINUS, ZERO = 46, 43, 45, 48
TENS = 10.0 ** np.arange(23)
_MOST_DIGITS, _MOST_DECIMALS, _EXACT = 18, 12, 2**53


@inner
def digit_at(data: np.ndarray, at: Whole, end: Whole) -> Whole:
    """The digit at a place, or -1."""
    if at < end and 48 <= data[at] <= 57:
        return np.int64(data[at]) - 48
    return np.int64(-1)


@inner
def digits_at(data: np.ndarray, at: Whole, end: Whole, most: int) -> tuple[Whole, Whole]:
    """Up to `most` digits: (their number, where they end)."""
    value, stop = np.int64(0), min(end, at + most)
    while at < stop and 48 <= data[at] <= 57:
        value = value * 10 + (np.int64(data[at]) - 48)
        at += 1
    return value, at


@inner
def scan_number(data: np.ndarray, at: Whole, end: Whole, mark: int) -> tuple[Whole, Whole, int]:
    """A decimal in data[at:end]: (mantissa, decimals, GOOD, NUMBER or LONG_NUMBER); its value is mantissa / 10^decimals.

    Args:
        mark: the byte between whole and part.
    """
    negative = at < end and data[at] == MINUS
    if at < end and (data[at] == MINUS or data[at] == PLUS):
        at += 1
    begin, point = at, np.int64(-1)
    while at < end and data[at] == ZERO:
        at += 1
    first, mantissa = at, np.int64(0)
    while at < end:
        digit = np.int64(data[at]) - ZERO
        if 0 <= digit <= 9:
            mantissa = mantissa * 10 + digit
        elif data[at] == mark and point < 0:
            point = at
        else:
            break
        at += 1
    dots = 1 if point >= 0 else 0
    decimals = at - point - 1 if dots else np.int64(0)
    if at - begin - dots <= 0:
        return mantissa, decimals, NUMBER
    used = at - first - (1 if point >= first else 0)
    if at < end:
        if data[at] != 69 and data[at] != 101:
            return mantissa, decimals, NUMBER
        at += 1
        down = at < end and data[at] == MINUS
        if at < end and (data[at] == MINUS or data[at] == PLUS):
            at += 1
        power, stop = digits_at(data, at, end, 4)
        if stop == at or stop < end:
            return mantissa, decimals, NUMBER
        decimals += power if down else -power
    if negative:
        mantissa = -mantissa
    return mantissa, decimals, LONG_NUMBER if used > _MOST_DIGITS else GOOD


@inner
def scan_real(data: np.ndarray, at: Whole, end: Whole, mark: int) -> tuple[float, int]:
    """The double nearest to a decimal: (value, GOOD, NUMBER or LONG_NUMBER). An empty cell is NaN and good."""
    if at == end:
        return np.nan, GOOD
    mantissa, decimals, code = scan_number(data, at, end, mark)
    if code != GOOD:
        return np.nan, code
    # Both are doubles without an error, so one division or multiplication rounds once: to the nearest double.
    if abs(mantissa) <= _EXACT and 0 <= decimals <= 22:
        return float(mantissa) / TENS[decimals], GOOD
    if abs(mantissa) <= _EXACT and -22 <= decimals < 0:
        return float(mantissa) * TENS[-decimals], GOOD
    return np.nan, LONG_NUMBER


@inner
def scan_epoch(data: np.ndarray, at: Whole, end: Whole, unit: np.ndarray) -> tuple[Whole, int]:
    """A count of units since an epoch, as µs cut down: (µs, code).

    Args:
        unit: int64 (4,): a unit is unit[0] / unit[1] µs; the least and past-greatest whole count.
    """
    negative = at < end and data[at] == MINUS
    whole, stop = digits_at(data, at + 1 if negative else at, end, _MOST_DIGITS + 1)
    if stop == at + (1 if negative else 0):
        return np.int64(0), TIME
    part, ten = np.int64(0), np.int64(1)
    if stop < end and data[stop] == POINT:
        begin = stop + 1
        part, stop = digits_at(data, begin, end, _MOST_DECIMALS)
        for _ in range(stop - begin):
            ten *= 10
        while digit_at(data, stop, end) >= 0:
            stop += 1
    if stop < end:
        return np.int64(0), TIME
    if negative or whole < unit[2] or whole >= unit[3]:
        return np.int64(0), UNIT
    if ten == 1 and unit[1] == 1:
        return whole * unit[0], GOOD
    return whole * unit[0] // unit[1] + part * unit[0] // (unit[1] * ten), GOOD
