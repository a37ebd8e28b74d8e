"""A part of a session, as a tape needs it: ticks and events of a range, counted anew from its first tick."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from btlab.errors import WidgetError
from btlab.market.codes import WORKING
from btlab.market.series import Bars, Ticks
from btlab.market.timeframe import DAY, LENGTHS
from btlab.market.times import Moment, iso, to_microseconds

if TYPE_CHECKING:
    import polars as pl

    from btlab.session.result import Session

BARS_BEFORE = 600
DAYS = 5
_TICKS = {
    "order": ("created_tick", "ended_tick"),
    "trade": ("entry_tick", "exit_tick"),
    "fill": ("tick", ""),
    "mark": ("tick", ""),
    "change": ("tick", ""),
    "night": ("tick", ""),
    "choice": ("tick", ""),
}


@dataclass(frozen=True)
class PartTimeline:
    """The bars of a part and some before it; `first` and `closer` count from the part's first tick."""

    offset: np.ndarray
    start: np.ndarray
    end: np.ndarray
    real: np.ndarray
    ticks: np.ndarray
    first: np.ndarray
    closer: np.ndarray
    base: int
    calendar: str

    @property
    def high(self) -> np.ndarray:
        return self.real[1]

    def rows(self, row: int) -> slice:
        return slice(int(self.offset[row]), int(self.offset[row + 1]))


class Part:
    """What of a session lies in a range; everything else is the session's.

    Attributes:
        whole: the session. kept: for each of the six timeframes, which of its bars are in the part.
    """

    def __init__(self, session: Session, begin: int, stop: int) -> None:
        self.whole = self._session = session
        self._begin = begin
        self.data: Ticks | Bars = session.data[begin:stop]
        self.timeline, self.kept = _timeline(session, begin, stop)
        trade = session.records["trade"]
        self._entered = kept = trade["entry_tick"] < stop
        self.records = {name: _shifted(name, rows, begin, stop) for name, rows in session.records.items()}
        self.trades = session.trades.filter(kept)
        self.trails = _trails(session, begin, stop)
        equity = session.equity
        inside = (equity["tick"] >= begin) & (equity["tick"] < stop)
        self.equity: pl.DataFrame = equity.filter(inside).with_columns(equity.filter(inside)["tick"] - begin)

    @property
    def rates_at_exit(self) -> np.ndarray | float:
        rate = self._session.rates_at_exit
        return rate[self._entered] if isinstance(rate, np.ndarray) else rate

    def rates(self, ticks: np.ndarray, times: np.ndarray | None = None) -> np.ndarray | float:
        return self._session.rates(ticks + self._begin, times)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._session, name)


def cut(session: Session, start: Moment | None, end: Moment | None) -> Part:
    """The part with start <= time < end; it begins with the minute that holds `start`, or where bars are replayed with its day.

    Raises:
        WidgetError: there is nothing in it.
    """
    data = session.data
    begin = 0 if start is None else data.count_by(to_microseconds(start), "left")
    stop = len(data) if end is None else data.count_by(to_microseconds(end), "left")
    if begin >= stop:
        raise WidgetError(
            f"nothing lies between start={start} and end={end}; the session is of {iso(data.first_time)} to {iso(data.last_time)}"
        )
    timeline = session.timeline
    first = timeline.first[timeline.rows(DAYS if isinstance(session.data, Bars) else 0)]
    return Part(session, int(first[max(int(np.searchsorted(first, begin, side="right")) - 1, 0)]), stop)


def _trails(session: Session, begin: int, stop: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """The steps of trailing stops before `stop`, counted from `begin`; of those before it the last of each trade."""
    trade, tick, level = session.trails
    following = np.append(tick[1:], stop)[: len(tick)]
    goes_on = np.append(trade[1:] == trade[:-1], False)[: len(tick)]
    kept = (tick < stop) & ((tick >= begin) | ~goes_on | (following > begin))
    return trade[kept], np.maximum(tick[kept] - begin, 0), level[kept]


def _timeline(session: Session, begin: int, stop: int) -> tuple[PartTimeline, tuple[slice, ...]]:
    whole, rows, offset, parts = session.timeline, [], [0], []
    since = session.data.time_at(begin)
    for k in range(6):
        row = slice(int(whole.offset[k]), int(whole.offset[k + 1]))
        oldest = since - max(BARS_BEFORE * int(LENGTHS[k]), 8 * DAY)
        if k == whole.base and isinstance(session.data, Bars):
            oldest = since
        kept = np.flatnonzero((whole.end[row] > oldest) & (whole.first[row] < stop)) + row.start
        rows.append(kept)
        parts.append(slice(int(kept[0]) - row.start, int(kept[-1]) + 1 - row.start) if len(kept) else slice(0, 0))
        offset.append(offset[-1] + len(kept))
    at = np.concatenate(rows)
    closer = np.minimum(whole.closer[at], stop) - begin
    columns = whole.start[at], whole.end[at], whole.real[:, at], whole.ticks[at], whole.first[at] - begin, closer
    return PartTimeline(np.array(offset, np.int64), *columns, whole.base, whole.calendar), tuple(parts)


def _shifted(table: str, rows: np.ndarray, begin: int, stop: int) -> np.ndarray:
    """The rows known before `stop`, their ticks counted from `begin`; what ended later has not ended."""
    known, over = _TICKS[table]
    rows = rows[rows[known] < stop].copy()
    rows[known] = np.maximum(rows[known] - begin, -1 if table in ("order", "change", "night") else 0)
    if over:
        running = (rows[over] < 0) | (rows[over] >= stop)
        rows[over] = np.where(running, -1, np.maximum(rows[over] - begin, 0))
        if table == "order":
            rows["state"][running] = WORKING
    return rows
