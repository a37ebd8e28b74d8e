"""Values on running bars: TA-Lib's C streams and our own nodes, called by address, one table in the graph's order."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from btlab.indicators.columns import Frames
from btlab.indicators.graph import Graph, GraphNode
from btlab.indicators.handle import Handle

if TYPE_CHECKING:
    from btlab.indicators.streams.driver import Driver
    from btlab.indicators.streams.handles import PythonDriver

COMPILED, PYTHON = (
    "C streams, called by address from compiled code",
    "Python handles of TA-Lib (its streams are not exported here)",
)


def path() -> str:
    """In which of the two ways running bars are valued on this machine."""
    from btlab.indicators.streams import bridge

    return PYTHON if bridge.addresses("SMA") is None else COMPILED


def driver_of(
    graph: Graph, frames: Frames, handles: Sequence[Handle | int], counts: np.ndarray | None = None
) -> Driver | PythonDriver:
    """What values the running bars of a graph's outputs; both ways give the same bits.

    Python's, where streams are not exported, and where one of a user's own that is wanted runs interpreted.
    """
    from btlab.indicators.streams.driver import needed

    if path() == PYTHON or any(_interpreted(node) for node in needed(graph, handles)):
        from btlab.indicators.streams.handles import PythonDriver

        return PythonDriver(graph, frames, handles, counts)
    from btlab.indicators.streams.driver import Driver

    return Driver(graph, frames, handles, counts)


def _interpreted(node: GraphNode) -> bool:
    if node.entry.origin != "custom":
        return False
    from btlab.indicators.custom_code import CustomNode
    from btlab.indicators.nodes import own

    declared = own()[node.entry.name]
    return isinstance(declared, CustomNode) and bool(declared.why_interpreted)
