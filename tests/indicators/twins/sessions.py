"""Twins of what counts by day or by volume: group by the day, ask again for every bar, look at nothing after it."""

from __future__ import annotations

import numpy as np
import pandas as pd

from tests.indicators.twins.tools import Columns, ema, mean, shift, together, typical


def weighted(price: np.ndarray, volume: np.ndarray, nbdev: float) -> tuple[float, float, float]:
    if volume.sum() == 0:
        return np.nan, np.nan, np.nan
    centre = np.average(price, weights=volume)
    width = nbdev * np.sqrt(np.average((price - centre) ** 2, weights=volume))
    return centre, centre + width, centre - width


def session_vwap(c: Columns, nbdev):
    price, days = typical(c), c["day"]
    rows = (np.flatnonzero(days[: i + 1] == days[i]) for i in range(len(price)))
    return list(np.transpose([weighted(price[row], c["volume"][row], nbdev) for row in rows]))


def anchored_vwap(c: Columns, anchor, nbdev):
    price, first = typical(c), int(np.searchsorted(c["time"], anchor))
    return list(np.transpose([weighted(price[first : i + 1], c["volume"][first : i + 1], nbdev) for i in range(len(price))]))


def ease(c: Columns, n, scale):
    high, low, volume = c["high"], c["low"], c["volume"]
    move = np.diff((high + low) / 2, prepend=np.nan)
    with np.errstate(divide="ignore", invalid="ignore"):
        box = (volume / scale) / (high - low)
        found = np.where((volume == 0) & np.isfinite(move), 0.0, move / box)
    return [mean(found, int(n))]


def klinger(c: Columns, fast, slow, signal):
    total = c["high"] + c["low"] + c["close"]
    trend = np.where(total > shift(total, 1), 1, -1)
    span, force = c["high"] - c["low"], np.full(len(total), np.nan)
    for i in range(1, len(total)):
        first = i  # of the run of bars with this trend
        while first > 1 and trend[first - 1] == trend[i]:
            first -= 1
        travelled = span[first - 1 : i + 1].sum()
        force[i] = c["volume"][i] * abs(2 * span[i] / travelled - 1) * trend[i] * 100 if travelled > 0 else 0.0
    kvo = ema(force, fast) - ema(force, slow)
    return together(kvo, ema(kvo, signal))


def volume_profile(c: Columns, n, bins, share):
    n, bins, out = int(n), int(bins), np.full((3, len(c["high"])), np.nan)
    for i in range(n - 1, len(c["high"])):
        high, low, volume = (c[name][i - n + 1 : i + 1, None] for name in ("high", "low", "volume"))
        edges = np.linspace(low.min(), high.max(), bins + 1)
        inside = np.clip(np.minimum(high, edges[1:]) - np.maximum(low, edges[:-1]), 0, None)
        share_of = np.where(high > low, inside / (high - low), (edges[:-1] <= low) & (low < edges[1:]))
        profile = np.sum(volume * share_of, axis=0)
        fullest = int(np.argmax(profile))
        area = [fullest]
        while profile[area].sum() < share * volume.sum() * (1 - 1e-12):
            above = profile[area[-1] + 1] if area[-1] + 1 < bins else -1
            below = profile[area[0] - 1] if area[0] > 0 else -1
            area = [*area, area[-1] + 1] if above >= below else [area[0] - 1, *area]
        if volume.any():
            out[:, i] = edges[fullest : fullest + 2].mean(), edges[area[-1] + 1], edges[area[0]]
    return list(out)


def day_before(c: Columns) -> list[np.ndarray]:
    """Open, high, low and close of the last day before each bar's."""
    frame = pd.DataFrame({name: c[name] for name in ("open", "high", "low", "close", "day")})
    days = frame.groupby("day").agg({"open": "first", "high": "max", "low": "min", "close": "last"}).shift(1)
    return [frame["day"].map(days[name]).to_numpy() for name in ("open", "high", "low", "close")]


def floor_levels(pivot, high, low):
    return [pivot, 2 * pivot - low, 2 * pivot - high, pivot + high - low, pivot - high + low,
            high + 2 * (pivot - low), low - 2 * (high - pivot)]  # fmt: skip


def pivots(c: Columns):
    _, high, low, close = day_before(c)
    return floor_levels((high + low + close) / 3, high, low)


def woodie(c: Columns):
    _, high, low, close = day_before(c)
    return floor_levels((high + low + 2 * close) / 4, high, low)


def fibonacci(c: Columns):
    _, high, low, close = day_before(c)
    pivot = (high + low + close) / 3
    return [pivot, *(pivot + sign * ratio * (high - low) for ratio in (0.382, 0.618, 1.0) for sign in (1, -1))]


def camarilla(c: Columns):
    _, high, low, close = day_before(c)
    levels = (close + sign * (high - low) * 1.1 / part for part in (12, 6, 4, 2) for sign in (1, -1))
    return [(high + low + close) / 3, *levels]


def demark(c: Columns):
    open_, high, low, close = day_before(c)
    x = np.select(
        [close < open_, close > open_, close == open_],
        [high + 2 * low + close, 2 * high + low + close, high + low + 2 * close],
        np.nan,
    )
    return [x / 4, x / 2 - low, x / 2 - high]


def session_levels(c: Columns):
    frame = pd.DataFrame({name: c[name] for name in ("open", "high", "low", "day")}).groupby("day")
    today = [frame["open"].transform("first"), frame["high"].cummax(), frame["low"].cummin()]
    return [*(column.to_numpy() for column in today), *day_before(c)[1:]]


def opening_range(c: Columns, minutes):
    frame = pd.DataFrame({name: c[name] for name in ("high", "low", "day")})
    later = c["time"] >= c["day"] + minutes * 60_000_000
    frame.loc[later, ["high", "low"]] = np.nan
    days = frame.groupby("day")
    high, low = days["high"].cummax().groupby(frame["day"]).ffill(), days["low"].cummin().groupby(frame["day"]).ffill()
    return [high.to_numpy(), low.to_numpy(), later.astype(float)]


TWINS = {
    "SESSION_VWAP": session_vwap, "ANCHORED_VWAP": anchored_vwap, "EMV": ease, "KVO": klinger, "VOLUME_PROFILE": volume_profile,
    "PIVOTS": pivots, "PIVOTS_WOODIE": woodie, "PIVOTS_FIBONACCI": fibonacci, "PIVOTS_CAMARILLA": camarilla,
    "PIVOTS_DEMARK": demark, "SESSION_LEVELS": session_levels, "OPENING_RANGE": opening_range,
}  # fmt: skip
