"""What overlays say with the running bar counted in, as it is at a tick. The page itself has the values of closed bars only."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np

from btlab.indicators.columns import Frames
from btlab.indicators.graph import Graph
from btlab.market.series import Bars
from btlab.market.state import FormingBar, MultiTimeframe, State
from btlab.market.timeframe import TIMEFRAMES
from btlab.session.indicators_then import PRICES, running_values
from btlab.session.result import Session
from btlab.widgets.overlays.base import Source
from btlab.widgets.overlays.drawing import draw
from btlab.widgets.overlays.indicators import Indicator
from btlab.widgets.overlays.layers import Layer
from btlab.widgets.overlays.shapes import Shape


def running(session: Session, layers: Iterable[Layer], tick: int) -> list[list[float]]:
    """For each layer a value of each of its columns, NaN where there is none: no bar runs, or too few came before.

    Raises:
        WidgetError: an overlay's own code fails on those bars.
    """
    layers, then = list(layers), MultiTimeframe.of(session.data, session.timeline).at(tick)
    outputs = _outputs(session, layers, then)
    made = []
    for layer in layers:
        overlay, panel = layer.overlay, TIMEFRAMES[layer.row]
        bar = then.forming(overlay.read_on(panel))
        shapes: tuple[Shape, ...] = ()
        if bar is not None and isinstance(overlay, Indicator):
            shapes = tuple(overlay.styled(outputs[id(layer)], _bar(bar, panel, session.symbol)))
        elif bar is not None:
            shapes = draw(overlay, _source(session, panel, then, bar))
        made.append(_last(shapes, layer))
    return made


def _outputs(session: Session, layers: list[Layer], then: State) -> dict[int, tuple[np.ndarray, ...]]:
    """What the catalogue's indicators give, all of them in one graph; by the layer's identity."""
    graph = Graph()
    handles = {
        id(layer): layer.overlay.put_into(graph, TIMEFRAMES[layer.row])
        for layer in layers
        if isinstance(layer.overlay, Indicator)
    }
    values = running_values(graph, Frames(session.data, session.timeline), then) if handles else []
    return {layer: tuple(np.array([values[handle.place]]) for handle in given) for layer, given in handles.items()}


def _source(session: Session, panel: str, then: State, bar: FormingBar) -> Source:
    """The bars that have closed, and the one that runs."""
    timeline = session.timeline
    closed, newest = timeline.bars(panel)[: len(then.completed(panel))], _bar(bar, panel, session.symbol)
    columns = [np.append(getattr(closed, name), getattr(newest, name)) for name in ("time", *PRICES)]
    time, open_, high, low, close, volume = columns
    bars = Bars(time, open_, high, low, close, volume, panel, session.symbol)
    return Source(session, panel, bars, timeline.end[timeline.rows(panel)][: len(bars)])


def _bar(bar: FormingBar, timeframe: str, symbol: str) -> Bars:
    open_, high, low, close, volume = (np.array([getattr(bar, name)]) for name in PRICES)
    return Bars(np.array([bar.time], np.int64), open_, high, low, close, volume, timeframe, symbol)


def _last(shapes: tuple[Shape, ...], layer: Layer) -> list[float]:
    found = [float(column[-1]) for shape in shapes for column in shape.columns]
    return found or [np.nan] * sum(len(shape.columns) for shape in layer.shapes)
