"""A strategy that does what a script says: the engine's side of the comparison with the Decimal ledger."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Sequence
from decimal import Decimal
from functools import cache
from typing import Any

import numpy as np

import btlab as bt
from tests.oracles.features import needs_sizes
from tests.oracles.ledger import Command, Rules, Tick
from tests.oracles.scenarios import Scenario

LEVELS = ("limit", "stop", "stop_loss", "take_profit")
TRAILING = ("trailing", "trailing_percent")


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
        self.at_closes: list[tuple[float, ...]] = []
        self.after_fills: list[tuple[float, ...]] = []
        self.answers: list[bool] = []
        self.closes = 0
        self.told_fills = 0

    def obey(self, ctx: Any, when: str, at: int) -> None:
        for command in self.commands.get((when, at), ()):
            self.do(ctx, command)

    def do(self, ctx: Any, command: Command) -> None:
        where = {} if command.symbol is None else {"symbol": command.symbol}
        if command.action == "cancel":
            ctx.cancel(command.order, **where)
        elif command.action == "cancel_all":
            ctx.cancel_all(**where)
        elif command.action == "close":
            ctx.close_position(float(command.part), **where)
        elif command.action == "close_by_id":
            ctx.close_by_id(command.order)
        elif command.action == "target":
            ctx.target(float(command.size), **where)
        elif command.action == "modify":
            self.answers.append(ctx.modify(command.order, **given(command, *LEVELS, "size"), **where))
        else:
            values = given(command, *LEVELS, *TRAILING, "size", "fraction", "risk", "expire", "oco", "post_only", "tif")
            getattr(ctx, command.action)(**values, **where)

    def on_start(self, ctx: Any) -> None:
        self.obey(ctx, "before", 0)

    def on_bar(self, ctx: Any) -> None:
        self.at_closes.append((ctx.equity, ctx.cash, ctx.position))
        self.obey(ctx, "before", self.places[self.closes])
        self.closes += 1

    def on_fill(self, ctx: Any) -> None:
        self.told_fills += 1
        self.after_fills.append((ctx.equity, ctx.cash))
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
    session = bt.run(
        strategy,
        ticks_of(scenario),
        cash=float(scenario.rules.cash),
        instrument=instrument(scenario.rules),
        execution=execution(scenario.rules),
        account=account(scenario.rules),
        mode="interpreted",
        **({"seed": scenario.rules.seed} if scenario.rules.seed else {}),
    )
    return session, session.strategy


def ticks_of(scenario: Scenario) -> bt.Ticks:
    return as_ticks(scenario.ticks, "TEST", sizes=needs_sizes(scenario.rules))


def as_ticks(quotes: Sequence[Tick], symbol: str, *, sizes: bool) -> bt.Ticks:
    """The quotes; a size that is not known is 0."""

    def column(name: str, missing: float) -> list[float]:
        values = (getattr(tick, name) for tick in quotes)
        return [missing if value is None else float(value) for value in values]

    both = {name: column(name, 0.0) for name in ("bid_size", "ask_size")} if sizes else {}
    times = [tick.time for tick in quotes]
    return bt.Ticks.from_arrays(times, column("bid", np.nan), column("ask", np.nan), symbol=symbol, **both)


def numbers(rules: object, *names: str) -> dict[str, float]:
    """What the rules say of these; what they do not say is left out."""
    values = {name: getattr(rules, name) for name in names}
    return {name: float(value) for name, value in values.items() if value is not None}


def instrument(rules: Rules) -> bt.Instrument:
    sizes = numbers(rules, "tick_size", "lot_size", "contract_size", "pip_size")
    return bt.Instrument("TEST", calendar=rules.calendar, size_unit=1.0, **sizes)


def execution(rules: Rules) -> bt.Execution:
    """What the rules say beyond the defaults."""
    values: dict[str, Any] = {"slippage": slippage(rules), "commission": commission(rules)}
    if rules.fill != "next":
        values["fill"] = rules.fill
    if rules.latency:
        values["latency"] = rules.latency
    if rules.participation is not None:
        values["participation"] = float(rules.participation)
    if rules.widen:
        values["widen"] = float(rules.widen)
    if rules.through:
        values["through"] = rules.through
    return bt.Execution(**values)


def slippage(rules: Rules) -> Any:
    parts = [bt.slippage.fixed(float(rules.slippage))]
    if rules.pips:
        parts.append(bt.slippage.pips(float(rules.pips)))
    if rules.spread:
        parts.append(bt.slippage.spread(float(rules.spread)))
    if rules.random is not None:
        parts.append(bt.slippage.random(*map(float, rules.random)))
    if rules.random_pips is not None:
        parts.append(bt.slippage.random(*map(float, rules.random_pips), pips=True))
    if rules.volume:
        parts.append(bt.slippage.volume(float(rules.volume)))
    return added(parts)


def commission(rules: Rules) -> Any:
    named = ("fixed", "per_unit", "percent", "per_lot")
    parts = [getattr(bt.commission, name)(float(value)) for name in named if (value := getattr(rules, name))]
    if rules.maker is not None and rules.taker is not None:
        parts.append(bt.commission.maker_taker(float(rules.maker), float(rules.taker)))
    if rules.tiers:
        parts.append(bt.commission.tiers([(float(notional), float(percent)) for notional, percent in rules.tiers]))
    if rules.function is not None:
        parts.append(compiled_commission(rules.function))
    return added(parts) if parts else bt.commission.fixed(0.0)


@cache
def compiled_commission(function: Callable[..., Any]) -> Any:
    return bt.commission.function(function)


def added(parts: list[Any]) -> Any:
    """Their sum, or the only one."""
    return sum(parts[1:], start=parts[0])


def account(rules: Rules) -> bt.Account:
    values: dict[str, Any] = numbers(rules, "leverage", "margin_call", "liquidation")
    if rules.hedging:
        values["mode"] = rules.mode
    if rules.financing is not None:
        kind = getattr(bt.financing, rules.financing)
        values["financing"] = kind(float(rules.financing_long), float(rules.financing_short), triple=rules.triple)
    limits = numbers(rules, "limit_position", "limit_exposure", "limit_daily_loss", "limit_drawdown")
    if limits:
        values["limits"] = bt.Limits(**{name.removeprefix("limit_"): value for name, value in limits.items()})
    return bt.Account(**values)
