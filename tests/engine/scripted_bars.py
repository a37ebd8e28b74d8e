"""The scripted strategy on bars: what the tick index of a script means there is a bar's index."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import polars as pl

import btlab as bt
from btlab.execution.policy import Intrabar
from tests.engine.scripted import Scripted, account, execution, instrument
from tests.oracles.bar_ledger import Bar
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
    rules = scenario.rules
    session = bt.run(
        strategy,
        bars_of(scenario.bars, scenario.timeframe),
        cash=float(rules.cash),
        spread=float(scenario.spread),
        instrument=instrument(rules),
        execution=replace(execution(rules), intrabar=intrabar_of(scenario)),
        account=account(rules),
        mode="interpreted",
        seed=rules.seed,
    )
    return session, session.strategy


def bars_of(bars: Sequence[Bar], timeframe: str, symbol: str = "TEST") -> bt.Bars:
    columns = {name: [float(getattr(bar, name)) for bar in bars] for name in ("open", "high", "low", "close", "volume")}
    frame = pl.DataFrame({"time": [bar.time for bar in bars]} | columns)
    return bt.Bars.from_frame(frame, symbol=symbol, timeframe=timeframe)


def intrabar_of(scenario: BarScenario) -> Intrabar:
    finer = [bar for inside in scenario.finer for bar in inside]
    return Intrabar(scenario.policy, bars_of(finer, scenario.finer_timeframe) if finer else None)
