"""Days of the calendar, exposure, turnover, and the summary of a session worked out by hand."""

from __future__ import annotations

import doctest
import importlib
import math
import pkgutil
from datetime import UTC, datetime, timedelta
from typing import Any

import numpy as np
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from btlab import metrics

HOUR, DAY = 3_600_000_000, 86_400_000_000


def at(text: str) -> int:
    return round(datetime.fromisoformat(text).replace(tzinfo=UTC).timestamp()) * 1_000_000


def returns_of(rows: list[tuple[str, float]], calendar: str) -> list[float]:
    return metrics.daily_returns([at(time) for time, _ in rows], [equity for _, equity in rows], calendar).round(12).tolist()


# trading days


def test_a_close_at_midnight_ends_its_day_and_a_fill_at_midnight_begins_the_next() -> None:
    rows = [("2024-01-10 09:00", 100.0), ("2024-01-11 00:00", 110.0), ("2024-01-11 00:00", 99.0), ("2024-01-11 05:00", 99.0)]
    assert returns_of(rows, "24x7") == [0.1, -0.1]


def test_a_run_that_starts_at_midnight_has_no_day_before() -> None:
    rows = [("2024-01-10 00:00", 100.0), ("2024-01-10 00:00", 100.0), ("2024-01-10 08:00", 120.0)]
    assert returns_of(rows, "24x7") == [0.2]


def test_fx_days_end_at_17_new_york_in_winter_and_summer() -> None:
    winter = [("2024-01-10 12:00", 100.0), ("2024-01-10 21:59", 110.0), ("2024-01-10 22:01", 121.0)]
    summer = [("2024-07-10 12:00", 100.0), ("2024-07-10 20:59", 110.0), ("2024-07-10 21:01", 121.0)]
    assert returns_of(winter, "fx") == returns_of(summer, "fx") == [0.1, 0.1]
    assert returns_of(winter, "24x7") == [0.21]


def test_an_fx_weekend_belongs_to_monday() -> None:
    friday = [("2024-01-12 12:00", 100.0), ("2024-01-12 21:00", 110.0)]
    saturday, monday = [("2024-01-13 12:00", 999.0)], [("2024-01-14 22:30", 99.0), ("2024-01-15 12:00", 121.0)]
    assert returns_of(friday + saturday + monday, "fx") == [0.1, 0.1]
    assert returns_of([*friday, *monday, ("2024-01-15 22:01", 110.0)], "fx") == [0.1, 0.1, round(110 / 121 - 1, 12)]
    assert returns_of(friday + saturday, "fx") == [0.1, round(889 / 110, 12)]


def test_a_day_without_rows_is_no_observation() -> None:
    assert returns_of([("2024-01-10 12:00", 100.0), ("2024-01-10 13:00", 100.0), ("2024-03-10 12:00", 110.0)], "24x7") == [
        0.0,
        0.1,
    ]


def test_one_row_has_no_returns() -> None:
    assert len(metrics.daily_returns([], [])) == len(metrics.daily_returns([5], [100.0])) == 0


@given(st.lists(st.tuples(st.integers(1, 40 * 24 * 60), st.integers(50, 150)), min_size=1, max_size=80))
def test_utc_days_equal_polars(rows: list[tuple[int, int]]) -> None:
    """Times off the day's end by half a minute, so that polars' days and ours are the same."""
    minutes = sorted({minute for minute, _ in rows})
    time = [0, *(minute * 60_000_000 + 30_000_000 for minute in minutes)]
    equity = [100.0, *(float(rows[i][1]) for i in range(len(minutes)))]
    frame = pl.DataFrame({"time": time, "equity": equity}).with_columns(pl.from_epoch("time", time_unit="us"))
    closes = frame[1:].group_by_dynamic("time", every="1d").agg(pl.last("equity"))["equity"].to_list()
    expected = [later / sooner - 1 for sooner, later in zip([100.0, *closes], closes, strict=False)]
    assert np.allclose(metrics.daily_returns(time, equity), expected, rtol=1e-12, atol=1e-15)


def business_days(start: str, count: int) -> list[int]:
    days = [datetime.fromisoformat(start) + timedelta(days=n) for n in range(count)]
    return [round(day.replace(tzinfo=UTC).timestamp()) * 1_000_000 for day in days if day.weekday() < 5]


def test_periods_of_a_year() -> None:
    every_day = [at("2024-01-01") + n * DAY for n in range(30)]
    assert metrics.periods_per_year(every_day, "24x7") == 365
    assert metrics.periods_per_year(every_day, "fx") == 252
    shares = [day + 20 * HOUR for day in business_days("2024-01-01", 60)]
    assert metrics.periods_per_year(shares, "24x7") == 252
    assert metrics.periods_per_year([day - 20 * HOUR + DAY - 20 * HOUR for day in shares], "24x7") == 252  # closes at midnight
    assert metrics.periods_per_year([at("2024-01-02 09:00"), at("2024-01-04 09:00")], "24x7") == 365
    assert metrics.periods_per_year([], "24x7") == metrics.periods_per_year([5], "24x7") == 365


# exposure and turnover


def test_exposure_weighs_rows_by_their_time() -> None:
    assert metrics.exposure([0, 10, 10, 40, 100], [0.0, 5.0, 0.0, -5.0, -5.0]) == 0.6
    assert metrics.exposure([0, 10], [0.0, 0.0]) == 0.0
    assert math.isnan(metrics.exposure([], []))
    assert math.isnan(metrics.exposure([7, 7], [0.0, 1.0]))


def test_turnover_by_hand() -> None:
    assert metrics.traded_value([100.0, 50.0], [10.0, 12.0], [11.0, math.nan], 2.0) == (1000 + 1100 + 600) * 2
    assert metrics.average_equity([0, 10, 40], [100.0, 200.0, 900.0]) == 175.0
    assert metrics.average_equity([7, 7], [100.0, 90.0]) == 90.0
    assert math.isnan(metrics.average_equity([], []))
    assert metrics.turnover(0.0, 100.0) == 0.0
    assert math.isnan(metrics.turnover(5.0, 0.0))


# the summary


def session(**changes: Any) -> dict[str, float]:
    """Four days from 1,000: a win of 100, a loss of 50 and a lot still open, costs 12."""
    values: dict[str, Any] = {
        "equity_time": [0, DAY, DAY + 6 * HOUR, 2 * DAY, 3 * DAY, 4 * DAY],
        "equity": [1000.0, 1100.0, 1100.0, 1045.0, 1045.0, 1210.0],
        "position_value": [500.0, 0.0, -400.0, 0.0, 300.0, 330.0],
        "trade_size": [5.0, 4.0, 3.0],
        "trade_entry_time": [0, DAY + 6 * HOUR, 3 * DAY],
        "trade_exit_time": [DAY, 2 * DAY, math.nan],
        "trade_entry_price": [100.0, 100.0, 100.0],
        "trade_exit_price": [120.0, 112.0, math.nan],
        "trade_pnl": [100.0, -50.0, math.nan],
        "trade_commission": [4.0, 4.0, 2.0],
        "trade_slippage": [1.0, 1.0, 0.0],
        "cash": 1000.0,
        "contract_size": 1.0,
        "calendar": "24x7",
        "first": 0,
        "last": 4 * DAY,
    }
    return metrics.summary(**(values | changes))


def test_a_session_by_hand() -> None:
    expected = {
        "total_return": 0.21,
        "cagr": 1.21 ** (365.25 / 4) - 1,
        "annual_volatility": np.std([0.1, -0.05, 0.0, 165 / 1045], ddof=1) * 365**0.5,
        "sharpe": np.mean([0.1, -0.05, 0.0, 165 / 1045]) / np.std([0.1, -0.05, 0.0, 165 / 1045], ddof=1) * 365**0.5,
        "sortino": np.mean([0.1, -0.05, 0.0, 165 / 1045]) / (0.05**2 / 4) ** 0.5 * 365**0.5,
        "calmar": (1.21 ** (365.25 / 4) - 1) / 0.05,
        "max_drawdown": 0.05,
        "max_drawdown_days": 2.75,
        "exposure": (24 + 18 + 24) / 96,
        "turnover": (600 + 500 + 400 + 448 + 300) / ((1000 * 24 + 1100 * 6 + 1100 * 18 + 1045 * 48) / 96),
        "trades": 2.0,
        "open_trades": 1.0,
        "win_rate": 0.5,
        "payoff": 2.0,
        "profit_factor": 2.0,
        "expectancy": 25.0,
        "sqn": 25.0 / (np.sqrt(2) * 75.0) * np.sqrt(2),
        "average_duration_minutes": (24 + 18) * 60 / 2,
        "longest_duration_minutes": 24 * 60.0,
        "largest_win": 100.0,
        "largest_loss": -50.0,
        "commission": 10.0,
        "slippage": 2.0,
        "costs": 12.0,
    }
    numbers = session()
    assert list(numbers) == list(expected) == list(metrics.FORMULAS) == list(metrics.UNITS)
    assert numbers == pytest.approx(expected, rel=1e-12)
    assert {type(value) for value in numbers.values()} == {float}


EMPTY = {name: [] for name in ("size", "entry_time", "exit_time", "entry_price", "exit_price", "pnl", "commission", "slippage")}


def test_a_session_without_trades_says_nan_where_nothing_is_known() -> None:
    no_trades = {f"trade_{name}": rows for name, rows in EMPTY.items()}
    numbers = session(equity=[1000.0] * 6, position_value=[0.0] * 6, **no_trades)
    unknown = {name for name, value in numbers.items() if math.isnan(value)}
    assert unknown == {
        "sharpe", "sortino", "calmar", "win_rate", "payoff", "profit_factor", "expectancy", "sqn", "average_duration_minutes",
        "longest_duration_minutes", "largest_win", "largest_loss",
    }  # fmt: skip
    assert not any(value for name, value in numbers.items() if name not in unknown)


def test_a_session_of_one_row() -> None:
    no_trades = {f"trade_{name}": rows for name, rows in EMPTY.items()}
    numbers = session(equity_time=[0], equity=[1000.0], position_value=[0.0], last=0, **no_trades)
    assert math.isnan(numbers["cagr"])
    assert math.isnan(numbers["exposure"])
    assert math.isnan(numbers["sharpe"])
    assert (numbers["total_return"], numbers["max_drawdown"], numbers["turnover"]) == (0.0, 0.0, 0.0)


def test_the_starting_cash_is_the_first_peak() -> None:
    numbers = session(equity=[800.0, 1100.0, 1100.0, 1045.0, 1045.0, 1210.0])
    assert numbers["max_drawdown"] == 0.2


def test_the_open_lots_exit_time_and_profit_count_nowhere() -> None:
    assert session(trade_pnl=[100.0, -50.0, 7e9], trade_exit_time=[DAY, 2 * DAY, 0]) == session()


def test_scaled_money_changes_money_alone() -> None:
    scaled = session(
        cash=8000.0,
        equity=[8 * value for value in (1000.0, 1100.0, 1100.0, 1045.0, 1045.0, 1210.0)],
        contract_size=8.0,
        trade_pnl=[800.0, -400.0, math.nan],
        trade_commission=[32.0, 32.0, 16.0],
        trade_slippage=[8.0, 8.0, 0.0],
    )
    expected = {name: value * (8 if metrics.UNITS[name] == "money" else 1) for name, value in session().items()}
    assert scaled == pytest.approx(expected, rel=1e-12)


def test_every_name_has_a_formula_in_a_sentence_and_a_known_unit() -> None:
    assert all(formula.endswith(".") for formula in metrics.FORMULAS.values())
    assert set(metrics.UNITS.values()) == {"share", "money", "days", "minutes", "count", "number"}
    assert metrics.__all__ == sorted(metrics.__all__)


@pytest.mark.parametrize("name", [module.name for module in pkgutil.iter_modules(metrics.__path__)])
def test_examples_in_docstrings(name: str) -> None:
    assert doctest.testmod(importlib.import_module(f"btlab.metrics.{name}")).failed == 0


@pytest.mark.parametrize("name", [name for name in metrics.__all__ if callable(getattr(metrics, name))])
def test_every_function_shows_an_example(name: str) -> None:
    assert ">>>" in (getattr(metrics, name).__doc__ or "")
