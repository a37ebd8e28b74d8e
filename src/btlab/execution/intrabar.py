"""How working orders meet a bar of which only open, high, low and close are known.

Only the open is a jump (`matching.meet` takes it). From there the price moves continuously over open, first extreme, second
extreme, close, so a level inside fills at its price. Which extreme comes first nobody knows: where the two paths give
different fills, the pessimistic one is taken (`choose`): a stop before a target, an entry before its own stop, an entry and
its target not in one bar, and in all else the lower equity at the bar's close. Paths are taken whole, never picked from.
"""

from __future__ import annotations

import numpy as np

from btlab.execution.ledger import book, equity
from btlab.execution.matching import LIMITS, NEVER, ROUNDING, STOP_LOSSES, STOPS, TAKE_PROFITS, settle, slipped, touch
from btlab.execution.orders import on_grid
from btlab.market.jit import inner
from btlab.market.memory import fills_of, lots_of, orders_of, trades_of, working_of
from btlab.market.records import (
    BY_LIMIT,
    BY_STOP,
    BY_STOP_LIMIT,
    BY_STOP_LOSS,
    BY_TAKE_PROFIT,
    CLOSE,
    LIMIT,
    MARKET,
    NONE,
    STOP,
    STOP_LIMIT,
    WORKING,
)

SAME = 1e-12  # relative; prices, or distances along a path, that differ by less are one


@inner
def on_point(run, price):
    """The price without what adding or taking a spread left in its last bits; off the grid it stays as it is."""
    point = on_grid(run, price)
    return point if abs(point - price) <= SAME * abs(price) else price


@inner
def ask_over(run, bid):
    """The ask of a bar's price."""
    return on_point(run, bid + run.bar_spread)


@inner
def stand(run, bid):
    """Let the quotes be those of a point of the path."""
    run.path_at = run.bid = run.sell_at = bid
    run.ask = run.buy_at = ask_over(run, bid)


@inner
def adaptive(open_, high, low):
    """True where the high is nearer to the open than the low; a tie goes to the low."""
    return high - open_ < open_ - low - SAME * open_


@inner
def vertex(high_first, leg, open_, high, low, close):
    """The bid at the end of a leg of the path."""
    if leg == 0:
        return open_
    if leg == 3:
        return close
    return high if (leg == 1) == (high_first != 0) else low


@inner
def bid_at(run, level, buys):
    """The bid at which a level is met: that of a buy looks at the ask."""
    return on_point(run, level - run.bar_spread) if buys else level


@inner
def distance(bid, target, wanted, rises):
    """How far the bid must go from `bid` towards `target` until it meets `wanted`; -1 where it does not on this leg."""
    if (rises and bid >= wanted) or (not rises and bid <= wanted):
        return 0.0
    if rises:
        return wanted - bid if target >= wanted else -1.0
    return bid - wanted if target <= wanted else -1.0


@inner
def comes_before(away, rank, best_away, best, near):
    return away >= 0.0 and (away < best_away - near or (away <= best_away + near and rank < best))


@inner
def next_order(run, bar, target):
    """The working order that acts first on the way to `target`: (distance, rank, its row); the rank is NEVER where none does."""
    orders, working = orders_of(run), working_of(run)
    best_away, best, chosen, near = np.inf, NEVER, NONE, SAME * target
    for position in range(run.working):
        row = working[position]
        order = orders[row]
        if order.kind == MARKET or order.kind == CLOSE or bar < order.from_tick or order.state != WORKING:
            continue
        buys, limit = order.side > 0, waits_as_limit(order)
        rank = (STOPS if order.kind == STOP else LIMITS) + row + 1
        away = distance(run.path_at, target, bid_at(run, level_of(order), buys), buys != limit)
        if comes_before(away, rank, best_away, best, near):
            best_away, best, chosen = away, rank, row
    return best_away, best, chosen


@inner
def waits_as_limit(order):
    return order.kind == LIMIT or (order.kind == STOP_LIMIT and order.touched >= 0)


@inner
def level_of(order):
    """The level an order waits for now."""
    return order.limit if order.kind == STOP_LIMIT and order.touched >= 0 else order.level


@inner
def next_bracket(run, bar, target):
    """The lot whose bracket acts first on the way to `target`: (distance, rank, its position)."""
    trades, lots = trades_of(run), lots_of(run)
    best_away, best, chosen, near = np.inf, NEVER, NONE, SAME * target
    for position in range(run.lots):
        lot = trades[lots[position]]
        long = lot.side > 0
        if lot.stop_loss == lot.stop_loss and bar >= lot.stop_loss_from:
            away = distance(run.path_at, target, bid_at(run, lot.stop_loss, not long), not long)
            if comes_before(away, STOP_LOSSES + lot.entry_order, best_away, best, near):
                best_away, best, chosen = away, STOP_LOSSES + lot.entry_order, position
        if lot.take_profit == lot.take_profit and bar >= lot.take_profit_from:
            away = distance(run.path_at, target, bid_at(run, lot.take_profit, not long), long)
            if comes_before(away, TAKE_PROFITS + lot.entry_order, best_away, best, near):
                best_away, best, chosen = away, TAKE_PROFITS + lot.entry_order, position
    return best_away, best, chosen


@inner
def meet_leg(run, bar, target):
    """Fill the next order that acts on the way from `run.path_at` to `target`. True when one filled; False at the leg's end."""
    while True:
        away, rank, row = next_order(run, bar, target)
        bracket_away, bracket_rank, position = next_bracket(run, bar, target)
        if rank == NEVER and bracket_rank == NEVER:
            stand(run, target)
            return False
        is_lot = comes_before(bracket_away, bracket_rank, away, rank, SAME * target)
        if is_lot:
            away = bracket_away
        if away > 0.0:
            stand(run, on_point(run, run.path_at + away if target > run.path_at else run.path_at - away))
        if is_lot:
            fill_bracket(run, position, bracket_rank < STOPS, bar, away)
            return True
        if fill_waiting(run, row, bar, away):
            return True


@inner
def fill_waiting(run, row, bar, away):
    """Fill a limit or stop order at its level, or at the quote where that is beyond it; False where it does not fill now.

    A stop-limit's limit is never before its stop, so where the path touches the stop it fills at once, as a limit that just came.
    """
    order = orders_of(run)[row]
    side = order.side
    quote = level_of(order) if away > 0.0 else (run.buy_at if side > 0 else run.sell_at)
    if order.kind == LIMIT:
        return settle(run, row, side, bar, quote, 0.0, BY_LIMIT)
    if order.kind == STOP_LIMIT:
        if order.touched < 0:
            touch(run, row, bar)
            if (quote - order.limit) * side > 0.0:
                return False
        return settle(run, row, side, bar, quote, 0.0, BY_STOP_LIMIT)
    price = slipped(run, side, quote, run.bar_spread)
    return settle(run, row, side, bar, price, abs(price - quote), BY_STOP)


@inner
def fill_bracket(run, position, stopped, bar, away):
    """Close a lot at its level, or at the quote where the level was passed already when the lot was opened."""
    lot = trades_of(run)[lots_of(run)[position]]
    side, size, row = -lot.side, lot.size, lot.entry_order - 1
    level = lot.stop_loss if stopped else lot.take_profit
    quote = level if away > 0.0 else (run.buy_at if side > 0 else run.sell_at)
    price = slipped(run, side, quote, run.bar_spread) if stopped else quote
    lost = abs(price - quote) * size * run.contract_size
    book(run, row, position, side, size, bar, price, lost, BY_STOP_LOSS if stopped else BY_TAKE_PROFIT)


@inner
def touched(run, bar, open_, high, low):
    """How many levels the bar may touch after its open; entries count double, since what they open may act in the same bar."""
    count = 0
    trades, lots, orders, working = trades_of(run), lots_of(run), orders_of(run), working_of(run)
    for position in range(run.lots):
        lot = trades[lots[position]]
        buys = lot.side < 0
        stop, goal = bid_at(run, lot.stop_loss, buys), bid_at(run, lot.take_profit, buys)
        count += low <= stop <= high or (stop - open_) * lot.side > 0.0
        count += low <= goal <= high or (open_ - goal) * lot.side > 0.0
    for position in range(run.working):
        order = orders[working[position]]
        if bar >= order.from_tick:
            buys = order.side > 0
            inside = low <= bid_at(run, order.level, buys) <= high
            inside = inside or (order.kind == STOP_LIMIT and low <= bid_at(run, order.limit, buys) <= high)
            count += 2 * inside
    return count


@inner
def keep(run):
    """All that a rehearsal changes."""
    working, lots = working_of(run)[: run.working].copy(), lots_of(run)[: run.lots].copy()
    orders, trades = orders_of(run)[working].copy(), trades_of(run)[lots].copy()
    money = np.array([run.balance, run.position, run.cost, run.fill_price, run.fill_size])
    counts = np.array([run.fills, run.trades, run.leg, run.high_first, run.fill_order, run.fill_reason, run.changes])
    return working, lots, orders, trades, money, counts


@inner
def put_back(run, kept, open_):
    """Make a rehearsal undone; the bid stands at the open again."""
    working, lots, orders, trades, money, counts = kept
    for position in range(working.shape[0]):
        working_of(run)[position] = working[position]
        orders_of(run)[working[position]] = orders[position]
    for position in range(lots.shape[0]):
        lots_of(run)[position] = lots[position]
        trades_of(run)[lots[position]] = trades[position]
    run.working, run.lots, run.stale = working.shape[0], lots.shape[0], 1
    run.balance, run.position, run.cost, run.fill_price, run.fill_size = money[0], money[1], money[2], money[3], money[4]
    run.fills, run.trades, run.leg, run.high_first = counts[0], counts[1], counts[2], counts[3]
    run.fill_order, run.fill_reason, run.changes = counts[4], counts[5], counts[6]
    stand(run, open_)


@inner
def rehearse(run, bar, high_first, open_, high, low, close):
    """Take a path without telling anyone. Returns its fills and the equity at the close."""
    begin, run.high_first = run.fills, high_first
    stand(run, open_)
    for leg in range(1, 4):
        run.leg = leg
        target = vertex(high_first, leg, open_, high, low, close)
        while meet_leg(run, bar, target):
            pass
    return fills_of(run)[begin : run.fills].copy(), equity(run)


@inner
def same_fills(one, two):
    """Whether two paths gave the same fills, in whatever order."""
    if one.shape[0] != two.shape[0]:
        return False
    for a in one:
        found = False
        for b in two:
            found = found or (a.order == b.order and a.reason == b.reason and a.price == b.price and a.size == b.size)
        if not found:
            return False
    return True


@inner
def has(fills, order, reason):
    found = False
    for fill in fills:
        found = found or (fill.order == order and fill.reason == reason)
    return found


@inner
def entered(run, bar, fills, order):
    """Whether an entry filled in this bar: at its open, or on the path with these fills."""
    return (
        orders_of(run)[order - 1].ended_tick == bar
        or has(fills, order, BY_LIMIT)
        or has(fills, order, BY_STOP)
        or has(fills, order, BY_STOP_LIMIT)
    )


@inner
def is_called_for(run, bar, these, others):
    """Whether a lot says that the path with `these` fills is the pessimist's, not the one with the `others`.

    It is stopped here and at its target there; or it was entered in this bar and is stopped here, not there, or is at its
    target there, not here.
    """
    for fill in these:
        if fill.reason == BY_STOP_LOSS:
            if has(others, fill.order, BY_TAKE_PROFIT):
                return True
            if entered(run, bar, these, fill.order) and not has(others, fill.order, BY_STOP_LOSS):
                return True
    for fill in others:
        if fill.reason == BY_TAKE_PROFIT and not has(these, fill.order, BY_TAKE_PROFIT) and entered(run, bar, others, fill.order):
            return True
    return False


@inner
def choose(run, bar, open_, high, low, close):
    """1 where the high is taken first, 0 where the low is. Everything is left as it was found.

    An open that is the high or the low has that extreme behind it: there is one path.
    """
    nearer_high = 1 if adaptive(open_, high, low) else 0
    if min(high - open_, open_ - low) <= 0.0 or touched(run, bar, open_, high, low) < 2:
        return nearer_high
    kept = keep(run)
    low_fills, low_worth = rehearse(run, bar, 0, open_, high, low, close)
    put_back(run, kept, open_)
    high_fills, high_worth = rehearse(run, bar, 1, open_, high, low, close)
    put_back(run, kept, open_)
    if same_fills(low_fills, high_fills):
        return nearer_high
    for_low, for_high = is_called_for(run, bar, low_fills, high_fills), is_called_for(run, bar, high_fills, low_fills)
    if for_low != for_high:
        return 1 if for_high else 0
    if abs(low_worth - high_worth) <= ROUNDING * (abs(low_worth) + abs(high_worth)):
        return nearer_high
    return 1 if high_worth < low_worth else 0
