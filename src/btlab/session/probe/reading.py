"""Tables that a strategy reads while it prepares, from files or a store: they are altered as they come.

What is read by `open` can't be altered; it is noted.
"""

from __future__ import annotations

import builtins
import contextlib
import functools
import io
import sys
from collections.abc import Callable, Collection, Iterable, Iterator
from typing import Any

from btlab.session.probe.code_lines import foreign
from btlab.session.probe.columns import Recognised, recognise
from btlab.session.probe.grids import Source
from btlab.session.probe.tables import table_of
from btlab.session.probe.worlds import World

FUNCTIONS = {
    "numpy": ("load", "loadtxt", "genfromtxt", "fromfile", "memmap"),
    "polars": ("read_csv", "read_parquet", "read_ipc", "read_ndjson", "scan_csv", "scan_parquet", "scan_ipc"),
    "pandas": ("read_csv", "read_parquet", "read_feather", "read_pickle", "read_table"),
}


class Readers:
    """The functions that read tables, watched while a strategy runs.

    Attributes:
        opened: files that were opened without them, and where.
    """

    def __init__(self, sources: tuple[Source, ...]) -> None:
        self.sources = sources
        self.opened: dict[str, str] = {}
        self._found: dict[str, tuple[Recognised | None, str]] = {}
        self._inside = 0

    def words(self) -> list[str]:
        """What was read and holds the data."""
        return [words for words, (meaning, _) in self._found.items() if meaning is not None]

    def where(self, words: str) -> str:
        return self._found[words][1] if words in self._found else ""

    @contextlib.contextmanager
    def as_in(
        self, world: World | None, only: Collection[str], functions: Iterable[tuple[Callable[[Any], None], Any]]
    ) -> Iterator[None]:
        """While it lasts, what readers named in `only` give is that of another world.

        Args:
            functions: places that hold a library's function, as `from polars import read_csv` makes them; with that function.
        """
        undo: list[Callable[[], None]] = []
        try:
            for owner, name in _readers():
                original = getattr(owner, name)
                undo.append(functools.partial(setattr, owner, name, original))
                watched = self._watched(original, owner, name, world, only)
                setattr(owner, name, watched)
                for put, function in functions:
                    if function is original:
                        undo.append(functools.partial(put, original))
                        put(watched)
            for owner in (builtins, io):
                original = owner.open
                undo.append(functools.partial(setattr, owner, "open", original))
                owner.open = self._noted(original)  # type: ignore[attr-defined]
            yield
        finally:
            for back in reversed(undo):
                back()

    def _watched(self, original: Any, owner: Any, name: str, world: World | None, only: Collection[str]) -> Any:
        called = f"{getattr(owner, '__name__', owner)}.{name}"

        @functools.wraps(original)
        def read(*arguments: Any, **options: Any) -> Any:
            self._inside += 1
            try:
                value = original(*arguments, **options)
            finally:
                self._inside -= 1
            return value if self._inside else self._in_world(called, arguments, value, world, only)

        return read

    def _in_world(self, called: str, arguments: tuple[Any, ...], value: Any, world: World | None, only: Collection[str]) -> Any:
        where = _caller(3)
        table = table_of(value) if where else None
        meaning = recognise(table, *self.sources) if table is not None else None
        if meaning is None:
            return value
        what = next((repr(a) for a in arguments if isinstance(a, str) or hasattr(a, "__fspath__")), "")
        words = f"what {called}({what}) reads: {meaning.words}"
        self._found.setdefault(words, (meaning, where))
        return meaning.in_world(world) if world is not None and words in only else value

    def _noted(self, original: Any) -> Any:
        @functools.wraps(original)
        def opened(file: Any, mode: str = "r", *arguments: Any, **options: Any) -> Any:
            where = _caller(2)
            if not self._inside and "r" in mode and where and isinstance(file, str | bytes) | hasattr(file, "__fspath__"):
                self.opened.setdefault(str(file), where)
            return original(file, mode, *arguments, **options)

        return opened


def _readers() -> Iterator[tuple[Any, str]]:
    for module, names in FUNCTIONS.items():
        if module in sys.modules:
            yield from ((sys.modules[module], name) for name in names if hasattr(sys.modules[module], name))
    store = sys.modules.get("btlab.data.store")
    if store is not None:
        yield from ((store.Store, name) for name in ("ticks", "bars"))


def _caller(depth: int) -> str:
    """The method and line of the strategy from which this was called; '' where a library called."""
    frame = sys._getframe(depth)
    if foreign(frame.f_globals.get("__name__")):
        return ""
    return f"{frame.f_code.co_name}, line {frame.f_lineno}"
