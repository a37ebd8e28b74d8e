"""Which rows of the driver's table share a shelf, and where their answers lie on it."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from btlab.indicators.graph import GraphNode
from btlab.indicators.handle import Handle, Input
from btlab.indicators.streams.rows import Table, aligned
from btlab.indicators.streams.table import (
    BAR_COLUMNS,
    LIVE_INPUTS,
    PARENTS,
    SHELF,
    SHELF_ROWS,
    SHELVED,
    SLOT_ANSWERS,
    SLOT_OPEN,
    SLOTS,
    SPOT,
    STREAM,
    WORTH,
)
from btlab.market.timeframe import index_of

LINE = 64
"""Bytes of a line of the processor's cache: slots begin with one."""
NEVER = -(2**62)
CLOSE, EXTENT, WHOLE, OTHERS = range(4)
"""What an answer hangs on, in the order of a shelf: the running bar's close; its high and low (and its open, which stays);
all of these; or things besides."""
OF_TRUE_RANGE = {"TRANGE", "ATR", "DX", "ADX", "ADXR", "PLUS_DI", "MINUS_DI"}
"""These are given closes, and heed those of bars before alone: Wilder's true range and directional movement set today's high and
low against yesterday's bar (New Concepts in Technical Trading Systems, 1978)."""


class Shelves:
    """What is remembered of the running bars.

    Args:
        nodes: of the table's rows.
        moving, counts: of the driver.

    Attributes:
        spots: `SPOT` of each output of the graph.
        shelved: `SHELVED` of each row.
    """

    def __init__(self, nodes: Sequence[GraphNode], table: Table, moving: np.ndarray, counts: np.ndarray) -> None:
        self.spots, self.shelved = np.zeros(len(table.owners), SPOT), np.zeros(len(nodes), SHELVED)
        self.spots["row"] = table.owners
        self._table, self._kept, self._heeded = table, list[np.ndarray](), list[int]()
        shelves: dict[int, list[int]] = {}
        for k, node in enumerate(nodes):
            heeded, rows = self._heeds(k, node), shelves.setdefault(index_of(node.timeframe), [])
            self._heeded.append(heeded if len(rows) < SHELF_ROWS else OTHERS)
            if self._heeded[k] != OTHERS:
                rows.append(k)
        for timeframe, rows in shelves.items():
            if len(rows) > WORTH:
                bar = moving.ctypes.data + 8 * len(BAR_COLUMNS) * timeframe
                rows.sort(key=lambda k: self._heeded[k])
                self._fill(rows, nodes, bar, counts.ctypes.data + 8 * timeframe)

    def _heeds(self, k: int, node: GraphNode) -> int:
        """What of the running bar a plain stream's answer hangs on, at first or at second hand."""
        live, columns = self._table.live[k], {str(one) for one in node.inputs if not isinstance(one, Handle)}
        plain = live["kind"] == STREAM and not live["made"] and not live["whole"] and live["parent"] != PARENTS
        if not plain or len(node.inputs) > LIVE_INPUTS or not columns <= {"open", "high", "low", "close"}:
            return OTHERS
        columns -= {"close"} if node.entry.name in OF_TRUE_RANGE else set()
        own = CLOSE if columns == {"close"} else WHOLE if "close" in columns else EXTENT
        if live["parent"] < 0:
            return own
        parent = self._heeded[live["parent"]]
        return parent if not columns or parent in (own, OTHERS) else WHOLE

    def _fill(self, rows: list[int], nodes: Sequence[GraphNode], bar: int, count: int) -> None:
        """A shelf for these rows, with slots of its own."""
        shelf, asked = self._keep(aligned(1, SHELF)), self._keep(np.full(len(rows), NEVER - 1))
        first = SLOT_ANSWERS
        for number, k in enumerate(rows):
            node, parent, row = nodes[k], self._table.live[k]["parent"], self.shelved[k]
            outputs = slice(node.first, node.first + len(node.entry.outputs))
            row["shelf"], row["first"], row["bit"] = shelf.ctypes.data, first, 1 << number
            row["before"] = self.shelved["bit"][parent] if parent >= 0 else 0
            row["given"][: len(node.inputs)] = [self._word(one) for one in node.inputs]
            self.spots["shelf"][outputs], self.spots["bit"][outputs] = shelf.ctypes.data, row["bit"]
            self.spots["asked"][outputs] = asked.ctypes.data + 8 * number
            self.spots["word"][outputs] = np.arange(first, first + len(node.entry.outputs))
            first += len(node.entry.outputs)
        width = -(-8 * first // LINE) * LINE
        shelf["stamp"], shelf["width"], shelf["bar"], shelf["count"] = NEVER, width, bar, count
        shelf["slots"] = self._keep(aligned(SLOTS * width // 8, np.dtype(np.int64))).ctypes.data
        shelf["rows"], shelf["closes"] = len(rows), sum(self._heeded[k] == CLOSE for k in rows)
        extents = self.shelved[[k for k in rows if self._heeded[k] == EXTENT]]
        words = sum(len(nodes[k].entry.outputs) for k in rows if self._heeded[k] == EXTENT)
        shelf["extents"], shelf["extent_words"] = int(extents["bit"].sum()), words
        shelf["extent_first"] = int(extents["first"].min(initial=first))
        shelf["asked_at"] = asked.ctypes.data
        shelf["rows_at"] = self._keep(np.array(rows, np.int32)).ctypes.data

    def _word(self, one: Input) -> int:
        """Which word of a slot an input is."""
        return int(self.spots["word"][one.place]) if isinstance(one, Handle) else SLOT_OPEN + BAR_COLUMNS.index(str(one))

    def _keep(self, array: np.ndarray) -> np.ndarray:
        """Memory that others know by its address."""
        self._kept.append(array)
        return array
