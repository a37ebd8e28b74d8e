"""Placing and ending orders. What data can cause is a rejection with its reason; the row is kept all the same."""

from __future__ import annotations

import numpy as np

from btlab.execution.grid import is_level, on_grid, whole_lots
from btlab.execution.holding import hold, owner
from btlab.market.codes import (
    BAD_EXPIRY,
    BAD_LEVEL,
    BAD_SIZE,
    BY_STRATEGY,
    CANCELLED,
    CROSSED_LEVELS,
    DAY,
    ENDED,
    EXPIRED,
    FOK,
    FOREVER,
    GTC,
    IOC,
    LIMIT,
    NO_LOT,
    NOT_AT_ONCE,
    NOT_ENDED,
    PARTED,
    PARTLY_FILLED,
    PLACED,
    REJECTED,
    STOP,
    STOP_LIMIT,
    TARGET,
    TOO_LATE,
    TRIGGERED,
    UNITS,
    WORKING,
)
from btlab.market.columns import tick_from
from btlab.market.jit import inner, kernel
from btlab.market.memory import changes_of, integers_at, orders_of, working_of

CHANGES_AN_ORDER = 3  # placed, triggered, ended

(
    GIVES_LIMIT, GIVES_STOP, GIVES_STOP_LOSS, GIVES_TAKE_PROFIT, GIVES_SIZE, GIVES_TRAILING, GIVES_PERCENT,
) = (np.int64(1) << bit for bit in range(7))  # fmt: skip
"""What a call gave: a level that is NaN was given, and is wrong; one that was not given is none."""


@kernel
def draft(run, kind, side, sizing, amount, tag):
    """A new row with nothing but the essentials, not working yet; returns the row. `submit` follows."""
    hold(run)
    row = run.orders
    order = orders_of(run)[row]
    order.kind, order.side, order.sizing, order.amount, order.tag = kind, side, sizing, amount, tag
    order.symbol = run.symbol
    order.size = order.level = order.limit = order.stop_loss = order.take_profit = np.nan
    order.trailing = order.trailing_percent = np.nan
    order.tif, order.expires, order.oco, order.post_only, order.touched = GTC, FOREVER, 0, 0, -1
    order.position, order.fills = 0, 0
    order.filled, order.state, order.ending, order.ended, order.ended_tick = 0.0, WORKING, NOT_ENDED, 0, -1
    return row


@inner
def submit(run, row, given, lifetime):
    """Let a drafted order work, or reject it; returns its id, from 1. A rejected one has its row and its id too.

    Args:
        given: bits of what the caller gave. lifetime: µs until it expires; FOREVER for none.
    """
    order = orders_of(run)[row]
    order.created, order.created_tick, order.from_tick = run.now, run.taken, first_tick(run)
    run.orders = row + 1
    fault = fault_of(run, order, given, lifetime)
    order.level, order.limit = on_grid(run, order.level), on_grid(run, order.limit)
    order.stop_loss, order.take_profit = on_grid(run, order.stop_loss), on_grid(run, order.take_profit)
    order.trailing = on_grid(run, order.trailing)
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
        order.expires = end_of_day(run, run.now)
    run.next_expiry = min(run.next_expiry, order.expires)
    working_of(run)[run.working] = row
    run.working += 1
    run.stale = 1
    return row + 1


@inner
def is_working(order):
    return order.state == WORKING or order.state == PARTLY_FILLED


@inner
def first_tick(run):
    """The first tick that an order placed or changed now may meet."""
    if run.latency == 0:
        return run.next_order_tick
    arrival = tick_from(run, run.now + run.latency)
    return max(run.next_order_tick, arrival)


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
    if given & GIVES_TRAILING and not is_level(on_grid(run, order.trailing)):
        return BAD_LEVEL
    if given & GIVES_PERCENT and not 0.0 < order.trailing_percent < 100.0:
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
def end_of_day(run, now):
    """Where the trading day ends that holds a time; at a day's close that is the end of the new one, after a weekend Monday's."""
    ends = integers_at(run.day_end_at, run.day_ends)
    following = np.searchsorted(ends, now, side="right")
    return ends[following] if following < run.day_ends else FOREVER


@inner
def note(run, row, what):
    """Remember what became of an order."""
    order, change = orders_of(run)[row], changes_of(run)[run.changes]
    change.order, change.time, change.tick, change.what = row + 1, run.now, run.taken, what
    change.state, change.ending = order.state, order.ending
    change.level, change.limit, change.size = order.level, order.limit, order.size
    change.stop_loss, change.take_profit = order.stop_loss, order.take_profit
    change.value, change.bound = np.nan, np.nan
    run.changes += 1


@inner
def end_order(run, row, state, ending):
    """Give an order its last state. It stays in the list of working ones until `forget_ended`."""
    order = orders_of(run)[row]
    order.state, order.ending, order.ended, order.ended_tick = state, ending, run.now, run.taken
    note(run, row, ENDED)


@inner
def refuse(run, row, state, ending, value, bound):
    """End an order that a rule does not let fill, and remember what that compared."""
    end_order(run, row, state, ending)
    change = changes_of(run)[run.changes - 1]
    change.value, change.bound = value, bound
    forget_ended(run)


@inner
def touch(run, row, tick):
    """From this tick on a stop-limit is a limit order, and what is left of a stop order a market order."""
    orders_of(run)[row].touched, run.stale = tick, 1
    note(run, row, TRIGGERED)


@inner
def go_on(run, row, tick):
    """A part of an order was filled; the rest works on from the next tick."""
    order = orders_of(run)[row]
    order.state = PARTLY_FILLED
    if order.kind == STOP and order.touched < 0:
        order.touched = tick
    note(run, row, PARTED)
    run.stale = 1


@inner
def forget_ended(run):
    """Drop ended orders from the list of working ones, keeping the order of ids."""
    orders, working, kept = orders_of(run), working_of(run), 0
    for position in range(run.working):
        row = working[position]
        if is_working(orders[row]):
            working[kept] = row
            kept += 1
    run.working, run.stale = kept, 1


@inner
def expire(run):
    """End the orders whose time is over by now: at that time, after the last tick before it, the earliest first."""
    orders, working, now, taken = orders_of(run), working_of(run), run.now, run.taken
    while run.next_expiry <= now:
        due, run.next_expiry = run.next_expiry, FOREVER
        for position in range(run.working):
            order = orders[working[position]]
            if is_working(order) and order.expires <= due:
                run.now = order.expires
                run.taken = tick_from(run, order.expires) - 1
                end_order(run, working[position], EXPIRED, TOO_LATE)
            elif is_working(order):
                run.next_expiry = min(run.next_expiry, order.expires)
    run.now, run.taken = now, taken
    forget_ended(run)


@inner
def end_urgent(run, tick):
    """Cancel what had to fill at this tick and did not."""
    orders, working = orders_of(run), working_of(run)
    for position in range(run.working):
        order = orders[working[position]]
        if is_working(order) and order.tif in (IOC, FOK) and order.from_tick <= tick:
            end_order(run, working[position], CANCELLED, NOT_AT_ONCE)
    forget_ended(run)


@inner
def end_group(run, row, oco, ending):
    """Cancel the other orders of a group."""
    orders, working = orders_of(run), working_of(run)
    for position in range(run.working):
        other = working[position]
        if other != row and orders[other].oco == oco and is_working(orders[other]):
            end_order(run, other, CANCELLED, ending)


@kernel
def cancel(run, order_id):
    """End a working order; False where there is none of that id. Brackets are no orders and stay."""
    run = owner(run, order_id)
    if order_id < 1 or order_id > run.orders or not is_working(orders_of(run)[order_id - 1]):
        return False
    end_order(run, order_id - 1, CANCELLED, BY_STRATEGY)
    forget_ended(run)
    return True


@kernel
def cancel_all(run):
    """End all working orders of a symbol; returns how many."""
    hold(run)
    working, count = working_of(run), run.working
    for position in range(count):
        end_order(run, working[position], CANCELLED, BY_STRATEGY)
    forget_ended(run)
    return count
