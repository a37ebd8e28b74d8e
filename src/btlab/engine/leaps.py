"""Whole hours and days passed in one step, where their quotes reach no trigger and nothing that closes inside them is told.

A strategy told of hours passes a billion ticks in as many steps as there are hours (`market.blocks` has the table).
"""

from __future__ import annotations

from numba import carray

from btlab.engine.clock import clear
from btlab.execution.quotes import range_at, see
from btlab.execution.triggers import reached
from btlab.market import blocks
from btlab.market.codes import CLOSES
from btlab.market.jit import inner
from btlab.market.memory import as_pointer, float_at, integer_at
from btlab.market.run_record import LEAP
from btlab.market.timeframe import MICROSECONDS

LEVELS, MINUTE = len(blocks.LEVELS), MICROSECONDS["1m"]


@inner
def leap_at(run, level):
    return carray(as_pointer(run.leaps_at), LEVELS, LEAP)[level]


@inner
def may_leap(run):
    """Whether the strategy is told of no bars that end inside an hour."""
    return run.leaps_at != 0 and run.tell_bars & leap_at(run, LEVELS - 1).finer == 0


@inner
def leap(run):
    """Pass the longest block that may be passed: the clock then stands before its bar's close. Else False.

    Where one may not, the next is not tried before that one is over: its minutes are looked at one by one.
    """
    for level in range(LEVELS):
        one = leap_at(run, level)
        if run.tick < one.barred or run.tell_bars & one.finer != 0:
            continue
        block = run.counts[one.row]
        bar = run.offset[one.row] + block
        if bar >= run.offset[one.row + 1]:
            one.barred = run.ticks
            continue
        over = integer_at(run.bar_closer_at, bar)
        one.barred = over
        if over >= run.ticks or over > run.wake or over >= run.until:
            continue
        minute = integer_at(one.minute_at, block)
        if minute - run.minute < 2 or may_matter(run, one, block, integer_at(run.minute_start_at, minute) + MINUTE):
            continue
        bid, ask = range_at(run, 4, minute - 1), range_at(run, 5, minute - 1)
        if bid != bid or ask != ask:
            continue
        see(run, bid, ask)
        pass_bars_inside(run, one, block)
        run.taken, run.tick, run.next_order_tick, run.minute = over - 1, over, over, minute
        run.next_closer = run.next_longer = over
        run.phase = CLOSES
        return True
    return False


@inner
def may_matter(run, one, block, until):
    """Whether a block's quotes reach a trigger, or a night, or an order's time, is over by `until`.

    The end of the closing tick's minute stands for its time: to find that among a billion packed ticks took a third of the step.
    """
    if run.next_expiry <= until or (run.dusk < run.dusks and integer_at(run.dusk_at, run.dusk) <= until):
        return True
    sell_low, sell_high = float_at(one.ranges_at, block), float_at(one.ranges_at, one.blocks + block)
    buy_low, buy_high = float_at(one.ranges_at, 2 * one.blocks + block), float_at(one.ranges_at, 3 * one.blocks + block)
    return reached(run, buy_low, sell_low) or reached(run, buy_high, sell_high)


@inner
def pass_bars_inside(run, one, block):
    """The bars that end inside the block are completed, and none of their timeframes runs."""
    base = integer_at(one.before_at, run.base * one.blocks + block)
    for place in range(run.timeframes):
        k = run.rows[place]
        if (one.finer >> k) & 1:
            run.counts[k] = integer_at(one.before_at, k * one.blocks + block)
            run.merged[k] = base
            clear(run, k)
