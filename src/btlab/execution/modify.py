"""Changing a working order, or the bracket of the lots that an order opened; what cannot be leaves all as it was."""

from __future__ import annotations

from btlab.execution.grid import is_level, on_grid, whole_lots
from btlab.execution.orders import (
    GIVES_LIMIT,
    GIVES_SIZE,
    GIVES_STOP,
    GIVES_STOP_LOSS,
    GIVES_TAKE_PROFIT,
    crossed_levels,
    fault_of,
    first_tick,
    is_working,
    note,
)
from btlab.market.codes import (
    BAD_LEVEL,
    BAD_SIZE,
    BRACKET,
    BY_STOP_LOSS,
    FOREVER,
    LIMIT,
    MODIFIED,
    NOT_ENDED,
    PARTLY_FILLED,
    STOP,
    STOP_LIMIT,
    UNITS,
    UNMODIFIED,
)
from btlab.market.jit import inner
from btlab.market.memory import lots_of, orders_of, trades_of


@inner
def modify(run, order_id, given, limit, stop, stop_loss, take_profit, size):
    """Give a working order other levels, or the open lots of a filled one another bracket; False where neither can be.

    A modified order begins anew: the next tick meets it as it would a new one. What cannot be leaves all as it was, and is noted.
    """
    if order_id < 1 or order_id > run.orders:
        return False
    row = order_id - 1
    order = orders_of(run)[row]
    if not is_working(order):
        return modify_lots(run, row, given, stop_loss, take_profit)
    old_level, old_limit, old_bottom, old_top, old_amount = (
        order.level,
        order.limit,
        order.stop_loss,
        order.take_profit,
        order.amount,
    )
    fault = NOT_ENDED
    if given & GIVES_LIMIT:
        if order.kind == LIMIT:
            order.level = limit
        elif order.kind == STOP_LIMIT:
            order.limit = limit
        else:
            fault = BAD_LEVEL
    if given & GIVES_STOP:
        if order.kind in (STOP, STOP_LIMIT):
            order.level = stop
        else:
            fault = BAD_LEVEL
    if given & GIVES_SIZE:
        order.amount = size
        if order.sizing != UNITS or not whole_lots(run, size) > order.filled:
            fault = BAD_SIZE
    order.stop_loss = stop_loss if given & GIVES_STOP_LOSS else order.stop_loss
    order.take_profit = take_profit if given & GIVES_TAKE_PROFIT else order.take_profit
    if fault == NOT_ENDED:
        fault = fault_of(run, order, given, FOREVER)
    order.level, order.limit = on_grid(run, order.level), on_grid(run, order.limit)
    order.stop_loss, order.take_profit = on_grid(run, order.stop_loss), on_grid(run, order.take_profit)
    if fault == NOT_ENDED:
        fault = crossed_levels(order)
    if fault != NOT_ENDED:
        order.level, order.limit, order.stop_loss, order.take_profit = old_level, old_limit, old_bottom, old_top
        order.amount = old_amount
        note_unmodified(run, row, fault)
        return False
    if order.sizing == UNITS:
        order.size = whole_lots(run, order.amount)
    order.from_tick, order.touched = first_tick(run), -1
    if order.state == PARTLY_FILLED and given & (GIVES_STOP_LOSS | GIVES_TAKE_PROFIT):
        give_brackets(run, row, given, stop_loss, take_profit)
    note(run, row, MODIFIED)
    run.stale = 1
    return True


@inner
def note_unmodified(run, row, fault):
    """Remember what could not be, and why; the order is as it was."""
    order = orders_of(run)[row]
    ending, order.ending = order.ending, fault
    note(run, row, UNMODIFIED)
    order.ending = ending


@inner
def modify_lots(run, row, given, stop_loss, take_profit):
    """Another bracket for the open lots that an order opened; False where it has none, or a level is none, which is noted."""
    trades, lots, found = trades_of(run), lots_of(run), False
    for position in range(run.lots):
        found = found or trades[lots[position]].entry_order == row + 1
    if not found:
        return False
    levels = (not given & GIVES_STOP_LOSS or is_level(stop_loss)) and (not given & GIVES_TAKE_PROFIT or is_level(take_profit))
    fault = BAD_SIZE if given & GIVES_SIZE else NOT_ENDED
    if not levels or given & (GIVES_LIMIT | GIVES_STOP):
        fault = BAD_LEVEL
    if fault != NOT_ENDED:
        note_unmodified(run, row, fault)
        return False
    give_brackets(run, row, given, stop_loss, take_profit)
    note(run, row, BRACKET)
    run.stale = 1
    return True


@inner
def give_brackets(run, row, given, stop_loss, take_profit):
    """Give the open lots of an order other levels; they begin anew."""
    trades, lots, order = trades_of(run), lots_of(run), orders_of(run)[row]
    for position in range(run.lots):
        lot = trades[lots[position]]
        if lot.entry_order == row + 1:
            if given & GIVES_STOP_LOSS:
                lot.stop_loss, lot.stop_loss_from = on_grid(run, stop_loss), first_tick(run)
                lot.leaving &= ~(1 << BY_STOP_LOSS)
            if given & GIVES_TAKE_PROFIT:
                lot.take_profit, lot.take_profit_from = on_grid(run, take_profit), first_tick(run)
            order.stop_loss, order.take_profit = lot.stop_loss, lot.take_profit
