"""Forks: a run as it stood at some tick, going on from there with other parameters."""

from __future__ import annotations

import dataclasses
import warnings
from collections import deque
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from btlab.errors import RunError
from btlab.market.times import iso
from btlab.session.checkpoint import Capture, Checkpoint, identity, parts_of, restore
from btlab.session.drive import drive
from btlab.session.packing import pack
from btlab.session.portfolio.setup import PortfolioSetup, place_of
from btlab.session.setup import Setup, Start, begun
from btlab.strategy.base import Strategy

if TYPE_CHECKING:
    from btlab.session.portfolio.result import PortfolioSession
    from btlab.session.result import Session


@dataclasses.dataclass(frozen=True, slots=True)
class Branch:
    """Where a fork leaves another run.

    Attributes:
        base: what that run was asked, and its mode. taken: of each symbol, how many ticks it had taken by then.
    """

    base: Setup | PortfolioSetup
    mode: str
    taken: tuple[int, ...]

    def stood(self) -> tuple[Checkpoint, Strategy]:
        """The run as it stood there, and its strategy."""
        start, parts = self.base.start(), parts_of(self.base)
        time = max(part.data.time_at(count - 1) for part, count in zip(parts, self.taken) if count)
        for state, count in zip(start.state.siblings, self.taken):
            state.set(until=count, until_time=time)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            timelines, data = [part.timeline for part in parts], [part.data for part in parts]
            drive(start.strategy, start.state, timelines, data, self.mode, False, begun=start.begun)
        return Capture(self.base, start).checkpoint(), start.strategy

    def put(self, setup: Setup | PortfolioSetup, after: Start) -> Start:
        """Let a run that has not begun stand there."""
        kept, before = self.stood()
        first = vars(begun(self.base.strategy))
        state = _taken_over(first, vars(before), vars(after.strategy), set(after.strategy.declared()))
        packed = pack(state, f"{type(after.strategy).__name__}'s state")
        kept.parts["strategy"] = identity(setup, after)
        kept.parts["state"] = {"packed": np.frombuffer(packed, np.uint8)}
        restore(kept, setup, after)
        return after


@dataclasses.dataclass(frozen=True, slots=True)
class ForkSetup(Setup):
    """What a fork was asked, and where it begins."""

    branch: Branch

    def start(self) -> Start:
        """A run that stands where the fork begins."""
        return self.branch.put(self, Setup.start(self))


@dataclasses.dataclass(frozen=True, slots=True)
class PortfolioForkSetup(PortfolioSetup):
    """The same of several symbols."""

    branch: Branch

    def start(self) -> Start:
        """A run that stands where the fork begins."""
        return self.branch.put(self, PortfolioSetup.start(self))


def fork(session: Session, at: Any, parameters: dict[str, Any]) -> Session:
    """What `Session.fork` returns.

    Raises:
        RunError: nothing is left to run, or the strategy subscribes to other bars. ParameterError: no such parameter or value.
    """
    from btlab.session.run import go

    setup = session.setup
    (taken,) = _taken([dataclasses.replace(setup, data=session.data, timeline=session.timeline)], at, 0)
    asked = _fields(Setup, setup) | {"strategy": _with(setup.strategy, parameters)}
    forked = ForkSetup(**asked, branch=Branch(setup, session.mode, (taken,)))
    made = go(forked, forked.start(), **session.ending, mode=session.mode, progress=False)
    made.again = lambda **options: fork(session.again(**options), taken - 1, parameters)
    return made


def fork_of_all(session: PortfolioSession, at: Any, symbol: int | None, parameters: dict[str, Any]) -> PortfolioSession:
    """What `PortfolioSession.fork` returns; with the place of a symbol, `at` counts the ticks of that one.

    Raises:
        RunError: nothing is left to run, or the strategy subscribes to other bars. ParameterError: no such parameter or value.
    """
    return _of_all(session, _taken(session.setup.parts, at, symbol), parameters)


def _taken(parts: Sequence[Setup], at: Any, symbol: int | None) -> list[int]:
    """How many ticks of each symbol a fork leaves as they were.

    Raises:
        RunError: none of all, or all of them.
    """
    _, taken = place_of(parts, at, symbol)
    count = sum(len(part.data) for part in parts)
    if not 0 < sum(taken) < count:
        together = ", of all symbols together" if len(parts) > 1 else ""
        first, last = min(part.span[0] for part in parts), max(part.span[1] for part in parts)
        raise RunError(
            f"at={at!r}: a fork begins after a tick from 0 to {count - 2}{together}, or at a time from {iso(first)} on, "
            f"before {iso(last)} UTC",
            at=at,
        )
    return taken


def _of_all(session: PortfolioSession, taken: Sequence[int], parameters: dict[str, Any]) -> PortfolioSession:
    from btlab.session.run import go_together

    setup = session.asked
    strategy = _with(setup.strategy, parameters)
    parts = tuple(dataclasses.replace(part, strategy=strategy) for part in setup.parts)
    asked = _fields(PortfolioSetup, setup) | {"strategy": strategy, "parts": parts}
    forked = PortfolioForkSetup(**asked, branch=Branch(setup, session.mode, tuple(taken)))
    made = go_together(forked, forked.start(), **session.ending, mode=session.mode, progress=False)
    made.again = lambda **options: _of_all(session.again(**options), taken, parameters)
    return made


def _fields(kind: type[Setup | PortfolioSetup], setup: Setup | PortfolioSetup) -> dict[str, Any]:
    """What a run was asked, without where it begins."""
    return {field.name: getattr(setup, field.name) for field in dataclasses.fields(kind)}


def _with(strategy: Strategy, parameters: dict[str, Any]) -> Strategy:
    """The strategy of a fork.

    Raises:
        RunError: it subscribes to other bars. ParameterError: no such parameter or value.
    """
    made = type(strategy)(**strategy.parameters() | parameters)
    if made.timeframes() != strategy.timeframes():
        raise RunError("a fork goes on with the same timeframes; run it from the start with the others")
    return made


def _taken_over(first: dict[str, Any], then: dict[str, Any], fresh: dict[str, Any], declared: set[str]) -> dict[str, Any]:
    """The new strategy's state: as `init` made it, with what the run made of it by then.

    Args:
        first, then: the state that the run began with, and stood with. fresh: what `init` makes of the new parameters; where that
            is of another kind or size than both, it stays.
    """
    kept = {
        name: value
        for name, value in then.items()
        if name not in declared
        and (name not in first or not _same(first[name], value))
        and any(_shape(before) == _shape(fresh.get(name)) for before in (first.get(name), value))
    }
    return fresh | kept


def _same(one: Any, other: Any) -> bool:
    try:
        if one is other or bool(one == other):
            return True
    except ValueError:  # arrays, and what holds some
        pass
    return _shape(one) == _shape(other) and pack(one, "the state") == pack(other, "the state")


def _shape(value: Any) -> tuple[Any, ...]:
    """What kind a value is of, and what of its size the parameters may have given."""
    if isinstance(value, np.ndarray):
        return np.ndarray, value.shape, value.dtype
    if isinstance(value, deque):
        return deque, value.maxlen
    return type(value), len(value) if isinstance(value, list | tuple) else None
