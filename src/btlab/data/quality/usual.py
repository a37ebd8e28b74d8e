"""What is usual for an hour of the week: how many rows come, and how long the longest pause is.

Usual is the median over the same weekday within 13 weeks before and after, so that a market that grew busier over years is
measured by its own time; where fewer than three such days are known, over that hour of all days of those weeks.
"""

from __future__ import annotations

import numpy as np

from btlab.data.quality.facts import HOUR, HOURS, Facts

WEEKS = 13
ENOUGH = 3


def open_share(facts: Facts, first: int, last: int) -> np.ndarray:
    """float64 (days, 25): which part of each hour is trading hours between two times."""
    starts, ends = facts.days.start[:-1, None], facts.days.start[1:, None]
    edges = np.minimum(starts + np.arange(HOURS + 1) * HOUR, ends)
    edges[:, -1] = ends[:, 0]
    traded = facts.traded(facts.days.start[:1], np.clip(edges, first, last + 1).ravel()).reshape(edges.shape)
    return np.diff(traded, axis=1) / HOUR


def usual(values: np.ndarray, dates: np.ndarray) -> np.ndarray:
    """float64 (days, 25): the usual of each hour; NaN values do not count, NaN where too few are known.

    Args:
        values: float64 (days, 25). dates: days since 1970-01-01.
    """
    weekday = (dates + 3) % 7
    out = np.full(values.shape, np.nan)
    for day, date in enumerate(dates.tolist()):
        begin, end = np.searchsorted(dates, [date - 7 * WEEKS, date + 7 * WEEKS + 1])
        alike = weekday[begin:end] == weekday[day]
        out[day] = _median(values[begin:end][alike])
    for day in np.flatnonzero(np.isnan(out).any(axis=1)).tolist():
        begin, end = np.searchsorted(dates, [dates[day] - 7 * WEEKS, dates[day] + 7 * WEEKS + 1])
        out[day] = np.where(np.isnan(out[day]), _median(values[begin:end]), out[day])
    return out


def _median(values: np.ndarray) -> np.ndarray:
    """Of each column; NaN where fewer than `ENOUGH` are known."""
    known = (~np.isnan(values)).sum(axis=0)
    ordered = np.sort(values, axis=0)
    columns = np.arange(values.shape[1])
    low, high = np.maximum(known - 1, 0) // 2, known // 2
    middle = (ordered[low, columns] + ordered[np.minimum(high, len(values) - 1), columns]) / 2 if len(values) else np.nan
    return np.where(known >= ENOUGH, middle, np.nan)


def expected_rows(facts: Facts) -> np.ndarray:
    """float64 (days, 25): the rows that would be usual, by what part of the hour is open; 0 where it is closed."""
    whole, share = (
        open_share(facts, int(facts.days.start[0]), int(facts.days.start[-1])),
        open_share(facts, facts.first, facts.last),
    )
    counts = facts.counts.astype(np.float64)
    counts[(whole < 0.1) | (share < whole)] = np.nan
    counts[facts.minutes.sum(axis=1) == 0] = np.nan
    rate = usual(counts / np.maximum(whole, 0.1), facts.days.date)
    some = np.nanmean(rate) if not np.isnan(rate).all() else np.nanmean(counts) if not np.isnan(counts).all() else 0.0
    return np.where(share > 0, np.where(np.isnan(rate), some, rate) * share, 0.0)


def usual_pause(facts: Facts) -> np.ndarray:
    """float64 (days, 25): the usual longest pause in µs; NaN where it is not known."""
    longest = np.where(facts.longest < 0, np.nan, facts.longest.astype(np.float64))
    return usual(longest, facts.days.date)
