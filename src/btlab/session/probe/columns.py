"""What a table is of the data: which rows, which of their columns, bars labelled how; and what it would be in another world.

Told by content alone. A column that is none of the data's, in a table whose rows are known, is *derived*: rows of later are
shuffled, since nobody knows how they were made.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np

from btlab.session.probe.grids import BarGrid, Grid, RowGrid, Source, TimeGrid, find_slice
from btlab.session.probe.tables import FEWEST, Table
from btlab.session.probe.worlds import World


@dataclass(frozen=True, eq=False)
class Recognised:
    """A table that is of the data. `recipes`: column -> what it is of them; None for a derived one."""

    table: Table
    grid: Grid
    recipes: dict[str, str | None]

    @property
    def derived(self) -> bool:
        """Whether it has columns that were made somewhere else."""
        return any(recipe is None for recipe in self.recipes.values())

    @property
    def words(self) -> str:
        """What it is, for people."""
        known = sorted({recipe for recipe in self.recipes.values() if recipe and recipe != "label"} - {"time"})
        what = ", ".join(known) if known else "numbers made of the data" if self.derived else "times"
        return f"{what}{self.grid.source.owner}; {self.grid.words}"

    def in_world(self, world: World) -> Any:
        """What it would be there."""
        world = world.of(self.grid.source.symbol)
        kept, known = self.grid.rows(world)
        columns = {}
        for name, recipe in self.recipes.items():
            values = self.table.columns[name]
            if recipe is None:
                columns[name] = _shuffled(values[kept], known, world.name)
            elif isinstance(self.grid, RowGrid):
                columns[name] = self.grid.values(recipe, kept, world).astype(values.dtype, copy=False)
            else:  # a sum of what is known may be rounded otherwise than it was
                columns[name] = np.where(known, values[kept], self.grid.values(recipe, kept, world).astype(values.dtype))
        return self.table.build(columns)


def _shuffled(values: np.ndarray, known: np.ndarray, world: str) -> np.ndarray:
    """Rows that are not known yet, in another order, numbers the other way round."""
    values, late = values.copy(), np.flatnonzero(~known)
    if not len(late) or world == "begun later":
        return values
    if world == "cut off":
        before = np.flatnonzero(known)
        values[late] = values[before[-1]] if len(before) else values[late]
        return values
    future = values[late][::-1] if world == "mirrored" else np.roll(values[late], len(late) // 2)
    if values.dtype.kind == "b" and world == "mirrored":
        future = ~values[late]
    elif values.dtype.kind == "f" and world == "mirrored":
        before = values[known & np.isfinite(np.where(known, values, np.nan))] if known.any() else values[:0]
        future = 2.0 * (before[-1] if len(before) else np.nanmean(values)) - values[late]
    elif values.dtype.kind == "i" and world == "mirrored" and values.min() < 0:
        future = -values[late]
    values[late] = future
    return values


def recognise(table: Table, *sources: Source) -> Recognised | None:
    """What a table is of the data, of several symbols of the first that tells most; None where it is nothing of them."""
    for find in (_row_grid, _bars_of_run, _bars_by_label, _own_times, _by_length):
        for source in sources:
            grid: Grid | None = find(table, source)
            if grid is not None:
                recipes = {name: grid.recognise(values) for name, values in table.columns.items()}
                return Recognised(table, grid, recipes)
    return None


def _numeric(table: Table) -> Iterator[tuple[str, np.ndarray]]:
    for name, values in table.columns.items():
        if values.dtype.kind in "fi" and len(values) and not (values == values[0]).all():
            yield name, values


def _row_grid(table: Table, source: Source) -> RowGrid | None:
    for _, values in _numeric(table):
        for column in source.columns.values():
            start = find_slice(values, column)
            if start is not None:
                return RowGrid(source, start, len(table))
    return None


def _bars_of_run(table: Table, source: Source) -> BarGrid | None:
    """The bars that a run makes, or a slice of them, labelled by their starts or ends where they have times."""
    line = source.timeline
    for name, rows in source.timeframes():
        for _, values in _numeric(table):
            for column in (*line.real[:, rows], line.start[rows], line.end[rows]):
                start = find_slice(values, column)
                if start is None:
                    continue
                part = slice(rows.start + start, rows.start + start + len(table))
                for label in (line.start[part], line.end[part]):
                    if not table.times or any(np.array_equal(table.columns[time], label) for time in table.times):
                        return BarGrid(source, label, line.start[part], line.end[part], f"one row a {name} bar")
    return None


def _bars_by_label(table: Table, source: Source) -> BarGrid | None:
    """Bars of any length that somebody made of the data, labelled by their starts or their ends."""
    for name in table.times:
        labels = table.columns[name]
        steps = np.diff(labels)
        if not (len(steps) and (steps > 0).all()):
            continue
        lengths, counts = np.unique(steps, return_counts=True)
        length = int(lengths[counts.argmax()])
        after, before = np.append(labels[1:], labels[-1] + length), np.append(labels[0] - length, labels[:-1])
        for starts, ends, said in (
            (labels, np.minimum(after, labels + length), "labelled by its start"),
            (np.maximum(before, labels - length), labels, "labelled by its end"),
        ):
            for closed in ("left", "right"):
                grid = BarGrid(source, labels, starts, ends, f"one row for {length / 60e6:g} minutes, {said}", closed)
                if any(grid.recognise(values) for other, values in _numeric(table) if other != name):
                    return grid
    return None


def _own_times(table: Table, source: Source) -> TimeGrid | None:
    first, last = source.data.time[0], source.data.time[-1]
    for name in table.times:
        times = table.columns[name]
        if ((times >= first) & (times <= last)).mean() > 0.5:
            return TimeGrid(source, times)
    return None


def _by_length(table: Table, source: Source) -> Grid | None:
    """As many rows as the data have, or bars of a timeframe; one fewer, as differences have, are aligned with the end."""
    if table.times or len(table) < 2 * FEWEST:
        return None
    for fewer in (0, 1):
        if len(table) == len(source.data) - fewer:
            return RowGrid(source, fewer, len(table))
        for name, rows in source.timeframes():
            if len(table) == rows.stop - rows.start - fewer:
                line, part = source.timeline, slice(rows.start + fewer, rows.stop)
                return BarGrid(source, line.start[part], line.start[part], line.end[part], f"as many rows as {name} bars")
    return None
