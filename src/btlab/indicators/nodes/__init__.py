"""Our own indicators, those that TA-Lib lacks: each module declares some with `contract.node`."""

from __future__ import annotations

from btlab.indicators.nodes.contract import NODES, Node


def own() -> dict[str, Node]:
    """All of them by name."""
    from btlab.indicators.nodes import statistics  # noqa: F401

    return NODES
