"""The metrics of a real run against the same numbers taken from its fills, by polars, which the summary never sees."""

from __future__ import annotations

import math

import polars as pl
import pytest

import btlab as bt


class Churn(bt.Strategy):
    """Long, halved, turned short, stopped: partial closes, reversals, and a lot that is left open."""

    timeframe = "15m"

    def init(self) -> None:
        self.told = 0

    def on_bar(self, ctx: bt.Context) -> None:
        self.told += 1
        if self.told % 4 == 1:
            ctx.buy(size=1000, stop_loss=ctx.bid - 0.0008)
        if self.told % 4 == 2:
            ctx.close_position(0.5)
        if self.told % 12 == 3:
            ctx.sell(size=2500, take_profit=ctx.bid - 0.0005)


@pytest.fixture(scope="module")
def session() -> bt.Session:
    costs = bt.Execution(slippage=1e-5, commission=bt.commission.fixed(0.05))
    return bt.run(Churn(), bt.simulate_ticks("EURUSD", days=6, seed=3)[:400_000], execution=costs, mode="interpreted")


def test_the_run_has_everything_in_it(session: bt.Session) -> None:
    trades = session.trades
    assert trades["parent"].is_not_null().sum() > 10
    assert trades["exit_time"].is_null().sum() >= 1
    assert {"market", "close", "stop_loss"} <= set(trades["exit_reason"].drop_nulls())


def test_money_traded_and_paid_equals_that_of_the_fills(session: bt.Session) -> None:
    fills, numbers = session.fills, session.metrics
    weights = session.equity.select("equity", held=pl.col("time").diff().shift(-1).dt.total_microseconds()).drop_nulls()
    average = (weights["equity"] * weights["held"]).sum() / weights["held"].sum()
    assert numbers["turnover"] == pytest.approx((fills["size"] * fills["price"]).sum() / average, rel=1e-12)
    assert numbers["commission"] == pytest.approx(fills["commission"].sum(), rel=1e-12)
    assert numbers["slippage"] == pytest.approx(fills["slippage"].sum(), rel=1e-12)


def test_exposure_equals_that_of_the_running_position(session: bt.Session) -> None:
    side = pl.when(pl.col("side") == "buy").then(1).otherwise(-1)
    held = session.fills.select("time", position=(side * pl.col("size")).cum_sum())
    end = session.data.time[-1]
    open_until = held.with_columns(until=pl.col("time").to_physical().shift(-1, fill_value=end))
    seconds = open_until.filter(pl.col("position") != 0).select((pl.col("until") - pl.col("time").to_physical()).sum()).item()
    assert session.metrics["exposure"] == pytest.approx(seconds / (end - session.data.time[0]), rel=1e-12)


def test_trades_equal_those_of_the_frame(session: bt.Session) -> None:
    closed, numbers = session.trades.drop_nulls("exit_time"), session.metrics
    assert numbers["trades"] == len(closed)
    assert numbers["open_trades"] == len(session.trades) - len(closed)
    assert numbers["expectancy"] == pytest.approx(closed["pnl"].mean(), rel=1e-12)
    assert numbers["sqn"] == pytest.approx(closed["pnl"].mean() / closed["pnl"].std() * math.sqrt(len(closed)), rel=1e-12)
    minutes = (closed["exit_time"] - closed["entry_time"]).dt.total_microseconds() / 60e6
    assert numbers["average_duration_minutes"] == pytest.approx(minutes.mean(), rel=1e-12)
    assert numbers["largest_loss"] == closed["pnl"].min()


def test_the_curve_equals_that_of_the_frame(session: bt.Session) -> None:
    equity, numbers = session.equity, session.metrics
    assert numbers["total_return"] == pytest.approx(equity["equity"][-1] / session.cash - 1, rel=1e-12)
    assert numbers["max_drawdown"] == equity["drawdown"].max()
    assert numbers["max_drawdown"] == bt.stats.max_drawdown(equity["equity"])
    assert numbers["max_drawdown_days"] == bt.stats.max_drawdown_days(equity["time"].to_physical(), equity["equity"])
    new_york = pl.col("time").dt.offset_by("-1us").dt.convert_time_zone("America/New_York").dt.offset_by("7h")
    closes = equity[1:].group_by(new_york.dt.date().alias("day"), maintain_order=True).agg(pl.last("equity"))["equity"]
    returns = pl.concat([pl.Series("equity", [session.cash]), closes]).pct_change().drop_nulls()
    assert session.calendar == "fx"
    assert numbers["sharpe"] == pytest.approx(returns.mean() / returns.std() * math.sqrt(252), rel=1e-9)
