"""Where a strategy's own code reads a name: the method and the line, for whoever looks for a fault."""

from __future__ import annotations

import dis
import sys
from types import CodeType, FunctionType

_LIBRARIES = sys.stdlib_module_names | {
    "btlab", "numpy", "numba", "polars", "pandas", "talib", "scipy", "sklearn", "torch", "pyarrow", "duckdb", "matplotlib",
}  # fmt: skip


def foreign(module: str | None) -> bool:
    """Whether a module is a library's."""
    return module is not None and module.partition(".")[0] in _LIBRARIES


def line_of(function: FunctionType, name: str) -> str:
    """The method, and its first line that reads a name; nested functions count to it."""
    line = _first_line(function.__code__, name)
    return f"{function.__name__}, line {line}" if line else function.__name__


def _first_line(code: CodeType, name: str) -> int | None:
    loads = (
        step
        for step in dis.get_instructions(code)
        if step.argval == name or (isinstance(step.argval, tuple) and name in step.argval)
    )
    found = [
        step.positions.lineno for step in loads if step.opname.startswith("LOAD") and step.positions and step.positions.lineno
    ]
    inner = (_first_line(constant, name) for constant in code.co_consts if isinstance(constant, CodeType))
    return min([*found, *(line for line in inner if line)], default=None)


def where_read(kind: type, name: str) -> str:
    """The first method of a class that reads an attribute, in the order in which they are called."""
    methods = [getattr(kind, n, None) for n in ("init", "on_start", "on_bar", "on_tick", "on_fill", "on_end")]
    methods += [value for value in vars(kind).values() if isinstance(value, FunctionType)]
    for method in methods:
        if isinstance(method, FunctionType) and not foreign(method.__module__):
            line = _first_line(method.__code__, name)
            if line:
                return f"{method.__name__}, line {line}"
    return kind.__name__
