"""The driver of one run: the table, and all arrays that its addresses point to."""

from __future__ import annotations

import weakref
from collections.abc import Iterable

import numpy as np

from btlab.indicators.columns import Frames
from btlab.indicators.graph import TAG, Graph, GraphNode, Handle
from btlab.indicators.streams.rows import FIRST_OUTPUT, Table, aligned
from btlab.indicators.streams.table import BAR_COLUMNS, DRIVER
from btlab.market.timeframe import ROWS


def needed(graph: Graph, handles: Iterable[int]) -> list[GraphNode]:
    """The nodes that these outputs come from, and all that those read on their own timeframe, in the graph's order."""
    wanted: set[str] = set()
    open_ = [graph.node_of(handle) for handle in handles]
    while open_:
        node = open_.pop()
        if node.key not in wanted:
            wanted.add(node.key)
            open_ += [graph.node_of(one) for one in node.inputs if isinstance(one, Handle) and one.timeframe == node.timeframe]
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

    def __init__(self, graph: Graph, frames: Frames, handles: Iterable[int], counts: np.ndarray | None = None) -> None:
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
        from btlab.indicators.streams.drive import door

        return int(door.address)

    @property
    def failures(self) -> int:
        """Calls that the library refused."""
        return int(self._record["failures"][0])

    @property
    def error(self) -> BaseException | None:
        """What one of a user's own failed with, in compiled code, which knows no exceptions."""
        from btlab.indicators.custom_code import CustomNode, failure_of
        from btlab.indicators.nodes import own

        declared = (own()[node.entry.name] for node in self.nodes if node.entry.origin == "custom")
        failures = (failure_of(one) for one in declared if isinstance(one, CustomNode))
        return next((failure for failure in failures if failure is not None), None)

    def read(self, handle: int, stamp: int) -> float:
        """An output's value of the running bar; `stamp` numbers the moment: another one whenever a bar or a count has changed."""
        from btlab.indicators.streams.drive import read_once

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
        from btlab.indicators.streams.drive import DOORS

        table, self._record = self.table, np.zeros(1, DRIVER)
        self.bars = self.moving[:FIRST_OUTPUT].reshape(len(ROWS), len(BAR_COLUMNS))
        most = int(table.rows["inputs"].max(initial=0))
        self._given, self._in_order = np.zeros(most + 1), np.arange(most + 1, dtype=np.int32)
        record = self._record[0]
        record["rows"] = len(table.rows)
        for name, door in DOORS.items():
            record[name] = door.address
        for name, array in (
            ("live_at", table.live), ("row_at", table.rows), ("owner_at", table.owners), ("counts_at", self.counts),
            ("moving_at", self.moving), ("outputs_at", self.moving[FIRST_OUTPUT:]), ("given_at", self._given),
            ("in_order_at", self._in_order),
        ):  # fmt: skip
            record[name] = array.ctypes.data
        weakref.finalize(self, _close, self._record, table)


def _close(record: np.ndarray, table: Table) -> None:
    from btlab.indicators.streams.drive import close_all

    assert record["row_at"][0] == table.rows.ctypes.data
    close_all(int(record.ctypes.data))
