"""What may be odd about rows: the rules, their thresholds and why these, and runs of odd neighbours as rows of a table.

| kind | ticks | why this threshold |
|---|---|---|
| spike | a price over 50 median moves (of its day) from both neighbours | the rule of imports; 0 to 8 in 500,000 real FX quotes |
| frozen | 20 quotes or more in a row alike, over at least a minute, in trading hours | real feeds stay alike for 42 s at most |
| crossed | ask under bid | by definition; some feeds have 10 % of these, others none |
| one_sided | bid or ask missing | by definition |
| spread | over 10 times the median spread of its hour (or 100 times its day's) | rollovers widen 3 to 5 times, and for hours |
| repeat | the time, prices and sizes of the row before | by definition; a trade tape repeats honestly |
| outside_hours | while the calendar is closed | by definition |
| volume | a size over 1,000 times the median of its day, or none where others have one | real quotes reach 90, blocks more |

Bars: spike (the middle of high and low), frozen (five flat bars or more at one price, over at least an hour), repeat (a bar with
volume and a range like the one before), outside_hours (no trading at all in the bar), volume (as ticks; none only where it is
rare). Quotes have no bars, so crossed, one_sided and spread do not apply.

A run of neighbours is one row. Where a day has over 200 runs of one kind, those less than a minute apart are one row too, so
that the table of a feed with a million crossed quotes can be read; `count` is always the number of odd rows.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from btlab.market.hours import CLOSURE_KINDS
from btlab.market.timeframe import MINUTE

if TYPE_CHECKING:
    import polars as pl

KINDS: tuple[str, ...] = ("spike", "crossed", "one_sided", "spread", "repeat", "outside_hours", "volume", "frozen")
"""The order of the bits in `kernels.quality`, and frozen."""

FAR = 50.0
FROZEN_ROWS, FROZEN_TIME, FROZEN_PAUSE = 20, MINUTE, 5 * MINUTE
FROZEN_BARS, FROZEN_BARS_TIME = 5, 60 * MINUTE
SPREADS, DAY_SPREADS, SIZES = 10.0, 10.0, 1_000.0
MANY = 200


class Run(NamedTuple):
    """Odd neighbours: the number of the first row and of the last, their times, how many are odd, and the worst of it."""

    first: int
    last: int
    start: int
    end: int
    odd: int
    worst: float


class Runs:
    """Collects runs of one kind over many days."""

    def __init__(self) -> None:
        self.found: list[Run] = []

    def add(self, rows: np.ndarray, number: int, time: np.ndarray, worst: np.ndarray) -> None:
        """Odd rows of a day.

        Args:
            rows: which of the day's; number: of the day's first row among all; time, worst: of the odd rows.
        """
        if not len(rows):
            return
        ends = np.append(np.flatnonzero(np.diff(rows) > 1), len(rows) - 1)
        if len(ends) > MANY:
            ends = np.append(np.flatnonzero(np.diff(time) >= MINUTE), len(rows) - 1)
        begins = np.append(0, ends[:-1] + 1)
        columns = (rows[begins] + number, rows[ends] + number, time[begins], time[ends], ends - begins + 1)
        for run in zip(*(column.tolist() for column in columns), np.maximum.reduceat(worst, begins).tolist()):
            self.one(Run(*run))

    def one(self, run: Run) -> None:
        """One run, behind or beside those there."""
        before = self.found[-1] if self.found else None
        if before is None or run.first > before.last + 1:
            self.found.append(run)
        else:
            odd, worst = before.odd + run.odd, max(before.worst, run.worst)
            self.found[-1] = Run(before.first, run.last, before.start, run.end, odd, worst)


def table(runs: dict[str, Runs], digits: int) -> pl.DataFrame:
    """All runs in order of time: kind, start, end, count, detail."""
    import polars as pl

    rows = sorted((run.start, run.end, kind, run.odd, _DETAILS[kind](run, digits)) for kind in runs for run in runs[kind].found)
    moment = pl.Datetime("us", "UTC")
    schema = {"start": moment, "end": moment, "kind": pl.String(), "count": pl.Int64(), "detail": pl.String()}
    return pl.DataFrame(rows, schema, orient="row").select("kind", "start", "end", "count", "detail")


def _times(worst: float) -> str:
    return f"{worst:,.0f}" if worst >= 10 else f"{worst:.1f}"


_DETAILS: dict[str, Callable[[Run, int], str]] = {
    "spike": lambda run, digits: f"{run.worst:.{digits}f} away from both neighbours",
    "crossed": lambda run, digits: f"ask up to {run.worst:.{digits}f} under bid",
    "one_sided": lambda _run, _digits: "bid or ask is missing",
    "spread": lambda run, digits: f"up to {run.worst:.{digits}f} wide",
    "repeat": lambda _run, _digits: "says what the row before said, time included",
    "outside_hours": lambda run, _digits: f"while closed: {CLOSURE_KINDS[int(run.worst)].replace('_', ' ')}",
    "volume": lambda run, _digits: f"a size of {run.worst:,.10g}" if run.worst > 0 else "no size, where others have one",
    "frozen": lambda run, _digits: f"nothing changes for {_times((run.end - run.start) / MINUTE)} minutes",
}
