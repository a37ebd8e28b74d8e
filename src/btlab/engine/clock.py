"""What the clock knows: which bars close at the tick that comes, and what the bars that run hold.

Completed bars lie in one table made before the run (`market.timeline`); a run sees the first `counts[k]` of each timeframe
and no more. A running bar is the merge of its closed minutes (`forming[k]`) and the running minute (`forming[base]`). A flat bar,
which no tick is in, runs nowhere and is merged into nothing: it is there when it has ended.
"""

from __future__ import annotations

import numpy as np

from btlab.market.columns import ask_of, bid_of
from btlab.market.jit import inner, kernel
from btlab.market.memory import bar_columns, float_at, forming_of, integer_at, integers_at

FAR = np.int64(2**62)
OPEN, HIGH, LOW, CLOSE_PRICE, VOLUME = range(5)


@inner
def minute_at(run, minute):
    """The first tick of a minute; of the one after the last: how many ticks there are."""
    return integer_at(run.minute_tick_at, minute)


@inner
def clear(run, k):
    """Timeframe k has no running bar."""
    forming = forming_of(run)
    forming[k, OPEN] = np.nan
    forming[k, VOLUME] = 0.0


@inner
def next_end(run, tick):
    """The earliest end among the bars that this tick finds closed; FAR where it finds none."""
    if run.next_closer > tick:
        return FAR
    if run.next_longer > tick:
        return integer_at(run.bar_end_at, run.offset[run.base] + run.counts[run.base])
    ends, closers, earliest = integers_at(run.bar_end_at, run.bars), integers_at(run.bar_closer_at, run.bars), FAR
    for place in range(run.timeframes):
        k = run.rows[place]
        bar = run.offset[k] + run.counts[k]
        if bar < run.offset[k + 1] and closers[bar] <= tick:
            earliest = min(earliest, ends[bar])
    return earliest


@inner
def close_bars(run, tick, end):
    """Close, all at once, the bars that end at `end`; returns their bits. Remembers when the next of them closes."""
    if run.next_longer > tick:
        close_bar(run, run.base)
        bar = run.offset[run.base] + run.counts[run.base]
        known = bar < run.offset[run.base + 1]
        run.next_closer = min(run.next_longer, integer_at(run.bar_closer_at, bar) if known else FAR)
        return 1 << run.base
    ends, closers = integers_at(run.bar_end_at, run.bars), integers_at(run.bar_closer_at, run.bars)
    closed, next_base, next_longer = 0, FAR, FAR
    for place in range(run.timeframes):
        k = run.rows[place]
        bar = run.offset[k] + run.counts[k]
        if bar < run.offset[k + 1] and closers[bar] <= tick and ends[bar] == end:
            close_bar(run, k)
            closed |= 1 << k
            bar += 1
        if bar < run.offset[k + 1]:
            if k == run.base:
                next_base = closers[bar]
            else:
                next_longer = min(next_longer, closers[bar])
    run.next_longer, run.next_closer = next_longer, min(next_base, next_longer)
    return closed


@inner
def close_bar(run, k):
    """One more bar of timeframe k is completed, and none runs."""
    run.counts[k] += 1
    run.merged[k] = run.counts[run.base]
    clear(run, k)


@inner
def catch_up(run, k):
    """Let the running bar of timeframe k hold the finest bars that have closed since it was looked at last, but flat ones."""
    running, columns, ticks = forming_of(run)[k], bar_columns(run), integers_at(run.bar_ticks_at, run.bars)
    begin = run.offset[run.base]
    for bar in range(begin + run.merged[k], begin + run.counts[run.base]):
        if ticks[bar] == 0:
            continue
        if running[OPEN] != running[OPEN]:
            for column in range(5):
                running[column] = columns[column, bar]
        else:
            running[HIGH] = max(running[HIGH], columns[HIGH, bar])
            running[LOW] = min(running[LOW], columns[LOW, bar])
            running[CLOSE_PRICE] = columns[CLOSE_PRICE, bar]
            running[VOLUME] += columns[VOLUME, bar]
    run.merged[k] = run.counts[run.base]


@inner
def take_price(minute, value, volume):
    """Let the running minute, a row of `forming`, take a price."""
    if minute[OPEN] != minute[OPEN]:
        minute[OPEN] = minute[HIGH] = minute[LOW] = value
        minute[VOLUME] = volume
    else:
        if value > minute[HIGH]:
            minute[HIGH] = value
        if value < minute[LOW]:
            minute[LOW] = value
        minute[VOLUME] += volume
    minute[CLOSE_PRICE] = value


@inner
def volume_of(run, tick):
    """The volume of a tick, by the price bars are built from; trades count both sizes."""
    if run.sizes == 0:
        return 0.0
    if run.both_sizes or run.price == 2:
        return float_at(run.bid_size_at, tick) + float_at(run.ask_size_at, tick)
    return float_at(run.bid_size_at if run.price == 0 else run.ask_size_at, tick)


@inner
def price_of(run, bid, ask):
    return bid if run.price == 0 else (ask if run.price == 1 else (bid + ask) / 2.0)


@inner
def take_ticks(run, first, last):
    """Let the running minute take ticks first <= i < last: for a run that had no need to look at them."""
    clear(run, run.base)
    for tick in range(first, last):
        take_tick(run, tick)


@inner
def take_tick(run, tick):
    """Let the running minute take a tick; one without a price is none."""
    value = price_of(run, bid_of(run, tick), ask_of(run, tick))
    if value == value:
        take_price(forming_of(run)[run.base], value, volume_of(run, tick))


@kernel
def forming_value(run, k, column):
    """A number of the running bar of timeframe k: its closed minutes with the running one; NaN while none is open.

    The finest comes first among `rows`, but a finer one that is not there has a row too.
    """
    base, forming = run.base, forming_of(run)
    if (run.there >> k) & 1 == 0:
        return np.nan
    if k != base:
        catch_up(run, k)
    minute, longer = forming[base, column], forming[k, column]
    has_minute = forming[base, OPEN] == forming[base, OPEN]
    if k == base or forming[k, OPEN] != forming[k, OPEN]:
        return minute if has_minute else np.nan
    if not has_minute:
        return longer
    if column == OPEN:
        return longer
    if column == HIGH:
        return max(longer, minute)
    if column == LOW:
        return min(longer, minute)
    return minute if column == CLOSE_PRICE else longer + minute


@kernel
def forming_progress(run, k):
    """The share of the running bar's time that has passed; 0 while none is open."""
    if forming_value(run, k, OPEN) != forming_value(run, k, OPEN):
        return 0.0
    bar = run.offset[k] + run.counts[k]
    start = integers_at(run.bar_start_at, run.bars)[bar]
    end = integers_at(run.bar_end_at, run.bars)[bar]
    return (run.now - start) / (end - start)
