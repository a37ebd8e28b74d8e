"""Strategy: parameters as annotated class attributes, state set in `init`, and methods the clock calls."""

from __future__ import annotations

import inspect
import operator
import weakref
from typing import TYPE_CHECKING, Any, ClassVar

from btlab.errors import ParameterError, did_you_mean
from btlab.market.timeframe import index_of

if TYPE_CHECKING:
    from btlab.indicators.graph import Graph

HANDLERS = ("on_start", "on_bar", "on_tick", "on_fill", "on_end")
KINDS = (bool, int, float, str)


class Strategy:
    """What to do, and when. Subclass it, declare parameters with annotations, override what you want to be told.

    Class attribute `timeframe` names the bars whose closes are told to `on_bar`: one, or a tuple of several; `ctx` reads those
    and the six of `bt.TIMEFRAMES`. Any from "1m" to "1mo" will do ("30m", "2h", "1w"), on bars any multiple of theirs.

    Parameters are int, float, bool or str; state set in `init` may be of those kinds or numpy arrays. A compiled run sees just
    these; an interpreted one may hold anything.

    Raises:
        ParameterError: a name that is no parameter, or a value of another kind.

    >>> class Breakout(Strategy):
    ...     timeframe = "5m"
    ...     lookback: int = 20
    ...     def on_bar(self, ctx):
    ...         if ctx.close("5m") > ctx.highest("5m", self.lookback, back=1):
    ...             ctx.buy(fraction=0.5, stop_loss=ctx.bid - 0.0010)
    >>> Breakout(lookback=30).parameters()
    {'lookback': 30}
    """

    timeframe: ClassVar[Any] = "1m"

    def __init__(self, **parameters: Any) -> None:
        declared = type(self).declared()
        for name in parameters:
            if name not in declared:
                raise ParameterError(f"{type(self).__name__} has no parameter {name!r}.{did_you_mean(name, declared)}", name=name)
        for name, kind in declared.items():
            if name not in parameters and not hasattr(type(self), name):
                raise ParameterError(f"{type(self).__name__} wants a value for {name!r}, which has no default", name=name)
            value = parameters[name] if name in parameters else getattr(type(self), name)
            setattr(self, name, _as_kind(type(self).__name__, name, kind, value))
        for timeframe in self.timeframes():
            index_of(timeframe)

    @classmethod
    def declared(cls) -> dict[str, type]:
        """Names and kinds of the parameters, base classes first."""
        found: dict[str, type] = {}
        for kind in reversed(cls.__mro__[: cls.__mro__.index(Strategy)]):
            for name, annotation in inspect.get_annotations(kind, eval_str=True).items():
                if annotation in KINDS:
                    found[name] = annotation
                elif getattr(annotation, "__origin__", annotation) is not ClassVar:
                    raise ParameterError(
                        f"{kind.__name__}.{name} is annotated {annotation!r}; a parameter is an int, float, bool or str",
                        name=name,
                    )
        return found

    def parameters(self) -> dict[str, Any]:
        """The parameters' values by name."""
        return {name: getattr(self, name) for name in type(self).declared()}

    def timeframes(self) -> tuple[str, ...]:
        """The subscribed timeframes, as written."""
        if isinstance(self.timeframe, tuple | list) and self.timeframe:
            return tuple(self.timeframe)
        return (self.timeframe,)

    def handlers(self) -> tuple[str, ...]:
        """Which of the methods that the clock calls are there."""
        return tuple(name for name in HANDLERS if getattr(type(self), name) is not getattr(Strategy, name))

    def indicator(self, name: str, *unnamed: Any, timeframe: str | None = None, input: Any = None, **parameters: Any) -> Any:
        """An indicator for `ctx.value`, `ctx.forming_value`, `ctx.crossed_above` and `ctx.crossed_below`; asked for in `init`.

        Args:
            name: one of `bt.list_indicators()`, or a `bt.custom_indicator`.
            timeframe: of the bars it is calculated on; that of its input where that is another indicator, else the strategy's
                first.
            input: for an indicator of any series: a column of the bar ("close", "hl2" ...), what another call of this gave, or a
                tuple of them. One of another timeframe is read as it stood when each bar closed, of bars that had closed by
                then; `trend.forming` instead of `trend` counts the one that ran in.
            unnamed: nothing; refused, with the parameters' names.
            parameters: by name, as the table has them.

        Returns:
            What `ctx` reads it by; a tuple where the indicator has several outputs.

        Raises:
            IndicatorError: an unknown name, parameter or input, or a value out of its range.
        """
        from btlab.indicators.catalogue import entry_of
        from btlab.indicators.handle import Handle

        if unnamed:
            entry_of(name).refuse_unnamed(unnamed)
        first = input[0] if isinstance(input, tuple | list) and input else input
        own = first.timeframe if isinstance(first, Handle) else self.timeframes()[0]
        handles = graph_of(self).add(name, timeframe=timeframe or own, input=input, **parameters)
        return handles if len(handles) > 1 else handles[0]

    def init(self) -> None:
        """Called once before the run, in plain Python: set the state here."""

    def on_start(self, ctx: Any) -> None:
        """Before the first tick, which its orders meet."""

    def on_bar(self, ctx: Any) -> None:
        """A bar of a subscribed timeframe has closed; `ctx.time` is its end. Orders meet the next tick."""

    def on_tick(self, ctx: Any) -> None:
        """A tick was taken. Orders meet the next one."""

    def on_fill(self, ctx: Any) -> None:
        """An order was filled: `ctx.fill_price` and so on. Orders meet the next tick."""

    def on_end(self, ctx: Any) -> None:
        """After the last tick; orders placed here never fill."""


_GRAPHS: weakref.WeakKeyDictionary[Strategy, Graph] = weakref.WeakKeyDictionary()


def graph_of(strategy: Strategy) -> Graph:
    """The indicators that a strategy has asked for. They stand beside it: its own attributes are its state."""
    from btlab.indicators.graph import Graph

    graph = _GRAPHS.get(strategy)
    if graph is None:
        graph = _GRAPHS[strategy] = Graph()
    return graph


def _as_kind(owner: str, name: str, kind: type, value: Any) -> Any:
    """The value as its parameter's kind; a fraction never becomes an int, a number never a bool."""
    try:
        if kind is bool and isinstance(value, bool):
            return value
        if kind is int and not isinstance(value, bool):
            return operator.index(value)
        if kind is float and not isinstance(value, bool | str):
            return float(value)
        if kind is str and isinstance(value, str):
            return value
    except (TypeError, ValueError):
        pass
    raise ParameterError(f"{owner}.{name} is {value!r}; it takes a value of kind {kind.__name__}", name=name, value=value)
