"""Timeframes: their names, their lengths in microseconds, and the order in which their closes are told."""

from __future__ import annotations

import numpy as np

from btlab.errors import TimeframeError, did_you_mean

TIMEFRAMES: tuple[str, ...] = ("1m", "5m", "15m", "1h", "4h", "1d")
"""The six of every run, finest first: the order in which closes that fall together are told."""

MICROSECONDS: dict[str, int] = {
    "1m": 60_000_000,
    "5m": 300_000_000,
    "15m": 900_000_000,
    "1h": 3_600_000_000,
    "4h": 14_400_000_000,
    "1d": 86_400_000_000,
}
"""Length of each. A day, and the last 4h bar of a day, may be shorter or longer where clocks change: see `calendar`."""

LENGTHS = np.array([MICROSECONDS[name] for name in TIMEFRAMES], np.int64)
LENGTHS.flags.writeable = False

MINUTE, DAY = MICROSECONDS["1m"], MICROSECONDS["1d"]


def index_of(timeframe: object) -> int:
    """Row of a timeframe among the six.

    Raises:
        TimeframeError: it is none of them; says which is nearest.

    >>> index_of("1h")
    3
    """
    try:
        return TIMEFRAMES.index(timeframe)
    except ValueError:
        raise TimeframeError(
            f"{timeframe!r} is not a timeframe.{did_you_mean(timeframe, TIMEFRAMES)}", timeframe=timeframe
        ) from None
