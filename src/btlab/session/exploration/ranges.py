"""What a parameter may be while it is explored: from what a user writes to an ordered list of values."""

from __future__ import annotations

import math
from bisect import bisect_left
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

from btlab.errors import RunError, counted
from btlab.execution.costs import commission, slippage

STEPS_WANTED = 40
VALUES_AT_MOST = 10_000
CHOICES_AT_MOST = 100
RULES: dict[str, tuple[str, Callable[[float], Any], str]] = {
    "slippage": ("pip", slippage.pips, "bt.slippage.pips({})"),
    "commission": ("%", commission.percent, "bt.commission.percent({})"),
}
"""Rules of execution that can be explored like parameters: the unit, what a value means, and how that is written."""


@dataclass(frozen=True, slots=True)
class Range:
    """The values of one slider.

    Attributes:
        name: of the strategy's parameter, or of a rule of execution. kind: bool, int, float or str.
        values: in order; numbers ascend. unit: "" where the strategy alone knows it.
        rule: whether it is a rule of execution.
    """

    name: str
    kind: type
    values: tuple[Any, ...]
    unit: str = ""
    rule: bool = False

    @property
    def label(self) -> str:
        """The name in words: "Stop loss" of `stop_loss`."""
        words = self.name.replace("_", " ").strip() or self.name
        return words[:1].upper() + words[1:]

    @property
    def digits(self) -> int:
        """Decimals that tell all values apart; 0 where they are no fractions."""
        if self.kind is not float:
            return 0
        return next((n for n in range(9) if all(abs(round(v, n) - v) <= 1e-12 * max(1.0, abs(v)) for v in self.values)), 9)

    def place(self, value: Any) -> int:
        """The place of a value, or of the nearest number."""
        if self.kind in (bool, str):
            return self.values.index(value) if value in self.values else 0
        above = bisect_left(self.values, value)
        near = [place for place in (above - 1, above) if 0 <= place < len(self.values)]
        return min(near, key=lambda place: abs(self.values[place] - value))

    def told(self, place: int) -> str:
        """A value as text."""
        value = self.values[place]
        return f"{value:.{self.digits}f}" if self.kind is float else str(value)


def range_of(name: str, kind: type, said: Any, *, unit: str = "", rule: bool = False) -> Range:
    """The range that a user wrote: (low, high), (low, high, step), a list or `range` of values, or `bool`.

    Raises:
        RunError: it is none, or none for a parameter of this kind.
    """
    if kind is bool and said is bool:
        said = [False, True]
    if kind in (int, float) and isinstance(said, tuple) and len(said) in (2, 3) and all(map(_is_number, said)):
        values: Iterable[Any] = _stepped(name, kind, *said)
    elif isinstance(said, list | tuple | range):
        values = said
    else:
        _refuse(name, said, "give (low, high), (low, high, step) or a list of values")
    found = tuple(_value(name, kind, value, said) for value in values)
    unique = tuple(dict.fromkeys(found)) if kind is str else tuple(sorted(set(found)))
    most = CHOICES_AT_MOST if kind is str else VALUES_AT_MOST
    if len(unique) < 2:
        _refuse(name, said, "a slider wants two values or more; a plain value holds a parameter where it is")
    if len(unique) > most:
        _refuse(name, said, f"that is {counted(len(unique), 'value')}; a slider has {most:,} at most: give a longer step")
    return Range(name, kind, unique, unit, rule)


def _stepped(name: str, kind: type, low: float, high: float, step: float | None = None) -> list[Any]:
    if not low < high:
        _refuse(name, (low, high), "the first number is the lowest, the second the highest")
    if step is None:
        step = nice_step((high - low) / STEPS_WANTED)
        if kind is int:
            step = max(1, round(step)) if high - low > VALUES_AT_MOST // 10 else 1
    if not step > 0:
        _refuse(name, (low, high, step), "a step is more than 0")
    if (high - low) / step > VALUES_AT_MOST:
        _refuse(name, (low, high, step), f"that is over {VALUES_AT_MOST:,} values: give a longer step")
    count = math.floor((high - low) / step + 1e-9) + 1
    if kind is int:
        return [low + place * step for place in range(count)]
    return [float(f"{low + place * step:.12g}") for place in range(count)]


def nice_step(raw: float) -> float:
    """The smallest of 1, 2 and 5 times a power of ten that is not less.

    >>> nice_step(0.07), nice_step(3.0)
    (0.1, 5.0)
    """
    power = 10.0 ** math.floor(math.log10(raw))
    return float(f"{next(factor for factor in (1, 2, 5, 10) if factor * power >= raw * 0.9999) * power:.6g}")


def _value(name: str, kind: type, value: Any, said: Any) -> Any:
    if kind is float and _is_number(value):
        return float(value)
    if kind is int and _is_number(value) and float(value).is_integer():
        return int(value)
    if kind in (bool, str) and isinstance(value, kind):
        return value
    _refuse(name, said, f"{value!r} is no {kind.__name__}")


def _is_number(value: Any) -> bool:
    return not isinstance(value, bool) and isinstance(value, int | float) and math.isfinite(value)


def _refuse(name: str, said: Any, rule: str) -> Any:
    raise RunError(f"{name}={said!r}: {rule}", name=name, value=said)
