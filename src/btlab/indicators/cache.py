"""What indicators made of data, kept as long as the data live and while there is room: the last used stay."""

from __future__ import annotations

import os
import threading
import weakref
from collections import OrderedDict
from collections.abc import Callable, Hashable
from typing import Any

import numpy as np

LIMIT = int(float(os.environ.get("BTLAB_INDICATOR_CACHE_MB", "256")) * 1e6)
Key = tuple[int, Hashable]
Arrays = tuple[np.ndarray, ...]


class Cache:
    """Arrays by what they were made of.

    Attributes:
        limit: bytes; what was used longest ago is dropped beyond them. One that is larger alone is not kept.
        bytes, hits, misses: how much is held, how often it was there, how often not.
    """

    def __init__(self, limit: int = LIMIT) -> None:
        self.limit, self.bytes, self.hits, self.misses = limit, 0, 0, 0
        self._kept: OrderedDict[Key, Arrays] = OrderedDict()
        self._owners: dict[int, weakref.finalize[..., Any]] = {}
        self._lock = threading.RLock()

    def __len__(self) -> int:
        return len(self._kept)

    def get(self, owner: Any, about: Hashable, make: Callable[[], Arrays]) -> Arrays:
        """What `make` gives for these data and this question, made once; read-only."""
        key = id(owner), about
        with self._lock:
            if key in self._kept:
                self.hits += 1
                self._kept.move_to_end(key)
                return self._kept[key]
            self.misses += 1
        made = make()
        for array in made:
            array.flags.writeable = False
        with self._lock:
            self._keep(owner, key, made)
        return made

    def clear(self) -> None:
        """Forget everything."""
        with self._lock:
            self._kept.clear()
            self.bytes = 0

    def _keep(self, owner: Any, key: Key, made: Arrays) -> None:
        size = _size(made)
        if size > self.limit or key in self._kept:
            return
        if key[0] not in self._owners:
            self._owners[key[0]] = weakref.finalize(owner, self._forget, key[0])
        self._kept[key] = made
        self.bytes += size
        while self.bytes > self.limit:
            self.bytes -= _size(self._kept.popitem(last=False)[1])

    def _forget(self, owner: int) -> None:
        with self._lock:
            self._owners.pop(owner, None)
            for key in [key for key in self._kept if key[0] == owner]:
                self.bytes -= _size(self._kept.pop(key))


def _size(arrays: Arrays) -> int:
    return sum(array.nbytes for array in arrays)


VALUES = Cache()
"""Of this process."""
