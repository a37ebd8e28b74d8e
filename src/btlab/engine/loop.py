"""The loop. `advance` runs to the next call of the strategy; `run_compiled` makes the calls through function pointers.

The order of things is `architecture.md`'s clock: bars close, one end after the other, and are told; working orders meet the
tick; the running bars take it; the tick is told. A strategy that does not ask for ticks is spared those of minutes whose
quotes reach none of its triggers: the fills are the same, since nothing could have filled there.
"""

from __future__ import annotations

import sys

from numba import int64, intp, types, void

from btlab.engine.clock import FAR, close_bars, minute_at, next_end, take_ticks
from btlab.engine.meeting import (
    BAR,
    DONE,
    FILL,
    GROW,
    HALT,
    PAUSE,
    TICK,
    act,
    begin_tick,
    first_reaching,
    open_bar,
    tell_fill,
    watch_equity,
)
from btlab.engine.room import has_room
from btlab.engine.short import pass_bars, pass_minutes, tell_ticks
from btlab.execution.calls import expire, pay_nights
from btlab.execution.closing import close_everything
from btlab.execution.doors import compile_beside
from btlab.execution.quotes import range_at, see_both, see_last
from btlab.execution.triggers import find_triggers
from btlab.market.codes import CLOSES, FOREVER, MET, TAKE, WALK
from btlab.market.columns import time_at
from btlab.market.jit import inner, is_cold, kernel
from btlab.market.memory import run_at

if is_cold():
    # nobody is to take the first run for a hanging one
    print("btlab compiles its engine for this machine, once: about 20 seconds ...", file=sys.stderr, flush=True)
    compile_beside()

MINUTES_A_PAUSE = 64

STEP = types.FunctionType(void(intp, intp))


@inner
def advance(run):
    """Run on to the next event: BAR (run.timeframe closed), TICK, FILL, DONE, GROW, PAUSE now and then, or HALT at `until`."""
    while True:
        if run.tell_fills and run.told < run.fills:
            if run.phase == MET and not run.every_tick and not run.on_bars:
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
                    run.phase = MET
                else:
                    run.phase = TAKE
                continue
            if run.every_tick:
                begin_tick(run)
                continue
            first, whole, end = run.tick, end, min(end, run.wake, run.until)
            run.tick, looked = first_reaching(run, run.minute, first, end)
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
        else:
            event = act(run)
            if event != DONE:
                return event


@inner
def finish(run):
    """After the last tick: the clock stands there and the running minute holds its ticks, so that on_end can read both."""
    run.now = time_at(run, run.ticks - 1)
    if run.next_expiry <= run.now:
        expire(run)
    if not run.every_tick and not run.on_bars:
        take_ticks(run, minute_at(run, run.minute), run.ticks)
    run.next_order_tick = run.ticks


@kernel
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
