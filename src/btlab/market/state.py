"""What six timeframes knew at a tick, or at a time: completed bars, and the bar that was running."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import numpy as np

from btlab.errors import SeriesError
from btlab.market.series import Bars, Ticks
from btlab.market.timeframe import TIMEFRAMES
from btlab.market.timeline import timeline_of
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
        parts = [part for part in self._parts(int(timeline.first[bar])) if part is not None]
        volume = 0.0
        for part in parts:
            volume += part[4]
        start, stop = int(timeline.start[bar]), int(timeline.end[bar])
        high, low = max(part[1] for part in parts), min(part[2] for part in parts)
        ticks = sum(part[5] for part in parts)
        progress = (self.time - start) / (stop - start)
        return FormingBar(start, parts[0][0], high, low, parts[-1][3], volume, ticks, progress)

    def _parts(self, first: int) -> Iterable[tuple[float, float, float, float, float, int] | None]:
        """The closed base bars since the one that took tick `first`, in order, and the running one."""
        timeline = self._owner.timeline
        rows = timeline.rows(timeline.base)
        begin = rows.start + int(np.searchsorted(timeline.first[rows], first))
        base_first, done = self._count(TIMEFRAMES[timeline.base])
        for bar in range(begin, base_first + done):
            yield (*(float(value) for value in timeline.real[:, bar]), int(timeline.ticks[bar]))
        running = base_first + done
        if running < rows.stop and timeline.first[running] <= self.tick:
            yield self._owner.fold(int(timeline.first[running]), self.tick + 1)


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

    def fold(self, first: int, last: int) -> tuple[float, float, float, float, float, int] | None:
        """(open, high, low, close, volume, ticks) of items first <= i < last of the data; None where none has a price."""
        if isinstance(self.data, Bars):
            bar = self.data[last - 1 : last]
            return float(bar.open[0]), float(bar.high[0]), float(bar.low[0]), float(bar.close[0]), float(bar.volume[0]), 1
        part = self.data[first:last]
        prices = {"bid": part.bid, "ask": part.ask, "mid": (part.bid + part.ask) / 2.0}[self.timeline.price]
        there = ~np.isnan(prices)
        prices, volume = prices[there], 0.0
        if part.bid_size is not None and part.ask_size is not None:
            both = part.trades or self.timeline.price == "mid"
            sizes = part.bid_size + part.ask_size if both else part.bid_size if self.timeline.price == "bid" else part.ask_size
            for size in sizes[there].tolist():
                volume += size
        if not len(prices):
            return None
        return float(prices[0]), float(prices.max()), float(prices.min()), float(prices[-1]), volume, len(prices)
