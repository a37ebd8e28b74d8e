"""Keys of the replay, and what each is in Python; `tests/widgets/test_chart.py` sees that none is left out."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

Act = Callable[[Any], Any]


def _sets(name: str, value: Any) -> Act:
    return lambda twin: setattr(twin, name, value)


LOOKS = {"+": True, "-": True, ",": False, ".": True, "<": False, ">": True}
"""They move nothing and choose nothing: where a panel looks is each view's own (`twins.py` says why). Whether all panels follow then."""
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
    ("ArrowLeft", lambda twin: twin.step(-1)),
    ("Shift+U", _sets("unit", "5m")),
    ("ArrowRight", lambda twin: twin.step()),
    ("u", _sets("unit", "15m")),
    ("Home", lambda twin: twin.start()),
    ("j", lambda twin: twin.next_mark()),
    ("End", lambda twin: twin.end()),
    ("k", lambda twin: twin.previous_mark()),
    ("h", _sets("hidden", False)),
    ("6", _sets("panel", "1d")),
    ("0", _sets("panel", None)),
    ("f", _sets("follow", False)),
    ("=", _sets("follow", True)),
    ("l", _sets("locked", True)),
    ("ArrowUp", _sets("speed", 1000)),
    ("ArrowUp", _sets("speed", 5000)),
    ("ArrowDown", _sets("speed", 1000)),
    *((key, _sets("follow", follow)) for key, follow in LOOKS.items()),
]
TYPED = ["2024-01-08 13:30", "2024-1-8 9:05", "10:30", "2024-01-08", "2024-01-07", "#4,711", "+90m", "-1h", "2024-01-08 02:00Z"]
"""What is written into "Go to" (G), and means the same to `goto`, in any zone; `moments.json` has clocks that are turned."""
ELSEWHERE = {" ", "g", "?", "Escape"}
"""Plays, asks, opens and closes: other tests press them."""
