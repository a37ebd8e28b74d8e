"""The numbers that stand for words in the tables of a run, and the words."""

from __future__ import annotations

import numpy as np


def _codes(count: int) -> tuple[np.int64, ...]:
    """Numbers that numba takes for values, not for types: a kernel is compiled once, not once for each code."""
    return tuple(np.int64(code) for code in range(count))


NONE = np.int64(-1)

# kinds of orders, in the words of the order table
MARKET, LIMIT, STOP, CLOSE, STOP_LIMIT = _codes(5)
KINDS = ("market", "limit", "stop", "close", "stop_limit")

# how an order's size is to be read
UNITS, FRACTION, PART, RISK, TARGET = _codes(5)

# how long an order works
GTC, DAY, IOC, FOK = _codes(4)
TIFS = ("gtc", "day", "ioc", "fok")

# states of an order; the first and the last are those of one that works
WORKING, FILLED, CANCELLED, REJECTED, EXPIRED, PARTLY_FILLED = _codes(6)
STATES = ("working", "filled", "cancelled", "rejected", "expired", "partly_filled")

# what happened to an order, in the words of the table of changes
PLACED, MODIFIED, UNMODIFIED, TRIGGERED, ENDED, BRACKET, PARTED = _codes(7)
CHANGES = ("placed", "modified", "not modified", "triggered", "ended", "bracket modified", "partly filled")

# why a fill happened
REASONS = ("market", "limit", "stop", "close", "stop_loss", "take_profit", "end", "stop_limit", "trailing", "liquidation")
(
    BY_MARKET, BY_LIMIT, BY_STOP, BY_CLOSE, BY_STOP_LOSS, BY_TAKE_PROFIT, BY_END, BY_STOP_LIMIT, BY_TRAILING, BY_LIQUIDATION,
) = _codes(10)  # fmt: skip

# why an order was cancelled or rejected; the text is the user's
ENDINGS = (
    "",
    "cancelled by the strategy",
    "order.flat: there was no position to close",
    "order.size: a size must be positive and finite",
    "order.level: a level must be positive and finite; NaN is not 'none', leave the argument out for that",
    "order.lot: the size is 0 after rounding down to the lot",
    "order.margin: the position would be larger than equity x leverage",
    "order.stop_limit: the stop of a buy lies over its limit, or that of a sell under it",
    "order.post_only: it would have filled at the first tick it met",
    "order.tif: it did not fill at the first tick it met",
    "order.expired: its time was over",
    "order.oco: another order of its group filled",
    "order.target: the position was there already",
    "order.risk: the stop loss is not on the losing side of the price, or the equity at risk does not pay the costs",
    "order.expire: a time to work must be positive",
    "order.limit_position: the position would be larger than limits.position",
    "order.limit_exposure: the positions would be worth more than limits.exposure x equity",
    "order.limit_daily_loss: the day has lost limits.daily_loss or more; nothing is enlarged before the next",
    "order.limit_drawdown: the equity lies limits.drawdown or more under its highest; nothing is enlarged",
    "order.rate: a pair that turns its money into the account's currency was not quoted yet",
)
(
    NOT_ENDED, BY_STRATEGY, NOTHING_TO_CLOSE, BAD_SIZE, BAD_LEVEL, NO_LOT, NO_MARGIN, CROSSED_LEVELS, WOULD_FILL, NOT_AT_ONCE,
    TOO_LATE, BY_GROUP, AT_TARGET, NO_RISK, BAD_EXPIRY, LIMIT_POSITION, LIMIT_EXPOSURE, LIMIT_DAILY_LOSS, LIMIT_DRAWDOWN,
    NO_RATE,
) = _codes(20)  # fmt: skip

# which way a bar's path takes where that is not known; the words of Execution(intrabar=)
PESSIMISTIC, OPTIMISTIC, ADAPTIVE, HIGH_FIRST, LOW_FIRST = _codes(5)
POLICIES = ("pessimistic", "optimistic", "path", "high_first", "low_first")

FOREVER = np.int64(2**62)
CLOSES, WALK, MET, PATH, TAKE = range(5)
"""Phases: bars close and are told, ticks come, one meets the orders, a bar's path is followed, the running bars take it."""
FILLS_AN_ORDER, TRADES_AN_ORDER = 2, 4
"""Rows that the tables of fills, trades and lots have for each row of the table of orders."""
