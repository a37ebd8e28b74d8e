"""What a careful reader of a report should know of the rows that were stored: spikes, holes, prices off every grid."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import NamedTuple

import numpy as np

from btlab.data.files.manifest import Series
from btlab.data.rows import BarColumns, Rows
from btlab.data.weekend import contradiction
from btlab.data.zones import Zone
from btlab.errors import counted
from btlab.market.instrument import default_calendar, family
from btlab.market.timeframe import MICROSECONDS
from btlab.market.times import iso

SPIKE = 50.0
"""A price this many median moves away from both neighbours is a spike."""

HOLE = 3_600_000_000
"""Trading hours without a row that are longer than this, in µs, are a hole."""

_SAMPLE = 1 << 13


class Gap(NamedTuple):
    """Two rows that follow each other, and when."""

    before: int
    after: int


@dataclass
class Oddities:
    """Of the rows of one series, in order of time.

    Args:
        series: of bars; None for ticks. zone: that their times were read in; None: there is nothing to doubt.
    """

    series: Series = None
    zone: Zone | None = None
    spikes: int = 0
    first_spike: int | None = None
    off_grid: int = 0
    least: int | None = None
    gaps: list[Gap] = field(default_factory=list)
    _time: np.ndarray = field(default_factory=lambda: np.empty(0, np.int64))
    _price: np.ndarray = field(default_factory=lambda: np.empty(0))

    @property
    def step(self) -> int:
        """µs from one bar to the next; 0 for ticks."""
        return 0 if self.series is None else MICROSECONDS[self.series[0]]

    def see(self, columns: Rows) -> None:
        """Rows behind those seen before."""
        from btlab.data.kernels.check import middle, next_gap, spikes

        held = len(self._time)
        price = np.empty(held + len(columns.time))
        price[:held] = self._price
        sides = (columns.high, columns.low) if isinstance(columns, BarColumns) else (columns.bid, columns.ask)
        middle(*map(np.ascontiguousarray, sides), price[held:])
        self._note_gaps(np.concatenate([self._time[-1:], columns.time[:1]]), next_gap)
        self._note_gaps(np.ascontiguousarray(columns.time), next_gap)
        if self.series is not None:
            self._note_steps(np.diff(np.concatenate([self._time[-1:], columns.time])))
        count, first = spikes(price, SPIKE * median_move(price))
        self.spikes += count
        if count and self.first_spike is None:
            self.first_spike = int(self._time[first] if first < held else columns.time[first - held])
        self._time = np.concatenate([self._time, columns.time[-2:]])[-2:]
        self._price = price[-2:].copy()

    def _note_gaps(self, time: np.ndarray, next_gap: Callable[[np.ndarray, int, int], int]) -> None:
        row = next_gap(time, 1, self.step + HOLE)
        while row < len(time):
            self.gaps.append(Gap(int(time[row - 1]), int(time[row])))
            row = next_gap(time, row + 1, self.step + HOLE)

    def _doubt_of_length(self) -> list[str]:
        """Bars that are nearer to each other than they are long, or never so near; at the end of a day one may be shorter."""
        if self.series is None or self.least is None or self.step >= MICROSECONDS["1d"]:
            return []
        if self.step // 2 < self.least <= self.step:
            return []
        return [
            f"the bars begin {self.least / 1e6:,g} s apart or more, and are stored as {self.series[0]}; timeframe= says how "
            "long they are"
        ]

    def _note_steps(self, steps: np.ndarray) -> None:
        if len(steps):
            least = int(steps.min())
            self.least = least if self.least is None else min(self.least, least)

    def words(self, symbol: str) -> list[str]:
        """What to say of them."""
        said = list[str]()
        if self.spikes and self.first_spike is not None:
            said.append(
                f"{counted(self.spikes, 'price lies', 'prices lie')} over {SPIKE:.0f} median moves away from both neighbours, "
                f"the first at {iso(self.first_spike)}; {'it is' if self.spikes == 1 else 'they are'} kept"
            )
        holes = holes_of(symbol, self.gaps, self.step)
        if holes:
            longest = max(holes, key=lambda gap: gap.after - gap.before)
            said.append(
                f"{counted(len(holes), 'hole')} of over an hour in trading hours, {'the longest ' if len(holes) > 1 else ''}from "
                f"{iso(longest.before)} to {iso(longest.after)}"
            )
        doubt = None
        if self.zone is not None and family(symbol) != "crypto":
            doubt = contradiction(self.gaps, self.step, self.zone)
        if doubt is not None:
            said.append(doubt)
        said += self._doubt_of_length()
        if self.off_grid:
            said.append(
                f"{counted(self.off_grid, 'file holds', 'files hold')} prices on no decimal grid of int32 points; these are kept "
                "as float64, without loss"
            )
        return said


def median_move(price: np.ndarray) -> float:
    """The median of the moves that are none of 0, from the first and the last 8,192 prices at most; inf where there is none."""
    some = price if len(price) <= 2 * _SAMPLE else np.concatenate([price[:_SAMPLE], price[-_SAMPLE:]])
    moves = np.abs(np.diff(some))
    moves = moves[moves > 0]
    return float(np.median(moves)) if len(moves) else float("inf")


def holes_of(symbol: str, gaps: list[Gap], step: int) -> list[Gap]:
    """The gaps that hold over an hour of trading; none where the symbol's hours are not known."""
    if not gaps or family(symbol) == "other":
        return []
    from btlab.market.hours import open_before, open_hours

    begins, ends = (np.array(edges, np.int64) for edges in zip(*gaps, strict=True))
    opens, closes = open_hours(default_calendar(symbol), int(begins[0]), int(ends[-1]))
    traded = open_before(opens, closes, ends) - open_before(opens, closes, begins + step)
    return [gap for gap, open_time in zip(gaps, traded.tolist(), strict=True) if open_time > HOLE]
