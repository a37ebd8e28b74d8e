"""Twins of the turning points: for every bar anew, from the bars up to it and from no other."""

from __future__ import annotations

import numpy as np

from tests.indicators.twins.tools import Columns


def zigzag(c: Columns, percent):
    """Pivots found leg by leg over the whole history, then told at each bar as far as they were confirmed by then."""
    high, low, share = c["high"], c["low"], percent / 100
    found = []  # (bar of confirmation, bar of the pivot, price, direction after it)
    begin, up = 0, None
    i = 1
    while i < len(high):
        top, bottom = begin + int(np.argmax(high[begin:i])), begin + int(np.argmin(low[begin:i]))
        falls = high[i] <= high[top] and low[i] <= high[top] * (1 - share) and up is not False
        rises = low[i] >= low[bottom] and high[i] >= low[bottom] * (1 + share) and up is not True
        if falls != rises:
            pivot = top if falls else bottom
            found.append((i, pivot, high[top] if falls else low[bottom], -1 if falls else 1))
            begin, up = i, bool(rises)
        i += 1
    out = np.full((4, len(high)), np.nan)
    out[2:] = 0
    for at, pivot, price, direction in found:
        out[0, at:], out[2, at:] = price, direction
        out[1, at:] = np.arange(at, len(high)) - pivot
        out[3, at] = 1
    return list(out)


def swings(values: np.ndarray, wing: int) -> list[tuple[int, float]]:
    """(bar at which it is known, price) of each value over all of its neighbours."""
    middles = range(wing, len(values) - wing)
    return [(m + wing, values[m]) for m in middles if values[m] > np.delete(values[m - wing : m + wing + 1], wing).max()]


def market_structure(c: Columns, wing):
    wing, close = int(wing), c["close"]
    tops, bottoms = swings(c["high"], wing), [(at, -price) for at, price in swings(-c["low"], wing)]
    out = np.full((4, len(close)), np.nan)
    for at, price in tops:
        out[0, at:] = price
    for at, price in bottoms:
        out[1, at:] = price
    out[2:, 2 * wing :] = 0
    beyond = [first_beyond(close, tops, 1), first_beyond(close, bottoms, -1)]
    trend = 0
    for i in range(2 * wing, len(close)):
        side = 1 if i in beyond[0] else -1 if i in beyond[1] else 0
        out[3, i] = 2 * side if side * trend < 0 else side
        trend = side or trend
        out[2, i] = trend
    return list(out)


def first_beyond(close: np.ndarray, levels: list[tuple[int, float]], side: int) -> set[int]:
    """The bars at which a swing is broken: the first close beyond it before the next swing takes its place."""
    ends = [at for at, _ in levels[1:]] + [len(close)]
    found = set()
    for (at, price), end in zip(levels, ends):
        broken = np.flatnonzero(side * (close[at:end] - price) > 0)
        found |= {at + int(broken[0])} if len(broken) else set()
    return found


def support_resistance(c: Columns, wing, levels):
    wing, levels = int(wing), int(levels)
    tops, bottoms = swings(c["high"], wing), [(at, -price) for at, price in swings(-c["low"], wing)]
    out = np.full((3, len(c["close"])), np.nan)
    for i in range(2 * wing, len(c["close"])):
        kept = np.array([p for side in (tops, bottoms) for p in [price for at, price in side if at <= i][-levels:]])
        under, over = kept[kept <= c["close"][i]], kept[kept > c["close"][i]]
        out[:, i] = under.max() if len(under) else np.nan, over.min() if len(over) else np.nan, len(kept)
    return list(out)


TWINS = {"ZIGZAG": zigzag, "MARKET_STRUCTURE": market_structure, "SUPPORT_RESISTANCE": support_resistance}
