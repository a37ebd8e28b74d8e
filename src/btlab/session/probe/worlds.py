"""Other worlds: the data as they are up to a row, and another future after it; or the same data, begun later."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from btlab.market.series import Bars, Ticks
from btlab.market.timeframe import MICROSECONDS
from btlab.session.probe.merged import Data, Merged, changed

_PULL = 2
_JUMP = 1.1
_HOUR = 3_600_000_000
_RECENT = 20_000


@dataclass(frozen=True, eq=False)
class World:
    """Data that differ from those given.

    Attributes:
        series: the ticks or bars of this world.
        first: the row of the given data at which it begins.
        known: the last row of the given data that it shares; all from `first` on up to it are equal.
        name: "cut off", "mirrored", "other" or "begun later".
        parts: where the data are of several symbols, the world of each.
    """

    series: Any
    first: int
    known: int
    name: str
    parts: Mapping[str, World] = field(default_factory=dict)

    def of(self, symbol: str) -> World:
        """The world of a symbol."""
        return self.parts[symbol] if self.parts else self

    def limit(self, data: Data) -> int:
        """Until when, in µs, what is decided after row `known` was taken must be the same: closes before the next row of both."""
        now, after = int(data.time[self.known]), self.known + 1 - self.first
        if after >= len(self.series) or self.known + 1 >= len(data):
            return now
        return max(now, min(int(data.time[self.known + 1]), int(self.series.time[after])))


def several(known: int, name: str, parts: Mapping[str, World]) -> World:
    """Another future of several symbols."""
    return World(Merged({symbol: world.series for symbol, world in parts.items()}), 0, known, name, parts)


def cut_off(data: Data, known: int) -> World:
    """Nothing after a row."""
    if isinstance(data, Merged):
        parts = changed(data, known, known + 1, lambda part, last, _: cut_off(part, last))
        return World(data[: known + 1], 0, known, "cut off", parts)
    return World(data[: known + 1], 0, known, "cut off")


def begun_later(data: Data, first: int) -> World:
    """The same data without what came before a row."""
    if isinstance(data, Merged):
        parts = {symbol: begun_later(part, data.span(part, first, len(data))[0]) for symbol, part in data.parts.items()}
        return World(data[first:], first, len(data) - 1, "begun later", parts)
    return World(data[first:], first, len(data) - 1, "begun later")


def mirrored(data: Data, known: int, end: int) -> World:
    """Prices go the other way from a row on, further, and with a jump against what came next; times stay, sizes swap places."""
    if isinstance(data, Merged):
        return several(known, "mirrored", changed(data, known, end, mirrored))
    middle, digits, rows = _middle(data, known, end), data.digits, slice(known + 1, end)
    anchor, following = float(middle[0]), float(middle[1]) if len(middle) > 1 else np.inf
    jump = _JUMP if following <= anchor else 1.0 / _JUMP

    def turned(column: np.ndarray) -> np.ndarray:
        return _rounded(anchor * jump * (anchor / column[rows]) ** _PULL, digits)

    if isinstance(data, Ticks):
        prices = {"bid": turned(data.ask), "ask": turned(data.bid)}
    else:
        prices = {"open": turned(data.open), "high": turned(data.low), "low": turned(data.high), "close": turned(data.close)}
    sizes = {name: 3.0 * getattr(data, name)[rows][::-1] + 1.0 for name in _size_names(data)}
    return _joined(data, known, {"time": data.time[rows]} | prices | sizes, "mirrored")


def other(data: Data, known: int, end: int, seed: int, after: int | None = None) -> World:
    """Another walk of prices from a row on, at other times, with other sizes.

    Args:
        after: a time that all of it comes after, though the data have no row then.
    """
    if isinstance(data, Merged):
        now = int(data.time[known])
        return several(known, "other", changed(data, known, end, lambda part, last, stop: other(part, last, stop, seed, now)))
    random = np.random.default_rng([seed, known])
    count, digits = end - known - 1, data.digits
    recent = _middle(data, max(0, known - _RECENT), known + 1)
    anchor = float(recent[-1])
    step = max(float(np.std(np.diff(np.log(recent)))) if len(recent) > 2 else 0.0, 1e-5)
    walk = np.exp(np.cumsum(random.normal(0.0, 2.0 * step, count)) + np.log(random.choice([0.93, 0.98, 1.02, 1.07])))
    path = anchor * np.clip(walk, 0.2, 5.0)
    if isinstance(data, Ticks):
        spread = data.ask[known + 1 : end] - data.bid[known + 1 : end]
        half = np.nan_to_num(np.abs(spread) / 2.0, nan=0.0) * (not data.trades)
        bid = _rounded(path - half, digits)
        prices = {"bid": bid, "ask": np.maximum(_rounded(path + half, digits), bid)}
    else:
        prices = _random_bars(path, anchor, step, digits, random)
    sizes = {}
    for name in _size_names(data):
        usual = float(np.mean(getattr(data, name)[max(0, known - _RECENT) : known + 1]))
        sizes[name] = random.exponential(1.0 + usual, count)
    times = _other_times(data, known, end, random)
    if after is not None and len(times):
        times = times + max(0, after + 1 - int(times[0]))
    return _joined(data, known, {"time": times} | prices | sizes, "other")


def _random_bars(
    path: np.ndarray, anchor: float, step: float, digits: int | None, random: np.random.Generator
) -> dict[str, np.ndarray]:
    close, open_ = (
        _rounded(path, digits),
        _rounded(np.append(anchor, path[:-1]) * np.exp(random.normal(0, step, len(path))), digits),
    )
    high = _rounded(np.maximum(open_, close) * (1.0 + step * random.random(len(path))), digits)
    low = _rounded(np.minimum(open_, close) / (1.0 + step * random.random(len(path))), digits)
    return {
        "open": open_,
        "high": np.maximum(high, np.maximum(open_, close)),
        "low": np.minimum(low, np.minimum(open_, close)),
        "close": close,
    }


def _other_times(data: Ticks | Bars, known: int, end: int, random: np.random.Generator) -> np.ndarray:
    """Times of ticks by their gaps, drawn anew. Bars move on by whole lengths: where one ends early, its next one stays."""
    gaps = np.diff(data.time[known:end])
    if isinstance(data, Ticks):
        gaps = (random.permutation(gaps) * random.uniform(0.3, 2.0, len(gaps))).astype(np.int64)
        if len(gaps):
            gaps[0] = random.choice([0, gaps[0], 90_000_000 + int(random.integers(2 * _HOUR))])
        return np.asarray(data.time[known] + np.cumsum(gaps))
    length = MICROSECONDS[data.timeframe]
    if data.timeframe in ("1w", "1mo") or (len(gaps) and gaps[0] < length):
        return np.asarray(data.time[known + 1 : end])
    return np.asarray(data.time[known + 1 : end] + length * int(random.integers(0, 8)))


def _joined(data: Ticks | Bars, known: int, future: dict[str, np.ndarray], name: str) -> World:
    """The past of the data and another future."""
    kept = slice(0, known + 1)
    columns = {n: np.concatenate([getattr(data, n)[kept], column.astype(getattr(data, n).dtype)]) for n, column in future.items()}
    if isinstance(data, Ticks):
        sizes = columns.get("bid_size"), columns.get("ask_size")
        return World(Ticks(columns["time"], columns["bid"], columns["ask"], *sizes, data.symbol, data.trades), 0, known, name)
    time, open_, high, low, close, volume = (columns[n] for n in ("time", "open", "high", "low", "close", "volume"))
    return World(Bars(time, open_, high, low, close, volume, data.timeframe, data.symbol), 0, known, name)


def _size_names(data: Ticks | Bars) -> tuple[str, ...]:
    if isinstance(data, Bars):
        return ("volume",)
    return () if data.bid_size is None else ("bid_size", "ask_size")


def _middle(data: Ticks | Bars, begin: int, end: int) -> np.ndarray:
    """One price a row; of a one-sided quote the side that is there."""
    if isinstance(data, Bars):
        return data.close[begin:end]
    bid, ask = data.bid[begin:end], data.ask[begin:end]
    both = (bid + ask) / 2.0
    return np.where(np.isnan(both), np.where(np.isnan(bid), ask, bid), both)


def _rounded(prices: np.ndarray, digits: int | None) -> np.ndarray:
    """On the grid of the data, and never 0."""
    if digits is None:
        return np.asarray(prices)
    return np.maximum(np.round(prices, digits), 10.0**-digits)
