"""Doors that another process was to compile."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from btlab.execution import doors


@pytest.fixture
def anew(monkeypatch: pytest.MonkeyPatch) -> None:
    """Doors as at a process's start."""
    doors._compiled.cache_clear()
    monkeypatch.setattr(doors, "_beside", doors._Beside())


@pytest.mark.usefixtures("anew")
def test_waits_for_the_other_process(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    done = tmp_path / "done"
    program = tmp_path / "python"
    program.write_text(f"#!{sys.executable}\nimport pathlib, time\ntime.sleep(0.3)\npathlib.Path({str(done)!r}).touch()\n")
    program.chmod(0o755)
    monkeypatch.setattr(sys, "executable", str(program))
    doors.compile_beside()
    assert doors.addresses(["expire"])["expire_door"] > 0
    assert done.exists()


@pytest.mark.usefixtures("anew")
@pytest.mark.parametrize("executable", ["", "/nowhere/python"])
def test_without_another_process(monkeypatch: pytest.MonkeyPatch, executable: str) -> None:
    monkeypatch.setattr(sys, "executable", executable)
    doors.compile_beside()
    assert doors._beside.process is None
    assert doors.addresses(["expire"])["expire_door"] > 0
