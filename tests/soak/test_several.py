"""The engine against the Decimal ledger of several symbols: the full count of what `tests/engine` does a part of."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from tests.engine.scripted_several import play_several_bars
from tests.engine.test_bars_against_ledger import FEATURES, POLICIES
from tests.engine.test_several_against_ledger import agreed, compare
from tests.oracles.several.bar_scenarios import random_several_bars
from tests.oracles.several.scenarios import random_several

SCENARIOS = 20_000
ON_BARS = 1_000
CHUNK = 1_000


@pytest.mark.parametrize("chunk", range(SCENARIOS // CHUNK))
def test_scenarios_of_several(chunk: int, seed: int, record_property: Callable[[str, object], None]) -> None:
    """Random scenarios of two to four symbols, every fill and all money as the Decimal ledger has them."""
    first = 1_000_000 * (seed + 1) + chunk * CHUNK
    fills = 0
    for number in range(first, first + CHUNK):
        by_tick = number % 2 == 0
        try:
            fills += compare(random_several(number, closes_only=not by_tick), by_tick=by_tick)
        except AssertionError as error:
            raise AssertionError(f"scenario {number}, {'every tick' if by_tick else 'closes only'}") from error
    record_property("scenarios", CHUNK)
    record_property("fills", fills)


@pytest.mark.parametrize("policy", POLICIES)
def test_scenarios_of_several_on_bars(policy: str, seed: int, record_property: Callable[[str, object], None]) -> None:
    """Random bars of two to four symbols under a policy, as the Decimal ledger has them."""
    first = (seed * len(POLICIES) + POLICIES.index(policy)) * ON_BARS + 1_000_000
    scenarios = (random_several_bars(number, policy, features=FEATURES) for number in range(first, first + ON_BARS))
    fills = sum(agreed(scenario, *play_several_bars(scenario)) for scenario in scenarios)
    record_property("policy", policy)
    record_property("scenarios", ON_BARS)
    record_property("fills", fills)
