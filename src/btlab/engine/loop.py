"""The loop. `advance` runs to the next call of the strategy; `run_compiled` makes the calls through function pointers.

The order of things is `architecture.md`'s clock: bars close, one end after the other, and are told; working orders meet the
tick; the running bars take it; the tick is told. A strategy that does not ask for ticks is spared those of minutes whose
quotes reach none of its triggers: the fills are the same, since nothing could have filled there.
"""

from __future__ import annotations

import numpy as np
from numba import int64, intp, types, void

from btlab.engine.clock import (
    CLOSES,
    FAR,
    MATCH,
    PATH,
    TAKE,
    WALK,
    clear,
    close_bars,
    minute_at,
    next_end,
    take_tick,
    take_ticks,
    time_at,
)
from btlab.engine.room import has_room, has_space
from btlab.engine.short import pass_bars, pass_minutes, tell_ticks
from btlab.execution.calls import check_margin, expire, meet, pay_nights, walk
from btlab.execution.choice import next_step
from btlab.execution.filling import close_everything
from btlab.execution.ledger import equity
from btlab.execution.matching import set_offers
from btlab.execution.orders import end_urgent
from btlab.execution.path import ask_over, first_step, prices_of_bar, running_row
from btlab.execution.quotes import quote_at, quote_of, range_at, range_of, see, see_both, see_last, sizes_at, spread_at
from btlab.execution.triggers import find_triggers, lead, moving_reached, reached
from btlab.market.jit import inner, kernel, say_when_cold
from btlab.market.memory import bar_columns, fills_of, float_at, forming_of, integers_at, run_at
from btlab.market.records import FOREVER

say_when_cold()

DONE, BAR, TICK, FILL, GROW, PAUSE, HALT = range(7)  # events
MINUTES_A_PAUSE = 64

STEP = types.FunctionType(void(intp, intp))


@inner
def advance(run):
    """Run on to the next event: BAR (run.timeframe closed), TICK, FILL, DONE, GROW, PAUSE now and then, or HALT at `until`."""
    while True:
        if run.tell_fills and run.told < run.fills:
            if run.phase == MATCH and not run.every_tick and not run.on_bars:
                take_ticks(run, minute_at(run, run.minute), run.tick)
            tell_fill(run)
            return FILL
        if run.phase == CLOSES:
            if run.dusk < run.dusks and not pay_nights(run, run.now):
                return GROW
            if run.watches_equity:
                watch_equity(run, run.now)
            if run.tell != 0:
                place = 0
                while (run.tell >> run.rows[place]) & 1 == 0:
                    place += 1
                run.timeframe = run.rows[place]
                run.tell &= ~(1 << run.timeframe)
                return BAR
            end = next_end(run, run.tick)
            if run.tick >= run.until and end > run.until_time:
                return HALT
            if end != FAR:
                run.closed = close_bars(run, run.tick, end)
                run.tell, run.now = run.closed & run.tell_bars, end
                if run.next_expiry <= end:
                    expire(run)
                continue
            if run.dusk < run.dusks and not pay_nights(run, time_at(run, run.tick)):
                return GROW
            if run.watches_equity:
                watch_equity(run, time_at(run, run.tick))
            run.closed, run.phase = 0, WALK
        elif run.phase == WALK:
            end = minute_at(run, run.minute + 1)
            if run.tick >= end:
                if run.minute + 1 == run.minutes:
                    if run.until < FOREVER:
                        return HALT
                    finish(run)
                    return DONE
                run.minute += 1
                run.phase = CLOSES
                if run.minute >= run.pause_at:
                    run.pause_at = run.minute + MINUTES_A_PAUSE
                    return PAUSE
                continue
            if run.tick >= run.until:
                return HALT
            if run.stale or run.wake <= run.tick:
                find_triggers(run)
            if run.on_bars:
                run.now = time_at(run, run.tick)
                if run.next_expiry <= run.now:
                    expire(run)
                    find_triggers(run)
                if open_bar(run):
                    run.looked += 1
                    run.phase = MATCH
                else:
                    run.phase = TAKE
                continue
            if run.every_tick:
                begin_tick(run)
                continue
            first, whole, end = run.tick, end, min(end, run.wake, run.until)
            run.tick, looked = first_reaching(run, end)
            run.looked += looked
            if run.tick > first:
                if run.tick < whole or not see_both(run, range_at(run, 4, run.minute), range_at(run, 5, run.minute)):
                    see_last(run, first, run.tick)
                run.taken = run.tick - 1
                if run.lots == 0:
                    run.called = 0
            if run.tick < end:
                begin_tick(run)
            run.next_order_tick = run.tick
        elif run.phase == MATCH:
            tick = run.tick
            run.taken, run.next_order_tick = tick, tick + 1
            if not has_space(run):
                return GROW
            if run.on_bars:
                buy, sell, spread = run.buy_at, run.sell_at, run.bar_spread
            else:
                buy, sell = quote_at(run, tick)
                spread = spread_at(run, tick)
            if meet(run, tick, buy, sell, spread):
                continue
            if run.urgent:
                end_urgent(run, tick)
            if run.margin_rules and check_margin(run, tick, buy, sell, spread):
                continue
            if run.lots:
                lead(run, buy, sell)
            run.phase = PATH if run.on_bars else TAKE
        elif run.phase == PATH:
            if not has_space(run):
                return GROW
            if walk(run, run.tick):
                continue
            if not next_step(run, run.tick):
                run.phase = TAKE
        else:
            tick = run.tick
            if run.on_bars:
                take_bar(run)
            elif run.every_tick:
                take_tick(run, tick)
            else:
                clear(run, run.base)
            run.taken, run.tick, run.next_order_tick, run.phase = tick, tick + 1, tick + 1, WALK
            if run.every_tick:
                return TICK


@inner
def tell_fill(run):
    """Let the strategy see the next fill that it has not been told."""
    fill = fills_of(run)[run.told]
    run.fill_order, run.fill_reason, run.fill_price, run.fill_size = fill.order, fill.reason, fill.price, fill.size
    run.told += 1


@inner
def watch_equity(run, now):
    """Remember the highest equity at closes of base bars, and that at a trading day's start, before its first quote is seen."""
    if (run.closed >> run.base) & 1:
        run.peak = max(run.peak, equity(run))
    if run.next_day <= now:
        days = integers_at(run.days_at, run.days)
        following = np.searchsorted(days, now, side="right")
        run.day_equity, run.next_day = equity(run), days[following] if following < run.days else FAR


@inner
def begin_tick(run):
    """A tick comes: orders whose time is over end, and the others meet it."""
    run.now = time_at(run, run.tick)
    run.looked += 1
    if run.next_expiry <= run.now:
        expire(run)
    see(run, float_at(run.bid_at, run.tick), float_at(run.ask_at, run.tick))
    if run.sizes:
        set_offers(run, *sizes_at(run, run.tick))
    run.cursor, run.phase = 0, MATCH


@inner
def first_reaching(run, end):
    """(the first tick from run.tick on that reaches a trigger, `end` where there is none before it; how many it looked at)."""
    minute, first = run.minute, run.tick
    if run.urgent:
        return first, 0
    sell_low, sell_high, buy_low, buy_high = range_of(run, minute)
    still = not reached(run, buy_low, sell_low) and not reached(run, buy_high, sell_high)
    if run.careful:
        if not still or moving_reached(run, sell_low, sell_high, buy_low, buy_high):
            return first, 0
        run.called = 0
        if run.tick == minute_at(run, minute) and end == minute_at(run, minute + 1):
            lead(run, buy_low, sell_high)
        else:
            for tick in range(run.tick, end):
                lead(run, *quote_at(run, tick))
    if still:
        return end, 0
    if run.widen > 0.0:
        for tick in range(first, end):
            if reached(run, *quote_at(run, tick)):
                return tick, tick - first
        return end, end - first
    buy_under, buy_over, sell_over, sell_under = run.buy_under, run.buy_over, run.sell_over, run.sell_under
    bid, ask = run.bid_at, run.ask_at
    for tick in range(run.tick, end):
        b, a = float_at(bid, tick), float_at(ask, tick)
        if a < b:
            b, a = a, b
        if a <= buy_under or a >= buy_over or b >= sell_over or b <= sell_under:
            return tick, tick - first
    return end, end - first


@inner
def finish(run):
    """After the last tick: the clock stands there and the running minute holds its ticks, so that on_end can read both."""
    run.now = time_at(run, run.ticks - 1)
    if run.next_expiry <= run.now:
        expire(run)
    if not run.every_tick and not run.on_bars:
        take_ticks(run, minute_at(run, run.minute), run.ticks)
    run.next_order_tick = run.ticks


@inner
def open_bar(run):
    """See a bar's open. True where anything may fill, or an order ends, in the bar."""
    open_, high, low, _ = prices_of_bar(run)
    run.leg, run.high_first, run.step, run.cursor = 0, 0, first_step(run, run.tick), 0
    see(run, open_, ask_over(run, open_))
    volume = bar_columns(run)[4, running_row(run)]
    set_offers(run, volume, volume)
    if run.urgent or run.careful:
        return True
    return reached(run, *quote_of(run, low, ask_over(run, low))) or reached(run, *quote_of(run, high, ask_over(run, high)))


@inner
def take_bar(run):
    """Let the running bars take a bar: all its prices, all its volume, and its close as the last quote."""
    columns, bar, minute = bar_columns(run), running_row(run), forming_of(run)[run.base]
    for column in range(5):
        minute[column] = columns[column, bar]
    see(run, columns[3, bar], ask_over(run, columns[3, bar]))
    run.leg, run.step = 3, first_step(run, run.tick + 1) - 1


@kernel(int64(intp))
def advance_at(address):
    """`advance` for a run known by its address; GROW where the tables must grow before the strategy may be called."""
    run = run_at(address)
    if run.pending == DONE:
        run.pending = advance(run)
    event = run.pending
    if event == GROW or not has_room(run):
        run.pending = DONE if event == GROW else event
        return GROW
    run.pending = DONE
    return event


@kernel(int64(intp, intp, STEP, STEP, STEP))
def run_compiled(address, strategy, on_bar, on_tick, on_fill):
    """Run on, calling a compiled strategy; returns DONE, HALT, GROW where the tables must grow first, or PAUSE when stopped."""
    run = run_at(address)
    while True:
        event = run.pending
        if event == DONE:
            if not run.every_tick and run.on_bars:
                pass_bars(run, on_bar, strategy, address)
            elif not run.every_tick:
                pass_minutes(run, on_bar, strategy, address)
            elif not run.on_bars:
                tell_ticks(run, on_tick, strategy, address)
            event = advance(run)
        if event == GROW or not has_room(run):
            run.pending = DONE if event == GROW else event
            return GROW
        run.pending = DONE
        if event == BAR:
            on_bar(strategy, address)
        elif event == TICK:
            on_tick(strategy, address)
        elif event == FILL:
            on_fill(strategy, address)
        elif event in (DONE, HALT):
            return event
        if run.stop:
            return PAUSE


@kernel
def expire_at(address):
    """`expire` for a run known by its address."""
    expire(run_at(address))


@kernel
def close_everything_at(address, tick, spread):
    """`close_everything` for a run known by its address."""
    return close_everything(run_at(address), tick, spread)
