"""Twins of the means and of what is drawn around the price."""

from __future__ import annotations

import numpy as np
import pandas as pd

from tests.indicators.twins.tools import (
    Columns,
    average_range,
    ema,
    highest,
    lowest,
    mean,
    middle,
    rolling,
    shift,
    together,
    typical,
    wilder,
)  # fmt: skip


def alma(c: Columns, n, offset, sigma):
    weights = np.exp(-((np.arange(n) - offset * (n - 1)) ** 2) / (2 * (n / sigma) ** 2))
    return [rolling(c["close"], int(n)) @ (weights / weights.sum())]


def mcginley(c: Columns, n):
    x, out = c["close"], np.full(len(c["close"]), np.nan)
    out[int(n) - 1] = np.mean(x[: int(n)])
    for i in range(int(n), len(x)):
        out[i] = out[i - 1] + (x[i] - out[i - 1]) / (n * (x[i] / out[i - 1]) ** 4)
    return [out]


def ma_distance(c: Columns, n):
    return [100 * (c["close"] / mean(c["close"], int(n)) - 1)]


def frama(c: Columns, half):
    half = int(half)
    high, low, price = c["high"], c["low"], middle(c)
    newer = (highest(high, half) - lowest(low, half)) / half
    both = (highest(high, 2 * half) - lowest(low, 2 * half)) / (2 * half)
    older = shift(newer, half)
    dimension = np.where((older > 0) & (newer > 0), (np.log(older + newer) - np.log(both)) / np.log(2), np.nan)
    dimension = pd.Series(dimension).ffill().fillna(0).to_numpy()
    share = np.clip(np.exp(-4.6 * (dimension - 1)), 0.01, 1)
    out = np.full(len(price), np.nan)
    out[2 * half - 1] = price[2 * half - 1]
    for i in range(2 * half, len(price)):
        out[i] = share[i] * price[i] + (1 - share[i]) * out[i - 1]
    return [out]


def supersmoother(c: Columns, n):
    x = c["close"]
    a = np.exp(-np.sqrt(2) * np.pi / n)
    c2, c3 = 2 * a * np.cos(np.sqrt(2) * np.pi / n), -a * a
    y = [x[0], x[0]]
    for now, before in zip(x, [x[0], *x[:-1]]):
        y.append((1 - c2 - c3) * (now + before) / 2 + c2 * y[-1] + c3 * y[-2])
    out = np.array(y[2:])
    out[: int(n) - 1] = np.nan
    return [out]


def vidya(c: Columns, n, m):
    x, m = c["close"], int(m)
    steps = np.diff(x, prepend=np.nan)
    up, down = (rolling(np.where(sign * steps > 0, np.abs(steps), steps * 0), m).sum(axis=1) for sign in (1, -1))
    momentum = np.where(up + down == 0, 0, np.abs(up - down) / (up + down))
    out = np.full(len(x), np.nan)
    share = 2 / (n + 1) * momentum
    out[m] = x[m]
    for i in range(m + 1, len(x)):
        out[i] = share[i] * x[i] + (1 - share[i]) * out[i - 1]
    return [out]


def linreg_channel(c: Columns, n, nbdev):
    def fit(window):
        at = np.arange(n)
        slope, start = np.polyfit(at, window, 1)
        off = window - (start + slope * at)
        return start + slope * (n - 1), np.sqrt(np.mean(off**2)), 1 - np.sum(off**2) / np.sum((window - window.mean()) ** 2)

    found = np.full((3, len(c["close"])), np.nan)
    for i in range(int(n) - 1, len(c["close"])):
        found[:, i] = fit(c["close"][i - int(n) + 1 : i + 1])
    return [found[0], found[0] + nbdev * found[1], found[0] - nbdev * found[1], found[2]]


def ichimoku(c: Columns, conversion, base, span, displacement):
    fast, slow, slowest = ((highest(c["high"], int(n)) + lowest(c["low"], int(n))) / 2 for n in (conversion, base, span))
    next_a, next_b = (fast + slow) / 2, slowest
    back = int(displacement) - 1
    return together(fast, slow, shift(next_a, back), shift(next_b, back), next_a, next_b)


def alligator(c: Columns, *lengths):
    lines = (shift(wilder(middle(c), n), int(back)) for n, back in zip(lengths[::2], lengths[1::2]))
    return together(*lines)


def chandelier(c: Columns, n, k):
    atr = average_range(c, n)
    return [highest(c["high"], int(n)) - k * atr, lowest(c["low"], int(n)) + k * atr]


def chande_kroll(c: Columns, p, x, q):
    under, over = chandelier(c, p, x)
    return [highest(under, int(q)), lowest(over, int(q))]


def volatility_stop(c: Columns, n, k):
    """Position by position, as Wilder tells it: a list of entries, each with its best close."""
    close, arc = c["close"], k * average_range(c, n)
    stop, side = np.full(len(close), np.nan), np.full(len(close), np.nan)
    begin = int(np.argmax(np.isfinite(arc)))
    long = True
    while begin < len(close):
        for i in range(begin, len(close)):
            held = close[begin : i + 1]
            best = held.max() if long else held.min()
            if i > begin and (close[i] < stop[i - 1] if long else close[i] > stop[i - 1]):
                begin, long = i, not long
                break
            stop[i], side[i] = best - arc[i] if long else best + arc[i], 1 if long else -1
        else:
            break
    return [stop, side]


def keltner(c: Columns, n, k):
    centre, width = mean(typical(c), int(n)), k * mean(c["high"] - c["low"], int(n))
    return [centre + width, centre, centre - width]


def turtle(c: Columns, entry, leave):
    return together(*(shift(f(c[name], int(n)), 1) for n in (entry, leave) for f, name in ((highest, "high"), (lowest, "low"))))


def profit_maximiser(c: Columns, n, m, k):
    """Side by side: each stop is what it is while the other's story goes on; then the story of the turns."""
    average, width = ema(middle(c), n), k * average_range(c, m)
    first = int(np.argmax(np.isfinite(average + width)))
    lower, upper, turn = average - width, average + width, np.full(len(average), np.nan)
    for i in range(first + 1, len(average)):
        if average[i] > lower[i - 1]:
            lower[i] = max(lower[i], lower[i - 1])
        else:
            turn[i] = -1
        if average[i] < upper[i - 1]:
            upper[i] = min(upper[i], upper[i - 1])
        elif average[i] > upper[i - 1]:
            turn[i] = 1
    turn[first] = 1
    direction = pd.Series(turn).ffill().to_numpy()
    known = np.isfinite(direction)
    return [np.where(known, np.where(direction == 1, lower, upper), np.nan), np.where(known, average, np.nan), direction]


TWINS = {
    "ALMA": alma, "MCGINLEY": mcginley, "MA_DISTANCE": ma_distance, "FRAMA": frama, "SUPERSMOOTHER": supersmoother,
    "VIDYA": vidya, "LINREG_CHANNEL": linreg_channel, "ICHIMOKU": ichimoku, "ALLIGATOR": alligator, "CHANDELIER": chandelier,
    "CHANDE_KROLL": chande_kroll, "VOLATILITY_STOP": volatility_stop, "KELTNER": keltner, "TURTLE": turtle,
    "PMAX": profit_maximiser,
}  # fmt: skip
