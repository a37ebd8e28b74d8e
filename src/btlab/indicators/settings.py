"""TA-Lib's settings, which are of the whole process: btlab's values are those of a library as it comes."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache, partial

from btlab.errors import IndicatorError

UNSTABLE: tuple[str, ...] = (
    "ADX", "ATR", "CMO", "DX", "EMA", "HA", "HT_DCPERIOD", "HT_DCPHASE", "HT_PHASOR", "HT_SINE", "HT_TRENDLINE", "HT_TRENDMODE",
    "KAMA", "MAMA", "MINUS_DI", "MINUS_DM", "NATR", "PLUS_DI", "PLUS_DM", "RMA", "RSI", "RVI", "T3",
)  # fmt: skip
"""Functions whose first values the library can be told to hold back."""

NUMBERS = 32
"""More than it has numbers for them."""


@cache
def _may_be_set() -> Callable[[], object]:
    """The question, asked of the library's own function by its number; where it does not show that, its names must tell.

    It is asked twice for every indicator of a run: the 23 names take 40 µs, their numbers 16 through ctypes and 1 compiled.
    """
    import ctypes

    from talib import _ta_lib

    function = getattr(ctypes.CDLL(_ta_lib.__file__), "TA_GetUnstablePeriod", None)
    if function is None:
        return lambda: True
    from btlab.indicators.streams.bridge import is_any_set

    return partial(is_any_set, ctypes.cast(function, ctypes.c_void_p).value, NUMBERS)


def check_settings() -> None:
    """That the library is set as it comes: its settings are of the whole process, and none of them is part of a key.

    Unstable periods alone can be set: 0.8 takes no compatibility with Metastock any more, and its Python has no public way to
    candle settings.

    Raises:
        IndicatorError: an unstable period was set.
    """
    import talib

    if not _may_be_set()():
        return
    for name in UNSTABLE:
        if period := talib.get_unstable_period(name):
            raise IndicatorError(
                f"TA-Lib holds back {period} values of {name} in this process, and btlab's are those of a library as it comes; "
                f"undo it with talib.set_unstable_period({name!r}, 0), and cut the first {period} values off where they shall go",
                name=name,
                period=period,
            )
