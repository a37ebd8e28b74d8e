"""Indicators in the `ctx` of an interpreted strategy: the same numbers as `context_indicators` gives a compiled one."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

from btlab.errors import IndicatorError, RunError
from btlab.indicators.handle import SEVERAL, TAG, Handle
from btlab.market.jit import kernel
from btlab.market.memory import run_at
from btlab.strategy.context import BACKWARDS
from btlab.strategy.context_indicators import NO_HANDLE, NUMBERS, running_value

if TYPE_CHECKING:
    from btlab.engine.state import State
    from btlab.strategy.book import Book


@kernel
def running_at(address, handle):
    return running_value(run_at(address), handle)


class IndicatorReads:
    """What `ctx` reads of indicators."""

    _state: State
    _address: int
    _counts: Any

    def value(self, handle: Handle | int, back: int = 0) -> float:
        """An indicator on completed bars: back=0 the last one closed; NaN before the first and while it warms up."""
        if back < 0:
            raise RunError(BACKWARDS, back=back)
        book, place = self._place_of(handle)
        bar = self._counts[book.rows[place]] - 1 - back
        return float(book.closed(place)[bar]) if bar >= 0 else math.nan

    def forming_value(self, handle: Handle | int) -> float:
        """An indicator with the running bar counted in; NaN while none is open, and while it warms up."""
        book, place = self._place_of(handle)
        found = running_at(self._address, TAG + place)
        book.check()
        return found

    def crossed_above(self, a: Handle | float, b: Handle | float) -> bool:
        """Whether `a` was not over `b` at the last completed bar but one, and is at the last; one may be a number."""
        return self._reading(a, 1) <= self._reading(b, 1) and self._reading(a, 0) > self._reading(b, 0)

    def crossed_below(self, a: Handle | float, b: Handle | float) -> bool:
        """Whether `a` was not under `b` at the last completed bar but one, and is at the last."""
        return self.crossed_above(b, a)

    def _place_of(self, handle: Handle | int) -> tuple[Book, int]:
        book = self._state.book
        if isinstance(handle, tuple):
            raise IndicatorError(SEVERAL)
        if book is None or not isinstance(handle, int | Handle) or not 0 <= int(handle) - TAG < len(book.rows):
            raise IndicatorError(NO_HANDLE)
        return book, int(handle) - TAG

    def _reading(self, one: Handle | float, back: int) -> float:
        if isinstance(one, bool) or not isinstance(one, int | float | Handle):
            raise TypeError(NUMBERS)
        return self.value(int(one), back) if isinstance(one, Handle) or one >= TAG else float(one)
