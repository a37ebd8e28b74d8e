"""Any table of numbers as columns, and back: arrays, lists, frames and series of polars and pandas, Ticks and Bars.

pandas is never imported here: a pandas object brings its own class.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

import numpy as np

from btlab.market.series import Bars, Ticks
from btlab.market.times import to_datetime, to_microseconds

FEWEST = 8
"""Rows from which on a table may be taken for data."""
INDEX = "the index"
Columns = dict[str, np.ndarray]


@dataclass(frozen=True, eq=False)
class Table:
    """Columns of equal length: float64, int64 or bool; times as int64 µs UTC; anything else as objects.

    Attributes:
        columns: name -> values. times: the names of those that are times.
        build: makes a value of the original's kind from other columns with the same names and kinds.
    """

    columns: Columns
    build: Callable[[Columns], Any]
    times: frozenset[str] = field(default_factory=frozenset)

    def __len__(self) -> int:
        return len(next(iter(self.columns.values()))) if self.columns else 0


def table_of(value: Any) -> Table | None:
    """The table that a value is; None of anything else, and of what is too short to be data."""
    table = _open(value)
    return table if table is not None and len(table) >= FEWEST else None


def _open(value: Any) -> Table | None:
    if isinstance(value, np.ndarray):
        return _of_array(value)
    if isinstance(value, Ticks):
        return _of_series(value, ("time", "bid", "ask", "bid_size", "ask_size"))
    if isinstance(value, Bars):
        return _of_series(value, ("time", "open", "high", "low", "close", "volume"))
    if isinstance(value, list | tuple | deque):
        return _of_list(value)
    if isinstance(value, dict):
        return _of_dict(value)
    room, name = type(value).__module__.partition(".")[0], type(value).__name__
    if room == "polars":
        return _of_polars(value, name)
    if room == "pandas":
        return _of_pandas(value, name)
    return None


def _plain(column: np.ndarray) -> tuple[np.ndarray, bool, Callable[[np.ndarray], np.ndarray]]:
    """(values as float64, int64, bool or objects; whether they are times; the way back)."""
    dtype = column.dtype
    if dtype.kind == "M":
        return column.astype("datetime64[us]").astype(np.int64), True, lambda v: v.astype("datetime64[us]").astype(dtype)
    if dtype.kind in "iu":
        unit = _unit_of(column)
        if unit:
            whole, part = unit
            return column.astype(np.int64) * part // whole, True, lambda v: (v * whole // part).astype(dtype)
        return column.astype(np.int64), False, lambda v: v.astype(dtype)
    if dtype.kind == "f":
        return column.astype(np.float64), False, lambda v: v.astype(dtype)
    return column, False, lambda v: v.astype(dtype)


def _unit_of(column: np.ndarray) -> tuple[int, int] | None:
    """Of ints that may be times of these centuries: (units a µs, µs a unit)."""
    if not len(column) or column.dtype.itemsize < 8:
        return None
    least, most = int(column.min()), int(column.max())
    for units, micro in ((1_000, 1), (1, 1), (1, 1_000), (1, 1_000_000)):
        if least * micro // units >= 300_000_000_000_000 and most * micro // units < 5_000_000_000_000_000:
            return units, micro
    return None


def _of_columns(raw: dict[str, np.ndarray], build: Callable[[Columns], Any]) -> Table:
    plain = {name: _plain(column) for name, column in raw.items()}
    ways = {name: back for name, (_, _, back) in plain.items()}
    return Table(
        {name: values for name, (values, _, _) in plain.items()},
        lambda columns: build({name: ways[name](column) for name, column in columns.items()}),
        frozenset(name for name, (_, is_time, _) in plain.items() if is_time),
    )


def _of_array(value: np.ndarray) -> Table | None:
    if value.dtype.names:
        names = value.dtype.names

        def records(columns: Columns) -> np.ndarray:
            rows = np.empty(len(columns[names[0]]), value.dtype)
            for name in names:
                rows[name] = columns[name]
            return rows

        return _of_columns({name: value[name] for name in names}, records) if value.ndim == 1 else None
    if value.dtype.kind not in "fiubM" or value.ndim not in (1, 2):
        return None
    if value.ndim == 1:
        return _of_columns({"values": value}, lambda columns: columns["values"])
    across = value.shape[0] < value.shape[1]
    rows = value.T if across else value
    if rows.shape[1] > 64:
        return None

    def stacked(columns: Columns) -> np.ndarray:
        built = np.column_stack(list(columns.values())).astype(value.dtype)
        return np.ascontiguousarray(built.T if across else built)

    return _of_columns({str(k): rows[:, k] for k in range(rows.shape[1])}, stacked)


def _of_series(value: Ticks | Bars, names: tuple[str, ...]) -> Table:
    def build(columns: Columns) -> Ticks | Bars:
        if isinstance(value, Ticks):
            sizes = columns.get("bid_size"), columns.get("ask_size")
            return Ticks(columns["time"], columns["bid"], columns["ask"], *sizes, value.symbol, value.trades)
        time, open_, high, low, close, volume = (columns[name] for name in names)
        return Bars(time, open_, high, low, close, volume, value.timeframe, value.symbol)

    columns = {name: np.asarray(column) for name in names if (column := getattr(value, name)) is not None}
    return Table(columns, build, frozenset(["time"]))


def _of_list(value: list[Any] | tuple[Any, ...] | deque[Any]) -> Table | None:
    first = value[0] if len(value) else None
    if isinstance(first, tuple | list) and len({len(v) if isinstance(v, tuple | list) else -1 for v in value}) == 1:
        columns = [_numbers([row[k] for row in value]) for k in range(len(first))]
        if any(column is None for column in columns):
            return None
        samples = list(first)

        def rows(built: Columns) -> Any:
            lists = [_listed(column, sample) for column, sample in zip(built.values(), samples)]
            return _as_kind(value, [type(first)(row) for row in zip(*lists)])

        return _of_columns({str(k): c for k, c in enumerate(columns) if c is not None}, rows)
    column = _numbers(list(value))
    if column is None:
        return None
    return _of_columns({"values": column}, lambda built: _as_kind(value, _listed(built["values"], first)))


def _as_kind(value: Any, rows: list[Any]) -> Any:
    return deque(rows, value.maxlen) if isinstance(value, deque) else type(value)(rows) if type(value) in (list, tuple) else rows


def _numbers(values: list[Any]) -> np.ndarray | None:
    """Numbers or times as an array; None of anything else."""
    kinds = {type(value) for value in values}
    if kinds and all(issubclass(kind, date) for kind in kinds):
        return np.array([to_microseconds(value) for value in values], np.int64).astype("datetime64[us]")
    if not kinds or not all(issubclass(kind, bool | int | float | np.number | np.bool_) for kind in kinds):
        return None
    array = np.array(values)
    return array if array.dtype.kind in "fib" and array.ndim == 1 else None


def _listed(column: np.ndarray, like: Any) -> list[Any]:
    if isinstance(like, date):
        moments = [to_datetime(int(value)) for value in column.astype("datetime64[us]").astype(np.int64)]
        if not isinstance(like, datetime):
            return [moment.date() for moment in moments]
        return [moment.astimezone(like.tzinfo) if like.tzinfo else moment.replace(tzinfo=None) for moment in moments]
    return list(column) if isinstance(like, np.generic) else column.tolist()


def _of_dict(value: dict[Any, Any]) -> Table | None:
    """A table by time: {moment: number}."""
    if len(value) < FEWEST or type(value) is not dict:
        return None
    keys, values = _numbers(list(value)), _numbers(list(value.values()))
    if keys is None or values is None or not (keys.dtype.kind == "M" or (keys.dtype.kind == "i" and _unit_of(keys))):
        return None
    samples = next(iter(value.items()))

    def build(columns: Columns) -> dict[Any, Any]:
        return dict(zip(_listed(columns["keys"], samples[0]), _listed(columns["values"], samples[1])))

    return _of_columns({"keys": keys, "values": values}, build)


def _of_polars(value: Any, name: str) -> Table | None:
    import polars as pl

    if name == "LazyFrame":
        inner = _of_polars(value.collect(), "DataFrame")
        return None if inner is None else Table(inner.columns, lambda columns: inner.build(columns).lazy(), inner.times)
    if name not in ("DataFrame", "Series"):
        return None
    frame = value.to_frame() if name == "Series" else value

    def opened(column: pl.Series) -> np.ndarray:
        kind, nulls = column.dtype, column.null_count()
        if kind == pl.Date() and not nulls:
            return column.cast(pl.Datetime("us")).to_numpy()
        if isinstance(kind, pl.Datetime) and not nulls:
            return column.dt.convert_time_zone("UTC").dt.replace_time_zone(None).dt.cast_time_unit("us").to_numpy()
        if kind.is_float() or ((kind.is_integer() or kind == pl.Boolean()) and not nulls):
            return column.to_numpy()
        return _places(len(column))

    def closed(column: pl.Series, values: np.ndarray) -> pl.Series:
        if values.dtype == object:
            return column.gather(values.astype(np.int64))
        series = pl.Series(column.name, values)
        if column.dtype.is_float() and column.null_count():
            return series.fill_nan(None).cast(column.dtype)
        if isinstance(column.dtype, pl.Datetime) and column.dtype.time_zone:
            series = series.dt.replace_time_zone("UTC").dt.convert_time_zone(column.dtype.time_zone)
        return series.cast(column.dtype)

    def build(columns: Columns) -> Any:
        built = [closed(column, columns[column.name]) for column in frame.iter_columns()]
        return built[0] if name == "Series" else pl.DataFrame(built)

    return _of_columns({column.name: opened(column) for column in frame.iter_columns()}, build)


def _of_pandas(value: Any, name: str) -> Table | None:
    if name == "DatetimeIndex" or (name == "Index" and _is_plain(value.dtype)):
        return _of_columns({"values": _opened(value)}, lambda columns: _closed(value, columns["values"]))
    if name not in ("DataFrame", "Series"):
        return None
    frame = value.to_frame() if name == "Series" else value
    if not frame.columns.is_unique:
        return None
    given = [frame.iloc[:, place] for place in range(frame.shape[1])]
    raw = {str(place): _opened(column) for place, column in enumerate(given)}
    numbered = type(value.index).__name__ == "RangeIndex"
    if not numbered:
        raw[INDEX] = _opened(value.index)

    def build(columns: Columns) -> Any:
        built = [_closed(column, columns[str(place)]) for place, column in enumerate(given)]
        index = None if numbered else _closed(value.index, columns[INDEX])
        for column in built:
            column.index = range(len(column)) if index is None else index
        if name == "Series":
            return built[0].rename(value.name)
        made = type(value)(dict(enumerate(built)), index=built[0].index)
        made.columns = value.columns
        return made

    return _of_columns(raw, build) if given else None


def _is_plain(dtype: Any) -> bool:
    return isinstance(dtype, np.dtype) and dtype.kind in "fiubM"


def _opened(column: Any) -> np.ndarray:
    """A pandas column or index as an array: times in UTC without their zone; places of rows, where numpy has no such values."""
    if getattr(column.dtype, "tz", None) is not None:
        column = (column.dt if hasattr(column, "dt") else column).tz_convert(None)
    if _is_plain(column.dtype) and not (column.dtype.kind == "M" and column.isna().any()):
        return np.asarray(column.to_numpy())
    if hasattr(column.dtype, "numpy_dtype") and column.dtype.numpy_dtype.kind in "fiub" and not column.isna().any():
        return np.asarray(column.to_numpy(dtype=column.dtype.numpy_dtype))
    return _places(len(column))


def _closed(column: Any, values: np.ndarray) -> Any:
    """The way back: a column or index of the same kind."""
    if values.dtype == object:
        return column.take(values.astype(np.int64))
    zone = getattr(column.dtype, "tz", None)
    if zone is None:
        return type(column)(values, dtype=column.dtype)
    built = type(column)(values)
    if hasattr(built, "dt"):
        return built.dt.tz_localize("UTC").dt.tz_convert(zone)
    return built.tz_localize("UTC").tz_convert(zone)


def _places(count: int) -> np.ndarray:
    """The rows themselves, for columns that are kept as they are and only move."""
    return np.arange(count).astype(object)
