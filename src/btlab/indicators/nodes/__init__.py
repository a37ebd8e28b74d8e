"""Our own indicators, those that TA-Lib lacks: each module declares some with `contract.node`."""

from __future__ import annotations

from btlab.indicators.nodes.contract import NODES, Node


def own() -> dict[str, Node]:
    """All of them by name, and a user's own."""
    from btlab.indicators.nodes import (  # noqa: F401
        channels,
        cycles,
        levels,
        microstructure,
        oscillators,
        persistence,
        statistics,
        structure,
        trend,
        volatility,
        volume,
    )

    return NODES
