"""A strategy that does what a script says: the engine's side of the comparison with the Decimal ledger."""

from __future__ import annotations

from collections import defaultdict
from decimal import Decimal
from typing import Any

import numpy as np

import btlab as bt
from tests.oracles.ledger import Command
from tests.oracles.scenarios import Scenario

LEVELS = ("limit", "stop", "stop_loss", "take_profit")


def given(command: Command, *names: str) -> dict[str, Any]:
    """The arguments a command gives: numbers as floats, `tif` by its name."""
    values = {name: value for name in names if (value := getattr(command, name)) is not None and value is not False}
    values = {name: float(value) if isinstance(value, Decimal) else value for name, value in values.items()}
    return values | ({"tif": getattr(bt, values["tif"])} if "tif" in values else {})


class Scripted(bt.Strategy):
    """Gives the commands of a script when the clock comes to them; remembers the account after every tick it is told."""

    timeframe = "1m"

    def init(self) -> None:
        self.seen: list[tuple[float, ...]] = []
        self.answers: list[bool] = []
        self.closes = 0
        self.told_fills = 0

    def obey(self, ctx: Any, when: str, at: int) -> None:
        for command in self.commands.get((when, at), ()):
            self.do(ctx, command)

    def do(self, ctx: Any, command: Command) -> None:
        if command.action == "cancel":
            ctx.cancel(command.order)
        elif command.action == "cancel_all":
            ctx.cancel_all()
        elif command.action == "close":
            ctx.close_position(float(command.part))
        elif command.action == "target":
            ctx.target(float(command.size))
        elif command.action == "modify":
            self.answers.append(ctx.modify(command.order, **given(command, *LEVELS, "size")))
        else:
            values = given(command, *LEVELS, "size", "fraction", "risk", "expire", "oco", "post_only", "tif")
            getattr(ctx, command.action)(**values)

    def on_start(self, ctx: Any) -> None:
        self.obey(ctx, "before", 0)

    def on_bar(self, ctx: Any) -> None:
        self.obey(ctx, "before", self.places[self.closes])
        self.closes += 1

    def on_fill(self, ctx: Any) -> None:
        self.told_fills += 1
        self.obey(ctx, "fill", self.told_fills)


class ScriptedByTick(Scripted):
    def on_tick(self, ctx: Any) -> None:
        self.obey(ctx, "after", len(self.seen))
        self.seen.append((ctx.equity, ctx.cash, ctx.position))


def play(scenario: Scenario, *, by_tick: bool = True) -> tuple[bt.Session, Scripted]:
    """The session of a scenario, and the strategy that ran it."""
    strategy = ScriptedByTick() if by_tick else Scripted()
    strategy.commands, strategy.places = defaultdict(list), scenario.closes
    for command in scenario.script:
        strategy.commands[command.when, command.at].append(command)
    columns = ([np.nan if q is None else float(q) for q in (getattr(t, side) for t in scenario.ticks)] for side in ("bid", "ask"))
    ticks = bt.Ticks.from_arrays([tick.time for tick in scenario.ticks], *columns, symbol="TEST")
    rules = scenario.rules
    instrument = bt.Instrument(
        "TEST", tick_size=float(rules.tick_size), lot_size=float(rules.lot_size), contract_size=float(rules.contract_size)
    )
    costs = execution(rules)
    session = bt.run(
        strategy,
        ticks,
        cash=float(rules.cash),
        instrument=instrument,
        execution=costs,
        account=bt.Account(leverage=float(rules.leverage)),
        mode="interpreted",
    )
    return session, session.strategy


def execution(rules: Any) -> bt.Execution:
    commission = bt.commission.percent(float(rules.percent))
    if rules.fixed:
        commission = bt.commission.fixed(float(rules.fixed))
    if rules.per_unit:
        commission = bt.commission.per_unit(float(rules.per_unit))
    return bt.Execution(slippage=float(rules.slippage), commission=commission)
