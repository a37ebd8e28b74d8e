"""Placing, changing and ending orders. What data can cause is a rejection with its reason; the row is kept all the same."""

from __future__ import annotations

import numpy as np

from btlab.market.jit import inner, kernel
from btlab.market.memory import changes_of, integers_at, lots_of, orders_of, trades_of, working_of
from btlab.market.records import (
    BAD_EXPIRY,
    BAD_LEVEL,
    BAD_SIZE,
    BRACKET,
    BY_STRATEGY,
    CANCELLED,
    CLOSE,
    CROSSED_LEVELS,
    DAY,
    ENDED,
    EXPIRED,
    FOK,
    FOREVER,
    GTC,
    IOC,
    LIMIT,
    MARKET,
    MODIFIED,
    NO_LOT,
    NOT_AT_ONCE,
    NOT_ENDED,
    PLACED,
    REJECTED,
    STOP,
    STOP_LIMIT,
    TARGET,
    TOO_LATE,
    UNITS,
    UNMODIFIED,
    WORKING,
)

CHANGES_AN_ORDER = 3  # placed, triggered, ended
SLACK = 1e-9  # of one lot: 0.3 / 0.1 is 2.9999999999999996 and means three lots

GIVES_LIMIT, GIVES_STOP, GIVES_STOP_LOSS, GIVES_TAKE_PROFIT, GIVES_SIZE = (np.int64(1) << bit for bit in range(5))
"""What a call gave: a level that is NaN was given, and is wrong; one that was not given is none."""


@inner
def on_grid(run, level):
    """The level on the instrument's grid, the very double a parsed quote of that price is; any level where there is no grid."""
    if run.grid_units == 0.0:
        return level
    points = np.rint(level * run.grid_scale / run.grid_units)
    return points * run.grid_units / run.grid_scale


@inner
def whole_lots(run, size):
    """The size rounded down to whole lots."""
    lots = np.floor(size * run.lot_scale / run.lot_units + SLACK)
    return lots * run.lot_units / run.lot_scale


@inner
def nearest_lots(run, size):
    """A sum or difference of sizes, freed from what floating point added to it."""
    lots = np.rint(size * run.lot_scale / run.lot_units)
    return lots * run.lot_units / run.lot_scale


@inner
def is_level(level):
    return level > 0.0 and level < np.inf


@kernel
def draft(run, kind, side, sizing, amount, tag):
    """A new row with nothing but the essentials, not working yet; returns the row. `submit` follows."""
    row = run.orders
    order = orders_of(run)[row]
    order.kind, order.side, order.sizing, order.amount, order.tag = kind, side, sizing, amount, tag
    order.size = order.level = order.limit = order.stop_loss = order.take_profit = np.nan
    order.tif, order.expires, order.oco, order.post_only, order.touched = GTC, FOREVER, 0, 0, -1
    order.filled, order.state, order.ending, order.ended, order.ended_tick = 0.0, WORKING, NOT_ENDED, 0, -1
    return row


@kernel
def submit(run, row, given, lifetime):
    """Let a drafted order work, or reject it; returns its id, from 1. A rejected one has its row and its id too.

    Args:
        given: bits of what the caller gave. lifetime: µs until it expires; FOREVER for none.
    """
    order = orders_of(run)[row]
    order.created, order.created_tick, order.from_tick = run.now, run.taken, run.next_order_tick
    run.orders = row + 1
    fault = fault_of(run, order, given, lifetime)
    order.level, order.limit = on_grid(run, order.level), on_grid(run, order.limit)
    order.stop_loss, order.take_profit = on_grid(run, order.stop_loss), on_grid(run, order.take_profit)
    if order.sizing == UNITS:
        order.size = whole_lots(run, order.amount)
    if fault == NOT_ENDED:
        fault = crossed_levels(order)
    note(run, row, PLACED)
    if fault != NOT_ENDED:
        end_order(run, row, REJECTED, fault)
        return row + 1
    if lifetime < FOREVER:
        order.expires = run.now + lifetime
    elif order.tif == DAY:
        order.expires = end_of_day(run)
    run.next_expiry = min(run.next_expiry, order.expires)
    working_of(run)[run.working] = row
    run.working += 1
    run.stale = 1
    return row + 1


@inner
def fault_of(run, order, given, lifetime):
    """Why an order as given is rejected at once; NOT_ENDED when it is not."""
    if order.sizing == TARGET:
        if not np.abs(order.amount) < np.inf:
            return BAD_SIZE
    elif not (order.amount > 0.0 and order.amount < np.inf):
        return BAD_SIZE
    if order.kind in (LIMIT, STOP, STOP_LIMIT) and not is_level(order.level):
        return BAD_LEVEL
    if order.kind == STOP_LIMIT and not is_level(order.limit):
        return BAD_LEVEL
    if given & GIVES_STOP_LOSS and not is_level(order.stop_loss):
        return BAD_LEVEL
    if given & GIVES_TAKE_PROFIT and not is_level(order.take_profit):
        return BAD_LEVEL
    if lifetime <= 0:
        return BAD_EXPIRY
    if order.sizing == UNITS and whole_lots(run, order.amount) == 0.0:
        return NO_LOT
    return NOT_ENDED


@inner
def crossed_levels(order):
    """A stop-limit whose limit lies before its stop would never fill where it is touched."""
    crossed = order.kind == STOP_LIMIT and (order.limit - order.level) * order.side < 0.0
    return CROSSED_LEVELS if crossed else NOT_ENDED


@inner
def end_of_day(run):
    """Where the trading day ends that holds now; at a day's close that is the end of the new one."""
    days = integers_at(run.days_at, run.days)
    following = np.searchsorted(days, run.now, side="right")
    return days[following] if following < run.days else FOREVER


@inner
def note(run, row, what):
    """Remember what became of an order."""
    order, change = orders_of(run)[row], changes_of(run)[run.changes]
    change.order, change.time, change.tick, change.what = row + 1, run.now, run.taken, what
    change.state, change.ending = order.state, order.ending
    change.level, change.limit, change.size = order.level, order.limit, order.size
    change.stop_loss, change.take_profit = order.stop_loss, order.take_profit
    run.changes += 1


@inner
def end_order(run, row, state, ending):
    """Give an order its last state. It stays in the list of working ones until `forget_ended`."""
    order = orders_of(run)[row]
    order.state, order.ending, order.ended, order.ended_tick = state, ending, run.now, run.taken
    note(run, row, ENDED)


@inner
def forget_ended(run):
    """Drop ended orders from the list of working ones, keeping the order of ids."""
    orders, working, kept = orders_of(run), working_of(run), 0
    for position in range(run.working):
        row = working[position]
        if orders[row].state == WORKING:
            working[kept] = row
            kept += 1
    run.working, run.stale = kept, 1


@inner
def expire(run):
    """End the orders whose time is over by now: at that time, after the last tick before it."""
    orders, working, now, taken = orders_of(run), working_of(run), run.now, run.taken
    run.next_expiry = FOREVER
    for position in range(run.working):
        order = orders[working[position]]
        if order.expires <= now:
            run.now = order.expires
            run.taken = np.searchsorted(integers_at(run.time_at, run.ticks), order.expires, side="left") - 1
            end_order(run, working[position], EXPIRED, TOO_LATE)
        else:
            run.next_expiry = min(run.next_expiry, order.expires)
    run.now, run.taken = now, taken
    forget_ended(run)


@inner
def end_urgent(run, tick):
    """Cancel what had to fill at this tick and did not."""
    orders, working = orders_of(run), working_of(run)
    for position in range(run.working):
        order = orders[working[position]]
        if order.state == WORKING and order.tif in (IOC, FOK) and order.from_tick <= tick:
            end_order(run, working[position], CANCELLED, NOT_AT_ONCE)
    forget_ended(run)


@inner
def end_group(run, row, oco, ending):
    """Cancel the other orders of a group."""
    orders, working = orders_of(run), working_of(run)
    for position in range(run.working):
        other = working[position]
        if other != row and orders[other].oco == oco and orders[other].state == WORKING:
            end_order(run, other, CANCELLED, ending)


@kernel
def cancel(run, order_id):
    """End a working order; False where there is none of that id. Brackets are no orders and stay."""
    if order_id < 1 or order_id > run.orders or orders_of(run)[order_id - 1].state != WORKING:
        return False
    end_order(run, order_id - 1, CANCELLED, BY_STRATEGY)
    forget_ended(run)
    return True


@kernel
def cancel_all(run):
    """End all working orders; returns how many."""
    working, count = working_of(run), run.working
    for position in range(count):
        end_order(run, working[position], CANCELLED, BY_STRATEGY)
    forget_ended(run)
    return count


@kernel
def modify(run, order_id, given, limit, stop, stop_loss, take_profit, size):
    """Give a working order other levels, or the open lots of a filled one another bracket; False where neither can be.

    A modified order begins anew: the next tick meets it as it would a new one. What cannot be leaves all as it was, and is noted.
    """
    if order_id < 1 or order_id > run.orders:
        return False
    row = order_id - 1
    order = orders_of(run)[row]
    if order.state != WORKING:
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
        if order.sizing != UNITS:
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
        order.ending = fault
        note(run, row, UNMODIFIED)
        order.ending = NOT_ENDED
        return False
    if order.sizing == UNITS:
        order.size = whole_lots(run, order.amount)
    order.from_tick, order.touched = run.next_order_tick, -1
    note(run, row, MODIFIED)
    run.stale = 1
    return True


@inner
def modify_lots(run, row, given, stop_loss, take_profit):
    """Another bracket for the open lots that an order opened; False where it has none, or a level is none."""
    trades, lots, found = trades_of(run), lots_of(run), False
    for position in range(run.lots):
        found = found or trades[lots[position]].entry_order == row + 1
    order = orders_of(run)[row]
    levels = (not given & GIVES_STOP_LOSS or is_level(stop_loss)) and (not given & GIVES_TAKE_PROFIT or is_level(take_profit))
    if not found or not levels or given & (GIVES_LIMIT | GIVES_STOP | GIVES_SIZE):
        return False
    for position in range(run.lots):
        lot = trades[lots[position]]
        if lot.entry_order == row + 1:
            if given & GIVES_STOP_LOSS:
                lot.stop_loss, lot.stop_loss_from = on_grid(run, stop_loss), run.next_order_tick
            if given & GIVES_TAKE_PROFIT:
                lot.take_profit, lot.take_profit_from = on_grid(run, take_profit), run.next_order_tick
            order.stop_loss, order.take_profit = lot.stop_loss, lot.take_profit
    note(run, row, BRACKET)
    run.stale = 1
    return True


@inner
def find_triggers(run):
    """The four prices a quote must reach before anything can fill from the next tick on, and whether that tick ends an order."""
    run.buy_under, run.buy_over, run.sell_over, run.sell_under, run.urgent = -np.inf, np.inf, np.inf, -np.inf, 0
    orders, working = orders_of(run), working_of(run)
    for position in range(run.working):
        order = orders[working[position]]
        if order.tif in (IOC, FOK):
            run.urgent = 1
        if order.kind == MARKET or order.kind == CLOSE:
            if order.side >= 0:
                run.buy_under = np.inf
            if order.side <= 0:
                run.sell_over = -np.inf
        elif order.kind == LIMIT:
            wait_for_limit(run, order.side, order.level)
        elif order.kind == STOP_LIMIT and order.touched >= 0:
            wait_for_limit(run, order.side, order.limit)
        else:
            wait_for_stop(run, order.side, order.level)
    trades, lots = trades_of(run), lots_of(run)
    for position in range(run.lots):
        lot = trades[lots[position]]
        if lot.stop_loss == lot.stop_loss:
            wait_for_stop(run, -lot.side, lot.stop_loss)
        if lot.take_profit == lot.take_profit:
            wait_for_limit(run, -lot.side, lot.take_profit)
    run.stale = 0


@inner
def wait_for_limit(run, side, level):
    if side > 0:
        run.buy_under = max(run.buy_under, level)
    else:
        run.sell_over = min(run.sell_over, level)


@inner
def wait_for_stop(run, side, level):
    if side > 0:
        run.buy_over = min(run.buy_over, level)
    else:
        run.sell_under = max(run.sell_under, level)


@inner
def reached(run, buy, sell):
    """Whether a quote reaches a trigger; a missing side (NaN) reaches none."""
    return buy <= run.buy_under or buy >= run.buy_over or sell >= run.sell_over or sell <= run.sell_under
