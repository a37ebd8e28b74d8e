"""Everything a strategy can reach outside `ctx`, and which of it holds the data.

From its methods: globals, closures, default arguments, helpers, their globals; from its classes and the object itself:
attributes; and what lies in those, in containers and objects. Libraries are left out.
"""

from __future__ import annotations

import functools
from collections import deque
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from types import FunctionType, MethodType, ModuleType
from typing import Any

import numpy as np

from btlab.market.series import Bars, Ticks
from btlab.market.state import MultiTimeframe
from btlab.session.probe.code_lines import foreign, line_of, where_read
from btlab.session.probe.columns import Recognised, recognise
from btlab.session.probe.grids import Source
from btlab.session.probe.statistics import Statistic, statistic_of
from btlab.session.probe.tables import table_of
from btlab.session.probe.worlds import World
from btlab.strategy.base import Strategy
from btlab.strategy.compile import attributes_in, names_in

_DEEPEST = 6
_MOST_ITEMS = 1_000
_TABLES = (np.ndarray, Ticks, Bars, list, tuple, deque, dict)
Put = Callable[[Any], None]


@dataclass(frozen=True, eq=False)
class Rebuilt:
    """An object made of the data alone: `build` makes another one of other data."""

    inner: Recognised
    build: Callable[[Any], Any]

    @property
    def words(self) -> str:
        return self.inner.words

    def in_world(self, world: World) -> Any:
        """What it would be there."""
        return self.build(self.inner.in_world(world))


Meaning = Recognised | Statistic | Rebuilt


@dataclass(frozen=True, eq=False)
class Holding:
    """One place in which something of the data is held.

    Attributes:
        name: the place, as people call it. where: which method reads it, and at which line, as far as that is known.
        meaning: what of the data it is. put: sets another value there.
    """

    name: str
    where: str
    meaning: Meaning
    put: Put

    @property
    def words(self) -> str:
        return f"{self.name}: {self.meaning.words}"


@dataclass(eq=False)
class Reach:
    """What a strategy reaches.

    Attributes:
        sources: the data, of each symbol.
        holdings: places that hold the data.
        helpers: places that hold functions compiled by numba, with the plain ones. functions: those that hold a library's.
        restores: each puts one thing back as it was when this was made.
    """

    sources: tuple[Source, ...]
    holdings: list[Holding] = field(default_factory=list)
    helpers: list[tuple[Put, Any]] = field(default_factory=list)
    functions: list[tuple[Put, Any]] = field(default_factory=list)
    restores: list[Callable[[], None]] = field(default_factory=list)
    _seen: set[int] = field(default_factory=set)
    _known: list[Any] = field(default_factory=list)

    def restore(self) -> None:
        """Put everything back as it was."""
        for back in reversed(self.restores):
            back()

    def of_strategy(self, strategy: Strategy) -> None:
        for kind in type(strategy).__mro__:
            if kind in (Strategy, object):
                break
            self._of_class(kind)
        for name, value in list(vars(strategy).items()):
            line = where_read(type(strategy), name)
            self._remember_attribute(strategy, name, value)
            self._value(f"self.{name}", line, value, functools.partial(setattr, strategy, name), 0)

    def _of_class(self, kind: type) -> None:
        if not self._first(kind):
            return
        before = dict(vars(kind))
        self.restores.append(lambda: _restore_class(kind, before))
        for name, value in before.items():
            plain = value.__func__ if isinstance(value, staticmethod | classmethod) else value
            plain = plain.fget if isinstance(plain, property) else plain
            plain = plain.func if isinstance(plain, functools.cached_property) else plain
            if isinstance(plain, FunctionType):
                self._of_function(plain)
            elif not name.startswith("__"):
                put = functools.partial(setattr, kind, name)
                self._value(f"{kind.__name__}.{name}", where_read(kind, name), value, put, 0)

    def _of_function(self, function: FunctionType) -> None:
        if not self._first(function) or foreign(function.__module__):
            return
        code, scope = function.__code__, function.__globals__
        for name in sorted(names_in(code) & scope.keys()):
            self._of_global(function, scope, name)
        for name, cell in zip(code.co_freevars, function.__closure__ or ()):
            self._of_cell(function, name, cell)
        self._of_defaults(function)

    def _of_global(self, function: FunctionType, scope: dict[str, Any], name: str) -> None:
        value = scope[name]
        self.restores.append(functools.partial(scope.__setitem__, name, value))
        where = line_of(function, name)
        if isinstance(value, ModuleType):
            if not foreign(value.__name__):
                for attribute in sorted(attributes_in(function.__code__) & vars(value).keys()):
                    held, put = vars(value)[attribute], functools.partial(setattr, value, attribute)
                    self.restores.append(functools.partial(put, held))
                    self._value(f"{name}.{attribute}", line_of(function, attribute), held, put, 0)
            return
        self._value(f"global {name}", where, value, functools.partial(scope.__setitem__, name), 0)

    def _of_cell(self, function: FunctionType, name: str, cell: Any) -> None:
        try:
            value = cell.cell_contents
        except ValueError:
            return
        put = functools.partial(setattr, cell, "cell_contents")
        self.restores.append(functools.partial(put, value))
        if name != "__class__":
            where = line_of(function, name)
            self._value(f"{name}, which {function.__name__} encloses", where, value, put, 0)

    def _of_defaults(self, function: FunctionType) -> None:
        arguments = function.__code__.co_varnames[: function.__code__.co_argcount]
        defaults = function.__defaults__ or ()
        self.restores.append(functools.partial(setattr, function, "__defaults__", function.__defaults__))
        for place, (name, value) in enumerate(zip(arguments[len(arguments) - len(defaults) :], defaults)):
            self._value(f"default of {name}", line_of(function, name), value, functools.partial(_put_default, function, place), 0)
        only: dict[str, Any] = function.__kwdefaults__ or {}
        for name, value in list(only.items()):
            put = functools.partial(only.__setitem__, name)
            self.restores.append(functools.partial(put, value))
            self._value(f"default of {name}", line_of(function, name), value, put, 0)

    def _value(self, name: str, where: str, value: Any, put: Put, depth: int) -> None:
        """Look at what a place holds: the data, or something in which they may lie."""
        meaning: Meaning | None = statistic_of(value, *self.sources) if depth < 2 else None
        if meaning is None and (isinstance(value, _TABLES) or _is_frame(value)):
            meaning = self._recognise(value)
        elif isinstance(value, MultiTimeframe):
            inner, line = self._recognise(value.data), value.timeline
            build = functools.partial(MultiTimeframe, price=line.price, calendar=line.calendar, empty_bars=line.empty_bars)
            meaning = Rebuilt(inner, build) if inner is not None else None
        if meaning is not None:
            self.holdings.append(Holding(name, where, meaning, put))
        if isinstance(value, np.ndarray):
            self._remember_array(value)
        elif meaning is None and depth < _DEEPEST:
            self._inside(name, where, value, put, depth + 1)

    def _recognise(self, value: Any) -> Recognised | None:
        table = table_of(value)
        return recognise(table, *self.sources) if table is not None else None

    def _inside(self, name: str, where: str, value: Any, put: Put, depth: int) -> None:
        if hasattr(value, "py_func") and isinstance(value.py_func, FunctionType):
            self.helpers.append((put, value.py_func))
            self._of_function(value.py_func)
        elif callable(value) and foreign(getattr(value, "__module__", None)) and not isinstance(value, type):
            self.functions.append((put, value))
        elif isinstance(value, FunctionType):
            self._of_function(value)
        elif isinstance(value, type):
            if not foreign(value.__module__):
                self._of_class(value)
        elif isinstance(value, MethodType):
            self._inside(name, where, value.__self__, put, depth)
            if isinstance(value.__func__, FunctionType):
                self._of_function(value.__func__)
        elif hasattr(value, "cache_clear") and hasattr(value, "__wrapped__"):
            self.restores.append(value.cache_clear)
            self._inside(name, where, value.__wrapped__, put, depth)
        elif isinstance(value, functools.partial):
            self._of_partial(name, where, value, put, depth)
        elif self._first(value):
            self._items(name, where, value, put, depth)

    def _of_partial(self, name: str, where: str, value: functools.partial[Any], put: Put, depth: int) -> None:
        self._inside(name, where, value.func, lambda _: None, depth)
        for place, argument in enumerate(value.args):

            def changed(other: Any, place: int = place) -> None:
                args = (*value.args[:place], other, *value.args[place + 1 :])
                put(functools.partial(value.func, *args, **value.keywords))

            self._value(f"{name}, argument {place + 1}", where, argument, changed, depth)
        for key, argument in value.keywords.items():

            def renamed(other: Any, key: str = key) -> None:
                put(functools.partial(value.func, *value.args, **(value.keywords | {key: other})))

            self._value(f"{name}, argument {key}", where, argument, renamed, depth)

    def _items(self, name: str, where: str, value: Any, put: Put, depth: int) -> None:
        """What lies in a container or an object."""
        if isinstance(value, dict) and len(value) <= _MOST_ITEMS:
            kept = dict(value)
            self.restores.append(functools.partial(_refill, value, kept))
            for key, item in kept.items():
                self._value(f"{name}[{key!r}]", where, item, functools.partial(value.__setitem__, key), depth)
        elif isinstance(value, list) and len(value) <= _MOST_ITEMS:
            items = list(value)
            self.restores.append(lambda: value.__setitem__(slice(None), items))
            for place, item in enumerate(items):
                self._value(f"{name}[{place}]", where, item, functools.partial(value.__setitem__, place), depth)
        elif isinstance(value, tuple) and len(value) <= _MOST_ITEMS:
            for place, item in enumerate(value):
                self._value(f"{name}[{place}]", where, item, functools.partial(_put_in_tuple, value, place, put), depth)
        elif isinstance(value, set | deque):
            self._remember_container(value)
        elif hasattr(value, "bit_generator"):
            state = value.bit_generator.state
            self.restores.append(lambda: setattr(value.bit_generator, "state", state))
        elif hasattr(value, "getstate") and hasattr(value, "setstate"):
            drawn = value.getstate()
            self.restores.append(lambda: value.setstate(drawn))
        elif not foreign(type(value).__module__) or type(value).__name__ == "SimpleNamespace":
            self._of_class(type(value)) if type(value).__name__ != "SimpleNamespace" else None
            self._of_object(name, where, value, depth)

    def _of_object(self, name: str, where: str, value: Any, depth: int) -> None:
        held = vars(value) if hasattr(value, "__dict__") else {n: getattr(value, n) for n in _slots(value) if hasattr(value, n)}
        for attribute, item in list(held.items()):
            self._remember_attribute(value, attribute, item)
            put = functools.partial(object.__setattr__, value, attribute)
            self._value(f"{name}.{attribute}", where, item, put, depth)

    def _remember_attribute(self, owner: Any, name: str, value: Any) -> None:
        self.restores.append(functools.partial(object.__setattr__, owner, name, value))

    def _remember_container(self, value: Any) -> None:
        items = value.copy()

        def back() -> None:
            value.clear()
            value.update(items) if isinstance(value, set) else value.extend(items)

        self.restores.append(back)

    def _remember_array(self, value: np.ndarray) -> None:
        if self._first(value) and value.flags.writeable and value.dtype != object and value.nbytes < 1 << 26:
            self.restores.append(functools.partial(np.copyto, value, value.copy()))

    def _first(self, value: Any) -> bool:
        """Whether it is met for the first time; keeps it alive, so that its id stays its own."""
        if id(value) in self._seen:
            return False
        self._seen.add(id(value))
        self._known.append(value)
        return True


def _restore_class(kind: type, before: dict[str, Any]) -> None:
    for name in vars(kind).keys() - before.keys():
        delattr(kind, name)
    for name, value in before.items():
        if vars(kind).get(name) is not value:
            setattr(kind, name, value)


def _refill(given: dict[Any, Any], items: dict[Any, Any]) -> None:
    given.clear()
    given.update(items)


def _put_default(function: FunctionType, place: int, value: Any) -> None:
    defaults = function.__defaults__ or ()
    function.__defaults__ = (*defaults[:place], value, *defaults[place + 1 :])


def _put_in_tuple(given: tuple[Any, ...], place: int, put: Put, value: Any) -> None:
    items = (*given[:place], value, *given[place + 1 :])
    make: Any = getattr(type(given), "_make", type(given))  # of a named tuple
    put(make(items))


def _slots(value: Any) -> Iterator[str]:
    for kind in type(value).__mro__:
        slots = vars(kind).get("__slots__", ())
        yield from (slots,) if isinstance(slots, str) else slots


def _is_frame(value: Any) -> bool:
    return type(value).__module__.partition(".")[0] in ("polars", "pandas") and not isinstance(value, type)
