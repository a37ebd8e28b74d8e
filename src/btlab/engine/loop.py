"""The loop. `advance` runs to the next call of the strategy; `run_compiled` makes the calls through function pointers.

The order of things is `architecture.md`'s clock: bars close, one end after the other, and are told; working orders meet the
tick; the running bars take it; the tick is told. A strategy that does not ask for ticks is spared those of minutes whose
quotes reach none of its triggers: the fills are the same, since nothing could have filled there.
"""

from __future__ import annotations

from numba import int64, intp, types, void

from btlab.engine.clock import (
    FAR,
    clear,
    close_bars,
    next_end,
    price_of,
    take_price,
    take_ticks,
    volume_of,
)
from btlab.execution.choice import choices_fit, next_step, walk
from btlab.execution.matching import close_everything, meet
from btlab.execution.orders import CHANGES_AN_ORDER, end_urgent, expire, find_triggers, reached
from btlab.execution.path import ask_over, first_step, prices_of_bar, running_row
from btlab.market.jit import inner, kernel, say_when_cold
from btlab.market.memory import bar_columns, floats_at, forming_of, integers_at, run_at
from btlab.market.records import FOREVER

say_when_cold()

CLOSES, WALK, MATCH, PATH, TAKE = range(5)  # phases
DONE, BAR, TICK, FILL, GROW, PAUSE, HALT = range(7)  # events
ROOM = 4096  # rows that must be free before a strategy is called
MINUTES_A_PAUSE = 64

STEP = types.FunctionType(void(intp, intp))


@inner
def see(run, bid, ask):
    """Remember a quote: as it is, and as orders meet it. A missing side leaves the last one there."""
    if bid == bid:
        run.bid = bid
        run.sell_at = ask if ask < bid else bid
    if ask == ask:
        run.ask = ask
        run.buy_at = bid if bid > ask else ask


@inner
def see_last(run, bid, ask, first, last):
    """See what ticks first <= i < last leave seen, looking at no more of them than needed."""
    tick = last - 1
    see(run, bid[tick], ask[tick])
    if bid[tick] != bid[tick] or ask[tick] != ask[tick]:
        for earlier in range(first, last):
            see(run, bid[earlier], ask[earlier])


@inner
def advance(run, time, bid, ask, bid_size, ask_size, minute_tick, ranges):
    """Run on to the next event: BAR (run.timeframe closed), TICK, FILL, DONE, PAUSE every 64 minutes, or HALT at `run.until`."""
    while True:
        if run.phase == CLOSES:
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
            run.closed, run.phase = 0, WALK
        elif run.phase == WALK:
            end = minute_tick[run.minute + 1]
            if run.tick >= end:
                if run.minute + 1 == run.minutes:
                    if run.until < FOREVER:
                        return HALT
                    finish(run, minute_tick)
                    return DONE
                run.minute += 1
                run.phase = CLOSES
                if run.minute >= run.pause_at:
                    run.pause_at = run.minute + MINUTES_A_PAUSE
                    return PAUSE
                continue
            if run.tick >= run.until:
                return HALT
            end = min(end, run.until)
            if run.stale:
                find_triggers(run)
            if run.on_bars:
                run.now = time[run.tick]
                if run.next_expiry <= run.now:
                    expire(run)
                    find_triggers(run)
                if open_bar(run):
                    run.phase = MATCH
                else:
                    run.phase = TAKE
                continue
            if run.every_tick:
                begin_tick(run, time, bid, ask)
                continue
            first = run.tick
            run.tick = first_reaching(run, bid, ask, ranges, end)
            if run.tick > first:
                see_last(run, bid, ask, first, run.tick)
                run.taken = run.tick - 1
            if run.tick < end:
                begin_tick(run, time, bid, ask)
            run.next_order_tick = run.tick
        elif run.phase == MATCH:
            tick = run.tick
            run.taken, run.next_order_tick = tick, tick + 1
            if run.on_bars:
                buy, sell, spread = run.buy_at, run.sell_at, run.bar_spread
            else:
                buy, sell = ask[tick], bid[tick]
                if buy < sell:
                    buy, sell = sell, buy
                spread = ask[tick] - bid[tick]
                spread = spread if spread > 0.0 else 0.0
            if meet(run, tick, buy, sell, spread):
                if run.tell_fills:
                    if not run.every_tick and not run.on_bars:
                        take_ticks(run, minute_tick[run.minute], tick)
                    return FILL
                continue
            if run.urgent:
                end_urgent(run, tick)
            run.phase = PATH if run.on_bars else TAKE
        elif run.phase == PATH:
            if run.leg == 0 and not choices_fit(run):
                return PAUSE
            if walk(run, run.tick):
                if run.tell_fills:
                    return FILL
            elif not next_step(run, run.tick):
                run.phase = TAKE
        else:
            tick = run.tick
            if run.on_bars:
                take_bar(run)
            elif run.every_tick:
                value = price_of(run, bid[tick], ask[tick])
                if value == value:
                    take_price(forming_of(run)[run.base], value, volume_of(run, bid_size, ask_size, tick))
            else:
                clear(run, run.base)
            run.taken, run.tick, run.next_order_tick, run.phase = tick, tick + 1, tick + 1, WALK
            if run.every_tick:
                return TICK


@inner
def begin_tick(run, time, bid, ask):
    """A tick comes: orders whose time is over end, and the others meet it."""
    run.now = time[run.tick]
    if run.next_expiry <= run.now:
        expire(run)
    see(run, bid[run.tick], ask[run.tick])
    run.cursor, run.phase = 0, MATCH


@inner
def first_reaching(run, bid, ask, ranges, end):
    """The first tick from run.tick on that reaches a trigger; `end` where the minute holds none."""
    minute = run.minute
    if run.urgent:
        return run.tick
    if not reached(run, ranges[2, minute], ranges[0, minute]) and not reached(run, ranges[3, minute], ranges[1, minute]):
        return end
    buy_under, buy_over, sell_over, sell_under = run.buy_under, run.buy_over, run.sell_over, run.sell_under
    for tick in range(run.tick, end):
        b, a = bid[tick], ask[tick]
        if a < b:
            b, a = a, b
        if a <= buy_under or a >= buy_over or b >= sell_over or b <= sell_under:
            return tick
    return end


@inner
def finish(run, minute_tick):
    """After the last tick: the clock stands there and the running minute holds its ticks, so that on_end can read both."""
    run.now = integers_at(run.time_at, run.ticks)[run.ticks - 1]
    if run.next_expiry <= run.now:
        expire(run)
    if not run.every_tick and not run.on_bars:
        take_ticks(run, minute_tick[run.minute], run.ticks)
    run.next_order_tick = run.ticks


@inner
def open_bar(run):
    """See a bar's open. True where anything may fill, or an order ends, in the bar."""
    open_, high, low, _ = prices_of_bar(run)
    run.leg, run.high_first, run.step, run.cursor = 0, 0, first_step(run, run.tick), 0
    see(run, open_, ask_over(run, open_))
    if run.urgent:
        return True
    return reached(run, ask_over(run, low), low) or reached(run, ask_over(run, high), high)


@inner
def take_bar(run):
    """Let the running bars take a bar: all its prices, all its volume, and its close as the last quote."""
    columns, bar, minute = bar_columns(run), running_row(run), forming_of(run)[run.base]
    for column in range(5):
        minute[column] = columns[column, bar]
    see(run, columns[3, bar], ask_over(run, columns[3, bar]))
    run.leg, run.high_first, run.step = 3, 0, first_step(run, run.tick + 1) - 1


@inner
def arrays_of(run):
    """The columns of the data, as `advance` wants them."""
    return (
        integers_at(run.time_at, run.ticks),
        floats_at(run.bid_at, run.ticks),
        floats_at(run.ask_at, run.ticks),
        floats_at(run.bid_size_at, run.sizes),
        floats_at(run.ask_size_at, run.sizes),
        integers_at(run.minute_tick_at, run.minutes + 1),
        floats_at(run.ranges_at, 4 * run.minutes).reshape(4, run.minutes),
    )


@inner
def has_room(run):
    changes = run.changes + CHANGES_AN_ORDER * (run.working + ROOM) + ROOM
    choices = choices_fit(run)
    return run.orders + ROOM <= run.order_room and run.marks + ROOM <= run.mark_room and changes <= run.change_room and choices


@kernel(int64(intp))
def advance_at(address):
    """`advance` for a run known by its address; GROW where the tables must grow before the strategy may be called."""
    run = run_at(address)
    if run.pending == DONE:
        time, bid, ask, bid_size, ask_size, minute_tick, ranges = arrays_of(run)
        run.pending = advance(run, time, bid, ask, bid_size, ask_size, minute_tick, ranges)
    if not has_room(run):
        return GROW
    event = run.pending
    run.pending = DONE
    return event


@inner
def tell_ticks(run, time, bid, ask, bid_size, ask_size, end, on_tick, strategy, address):
    """The short way for ticks at which nothing can fill: each is seen, taken and told. Stops before the first that is not so."""
    minute, tick, price, sized = forming_of(run)[run.base], run.tick, run.price, run.sizes > 0
    use_bid, use_ask = price != 1 or run.both_sizes != 0, price != 0 or run.both_sizes != 0
    while tick < end and not (run.stale or run.urgent or run.stop) and has_room(run):
        b, a = bid[tick], ask[tick]
        sell, buy = (a, b) if a < b else (b, a)
        if buy <= run.buy_under or buy >= run.buy_over or sell >= run.sell_over or sell <= run.sell_under:
            return
        if run.next_expiry <= time[tick]:
            return
        run.now = time[tick]
        if b == b and a == a:
            run.bid, run.ask, run.sell_at, run.buy_at = b, a, sell, buy
        else:
            see(run, b, a)
        value = b if price == 0 else (a if price == 1 else (b + a) / 2.0)
        if value == value:
            volume = 0.0
            if sized:  # here rather than in volume_of: two arrays given to a function cost 15 ns a tick
                volume = (bid_size[tick] if use_bid else 0.0) + (ask_size[tick] if use_ask else 0.0)
            take_price(minute, value, volume)
        run.taken = tick
        tick += 1
        run.tick = run.next_order_tick = tick
        on_tick(strategy, address)


@kernel(int64(intp, intp, STEP, STEP, STEP))
def run_compiled(address, strategy, on_bar, on_tick, on_fill):
    """Run on, calling a compiled strategy; returns DONE, HALT, GROW where the tables must grow first, or PAUSE when stopped."""
    run = run_at(address)
    time, bid, ask, bid_size, ask_size, minute_tick, ranges = arrays_of(run)
    while True:
        event = run.pending
        if event == DONE and run.every_tick and run.phase == WALK and not run.on_bars:
            end = min(minute_tick[run.minute + 1], run.until)
            tell_ticks(run, time, bid, ask, bid_size, ask_size, end, on_tick, strategy, address)
        if event == DONE:
            event = advance(run, time, bid, ask, bid_size, ask_size, minute_tick, ranges)
        if not has_room(run):
            run.pending = event
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
