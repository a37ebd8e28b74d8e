"""Bars to hold indicators against: a walk with days, gaps and bars without volume; and a market that never moved."""

from __future__ import annotations

import numpy as np

MINUTE, DAY = 60_000_000, 86_400_000_000


def walk(bars: int = 600, seed: int = 3, *, step: int = 7 * MINUTE, drift: float = 0.0) -> dict[str, np.ndarray]:
    """All inputs a node may ask for, as columns of a market: opens off the close before, every tenth bar without volume."""
    random = np.random.default_rng(seed)
    close = 1.1 * np.exp(np.cumsum(random.normal(drift, 1e-3, bars)))
    open_ = np.append(close[:1], close[:-1]) * np.exp(random.normal(0, 3e-4, bars))
    time = 1_700_000_000_000_000.0 // DAY * DAY + step * (np.arange(bars) + np.cumsum(random.integers(0, 2, bars)))
    spread = np.sort(random.integers(1, 30, (3, bars)) * 1e-5, axis=0)
    return {
        "open": open_,
        "high": np.maximum(open_, close) * np.exp(random.exponential(3e-4, bars)),
        "low": np.minimum(open_, close) * np.exp(-random.exponential(3e-4, bars)),
        "close": close,
        "volume": random.integers(1, 90, bars) / 64.0 * (random.random(bars) > 0.1).astype(float),
        "time": time,
        "day": time // DAY * DAY,
        "upticks": random.integers(0, 40, bars).astype(float),
        "downticks": random.integers(0, 40, bars).astype(float),
        "spread_low": spread[0],
        "spread_mean": spread[1],
        "spread_high": spread[2],
    }


def flat(bars: int = 400, price: float = 1.1, volume: float = 5.0) -> dict[str, np.ndarray]:
    """A market that stands still at one price."""
    columns = walk(bars)
    for name in ("open", "high", "low", "close"):
        columns[name] = np.full(bars, price)
    columns["volume"] = np.full(bars, volume)
    for name in ("upticks", "downticks"):
        columns[name] = np.zeros(bars)
    return columns


def inputs_of(names: tuple[str, ...], columns: dict[str, np.ndarray]) -> list[np.ndarray]:
    """The columns a node asks for; a free input is the close."""
    return [columns["close" if name.startswith("real") else name] for name in names]
