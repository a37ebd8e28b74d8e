"""What a fill does to lots and money. Lots close first in, first out; a bracket closes the lot it belongs to.

Money is kept as `balance` = starting cash + gross profit of what is closed - all commission, and `cost` = what the open lots
were entered for. Then equity = balance + open profit and cash = balance - cost: small numbers, so identities hold to 1e-8.
"""

from __future__ import annotations

import numpy as np

from btlab.execution.orders import nearest_lots
from btlab.market.jit import inner, kernel
from btlab.market.memory import fills_of, lots_of, orders_of, trades_of


@inner
def closing_price(run, side):
    """What one would get for a long, or pay for a short, at the last quotes."""
    return run.sell_at if side > 0 else run.buy_at


@kernel
def open_profit(run):
    """Gross profit of the open lots, valued at the side they would be closed at; 0 when flat or where it was never seen."""
    quote = closing_price(run, run.position)
    if run.position == 0.0 or quote != quote:
        return 0.0
    return run.position * quote * run.contract_size - run.cost


@kernel
def equity(run):
    """Starting cash + everything won and lost, open or closed."""
    return run.balance + open_profit(run)


@inner
def commission_of(run, size, price):
    """Money for one fill."""
    return run.commission_fill + run.commission_unit * size + run.commission_share * size * price * run.contract_size


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
        trades[row].commission -= trades[part].commission
        trades[row].slippage -= trades[part].slippage
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
    trade.gross = trade.side * (price - trade.entry_price) * size * run.contract_size
    trade.reason = reason
    trade.exit_leg = run.leg + 4 * run.high_first + 8 * run.step
    run.balance += trade.gross


@inner
def open_lot(run, order_row, side, size, tick, price, commission, slippage):
    """A new lot at the end of the list, with its order's bracket."""
    row, order = new_trade(run), orders_of(run)[order_row]
    trade = trades_of(run)[row]
    trade.parent, trade.side, trade.size, trade.entry_order = 0, side, size, order_row + 1
    trade.entry_time, trade.entry_tick, trade.entry_price = run.now, tick, price
    trade.exit_time, trade.exit_tick, trade.exit_price, trade.gross, trade.reason = 0, -1, np.nan, 0.0, -1
    trade.commission, trade.slippage, trade.tag = commission, slippage, order.tag
    trade.entry_leg, trade.exit_leg = run.leg + 4 * run.high_first + 8 * run.step, 0
    trade.stop_loss, trade.take_profit = order.stop_loss, order.take_profit
    trade.first_stop_loss, trade.first_take_profit = order.stop_loss, order.take_profit
    trade.stop_loss_from = trade.take_profit_from = 0
    lots_of(run)[run.lots] = row
    run.lots += 1


@inner
def book(run, order_row, lot, side, size, tick, price, slippage, reason):
    """Book a fill: close lots against it (the one at `lot`, or first in, first out where lot < 0), open the rest.

    Args:
        slippage: money lost against the quote; it is in the price already.
    """
    commission = commission_of(run, size, price)
    run.balance -= commission
    left = size
    while left > 0.0 and run.lots > 0 and trades_of(run)[lots_of(run)[max(lot, 0)]].side != side:
        part = min(left, trades_of(run)[lots_of(run)[max(lot, 0)]].size)
        share = part / size
        close_lot(run, max(lot, 0), part, tick, price, commission * share, slippage * share, reason)
        left = nearest_lots(run, left - part)
    if left > 0.0:
        share = left / size
        open_lot(run, order_row, side, left, tick, price, commission * share, slippage * share)
    sum_lots(run)
    fill = fills_of(run)[run.fills]
    fill.order, fill.time, fill.tick, fill.side, fill.size, fill.price = order_row + 1, run.now, tick, side, size, price
    fill.commission, fill.slippage, fill.reason = commission, slippage, reason
    fill.sell_at, fill.buy_at = run.sell_at, run.buy_at
    fill.balance, fill.position, fill.cost = run.balance, run.position, run.cost
    run.fills += 1
    run.fill_order, run.fill_reason, run.fill_price, run.fill_size = order_row + 1, reason, price, size
    run.stale = 1


@inner
def sum_lots(run):
    """Position and cost anew from the lots, so that neither drifts."""
    trades, lots, position, cost = trades_of(run), lots_of(run), 0.0, 0.0
    for k in range(run.lots):
        lot = trades[lots[k]]
        position += lot.side * lot.size
        cost += lot.side * lot.size * lot.entry_price * run.contract_size
    run.position, run.cost = (nearest_lots(run, position), cost) if run.lots else (0.0, 0.0)
