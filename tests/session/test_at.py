"""`session.at`: everything as it was, and nothing of what came later."""

from __future__ import annotations

from typing import Any

import numpy as np
import polars as pl
import pytest
from polars.testing import assert_frame_equal

import btlab as bt
from tests.market.streams import in_units
from tests.widgets.fixtures import Entries, Everything, odd_ticks

NUMBERS = ("bid", "ask", "position", "entry_price", "open_profit", "equity", "cash", "position_value", "drawdown")
TABLES = ("orders", "trades", "fills", "marks", "logs")
COUNT = 1_500


class Halves(bt.Strategy):
    """Buys three lots of a kind, closes a half of one, then the rest."""

    def init(self):
        self.tick = -1

    def on_tick(self, ctx):
        self.tick += 1
        if self.tick == 1:
            ctx.buy(size=3_000, stop_loss=ctx.bid * 0.5)
        if self.tick == 4:
            ctx.sell(size=1_000)
        if self.tick == 6:
            ctx.close_position()


def run(kind: str, ticks: bt.Ticks) -> bt.Session:
    hedging = bt.Account(mode="hedging", leverage=20, financing=bt.financing.percent(20_000.0, -9_000.0))
    if kind == "netting":
        return bt.run(Entries(), ticks, instrument=in_units(ticks))
    return bt.run(Everything(ticks=COUNT), ticks, account=hedging, execution="worst", instrument=in_units(ticks))


@pytest.mark.parametrize("kind", ["netting", "hedging"])
def test_it_is_what_a_run_that_ended_there_says(kind: str) -> None:
    """Orders, lots that are closed in parts later, brackets that are moved later, nights: none of it is known before."""
    ticks = odd_ticks(3, COUNT)
    whole, parts = run(kind, ticks), 0
    before = whole.trades.drop_nulls("parent")["exit_tick"][0] - 1  # a part is about to leave its lot
    for tick in [before, *np.random.default_rng(11).integers(0, COUNT, 12).tolist()]:
        ended = run(kind, ticks[: tick + 1])
        then, there = whole.at(tick), ended.at(tick)
        for name in NUMBERS:
            assert getattr(then, name) == pytest.approx(getattr(there, name), rel=1e-12, abs=1e-9, nan_ok=True), (name, tick)
        for name in TABLES:
            assert_frame_equal(known(then, name), known(there, name), check_exact=False, rel_tol=1e-12)
        assert whole.explain_at(tick).to_json() == ended.explain_at(tick).to_json(), tick
        parts += len(whole.trades.filter((pl.col("entry_tick") <= tick) & (pl.col("exit_tick") > tick)).drop_nulls("parent"))
    assert parts > 0, "there are lots that are closed in parts later"


def known(moment: Any, table: str) -> pl.DataFrame:
    """A table without numbers of rows, which parts of lots of the other run shift, and without the order of its rows."""
    frame: pl.DataFrame = getattr(moment, table)
    if table != "trades":
        return frame
    return frame.drop("id", "parent").sort("entry_tick", "entry_order", "exit_tick", "size")


def test_a_lot_is_whole_until_a_part_of_it_is_closed() -> None:
    prices = np.full(9, 1.1)
    session = bt.run(Halves(), bt.Ticks.from_arrays(np.arange(9) * 1_000_000, prices, prices + 1e-4, symbol="EURUSD"))
    told = {tick: session.at(tick).trades.select("id", "parent", "size", "exit_tick").rows() for tick in (1, 3, 5, 7)}
    assert told == {
        1: [],
        3: [(1, None, 3_000.0, None)],
        5: [(1, None, 2_000.0, None), (2, 1, 1_000.0, 5)],
        7: [(1, None, 2_000.0, 7), (2, 1, 1_000.0, 5)],
    }
