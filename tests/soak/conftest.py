"""`make soak`: the counts of the tests times ten and more, and a report of what they reached.

These tests are collected where BTLAB_SOAK is set, as `make soak` does, and nowhere else. A test takes `seed`, and says with
`record_property` what it counted and measured; its docstring's first line is its row in the report.
"""

from __future__ import annotations

import os
import platform
from collections.abc import Iterator
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path

import pytest

collect_ignore_glob = [] if os.environ.get("BTLAB_SOAK") else ["*"]

SEED = int(os.environ.get("BTLAB_SOAK_SEED", "0"))
PACKAGES = ("btlab", "numpy", "numba", "polars", "duckdb")
HEAD = "| what | counts and figures | outcome | minutes |\n|---|---|---|---|"

_rows: list[tuple[str, str, str, float]] = []


@pytest.fixture
def seed() -> int:
    """Where a test's chance begins; BTLAB_SOAK_SEED sets it."""
    return SEED


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if Path(__file__).parent in item.path.parents:
            item.add_marker(pytest.mark.soak)


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_setup(item: pytest.Item) -> None:
    doc = getattr(getattr(item, "function", None), "__doc__", None) or item.name
    item.user_properties.insert(0, ("what", doc.strip().splitlines()[0].rstrip(".")))


def pytest_runtest_logreport(report: pytest.TestReport) -> None:
    """In the process that gathers; those that run the tests have nobody to tell."""
    if os.environ.get("PYTEST_XDIST_WORKER") or not (report.when == "call" or report.outcome != "passed"):
        return
    told = dict(report.user_properties)
    if "what" in told:
        what = str(told.pop("what"))
        figures = "; ".join(f"{name}: {value}" for name, value in told.items())
        _rows.append((what, figures, report.outcome, report.duration))


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    if not _rows or os.environ.get("PYTEST_XDIST_WORKER"):
        return
    text = "\n".join(_report())
    terminalreporter.write_line(text)
    target = os.environ.get("BTLAB_SOAK_REPORT")
    if target:
        Path(target).write_text(text + "\n", encoding="utf-8")


def _report() -> Iterator[str]:
    minutes = sum(seconds for *_, seconds in _rows) / 60
    passed = sum(outcome == "passed" for _, _, outcome, _ in _rows)
    yield "# What `make soak` reached last"
    yield ""
    yield f"{datetime.now(UTC):%Y-%m-%d}, seed {SEED}: {passed} of {len(_rows)} passed in {minutes:.0f} minutes of work."
    yield f"Python {platform.python_version()}, " + ", ".join(f"{name} {version(name)}" for name in PACKAGES) + "."
    yield ""
    yield HEAD
    for what, figures, outcome, seconds in sorted(_rows):
        yield f"| {what} | {figures.replace('|', '/')} | {outcome} | {seconds / 60:.1f} |"
