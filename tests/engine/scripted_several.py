"""The scripted strategy on several symbols: the engine's side of the comparison with the ledger of several."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import replace
from typing import Any

import btlab as bt
from tests.engine.scripted import Scripted, account, as_ticks, execution, numbers
from tests.oracles.features import needs_sizes
from tests.oracles.several import LENGTHS, Market
from tests.oracles.several.scenarios import FRAMES, Several


class ScriptedSeveral(Scripted):
    """Gives the commands of a script; remembers what it was told, and the account as it was then."""

    def init(self) -> None:
        super().init()
        self.told: list[tuple[int, str, int]] = []

    def on_start(self, ctx: Any) -> None:
        self.obey(ctx, "start", 0)

    def on_bar(self, ctx: Any) -> None:
        frames = [self.timeframe] if isinstance(self.timeframe, str) else self.timeframe
        self.told.append((ctx.time, frames[ctx.timeframe], ctx.symbol))
        self.at_closes.append((ctx.equity, ctx.cash, ctx.position))
        self.obey(ctx, "bar", len(self.told) - 1)


class ScriptedSeveralByTick(ScriptedSeveral):
    def on_tick(self, ctx: Any) -> None:
        self.obey(ctx, "tick", len(self.seen))
        self.seen.append((ctx.equity, ctx.cash, ctx.position))


CLASSES = {
    (by_tick, frames): type(f"{kind.__name__}{len(frames)}", (kind,), {"timeframe": frames})
    for by_tick, kind in ((False, ScriptedSeveral), (True, ScriptedSeveralByTick))
    for frames in {*FRAMES, *((name,) for name in LENGTHS)}
}


def play_several(scenario: Several, *, by_tick: bool = True, turned: bool = False) -> tuple[bt.Session, ScriptedSeveral]:
    """The session of a scenario, and the strategy that ran it; `turned` writes the dict of symbols the other way round."""
    strategy = CLASSES[by_tick, scenario.timeframes]()
    strategy.commands = defaultdict(list)
    for command in scenario.script:
        strategy.commands[command.when, command.at].append(command)
    rules = scenario.rules
    markets = scenario.markets[::-1] if turned else scenario.markets
    session = bt.run(
        strategy,
        {market.name: as_ticks(market.ticks, market.name, sizes=needs_sizes(rules)) for market in markets},
        cash=float(rules.cash),
        instrument={market.name: instrument(market) for market in markets},
        execution=execution(rules),
        account=replace(account(rules), currency=scenario.currency),
        mode="interpreted",
        seed=rules.seed,
    )
    return session, session.strategy


def instrument(market: Market) -> bt.Instrument:
    sizes = numbers(market, "tick_size", "lot_size", "contract_size", "pip_size")
    return bt.Instrument(market.name, quote_currency=market.quote, calendar=market.calendar, **sizes)
