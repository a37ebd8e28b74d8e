"""How an indicator of our own is written: one function that takes one bar; batch, update and peek are made of it.

    @node("MOMENTUM_SUM", "Sum of momentum", group="Momentum", inputs=("real",), outputs=("sum",),
          parameters=(whole("timeperiod", 10, 2, 100_000, "bars"),), windows=lambda n: (n,), lookback=lambda n: n - 1,
          source="...")
    def momentum_sum(inputs, outputs, parameters, memory, windows):
        last = push(windows, 0, inputs[0])
        outputs[0] = last.sum() if len(last) == parameters[0] else np.nan

All five arguments are pointers: they are read and written by index, and have no length.

- `inputs[k]`: the bar's inputs, all finite: a bar with any that is not never arrives (its outputs are NaN, the memory stays).
- `outputs[k]`: every one must be written, NaN where nothing is known yet.
- `parameters[k]`: in the order declared, floats.
- `memory[k]`: as many floats as `memory=` says, 0.0 before the first bar. What is written there by a forming bar is taken back.
- `windows`: the last values of something, through `push`, `last` and `area` alone.

**Peek is update taken back**: the driver puts by the memory and the one value of each window that the next push overwrites, runs
the function, and puts them back. So it costs some ns however long the windows are, and holds as long as a window is pushed to at
most once a bar.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any, NamedTuple

import numba
import numpy as np
from numba import carray, float64, int64, intp, types
from numba.extending import intrinsic

from btlab.errors import IndicatorError, did_you_mean
from btlab.indicators.entry import BAR_INPUTS, FREE_INPUTS, TICK_INPUTS, Entry, Output, Parameter
from btlab.market.jit import INDICATOR_ROOMS, cache_folder, inner
from btlab.market.memory import as_pointer

FLOATS, WORDS = types.CPointer(float64), types.CPointer(int64)
SIGNATURE = types.void(FLOATS, FLOATS, FLOATS, FLOATS, WORDS)
HEAD = 4
"""Words of a window's head: where it begins (in words behind the first head), its length, where the next value goes, how many
values it holds."""


@intrinsic
def _address(typing_context: Any, pointer: Any) -> Any:
    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        return builder.ptrtoint(arguments[0], context.get_value_type(intp))

    return intp(pointer), generate


@inner
def push(windows, which, value):
    """Put a value into a window; returns the last ones, oldest first, this one included: fewer than its length while it fills.

    At most once a bar for each window. The array is valid until the next push.
    """
    head, size = HEAD * which, windows[HEAD * which + 1]
    data = carray(as_pointer(_address(windows) + 8 * windows[head]), 2 * size, np.float64)
    at = windows[head + 2]
    data[at] = value
    data[at + size] = value
    at += 1
    count = min(windows[head + 3] + 1, size)
    windows[head + 2] = 0 if at == size else at
    windows[head + 3] = count
    return data[at + size - count : at + size]


@inner
def last(windows, which):
    """The values of a window, oldest first: what `push` returned last; empty before."""
    head, size = HEAD * which, windows[HEAD * which + 1]
    data = carray(as_pointer(_address(windows) + 8 * windows[head]), 2 * size, np.float64)
    at, count = windows[head + 2], windows[head + 3]
    end = at if at >= count else at + size
    return data[end - count : end]


@inner
def area(windows, which):
    """A table to calculate in, counted on behind the windows: what it holds means nothing at the next bar."""
    head = HEAD * which
    return carray(as_pointer(_address(windows) + 8 * windows[head]), windows[head + 1], np.float64)


class Shape(NamedTuple):
    """What lies in the memory of a node with given parameters: heads, memory, windows (each value twice), areas."""

    memory: int
    windows: tuple[int, ...]
    areas: tuple[int, ...]

    @property
    def heads(self) -> int:
        return len(self.windows) + len(self.areas)

    @property
    def aside(self) -> int:
        """Words that a peek puts by: heads of windows, the memory, and what each window overwrites."""
        return (HEAD + 2) * len(self.windows) + self.memory

    @property
    def words(self) -> int:
        return HEAD * self.heads + self.memory + 2 * sum(self.windows) + sum(self.areas)

    def fresh(self) -> np.ndarray:
        """float64 (words,): the state before the first bar."""
        state = np.zeros(max(self.words, 1))
        heads, at = state.view(np.int64), HEAD * self.heads + self.memory
        lengths = [2 * size for size in self.windows] + list(self.areas)
        for k, (size, length) in enumerate(zip([*self.windows, *self.areas], lengths)):
            heads[HEAD * k : HEAD * k + 2] = at, size
            at += length
        return state


@dataclass(frozen=True)
class Node:
    """An indicator with the function that makes it.

    Attributes:
        entry: what the catalogue says of it.
        function: takes one bar.
        memory: how many floats it keeps.
        windows, areas: from the parameters in order: the lengths of each.
        lookback: from the parameters in order: bars before the first that has a value; the fewest where it depends on the data.
    """

    entry: Entry
    function: Callable[..., None]
    memory: int
    windows: Callable[..., Sequence[float]]
    areas: Callable[..., Sequence[float]]
    lookback: Callable[..., float]

    @cached_property
    def address(self) -> int:
        """Where its machine code lies in this process; compiled at its first use on a machine."""
        return self._compiled.address

    @cached_property
    def _compiled(self) -> Any:
        return numba.cfunc(SIGNATURE, cache=cache_folder(INDICATOR_ROOMS) is not None, error_model="numpy")(self.function)

    def shape(self, values: Sequence[float]) -> Shape:
        """What it keeps with these parameters."""
        windows, areas = (tuple(int(size) for size in sizes(*values)) for sizes in (self.windows, self.areas))
        return Shape(self.memory, windows, areas)


DEFAULTS = {"real": "close", "real0": "high", "real1": "low"}
"""What stands in for a free input that nobody names."""

NODES: dict[str, Node] = {}
"""All that are declared so far, by name; `btlab.indicators.nodes.own` has them all."""


def node(
    name: str,
    title: str,
    *,
    group: str,
    inputs: Sequence[str],
    outputs: Sequence[str | Output],
    parameters: Sequence[Parameter] = (),
    memory: int = 0,
    windows: Callable[..., Sequence[float]] = lambda *_: (),
    areas: Callable[..., Sequence[float]] = lambda *_: (),
    lookback: Callable[..., float] = lambda *_: 0,
    overlay: bool = False,
    source: str = "",
) -> Callable[[Callable[..., None]], Node]:
    """Declares an indicator of our own; the function is compiled when it is first used. `Node` and `Entry` say what is what.

    Raises:
        IndicatorError: an input that does not exist, or a name that is taken.
    """
    known = (*BAR_INPUTS, *TICK_INPUTS, *FREE_INPUTS)
    for one in inputs:
        if one not in known:
            raise IndicatorError(f"{name}: no input is called {one!r}.{did_you_mean(one, known)}", input=one)
    named = tuple(Output(one) if isinstance(one, str) else one for one in outputs)
    defaults = tuple(DEFAULTS.get(one, one) for one in inputs)
    fewest = int(lookback(*(parameter.default for parameter in parameters)))
    about = name, title, group, tuple(inputs), tuple(parameters), named, overlay, "btlab", source, defaults, fewest
    entry = Entry(*about)

    def declare(function: Callable[..., None]) -> Node:
        if name in NODES:
            raise IndicatorError(f"{name} is declared twice", name=name)
        described = replace(entry, about=inspect.cleandoc(function.__doc__ or ""))
        NODES[name] = Node(described, function, memory, windows, areas, lookback)
        return NODES[name]

    return declare
