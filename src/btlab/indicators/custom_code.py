"""A user's function as a node: what it is given, and how it is compiled into the form that all nodes have."""

from __future__ import annotations

import linecache
import re
import warnings
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from types import FunctionType
from typing import Any, NamedTuple, cast

import numba
import numpy as np
from numba import carray, float64, int64, types
from numba.core import errors
from numba.extending import intrinsic

from btlab.errors import IndicatorError, counted, warn
from btlab.indicators.entry import Entry
from btlab.indicators.nodes.contract import SIGNATURE, Node, push
from btlab.market.memory import floats_at

ARRAYS = {
    "opens": "open", "highs": "high", "lows": "low", "closes": "close", "volumes": "volume",
    "reals": "real", "reals0": "real0", "reals1": "real1",
}  # fmt: skip
"""Arguments that are arrays, and the input whose last values they hold."""

_COMPILED: dict[str, Any] = {}
_FAILED: dict[str, np.ndarray] = {}
"""By token: machine code, and whether it has failed, 1.0 or 0.0."""

TYPES = {
    "value": float64,
    "array": types.Array(float64, 1, "C", readonly=True),
    "memory": float64[::1],
    "whole": int64,
    "number": float64,
}


class Argument(NamedTuple):
    """One argument of a user's function: "value" or "array" of an input, "memory", or a parameter ("whole", "number")."""

    kind: str
    place: int = 0


class Plan(NamedTuple):
    """What a user's function is given, and when what it says is told.

    Attributes:
        length, lookback: numbers, or how the parameter is read that says them: "parameters[0]".
        floats: of the user's memory; behind it stands how many bars it was given.
    """

    arguments: tuple[Argument, ...]
    length: int | str
    lookback: int | str
    floats: int
    outputs: int

    @property
    def kept(self) -> int:
        return self.floats + 1

    @property
    def arrays(self) -> tuple[int, ...]:
        """The inputs whose last values are kept, in order, each once."""
        return tuple(dict.fromkeys(one.place for one in self.arguments if one.kind == "array"))

    def length_of(self, *values: float) -> int:
        return read_number(self.length, values)

    def windows_of(self, *values: float) -> Sequence[float]:
        return (self.length_of(*values),) * len(self.arrays)

    def lookback_of(self, *values: float) -> int:
        return max(self.length_of(*values) - 1, read_number(self.lookback, values))


def read_number(given: int | str, values: Sequence[float]) -> int:
    """A number of a `Plan`, from the parameters' values where a parameter says it."""
    return given if isinstance(given, int) else int(values[int(given[len("parameters[") : -1])])


@dataclass(frozen=True)
class CustomNode(Node):
    """A user's own indicator. `mode` as `bt.custom_indicator` takes it."""

    plan: Plan
    mode: str

    @property
    def user(self) -> Any:
        """The function as it was written."""
        return self.function

    @cached_property
    def called(self) -> FunctionType:
        """It with positional arguments alone, as both ways call it."""
        return _positional(self.user)

    @cached_property
    def why_interpreted(self) -> str:
        """Why it runs interpreted; empty where it is compiled.

        Raises:
            IndicatorError: it cannot be compiled, and shall be; or what it returns fits in no way of running.
        """
        if self.mode == "interpreted":
            return "mode='interpreted'"
        try:
            self._compiled  # noqa: B018
        except IndicatorError:
            raise
        except Exception as error:  # numba complains in many ways
            line, rule = _broken_rule(error, self.user)
            text = linecache.getline(self.user.__code__.co_filename, line).strip()
            why = f"line {line}: {rule}" + (f"\n        {text}" if text else "")
            if self.mode == "compiled":
                raise IndicatorError(f"{self.entry.name} cannot be compiled, {why}", line=line, rule=rule) from None
            warn(f"{self.entry.name} runs interpreted, some µs a bar; {why}")
            return why
        return ""

    @cached_property
    def _compiled(self) -> Any:
        """The same code is compiled once in a process, however often its cell is run."""
        if self.entry.token not in _COMPILED:
            _COMPILED[self.entry.token] = self._compile()
        return _COMPILED[self.entry.token]

    def _compile(self) -> Any:
        user = numba.njit(self.called, boundscheck=True, error_model="numpy", nogil=True)
        wanted = tuple(TYPES[one.kind] for one in self.plan.arguments)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", errors.NumbaWarning)
            user.compile(wanted)
            _check_returned(self.entry, user.overloads[wanted].signature.return_type)
            failed = _FAILED.setdefault(self.entry.token, np.zeros(1))
            return numba.cfunc(SIGNATURE, error_model="numpy")(_step(user, self.plan, failed.ctypes.data))


@intrinsic  # type: ignore[untyped-decorator]
def _fixed(_: Any, array: Any) -> Any:
    """The same array, which cannot be written."""
    return array.copy(readonly=True)(array), lambda *generate: generate[3][0]


def _positional(function: FunctionType) -> FunctionType:
    """The same function without keyword-only arguments, which numba does not know."""
    code = function.__code__
    count = code.co_argcount + code.co_kwonlyargcount
    plain = code.replace(co_argcount=count, co_kwonlyargcount=0)
    return FunctionType(plain, function.__globals__, function.__name__, None, function.__closure__)


def _step(user: Any, plan: Plan, failed: int) -> FunctionType:
    """The user's function in the form of a node: written as text, since what it is called with differs in number and kind.

    Args:
        failed: the address of a float that is set where the function fails: a node has no other way to say so.
    """
    given = {"value": "inputs[{}]", "memory": "carray(memory, {})", "whole": "int(parameters[{}])", "number": "parameters[{}]"}
    called = []
    for one in plan.arguments:
        if one.kind == "array":
            called.append(f"window{plan.arrays.index(one.place)}")
        else:
            called.append(given[one.kind].format(plan.floats if one.kind == "memory" else one.place))
    outputs = range(plan.outputs)
    lines = [
        "def step(inputs, outputs, parameters, memory, windows):",
        f"    memory[{plan.floats}] += 1.0",
        *(f"    outputs[{k}] = nan" for k in outputs),
        *(f"    window{k} = fixed(push(windows, {k}, inputs[{place}]))" for k, place in enumerate(plan.arrays)),
        f"    if memory[{plan.floats}] < {plan.length}:",
        "        return",
        "    try:",
        f"        found = user({', '.join(called)})",
        f"        if memory[{plan.floats}] > {plan.lookback}:",
        *(f"            outputs[{k}] = {'found' if plan.outputs == 1 else f'found[{k}]'}" for k in outputs),
        "    except Exception:",
        "        floats_at(failed, 1)[0] = 1.0",
    ]
    names: dict[str, Any] = {
        "user": user,
        "push": push,
        "fixed": _fixed,
        "carray": carray,
        "nan": np.nan,
        "floats_at": floats_at,
        "failed": failed,
    }
    exec("\n".join(lines), names)
    return cast(FunctionType, names["step"])


def check_count(entry: Entry, found: int) -> None:
    """Whether a function returns as many numbers as it has outputs.

    Raises:
        IndicatorError: it does not; says how to declare it, or that there is no `return`.
    """
    wanted = len(entry.outputs)
    if found == wanted:
        return
    given = ", ".join(f"'{name}'" for name in "abcdefghijklmnopqrstuvwxyz"[:found])
    way = f"say @bt.custom_indicator(outputs=({given})), with your names" if found > 1 else "return one number for each output"
    told = f"returns {counted(found, 'number')}" if found else "returns nothing"
    raise IndicatorError(
        f"{entry.name} {told} and has {counted(wanted, 'output')} ({', '.join(entry.output_names)}); {way}",
        returned=found,
        outputs=entry.output_names,
    )


def _check_returned(entry: Entry, kind: Any) -> None:
    parts = tuple(kind) if isinstance(kind, types.BaseTuple) else () if kind == types.none else (kind,)
    check_count(entry, len(parts))
    if not all(isinstance(one, types.Number | types.Boolean) for one in parts):
        wanted = "one number" if len(parts) == 1 else f"a tuple of {len(parts)} numbers"
        raise TypeError(f"it returns {kind}, and {wanted} is wanted on every path; np.nan where there is none yet")


def _broken_rule(error: Exception, function: FunctionType) -> tuple[int, str]:
    """Line and rule, of numba's page of text."""
    text, first = str(error), function.__code__.co_firstlineno
    found = re.search(r", line (\d+)", text)
    place = getattr(error, "loc", None)
    line = int(place.line) if place else int(found.group(1)) if found else first
    if "Cannot modify readonly array" in text:
        return line, "the arrays of the last bars are read, not written; what is to be kept goes into memory"
    if listed := re.search(r"reflected list\(.*assigned to variable '(\w+)'", text):
        return line, f"{listed[1]} is a list, which compiled code cannot read from outside; a tuple or a numpy array can be read"
    if "scipy" in text and "is required" in text:
        return line, "linear algebra is compiled only where scipy is installed"
    if named := re.search(r"name '(\w+)': Cannot determine Numba type of <class '([\w.]+)'>", text):
        name, kind = named.groups()
        return line, f"{name} is a {kind}, which compiled code cannot use"
    if own := re.search(r"raised a specific error:\s+\w+: (.*)", text):
        return line, own.group(1)
    lines = [one.strip() for one in text.splitlines() if one.strip() and not one.startswith("Failed in")]
    return line, lines[0] if lines else type(error).__name__


def failed_at(node: CustomNode) -> int:
    """The address of the float that compiled code sets where it fails."""
    return int(_FAILED.setdefault(node.entry.token, np.zeros(1)).ctypes.data)


def failure_of(node: CustomNode) -> IndicatorError | None:
    """What is to be raised where compiled code has failed since this was asked last; it cannot raise anything itself."""
    failed = _FAILED.get(node.entry.token, np.zeros(1))
    if not failed[0]:
        return None
    failed[0] = 0.0
    return IndicatorError(
        f"{node.entry.name} failed at a running bar, most likely with an index beyond its array; declare it with "
        "mode='interpreted' to see the line",
        name=node.entry.name,
    )
