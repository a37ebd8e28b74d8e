"""Indicators of the catalogue as overlays: those that a strategy declared, and any other by name."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np

from btlab.errors import IndicatorError, WidgetError
from btlab.indicators.entry import Entry, Parameter
from btlab.market.series import Bars
from btlab.market.timeframe import MICROSECONDS, ROWS, TIMEFRAMES
from btlab.strategy.base import graph_of
from btlab.widgets.overlays.base import Overlay, Source
from btlab.widgets.overlays.shapes import Shape, band, dots, histogram, line

if TYPE_CHECKING:
    from btlab.indicators.graph import Graph, GraphNode
    from btlab.indicators.handle import Forming, Handle
    from btlab.session.result import Session

LEVELS: dict[str, tuple[float, ...]] = {
    **dict.fromkeys(("RSI", "CRSI", "IMI", "ULTOSC"), (30.0, 70.0)),
    **dict.fromkeys(("STOCH", "STOCHF", "STOCHRSI", "MFI", "KDJ", "LAGUERRE_RSI"), (20.0, 80.0)),
    **dict.fromkeys(("CCI",), (-100.0, 100.0)),
    **dict.fromkeys(("WILLR",), (-80.0, -20.0)),
    **dict.fromkeys(("CMO",), (-50.0, 50.0)),
    **dict.fromkeys(("ADX", "ADXR", "DX"), (25.0,)),
}
"""Where traders look: the usual overbought and oversold of oscillators with a fixed range."""


class Indicator(Overlay):
    """One indicator of the catalogue, on closed bars; `indicator` makes them.

    One of bars that no panel shows (30m, 2h, 1w) stands in steps in the next finer panel, each value from when it was known.

    Attributes:
        entry: what the catalogue says of it.
        input: what it reads, where it reads any series: columns by name, or others of these.
        output, forming: which of its outputs is read where it is such an input, and whether with its running bar counted in.
    """

    def __init__(self, entry: Entry, timeframe: str, input: Any, values: tuple[float, ...], pane: str) -> None:
        self.entry, self.input, self.pane = entry, input, pane
        self.timeframe, self._values = timeframe, values
        self.output, self.forming = 0, False
        self.levels = LEVELS.get(entry.name, ())  # type: ignore[misc]

    @property
    def name(self) -> str:
        return self.entry.name

    @property
    def parameters(self) -> tuple[Parameter, ...]:
        return tuple(one for one in self.entry.parameters if not one.moment)

    @property
    def values(self) -> dict[str, float]:
        return dict(zip((one.name for one in self.entry.parameters), self._values))

    @property
    def title(self) -> str:
        values = self.values
        told = (one for one in self.parameters if not one.choices or values[one.name] != one.default)
        shown = " ".join(one.shown(values[one.name]) for one in told)
        read = self.input if isinstance(self.input, str) else ""
        if isinstance(self.input, Indicator):
            read = f"{'forming ' if self.input.forming else ''}{self.input.title}"
        return f"{self.name} {shown}".strip() + (f" of {read}" if read and read != "close" else "")

    def changed(self, values: dict[str, float]) -> Indicator:
        try:
            given = self.entry.given({**self.values, **values})
        except IndicatorError as error:
            raise WidgetError(error.message, **error.details) from None
        other = Indicator(self.entry, str(self.timeframe), self.input, given, self.pane)
        other.output, other.forming = self.output, self.forming
        return other

    def shapes(self, source: Source) -> list[Shape]:
        from btlab.indicators.columns import Frames
        from btlab.indicators.graph import Graph
        from btlab.indicators.values import outputs_of

        graph, timeline, timeframe = Graph(), source.session.timeline, self.read_on(source.timeframe)
        handle = self.put_into(graph, source.timeframe)[0]
        outputs = outputs_of(graph, graph.node_of(handle), Frames(source.session.data, timeline))
        if timeframe == source.timeframe:
            return list(self.styled(outputs, source.bars))
        known = np.searchsorted(timeline.end[timeline.rows(timeframe)], source.ends, side="right")
        return [_in_steps(shape, known) for shape in self.styled(outputs, timeline.bars(timeframe))]

    def styled(self, outputs: tuple[np.ndarray, ...], bars: Bars) -> Iterator[Shape]:
        """Its outputs on bars as the shapes that the catalogue has for them."""
        return _styled(self.entry, outputs, bars)

    def timeframes(self, own: str) -> tuple[str, ...]:
        named = str(self.timeframe)
        if named in TIMEFRAMES or named not in ROWS:
            return super().timeframes(own)
        return (max((one for one in TIMEFRAMES if MICROSECONDS[one] < MICROSECONDS[named]), key=TIMEFRAMES.index),)

    def read_on(self, panel: str) -> str:
        return str(self.timeframe or panel)

    def put_into(self, graph: Graph, timeframe: str) -> tuple[Handle, ...]:
        """Its node in a graph, with those that it reads."""
        return graph.add(self.name, timeframe=str(self.timeframe or timeframe), input=self._read(graph, timeframe), **self.values)

    def _read(self, graph: Graph, timeframe: str) -> Any:
        inputs = self.input if isinstance(self.input, tuple) else (self.input,)
        read = [one.as_input(graph, timeframe) if isinstance(one, Indicator) else one for one in inputs]
        return None if self.input is None else tuple(read)

    def as_input(self, graph: Graph, timeframe: str) -> Handle | Forming:
        """What another reads of it."""
        handle = self.put_into(graph, timeframe)[self.output]
        return handle.forming if self.forming else handle


def indicator(name: str, *, timeframe: str = "", input: Any = None, pane: str | None = None, **parameters: Any) -> Indicator:
    """An indicator of the catalogue, drawn where the catalogue says: over the prices, or in a pane beneath.

    Args:
        name: one of `bt.list_indicators()`, or a `bt.custom_indicator`.
        timeframe: whose panel and bars; the strategy's first by default. Of bars that no panel shows, and that the strategy
            names among its timeframes, the next finer panel has it in steps.
        input: for an indicator of any series: a column ("close", "hl2"), another of these, or a tuple of such.
        pane: "price", or the name of a pane; by default as the catalogue says, or with its input where that is an indicator.
        parameters: as the table names them.

    Raises:
        IndicatorError: an unknown indicator, parameter or input, or a value out of its range.

    >>> indicator("RSI", timeframe="1h", timeperiod=9).title
    'RSI 9'
    >>> indicator("EMA", input=indicator("RSI"), timeperiod=5).title
    'EMA 5 of RSI 14'
    """
    from btlab.indicators.catalogue import entry_of
    from btlab.indicators.graph import Graph

    entry = entry_of(name)
    made = Indicator(entry, timeframe, input, entry.given(parameters), _pane(entry, input) if pane is None else pane)
    made.put_into(Graph(), timeframe or "1m")
    return made


def declared(session: Session) -> list[Indicator]:
    """The indicators a strategy asked for in `init`."""
    graph, made = graph_of(session.strategy), dict[str, Indicator]()
    for key, node in graph.nodes.items():
        made[key] = _of_node(graph, node, made)
    return list(made.values())


def _of_node(graph: Graph, node: GraphNode, made: dict[str, Indicator]) -> Indicator:
    from btlab.indicators.entry import FREE_INPUTS

    read: list[Any] = []
    for named, one in zip(node.entry.inputs, node.inputs):
        if named in FREE_INPUTS:
            read.append(one if isinstance(one, str) else _output(made, graph, one))
    given = tuple(read) if len(read) > 1 else read[0] if read else None
    return Indicator(node.entry, node.timeframe, given, node.values, _pane(node.entry, given))


def _output(made: dict[str, Indicator], graph: Graph, one: Handle | Forming) -> Indicator:
    """An indicator as an input: which of its outputs is read."""
    from btlab.indicators.handle import Forming

    handle = one.handle if isinstance(one, Forming) else one
    node = graph.node_of(handle)
    read = made[node.key].changed({})
    read.output, read.forming = graph.place_of(handle) - node.first, isinstance(one, Forming)
    return read


def _pane(entry: Entry, input: Any) -> str:
    """Over the prices, with what it reads, or in a pane of its own."""
    read = [one for one in (input if isinstance(input, tuple) else (input,)) if isinstance(one, Indicator)]
    if read and entry.overlay:
        return read[0].pane or read[0].title
    return "price" if entry.overlay else ""


def _styled(entry: Entry, outputs: tuple[np.ndarray, ...], bars: Bars) -> Iterator[Shape]:
    named = len(outputs) > 1
    styles = [output.style for output in entry.outputs]
    channel = "upper" in styles and "lower" in styles
    if channel:
        yield band(outputs[styles.index("upper")], outputs[styles.index("lower")], name="band", colour="violet")
    for output, column in zip(entry.outputs, outputs):
        name = output.name if named else ""
        if output.style == "histogram":
            yield histogram(column, name=name)
        elif output.style == "pattern":
            yield dots(np.where(column > 0, bars.low, np.nan), mark="up", name="bullish", colour="up", size=3.5)
            yield dots(np.where(column < 0, bars.high, np.nan), mark="down", name="bearish", colour="down", size=3.5)
        elif output.style not in ("upper", "lower"):
            yield line(column, name=name, colour="violet" if channel else "")


def _in_steps(shape: Shape, known: np.ndarray) -> Shape:
    """A shape of longer bars on those of a finer panel; `known` counts, for each of these, how many of the longer have ended."""
    columns = [np.append(np.nan, column)[known] for column in shape.columns]
    if shape.kind == "dots":
        columns = [np.where(np.diff(known, prepend=0) > 0, column, np.nan) for column in columns]
    return replace(shape, kind="step" if shape.kind == "line" else shape.kind, columns=tuple(columns))
