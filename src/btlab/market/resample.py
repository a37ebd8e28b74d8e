"""Bars of timeframes beside the six of a run: seconds, other minutes and hours, weeks, months.

From ticks: bars of a minute and more are put together from 1m bars, so their volume is the sum of those in order; shorter ones
take their ticks one by one. From bars: from any that divide the timeframe. All from 1m up are cut from the start of the trading
day; a week begins with the trading day of its Monday (the first after it where an exchange was closed), a month with the first
trading day of that month.
"""

from __future__ import annotations

import numpy as np

from btlab.market import fold
from btlab.market.calendar import CALENDARS, TradingDays, rules_of, trading_days
from btlab.market.empty import check_empty_bars, empty_intervals
from btlab.market.hours import open_before, open_hours
from btlab.market.instrument import default_calendar
from btlab.market.jit import kernel
from btlab.market.series import Bars, Ticks
from btlab.market.sessions import sessions_of
from btlab.market.timeframe import DAY, MICROSECONDS, MINUTE, check_timeframe

_LONGEST = 32 * DAY
_EMPTY = np.empty(0)


def resampled(
    data: Ticks | Bars, timeframe: str, *, price: str = "mid", calendar: str | None = None, empty_bars: str = "skip"
) -> Bars:
    """Bars of any timeframe from ticks or from shorter bars, the last, unfinished one included.

    Args:
        price: "bid", "ask" or "mid" (ticks only).
        calendar: by default the symbol's own.
        empty_bars: "skip" or "flat" (`market.empty`).

    Raises:
        TimeframeError: an unknown timeframe, or one that cannot be put together from these bars.

    >>> ticks = Ticks.from_arrays([0, 9_000_000, 10_000_000], [1.0, 3.0, 2.0], [1.0, 3.0, 2.0], symbol="BTCUSD")
    >>> resampled(ticks, "10s").close.tolist()
    [3.0, 2.0]
    """
    from btlab.market.timeline import check_divides, check_input, timeline_of

    check_input(data, price)
    check_empty_bars(empty_bars)
    calendar, last = calendar or default_calendar(data.symbol), int(data.time[-1])
    if isinstance(data, Ticks):
        made = (
            _seconds(data, timeframe, price)
            if MICROSECONDS[check_timeframe(timeframe)] < MINUTE
            else _joined(timeline_of(data, price=price, calendar=calendar).bars("1m"), timeframe, calendar)
        )
    else:
        check_divides(data.timeframe, timeframe)
        made = data if data.timeframe == timeframe else _joined(data, timeframe, calendar)
    return made if empty_bars == "skip" or not len(made) else _with_empty(made, calendar, last)


def periods(calendar: str, timeframe: str, first: int, last: int) -> np.ndarray:
    """Starts (int64 µs UTC) of the days, weeks or months that hold a time between two, and the start of the one after.

    >>> (periods("24x7", "1w", 0, 0) // 86_400_000_000).tolist()  # 1970-01-01 was a Thursday
    [-3, 4]
    """
    if timeframe not in ("1w", "1mo"):
        return trading_days(calendar, first, last).start
    days = _days_around(calendar, first, last)
    months = days.date.astype("datetime64[D]").astype("datetime64[M]").astype(np.int64)
    key = (days.date + 3) // 7 if timeframe == "1w" else months
    begins = np.append(np.flatnonzero(np.diff(key, prepend=key[0] - 1)), len(key))
    starts = days.start[begins]
    low, high = np.searchsorted(starts, [first, last], side="right").tolist()
    return starts[low - 1 : high + 1]


def _days_around(calendar: str, first: int, last: int) -> TradingDays:
    """Trading days from a month before to a month after, as far as they are known."""
    base = rules_of(calendar).base
    first, last, low, high = first - _LONGEST, last + _LONGEST, first, last
    if base not in CALENDARS:
        known = sessions_of(base, low, high)
        first, last = max(first, min(low, int(known.open[0]))), min(last, known.after - 1)
    return trading_days(calendar, first, last)


def _joined(bars: Bars, timeframe: str, calendar: str) -> Bars:
    if not len(bars):
        return Bars(bars.time, bars.open, bars.high, bars.low, bars.close, bars.volume, timeframe, bars.symbol)
    start = day_of_each(bars.time, calendar) if bars.timeframe == "1d" else bars.time
    real = np.stack([bars.open, bars.high, bars.low, bars.close, bars.volume])
    index = np.arange(len(bars), dtype=np.int64)
    whole, out = np.empty((4, len(bars)), np.int64), np.empty((5, len(bars)))
    cut = periods(calendar, timeframe, int(start[0]), int(start[-1]))
    count = fold.fold_bars(MICROSECONDS[timeframe], cut, start, index, np.ones_like(index), real, whole, out, 0)
    open_, high, low, close, volume = out[:, :count].copy()
    return Bars(whole[0, :count].copy(), open_, high, low, close, volume, timeframe, bars.symbol)


def day_of_each(time: np.ndarray, calendar: str) -> np.ndarray:
    """Start (int64 µs UTC) of the trading day that each daily bar is of: the one with which its 24 hours share the most trading.

    Vendors stamp a day with its opening, its midnight there, or its midnight in UTC, which is still the evening before.
    """
    first, last = int(time[0]), int(time[-1])
    known = trading_days(calendar, first, last + DAY)
    days, base = known.start, rules_of(calendar).base
    if base in CALENDARS:  # whole days, for a bar of Christmas is of Christmas
        traded = ((known.date + 3) % 7 < 5) | (base == "24x7")
        starts, ends = days[:-1][traded], days[1:][traded]
    else:
        starts, ends = open_hours(calendar, first, last + DAY)
    row = np.searchsorted(days, time, side="right") - 1
    begin, change, end = (open_before(starts, ends, moment) for moment in (time, days[row + 1], time + DAY))
    later = (days[row + 1] < time + DAY) & (end - change > change - begin)
    return days[row + later]


def grid_of(time: np.ndarray, timeframe: str, calendar: str) -> tuple[np.ndarray, np.ndarray]:
    """Where the calendar cuts bars of a timeframe (days, weeks or months), and where it would begin those of these times.

    Bars that others have stamped may begin elsewhere: hours on the hour where a session opens at half past, days at midnight.
    """
    start, length = day_of_each(time, calendar) if timeframe == "1d" else time, MICROSECONDS[timeframe]
    cuts = periods(calendar, timeframe, int(start[0]), int(max(start[-1], time[-1])))
    begin = cuts[np.searchsorted(cuts, start, side="right") - 1]
    return cuts, begin if length >= DAY else begin + (start - begin) // length * length


def _with_empty(bars: Bars, calendar: str, last: int) -> Bars:
    """Flat bars where nothing happened in open hours, up to the last tick."""
    length = MICROSECONDS[bars.timeframe]
    cuts, grid = grid_of(bars.time, bars.timeframe, calendar)
    if length < DAY:
        end = np.minimum(bars.time + length, cuts[np.searchsorted(cuts, bars.time, side="right")])
    else:
        end = cuts[np.searchsorted(cuts, grid, side="right")] + (bars.time - grid)
    end[:-1] = np.minimum(end[:-1], bars.time[1:])
    empty = empty_intervals(bars.time, end, last, length=length, cuts=cuts, calendar=calendar, given=grid)
    real = empty.flat(np.stack([bars.open, bars.high, bars.low, bars.close, bars.volume]))
    open_, high, low, close, volume = np.ascontiguousarray(real)
    return Bars(np.insert(bars.time, empty.row + 1, empty.start), open_, high, low, close, volume, bars.timeframe, bars.symbol)


def _seconds(ticks: Ticks, timeframe: str, price: str) -> Bars:
    from btlab.market.timeline import PRICES

    length = MICROSECONDS[timeframe]
    room = min(len(ticks), int(ticks.time[-1] - ticks.time[0]) // length + 2)
    start, real = np.empty(room, np.int64), np.empty((5, room))
    sizes = (_EMPTY if size is None else size for size in (ticks.bid_size, ticks.ask_size))
    side = PRICES.index(price)
    count = fold_seconds(ticks.time, ticks.bid, ticks.ask, *sizes, side, ticks.trades, length, start, real)
    open_, high, low, close, volume = real[:, :count].copy()
    return Bars(start[:count].copy(), open_, high, low, close, volume, timeframe, ticks.symbol)


@kernel
def fold_seconds(
    time: np.ndarray,
    bid: np.ndarray,
    ask: np.ndarray,
    bid_size: np.ndarray,
    ask_size: np.ndarray,
    price: int,
    trades: bool,
    length: int,
    start: np.ndarray,
    real: np.ndarray,
) -> int:
    """Fold ticks into intervals of `length` µs that hold a price; returns how many.

    Args:
        bid_size, ask_size: as long as the ticks, or empty where sizes are unknown.
        price: `fold.BID`, `ASK` or `MID`. trades: the volume is both sizes whatever the price.
        start: int64 (m,); real: float64 (5, m): open, high, low, close, volume.
    """
    count, end = 0, np.int64(-(2**62))
    sizes = bid_size.shape[0] > 0
    use_bid, use_ask = price != fold.ASK or trades, price != fold.BID or trades
    for i in range(time.shape[0]):
        value = bid[i] if price == fold.BID else (ask[i] if price == fold.ASK else (bid[i] + ask[i]) / 2.0)
        if value != value:
            continue
        if time[i] >= end:
            start[count] = time[i] // length * length
            end = start[count] + length
            real[0, count] = real[1, count] = real[2, count] = value
            real[4, count] = 0.0
            count += 1
        bar = count - 1
        real[1, bar], real[2, bar], real[3, bar] = max(real[1, bar], value), min(real[2, bar], value), value
        if sizes:
            if use_bid and use_ask:
                real[4, bar] += bid_size[i] + ask_size[i]
            else:
                real[4, bar] += bid_size[i] if use_bid else ask_size[i]
    return count
