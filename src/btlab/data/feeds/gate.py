"""The one door to a server: how fast requests may pass, and whether any may.

All threads of a run share a gate. It keeps requests apart, holds everybody back when the server asks for it, and is the circuit
breaker: after many failures in a row it closes, lets one request try after a while, and in the end gives the server up.
"""

from __future__ import annotations

from threading import Event, Lock

from btlab.data.feeds.policy import Policy

_PROBE = 0.1


class StoppedError(Exception):
    """The run is over; whoever still waits lets go. Never seen outside this package."""


class Gate:
    """What all requests of one run pass.

    Attributes:
        stopped: set when the run is over. given_up: the last failure, where the breaker ended it.
    """

    def __init__(self, policy: Policy) -> None:
        self.stopped, self.given_up = Event(), ""
        self._policy, self._lock = policy, Lock()
        self._next, self._failures, self._openings = 0.0, 0, 0
        self._closed = self._trying = False

    def admit(self) -> bool:
        """Wait until something may be tried; True for the one try that finds out whether the server is back.

        Raises:
            StoppedError: nothing may any more.
        """
        while True:
            with self._lock:
                wait = max(0.0, self._next - self._policy.clock.monotonic()) if self._closed else 0.0
                if not wait and not (self._closed and self._trying):
                    trying = self._trying = self._closed
                    break
            self.sleep(wait or _PROBE)
        self._check()
        return trying

    def pace(self) -> None:
        """Wait for the turn of one request.

        Raises:
            StoppedError: the run is over.
        """
        while True:
            with self._lock:
                now = self._policy.clock.monotonic()
                if now >= self._next:
                    self._next = now + self._policy.pause
                    break
                wait = self._next - now
            self.sleep(wait)
        self._check()

    def hold(self, seconds: float) -> None:
        """Nobody asks anything for so long: the server wants it."""
        with self._lock:
            self._next = max(self._next, self._policy.clock.monotonic() + seconds)

    def worked(self) -> None:
        """The server is well."""
        with self._lock:
            self._failures = self._openings = 0
            self._closed = self._trying = False

    def failed(self, why: str, *, trying: bool) -> None:
        """Something did not work; `trying` as `admit` said."""
        with self._lock:
            self._failures += 1
            if trying == self._closed and (trying or self._failures >= self._policy.breaker):
                self._close(why)

    def let_go(self, *, trying: bool) -> None:
        """Neither worked nor failed."""
        with self._lock:
            self._trying = self._trying and not trying

    def sleep(self, seconds: float) -> None:
        """Wait, unless the run ends.

        Raises:
            StoppedError: it did.
        """
        self._policy.clock.sleep(seconds, self.stopped)
        self._check()

    def _check(self) -> None:
        if self.stopped.is_set():
            raise StoppedError

    def _close(self, why: str) -> None:
        self._closed, self._trying = True, False
        if self._openings == self._policy.openings:
            self.given_up = why
            self.stopped.set()
            return
        rest = self._policy.rest * 2.0**self._openings
        self._openings += 1
        self._next = max(self._next, self._policy.clock.monotonic() + rest)
