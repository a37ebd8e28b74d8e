"""Bars whose quotes reach no trigger are not looked at, and nothing of a run shows it: not a bit of fills, money or marks."""

from __future__ import annotations

from collections import Counter

import pytest

from tests.engine.walks import compare, random_walk

STRATEGIES, CHUNK = 200, 100
LEAST = 20


@pytest.fixture(scope="module")
def seen() -> Counter[str]:
    return Counter()


@pytest.mark.parametrize("first", range(0, STRATEGIES, CHUNK))
def test_skipping_is_bit_identical_to_the_full_walk(first: int, seen: Counter[str]) -> None:
    for seed in range(first, first + CHUNK):
        compare(random_walk(seed), seen)


def test_all_that_was_drawn_had_effect(seen: Counter[str]) -> None:
    if seen["ticks"] == 0:
        pytest.skip("counts what the tests before it ran")
    assert seen["ticks skipped"] > 0.3 * seen["ticks"]
    rare = {name: count for name, count in seen.items() if count < LEAST}
    assert not rare, rare
