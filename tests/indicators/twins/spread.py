"""Twins of the estimators of volatility, of spreads, of illiquidity."""

from __future__ import annotations

import numpy as np
import pandas as pd
import polars as pl

from tests.indicators.twins.tools import Columns, highest, lowest, mean, moved, per_window, rolling, shift, true_range


def log_returns(c: Columns) -> np.ndarray:
    return np.diff(np.log(c["close"]), prepend=np.nan)


def realised(c: Columns, n, periods):
    return [np.sqrt(periods * mean(log_returns(c) ** 2, int(n)))]


def historical(c: Columns, n, periods):
    frame = pl.Series(c["close"]).log().diff().rolling_std(int(n), ddof=1)
    return [frame.to_numpy() * np.sqrt(periods)]


def parkinson(c: Columns, n, periods):
    return [np.sqrt(periods / (4 * n * np.log(2)) * rolling(np.log(c["high"] / c["low"]) ** 2, int(n)).sum(axis=1))]


def garman_klass(c: Columns, n, periods):
    u, d, e = (np.log(c[name] / c["open"]) for name in ("high", "low", "close"))
    return [np.sqrt(periods * mean(0.5 * (u - d) ** 2 - (2 * np.log(2) - 1) * e**2, int(n)))]


def satchell(c: Columns) -> np.ndarray:
    u, d, e = (np.log(c[name] / c["open"]) for name in ("high", "low", "close"))
    return u * (u - e) + d * (d - e)


def rogers_satchell(c: Columns, n, periods):
    return [np.sqrt(periods * mean(satchell(c), int(n)))]


def yang_zhang(c: Columns, n, periods):
    k = 0.34 / (1.34 + (n + 1) / (n - 1))
    jumps, moves = np.log(c["open"] / shift(c["close"], 1)), np.log(c["close"] / c["open"])
    over_night, by_day = (rolling(returns, int(n)).var(axis=1, ddof=1) for returns in (jumps, moves))
    return [np.sqrt(periods * (over_night + k * by_day + (1 - k) * mean(satchell(c), int(n))))]


def band_width(c: Columns, n, nbdev):
    windows = rolling(c["close"], int(n))
    upper, lower = (windows.mean(axis=1) + sign * nbdev * windows.std(axis=1) for sign in (1, -1))
    return [(upper - lower) / windows.mean(axis=1)]


def percent_b(c: Columns, n, nbdev):
    windows = rolling(c["close"], int(n))
    upper, lower = (windows.mean(axis=1) + sign * nbdev * windows.std(axis=1) for sign in (1, -1))
    return [moved(c["close"], int(n)) * (c["close"] - lower) / (upper - lower)]


def choppiness(c: Columns, n):
    total = rolling(true_range(c), int(n)).sum(axis=1)
    return [100 * np.log10(total / (highest(c["high"], int(n)) - lowest(c["low"], int(n)))) / np.log10(n)]


def ulcer(c: Columns, n):
    def of(window):
        fall = window / np.maximum.accumulate(window) - 1
        return np.sqrt(np.mean((100 * fall) ** 2))

    return [per_window(c["close"], int(n), of)]


def imbalance(c: Columns, n):
    up, down = (rolling(c[name], int(n)).sum(axis=1) for name in ("upticks", "downticks"))
    return [(up - down) / (up + down)]


def quoted_spread(c: Columns, n):
    return [mean(c["spread_mean"], int(n)), lowest(c["spread_low"], int(n)), highest(c["spread_high"], int(n))]


def roll_spread(c: Columns, n):
    steps = np.diff(c["close"], prepend=np.nan)
    covariance = pd.Series(steps).rolling(int(n)).cov(pd.Series(shift(steps, 1)), ddof=0).to_numpy()
    exact = np.array([np.cov(w[1:], w[:-1], ddof=0)[0, 1] for w in rolling(steps, int(n) + 1)])
    assert np.allclose(covariance[int(n) + 1 :], exact[int(n) + 1 :], rtol=1e-4, atol=1e-9)
    return [2 * np.sqrt(np.where(np.isnan(exact), np.nan, np.maximum(-exact, 0)))]


def corwin_schultz(c: Columns, n):
    high, low = pd.Series(c["high"]), pd.Series(c["low"])
    beta = (np.log(high / low) ** 2).rolling(2).sum()
    gamma = np.log(high.rolling(2).max() / low.rolling(2).min()) ** 2
    k = 3 - 2 * np.sqrt(2)
    alpha = (np.sqrt(2 * beta) - np.sqrt(beta)) / k - np.sqrt(gamma / k)
    return [mean((2 * (np.exp(alpha) - 1) / (1 + np.exp(alpha))).clip(lower=0).to_numpy(), int(n))]


def amihud(c: Columns, n, scale):
    frame = pl.DataFrame({"close": c["close"], "volume": c["volume"]})
    money = pl.col("close") * pl.col("volume")
    found = frame.select(pl.when(money > 0).then(pl.col("close").pct_change().abs() / money * scale)).to_series()
    out = found.rolling_mean(int(n), min_samples=1).to_numpy().copy()
    out[: int(n)] = np.nan
    return [out]


TWINS = {
    "REALISED_VOLATILITY": realised, "HISTORICAL_VOLATILITY": historical, "PARKINSON": parkinson, "GARMAN_KLASS": garman_klass,
    "ROGERS_SATCHELL": rogers_satchell, "YANG_ZHANG": yang_zhang, "BBW": band_width, "PERCENTB": percent_b, "CHOP": choppiness,
    "ULCER": ulcer, "TICK_IMBALANCE": imbalance, "SPREAD": quoted_spread, "ROLL_SPREAD": roll_spread,
    "CORWIN_SCHULTZ": corwin_schultz, "AMIHUD": amihud,
}  # fmt: skip
