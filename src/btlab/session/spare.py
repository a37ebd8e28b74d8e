"""Memory of tables that nobody holds any more, for the next of their size.

A slider's every move makes a table of equity anew. Of a billion ticks it has 80 MB, which the system clears in as long as they
take to be filled: 12 of 24 ms.
"""

from __future__ import annotations

import weakref

import numpy as np

_SPARE: dict[int, np.ndarray] = {}
"""By where it lies; `dict.pop` gives one to one thread only, and a lock could not be had where memory comes back."""
_MOST, _LEAST = 2, 1 << 20
"""How many are kept, the ones given back last; what is smaller in bytes is had for nothing."""


def numbers(rows: int) -> np.ndarray:
    """Room for float64, shape (rows,), of any content; it comes back when no array or frame shows it any more."""
    size = 8 * rows
    if size < _LEAST:
        return np.empty(rows)
    fitting = [place for place, spare in list(_SPARE.items()) if size <= spare.nbytes <= 2 * size]
    memory = next((spare for place in fitting if (spare := _SPARE.pop(place, None)) is not None), None)
    if memory is None:
        memory = np.empty(size, np.uint8)
    # Through a memoryview, so that whoever looks at a part of it holds this array, and not the memory behind it.
    room = np.frombuffer(memory.data, np.float64, rows)
    weakref.finalize(room, _give_back, memory).atexit = False
    return room


def _give_back(memory: np.ndarray) -> None:
    _SPARE[memory.ctypes.data] = memory
    for place in list(_SPARE)[:-_MOST]:
        _SPARE.pop(place, None)
