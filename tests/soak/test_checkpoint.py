"""Checkpointed runs under failure: the full counts of what `tests/session` does a little of."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.session.killing import kill_runs

Record = Callable[[str, object], None]


@pytest.mark.skipif(not hasattr(os, "fork"), reason="forks the processes that it kills")
def test_kills(tmp_path: Path, seed: int, record_property: Record) -> None:
    """kill -9 of a checkpointed run at random times: 0 lost, 0 torn, each resumed run as if never killed."""
    record_property("runs that were through", kill_runs(tmp_path, 100, seed))
    record_property("kills", 100)
