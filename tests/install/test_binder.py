"""binder/, step by step, in an empty environment: what a Binder service does to show the quickstart in a browser.

A service installs with pip, which resolves the lock for 40 s; `make soak` does too. `make test` installs the same with uv.
"""

from __future__ import annotations

import json
import os
import shutil
import socket
import subprocess
import time
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from .environments import ROOT, Environment

QUICKSTART = "notebooks/01-quickstart.ipynb"
INSTALLER = "pip" if os.environ.get("BTLAB_SOAK") else "uv"

pytestmark = pytest.mark.install


@pytest.fixture
def clone(tmp_path: Path) -> Path:
    """The project's files as a service would get them: the tracked ones."""
    folder = tmp_path / "clone"
    listed = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, check=True).stdout.decode()
    for name in filter(None, listed.split("\0")):
        if (ROOT / name).is_file():
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(ROOT / name, folder / name)
    return folder


@contextmanager
def lab(environment: Environment, folder: Path) -> Iterator[str]:
    """The address of a JupyterLab that runs in `folder` until the block ends, started without a word about a page."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    address = f"http://127.0.0.1:{port}"
    options = ["--no-browser", "--allow-root", "--ip=127.0.0.1", f"--port={port}", "--IdentityProvider.token="]
    with subprocess.Popen(
        [environment.folder / "bin" / "jupyter", "lab", *options],
        cwd=folder,
        env=environment.variables,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    ) as server:
        try:
            _wait_for(f"{address}/api", server)
            yield address
        finally:
            server.terminate()


def _wait_for(address: str, server: subprocess.Popen[bytes], seconds: float = 180) -> None:
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline and server.poll() is None:
        try:
            with urllib.request.urlopen(address, timeout=5):
                return
        except OSError:
            time.sleep(0.2)
    pytest.fail(f"JupyterLab did not answer at {address}")


def test_the_steps_of_binder_end_at_the_quickstart(clone: Path, new_environment: Callable[..., Environment]) -> None:
    binder = clone / "binder"
    version = (binder / "runtime.txt").read_text().strip().removeprefix("python-")
    fresh = new_environment(version, INSTALLER)
    fresh.install("--requirement", binder / "requirements.txt", cwd=clone)
    fresh.run("/usr/bin/env", f"PATH={fresh.folder / 'bin'}:/usr/bin:/bin", binder / "postBuild", cwd=clone)

    assert json.loads((clone / QUICKSTART).read_text("utf-8"))["cells"]
    with lab(fresh, clone) as address, urllib.request.urlopen(address, timeout=30) as page:
        assert page.url == f"{address}/lab/tree/{QUICKSTART}"
        assert page.status == 200
