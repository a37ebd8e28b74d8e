"""`bt.Overlay`: what a user writes to draw something of their own on the chart."""

from __future__ import annotations

import inspect
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np

from btlab.errors import WidgetError, did_you_mean
from btlab.indicators.entry import Parameter, whole
from btlab.market.series import Bars
from btlab.market.timeframe import TIMEFRAMES
from btlab.widgets.overlays.shapes import Shape, line

if TYPE_CHECKING:
    from btlab.session.result import Session

KINDS = (bool, int, float)
WHOLE_AT_MOST = 2**31 - 1
ANSWERS = ("no", "yes")


@dataclass(frozen=True)
class Source:
    """What an overlay is drawn from.

    Attributes:
        session: the run. timeframe: of the panel. bars: its bars, all of them.
        ends: int64 µs, when each is over.
    """

    session: Session
    timeframe: str
    bars: Bars
    ends: np.ndarray


class Overlay:
    """Something drawn on the bars of a timeframe: subclass it, declare parameters with annotations, override `draw`.

    Row i of what `draw` gives may depend on bars up to i and no later: it is shown when bar i has closed, and the widget checks
    that the same bars, cut off, give the same rows. Parameters are int, float or bool, as in a `bt.Strategy`; in the chart a
    click on the overlay's name changes them in place.

    Attributes:
        timeframe: whose panel it is drawn in: one of `bt.TIMEFRAMES`, a tuple of them, or "" for the strategy's first.
        pane: "price" for the prices' own scale; any other text names a pane beneath, shared by all that name it; "" is one of
            its own.
        levels: values at which a dashed line is drawn across the pane.
        limits: name of a parameter -> lowest and highest value it may be given.

    Raises:
        WidgetError: an unknown parameter or timeframe, or a value that does not fit.

    >>> import btlab as bt, polars as pl
    >>> class Middle(bt.Overlay):
    ...     timeframe = "1h"
    ...     length: int = 20
    ...     def draw(self, bars):
    ...         high = pl.Series(bars.high).rolling_max(self.length)
    ...         low = pl.Series(bars.low).rolling_min(self.length)
    ...         return [bt.overlays.band(high, low), bt.overlays.line((high + low) / 2, name="middle")]
    >>> Middle(length=55).title
    'Middle 55'
    """

    timeframe: str | tuple[str, ...] = ""
    pane: str = "price"
    levels: ClassVar[Sequence[float]] = ()
    limits: ClassVar[dict[str, tuple[float, float]]] = {}

    def __init__(self, *, timeframe: str | tuple[str, ...] | None = None, **parameters: Any) -> None:
        if timeframe is not None:
            self.timeframe = timeframe
        known = {one.name: one for one in self.parameters}
        for name, value in parameters.items():
            if name not in known:
                raise WidgetError(f"{self.name} has no parameter {name!r}.{did_you_mean(name, known)}", name=name)
            setattr(self, name, self._as_kind(known[name], value))

    def draw(self, bars: Bars) -> Any:
        """A shape of `bt.overlays`, a sequence of them, or plain values for a line; called again when a parameter changes."""
        raise NotImplementedError(f"{self.name} has no draw(self, bars)")

    def shapes(self, source: Source) -> Any:
        """The same, for an overlay that needs more than bars: the session, when they end."""
        return self.draw(source.bars)

    @property
    def name(self) -> str:
        return type(self).__name__

    @property
    def parameters(self) -> tuple[Parameter, ...]:
        """The parameters with what they may be, base classes first."""
        found: dict[str, Parameter] = {}
        for kind in reversed(type(self).__mro__[: type(self).__mro__.index(Overlay)]):
            for name, annotation in inspect.get_annotations(kind, eval_str=True).items():
                if annotation in KINDS and hasattr(kind, name):
                    low, high = self.limits.get(name, (-WHOLE_AT_MOST, WHOLE_AT_MOST))
                    made = Parameter(name, getattr(kind, name), low, high)
                    found[name] = whole(name, getattr(kind, name), int(low), int(high)) if annotation is int else made
                    if annotation is bool:
                        found[name] = Parameter(name, float(getattr(kind, name)), 0, 1, whole=True, choices=ANSWERS)
        return tuple(found.values())

    @property
    def values(self) -> dict[str, float]:
        """What the parameters are now."""
        return {one.name: float(getattr(self, one.name)) for one in self.parameters}

    @property
    def title(self) -> str:
        """Its name with the values of its parameters, as the legend has it."""
        return " ".join([self.name, *(one.shown(self.values[one.name]) for one in self.parameters)])

    def changed(self, values: dict[str, float]) -> Overlay:
        """Another one like it with other values of some parameters; this one stays as it is.

        Raises:
            WidgetError: a value that does not fit.
        """
        other = object.__new__(type(self))
        other.__dict__.update(self.__dict__)
        known = {one.name: one for one in self.parameters}
        for name, value in values.items():
            setattr(other, name, self._as_kind(known[name], value))
        return other

    def timeframes(self, own: str) -> tuple[str, ...]:
        """Where it is drawn.

        Raises:
            WidgetError: there is no such panel.
        """
        named = self.timeframe or own
        names = (named,) if isinstance(named, str) else tuple(named)
        for one in names:
            if one not in TIMEFRAMES:
                raise WidgetError(f"{self.name}: no panel shows {one!r}.{did_you_mean(one, TIMEFRAMES)}", timeframe=one)
        return names

    def read_on(self, panel: str) -> str:
        """The timeframe whose bars it is made of, where a panel shows it."""
        return panel

    def _as_kind(self, parameter: Parameter, value: Any) -> int | float | bool:
        kind = type(getattr(type(self), parameter.name))
        given = float(value) if kind is bool and isinstance(value, bool) else value
        try:
            checked = parameter.check(given, self.name)
        except ValueError as error:
            raise WidgetError(getattr(error, "message", str(error)), name=parameter.name, value=value) from None
        return bool(checked) if kind is bool else int(checked) if parameter.whole else checked


def as_shapes(given: Any) -> tuple[Shape, ...]:
    """What `draw` gave, as shapes.

    Raises:
        WidgetError: it is nothing that can be drawn.
    """
    if isinstance(given, Shape):
        return (given,)
    if isinstance(given, list | tuple) and any(isinstance(one, Shape) for one in given):
        return tuple(shape for one in given for shape in as_shapes(one))
    return (line(given),)
