"""From an equity curve to returns, and what is read off them.

Equity is money; a return is a share (0.01 is 1 %). Times are int64 µs UTC. A year has 365.25 days where calendar time is meant.
"""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import ArrayLike

from btlab.market.calendar import day_starts, has_weekend
from btlab.market.timeframe import DAY
from btlab.metrics.arrays import NAN, column, deviation

YEAR = 365.25 * DAY
TRADING_DAYS = 252
EVERY_DAY = 365
_FRIDAY, _SATURDAY = 4, 5


def total_return(equity: ArrayLike) -> float:
    """Last equity over first, less one.

    Args:
        equity: money, in order of time, the starting cash first.

    Returns:
        A share; 0.0 of one row, NaN of none or where the account starts with nothing.

    >>> total_return([100.0, 90.0, 120.0])
    0.2
    """
    equity = column(equity)
    if not len(equity) or not equity[0] > 0:
        return NAN
    return float((equity[-1] - equity[0]) / equity[0])


def years_between(first: int, last: int) -> float:
    """Years of 365.25 days between two times in µs UTC.

    >>> years_between(0, 31_557_600_000_000)
    1.0
    """
    return (int(last) - int(first)) / YEAR


def cagr(equity: ArrayLike, years: float) -> float:
    """Compound annual growth rate: (last / first) ** (1 / years) - 1, over calendar time.

    A few days are scaled to a year like everything else: 1 % in a week is 68 % a year, and says as little.

    Args:
        equity: money, in order of time.
        years: the time it took, in years of 365.25 days (`years_between`).

    Returns:
        A share a year; NaN where no time passed or the account ended below nothing, infinity where it is too large for a number.

    >>> round(cagr([100.0, 121.0], 2.0), 12)
    0.1
    """
    growth = total_return(equity) + 1
    if not years > 0 or not growth >= 0:
        return NAN
    try:
        return math.pow(growth, 1 / years) - 1
    except OverflowError:
        return math.inf


def period_returns(equity: ArrayLike) -> np.ndarray:
    """Each value over the one before, less one; NaN where the one before is not positive (a ruined account has no returns).

    >>> period_returns([100.0, 110.0, 99.0]).round(12).tolist()
    [0.1, -0.1]
    """
    equity = column(equity)
    before = np.where(equity[:-1] > 0, equity[:-1], NAN)
    return np.diff(equity) / before


def daily_returns(time: ArrayLike, equity: ArrayLike, calendar: str = "24x7") -> np.ndarray:
    """Returns from trading day to trading day, of the days in which the equity has a row.

    A day ends where the calendar says ("24x7": 00:00 UTC, "fx": 17:00 New York; what happens on an FX weekend belongs to
    Monday). Its equity is that of its last row; the first row at the very end is the close of the day's last bar and belongs to
    it, a second one at the same time is a fill of the next day. The first return begins at the first row, the last one ends at
    the last: unfinished days are counted as they are. A day without rows is no observation; what happened over it is in the
    next return.

    Args:
        time: int64 µs UTC, ascending, shape (n,).
        equity: money, shape (n,).
        calendar: "24x7" or "fx".

    Returns:
        Shares, one for each day observed; none from one row.

    >>> hour = 3_600_000_000
    >>> daily_returns([0, 20 * hour, 24 * hour, 30 * hour], [100.0, 90.0, 110.0, 121.0]).round(12).tolist()
    [0.1, 0.1]
    """
    time, equity = np.asarray(time, np.int64), column(equity)
    if len(time) < 2:
        return np.empty(0)
    _, last, _ = _days(time, calendar)
    return period_returns(equity[np.append(0, last)])


def day_ends(time: ArrayLike, calendar: str = "24x7") -> np.ndarray:
    """int64 µs UTC: when the days end that `daily_returns` observes.

    Args:
        time: int64 µs UTC of the rows of an equity, ascending.
        calendar: "24x7" or "fx".

    >>> hour = 3_600_000_000
    >>> (day_ends([0, 20 * hour, 24 * hour, 30 * hour]) // hour).tolist()
    [24, 48]
    """
    time = np.asarray(time, np.int64)
    if len(time) < 2:
        return np.empty(0, np.int64)
    days, _, ends = _days(time, calendar)
    return np.append(ends, np.iinfo(np.int64).max)[days]


def last_rows(time: ArrayLike, ends: ArrayLike) -> np.ndarray:
    """The last row that belongs to the time up to each end, by the rule of `daily_returns`; -1 where none does.

    >>> last_rows([0, 5, 10, 10, 12], [5, 10, 20]).tolist()
    [1, 2, 4]
    """
    return _rows_by(np.asarray(time, np.int64), np.asarray(ends, np.int64)) - 1


def periods_per_year(time: ArrayLike, calendar: str = "24x7") -> int:
    """How many daily returns make a year: 252 or 365.

    "fx" is 252, the custom for markets with weekends and the default of `sharpe`, so that figures compare with
    others' (FX has about 259 days; 252 states a Sharpe 1.4 % lower). "24x7" is 365, unless whole weekends passed and none of
    them has a row: bars of shares with no calendar of their own, 252 again.

    Args:
        time: int64 µs UTC of the rows of the equity, ascending.
        calendar: "24x7" or "fx".

    >>> day = 86_400_000_000
    >>> periods_per_year([0, day, 2 * day]), periods_per_year([0, day, 5 * day]), periods_per_year([0, 5 * day], "fx")
    (365, 252, 252)
    """
    time = np.asarray(time, np.int64)
    if calendar != "24x7":
        return TRADING_DAYS
    if len(time) < 2:
        return EVERY_DAY
    days, _, ends = _days(time, calendar)
    resting = _weekday(ends - 1) >= _SATURDAY
    rests = resting[days[0] : days[-1] + 1].sum() >= 2 and not resting[days].any()
    return TRADING_DAYS if rests else EVERY_DAY


def annual_volatility(returns: ArrayLike, periods: float = TRADING_DAYS) -> float:
    """Sample standard deviation (n - 1) of the returns times the root of the periods in a year.

    Args:
        returns: shares per period.
        periods: how many periods a year has; 1 gives the figure per period.

    Returns:
        A share a year; 0.0 of equal returns, NaN of fewer than two.

    >>> round(annual_volatility([0.01, -0.01], periods=2), 12)
    0.02
    """
    return deviation(column(returns), scale=1.0) * math.sqrt(periods)


def _days(time: np.ndarray, calendar: str) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """The trading days with rows after the first, as indices into the days' ends, the last row of each, and the ends (µs UTC).

    Of rows at a day's very end the first is of that day, others of the next.
    """
    starts = day_starts(calendar, int(time[0]), int(time[-1]) + 3 * DAY)
    ends = starts[1:]
    if has_weekend(calendar):
        ends = ends[~np.isin(_weekday(starts[:-1]), (_FRIDAY, _SATURDAY))]
    over = np.append(_rows_by(time, ends), len(time))
    days = np.flatnonzero(np.diff(over, prepend=1))
    return days, over[days] - 1, ends


def _rows_by(time: np.ndarray, ends: np.ndarray) -> np.ndarray:
    """How many rows belong to the time up to each end."""
    over = np.searchsorted(time, ends)  # the few ends among the many rows: 20 times as fast as the reverse
    over += time[np.minimum(over, len(time) - 1)] == ends
    return over


def _weekday(time: np.ndarray) -> np.ndarray:
    """Monday 0 ... Sunday 6, in UTC; 1 January 1970 was a Thursday."""
    return (time // DAY + 3) % 7
