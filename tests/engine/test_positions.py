"""What a strategy sees of its positions where each entry is one of its own."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import btlab as bt

START = 1_704_880_800_000_000  # Wednesday 10 January 2024, 10:00 UTC


class Hedges(bt.Strategy):
    """3 long of order 1 and 2 short of order 2 at tick 0; 1 long of order 3 at tick 1; order 1 closed at tick 2."""

    def init(self) -> None:
        self.seen: list[Any] = []

    def on_start(self, ctx: Any) -> None:
        ctx.buy(size=3)
        ctx.sell(size=2)

    def on_tick(self, ctx: Any) -> None:
        ids = [ctx.position_id(k) for k in range(ctx.positions)]
        self.seen.append((ids, [ctx.position_size(id) for id in ids], [ctx.position_profit(id) for id in ids], ctx.position))
        if len(self.seen) == 1:
            ctx.buy(size=1)
        if len(self.seen) == 2:
            ctx.close_by_id(1)
        self.none = ctx.position_size(99), ctx.position_profit(99)


def test_positions_by_their_ids() -> None:
    bid = np.array([100.0, 110.0, 105.0])
    ticks = bt.Ticks.from_arrays(START + 1_000_000 * np.arange(3), bid, bid + 2, symbol="TEST")
    instrument = bt.Instrument("TEST", tick_size=1.0)
    session = bt.run(Hedges(), ticks, instrument=instrument, account=bt.Account(mode="hedging"), mode="interpreted")
    assert session.strategy.seen == [
        # bought at 102, worth 100: 3 x -2; sold at 100, bought back at 102: 2 x -2
        ([1, 2], [3.0, -2.0], [-6.0, -4.0], 1.0),
        # 3 x (110 - 102); 2 x (100 - 112); bought at 112, worth 110
        ([1, 2, 3], [3.0, -2.0, 1.0], [24.0, -24.0, -2.0], 2.0),
        # order 1 is gone at 105; 2 x (100 - 107); 105 - 112
        ([2, 3], [-2.0, 1.0], [-14.0, -7.0], -1.0),
    ]
    assert session.strategy.none == (0.0, 0.0)


class Interleaved(bt.Strategy):
    """Two orders that are filled in turns, a part a tick: what is between two lots of one position is another's."""

    def on_start(self, ctx: Any) -> None:
        ctx.buy(size=60, limit=102)
        ctx.sell(size=40, limit=100)

    def on_tick(self, ctx: Any) -> None:
        ctx.mark("positions", ctx.positions)
        for k in range(ctx.positions):
            ctx.mark("size", ctx.position_size(ctx.position_id(k)))


@pytest.mark.parametrize("mode", ["compiled", "interpreted"])
def test_a_position_of_several_fills_is_one(mode: str) -> None:
    bid, sizes = np.full(3, 100.0), np.full(3, 20.0)
    ticks = bt.Ticks.from_arrays(START + 1_000_000 * np.arange(3), bid, bid + 2, symbol="TEST", bid_size=sizes, ask_size=sizes)
    instrument = bt.Instrument("TEST", tick_size=1.0, size_unit=1.0)
    account, execution = bt.Account(mode="hedging"), bt.Execution(participation=1.0)
    session = bt.run(Interleaved(), ticks, cash=50_000, instrument=instrument, account=account, execution=execution, mode=mode)
    assert session.fills["order"].to_list() == [1, 2, 1, 2, 1]
    seen = session.marks.select("tick", "value").rows()
    # two positions at each tick, bought and sold: 20 of each, 40 of each, and the buy's last 20
    sizes_seen = enumerate([(20, 20), (40, 40), (60, 40)])
    assert seen == [(tick, value) for tick, (bought, sold) in sizes_seen for value in (2, bought, -sold)]
