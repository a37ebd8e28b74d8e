"""Reward over risk. `returns` are shares per period (daily ones in a session's metrics), `rf` is a share per period too."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import ArrayLike

from btlab.metrics.arrays import NAN, column, deviation, mean, ratio
from btlab.metrics.drawdown import max_drawdown
from btlab.metrics.returns import TRADING_DAYS, cagr


def sharpe(returns: ArrayLike, periods: float = TRADING_DAYS, rf: float = 0.0) -> float:
    """mean(returns - rf) / sample standard deviation (n - 1) of them, times the root of the periods in a year.

    W. F. Sharpe, "The Sharpe Ratio", Journal of Portfolio Management 21 (1994).

    Args:
        returns: shares per period.
        periods: how many of them make a year; 1 gives the ratio per period.
        rf: the riskless return per period.

    Returns:
        A number; NaN of fewer than two returns, and of returns without variance, where no risk was seen to divide by.

    >>> round(sharpe([.02, -.01, .03, -.02, .01, .04, -.03, .02], periods=1, rf=.005), 5)
    0.10029
    """
    excess = column(returns) - rf
    spread = deviation(excess, scale=1.0)
    return NAN if spread == 0.0 else mean(excess) / spread * math.sqrt(periods)


def sortino(returns: ArrayLike, periods: float = TRADING_DAYS, rf: float = 0.0) -> float:
    """mean(returns - rf) / downside deviation, times the root of the periods in a year.

    The downside deviation is the root of the mean of min(returns - rf, 0)^2 over **all** periods, the good ones counted as 0
    (F. A. Sortino and R. van der Meer, "Downside Risk", Journal of Portfolio Management 17 (1991)); the deviation of the losses
    alone is another figure and calls a rarely losing strategy risky.

    Args:
        returns: shares per period.
        periods: how many of them make a year; 1 gives the ratio per period.
        rf: the return per period that is asked for.

    Returns:
        A number; infinite where nothing fell short and something was gained, NaN where nothing moved or nothing is there.

    >>> round(sortino([0.03, -0.01, 0.02, -0.02], periods=1), 6)
    0.447214
    """
    excess = column(returns) - rf
    return ratio(mean(excess), math.sqrt(mean(np.minimum(excess, 0.0) ** 2))) * math.sqrt(periods)


def calmar(equity: ArrayLike, years: float) -> float:
    """Compound annual growth rate over the maximum drawdown, of the whole time.

    T. W. Young, "Calmar Ratio: A Smoother Tool", Futures, October 1991 (his looks back three years).

    Args:
        equity: money, in order of time.
        years: the time it took, in years of 365.25 days.

    Returns:
        A number; infinite where the equity grew and never fell, NaN where it stood still or no time passed.

    >>> round(calmar([100.0, 95.0, 110.0], 1.0), 12)
    2.0
    """
    return ratio(cagr(equity, years), max_drawdown(equity))
