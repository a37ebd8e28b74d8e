"""Whose tick comes next, of several symbols: the earliest, ties by the order of names, or the earliest that reaches anything."""

from __future__ import annotations

from btlab.engine.clock import FAR, minute_at, price_of, take_price, volume_of
from btlab.engine.meeting import begin_tick, first_reaching, open_bar
from btlab.execution.calls import expire
from btlab.execution.holding import hold, sibling
from btlab.execution.margin import lots_of_all
from btlab.execution.quotes import see, see_last
from btlab.execution.triggers import find_triggers, reached
from btlab.market.columns import time_at
from btlab.market.jit import inner
from btlab.market.memory import float_at, forming_of, integer_at, integers_at, prefetch
from btlab.market.records import MET, TAKE

A_LINE = 8  # numbers in a line of memory


@inner
def next_told(first):
    """The symbol whose tick comes next before a bar ends; -1 where none does."""
    found, earliest, expiry = -1, horizon(first), FAR
    for symbol in range(first.symbols):
        run = sibling(first, symbol)
        expiry = min(expiry, run.next_expiry)
        if run.tick < run.ticks and run.tick < run.until:
            time = time_at(run, run.tick)
            if time < earliest:
                found, earliest = symbol, time
    if found >= 0 and expiry <= earliest:
        expire_all(first, earliest)
    return found


@inner
def next_reaching(first):
    """The symbol whose tick is the next that reaches a trigger before a bar ends, all symbols brought up to it; -1: none does."""
    end, found, earliest = horizon(first), -1, FAR
    every = first.margin_rules and lots_of_all(first) > 0
    if not every:
        sibling(first, first.holder).called = 0
    for symbol in range(first.symbols):
        run = sibling(first, symbol)
        if run.stale or run.wake <= run.tick:
            find_triggers(run)
            run.scan, run.scan_minute = run.tick, run.minute
        if every:
            run.scan, run.scan_minute = run.tick, run.minute
        if search(run, end, every) and time_at(run, run.scan) < earliest:
            found, earliest = symbol, time_at(run, run.scan)
    for symbol in range(first.symbols):
        run = sibling(first, symbol)
        last = run.scan
        if found >= 0 and symbol != found:
            times = integers_at(run.time_at, run.ticks)
            while last > run.tick and (times[last - 1] > earliest or (times[last - 1] == earliest and symbol > found)):
                last -= 1
        pass_to(run, last)
    if found >= 0:
        expire_all(first, earliest)
    return found


@inner
def horizon(first):
    """When a bar of any symbol ends next, or a day: no tick from there on comes before that is told, or paid for."""
    end = first.next_day if first.watches_equity else FAR
    for symbol in range(first.symbols):
        run = sibling(first, symbol)
        end = min(end, run.next_end)
        if run.dusk < run.dusks:
            end = min(end, integer_at(run.dusk_at, run.dusk))
    return end


@inner
def search(run, end, every):
    """Let a symbol's search run on to the first tick before `end` that reaches a trigger; False where there is none."""
    while run.scan < run.ticks and run.scan < run.until and time_at(run, run.scan) < end:
        following = minute_at(run, run.scan_minute + 1)
        if run.scan >= following:
            run.scan_minute += 1
            continue
        if run.scan == run.wake or every:
            return True
        last = min(following, run.wake, run.until)
        run.scan, looked = first_reaching(run, run.scan_minute, run.scan, last)
        run.looked += looked
        if run.scan < last:
            return True
    return False


@inner
def pass_to(run, tick):
    """Take all ticks of a symbol before this one: none of them reaches anything."""
    if tick > run.tick:
        see_last(run, run.tick, tick)
        run.taken, run.tick = tick - 1, tick
        follow(run)
    run.next_order_tick = run.tick


@inner
def follow(run):
    """Let the minute be that of the next tick."""
    while run.minute + 1 < run.minutes and minute_at(run, run.minute + 1) <= run.tick:
        run.minute += 1


@inner
def begin(run):
    """A tick, or a bar, comes that orders may meet."""
    if run.on_bars:
        run.now = time_at(run, run.tick)
        if run.next_expiry <= run.now:
            expire(run)
        if run.stale or run.wake <= run.tick:
            find_triggers(run)
        if open_bar(run):
            run.looked += 1
            run.phase = MET
        else:
            run.phase = TAKE
    else:
        if run.stale or run.wake <= run.tick:
            find_triggers(run)
        begin_tick(run)


@inner
def tell_quietly(run):
    """Take a tick at which nothing can happen but that it is told; False, and nothing done, where something can."""
    if not run.every_tick or run.on_bars or run.wake <= run.tick or not is_still(run):
        return False
    now = time_at(run, run.tick)
    return run.next_expiry > now and take_quietly(run, now)


@inner
def is_still(run):
    """Whether four prices that stand still say what may fill."""
    return not (run.stale or run.urgent or run.careful or run.widen > 0.0 or (run.margin_rules and lots_of_all(run) > 0))


@inner
def take_quietly(run, now):
    """See and take the next tick; False, and nothing done, where it reaches a trigger."""
    tick = run.tick
    for column in (run.time_at, run.bid_at, run.ask_at):
        prefetch(column + 8 * (tick + A_LINE))
    bid, ask = float_at(run.bid_at, tick), float_at(run.ask_at, tick)
    sell, buy = (ask, bid) if ask < bid else (bid, ask)
    if reached(run, buy, sell):
        return False
    run.now = now
    if bid == bid and ask == ask:
        run.bid, run.ask, run.sell_at, run.buy_at = bid, ask, sell, buy
    else:
        see(run, bid, ask)
    value = price_of(run, bid, ask)
    if value == value:
        take_price(forming_of(run)[run.base], value, volume_of(run, tick))
    run.taken, run.tick, run.next_order_tick = tick, tick + 1, tick + 1
    follow(run)
    return True


@inner
def expire_all(first, now):
    """End the orders of all symbols whose time is over, the earliest first."""
    while True:
        due = FAR
        for symbol in range(first.symbols):
            due = min(due, sibling(first, symbol).next_expiry)
        if due > now or due == FAR:
            return
        for symbol in range(first.symbols):
            run = sibling(first, symbol)
            if run.next_expiry <= due:
                hold(run)
                run.now = due
                expire(run)
                run.now = now
