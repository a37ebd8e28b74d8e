"""How near the engine's floats are to the ledgers' Decimals. pytest.approx says the same and takes fifty times as long."""

from __future__ import annotations

from typing import Any

ABSOLUTE, RELATIVE = 1e-8, 1e-12


def near(ours: Any, theirs: Any) -> bool:
    """Equal to a hundred-millionth, absolute, or to 1e-12, relative; None equals None alone, a NaN nothing."""
    if theirs is None or ours is None:
        return ours is theirs
    theirs = float(theirs)
    return ours == theirs or abs(ours - theirs) <= max(ABSOLUTE, RELATIVE * abs(theirs))
