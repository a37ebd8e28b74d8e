"""How working orders meet one quote.

Within a tick: stop losses, stop orders, market orders and closes, limit orders, take profits; within a kind by order id (of
the entry, for what belongs to lots). `meet` fills the first that is due after the last one filled, so that what a fill
changes, and what a strategy does about it, is seen by the next.
"""

from __future__ import annotations

import numpy as np

from btlab.execution.ledger import book, closing_price, commission_of, equity
from btlab.execution.orders import end_order, forget_ended, nearest_lots, place, whole_lots
from btlab.market.jit import inner, kernel
from btlab.market.memory import lots_of, orders_of, trades_of, working_of
from btlab.market.records import (
    BY_CLOSE,
    BY_END,
    BY_LIMIT,
    BY_MARKET,
    BY_STOP,
    BY_STOP_LOSS,
    BY_TAKE_PROFIT,
    CANCELLED,
    CLOSE,
    FILLED,
    FRACTION,
    LIMIT,
    MARKET,
    NO_LOT,
    NO_MARGIN,
    NONE,
    NOT_ENDED,
    NOTHING_TO_CLOSE,
    PART,
    REJECTED,
    STOP,
    WORKING,
)

# the order of kinds within a tick, above the id in a cursor
STOP_LOSSES, STOPS, MARKETS, LIMITS, TAKE_PROFITS = (np.int64(rank) << 48 for rank in range(1, 6))
NEVER = np.int64(1) << 60
ROUNDING = 1e-9  # relative; a fraction's size is a floored quotient, its product may exceed the equity in the last bit


@inner
def due(run, order, tick, buy, sell):
    """Rank of an order that this quote fills, NEVER where it does not."""
    if order.state != WORKING or tick < order.from_tick:
        return NEVER
    if order.kind == CLOSE:
        side = 0 if run.position == 0.0 else (-1 if run.position > 0.0 else 1)
        there = (side == 0) or (buy == buy if side > 0 else sell == sell)
        return MARKETS if there else NEVER
    quote = buy if order.side > 0 else sell
    if order.kind == MARKET:
        return MARKETS if quote == quote else NEVER
    if order.kind == LIMIT:
        return LIMITS if (quote - order.level) * order.side <= 0.0 else NEVER
    return STOPS if (quote - order.level) * order.side >= 0.0 else NEVER


@inner
def lot_due(lot, tick, buy, sell):
    """Rank of the bracket leg that this quote fills: the stop loss before the take profit."""
    if tick <= lot.entry_tick:
        return NEVER
    quote = sell if lot.side > 0 else buy
    if (quote - lot.stop_loss) * lot.side <= 0.0:
        return STOP_LOSSES
    return TAKE_PROFITS if (quote - lot.take_profit) * lot.side >= 0.0 else NEVER


@inner
def meet(run, tick, buy, sell, spread):
    """Fill the next order that is due at this quote. True when one filled; False when none is left.

    Args:
        buy, sell: what a buy pays and a sell gets before slippage; NaN where the quote has no such side.
        spread: of the quote, 0 where it is crossed.
    """
    orders, working, trades, lots = orders_of(run), working_of(run), trades_of(run), lots_of(run)
    while True:
        best, chosen, is_lot = NEVER, NONE, False
        for position in range(run.lots):
            lot = trades[lots[position]]
            rank = lot_due(lot, tick, buy, sell)
            if rank != NEVER:
                key = rank + lot.entry_order
                if run.cursor < key < best:
                    best, chosen, is_lot = key, position, True
        for position in range(run.working):
            row = working[position]
            rank = due(run, orders[row], tick, buy, sell)
            if rank != NEVER:
                key = rank + row + 1
                if run.cursor < key < best:
                    best, chosen, is_lot = key, row, False
        if best == NEVER:
            return False
        run.cursor = best
        if is_lot:
            fill_lot(run, chosen, best < STOPS, tick, buy, sell, spread)
            return True
        if fill_order(run, chosen, tick, buy, sell, spread):
            return True


@inner
def slipped(run, side, quote, spread):
    """The quote after slippage against `side`."""
    return quote + side * (run.slippage_price + run.slippage_spread * spread)


@inner
def fill_lot(run, position, stopped, tick, buy, sell, spread):
    """Close a lot at its stop loss or take profit."""
    lot = trades_of(run)[lots_of(run)[position]]
    side, size, row = -lot.side, lot.size, lot.entry_order - 1
    quote = buy if side > 0 else sell
    if stopped:
        price = slipped(run, side, quote, spread)
        book(run, row, position, side, size, tick, price, abs(price - quote) * size * run.contract_size, BY_STOP_LOSS)
    else:
        price = quote if run.on_bars or tick == lot.entry_tick + 1 else lot.take_profit
        book(run, row, position, side, size, tick, price, 0.0, BY_TAKE_PROFIT)


@inner
def fill_order(run, row, tick, buy, sell, spread):
    """Fill an order that is due; False where it ends without a fill."""
    order = orders_of(run)[row]
    if order.kind == CLOSE:
        if run.position == 0.0:
            end_order(run, order, CANCELLED, NOTHING_TO_CLOSE)
            forget_ended(run)
            return False
        order.side = -1 if run.position > 0.0 else 1
    side = order.side
    quote = buy if side > 0 else sell
    price, lost, reason = quote, 0.0, BY_LIMIT
    if order.kind == LIMIT:
        price = quote if run.on_bars or tick == order.from_tick else order.level
    else:
        price = slipped(run, side, quote, spread)
        lost = abs(price - quote)
        reason = BY_MARKET if order.kind == MARKET else (BY_STOP if order.kind == STOP else BY_CLOSE)
    return settle(run, row, side, tick, price, lost, reason)


@inner
def settle(run, row, side, tick, price, lost, reason):
    """Fill an order at a price that has `lost` against the quote, or reject it now that its size is known; True when filled."""
    order = orders_of(run)[row]
    size = size_at(run, order, price)
    ending = refusal(run, side, size, price)
    order.size = size
    if ending != NOT_ENDED:
        end_order(run, order, REJECTED, ending)
    else:
        order.filled = size
        book(run, row, NONE, side, size, tick, price, lost * size * run.contract_size, reason)
        end_order(run, order, FILLED, NOT_ENDED)
    forget_ended(run)
    return ending == NOT_ENDED


@inner
def size_at(run, order, price):
    """The order's size in whole lots, now that its price is known."""
    if order.sizing == FRACTION:
        each = price * run.contract_size * (1.0 + run.commission_share) + run.commission_unit
        return whole_lots(run, max(0.0, order.amount * equity(run) - run.commission_fill) / each)
    if order.sizing == PART:
        held = abs(run.position)
        return held if order.amount >= 1.0 else whole_lots(run, order.amount * held)
    return order.size


@inner
def refusal(run, side, size, price):
    """Why a fill of this size cannot be: nothing to trade, or a larger position than the equity carries."""
    if size == 0.0:
        return NO_LOT
    after = nearest_lots(run, run.position + side * size)
    if abs(after) <= abs(run.position) and after * run.position >= 0.0:
        return NOT_ENDED
    needed = abs(after) * price * run.contract_size / run.leverage + commission_of(run, size, price)
    return NO_MARGIN if needed > equity(run) * (1.0 + ROUNDING) else NOT_ENDED


@kernel
def close_everything(run, tick, spread):
    """Close the position at the last quotes, as a close would, with the reason "end". False where there is nothing to close."""
    quote = closing_price(run, run.position)
    if run.position == 0.0 or quote != quote:
        return False
    row = place(run, CLOSE, 0, PART, 1.0, np.nan, False, np.nan, False, np.nan, 0) - 1
    order, side, size = orders_of(run)[row], (-1 if run.position > 0.0 else 1), abs(run.position)
    price = slipped(run, side, quote, spread)
    order.side, order.size, order.filled = side, size, size
    book(run, row, NONE, side, size, tick, price, abs(price - quote) * size * run.contract_size, BY_END)
    end_order(run, order, FILLED, NOT_ENDED)
    forget_ended(run)
    return True
