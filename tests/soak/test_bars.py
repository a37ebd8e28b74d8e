"""Bars under every policy, against the Decimal ledger for bars."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from tests.engine.test_bars_against_ledger import FEATURES, POLICIES, compare
from tests.oracles.bar_scenarios import random_bar_scenario

SCENARIOS = 4_000


@pytest.mark.parametrize("finer", [False, True], ids=["bars", "finer bars inside"])
@pytest.mark.parametrize("policy", POLICIES)
@pytest.mark.filterwarnings("ignore:.*lack .* bars")
def test_bars_fill_as_the_ledger_says(
    policy: str, finer: bool, seed: int, record_property: Callable[[str, object], None]
) -> None:
    """The engine on bars against the Decimal ledger for bars, scenarios of a policy."""
    first = (seed * len(POLICIES) + POLICIES.index(policy)) * SCENARIOS + 1_000_000
    filled = sum(
        compare(random_bar_scenario(number, policy, finer=finer, features=FEATURES - {"hedging"}))
        for number in range(first, first + SCENARIOS)
    )
    record_property("policy", policy + (", finer bars inside" if finer else ""))
    record_property("scenarios", SCENARIOS)
    record_property("fills", filled)
