"""`ctx` of an interpreted strategy over several symbols: one for each, every method of it with the keyword `symbol`."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import wraps
from typing import Any

from btlab.engine.state import State
from btlab.errors import RunError
from btlab.market.timeline import Timeline
from btlab.strategy.base import Strategy
from btlab.strategy.context import NO_PLACE, NO_SYMBOL
from btlab.strategy.plain import PlainContext
from btlab.strategy.plain_doors import hold_at


def contexts(strategy: Strategy, state: State, timelines: Sequence[Timeline]) -> list[PlainContext]:
    """What an interpreted strategy sees as `ctx`, for each symbol of a run."""
    if len(timelines) == 1 and not names_symbols(strategy):
        return [PlainContext(state, timelines[0])]
    family: list[PlainContext] = []
    names = {timeline.symbol: place for place, timeline in enumerate(timelines)}
    family.extend(SeveralContext(each, timeline, family, names) for each, timeline in zip(state.siblings, timelines))
    return family


def names_symbols(strategy: Strategy) -> bool:
    """Whether a strategy may give `symbol=`, which costs 0.3 us a call."""
    codes = (method.__code__ for kind in type(strategy).__mro__ for method in vars(kind).values() if hasattr(method, "__code__"))
    return any("symbol" in code.co_names or any("symbol" in c for c in code.co_consts if isinstance(c, tuple)) for code in codes)


class SeveralContext(PlainContext):
    """A symbol's `ctx` among those of others. Whoever is used takes the account over."""

    def __init__(self, state: State, timeline: Timeline, family: list[PlainContext], names: dict[str, int]) -> None:
        super().__init__(state, timeline)
        self._family, self._names = family, names

    def of(self, symbol: str | int) -> PlainContext:
        if isinstance(symbol, str):
            if symbol not in self._names:
                raise RunError(NO_SYMBOL, symbol=symbol)
            symbol = self._names[symbol]
        if not 0 <= symbol < len(self._family):
            raise RunError(NO_PLACE, symbol=symbol)
        other = self._family[symbol]
        hold_at(other._address)
        return other

    def close_by_id(self, order: int, symbol: str | int | None = None) -> int:  # noqa: ARG002 (an id says whose it is)
        hold_at(self._address)  # an order may have been placed through another symbol a moment ago
        known = 1 <= order <= self._run["orders"].item()
        owner = self._family[self._state.tables["order"]["symbol"][order - 1]] if known else self
        hold_at(owner._address)
        return PlainContext.close_by_id(owner, order)


def _with_symbol(method: Callable[..., Any]) -> Callable[..., Any]:
    @wraps(method)
    def call(self: PlainContext, *arguments: Any, symbol: str | int | None = None, **named: Any) -> Any:
        if symbol is not None:
            self = self.of(symbol)
        else:
            hold_at(self._address)
        return method(self, *arguments, **named)

    return call


def _holding(attribute: property) -> property:
    def read(self: PlainContext) -> Any:
        hold_at(self._address)
        assert attribute.fget is not None
        return attribute.fget(self)

    return property(read, doc=attribute.__doc__)


for _name in dir(PlainContext):
    _member = getattr(PlainContext, _name)
    if not _name.startswith("_") and _name not in ("of", "close_by_id"):
        if _name in ("time", "equity", "cash"):
            setattr(SeveralContext, _name, _holding(_member))
        elif callable(_member):
            setattr(SeveralContext, _name, _with_symbol(_member))
