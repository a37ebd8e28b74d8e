"""Our own indicators, those that TA-Lib lacks: each module declares some with `contract.node`."""

from __future__ import annotations

from importlib import import_module

from btlab.indicators.nodes.contract import NODES, Node

MODULES: tuple[str, ...] = (
    "channels", "cycles", "levels", "microstructure", "oscillators", "persistence",
    "statistics", "structure", "trend", "volatility", "volume",
)  # fmt: skip


def own() -> dict[str, Node]:
    """All of them by name."""
    for module in MODULES:
        import_module(f"btlab.indicators.nodes.{module}")
    return NODES
