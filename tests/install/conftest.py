"""Environments made from nothing, for one test each."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from .environments import Environment, find_python


@pytest.fixture
def new_environment(tmp_path: Path) -> Iterator[Callable[..., Environment]]:
    """Makes environments from nothing; skips where the machine lacks that Python, fails where CI does."""
    made: list[Path] = []

    def make(version: str, installer: str) -> Environment:
        python = find_python(version)
        if python is None:
            missing = f"no Python {version} on this machine"
            pytest.fail(missing) if os.environ.get("CI") else pytest.skip(missing)
        folder = tmp_path / f"environment-{version}"
        tool = (
            [python, "-m", "venv"] if installer == "pip" else [sys.executable, "-m", "uv", "venv", "--quiet", "--python", python]
        )
        subprocess.run([*tool, str(folder)], check=True)
        made.append(folder)
        return Environment(folder, installer)

    yield make
    for folder in made:
        shutil.rmtree(folder, ignore_errors=True)
