"""Puts what strategies hold of the data into another world, and everything back after each run, whatever happens."""

from __future__ import annotations

import contextlib
import functools
import random
from collections.abc import Callable, Collection, Iterator
from typing import Any

import numpy as np

from btlab.market.series import Bars, Ticks
from btlab.session.probe.holdings import Reach
from btlab.session.probe.merged import Data, parts_of
from btlab.session.probe.reading import Readers
from btlab.session.probe.worlds import World


class Surroundings:
    """Everything outside `ctx` that a strategy may know of the data.

    Args:
        reach: what it reaches; readers: what it reads while it prepares.
    """

    def __init__(self, reach: Reach, readers: Readers) -> None:
        self.reach, self.readers = reach, readers
        self._draws = random.getstate(), np.random.get_state()

    @property
    def names(self) -> list[str]:
        """What holds the data: places and readers."""
        return [*dict.fromkeys([h.words for h in self.reach.holdings] + self.readers.words())]

    def where(self, words: str) -> str:
        """Which line reads it."""
        return next((h.where for h in self.reach.holdings if h.words == words), "") or self.readers.where(words)

    @contextlib.contextmanager
    def as_in(self, world: World | None, only: Collection[str], *, plain: bool = False) -> Iterator[None]:
        """While it lasts, what is named in `only` is that of another world; None: nothing is.

        Args:
            plain: helpers compiled by numba, whose globals are constants, are the plain functions.
        """
        random.setstate(self._draws[0])
        np.random.set_state(self._draws[1])
        self.reach.restore()
        try:
            if plain:
                for put, function in self.reach.helpers:
                    put(function)
            if world is not None:
                for holding in self.reach.holdings:
                    if holding.words in only:
                        holding.put(holding.meaning.in_world(world))
            with self.readers.as_in(world, only, self.reach.functions):
                yield
        finally:
            self.reach.restore()
            random.setstate(self._draws[0])
            np.random.set_state(self._draws[1])


@contextlib.contextmanager
def overwritten(data: Data, world: World) -> Iterator[None]:
    """While it lasts, the very memory of the data holds another future: for aliases that nothing leads to.

    Only where it can be written at all; ints and floats of the same rows.
    """
    with contextlib.ExitStack() as stack:
        for part in parts_of(data):
            stack.enter_context(_overwritten(part, world.of(part.symbol)))
        yield


@contextlib.contextmanager
def _overwritten(data: Ticks | Bars, world: World) -> Iterator[None]:
    undo: list[Callable[[], Any]] = []
    rows = slice(world.known + 1, len(world.series))
    names = (
        ("time", "bid", "ask", "bid_size", "ask_size")
        if isinstance(data, Ticks)
        else ("time", "open", "high", "low", "close", "volume")
    )
    try:
        for name in names:
            column = getattr(data, name)
            memory = _writable(column)
            if memory is not None:
                kept = memory[rows].copy()
                undo.append(functools.partial(np.copyto, memory[rows], kept))
                memory[rows] = getattr(world.series, name)[rows]
        yield
    finally:
        for back in reversed(undo):
            back()


def _writable(column: np.ndarray | None) -> np.ndarray | None:
    """The column's own memory, where somebody may write into it: a part of the array that owns it."""
    owner = column
    while isinstance(owner, np.ndarray) and not owner.flags.writeable:
        owner = owner.base
    if column is None or not isinstance(owner, np.ndarray) or owner.dtype != column.dtype or owner.ndim != 1:
        return None
    if not (owner.flags.c_contiguous and column.flags.c_contiguous):
        return None
    begin = (column.ctypes.data - owner.ctypes.data) // column.itemsize
    return owner[begin : begin + len(column)] if 0 <= begin <= len(owner) - len(column) else None
