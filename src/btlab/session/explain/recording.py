"""A strategy and its `ctx` that remember what was read, with name, arguments, value and line, and what was done."""

from __future__ import annotations

import linecache
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from types import FrameType
from typing import Any

import numpy as np

from btlab.engine.state import State
from btlab.indicators.handle import TAG
from btlab.session.explain.schema import Act, Call, Seen, plain
from btlab.strategy.base import Strategy
from btlab.strategy.plain import PlainContext

ACTS = frozenset(("buy", "sell", "target", "close_position", "close_by_id", "modify", "cancel", "cancel_all", "mark", "log"))


@dataclass(slots=True)
class Deed:
    """An act, where it stands among what was seen, and the rows of the table of changes that it made."""

    act: Act
    place: str
    file: str
    seen_before: int
    first_change: int
    end_change: int


@dataclass(slots=True)
class Witnessed:
    """One call of the strategy as it happened."""

    method: str
    timeframe: str | None
    tick: int
    time: int
    first_change: int
    symbol: str
    end_change: int = 0
    seen: list[Seen] = field(default_factory=list)
    deeds: list[Deed] = field(default_factory=list)

    def call(self, deed: Deed | None = None) -> Call:
        """It in the schema's words; with a deed, only what was seen before that."""
        seen = self.seen if deed is None else self.seen[: deed.seen_before]
        acts = [one.act for one in self.deeds if deed is None or one is deed]
        return Call(self.method, self.timeframe, self.tick, self.time, told_once(seen), tuple(acts), self.symbol)


def holder_of(state: State) -> np.ndarray:
    """The record of the symbol that has the account in its hands."""
    return state.siblings[int(state.run["holder"])].run


class Recorder:
    """Remembers one call at a time.

    Args:
        indicators: names of what the strategy asked for, in the order of their handles: in its records these are bare numbers.
    """

    def __init__(self, state: State, indicators: Sequence[str] = ()) -> None:
        self._state, self._indicators = state, indicators
        self.now: Witnessed | None = None

    def told(self, value: Any) -> Any:
        """A value in the schema's words, a handle as its indicator's name."""
        found = plain(value)
        return [self._indicator(one) or one for one in found] if isinstance(found, list) else self._indicator(found) or found

    def written(self, positional: tuple[Any, ...], named: dict[str, Any]) -> str:
        """Arguments as they would be written, a handle as its indicator's name."""

        def one(value: Any) -> str:
            return self._indicator(plain(value)) or repr(plain(value))

        return ", ".join([*map(one, positional), *(f"{name}={one(value)}" for name, value in named.items())])

    def _indicator(self, value: Any) -> str:
        place = value - TAG if isinstance(value, int) else -1
        return self._indicators[place] if 0 <= place < len(self._indicators) else ""

    def changes(self) -> int:
        return int(holder_of(self._state)["changes"])

    def saw(self, of: str, name: str, arguments: str, value: Any, frame: FrameType) -> None:
        if self.now is not None:
            self.now.seen.append(Seen(of, name, arguments, self.told(value), frame.f_lineno, line_of(frame)))

    def did(self, name: str, arguments: str, gave: Any, first_change: int, frame: FrameType) -> None:
        if self.now is not None:
            act = Act(name, arguments, plain(gave), frame.f_lineno, line_of(frame))
            place = f"{frame.f_code.co_qualname}:{frame.f_lineno}"
            seen = len(self.now.seen)
            self.now.deeds.append(Deed(act, place, frame.f_code.co_filename, seen, first_change, self.changes()))


class RecordingContext:
    """`ctx` that tells a recorder what is read of it and done with it; of another symbol's, what led to that is told too."""

    def __init__(self, context: PlainContext, recorder: Recorder, path: str = "") -> None:
        self._context, self._recorder, self._path = context, recorder, path

    def __getattr__(self, name: str) -> Any:
        value, called = getattr(self._context, name), self._path + name
        if not callable(value):
            self._recorder.saw("ctx", called, "", value, sys._getframe(1))
            return value
        return self._acting(called, value) if name in ACTS else self._reading(called, value)

    def of(self, symbol: str | int) -> RecordingContext:
        return RecordingContext(self._context.of(symbol), self._recorder, f"{self._path}of({symbol!r}).")

    def _reading(self, name: str, method: Callable[..., Any]) -> Callable[..., Any]:
        def read(*positional: Any, **named: Any) -> Any:
            value = method(*positional, **named)
            self._recorder.saw("ctx", name, self._recorder.written(positional, named), value, sys._getframe(1))
            return value

        return read

    def _acting(self, name: str, method: Callable[..., Any]) -> Callable[..., Any]:
        def act(*positional: Any, **named: Any) -> Any:
            first = self._recorder.changes()
            gave = method(*positional, **named)
            self._recorder.did(name, self._recorder.written(positional, named), gave, first, sys._getframe(1))
            return gave

        return act


def recording_class(kind: type[Strategy], recorder: Recorder) -> type[Strategy]:
    """The same class, whose objects tell a recorder which of their values are read."""

    def read(self: Strategy, name: str) -> Any:
        value = kind.__getattribute__(self, name)
        if not name.startswith("__") and not callable(value):
            recorder.saw("self", name, "", value, sys._getframe(1))
        return value

    return type(
        kind.__name__, (kind,), {"__getattribute__": read, "__module__": kind.__module__, "__qualname__": kind.__qualname__}
    )


def line_of(frame: FrameType) -> str:
    return linecache.getline(frame.f_code.co_filename, frame.f_lineno, frame.f_globals).strip()


def told_once(seen: list[Seen]) -> tuple[Seen, ...]:
    """Each value once a line, where it was read again and was the same: a loop says nothing new."""
    return tuple({(one.of, one.name, one.arguments, repr(one.value), one.line): one for one in reversed(seen)}.values())[::-1]
