"""Returns and ratios against hand-computed cases, plain Python's statistics, and laws that hold for any numbers."""

from __future__ import annotations

import math
import statistics
from collections.abc import Callable

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from btlab import metrics

KNOWN = [0.02, -0.01, 0.03, -0.02, 0.01, 0.04, -0.03, 0.02]
RETURNS = st.lists(st.integers(-900, 900).map(lambda n: n / 10_000), min_size=2, max_size=60)
EQUITY = st.lists(st.integers(1, 5_000).map(float), min_size=1, max_size=60)


def plain_sharpe(returns: list[float], periods: float, rf: float) -> float:
    excess = [r - rf for r in returns]
    return statistics.mean(excess) / statistics.stdev(excess) * periods**0.5


def plain_sortino(returns: list[float], periods: float, rf: float) -> float:
    total = short = 0.0
    for r in returns:
        total += r - rf
        short += (r - rf) ** 2 if r < rf else 0.0
    return total / len(returns) / (short / len(returns)) ** 0.5 * periods**0.5


def same(a: float, b: float) -> bool:
    return math.isclose(a, b, rel_tol=1e-9, abs_tol=1e-12)


def test_sharpe_is_not_the_figure_that_circulates() -> None:
    assert round(metrics.sharpe(KNOWN, periods=1, rf=0.005), 5) == 0.10029
    assert round(metrics.sharpe(KNOWN, rf=0.005), 4) == 1.592


@given(RETURNS, st.sampled_from([1, 52, 252, 365]), st.sampled_from([0.0, 0.0001, 0.005]))
def test_ratios_equal_plain_python(returns: list[float], periods: int, rf: float) -> None:
    assume(max(returns) > min(returns))
    assert same(metrics.annual_volatility(returns, periods), statistics.stdev(returns) * periods**0.5)
    assert same(metrics.sharpe(returns, periods, rf), plain_sharpe(returns, periods, rf))
    if min(returns) < rf:
        assert same(metrics.sortino(returns, periods, rf), plain_sortino(returns, periods, rf))


def test_sortino_counts_the_good_periods_in_its_deviation() -> None:
    assert same(metrics.sortino([0.03, -0.01], periods=1), 0.01 / math.sqrt(0.0001 / 2))


@given(RETURNS, st.integers(1, 50))
def test_leverage_changes_no_ratio(returns: list[float], leverage: int) -> None:
    assume(max(returns) > min(returns) and min(returns) < 0)
    levered = [r * leverage for r in returns]
    assert same(metrics.sharpe(levered), metrics.sharpe(returns))
    assert same(metrics.sortino(levered), metrics.sortino(returns))
    assert same(metrics.annual_volatility(levered), leverage * metrics.annual_volatility(returns))


@given(RETURNS)
def test_mirrored_returns_have_the_opposite_sharpe(returns: list[float]) -> None:
    assume(max(returns) > min(returns))
    assert same(metrics.sharpe([-r for r in returns]), -metrics.sharpe(returns))


@pytest.mark.parametrize("measure", [metrics.sharpe, metrics.sortino, metrics.annual_volatility])
def test_of_no_returns_nothing_is_known(measure: Callable[..., float]) -> None:
    assert math.isnan(measure([]))
    assert math.isnan(measure([0.01, math.nan, 0.02]))


def test_one_return_has_no_variance_and_equal_ones_have_none_to_divide_by() -> None:
    assert math.isnan(metrics.sharpe([0.01]))
    assert math.isnan(metrics.annual_volatility([0.01]))
    assert math.isnan(metrics.sharpe([0.1] * 3))  # their floating deviation is 1.7e-17, their "Sharpe" 9e16
    assert math.isnan(metrics.sharpe([0.0] * 5))
    assert math.isnan(metrics.sharpe(metrics.period_returns([100 * 1.01**n for n in range(9)])))
    assert metrics.annual_volatility([0.1] * 3) == 0.0


def test_sortino_of_gains_alone_is_infinite_and_of_nothing_moving_unknown() -> None:
    assert metrics.sortino([0.01, 0.02]) == math.inf
    assert math.isnan(metrics.sortino([0.0, 0.0]))
    assert metrics.sortino([-0.01]) == -math.sqrt(252)


@given(EQUITY)
def test_returns_compound_to_the_total(equity: list[float]) -> None:
    returns = metrics.period_returns(equity)
    assert len(returns) == len(equity) - 1
    assert same(float(np.prod(1 + returns)), 1 + metrics.total_return(equity))


def test_total_return_and_growth_by_hand() -> None:
    assert metrics.total_return([100.0, 50.0, 150.0]) == 0.5
    assert metrics.total_return([100.0]) == 0.0
    assert same(metrics.cagr([100.0, 400.0], 2.0), 1.0)
    assert same(metrics.cagr([100.0, 110.0], 0.5), 0.21)
    assert metrics.cagr([100.0, 0.0], 3.0) == -1.0


def test_growth_that_cannot_be_known_is_nan_and_too_large_is_infinite() -> None:
    assert math.isnan(metrics.total_return([]))
    assert math.isnan(metrics.total_return([0.0, 5.0]))
    assert math.isnan(metrics.cagr([100.0, 110.0], 0.0))
    assert math.isnan(metrics.cagr([100.0, -1.0], 1.0))
    assert metrics.cagr([100.0, 110.0], 1e-9) == math.inf


def test_a_year_is_365_and_a_quarter_days() -> None:
    assert metrics.years_between(0, 1461 * 86_400_000_000) == 4.0


def test_a_ruined_account_has_no_returns_after() -> None:
    assert np.isnan(metrics.period_returns([100.0, -5.0, 10.0])).tolist() == [False, True]
    assert math.isnan(metrics.sharpe(metrics.period_returns([100.0, -5.0, 10.0, 11.0])))


def test_calmar_by_hand() -> None:
    assert same(metrics.calmar([100.0, 80.0, 144.0], 2.0), 0.2 / 0.2)
    assert metrics.calmar([100.0, 110.0], 1.0) == math.inf
    assert math.isnan(metrics.calmar([100.0, 100.0], 1.0))
    assert math.isnan(metrics.calmar([100.0, 90.0], 0.0))
