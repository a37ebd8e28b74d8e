"""What the twins are written with: pandas and numpy over whole columns. Nothing of it comes from btlab."""

from __future__ import annotations

import numpy as np
import pandas as pd

Columns = dict[str, np.ndarray]


def rolling(values: np.ndarray, count: int) -> np.ndarray:
    """float64 (n, count): the last `count` values at each place, oldest first; NaN in all where there are not so many."""
    padded = np.concatenate([np.full(count - 1, np.nan), values])
    windows = np.lib.stride_tricks.sliding_window_view(padded, count).copy()
    windows[np.isnan(windows).any(axis=1)] = np.nan
    return windows


def mean(values: np.ndarray, count: int) -> np.ndarray:
    return rolling(values, count).mean(axis=1)


def highest(values: np.ndarray, count: int) -> np.ndarray:
    return rolling(values, count).max(axis=1)


def lowest(values: np.ndarray, count: int) -> np.ndarray:
    return rolling(values, count).min(axis=1)


def shift(values: np.ndarray, back: int) -> np.ndarray:
    """The values `back` places before."""
    return pd.Series(values).shift(back).to_numpy()


def smooth(values: np.ndarray, count: int, share: float) -> np.ndarray:
    """An exponential mean that begins with the mean of the first `count` values; leading NaN are skipped."""
    out = np.full(len(values), np.nan)
    first = int(np.isnan(values).sum())
    if len(values) - first >= count:
        seeded = np.concatenate([[values[first : first + count].mean()], values[first + count :]])
        out[first + count - 1 :] = pd.Series(seeded).ewm(alpha=share, adjust=False).mean().to_numpy()
    return out


def ema(values: np.ndarray, count: float) -> np.ndarray:
    return smooth(values, int(count), 2 / (count + 1))


def wilder(values: np.ndarray, count: float) -> np.ndarray:
    return smooth(values, int(count), 1 / count)


def true_range(columns: Columns) -> np.ndarray:
    before = shift(columns["close"], 1)
    high, low = columns["high"], columns["low"]
    found = np.max([high - low, np.abs(high - before), np.abs(low - before)], axis=0)
    found[0] = np.nan
    return found


def average_range(columns: Columns, count: float) -> np.ndarray:
    return wilder(true_range(columns), count)


def typical(columns: Columns) -> np.ndarray:
    return (columns["high"] + columns["low"] + columns["close"]) / 3


def middle(columns: Columns) -> np.ndarray:
    return (columns["high"] + columns["low"]) / 2


def per_window(values: np.ndarray, count: int, formula) -> np.ndarray:
    """A formula of each whole window."""
    return np.array([formula(window) if np.isfinite(window).all() else np.nan for window in rolling(values, count)])


def together(*outputs: np.ndarray) -> list[np.ndarray]:
    """Outputs that are told from the first bar on that has them all."""
    known = np.maximum.accumulate(np.isfinite(outputs).all(axis=0))
    return [np.where(known, output, np.nan) for output in outputs]


def moved(values: np.ndarray, count: int) -> np.ndarray:
    """1 where not all of the last `count` values are the same, else NaN."""
    return np.where(np.ptp(rolling(values, count), axis=1) > 0, 1.0, np.nan)
