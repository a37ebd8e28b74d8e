"""One node of our own by itself: over whole columns, or bar by bar. The graph's driver runs many of them in the same way."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from llvmlite import ir
from numba import carray, intp, types
from numba.extending import intrinsic

from btlab.indicators.nodes.contract import HEAD, Node
from btlab.market.jit import inner, kernel
from btlab.market.memory import as_pointer


@intrinsic
def call(typing_context: Any, function: Any, inputs: Any, outputs: Any, parameters: Any, memory: Any, windows: Any) -> Any:
    """Call a node's function at its address."""

    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        kind = ir.FunctionType(ir.VoidType(), [ir.IntType(64)] * 5).as_pointer()
        builder.call(builder.inttoptr(arguments[0], kind), arguments[1:])
        return context.get_dummy_value()

    return types.void(*[intp] * 6), generate


@inner
def peek(function, windows, heads, memory, state, parameters, inputs, outputs, aside):
    """What the next bar would give, without taking it. All but the counts of windows, heads and floats are addresses.

    `aside`: room for what is put by, `Shape.aside` words.
    """
    words = carray(as_pointer(state), HEAD * heads + memory, np.int64)
    kept = carray(as_pointer(aside), (HEAD + 2) * windows + memory, np.int64)
    first, at = HEAD * heads, 0
    for k in range(memory):
        kept[at] = words[first + k]
        at += 1
    for k in range(windows):
        head = HEAD * k
        size = words[head + 1]
        slot = carray(as_pointer(state + 8 * (words[head] + words[head + 2])), size + 1, np.int64)
        kept[at], kept[at + 1], kept[at + 2], kept[at + 3] = words[head + 2], words[head + 3], slot[0], slot[size]
        at += 4
    call(function, inputs, outputs, parameters, state + 8 * first, state)
    at = 0
    for k in range(memory):
        words[first + k] = kept[at]
        at += 1
    for k in range(windows):
        head = HEAD * k
        size = words[head + 1]
        words[head + 2], words[head + 3] = kept[at], kept[at + 1]
        slot = carray(as_pointer(state + 8 * (words[head] + words[head + 2])), size + 1, np.int64)
        slot[0], slot[size] = kept[at + 2], kept[at + 3]
        at += 4


@kernel
def _batch(function, memory, state, parameters, columns, bar, outputs):
    """Every bar in order; a bar with an input that is not finite leaves NaN and is not taken."""
    inputs, bars = columns.shape
    for i in range(bars):
        finite = True
        for k in range(inputs):
            bar[k] = columns[k, i]
            finite &= np.isfinite(bar[k])
        if finite:
            at = state.ctypes.data
            call(function, bar.ctypes.data, outputs[i:].ctypes.data, parameters.ctypes.data, at + 8 * memory, at)
        else:
            outputs[i] = np.nan


@kernel
def _peek(function, windows, heads, memory, state, parameters, inputs, outputs, aside):
    addresses = state.ctypes.data, parameters.ctypes.data, inputs.ctypes.data, outputs.ctypes.data, aside.ctypes.data
    peek(function, windows, heads, memory, *addresses)


class Single:
    """One node with its parameters and its state.

    Args:
        node: which.
        values: its parameters, in order.
    """

    def __init__(self, node: Node, values: Sequence[float]) -> None:
        self.node, self.parameters = node, np.array([*values, 0.0])
        self.shape = node.shape(values)
        self.state = self.shape.fresh()
        self._outputs = len(node.entry.outputs)
        self._aside = np.empty(self.shape.aside + 1, np.int64)

    def batch(self, columns: Sequence[np.ndarray]) -> np.ndarray:
        """float64 (outputs, bars): takes all these bars, one after the other."""
        inputs = np.ascontiguousarray(columns, np.float64)
        out, bar = np.empty((inputs.shape[1], self._outputs)), np.empty(len(inputs) + 1)
        memory = HEAD * self.shape.heads
        _batch(self.node.address, memory, self.state, self.parameters, inputs, bar, out)
        return np.ascontiguousarray(out.T)

    def update(self, *bar: float) -> np.ndarray:
        """float64 (outputs,): takes one bar."""
        return self.batch([np.array([value]) for value in bar])[:, 0]

    def peek(self, *bar: float) -> np.ndarray:
        """float64 (outputs,): what `update` would say; nothing changes."""
        out = np.full(self._outputs, np.nan)
        if np.isfinite(bar).all():
            shape, inputs = self.shape, np.array(bar)
            counts = len(shape.windows), shape.heads, shape.memory
            _peek(self.node.address, *counts, self.state, self.parameters, inputs, out, self._aside)
        return out

    def clone(self) -> Single:
        """The same at the same bar, from here on by itself."""
        other = Single(self.node, self.parameters[:-1].tolist())
        other.state[:] = self.state
        return other
