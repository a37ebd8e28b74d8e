"""Memory of tables that nobody holds any more, for the next of their size.

A slider's every move makes tables anew. What the system gives it clears first, which takes as long as to fill it: 12 of 24 ms for
the 80 MB of equity of a billion ticks, and half the run of a million bars with 40,000 orders.
"""

from __future__ import annotations

import weakref
from typing import Any

import numpy as np

_SPARE: dict[int, np.ndarray] = {}
"""By where it lies; `dict.pop` gives one to one thread only, and a lock could not be had where memory comes back."""
_MOST, _LEAST = 1 << 28, 1 << 20
"""How many bytes are kept, those given back last; what is smaller is had for nothing."""


def rows(dtype: Any, count: int) -> np.ndarray:
    """Room for a table, shape (count,), of any content; it comes back when no array or frame shows it any more."""
    dtype = np.dtype(dtype)
    size = dtype.itemsize * count
    if size < _LEAST:
        return np.empty(count, dtype)
    memory = next((spare for place in _fitting(size) if (spare := _SPARE.pop(place, None)) is not None), None)
    if memory is None:
        memory = np.empty(size, np.uint8)
    # Through a memoryview, so that whoever looks at a part of it holds this array, and not the memory behind it.
    room = np.frombuffer(memory.data, dtype, count)
    weakref.finalize(room, _give_back, memory).atexit = False
    return room


def copy_of(table: np.ndarray) -> np.ndarray:
    """The same rows, shape (n,), in such room."""
    room = rows(table.dtype, len(table))
    copy(table, room)
    return room


def copy(table: np.ndarray, room: np.ndarray) -> None:
    """The rows to the beginning of room for more: as bytes, for numpy copies records field by field, in ten times the time."""
    room.view(np.uint8)[: table.nbytes] = table.view(np.uint8)


def _fitting(size: int) -> list[int]:
    """Where memory lies that is neither too small nor more than twice too large, the smallest first."""
    fitting = [(bytes_, place) for place, bytes_ in _sizes() if size <= bytes_ <= 2 * size]
    return [place for _, place in sorted(fitting)]


def _sizes() -> list[tuple[int, int]]:
    """Where each lies, and its bytes. To list the keys makes nothing that the collector counts; at whatever else is made it may
    run, and give memory back that garbage held.
    """
    return [(place, spare.nbytes) for place in list(_SPARE) if (spare := _SPARE.get(place)) is not None]


def _give_back(memory: np.ndarray) -> None:
    _SPARE[memory.ctypes.data] = memory
    kept = 0
    for place, bytes_ in reversed(_sizes()):
        kept += bytes_
        if kept > _MOST:
            _SPARE.pop(place, None)
