"""The graph of indicators: each exists once however many ask, and knows what it reads.

A node's key says all there is to say: `1h/EMA(timeperiod=9)[1h/RSI(timeperiod=14)[close]]`. Nodes stand in the order in which
they must be calculated: an input has to be there before what reads it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from graphlib import CycleError, TopologicalSorter
from typing import Any

from btlab.errors import IndicatorError, counted, did_you_mean
from btlab.indicators import library
from btlab.indicators.catalogue import entry_of
from btlab.indicators.columns import check_column
from btlab.indicators.entry import FREE_INPUTS, Entry
from btlab.indicators.handle import TAG, Forming, Handle, Input, read_of
from btlab.market.timeframe import check_timeframe


@dataclass(frozen=True)
class GraphNode:
    """An indicator on one timeframe, with its parameters and inputs.

    Attributes:
        key: see above.
        entry: what the catalogue says of it.
        values: its parameters, in order.
        timeframe: of its bars.
        inputs: columns of the bar by name, or outputs of other nodes, in order.
        first: the place of its first output.
        lookback: bars before its first value, were its inputs there from the beginning.
        warmup: bars before its first value, counted from the chain's beginning; inputs of other timeframes come on top.
        depth: 0 where it reads nothing but bars.
    """

    key: str
    entry: Entry
    values: tuple[float, ...]
    timeframe: str
    inputs: tuple[Input, ...]
    first: int
    lookback: int
    warmup: int
    depth: int

    @property
    def label(self) -> str:
        """Name and parameters, as people write them."""
        given = ", ".join(f"{one.name}={one.shown(value)}" for one, value in zip(self.entry.parameters, self.values))
        return f"{self.entry.name}({given})" if given else self.entry.name

    @property
    def read(self) -> tuple[Handle, ...]:
        """The outputs of other nodes that it reads."""
        return read_of(self.inputs)

    @property
    def read_running(self) -> tuple[Handle, ...]:
        """Those whose running bar counts: of its own timeframe, and those that are asked for forming."""
        return tuple(
            one.handle if isinstance(one, Forming) else one
            for one in self.inputs
            if isinstance(one, Forming) or (isinstance(one, Handle) and one.timeframe == self.timeframe)
        )


class Graph:
    """Indicators in the order in which they are calculated.

    Attributes:
        nodes: by key; handles: all outputs, in order; frozen: nothing more is taken.

    >>> graph = Graph()
    >>> trend = graph.add("RSI", timeframe="1h", timeperiod=14)[0]
    >>> graph.add("EMA", timeframe="1h", input=trend, timeperiod=9)
    (<1h/EMA(timeperiod=9.0)[1h/RSI(timeperiod=14.0)[close]]>,)
    >>> graph.warmup()
    {'1h': 22}
    """

    def __init__(self) -> None:
        self.frozen = False
        self.nodes: dict[str, GraphNode] = {}
        self.handles: list[Handle] = []
        self._owners: list[str] = []

    def __len__(self) -> int:
        return len(self.nodes)

    def node_of(self, handle: Handle | int) -> GraphNode:
        """The node that an output belongs to.

        Raises:
            IndicatorError: there is no such output.
        """
        return self.nodes[self._owners[self.place_of(handle)]]

    def place_of(self, handle: Handle | int) -> int:
        """The place of an output among all, from 0.

        Raises:
            IndicatorError: there is no such output.
        """
        if not 0 <= int(handle) - TAG < len(self.handles):
            raise IndicatorError(f"{handle!r} is no handle of this graph; it has {len(self.handles)} outputs", handle=handle)
        return int(handle) - TAG

    def __repr__(self) -> str:
        from btlab.indicators.picture import text

        return text(self) or "no indicators"

    def _repr_svg_(self) -> str:
        return self.svg()

    def svg(self) -> str:
        """A picture: each node with its parameters, inputs and warm-up, dashed lines between timeframes."""
        from btlab.indicators.picture import svg

        return svg(self)

    def add(self, name: str, *, timeframe: str, input: Any = None, **parameters: Any) -> tuple[Handle, ...]:
        """A handle for each output of an indicator; the node is made where it was not there before.

        Args:
            name: of the catalogue.
            timeframe: of the bars it is calculated on.
            input: for an indicator of any series: a column or mean of prices ("close", "hl2"), a handle, or a tuple of as many as
                it reads. A handle of another timeframe gives its bars that have closed by the end of each bar; `handle.forming`
                counts its running bar in.
            parameters: by name; the catalogue's defaults for the rest.

        Raises:
            IndicatorError: an unknown indicator, parameter or input, or a value that it cannot take.
        """
        if self.frozen:
            raise IndicatorError(f"{name} is asked for when the run has begun; ask for indicators in init", name=name)
        entry = entry_of(name)
        check_timeframe(timeframe)
        values, inputs = entry.given(parameters), self._inputs(entry, input, timeframe)
        key = _key(entry, timeframe, values, inputs)
        if key not in self.nodes:
            self._make(key, entry, timeframe, values, inputs)
        first = self.nodes[key].first
        return tuple(self.handles[first : first + len(entry.outputs)])

    def add_all(self, named: Mapping[str, Mapping[str, Any]], *, timeframe: str) -> dict[str, tuple[Handle, ...]]:
        """Several indicators that may name each other as inputs, in any order; "macd.macdsignal" is one output of several,
        "trend.forming" and "macd.macdsignal.forming" what another timeframe's running bar would give.

        Args:
            named: name -> {"indicator": ..., "input": ..., "timeframe": ..., and parameters}.
            timeframe: where none is named.

        Raises:
            IndicatorError: a circle, which is named, or whatever `add` refuses.

        >>> made = Graph().add_all({"a": {"indicator": "EMA", "input": "b"}, "b": {"indicator": "RSI"}}, timeframe="5m")
        >>> made["a"]
        (<5m/EMA(timeperiod=30.0)[5m/RSI(timeperiod=14.0)[close]]>,)
        """
        reads = {
            name: {_owner(one) for one in _listed(about.get("input")) if _owner(one) in named} for name, about in named.items()
        }
        try:
            order = list(TopologicalSorter(reads).static_order())
        except CycleError as circle:
            raise IndicatorError(
                f"a circle of inputs: {' reads '.join(reversed(circle.args[1]))}", circle=circle.args[1]
            ) from None
        made: dict[str, tuple[Handle, ...]] = {}
        for name in order:
            about = {"timeframe": timeframe} | dict(named[name])
            if "indicator" not in about:
                raise IndicatorError(f"{name}: which indicator? write {{'indicator': 'RSI', ...}}", name=name)
            inputs = tuple(self._named(one, made) for one in _listed(about.pop("input", None)))
            made[name] = self.add(about.pop("indicator"), input=inputs or None, **about)
        return made

    def warmup(self) -> dict[str, int]:
        """Bars of each timeframe before every indicator on it has its first value."""
        bars: dict[str, int] = {}
        for node in self.nodes.values():
            bars[node.timeframe] = max(bars.get(node.timeframe, 0), node.warmup)
        return bars

    def _make(self, key: str, entry: Entry, timeframe: str, values: tuple[float, ...], inputs: tuple[Input, ...]) -> None:
        lookback, first, read = _lookback(entry, values), len(self.handles), read_of(inputs)
        warmup = lookback + max((one.warmup for one in read if one.timeframe == timeframe), default=0)
        depth = 1 + max((self.node_of(one).depth for one in read), default=-1)
        self.nodes[key] = GraphNode(key, entry, values, timeframe, inputs, first, lookback, warmup, depth)
        for k, output in enumerate(entry.outputs):
            name = key if len(entry.outputs) == 1 else f"{key}#{output.name}"
            self.handles.append(Handle(TAG + first + k, name, timeframe, warmup))
            self._owners.append(key)

    def _inputs(self, entry: Entry, given: Any, timeframe: str) -> tuple[Input, ...]:
        free = [k for k, one in enumerate(entry.inputs) if one in FREE_INPUTS]
        listed = _listed(given)
        if len(listed) > len(free):
            takes = f"takes {len(free)}" if free else f"reads {', '.join(entry.inputs)} of the bars, and takes none"
            way = "; of an indicator's several outputs name one: input=macd[0]" if free and isinstance(listed[0], Handle) else ""
            raise IndicatorError(f"{entry.name} is given {counted(len(listed), 'input')} and {takes}{way}", name=entry.name)
        inputs: list[Input] = list(entry.defaults)
        for k, one in zip(free, listed):
            inputs[k] = self._input(one, timeframe)
        if "" in inputs:
            name = entry.inputs[inputs.index("")]
            raise IndicatorError(
                f"{entry.name} wants a series for {name}: input=({', '.join(['...'] * len(free))})", name=entry.name
            )
        return tuple(inputs)

    def _input(self, one: Any, timeframe: str) -> Input:
        if isinstance(one, Forming):
            handle = self._input(one.handle, timeframe)
            return handle if one.handle.timeframe == timeframe else one  # of its own timeframe the same bar is read anyway
        if isinstance(one, Handle):
            if self.handles[self.place_of(one)] is one:
                return one
            raise IndicatorError(f"{one!r} is a handle of another graph", handle=one)
        return check_column(one)

    def _named(self, one: Any, made: Mapping[str, tuple[Handle, ...]]) -> Any:
        owner, _, output = one.partition(".") if isinstance(one, str) else (one, "", "")
        if owner not in made:
            return one
        names = self.node_of(made[owner][0]).entry.output_names
        forming = output.split(".")[-1] == "forming"
        name = output.removesuffix("forming").removesuffix(".") if forming else output
        if name and name not in names:
            raise IndicatorError(f"{owner} has no output {name!r}.{did_you_mean(name, (*names, 'forming'))}", name=one)
        handle = made[owner][names.index(name) if name else 0]
        return handle.forming if forming else handle


def _listed(given: Any) -> tuple[Any, ...]:
    """None, one or several, as several; what one indicator gives stands for its first output."""
    if given is None:
        return ()
    return tuple(given) if isinstance(given, tuple | list) else (given,)


def _owner(one: Any) -> Any:
    return one.partition(".")[0] if isinstance(one, str) else one


def _key(entry: Entry, timeframe: str, values: tuple[float, ...], inputs: tuple[Input, ...]) -> str:
    given = ", ".join(f"{one.name}={value!r}" for one, value in zip(entry.parameters, values))
    read = ", ".join(one if isinstance(one, str) else one.key for one in inputs)
    return f"{timeframe}/{entry.name}{entry.token}({given})[{read}]"


def _lookback(entry: Entry, values: tuple[float, ...]) -> int:
    if entry.origin == "talib":
        return library.lookback_of(entry, values)
    from btlab.indicators.nodes import own

    return int(own()[entry.name].lookback(*values))
