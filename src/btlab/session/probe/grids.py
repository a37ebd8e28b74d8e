"""Rows of a table as rows, bars or times of the data: what each would be in another world, and what its columns are of them."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np

from btlab.market.series import Bars, Ticks
from btlab.market.timeline import Timeline
from btlab.session.probe.tables import FEWEST, Columns
from btlab.session.probe.worlds import World

_ENOUGH = 0.9
_SAMPLES = 16
Rows = tuple[np.ndarray, np.ndarray]
"""Which rows of a table a world keeps, and which of those it knows as they were."""


def names_of(series: Ticks | Bars) -> tuple[str, ...]:
    """The columns of data, and what is usually made of a row of them."""
    if isinstance(series, Bars):
        return ("time", "open", "high", "low", "close", "volume")
    sized = series.bid_size is not None and series.ask_size is not None
    return ("time", "bid", "ask", "mid", *(("bid_size", "ask_size", "size") if sized else ()))


def column_of(series: Ticks | Bars, name: str) -> np.ndarray:
    """One of them."""
    if isinstance(series, Ticks) and name == "mid":
        return (series.bid + series.ask) / 2.0
    if isinstance(series, Ticks) and name == "size":
        return np.asarray(series.bid_size) + np.asarray(series.ask_size)
    return np.asarray(getattr(series, name))


class Source:
    """The data that tables are compared with.

    Args:
        data: what was given to the check; timeline: its bars, as the run makes them.
        of_several: the data of other symbols were given too.
    """

    def __init__(self, data: Ticks | Bars, timeline: Timeline, of_several: bool = False) -> None:
        self.data, self.timeline, self.symbol = data, timeline, data.symbol
        self.unit = "tick" if isinstance(data, Ticks) else f"{data.timeframe} bar"
        self.owner = f" of {data.symbol}" if of_several else ""

    @cached_property
    def columns(self) -> Columns:
        return {name: column_of(self.data, name) for name in names_of(self.data)}

    def timeframes(self) -> Iterator[tuple[str, slice]]:
        """The timeframes that are longer than a row, finest first, and where their bars lie in the timeline."""
        for timeframe in self.timeline.names[1 if isinstance(self.data, Bars) else 0 :]:
            yield timeframe, self.timeline.rows(timeframe)


@dataclass(frozen=True, eq=False)
class RowGrid:
    """A table with a row for each row of the data from `start` on."""

    source: Source
    start: int
    length: int

    @property
    def words(self) -> str:
        return f"one row a {self.source.unit}"

    def rows(self, world: World) -> Rows:
        begin, end = world.first - self.start, world.first + len(world.series) - self.start
        kept = np.zeros(self.length, bool)
        kept[max(begin, 0) : max(end, 0)] = True
        known = np.zeros(int(kept.sum()), bool)
        known[: max(0, world.known + 1 - max(self.start, world.first))] = True
        return kept, known

    def values(self, column: str, kept: np.ndarray, world: World) -> np.ndarray:
        begin = max(self.start - world.first, 0)
        return column_of(world.series, column)[begin : begin + int(kept.sum())]

    def recognise(self, values: np.ndarray) -> str | None:
        rows = slice(self.start, self.start + self.length)
        return next((n for n, c in self.source.columns.items() if _equal(values, c[rows])), None)


@dataclass(frozen=True, eq=False)
class BarGrid:
    """A table with a row for each stretch starts <= time < ends of the data: bars of some length.

    `labels` are the times it shows, `closed` says to which stretch a time on the border belongs.
    """

    source: Source
    labels: np.ndarray
    starts: np.ndarray
    ends: np.ndarray
    words: str
    closed: Any = "left"

    def _bounds(self, time: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        return np.searchsorted(time, self.starts, self.closed), np.searchsorted(time, self.ends, self.closed)

    def rows(self, world: World) -> Rows:
        low, high = self._bounds(world.series.time)
        kept = high > low
        begin, end = self._whole
        return kept, ((end <= world.known + 1) & (begin >= world.first))[kept]

    def values(self, column: str, kept: np.ndarray, world: World) -> np.ndarray:
        series = world.series
        return self._made(column, series.time, kept, lambda name: column_of(series, name))

    def _made(self, recipe: str, time: np.ndarray, kept: np.ndarray, column: Callable[[str], np.ndarray]) -> np.ndarray:
        how, _, name = recipe.partition(" ")
        if how == "label":
            return self.labels[kept]
        values = column(name)
        missing = np.isnan(values)
        if missing.any():
            values, time = values[~missing], time[~missing]
        low, high = self._bounds(time)
        return _folded(how, values, low[kept], high[kept])

    def recognise(self, values: np.ndarray) -> str | None:
        if np.array_equal(values, self.labels):
            return "label"
        kept, time = self._everything, self.source.data.time
        for name in self.source.columns.keys() - {"time"}:
            for how in HOW:
                if _alike(values[kept], self._made(f"{how} {name}", time, kept, self.source.columns.__getitem__)):
                    return f"{how} {name}"
        return None

    @cached_property
    def _whole(self) -> tuple[np.ndarray, np.ndarray]:
        return self._bounds(self.source.data.time)

    @property
    def _everything(self) -> np.ndarray:
        return self._whole[1] > self._whole[0]


@dataclass(frozen=True, eq=False)
class TimeGrid:
    """A table with times of its own: a row is known from its time on."""

    source: Source
    times: np.ndarray
    words: str = "rows with times of their own"

    def rows(self, world: World) -> Rows:
        kept = (self.times >= world.series.time[0]) & (self.times <= world.series.time[-1])
        return kept, self.times[kept] <= self.source.data.time[world.known]

    def values(self, column: str, kept: np.ndarray, world: World) -> np.ndarray:  # noqa: ARG002
        return self.times[kept]

    def recognise(self, values: np.ndarray) -> str | None:
        return "label" if values is self.times else None


Grid = RowGrid | BarGrid | TimeGrid
HOW = ("first", "max", "min", "last", "mean", "sum")
_FOLDS: dict[str, np.ufunc] = {"max": np.maximum, "min": np.minimum, "mean": np.add, "sum": np.add}


def _folded(how: str, values: np.ndarray, low: np.ndarray, high: np.ndarray) -> np.ndarray:
    """One number for each stretch low:high; NaN for an empty one."""
    out = np.full(len(low), np.nan)
    full = high > low
    low, high = low[full], high[full]
    if how in ("first", "last"):
        out[full] = values[low if how == "first" else high - 1]
    elif len(low):
        edges = np.column_stack([low, high]).ravel()
        padded = np.append(values, values[-1:])
        out[full] = _FOLDS[how].reduceat(padded, edges)[::2] / ((high - low) if how == "mean" else 1)
    return out


def find_slice(values: np.ndarray, column: np.ndarray) -> int | None:
    """Where in a column a run of it begins that equals the values, to the bit or to float32's; None where there is none."""
    count = len(column) - len(values) + 1
    if count < 1 or len(values) < FEWEST:
        return None
    samples = np.unique(np.linspace(0, len(values) - 1, _SAMPLES).astype(np.int64))
    first = int(samples[0])
    starts = np.flatnonzero(_same(column[first : first + count], values[first]))
    for sample in samples[1:]:
        if not len(starts):
            return None
        starts = starts[_same(column[starts + sample], values[sample])]
    return next((int(start) for start in starts[:4] if _equal(values, column[start : start + len(values)])), None)


def _same(column: np.ndarray, value: Any) -> np.ndarray:
    return (column == value) | (column.astype(np.float32) == value) if value == value else np.isnan(column)


def _equal(values: np.ndarray, column: np.ndarray) -> bool:
    if values.dtype.kind not in "fi" or len(values) != len(column):
        return False
    if values.dtype.kind == "i" or column.dtype.kind == "i":
        return bool(np.array_equal(values, column))
    return bool(
        np.array_equal(values, column, equal_nan=True) or np.array_equal(values, column.astype(np.float32), equal_nan=True)
    )


def _alike(values: np.ndarray, made: np.ndarray) -> bool:
    """Equal in nearly every row: the first and the last may be parts."""
    if values.dtype.kind not in "fi" or len(values) < FEWEST:
        return False
    values = values.astype(np.float64)
    there = ~np.isnan(values) & ~np.isnan(made)
    if there.sum() < FEWEST or np.ptp(made[there]) == 0.0:
        return False
    return bool(np.isclose(values[there], made[there], rtol=1e-12, atol=0.0).mean() > _ENOUGH)
