"""The page's modules under Node's own test runner, against files that Python wrote."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

import numpy as np
import pytest

import btlab as bt
from tests.widgets.fixtures import Entries, dump, odd_ticks

WIDGETS = Path(__file__).parents[2] / "widgets"


def node() -> str:
    found = shutil.which("node")
    if found is None:
        if os.environ.get("CI"):
            pytest.fail("Node is not on the PATH; CI must have it")
        pytest.skip("Node is not on the PATH; it is needed only to change the widgets")
    return found


@pytest.fixture(scope="session")
def bundles() -> Path:
    """The tests of `widgets/tests`, bundled."""
    run_node = node()
    if not (WIDGETS / "node_modules" / "esbuild").is_dir():
        npm = shutil.which("npm")
        assert npm, "npm is not on the PATH beside Node"
        subprocess.run([npm, "ci", "--no-audit", "--no-fund"], cwd=WIDGETS, check=True, capture_output=True)
    subprocess.run([run_node, "build.mjs", "--tests"], cwd=WIDGETS, check=True)
    return WIDGETS / "build" / "tests"


@pytest.fixture(scope="session")
def fixtures(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("sessions")
    for seed, (calendar, price) in enumerate((("fx", "mid"), ("24x7", "bid"))):
        session = bt.run(Entries(), odd_ticks(seed, 15_000), calendar=calendar, price=price)
        assert len(session.trades) > 15
        dump(session, folder / f"odd-{calendar}-{price}")
    quiet = bt.simulate_ticks("EURUSD", days=1, seed=3)
    plain = bt.Ticks.from_arrays(quiet.time, quiet.bid, quiet.ask, symbol="EURUSD")
    dump(bt.run(Entries(), plain[:70_000]), folder / "simulated-without-sizes")
    return folder


def test_modules(bundles: Path, fixtures: Path) -> None:
    tests = sorted(bundles.glob("*.test.mjs"))
    assert tests
    done = subprocess.run(
        [node(), "--test", *map(str, tests)], env=os.environ | {"BTLAB_FIXTURES": str(fixtures)}, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stdout[-6000:] + done.stderr[-2000:]
    assert np.all([name in done.stdout for name in ("six running bars", "undo each other")])
