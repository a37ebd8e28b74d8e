"""What indicators read of bars: prices, means of prices, times, and what ticks say of a bar."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from btlab.errors import IndicatorError, TimeframeError, did_you_mean
from btlab.indicators.cache import VALUES
from btlab.indicators.entry import TICK_INPUTS
from btlab.market.calendar import day_starts
from btlab.market.instrument import default_calendar
from btlab.market.series import Bars, Ticks
from btlab.market.timeline import PRICES as TICK_PRICES
from btlab.market.timeline import Timeline, check_divides, timeline_of

PRICES: tuple[str, ...] = ("open", "high", "low", "close", "volume")
MEANS: dict[str, Callable[[np.ndarray, np.ndarray, np.ndarray, np.ndarray], np.ndarray]] = {
    "hl2": lambda _, high, low, __: (high + low) / 2.0,
    "hlc3": lambda _, high, low, close: (high + low + close) / 3.0,
    "ohlc4": lambda open_, high, low, close: (high + low + close + open_) / 4.0,
    "hlcc4": lambda _, high, low, close: (high + low + close * 2.0) / 4.0,
}
"""Means of a bar's prices that any free input may take; to the last bit what MEDPRICE, TYPPRICE, AVGPRICE, WCLPRICE give."""
TIMES: tuple[str, ...] = ("time", "day")
COLUMNS: tuple[str, ...] = (*PRICES, *MEANS, *TIMES, *TICK_INPUTS)
"""In this order they stand in the driver's table of a running bar."""


def check_column(name: object) -> str:
    """The name, when a bar has such a column.

    Raises:
        IndicatorError: it has none.
    """
    if not isinstance(name, str):
        text = f"input= takes a column's name or what self.indicator gave, and this is a {type(name).__name__}"
        raise IndicatorError(f"{text}; numbers of your own stand for the data: bt.indicator('EMA', numbers)", column=name)
    if name not in COLUMNS:
        text = f"{name!r} is no column of a bar and no indicator's handle.{did_you_mean(name, COLUMNS)}"
        raise IndicatorError(text, column=name)
    return name


class Frames:
    """Bars of one or more timeframes, as indicators read them.

    Args:
        data: Ticks or Bars.
        timeline: what was made of them; None for bars that are read as they are.

    Attributes:
        data, timeline: as given.
        base: the timeframe meant where none is named.
    """

    def __init__(self, data: Ticks | Bars, timeline: Timeline | None = None) -> None:
        self.data, self.timeline = data, timeline
        self.symbol = data.symbol
        self.base = data.timeframe if isinstance(data, Bars) else "1m"
        self.owner: object = data if timeline is None else timeline
        self._bars: dict[str, Bars] = {}
        self._finite: dict[tuple[str, str], bool] = {}

    def bars(self, timeframe: str) -> Bars:
        """All bars of a timeframe, the last, unfinished one included.

        Raises:
            TimeframeError: there are none.
        """
        if self.timeline is not None:
            if timeframe not in self._bars:
                self._bars[timeframe] = self.timeline.bars(timeframe)
            return self._bars[timeframe]
        if not isinstance(self.data, Bars) or timeframe != self.data.timeframe:
            raise TimeframeError(f"{timeframe!r}: these are {self.base} bars", timeframe=timeframe)
        return self.data

    def column(self, timeframe: str, name: str) -> np.ndarray:
        """float64 (bars,): one of `COLUMNS`.

        Raises:
            IndicatorError: it is known of ticks only, and these are bars.
        """
        if name in PRICES:
            column: np.ndarray = getattr(self.bars(timeframe), name)
            return column
        return VALUES.get(self.owner, (timeframe, name), lambda: (self._made(timeframe, name),))[0]

    def is_finite(self, timeframe: str, name: str) -> bool:
        """Whether a price is there in every bar: looked for once, where eight of ten indicators read the same closes."""
        if name not in PRICES:
            return False
        key = timeframe, name
        if key not in self._finite:
            with np.errstate(invalid="ignore", over="ignore"):
                self._finite[key] = bool(np.isfinite(self.column(timeframe, name).sum()))
        return self._finite[key]

    def ends(self, timeframe: str) -> np.ndarray:
        """int64 µs: when each bar is over."""
        if self.timeline is None:
            raise TimeframeError(
                f"bars of several timeframes are wanted, and there are {self.base} bars alone", timeframe=timeframe
            )
        return self.timeline.end[self.timeline.rows(timeframe)]

    def _made(self, timeframe: str, name: str) -> np.ndarray:
        bars = self.bars(timeframe)
        if name in MEANS:
            return MEANS[name](bars.open, bars.high, bars.low, bars.close)
        if name == "time":
            return bars.time.astype(np.float64)
        if name == "day":
            return self._days(bars.time).astype(np.float64)
        return self._of_ticks(timeframe, name)

    def _days(self, time: np.ndarray) -> np.ndarray:
        if not len(time):
            return time
        calendar = default_calendar(self.symbol) if self.timeline is None else self.timeline.calendar
        starts = day_starts(calendar, int(time[0]), int(time[-1]))
        days: np.ndarray = starts[np.searchsorted(starts, time, side="right") - 1]
        return days

    def _of_ticks(self, timeframe: str, name: str) -> np.ndarray:
        data, timeline = self.data, self.timeline
        if not isinstance(data, Ticks) or timeline is None:
            raise IndicatorError(
                f"{name} is counted from ticks, and these are {timeframe} bars; give the ticks, and timeframe={timeframe!r}",
                input=name,
            )

        def count() -> tuple[np.ndarray, ...]:
            from btlab.indicators.ticks import ROW, count_ticks

            rows = timeline.rows(timeframe)
            out = np.empty((len(TICK_INPUTS), rows.stop - rows.start))
            price = TICK_PRICES.index(timeline.price)
            count_ticks(data.time, data.bid, data.ask, price, timeline.start[rows], timeline.end[rows], np.empty(ROW), out)
            return tuple(out)

        return VALUES.get(self.owner, (timeframe, TICK_INPUTS), count)[TICK_INPUTS.index(name)]


def frames_of(data: Ticks | Bars, timeframe: str | None = None) -> Frames:
    """Bars as they are where they are of the timeframe asked for; otherwise all timeframes that can be made of the data.

    Raises:
        TimeframeError: such bars cannot be made of these.
    """
    if isinstance(data, Bars) and timeframe in (None, data.timeframe):
        return Frames(data)
    if isinstance(data, Bars) and timeframe is not None:
        check_divides(data.timeframe, timeframe)
    return Frames(data, timeline_of(data, timeframes=(timeframe,) if timeframe else ()))
