"""A user's function as a node: compiled into the form that all nodes have, or interpreted with the same three uses."""

from __future__ import annotations

import linecache
import math
import re
import time
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

from btlab.errors import BtlabWarning, IndicatorError
from btlab.indicators.nodes.contract import SIGNATURE, Node, push
from btlab.indicators.nodes.single import Single
from btlab.market.memory import floats_at

ARRAYS = {
    "opens": "open", "highs": "high", "lows": "low", "closes": "close", "volumes": "volume",
    "reals": "real", "reals0": "real0", "reals1": "real1",
}  # fmt: skip
"""Arguments that are arrays, and the input whose last values they hold."""

SLOW_SECONDS = 1.0
"""An indicator that takes longer over one set of bars is named, with its time."""

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
        return _read(self.length, values)

    def windows_of(self, *values: float) -> Sequence[float]:
        return (self.length_of(*values),) * len(self.arrays)

    def lookback_of(self, *values: float) -> int:
        return max(self.length_of(*values) - 1, _read(self.lookback, values))


def _read(given: int | str, values: Sequence[float]) -> int:
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
            IndicatorError: it cannot be compiled, and shall be.
        """
        if self.mode == "interpreted":
            return "mode='interpreted'"
        try:
            self._compiled  # noqa: B018
        except Exception as error:  # numba complains in many ways
            line, rule = _broken_rule(error, self.user)
            text = linecache.getline(self.user.__code__.co_filename, line).strip()
            why = f"line {line}: {rule}" + (f"\n        {text}" if text else "")
            if self.mode == "compiled":
                raise IndicatorError(f"{self.entry.name} cannot be compiled, {why}", line=line, rule=rule) from None
            warnings.warn(f"{self.entry.name} runs interpreted, some µs a bar; {why}", BtlabWarning, stacklevel=2)
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
            _check_returned(user.overloads[wanted].signature.return_type, self.plan.outputs)
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


def _check_returned(kind: Any, outputs: int) -> None:
    parts = tuple(kind) if isinstance(kind, types.BaseTuple) else (kind,)
    if len(parts) != outputs or not all(isinstance(one, types.Number | types.Boolean) for one in parts):
        wanted = "one number" if outputs == 1 else f"a tuple of {outputs} numbers"
        raise TypeError(f"it returns {kind}, and {wanted} is wanted on every path; np.nan where there is none yet")


def _broken_rule(error: Exception, function: FunctionType) -> tuple[int, str]:
    """Line and rule, of numba's page of text."""
    text, first = str(error), function.__code__.co_firstlineno
    found = re.search(r", line (\d+)", text)
    place = getattr(error, "loc", None)
    line = int(place.line) if place else int(found.group(1)) if found else first
    if "Cannot modify readonly array" in text:
        return line, "the arrays of the last bars are read, not written; what is to be kept goes into memory"
    if named := re.search(r"name '(\w+)': Cannot determine Numba type of <class '([\w.]+)'>", text):
        name, kind = named.groups()
        return line, f"{name} is a {kind}, which compiled code cannot use"
    if own := re.search(r"raised a specific error:\s+\w+: (.*)", text):
        return line, own.group(1)
    lines = [one.strip() for one in text.splitlines() if one.strip() and not one.startswith("Failed in")]
    return line, lines[0] if lines else type(error).__name__


class Interpreted:
    """A user's function bar by bar in Python: what `Single` is to compiled ones.

    Args:
        node: which.
        values: its parameters, in order.
    """

    def __init__(self, node: CustomNode, values: Sequence[float]) -> None:
        self.node, self.values, self.bars = node, tuple(values), 0
        plan = node.plan
        self._arrays, self._length, self._lookback = plan.arrays, plan.length_of(*values), _read(plan.lookback, values)
        self.windows = [np.empty(0) for _ in self._arrays]
        self.memory = np.zeros(plan.floats)

    def update(self, *bar: float) -> np.ndarray:
        """float64 (outputs,): takes one bar."""
        out = np.full(self.node.plan.outputs, np.nan)
        if not all(map(math.isfinite, bar)):
            return out
        self.bars += 1
        self.windows = [_pushed(window, bar[k], self._length) for window, k in zip(self.windows, self._arrays)]
        if self.bars >= self._length:
            found = self._asked(bar)
            if self.bars > self._lookback:
                out[:] = np.nan if found is None else found
        return out

    def peek(self, *bar: float) -> np.ndarray:
        """float64 (outputs,): what `update` would say; nothing changes."""
        return self.clone().update(*bar)

    def clone(self) -> Interpreted:
        """The same at the same bar, from here on by itself."""
        other = Interpreted(self.node, self.values)
        other.windows, other.memory, other.bars = self.windows, self.memory.copy(), self.bars
        return other

    def batch(self, columns: Sequence[np.ndarray]) -> np.ndarray:
        """float64 (outputs, bars): takes all these bars, one after the other."""
        made = [self.update(*bar) for bar in np.transpose(columns)]
        return np.ascontiguousarray(np.transpose(made)) if made else np.empty((self.node.plan.outputs, 0))

    def _asked(self, bar: Sequence[float]) -> Any:
        given = list[Any]()
        for kind, place in self.node.plan.arguments:
            if kind == "array":
                given.append(self.windows[self._arrays.index(place)])
            elif kind == "memory":
                given.append(self.memory)
            elif kind == "whole":
                given.append(int(self.values[place]))
            else:
                given.append(np.float64(bar[place] if kind == "value" else self.values[place]))
        try:
            with np.errstate(all="ignore"):
                return self.node.called(*given)
        except Exception as error:
            raise self._explained(error) from error

    def _explained(self, error: Exception) -> IndicatorError:
        line, trace = self.node.user.__code__.co_firstlineno, error.__traceback__
        while trace is not None:
            if trace.tb_frame.f_code.co_filename == self.node.user.__code__.co_filename:
                line = trace.tb_lineno
            trace = trace.tb_next
        about = f"{self.node.entry.name}, line {line}, at bar {self.bars - 1}: {type(error).__name__}: {error}"
        return IndicatorError(about, line=line, bar=self.bars - 1)


def _pushed(window: np.ndarray, value: float, length: int) -> np.ndarray:
    """A new array of the last values; the old one stays, as whoever was cloned still reads it."""
    kept = window[1:] if len(window) == length else window
    made = np.empty(len(kept) + 1)
    made[:-1], made[-1] = kept, value
    made.flags.writeable = False
    return made


def stream_of(node: CustomNode, values: Sequence[float]) -> Single | Interpreted:
    """The indicator with these parameters before its first bar: compiled where it can be."""
    return Interpreted(node, values) if node.why_interpreted else Single(node, values)


def failed_at(node: CustomNode) -> int:
    """The address of the float that compiled code sets where it fails."""
    return int(_FAILED.setdefault(node.entry.token, np.zeros(1)).ctypes.data)


def interpreted_failure(
    node: CustomNode, values: Sequence[float], closed: Sequence[np.ndarray], bar: Sequence[float]
) -> IndicatorError | None:
    """What Python says where compiled code has failed, which knows no lines; None where it gets through.

    Args:
        closed: the inputs of closed bars, all finite. bar: those of the running one.
    """
    alone = Interpreted(node, values)
    try:
        alone.batch(closed)
        alone.update(*bar)
    except IndicatorError as error:
        return error
    return None


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


def calculate(node: CustomNode, values: Sequence[float], columns: Sequence[np.ndarray]) -> list[np.ndarray]:
    """Each output over all bars; names the indicator and its time where it is slow.

    Raises:
        IndicatorError: the function failed; names the line and the bar.
    """
    stream = stream_of(node, values)
    failure_of(node)
    stream.batch([column[:0] for column in columns])  # what is compiled here is not this indicator's time
    begin = time.perf_counter()
    made = stream.batch(columns)
    seconds, bars = time.perf_counter() - begin, len(columns[0])
    if isinstance(stream, Single) and (failure := failure_of(node)):
        Interpreted(node, values).batch(columns)  # fails too, and knows where
        raise failure
    say_when_slow(node, seconds, bars)
    return list(made)


def say_when_slow(node: CustomNode, seconds: float, bars: int, what: str = "bars") -> None:
    """A warning with the indicator's name and time, where it took long over so many bars (or values of running ones)."""
    if seconds > SLOW_SECONDS and bars:
        why = f"; interpreted, as {node.why_interpreted}" if node.why_interpreted else ""
        each = f"{seconds / bars * 1e6:{',.0f' if seconds > bars * 1e-5 else '.2g'}}"
        text = f"{node.entry.name} took {seconds:.1f} s for {bars:,} {what}, {each} µs each{why}"
        warnings.warn(text, BtlabWarning, stacklevel=3)
