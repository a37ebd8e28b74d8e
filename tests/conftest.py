"""What all tests share: where the real data are, and examples that are the same on every machine, however slow it is."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

settings.register_profile("btlab", deadline=None, derandomize=True, database=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("btlab")


def pytest_configure(config: pytest.Config) -> None:
    """The engine is compiled once, before workers start, and not by each of them."""
    if not hasattr(config, "workerinput") and not config.option.collectonly:
        import btlab.engine.loop
        import btlab.engine.several  # noqa: F401
        from btlab.execution.doors import addresses

        addresses()


@pytest.fixture(scope="session")
def real_data() -> Path:
    """The folder of vendors' files: $BTLAB_TEST_DATA, or ../shared/data beside the project; the test skips where it is not."""
    given = os.environ.get("BTLAB_TEST_DATA")
    folder = Path(given) if given else Path(__file__).resolve().parents[2] / "shared" / "data"
    if not (folder / "lean").is_dir():
        pytest.skip(f"no real data at {folder}; BTLAB_TEST_DATA says where they are")
    return folder
