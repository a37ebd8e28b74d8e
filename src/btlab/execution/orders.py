"""Placing and ending orders. What data can cause is a rejection with its reason; the row is kept all the same."""

from __future__ import annotations

import numpy as np

from btlab.market.jit import inner, kernel
from btlab.market.memory import lots_of, orders_of, trades_of, working_of
from btlab.market.records import (
    BAD_LEVEL,
    BAD_SIZE,
    BY_STRATEGY,
    CANCELLED,
    CLOSE,
    LIMIT,
    MARKET,
    NO_LOT,
    NOT_ENDED,
    REJECTED,
    STOP,
    UNITS,
    WORKING,
)

SLACK = 1e-9  # of one lot: 0.3 / 0.1 is 2.9999999999999996 and means three lots


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


@inner
def fault_of(run, kind, sizing, amount, level, has_stop_loss, stop_loss, has_take_profit, take_profit):
    """Why an order as given is rejected at once; NOT_ENDED when it is not."""
    if not (amount > 0.0 and amount < np.inf):
        return BAD_SIZE
    if kind in (LIMIT, STOP) and not is_level(level):
        return BAD_LEVEL
    if has_stop_loss and not is_level(stop_loss):
        return BAD_LEVEL
    if has_take_profit and not is_level(take_profit):
        return BAD_LEVEL
    if sizing == UNITS and whole_lots(run, amount) == 0.0:
        return NO_LOT
    return NOT_ENDED


@kernel
def place(run, kind, side, sizing, amount, level, has_stop_loss, stop_loss, has_take_profit, take_profit, tag):
    """Add an order and return its id, from 1. A rejected one has its row and its id too."""
    row = run.orders
    order = orders_of(run)[row]
    order.kind, order.side, order.sizing, order.amount, order.tag = kind, side, sizing, amount, tag
    order.created, order.created_tick, order.from_tick = run.now, run.taken, run.next_order_tick
    order.size = whole_lots(run, amount) if sizing == UNITS else np.nan
    order.level = on_grid(run, level)
    order.stop_loss = on_grid(run, stop_loss) if has_stop_loss else np.nan
    order.take_profit = on_grid(run, take_profit) if has_take_profit else np.nan
    order.filled, order.state, order.ending, order.ended, order.ended_tick = 0.0, WORKING, NOT_ENDED, 0, -1
    run.orders = row + 1
    fault = fault_of(run, kind, sizing, amount, level, has_stop_loss, stop_loss, has_take_profit, take_profit)
    if fault != NOT_ENDED:
        end_order(run, order, REJECTED, fault)
    else:
        working_of(run)[run.working] = row
        run.working += 1
        run.stale = 1
    return row + 1


@inner
def end_order(run, order, state, ending):
    """Give an order its last state. It stays in the list of working ones until `forget_ended`."""
    order.state, order.ending, order.ended, order.ended_tick = state, ending, run.now, run.taken


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


@kernel
def cancel(run, order_id):
    """End a working order; False where there is none of that id. Brackets are no orders and stay."""
    if order_id < 1 or order_id > run.orders:
        return False
    order = orders_of(run)[order_id - 1]
    if order.state != WORKING:
        return False
    end_order(run, order, CANCELLED, BY_STRATEGY)
    forget_ended(run)
    return True


@kernel
def cancel_all(run):
    """End all working orders; returns how many."""
    orders, working, count = orders_of(run), working_of(run), run.working
    for position in range(count):
        end_order(run, orders[working[position]], CANCELLED, BY_STRATEGY)
    forget_ended(run)
    return count


@inner
def find_triggers(run):
    """The four prices a quote must reach before anything can fill from the next tick on."""
    buy_under, buy_over, sell_over, sell_under = -np.inf, np.inf, np.inf, -np.inf
    orders, working = orders_of(run), working_of(run)
    for position in range(run.working):
        order = orders[working[position]]
        if order.kind == MARKET or order.kind == CLOSE:
            if order.side >= 0:
                buy_under = np.inf
            if order.side <= 0:
                sell_over = -np.inf
        elif order.side > 0:
            if order.kind == LIMIT:
                buy_under = max(buy_under, order.level)
            else:
                buy_over = min(buy_over, order.level)
        elif order.kind == LIMIT:
            sell_over = min(sell_over, order.level)
        else:
            sell_under = max(sell_under, order.level)
    trades, lots = trades_of(run), lots_of(run)
    for position in range(run.lots):
        lot = trades[lots[position]]
        if lot.side > 0:
            if lot.stop_loss == lot.stop_loss:
                sell_under = max(sell_under, lot.stop_loss)
            if lot.take_profit == lot.take_profit:
                sell_over = min(sell_over, lot.take_profit)
        else:
            if lot.stop_loss == lot.stop_loss:
                buy_over = min(buy_over, lot.stop_loss)
            if lot.take_profit == lot.take_profit:
                buy_under = max(buy_under, lot.take_profit)
    run.buy_under, run.buy_over, run.sell_over, run.sell_under = buy_under, buy_over, sell_over, sell_under
    run.stale = 0


@inner
def reached(run, buy, sell):
    """Whether a quote reaches a trigger; a missing side (NaN) reaches none."""
    return buy <= run.buy_under or buy >= run.buy_over or sell >= run.sell_over or sell <= run.sell_under
