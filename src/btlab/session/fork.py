"""Forks: a run as it stood at some tick, going on from there with other parameters."""

from __future__ import annotations

import dataclasses
import warnings
from typing import TYPE_CHECKING, Any

import numpy as np

from btlab.errors import RunError
from btlab.session.checkpoint import Capture, identity, restore
from btlab.session.drive import drive
from btlab.session.packing import pack
from btlab.session.setup import Setup, Start, halt_of

if TYPE_CHECKING:
    from btlab.session.result import Session


@dataclasses.dataclass(frozen=True, slots=True)
class ForkSetup(Setup):
    """What a fork was asked: the run it left, and the tick after which it did."""

    base: Setup
    tick: int
    mode: str

    def start(self) -> Start:
        """A run that stands where the fork begins."""
        before, after = stood_at(self.base, self.tick, self.mode), Setup.start(self)
        first = vars(self.base.start().strategy)
        kept = before.checkpoint()
        state = _taken_over(first, vars(before.strategy), vars(after.strategy), set(after.strategy.declared()))
        packed = pack(state, f"{type(after.strategy).__name__}'s state")
        kept.parts["strategy"] = identity(self, after)
        kept.parts["state"] = {"packed": np.frombuffer(packed, np.uint8)}
        restore(kept, self, after)
        return after


@dataclasses.dataclass(slots=True)
class Stood:
    """A run that was halted."""

    setup: Setup
    start: Start

    @property
    def strategy(self) -> Any:
        return self.start.strategy

    def checkpoint(self) -> Any:
        return Capture(self.setup, self.start).checkpoint()


def stood_at(setup: Setup, tick: int, mode: str) -> Stood:
    """A run as it stands once a tick was taken."""
    start = setup.start()
    until, time = halt_of(setup, tick)
    start.state.set(until=until, until_time=time)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        drive(start.strategy, start.state, [setup.timeline], [setup.data], mode, False, begun=start.begun)
    return Stood(setup, start)


def fork(session: Session, at: Any, **parameters: Any) -> Session:
    """What `Session.fork` returns.

    Raises:
        RunError: nothing is left to run, or the strategy subscribes to other bars. ParameterError: no such parameter or value.
    """
    from btlab.session.run import go

    setup = session.setup
    tick = session.at(at).tick
    if not 0 <= tick < len(setup.data) - 1:
        raise RunError(f"at={at!r}: a fork begins after a tick from 0 to {len(setup.data) - 2}", at=at)
    strategy = type(setup.strategy)(**setup.strategy.parameters() | parameters)
    if strategy.timeframes() != setup.strategy.timeframes():
        raise RunError("a fork goes on with the same timeframes; run it from the start with the others")
    base = {field.name: getattr(setup, field.name) for field in dataclasses.fields(Setup)}
    forked = ForkSetup(**base | {"strategy": strategy}, base=setup, tick=tick, mode=session.mode)
    made = go(forked, forked.start(), close_at_end=False, until=None, mode=session.mode, progress=False)
    made.again = lambda **options: fork(session.again(**options), tick, **parameters)
    return made


def _taken_over(first: dict[str, Any], then: dict[str, Any], fresh: dict[str, Any], declared: set[str]) -> dict[str, Any]:
    """The new strategy's state: what the run changed of its own is kept where it fits, everything else is as `init` made it."""
    return {
        name: then[name] if name not in declared and _changed(first, then, name) and _fits(then[name], value) else value
        for name, value in fresh.items()
    }


def _changed(first: dict[str, Any], then: dict[str, Any], name: str) -> bool:
    if name not in then:
        return False
    before: Any = first.get(name)
    now: Any = then[name]
    return not (
        np.array_equal(before, now, equal_nan=np.asarray(now).dtype.kind == "f")
        if isinstance(now, np.ndarray)
        else before is now or before == now
    )


def _fits(then: Any, fresh: Any) -> bool:
    if isinstance(fresh, np.ndarray):
        return isinstance(then, np.ndarray) and then.shape == fresh.shape and then.dtype == fresh.dtype
    return type(then) is type(fresh)
