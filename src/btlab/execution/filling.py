"""Filling what is due: an order, a lot's bracket, a close; whole, or in the part that the quote offers."""

from __future__ import annotations

import numpy as np

from btlab.execution.charges import slipped, taken_share
from btlab.execution.grid import nearest_lots, whole_lots
from btlab.execution.holding import hold, money, rate_of
from btlab.execution.ledger import book, closing_price
from btlab.execution.orders import draft, end_group, end_order, forget_ended, note, submit
from btlab.execution.quotes import quote_at, sizes_at, spread_at
from btlab.execution.sizing import refusal, size_at, wanted
from btlab.market.jit import inner, kernel
from btlab.market.memory import lots_of, orders_of, trades_of
from btlab.market.records import (
    AT_TARGET,
    BY_CLOSE,
    BY_END,
    BY_GROUP,
    BY_LIMIT,
    BY_MARKET,
    BY_STOP,
    BY_STOP_LIMIT,
    BY_TAKE_PROFIT,
    CANCELLED,
    CLOSE,
    FILLED,
    FOK,
    FOREVER,
    LIMIT,
    MARKET,
    NO_LOT,
    NO_RATE,
    NO_RISK,
    NONE,
    NOT_ENDED,
    NOTHING_TO_CLOSE,
    PART,
    PARTED,
    PARTLY_FILLED,
    REJECTED,
    RISK,
    STOP,
    STOP_LIMIT,
    TARGET,
    TRIGGERED,
    UNITS,
    WORKING,
    WOULD_FILL,
)


@inner
def side_of(run, order):
    """The side of an order that learns it when it fills; 0 where there is nothing to trade."""
    left = -run.position
    if order.kind != CLOSE:
        left = wanted(run, order) - run.position
    side = 0 if nearest_lots(run, left) == 0.0 else (1 if left > 0.0 else -1)
    if order.kind == CLOSE and order.state == PARTLY_FILLED and side != order.side:
        return 0
    return side


@inner
def touch(run, row, tick):
    """From this tick on a stop-limit is a limit order, and what is left of a stop order a market order."""
    orders_of(run)[row].touched, run.stale = tick, 1
    note(run, row, TRIGGERED)


@inner
def offer(run, side, size):
    """How much of a size the quote offers."""
    if run.participation == 0.0:
        return size
    return min(size, run.buy_offer if side > 0 else run.sell_offer)


@inner
def take_offer(run, side, size):
    """What was taken is no longer offered."""
    if run.participation > 0.0:
        if side > 0:
            run.buy_offer = max(0.0, nearest_lots(run, run.buy_offer - size))
        else:
            run.sell_offer = max(0.0, nearest_lots(run, run.sell_offer - size))


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
def fill_order(run, row, tick, buy, sell, spread):
    """Fill an order that is due; False where it ends without a fill, or finds nothing offered."""
    order = orders_of(run)[row]
    if order.kind == CLOSE and run.hedging:
        return close_positions(run, row, tick, buy, sell, spread)
    if order.kind == CLOSE or order.sizing == TARGET:
        side = side_of(run, order)
        if side == 0:
            end_order(run, row, CANCELLED, NOTHING_TO_CLOSE if order.kind == CLOSE else AT_TARGET)
            forget_ended(run)
            return False
        order.side = side
    if order.post_only and tick == order.from_tick:
        end_order(run, row, REJECTED, WOULD_FILL)
        forget_ended(run)
        return False
    side, first = order.side, run.on_bars or tick == order.from_tick
    quote = buy if side > 0 else sell
    if order.kind == LIMIT:
        return settle(run, row, side, tick, quote if first else order.level, spread, not first, BY_LIMIT)
    if order.kind == STOP_LIMIT:
        first = run.on_bars or tick == order.touched
        return settle(run, row, side, tick, quote if first else order.limit, spread, not first, BY_STOP_LIMIT)
    reason = BY_MARKET if order.kind == MARKET else (BY_STOP if order.kind == STOP else BY_CLOSE)
    return settle(run, row, side, tick, quote, spread, False, reason)


@inner
def settle(run, row, side, tick, quote, spread, maker, reason):
    """Fill an order at a quote, or end it now that its size is known. True where something was filled.

    Args:
        maker: it waited for its price. reason: market, stop and close lose slippage against the quote.
    """
    order, slips = orders_of(run)[row], reason in (BY_MARKET, BY_STOP, BY_CLOSE)
    if run.legs and not rate_of(run) > 0.0:
        end_order(run, row, REJECTED, NO_RATE)
        forget_ended(run)
        return False
    price = slipped(run, row, side, quote, spread, 1.0) if slips else quote
    left = size_left(run, order, price, maker)
    part = offer(run, side, left)
    empty = offer(run, side, np.inf) == 0.0 and (left > 0.0 or order.sizing == PART)
    if empty or (order.tif == FOK and part < left):
        return wait(run, row, tick)
    if slips and run.slippage_volume > 0.0:
        price = slipped(run, row, side, quote, spread, taken_share(run, side, part))
    ending = refusal(run, side, part, price, maker)
    if left == 0.0 and order.sizing == RISK:
        ending = NO_RISK
    if ending != NOT_ENDED:
        end_order(run, row, REJECTED if order.filled == 0.0 else CANCELLED, ending)
        forget_ended(run)
        return False
    take_offer(run, side, part)
    order.filled = nearest_lots(run, order.filled + part)
    book(run, row, NONE, side, part, tick, price, money(run, abs(price - quote), part), maker, reason)
    if order.filled < order.size:
        go_on(run, row, tick)
    else:
        end_order(run, row, FILLED, NOT_ENDED)
    if order.oco != 0:
        end_group(run, row, order.oco, BY_GROUP)
    forget_ended(run)
    return True


@inner
def size_left(run, order, price, maker):
    """What an order still wants; its size is settled when it first meets a quote it may fill at."""
    if order.state == WORKING and (order.sizing == UNITS or order.size != order.size):
        order.size = size_at(run, order, price, maker)
    elif order.sizing == TARGET:
        order.size = nearest_lots(run, order.filled + size_at(run, order, price, maker))
    left = nearest_lots(run, order.size - order.filled)
    return min(left, abs(run.position)) if order.kind == CLOSE else left


@inner
def wait(run, row, tick):
    """Too little is offered: a stop that was met is a market order from now on, and what a close wants is not settled yet."""
    order = orders_of(run)[row]
    if order.kind == STOP and order.touched < 0:
        touch(run, row, tick)
    if order.sizing == PART and order.filled == 0.0:
        order.size = np.nan
    return False


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
def belongs(lot, order):
    """Whether a close order closes a hedged lot."""
    return order.position == 0 or lot.entry_order == order.position


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


@inner
def fill_at_once(run, row):
    """Fill a market order or a close inside the call that places it, at the last quotes seen; where those lack, it waits."""
    order = orders_of(run)[row]
    if not run.fill_now or run.taken < 0 or order.state != WORKING or (order.kind != MARKET and order.kind != CLOSE):
        return
    buy, sell, spread = run.buy_at, run.sell_at, run.bar_spread
    if not all_there(run, row, buy, sell):
        return
    if not run.on_bars:
        spread = see_sizes(run)
    fill_order(run, row, run.taken, buy, sell, spread)
    if run.lots == 0 or trades_of(run)[lots_of(run)[run.lots - 1]].entry_order != row + 1:
        return
    lot = trades_of(run)[lots_of(run)[run.lots - 1]]
    lot.acts_from = run.taken + 1
    if not run.on_bars:
        buy, sell = quote_at(run, run.taken)
        lot.best = sell if lot.side > 0 else buy


@inner
def place(run, row, given, lifetime):
    """Let a drafted order work, or fill at once, or reject it; returns its id.

    Args:
        given: bits of what the caller gave. lifetime: µs until it expires; FOREVER for none.
    """
    order_id = submit(run, row, given, lifetime)
    fill_at_once(run, row)
    return order_id


@inner
def see_sizes(run):
    """Let the sizes be those of the last tick taken, which a run need not have looked at; returns its spread."""
    if run.sizes:
        run.buy_quoted, run.sell_quoted = sizes_at(run, run.taken)
    return spread_at(run, run.taken)


@inner
def all_there(run, row, buy, sell):
    """Whether the quote has a side that a market order or a close needs."""
    order = orders_of(run)[row]
    if order.kind == CLOSE and run.hedging:
        trades, lots, there, found = trades_of(run), lots_of(run), False, False
        for at in range(run.lots):
            lot = trades[lots[at]]
            settled = order.state == PARTLY_FILLED
            if waits_for(lot, row) if settled else belongs(lot, order):
                quote = sell if lot.side > 0 else buy
                there, found = there or quote == quote, True
        return there or not found
    side = side_of(run, order) if order.kind == CLOSE or order.sizing == TARGET else order.side
    return side == 0 or (buy == buy if side > 0 else sell == sell)


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
