"""What strategies hold of an indicator: a handle by which `ctx` reads its values. It is no number, and does not act as one."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, NoReturn

import numpy as np

from btlab.errors import IndicatorError

TAG = 1 << 52
"""Handles count from here, so that `ctx.crossed_above(self.rsi, 30)` can tell one from a number."""
SEVERAL = "that is several outputs; take them apart in init, as in: macd, signal, histogram = self.indicator('MACD')"


@dataclass(frozen=True, slots=True)
class Handle:
    """One output of one node, as strategies hold it.

    To calculate with it or to compare it with a number is an `IndicatorError`: as an int, `self.rsi < 30` would never be true.

    Attributes:
        number: its place among all outputs of the graph, and `TAG`.
        key: the node's key, and the output's name where there are several.
        timeframe: of the bars it has values for.
        warmup: bars of its timeframe before its first value.
    """

    number: int
    key: str
    timeframe: str
    warmup: int

    def __repr__(self) -> str:
        return f"<{self.key}>"

    @property
    def place(self) -> int:
        """Its place among all outputs of the graph."""
        return self.number - TAG

    def __int__(self) -> int:
        return self.number

    def __array__(self, dtype: Any = None, copy: bool | None = None) -> np.ndarray:
        """So that an array of handles holds their numbers, as a compiled strategy can."""
        return np.array(self.number, dtype)

    @property
    def forming(self) -> Forming:
        """The same as an input of another timeframe that is to be read with its running bar counted in."""
        return Forming(self)

    def _is_no_number(self, *_: Any) -> NoReturn:
        raise IndicatorError(no_number(self.key))

    __lt__ = __le__ = __gt__ = __ge__ = _is_no_number
    __add__ = __radd__ = __sub__ = __rsub__ = __mul__ = __rmul__ = __pow__ = __rpow__ = _is_no_number
    __truediv__ = __rtruediv__ = __floordiv__ = __rfloordiv__ = __mod__ = __rmod__ = _is_no_number
    __neg__ = __pos__ = __abs__ = __bool__ = __float__ = __getitem__ = _is_no_number


def no_number(name: str) -> str:
    """What is said to somebody who takes a handle for its value."""
    return f"{name} is an indicator's handle and no number; ctx.value reads its value, as in ctx.value(self.rsi) < 30"


@dataclass(frozen=True)
class Forming:
    """An input of another timeframe with the bar counted in that runs as the reader's bar ends, or at this moment.

    Where none runs, since it has just closed or nothing has traded yet, it is the value of the last closed one.
    """

    handle: Handle

    @property
    def key(self) -> str:
        return f"forming {self.handle.key}"

    def __repr__(self) -> str:
        return f"<{self.key}>"


Input = str | Handle | Forming
"""A column of the bar, another node's output, or such a one of another timeframe with its running bar counted in."""


def read_of(inputs: tuple[Input, ...]) -> tuple[Handle, ...]:
    """The outputs of other nodes among inputs."""
    return tuple(one.handle if isinstance(one, Forming) else one for one in inputs if not isinstance(one, str))
