"""Closing: hedged positions lot by lot, a lot's bracket, and everything at the end."""

from __future__ import annotations

import numpy as np

from btlab.execution.charges import slipped
from btlab.execution.grid import nearest_lots, whole_lots
from btlab.execution.holding import hold, money
from btlab.execution.ledger import book, closing_price
from btlab.execution.offers import offer, take_offer, taken_share
from btlab.execution.orders import draft, end_order, forget_ended, go_on, submit
from btlab.market.codes import (
    BY_CLOSE,
    BY_END,
    BY_TAKE_PROFIT,
    CANCELLED,
    CLOSE,
    FILLED,
    FOREVER,
    NO_LOT,
    NONE,
    NOT_ENDED,
    NOTHING_TO_CLOSE,
    PART,
    REJECTED,
    WORKING,
)
from btlab.market.jit import inner, kernel
from btlab.market.memory import lots_of, orders_of, trades_of


@inner
def fill_lot(run, position, stop, tick, quote, spread, maker):
    """Close a lot, or what of it the quote takes, at its stop (the reason) or, where that is NONE, at its take profit."""
    lot = trades_of(run)[lots_of(run)[position]]
    side, row = -lot.side, lot.entry_order - 1
    size = offer(run, side, lot.size)
    if stop != NONE and size < lot.size:
        lot.leaving, run.stale = lot.leaving | 1 << stop, 1
    if size == 0.0:
        return False
    price, lost, reason = quote, 0.0, BY_TAKE_PROFIT
    if stop != NONE:
        price, reason = slipped(run, row, side, quote, spread, taken_share(run, side, size)), stop
        lost = abs(price - quote)
    take_offer(run, side, size)
    book(run, row, position, side, size, tick, price, money(run, lost, size), maker, reason)
    return True


@inner
def close_positions(run, row, tick, buy, sell, spread):
    """Close hedged positions; True where something was filled.

    Each lot has a fill of its own. What is wanted of each is settled when the first of them leaves; the rest waits for quotes.
    """
    order, before = orders_of(run)[row], orders_of(run)[row].filled
    if order.state == WORKING:
        found, wants, may_leave, leaves = look_at_closing(run, order, buy, sell)
        if found and not leaves and (wants or not may_leave):
            return False
        if not wants:
            end_order(run, row, REJECTED if found else CANCELLED, NO_LOT if found else NOTHING_TO_CLOSE)
            forget_ended(run)
            return False
        settle_closing(run, row)
    elif not wants_more(run, row):
        end_order(run, row, CANCELLED, NOTHING_TO_CLOSE)
        forget_ended(run)
        return False
    close_lots(run, row, tick, buy, sell, spread, BY_CLOSE)
    if order.filled == order.size:
        end_order(run, row, FILLED, NOT_ENDED)
        forget_ended(run)
    elif order.filled > before:
        go_on(run, row, tick)
    return order.filled > before


@inner
def look_at_closing(run, order, buy, sell):
    """Whether a close order finds lots, wants anything of them, the quote takes any of them, and any of what is wanted."""
    trades, lots = trades_of(run), lots_of(run)
    found = wants = may_leave = leaves = False
    for at in range(run.lots):
        lot = trades[lots[at]]
        if belongs(lot, order):
            quote = sell if lot.side > 0 else buy
            wanted_of_it = closing_of(run, order, lot) > 0.0
            taken = quote == quote and offer(run, -lot.side, np.inf) > 0.0
            found, wants, may_leave = True, wants or wanted_of_it, may_leave or taken
            leaves = leaves or (wanted_of_it and taken)
    return found, wants, may_leave, leaves


@inner
def belongs(lot, order):
    """Whether a close order closes a hedged lot."""
    return order.position == 0 or lot.entry_order == order.position


@inner
def closing_of(run, order, lot):
    """What a close order wants of a lot."""
    return lot.size if order.amount >= 1.0 else whole_lots(run, order.amount * lot.size)


@inner
def settle_closing(run, row):
    """Note what a close order wants of each lot; what an earlier one still wants of it no longer counts."""
    order, trades, lots = orders_of(run)[row], trades_of(run), lots_of(run)
    order.size = 0.0
    for at in range(run.lots):
        lot = trades[lots[at]]
        part = closing_of(run, order, lot) if belongs(lot, order) else 0.0
        if part > 0.0:
            lot.closing, lot.closed_by = part, row + 1
            order.size = nearest_lots(run, order.size + part)


@inner
def wants_more(run, row):
    """Whether a close order that was filled in part still finds what it wants."""
    trades, lots, found = trades_of(run), lots_of(run), False
    for at in range(run.lots):
        found = found or waits_for(trades[lots[at]], row)
    return found


@inner
def waits_for(lot, row):
    """Whether a close order that was filled in part still wants something of a hedged lot."""
    return lot.closed_by == row + 1 and lot.closing > 0.0


@inner
def close_lots(run, row, tick, buy, sell, spread, reason):
    """Close what a close order wants of each hedged lot, as far as the quote gives it."""
    order, trades, lots, at = orders_of(run)[row], trades_of(run), lots_of(run), 0
    while at < run.lots:
        lot = trades[lots[at]]
        side, there = -lot.side, run.lots
        quote = buy if side > 0 else sell
        wanted_of_it = min(lot.closing, lot.size) if lot.closed_by == row + 1 and quote == quote else 0.0
        size = offer(run, side, wanted_of_it)
        if size > 0.0:
            price = slipped(run, row, side, quote, spread, taken_share(run, side, size))
            take_offer(run, side, size)
            order.filled, lot.closing = nearest_lots(run, order.filled + size), nearest_lots(run, lot.closing - size)
            book(run, row, at, side, size, tick, price, money(run, abs(price - quote), size), False, reason)
        if run.lots == there:
            at += 1


@kernel
def close_everything(run, tick, spread):
    """Close all positions at the last quotes, as a close would, with the reason "end". False where there is nothing to close."""
    hold(run)
    if run.lots == 0 or (run.position != 0.0 and closing_price(run, run.position) != closing_price(run, run.position)):
        return False
    run.participation = run.latency = 0
    row = submit(run, draft(run, CLOSE, 0, PART, 1.0, 0), 0, FOREVER) - 1
    order = orders_of(run)[row]
    if run.hedging:
        settle_closing(run, row)
        close_lots(run, row, tick, run.buy_at, run.sell_at, spread, BY_END)
    else:
        side, size = (-1 if run.position > 0.0 else 1), abs(run.position)
        quote = closing_price(run, run.position)
        price = slipped(run, row, side, quote, spread, taken_share(run, side, size))
        order.side, order.size, order.filled = side, size, size
        book(run, row, NONE, side, size, tick, price, money(run, abs(price - quote), size), False, BY_END)
    end_order(run, row, FILLED, NOT_ENDED)
    forget_ended(run)
    return True
