"""The short way for the ticks of several symbols: those at which nothing can happen but that they are told, one after the other.

What holds for all of them until something changes is asked once, before the first: who may fill at all, until when, and what the
account is. So each symbol has the account in its hands already when its tick comes, but for the time; to let it travel from
symbol to symbol took a third of the time of a tick.
"""

from __future__ import annotations

import numpy as np

from btlab.engine.clock import FAR
from btlab.engine.merging import horizon, is_still, take_quietly
from btlab.engine.room import has_room
from btlab.engine.tournament import REACH, first_after, first_of, key_of, player_of, wait_of
from btlab.execution.holding import hold, sibling
from btlab.execution.triggers import find_triggers
from btlab.market.columns import time_at
from btlab.market.jit import inner


@inner
def tell_merged(first, on_tick, strategy):
    """Tell ticks until a bar ends or something might happen."""
    if not has_room(sibling(first, first.holder)):
        return
    keys, losers = np.empty(first.symbols, np.int64), np.empty(first.symbols, np.int64)
    end, begin = horizon(first), FAR
    for symbol in range(first.symbols):
        run = sibling(first, symbol)
        hold(run)
        begin = min(begin, next_time(run))
        end = min(end, quiet_until(run))
    end = min(end - begin, REACH)
    for symbol in range(first.symbols):
        keys[symbol] = key_of(next_time(sibling(first, symbol)) - begin, symbol)
    run = sibling(first, first.holder)
    changes, marks, fills = run.changes, run.marks, run.fills
    key = first_of(keys, losers)
    while first.stop == 0 and wait_of(key) < end:
        symbol = player_of(key)
        run = sibling(first, symbol)
        if not take_quietly(run, begin + wait_of(key)):
            return
        first.holder = first.active = first.acting = symbol
        on_tick(strategy, run.address)
        if first.holder != symbol or run.changes != changes or run.marks != marks or run.fills != fills:
            return
        key = first_after(losers, key_of(next_time(run) - begin, symbol))


@inner
def next_time(run):
    """When the next tick of a symbol comes; FAR where none does."""
    return time_at(run, run.tick) if run.tick < run.ticks and run.tick < run.until else FAR


@inner
def quiet_until(run):
    """The time before which four prices that stand still say whether anything of a symbol may fill, and no order ends."""
    if run.stale or run.wake <= run.tick:
        find_triggers(run)
    if not is_still(run):
        return next_time(run)
    wakes = time_at(run, run.wake) if run.wake < run.ticks else FAR
    return min(wakes, run.next_expiry)
