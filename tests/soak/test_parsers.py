"""Parsers under ten times as many broken files."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from tests.data.test_parsers_fuzz import GOOD, fuzz, share

CASES = 20_000


@pytest.mark.parametrize("case", GOOD)
def test_broken_files(tmp_path: Path, case: str, seed: int, record_property: Callable[[str, object], None]) -> None:
    """Parsers under random and broken input: rows or typed errors only, no hang, memory capped."""
    count = share(case, CASES)
    outcomes = fuzz(tmp_path, case, count, seed)
    assert sum(outcomes.values()) == count
    record_property("layout", case)
    record_property("files", count)
    record_property("typed errors", outcomes["error"])
