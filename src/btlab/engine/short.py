"""Short ways through a run: ticks, minutes and bars in which nothing can happen but that they are told.

Each does what the loop does, for as long as nothing may fill, expire or be paid, and leaves the run where the loop goes on.
The loop alone takes 140 ns for a minute and 30 ns for a tick, these a third of it.
"""

from __future__ import annotations

import numpy as np

from btlab.engine.clock import CLOSE_PRICE, FAR, HIGH, LOW, OPEN, VOLUME, close_bars, minute_at, next_end, take_price
from btlab.engine.leaps import leap, may_leap
from btlab.engine.room import has_room
from btlab.execution.path import ask_over, first_step
from btlab.execution.quotes import range_at, range_of, see
from btlab.execution.triggers import find_triggers, reached, waits_for_none
from btlab.market.codes import CLOSES, WALK
from btlab.market.columns import time_at
from btlab.market.jit import inner
from btlab.market.memory import float_at, forming_of, integer_at


@inner
def is_plain(run):
    """Whether the clock stands before a tick, all closes told, what may fill is known by four prices that stand still, and
    there is room for whatever a call leaves.
    """
    if run.phase == CLOSES and run.tell == 0 and run.next_closer > run.tick and not is_dusk(run):
        run.closed, run.phase = 0, WALK
    if run.phase != WALK or run.watches_equity or run.widen > 0.0 or (run.tell_fills and run.told < run.fills):
        return False
    if run.stale or run.wake <= run.tick:
        find_triggers(run)
    return not (run.careful or run.urgent) and has_room(run)


@inner
def is_dusk(run):
    """Whether a night must be paid for before the next tick."""
    return run.dusk < run.dusks and integer_at(run.dusk_at, run.dusk) <= time_at(run, run.tick)


@inner
def tell_ticks(run, on_tick, strategy, address):
    """The short way for ticks at which nothing can fill: each is seen, taken and told. Stops before the first that is not so.

    Whatever changes what may fill, or when an order ends, leaves the triggers stale; all else stays as it is from call to call.
    """
    if run.packed or not is_plain(run):
        return
    minute, tick, price, sized = forming_of(run)[run.base], run.tick, run.price, run.sizes > 0
    end = min(minute_at(run, run.minute + 1), run.until, run.wake)
    time, bid, ask, bid_size, ask_size = run.time_at, run.bid_at, run.ask_at, run.bid_size_at, run.ask_size_at
    use_bid, use_ask = price != 1 or run.both_sizes != 0, price != 0 or run.both_sizes != 0
    buy_under, buy_over, sell_over, sell_under = run.buy_under, run.buy_over, run.sell_over, run.sell_under
    changes, marks, next_expiry = run.changes, run.marks, run.next_expiry
    while tick < end:
        now, b, a = integer_at(time, tick), float_at(bid, tick), float_at(ask, tick)
        sell, buy = (a, b) if a < b else (b, a)
        if buy <= buy_under or buy >= buy_over or sell >= sell_over or sell <= sell_under or next_expiry <= now:
            return
        run.now = now
        if b == b and a == a:
            run.bid, run.ask, run.sell_at, run.buy_at = b, a, sell, buy
        else:
            see(run, b, a)
        value = b if price == 0 else (a if price == 1 else (b + a) / 2.0)
        if value == value:
            volume = 0.0
            if sized:
                volume = (float_at(bid_size, tick) if use_bid else 0.0) + (float_at(ask_size, tick) if use_ask else 0.0)
            take_price(minute, value, volume)
        run.taken = tick
        tick += 1
        run.tick = run.next_order_tick = tick
        on_tick(strategy, address)
        if run.stale or run.stop:
            return
        if run.changes != changes or run.marks != marks:
            if not has_room(run):
                return
            changes, marks = run.changes, run.marks


@inner
def pass_minutes(run, on_bar, strategy, address):
    """The short way for minutes whose quotes reach no trigger, and for whole hours and days of them."""
    if not is_plain(run) or run.tick != minute_at(run, run.minute):
        return
    wake, until, leaps, still = run.wake, run.until, may_leap(run), waits_for_none(run)
    while run.minute + 1 < run.minutes:
        if leaps and leap(run):
            if not close_and_tell(run, on_bar, strategy, address):
                return
            continue
        minute = run.minute
        following, bid, ask = minute_at(run, minute + 1), range_at(run, 4, minute), range_at(run, 5, minute)
        if not still:
            sell_low, sell_high, buy_low, buy_high = range_of(run, minute)
            if reached(run, buy_low, sell_low) or reached(run, buy_high, sell_high):
                return
        if following > wake or following >= until or bid != bid or ask != ask:
            return
        see(run, bid, ask)
        go_on(run, following, 0 if run.lots == 0 else run.called)
        if not close_and_tell(run, on_bar, strategy, address):
            return


@inner
def pass_bars(run, on_bar, strategy, address):
    """The short way for bars whose prices reach no trigger.

    A bar that nothing but its own close follows is closed and told here: to ask the clock for it takes three times as long.
    """
    if not is_plain(run) or run.participation > 0.0 or run.tick != minute_at(run, run.minute):
        return
    base, next_expiry, still, pays = run.base, run.next_expiry, waits_for_none(run), run.dusk < run.dusks
    minute, real, length = forming_of(run)[base], run.bar_real_at, 8 * run.bars
    first_row, last_row, told = run.offset[base], run.offset[base + 1] - 1, (run.tell_bars >> base) & 1
    changes, marks = run.changes, run.marks
    while run.minute + 1 < run.minutes:
        tick, bar, now = run.tick, first_row + run.counts[base], time_at(run, run.tick)
        following = tick + 1
        high, low, close = float_at(real + length, bar), float_at(real + 2 * length, bar), float_at(real + 3 * length, bar)
        if not still and (reached(run, ask_over(run, low), low) or reached(run, ask_over(run, high), high)):
            return
        if following > run.wake or following >= run.until or next_expiry <= now:
            return
        minute[OPEN], minute[HIGH], minute[LOW], minute[CLOSE_PRICE] = float_at(real, bar), high, low, close
        minute[VOLUME] = float_at(real + 4 * length, bar)
        run.now, run.leg, run.high_first, run.cursor = now, 3, 0, 0
        run.step = first_step(run, following) - 1
        run.buy_quoted = run.sell_quoted = minute[VOLUME]
        see(run, close, ask_over(run, close))
        go_on(run, following, run.called)
        end = integer_at(run.bar_end_at, bar)
        if pays or run.next_closer > following or run.next_longer <= following or next_expiry <= end or bar == last_row:
            if not close_and_tell(run, on_bar, strategy, address):
                return
            continue
        run.counts[base] += 1
        run.merged[base] = run.counts[base]
        minute[OPEN], minute[VOLUME] = np.nan, 0.0
        run.next_closer = min(run.next_longer, integer_at(run.bar_closer_at, bar + 1))
        run.closed, run.tell, run.now = 1 << base, 0, end
        if told:
            run.timeframe = base
            on_bar(strategy, address)
            if run.stale or run.stop:
                return
            if run.changes != changes or run.marks != marks:
                if not has_room(run):
                    return
                changes, marks = run.changes, run.marks
        if run.next_closer <= following:
            return
        run.closed, run.phase = 0, WALK


@inner
def go_on(run, tick, called):
    """All ticks before this one are taken; it opens a new minute."""
    run.taken, run.tick, run.next_order_tick, run.called = tick - 1, tick, tick, called
    run.minute += 1
    run.phase = CLOSES


@inner
def close_and_tell(run, on_bar, strategy, address):
    """Close what the next tick finds closed, and tell it. False where the loop is to go on: `run.phase` says with what.

    It closes what ends at one time; where others end later, or an order's time or a night is over, that is left to the loop.
    """
    if is_dusk(run):
        return False
    end = next_end(run, run.tick)
    if end == FAR:
        run.phase = WALK
        return True
    if run.next_expiry <= end:
        return False
    run.closed = close_bars(run, run.tick, end)
    run.tell, run.now = run.closed & run.tell_bars, end
    changes, marks, place = run.changes, run.marks, 0
    while run.tell != 0:
        k = run.rows[place]
        place += 1
        if (run.tell >> k) & 1 == 0:
            continue
        run.timeframe, run.tell = k, run.tell & ~(1 << k)
        on_bar(strategy, address)
        if run.stale or run.stop or ((run.changes != changes or run.marks != marks) and not has_room(run)):
            return False
    if run.next_closer <= run.tick:
        return False
    run.closed, run.phase = 0, WALK
    return True
