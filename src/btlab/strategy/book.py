"""The indicators of one run: what `ctx` reads them from, made when it is read and not before."""

from __future__ import annotations

import ctypes
from collections.abc import Callable
from typing import TYPE_CHECKING

import numpy as np

from btlab.engine.state import State
from btlab.market.run_record import BOOK, RUN
from btlab.market.series import Bars, Ticks
from btlab.market.timeframe import ROWS, index_of
from btlab.market.timeline import Timeline
from btlab.strategy.base import Strategy, graph_of

if TYPE_CHECKING:
    from btlab.indicators.graph import Graph
    from btlab.indicators.streams.driver import Driver
    from btlab.indicators.streams.handles import PythonDriver

STOP = int(RUN.fields["stop"][1])  # type: ignore[index]
"""Bytes from a run's address to the word that ends it."""
DOOR = ctypes.CFUNCTYPE(ctypes.c_double, ctypes.c_int64, ctypes.c_int64, ctypes.c_int64)
SEEN = 9
"""Words for each row: `context_indicators.SEEN`, which stands where compiled code is made."""


class Book:
    """Values of a strategy's indicators, on closed bars and on the running ones.

    Args:
        graph: the indicators.
        data, timeline, state: the run they are read in.

    Attributes:
        record: the `BOOK` that compiled code reads.
        error: what went wrong where compiled code asked, which knows no exceptions.
    """

    def __init__(self, graph: Graph, data: Ticks | Bars, timeline: Timeline, state: State) -> None:
        from btlab.indicators.columns import Frames
        from btlab.indicators.entry import TICK_INPUTS
        from btlab.indicators.streams.table import BAR_COLUMNS

        self.graph, self.frames, self._state = graph, Frames(data, timeline), state
        self.error: BaseException | None = None
        self.driver: Driver | PythonDriver | None = None
        for handle in graph.handles:
            timeline.rows(handle.timeframe)
        self.rows = np.array([index_of(handle.timeframe) for handle in graph.handles], np.int64)
        self.addresses = np.zeros(len(graph.handles), np.int64)
        self._closed: dict[int, np.ndarray] = {}
        self._bars = np.full((len(ROWS), len(BAR_COLUMNS)), np.nan)
        self._seen, self._watched = np.full((len(ROWS), SEEN), -2, np.int64), watched_rows(graph)
        self._doors = [DOOR(self._guarded(one)) for one in (self._fetch, self._first_read)]
        self.record = np.zeros(1, BOOK)
        record = self.record[0]
        record["outputs"], record["width"] = len(graph.handles), len(BAR_COLUMNS)
        record["fetch"], record["door"] = (ctypes.cast(door, ctypes.c_void_p).value for door in self._doors)
        record["row_at"], record["closed_at"] = self.rows.ctypes.data, self.addresses.ctypes.data
        record["bars_at"], record["seen_at"] = self._bars.ctypes.data, self._seen.ctypes.data
        record["watched_at"] = self._watched.ctypes.data
        if isinstance(data, Ticks) and any(set(node.entry.inputs) & set(TICK_INPUTS) for node in graph.nodes.values()):
            state.unpack(data)
            self._follow_ticks(timeline)

    def _follow_ticks(self, timeline: Timeline) -> None:
        from btlab.indicators.ticks import FOLLOWED, follow

        self._ticks, self._first = np.full((len(ROWS), FOLLOWED), -1.0), np.ascontiguousarray(timeline.first)
        record = self.record[0]
        record["follow"], record["ticks_at"], record["first_at"] = (
            follow().address,
            self._ticks.ctypes.data,
            self._first.ctypes.data,
        )

    def closed(self, place: int) -> np.ndarray:
        """float64: an output on all bars of its timeframe; those alone that are completed may be read."""
        from btlab.indicators.values import values_of

        if place not in self._closed:
            self._closed[place] = np.ascontiguousarray(values_of(self.graph, self.graph.handles[place], self.frames))
            self.addresses[place] = self._closed[place].ctypes.data
        return self._closed[place]

    def check(self) -> None:
        """Raise what went wrong where compiled code asked."""
        found = self.error or (self.driver.error if self.driver is not None else None)
        if found is not None:
            raise found

    def finish(self) -> None:
        """The run is over: raise what went wrong, and name a user's own indicators that took long over running bars."""
        self.check()
        if self.driver is not None:
            self.driver.say_when_slow()

    def _fetch(self, _: int, place: int, __: int) -> float:
        self.closed(place)
        return 0.0

    def _first_read(self, _: int, place: int, stamp: int) -> float:
        """Somebody reads a running bar: from now on it is the driver that answers."""
        from btlab.indicators.streams import driver_of

        if self.driver is None:
            self.driver = driver_of(self.graph, self.frames, self.graph.handles, self._state.run["counts"])
            self.driver.bars[:] = self._bars
            self.driver.stop_with(self._state.siblings[0].address + STOP)
            record = self.record[0]
            record["door"], record["driver"], record["bars_at"] = (
                self.driver.door,
                self.driver.address,
                self.driver.bars.ctypes.data,
            )
        return self.driver.read(self.graph.handles[place], stamp)

    def _guarded(self, work: Callable[[int, int, int], float]) -> Callable[[int, int, int], float]:
        def answer(driver: int, place: int, stamp: int) -> float:
            try:
                return work(driver, place, stamp)
            except BaseException as error:
                self.error = self.error or error
                self._state.siblings[0].set(stop=1)
                return float("nan")

        return answer


def watched_rows(graph: Graph) -> np.ndarray:
    """int64 (len(ROWS),): for each row, bits of the others whose running bars are read when an indicator on it is."""
    read: dict[str, int] = {}
    rows = np.zeros(len(ROWS), np.int64)
    for node in graph.nodes.values():
        read[node.key] = 0
        for handle in node.read_running:
            read[node.key] |= read[graph.node_of(handle).key] | 1 << index_of(handle.timeframe)
        row = index_of(node.timeframe)
        rows[row] |= read[node.key] & ~(1 << row)
    return rows


def book_of(strategy: Strategy, data: Ticks | Bars, timeline: Timeline, state: State) -> Book | None:
    """The book of what a strategy has asked for in `init`, to which the run now points; None where that is nothing.

    Raises:
        TimeframeError: an indicator on bars that are not in this run.
    """
    graph = graph_of(strategy)
    graph.frozen = True
    if not len(graph):
        return None
    book = Book(graph, data, timeline, state)
    state.arrays["indicators"] = book.record
    state.set(indicators_at=book.record.ctypes.data)
    state.book = book
    return book
