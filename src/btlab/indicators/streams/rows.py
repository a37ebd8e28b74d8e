"""Rows of the driver's table, and the memory that they point to."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from btlab.indicators.columns import MEANS, Frames
from btlab.indicators.custom_code import CustomNode, failed_at
from btlab.indicators.graph import Graph, GraphNode
from btlab.indicators.handle import Forming, Handle, Input
from btlab.indicators.library import finite_rows
from btlab.indicators.nodes import own
from btlab.indicators.settings import check_settings
from btlab.indicators.streams import bridge
from btlab.indicators.streams.table import (
    BAR_COLUMNS,
    CLOSED,
    FIRST_OUTPUT,
    LIVE,
    LIVE_INPUTS,
    MADE,
    MEAN,
    NO_PARENT,
    OWN,
    PARENTS,
    ROW,
    RUNNING,
    STREAM,
)
from btlab.indicators.values import input_of, values_of
from btlab.market.timeframe import index_of

NEVER = 2**60
MEAN_NAMES: tuple[str, ...] = tuple(MEANS)


class History(NamedTuple):
    """A node's inputs on closed bars, those bars alone in which all are finite.

    Attributes:
        columns: float64, one for each input.
        begin: bars before the first.
        ranks: int64 (bars + 1,): how many there are after so many bars; empty where all are, from `begin` on.
    """

    columns: list[np.ndarray]
    begin: int
    ranks: np.ndarray


def history_of(columns: Sequence[np.ndarray]) -> History:
    """What remains of columns where a bar with anything that is not finite is not there."""
    rows, none = finite_rows(columns), np.empty(0, np.int64)
    if rows is None:
        return History([np.ascontiguousarray(one) for one in columns], 0, none)
    begin = int(np.argmax(rows)) if rows.any() else NEVER
    if rows[begin:].all():
        return History([np.ascontiguousarray(one[begin:]) for one in columns], begin, none)
    ranks = np.concatenate([[0], np.cumsum(rows)]).astype(np.int64)
    return History([np.ascontiguousarray(one[rows]) for one in columns], begin, ranks)


class Memory:
    """Arrays kept alive for those who know their addresses."""

    def __init__(self) -> None:
        self._arrays: list[np.ndarray] = []

    def at(self, array: np.ndarray) -> int:
        """The address of an array that stays."""
        self._arrays.append(array)
        return int(array.ctypes.data)

    def room(self, words: int) -> int:
        """The address of so many words that may be written."""
        return self.at(np.zeros(max(words, 1), np.int64))


class Table:
    """The rows of some nodes.

    Args:
        nodes: in the graph's order, with all of whose running bars they read.

    Attributes:
        live, rows: `LIVE` and `ROW` of each node.
        owners: int32: the row of each output of the graph, -1 where it is not among these nodes.
        made: how many inputs are made, all together.
    """

    def __init__(self, graph: Graph, frames: Frames, nodes: Sequence[GraphNode]) -> None:
        self._graph, self._frames, self._nodes = graph, frames, nodes
        self._places = {node.key: k for k, node in enumerate(nodes)}
        self._shared, self._scratch = Memory(), Memory()
        self._states: dict[int, np.ndarray] = {}
        self._inputs: list[list[int]] = []
        self._first_made = FIRST_OUTPUT + len(graph.handles)
        self.made, self.rows, self.live = 0, np.zeros(len(nodes), ROW), aligned(len(nodes), LIVE)
        self.owners = np.full(max(len(graph.handles), 1), -1, np.int32)
        for k, node in enumerate(nodes):
            self.owners[node.first : node.first + len(node.entry.outputs)] = k
            self._fill(self.live[k], self.rows[k], node)
            if node.entry.origin == "talib":
                self._fill_stream(self.live[k], self.rows[k], node)
            else:
                self._fill_own(k, node)
            self._give_room(k, node)

    def copy(self) -> Table:
        """Rows that go on from where these are, with memory of their own; streams are still those of these."""
        other = object.__new__(Table)
        other.__dict__.update(self.__dict__)
        other._states = {k: state.copy() for k, state in self._states.items()}
        other.rows, other.live, other._scratch = self.rows.copy(), aligned(len(self.live), LIVE), Memory()
        other.live[:] = self.live
        for k, node in enumerate(self._nodes):
            if k in other._states:
                other.live[k]["handle"] = other._states[k].ctypes.data
            other._give_room(k, node)
        return other

    def given(self, k: int, moving: np.ndarray) -> tuple[list[np.ndarray], list[float]]:
        """The closed bars that a row has taken, and the running one it was asked for last: its inputs alone."""
        node, taken = self._nodes[k], int(self.rows[k]["taken"])
        history = history_of([input_of(self._graph, node, one, self._frames) for one in node.inputs])
        return [one[:taken] for one in history.columns], [float(moving[place]) for place in self._inputs[k]]

    def _fill(self, live: np.ndarray, row: np.ndarray, node: GraphNode) -> None:
        """What streams and our own nodes have in common."""
        history, plan = history_of([input_of(self._graph, node, one, self._frames) for one in node.inputs]), self._plan(node)
        live["stamp"], live["settled"], live["timeframe"] = -1, -1, index_of(node.timeframe)
        live["first"], live["outputs"], live["before"] = FIRST_OUTPUT + node.first, len(node.entry.outputs), bool(len(plan))
        live["parent"] = self._parent(node)
        live["whole"] = sum(1 << k for k, output in enumerate(node.entry.outputs) if output.whole)
        row["lookback"], row["inputs"], row["begin"] = node.lookback, len(node.inputs), history.begin
        row["ranks_at"] = self._shared.at(history.ranks) if len(history.ranks) else 0
        row["histories_at"] = self._shared.at(np.array([self._shared.at(one) for one in history.columns], np.int64))
        row["parameters_at"] = self._shared.at(np.array([*node.values, 0.0]))
        row["plan"], row["plan_at"] = len(plan), self._shared.at(plan)
        self._fill_inputs(live, row, node)

    def _fill_inputs(self, live: np.ndarray, row: np.ndarray, node: GraphNode) -> None:
        """Where the running bar's inputs lie: columns of it, outputs of other rows, or places of their own."""
        frame, places, made = index_of(node.timeframe), list[int](), []
        for one in node.inputs:
            if isinstance(one, Handle) and one.timeframe == node.timeframe:
                places.append(FIRST_OUTPUT + one.place)
            elif one in BAR_COLUMNS:
                places.append(frame * len(BAR_COLUMNS) + BAR_COLUMNS.index(one))
            else:
                places.append(self._first_made + self.made)
                made.append((*self._maker(one, frame), places[-1]))
                self.made += 1
        live["inputs"][: min(len(places), LIVE_INPUTS)] = places[:LIVE_INPUTS]
        live["made"], row["made_at"] = len(made), self._shared.at(np.array(made, MADE))
        row["inputs_at"] = self._shared.at(np.array(places, np.int32))
        self._inputs.append(places)

    def _maker(self, one: Input, frame: int) -> tuple[int, int, int, int]:
        if isinstance(one, str):
            return MEAN, MEAN_NAMES.index(one), frame, 0
        kind, handle = (RUNNING, one.handle) if isinstance(one, Forming) else (CLOSED, one)
        closed = self._shared.at(values_of(self._graph, handle, self._frames))
        return kind, closed, index_of(handle.timeframe), FIRST_OUTPUT + handle.place

    def _fill_stream(self, live: np.ndarray, row: np.ndarray, node: GraphNode) -> None:
        check_settings()
        found = bridge.addresses(node.entry.name)
        assert found is not None, "the driver is asked for where the library shows its streams"
        live["kind"], live["shape"], live["peek"] = STREAM, bridge.call_shape(node.entry), found["Peek"]
        row["open_shape"] = bridge.open_shape(node.entry)
        for verb in ("Open", "Update", "Clone", "Close"):
            row[verb.lower()] = found[verb]

    def _fill_own(self, k: int, node: GraphNode) -> None:
        declared = own()[node.entry.name]
        shape = declared.shape(node.values)
        self._states[k] = shape.fresh()
        live, row = self.live[k], self.rows[k]
        live["kind"], live["peek"], live["handle"] = OWN, declared.address, self._states[k].ctypes.data
        row["windows"], row["heads"], row["memory"] = len(shape.windows), shape.heads, shape.memory
        row["failed_at"] = failed_at(declared) if isinstance(declared, CustomNode) else 0

    def _give_room(self, k: int, node: GraphNode) -> None:
        """Where a peek puts things by, and where the first window is put together."""
        if k in self._states:
            self.rows[k]["aside_at"] = self._scratch.room(own()[node.entry.name].shape(node.values).aside)
        else:
            ahead = [self._scratch.room(node.lookback + 1) for _ in node.inputs]
            self.rows[k]["ahead_at"] = self._scratch.at(np.array(ahead, np.int64))

    def _plan(self, node: GraphNode) -> np.ndarray:
        """int64: rows to value before a node's own, in order."""
        wanted, open_ = set(), [node]
        while open_:
            one = open_.pop()
            wanted.add(self._places[one.key])
            open_ += [self._graph.node_of(each) for each in one.read_running]
        return np.array(sorted(wanted - {self._places[node.key]}), np.int64)

    def _parent(self, node: GraphNode) -> int:
        """The row that a node reads itself; those that it reads in turn are valued by then."""
        parents = {self._places[self._graph.node_of(one).key] for one in node.read_running}
        return parents.pop() if len(parents) == 1 else PARENTS if parents else NO_PARENT


def aligned(count: int, dtype: np.dtype) -> np.ndarray:
    """Zeros that begin where a line of the processor's cache does."""
    room = np.zeros(count * dtype.itemsize + 64, np.uint8)
    skip = -room.ctypes.data % 64
    return room[skip : skip + count * dtype.itemsize].view(dtype)
