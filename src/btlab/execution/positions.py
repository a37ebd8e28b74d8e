"""Open positions by the id of the order that opened them, and what closed trades say of the next one's size."""

from __future__ import annotations

from btlab.execution.grid import nearest_lots
from btlab.execution.holding import hold
from btlab.execution.ledger import lot_profit
from btlab.market.jit import inner, kernel
from btlab.market.memory import lots_of, orders_of, trades_of


@kernel
def position_id(run, number):
    """The id of an open position by its number, from 0; 0 where there are not so many."""
    found = 0
    for at in range(run.lots):
        if is_first(run, at):
            if found == number:
                return trades_of(run)[lots_of(run)[at]].entry_order
            found += 1
    return 0


@kernel
def count_positions(run):
    """How many positions are open."""
    found = 0
    for at in range(run.lots):
        found += is_first(run, at)
    return found


@inner
def is_first(run, at):
    """Whether a lot is the oldest of its position; between two parts of one, other orders may have opened theirs."""
    trades, lots = trades_of(run), lots_of(run)
    order = trades[lots[at]].entry_order
    if orders_of(run)[order - 1].fills > 1:
        for older in range(at):
            if trades[lots[older]].entry_order == order:
                return False
    return True


@kernel
def position_size(run, order):
    """Signed units of a position; 0 where it is not open."""
    trades, lots, size = trades_of(run), lots_of(run), 0.0
    for at in range(run.lots):
        lot = trades[lots[at]]
        if lot.entry_order == order:
            size += lot.side * lot.size
    return nearest_lots(run, size)


@kernel
def position_profit(run, order):
    """Gross open profit of a position."""
    trades, lots, profit = trades_of(run), lots_of(run), 0.0
    for at in range(run.lots):
        lot = trades[lots[at]]
        if lot.entry_order == order:
            profit += lot_profit(run, lot)
    return profit


@kernel
def kelly(run, least):
    """Kelly's fraction of the closed trades so far: W - (1 - W) / R; 0 before `least` are closed, or where they lost.

    W is the share of trades that won, R the mean win over the mean loss, after all costs (J. L. Kelly, A New Interpretation of
    Information Rate, 1956). Where nothing was lost so far it is W.
    """
    hold(run)
    count = run.won + run.lost
    if count < least or run.won == 0:
        return 0.0
    share = run.won / count
    if run.lost == 0 or run.loss == 0.0:
        return share
    ratio = (run.gain / run.won) / (run.loss / run.lost)
    return max(0.0, share - (1.0 - share) / ratio)
