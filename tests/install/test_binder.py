"""binder/, step by step, in an empty environment: what a Binder service does to show the quickstart in a browser."""

from __future__ import annotations

import json
import shutil
import subprocess
import time
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from .environments import ROOT, Environment

QUICKSTART = "notebooks/01-quickstart.ipynb"

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
    options = [
        "--no-browser",
        "--allow-root",
        "--ServerApp.port=0",
        "--ServerApp.port_retries=0",
        "--IdentityProvider.token=",
        "--ip=127.0.0.1",
    ]
    with subprocess.Popen(
        [environment.folder / "bin" / "jupyter", "lab", *options],
        cwd=folder,
        env=environment.variables,
        stderr=subprocess.PIPE,
        text=True,
    ) as server:
        try:
            assert server.stderr is not None
            deadline = time.monotonic() + 60
            for line in server.stderr:
                if "http://127.0.0.1:" in line:
                    yield "http://127.0.0.1:" + line.split("http://127.0.0.1:")[1].split("/")[0]
                    return
                if time.monotonic() > deadline:
                    break
            pytest.fail("JupyterLab did not say where it is")
        finally:
            server.terminate()


def test_the_steps_of_binder_end_at_the_quickstart(clone: Path, new_environment: Callable[..., Environment]) -> None:
    binder = clone / "binder"
    version = (binder / "runtime.txt").read_text().strip().removeprefix("python-")
    fresh = new_environment(version, "pip")
    fresh.install("--requirement", binder / "requirements.txt", cwd=clone)
    fresh.run("/usr/bin/env", f"PATH={fresh.folder / 'bin'}:/usr/bin:/bin", binder / "postBuild", cwd=clone)

    assert json.loads((clone / QUICKSTART).read_text("utf-8"))["cells"]
    with lab(fresh, clone) as address, urllib.request.urlopen(address, timeout=30) as page:
        assert page.url == f"{address}/lab/tree/{QUICKSTART}"
        assert page.status == 200
