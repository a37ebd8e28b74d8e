"""The scripted strategy on several symbols: the engine's side of the comparison with the ledger of several."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import replace
from typing import Any

import btlab as bt
from btlab.execution.policy import Intrabar
from tests.engine.scripted import Scripted, account, as_ticks, execution, numbers
from tests.engine.scripted_bars import bars_of
from tests.oracles.features import needs_sizes
from tests.oracles.several import LENGTHS, Market
from tests.oracles.several.bar_scenarios import FRAMES as OF_BARS
from tests.oracles.several.bar_scenarios import SeveralBars
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


BAR_FRAMES = {frames for several in OF_BARS.values() for frames in several if frames}
CLASSES = {
    (by_tick, frames): type(f"{kind.__name__}{len(frames)}", (kind,), {"timeframe": frames})
    for by_tick, kind in ((False, ScriptedSeveral), (True, ScriptedSeveralByTick))
    for frames in {*FRAMES, *BAR_FRAMES, *((name,) for name in LENGTHS)}
}


def play_several(scenario: Several, *, by_tick: bool = True, turned: bool = False) -> tuple[bt.Session, ScriptedSeveral]:
    """The session of a scenario, and the strategy that ran it; `turned` writes the dict of symbols the other way round."""
    markets = scenario.markets[::-1] if turned else scenario.markets
    data = {market.name: as_ticks(market.ticks, market.name, sizes=needs_sizes(scenario.rules)) for market in markets}
    return _played(scenario, CLASSES[by_tick, scenario.timeframes](), data, execution=execution(scenario.rules))


def play_several_bars(scenario: SeveralBars) -> tuple[bt.Session, ScriptedSeveral]:
    """The same on bars."""
    data = {market.name: bars_of(market.bars, scenario.timeframe, market.name) for market in scenario.markets}
    rules = replace(execution(scenario.rules), intrabar=Intrabar(scenario.policy))
    spread = {market.name: float(market.spread) for market in scenario.markets}
    return _played(scenario, CLASSES[True, scenario.timeframes](), data, execution=rules, spread=spread)


def _played(
    scenario: Several | SeveralBars, strategy: ScriptedSeveral, data: dict[str, Any], **options: Any
) -> tuple[bt.Session, ScriptedSeveral]:
    strategy.commands = defaultdict(list)
    for command in scenario.script:
        strategy.commands[command.when, command.at].append(command)
    rules = scenario.rules
    session = bt.run(
        strategy,
        data,
        cash=float(rules.cash),
        instrument={market.name: instrument(market) for market in scenario.markets},
        account=replace(account(rules), currency=scenario.currency),
        mode="interpreted",
        seed=rules.seed,
        **options,
    )
    return session, session.strategy


def instrument(market: Market) -> bt.Instrument:
    sizes = numbers(market, "tick_size", "lot_size", "contract_size", "pip_size")
    return bt.Instrument(market.name, quote_currency=market.quote, calendar=market.calendar, size_unit=1.0, **sizes)
