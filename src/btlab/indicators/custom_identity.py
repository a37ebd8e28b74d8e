"""What makes a user's function this one: a function declared again with the same code and the same numbers is the same."""

from __future__ import annotations

import hashlib
import itertools
import sys
from types import BuiltinFunctionType, CellType, CodeType, FunctionType, ModuleType
from typing import Any

import numpy as np

STEADY = frozenset(sys.stdlib_module_names | {"numpy", "numba"}) - {"__main__"}
"""Packages that do not change under a function; a user's own module or class may."""

_DECLARATIONS = itertools.count()


def identity_of(function: FunctionType, seen: frozenset[int] = frozenset()) -> tuple[Any, ...]:
    """Its code, its defaults, and the numbers, texts, containers and functions it reads from outside.

    Of anything else that it reads nothing is known but that it may have changed: each declaration is another function then.
    """
    read = {name: function.__globals__[name] for name in sorted(_names(function.__code__)) if name in function.__globals__}
    cells = {name: cell for name, cell in zip(function.__code__.co_freevars, function.__closure__ or ()) if cell != CellType()}
    outside = read | {name: cell.cell_contents for name, cell in cells.items()}
    return (
        _text(function.__code__),
        function.__defaults__,
        function.__kwdefaults__,
        tuple((name, _value(value, seen | {id(function)})) for name, value in outside.items()),
    )


def _value(value: Any, seen: frozenset[int]) -> Any:
    plain = getattr(value, "py_func", value)
    if isinstance(plain, FunctionType):
        return plain.__qualname__ if id(plain) in seen else identity_of(plain, seen)
    if isinstance(plain, bool | int | float | complex | str | bytes | None):
        return repr(plain)
    if isinstance(plain, np.ndarray | np.generic) and not plain.dtype.hasobject:
        return str(plain.dtype), plain.shape, hashlib.sha256(plain.tobytes()).hexdigest()
    if isinstance(plain, BuiltinFunctionType | np.ufunc | type | ModuleType) and _is_steady(plain):
        return type(plain).__name__, getattr(plain, "__module__", None), plain.__name__
    if id(plain) not in seen and isinstance(plain, list | tuple | set | frozenset | dict):
        within = seen | {id(plain)}
        parts = [_value(one, within) for one in (plain.items() if isinstance(plain, dict) else plain)]
        return type(plain).__name__, sorted(parts, key=repr) if isinstance(plain, set | frozenset) else parts
    return type(plain).__qualname__, next(_DECLARATIONS)


def _is_steady(value: Any) -> bool:
    """Whether it comes with Python, numpy or numba: what does not change while a notebook runs."""
    home = value.__name__ if isinstance(value, ModuleType) else getattr(value, "__module__", None)
    return isinstance(value, np.ufunc) or (isinstance(home, str) and home.split(".")[0] in STEADY)


def _names(code: CodeType) -> frozenset[str]:
    nested = (_names(one) for one in code.co_consts if isinstance(one, CodeType))
    return frozenset(code.co_names).union(*nested)


def _text(code: CodeType) -> tuple[Any, ...]:
    return code.co_code, tuple(map(_constant, code.co_consts)), code.co_names, code.co_varnames


def _constant(one: Any) -> Any:
    if isinstance(one, CodeType):
        return _text(one)
    return sorted(map(repr, one)) if isinstance(one, frozenset) else repr(one)  # a set's order differs from process to process
