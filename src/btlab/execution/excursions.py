"""The worst and the best a lot stood at while it was open: MAE and MFE, from every tick, after the run.

From the closing side's quotes of the entry's tick and every later one before the exit's, and from the exit's own price, so
the gross profit never lies outside them. Minutes and hours in the middle are read from their ranges, not from their ticks.
"""

from __future__ import annotations

import numpy as np

from btlab.execution.path import vertex
from btlab.market.codes import BY_END
from btlab.market.fold import extremes, first_at, plain
from btlab.market.jit import inner, kernel
from btlab.market.points import MISSING, price_in

HELD_LONG = 200
"""Minutes from which on a trade's hours are sought: two searches for what fewer ranges tell as fast."""


@inner
def closing_quote(bid, ask, side, widen):
    """What closing would get at a quote, its spread wider by a share; NaN where that side is missing."""
    more = widen / 2.0 * (ask - bid) if ask > bid else 0.0
    if side > 0:
        return ask if ask < bid else bid - more
    return bid if bid > ask else ask + more


@inner
def priced(quote, scale):
    return price_in(quote, scale) if scale > 0.0 else np.float64(quote)


@inner
def over_quotes(bid, ask, scale, begin, end, side, widen):
    """(least, most) of what closing would get at ticks; inf and -inf where it was never quoted.

    Where all quotes have two sides the right way round, those of its side are read several at once.
    """
    least, most = np.inf, -np.inf
    if begin >= end:
        return least, most
    first, last = np.uint64(begin), np.uint64(end)
    if widen == 0.0 and plain(bid, ask, first, last):
        low, high = extremes(bid if side > 0 else ask, first, last)
        if low != MISSING:
            return priced(low, scale), priced(high, scale)
    for i in range(begin, end):
        quote = closing_quote(priced(bid[i], scale), priced(ask[i], scale), side, widen)
        if quote == quote:
            least, most = min(least, quote), max(most, quote)
    return least, most


@inner
def over_ranges(ranges, begin, end, side):
    """(least, most) of a row of minutes, or of hours."""
    low, high = (0, 1) if side > 0 else (2, 3)
    least, most = np.inf, -np.inf
    for place in range(begin, end):
        least, most = min(least, ranges[low, place]), max(most, ranges[high, place])
    return least, most


@inner
def over_minutes(ranges, hour_minute, hour_ranges, begin, end, side):
    """(least, most) of minutes, those of whole hours at once: a trade may be held for years."""
    if end - begin < HELD_LONG:
        return over_ranges(ranges, begin, end, side)
    first, last = np.searchsorted(hour_minute, begin) + 1, np.searchsorted(hour_minute, end, side="right")
    if first >= last:
        return over_ranges(ranges, begin, end, side)
    before, between = over_ranges(ranges, begin, hour_minute[first - 1], side), over_ranges(hour_ranges, first, last, side)
    after = over_ranges(ranges, hour_minute[last - 1], end, side)
    return min(before[0], between[0], after[0]), max(before[1], between[1], after[1])


@kernel
def over_ticks(trades, bid, ask, scale, minute_tick, ranges, hour_minute, hour_ranges, contract_size, widen, mae, mfe):
    """Fill `mae` and `mfe` (money, one a trade) for trades on ticks.

    Args:
        bid, ask: prices; or points, of which `scale` make a price of 1 (0: prices).
        minute_tick, ranges: of the minutes (`market.timeline`). hour_minute, hour_ranges: of the hours (`market.blocks`).
    """
    for row in range(trades.shape[0]):
        trade = trades[row]
        side, begin = trade.side, trade.entry_tick
        end = max(trade.exit_tick, begin + 1) if trade.exit_tick >= 0 else bid.shape[0]
        first = np.searchsorted(minute_tick, begin)
        last = first_at(minute_tick, end + 1, first - 1, 1) - 1
        if last <= first or widen != 0.0:  # no whole minute is inside, or none of its range is what closing would have got
            least, most = over_quotes(bid, ask, scale, begin, end, side, widen)
        else:
            before = over_quotes(bid, ask, scale, begin, minute_tick[first], side, widen)
            between = over_minutes(ranges, hour_minute, hour_ranges, first, last, side)
            after = over_quotes(bid, ask, scale, minute_tick[last], end, side, widen)
            least, most = min(before[0], between[0], after[0]), max(before[1], between[1], after[1])
        finish(trade, least, most, contract_size, row, mae, mfe)


@kernel
def over_bars(trades, open_, high, low, close, spread, widen, contract_size, mae, mfe):
    """Fill `mae` and `mfe` for trades on bars: from the quote each entry met along the path that each bar took.

    Args:
        open_, high, low, close: of the steps of the path: the bars, or the finer bars inside them.
    """
    for row in range(trades.shape[0]):
        trade = trades[row]
        shift = -widen / 2.0 * spread if trade.side > 0 else spread + widen / 2.0 * spread
        begin = trade.entry_leg // 8
        end = trade.exit_leg // 8 if trade.exit_tick >= 0 else open_.shape[0]
        least = most = trade.entry_quote
        for step in range(begin, min(end + 1, open_.shape[0])):
            first, last, turn = 0, 3, 0
            if step == begin:
                first, turn = max(trade.entry_leg % 4, 1), trade.entry_leg // 4 % 2
            if step == end and trade.exit_tick >= 0:
                last, turn = 3 if trade.reason == BY_END else trade.exit_leg % 4 - 1, trade.exit_leg // 4 % 2
            for leg in range(first, last + 1):
                quote = vertex(turn, leg, open_[step], high[step], low[step], close[step]) + shift
                least, most = min(least, quote), max(most, quote)
        finish(trade, least, most, contract_size, row, mae, mfe)


@inner
def finish(trade, least, most, contract_size, row, mae, mfe):
    """Turn the extremes of the closing quote into money, the exit's own price counted in."""
    if trade.exit_tick >= 0:
        least, most = min(least, trade.exit_price), max(most, trade.exit_price)
    if not least <= most:  # its closing side was never quoted: nothing is known
        least = most = trade.entry_price
    money = trade.side * trade.size * contract_size
    one, other = (least - trade.entry_price) * money, (most - trade.entry_price) * money
    mae[row], mfe[row] = min(one, other), max(one, other)
