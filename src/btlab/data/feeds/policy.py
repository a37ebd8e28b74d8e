"""How politely, and for how long, a feed asks: pauses, tries, time-outs, and the clock they are measured by."""

from __future__ import annotations

import random
import time
from collections.abc import Callable
from dataclasses import dataclass, field, fields
from threading import Event
from typing import Protocol

from btlab.errors import FeedError

USER_AGENT = "btlab (research; downloads each file once)"


class Clock(Protocol):
    """Where a feed takes the time from, and how it waits."""

    def now(self) -> float:
        """Seconds since 1970, UTC."""

    def monotonic(self) -> float:
        """Seconds since whenever; never set back."""

    def sleep(self, seconds: float, woken: Event) -> None:
        """Wait so long, or until `woken` is set."""


class SystemClock:
    """The clock of the machine."""

    def now(self) -> float:
        return time.time()

    def monotonic(self) -> float:
        return time.monotonic()

    def sleep(self, seconds: float, woken: Event) -> None:
        woken.wait(seconds)


@dataclass(frozen=True)
class Policy:
    """How a feed treats a server; the defaults are those of a polite guest.

    Args:
        connections: requests under way at once. pause: seconds from the start of one request to the next.
        attempts: tries of one file. backoff: seconds before the second try, doubled before each further one and shortened at
            random to no less than half. longest: what it is doubled to.
        patience: the longest wait a server may ask for (Retry-After); a longer one ends the run.
        timeout: seconds for a connection, and between two pieces of an answer. slowest: bytes a second under which an answer is
            given up, once it has taken `timeout`.
        breaker: so many failures in a row, over all files, and nothing is asked for `rest` seconds (doubled each time); then one
            request tries. openings: how often, before the run ends.
        user_agent: what a server reads about us. clock, chance: time and chance; for tests.

    Raises:
        FeedError: a number that is none, or out of its range.

    >>> Policy(connections=2).attempts
    6
    """

    connections: int = 4
    pause: float = 0.05
    attempts: int = 6
    backoff: float = 1.0
    longest: float = 60.0
    patience: float = 600.0
    timeout: float = 30.0
    slowest: float = 500.0
    breaker: int = 12
    rest: float = 30.0
    openings: int = 4
    user_agent: str = USER_AGENT
    clock: Clock = field(default_factory=SystemClock, repr=False)
    chance: Callable[[], float] = field(default=random.random, repr=False)

    def __post_init__(self) -> None:
        for one in fields(self):
            value = getattr(self, one.name)
            least = 1 if one.type == "int" else 0.0
            if one.type in ("int", "float") and not (isinstance(value, int | float) and least <= value < float("inf")):
                raise FeedError(
                    f"Policy: {one.name}={value!r}; it must be a number from {least:g} on", name=one.name, value=value
                )

    def wait(self, attempt: int) -> float:
        """Seconds to wait after a failed attempt, counted from 1."""
        return min(self.longest, self.backoff * 2.0 ** (attempt - 1)) * (0.5 + 0.5 * self.chance())
