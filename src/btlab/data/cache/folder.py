"""A cache's folder: a budget in bytes, the least recently used goes first, and nothing that fails here ever stops a reader.

Several processes share it without a lock: files appear whole by renaming, are never changed, and one that vanished is a miss.
A file that is not what was written is renamed, never deleted, and made again. A folder that cannot be written is said once,
and not tried again by this process.
"""

from __future__ import annotations

import contextlib
import os
import secrets
import threading
import time
from collections.abc import Callable, Mapping
from functools import partial
from pathlib import Path
from typing import NamedTuple

import numpy as np

from btlab.data.cache.mapped import BrokenFileError, FillError, Mapped, Put, open_mapped, pack, write
from btlab.errors import warn

SUFFIX, QUARANTINED = ".columns", ".damaged"
_STALE = 3600.0
_TOUCH = 60.0
_KEEP = 0.9


class _Entry(NamedTuple):
    used: float
    bytes: int
    path: str


class CacheFolder:
    """Files of columns by key.

    Args:
        path: the folder; made when the first file is kept. budget: bytes; 0 keeps nothing, and looks at nothing.
    """

    def __init__(self, path: Path, budget: int) -> None:
        self.path, self.budget = path, budget
        self._base = os.path.join(path, "")
        self._guard = threading.Lock()
        self._held: int | None = None
        self.closed = budget <= 0
        """Whether nothing can be kept (any more); what is there can be read."""

    def get(self, key: str) -> Mapped | None:
        """The columns kept under a key; None where there are none, or none that can be trusted."""
        if self.budget <= 0:
            return None
        path = self._place(key)
        try:
            found = open_mapped(path, key)
        except FileNotFoundError:
            return None
        except BrokenFileError as error:
            self._quarantine(Path(path), error)
            return None
        except (OSError, ValueError):
            return None
        if time.time() - found.used > _TOUCH:
            self._touch(Path(path))
        return found

    def has(self, key: str) -> bool:
        return self.where(key).is_file()

    def keep(self, key: str, columns: Mapping[str, np.ndarray]) -> None:
        """Keep columns under a key, if that can be done."""
        if self.closed:
            return
        content = pack(key, columns)
        if len(content) > self.budget:
            return

        def put(path: Path) -> None:
            with open(path, "xb") as file:
                file.write(content)

        self._keep(key, put, len(content))

    def make(self, key: str, room: Mapping[str, tuple[str, int]], fill: Callable[[Put], None]) -> Mapped | None:
        """Keep columns that are put piece by piece (`mapped.write`), and map them; None where that cannot be done.

        Raises:
            What `fill` raises.
        """
        size = sum(np.dtype(dtype).itemsize * length for dtype, length in room.values())
        if self.closed or size > self.budget * _KEEP:
            return None
        try:
            self._keep(key, partial(write, key=key, room=room, fill=fill), size)
        except FillError as failed:
            raise failed.error from None
        return self.get(key)

    def _keep(self, key: str, put: Callable[[Path], None], size: int) -> None:
        path = self.where(key)
        temporary = path.with_name(f"{path.name}.{secrets.token_hex(4)}.tmp")
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            put(temporary)
            os.replace(temporary, path)
        except BaseException as error:
            with contextlib.suppress(OSError):
                temporary.unlink(missing_ok=True)
            if not isinstance(error, OSError):
                raise
            if not path.is_file():  # On Windows another process may have the very file open: it is the same.
                self._give_up(error)
            return
        self._count(size)

    def where(self, key: str) -> Path:
        """The file of a key, there or not."""
        return Path(self._place(key))

    def _place(self, key: str) -> str:
        return f"{self._base}{key[:2]}{os.sep}{key[:40]}{SUFFIX}"

    def _count(self, added: int) -> None:
        with self._guard:
            self._held = self._held + added if self._held is not None else sum(entry.bytes for entry in self._entries())
            if self._held > self.budget:
                self._held = self._evict()

    def _evict(self) -> int:
        """Remove the least recently used files until there is room to spare; returns what is left."""
        entries = sorted(self._entries())
        left = sum(entry.bytes for entry in entries)
        for entry in entries:
            if left <= self.budget * _KEEP:
                break
            with contextlib.suppress(OSError):  # mapped by a process on Windows: the next one goes instead
                os.unlink(entry.path)
                left -= entry.bytes
        return left

    def _entries(self) -> list[_Entry]:
        """All files kept here; what killed processes left half-written is removed."""
        found: list[_Entry] = []
        now = time.time()
        for base, _, names in os.walk(self.path):
            for name in names:
                path = os.path.join(base, name)
                with contextlib.suppress(OSError):
                    state = os.stat(path)
                    if name.endswith(".tmp") and now - state.st_mtime > _STALE:
                        os.unlink(path)
                    elif name.endswith(SUFFIX):
                        found.append(_Entry(state.st_atime, state.st_size, path))
        return found

    def _touch(self, path: Path) -> None:
        """Note the use in the time of access; systems that keep none, or rarely, are told."""
        with contextlib.suppress(OSError):
            os.utime(path, ns=(time.time_ns(), path.stat().st_mtime_ns))

    def _quarantine(self, path: Path, error: BrokenFileError) -> None:
        aside = path.with_name(f"{path.name}.{secrets.token_hex(4)}{QUARANTINED}")
        with contextlib.suppress(OSError):
            os.replace(path, aside)
            warn(f"a cached file was damaged ({error}) and is made again; it is kept as {aside}")

    def _give_up(self, error: OSError) -> None:
        with self._guard:  # a reader and a writer in the background may find out at once
            told, self.closed = self.closed, True
        if not told:
            warn(f"nothing is cached in {self.path} ({error.strerror or error}); reading works, and takes longer")
