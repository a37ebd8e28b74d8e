"""Timeframes: their names, their lengths in microseconds, and the order in which their closes are told."""

from __future__ import annotations

import re
from collections.abc import Iterable

import numpy as np

from btlab.errors import TimeframeError, did_you_mean

TIMEFRAMES: tuple[str, ...] = ("1m", "5m", "15m", "1h", "4h", "1d")
"""The six of every run, finest first: the order in which closes that fall together are told."""

_SECOND, _MINUTE_LENGTH, _HOUR, _DAY_LENGTH = 1_000_000, 60_000_000, 3_600_000_000, 86_400_000_000
_OF_SIXTY = (1, 2, 3, 4, 5, 6, 10, 12, 15, 20, 30)
_OF_A_DAY = (1, 2, 3, 4, 6, 8, 12)

MICROSECONDS: dict[str, int] = (
    {f"{n}s": n * _SECOND for n in _OF_SIXTY}
    | {f"{n}m": n * _MINUTE_LENGTH for n in _OF_SIXTY}
    | {f"{n}h": n * _HOUR for n in _OF_A_DAY}
    | {"1d": _DAY_LENGTH, "1w": 7 * _DAY_LENGTH, "1mo": 31 * _DAY_LENGTH}
)
"""Every timeframe there is, finest first, and its length: seconds that divide a minute, minutes that divide an hour, hours that
divide a day, a day, a week, a month (31 days here: the longest). A day, and what lies across its end, may be shorter or longer
where clocks change: see `calendar`."""

LENGTHS = np.array([MICROSECONDS[name] for name in TIMEFRAMES], np.int64)
LENGTHS.flags.writeable = False

MINUTE, DAY = MICROSECONDS["1m"], MICROSECONDS["1d"]

ROWS: tuple[str, ...] = TIMEFRAMES + tuple(n for n, length in MICROSECONDS.items() if length >= MINUTE and n not in TIMEFRAMES)
"""All that a run can have, each with a row of its own that never changes: a compiled strategy holds it as a constant. The six
come first and are always there, the others where a strategy subscribes to them."""

FINEST_FIRST: tuple[int, ...] = tuple(sorted(range(len(ROWS)), key=lambda row: MICROSECONDS[ROWS[row]]))
"""Rows in the order in which closes that fall together are told."""


def check_timeframe(timeframe: object) -> str:
    """The name, when it is one of those in `MICROSECONDS`.

    Raises:
        TimeframeError: it is not; says which is nearest.

    >>> check_timeframe("30s")
    '30s'
    """
    if not isinstance(timeframe, str) or timeframe not in MICROSECONDS:
        raise TimeframeError(f"{timeframe!r} is not a timeframe.{_meant(timeframe, MICROSECONDS)}", timeframe=timeframe)
    return timeframe


def index_of(timeframe: object) -> int:
    """Row of a timeframe among `ROWS`.

    Raises:
        TimeframeError: it is none of them; says which is nearest.

    >>> index_of("1h"), ROWS[index_of("1w")]
    (3, '1w')
    """
    try:
        return ROWS.index(timeframe)
    except ValueError:
        raise TimeframeError(f"{timeframe!r} is {_what_it_is(timeframe)}", timeframe=timeframe) from None


def _what_it_is(timeframe: object) -> str:
    if isinstance(timeframe, str) and timeframe in MICROSECONDS:
        return f"shorter than any bar of a run, which begin at 1m; bt.bars(ticks, {timeframe!r}) makes such bars"
    return f"not a timeframe.{_meant(timeframe, TIMEFRAMES)}"


_WRITTEN = re.compile(r"(?:(\d+) ?([a-zµ]+)|([a-z]+)(\d+))", re.IGNORECASE)
_UNITS = {
    word: length
    for length, words in (
        (_SECOND, "s sec second seconds"), (_MINUTE_LENGTH, "m min t minute minutes"), (_HOUR, "h hour hours"),
        (_DAY_LENGTH, "d day days"), (7 * _DAY_LENGTH, "w wk week weeks"),
    )
    for word in words.split()
}  # fmt: skip


def _meant(timeframe: object, known: Iterable[str]) -> str:
    """' Did you mean ...?': of the same length ("60m", "60min", "M15"), else of a similar name."""
    found = _WRITTEN.fullmatch(timeframe) if isinstance(timeframe, str) else None
    if found and (unit := _UNITS.get((found[2] or found[3]).lower())):
        length = int(found[1] or found[4]) * unit
        for name, its_length in MICROSECONDS.items():
            if its_length == length:
                return f" Did you mean {name!r}?"
    return did_you_mean(timeframe, known)


def divides(shorter: str, longer: str) -> bool:
    """Whether bars of one timeframe can be put together from whole bars of another.

    >>> divides("5m", "30m"), divides("2h", "3h"), divides("1d", "1mo"), divides("1w", "1mo")
    (True, False, True, False)
    """
    part, whole = MICROSECONDS[check_timeframe(shorter)], MICROSECONDS[check_timeframe(longer)]
    return part == whole or (part <= DAY and whole % part == 0)
