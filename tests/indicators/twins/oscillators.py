"""Twins of the oscillators."""

from __future__ import annotations

import numpy as np
import pandas as pd
import talib

from tests.indicators.twins.tools import (
    Columns,
    ema,
    highest,
    lowest,
    mean,
    middle,
    per_window,
    rolling,
    shift,
    smooth,
    together,
    true_range,
)  # fmt: skip


def fisher(c: Columns, n):
    price = middle(c)
    low, high = lowest(price, int(n)), highest(price, int(n))
    v, f, out = 0.0, 0.0, np.full((2, len(price)), np.nan)
    for i in range(int(n) - 1, len(price)):
        place = (price[i] - low[i]) / (high[i] - low[i]) if high[i] > low[i] else 0.5
        v = 0.33 * 2 * (place - 0.5) + 0.67 * v
        v = 0.999 if v > 0.99 else -0.999 if v < -0.99 else v
        out[1, i] = f
        f = np.arctanh(v) + 0.5 * f
        out[0, i] = f
    out[:, int(n) - 1] = np.nan
    return list(out)


def relative_vigor(c: Columns, n):
    def weigh(x):
        return (x + 2 * shift(x, 1) + 2 * shift(x, 2) + shift(x, 3)) / 6

    moves, spans = weigh(c["close"] - c["open"]), weigh(c["high"] - c["low"])
    vigor = rolling(moves, int(n)).sum(axis=1) / rolling(spans, int(n)).sum(axis=1)
    return together(vigor, weigh(vigor))


def squeeze(c: Columns, n, nbdev, multiplier):
    n, close = int(n), c["close"]
    deviation, width = rolling(close, n).std(axis=1), mean(true_range(c), n)
    centre = mean(close, n)
    inside = (centre + nbdev * deviation < centre + multiplier * width) & (
        centre - nbdev * deviation > centre - multiplier * width
    )
    off = close - ((highest(c["high"], n) + lowest(c["low"], n)) / 2 + centre) / 2
    momentum = per_window(off, n, lambda w: np.polyval(np.polyfit(np.arange(n), w, 1), n - 1))
    known = np.isfinite(momentum) & np.isfinite(width)
    return [np.where(known, inside, np.nan), np.where(known, momentum, np.nan)]


def connors(c: Columns, rsi, streak, rank):
    close = pd.Series(c["close"])
    sign = np.sign(close.diff().fillna(0))
    runs = sign.groupby((sign != sign.shift()).cumsum()).cumsum()
    changes = close.pct_change().to_numpy()
    ranks = np.full(len(close), np.nan)
    for i in range(int(rank) + 1, len(close)):
        ranks[i] = 100 * np.mean(changes[i - int(rank) : i] < changes[i])
    parts = talib.RSI(c["close"], int(rsi)), talib.RSI(runs.to_numpy(), int(streak)), ranks
    return [np.mean(parts, axis=0)]


def schaff(c: Columns, fast, slow, cycle, factor):
    def place(x):
        low, high = lowest(x, int(cycle)), highest(x, int(cycle))
        found = pd.Series(100 * (x - low) / (high - low)).ffill().fillna(50)  # a range of nothing: as it was, 50 at first
        return np.where(np.isfinite(low), found, np.nan)

    macd = ema(c["close"], fast) - ema(c["close"], slow)
    return [smooth(place(smooth(place(macd), 1, factor)), 1, factor)]


def know_sure_thing(c: Columns, *n):
    close = pd.Series(c["close"])
    kst = sum(k * 100 * close.pct_change(int(n[k - 1])).rolling(int(n[k + 3])).mean() for k in (1, 2, 3, 4))
    return together(kst.to_numpy(), kst.rolling(int(n[8])).mean().to_numpy())


def laguerre_rsi(c: Columns, g):
    x = c["close"]
    lines = [np.full(4, x[0])]
    for now in x:
        old = lines[-1]
        a = (1 - g) * now + g * old[0]
        b = -g * a + old[0] + g * old[1]
        d = -g * b + old[1] + g * old[2]
        lines.append(np.array([a, b, d, -g * d + old[2] + g * old[3]]))
    steps = -np.diff(np.array(lines[1:]), axis=1)
    up, down = np.where(steps > 0, steps, 0).sum(axis=1), np.where(steps < 0, -steps, 0).sum(axis=1)
    out = up / (up + down)
    out[:3] = np.nan
    return [out]


def centre_of_gravity(c: Columns, n):
    windows = rolling(c["close"], int(n))
    return [(n + 1) / 2 - (windows @ np.arange(n, 0, -1)) / windows.sum(axis=1)]


def trend_intensity(c: Columns, n, m):
    off = rolling(c["close"] - mean(c["close"], int(n)), int(m))
    over, under = np.where(off > 0, off, off * 0).sum(axis=1), np.where(off < 0, -off, off * 0).sum(axis=1)
    return [100 * over / (over + under)]


TWINS = {
    "FISHER": fisher, "RVGI": relative_vigor, "SQUEEZE": squeeze, "CRSI": connors, "STC": schaff, "KST": know_sure_thing,
    "LAGUERRE_RSI": laguerre_rsi, "CG": centre_of_gravity, "TII": trend_intensity,
}  # fmt: skip
