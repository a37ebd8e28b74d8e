"""How working orders and brackets meet the path inside a bar.

Only an open is a jump (`matching.meet` takes the bar's own). From there the price moves continuously, so a level inside fills
at its price.
"""

from __future__ import annotations

import numpy as np

from btlab.execution.closing import fill_lot
from btlab.execution.filling import settle
from btlab.execution.grid import SAME, on_point
from btlab.execution.matching import LIMITS, NEVER, STOP_LOSSES, STOPS, TAKE_PROFITS, TRAILINGS
from btlab.execution.offers import offer
from btlab.execution.orders import is_working, touch
from btlab.execution.path import bid_at, comes_before, distance, stand
from btlab.execution.triggers import beyond, trailing_level, trails
from btlab.market.codes import (
    BY_LIMIT,
    BY_STOP,
    BY_STOP_LIMIT,
    BY_STOP_LOSS,
    BY_TRAILING,
    CLOSE,
    LIMIT,
    MARKET,
    NONE,
    STOP,
    STOP_LIMIT,
)
from btlab.market.jit import inner
from btlab.market.memory import lots_of, orders_of, trades_of, working_of


@inner
def next_order(run, bar, target):
    """The working order that acts first on the way to `target`: (distance, rank, its row); the rank is NEVER where none does."""
    orders, working = orders_of(run), working_of(run)
    best_away, best, chosen, near = np.inf, NEVER, NONE, SAME * target
    for position in range(run.working):
        row = working[position]
        order = orders[row]
        if bar < order.from_tick or not is_working(order) or not looks_at_path(run, order):
            continue
        buys, limit = order.side > 0, waits_as_limit(order)
        rank = (STOPS if order.kind == STOP else LIMITS) + row + 1
        away = distance(run.path_at, target, bid_at(run, trigger_of(run, order), buys), buys != limit)
        if comes_before(away, rank, best_away, best, near):
            best_away, best, chosen = away, rank, row
    return best_away, best, chosen


@inner
def looks_at_path(run, order):
    """Whether an order waits for a level of the path; where nothing is offered, to be touched there or to learn its size."""
    if order.kind == MARKET or order.kind == CLOSE or (order.kind == STOP and order.touched >= 0):
        return False
    untouched = order.kind != LIMIT and order.touched < 0
    return untouched or order.size != order.size or offer(run, order.side, np.inf) > 0.0


@inner
def trigger_of(run, order):
    """What a quote must come to before the order acts."""
    level = level_of(order)
    return beyond(run, order.side, level) if waits_as_limit(order) else level


@inner
def waits_as_limit(order):
    return order.kind == LIMIT or (order.kind == STOP_LIMIT and order.touched >= 0)


@inner
def level_of(order):
    """The level an order waits for now."""
    return order.limit if order.kind == STOP_LIMIT and order.touched >= 0 else order.level


@inner
def next_bracket(run, bar, target):
    """The lot whose bracket acts first on the way to `target`: (distance, rank, its position).

    A stop that was met where not enough was offered waits for the next bar, whatever the path does.
    """
    trades, lots = trades_of(run), lots_of(run)
    best_away, best, chosen, near = np.inf, NEVER, NONE, SAME * target
    for position in range(run.lots):
        lot = trades[lots[position]]
        if bar < lot.acts_from:
            continue
        buys = lot.side < 0
        if lot.leaving == 0:
            if lot.stop_loss == lot.stop_loss and bar >= lot.stop_loss_from:
                away = distance(run.path_at, target, bid_at(run, lot.stop_loss, buys), buys)
                if comes_before(away, STOP_LOSSES + lot.entry_order, best_away, best, near):
                    best_away, best, chosen = away, STOP_LOSSES + lot.entry_order, position
            if trails(lot):
                away = distance(run.path_at, target, bid_at(run, trailing_level(run, lot, lot.best), buys), buys)
                if comes_before(away, TRAILINGS + lot.entry_order, best_away, best, near):
                    best_away, best, chosen = away, TRAILINGS + lot.entry_order, position
        if lot.take_profit == lot.take_profit and bar >= lot.take_profit_from and offer(run, -lot.side, np.inf) > 0.0:
            away = distance(run.path_at, target, bid_at(run, beyond(run, -lot.side, lot.take_profit), buys), not buys)
            if comes_before(away, TAKE_PROFITS + lot.entry_order, best_away, best, near):
                best_away, best, chosen = away, TAKE_PROFITS + lot.entry_order, position
    return best_away, best, chosen


@inner
def meet_leg(run, bar, target):
    """Fill the next order that acts on the way from `run.path_at` to `target`. True when one filled; False at the leg's end."""
    while True:
        away, rank, row = next_order(run, bar, target)
        bracket_away, bracket_rank, position = next_bracket(run, bar, target)
        if rank == NEVER and bracket_rank == NEVER:
            stand(run, target)
            return False
        is_lot = comes_before(bracket_away, bracket_rank, away, rank, SAME * target)
        if is_lot:
            away = bracket_away
        if away > 0.0:
            stand(run, on_point(run, run.path_at + away if target > run.path_at else run.path_at - away))
        if fill_bracket(run, position, bracket_rank, bar, away) if is_lot else fill_waiting(run, row, bar, away):
            return True


@inner
def fill_waiting(run, row, bar, away):
    """Fill a limit or stop order at its level, or at the quote where that is beyond it; False where it does not fill now.

    A stop-limit's limit is never before its stop, so where the path touches the stop it fills at once, as a limit that just came.
    """
    order = orders_of(run)[row]
    side = order.side
    waited, fresh = away > 0.0, order.kind == STOP_LIMIT and order.touched < 0
    quote = level_of(order) if waited else (run.buy_at if side > 0 else run.sell_at)
    if order.kind == LIMIT:
        return settle(run, row, side, bar, quote, run.bar_spread, waited, BY_LIMIT)
    if order.kind == STOP_LIMIT:
        if fresh:
            touch(run, row, bar)
            if (quote - beyond(run, side, order.limit)) * side > 0.0:
                return False
        return settle(run, row, side, bar, quote, run.bar_spread, waited and not fresh, BY_STOP_LIMIT)
    return settle(run, row, side, bar, quote, run.bar_spread, False, BY_STOP)


@inner
def fill_bracket(run, position, rank, bar, away):
    """Close a lot at its level, or at the quote where the level was passed already when the lot was opened."""
    lot = trades_of(run)[lots_of(run)[position]]
    level, stop = lot.take_profit, NONE
    if rank < TRAILINGS:
        level, stop = lot.stop_loss, BY_STOP_LOSS
    elif rank < STOPS:
        level, stop = trailing_level(run, lot, lot.best), BY_TRAILING
    quote = level if away > 0.0 else (run.buy_at if lot.side < 0 else run.sell_at)
    return fill_lot(run, position, stop, bar, quote, run.bar_spread, away > 0.0 and stop == NONE)
