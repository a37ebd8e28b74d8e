"""Three markets that indicators must hold: a real day, gaps and flat stretches without volume, prices around 1e-7."""

from __future__ import annotations

from pathlib import Path

import numpy as np

import btlab as bt
from btlab.market.timeframe import MINUTE
from tests.market.real import dukascopy_day

MARKETS = ("real", "flat", "tiny")
START = 1_699_999_980_000_000


def market(name: str, folder: Path) -> bt.Bars:
    """1m bars."""
    if name == "real":
        return bt.bars(dukascopy_day(folder), "1m")
    return flat() if name == "flat" else tiny()


def flat(count: int = 900) -> bt.Bars:
    """Long stretches in which nothing moves and nothing trades, jumps of per cents between them, some quiet drift."""
    random = np.random.default_rng(11)
    steps = np.round(random.normal(0.0, 3e-4, count), 4)
    for start in range(0, count, 90):
        steps[start : start + 45] = 0.0
        steps[start] = random.normal(0.0, 0.03)
    return bars_of(np.round(np.exp(np.cumsum(steps)), 4), still=steps == 0.0, seed=12)


def tiny(count: int = 900) -> bt.Bars:
    random = np.random.default_rng(21)
    return bars_of(1e-7 * np.exp(np.cumsum(random.normal(0.0, 2e-3, count))), still=np.zeros(count, bool), seed=22)


def bars_of(close: np.ndarray, still: np.ndarray, seed: int) -> bt.Bars:
    """Bars around closes; a still one has no range and no volume."""
    random, count = np.random.default_rng(seed), len(close)
    open_ = np.where(still, close, np.append(close[:1], close[:-1]))
    reach = np.where(still, 0.0, random.exponential(3e-4, (2, count)))
    volume = np.where(still, 0.0, random.integers(0, 60, count))
    high, low = np.maximum(open_, close) * (1 + reach[0]), np.minimum(open_, close) * (1 - reach[1])
    return bt.Bars(START // MINUTE * MINUTE + MINUTE * np.arange(count), open_, high, low, close, volume, "1m", "EURUSD")


def column(bars: bt.Bars, name: str) -> np.ndarray:
    """What one input of a function reads of bars; periods from 2 to 20 for a second series."""
    if name in ("open", "high", "low", "close", "volume"):
        return getattr(bars, name)
    return {"real": bars.close, "real0": bars.high, "real1": bars.low}[name]


def inputs_of(entry: object, bars: bt.Bars) -> list[np.ndarray]:
    """Columns in the order of a function's inputs, by its defaults; MAVP's second series are periods from 2 to 20."""
    named = [one or "periods" for one in entry.defaults]
    periods = 2.0 + np.arange(len(bars)) % 19
    return [periods if name == "periods" else getattr(bars, name) for name in named]
