"""What waited for which quote, over which ticks, and how near the quote came."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from btlab.market.codes import KINDS, LIMIT, STOP, STOP_LIMIT
from btlab.market.series import Bars
from btlab.session.explain.schema import LONGEST, Step, Stretch
from btlab.session.trailing import followed

if TYPE_CHECKING:
    from btlab.session.result import Session

AT_ONCE = 1 << 20
"""Ticks looked at in one go: a stretch of 20 M ticks costs their two columns once, and no more memory than this."""


@dataclass(frozen=True, slots=True)
class Wait:
    """What waits for a quote.

    Attributes:
        what: in words. side: +1 for what buys. level: NaN for what takes any quote. falls: it waits for a quote at or below it.
        beyond: how far the quote must go beyond it.
    """

    what: str
    side: int
    level: float
    falls: bool
    beyond: float = 0.0

    @property
    def when(self) -> str:
        return "at once" if self.level != self.level else "at or below" if self.falls else "at or above"

    def away(self, quote: float, level: float) -> float:
        """How far a quote is from what this waits for."""
        return (quote - level if self.falls else level - quote) + self.beyond


def side_of_quote(side: int) -> str:
    """Which quote fills a side: a buy looks at the ask."""
    return "ask" if side > 0 else "bid"


def stretch(session: Session, wait: Wait, first: int, last: int, rule: str = "") -> Stretch | None:
    """Ticks first ... last in which something waited; None where there are none.

    Args:
        rule: why it did not fill, where that is not for the quotes to say.
    """
    if last < first:
        return None
    found = nearest(session, wait.side, wait.falls, first, last)
    if found is None:
        return _told(wait, first, last, rule or "execution.no_quote")
    if wait.level != wait.level:
        return _told(wait, first, last, rule or "execution.no_size")
    tick, quote = found
    distance = wait.away(quote, wait.level)
    near = (tick, session.data.time_at(tick), quote, distance)
    return _told(wait, first, last, rule or ("execution.held" if distance > 0.0 else "execution.no_size"), near)


def trailed(session: Session, row: int, last: int) -> Stretch | None:
    """The ticks after the entry of a trade, to `last`, in which its trailing stop was led and not met; None where it had none."""
    trade = session.records["trade"][row]
    first, side = int(trade["entry_tick"]) + 1, int(trade["side"])
    moved, levels = followed(session, row)
    there = int(np.searchsorted(moved, last, side="left"))
    if last < first or not there:
        return None
    moved, levels = moved[:there], levels[:there]
    wait = Wait("the trailing stop", -side, float(levels[-1]), side > 0)
    near: Near = (None, None, None, None)
    least = np.inf
    for begin in range(first, last + 1, AT_ONCE):
        end = min(begin + AT_ONCE, last + 1)
        quotes, before = met_by(session, -side, side > 0, begin, end), np.searchsorted(moved, np.arange(begin, end)) - 1
        away = np.where(before < 0, np.nan, (quotes - levels[before]) * side)
        if np.isnan(away).all():
            continue
        k = int(np.nanargmin(away))
        if away[k] < least:
            near, least = (
                (begin + k, session.data.time_at(begin + k), float(quotes[k]), float(away[k])),
                float(away[k]),
            )
    kept = np.unique(np.linspace(0, there - 1, LONGEST).round().astype(np.int64))
    steps = tuple(Step(int(moved[k]), float(levels[k])) for k in kept)
    rule = "execution.no_quote" if near[0] is None else "execution.held" if least > 0.0 else "execution.no_size"
    return _told(wait, first, last, rule, near, there - 1, steps)


Near = tuple[int | None, int | None, float | None, float | None]


def _told(
    wait: Wait, first: int, last: int, rule: str, near: Near = (None, None, None, None), moved: int = 0,
    steps: tuple[Step, ...] = (),
) -> Stretch:  # fmt: skip
    level = None if wait.level != wait.level else wait.level
    return Stretch(rule, wait.what, side_of_quote(wait.side), wait.when, level, first, last, *near, moved, steps)


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
    data, widen = session.data, session.execution.widen
    if isinstance(data, Bars):
        column = data.low if falls else data.high
        return column[begin:end] + session.spread * ((1.0 + widen / 2.0) if side > 0 else -widen / 2.0)
    part = data[begin:end]
    bid, ask = part.bid, part.ask
    met = np.where(bid > ask, bid, ask) if side > 0 else np.where(ask < bid, ask, bid)
    return met + side * np.where(ask > bid, widen / 2.0 * (ask - bid), 0.0) if widen else met


def wait_of(session: Session, placed: np.void, change: np.void, touched: bool) -> Wait:
    """What an order waited for after a change; `touched`: its stop was met."""
    kind, side = int(placed["kind"]), int(placed["side"])
    if kind == LIMIT or (kind == STOP_LIMIT and touched):
        return Wait("the limit", side, level_of(kind, change, touched), side > 0, beyond(session))
    if kind in (STOP, STOP_LIMIT) and not touched:
        return Wait("the stop", side, level_of(kind, change, touched), side < 0)
    return Wait("what is left of the stop order" if kind == STOP else f"the {KINDS[kind]} order", side, np.nan, side < 0)


def beyond(session: Session) -> float:
    """How far a quote must go beyond a limit or a take profit."""
    return session.execution.through * (session.instrument.tick_size or 0.0)


def arrival(session: Session, change: np.void) -> int:
    """The first tick that can be met by what was placed or changed then: latency keeps it on its way."""
    soonest, latency = int(change["tick"]) + 1, session.execution.latency
    return max(soonest, session.data.count_by(int(change["time"]) + latency, "left")) if latency else soonest


def level_of(kind: int, change: np.void, touched: bool) -> float:
    """The level an order waited for after a change; NaN for one that waits for none."""
    if kind == STOP_LIMIT and touched:
        return float(change["limit"])
    return float(change["level"]) if kind in (LIMIT, STOP, STOP_LIMIT) else np.nan
