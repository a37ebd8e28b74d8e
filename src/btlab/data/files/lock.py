"""One writer per symbol: a lock on a file, which the system takes back when its holder dies, and a note of who that is."""

from __future__ import annotations

import contextlib
import json
import os
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

from btlab.errors import LockedError

LOCK, HOLDER = "lock", "holder.json"


@contextmanager
def writing(folder: Path, symbol: str, patience: float) -> Iterator[None]:
    """Hold the right to write a symbol.

    Args:
        folder: the symbol's; it exists. patience: seconds to wait for another writer.

    Raises:
        LockedError: the other one is still writing; says who it is.
    """
    from filelock import FileLock, Timeout

    lock = FileLock(folder / LOCK)
    try:
        lock.acquire(timeout=patience, poll_interval=0.02)
    except Timeout:
        holder = _holder(folder)
        raise LockedError(
            f"{symbol!r} is being written by {holder}; waited {patience:g} s. Import again when it has finished, or end it",
            symbol=symbol,
            holder=holder,
        ) from None
    try:
        note = {"process": os.getpid(), "host": socket.gethostname(), "since": datetime.now(UTC).isoformat(timespec="seconds")}
        with contextlib.suppress(OSError):
            (folder / HOLDER).write_text(json.dumps(note))
        yield
    finally:
        with contextlib.suppress(OSError):
            (folder / HOLDER).unlink(missing_ok=True)
        lock.release()


def _holder(folder: Path) -> str:
    try:
        note = json.loads((folder / HOLDER).read_text())
        return f"process {note['process']} on {note['host']} since {note['since']}"
    except (OSError, ValueError, KeyError, TypeError):
        return "another process"
