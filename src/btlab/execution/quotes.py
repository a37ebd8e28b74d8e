"""Quotes as orders meet them: the right way round where they are crossed, and wider where the execution says so."""

from __future__ import annotations

from btlab.execution.grid import on_point
from btlab.market.jit import inner


@inner
def quote_of(run, bid, ask):
    """What a buy pays and a sell gets; NaN for a missing side."""
    if ask < bid:
        return bid, ask
    if run.widen > 0.0 and ask > bid:
        more = run.widen / 2.0 * (ask - bid)
        return on_point(run, ask + more), on_point(run, bid - more)
    return ask, bid


@inner
def spread_of(bid, ask):
    """The spread as it is quoted; 0 where the quote is crossed or lacks a side."""
    return ask - bid if ask > bid else 0.0


@inner
def see(run, bid, ask):
    """Remember a quote: as it is, and as orders meet it. A missing side leaves the last one there."""
    buy, sell = quote_of(run, bid, ask)
    if bid == bid:
        run.bid, run.sell_at = bid, sell
    if ask == ask:
        run.ask, run.buy_at = ask, buy


@inner
def see_both(run, bid, ask):
    """See a quote that has both sides; False, and nothing seen, where one is missing."""
    there = bid == bid and ask == ask
    if there:
        see(run, bid, ask)
    return there


@inner
def see_last(run, bid, ask, first, last):
    """See what ticks first <= i < last leave seen, looking at no more of them than needed."""
    tick = last - 1
    see(run, bid[tick], ask[tick])
    if bid[tick] != bid[tick] or ask[tick] != ask[tick]:
        for earlier in range(first, last):
            see(run, bid[earlier], ask[earlier])


@inner
def range_of(run, ranges, minute):
    """Least and greatest of what a sell gets, then of what a buy pays, in a minute; never too narrow where spreads widen."""
    sell_low, sell_high, buy_low, buy_high = ranges[0, minute], ranges[1, minute], ranges[2, minute], ranges[3, minute]
    if run.widen > 0.0:
        more = run.widen / 2.0 * (buy_high - sell_low) * (1.0 + 1e-9)
        sell_low, buy_high = sell_low - more, buy_high + more
    return sell_low, sell_high, buy_low, buy_high


@inner
def sizes_at(run, bid_size, ask_size, tick):
    """The sizes that a buy and a sell find at a tick; a trade shows one size to both."""
    if run.both_sizes:
        size = bid_size[tick] + ask_size[tick]
        return size, size
    return ask_size[tick], bid_size[tick]
