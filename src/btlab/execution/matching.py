"""How working orders meet one quote.

Within a tick: stop losses, stop orders, market orders and closes, limit orders, take profits; within a kind by order id (of
the entry, for what belongs to lots). `meet` fills the first that is due after the last one filled, so that what a fill
changes, and what a strategy does about it, is seen by the next.
"""

from __future__ import annotations

import numpy as np

from btlab.execution.ledger import book, closing_price, commission_of, equity
from btlab.execution.orders import draft, end_group, end_order, forget_ended, nearest_lots, note, submit, whole_lots
from btlab.market.jit import inner, kernel
from btlab.market.memory import lots_of, orders_of, trades_of, working_of
from btlab.market.records import (
    AT_TARGET,
    BY_CLOSE,
    BY_END,
    BY_GROUP,
    BY_LIMIT,
    BY_MARKET,
    BY_STOP,
    BY_STOP_LIMIT,
    BY_STOP_LOSS,
    BY_TAKE_PROFIT,
    CANCELLED,
    CLOSE,
    FILLED,
    FOREVER,
    FRACTION,
    LIMIT,
    MARKET,
    NO_LOT,
    NO_MARGIN,
    NO_RISK,
    NONE,
    NOT_ENDED,
    NOTHING_TO_CLOSE,
    PART,
    REJECTED,
    RISK,
    STOP,
    STOP_LIMIT,
    TARGET,
    TRIGGERED,
    WORKING,
    WOULD_FILL,
)

# the order of kinds within a tick, above the id in a cursor
STOP_LOSSES, STOPS, MARKETS, LIMITS, TAKE_PROFITS = (np.int64(rank) << 48 for rank in range(1, 6))
NEVER = np.int64(1) << 60
ROUNDING = 1e-9  # relative; a fraction's size is a floored quotient, its product may exceed the equity in the last bit


@inner
def due(run, row, tick, buy, sell):
    """Rank of an order that this quote fills, NEVER where it does not."""
    order = orders_of(run)[row]
    if order.state != WORKING or tick < order.from_tick:
        return NEVER
    if order.kind == CLOSE or order.sizing == TARGET:
        side = side_of(run, order)
        there = (side == 0) or (buy == buy if side > 0 else sell == sell)
        return MARKETS if there else NEVER
    quote = buy if order.side > 0 else sell
    if order.kind == MARKET:
        return MARKETS if quote == quote else NEVER
    if order.kind == LIMIT:
        return LIMITS if (quote - order.level) * order.side <= 0.0 else NEVER
    if order.kind == STOP:
        return STOPS if (quote - order.level) * order.side >= 0.0 else NEVER
    if order.touched < 0 and (quote - order.level) * order.side >= 0.0:
        touch(run, row, tick)
    return LIMITS if order.touched >= 0 and (quote - order.limit) * order.side <= 0.0 else NEVER


@inner
def side_of(run, order):
    """The side of an order that learns it when it fills; 0 where there is nothing to trade."""
    left = -run.position
    if order.kind != CLOSE:
        left = wanted(run, order) - run.position
    return 0 if nearest_lots(run, left) == 0.0 else (1 if left > 0.0 else -1)


@inner
def wanted(run, order):
    """The position a target order asks for, in whole lots, rounded towards none."""
    return np.sign(order.amount) * whole_lots(run, np.abs(order.amount))


@inner
def touch(run, row, tick):
    """From this tick on a stop-limit is a limit order."""
    orders_of(run)[row].touched, run.stale = tick, 1
    note(run, row, TRIGGERED)


@inner
def lot_due(lot, tick, buy, sell):
    """Rank of the bracket leg that this quote fills: the stop loss before the take profit."""
    if tick <= lot.entry_tick:
        return NEVER
    quote = sell if lot.side > 0 else buy
    if tick >= lot.stop_loss_from and (quote - lot.stop_loss) * lot.side <= 0.0:
        return STOP_LOSSES
    return TAKE_PROFITS if tick >= lot.take_profit_from and (quote - lot.take_profit) * lot.side >= 0.0 else NEVER


@inner
def meet(run, tick, buy, sell, spread):
    """Fill the next order that is due at this quote. True when one filled; False when none is left.

    Args:
        buy, sell: what a buy pays and a sell gets before slippage; NaN where the quote has no such side.
        spread: of the quote, 0 where it is crossed.
    """
    working, trades, lots = working_of(run), trades_of(run), lots_of(run)
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
            rank = due(run, row, tick, buy, sell)
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
        new = tick == max(lot.entry_tick + 1, lot.take_profit_from)
        price = quote if run.on_bars or new else lot.take_profit
        book(run, row, position, side, size, tick, price, 0.0, BY_TAKE_PROFIT)


@inner
def fill_order(run, row, tick, buy, sell, spread):
    """Fill an order that is due; False where it ends without a fill."""
    order = orders_of(run)[row]
    if order.kind == CLOSE or order.sizing == TARGET:
        order.side = side_of(run, order)
        if order.side == 0:
            end_order(run, row, CANCELLED, NOTHING_TO_CLOSE if order.kind == CLOSE else AT_TARGET)
            forget_ended(run)
            return False
    if order.post_only and tick == order.from_tick:
        end_order(run, row, REJECTED, WOULD_FILL)
        forget_ended(run)
        return False
    side = order.side
    quote = buy if side > 0 else sell
    price, lost, reason = quote, 0.0, BY_LIMIT
    if order.kind == LIMIT:
        price = quote if run.on_bars or tick == order.from_tick else order.level
    elif order.kind == STOP_LIMIT:
        price, reason = quote if run.on_bars or tick == order.touched else order.limit, BY_STOP_LIMIT
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
    if size == 0.0 and order.sizing == RISK:
        ending = NO_RISK
    order.size = size
    if ending != NOT_ENDED:
        end_order(run, row, REJECTED, ending)
    else:
        order.filled = size
        book(run, row, NONE, side, size, tick, price, lost * size * run.contract_size, reason)
        end_order(run, row, FILLED, NOT_ENDED)
        if order.oco != 0:
            end_group(run, row, order.oco, BY_GROUP)
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
    if order.sizing == TARGET:
        return np.abs(nearest_lots(run, wanted(run, order) - run.position))
    if order.sizing == RISK:
        return size_at_risk(run, order, price)
    return order.size


@inner
def size_at_risk(run, order, price):
    """The size that loses a share of the equity at the stop loss, the commissions of both fills and fixed slippage counted."""
    exit_price = order.stop_loss - order.side * run.slippage_price
    lost = (price - exit_price) * order.side * run.contract_size
    if not (price - order.stop_loss) * order.side > 0.0:
        return 0.0
    each = lost + run.commission_share * (price + exit_price) * run.contract_size + 2.0 * run.commission_unit
    return whole_lots(run, max(0.0, order.amount * equity(run) - 2.0 * run.commission_fill) / each)


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
    row = submit(run, draft(run, CLOSE, 0, PART, 1.0, 0), 0, FOREVER) - 1
    order, side, size = orders_of(run)[row], (-1 if run.position > 0.0 else 1), abs(run.position)
    price = slipped(run, side, quote, spread)
    order.side, order.size, order.filled = side, size, size
    book(run, row, NONE, side, size, tick, price, abs(price - quote) * size * run.contract_size, BY_END)
    end_order(run, row, FILLED, NOT_ENDED)
    forget_ended(run)
    return True
