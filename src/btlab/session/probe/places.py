"""Which line of a strategy placed an order or set a mark: found by running it once more, interpreted, with a watched `ctx`."""

from __future__ import annotations

import sys
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from btlab.strategy.base import HANDLERS, Strategy

_PLACING = ("buy", "sell", "target", "close_position")
_NAN_BY_NATURE = ("forming_", "entry_price", "fill_")


@dataclass
class Missing:
    """A value that is NaN at first: in how many calls, until when (µs), and whether it still is."""

    calls: int = 0
    until: int = 0
    lasts: bool = True

    def take(self, missing: bool, time: int) -> None:
        """One more reading of it."""
        self.lasts = self.lasts and missing
        if self.lasts:
            self.calls, self.until = self.calls + 1, time


@dataclass
class Diary:
    """Where the calls of `ctx` were made, in their order: "on_bar, line 12".

    Attributes:
        orders, marks: one for each row of the table, logs among the marks.
        missing: (what was read, where) -> how long it was NaN at first.
        after_call: told the strategy and its context after each call of a method.
    """

    orders: list[str] = field(default_factory=list)
    marks: list[str] = field(default_factory=list)
    missing: dict[tuple[str, str], Missing] = field(default_factory=dict)
    after_call: Callable[[Any, Any], None] | None = None

    def spy(self, kind: type[Strategy]) -> type[Strategy]:
        """A class like this one, whose methods get a watched `ctx`."""
        methods = {name: self._watched(kind, name) for name in HANDLERS if getattr(kind, name) is not getattr(Strategy, name)}
        return type(kind.__name__, (kind,), methods)

    def read(self, what: str, where: str, value: float, time: int) -> None:
        """A value was read, NaN or not."""
        self.missing.setdefault((what, where), Missing()).take(value != value, int(time))

    def _watched(self, kind: type[Strategy], name: str) -> Callable[[Any, Any], Any]:
        method = getattr(kind, name)

        def call(strategy: Any, ctx: Any) -> Any:
            outcome = method(strategy, _Watched(ctx, self))
            if self.after_call is not None:
                self.after_call(strategy, ctx)
            return outcome

        call.__name__ = name
        return call


class _Watched:
    """`ctx`, and a note of who calls what."""

    __slots__ = ("_ctx", "_diary")

    def __init__(self, ctx: Any, diary: Diary) -> None:
        self._ctx, self._diary = ctx, diary

    def __getattr__(self, name: str) -> Any:
        found = getattr(self._ctx, name)
        if not callable(found):
            return found

        def call(*arguments: Any, **options: Any) -> Any:
            where = _caller()
            if name in _PLACING:
                self._diary.orders.append(where)
            elif name in ("mark", "log"):
                self._diary.marks.append(where)
            outcome = found(*arguments, **options)
            if isinstance(outcome, float) and not name.startswith(_NAN_BY_NATURE):
                said = [repr(a) for a in arguments] + [f"{k}={v!r}" for k, v in options.items()]
                self._diary.read(f"ctx.{name}({', '.join(said)})", where, outcome, self._ctx.time)
            return outcome

        return call


def _caller() -> str:
    frame = sys._getframe(2)
    return f"{frame.f_code.co_name}, line {frame.f_lineno}"
