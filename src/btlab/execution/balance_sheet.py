"""What an account was worth at its start, at every fill and at every close: one pass over them, after the run."""

from __future__ import annotations

import numpy as np

from btlab.market.jit import inner, kernel


@kernel
def equity_rows(fills, night_time, night_paid, first_time, times, ticks, sell, buy, cash, contract_size, whole, real):
    """Fill the rows of an equity table, in the order of their ticks; of one tick the fills come before its close.

    Args:
        fills: a table of `FILL`. first_time: when the account has its cash and nothing else.
        night_time, night_paid: when nights were paid for, and what all before each, and all of them, cost.
        times, ticks: of every close and of the end, the last tick taken by then.
        sell, buy: what closing a long would get then, and a short pay.
        whole: int64 (2, 1 + fills + closes): time, tick. real: float64 (4, as many): equity, cash, position value, drawdown.
    """
    fill, row, close, closes, nights = 0, 1, 0, ticks.shape[0], night_time.shape[0]
    paid, balance, cost, position, short = 0.0, cash, 0.0, 0.0, 0.0
    peak = put(whole, real, 0, first_time, -1, cash, 0.0, -np.inf)
    while close < closes:
        while fill < fills.shape[0] and fills[fill].tick <= ticks[close]:
            one = fills[fill]
            balance, cost, position, short = one.balance, one.cost, one.position, one.short
            if nights:
                paid = night_paid[np.searchsorted(night_time, one.time, side="right")]
            value = worth(position, short, one.sell_at, one.buy_at) * contract_size
            peak = put(whole, real, row, one.time, one.tick, balance - cost, value, peak)
            fill, row = fill + 1, row + 1
        until = fills[fill].tick if fill < fills.shape[0] else np.int64(2**62)
        now, flat = balance - cost, nights == 0 and position == 0.0 and not short > 0.0
        while flat and close < closes and ticks[close] < until:
            peak = put(whole, real, row, times[close], ticks[close], now, 0.0, peak)
            row, close = row + 1, close + 1
        while close < closes and ticks[close] < until:
            if nights:
                now = balance - (night_paid[np.searchsorted(night_time, times[close], side="right")] - paid) - cost
            value = worth(position, short, sell[close], buy[close]) * contract_size
            peak = put(whole, real, row, times[close], ticks[close], now, value, peak)
            row, close = row + 1, close + 1


@inner
def put(whole, real, row, time, tick, cash, value, peak):
    """Write a row; returns the highest equity so far, NaN from the first on that is not known."""
    total = cash + value
    peak = higher(peak, total)
    whole[0, row], whole[1, row] = time, tick
    real[0, row], real[1, row], real[2, row], real[3, row] = total, cash, value, (peak - total) / peak
    return peak


@inner
def higher(peak, total):
    """The higher of both; NaN from the first total on that is not known."""
    return total if peak == peak and not total <= peak else peak


@inner
def worth(position, short, sell, buy):
    """What closing would bring, for a contract size of 1: a side that nothing is held on counts nothing, seen or not."""
    if short > 0.0 and position + short > 0.0:
        return (position + short) * sell - short * buy
    if position == 0.0:
        return 0.0
    return position * (sell if position > 0.0 else buy)


@kernel
def worths(position, short, sell, buy, out):
    """`worth` of many, row by row: float64, all of one length."""
    for row in range(out.shape[0]):
        out[row] = worth(position[row], short[row], sell[row], buy[row])
