"""The same input gives the same bits in any process, with a warm cache of machine code and a cold one."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import btlab as bt
from tests.market.streams import random_ticks
from tests.strategy.examples import AnswersFills, Ladder, Windows

ROOT = Path(__file__).resolve().parents[2]
PROGRAM = """
from tests.engine.test_determinism import fingerprints
print(*fingerprints())
"""


def fingerprints() -> list[str]:
    ticks = random_ticks(2, 2_000, pace=8e6)
    found = [bt.run(strategy, ticks, mode="compiled").fingerprint for strategy in (AnswersFills(), Ladder(), Windows())]
    return [*found, bt.run(AnswersFills(), bt.simulate_ticks("EURUSD", days=1, seed=3), mode="compiled").fingerprint]


def test_another_process_gives_the_same_fingerprints() -> None:
    told = subprocess.run(
        [sys.executable, "-c", PROGRAM],
        cwd=ROOT,
        env=os.environ | {"PYTHONHASHSEED": "77"},
        capture_output=True,
        text=True,
        check=True,
    )
    mine = fingerprints()
    assert told.stdout.split() == mine
    assert len(set(mine)) == 4


def test_a_run_over_simulated_ticks_is_the_same_everywhere() -> None:
    """A change here is a change of results: of the engine, the clock, or the simulated ticks. Say so in the changelog."""
    assert fingerprints()[3].startswith("ac9f893b24f8")
