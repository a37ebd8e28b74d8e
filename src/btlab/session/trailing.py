"""Where trailing stops stood: after each tick that moved one, found again from the quotes of its lot's life."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from btlab.market.series import Bars, Ticks
from btlab.session.closes import closing_quotes

if TYPE_CHECKING:
    from btlab.session.result import Session

SAME = 1e-12  # relative, as in execution.grid
NONE = np.empty(0, np.int64), np.empty(0)


def trails(trades: np.ndarray) -> np.ndarray:
    """Which rows of the table of trades have a trailing stop."""
    return ~np.isnan(trades["trailing"]) | ~np.isnan(trades["trailing_percent"])


def followed(session: Session, row: int) -> tuple[np.ndarray, np.ndarray]:
    """(ticks, levels): where the trailing stop of a trade stood after each tick that moved it, the entry's first.

    A level holds from its tick, once taken, to the next; the last one to the exit, whose own tick is not looked at. On bars it
    is the level after the whole bar. Both are empty where the trade has no trailing stop, or left at the tick of its entry.

    Args:
        row: of the trade in the table; 0 is the first.
    """
    trade = session.records["trade"][row]
    if not trails(trade) or trade["exit_tick"] == trade["entry_tick"]:
        return NONE
    ticks, best = _best_quotes(session, trade)
    moved = np.flatnonzero(best != np.append(np.nan, best[:-1]))
    return ticks[moved], level_of(session, trade, best[moved])


def all_followed(session: Session) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """(trades, ticks, levels): all that `followed` says, of lots; a part that left before is in its lot."""
    trades = session.records["trade"]
    rows = np.flatnonzero(trails(trades) & (trades["parent"] == 0)).tolist()
    moved = [followed(session, row) for row in rows]
    numbers = np.repeat(np.array(rows, np.int64) + 1, [len(ticks) for ticks, _ in moved])
    ticks, levels = (np.concatenate([pair[k] for pair in moved]) if moved else NONE[k] for k in (0, 1))
    return numbers, ticks, levels


def level_of(session: Session, trade: np.void, best: np.ndarray) -> np.ndarray:
    """Where a trailing stop stands behind the best closing quotes."""
    side, distance, percent = float(trade["side"]), float(trade["trailing"]), float(trade["trailing_percent"])
    if distance == distance:
        return on_point(session, best - side * distance)
    return np.asarray(best * (1.0 - side * percent / 100.0))


def on_point(session: Session, prices: np.ndarray) -> np.ndarray:
    """Prices without what adding a distance left in their last bits; off the grid they stay as they are."""
    units, scale = session.instrument.grid
    if not units:
        return np.asarray(prices)
    points = np.rint(prices * scale / units) * units / scale
    return np.where(np.abs(points - prices) <= SAME * np.abs(prices), points, prices)


def stood_at(session: Session, tick: int) -> np.ndarray:
    """float64: where the trailing stop of each row of the table of trades stood last by a tick; NaN where it had none by then."""
    trades = session.records["trade"]
    of, ticks, levels = session.trails
    known = np.flatnonzero(ticks <= tick)
    last = known[np.append(np.diff(of[known]) != 0, True)] if len(known) else known
    stood = np.full(len(trades), np.nan)
    stood[of[last] - 1] = levels[last]
    parts = np.flatnonzero(trades["parent"] > 0)
    stood[parts] = stood[trades["parent"][parts] - 1]
    return stood


def _best_quotes(session: Session, trade: np.void) -> tuple[np.ndarray, np.ndarray]:
    """(ticks, the best closing quote of a trade after each): of those ticks at which it may have become better."""
    first, last, left = int(trade["entry_tick"]), len(session.data) - 1, int(trade["exit_tick"])
    if left >= 0:
        last = left if trade["exit_time"] > session.data.time_at(left) else left - 1  # at a close that tick was taken
    if isinstance(session.data, Bars):
        ticks, quotes = _of_bars(session, trade, first, last)
    else:
        ticks = _telling(session, int(trade["side"]), first, max(first, last))
        quotes = _met(session, int(trade["side"]), ticks)
    best = np.fmax.accumulate(quotes) if trade["side"] > 0 else np.fmin.accumulate(quotes)
    there = ~np.isnan(best)
    return ticks[there], best[there]


def _telling(session: Session, side: int, first: int, last: int) -> np.ndarray:
    """Of ticks first ... last those of minutes whose range goes beyond all minutes between the first and them."""
    if session.execution.widen:
        return np.arange(first, last + 1)
    edges = session.timeline.minute_tick
    begin, end = (int(np.searchsorted(edges, tick, side="right")) - 1 for tick in (first, last))
    extreme = session.timeline.ranges[1, begin + 1 : end + 1] if side > 0 else -session.timeline.ranges[2, begin + 1 : end + 1]
    before = np.append(-np.inf, np.fmax.accumulate(extreme)[:-1]) if len(extreme) else extreme
    minutes = np.append(begin, begin + 1 + np.flatnonzero(extreme > before))
    spans = [np.arange(edges[minute], edges[minute + 1]) for minute in minutes]
    ticks = np.concatenate(spans)
    return ticks[(ticks >= first) & (ticks <= last)]


def _met(session: Session, side: int, ticks: np.ndarray) -> np.ndarray:
    """What closing would have met at ticks; NaN where that side had no quote."""
    data = session.data
    assert isinstance(data, Ticks)
    sell, buy = closing_quotes(data, ticks, session.spread, session.execution.widen)
    missing = np.isnan(data.quotes(ticks)[0 if side > 0 else 1])
    return on_point(session, np.where(missing, np.nan, sell if side > 0 else buy))


def _of_bars(session: Session, trade: np.void, first: int, last: int) -> tuple[np.ndarray, np.ndarray]:
    """Bars first ... last with the best quote in each; of the first what its path still held after the entry, if it stayed."""
    data, side, end = session.data, int(trade["side"]), max(first, last) + 1
    assert isinstance(data, Bars)
    bids = (data.high if side > 0 else data.low)[first:end].copy()
    rest = _rest_of_path(session, int(trade["entry_leg"]), first)
    bids[0] = (rest.max() if side > 0 else rest.min()) if last >= first else np.nan
    more = session.execution.widen / 2.0 * session.spread
    quotes = on_point(session, bids - more if side > 0 else bids + session.spread + more)
    entered = float(trade["entry_quote"])
    quotes[0] = np.fmax(quotes[0], entered) if side > 0 else np.fmin(quotes[0], entered)
    return np.arange(first, end), quotes


def _rest_of_path(session: Session, entry_leg: int, bar: int) -> np.ndarray:
    """The ends of the legs that a bar's path took from a fill on (`TRADE.entry_leg` says how it is coded)."""
    leg, high_first, step = entry_leg & 3, entry_leg >> 2 & 1, entry_leg >> 3
    finer, data = session.finer, session.data
    assert isinstance(data, Bars)
    if finer is None:
        open_, high, low, close = (float(column[bar]) for column in (data.open, data.high, data.low, data.close))
        later = np.empty(0)
    else:
        open_, high, low, close = finer.prices[:, step].tolist()
        later = finer.prices[1:3, step + 1 : finer.first[bar + 1]].ravel()
    extremes = (high, low) if high_first else (low, high)
    return np.append(later, (open_, *extremes, close)[max(leg, 1) :])
