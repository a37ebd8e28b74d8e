"""One thread for work that nobody waits for: a bounded line of jobs, dropped when it is full or when the process ends."""

from __future__ import annotations

import atexit
import contextlib
import queue
import threading
from collections.abc import Callable

_ROOM = 4096


class Background:
    """Runs jobs one after the other in a daemon thread, which starts with the first of them.

    A job that fails is forgotten: whatever it was to make is made by whoever needs it.
    """

    def __init__(self) -> None:
        self._jobs: queue.Queue[tuple[str, Callable[[], object]]] = queue.Queue(_ROOM)
        self._waiting = set[str]()
        self._thread: threading.Thread | None = None
        self._ending = False

    def submit(self, key: str, job: Callable[[], object]) -> None:
        """Do it some time, or never; once, where a job of this key waits already."""
        if self._ending or key in self._waiting:
            return
        try:
            self._jobs.put_nowait((key, job))
        except queue.Full:
            return
        self._waiting.add(key)
        if self._thread is None or not self._thread.is_alive():  # a forked process has none
            self._thread = threading.Thread(target=self._run, name="btlab-cache", daemon=True)
            self._thread.start()

    def settle(self) -> None:
        """Wait until all jobs are done."""
        self._jobs.join()

    def end(self) -> None:
        """Drop what waits, and wait a moment for what runs: native code must not outlive the interpreter."""
        self._ending = True
        if self._thread is not None and self._thread.is_alive():
            self._thread.join(5.0)

    def _run(self) -> None:
        while not self._ending:
            try:
                key, job = self._jobs.get(timeout=0.2)
            except queue.Empty:
                continue
            self._waiting.discard(key)
            with contextlib.suppress(Exception):
                job()
            self._jobs.task_done()


background = Background()
atexit.register(background.end)
