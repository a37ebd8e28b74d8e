"""From a strategy's methods to function pointers, and from numba's complaints to one sentence with the user's own line."""

from __future__ import annotations

import ast
import dis
import inspect
import linecache
import re
import textwrap
import warnings
from dataclasses import dataclass
from functools import cache
from types import CodeType, FunctionType, ModuleType
from typing import Any

import numba
import numpy as np
from numba import intp, types, void
from numba.core import errors, ir
from numba.core.dispatcher import Dispatcher
from numba.extending import intrinsic

from btlab.errors import BtlabWarning, CompileError
from btlab.market.memory import as_pointer
from btlab.strategy.base import Strategy
from btlab.strategy.context import CONTEXT
from btlab.strategy.selftype import Layout, SelfType

COMPLAINTS = (errors.NumbaError, errors.UnsupportedBytecodeError, KeyError, NotImplementedError, AttributeError)
RAW = {
    "sum", "mean", "std", "var", "dot", "prod", "cumsum", "exp", "expm1", "log", "log2", "log10", "log1p", "pow", "power",
    "sin", "cos", "tan", "tanh", "round", "around",
}  # fmt: skip
_COMPILED: dict[Any, Any] = {}


@numba.njit(void(intp, intp))
def nothing(strategy, context):
    """The step of a method that a strategy has not."""


@dataclass(frozen=True, slots=True)
class Steps:
    """A strategy's methods as functions of (address of self, address of the run), ready for the loop."""

    on_start: Any
    on_bar: Any
    on_tick: Any
    on_fill: Any
    on_end: Any


def compile_strategy(strategy: Strategy, layout: Layout) -> Steps:
    """Compile the methods a strategy has; each once for its code, its layout and the values it reads from outside.

    Raises:
        CompileError: names the method, the line of the user's source and the rule it broke.
    """
    steps = dict.fromkeys(Steps.__slots__, nothing)
    for name in strategy.handlers():
        method = getattr(type(strategy), name)
        key = (method.__code__, outside(method), layout.type.name)
        if key not in _COMPILED:
            _COMPILED[key] = compile_method(method, layout)
        steps[name] = _COMPILED[key]
    return Steps(**steps)


def compile_method(method: FunctionType, layout: Layout) -> Any:
    body = numba.njit(method, boundscheck=True)  # else window[64] = x writes into whatever lies behind it
    signature = (layout.type, CONTEXT)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", errors.NumbaWarning)
        try:
            body.compile(signature)
        except COMPLAINTS as error:
            refuse(broken_rule(error, layout), offending_line(error, method), method)
    check_stores(body, signature, method)
    warn_of_raw(method)
    as_self, as_context = cast_to(layout.type), cast_to(CONTEXT)

    @numba.njit(void(intp, intp))
    def step(address, context):
        body(as_self(as_pointer(address)), as_context(as_pointer(context)))

    return step


def cast_to(target: types.Type) -> Any:
    @intrinsic
    def cast(typing_context: Any, pointer: Any) -> Any:
        return target(types.voidptr), lambda context, builder, signature, arguments: arguments[0]

    return cast


def refuse(rule: str, line: int, method: FunctionType) -> None:
    text = source_line(method, line)
    where = f"{method.__qualname__}, line {line}"
    raise CompileError(f"{where}: {rule}" + (f"\n        {text}" if text else ""), line=line, rule=rule, source=text)


def source_line(method: FunctionType, line: int) -> str:
    return linecache.getline(method.__code__.co_filename, line).strip()


def tree_of(method: FunctionType) -> ast.AST | None:
    """The method's source as a tree with its own line numbers; None where there is no source."""
    try:
        lines, first = inspect.getsourcelines(method)
        return ast.increment_lineno(ast.parse(textwrap.dedent("".join(lines))), first - 1)
    except (OSError, SyntaxError, TypeError):
        return None


def offending_line(error: Exception, method: FunctionType) -> int:
    """The line in the user's file. numba says it in the error, in its text, or not at all."""
    if getattr(error, "loc", None):
        return int(error.loc.line)  # type: ignore[attr-defined]
    in_text = re.search(r"(?:Raised from .*\(|, line )(\d+)", str(error))
    if in_text:
        return int(in_text.group(1))
    tree = tree_of(method)
    lines = [n.lineno for n in ast.walk(tree) if isinstance(n, ast.Attribute) and n.attr in str(error)] if tree else []
    return min(lines, default=method.__code__.co_firstlineno)


def broken_rule(error: Exception, layout: Layout) -> str:
    """The one sentence in numba's page of text that helps."""
    text = str(error)
    unknown = re.search(r"Unknown attribute '(\w+)' of type Strategy", text) or re.search(r"resolving type of (?:static )?setattr.*?'(\w+)'", text)
    if isinstance(error, KeyError) and error.args:
        return unknown_field(str(error.args[0]), layout)
    if unknown:
        return unknown_field(unknown.group(1), layout)
    unknown = re.search(r"Unknown attribute '(\w+)' of type Context", text)
    if unknown:
        return f"ctx has no {unknown.group(1)!r}"
    own = re.search(r"raised a specific error:\s+\w+: (.*)", text)
    if own:
        return re.sub(r"\s*\[[\w.]+\]$", "", own.group(1))
    lines = [line for line in text.splitlines() if line.strip()]
    return lines[min(len(lines) - 1, int(lines[0].startswith("Failed in")))].split(" Raised from")[0] if lines else type(error).__name__


def unknown_field(name: str, layout: Layout) -> str:
    if name in layout.foreign:
        return f"self.{name} is a {layout.foreign[name]}; compiled strategies hold floats, ints, bools, texts and arrays of numbers"
    return f"self.{name} is neither a parameter nor set in init"


def check_stores(body: Dispatcher, signature: tuple[types.Type, ...], method: FunctionType) -> None:
    """numba would cut 1.7 to 1 when it is stored in an int field and say nothing; interpreted, the field would hold 1.7."""
    notes = body.overloads[signature].type_annotation
    for store in notes.calltypes:
        if isinstance(store, ir.SetAttr) and isinstance(notes.typemap[store.target.name], SelfType):
            self_type: SelfType = notes.typemap[store.target.name]
            value = types.unliteral(notes.typemap[store.value.name])
            kind = self_type.fields.get(store.attr, ("text", 0))[0]
            fits = {"f8": (types.float64, types.int64), "i8": (types.int64,), "?": (types.boolean,)}.get(kind, ())
            if kind == "text":
                refuse(f"self.{store.attr} is a text and cannot be set in a compiled strategy", store.loc.line, method)
            if kind.startswith("a"):
                refuse(f"self.{store.attr} is an array; write into it: self.{store.attr}[:] = ...", store.loc.line, method)
            if value not in fits:
                kinds = {"f8": "a float", "i8": "an int", "?": "a bool"}
                refuse(f"self.{store.attr} was set to {kinds[kind]} in init and cannot take {value}", store.loc.line, method)


def warn_of_raw(method: FunctionType) -> None:
    """Name functions whose last bits differ between a compiled and an interpreted run."""
    tree = tree_of(method)
    for node in ast.walk(tree) if tree else ():
        name = None
        if isinstance(node, ast.Call):
            function = node.func
            name = function.attr if isinstance(function, ast.Attribute) else getattr(function, "id", None)
            owner = function.value if isinstance(function, ast.Attribute) else None
            owner_name = owner.attr if isinstance(owner, ast.Attribute) else getattr(owner, "id", "")
            if name not in RAW or _is_ours(method, function, owner_name):
                continue
        elif isinstance(node, ast.BinOp) and isinstance(node.op, ast.Pow):
            name = "**"
        if name:
            warnings.warn(
                f"{method.__qualname__}, line {node.lineno}: {name} may differ in its last bits between a compiled and an "
                "interpreted run; bt.math has functions that do not",
                BtlabWarning,
                stacklevel=2,
            )


def _is_ours(method: FunctionType, function: ast.expr, owner_name: str) -> bool:
    """Whether a call is of `bt.math`."""
    if isinstance(function, ast.Attribute) and isinstance(function.value, ast.Attribute):
        return function.value.attr == "math" and getattr(function.value.value, "id", "") in ("bt", "btlab")
    found = method.__globals__.get(owner_name)
    return isinstance(found, ModuleType) and found.__name__ == "btlab.strategy.mathematics"


def outside(function: FunctionType, seen: frozenset[int] = frozenset()) -> tuple[Any, ...]:
    """What a function reads from outside, as something to compare: a global changed after compiling must count."""
    values: dict[str, Any] = {n: function.__globals__[n] for n in names_in(function.__code__) if n in function.__globals__}
    for name, cell in zip(function.__code__.co_freevars, function.__closure__ or ()):
        values[name] = cell.cell_contents
    return tuple((name, _comparable(value, seen | {id(function)})) for name, value in sorted(values.items()))


@cache
def names_in(code: CodeType) -> frozenset[str]:
    """The globals that code reads, its nested functions included."""
    nested = (names_in(constant) for constant in code.co_consts if isinstance(constant, CodeType))
    read = (str(step.argval) for step in dis.get_instructions(code) if step.opname in ("LOAD_GLOBAL", "LOAD_NAME"))
    return frozenset(read).union(*nested)


def _comparable(value: Any, seen: frozenset[int]) -> Any:
    if isinstance(value, Dispatcher):
        value = value.py_func
    if isinstance(value, FunctionType):
        return id(value) if id(value) in seen else (value.__code__, outside(value, seen))
    if isinstance(value, np.ndarray):
        return value.dtype.str, value.shape, value.tobytes()
    if isinstance(value, bool | int | float | str | bytes | type(None)):
        return type(value), repr(value)
    if isinstance(value, tuple):
        return tuple(_comparable(item, seen) for item in value)
    return id(value)


