"""How working orders meet a bar of which only open, high, low and close are known.

Only the open is a jump (`matching.meet` takes it). From there the price moves continuously over open, first extreme, second
extreme, close, so a level inside fills at its price. Which extreme comes first nobody knows: where the two paths give
different fills, the pessimistic one is taken (`choose`): a stop before a target, an entry before its own stop, an entry and
its target not in one bar, and in all else the lower equity at the bar's close.
"""

from __future__ import annotations

import numpy as np

from btlab.execution.ledger import book, equity
from btlab.execution.matching import LIMITS, NEVER, STOP_LOSSES, STOPS, TAKE_PROFITS, settle, slipped
from btlab.market.jit import inner
from btlab.market.memory import fills_of, lots_of, orders_of, trades_of, working_of
from btlab.market.records import BY_LIMIT, BY_STOP, BY_STOP_LOSS, BY_TAKE_PROFIT, CLOSE, LIMIT, MARKET, NONE, WORKING

SAME = 1e-12  # two distances along a path that differ by less are one place


@inner
def adaptive(open_, high, low):
    """True where the high is nearer to the open than the low; a tie goes to the low."""
    return high - open_ < open_ - low


@inner
def vertex(high_first, leg, open_, high, low, close):
    """The bid at the end of a leg of the path."""
    if leg == 0:
        return open_
    if leg == 3:
        return close
    return high if (leg == 1) == (high_first != 0) else low


@inner
def distance(bid, target, level, rises, spread, buys):
    """How far the bid must go from `bid` towards `target` until `level` acts; -1 where it does not on this leg."""
    wanted = level - spread if buys else level
    if (rises and bid >= wanted) or (not rises and bid <= wanted):
        return 0.0
    if rises:
        return wanted - bid if target >= wanted else -1.0
    return bid - wanted if target <= wanted else -1.0


@inner
def nearer(away, rank, best_away, best_rank):
    return away >= 0.0 and (away < best_away - SAME or (away <= best_away + SAME and rank < best_rank))


@inner
def meet_leg(run, bar, target):
    """Fill the next order that acts on the way from `run.path_at` to `target`. True when one filled; False at the leg's end."""
    orders, working, trades, lots = orders_of(run), working_of(run), trades_of(run), lots_of(run)
    spread = run.bar_spread
    while True:
        bid, best_away, best, chosen, is_lot = run.path_at, np.inf, NEVER, NONE, False
        for position in range(run.lots):
            lot = trades[lots[position]]
            long = lot.side > 0
            if lot.stop_loss == lot.stop_loss:
                away, rank = distance(bid, target, lot.stop_loss, not long, spread, not long), STOP_LOSSES + lot.entry_order
                if nearer(away, rank, best_away, best):
                    best_away, best, chosen, is_lot = away, rank, position, True
            if lot.take_profit == lot.take_profit:
                away, rank = distance(bid, target, lot.take_profit, long, spread, not long), TAKE_PROFITS + lot.entry_order
                if nearer(away, rank, best_away, best):
                    best_away, best, chosen, is_lot = away, rank, position, True
        for position in range(run.working):
            row = working[position]
            order = orders[row]
            if order.kind == MARKET or order.kind == CLOSE or bar < order.from_tick or order.state != WORKING:
                continue
            rises = (order.side > 0) == (order.kind != LIMIT)
            rank = (LIMITS if order.kind == LIMIT else STOPS) + row + 1
            away = distance(bid, target, order.level, rises, spread, order.side > 0)
            if nearer(away, rank, best_away, best):
                best_away, best, chosen, is_lot = away, rank, row, False
        if best == NEVER:
            run.path_at = target
            return False
        if best_away > 0.0:
            run.path_at = bid + best_away if target > bid else bid - best_away
        run.sell_at, run.buy_at = run.path_at, run.path_at + spread
        if is_lot:
            fill_bracket(run, chosen, best < STOPS, bar, best_away)
            return True
        order = orders[chosen]
        quote = order.level if best_away > 0.0 else (run.buy_at if order.side > 0 else run.sell_at)
        if order.kind == LIMIT:
            if settle(run, chosen, order.side, bar, quote, 0.0, BY_LIMIT):
                return True
        else:
            price = slipped(run, order.side, quote, spread)
            if settle(run, chosen, order.side, bar, price, abs(price - quote), BY_STOP):
                return True


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
    count, spread = 0, run.bar_spread
    trades, lots, orders, working = trades_of(run), lots_of(run), orders_of(run), working_of(run)
    for position in range(run.lots):
        lot = trades[lots[position]]
        shift = 0.0 if lot.side > 0 else spread
        count += low <= lot.stop_loss - shift <= high or (lot.stop_loss - shift - open_) * lot.side > 0.0
        count += low <= lot.take_profit - shift <= high or (open_ - lot.take_profit + shift) * lot.side > 0.0
    for position in range(run.working):
        order = orders[working[position]]
        if bar >= order.from_tick:
            shift = spread if order.side > 0 else 0.0
            count += 2 * (low <= order.level - shift <= high)
    return count


@inner
def rehearse(run, bar, high_first, open_, high, low, close):
    """Take a path without telling anyone. Returns (stop losses, entries that met their target, equity at the close)."""
    run.high_first, run.path_at = high_first, open_
    begin, trade_rows = run.fills, run.trades
    for leg in range(1, 4):
        run.leg = leg
        target = vertex(high_first, leg, open_, high, low, close)
        while meet_leg(run, bar, target):
            pass
    stops, quick = 0, 0
    for row in range(begin, run.fills):
        stops += fills_of(run)[row].reason == BY_STOP_LOSS
    for row in range(run.trades):
        trade = trades_of(run)[row]
        quick += row >= trade_rows and trade.reason == BY_TAKE_PROFIT and trade.entry_tick == bar and trade.exit_tick == bar
    run.sell_at, run.buy_at = close, close + run.bar_spread
    return stops, quick, equity(run)


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
def choose(run, bar, open_, high, low, close):
    """1 where the high is taken first, 0 where the low is. Everything is left as it was found."""
    nearer_high = 1 if adaptive(open_, high, low) else 0
    if touched(run, bar, open_, high, low) < 2:
        return nearer_high
    orders, trades = orders_of(run), trades_of(run)
    working, lots = working_of(run)[: run.working].copy(), lots_of(run)[: run.lots].copy()
    kept_orders, kept_trades = orders[working].copy(), trades[lots].copy()
    kept = np.array(
        [run.balance, run.position, run.cost, run.sell_at, run.buy_at, run.path_at, run.fill_price, run.fill_size]
    )
    counts = np.array([run.working, run.fills, run.trades, run.lots, run.leg, run.high_first, run.fill_order, run.fill_reason])
    outcomes = np.empty((2, 3))
    first = fills_of(run)[0:0].copy()
    alike = False
    for high_first in range(2):
        stops, quick, worth = rehearse(run, bar, high_first, open_, high, low, close)
        outcomes[high_first, 0], outcomes[high_first, 1], outcomes[high_first, 2] = stops, quick, worth
        fills = fills_of(run)[counts[1] : run.fills].copy()
        if high_first == 0:
            first = fills
        else:
            alike = same_fills(first, fills)
        for position in range(working.shape[0]):
            orders[working[position]] = kept_orders[position]
            working_of(run)[position] = working[position]
        for position in range(lots.shape[0]):
            trades[lots[position]] = kept_trades[position]
            lots_of(run)[position] = lots[position]
        run.balance, run.position, run.cost, run.sell_at, run.buy_at = kept[0], kept[1], kept[2], kept[3], kept[4]
        run.path_at, run.fill_price, run.fill_size = kept[5], kept[6], kept[7]
        run.working, run.fills, run.trades, run.lots, run.leg = counts[0], counts[1], counts[2], counts[3], counts[4]
        run.high_first, run.fill_order, run.fill_reason, run.stale = counts[5], counts[6], counts[7], 1
    if alike:
        return nearer_high
    low_path, high_path = outcomes[0], outcomes[1]
    if low_path[0] != high_path[0]:
        return 1 if high_path[0] > low_path[0] else 0
    if low_path[1] != high_path[1]:
        return 1 if high_path[1] < low_path[1] else 0
    if low_path[2] != high_path[2]:
        return 1 if high_path[2] < low_path[2] else 0
    return nearer_high
