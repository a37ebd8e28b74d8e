"""Whose tick comes next, of several symbols: the earliest, ties by the order of names, or the earliest that reaches anything."""

from __future__ import annotations

import numpy as np

from btlab.engine.clock import FAR, minute_at, price_of, take_price, volume_of
from btlab.engine.meeting import begin_tick, first_reaching, open_bar
from btlab.execution.calls import expire
from btlab.execution.holding import hold, sibling
from btlab.execution.margin import lots_of_all
from btlab.execution.quotes import range_at, see, see_both, see_last
from btlab.execution.triggers import find_triggers, reached
from btlab.market.codes import MET, TAKE
from btlab.market.columns import time_at
from btlab.market.jit import inner
from btlab.market.memory import float_at, forming_of, integer_at, prefetch

MINUTE = np.int64(60_000_000)
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
    if found >= 0:
        call_for(first, earliest)
    for symbol in range(first.symbols):
        run = sibling(first, symbol)
        pass_to(run, first_not_before(run, earliest, symbol < found) if found >= 0 and symbol != found else run.scan)
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
    whole_minutes = end % MINUTE == 0
    while run.scan < run.ticks and run.scan < run.until:
        following = minute_at(run, run.scan_minute + 1)
        if run.scan >= following:
            run.scan_minute += 1
            continue
        if (integer_at(run.minute_start_at, run.scan_minute) if whole_minutes else time_at(run, run.scan)) >= end:
            return False
        if run.scan == run.wake or every:
            return True
        last = min(following, run.wake, run.until)
        run.scan, looked = first_reaching(run, run.scan_minute, run.scan, last)
        run.looked += looked
        if run.scan < last:
            return True
    return False


@inner
def first_not_before(run, time, or_at):
    """The first of the ticks searched that comes at a time, or later; with `or_at` the first that comes later.

    It is looked for around where it lies if the minute's ticks come evenly: halving all of them reads six far lines of memory.
    """
    low, high, step = run.tick, max(run.scan, run.tick), A_LINE
    if low == high:
        return low
    guess = min(max(place_of(run, time), low), high - 1)
    if is_before(run, guess, time, or_at):
        low = guess + 1
        while low + step < high and is_before(run, low + step, time, or_at):
            low, step = low + step + 1, 2 * step
        high = min(high, low + step)
    else:
        high = guess
        while high - step > low and not is_before(run, high - step, time, or_at):
            high, step = high - step, 2 * step
        low = max(low, high - step)
    while low < high:
        middle = (low + high) // 2
        if is_before(run, middle, time, or_at):
            low = middle + 1
        else:
            high = middle
    return low


@inner
def place_of(run, time):
    """The tick of the running minute that would come at a time if its ticks came evenly."""
    begin, since = minute_at(run, run.minute), time - integer_at(run.minute_start_at, run.minute)
    return begin + since * (minute_at(run, run.minute + 1) - begin) // MINUTE


@inner
def call_for(first, time):
    """Let the ticks of all symbols that come around a time be on their way from memory: each took 100 ns, one after the other."""
    for symbol in range(first.symbols):
        run = sibling(first, symbol)
        guess = min(max(place_of(run, time), 0), run.ticks - 1)
        for column in (run.time_at, run.bid_at, run.ask_at):
            prefetch(column + 8 * guess)


@inner
def is_before(run, tick, time, or_at):
    there = time_at(run, tick)
    return there < time or (or_at and there == time)


@inner
def pass_to(run, tick):
    """Take all ticks of a symbol before this one: none of them reaches anything.

    What a minute leaves seen lies beside those of other minutes, and so is at hand; its last tick is not.
    """
    if tick > run.tick:
        begun = run.tick
        run.taken, run.tick = tick - 1, tick
        follow(run)
        last = run.minute - 1
        if minute_at(run, run.minute) != tick or not see_both(run, range_at(run, 4, last), range_at(run, 5, last)):
            see_last(run, begun, tick)
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
