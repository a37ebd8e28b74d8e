"""The graph as a picture: what reads bars at the left, what reads that further right; one block for each timeframe."""

from __future__ import annotations

from html import escape
from typing import NamedTuple

from btlab.indicators.graph import Graph, GraphNode
from btlab.indicators.handle import Forming, Handle
from btlab.market.timeframe import MICROSECONDS

WIDTH, HEIGHT, GAP, STEP, MARGIN = 240, 44, 120, 58, 16
LETTER = 6.9  # px a letter of 11 px takes


class Box(NamedTuple):
    """Where a node stands, px."""

    left: int
    top: int


def places(graph: Graph) -> dict[str, Box]:
    """A box for each node: its depth says how far right, its timeframe how far down."""
    made: dict[str, Box] = {}
    top = MARGIN + 20
    for timeframe in sorted({node.timeframe for node in graph.nodes.values()}, key=lambda name: MICROSECONDS[name]):
        depth: dict[int, int] = {}
        for node in graph.nodes.values():
            if node.timeframe == timeframe:
                row = depth[node.depth] = depth.get(node.depth, -1) + 1
                made[node.key] = Box(MARGIN + node.depth * (WIDTH + GAP), top + row * STEP)
        top += (max(depth.values()) + 1) * STEP + 28
    return made


def svg(graph: Graph) -> str:
    """The picture as SVG, in the colour of the text around it."""
    boxes = places(graph)
    width = max((box.left for box in boxes.values()), default=0) + WIDTH + MARGIN
    height = max((box.top for box in boxes.values()), default=0) + HEIGHT + MARGIN
    ports = _ports(graph)
    lines = [line for node in graph.nodes.values() for line in _lines(graph, node, boxes, ports)]
    drawn = [part for node in graph.nodes.values() for part in _box(node, boxes[node.key])]
    heads = _timeframes(graph, boxes)
    style = "font:11px system-ui,sans-serif;color:inherit;max-width:100%;height:auto"
    head = f'<svg xmlns="http://www.w3.org/2000/svg" width="{width}" height="{height}" viewBox="0 0 {width} {height}"'
    return "\n".join([f'{head} role="img" aria-label="{escape(text(graph))}" style="{style}">', *lines, *heads, *drawn, "</svg>"])


def text(graph: Graph) -> str:
    """The same in words: a line for each node."""
    return "\n".join(
        f"{node.timeframe:>4} {'  ' * node.depth}{node.label} of {_read(graph, node)}, {node.warmup} bars of warm-up"
        for node in graph.nodes.values()
    )


def _read(graph: Graph, node: GraphNode) -> str:
    return ", ".join(one if isinstance(one, str) else _called(graph, one) for one in node.inputs)


def _called(graph: Graph, one: Handle | Forming) -> str:
    if isinstance(one, Forming):
        return f"forming {_called(graph, one.handle)}"
    return f"{one.timeframe} {graph.node_of(one).label}"


def _timeframes(graph: Graph, boxes: dict[str, Box]) -> list[str]:
    tops: dict[str, int] = {}
    for node in graph.nodes.values():
        tops[node.timeframe] = min(tops.get(node.timeframe, 1 << 30), boxes[node.key].top)
    return [
        f'<text x="{MARGIN}" y="{top - 8}" fill="currentColor" font-weight="600">{timeframe}</text>'
        for timeframe, top in tops.items()
    ]


def _box(node: GraphNode, box: Box) -> list[str]:
    columns = [one for one in node.inputs if isinstance(one, str)]
    below = ", ".join([*columns, f"warm-up {node.warmup}"])
    rows = ((f"{node.label}", 18, ""), (below, 34, ' opacity="0.65"'))
    return [
        f"<g><title>{escape(node.key)}</title>",
        f'<rect x="{box.left}" y="{box.top}" width="{WIDTH}" height="{HEIGHT}" rx="6" fill="none" stroke="currentColor"/>',
        *(
            f'<text x="{box.left + 10}" y="{box.top + down}" fill="currentColor"{more}>{escape(_short(words))}</text>'
            for words, down, more in rows
        ),
        "</g>",
    ]


def _short(words: str) -> str:
    most = int((WIDTH - 20) / LETTER)
    return words if len(words) <= most else words[: most - 1] + "…"


def _ports(graph: Graph) -> dict[str, list[str]]:
    """What is read of each node: outputs by name where there are several, "forming" where its running bar counts."""
    found: dict[str, list[str]] = {key: [] for key in graph.nodes}
    for node in graph.nodes.values():
        for one in node.inputs:
            if not isinstance(one, str) and _port(graph, one)[1] not in found[_port(graph, one)[0]]:
                found[_port(graph, one)[0]].append(_port(graph, one)[1])
    return found


def _port(graph: Graph, one: Handle | Forming) -> tuple[str, str]:
    """The node that is read, and what of it."""
    handle = one.handle if isinstance(one, Forming) else one
    key = graph.node_of(handle).key
    output = handle.key[len(key) :].removeprefix("#")
    return key, f"{'forming ' if isinstance(one, Forming) else ''}{output}".strip()


def _lines(graph: Graph, node: GraphNode, boxes: dict[str, Box], ports: dict[str, list[str]]) -> list[str]:
    made, read = [], [one for one in node.inputs if not isinstance(one, str)]
    for k, one in enumerate(read):
        key, name = _port(graph, one)
        x, y = boxes[key].left + WIDTH, boxes[key].top + _part(ports[key].index(name), len(ports[key]))
        u, v = boxes[node.key].left, boxes[node.key].top + _part(k, len(read))
        other = "" if graph.nodes[key].timeframe == node.timeframe else ' stroke-dasharray="4 3"'
        bend = f"M{x} {y}C{x + GAP // 2} {y} {u - GAP // 2} {v} {u} {v}"
        made.append(f'<path d="{bend}" fill="none" stroke="currentColor" opacity="0.6"{other}/>')
        if name:
            made.append(f'<text x="{x + 6}" y="{y - 3}" fill="currentColor" opacity="0.65">{escape(name)}</text>')
    return made


def _part(k: int, count: int) -> int:
    """How far down a box the k-th of some lines meets it."""
    return HEIGHT * (k + 1) // (count + 1)
