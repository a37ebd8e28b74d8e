"""`@bt.custom_indicator`: a user's own indicator, of a function that takes one bar."""

from __future__ import annotations

import hashlib
import inspect
import keyword
from collections.abc import Callable, Sequence
from types import FunctionType
from typing import Any, TypeVar, overload

from btlab.errors import IndicatorError, did_you_mean
from btlab.indicators.catalogue import CUSTOM, entry_of
from btlab.indicators.custom_code import ARRAYS, Argument, CustomNode, Plan
from btlab.indicators.custom_identity import identity_of
from btlab.indicators.entry import BAR_INPUTS, FREE_INPUTS, STYLES, TICK_INPUTS, Entry, Output, Parameter
from btlab.indicators.nodes.contract import DEFAULTS, NODES

LONGEST = 100_000
"""Bars that an array holds and floats that a memory holds, at most."""

TAKEN = ("name", "data", "timeframe", "input")
"""What `indicator` is given beside parameters."""

EXACT = 2.0**53
"""Whole numbers that a float tells apart, as which parameters travel."""

MODES = ("auto", "compiled", "interpreted")
SCALARS = (*BAR_INPUTS, *TICK_INPUTS, *FREE_INPUTS)
Function = TypeVar("Function", bound=Callable[..., Any])


@overload
def custom_indicator(function: Function, /) -> Function: ...
@overload
def custom_indicator(
    *,
    outputs: Sequence[str | Output] | None = None,
    memory: int = 0,
    length: int | str = "timeperiod",
    lookback: int | str = 0,
    overlay: bool = False,
    mode: str = "auto",
) -> Callable[[Function], Function]: ...
def custom_indicator(
    function: Any = None,
    /,
    *,
    outputs: Sequence[str | Output] | None = None,
    memory: int = 0,
    length: int | str = "timeperiod",
    lookback: int | str = 0,
    overlay: bool = False,
    mode: str = "auto",
) -> Any:
    """Makes an indicator of a function that takes one bar and returns a number, or a tuple of numbers.

    What the function is given follows from the names of its arguments. Of the bar: `open`, `high`, `low`, `close`, `volume`,
    `time` and `day` (µs of its start and of its trading day's), or `real`: any series, the close where nobody says (`real0` and
    `real1`: two). Of the last bars: `opens`, `highs`, `lows`, `closes`, `volumes`, `reals`: arrays, oldest first, this bar
    included, to be read only. `memory`: an array of floats that is kept from bar to bar, 0 at first. Arguments with a default are
    parameters, whole numbers where the default is an int.

    The same function gives values on closed bars, on the forming bar, and in chains, on bars of any timeframe. A function that
    reads arrays is asked once they are full; what it says before `lookback` bars is not told. A bar with a price that is not
    finite does not come. Its name is the function's; declared again, the new one counts, so declare it again where something
    that it reads from outside has changed.

    Args:
        outputs: names, where it returns a tuple, or `btlab.indicators.entry.Output`s, which have a style too; the function's
            name by default.
        memory: how many floats it keeps.
        length: of the arrays: a number, or the name of the parameter that says it.
        lookback: bars whose values are not told yet: a number, or the name of the parameter that says it.
        overlay: drawn over the prices.
        mode: "auto" compiles where that can be and says why where not, "compiled" refuses, "interpreted" stops at breakpoints.

    Raises:
        IndicatorError: an argument that means nothing, or a name that is taken.

    >>> @custom_indicator
    ... def POSITION(close, highs, lows, timeperiod=3):
    ...     return (close - lows.min()) / (highs.max() - lows.min())
    >>> from btlab.indicators.ask import indicator
    >>> import polars as pl
    >>> prices = {"open": [1.0] * 4, "high": [2.0, 3.0, 4.0, 4.0], "low": [1.0] * 4, "close": [1.0, 3.0, 2.5, 4.0]}
    >>> indicator("POSITION", pl.DataFrame({"time": [0, 60_000_000, 120_000_000, 180_000_000]} | prices)).to_list()
    [nan, nan, 0.5, 1.0]
    """
    if mode not in MODES:
        raise IndicatorError(f"mode={mode!r}.{did_you_mean(mode, MODES)}", mode=mode)

    def declare(given: Any) -> Any:
        plain = getattr(given, "py_func", given)
        if not isinstance(plain, FunctionType):
            raise IndicatorError(f"{given!r} is no function; write @bt.custom_indicator over a def", function=given)
        named = _outputs(plain.__name__, (plain.__name__,) if outputs is None else outputs)
        node = _node(plain, named, memory, length, lookback, overlay, mode)
        NODES[node.entry.name] = node
        CUSTOM[node.entry.name] = node.entry
        return given

    return declare if function is None else declare(function)


def _node(
    function: FunctionType,
    outputs: tuple[Output, ...],
    memory: int,
    length: int | str,
    lookback: int | str,
    overlay: bool,
    mode: str,
) -> CustomNode:
    name = _free(function.__name__)
    inputs, parameters, arguments = _read(name, function, (length, lookback))
    places = {parameter.name: k for k, parameter in enumerate(parameters)}
    reads_arrays = any(one.kind == "array" for one in arguments)
    said = _place(name, "length", length, places, lowest=1) if reads_arrays else 1
    floats = _memory(name, memory, asked=any(one.kind == "memory" for one in arguments))
    plan = Plan(arguments, said, _place(name, "lookback", lookback, places, lowest=0), floats, len(outputs))
    described = inspect.cleandoc(function.__doc__ or "")
    token = hashlib.sha256(repr((identity_of(function), plan, outputs, mode)).encode()).hexdigest()[:12]
    entry = Entry(
        name,
        (described or name).split("\n")[0],
        "Custom",
        inputs,
        parameters,
        outputs,
        overlay,
        "custom",
        defaults=tuple(DEFAULTS.get(one, one) for one in inputs),
        lookback=plan.lookback_of(*(one.default for one in parameters)),
        about=described,
        token=f"@{token}",
    )
    return CustomNode(entry, function, plan.kept, plan.windows_of, lambda *_: (), plan.lookback_of, plan, mode)


def _read(
    name: str, function: FunctionType, counts: tuple[int | str, ...]
) -> tuple[tuple[str, ...], tuple[Parameter, ...], tuple[Argument, ...]]:
    """What a function's arguments mean: its inputs, its parameters, and what each argument is given.

    Args:
        counts: names of parameters that count bars.
    """
    inputs: list[str] = []
    parameters: list[Parameter] = []
    arguments: list[Argument] = []
    for one in inspect.signature(function).parameters.values():
        if one.kind in (one.VAR_POSITIONAL, one.VAR_KEYWORD):
            raise IndicatorError(f"{name}: *{one.name} says nothing; name each argument", argument=one.name)
        if one.default is not one.empty:
            arguments.append(Argument("whole" if isinstance(one.default, int) else "number", len(parameters)))
            parameters.append(_parameter(name, one.name, one.default, one.name in counts))
        elif one.name == "memory":
            arguments.append(Argument("memory"))
        else:
            column = _column(name, one.name)
            inputs += [] if column in inputs else [column]
            arguments.append(Argument("array" if one.name in ARRAYS else "value", inputs.index(column)))
    if not inputs:
        raise IndicatorError(f"{name} reads nothing of the bar; name what it reads, as in def {name}(close)", name=name)
    return tuple(inputs), tuple(parameters), tuple(arguments)


def _column(indicator: str, argument: str) -> str:
    """The input that an argument without a default reads."""
    column = ARRAYS.get(argument, argument)
    if column not in SCALARS:
        near = did_you_mean(argument, (*SCALARS, *ARRAYS, "memory"))
        raise IndicatorError(f"{indicator}: nothing is called {argument!r}; parameters have a default.{near}", argument=argument)
    return column


def _outputs(indicator: str, outputs: Any) -> tuple[Output, ...]:
    """What it returns, by name and style."""
    several = tuple(outputs) if isinstance(outputs, tuple | list) else (outputs,)
    made = tuple(one if isinstance(one, Output) else Output(one) for one in several)
    names = [one.name for one in made]
    if not names or not all(isinstance(one, str) and one for one in names) or len(set(names)) < len(names):
        raise IndicatorError(f"{indicator}: outputs={outputs!r}: each needs a name of its own, as in ('upper', 'lower')")
    for one in made:
        if one.style not in STYLES:
            raise IndicatorError(f"{indicator}: style={one.style!r}.{did_you_mean(one.style, STYLES)}", style=one.style)
    return made


def _memory(indicator: str, memory: Any, *, asked: bool) -> int:
    """How many floats it keeps; a node that wrote beyond them would write over somebody else's."""
    if isinstance(memory, bool) or not isinstance(memory, int) or not 0 <= memory <= LONGEST:
        raise IndicatorError(f"{indicator}: memory={memory!r}: a number of floats, 0 to {LONGEST:,}, is wanted", memory=memory)
    if bool(memory) != asked:
        way = f"say memory={memory or 1}" if asked else "name it among the arguments"
        raise IndicatorError(f"{indicator}: what is kept wants both an argument `memory` and its length; {way}", memory=memory)
    return memory


def _free(name: str) -> str:
    if not name.isidentifier() or keyword.iskeyword(name):
        raise IndicatorError(f"{name} is no name to ask for; write @bt.custom_indicator over a def", name=name)
    try:
        entry = entry_of(name)
    except IndicatorError:
        return name
    if entry.origin != "custom":
        raise IndicatorError(f"{entry.name} is {entry.title}, of the catalogue; give yours another name", name=name)
    return name


def _parameter(indicator: str, name: str, default: Any, counts: bool) -> Parameter:
    if name in TAKEN:
        raise IndicatorError(
            f"{indicator}: {name}= is taken where an indicator is asked for; call it another name", parameter=name
        )
    if isinstance(default, bool) or not isinstance(default, int | float):
        raise IndicatorError(f"{indicator}({name}={default!r}): parameters are ints and floats", parameter=name)
    if counts:
        return Parameter(name, float(default), 0.0 if name != "timeperiod" else 1.0, float(LONGEST), True, "bars")
    if isinstance(default, int):
        return Parameter(name, float(default), -EXACT, EXACT, True)
    return Parameter(name, default)


def _place(indicator: str, what: str, given: int | str, places: dict[str, int], *, lowest: int) -> int | str:
    """A number as it is; of a parameter's name, how its value is read: "parameters[0]"."""
    if isinstance(given, str):
        if given not in places:
            raise IndicatorError(
                f"{indicator}: {what}={given!r} is no parameter of it; say {what}=20, or give it {given}=20 as an argument",
                parameter=given,
            )
        return f"parameters[{places[given]}]"
    if type(given) is not int or not lowest <= given <= LONGEST:
        rule = f"a number of bars, {lowest} to {LONGEST:,}, or a parameter's name is wanted"
        raise IndicatorError(f"{indicator}: {what}={given!r}: {rule}", value=given)
    return given
