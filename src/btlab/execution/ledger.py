"""What a fill does to lots and money. Netted lots close first in, first out; a bracket closes the lot it belongs to.

Money is kept as `balance` = starting cash + gross profit of what is closed - all commission and financing, and `cost` = what
the open lots were entered for. Then equity = balance + open profit and cash = balance - cost: small numbers, so identities
hold to 1e-8.
"""

from __future__ import annotations

import numpy as np

from btlab.execution.charges import commission_of
from btlab.execution.grid import nearest_lots
from btlab.execution.holding import hold, money, rate_of, sibling
from btlab.market.codes import MET, WALK
from btlab.market.jit import inner, kernel
from btlab.market.memory import fills_of, lots_of, orders_of, run_at, trades_of


@inner
def closing_price(run, side):
    """What one would get for a long, or pay for a short, at the last quotes."""
    return run.sell_at if side > 0 else run.buy_at


@kernel
def open_profit(run):
    """Gross profit of the open lots, valued at the side they would be closed at; 0 when flat or where it was never seen."""
    if run.hedging:
        return hedged_profit(run)
    quote = closing_price(run, run.position)
    if run.position == 0.0 or quote != quote:
        return 0.0
    return (run.position * quote * run.contract_size - run.cost) * rate_of(run)


@inner
def hedged_profit(run):
    """The same of positions on both sides; those whose closing side was never seen count nothing."""
    trades, lots, profit = trades_of(run), lots_of(run), 0.0
    for position in range(run.lots):
        profit += lot_profit(run, trades[lots[position]])
    return profit


@inner
def lot_profit(run, lot):
    """Gross profit of one open lot; 0 where its closing side was never seen."""
    quote = closing_price(run, lot.side)
    return lot.side * money(run, quote - lot.entry_price, lot.size) if quote == quote else 0.0


@kernel
def equity(run):
    """Starting cash + everything won and lost, open or closed, with all symbols."""
    hold(run)
    if run.symbols <= 1:
        return run.balance + open_profit(run)
    total = run.balance
    for symbol in range(run.symbols):
        total += open_profit(sibling(run, symbol))
    return total


@kernel
def cash(run):
    """The equity without what the open lots are worth."""
    hold(run)
    if run.symbols <= 1 and run.legs == 0:
        return run.balance - run.cost
    total = run.balance
    for symbol in range(max(run.symbols, 1)):
        other = sibling(run, symbol)
        if other.lots > 0:
            total -= other.cost * rate_of(other)
    return total


@inner
def worth(run):
    """What the open lots of a symbol are worth at the quotes that would close them, both sides of a hedge counted.

    A lot whose closing side was never quoted is worth what was paid for it.
    """
    if run.lots == 0:
        return 0.0
    trades, lots, total = trades_of(run), lots_of(run), 0.0
    for position in range(run.lots):
        lot = trades[lots[position]]
        quote = closing_price(run, lot.side)
        total += money(run, quote if quote == quote else lot.entry_price, lot.size)
    return total


@inner
def worth_of_others(run):
    total = 0.0
    for symbol in range(run.symbols):
        if symbol != run.symbol:
            total += worth(sibling(run, symbol))
    return total


@inner
def new_trade(run):
    """A row of the trade table; its id is the row + 1."""
    row = run.trades
    run.trades = row + 1
    return row


@inner
def close_lot(run, position, size, tick, price, commission, slippage, reason):
    """Close `size` of the lot at `position` of the list; a part becomes a row of its own and leaves the rest."""
    trades, lots = trades_of(run), lots_of(run)
    row = lots[position]
    rest = nearest_lots(run, trades[row].size - size)
    if rest > 0.0:
        part = new_trade(run)
        trades[part] = trades[row]
        share = size / trades[row].size
        trades[part].parent = row + 1
        trades[part].commission, trades[part].slippage = trades[row].commission * share, trades[row].slippage * share
        trades[part].financing = trades[row].financing * share
        trades[row].commission -= trades[part].commission
        trades[row].slippage -= trades[part].slippage
        trades[row].financing -= trades[part].financing
        trades[row].size = rest
        row = part
    else:
        for later in range(position, run.lots - 1):
            lots[later] = lots[later + 1]
        run.lots -= 1
    trade = trades[row]
    trade.size, trade.exit_time, trade.exit_tick, trade.exit_price = size, run.now, tick, price
    trade.commission += commission
    trade.slippage += slippage
    trade.gross = trade.side * money(run, price - trade.entry_price, size)
    trade.reason, trade.rate = reason, rate_of(run)
    trade.exit_leg = run.leg + 4 * run.high_first + 8 * run.step
    run.balance += trade.gross
    net = trade.gross - trade.commission - trade.financing
    if net > 0.0:
        run.won, run.gain = run.won + 1, run.gain + net
    else:
        run.lost, run.loss = run.lost + 1, run.loss - net


@inner
def open_lot(run, order_row, side, size, tick, price, commission, slippage):
    """A new lot at the end of the list, with its order's bracket."""
    row, order = new_trade(run), orders_of(run)[order_row]
    trade = trades_of(run)[row]
    trade.parent, trade.side, trade.size, trade.entry_order = 0, side, size, order_row + 1
    trade.entry_time, trade.entry_tick, trade.entry_price = run.now, tick, price
    trade.exit_time, trade.exit_tick, trade.exit_price, trade.gross, trade.reason = 0, -1, np.nan, 0.0, -1
    trade.rate = np.nan
    trade.commission, trade.slippage, trade.financing, trade.tag = commission, slippage, 0.0, order.tag
    trade.entry_leg, trade.exit_leg = run.leg + 4 * run.high_first + 8 * run.step, 0
    trade.stop_loss, trade.take_profit = order.stop_loss, order.take_profit
    trade.first_stop_loss, trade.first_take_profit = order.stop_loss, order.take_profit
    trade.stop_loss_from, trade.take_profit_from, trade.acts_from = 0, 0, tick
    trade.trailing, trade.trailing_percent, trade.best, trade.leaving = order.trailing, order.trailing_percent, np.nan, 0
    trade.closing, trade.closed_by = 0.0, 0
    trade.entry_quote = closing_price(run, side)
    if run.on_bars:  # else the tick it met leads it, once all orders have met that
        trade.best = closing_price(run, side)
    lots_of(run)[run.lots] = row
    run.lots += 1


@inner
def book(run, order_row, lot, side, size, tick, price, slippage, maker, reason):
    """Book a fill: close lots against it (the one at `lot`, or first in, first out where lot < 0), open the rest.

    Where positions are hedged, a fill closes the lot at `lot` or opens one.

    Args:
        slippage: money lost against the quote; it is in the price already. maker: it waited for its price as a limit.
    """
    before, commission = run.balance, commission_of(run, size, price, maker)
    run.balance -= commission
    left, at = size, max(lot, 0)
    while left > 0.0 and run.lots > at and (lot >= 0 or not run.hedging) and trades_of(run)[lots_of(run)[at]].side != side:
        part = min(left, trades_of(run)[lots_of(run)[at]].size)
        share = part / size
        close_lot(run, at, part, tick, price, commission * share, slippage * share, reason)
        left = nearest_lots(run, left - part)
        if lot >= 0:
            break
    if left > 0.0:
        share = left / size
        open_lot(run, order_row, side, left, tick, price, commission * share, slippage * share)
    sum_lots(run)
    run.traded += money(run, price, size)
    orders_of(run)[order_row].fills += 1
    fill = fills_of(run)[run.fills]
    fill.order, fill.time, fill.tick, fill.side, fill.size, fill.price = order_row + 1, run.now, tick, side, size, price
    fill.commission, fill.slippage, fill.reason = commission, slippage, reason
    fill.sell_at, fill.buy_at = run.sell_at, run.buy_at
    fill.booked = run.balance - before
    fill.acting, fill.acting_tick = acting(run)
    fill.acting_sell, fill.acting_buy = np.nan, np.nan
    if fill.acting >= 0:
        other = sibling(run, fill.acting)
        fill.acting_sell, fill.acting_buy = other.sell_at, other.buy_at
    fill.balance, fill.position, fill.cost, fill.short = run.balance, run.position, run.cost, run.short
    run.fills += 1
    run.fill_order, run.fill_reason, run.fill_price, run.fill_size = order_row + 1, reason, price, size
    run.stale = 1
    if run.watches_equity:
        run.peak = max(run.peak, equity(run))


@inner
def acting(run):
    """(the symbol whose tick is being met or told, that tick); -1 at closes, which come with none."""
    first = run_at(run.runs_at)
    if first.stage == MET:
        return first.acting, sibling(run, first.acting).tick
    return (first.acting, sibling(run, first.acting).taken) if first.stage == WALK else (-1, -1)


@inner
def sum_lots(run):
    """Position and cost anew from the lots, so that neither drifts."""
    trades, lots, position, cost, short = trades_of(run), lots_of(run), 0.0, 0.0, 0.0
    for k in range(run.lots):
        lot = trades[lots[k]]
        position += lot.side * lot.size
        cost += lot.side * lot.size * lot.entry_price * run.contract_size
        if lot.side < 0:
            short += lot.size
    run.position, run.cost, run.short = 0.0, 0.0, 0.0
    if run.lots:
        run.position, run.cost, run.short = nearest_lots(run, position), cost, nearest_lots(run, short)
