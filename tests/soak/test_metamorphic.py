"""Worlds changed in ways whose effect is known: the full count of what `tests/engine` does a part of."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from tests.engine.test_look_ahead import MAKERS, first_differences
from tests.engine.test_metamorphic import RELATIONS, fills_of
from tests.engine.test_several import test_the_order_of_the_dict_changes_nothing as check_permuted
from tests.market.streams import random_ticks

COUNT = 200


@pytest.mark.parametrize("relation", RELATIONS)
def test_relations(relation: str, seed: int, record_property: Callable[[str, object], None]) -> None:
    """Metamorphic: prices scaled, sides mirrored, orders split, a year later; what must change does, and nothing else."""
    first = 1_000_000 * (seed + 1)
    fills = sum(fills_of(relation, number) for number in range(first, first + COUNT))
    record_property("relation", relation)
    record_property("pairs of runs", COUNT)
    record_property("fills", fills)


def test_permuted_symbols(seed: int, record_property: Callable[[str, object], None]) -> None:
    """Metamorphic: the order in which the symbols are given changes nothing."""
    for number in range(COUNT):
        check_permuted(1_000 * (seed + 1) + number)
    record_property("runs of three symbols", COUNT)


def test_appended_futures(seed: int, record_property: Callable[[str, object], None]) -> None:
    """Metamorphic: what comes after a tick changes nothing of before it."""
    makers = list(MAKERS.values())
    for number in range(COUNT):
        ticks = random_ticks(1_000 * (seed + 1) + number, 400)
        cut = 40 + number * 7 % 320
        assert first_differences(makers[number % len(makers)], ticks, [cut]) == [None], number
    record_property("cuts", COUNT)
