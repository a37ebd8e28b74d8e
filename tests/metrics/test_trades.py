"""Figures on trades against plain Python, and what they say of nothing."""

from __future__ import annotations

import math
import statistics
from collections.abc import Callable

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from btlab import metrics

MINUTE = 60_000_000
PNL = st.lists(st.integers(-500, 500).map(lambda cents: cents / 100), max_size=60)
OF_PNL = [
    metrics.win_rate,
    metrics.payoff,
    metrics.profit_factor,
    metrics.expectancy,
    metrics.sqn,
    metrics.largest_win,
    metrics.largest_loss,
]


def same(a: float, b: float) -> bool:
    return math.isclose(a, b, rel_tol=1e-9, abs_tol=1e-12)


@given(PNL)
def test_equal_plain_python(pnl: list[float]) -> None:
    won, lost = [p for p in pnl if p > 0], [-p for p in pnl if p < 0]
    assume(won and lost and max(pnl) > min(pnl))
    assert same(metrics.win_rate(pnl), len(won) / (len(won) + len(lost)))
    assert same(metrics.payoff(pnl), statistics.mean(won) / statistics.mean(lost))
    assert same(metrics.profit_factor(pnl), sum(won) / sum(lost))
    assert same(metrics.expectancy(pnl), sum(pnl) / len(pnl))
    assert same(metrics.sqn(pnl), statistics.mean(pnl) / statistics.stdev(pnl) * len(pnl) ** 0.5)
    assert (metrics.largest_win(pnl), metrics.largest_loss(pnl)) == (max(won), -max(lost))


@given(PNL)
def test_the_classical_identity(pnl: list[float]) -> None:
    """Profit factor = payoff x win rate / (1 - win rate)."""
    rate = metrics.win_rate(pnl)
    assume(0 < rate < 1)
    assert same(metrics.profit_factor(pnl), metrics.payoff(pnl) * rate / (1 - rate))


@given(PNL, st.sampled_from([0.5, 4.0, 1024.0]))
def test_the_currency_changes_money_alone(pnl: list[float], factor: float) -> None:
    scaled = [p * factor for p in pnl]
    for measure in OF_PNL:
        by = factor if measure in (metrics.expectancy, metrics.largest_win, metrics.largest_loss) else 1.0
        assert same(measure(scaled), measure(pnl) * by) or (math.isnan(measure(scaled)) and math.isnan(measure(pnl)))


def test_break_even_is_neither_a_win_nor_a_loss() -> None:
    assert metrics.win_rate([1.0, 0.0, 0.0, -1.0]) == 0.5
    assert metrics.payoff([1.0, 0.0, -1.0]) == 1.0
    assert metrics.expectancy([3.0, 0.0, 0.0]) == 1.0


@pytest.mark.parametrize("measure", OF_PNL)
def test_no_trades_and_a_nan_among_them_are_nan(measure: Callable[..., float]) -> None:
    assert math.isnan(measure([]))
    assert math.isnan(measure([1.0, math.nan, -1.0]))
    assert math.isnan(measure([5.0, math.nan]))


def test_of_winners_alone_and_of_losers_alone() -> None:
    assert (metrics.win_rate([1.0]), metrics.win_rate([-1.0])) == (1.0, 0.0)
    assert (metrics.profit_factor([2.0]), metrics.profit_factor([-2.0])) == (math.inf, 0.0)
    assert math.isnan(metrics.payoff([2.0]))
    assert math.isnan(metrics.payoff([-2.0]))
    assert math.isnan(metrics.largest_loss([2.0]))
    assert math.isnan(metrics.largest_win([-2.0]))
    assert all(
        math.isnan(measure([0.0, 0.0])) for measure in (metrics.win_rate, metrics.profit_factor, metrics.payoff, metrics.sqn)
    )


def test_sqn_without_variance_is_unknown() -> None:
    assert math.isnan(metrics.sqn([5.0]))
    assert math.isnan(metrics.sqn([0.1, 0.1, 0.1]))
    assert math.isnan(metrics.sqn([0.1 + 0.2, 0.3, 0.3]))


def test_durations_are_minutes_by_the_clock() -> None:
    entry, leave = [0, 10 * MINUTE], [30 * MINUTE, 10 * MINUTE + 1_500_000]
    assert metrics.average_duration_minutes(entry, leave) == 15.0125
    assert metrics.longest_duration_minutes(entry, leave) == 30.0
    assert math.isnan(metrics.average_duration_minutes([], []))
    assert math.isnan(metrics.longest_duration_minutes([], []))
