"""Keys of the replay, and what each is in Python."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

Act = Callable[[Any], Any]


def _sets(name: str, value: Any) -> Act:
    return lambda twin: setattr(twin, name, value)


WAYS: list[tuple[str, Act]] = [
    ("n", lambda twin: twin.next_trade()),
    ("j", lambda twin: twin.next_mark()),
    ("j", lambda twin: twin.next_mark()),
    ("b", lambda twin: twin.bookmark()),
    ("Shift+N", lambda twin: twin.next_trade(other_end=True)),
    ("k", lambda twin: twin.previous_mark()),
    ("p", lambda twin: twin.previous_trade()),
    ("ArrowRight", lambda twin: twin.step()),
    ("Shift+ArrowRight", lambda twin: twin.step(10)),
    ("k", lambda twin: twin.previous_mark()),
    ("w", lambda twin: twin.worst_trade()),
    ("Shift+P", lambda twin: twin.previous_trade(other_end=True)),
    ("r", lambda twin: twin.random_start()),
    ("r", lambda twin: twin.random_start()),
    ("b", lambda twin: twin.bookmark()),
    ("u", _sets("unit", "15m")),
    ("ArrowLeft", lambda twin: twin.step(-1, twin.unit)),
    ("Home", lambda twin: twin.start()),
    ("j", lambda twin: twin.next_mark()),
    ("End", lambda twin: twin.end()),
    ("k", lambda twin: twin.previous_mark()),
    ("h", _sets("hidden", False)),
    ("6", _sets("panel", "1d")),
    ("0", _sets("panel", None)),
    ("f", _sets("follow", False)),
    ("l", _sets("locked", True)),
    ("ArrowUp", _sets("speed", 1000)),
]
