"""The scripted strategy on bars: what the tick index of a script means there is a bar's index."""

from __future__ import annotations

from collections import defaultdict
from typing import Any

import polars as pl

import btlab as bt
from tests.engine.scripted import Scripted, execution
from tests.oracles.bar_scenarios import BarScenario


class ScriptedByBar(Scripted):
    """Also remembers the account as on_fill finds it."""

    def init(self) -> None:
        super().init()
        self.at_fills: list[tuple[float, ...]] = []

    def on_tick(self, ctx: Any) -> None:
        self.obey(ctx, "after", len(self.seen))
        self.seen.append((ctx.equity, ctx.cash, ctx.position))

    def on_fill(self, ctx: Any) -> None:
        self.at_fills.append((ctx.fill_order, ctx.fill_size, ctx.fill_price, ctx.equity, ctx.cash, ctx.bid))
        super().on_fill(ctx)


STRATEGIES = {name: type(f"By{name}", (ScriptedByBar,), {"timeframe": name}) for name in bt.TIMEFRAMES}


def play(scenario: BarScenario) -> tuple[bt.Session, ScriptedByBar]:
    strategy = STRATEGIES[scenario.timeframe]()
    strategy.commands, strategy.places = defaultdict(list), range(1, len(scenario.bars) + 1)
    for command in scenario.script:
        strategy.commands[command.when, command.at].append(command)
    columns = {name: [float(getattr(bar, name)) for bar in scenario.bars] for name in ("open", "high", "low", "close")}
    frame = pl.DataFrame({"time": [bar.time for bar in scenario.bars]} | columns)
    rules = scenario.rules
    session = bt.run(
        strategy,
        bt.Bars.from_frame(frame, symbol="TEST", timeframe=scenario.timeframe),
        cash=float(rules.cash),
        spread=float(scenario.spread),
        instrument=bt.Instrument(
            "TEST", tick_size=float(rules.tick_size), lot_size=float(rules.lot_size), contract_size=float(rules.contract_size)
        ),
        execution=execution(rules),
        account=bt.Account(leverage=float(rules.leverage)),
        mode="interpreted",
    )
    return session, session.strategy
