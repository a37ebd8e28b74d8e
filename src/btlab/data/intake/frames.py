"""Ticks and bars that are in memory already, as a source of an import: Ticks, Bars, and frames of polars, pandas and Arrow.

Of a frame the columns are taken by name, in any case: time (or date, datetime, timestamp, or an index of times), and bid and ask
(bid_size, ask_size); or price and size; or open, high, low, close and volume. Times are datetimes, or int64 µs UTC.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from btlab.data.files.manifest import Series
from btlab.data.importers.base import Options
from btlab.data.kernels.faults import GOOD, NO_LOCAL_TIME, TIME
from btlab.data.rows import BarColumns, Batch, Columns, Rows
from btlab.data.zones import UTC, Zone
from btlab.errors import FormatError, SeriesError
from btlab.market.series import Bars, Ticks
from btlab.market.timeframe import MICROSECONDS, check_timeframe

_TIMES = ("time", "date", "datetime", "timestamp")
_BARS = ("open", "high", "low", "close")
_ROWS = 1 << 18


@dataclass(frozen=True)
class Memory:
    """Columns with a name: what `Reader` is for files.

    Attributes:
        fault: of each row, as of `Batch`; None where all are good. series: of bars; None for ticks.
    """

    columns: Rows
    trades: bool
    why: str
    fault: np.ndarray | None = None
    series: Series = None
    warnings: list[str] = field(default_factory=list)

    def __len__(self) -> int:
        return len(self.columns.time)

    @property
    def digest(self) -> str:
        """sha256 over all columns."""
        digest = hashlib.sha256(str(self.trades if self.series is None else self.series).encode())
        for column in self.columns:
            digest.update(b"-" if column is None else np.ascontiguousarray(column).tobytes())
        return digest.hexdigest()

    def batches(self) -> Iterator[Batch]:
        for begin in range(0, len(self), _ROWS):
            yield self._batch(slice(begin, begin + _ROWS))

    def _batch(self, rows: slice) -> Batch:
        columns = self.columns.take(rows)
        fault = None if self.fault is None else self.fault[rows]

        def text(row: int) -> str:
            return ", ".join(str(column[row]) for column in columns if column is not None)

        return Batch(columns, self.trades, self.why, np.arange(rows.start, rows.start + len(columns.time)), text, fault)


def is_frame(source: Any) -> bool:
    """Whether something is columns in memory rather than names of files."""
    return isinstance(source, Ticks | Bars) or any(
        hasattr(source, name) for name in ("collect_schema", "columns", "__arrow_c_stream__")
    )


def from_memory(source: Any, options: Options) -> Memory:
    """The columns of Ticks, of Bars or of a frame.

    Raises:
        SeriesError: a frame without the columns it takes, or with text where numbers should be. FormatError: bars where ticks
            are wanted, ticks where bars are, or another timeframe than the bars have.
    """
    if options.bars or isinstance(source, Bars):
        return _bars(source, options)
    if isinstance(source, Ticks):
        return Memory(Columns(source.time, source.bid, source.ask, source.bid_size, source.ask_size), source.trades, "Ticks")
    named, why = _named(source)
    values = {
        name: _numbers(name, named[name]) for name in ("bid", "ask", "bid_size", "ask_size", "price", "size") if name in named
    }
    if "bid" in values and "ask" in values:
        time, fault = _times(named, options.zone or UTC)
        both = "bid_size" in values and "ask_size" in values
        sizes = (values["bid_size"], values["ask_size"]) if both else (None, None)
        return Memory(Columns(time, values["bid"], values["ask"], *sizes), False, why, fault)
    if "price" in values:
        time, fault = _times(named, options.zone or UTC)
        size = values.get("size")
        sizes = (None, None) if size is None else (size, np.zeros(len(size)))
        return Memory(Columns(time, values["price"], values["price"], *sizes), True, why, fault)
    if set(_BARS) <= named.keys():
        raise FormatError(f"{why} holds bars; import_ticks takes ticks, not bars: call import_bars")
    raise SeriesError(
        f"columns {', '.join(named) or 'none'}: ticks want time, bid and ask (bid_size, ask_size), or time, price and size",
        columns=list(named),
    )


def _bars(source: Any, options: Options) -> Memory:
    if not options.bars or isinstance(source, Ticks):
        wanted, other = ("bars", "ticks") if options.bars else ("ticks", "bars")
        raise FormatError(f"these are {other}; import_{wanted} takes {wanted}, not {other}: call import_{other}")
    if isinstance(source, Bars):
        if options.timeframe not in (None, source.timeframe) or options.stamp == "end":
            raise FormatError(
                f"these are {source.timeframe} bars with the times of their starts; leave timeframe= and stamp= out"
            )
        columns = BarColumns(source.time, source.open, source.high, source.low, source.close, source.volume)
        return Memory(columns, False, "Bars", None, (source.timeframe, options.price or "last"))
    named, why = _named(source)
    missing = [name for name in _BARS if name not in named]
    if missing:
        if {"bid", "ask"} <= named.keys() or "price" in named:
            raise FormatError(f"{why} holds ticks; import_bars takes bars, not ticks: call import_ticks")
        raise SeriesError(
            f"no column {missing[0]!r} among {', '.join(named) or 'none'}; bars want time, open, high, low, close (volume)",
            columns=list(named),
        )
    time, fault = _times(named, options.zone or UTC)
    begin, high, low, close = (_numbers(name, named[name]) for name in _BARS)
    volume = _numbers("volume", named["volume"]) if "volume" in named else np.zeros(len(time))
    timeframe = check_timeframe(options.timeframe or "1m")
    if options.stamp == "end":
        time = starts_of(time, timeframe)
    return Memory(BarColumns(time, begin, high, low, close, volume), False, why, fault, (timeframe, options.price or "last"))


def starts_of(ends: np.ndarray, timeframe: str) -> np.ndarray:
    """Starts of bars by their ends (µs UTC); months are those of the calendar.

    >>> starts_of(np.array([120_000_000]), "1m").tolist()
    [60000000]
    """
    if timeframe != "1mo":
        return ends - MICROSECONDS[timeframe]
    moments = ends.astype("datetime64[us]")
    months = moments.astype("datetime64[M]")
    return ((months - 1).astype("datetime64[us]") + (moments - months.astype("datetime64[us]"))).astype(np.int64)


def _named(source: Any) -> tuple[dict[str, Any], str]:
    """Columns by lower-case name, "time" among them where there is any, and what the frame is."""
    why = f"a frame of {type(source).__module__.split('.')[0]}"
    if hasattr(source, "collect_schema") and hasattr(source, "collect"):
        source = source.collect()
    elif hasattr(source, "__arrow_c_stream__") and not hasattr(source, "index"):
        import polars as pl

        source = pl.DataFrame(source)
    named = {str(name).lower(): source[name] for name in source.columns}
    if len(named) < len(source.columns):
        raise SeriesError(f"{why} has columns of one name: {', '.join(map(str, source.columns))}; rename or drop one")
    time = next((named[name] for name in _TIMES if name in named), None)
    if time is None:
        index = getattr(source, "index", None)
        if getattr(getattr(index, "dtype", None), "kind", "") != "M":
            raise SeriesError(
                f"no column 'time' among {', '.join(named) or 'none'}; ticks want time, bid and ask, or time, price and size, "
                "bars time, open, high, low, close",
                columns=list(named),
            )
        time = index
    return named | {"time": time}, why


def _numbers(name: str, column: Any) -> np.ndarray:
    """float64; what is missing is NaN."""
    try:
        values = column.to_numpy() if hasattr(column, "to_numpy") else np.asarray(column)
        if values.dtype.kind == "O":
            values = np.array([np.nan if value is None or value != value else value for value in values.tolist()])
        if values.dtype.kind not in "fiub" or values.dtype.kind == "b":
            raise TypeError
        return np.ascontiguousarray(values, np.float64)
    except (TypeError, ValueError):
        raise SeriesError(f"column {name!r} is not made of numbers; cast it to float first", column=name) from None


def _times(named: dict[str, Any], zone: Zone) -> tuple[np.ndarray, np.ndarray | None]:
    """int64 µs UTC from datetimes (naive ones are in `zone`), dates or whole numbers of µs; and which of them are faults."""
    column = named["time"]
    aware = getattr(column.dtype, "time_zone", None) or getattr(column.dtype, "tz", None)
    times = np.asarray(column, "datetime64[us]") if aware is not None else column.to_numpy()
    if times.dtype.kind not in "iuM":
        raise SeriesError(f"times are {column.dtype}; they must be datetimes, or int64 µs UTC", dtype=str(column.dtype))
    if times.dtype.kind != "M":
        return np.ascontiguousarray(times, np.int64), None
    nothing = np.isnat(times)
    local = np.where(nothing, np.int64(0), _cut_down(times))
    utc, missing = (local, None) if aware is not None else zone.to_utc(local, int(np.iinfo(np.int64).min))
    if not nothing.any() and missing is None:
        return utc, None
    fault = np.where(nothing, TIME, GOOD).astype(np.uint8)
    if missing is not None:
        fault[missing & ~nothing] = NO_LOCAL_TIME
    return np.where(fault == GOOD, utc, 0), fault


def _cut_down(times: np.ndarray) -> np.ndarray:
    """µs; finer times are cut down, before 1970 too."""
    return times.astype("datetime64[us]").astype(np.int64)
