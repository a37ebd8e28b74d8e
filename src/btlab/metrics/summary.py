"""The numbers of a session in one mapping, and for each its unit and its formula in a sentence."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

import numpy as np
from numpy.typing import ArrayLike

from btlab.metrics.activity import average_equity, exposure, turnover
from btlab.metrics.arrays import column, ratio
from btlab.metrics.drawdown import deepest_drawdown
from btlab.metrics.ratios import sharpe, sortino
from btlab.metrics.returns import annual_volatility, cagr, daily_returns, periods_per_year, total_return, years_between
from btlab.metrics.trades import (
    average_duration_minutes,
    expectancy,
    largest_loss,
    largest_win,
    longest_duration_minutes,
    payoff,
    profit_factor,
    sqn,
    win_rate,
)

_TABLE: tuple[tuple[str, str, str], ...] = (
    ("total_return", "share", "Last equity over starting cash, less one."),
    ("cagr", "share", "(Last equity / starting cash) ^ (1 / years) - 1, years of 365.25 days by the calendar."),
    ("annual_volatility", "share", "Sample deviation of daily returns x root of 252 (365 where weekends are traded)."),
    (
        "sharpe",
        "number",
        "Mean of daily returns / their sample deviation x root of 252 (365 where weekends are traded), riskless rate 0.",
    ),
    ("sortino", "number", "As Sharpe, over the root of the mean of min(daily return, 0)^2 of all days."),
    ("calmar", "number", "CAGR / maximum drawdown."),
    ("max_drawdown", "share", "Deepest fall of the equity's rows below their own earlier peak, as a share of that peak."),
    ("max_drawdown_days", "days", "From that peak until the equity is back there, or to the end; weekends count."),
    ("exposure", "share", "Time with a position open / all time, by the clock."),
    ("turnover", "number", "Value of all entries and exits / average equity, for the whole session."),
    ("trades", "count", "Closed trades; a partial close is one."),
    (
        "open_trades",
        "count",
        "Lots still open at the end; they are in the equity, and in no figure on trades but the costs and the turnover.",
    ),
    ("win_rate", "share", "Wins / (wins + losses); break-even trades are in neither."),
    ("payoff", "number", "Average win / average loss."),
    ("profit_factor", "number", "Sum of wins / sum of losses, in money after commission."),
    ("expectancy", "money", "Mean profit of a closed trade after commission."),
    ("sqn", "number", "Mean profit of a trade / sample deviation of the profits x root of the number of trades."),
    ("average_duration_minutes", "minutes", "Mean time from entry to exit, by the clock."),
    ("longest_duration_minutes", "minutes", "Longest time from entry to exit, by the clock."),
    ("largest_win", "money", "Best closed trade after commission, where it is a win."),
    ("largest_loss", "money", "Worst closed trade after commission, where it is a loss; negative."),
    ("commission", "money", "All commission paid, that of open lots included."),
    ("slippage", "money", "Money lost to slippage; it is in the prices already."),
    ("costs", "money", "Commission + slippage."),
)

FORMULAS: Mapping[str, str] = MappingProxyType({name: formula for name, _, formula in _TABLE})
"""What each number of `summary` is, in a sentence, in its order."""

UNITS: Mapping[str, str] = MappingProxyType({name: unit for name, unit, _ in _TABLE})
"""How to show each: share (0.01 is 1 %), money (of the account), days, minutes, count, number."""


def summary(
    *,
    equity_time: ArrayLike,
    equity: ArrayLike,
    position_value: ArrayLike,
    trade_size: ArrayLike,
    trade_entry_time: ArrayLike,
    trade_exit_time: ArrayLike,
    trade_entry_price: ArrayLike,
    trade_exit_price: ArrayLike,
    trade_pnl: ArrayLike,
    trade_commission: ArrayLike,
    trade_slippage: ArrayLike,
    cash: float,
    contract_size: float,
    calendar: str,
    first: int,
    last: int,
    equity_drawdown: ArrayLike | None = None,
) -> dict[str, float]:
    """Every metric of a session, in the order of `FORMULAS`.

    What cannot be known is NaN and never 0: ratios without trades, without variance, of a single row. Sums and counts of nothing
    are 0, which is what they are. What divides by nothing is infinite: a profit factor without a loss.

    Args:
        equity_time: int64 µs UTC of the rows of the equity: the start, every fill, every close, the last tick; shape (n,),
            ascending.
        equity, position_value: money at these rows, shape (n,).
        trade_size: units, one for each row of the session's trades, shape (m,).
        trade_entry_time, trade_exit_time: int64 µs UTC, shape (m,).
        trade_entry_price, trade_exit_price: prices, shape (m,); **a NaN exit price is a lot still open**, whose exit time and
            pnl count nowhere.
        trade_pnl, trade_commission, trade_slippage: money, shape (m,); pnl after commission.
        cash: starting cash.
        contract_size: money = price x size x contract size.
        calendar: "24x7" or "fx": where the trading days of the daily returns end.
        first, last: µs UTC, from when to when the session ran: the years of CAGR and Calmar.
        equity_drawdown: `drawdown` of the equity where it is known, shape (n,); its first row is then `first`, with `cash`. To
            find it takes 1 ms of 170,000 rows.

    >>> day = 86_400_000_000
    >>> numbers = summary(
    ...     equity_time=[0, day, 2 * day], equity=[100.0, 95.0, 110.0], position_value=[0.0, 95.0, 0.0],
    ...     trade_size=[1.0], trade_entry_time=[day], trade_exit_time=[2 * day],
    ...     trade_entry_price=[95.0], trade_exit_price=[110.0],
    ...     trade_pnl=[10.0], trade_commission=[5.0], trade_slippage=[0.0],
    ...     cash=100.0, contract_size=1.0, calendar="24x7", first=0, last=2 * day,
    ... )
    >>> numbers["total_return"], numbers["max_drawdown"], numbers["exposure"], numbers["win_rate"], numbers["payoff"]
    (0.1, 0.05, 0.5, 1.0, nan)
    """
    curve_time, curve = np.asarray(equity_time, np.int64), column(equity)
    if equity_drawdown is None:
        curve_time, curve = np.append(np.int64(first), curve_time), np.append(float(cash), curve)
    commission, slippage = float(np.sum(column(trade_commission))), float(np.sum(column(trade_slippage)))
    numbers = _of_the_account(curve_time, curve, calendar, years_between(first, last), equity_drawdown)
    numbers |= {
        "exposure": exposure(equity_time, position_value),
        "turnover": turnover(
            traded_value(trade_size, trade_entry_price, trade_exit_price, contract_size), average_equity(equity_time, equity)
        ),
    }
    closed = ~np.isnan(column(trade_exit_price))
    numbers |= _of_the_trades(column(trade_pnl)[closed], _rows(trade_entry_time, closed), _rows(trade_exit_time, closed))
    numbers |= {
        "trades": float(np.sum(closed)),
        "open_trades": float(np.sum(~closed)),
        "commission": commission,
        "slippage": slippage,
        "costs": commission + slippage,
    }
    return {name: numbers[name] for name in FORMULAS}


def traded_value(size: ArrayLike, entry_price: ArrayLike, exit_price: ArrayLike, contract_size: float = 1.0) -> float:
    """Money bought and sold: size x price x contract size of every entry, and of every exit that has been (NaN: not yet).

    >>> traded_value([2.0, 1.0], [10.0, 20.0], [11.0, float("nan")], 100.0)
    6200.0
    """
    return float(np.sum(column(size) * (column(entry_price) + np.nan_to_num(column(exit_price), nan=0.0)))) * contract_size


def _of_the_account(
    time: np.ndarray, equity: np.ndarray, calendar: str, years: float, depth: ArrayLike | None
) -> dict[str, float]:
    returns, periods = daily_returns(time, equity, calendar), periods_per_year(time, calendar)
    growth, (deepest, days) = cagr(equity, years), deepest_drawdown(time, equity, depth)
    return {
        "total_return": total_return(equity),
        "cagr": growth,
        "annual_volatility": annual_volatility(returns, periods),
        "sharpe": sharpe(returns, periods),
        "sortino": sortino(returns, periods),
        "calmar": ratio(growth, deepest),  # as `ratios.calmar`, which would look for the drawdown again
        "max_drawdown": deepest,
        "max_drawdown_days": days,
    }


def _of_the_trades(pnl: np.ndarray, entry_time: np.ndarray, exit_time: np.ndarray) -> dict[str, float]:
    measures = (win_rate, payoff, profit_factor, expectancy, sqn, largest_win, largest_loss)
    durations = (average_duration_minutes, longest_duration_minutes)
    return {measure.__name__: measure(pnl) for measure in measures} | {
        measure.__name__: measure(entry_time, exit_time) for measure in durations
    }


def _rows(times: ArrayLike, wanted: np.ndarray) -> np.ndarray:
    """The wanted rows as int64, whatever stands in the others (a null became NaN)."""
    return np.asarray(np.asarray(times)[wanted], np.int64)
