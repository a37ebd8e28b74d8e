"""Twins of the statistics."""

from __future__ import annotations

import numpy as np
import pandas as pd
import polars as pl

from tests.indicators.twins.tools import Columns, moved, per_window, rolling


def zscore(c: Columns, n):
    windows = rolling(c["close"], int(n))
    return [moved(c["close"], int(n)) * (c["close"] - windows.mean(axis=1)) / windows.std(axis=1)]


def rank(c: Columns, n):
    ranks = pd.Series(c["close"]).rolling(int(n)).rank(method="average")
    return [((ranks - 1) / (n - 1)).to_numpy()]


def skewness(c: Columns, n):
    return [per_window(c["close"], int(n), lambda w: pl.Series(w - w[0]).skew(bias=True))]


def kurtosis(c: Columns, n):
    return [per_window(c["close"], int(n), lambda w: pl.Series(w - w[0]).kurtosis(fisher=True, bias=True))]


def autocorrelation(c: Columns, n, lag):
    def of(window):
        off = window - window.mean()
        return np.correlate(off, off, "full")[len(off) - 1 + int(lag)] / np.dot(off, off)

    return [per_window(c["close"], int(max(n, lag + 2)), of)]


def correlation_trend(c: Columns, n):
    return [moved(c["close"], int(n)) * per_window(c["close"], int(n), lambda w: np.corrcoef(w, np.arange(n))[0, 1])]


def hurst(c: Columns, n):
    def of(window):
        returns, points, size = np.diff(np.log(window)), [], int(n)
        while size >= 8:
            blocks = returns[::-1][: len(returns) // size * size].reshape(-1, size)[:, ::-1]
            walks = np.cumsum(blocks - blocks.mean(axis=1, keepdims=True), axis=1)
            walks = np.hstack([np.zeros((len(walks), 1)), walks])
            moves = np.ptp(blocks, axis=1) > 0  # nothing moved in the others
            points.append((np.log(size), np.log(np.mean(np.ptp(walks, axis=1)[moves] / blocks.std(axis=1)[moves]))))
            size //= 2
        return np.polyfit(*np.transpose(points), 1)[0]

    return [per_window(c["close"], int(n) + 1, of)]


def variance_ratio(c: Columns, n, q):
    n, q = int(max(n, q + 1)), int(q)

    def of(window):
        logs = np.log(window)
        drift = np.mean(np.diff(logs))
        single = np.sum((np.diff(logs) - drift) ** 2) / (n - 1)
        m = q * (n - q + 1) * (1 - q / n)
        return np.sum((logs[q:] - logs[:-q] - q * drift) ** 2) / m / single

    return [per_window(c["close"], n + 1, of)]


def half_life(c: Columns, n):
    def of(window):
        slope = np.polyfit(window[:-1] - window[0], np.diff(window), 1)[0]
        return -np.log(2) / slope if slope < 0 else np.nan

    return [per_window(c["close"], int(n) + 1, of)]


TWINS = {
    "ZSCORE": zscore, "RANK": rank, "SKEWNESS": skewness, "KURTOSIS": kurtosis, "AUTOCORRELATION": autocorrelation,
    "CTI": correlation_trend, "HURST": hurst, "VARIANCE_RATIO": variance_ratio, "HALF_LIFE": half_life,
}  # fmt: skip
