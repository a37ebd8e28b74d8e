"""TA-Lib's batch functions, with one rule for what is missing.

**The rule, for every indicator, TA-Lib's and ours, closed and forming: a bar with an input that is not finite is not there.** Its
value is NaN, and all others are what they would be without it. So leading NaN only move the start, a hole never poisons what
follows, and what has no value yet is NaN, never 0: in outputs of whole numbers too. A volume of 0 is a number like any other. An
output may be infinite or NaN by its formula (LN of 0, division by 0); fed into another indicator, it is a bar that is not there.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache

import numpy as np

from btlab.errors import IndicatorError
from btlab.indicators.catalogue import entry_of
from btlab.indicators.entry import Entry
from btlab.indicators.settings import check_settings


def finite_rows(columns: Sequence[np.ndarray]) -> np.ndarray | None:
    """bool (bars,): where all of them are finite; None where they are everywhere."""
    with np.errstate(invalid="ignore", over="ignore"):
        if all(np.isfinite(column.sum()) for column in columns):  # a third of what the whole question costs
            return None
    rows = np.logical_and.reduce([np.isfinite(column) for column in columns])
    return None if rows.all() else rows


def lookback_of(entry: Entry, values: Sequence[float]) -> int:
    """Bars before the first value of one of TA-Lib's functions.

    Raises:
        IndicatorError: it takes no such parameters together.
    """
    check_settings()
    lookback = _lookback_of(entry.name, tuple(values))
    if lookback < 0:
        raise contradiction(entry, values)
    return lookback


@lru_cache(4096)
def _lookback_of(name: str, values: tuple[float, ...]) -> int:
    """What TA-Lib says, below 0 where it refuses; to ask it takes 0.15 ms."""
    from talib import abstract

    entry, function = entry_of(name), abstract.Function(name)  # type: ignore[attr-defined]
    function.set_parameters({one.name: value for one, value in zip(entry.parameters, typed(entry, values))})
    return int(function.lookback)


def contradiction(entry: Entry, values: Sequence[float]) -> IndicatorError:
    """What is said where each parameter is within its range, and TA-Lib takes them not together."""
    given = ", ".join(f"{one.name}={one.shown(value)}" for one, value in zip(entry.parameters, values))
    return IndicatorError(f"{entry.name}({given}): TA-Lib refuses these together", name=entry.name)


def typed(entry: Entry, values: Sequence[float]) -> list[float]:
    """Parameters as the library wants them: ints where it counts."""
    return [int(value) if one.whole else value for one, value in zip(entry.parameters, values)]


def batch(entry: Entry, values: Sequence[float], columns: Sequence[np.ndarray], finite: bool = False) -> list[np.ndarray]:
    """Each output over all bars, float64, by the rule above.

    Args:
        values: all parameters in order.
        columns: float64 of one length, in the order of the entry's inputs.
        finite: whether they are known to be.
    """
    rows = None if finite else finite_rows(columns)
    if rows is None:
        return _whole_batch(entry, values, columns)
    begin, end = int(np.argmax(rows)), len(rows) - int(np.argmax(rows[::-1]))
    where = slice(begin, end) if rows[begin:end].all() else rows
    made = _whole_batch(entry, values, [np.ascontiguousarray(column[where]) for column in columns]) if rows.any() else []
    if not made:
        return [np.full(len(rows), np.nan) for _ in entry.outputs]
    return [_spread(some, where, begin, end, len(rows)) for some in made]


def _spread(some: np.ndarray, where: slice | np.ndarray, begin: int, end: int, bars: int) -> np.ndarray:
    """Values at the bars that are there, NaN at all others; a column is written once where they are one stretch."""
    if isinstance(where, slice):
        output = np.empty(bars)
        output[:begin] = output[end:] = np.nan
    else:
        output = np.full(bars, np.nan)
    output[where] = some
    return output


def _whole_batch(entry: Entry, values: Sequence[float], columns: Sequence[np.ndarray]) -> list[np.ndarray]:
    import talib

    check_settings()
    if not len(columns[0]):
        return [np.empty(0) for _ in entry.outputs]
    try:
        made = getattr(talib, entry.name)(*columns, *typed(entry, values))
    except Exception as error:  # the library knows no other kind
        if "BAD_PARAM" not in str(error):
            raise
        raise contradiction(entry, values) from None
    outputs = list(made) if isinstance(made, tuple) else [made]
    if any(one.whole for one in entry.outputs):
        first = lookback_of(entry, values)
        outputs = [_without_warm_up(one, first) if one.dtype != np.float64 else one for one in outputs]
    return outputs


def _without_warm_up(numbers: np.ndarray, first: int) -> np.ndarray:
    real = numbers.astype(np.float64)
    real[:first] = np.nan
    return real
