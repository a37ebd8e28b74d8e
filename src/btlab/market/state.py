"""What six timeframes knew at a tick, or at a time: completed bars, and the bar that was running."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from btlab.errors import SeriesError
from btlab.market.fold import fold_running
from btlab.market.series import Bars, Ticks
from btlab.market.timeframe import TIMEFRAMES
from btlab.market.timeline import PRICES, timeline_of
from btlab.market.times import to_microseconds


@dataclass(frozen=True, slots=True)
class FormingBar:
    """A bar that runs. `time` is its start (µs UTC), `ticks` how many it took, `progress` the share of its time that has passed."""

    time: int
    open: float
    high: float
    low: float
    close: float
    volume: float
    ticks: int
    progress: float


class State:
    """Six timeframes after a tick was taken, or at a time. `tick` is the last tick taken (-1: none), `time` is µs UTC."""

    __slots__ = ("_owner", "_when", "tick", "time")

    def __init__(self, owner: MultiTimeframe, tick: int, time: int, when: int) -> None:
        self._owner, self.tick, self.time, self._when = owner, tick, time, when

    def _count(self, timeframe: str) -> tuple[int, int]:
        """(first row, completed bars) of a timeframe: those whose end has passed."""
        rows = self._owner.timeline.rows(timeframe)
        return rows.start, int(np.searchsorted(self._owner.timeline.end[rows], self._when, side="right"))

    def completed(self, timeframe: str) -> Bars:
        """The bars closed by then."""
        first, count = self._count(timeframe)
        timeline = self._owner.timeline
        rows = slice(first, first + count)
        return Bars(timeline.start[rows], *timeline.real[:, rows], timeframe, timeline.symbol)

    def forming(self, timeframe: str) -> FormingBar | None:
        """The bar that was running; None where none was open."""
        timeline = self._owner.timeline
        first, count = self._count(timeframe)
        bar, end = first + count, timeline.rows(timeframe).stop
        if bar >= end or timeline.first[bar] > self.tick:
            return None
        start, stop = int(timeline.start[bar]), int(timeline.end[bar])
        prices, ticks = self._running(int(timeline.first[bar]))
        return FormingBar(start, *prices, ticks, (self.time - start) / (stop - start))

    def _running(self, first: int) -> tuple[list[float], int]:
        """Open, high, low, close, volume and ticks since the base bar that took tick `first`."""
        timeline = self._owner.timeline
        rows = timeline.rows(timeline.base)
        begin = rows.start + int(np.searchsorted(timeline.first[rows], first))
        end = rows.start + self._count(TIMEFRAMES[timeline.base])[1]
        runs = end < rows.stop and timeline.first[end] <= self.tick
        on_bars = isinstance(self._owner.data, Bars)
        end += runs and on_bars
        ticks = int(timeline.ticks[begin:end].sum())
        columns = self._owner.columns
        last = self.tick + 1 if runs and not on_bars else 0
        part = slice(int(timeline.first[end]) if last else 0, last)
        price = PRICES.index(timeline.price)
        out = np.empty(5)
        ticks += fold_running(timeline.real, begin, end, *(c[part] for c in columns), price, self._owner.both_sizes, out)
        return out.tolist(), ticks


class MultiTimeframe:
    """Six timeframes over ticks or bars, answerable as of any tick or time, with nothing of later in the answer.

    >>> ticks = Ticks.from_arrays([0, 30_000_000, 90_000_000], [1.0, 3.0, 2.0], [1.0, 3.0, 2.0], symbol="BTCUSD")
    >>> state = MultiTimeframe(ticks).at(2)
    >>> state.completed("1m").high.tolist(), state.forming("5m").high
    ([3.0], 3.0)
    """

    def __init__(self, data: Ticks | Bars, *, price: str = "mid", calendar: str | None = None) -> None:
        self.data = data
        self.timeline = timeline_of(data, price=price, calendar=calendar)
        nothing, is_ticks = np.empty(0), isinstance(data, Ticks)
        self.both_sizes = isinstance(data, Ticks) and data.trades
        names = ("bid", "ask", "bid_size", "ask_size")
        found = (getattr(data, name) if is_ticks else None for name in names)
        self.columns = [nothing if column is None else column for column in found]

    def at(self, moment: Any) -> State:
        """After tick `moment` was taken (an int, negative from the end), or at a time (datetime or ISO text).

        Raises:
            SeriesError: a tick that there is not.
        """
        time = self.data.time
        if isinstance(moment, int | np.integer) and not isinstance(moment, bool):
            tick = int(moment) + (len(time) if moment < 0 else 0)
            if not 0 <= tick < len(time):
                raise SeriesError(f"there is no tick {moment}; the data have ticks 0 to {len(time) - 1}", tick=moment)
            return State(self, tick, int(time[tick]), int(time[tick]))
        when = to_microseconds(moment)
        return State(self, int(np.searchsorted(time, when, side="right")) - 1, when, when)
