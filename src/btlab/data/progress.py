"""How far a long piece of work is: told to a function, or drawn where somebody looks.

A bar is drawn for work of over a second, in a terminal or a notebook, and never into a pipe or a file.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

PATIENCE = 1.0
_INTERVAL = 0.1


@dataclass(frozen=True, slots=True)
class Progress:
    """How far it is.

    Attributes:
        done, total: in units; total is 0 where nobody knows. unit: "bytes", "rows" or what is counted.
        rate: units a second so far. left: seconds that are left at this rate; None where that cannot be told.
        text: what is being done, for people.
    """

    done: int
    total: int
    unit: str
    rate: float
    left: float | None
    text: str


class Meter:
    """Tells how far it is, at most ten times a second and once at the end.

    Args:
        asked: None draws where somebody looks, True draws at once, False is silent; a function takes each `Progress`.
        text: what is being done. total, unit: as of `Progress`.

    >>> seen = []
    >>> with Meter(seen.append, "counting", 3, "rows") as meter:
    ...     meter.to(3)
    >>> seen[-1].done, seen[-1].total, seen[-1].text
    (3, 3, 'counting')
    """

    def __init__(self, asked: bool | Callable[[Progress], object] | None, text: str, total: int, unit: str = "bytes") -> None:
        self._text, self._total, self._unit, self._done = text, total, unit, 0
        self._tell: Callable[[Progress], object] | None = asked if callable(asked) else None
        self._draws = asked is True or (asked is None and _watched())
        self._wait = 0.0 if asked is True else PATIENCE
        self._began = self._told = time.perf_counter()
        self._bar: Any = None

    def to(self, done: int, text: str | None = None) -> None:
        """So much is done by now."""
        self._done, self._text = done, text if text is not None else self._text
        now = time.perf_counter()
        if now - self._told >= _INTERVAL:
            self._say(now)

    def __enter__(self) -> Meter:
        return self

    def __exit__(self, kind: object, *_: object) -> None:
        if kind is None:
            self._say(time.perf_counter())
        if self._bar is not None:
            self._bar.close()

    def _say(self, now: float) -> None:
        self._told, passed = now, now - self._began
        if self._tell is not None:
            rate = self._done / passed if passed > 0 else 0.0
            left = max(0.0, (self._total - self._done) / rate) if rate > 0 and self._total else None
            self._tell(Progress(self._done, self._total, self._unit, rate, left, self._text))
        elif self._draws and passed >= self._wait:
            self._draw(passed)

    def _draw(self, passed: float) -> None:
        if self._bar is None:
            from tqdm.auto import tqdm

            scaled = {"unit_scale": True, "unit_divisor": 1024} if self._unit == "bytes" else {"unit_scale": True}
            unit = "B" if self._unit == "bytes" else f" {self._unit}"
            self._bar = tqdm(desc=self._text, total=self._total or None, unit=unit, leave=False, **scaled)
            self._bar.start_t -= passed
        self._bar.set_description(self._text, refresh=False)
        self._bar.update(self._done - self._bar.n)


def _watched() -> bool:
    """Whether a person may look: a terminal, or a notebook's kernel."""
    kernel = sys.modules.get("ipykernel.kernelapp")
    if kernel is not None and kernel.IPKernelApp.initialized():  # others may have imported it, with nobody at a notebook
        return True
    try:
        return sys.stderr.isatty()
    except (AttributeError, ValueError):
        return False
