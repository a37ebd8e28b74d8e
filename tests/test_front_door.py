"""`import btlab`: the names it gives, that they are the documented ones, and that the import itself is light."""

from __future__ import annotations

import ast
import json
import re
import subprocess
import sys
from pathlib import Path

import pytest

import btlab
from btlab.errors import did_you_mean

ROOT = Path(__file__).resolve().parent.parent
HEAVY = ("numba", "llvmlite", "polars", "duckdb", "pandas", "pyarrow", "talib", "pydantic", "httpx")
HEAVIER = ("panel", "bokeh", "anywidget", "ipywidgets", "traitlets", "IPython", "torch", "dask", "typer")


def in_a_new_process(code: str) -> str:
    return subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout.strip()


def names_in(text: str) -> set[str]:
    """Every NAME written as bt.NAME."""
    return set(re.findall(r"(?<![\w.])bt\.([A-Za-z]\w*)", text))


def order(name: str) -> tuple[int, str]:
    """Constants, then classes, then functions and modules, each by name."""
    return (0 if name.isupper() else 1 if name[0].isupper() else 2, name)


def test_the_names_are_in_order_and_all_there() -> None:
    assert btlab.__all__ == sorted(set(btlab.__all__), key=order)
    assert [name for name in btlab.__all__ if getattr(btlab, name, None) is None] == []
    assert set(btlab.__all__) <= set(dir(btlab))


def test_the_readme_documents_every_name_and_no_other() -> None:
    assert names_in((ROOT / "README.md").read_text("utf-8")) == set(btlab.__all__)


@pytest.mark.parametrize("notebook", sorted((ROOT / "notebooks").glob("*.ipynb")), ids=lambda path: path.name)
def test_notebooks_use_names_that_exist(notebook: Path) -> None:
    cells = json.loads(notebook.read_text("utf-8"))["cells"]
    used = names_in("\n".join("".join(cell["source"]) for cell in cells))
    assert used
    assert used - set(btlab.__all__) == set()


def test_type_checkers_see_the_same_names() -> None:
    """What stands under TYPE_CHECKING in the front door is what it gives."""
    tree = ast.parse((ROOT / "src" / "btlab" / "__init__.py").read_text("utf-8"))
    (block,) = [node for node in tree.body if isinstance(node, ast.If) and ast.unparse(node.test) == "TYPE_CHECKING"]
    seen = {alias.asname or alias.name for node in block.body if isinstance(node, ast.ImportFrom) for alias in node.names}
    assert seen == set(btlab.__all__)


@pytest.mark.parametrize("library", [*HEAVY, *HEAVIER])
def test_import_loads_nothing_heavy(loaded: set[str], library: str) -> None:
    assert library not in loaded


@pytest.fixture(scope="module")
def loaded() -> set[str]:
    return set(in_a_new_process("import sys, btlab; print(' '.join(sys.modules))").split())


def test_a_name_loads_its_room_and_no_renderer() -> None:
    modules = set(in_a_new_process("import sys, btlab; btlab.run, btlab.Strategy; print(' '.join(sys.modules))").split())
    assert "btlab.session.run" in modules
    assert modules & set(HEAVIER) == set()


def test_an_unknown_name_says_which_was_meant() -> None:
    assert did_you_mean("RIS", ["RVI", "RSI", "TRIX"]) == " Did you mean 'RSI'?"  # as near, and of the same letters
    with pytest.raises(AttributeError, match=r"has no 'Strateggy'.*Did you mean 'Strategy'"):
        btlab.Strateggy  # noqa: B018
