"""Skipping against the full walk: all of the strategies of which `tests/engine` runs a part."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable

import pytest

from tests.engine.walks import compare, random_walk

STRATEGIES, CHUNK = 2_000, 500


@pytest.mark.parametrize("chunk", range(STRATEGIES // CHUNK))
def test_skipping_is_bit_identical(chunk: int, seed: int, record_property: Callable[[str, object], None]) -> None:
    """Random strategies skipping what cannot matter, and told every tick: every bit of what they leave the same."""
    first, seen = STRATEGIES * seed + chunk * CHUNK, Counter[str]()
    for number in range(first, first + CHUNK):
        try:
            compare(random_walk(number), seen)
        except AssertionError as error:
            raise AssertionError(f"strategy {number}") from error
    record_property("strategies", CHUNK)
    for name, count in sorted(seen.items()):
        record_property(name, count)
