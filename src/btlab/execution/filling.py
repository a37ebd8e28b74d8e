"""Filling an order that is due: its size, its price, and whether the account allows it; whole, or in the part that is offered."""

from __future__ import annotations

import numpy as np

from btlab.execution.charges import slipped
from btlab.execution.closing import belongs, close_positions, waits_for
from btlab.execution.grid import nearest_lots
from btlab.execution.holding import money, rate_of
from btlab.execution.ledger import book
from btlab.execution.offers import offer, take_offer, taken_share
from btlab.execution.orders import end_group, end_order, forget_ended, go_on, refuse, touch
from btlab.execution.sizing import refusal, size_at, wanted, weighed
from btlab.market.codes import (
    AT_TARGET,
    BY_CLOSE,
    BY_GROUP,
    BY_LIMIT,
    BY_MARKET,
    BY_STOP,
    BY_STOP_LIMIT,
    CANCELLED,
    CLOSE,
    FILLED,
    FOK,
    LIMIT,
    MARKET,
    NO_RATE,
    NO_RISK,
    NONE,
    NOT_ENDED,
    NOTHING_TO_CLOSE,
    PART,
    PARTLY_FILLED,
    REJECTED,
    RISK,
    STOP,
    STOP_LIMIT,
    TARGET,
    UNITS,
    WORKING,
    WOULD_FILL,
)
from btlab.market.jit import inner
from btlab.market.memory import lots_of, orders_of, trades_of


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
        value, bound = weighed(run, order, ending, side, part, price, maker)
        refuse(run, row, REJECTED if order.filled == 0.0 else CANCELLED, ending, value, bound)
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
