"""The engine against the Decimal ledger: the full count of what `tests/engine` does a part of."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from tests.engine.test_against_ledger import compare
from tests.oracles.scenarios import random_scenario

SCENARIOS = 50_000
CHUNK = 2_500


@pytest.mark.parametrize("chunk", range(SCENARIOS // CHUNK))
def test_scenarios(chunk: int, seed: int, record_property: Callable[[str, object], None]) -> None:
    """Random scenarios, every fill and all money as the Decimal ledger has them."""
    first = 1_000_000 * (seed + 1) + chunk * CHUNK
    fills = 0
    for number in range(first, first + CHUNK):
        by_tick = number % 2 == 0
        try:
            fills += compare(random_scenario(number, closes_only=not by_tick), by_tick=by_tick)
        except AssertionError as error:
            raise AssertionError(f"scenario {number}, {'every tick' if by_tick else 'closes only'}") from error
    record_property("scenarios", CHUNK)
    record_property("fills", fills)
