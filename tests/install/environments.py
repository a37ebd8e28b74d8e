"""Environments made from nothing, and the Pythons of this machine."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent.parent
LOCK = ROOT / "requirements.lock"


@dataclass(frozen=True)
class Environment:
    """An environment in a folder of its own, whose programs see that folder on the PATH and nothing else: no Node."""

    folder: Path
    installer: str

    @property
    def variables(self) -> dict[str, str]:
        kept = {
            name: value for name, value in os.environ.items() if not name.startswith(("PYTHON", "VIRTUAL_ENV", "PIP_REQUIRE"))
        }
        own = {f"JUPYTER_{what}_DIR": str(self.folder / "jupyter" / what.lower()) for what in ("DATA", "CONFIG", "RUNTIME")}
        return kept | own | {"PATH": str(self.folder / "bin"), "VIRTUAL_ENV": str(self.folder)}

    def run(self, *command: object, cwd: Path | None = None, seconds: float = 600) -> str:
        """What a command printed; the test fails with all of it when the command does."""
        done = subprocess.run(
            [str(part) for part in command],
            cwd=cwd or self.folder,
            env=self.variables,
            capture_output=True,
            text=True,
            timeout=seconds,
            check=False,
        )
        if done.returncode:
            pytest.fail(f"{' '.join(map(str, command))} ended with {done.returncode}\n{done.stdout}\n{done.stderr}")
        return done.stdout

    def python(self, code: str) -> str:
        return self.run(self.folder / "bin" / "python", "-c", code)

    def install(self, *what: object, cwd: Path | None = None) -> None:
        """Installs with pip or uv, whichever the environment was made with."""
        if self.installer == "uv":
            self.run(
                sys.executable,
                "-m",
                "uv",
                "pip",
                "install",
                "--quiet",
                "--python",
                self.folder / "bin" / "python",
                *what,
                cwd=cwd,
            )
        else:
            self.run(self.folder / "bin" / "python", "-m", "pip", "install", "--quiet", "--no-compile", *what, cwd=cwd)


@cache
def find_python(version: str) -> str | None:
    """A Python of this version: the one running, on the PATH, of pyenv, or one that uv knows. No download."""

    def runs(command: str | Path) -> str | None:
        ask = [str(command), "-c", "import sys, ensurepip; print('%d.%d' % sys.version_info[:2])"]
        try:
            told = subprocess.run(ask, capture_output=True, text=True, check=True).stdout.strip()
        except (OSError, subprocess.CalledProcessError):
            return None
        return str(command) if told == version else None

    pyenv = Path(os.environ.get("PYENV_ROOT", Path.home() / ".pyenv")) / "versions"
    candidates = [sys.executable, shutil.which(f"python{version}"), *sorted(pyenv.glob(f"{version}.*/bin/python"), reverse=True)]
    found = next((good for one in candidates if one and (good := runs(one))), None)
    if found:
        return found
    ask = [sys.executable, "-m", "uv", "python", "find", "--no-python-downloads", version]
    told = subprocess.run(ask, capture_output=True, text=True, check=False).stdout.strip()
    return runs(told) if told else None
