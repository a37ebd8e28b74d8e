"""From a strategy's methods to function pointers, and from numba's complaints to one sentence with the user's own line."""

from __future__ import annotations

import ast
import dis
import inspect
import linecache
import re
import textwrap
import tokenize
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

from btlab.errors import CompileError, did_you_mean, warn
from btlab.indicators.handle import SEVERAL, no_number
from btlab.market.linked import Linked, give_environments
from btlab.market.memory import as_pointer
from btlab.strategy import context_bars as _bars  # noqa: F401  (gives ctx its bars)
from btlab.strategy import context_indicators as _indicators  # noqa: F401  (gives ctx its indicators)
from btlab.strategy import context_orders as _orders  # noqa: F401  (gives ctx its orders)
from btlab.strategy import context_positions as _positions  # noqa: F401  (gives ctx its positions)
from btlab.strategy.base import Strategy
from btlab.strategy.context import CONTEXT
from btlab.strategy.plain import public_names
from btlab.strategy.selftype import HANDLE, Layout, SelfType
from btlab.strategy.wording import unknown_argument

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
            _COMPILED[key] = compile_method(method, layout, type(strategy))
        steps[name] = _COMPILED[key]
    return Steps(**steps)


def compile_method(method: FunctionType, layout: Layout, owner: type[Strategy]) -> Any:
    # boundscheck: else window[64] = x writes into whatever lies behind it. Linked: it is a part of its step, and no more; with
    # machine code of its own too, a strategy took 1.5 times as long to its first result.
    body = numba.njit(method, boundscheck=True, no_cpython_wrapper=True, no_cfunc_wrapper=True, pipeline_class=Linked)
    signature = (layout.type, CONTEXT)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", errors.NumbaWarning)
        try:
            body.compile(signature)
        except Exception as error:  # numba complains in many ways, with ImportError (np.dot without scipy) and KeyError too
            line = offending_line(error, method)
            refuse(broken_rule(error, layout, owner, line, method), line, method)
    check_stores(body, layout, method)
    warn_of_raw(method)
    as_self, as_context = cast_to(layout.type), cast_to(CONTEXT)

    @numba.njit(void(intp, intp))
    def step(address, context):
        body(as_self(as_pointer(address)), as_context(as_pointer(context)))

    give_environments(body, step)
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
    except (OSError, SyntaxError, TypeError, tokenize.TokenError):  # the last: of a file that is no Python
        return None


def offending_line(error: Exception, method: FunctionType) -> int:
    """The line in the user's file. numba says it in the error, in its text, or not at all."""
    if getattr(error, "loc", None):
        return int(error.loc.line)  # type: ignore[attr-defined]
    in_text = re.search(r"(?:Raised from .*\(|, line )(\d+)", str(error))
    if in_text:
        return int(in_text.group(1))
    named: list[int] = []
    for node in ast.walk(tree_of(method) or ast.parse("")):
        name = node.attr if isinstance(node, ast.Attribute) else getattr(node, "value", None)
        if isinstance(node, ast.Attribute | ast.Constant) and isinstance(name, str) and name and name in str(error):
            named.append(node.lineno)
    return min(named, default=method.__code__.co_firstlineno)


def broken_rule(error: Exception, layout: Layout, owner: type[Strategy], line: int, method: FunctionType) -> str:
    """The one sentence in numba's page of text that helps."""
    text = str(error)
    if found := re.search(
        r"Unknown attribute '(\w+)' of type Strategy|Cannot resolve setattr: \(Strategy\(.*\)\)\.(\w+) = ", text
    ):
        return unknown_field(found.group(1) or found.group(2), layout, owner)
    if found := re.search(r"Unknown attribute '(\w+)' of type Context", text):
        return f"ctx has no {found.group(1)!r}.{did_you_mean(found.group(1), public_names())}"
    if found := re.search(r"setattr: \(?Context\)?\.(\w+)|lowering Context\.(\w+) = ", text):
        return f"ctx.{found.group(1) or found.group(2)} can be read, not set"
    if re.search(r">>> \w+\((.*, )?Handle\b", text):
        return no_number(handle_at(line, layout, method))
    if found := re.search(r"Cannot cast (.+?) to .+?: ", text):
        return cannot_take(stored_at(line, method), layout, in_words(found.group(1)))
    if found := re.search(r"name '(\w+)': Cannot determine Numba type of <class '([\w.]+)'>", text):
        name, kind = found.groups()
        way_out = "; put @numba.njit above it" if kind == "function" else ""
        return f"{name} is a {'plain Python function' if kind == 'function' else kind}, which compiled code cannot use{way_out}"
    if found := re.search(r"unsupported opcode \((\w+)\)", text):
        is_import = found.group(1) == "IMPORT_NAME"
        return (
            "an import inside a method; import at the top instead"
            if is_import
            else f"Python that cannot be compiled ({found.group(1)})"
        )
    if found := re.search(r"unexpected keyword argument '(\w+)'", text):
        return unknown_argument(called_at(line, method), found.group(1))
    own = re.search(r"raised a specific error:\s+\w+: (.*)", text)
    if own and not own.group(1).startswith("Failed in"):
        return re.sub(r"\s*\[[\w.]+\]$", "", own.group(1))
    if found := re.search(r">>> (\w+)\((.*)\)", text):
        name, given = found.groups()
        name = f"ctx.{called_at(line, method)}" if given.startswith("Context") else name
        return f"{name} cannot take ({in_words(given.removeprefix('Context').removeprefix(', '))})"
    lines = [line for line in text.splitlines() if line.strip()]
    return (
        lines[min(len(lines) - 1, int(lines[0].startswith("Failed in")))].split(" Raised from")[0]
        if lines
        else type(error).__name__
    )


def in_words(given: str) -> str:
    """Types as numba writes them, in words."""
    given = re.sub(r"Literal\[str\]\((.*?)\)", r"'\1'", given)
    given = re.sub(r"Literal\[\w+\]\((.*?)\)", r"\1", given)
    given = re.sub(r"OptionalType\((\w+)\)", r"\1 or None", given)
    return re.sub(r"unicode_type", "text", given)


def stored_at(line: int, method: FunctionType) -> str:
    """The field of self that a line sets."""
    nodes = (node for node in ast.walk(tree_of(method) or ast.parse("")) if getattr(node, "lineno", 0) == line)
    return next((n.attr for n in nodes if isinstance(n, ast.Attribute) and isinstance(n.ctx, ast.Store)), "?")


def handle_at(line: int, layout: Layout, method: FunctionType) -> str:
    """The handle that a line reads."""
    nodes = (node for node in ast.walk(tree_of(method) or ast.parse("")) if getattr(node, "lineno", 0) == line)
    named = (n.attr for n in nodes if isinstance(n, ast.Attribute) and layout.type.fields.get(n.attr, ("",))[0] == "h")
    return next((f"self.{name}" for name in named), "that")


def called_at(line: int, method: FunctionType) -> str:
    """The method of ctx that a line calls."""
    nodes = (node for node in ast.walk(tree_of(method) or ast.parse("")) if getattr(node, "lineno", 0) == line)
    called = (node.func for node in nodes if isinstance(node, ast.Call))
    return next((f.attr for f in called if isinstance(f, ast.Attribute) and getattr(f.value, "id", "") == "ctx"), "?")


def unknown_field(name: str, layout: Layout, owner: type[Strategy]) -> str:
    value = getattr(owner, name, None)
    if layout.foreign.get(name) == SEVERAL:
        return f"self.{name}: {SEVERAL}"
    if name in layout.foreign:
        return (
            f"self.{name} is a {layout.foreign[name]}; compiled strategies hold floats, ints, bools, texts "
            "and 1- or 2-dimensional arrays of float64, int64 or bool"
        )
    if isinstance(value, FunctionType):
        return (
            f"self.{name} is a method; compiled code calls functions only: move it out of the class and put @numba.njit above it"
        )
    if isinstance(value, bool | int | float):
        return f"self.{name} has no annotation, so it is no parameter; write {name}: {type(value).__name__} = {value!r}"
    return f"self.{name} is neither a parameter nor set in init.{did_you_mean(name, layout.type.fields)}"


def cannot_take(name: str, layout: Layout, value: str) -> str:
    kind = layout.type.fields.get(name, ("text", 0))[0]
    if value == str(HANDLE):
        return no_number("what is set here") if kind == "f8" else f"self.{name} was set to no handle of an indicator in init"
    if kind == "text":
        return f"self.{name} is a text and cannot be set in a compiled strategy"
    if kind.startswith("a"):
        return f"self.{name} is an array; write into it: self.{name}[:] = ..."
    kinds = {"f8": "a float", "i8": "an int", "?": "a bool", "h": "an indicator's handle"}
    return f"self.{name} was set to {kinds[kind]} in init and cannot take {value}"


FITTING = {"f8": (types.float64, types.int64), "i8": (types.int64,), "?": (types.boolean,), "h": (HANDLE,)}
"""What fields take, by their kind."""


def check_stores(body: Dispatcher, layout: Layout, method: FunctionType) -> None:
    """numba would cut 1.7 to 1 when it is stored in an int field and say nothing; interpreted, the field would hold 1.7."""
    notes = body.overloads[layout.type, CONTEXT].type_annotation
    for store in notes.calltypes:
        if isinstance(store, ir.SetAttr) and isinstance(notes.typemap[store.target.name], SelfType):
            value = types.unliteral(notes.typemap[store.value.name])
            kind = layout.type.fields.get(store.attr, ("text", 0))[0]
            fits = {"f8": (types.float64, types.int64), "i8": (types.int64,), "?": (types.boolean,), "h": (HANDLE,)}.get(kind, ())
            if value not in fits:
                refuse(cannot_take(store.attr, layout, in_words(str(value))), store.loc.line, method)


def warn_of_raw(method: FunctionType) -> None:
    """Name functions whose last bits differ between a compiled and an interpreted run."""
    tree = tree_of(method)
    for node in ast.walk(tree) if tree else ():
        name: str | None = None
        if not isinstance(node, ast.expr):
            continue
        if isinstance(node, ast.Call):
            function = node.func
            name = function.attr if isinstance(function, ast.Attribute) else getattr(function, "id", None)
            owner = function.value if isinstance(function, ast.Attribute) else None
            owner_name = owner.attr if isinstance(owner, ast.Attribute) else getattr(owner, "id", "")
            if name not in RAW or _is_ours(method, function, owner_name) or _is_a_note(method, node):
                continue
        elif isinstance(node, ast.BinOp) and isinstance(node.op, ast.Pow):
            name = "**"
        if name:
            warn(
                f"{method.__qualname__}, line {node.lineno}: {name} may differ in its last bits between a compiled and an "
                "interpreted run; bt.math has functions that do not"
            )


def _is_ours(method: FunctionType, function: ast.expr, owner_name: str) -> bool:
    """Whether a call is of `bt.math`."""
    if isinstance(function, ast.Attribute) and isinstance(function.value, ast.Attribute):
        return function.value.attr == "math" and getattr(function.value.value, "id", "") in ("bt", "btlab")
    found = method.__globals__.get(owner_name)
    return isinstance(found, ModuleType) and found.__name__ == "btlab.strategy.mathematics"


def _is_a_note(method: FunctionType, call: ast.Call) -> bool:
    """Whether a call is `ctx.log`, or one with a text, of which there is no logarithm."""
    said, owner = call.args[0] if call.args else None, call.func
    while isinstance(owner, ast.Attribute | ast.Call):
        owner = owner.value if isinstance(owner, ast.Attribute) else owner.func
    of_context = isinstance(owner, ast.Name) and owner is not call.func and owner.id in method.__code__.co_varnames[1:2]
    return of_context or (isinstance(said, ast.Constant) and isinstance(said.value, str))


def outside(function: FunctionType, seen: frozenset[int] = frozenset()) -> tuple[Any, ...]:
    """What a function reads from outside, as something to compare: a global changed after compiling must count."""
    values: dict[str, Any] = {n: function.__globals__[n] for n in names_in(function.__code__) if n in function.__globals__}
    for name, cell in zip(function.__code__.co_freevars, function.__closure__ or ()):
        values[name] = cell.cell_contents
    for name, module in list(values.items()):
        if isinstance(module, ModuleType):
            values |= {f"{name}.{n}": v for n in attributes_in(function.__code__) if _is_plain(v := vars(module).get(n))}
    return tuple((name, _comparable(value, seen | {id(function)})) for name, value in sorted(values.items()))


def _is_plain(value: Any) -> bool:
    """What numba takes as a constant, and a user may change: not the functions of a library."""
    return isinstance(value, bool | int | float | str | tuple | np.ndarray)


@cache
def attributes_in(code: CodeType) -> frozenset[str]:
    """The attributes that code reads."""
    nested = (attributes_in(constant) for constant in code.co_consts if isinstance(constant, CodeType))
    read = (str(step.argval) for step in dis.get_instructions(code) if step.opname in ("LOAD_ATTR", "LOAD_METHOD"))
    return frozenset(read).union(*nested)


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
