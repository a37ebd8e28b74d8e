"""Drawdown against a loop that looks back at every row, and against the ticks that ranges were made of."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from btlab import metrics

DAY = 86_400_000_000
EQUITY = st.lists(st.integers(1, 400).map(float), min_size=1, max_size=60)


def plain_drawdown(equity: list[float]) -> list[float]:
    return [(max(equity[: i + 1]) - value) / max(equity[: i + 1]) for i, value in enumerate(equity)]


def plain_length(time: list[int], equity: list[float]) -> float:
    depths = plain_drawdown(equity)
    deepest = depths.index(max(depths))
    if depths[deepest] == 0:
        return 0.0
    height = max(equity[: deepest + 1])
    peak = max(i for i in range(deepest) if equity[i] == height)
    end = next((i for i in range(deepest, len(equity)) if equity[i] >= height), len(equity) - 1)
    return (time[end] - time[peak]) / DAY


@given(EQUITY)
def test_depth_and_length_equal_plain_python(equity: list[float]) -> None:
    time = [i * i * DAY for i in range(len(equity))]
    assert metrics.drawdown(equity).tolist() == plain_drawdown(equity)
    assert metrics.max_drawdown(equity) == max(plain_drawdown(equity))
    assert metrics.max_drawdown_days(time, equity) == plain_length(time, equity)


@given(EQUITY, st.sampled_from([0.5, 2.0, 1024.0]))
def test_the_currency_changes_no_drawdown(equity: list[float], factor: float) -> None:
    assert metrics.max_drawdown([value * factor for value in equity]) == metrics.max_drawdown(equity)


def test_the_first_row_is_a_peak_and_each_fall_has_its_own() -> None:
    assert metrics.max_drawdown([100.0, 90.0]) == pytest.approx(0.1, rel=1e-15)
    assert metrics.max_drawdown([100.0, 70.0, 1000.0, 900.0]) == pytest.approx(
        0.3, rel=1e-15
    )  # by the final peak it would be 0.1


def test_debt_is_more_than_everything() -> None:
    assert metrics.max_drawdown([100.0, -50.0]) == 1.5


def test_length_runs_to_the_recovery_or_to_the_end() -> None:
    time = [0, DAY, 2 * DAY, 4 * DAY, 7 * DAY]
    assert metrics.max_drawdown_days(time, [100.0, 100.0, 80.0, 100.0, 120.0]) == 3.0
    assert metrics.max_drawdown_days(time, [100.0, 120.0, 80.0, 100.0, 110.0]) == 6.0
    assert metrics.max_drawdown_days(time, [1.0, 2.0, 2.0, 3.0, 3.0]) == 0.0
    assert metrics.max_drawdown_days([0], [5.0]) == 0.0


def test_of_nothing_nothing_is_known() -> None:
    assert math.isnan(metrics.max_drawdown([]))
    assert math.isnan(metrics.max_drawdown_days([], []))
    assert math.isnan(metrics.max_drawdown([100.0, math.nan, 90.0]))
    assert math.isnan(metrics.max_drawdown_days([0, 1, 2], [100.0, math.nan, 90.0]))
    assert math.isnan(metrics.max_drawdown_from_ranges([], [], []))
    assert metrics.drawdown([]).tolist() == []


@given(EQUITY, st.lists(st.integers(1, 59), max_size=6))
def test_ranges_are_exact_to_the_tick(equity: list[float], cuts: list[int]) -> None:
    stretches = [part for part in np.split(np.array(equity), sorted({cut for cut in cuts if cut < len(equity)})) if len(part)]
    high, low, fall = zip(*((part.max(), part.min(), metrics.max_drawdown(part)) for part in stretches), strict=True)
    assert metrics.max_drawdown_from_ranges(high, low, fall) == metrics.max_drawdown(equity)
