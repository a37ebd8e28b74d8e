"""Which working orders a quote fills, and in which order.

Within a tick: stop losses, trailing stops, stop orders, market orders and closes, limit orders, take profits; within a kind by
order id (of the entry, for what belongs to lots). `meet` fills the first that is due after the last one filled, so that what a
fill changes, and what a strategy does about it, is seen by the next.
"""

from __future__ import annotations

import numpy as np

from btlab.execution.closing import fill_lot
from btlab.execution.filling import all_there, fill_order
from btlab.execution.orders import is_working, touch
from btlab.execution.triggers import beyond, trailing_level, trails
from btlab.market.codes import BY_STOP_LOSS, BY_TRAILING, CLOSE, LIMIT, MARKET, NONE, STOP, TARGET
from btlab.market.jit import inner
from btlab.market.memory import lots_of, orders_of, trades_of, working_of

# the order of kinds within a tick, above the id in a cursor
STOP_LOSSES, TRAILINGS, STOPS, MARKETS, LIMITS, TAKE_PROFITS = (np.int64(rank) << 48 for rank in range(1, 7))
NEVER = np.int64(1) << 60


@inner
def due(run, row, tick, buy, sell):
    """Rank of an order that this quote fills, NEVER where it does not."""
    order = orders_of(run)[row]
    if not is_working(order) or tick < order.from_tick:
        return NEVER
    if order.kind == CLOSE or order.sizing == TARGET:
        return MARKETS if all_there(run, row, buy, sell) else NEVER
    quote = buy if order.side > 0 else sell
    if order.kind == MARKET:
        return MARKETS if quote == quote else NEVER
    if order.kind == LIMIT:
        return LIMITS if (quote - beyond(run, order.side, order.level)) * order.side <= 0.0 else NEVER
    if order.kind == STOP:
        met = (quote - order.level) * order.side >= 0.0 or (order.touched >= 0 and quote == quote)
        return STOPS if met else NEVER
    if order.touched < 0 and (quote - order.level) * order.side >= 0.0:
        touch(run, row, tick)
    met = order.touched >= 0 and (quote - beyond(run, order.side, order.limit)) * order.side <= 0.0
    return LIMITS if met else NEVER


@inner
def lot_due(run, row, tick, buy, sell):
    """Key of the next leg of a lot's bracket that this quote fills: the stop loss, the trailing stop, the take profit."""
    lot = trades_of(run)[row]
    quote, entry = sell if lot.side > 0 else buy, lot.entry_order
    if tick <= lot.entry_tick or quote != quote:
        return NEVER
    stopped = lot.leaving >> BY_STOP_LOSS & 1 or (tick >= lot.stop_loss_from and (quote - lot.stop_loss) * lot.side <= 0.0)
    if stopped and is_to_come(run, STOP_LOSSES + entry, row):
        return STOP_LOSSES + entry
    trailed = lot.leaving >> BY_TRAILING & 1 or (trails(lot) and (quote - trailing_level(run, lot, lot.best)) * lot.side <= 0.0)
    if trailed and is_to_come(run, TRAILINGS + entry, row):
        return TRAILINGS + entry
    reached = tick >= lot.take_profit_from and (quote - beyond(run, -lot.side, lot.take_profit)) * lot.side >= 0.0
    return TAKE_PROFITS + entry if reached and is_to_come(run, TAKE_PROFITS + entry, row) else NEVER


@inner
def is_to_come(run, key, row):
    """Whether a lot's turn at this quote is still to come; lots of one entry take turns, oldest first."""
    return key > run.cursor or (key == run.cursor and row > run.cursor_trade)


@inner
def meet(run, tick, buy, sell, spread):
    """Fill the next order that is due at this quote. True when one filled; False when none is left.

    Args:
        buy, sell: what a buy pays and a sell gets before slippage; NaN where the quote has no such side.
        spread: of the quote, 0 where it is crossed.
    """
    working, lots = working_of(run), lots_of(run)
    while True:
        best, chosen, is_lot = NEVER, NONE, False
        for position in range(run.lots):
            key = lot_due(run, lots[position], tick, buy, sell)
            if key < best:
                best, chosen, is_lot = key, position, True
        for position in range(run.working):
            row = working[position]
            rank = due(run, row, tick, buy, sell)
            if rank != NEVER:
                key = rank + row + 1
                if run.cursor < key < best:
                    best, chosen, is_lot = key, row, False
        if best == NEVER:
            return False
        run.cursor, run.cursor_trade = best, NONE
        if is_lot:
            run.cursor_trade = lots[chosen]
            if meet_lot(run, chosen, best, tick, buy, sell, spread):
                return True
        elif fill_order(run, chosen, tick, buy, sell, spread):
            return True


@inner
def meet_lot(run, position, rank, tick, buy, sell, spread):
    """Close a lot at the leg of its bracket that is due."""
    lot = trades_of(run)[lots_of(run)[position]]
    quote = buy if lot.side < 0 else sell
    if rank < TRAILINGS:
        return fill_lot(run, position, BY_STOP_LOSS, tick, quote, spread, False)
    if rank < STOPS:
        return fill_lot(run, position, BY_TRAILING, tick, quote, spread, False)
    new = tick == max(lot.entry_tick + 1, lot.take_profit_from)
    first = run.on_bars or new
    return fill_lot(run, position, NONE, tick, quote if first else lot.take_profit, spread, not first)
