"""What a view shows of its own choice, beside its head: what page and Python tell each other of it, and what a layout keeps.

`widgets/src/view/choices.ts` is the twin. Whoever sends it is not trusted: every value is checked here, whatever it comes from.
"""

from __future__ import annotations

import math
import reprlib
from collections.abc import Callable, Mapping
from functools import cache
from typing import Any
from zoneinfo import available_timezones

from btlab.errors import WidgetError, did_you_mean
from btlab.market.timeframe import TIMEFRAMES
from btlab.widgets.tape import Tape

SPEED_AT_MOST = 1e6
BOOKMARKS_AT_MOST = 1_000
CONDITION_AT_MOST = 200
TEXT_AT_MOST = 64
MODULUS = 2**31 - 1
"""Of the generator of random starts; a seed is below it."""
LAYOUT = ("panel", "unit", "speed", "pace", "follow", "locked", "palette", "theme", "style", "zone")
"""What a layout keeps: how sessions are looked at. What is hidden, marked, selected and waited for belongs to one of them."""


def first_state(tape: Tape) -> dict[str, Any]:
    """What a view opens with."""
    row = next(iter(tape.info["rows"]), tape.session.timeline.base)
    return {
        "selected": None, "hidden": tape.mode == "replay", "panel": None, "unit": TIMEFRAMES[row], "speed": 300.0,
        "pace": "time", "follow": True, "locked": False, "blind": False, "palette": "default", "theme": "auto",
        "style": "candles", "zone": "UTC",
        "bookmarks": [], "pause_when": "", "seed": 1,
    }  # fmt: skip


def checked(tape: Tape, given: Mapping[str, Any]) -> dict[str, Any]:
    """The values as they are kept.

    Raises:
        WidgetError: a name that is none, or a value that it cannot have.
    """
    for name in given:
        if name not in CHECKS:
            raise WidgetError(f"a view has no {short(name)}.{did_you_mean(str(name)[:TEXT_AT_MOST], CHECKS)}")
    return {name: CHECKS[name](tape, value) for name, value in given.items()}


def wire(state: Mapping[str, Any]) -> dict[str, Any]:
    """The same as JSON has it: the fastest speed is null."""
    return {name: None if value == math.inf and name == "speed" else value for name, value in state.items()}


def short(value: Any) -> str:
    """A value from a page, in a few letters however large or deep it is."""
    return reprlib.repr(value)[:TEXT_AT_MOST]


def _flag(name: str) -> Callable[[Tape, Any], bool]:
    def check(_tape: Tape, value: Any) -> bool:
        if type(value) is not bool:
            raise WidgetError(f"{name} is true or false, not {short(value)}")
        return value

    return check


def _one_of(name: str, *values: str) -> Callable[[Tape, Any], str]:
    def check(_tape: Tape, value: Any) -> str:
        if not isinstance(value, str) or value not in values:
            raise WidgetError(f"{name} is one of {', '.join(values)}, not {short(value)}")
        return value

    return check


def _selected(tape: Tape, value: Any) -> int | None:
    trades = len(tape.session.records["trade"])
    if value is not None and (type(value) is not int or not 1 <= value <= trades):
        raise WidgetError(f"there is no trade {short(value)} among {trades}")
    return value


def _panel(_tape: Tape, value: Any) -> str | None:
    if value is not None and (not isinstance(value, str) or value not in TIMEFRAMES):
        raise WidgetError(f"there is no panel {short(value)}; there are {', '.join(TIMEFRAMES)}, and None for all of them")
    return value


def _unit(tape: Tape, value: Any) -> str:
    units = ("tick", *TIMEFRAMES[tape.session.timeline.base :])
    return _one_of("unit", *units)(tape, value)


def _speed(_tape: Tape, value: Any) -> float:
    if value is None:
        return math.inf
    if type(value) not in (int, float) or not (0 < value <= SPEED_AT_MOST or value == math.inf):
        raise WidgetError(f"speed is a number over 0 and up to {SPEED_AT_MOST:,.0f}, or math.inf, not {short(value)}")
    return float(value)


def _bookmarks(tape: Tape, value: Any) -> list[int]:
    if not isinstance(value, list | tuple) or len(value) > BOOKMARKS_AT_MOST:
        raise WidgetError(f"bookmarks are a list of at most {BOOKMARKS_AT_MOST:,} ticks, not {short(value)}")
    for tick in value:
        if type(tick) is not int or not 0 <= tick < tape.count:
            raise WidgetError(f"a bookmark is a tick from 0 to {tape.count - 1}, not {short(tick)}")
    return sorted(set(value))


def _zone(_tape: Tape, value: Any) -> str:
    if not isinstance(value, str) or len(value) > TEXT_AT_MOST or value not in _zones():
        raise WidgetError(f"zone is a name such as Europe/Berlin, not {short(value)}")
    return value


@cache
def _zones() -> set[str]:
    return available_timezones()


def _condition(_tape: Tape, value: Any) -> str:
    if not isinstance(value, str) or len(value) > CONDITION_AT_MOST:
        raise WidgetError(f"pause_when is a condition of up to {CONDITION_AT_MOST} letters, not {short(value)}")
    return value


def _seed(_tape: Tape, value: Any) -> int:
    if type(value) is not int or not 0 < value < MODULUS:
        raise WidgetError(f"seed is a whole number from 1 to {MODULUS - 1:,}, not {short(value)}", seed=value)
    return value


CHECKS: dict[str, Callable[[Tape, Any], Any]] = {
    **{name: _flag(name) for name in ("hidden", "follow", "locked", "blind")},
    "selected": _selected,
    "panel": _panel,
    "unit": _unit,
    "speed": _speed,
    "pace": _one_of("pace", "time", "bars"),
    "palette": _one_of("palette", "default", "colour-blind"),
    "theme": _one_of("theme", "auto", "light", "dark"),
    "style": _one_of("style", "candles", "bars", "line", "heikin"),
    "zone": _zone,
    "bookmarks": _bookmarks,
    "pause_when": _condition,
    "seed": _seed,
}
