"""Finer bars inside the bars of a run: which belong to which, and whether they say the same."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from btlab.errors import RunError, SeriesError
from btlab.market.series import Bars
from btlab.market.timeframe import MICROSECONDS, divides
from btlab.market.times import iso

SAME = 1e-9  # relative; vendors print a price with other digits in another timeframe
PRICES = ("open", "high", "low", "close")


@dataclass(frozen=True, slots=True, eq=False)
class Steps:
    """The steps that a path takes through each bar.

    Attributes:
        prices: float64 (4, n): open, high, low, close of every step, bar after bar.
        first: int64 (bars + 1,): the steps of bar i are first[i]:first[i + 1].
        missing: int64, the bars that are a step of their own, since finer bars of theirs are missing.
    """

    prices: np.ndarray
    first: np.ndarray
    missing: np.ndarray


def steps_inside(bars: Bars, end: np.ndarray, finer: Bars) -> Steps:
    """The finer bars inside each bar.

    A bar whose finer bars do not add up to it is taken as it is, where some of them are missing.

    Args:
        bars: those of a run; end: int64 µs UTC, where each of them ends. finer: shorter ones of the same symbol.

    Raises:
        RunError: another symbol, a timeframe that is not finer, or no finer bars inside any bar.
        SeriesError: finer bars that contradict theirs: a price beyond its high or low, another open or close, or all of them
            there and another high or low. Names the first bar.
    """
    _check(bars, finer)
    low, high = (np.searchsorted(finer.time, edge) for edge in (bars.time, end))
    high = np.maximum(low, high)
    there = np.flatnonzero(high > low)
    if not len(there):
        raise RunError(f"there are no {finer.timeframe} bars inside the {bars.timeframe} bars: {finer!r}, {bars!r}")
    whole = np.zeros(len(bars), bool)
    whole[there] = _agreeing(bars, end, finer, there, low[there], high[there])
    counts = np.where(whole, high - low, 1)
    first = np.concatenate([[0], np.cumsum(counts)])
    of_bar = np.repeat(np.arange(len(bars)), counts)
    row = np.minimum(low[of_bar] + np.arange(first[-1]) - first[of_bar], len(finer) - 1)
    prices = [np.where(whole[of_bar], getattr(finer, name)[row], getattr(bars, name)[of_bar]) for name in PRICES]
    return Steps(np.stack(prices), first, np.flatnonzero(~whole))


def _check(bars: Bars, finer: Bars) -> None:
    if finer.symbol != bars.symbol:
        raise RunError(
            f"finer bars of {finer.symbol} inside bars of {bars.symbol}: they must be of one symbol", symbol=finer.symbol
        )
    short = MICROSECONDS[finer.timeframe] < MICROSECONDS[bars.timeframe] and divides(finer.timeframe, bars.timeframe)
    if not short:
        raise RunError(
            f"{finer.timeframe} bars inside {bars.timeframe} bars: {bars.timeframe} cannot be put together from them",
            timeframe=finer.timeframe,
        )


def _agreeing(bars: Bars, end: np.ndarray, finer: Bars, there: np.ndarray, low: np.ndarray, high: np.ndarray) -> np.ndarray:
    """Which of the bars `there` are what their finer bars low:high add up to."""
    edges = np.stack([low, high], axis=1).ravel()
    most = np.maximum.reduceat(np.append(finer.high, -np.inf), edges)[::2]
    least = np.minimum.reduceat(np.append(finer.low, np.inf), edges)[::2]
    sums = finer.open[low], most, least, finer.close[high - 1]
    given = [getattr(bars, name)[there] for name in PRICES]
    same = [np.abs(ours - theirs) <= SAME * theirs for ours, theirs in zip(sums, given)]
    agree = np.logical_and.reduce(same)
    length = MICROSECONDS[finer.timeframe]
    begun, ended = finer.time[low] == bars.time[there], finer.time[high - 1] + length >= end[there]
    complete = begun & ended & ((high - low) * length >= end[there] - bars.time[there])
    wrong = {
        "open": ~same[0] & begun,
        "high": ~same[1] & ((most > given[1]) | complete),
        "low": ~same[2] & ((least < given[2]) | complete),
        "close": ~same[3] & ended,
    }
    if any(column.any() for column in wrong.values()):
        _contradiction(bars, finer, there, wrong, dict(zip(PRICES, sums)))
    return agree


def _contradiction(bars: Bars, finer: Bars, there: np.ndarray, wrong: dict[str, np.ndarray], sums: dict[str, np.ndarray]) -> None:
    row = min(int(column.argmax()) for column in wrong.values() if column.any())
    name = next(name for name, column in wrong.items() if column[row])
    bar = int(there[row])
    ours, theirs = float(getattr(bars, name)[bar]), float(sums[name][row])
    raise SeriesError(
        f"bar {bar}, {iso(bars.time[bar])}: its {name} is {ours:.10g}, that of the {finer.timeframe} bars inside it "
        f"{theirs:.10g}. Give finer bars of the same source, price and time zone",
        bar=bar,
        column=name,
        coarse=ours,
        finer=theirs,
    )
