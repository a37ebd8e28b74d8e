"""One price for each row, and what is usual for prices and sizes of a day."""

from __future__ import annotations

import numpy as np

from btlab.data.rows import BarColumns, Columns

_SAMPLE = 1 << 16


def middle(columns: Columns | BarColumns) -> np.ndarray:
    """The middle of both sides, or the side that is there; of bars the middle of high and low."""
    if isinstance(columns, BarColumns):
        return (columns.high + columns.low) * 0.5
    if columns.bid is columns.ask:
        return columns.bid
    price = (columns.bid + columns.ask) * 0.5
    gone = np.isnan(price)
    if gone.any():
        price[gone] = np.where(np.isnan(columns.bid[gone]), columns.ask[gone], columns.bid[gone])
    return price


def median_above_zero(values: np.ndarray) -> float:
    """The median of the positive ones, from about 65,536 spread evenly over them; inf where there is none.

    >>> median_above_zero(np.array([0.0, 3.0, 1.0, 2.0]))
    2.0
    """
    some = values if len(values) <= _SAMPLE else values[:: len(values) // _SAMPLE]
    some = some[some > 0]
    return float(np.median(some)) if len(some) else float("inf")
