"""What holds of every session: its trades add up to its equity, its equity to its cash and position, its rows to the clock."""

from __future__ import annotations

import math
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pytest

import btlab as bt
from tests.engine.recorder import Gambler
from tests.market.oracle import oracles
from tests.market.real import dukascopy_day
from tests.market.streams import random_ticks
from tests.strategy.examples import EXAMPLES, AnswersFills, Ladder

MONEY = 1e-8
COSTS = bt.Execution(commission=bt.commission.percent(0.004), slippage=bt.slippage.pips(0.2))


def sessions(ticks: bt.Ticks, **options: Any) -> list[bt.Session]:
    return [bt.run(strategy, ticks, mode="interpreted", **options) for strategy in (AnswersFills(), Ladder(), Gambler(seed=5))]


@pytest.fixture(scope="module")
def every() -> list[bt.Session]:
    """Simulated, random and one-sided; with costs and without; on bars; closed at the end and not."""
    simulated = bt.simulate_ticks("EURUSD", days=1, seed=2)[:30_000]
    stream = random_ticks(3, 2_500)
    instrument = bt.Instrument("EURUSD", tick_size=1e-5, lot_size=10.0, contract_size=3.0)
    found = sessions(simulated, execution=COSTS, account=bt.Account(leverage=5))
    found += sessions(stream, close_at_end=True, execution=COSTS, instrument=instrument)
    found += sessions(stream, price="bid", cash=3_000.0)
    longer = [
        bt.run(s, bt.bars(simulated, "5m"), mode="interpreted", spread=0.0001, execution=COSTS)
        for s in (AnswersFills(), EXAMPLES[0])
    ]
    assert sum(len(session.fills) for session in found) > 500 and all(len(session.fills) for session in longer)
    return found + longer


def test_closed_and_open_profit_is_the_change_of_equity(every: list[bt.Session]) -> None:
    for session in every:
        change = session.equity["equity"][-1] - session.cash
        assert math.isclose(session.trades["pnl"].sum(), change, rel_tol=0, abs_tol=MONEY)
        trades = session.trades
        assert ((trades["gross_pnl"] - trades["commission"] - trades["financing"] - trades["pnl"]).abs() < MONEY).all()
        assert math.isclose(trades["commission"].sum(), session.fills["commission"].sum(), abs_tol=MONEY)
        assert math.isclose(trades["slippage"].sum(), session.fills["slippage"].sum(), abs_tol=MONEY)


def test_cash_and_position_value_is_equity_at_each_row(every: list[bt.Session]) -> None:
    for session in every:
        equity = session.equity
        assert equity.null_count().sum_horizontal().item() == 0 and equity["equity"].is_finite().all()
        assert ((equity["cash"] + equity["position_value"] - equity["equity"]).abs() < MONEY).all()
        assert np.array_equal(bt.stats.drawdown(equity["equity"].to_numpy()), equity["drawdown"].to_numpy())
        assert equity["drawdown"].min() >= 0


def test_cash_from_the_fills_alone(every: list[bt.Session]) -> None:
    """Cash moves by what was bought and sold, and by commission: computed from the fills, in order."""
    for session in every:
        contract = session.instrument.contract_size
        fills = session.fills.with_columns(sign=pl.when(pl.col("side") == "buy").then(1.0).otherwise(-1.0))
        spent = fills["sign"] * fills["size"] * fills["price"] * contract + fills["commission"]
        cash = np.concatenate([[session.cash], session.cash - spent.cum_sum().to_numpy()])
        position = np.concatenate([[0.0], (fills["sign"] * fills["size"]).cum_sum().to_numpy()])
        rows = session.equity
        done = np.searchsorted(fills["tick"].to_numpy(), rows["tick"].to_numpy(), side="right")
        last_of_tick = rows.with_row_index().group_by("tick", maintain_order=True).last()["index"].to_numpy()
        np.testing.assert_allclose(rows["cash"].to_numpy()[last_of_tick], cash[done[last_of_tick]], rtol=0, atol=1e-6)
        flat = np.abs(position[done[last_of_tick]]) < 1e-9
        assert np.array_equal(rows["position_value"].to_numpy()[last_of_tick] == 0.0, flat)


def test_rows_at_the_start_every_fill_every_close_and_the_last_tick(every: list[bt.Session]) -> None:
    for session in every:
        data = session.data
        if isinstance(data, bt.Bars):
            closes = [int(t) for t in data.time[1:]]  # a bar's end, or its neighbour's start where that is sooner
            closes = [min(end, int(start) + 300_000_000) for end, start in zip(closes, data.time)]
        else:
            ends = oracles(data, price=session.price)["1m"].bars["end"].to_numpy()
            closes = ends[ends <= data.time[-1]].tolist()
        fills = session.fills["time"].dt.timestamp("us").to_list()
        expected = sorted([int(data.time[0]), *fills, *closes, int(data.time[-1])])
        times = session.equity["time"].dt.timestamp("us").to_list()
        assert sorted(times) == expected
        assert times == sorted(times), "rows stand in the order of time"
        ticks = session.equity["tick"].to_list()
        assert ticks == sorted(ticks) and ticks[0] == -1 and ticks[-1] == len(data) - 1


def test_equity_at_a_close_is_valued_at_the_side_one_would_close_at(every: list[bt.Session]) -> None:
    for session in (s for s in every if isinstance(s.data, bt.Ticks)):
        data, contract = session.data, session.instrument.contract_size
        bid, ask = (pl.Series(side).fill_nan(None).forward_fill().to_numpy() for side in (data.bid, data.ask))
        signed = np.where(session.fills["side"] == "buy", 1, -1) * session.fills["size"].to_numpy()
        held = np.concatenate([[0.0], np.cumsum(signed)])
        for tick, value in (
            session.equity[1:]
            .filter(~session.equity[1:]["tick"].is_in(session.fills["tick"].to_list()))
            .select("tick", "position_value")
            .rows()
        ):
            position = held[np.searchsorted(session.fills["tick"].to_numpy(), tick, side="right")]
            if abs(position) > 1e-9 and data.bid[tick] <= data.ask[tick]:
                quote = bid[tick] if position > 0 else ask[tick]
                assert value == pytest.approx(position * quote * contract, rel=1e-12)


def test_partial_closes_are_parts_of_their_lot() -> None:
    class Parts(bt.Strategy):
        timeframe = "5m"

        def init(self):
            self.calls = 0

        def on_bar(self, ctx):
            self.calls += 1
            if self.calls == 1:
                ctx.buy(size=1_000)
            elif self.calls in (3, 4):
                ctx.close_position(0.25)
            elif self.calls == 5:
                ctx.sell(size=900)

    session = bt.run(Parts(), random_ticks(4, 400, odd=0.0), execution=COSTS)
    trades = session.trades
    assert trades.select("id", "parent", "side", "size", "exit_reason").rows() == [
        (1, None, "long", 563.0, "market"), (2, 1, "long", 250.0, "close"), (3, 1, "long", 187.0, "close"),
        (4, None, "short", 337.0, None),
    ]  # fmt: skip
    whole = trades.filter(pl.col("id") < 4)
    assert whole["size"].sum() == 1_000.0 and whole["entry_price"].n_unique() == 1 and whole["entry_order"].n_unique() == 1
    entry = session.fills.row(0, named=True)
    per_unit = entry["commission"] / 1_000
    exits = session.fills["commission"].to_list()
    assert trades["commission"][1] == pytest.approx(250 * per_unit + exits[1], rel=1e-12)
    assert trades["exit_price"].null_count() == 1


def test_close_at_end_leaves_nothing_open_and_counts_its_costs() -> None:
    class Holds(bt.Strategy):
        def on_start(self, ctx):
            ctx.buy(size=1_000)

    ticks = random_ticks(5, 500, odd=0.0)
    held, closed = (bt.run(Holds(), ticks, close_at_end=end, execution=COSTS) for end in (False, True))
    assert held.trades["exit_time"].null_count() == 1 and closed.trades["exit_time"].null_count() == 0
    last = closed.fills.row(-1, named=True)
    assert (last["reason"], last["tick"]) == ("end", len(ticks) - 1)
    assert last["time"] == closed.equity["time"][-1]
    assert last["price"] == pytest.approx(min(ticks.bid[-1], ticks.ask[-1]) - 0.00002, abs=1e-12)
    assert closed.equity["position_value"][-1] == 0.0
    paid = last["commission"] + last["slippage"]
    assert held.equity["equity"][-1] - closed.equity["equity"][-1] == pytest.approx(paid, abs=MONEY)


def test_identities_on_a_real_day(real_data: Path) -> None:
    session = bt.run(AnswersFills(), dukascopy_day(real_data), execution=COSTS)
    assert len(session.fills) > 30
    for test in (
        test_closed_and_open_profit_is_the_change_of_equity, test_cash_and_position_value_is_equity_at_each_row,
        test_cash_from_the_fills_alone, test_rows_at_the_start_every_fill_every_close_and_the_last_tick,
    ):  # fmt: skip
        test([session])


def test_no_fill_lies_outside_the_quotes_or_before_its_order(every: list[bt.Session]) -> None:
    for session in (s for s in every if isinstance(s.data, bt.Ticks)):
        data = session.data
        slip = session.execution.slippage.pips * session.instrument.pip_size
        orders = dict(session.orders.select("id", "created_tick").rows())
        for order, tick, side, price, reason in session.fills.select("order", "tick", "side", "price", "reason").rows():
            assert tick > orders[order] or reason == "end"
            quote = np.nanmax([data.bid[tick], data.ask[tick]]) if side == "buy" else np.nanmin([data.bid[tick], data.ask[tick]])
            limited = reason in ("limit", "take_profit")
            worse = (price - quote) if side == "buy" else (quote - price)
            if reason == "end":
                continue
            assert worse >= -1e-12 if limited else abs(worse - slip) < 1e-12, (order, tick, reason)
