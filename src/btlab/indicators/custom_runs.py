"""A user's function at work: interpreted, where it cannot be compiled or shall stop at breakpoints; named where it is slow."""

from __future__ import annotations

import math
import time
from collections.abc import Sequence
from typing import Any

import numpy as np

from btlab.errors import IndicatorError, warn
from btlab.indicators.custom_code import CustomNode, check_count, failure_of, read_number
from btlab.indicators.nodes.single import Single

SLOW_SECONDS = 1.0
"""An indicator that takes longer over one set of bars is named, with its time."""


class Interpreted:
    """A user's function bar by bar in Python: what `Single` is to compiled ones.

    Args:
        node: which.
        values: its parameters, in order.
    """

    def __init__(self, node: CustomNode, values: Sequence[float]) -> None:
        self.node, self.values, self.bars = node, tuple(values), 0
        plan = node.plan
        self._arrays, self._length, self._lookback = plan.arrays, plan.length_of(*values), read_number(plan.lookback, values)
        self.windows = [np.empty(0) for _ in self._arrays]
        self.memory = np.zeros(plan.floats)

    def update(self, *bar: float) -> np.ndarray:
        """float64 (outputs,): takes one bar."""
        out = np.full(self.node.plan.outputs, np.nan)
        if not all(map(math.isfinite, bar)):
            return out
        self.bars += 1
        self.windows = [_pushed(window, bar[k], self._length) for window, k in zip(self.windows, self._arrays)]
        if self.bars >= self._length:
            found = self._asked(bar)
            if found is not None:
                check_count(self.node.entry, len(found) if isinstance(found, tuple | list | np.ndarray) else 1)
            if self.bars > self._lookback:
                out[:] = np.nan if found is None else found
        return out

    def peek(self, *bar: float) -> np.ndarray:
        """float64 (outputs,): what `update` would say; nothing changes."""
        return self.clone().update(*bar)

    def clone(self) -> Interpreted:
        """The same at the same bar, from here on by itself."""
        other = Interpreted(self.node, self.values)
        other.windows, other.memory, other.bars = self.windows, self.memory.copy(), self.bars
        return other

    def batch(self, columns: Sequence[np.ndarray]) -> np.ndarray:
        """float64 (outputs, bars): takes all these bars, one after the other."""
        made = [self.update(*bar) for bar in np.transpose(columns)]
        return np.ascontiguousarray(np.transpose(made)) if made else np.empty((self.node.plan.outputs, 0))

    def _asked(self, bar: Sequence[float]) -> Any:
        given = list[Any]()
        for kind, place in self.node.plan.arguments:
            if kind == "array":
                given.append(self.windows[self._arrays.index(place)])
            elif kind == "memory":
                given.append(self.memory)
            elif kind == "whole":
                given.append(int(self.values[place]))
            else:
                given.append(np.float64(bar[place] if kind == "value" else self.values[place]))
        try:
            with np.errstate(all="ignore"):
                return self.node.called(*given)
        except Exception as error:
            raise self._explained(error) from error

    def _explained(self, error: Exception) -> IndicatorError:
        line, trace = self.node.user.__code__.co_firstlineno, error.__traceback__
        while trace is not None:
            if trace.tb_frame.f_code.co_filename == self.node.user.__code__.co_filename:
                line = trace.tb_lineno
            trace = trace.tb_next
        about = f"{self.node.entry.name}, line {line}, at bar {self.bars - 1}: {type(error).__name__}: {error}"
        return IndicatorError(about, line=line, bar=self.bars - 1)


def _pushed(window: np.ndarray, value: float, length: int) -> np.ndarray:
    """A new array of the last values; the old one stays, as whoever was cloned still reads it."""
    kept = window[1:] if len(window) == length else window
    made = np.empty(len(kept) + 1)
    made[:-1], made[-1] = kept, value
    made.flags.writeable = False
    return made


def stream_of(node: CustomNode, values: Sequence[float]) -> Single | Interpreted:
    """The indicator with these parameters before its first bar: compiled where it can be."""
    return Interpreted(node, values) if node.why_interpreted else Single(node, values)


def interpreted_failure(
    node: CustomNode, values: Sequence[float], closed: Sequence[np.ndarray], bar: Sequence[float]
) -> IndicatorError | None:
    """What Python says where compiled code has failed, which knows no lines; None where it gets through.

    Args:
        closed: the inputs of closed bars, all finite. bar: those of the running one.
    """
    alone = Interpreted(node, values)
    try:
        alone.batch(closed)
        alone.update(*bar)
    except IndicatorError as error:
        return error
    return None


def calculate(node: CustomNode, values: Sequence[float], columns: Sequence[np.ndarray]) -> list[np.ndarray]:
    """Each output over all bars; names the indicator and its time where it is slow.

    Raises:
        IndicatorError: the function failed; names the line and the bar.
    """
    stream = stream_of(node, values)
    failure_of(node)
    stream.batch([column[:0] for column in columns])  # what is compiled here is not this indicator's time
    begin = time.perf_counter()
    made = stream.batch(columns)
    seconds, bars = time.perf_counter() - begin, len(columns[0])
    if isinstance(stream, Single) and (failure := failure_of(node)):
        Interpreted(node, values).batch(columns)  # fails too, and knows where
        raise failure
    say_when_slow(node, seconds, bars)
    return list(made)


def say_when_slow(node: CustomNode, seconds: float, bars: int, what: str = "bars") -> None:
    """A warning with the indicator's name and time, where it took long over so many bars (or values of running ones)."""
    if seconds > SLOW_SECONDS and bars:
        why = f"; interpreted, as {node.why_interpreted}" if node.why_interpreted else ""
        each = f"{seconds / bars * 1e6:{',.0f' if seconds > bars * 1e-5 else '.2g'}}"
        text = f"{node.entry.name} took {seconds:.1f} s for {bars:,} {what}, {each} µs each{why}"
        warn(text)
