"""The loop of several symbols: their ticks merged by time, ties by the order of names, and one clock for all.

Each symbol has its record and the building blocks of the loop of one symbol. At a bar's end the bars of all close, then the calls
follow by timeframe, then by symbol. Between two ends a strategy that does not ask for ticks is spared those of each symbol that
reach none of its triggers: the search runs ahead in each (`scan`), the earliest find is met, and all others are brought up to it.
"""

from __future__ import annotations

from numba import int64, intp

from btlab.engine.clock import FAR, clear, close_bar, minute_at, take_ticks
from btlab.engine.loop import STEP
from btlab.engine.meeting import BAR, DONE, FILL, GROW, HALT, PAUSE, TICK, act, tell_fill
from btlab.engine.merging import MINUTE, begin, expire_all, follow, next_reaching, next_told, tell_quietly
from btlab.engine.room import has_room
from btlab.engine.telling import tell_merged
from btlab.execution.calls import pay_nights
from btlab.execution.closing import close_everything
from btlab.execution.holding import hold, sibling
from btlab.execution.ledger import equity
from btlab.execution.orders import end_of_day
from btlab.execution.quotes import spread_at
from btlab.market.codes import CLOSES, FOREVER, MET, TAKE, WALK
from btlab.market.columns import time_at
from btlab.market.jit import inner, kernel
from btlab.market.memory import fills_of, integer_at, integers_at, orders_of, run_at

CLOSES_A_PAUSE = 64


@inner
def conduct(first):
    """Run on to the next event, as `loop.advance` does; `first.active` is the symbol that it is told of."""
    while True:
        run = sibling(first, first.holder)
        if run.tell_fills and run.told < run.fills:
            show_minutes(first)
            first.active = orders_of(run)[fills_of(run)[run.told].order - 1].symbol
            run = sibling(first, first.active)
            hold(run)
            tell_fill(run)
            return FILL
        if first.stage == CLOSES:
            event = pass_closes(first)
            if event != DONE:
                return event
            if first.stage == TAKE:
                return DONE
        elif first.stage == WALK:
            symbol = next_told(first) if first.every_tick or first.on_bars else next_reaching(first)
            if symbol < 0:
                first.stage, first.pause_at = CLOSES, first.pause_at + 1
                if first.pause_at % CLOSES_A_PAUSE == 0:
                    return PAUSE
                continue
            run = sibling(first, symbol)
            hold(run)
            first.acting = symbol
            if tell_quietly(run):
                first.active = symbol
                return TICK
            begin(run)
            first.stage = MET
        else:
            run = sibling(first, first.acting)
            hold(run)
            event = act(run)
            if event == GROW:
                return GROW
            if run.phase == WALK:
                follow(run)
                run.scan, run.scan_minute, first.stage = run.tick, run.minute, WALK
            if event == TICK:
                first.active = first.acting
                return TICK


@inner
def pass_closes(first):
    """Let the clock pass the bars that end before the next tick, one end after the other; BAR for each that is to be told.

    The stage is WALK when the next tick may come, TAKE when none is left.
    """
    now = sibling(first, first.holder).now
    if first.spoken == 0 and not pay_all_nights(first, now):
        return GROW
    watch_equity_of_all(first, now)
    if next_to_tell(first):
        return BAR
    left, end, halted = next_times(first)
    if halted and end > first.until_time:
        return HALT
    if end != FAR:
        close_at(first, end)
        return DONE
    if not left:
        finish_all(first)
        first.stage = TAKE
        return DONE
    if first.watches_equity or pays_nights(first):
        time = next_time(first)
        if not pay_all_nights(first, time):
            return GROW
        watch_equity_of_all(first, time)
    for symbol in range(first.symbols):
        sibling(first, symbol).closed = 0
    first.stage = WALK
    return DONE


@inner
def next_to_tell(first):
    """Whether a bar that has closed is still to be told; the next one by timeframe, then by symbol, is then acted on."""
    while first.spoken < first.timeframes * first.symbols:
        place, symbol = first.spoken // first.symbols, first.spoken % first.symbols
        k = first.rows[place]
        if (first.tell_bars >> k) & 1 == 0:
            first.spoken += first.symbols
            continue
        first.spoken += 1
        run = sibling(first, symbol)
        if (run.tell >> k) & 1:
            run.tell &= ~(1 << k)
            run.timeframe, first.active = k, symbol
            hold(run)
            return True
    return False


@inner
def next_times(first):
    """(whether any tick is left, the next bar's end that the next one finds past, whether all stand where the run is to halt)."""
    begun, end, halted = FAR, FAR, first.until < FOREVER
    for symbol in range(first.symbols):
        run = sibling(first, symbol)
        if run.tick < run.ticks:
            follow(run)  # a run that had come to the end of data which have grown stands in the last minute it knew
            begun = min(begun, integer_at(run.minute_start_at, run.minute))
        if run.next_end == 0:
            find_next_end(run)
        end = min(end, run.next_end)
        halted = halted and run.tick >= run.until
    if begun == FAR:
        return False, FAR, halted
    past = end <= begun  # of ticks it is the minutes that say it: a bar ends where one begins
    if not past and end % MINUTE != 0:
        past = end <= next_time(first)
    return True, end if past else FAR, halted


@inner
def next_time(first):
    """When the next tick of all comes; FAR where none is left."""
    time = FAR
    for symbol in range(first.symbols):
        run = sibling(first, symbol)
        if run.tick < run.ticks:
            time = min(time, time_at(run, run.tick))
    return time


@inner
def find_next_end(run):
    """When the next of a symbol's bars ends."""
    ends, run.next_end = integers_at(run.bar_end_at, run.bars), FAR
    for place in range(run.timeframes):
        k = run.rows[place]
        bar = run.offset[k] + run.counts[k]
        if bar < run.offset[k + 1]:
            run.next_end = min(run.next_end, ends[bar])


@inner
def close_at(first, end):
    """Close all bars that end then; orders whose time is over end with them."""
    for symbol in range(first.symbols):
        run = sibling(first, symbol)
        run.closed = 0
        if run.next_end == end:
            ends = integers_at(run.bar_end_at, run.bars)
            for place in range(run.timeframes):
                k = run.rows[place]
                bar = run.offset[k] + run.counts[k]
                if bar < run.offset[k + 1] and ends[bar] == end:
                    close_bar(run, k)
                    run.closed |= 1 << k
            find_next_end(run)
        run.tell = run.closed & run.tell_bars
    first.spoken = 0
    hold(first)
    first.now = end
    expire_all(first, end)


@inner
def pays_nights(first):
    """Whether some symbol has nights to pay for that have not come."""
    for symbol in range(first.symbols):
        run = sibling(first, symbol)
        if run.dusk < run.dusks:
            return True
    return False


@inner
def pay_all_nights(first, until):
    """Pay the nights of all symbols up to then; False where the table must grow first."""
    for symbol in range(first.symbols):
        run = sibling(first, symbol)
        if run.dusk < run.dusks:
            hold(run)
            if not pay_nights(run, until):
                return False
    return True


@inner
def watch_equity_of_all(first, now):
    """As `meeting.watch_equity`: the days are those of the first symbol's calendar."""
    if not first.watches_equity:
        return
    hold(first)
    closed = False
    for symbol in range(first.symbols):
        run = sibling(first, symbol)
        closed = closed or (run.closed >> run.base) & 1 == 1
    if closed:
        first.peak = max(first.peak, equity(first))
    if first.next_day <= now:
        first.day_equity, first.next_day = equity(first), end_of_day(first, now)


@inner
def show_minutes(first):
    """Let the running minutes of all symbols hold the ticks taken so far, which nobody had to look at."""
    if first.every_tick or first.on_bars:
        return
    for symbol in range(first.symbols):
        run = sibling(first, symbol)
        begin, now = minute_at(run, run.minute), sibling(first, first.holder).now
        if begin < run.tick and time_at(run, begin) // MINUTE == now // MINUTE:
            take_ticks(run, begin, run.tick)
        else:  # its last minute has ended already
            clear(run, run.base)


@inner
def finish_all(first):
    """After the last tick of all: the clock stands there, and `on_end` can read everything."""
    last = first.now
    for symbol in range(first.symbols):
        run = sibling(first, symbol)
        last = max(last, time_at(run, run.ticks - 1))
    hold(first)
    first.now = last
    expire_all(first, last)
    show_minutes(first)
    hold(first)


@kernel
def conduct_at(address):
    """`conduct` for a run of several symbols known by the first one's address; GROW where the tables must grow before a call."""
    first = run_at(address)
    if first.pending == DONE:
        first.pending = conduct(first)
    event = first.pending
    if event in (BAR, TICK, FILL):
        hold(sibling(first, first.active))
    if event == GROW or not has_room(sibling(first, first.holder)):
        first.pending = DONE if event == GROW else event
        hold(first)
        return GROW
    first.pending = DONE
    if event not in (BAR, TICK, FILL):
        hold(first)
    return event


@kernel(int64(intp, intp, STEP, STEP, STEP))
def run_several(address, strategy, on_bar, on_tick, on_fill):
    """Run on, calling a compiled strategy; returns DONE, HALT, GROW where the tables must grow first, or PAUSE when stopped."""
    first = run_at(address)
    while True:
        event = first.pending
        if event == DONE:
            if first.every_tick and not first.on_bars and first.stage == WALK:
                tell_merged(first, on_tick, strategy)
            event = conduct(first)
        if event in (BAR, TICK, FILL):
            hold(sibling(first, first.active))
        run = sibling(first, first.holder)
        if event == GROW or not has_room(run):
            first.pending = DONE if event == GROW else event
            hold(first)
            return GROW
        first.pending = DONE
        if event == BAR:
            on_bar(strategy, run.address)
        elif event == TICK:
            on_tick(strategy, run.address)
        elif event == FILL:
            on_fill(strategy, run.address)
        elif event in (DONE, HALT):
            hold(first)
            return event
        if first.stop:
            hold(first)
            return PAUSE


@kernel
def close_all_at(address):
    """Close all positions of all symbols at their last quotes, symbol after symbol."""
    first, closed = run_at(address), False
    for symbol in range(first.symbols):
        run = sibling(first, symbol)
        closed = close_last(run) or closed
    hold(first)
    return closed


@inner
def close_last(run):
    from_quotes = run.bar_spread if run.on_bars else spread_at(run, run.ticks - 1)
    return close_everything(run, run.ticks - 1, from_quotes)
