"""What closed trades tell. `pnl` is money, after commission, one number a trade; a partial close is a trade.

A trade with pnl > 0 is a win, with pnl < 0 a loss; one with exactly 0 is break-even and **neither**: it counts in `expectancy`
and `sqn`, not in `win_rate`. A NaN among the trades makes every figure NaN.
"""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import ArrayLike

from btlab.market.timeframe import MINUTE
from btlab.metrics.arrays import NAN, column, deviation, mean, ratio


def win_rate(pnl: ArrayLike) -> float:
    """wins / (wins + losses); break-even trades are in neither.

    Returns:
        A share; NaN where there is neither a win nor a loss.

    >>> win_rate([5.0, -2.0, 3.0, 0.0, -1.0])
    0.5
    """
    won, lost = _sides(pnl)
    return ratio(float(len(won)), float(len(won) + len(lost))) if _known(pnl) else NAN


def payoff(pnl: ArrayLike) -> float:
    """Average win over average loss, as a positive number.

    Returns:
        A number; NaN where there is no win or no loss, since of none there is no average.

    >>> payoff([6.0, 2.0, -2.0])
    2.0
    """
    won, lost = _sides(pnl)
    return -mean(won) / mean(lost) if _known(pnl) else NAN


def profit_factor(pnl: ArrayLike) -> float:
    """Sum of wins over sum of losses, in money (percentages of differing positions do not add up).

    Returns:
        A number; infinite where there are wins and no losses, 0.0 the other way round, NaN where there is neither.

    >>> profit_factor([6.0, 2.0, -2.0]), profit_factor([1.0])
    (4.0, inf)
    """
    won, lost = _sides(pnl)
    return ratio(float(np.sum(won)), -float(np.sum(lost))) if _known(pnl) else NAN


def expectancy(pnl: ArrayLike) -> float:
    """Mean profit of a trade, break-even ones included.

    Returns:
        Money a trade; NaN without trades.

    >>> expectancy([6.0, 0.0, -3.0])
    1.0
    """
    return mean(column(pnl))


def sqn(pnl: ArrayLike) -> float:
    """System quality number: mean / sample standard deviation (n - 1) of the trades' profits, times the root of their number.

    V. K. Tharp, "Trade Your Way to Financial Freedom" (his is of multiples of the initial risk, which is the same where every
    trade risks the same money; his cap at 100 trades is not applied).

    Returns:
        A number; NaN of fewer than two trades and of trades without variance.

    >>> round(sqn([2.0, -1.0, 2.0, 1.0]), 6)
    1.414214
    """
    pnl = column(pnl)
    spread = deviation(pnl)
    return NAN if spread == 0.0 else mean(pnl) / spread * math.sqrt(len(pnl))


def largest_win(pnl: ArrayLike) -> float:
    """The best trade, where it is a win.

    Returns:
        Money; NaN without a win.

    >>> largest_win([6.0, 2.0, -3.0])
    6.0
    """
    won, _ = _sides(pnl)
    return float(np.max(won)) if len(won) and _known(pnl) else NAN


def largest_loss(pnl: ArrayLike) -> float:
    """The worst trade, where it is a loss.

    Returns:
        Money, negative; NaN without a loss.

    >>> largest_loss([6.0, 2.0, -3.0])
    -3.0
    """
    _, lost = _sides(pnl)
    return float(np.min(lost)) if len(lost) and _known(pnl) else NAN


def average_duration_minutes(entry_time: ArrayLike, exit_time: ArrayLike) -> float:
    """Mean time from entry to exit, by the clock: nights and weekends count.

    Args:
        entry_time, exit_time: int64 µs UTC of the closed trades.

    Returns:
        Minutes; NaN without trades.

    >>> average_duration_minutes([0, 0], [60_000_000, 180_000_000])
    2.0
    """
    return mean(_minutes(entry_time, exit_time))


def longest_duration_minutes(entry_time: ArrayLike, exit_time: ArrayLike) -> float:
    """The longest time from entry to exit, by the clock.

    Args:
        entry_time, exit_time: int64 µs UTC of the closed trades.

    Returns:
        Minutes; NaN without trades.

    >>> longest_duration_minutes([0, 0], [60_000_000, 180_000_000])
    3.0
    """
    minutes = _minutes(entry_time, exit_time)
    return float(np.max(minutes)) if len(minutes) else NAN


def _minutes(entry_time: ArrayLike, exit_time: ArrayLike) -> np.ndarray:
    return (np.asarray(exit_time, np.int64) - np.asarray(entry_time, np.int64)) / MINUTE


def _sides(pnl: ArrayLike) -> tuple[np.ndarray, np.ndarray]:
    pnl = column(pnl)
    return pnl[pnl > 0], pnl[pnl < 0]


def _known(pnl: ArrayLike) -> bool:
    return not np.isnan(column(pnl)).any()
