"""What timeframes knew at a tick, or at a time: completed bars, and the bar that was running."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np

from btlab.errors import SeriesError
from btlab.market.fold import count_ended, fold_running
from btlab.market.series import Bars, Ticks
from btlab.market.timeframe import TIMEFRAMES, index_of
from btlab.market.timeline import PRICES, Timeline, timeline_of
from btlab.market.times import as_index, to_microseconds


@dataclass(frozen=True, slots=True)
class FormingBar:
    """A bar that runs. `time` is its start (µs UTC), `ticks` how many it took, `progress` the share of its time that is over."""

    time: int
    open: float
    high: float
    low: float
    close: float
    volume: float
    ticks: int
    progress: float


class State:
    """Timeframes after a tick was taken, or at a time. `tick` is the last tick taken (-1: none), `time` is µs UTC."""

    __slots__ = ("_counts", "_owner", "tick", "time")

    def __init__(self, owner: MultiTimeframe, tick: int, time: int) -> None:
        self._owner, self.tick, self.time = owner, tick, time
        self._counts: list[int] = owner.completed_at(time)

    def completed(self, timeframe: str) -> Bars:
        """The bars closed by then."""
        return self._owner.bars(timeframe)[: self._count(self._owner.row(timeframe))]

    def forming(self, timeframe: str) -> FormingBar | None:
        """The bar that was running; None where none was open, as where no tick has come since the last one ended."""
        owner, row = self._owner, self._owner.row(timeframe)
        bar = owner.spans[row][0] + self._count(row)
        if bar >= owner.spans[row][1]:
            return None
        start, stop, first, base_bar = owner.bounds_of(bar)
        if first > self.tick:
            return None
        prices, ticks = self._running(base_bar)
        open_, high, low, close, volume = prices
        return FormingBar(start, open_, high, low, close, volume, ticks, (self.time - start) / (stop - start))

    def _count(self, row: int) -> int:
        return self._counts[row] if row < len(self._counts) else self._owner.completed_of(row, self.time)

    def _running(self, begin: int) -> tuple[list[float], int]:
        """Open, high, low, close, volume and ticks since a base bar began."""
        owner, base = self._owner, self._owner.timeline.base
        end = owner.spans[base][0] + self._counts[base]
        tick = last = 0
        if end < owner.spans[base][1] and owner.bounds_of(end)[2] <= self.tick:
            if not owner.on_bars:
                tick, last = owner.bounds_of(end)[2], self.tick + 1
            end += owner.on_bars
        out = np.empty(5)
        taken = fold_running(*owner.bar_columns, begin, end, *owner.columns(tick, last), 0, last - tick, *owner.rules, out)
        return out.tolist(), taken


class MultiTimeframe:
    """All timeframes over ticks or bars, answerable as of any tick or time, with nothing of later in the answer.

    The six, and any other from "1m" to "1mo" that can be put together from the data. `empty_bars="flat"` counts intervals of open
    hours without a price as bars, as in `bt.bars`.

    >>> ticks = Ticks.from_arrays([0, 30_000_000, 90_000_000], [1.0, 3.0, 2.0], [1.0, 3.0, 2.0], symbol="BTCUSD")
    >>> state = MultiTimeframe(ticks).at(2)
    >>> state.completed("1m").high.tolist(), state.forming("5m").high
    ([3.0], 3.0)
    """

    def __init__(self, data: Ticks | Bars, *, price: str = "mid", calendar: str | None = None, empty_bars: str = "skip") -> None:
        self._begin(data, timeline_of(data, price=price, calendar=calendar, empty_bars=empty_bars))

    @classmethod
    def of(cls, data: Ticks | Bars, timeline: Timeline) -> MultiTimeframe:
        """Over bars that are made already."""
        made = cls.__new__(cls)
        made._begin(data, timeline)
        return made

    def _begin(self, data: Ticks | Bars, timeline: Timeline) -> None:
        self.data, self.on_bars = data, isinstance(data, Bars)
        self.rules = PRICES.index(timeline.price), isinstance(data, Ticks) and data.trades
        self._bars: dict[str, Bars] = {}
        self._read(timeline)

    def _read(self, timeline: Timeline) -> None:
        self.timeline = timeline
        self.bar_columns = timeline.real, timeline.ticks
        self.spans = list(zip(timeline.offset[:-1].tolist(), timeline.offset[1:].tolist()))

    def row(self, timeframe: str) -> int:
        """Row of a timeframe, whose bars are made when they are first asked for.

        Raises:
            TimeframeError: unknown, shorter than the data's own or than 1m, or one that cannot be put together from them.
        """
        row = index_of(timeframe)
        if row >= len(TIMEFRAMES) and timeframe not in self.timeline.names:
            self._read(self.timeline.with_timeframes([timeframe]))
            self.__dict__.pop("bounds", None)
        self.timeline.rows(row)
        return row

    def bounds_of(self, bar: int) -> tuple[int, int, int, int]:
        """(start, end, first tick, base bar that took it) of a bar of the timeline."""
        start, end, first, began = self.bounds
        return int(start[bar]), int(end[bar]), int(first[bar]), int(began[bar])

    @cached_property
    def bounds(self) -> tuple[np.ndarray, ...]:
        """Start, end, first tick, and the base bar that took it, of every bar of the timeline."""
        timeline = self.timeline
        base = timeline.rows(timeline.base)
        began = base.start + np.searchsorted(timeline.first[base], timeline.first, side="right") - 1
        return timeline.start, timeline.end, timeline.first, began

    def columns(self, first: int, stop: int) -> list[np.ndarray]:
        """Bid, ask and sizes of ticks first <= tick < stop; empty where there are none."""
        part: Any = None if self.on_bars else self.data[first:stop]
        found = (getattr(part, name, None) for name in ("bid", "ask", "bid_size", "ask_size"))
        return [np.empty(0) if column is None else column for column in found]

    def bars(self, timeframe: str) -> Bars:
        """All bars of a timeframe, the last, unfinished one included."""
        self.row(timeframe)
        if timeframe not in self._bars:
            self._bars[timeframe] = self.timeline.bars(timeframe)
        return self._bars[timeframe]

    def completed_at(self, time: int) -> list[int]:
        """How many bars of each of the six have ended at a time."""
        counts = np.empty(len(TIMEFRAMES), np.int64)
        count_ended(self.timeline.end, self.timeline.offset, time, counts)
        return counts.tolist()

    def completed_of(self, row: int, time: int) -> int:
        """How many bars of a timeframe have ended at a time."""
        first, stop = self.spans[row]
        return int(np.searchsorted(self.timeline.end[first:stop], time, side="right"))

    def at(self, moment: Any) -> State:
        """After tick `moment` was taken (an int, negative from the end), or at a time (datetime or ISO text).

        Where bars were given, a time knows of those that are over by then, and of the one that runs nothing.

        Raises:
            SeriesError: a tick that there is not.
        """
        data = self.data
        if (index := as_index(moment)) is not None:
            tick = index + (len(data) if index < 0 else 0)
            if not 0 <= tick < len(data):
                raise SeriesError(f"there is no tick {moment}; the data have ticks 0 to {len(data) - 1}", tick=moment)
            return State(self, tick, data.time_at(tick))
        when = to_microseconds(moment)
        return State(self, (self.timeline.given_by(when) if self.on_bars else data.count_by(when)) - 1, when)
