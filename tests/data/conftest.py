"""Stores with the vendors' ticks, imported once for all tests of this folder."""

from __future__ import annotations

from pathlib import Path

import pytest

from btlab.data.store import Store


@pytest.fixture
def store(tmp_path: Path) -> Store:
    """An empty store; without fsync, so that tests do not wait for the disk."""
    empty = Store(tmp_path / "lab")
    empty._home.disk.durable = False
    return empty


@pytest.fixture(scope="session")
def vendors(real_data: Path) -> Store:
    """EURUSD of FXCM, Oanda and Dukascopy, one feed each."""
    everything = Store(":memory:")
    everything.import_ticks(real_data / "lean/forex/fxcm/tick/eurusd", symbol="EURUSD", feed="FXCM")
    everything.import_ticks(real_data / "lean/forex/oanda/tick/eurusd", symbol="EURUSD", feed="Oanda")
    everything.import_ticks(real_data / "dukascopy/EURUSD/2019/01/*/*_ticks.bi5", symbol="EURUSD", feed="Dukascopy")
    return everything
