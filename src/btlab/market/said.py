"""Numbers that a user says: Python's own or numpy's, and nothing that only looks like one. True is none, nor is a text."""

from __future__ import annotations

import math
from numbers import Real
from typing import Any

import numpy as np


def finite(value: Any) -> float | None:
    """The number as Python's own; None where it is none, not finite, or too large for a float.

    >>> finite(30), finite(np.int64(30)), finite(True), finite("30"), finite(math.nan), finite(10**400)
    (30, 30.0, None, None, None, None)
    """
    if isinstance(value, bool) or not isinstance(value, Real):
        return None
    number: Any = value
    try:
        if not math.isfinite(number):
            return None
    except OverflowError:
        return None
    return number if type(number) in (int, float) else float(number)


def whole(value: Any) -> int | None:
    """The whole number as Python's own; None where it is none: a float is not, whatever it holds.

    >>> whole(3), whole(np.int8(3)), whole(True), whole(3.0), whole("3")
    (3, 3, None, None, None)
    """
    return int(value) if isinstance(value, int | np.integer) and not isinstance(value, bool) else None


def plain(value: Any) -> Any:
    """A finite number as Python's own, whatever else as it is: for whoever checks it next, and names it as it was said.

    >>> plain(np.int8(3)), plain(np.float32(0.5)), plain("3")
    (3, 0.5, '3')
    """
    for number in (whole(value), finite(value)):
        if number is not None:
            return number
    return value
