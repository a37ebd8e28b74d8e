"""Ticks that are in memory already, as a source of an import: Ticks, polars and pandas frames."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np

from btlab.data.rows import Batch, Columns
from btlab.data.zones import UTC, Zone
from btlab.errors import SeriesError
from btlab.market.series import Ticks

_NAMES = ("bid", "ask", "bid_size", "ask_size", "price", "size")


@dataclass(frozen=True)
class Memory:
    """Columns with a name: what `Reader` is for files."""

    columns: Columns
    trades: bool
    why: str

    @property
    def digest(self) -> str:
        """sha256 over all columns."""
        digest = hashlib.sha256(str(self.trades).encode())
        for column in self.columns:
            digest.update(b"-" if column is None else np.ascontiguousarray(column).tobytes())
        return digest.hexdigest()

    def batches(self) -> Iterator[Batch]:
        count = len(self.columns.time)

        def text(row: int) -> str:
            return ", ".join(str(column[row]) for column in self.columns if column is not None)

        yield Batch(self.columns, self.trades, self.why, np.arange(count), text)


def is_frame(source: Any) -> bool:
    return isinstance(source, Ticks) or (hasattr(source, "columns") and hasattr(source, "__getitem__"))


def from_memory(source: Any, zone: Zone | None) -> Memory:
    """The columns of Ticks or of a frame.

    Raises:
        SeriesError: a frame without time, bid and ask (or price and size), or with text where numbers should be.
    """
    if isinstance(source, Ticks):
        columns = Columns(source.time, source.bid, source.ask, source.bid_size, source.ask_size)
        return Memory(columns, source.trades, "Ticks")
    named = {str(name).lower(): source[name] for name in source.columns}
    time = named.get("time")
    if time is None:
        index = getattr(source, "index", None)
        if getattr(getattr(index, "dtype", None), "kind", "") != "M":
            raise SeriesError(
                f"no column 'time' among {', '.join(named) or 'none'}; ticks want time, bid and ask, or time, price and size"
            )
        time = index
    values = {name: _numbers(name, named[name]) for name in _NAMES if name in named}
    times = _times(time, zone or UTC)
    why = f"a frame of {type(source).__module__.split('.')[0]}"
    if "bid" in values and "ask" in values:
        both = "bid_size" in values and "ask_size" in values
        sizes = (values["bid_size"], values["ask_size"]) if both else (None, None)
        return Memory(Columns(times, values["bid"], values["ask"], *sizes), False, why)
    if "price" in values:
        size = values.get("size")
        return Memory(
            Columns(times, values["price"], values["price"], size, None if size is None else np.zeros(len(size))), True, why
        )
    raise SeriesError(
        f"columns {', '.join(named)}: ticks want time, bid and ask (bid_size, ask_size), or time, price and size",
        columns=list(named),
    )


def _numbers(name: str, column: Any) -> np.ndarray:
    try:
        return np.ascontiguousarray(np.asarray(column), np.float64)
    except (TypeError, ValueError):
        raise SeriesError(f"column {name!r} is not made of numbers; cast it to float first", column=name) from None


def _times(column: Any, zone: Zone) -> np.ndarray:
    """int64 µs UTC from datetimes (naive ones are in `zone`) or from whole numbers of µs."""
    aware = getattr(column.dtype, "time_zone", None) or getattr(column.dtype, "tz", None)
    times = np.asarray(column, "datetime64[us]") if aware is not None else column.to_numpy()
    if times.dtype.kind not in "iuM":
        raise SeriesError(f"times are {column.dtype}; they must be datetimes, or int64 µs UTC", dtype=str(column.dtype))
    if times.dtype.kind != "M":
        return np.ascontiguousarray(times, np.int64)
    if np.isnat(times).any():
        row = int(np.flatnonzero(np.isnat(times))[0])
        raise SeriesError(f"row {row}: no time", row=row)
    local = times.astype("datetime64[us]").astype(np.int64)
    if aware is not None:
        return local
    utc, missing = zone.to_utc(local, int(np.iinfo(np.int64).min))
    if missing is not None:
        row = int(np.flatnonzero(missing)[0])
        raise SeriesError(f"row {row}: this local time of {zone.name} does not exist: clocks were put forward over it", row=row)
    return utc
