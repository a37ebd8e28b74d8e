"""What arrays and frames must be to become Ticks or Bars: equal lengths, times in order and in µs, prices that are prices."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import date, datetime
from functools import partial
from typing import Any

import numpy as np

from btlab.errors import SeriesError
from btlab.market.times import iso, to_microseconds

MAX_DIGITS = 10
SCALES = np.array([10.0**digits for digits in range(MAX_DIGITS + 1)])
PIECE = 1 << 16
A_FEW = 16
_NONE = np.empty(0)


def price_digits(*columns: np.ndarray) -> int | None:
    """The fewest decimals d <= 10 with price == round(price x 10^d) / 10^d for every finite price; None if there is none.

    >>> price_digits(np.array([1.10001, 1.2]))
    5
    """
    digits = 0
    for column in columns:
        for chunk in _chunks(column):
            digits = _digits_of(chunk[np.isfinite(chunk)], digits)
            if digits > MAX_DIGITS:
                return None
    return digits


def _digits_of(prices: np.ndarray, at_least: int) -> int:
    few, scales = prices[:A_FEW, np.newaxis], SCALES[at_least:]
    fitting = (np.rint(few * scales) / scales == few).all(axis=0)  # eleven small questions take ten times as long as one
    for digits in at_least + np.flatnonzero(fitting):
        if (np.rint(prices * SCALES[digits]) / SCALES[digits] == prices).all():
            return int(digits)
    return MAX_DIGITS + 1


def _chunks(column: np.ndarray) -> Iterator[np.ndarray]:
    for begin in range(0, len(column), PIECE):
        yield column[begin : begin + PIECE]


def frozen(column: np.ndarray) -> np.ndarray:
    if column.flags.writeable:
        column = column.view()
        column.flags.writeable = False
    return column


def columns_of(time: Any, **values: Any) -> dict[str, np.ndarray]:
    """Equal lengths, times as int64 µs in order, the rest contiguous float64; None is left out."""
    columns = {"time": times_of(time)}
    for name, value in values.items():
        if value is not None:
            try:
                columns[name] = np.array(value, np.float64, order="C", copy=None)
            except (TypeError, ValueError) as error:
                raise SeriesError(f"column {name!r} is not made of numbers: {error}", column=name) from None
    for name, column in columns.items():
        if column.ndim != 1 or len(column) != len(columns["time"]):
            raise SeriesError(f"column {name!r} has shape {column.shape}, time has {len(columns['time'])} rows", column=name)
    earlier, later = columns["time"][:-1], columns["time"][1:]
    backwards = first_row(len(later), lambda rows: later[rows] < earlier[rows])
    if backwards is not None:
        row = backwards + 1
        raise SeriesError(
            f"row {row}: {iso(columns['time'][row])} comes after {iso(columns['time'][row - 1])}; "
            "times must not go back. Sort them first",
            row=row,
        )
    if ("bid_size" in columns) != ("ask_size" in columns) and "bid" in columns:
        raise SeriesError("bid_size and ask_size are given together or not at all")
    for name in ("bid_size", "ask_size", "size", "volume"):
        size = columns.get(name, _NONE)
        if (negative := first_row(len(size), partial(_no_size, size))) is not None:
            raise SeriesError(f"row {negative}: {name} is {size[negative]}; a size is not negative", row=negative, column=name)
    return columns


def times_of(time: Any) -> np.ndarray:
    times = time.to_numpy() if hasattr(time, "to_numpy") else np.asarray(time)
    if times.dtype == object and len(times) and isinstance(times[0], date | datetime):
        times = np.array([to_microseconds(moment) for moment in times], np.int64)
    if times.dtype.kind == "M":
        missing = np.flatnonzero(np.isnat(times))
        if len(missing):
            raise SeriesError(f"row {int(missing[0])}: there is no time; fill it in, or leave the row out", row=int(missing[0]))
        times = times.astype("datetime64[us]").astype(np.int64)
    elif times.dtype.kind not in "iu" and len(times):
        raise SeriesError(f"times are {times.dtype}; they must be int64 µs UTC or datetimes", dtype=str(times.dtype))
    elif times.dtype.kind in "iu" and len(times):
        _check_unit(times)
    return np.ascontiguousarray(times, np.int64)


_UNITS = {"seconds": (1_000_000, "s"), "milliseconds": (1_000, "ms"), "nanoseconds": (0.001, "ns")}
"""Units that times are given in by mistake: how many µs one is, and numpy's name of it."""
_FROM, _UNTIL = 631_152_000_000_000, 4_102_444_800_000_000  # 1990 and 2100, between which data lie


def _check_unit(times: np.ndarray) -> None:
    """That ints are not times of our days in another unit: as µs they lie within weeks of 1970, or beyond the year 20,000.

    Whole seconds are taken as they are: made-up times, minutes after 1970.

    Raises:
        SeriesError: names the unit they look like.
    """
    first, last = int(times[0]), int(times[-1])
    for unit, (length, name) in _UNITS.items():
        looks = _FROM <= first * length and last * length < _UNTIL and not _FROM <= first < _UNTIL
        if looks and (first >= _UNTIL or (times % 1_000_000).any()):
            read = f"{iso(first)}, and" if first < _FROM else "thousands of years ahead, since"
            raise SeriesError(
                f"times begin at {first}, which is {read} ints are µs UTC; {unit} of {iso(int(first * length))[:10]} are meant? "
                f'Say so with np.asarray(time).astype("datetime64[{name}]"), or datetime64[us] where it is as written',
                first=first,
            )


def check_prices(columns: dict[str, np.ndarray], names: tuple[str, ...], *, one_sided: bool) -> None:
    for name in names:
        column, other = columns[name], columns[names[1 - names.index(name)]] if one_sided else None
        if (row := first_row(len(column), partial(_no_price, column, other))) is not None:
            raise SeriesError(f"row {row}: {name} is {column[row]}; a price is positive and finite", row=row, column=name)


def _no_price(column: np.ndarray, other: np.ndarray | None, rows: slice) -> np.ndarray:
    """Which of some rows hold no price; one may be missing where there is one of the other side."""
    good = (column[rows] > 0) & (column[rows] < np.inf)
    return ~good if other is None else ~(good | (np.isnan(column[rows]) & ~np.isnan(other[rows])))


def _no_size(column: np.ndarray, rows: slice) -> np.ndarray:
    return np.asarray(~(column[rows] >= 0))


def first_row(count: int, wrong: Callable[[slice], np.ndarray]) -> int | None:
    """The first of `count` rows that a test is true of: asked of pieces that stay near the processor, it takes half the time."""
    for begin in range(0, count, PIECE):
        found = np.flatnonzero(wrong(slice(begin, min(begin + PIECE, count))))
        if len(found):
            return begin + int(found[0])
    return None


def frame_columns(frame: Any) -> dict[str, Any]:
    """Columns by lower-case name; a pandas index of times counts as the column time."""
    named = {str(name).lower(): frame[name] for name in getattr(frame, "columns", ())}
    if "time" not in named:
        for alias in ("date", "datetime", "timestamp"):
            if alias in named:
                named["time"] = named.pop(alias)
                break
        else:
            index = getattr(frame, "index", None)
            if index is not None and getattr(getattr(index, "dtype", None), "kind", "") == "M":
                named["time"] = index
    return named
