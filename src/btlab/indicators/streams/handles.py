"""Values of running bars by the library's Python handles, where its C streams cannot be called by address (its Windows build).

The same answers as `Driver`, bit for bit, some hundred times as slow.
"""

from __future__ import annotations

import ctypes
from collections.abc import Iterable
from time import perf_counter
from typing import Any, Protocol

import numpy as np

from btlab.indicators import library
from btlab.indicators.columns import MEANS, Frames
from btlab.indicators.custom_code import CustomNode
from btlab.indicators.custom_runs import say_when_slow, stream_of
from btlab.indicators.graph import Graph, GraphNode
from btlab.indicators.handle import TAG, Forming, Handle, Input
from btlab.indicators.nodes import own
from btlab.indicators.nodes.single import Single
from btlab.indicators.settings import check_settings
from btlab.indicators.streams.driver import needed
from btlab.indicators.streams.rows import History, history_of
from btlab.indicators.streams.table import BAR_COLUMNS
from btlab.indicators.values import input_of, values_of
from btlab.market.timeframe import ROWS, index_of

DOOR = ctypes.CFUNCTYPE(ctypes.c_double, ctypes.c_int64, ctypes.c_int64, ctypes.c_int64)


class Stream(Protocol):
    """What takes bars and says what the next would give: a handle of TA-Lib, or a node of our own."""

    def update(self, *bar: float) -> Any: ...

    def peek(self, *bar: float) -> Any: ...


class Follower:
    """One node, bar by bar."""

    def __init__(self, graph: Graph, node: GraphNode, frames: Frames) -> None:
        self.node, self.stamp = node, -1
        self.history: History = history_of([input_of(graph, node, one, frames) for one in node.inputs])
        self.outputs: list[float] = [np.nan] * len(node.entry.outputs)
        self._taken, self.asked, self.seconds = 0, 0, 0.0
        self._stream: Stream | None = None if node.entry.origin == "talib" else _fresh(node)

    def value(self, count: int, bar: list[float]) -> None:
        """Put what the running bar gives into `outputs`."""
        nothing = [np.nan] * len(self.outputs)
        usable = int(self.history.ranks[count]) if len(self.history.ranks) else max(count - self.history.begin, 0)
        if usable < self.node.lookback or not np.isfinite(bar).all():
            self.outputs = nothing
            return
        self._take(usable)
        made = self._stream.peek(*bar) if self._stream is not None else self._first_window(usable, bar)
        self.outputs = np.atleast_1d(np.asarray(made, np.float64)).tolist()

    def _take(self, usable: int) -> None:
        """Take the closed bars that were not taken, or open on all of them."""
        if self._stream is not None:
            for bar in range(self._taken, usable):
                self._stream.update(*(float(one[bar]) for one in self.history.columns))
            self._taken = usable
        elif usable > self.node.lookback:
            from talib import stream

            check_settings()
            columns = [one[:usable].copy() for one in self.history.columns]
            self._stream = getattr(stream, self.node.entry.name)(*columns, *library.typed(self.node.entry, self.node.values))
            self._taken = usable

    def _first_window(self, usable: int, bar: list[float]) -> list[float]:
        columns = [np.append(one[:usable], value) for one, value in zip(self.history.columns, bar)]
        return [float(one[-1]) for one in library.batch(self.node.entry, self.node.values, columns)]


def _fresh(node: GraphNode) -> Stream:
    """A node of our own, or of a user's, before its first bar."""
    declared = own()[node.entry.name]
    return stream_of(declared, node.values) if isinstance(declared, CustomNode) else Single(declared, node.values)


class PythonDriver:
    """See `Driver`; `error` keeps what went wrong in a call that came from compiled code, which knows no exceptions."""

    def __init__(self, graph: Graph, frames: Frames, handles: Iterable[Handle | int], counts: np.ndarray | None = None) -> None:
        self.counts = np.zeros(len(ROWS), np.int64) if counts is None else counts
        self.bars = np.full((len(ROWS), len(BAR_COLUMNS)), np.nan)
        self.address, self.error, self._stop_at = 0, None, 0
        self._graph, self._frames = graph, frames
        self._nodes = {node.key: Follower(graph, node, frames) for node in needed(graph, handles)}
        self._door = DOOR(self._answer)

    error: BaseException | None

    @property
    def door(self) -> int:
        """The address that compiled code calls, as it calls `drive.door`."""
        return int(ctypes.cast(self._door, ctypes.c_void_p).value or 0)

    def read(self, handle: Handle | int, stamp: int) -> float:
        """An output's value of the running bar; `stamp` numbers the moment."""
        node = self._graph.node_of(handle)
        follower = self._nodes[node.key]
        if follower.stamp != stamp:
            follower.stamp = stamp
            bar = [self._input(node, one, stamp) for one in node.inputs]
            began = perf_counter()
            follower.value(int(self.counts[index_of(node.timeframe)]), bar)
            follower.asked, follower.seconds = follower.asked + 1, follower.seconds + perf_counter() - began
        return follower.outputs[int(handle) - TAG - node.first]

    def stop_with(self, address: int) -> None:
        """The int64 that is to become 1 where something goes wrong."""
        self._stop_at = address

    def say_when_slow(self) -> None:
        """A warning for each of a user's own that took long over running bars."""
        for follower in self._nodes.values():
            declared = own()[follower.node.entry.name] if follower.node.entry.origin == "custom" else None
            if isinstance(declared, CustomNode):
                say_when_slow(declared, follower.seconds, follower.asked, "values of running bars")

    def close(self) -> None:
        """Let go of every handle; they are opened again where something is read."""
        self._nodes = {key: Follower(self._graph, one.node, self._frames) for key, one in self._nodes.items()}

    def _input(self, node: GraphNode, one: Input, stamp: int) -> float:
        bar = self.bars[index_of(node.timeframe)]
        if isinstance(one, str):
            return float(MEANS[one](*bar[:4]) if one in MEANS else bar[BAR_COLUMNS.index(one)])
        handle = one.handle if isinstance(one, Forming) else one
        row = index_of(handle.timeframe)
        if handle.timeframe == node.timeframe or (isinstance(one, Forming) and not np.isnan(self.bars[row, 0])):
            return self.read(handle, stamp)
        closed = int(self.counts[row])
        return float(values_of(self._graph, handle, self._frames)[closed - 1]) if closed else np.nan

    def _answer(self, _: int, place: int, stamp: int) -> float:
        try:
            return self.read(TAG + place, stamp)
        except BaseException as error:
            self.error = self.error or error
            if self._stop_at:
                ctypes.c_int64.from_address(self._stop_at).value = 1
            return float("nan")
