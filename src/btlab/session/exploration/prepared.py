"""A strategy over data, prepared: data, bars and ranges are there, and a run asks for nothing but its parameters."""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from btlab.engine.state import State
from btlab.errors import RunError, did_you_mean
from btlab.execution.profile import Execution, with_changes
from btlab.session.exploration.ranges import RULES, Range, range_of
from btlab.session.result import Session
from btlab.session.run import check_mode, go
from btlab.session.setup import setup_of, strategy_of
from btlab.strategy.written_strategy import WrittenStrategy

Position = tuple[int, ...]
"""A place in each range, in their order."""


class Halt:
    """Ends a run from another thread."""

    def __init__(self) -> None:
        self.asked = False
        self._state: State | None = None

    def ask(self) -> None:
        """End it, begun or not."""
        self.asked = True
        if self._state is not None:
            self._state.set(stop=1)

    def watch(self, state: State) -> None:
        """Its memory; what was asked before is not forgotten."""
        self._state = state
        if self.asked:
            state.set(stop=1)


@dataclass(frozen=True, slots=True)
class Outcome:
    """A run of an exploration: where, what it left, and the seconds it took."""

    position: Position
    session: Session
    seconds: float


class Exploration:
    """Runs of one strategy with other parameters.

    Args:
        strategy: a `Strategy`, whose values are where it begins, or its class.
        data: Ticks, Bars or a frame.
        said: a range by name (`range_of`), or a plain value, which holds a parameter there.
        close_at_end, mode, rules: as in `bt.run`.

    Attributes:
        ranges: in the order they were given. begin: the position it begins at. setup: what every run has in common.

    Raises:
        RunError: what cannot be explored. ParameterError: a value that a parameter cannot take.
    """

    def __init__(
        self,
        strategy: Any,
        data: Any,
        said: Mapping[str, Any],
        *,
        close_at_end: bool = False,
        mode: str = "auto",
        **rules: Any,
    ) -> None:
        if isinstance(data, Mapping):
            raise RunError("an exploration is of one symbol: bt.explore(Strategy, ticks, ...)")
        check_mode(mode)
        strategy = strategy_of(strategy)
        self.ranges, held = _ranges(strategy, said)
        if held:
            strategy = type(strategy)(**(strategy.parameters() | held))
        if any(each.rule for each in self.ranges) and rules.get("execution", "perfect") not in ("perfect", Execution()):
            raise RunError("slippage and commission are explored from execution='perfect', which is the default")
        self.setup = setup_of(strategy, data, **rules)
        if self.setup.account.currency not in (None, self.setup.instrument.quote_currency):
            raise RunError("an exploration counts in the quote currency: leave the account's currency= away")
        self.close_at_end, self.mode = close_at_end, mode
        self._given = strategy.parameters()
        self.begin: Position = tuple(each.place(0.0 if each.rule else self._given[each.name]) for each in self.ranges)

    def values_at(self, position: Position) -> dict[str, Any]:
        """The values by name."""
        return {each.name: each.values[place] for each, place in zip(self.ranges, position, strict=True)}

    def position_of(self, values: Mapping[str, Any], base: Position) -> Position:
        """The position of values by name, the others as in `base`.

        Raises:
            RunError: a name that has no range, or a value that is not in it.
        """
        names = [each.name for each in self.ranges]
        places = list(base)
        for name, value in values.items():
            if name not in names:
                raise RunError(f"{name!r} is not explored.{did_you_mean(name, names)}", name=name)
            at = names.index(name)
            place = self.ranges[at].place(value)
            if self.ranges[at].values[place] != value:
                near = self.ranges[at].told(place)
                raise RunError(
                    f"{name}={value!r} is not among the values explored; the nearest is {near}", name=name, value=value
                )
            places[at] = place
        return tuple(places)

    def calculate(self, position: Position, halt: Halt | None = None) -> Outcome | None:
        """The whole backtest at a position, tick by tick; None where it was halted.

        Raises:
            Whatever the strategy raises.
        """
        began = time.perf_counter()
        values = self.values_at(position)
        own = {each.name: values[each.name] for each in self.ranges if not each.rule}
        rules = {each.name: RULES[each.name][1](values[each.name]) for each in self.ranges if each.rule}
        execution = with_changes(self.setup.execution, **rules) if rules else self.setup.execution
        strategy = type(self.setup.strategy)(**(self._given | own))
        setup = replace(self.setup, strategy=strategy, execution=execution)
        start = setup.start()
        if halt is not None:
            halt.watch(start.state)
        session = go(setup, start, close_at_end=self.close_at_end, until=None, mode=self.mode, progress=False)
        if start.state.run["stop"]:
            return None
        self.mode = session.mode  # what could not be compiled is not tried again, nor warned of
        return Outcome(position, session, time.perf_counter() - began)

    def code_at(self, position: Position) -> str:
        """The position as code: the strategy, and where rules of execution are explored, these too."""
        values, kind = self.values_at(position), type(self.setup.strategy)
        named = {each.name for each in self.ranges if not each.rule}
        own = {
            name: value
            for name, value in (self._given | values).items()
            if name in named or (name in self._given and value != getattr(kind, name, None))
        }
        called = f"bt.load_strategy({kind.file!r})" if issubclass(kind, WrittenStrategy) else kind.__name__
        made = f"{called}({', '.join(f'{name}={value!r}' for name, value in own.items())})"
        rules = [f"{each.name}={RULES[each.name][2].format(values[each.name])}" for each in self.ranges if each.rule]
        return f"strategy = {made}\nexecution = bt.Execution({', '.join(rules)})" if rules else made


def _ranges(strategy: Any, said: Mapping[str, Any]) -> tuple[tuple[Range, ...], dict[str, Any]]:
    declared, ranges, held = type(strategy).declared(), [], {}
    for name, value in said.items():
        if name in declared:
            if isinstance(value, bool | int | float | str):
                held[name] = value
            else:
                ranges.append(range_of(name, declared[name], value))
        elif name in RULES:
            ranges.append(range_of(name, float, value, unit=RULES[name][0], rule=True))
        else:
            owner = type(strategy).__name__
            raise RunError(f"{owner} has no parameter {name!r}.{did_you_mean(name, [*declared, *RULES])}", name=name)
    if not ranges:
        names = ", ".join(declared) or "this strategy has none; annotate one, as in lookback: int = 20"
        raise RunError(f"nothing is to be explored; give a parameter a range, as in lookback=(5, 60). Parameters: {names}")
    return tuple(ranges), held
