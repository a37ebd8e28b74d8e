"""Numbers that a user says: Python's own or numpy's, and nothing that only looks like one."""

from __future__ import annotations

import math
from numbers import Real
from typing import Any


def finite(value: Any) -> float | None:
    """The number as Python's own; None where it is none, or not finite. True is no number, a text neither.

    >>> import numpy as np
    >>> finite(30), finite(np.int64(30)), finite(True), finite("30"), finite(math.nan)
    (30, 30.0, None, None, None)
    """
    if isinstance(value, bool) or not isinstance(value, Real) or not math.isfinite(value):
        return None
    number: Any = value
    return number if type(number) in (int, float) else float(number)
