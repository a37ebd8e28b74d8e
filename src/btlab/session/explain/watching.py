"""What waited for which quote, over which ticks, and how near the quote came."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from btlab.market.records import LIMIT, STOP, STOP_LIMIT
from btlab.market.series import Bars
from btlab.session.explain.schema import Stretch

if TYPE_CHECKING:
    from btlab.session.result import Session

AT_ONCE = 1 << 20
"""Ticks looked at in one go: a stretch of 20 M ticks costs their two columns once, and no more memory than this."""


def side_of_quote(side: int) -> str:
    """Which quote fills a side: a buy looks at the ask."""
    return "ask" if side > 0 else "bid"


def stretch(session: Session, what: str, side: int, level: float, falls: bool, first: int, last: int) -> Stretch | None:
    """Ticks first ... last in which a side waited for its quote to be at a level; None where there are none.

    Args:
        side: +1 for what buys. falls: it waits for a quote at or below the level.
    """
    if last < first or level != level:
        return None
    found = nearest(session, side, falls, first, last)
    when = "at or below" if falls else "at or above"
    if found is None:
        nothing = (None, None, None, None)
        return Stretch("execution.no_quote", what, side_of_quote(side), when, level, first, last, *nothing)
    tick, quote = found
    distance = quote - level if falls else level - quote
    time = int(session.data.time[tick])
    return Stretch("execution.held", what, side_of_quote(side), when, level, first, last, tick, time, quote, distance)


def nearest(session: Session, side: int, falls: bool, first: int, last: int) -> tuple[int, float] | None:
    """(tick, quote) of the least, or greatest, quote that a side met in ticks first ... last; None where it had none."""
    best: tuple[int, float] | None = None
    for begin in range(first, last + 1, AT_ONCE):
        quotes = met_by(session, side, falls, begin, min(begin + AT_ONCE, last + 1))
        there = ~np.isnan(quotes)
        if there.any():
            row = int(np.nanargmin(quotes) if falls else np.nanargmax(quotes))
            quote = float(quotes[row])
            if best is None or (quote < best[1] if falls else quote > best[1]):
                best = begin + row, quote
    return best


def met_by(session: Session, side: int, falls: bool, begin: int, end: int) -> np.ndarray:
    """What a buy paid, or a sell got, at each tick; of bars the least, or the greatest, inside each."""
    data = session.data
    if isinstance(data, Bars):
        column = data.low if falls else data.high
        return column[begin:end] + (session.spread if side > 0 else 0.0)
    bid, ask = data.bid[begin:end], data.ask[begin:end]
    return np.where(bid > ask, bid, ask) if side > 0 else np.where(ask < bid, ask, bid)


def waits_for(kind: int, side: int, touched: bool) -> bool:
    """Whether an order waits for its quote to fall: buy limits and sell stops do."""
    as_limit = kind == LIMIT or (kind == STOP_LIMIT and touched)
    return (side > 0) == as_limit


def level_of(kind: int, change: np.void, touched: bool) -> float:
    """The level an order waited for after a change; NaN for one that waits for none."""
    if kind == STOP_LIMIT and touched:
        return float(change["limit"])
    return float(change["level"]) if kind in (LIMIT, STOP, STOP_LIMIT) else np.nan
