"""Values on closed bars: each node over all bars at once, made when somebody asks and kept by what it is made of."""

from __future__ import annotations

import numpy as np

from btlab.indicators import library
from btlab.indicators.cache import VALUES, Arrays
from btlab.indicators.columns import Frames
from btlab.indicators.entry import Entry
from btlab.indicators.graph import Graph, GraphNode
from btlab.indicators.handle import Forming, Handle, Input


def values_of(graph: Graph, handle: Handle | int, frames: Frames) -> np.ndarray:
    """float64 (bars,): one output over the bars of its timeframe; read-only."""
    node = graph.node_of(handle)
    return outputs_of(graph, node, frames)[graph.place_of(handle) - node.first]


def outputs_of(graph: Graph, node: GraphNode, frames: Frames) -> Arrays:
    """All outputs of a node over the bars of its timeframe."""

    def make() -> Arrays:
        columns = [input_of(graph, node, one, frames) for one in node.inputs]
        finite = all(isinstance(one, str) and frames.is_finite(node.timeframe, one) for one in node.inputs)
        return tuple(calculate(node.entry, node.values, columns, finite))

    return VALUES.get(frames.owner, node.key, make)


def input_of(graph: Graph, node: GraphNode, one: Input, frames: Frames) -> np.ndarray:
    """float64 (bars of the node's timeframe,): what it reads; of another timeframe, the last value known as each bar ends."""
    if isinstance(one, str):
        return frames.column(node.timeframe, one)
    if isinstance(one, Forming):
        return forming_at_ends(graph, one, frames, node.timeframe)
    values = values_of(graph, one, frames)
    if one.timeframe == node.timeframe:
        return values
    about = one.key, "at the ends of", node.timeframe
    return VALUES.get(frames.owner, about, lambda: (at_ends(values, frames, one.timeframe, node.timeframe),))[0]


def at_ends(values: np.ndarray, frames: Frames, timeframe: str, other: str) -> np.ndarray:
    """Values of one timeframe as they stood when each bar of another ended: of the last bar that had closed by then."""
    closed = np.searchsorted(frames.ends(timeframe), frames.ends(other), side="right")
    return np.append(np.nan, values)[closed]


def forming_at_ends(graph: Graph, one: Forming, frames: Frames, other: str) -> np.ndarray:
    """An output with its running bar counted in, as it stood when each bar of another timeframe ended."""
    from btlab.indicators.streams.moments import outputs_at_ends

    node = graph.node_of(one.handle)
    about = node.key, "forming at the ends of", other
    outputs = VALUES.get(frames.owner, about, lambda: outputs_at_ends(graph, node, frames, other))
    return outputs[one.handle.place - node.first]


def calculate(entry: Entry, values: tuple[float, ...], columns: list[np.ndarray], finite: bool = False) -> list[np.ndarray]:
    """Each output over all bars; a bar with an input that is not finite is not there (`library` has the rule)."""
    if entry.origin == "talib":
        return library.batch(entry, values, columns, finite)
    from btlab.indicators.nodes import own
    from btlab.indicators.nodes.single import Single

    if entry.origin == "custom":
        from btlab.indicators import custom_runs

        return custom_runs.calculate(own()[entry.name], values, columns)  # type: ignore[arg-type]
    return list(Single(own()[entry.name], values).batch(columns))
