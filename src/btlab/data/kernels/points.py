"""Prices on a decimal grid: how many digits it has, and prices as its points."""

from __future__ import annotations

from typing import Any, TypeAlias

import numpy as np
from numba import types

from btlab.market.jit import kernel

Whole: TypeAlias = Any
"""An int64 in compiled code."""

MISSING = -(2**31)
"""The point of a price that is missing (NaN)."""

MOST_DIGITS = 10
_TENS = 10.0 ** np.arange(MOST_DIGITS + 1)

_prices = types.Array(types.float64, 1, "C", readonly=True)
_points = types.Array(types.int32, 1, "C")


@kernel(types.int64(_prices, types.int64))  # type: ignore[untyped-decorator]
def digits_of(price: np.ndarray, digits: Whole) -> Whole:
    """The fewest decimals from `digits` on with price == rint(price x 10^d) / 10^d for every finite price; over 10: none."""
    for row in range(price.shape[0]):
        value = price[row]
        while digits <= MOST_DIGITS and np.isfinite(value) and np.rint(value * _TENS[digits]) / _TENS[digits] != value:
            digits += 1
        if digits > MOST_DIGITS:
            break
    return digits


@kernel(types.int64(_prices, types.int64, _points))  # type: ignore[untyped-decorator]
def to_points(price: np.ndarray, digits: Whole, out: np.ndarray) -> Whole:
    """Write points, `MISSING` where there is no price; returns how many are missing."""
    missing = np.int64(0)
    scale = _TENS[digits]
    for row in range(price.shape[0]):
        value = price[row]
        if value != value:
            out[row] = MISSING
            missing += 1
        else:
            out[row] = np.int32(np.rint(value * scale))
    return missing
