"""Who may import whom: the table of rooms, the doors of the heavy libraries, and what is declared in pyproject.toml.

Imports are read from the sources, those inside functions and under TYPE_CHECKING too, and `import_module("...")` with them.
"""

from __future__ import annotations

import ast
import re
import sys
import tomllib
from collections.abc import Iterable, Iterator
from importlib.metadata import packages_distributions
from pathlib import Path
from typing import NamedTuple

import pytest

ROOT = Path(__file__).resolve().parent.parent
PACKAGE = ROOT / "src" / "btlab"

# From the top down; a room sees the rooms of the lines below its own, and none of its own line.
TABLE = """
app
examples research widgets
session
strategy
models engine
data indicators execution metrics
market
errors views
"""
LEVELS = {room: -level for level, line in enumerate(TABLE.split("\n")) for room in line.split()}

# Widgets and the app ask the session; they never see the engine's state.
UNSEEN = {("widgets", "engine"), ("app", "engine")}

# One door per heavy library: the rooms (or modules) that may import it.
DOORS = {
    "duckdb": ("data",),
    "anywidget": ("widgets",),
    "ipywidgets": ("widgets",),
    "traitlets": ("widgets",),
    "panel": ("app",),
    "bokeh": ("app",),
    "pandas": ("app",),
    "typer": ("app",),
    "httpx": ("data.feeds.wire",),
    "databento_dbn": ("data.importers.databento",),
    "exchange_calendars": ("market.sessions",),
    "yaml": ("strategy",),
    "talib": ("indicators",),
    "torch": ("models.training",),
    "dask": ("research",),
    "distributed": ("research",),
}

# Libraries of extras: whoever lacks them loses what is behind that one door.
BEHIND_ONE_MODULE = {library for library, (door, *more) in DOORS.items() if "." in door and not more}

# Rooms that stay near the machine: these libraries and the standard library, nothing else.
SPARSE = {
    "errors": (),
    "views": (),
    "market": ("numpy", "numba", "llvmlite", "polars", "exchange_calendars"),
    "execution": ("numpy", "numba", "llvmlite"),
    "engine": ("numpy", "numba"),
}

# Written as a user writes: they know the front door.
AS_USERS = {"examples"}

# The front door and `views` import by name, at the moment of use; nobody else does.
BY_NAME = {"__init__", "views"}


class Import(NamedTuple):
    """One import: the module that has it, its line, and the full name of what it brings ("btlab.market.series.Ticks")."""

    module: str
    line: int
    target: str

    @property
    def room(self) -> str:
        return self.module.partition(".")[0]

    @property
    def library(self) -> str:
        return self.target.partition(".")[0]


def module_name(path: Path, package: Path) -> str:
    """'market.series' for <package>/market/series.py; 'market' for its __init__; '__init__' for the package's own."""
    parts = list(path.relative_to(package).with_suffix("").parts)
    return ".".join(parts[:-1] if parts[-1] == "__init__" and len(parts) > 1 else parts)


def imports_of(source: str, module: str, *, is_package: bool = False) -> Iterator[Import]:
    """Every import of one source, wherever it stands. An import by a computed name has the target "?"."""
    here = ["btlab", *(part for part in module.split(".") if part != "__init__")]
    for node in ast.walk(ast.parse(source)):
        match node:
            case ast.Import():
                yield from (Import(module, node.lineno, alias.name) for alias in node.names)
            case ast.ImportFrom():
                up = node.level - (is_package or module == "__init__")
                base = here[: len(here) - up] if node.level else []
                start = ".".join([*base, *([node.module] if node.module else [])])
                yield from (Import(module, node.lineno, f"{start}.{alias.name}") for alias in node.names)
            case ast.Call(func=ast.Name(id="import_module" | "__import__") | ast.Attribute(attr="import_module")):
                name = node.args[0] if node.args else None
                known = isinstance(name, ast.Constant) and not str(name.value).startswith(".")
                yield Import(module, node.lineno, str(name.value) if known else "?")


def faults_of(found: Import) -> Iterator[str]:
    """Which rules one import breaks, in words."""
    where = f"btlab.{found.module}, line {found.line}: imports {found.target}"
    if found.target == "?":
        if found.module not in BY_NAME:
            yield f"{where} by a computed name; views.render is the door for that"
        return
    if found.library == "btlab":
        yield from _room_faults(found, where)
        return
    if found.library in DOORS and not any(_within(found.module, door) for door in DOORS[found.library]):
        yield f"{where}; {found.library} has one door: {', '.join(DOORS[found.library])}"
    if found.room in SPARSE and found.library not in (*SPARSE[found.room], *sys.stdlib_module_names):
        yield f"{where}; {found.room} knows {', '.join(SPARSE[found.room]) or 'the standard library'} alone"


def _room_faults(found: Import, where: str) -> Iterator[str]:
    if found.module == "__init__":
        return
    target = (found.target.split(".") + [""])[1]
    if found.target == "btlab" and found.room in AS_USERS:
        return
    if target not in LEVELS:
        yield f"{where}; rooms import rooms, not the front door"
    elif found.room not in LEVELS:
        yield f"{where}; {found.room} is no room of the table"
    elif found.room != target and LEVELS[target] >= LEVELS[found.room]:
        yield f"{where}; {found.room} does not stand above {target}"
    elif (found.room, target) in UNSEEN:
        yield f"{where}; {found.room} asks the session, it never sees the {target}"


def _within(module: str, door: str) -> bool:
    return module == door or module.startswith(f"{door}.")


def all_imports() -> list[Import]:
    return [
        found
        for path in sorted(PACKAGE.rglob("*.py"))
        for found in imports_of(path.read_text("utf-8"), module_name(path, PACKAGE), is_package=path.name == "__init__.py")
    ]


def faults_in(source: str, module: str) -> list[str]:
    return [fault for found in imports_of(source, module) for fault in faults_of(found)]


def test_rooms_import_downwards_and_heavy_libraries_have_one_door() -> None:
    found = all_imports()
    assert len(found) > 50, "the walk found next to nothing; is it looking at the right folder?"
    assert [fault for each in found for fault in faults_of(each)] == []


def test_every_folder_is_a_room_of_the_table() -> None:
    rooms = {path.stem for path in PACKAGE.iterdir() if path.suffix == ".py" or (path / "__init__.py").is_file()}
    assert rooms - {"__init__"} <= set(LEVELS)


def test_every_library_is_declared() -> None:
    """What the sources import stands in [project.dependencies], so that an empty environment has it; or, where it has a door of
    one module, in an extra."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    declared = _names(project["dependencies"])
    extra = _names(one for some in project["optional-dependencies"].values() for one in some)
    owners = packages_distributions()
    foreign = {found.library for found in all_imports()} - set(sys.stdlib_module_names) - {"btlab", "?", "__future__"}
    undeclared = {
        library
        for library in foreign
        if not _names(owners.get(library, [library])) & (declared | (extra if library in BEHIND_ONE_MODULE else set()))
    }
    assert undeclared == set()


def _names(requirements: Iterable[str]) -> set[str]:
    return {re.split(r"[^\w.-]", one)[0].lower().replace("_", "-") for one in requirements}


PLANTED = {
    "upwards": ("from btlab.session import run", "strategy.base"),
    "upwards, relative": ("from ..session import run", "strategy.base"),
    "upwards, in a function": ("def f():\n    from btlab.app import cli", "session.run"),
    "upwards, in a method of a class": ("class A:\n    def f(self):\n        import btlab.widgets.chart", "session.run"),
    "upwards, for types only": (
        "from typing import TYPE_CHECKING\nif TYPE_CHECKING:\n    from btlab.strategy import Strategy",
        "engine.loop",
    ),
    "upwards, by name": ("from importlib import import_module\nimport_module('btlab.widgets.chart')", "session.run"),
    "by a relative name": ("import importlib\nimportlib.import_module('.loop', 'btlab.engine')", "widgets.chart"),
    "by a computed name": ("import importlib\nimportlib.import_module(name)", "session.run"),
    "a neighbour": ("from btlab.data import Store", "metrics.ratios"),
    "a neighbour on the line of the ground": ("from btlab import errors", "views"),
    "research and widgets": ("from btlab.research import sweep", "widgets.chart"),
    "the front door": ("import btlab", "session.run"),
    "the front door, in an example, for a name of it": ("from btlab import Store", "examples.breakout"),
    "the front door, by its short name": ("from btlab import Store", "widgets.chart"),
    "the engine's state in a widget": ("from btlab.engine.state import State", "widgets.frames"),
    "the engine's state in the app": ("from btlab.engine import state", "app.dashboard"),
    "duckdb outside data": ("import duckdb", "session.archive"),
    "a part of duckdb": ("from duckdb.typing import INTEGER", "session.archive"),
    "anywidget outside widgets": ("import anywidget", "app.dashboard"),
    "traitlets outside widgets": ("def f():\n    import traitlets", "session.result"),
    "panel outside app": ("import panel as pn", "widgets.chart"),
    "bokeh outside app": ("from bokeh.models import Range1d", "widgets.chart"),
    "torch outside training": ("import torch", "models.rules"),
    "a name that only begins like the door": ("import torch", "models.training_tools"),
    "polars in the engine": ("import polars as pl", "engine.loop"),
    "pydantic in execution": ("from pydantic import BaseModel", "execution.orders"),
    "numpy in errors": ("import numpy", "errors"),
    "a room that is not in the table": ("from btlab.market import times", "helpers"),
    "a room that is not in the table, imported": ("from btlab.helpers import x", "app.cli"),
}


@pytest.mark.parametrize(("source", "module"), PLANTED.values(), ids=PLANTED)
def test_a_planted_fault_is_found(source: str, module: str) -> None:
    assert faults_in(source, module)


ALLOWED = {
    "downwards": ("from btlab.market.series import Ticks\nfrom ..errors import DataError", "data.store"),
    "its own room": ("from btlab.engine import clock\nfrom . import state\nfrom .loop import advance", "engine.run"),
    "many floors down": ("from btlab import errors, views", "app.cli"),
    "its own door": ("import duckdb", "data.store"),
    "torch in training": ("import torch", "models.training.loop"),
    "the standard library": ("import sqlite3, math\nfrom pathlib import Path", "engine.loop"),
    "by a computed name, in views": ("from importlib import import_module\nimport_module(module)", "views"),
    "the front door, as a user": ("import btlab as bt", "examples.breakout"),
    "anything, from the front door": ("def f():\n    import btlab.app.cli", "__init__"),
}


@pytest.mark.parametrize(("source", "module"), ALLOWED.values(), ids=ALLOWED)
def test_what_is_allowed_passes(source: str, module: str) -> None:
    assert faults_in(source, module) == []
