"""Metrics: pure functions of arrays, published as `bt.stats`.

Each function's docstring holds its formula, source, units, and what it says of nothing: NaN where there is nothing to measure,
infinity where the formula divides by nothing, never a made-up number. `summary` puts a session's together.
"""

from btlab.metrics.activity import average_equity, exposure, turnover
from btlab.metrics.drawdown import drawdown, max_drawdown, max_drawdown_days, max_drawdown_from_ranges
from btlab.metrics.ratios import calmar, sharpe, sortino
from btlab.metrics.returns import (
    annual_volatility,
    cagr,
    daily_returns,
    day_ends,
    last_rows,
    period_returns,
    periods_per_year,
    total_return,
    years_between,
)
from btlab.metrics.risk import correlation, value_at_risk
from btlab.metrics.summary import FORMULAS, UNITS, summary, traded_value
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

__all__ = [
    "FORMULAS",
    "UNITS",
    "annual_volatility",
    "average_duration_minutes",
    "average_equity",
    "cagr",
    "calmar",
    "correlation",
    "daily_returns",
    "day_ends",
    "drawdown",
    "expectancy",
    "exposure",
    "largest_loss",
    "largest_win",
    "last_rows",
    "longest_duration_minutes",
    "max_drawdown",
    "max_drawdown_days",
    "max_drawdown_from_ranges",
    "payoff",
    "period_returns",
    "periods_per_year",
    "profit_factor",
    "sharpe",
    "sortino",
    "sqn",
    "summary",
    "total_return",
    "traded_value",
    "turnover",
    "value_at_risk",
    "win_rate",
    "years_between",
]
