"""Placing an order, which fills inside the call that places it where `Execution(fill="current")` says so."""

from __future__ import annotations

from btlab.execution.filling import all_there, fill_order
from btlab.execution.orders import submit
from btlab.execution.quotes import quote_at, sizes_at, spread_at
from btlab.market.codes import CLOSE, MARKET, WORKING
from btlab.market.jit import inner
from btlab.market.memory import lots_of, orders_of, trades_of


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
def see_sizes(run):
    """Let the sizes be those of the last tick taken, which a run need not have looked at; returns its spread."""
    if run.sizes:
        run.buy_quoted, run.sell_quoted = sizes_at(run, run.taken)
    return spread_at(run, run.taken)
