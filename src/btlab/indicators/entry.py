"""What the catalogue says of one indicator: its inputs, parameters and outputs."""

from __future__ import annotations

import math
from dataclasses import dataclass
from datetime import date
from typing import Any

from btlab.errors import IndicatorError, did_you_mean
from btlab.market.times import iso, to_microseconds

BAR_INPUTS: tuple[str, ...] = ("open", "high", "low", "close", "volume", "time", "day")
"""Columns of every bar: its prices and volume; the µs of its start and of the start of its trading day, as floats."""

TICK_INPUTS: tuple[str, ...] = ("upticks", "downticks", "spread_mean", "spread_low", "spread_high")
"""Columns of bars that are made from ticks: ticks over and under the one before, and ask - bid."""

FREE_INPUTS: tuple[str, ...] = ("real", "real0", "real1")
"""Any series: a price, a mean of prices, or what another indicator makes of them."""

STYLES: tuple[str, ...] = ("line", "dashes", "dots", "histogram", "upper", "lower", "pattern")


@dataclass(frozen=True)
class Parameter:
    """A number an indicator is given.

    Attributes:
        name: as the keyword is written.
        default: what it is where nobody says.
        low, high: what it may be, ends included.
        whole: whether it counts something; a fraction is refused then.
        about: what it means, with its unit.
        choices: names that stand for 0, 1, 2 ...: kinds of a moving average.
        moment: whether it is a time; a datetime or an ISO text is wanted then, and kept as µs UTC.
    """

    name: str
    default: float
    low: float = -math.inf
    high: float = math.inf
    whole: bool = False
    about: str = ""
    choices: tuple[str, ...] = ()
    moment: bool = False

    def check(self, value: Any, indicator: str) -> float:
        """The value as a float.

        Raises:
            IndicatorError: it is no number, no whole one where one is counted, or out of range.
        """
        if isinstance(value, str) and value.upper() in self.choices:
            return float(self.choices.index(value.upper()))
        if self.moment and isinstance(value, str | date):
            value = to_microseconds(value)
        given = value.item() if hasattr(value, "item") and getattr(value, "ndim", 0) == 0 else value
        rule = ""
        if isinstance(given, bool) or not isinstance(given, int | float) or math.isnan(given):
            rule = "a number is wanted"
        elif self.whole and given % 1 != 0:
            rule = "a whole number is wanted"
        elif not self.low <= given <= self.high:
            rule = f"it must lie between {self.low:g} and {self.high:g}"
        if rule and self.choices:
            rule = f"one of {', '.join(self.choices)} is wanted, or its number, 0 to {len(self.choices) - 1}"
        if rule:
            raise IndicatorError(f"{indicator}({self.name}={value!r}): {rule}", parameter=self.name, value=value)
        return float(given)

    def shown(self, value: float) -> str:
        """A value as people write it.

        >>> whole("timeperiod", 14, 1, 100).shown(14.0)
        '14'
        """
        if self.moment:
            return iso(int(value)) if value != self.default else "first bar"
        return self.choices[int(value)] if self.choices else f"{value:.15g}"


def whole(name: str, default: int, low: int, high: int, about: str = "") -> Parameter:
    """A parameter that counts something."""
    return Parameter(name, float(default), float(low), float(high), True, about)


@dataclass(frozen=True)
class Output:
    """A series that comes out: its name, how it is drawn (one of `STYLES`), and whether the library makes it of whole numbers."""

    name: str
    style: str = "line"
    whole: bool = False


@dataclass(frozen=True)
class Entry:
    """One indicator of the catalogue.

    Attributes:
        name: as it is asked for, "RSI".
        title: in words.
        group: what it belongs to: "Momentum Indicators".
        inputs: of `BAR_INPUTS`, `TICK_INPUTS` or `FREE_INPUTS`, in order.
        parameters, outputs: in order.
        overlay: drawn over the prices, in their unit; False: in a pane of its own.
        origin: "talib", "btlab" or "custom".
        source: where the formula stands.
        defaults: the series that each input takes where nobody says, in order; "" where one must be given.
        lookback: bars before the first that has a value, with the parameters' defaults.
        about: the formula in words, and what is said of a market that stands still; of ours and of a user's own.
        token: what tells one version of a user's own from another of the same name.
    """

    name: str
    title: str
    group: str
    inputs: tuple[str, ...]
    parameters: tuple[Parameter, ...]
    outputs: tuple[Output, ...]
    overlay: bool
    origin: str
    source: str = ""
    defaults: tuple[str, ...] = ()
    lookback: int = 0
    about: str = ""
    token: str = ""

    @property
    def output_names(self) -> tuple[str, ...]:
        return tuple(output.name for output in self.outputs)

    def refuse_unnamed(self, unnamed: tuple[Any, ...]) -> None:
        """That nothing stands behind the name but what is named: which parameter comes first differs from library to library.

        Raises:
            IndicatorError: something does; says how it is written.
        """
        if unnamed:
            numbers = [one for one in unnamed if isinstance(one, int | float)]
            named = [f"{parameter.name}={value}" for parameter, value in zip(self.parameters, numbers)]
            inputs = ["input=..."] if len(numbers) < len(unnamed) else []
            way = f"write indicator({', '.join([repr(self.name), '...', *inputs, *named])})"
            raise IndicatorError(f"{self.name}: parameters and inputs are named; {way}", name=self.name)

    def given(self, values: dict[str, Any]) -> tuple[float, ...]:
        """All parameters in order, from those that were named and the defaults.

        Raises:
            IndicatorError: an unknown name, or a value that it cannot take.

        >>> Entry("SMA", "", "", ("real",), (whole("timeperiod", 30, 1, 100_000),), (), True, "talib").given({"timeperiod": 5})
        (5.0,)
        """
        names = [parameter.name for parameter in self.parameters]
        for name in values:
            if name not in names:
                raise IndicatorError(f"{self.name} has no parameter {name!r}.{did_you_mean(name, names)}", parameter=name)
        return tuple(one.check(values.get(one.name, one.default), self.name) for one in self.parameters)
