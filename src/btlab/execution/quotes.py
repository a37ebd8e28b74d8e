"""Quotes as orders meet them: the right way round where they are crossed, and wider where the execution says so."""

from __future__ import annotations

from btlab.execution.grid import on_point
from btlab.market.columns import ask_of, bid_of
from btlab.market.jit import inner
from btlab.market.memory import float_at


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
def see_last(run, first, last):
    """See what ticks first <= i < last leave seen, looking at no more of them than needed."""
    bid, ask = bid_of(run, last - 1), ask_of(run, last - 1)
    if not see_both(run, bid, ask):
        for tick in range(first, last):
            see(run, bid_of(run, tick), ask_of(run, tick))


@inner
def range_of(run, minute):
    """Least and greatest of what a sell gets, then of what a buy pays, in a minute; never too narrow where spreads widen."""
    sell_low, sell_high = range_at(run, 0, minute), range_at(run, 1, minute)
    buy_low, buy_high = range_at(run, 2, minute), range_at(run, 3, minute)
    if run.widen > 0.0:
        more = run.widen / 2.0 * (buy_high - sell_low) * (1.0 + 1e-9)
        sell_low, buy_high = sell_low - more, buy_high + more
    return sell_low, sell_high, buy_low, buy_high


@inner
def range_at(run, row, minute):
    """A row of `timeline.ranges` in a minute."""
    return float_at(run.ranges_at, row * run.minutes + minute)


@inner
def sizes_at(run, tick):
    """The sizes that a buy and a sell find at a tick; a trade shows one size to both."""
    bid_size, ask_size = float_at(run.bid_size_at, tick), float_at(run.ask_size_at, tick)
    if run.both_sizes:
        return bid_size + ask_size, bid_size + ask_size
    return ask_size, bid_size


@inner
def quote_at(run, tick):
    """`quote_of` a tick."""
    return quote_of(run, bid_of(run, tick), ask_of(run, tick))


@inner
def spread_at(run, tick):
    """`spread_of` a tick."""
    return spread_of(bid_of(run, tick), ask_of(run, tick))
