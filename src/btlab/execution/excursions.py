"""The worst and the best a lot stood at while it was open: MAE and MFE, from every tick, after the run.

From the closing side's quotes of the entry's tick and every later one before the exit's, and from the exit's own price, so
the gross profit never lies outside them. Minutes in the middle are read from their ranges, not from their ticks.
"""

from __future__ import annotations

import numpy as np

from btlab.execution.path import vertex
from btlab.market.codes import BY_END
from btlab.market.jit import inner, kernel
from btlab.market.points import MISSING, price_in


@inner
def closing_quote(bid, ask, side, widen):
    """What closing would get at a quote, its spread wider by a share; NaN where that side is missing."""
    more = widen / 2.0 * (ask - bid) if ask > bid else 0.0
    if side > 0:
        return ask if ask < bid else bid - more
    return bid if bid > ask else ask + more


@inner
def price_at(side, tick, scale):
    return price_in(side[tick], scale) if scale > 0.0 else np.float64(side[tick])


@inner
def over_points(bid, ask, begin, end, side):
    """(least, most) of the closing side's points; a missing quote has none."""
    least, most = np.int64(2**31), np.int64(-(2**31))
    ours, other = (bid, ask) if side > 0 else (ask, bid)
    for i in range(begin, end):
        quote, against = np.int64(ours[i]), np.int64(other[i])
        if against != MISSING and (against - quote) * side < 0:
            quote = against if quote != MISSING else quote
        if quote != MISSING:
            least, most = min(least, quote), max(most, quote)
    return least, most


@kernel
def over_ticks(trades, bid, ask, scale, minute_tick, ranges, contract_size, widen, mae, mfe):
    """Fill `mae` and `mfe` (money, one a trade) for trades on ticks.

    Args:
        bid, ask: prices; or points, of which `scale` make a price of 1 (0: prices).
    """
    for row in range(trades.shape[0]):
        trade = trades[row]
        side, least, most = trade.side, np.inf, -np.inf
        begin = trade.entry_tick
        end = max(trade.exit_tick, begin + 1) if trade.exit_tick >= 0 else bid.shape[0]
        tick = begin
        minute = np.searchsorted(minute_tick, tick, side="right") - 1
        while tick < end:
            if widen == 0.0 and tick == minute_tick[minute] and minute_tick[minute + 1] <= end:
                least = min(least, ranges[0 if side > 0 else 2, minute])
                most = max(most, ranges[1 if side > 0 else 3, minute])
                tick = minute_tick[minute + 1]
            else:
                last = min(end, minute_tick[minute + 1])
                if scale > 0.0 and widen == 0.0:
                    low, high = over_points(bid, ask, tick, last, side)
                    if low <= high:
                        least, most = min(least, low / scale), max(most, high / scale)
                else:
                    for i in range(tick, last):
                        quote = closing_quote(price_at(bid, i, scale), price_at(ask, i, scale), side, widen)
                        if quote == quote:
                            least, most = min(least, quote), max(most, quote)
                tick = last
            minute += 1
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
