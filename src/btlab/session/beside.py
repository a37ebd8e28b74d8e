"""Compiled work that an interrupt ends: in the main thread while it is short, in another beside it as soon as it takes long.

A signal is heard by the main thread, between two of its own instructions, and compiled code gives it none. So work that takes
long runs in a thread without the interpreter's lock, while the main thread waits, says how far it is, and tells it to stop.
To hand a run over and be woken when it ends took 5 of the 12 ms of a short one (100 M ticks told of hours), so each run begins
where it is asked for, and is called back to be handed over only when it has not ended after a while.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from concurrent.futures import Future

import numpy as np

from btlab.data.progress import Meter
from btlab.engine.state import State
from btlab.market.run_record import RUN

HEAD_START = 0.05
"""Seconds that a run has in the main thread."""
LOOK = 0.05
"""Seconds between two looks at how far the loop is, and at most until an interrupt is heard where a wait cannot be broken."""
STOP, COME_BACK = 1, 256
"""What `run.stop` says: that the run ends, that it is to come back. Two bytes of it, so that the second, which comes from another
thread at any time, cannot undo the first."""
_SECOND_BYTE = int(RUN.fields["stop"][1]) + 1  # type: ignore[index]


def taken(state: State) -> int:
    """How many ticks are taken, of all symbols."""
    return sum(int(each.run["tick"]) for each in state.siblings)


def do(work: Callable[[], bool], state: State, meter: Meter) -> None:
    """Do compiled work, in the main thread so that an interrupt ends it. No other thread hears signals, so there it is only done.

    Args:
        work: returns True when it is over, False when it came back for `run.stop`; called again it goes on where it was.

    Raises:
        KeyboardInterrupt: the work has ended. What the work raises.
    """
    if threading.current_thread() is not threading.main_thread():
        work()
        return
    before = _ALARM.set(state)
    try:
        over = work()
    finally:
        _ALARM.restore(before)
    called_back = int(state.run["stop"]) == COME_BACK
    state.set(stop=int(state.run["stop"]) % COME_BACK)
    if called_back and not over:
        _hand_over(work, state, meter)


def _hand_over(work: Callable[[], bool], state: State, meter: Meter) -> None:
    outcome, done = Future[bool](), threading.Event()

    def worker() -> None:
        try:
            outcome.set_result(work())
        except BaseException as error:
            outcome.set_exception(error)
        finally:
            done.set()

    thread = threading.Thread(target=worker, name="btlab-run", daemon=True)
    try:
        meter.to(taken(state))
        thread.start()
        while not done.wait(LOOK):
            meter.to(taken(state))
    except BaseException:
        state.set(stop=STOP)  # an interrupt may come before start() returns: the thread is told to stop all the same
        done.wait(None if thread.is_alive() else 1.0)
        if thread.is_alive():
            thread.join(1.0)
        raise
    thread.join()
    outcome.result()


class _Alarm:
    """Calls a run back when it has had its head start.

    One thread for all runs: it sleeps until a run is watched, and is not woken when that ends. So a slider that runs every few
    milliseconds wakes it twenty times a second and waits for it never.
    """

    def __init__(self) -> None:
        self._thread: threading.Thread | None = None
        self._state: State | None = None
        self._due = 0.0

    def set(self, state: State) -> tuple[State | None, float]:
        """Watch a run from now on; returns what was watched before, for a run inside another."""
        if self._thread is None or not self._thread.is_alive():  # nor is it after a fork
            self._lock, self._wanted, self._awake = threading.Lock(), threading.Semaphore(0), False
            self._thread = threading.Thread(target=self._watch, name="btlab-alarm", daemon=True)
            self._thread.start()
        before = self._state, self._due
        self.restore((state, time.perf_counter() + HEAD_START))
        return before

    def restore(self, watched: tuple[State | None, float]) -> None:
        with self._lock:
            self._state, self._due = watched
            if self._state is not None and not self._awake:
                self._awake = True
                self._wanted.release()

    def _watch(self) -> None:
        while self._wanted.acquire():
            while (left := self._left()) is not None:
                time.sleep(max(left, 0.0))

    def _left(self) -> float | None:
        """Seconds until the run that is watched is due, None where none is."""
        with self._lock:
            if self._state is None:
                self._awake = False
                return None
            left = self._due - time.perf_counter()
            if left <= 0.0:
                self._state.record.view(np.uint8)[_SECOND_BYTE] = 1
                self._state = None
            return left


_ALARM = _Alarm()
