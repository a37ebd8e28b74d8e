"""The wheel in an empty environment: it installs without Node, imports, and importing stays light."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from .environments import LOCK, ROOT, Environment

HEAVY = ("panel", "bokeh", "anywidget", "ipywidgets", "talib", "torch", "polars", "duckdb", "numba", "pandas")

pytestmark = pytest.mark.install


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("wheel")
    subprocess.run(
        [sys.executable, "-m", "build", "--wheel", "--no-isolation", "--outdir", folder, ROOT],
        check=True,
        stdout=subprocess.DEVNULL,
    )
    (made,) = folder.glob("*.whl")
    return made


@pytest.mark.parametrize("version", ["3.12", "3.13"] if os.environ.get("BTLAB_SOAK") else ["3.13"])
def test_the_wheel_installs_and_imports(wheel: Path, new_environment: Callable[..., Environment], version: str) -> None:
    fresh = new_environment(version, "uv")
    fresh.install("--constraint", LOCK, wheel)

    assert fresh.python("import shutil; print(shutil.which('node'))").strip() == "None"
    told = fresh.python(f"import sys, btlab; print(btlab.__file__); print([name for name in {HEAVY} if name in sys.modules])")
    where, heavy = told.strip().splitlines()
    assert Path(where).is_relative_to(fresh.folder)
    assert heavy == "[]"
    assert (
        fresh.python("import btlab; [getattr(btlab, name) for name in btlab.__all__]; print('all there')").strip() == "all there"
    )
    assert "demo" in fresh.run(fresh.folder / "bin" / "btlab", "--help")
