"""Whether the tables have room for what may come next: they grow between calls only, never under somebody's hands."""

from __future__ import annotations

from btlab.execution.choice import choices_fit
from btlab.execution.holding import sibling
from btlab.execution.orders import CHANGES_AN_ORDER
from btlab.market.codes import FILLS_AN_ORDER, TRADES_AN_ORDER
from btlab.market.jit import inner

ROOM = 4096  # orders and marks that a strategy may leave in one call
SPARE = 16


@inner
def open_rows(run):
    """(working orders, open lots) of all symbols."""
    if run.symbols <= 1:
        return run.working, run.lots
    working, lots = 0, 0
    for symbol in range(run.symbols):
        other = sibling(run, symbol)
        working, lots = working + other.working, lots + other.lots
    return working, lots


@inner
def has_room(run):
    """Before a strategy is called: for 4,096 orders, each changed, filled at once and closed."""
    if run.symbols > 1 and has_room_for(run, run.orders, run.trades):  # no more can be open, and to count them reads every symbol
        return True
    return has_room_for(run, *open_rows(run))


@inner
def has_room_for(run, working, lots):
    """The same where so many orders and lots are open."""
    changes = run.changes + CHANGES_AN_ORDER * (working + ROOM) + ROOM
    return (
        run.orders + ROOM <= run.order_room
        and run.marks + ROOM <= run.mark_room
        and changes <= run.change_room
        and run.fills + lots + ROOM <= FILLS_AN_ORDER * run.order_room
        and run.trades + 2 * (lots + ROOM) <= TRADES_AN_ORDER * run.order_room
    )


@inner
def has_space(run):
    """Before a tick is met: for a fill of all that works and of what that opens, each in parts."""
    working, lots = open_rows(run)
    acts = 2 * working + lots + SPARE
    return (
        run.fills + acts <= FILLS_AN_ORDER * run.order_room
        and run.trades + 2 * acts <= TRADES_AN_ORDER * run.order_room
        and run.changes + CHANGES_AN_ORDER * acts <= run.change_room
        and run.marks + SPARE <= run.mark_room
        and choices_fit(run)
    )
