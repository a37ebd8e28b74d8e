"""What the picture of quality sends to the page: cells of the calendar, minutes of each day, findings of each day."""

from __future__ import annotations

from datetime import date, timedelta
from typing import TYPE_CHECKING, Any

import numpy as np
import polars as pl
from bokeh.models import ColumnDataSource

from btlab.data.quality.facts import HOURS
from btlab.errors import counted
from btlab.market.timeframe import MINUTE

if TYPE_CHECKING:
    from btlab.data.quality import Quality

MINUTES_UP_TO = 800
"""Days that are sent by the minute; more are sent in fives."""

FINDINGS = 60
"""Of one kind and day that are listed, the largest first."""

CLOSED, SILENT, HOLE, LEAST, MOST = 0, 1, 2, 3, 255
"""Levels of a minute: no trading, no row, in an unexpected gap, rows."""

_EPOCH = date(1970, 1, 1)
_BLOCK = 9
Cells = dict[str, Any]


class Days:
    """The days of a quality, for a page.

    Attributes:
        cells: of the calendar, a column each; row: index of the day among `table`'s, -1 for days without trading.
        size, width: pixels of a cell and of the calendar.
        weeks, blocks: columns of the calendar, and how many rows of weeks, a year or less each.
        months: (week, block, name) of the first of each month; years: (block, year).
        table: source of days: date, ticks, expected, start (ms), hours. found: source of findings. levels: source of minutes.
        chosen: source of the frame around the open day. step: minutes of a level.
    """

    def __init__(self, quality: Quality) -> None:
        self.quality, self.facts = quality, quality.facts
        number = quality.days["date"].to_physical().to_numpy().astype(np.int64)
        self.rows = np.searchsorted(self.facts.days.date, number)
        self.start = self.facts.days.start[:-1][self.rows]
        self.end = self.facts.days.start[1:][self.rows]
        self.step = 1 if len(number) <= MINUTES_UP_TO else 5
        self.levels = ColumnDataSource({"level": self._levels()})
        self.found, self.odd = self._findings()
        self.table = self._table()
        self.chosen = ColumnDataSource({name: [] for name in ("left", "right", "top", "bottom")})
        self.cells, self.cell_of_worst = self._cells(number)

    def _table(self) -> ColumnDataSource:
        days = self.quality.days
        return ColumnDataSource(
            {
                "date": [f"{day:%A} {day.day} {day:%B %Y}" for day in days["date"]],
                "ticks": days["ticks"].to_numpy(),
                "expected": days["expected"].to_numpy(),
                "start": self.start / 1000.0,
                "hours": np.minimum(-(-(self.end - self.start) // (60 * MINUTE)), HOURS),
            }
        )

    def _levels(self) -> np.ndarray:
        """uint8, (days x cells of a day), flat."""
        facts, minutes = self.facts, self.facts.minutes[self.rows, :-1].astype(np.float64)
        edges = self.start[:, None] + np.arange(HOURS * 60 + 1, dtype=np.int64) * MINUTE
        traded = facts.traded(facts.days.start[:1], edges.ravel()).reshape(edges.shape) if len(edges) else np.empty((0, 2))
        open_, counts = (self._folded(part) for part in (np.diff(traded, axis=1), minutes))
        usual = np.log1p(np.quantile(counts[counts > 0], 0.99)) if (counts > 0).any() else 1.0
        level = np.where(open_ > 0, SILENT, CLOSED).astype(np.float64)
        shade = np.minimum(np.log1p(counts) / usual, 1.0)
        level[counts > 0] = LEAST + shade[counts > 0] * (MOST - LEAST)
        level = level.astype(np.uint8)
        gaps = self.quality.unexpected()
        for start, end in zip(*(gaps[name].to_physical().to_list() for name in ("start", "end"))):
            self._mark(level, start, end)
        level[edges[:, :-1][:, :: self.step] >= self.end[:, None]] = CLOSED
        return level.ravel()

    def _mark(self, level: np.ndarray, start: int, end: int) -> None:
        begin, stop = np.searchsorted(self.end, start, side="right"), np.searchsorted(self.start, end, side="left")
        cell = self.step * MINUTE
        for row in range(int(begin), int(stop)):
            first, last = (start - self.start[row]) // cell, -((self.start[row] - end) // cell)
            part = level[row, max(first, 0) : max(last, 0)]
            part[part == SILENT] = HOLE

    def _folded(self, minutes: np.ndarray) -> np.ndarray:
        return minutes.reshape(len(minutes), -1, self.step).sum(axis=2)

    def _findings(self) -> tuple[ColumnDataSource, np.ndarray]:
        """Gaps and issues of each day, the largest of each kind; and the odd rows of each day."""
        gaps = self.quality.unexpected().with_columns(pl.lit("gap").alias("kind"))
        lasts = (pl.col("end") - pl.col("start")).dt.total_minutes()
        gaps = gaps.select("kind", "start", "end", lasts.alias("count"), pl.lit("no row in trading hours").alias("detail"))
        both = pl.concat([gaps, self.quality.issues])
        begins, ends = (both[name].to_physical().to_numpy() for name in ("start", "end"))
        gap = np.where(both["kind"] == "gap", MINUTE, 0)  # one that ends with a day's first quote is not of that day
        first, last = (
            np.searchsorted(self.end, begins + gap, side="right"),
            np.searchsorted(self.start, ends - gap, side="right") - 1,
        )
        if not len(self.start):
            first = last = np.zeros(len(both), np.int64)
        rows = [list(range(a, max(a, b) + 1)) for a, b in zip(first.tolist(), last.tolist())]
        each = both.with_columns(pl.Series("row", rows, pl.List(pl.Int64()))).explode("row")
        odd = np.zeros(max(len(self.start), 1))
        counted = both.with_columns(pl.Series("row", first)).filter(pl.col("kind") != "gap")
        np.add.at(odd, counted["row"].clip(0, len(odd) - 1).to_numpy(), counted["count"].to_numpy())
        each = each.sort("count", descending=True).with_columns(
            pl.int_range(pl.len()).over("row", "kind").alias("place"), pl.len().over("row", "kind").alias("of")
        )
        each = each.filter(pl.col("place") < FINDINGS).sort("row", "start")
        columns = {name: each[name].to_physical().to_numpy() / 1000.0 for name in ("start", "end")}
        texts = {name: each[name].to_list() for name in ("kind", "detail")}
        return ColumnDataSource(columns | texts | {n: each[n].to_numpy() for n in ("row", "count", "of")}), odd

    def _cells(self, number: np.ndarray) -> tuple[Cells, int]:
        """A cell for each date from the first to the last, and the cell of the day most worth a look."""
        days = self.quality.days
        first = int(number[0]) if len(number) else int(self.facts.days.date[0])
        dates = np.arange(first, (int(number[-1]) if len(number) else first) + 1)
        monday, year = (dates + 3) // 7, (dates.astype("datetime64[D]").astype("datetime64[Y]").astype(np.int64))
        one = monday[-1] - monday[0] < 54
        block = np.zeros(len(dates), np.int64) if one else year - year[0]
        zero = np.array([monday[block == each][0] for each in range(int(block[-1]) + 1)])[block]
        self.week, self.blocks = monday - zero, int(block[-1]) + 1
        self.weeks = int(self.week.max()) + 1
        self.size = 42 if self.weeks <= 8 else 34 if self.weeks <= 16 else 24 if self.weeks <= 30 else 17
        self.width = self.weeks * self.size + 120
        row = np.searchsorted(number, dates)
        known = (row < len(number)) & (number[np.minimum(row, max(len(number) - 1, 0))] == dates) if len(number) else row < 0
        row = np.where(known, row, -1)
        lost = self._lost()
        ticks, expected = days["ticks"].to_numpy(), days["expected"].to_numpy()
        share = np.where(expected > 0, ticks / np.maximum(expected, 1), np.nan)
        top = block * _BLOCK + (dates + 3) % 7
        text = [_EPOCH + timedelta(days=int(day)) for day in dates]
        self.months = [(int(self.week[k]), int(block[k]), f"{d:%b}") for k, d in enumerate(text) if d.day == 1 or k == 0]
        self.years = [] if one else [(each, 1970 + int(year[0]) + each) for each in range(self.blocks)]
        pick = lambda values, none: np.where(known, values[row], none) if len(values) else np.full(len(dates), none)  # noqa: E731
        missing = pick(days["missing"].to_numpy(), False)
        odd = pick(self.odd[: len(days)] / np.maximum(ticks, 1), 0.0)
        cells = {
            "left": self.week + 0.06,
            "right": self.week + 0.94,
            "top": top + 0.06,
            "bottom": top + 0.94,
            "row": row,
            "share": pick(share, np.nan),
            "missing": missing,
            "dot_x": self.week + 0.82,
            "dot_y": top + 0.2,
            "lost": self.week + 0.06 + 0.88 * pick(lost, 0.0),
            "odd": np.where(
                odd > 0, (1.0 + np.clip((np.log10(np.maximum(odd, 1e-6)) + 5) / 5, 0, 1)) * min(0.1, 1.9 / self.size), 0.0
            ),
            "words": [f"{d:%A} {d.day} {d:%b %Y}" for d in text],
            "day": [str(d.day) for d in text],
            "told": [self._told(int(r)) for r in row],
        }
        many = pick(self.odd[: len(days)], 0.0)
        worst = np.argmax(10 * pick(lost, -1.0) + many / max(many.max(), 1.0))
        return cells, int(worst)

    def _lost(self) -> np.ndarray:
        """Which part of each day's trading is an unexpected gap."""
        facts, gaps = self.facts, self.quality.unexpected()
        begin, stop = np.maximum(self.start, facts.first), np.minimum(self.end, facts.last + 1)
        whole, lost = facts.traded(begin, stop), np.zeros(len(begin))
        for start, end in zip(*(gaps[name].to_physical().to_list() for name in ("start", "end"))):
            a, b = np.maximum(begin, start), np.minimum(stop, end)
            lost += np.where(b > a, facts.traded(a, np.maximum(a, b)), 0)
        return np.clip(lost / np.maximum(whole, 1), 0.0, 1.0)

    def _told(self, row: int) -> str:
        if row < 0:
            return "no trading"
        ticks, expected = int(self.quality.days["ticks"][row]), int(self.quality.days["expected"][row])
        rows = "missing" if self.quality.days["missing"][row] else f"{counted(ticks, 'row')}, usual {expected:,}"
        odd = f", {int(self.odd[row]):,} odd" if self.odd[row] else ""
        return rows + odd
