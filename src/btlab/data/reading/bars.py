"""Imported bars: of the stored timeframe and price, or put together from the longest stored one that divides it."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from btlab.data.cache.bars import between, nothing, reach
from btlab.data.files import segments
from btlab.data.files.manifest import Segment, overlapping
from btlab.data.reading.ticks import damaged
from btlab.data.rows import BarColumns
from btlab.errors import NotStoredError, TimeframeError
from btlab.market.series import Bars
from btlab.market.timeframe import MICROSECONDS, divides

Chosen = tuple[str, str]


def choose(symbol: str, feed: str, stored: Sequence[Chosen], timeframe: str, price: str | None) -> Chosen:
    """Which of the stored (timeframe, price) bars of a timeframe are read from.

    Raises:
        NotStoredError: there are none of this price, or of several prices and none is said. TimeframeError: none divides it.
    """
    about = {"symbol": symbol, "feed": feed}
    here = f"feed {feed!r} of {symbol!r} holds bars"
    shown = ", ".join(f"{name} ({side})" for name, side in stored)
    priced = [one for one in stored if price in (None, one[1])]
    if not priced:
        raise NotStoredError(f"{here}: {shown}; none of price={price!r}. Leave price= out for their own", price=price, **about)
    fitting = [one for one in priced if divides(one[0], timeframe)]
    if not fitting:
        raise TimeframeError(
            f"{here}: {shown}; {timeframe} cannot be put together from them. Ask for one of these or a multiple of one",
            timeframe=timeframe,
            **about,
        )
    longest = max(MICROSECONDS[name] for name, _ in fitting)
    best = [one for one in fitting if MICROSECONDS[one[0]] == longest]
    if len(best) > 1:
        sides = ", ".join(side for _, side in best)
        raise NotStoredError(f"{here} of the prices {sides}; say which with price=", prices=[side for _, side in best], **about)
    return best[0]


def read_bars(
    folder: Path, parts: Sequence[Segment], symbol: str, timeframe: str, start: int | None, end: int | None, calendar: str
) -> Bars:
    """Bars that begin in start <= time < end, None is open, from the segments of one stored timeframe and price.

    Raises:
        DamagedError: a file is not what was written. FileNotFoundError: it is gone.
    """
    from btlab.market import timeline

    own = str(parts[0].timeframe)
    beyond = None if end is None else end + (0 if own == timeframe else reach(timeframe))
    columns = read_bar_segments(folder, overlapping(tuple(parts), start, beyond), symbol)
    stored = between(Bars(*columns, own, symbol), start, beyond)
    if own == timeframe or not len(stored):
        return stored if len(stored) else nothing(timeframe, symbol)
    return between(timeline.bars(stored, timeframe, calendar=calendar), start, end)


def read_bar_segments(folder: Path, chosen: Sequence[Segment], symbol: str) -> BarColumns:
    """All bars of some segments, one after the other; errors as of `read_bars`."""
    stops = np.cumsum([segment.rows for segment in chosen], dtype=np.int64).tolist()
    rows = stops[-1] if stops else 0
    out = BarColumns(np.empty(rows, np.int64), *(np.empty(rows) for _ in range(5)))
    for segment, stop in zip(chosen, stops):
        path = folder / segment.file
        content = path.read_bytes()
        if hashlib.sha256(content).hexdigest() != segment.sha256:
            raise damaged(path, segment, symbol, "its checksum differs")
        segments.decode_bars(content, segment.first, segment.digits, out.take(slice(stop - segment.rows, stop)))
    return out
