"""The driver of one run: the table, and all arrays that its addresses point to."""

from __future__ import annotations

import weakref
from collections.abc import Iterable, Iterator
from time import perf_counter

import numpy as np

from btlab.indicators.columns import Frames
from btlab.indicators.custom_code import CustomNode, failure_of
from btlab.indicators.custom_runs import interpreted_failure, say_when_slow
from btlab.indicators.graph import Graph, GraphNode
from btlab.indicators.handle import TAG, Handle
from btlab.indicators.nodes import own
from btlab.indicators.streams.rows import Table, aligned
from btlab.indicators.streams.shelves import Shelves
from btlab.indicators.streams.table import BAR_COLUMNS, DRIVER, FIRST_OUTPUT
from btlab.market.timeframe import ROWS

SAMPLE = 2e-3
"""Seconds that are enough to tell what a question to one of a user's own takes."""


def needed(graph: Graph, handles: Iterable[Handle | int]) -> list[GraphNode]:
    """The nodes that these outputs come from, and all of whose running bars those read, in the graph's order."""
    wanted: set[str] = set()
    open_ = [graph.node_of(handle) for handle in handles]
    while open_:
        node = open_.pop()
        if node.key not in wanted:
            wanted.add(node.key)
            open_ += [graph.node_of(one) for one in node.read_running]
    return [node for key, node in graph.nodes.items() if key in wanted]


class Driver:
    """Values of running bars for the outputs of a graph, by compiled code.

    Args:
        graph: the indicators.
        frames: the bars they are calculated on; which of them have closed is told by `counts`.
        handles: the outputs that will be read.
        counts: int64 (len(ROWS),): closed bars of each timeframe, kept up to date by whoever owns it.

    Attributes:
        bars: float64 (len(ROWS), len(BAR_COLUMNS)): the running bars, kept up to date by whoever reads.
        address: of the record that compiled code is handed.
    """

    def __init__(self, graph: Graph, frames: Frames, handles: Iterable[Handle | int], counts: np.ndarray | None = None) -> None:
        self.counts = np.zeros(len(ROWS), np.int64) if counts is None else counts
        self.nodes = needed(graph, handles)
        self.table = Table(graph, frames, self.nodes)
        moving = FIRST_OUTPUT + len(graph.handles) + self.table.made
        self.moving = aligned(moving, np.dtype(np.float64))
        self.moving[:] = np.nan
        self._open()

    @property
    def address(self) -> int:
        return int(self._record.ctypes.data)

    @property
    def door(self) -> int:
        """The address that compiled code calls with `address`, an output's place and a stamp."""
        from btlab.indicators.streams.read import door

        return int(door.address)

    @property
    def failures(self) -> int:
        """Calls that the library refused."""
        return int(self._record["failures"][0])

    @property
    def error(self) -> BaseException | None:
        """What one of a user's own failed with, in compiled code, which knows no exceptions."""
        for k, declared in self._customs():
            if failure := failure_of(declared):
                return interpreted_failure(declared, self.nodes[k].values, *self.table.given(k, self.moving)) or failure
        return None

    def stop_with(self, address: int) -> None:
        """The int64 that is to become 1 where one of a user's own has failed."""
        self._record["stop_at"] = address

    def say_when_slow(self) -> None:
        """A warning for each of a user's own that took long over running bars: how often it was asked, times what that takes."""
        for k, declared in self._customs():
            if asked := int(self.table.rows[k]["asked"]):
                say_when_slow(declared, asked * self._seconds_of(k, asked), asked, "values of running bars")

    def _seconds_of(self, k: int, asked: int) -> float:
        """What one question to a row takes: compiled code reads no clock, so some are put again."""
        from btlab.indicators.streams.drive import ask_again

        times, seconds = 1, 0.0
        while seconds < SAMPLE and times <= asked:
            began = perf_counter()
            ask_again(self.address, k, times)
            seconds, times = perf_counter() - began, 4 * times
        return 4 * seconds / times

    def _customs(self) -> Iterator[tuple[int, CustomNode]]:
        """A user's own among the nodes, each with its row."""
        for k, node in enumerate(self.nodes):
            if node.entry.origin == "custom":
                declared = own()[node.entry.name]
                assert isinstance(declared, CustomNode)
                yield k, declared

    def read(self, handle: Handle | int, stamp: int) -> float:
        """An output's value of the running bar; `stamp` numbers the moment: another one whenever a bar or a count has changed."""
        from btlab.indicators.streams.read import read_once

        return float(read_once(self.address, int(handle) - TAG, stamp))

    def clone(self) -> Driver:
        """The same at the same bar, from here on by itself, with its own counts and running bars."""
        from btlab.indicators.streams.drive import clone_all

        other = object.__new__(Driver)
        other.nodes, other.counts, other.table, other.moving = (
            self.nodes,
            self.counts.copy(),
            self.table.copy(),
            aligned(len(self.moving), self.moving.dtype),
        )
        other.moving[:] = self.moving
        other._open()
        if clone_all(other.address) != 0:
            raise MemoryError("a stream could not be copied")
        return other

    def close(self) -> None:
        """Close every stream; they are opened again where something is read."""
        _close(self._record, self.table)

    def _open(self) -> None:
        """Put the record together, and see that streams are closed with this object."""
        from btlab.indicators.streams.read import DOORS

        table, self._record = self.table, np.zeros(1, DRIVER)
        self._shelves = Shelves(self.nodes, table, self.moving, self.counts)
        self.bars = self.moving[:FIRST_OUTPUT].reshape(len(ROWS), len(BAR_COLUMNS))
        most = int(table.rows["inputs"].max(initial=0))
        self._given, self._in_order = np.zeros(most + 1), np.arange(most + 1, dtype=np.int32)
        record = self._record[0]
        record["rows"] = len(table.rows)
        for name, door in DOORS.items():
            record[name] = door.address
        for name, array in (
            ("live_at", table.live), ("row_at", table.rows), ("counts_at", self.counts),
            ("spot_at", self._shelves.spots), ("shelved_at", self._shelves.shelved),
            ("moving_at", self.moving), ("outputs_at", self.moving[FIRST_OUTPUT:]), ("given_at", self._given),
            ("in_order_at", self._in_order),
        ):  # fmt: skip
            record[name] = array.ctypes.data
        weakref.finalize(self, _close, self._record, table)


def _close(record: np.ndarray, table: Table) -> None:
    from btlab.indicators.streams.drive import close_all

    assert record["row_at"][0] == table.rows.ctypes.data
    close_all(int(record.ctypes.data))
