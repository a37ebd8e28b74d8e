"""How good stored data are: gaps by the calendar, odd rows, days against what is usual."""

from __future__ import annotations

from btlab.data.quality.gaps import GAP_KINDS
from btlab.data.quality.issues import KINDS
from btlab.data.quality.result import Quality

__all__ = ["GAP_KINDS", "KINDS", "Quality"]
