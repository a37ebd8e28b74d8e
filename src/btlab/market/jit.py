"""`kernel`: numba's njit with a cache on disk that cannot serve stale machine code.

numba notices changes of a function's own file only; a kernel that inlines another file's function would go on running the
old one. So the folder of the cache carries a hash of every source that holds kernels. Where no folder can be written, code
is compiled for this process alone.
"""

from __future__ import annotations

import hashlib
import itertools
import os
import sys
import tempfile
from collections.abc import Callable
from functools import cache
from pathlib import Path
from types import FunctionType
from typing import Any

import numba
from numba.core import bytecode, caching

from btlab.market.linked import Linked

PACKAGE = Path(__file__).resolve().parent.parent
KERNEL_ROOMS = ("market", "execution", "engine", "strategy", "data/kernels")
INDICATOR_ROOMS = ("market", "indicators")
"""What the kernels of indicators are made of: the rest calls them by address, so neither is compiled anew for the other."""


@cache
def sources_hash(rooms: tuple[str, ...] = KERNEL_ROOMS) -> str:
    """A short hash of all sources that kernels are made of."""
    digest = hashlib.sha256()
    for room in rooms:
        for path in sorted((PACKAGE / room).rglob("*.py")):
            digest.update(path.name.encode() + b"\0" + path.read_bytes())
    return digest.hexdigest()[:16]


@cache
def cache_folder(rooms: tuple[str, ...] = KERNEL_ROOMS) -> Path | None:
    """A folder that can be written, made now: $BTLAB_CACHE, the user's cache, or a temporary one; None where there is none."""
    home = os.environ.get("XDG_CACHE_HOME") or (os.environ.get("LOCALAPPDATA") if sys.platform == "win32" else None)
    user = Path(home) if home else Path.home() / (".cache" if sys.platform != "darwin" else "Library/Caches")
    own = os.environ.get("BTLAB_CACHE")
    temporary = Path(tempfile.gettempdir()) / f"btlab-{os.getuid() if hasattr(os, 'getuid') else os.getlogin()}"
    for base in ([Path(own)] if own else []) + [user / "btlab", temporary]:
        folder = base / "kernels" / sources_hash(rooms)
        try:
            folder.mkdir(parents=True, exist_ok=True)
            with tempfile.TemporaryFile(dir=folder):
                return folder
        except OSError:
            continue
    return None


def is_cold() -> bool:
    """Whether the engine is not compiled yet on this machine."""
    folder = cache_folder()
    return folder is None or next(folder.rglob("loop.run_compiled*.nbi"), None) is None


class _Locator(caching._CacheLocator):
    """Where numba keeps the machine code of btlab's kernels."""

    def __init__(self, py_func: Callable[..., Any], py_file: str) -> None:
        self._py_file = py_file
        self._lineno = py_func.__code__.co_firstlineno
        self._rooms = INDICATOR_ROOMS if Path(py_file).is_relative_to(PACKAGE / "indicators") else KERNEL_ROOMS

    def get_cache_path(self) -> str:
        return str(cache_folder(self._rooms))

    def ensure_cache_path(self) -> None:
        """The folder was made and tried by `cache_folder`."""

    def get_source_stamp(self) -> str:
        return sources_hash(self._rooms)

    def get_disambiguator(self) -> str:
        return str(self._lineno)

    @classmethod
    def from_function(cls, py_func: Callable[..., Any], py_file: str) -> _Locator | None:
        return cls(py_func, py_file) if Path(py_file).is_relative_to(PACKAGE) else None


caching.CompileResultCacheImpl._locator_classes.insert(0, _Locator)

# A symbol is a function's name and a number, which numba counts from 1 in each process. Two functions of one name, as closures
# are, kept on disk by two processes, may have one number too, and then one is run for the other: ctx.cash told the equity.
bytecode.FunctionIdentity._unique_ids = itertools.count(int.from_bytes(os.urandom(6), "little"))


def kernel(function: Any = None, /, **options: Any) -> Any:
    """Compile a function of scalars and arrays, without the interpreter's lock, kept on disk.

    On first use, or at once where a signature is given: `@kernel`, `@kernel(inline="always")`, `@kernel(int64(intp))`.

    Division by zero gives inf or NaN as in numpy; kernels check what they divide by.
    """
    settings = {"cache": cache_folder() is not None, "nogil": True, "error_model": "numpy"} | options
    if isinstance(function, FunctionType):
        return numba.njit(**settings)(function)
    return numba.njit(function, **settings) if function is not None else numba.njit(**settings)


def inner(function: Any = None, /, **options: Any) -> Any:
    """A kernel that only kernels call: no door for Python, no copy on disk and no machine code of its own (`market.linked`)."""
    return kernel(function, cache=False, no_cpython_wrapper=True, no_cfunc_wrapper=True, pipeline_class=Linked, **options)
