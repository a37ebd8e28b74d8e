"""The contract of the project: what lies in memory while a strategy runs, field by field.

One `RUN` record holds the state of a run; tables of `ORDER`, `FILL`, `TRADE` and `MARK` rows grow beside it, and `RUN` holds
their addresses, so that an engine, a compiled strategy and an interpreted one all see the same bytes. Whoever starts a run
keeps the arrays alive. Prices are in the quote's units, money in the account's currency, sizes in units, times in µs UTC.
"""

from __future__ import annotations

import numpy as np

from btlab.market.timeframe import ROWS


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

# states of an order
WORKING, FILLED, CANCELLED, REJECTED, EXPIRED = _codes(5)
STATES = ("working", "filled", "cancelled", "rejected", "expired")

# what happened to an order, in the words of the table of changes
PLACED, MODIFIED, UNMODIFIED, TRIGGERED, ENDED, BRACKET = _codes(6)
CHANGES = ("placed", "modified", "not modified", "triggered", "ended", "bracket modified")

# why a fill happened
REASONS = ("market", "limit", "stop", "close", "stop_loss", "take_profit", "end", "stop_limit")
BY_MARKET, BY_LIMIT, BY_STOP, BY_CLOSE, BY_STOP_LOSS, BY_TAKE_PROFIT, BY_END, BY_STOP_LIMIT = _codes(8)

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
)
(
    NOT_ENDED, BY_STRATEGY, NOTHING_TO_CLOSE, BAD_SIZE, BAD_LEVEL, NO_LOT, NO_MARGIN, CROSSED_LEVELS, WOULD_FILL, NOT_AT_ONCE,
    TOO_LATE, BY_GROUP, AT_TARGET, NO_RISK, BAD_EXPIRY,
) = _codes(15)  # fmt: skip

# which way a bar's path takes where that is not known; the words of Execution(intrabar=)
PESSIMISTIC, OPTIMISTIC, ADAPTIVE, HIGH_FIRST, LOW_FIRST = _codes(5)
POLICIES = ("pessimistic", "optimistic", "path", "high_first", "low_first")

FOREVER = np.int64(2**62)

ORDER = np.dtype(
    [
        ("kind", "i8"),
        ("side", "i8"),  # +1 buys, -1 sells; a close learns its side when it fills
        ("sizing", "i8"),  # UNITS, FRACTION (of equity), PART (of the position), RISK (share of equity) or TARGET (a position)
        ("amount", "f8"),  # in the terms of sizing
        ("size", "f8"),  # units, known when it fills but for UNITS
        ("level", "f8"),  # of a limit or a stop, on the grid; of a stop-limit its stop; NaN for the others
        ("limit", "f8"),  # of a stop-limit; NaN for the others
        ("touched", "i8"),  # the tick at which a stop-limit's stop was met; -1 before
        ("stop_loss", "f8"),  # of the lots it opens; NaN: none
        ("take_profit", "f8"),
        ("state", "i8"),
        ("ending", "i8"),
        ("from_tick", "i8"),  # the first tick that may fill it
        ("created", "i8"),
        ("created_tick", "i8"),  # the last tick taken then; -1 before the first
        ("ended", "i8"),
        ("ended_tick", "i8"),
        ("filled", "f8"),
        ("tif", "i8"),  # GTC, DAY, IOC, FOK
        ("expires", "i8"),  # from here on it no longer works; FOREVER
        ("oco", "i8"),  # number of its group, 0: none
        ("post_only", "i8"),
        ("tag", "i8"),  # key of a text, 0: none
    ],
    align=True,
)

FILL = np.dtype(
    [
        ("order", "i8"),  # of the entry, for what belongs to lots
        ("time", "i8"),
        ("tick", "i8"),
        ("side", "i8"),
        ("size", "f8"),
        ("price", "f8"),
        ("commission", "f8"),
        ("slippage", "f8"),  # money; it is in the price already
        ("reason", "i8"),
        ("sell_at", "f8"),  # the quotes it met, as orders meet them
        ("buy_at", "f8"),
        ("balance", "f8"),  # after it: starting cash + closed gross profit - all commission
        ("position", "f8"),  # after it, signed
        ("cost", "f8"),  # after it: sum over open lots of signed size x entry price x contract size
    ],
    align=True,
)

TRADE = np.dtype(
    [
        ("parent", "i8"),  # the lot this is a part of, 0: none
        ("side", "i8"),
        ("size", "f8"),
        ("entry_order", "i8"),
        ("entry_time", "i8"),
        ("entry_tick", "i8"),
        ("entry_price", "f8"),
        ("exit_time", "i8"),
        ("exit_tick", "i8"),  # -1 while it is open
        ("exit_price", "f8"),
        ("commission", "f8"),
        ("slippage", "f8"),
        ("gross", "f8"),
        ("stop_loss", "f8"),  # now
        ("take_profit", "f8"),
        ("stop_loss_from", "i8"),  # the first tick that meets it, where it was modified; 0: as it came with the entry
        ("take_profit_from", "i8"),
        ("first_stop_loss", "f8"),  # when it was entered
        ("first_take_profit", "f8"),
        ("reason", "i8"),
        ("tag", "i8"),
        ("entry_leg", "i8"),  # where on a bar's path: leg + 4 x high first + 8 x step; 0 on ticks
        ("exit_leg", "i8"),
    ],
    align=True,
)

CHANGE = np.dtype(
    [
        ("order", "i8"),
        ("time", "i8"),
        ("tick", "i8"),  # the last tick taken then
        ("what", "i8"),  # PLACED ... BRACKET
        ("state", "i8"),  # after it
        ("ending", "i8"),
        ("level", "f8"),  # as they stood after it
        ("limit", "f8"),
        ("stop_loss", "f8"),
        ("take_profit", "f8"),
        ("size", "f8"),
    ],
    align=True,
)

CHOICE = np.dtype(
    [
        # a fill that only one of a bar's two paths gave
        ("tick", "i8"),
        ("step", "i8"),
        ("order", "i8"),
        ("reason", "i8"),
        ("side", "i8"),
        ("size", "f8"),
        ("price", "f8"),
        ("position", "f8"),  # after it, signed
        ("high_first", "i8"),  # of the path that gave it
        ("taken", "i8"),  # of the path that was taken
        ("worth", "f8"),  # equity at the end of the path that gave it, and of the other
        ("other_worth", "f8"),
    ],
    align=True,
)

MARK = np.dtype([("time", "i8"), ("tick", "i8"), ("name", "i8"), ("value", "f8")], align=True)

RUN = np.dtype(
    [
        # where the clock stands
        ("phase", "i8"),
        ("pending", "i8"),  # an event that waits for room in the tables
        ("minute", "i8"),  # index into minute_tick
        ("pause_at", "i8"),  # the minute at which the loop lets others speak
        ("stop", "i8"),  # set from another thread: end the run
        ("until", "i8"),  # the first tick that this part of the run does not meet; FOREVER: run to the end
        ("until_time", "i8"),  # what ends by then is closed and told all the same
        ("tick", "i8"),  # the tick that comes next (or is met now)
        ("taken", "i8"),  # the last tick that was met or taken, -1 before the first
        ("now", "i8"),
        ("timeframe", "i8"),  # whose close is being told
        ("tell", "i8"),  # bits: closes still to be told
        ("closed", "i8"),  # bits: what closed now
        ("next_order_tick", "i8"),  # the first tick that may fill an order placed now
        # last quotes: as seen, and as orders meet them (a crossed quote the right way round)
        ("bid", "f8"),
        ("ask", "f8"),
        ("sell_at", "f8"),
        ("buy_at", "f8"),
        # bars, a row for each of `ROWS`: how many are completed, what the closed minutes of the open ones hold; row `base`: the
        # running minute
        ("counts", "i8", (len(ROWS),)),
        ("forming", "f8", (len(ROWS), 5)),
        # the account
        ("balance", "f8"),
        ("position", "f8"),
        ("cost", "f8"),
        # tables: rows used, and rows there is room for
        ("orders", "i8"),
        ("working", "i8"),
        ("fills", "i8"),
        ("trades", "i8"),
        ("lots", "i8"),
        ("marks", "i8"),
        ("changes", "i8"),
        ("choices", "i8"),
        ("choice_room", "i8"),
        ("order_room", "i8"),
        ("mark_room", "i8"),
        ("change_room", "i8"),
        # orders: when the next one expires, and whether one ends at the next tick whatever it brings
        ("next_expiry", "i8"),
        ("urgent", "i8"),
        # the fill being told
        ("fill_order", "i8"),
        ("fill_reason", "i8"),
        ("fill_price", "f8"),
        ("fill_size", "f8"),
        # what a quote must reach before an order can fill: buys at or below / at or above, sells at or above / at or below
        ("stale", "i8"),  # the four must be found anew
        ("buy_under", "f8"),
        ("buy_over", "f8"),
        ("sell_over", "f8"),
        ("sell_under", "f8"),
        ("cursor", "i8"),  # kind and id of what this tick filled last
        # the path inside a bar: leg 0 is its open, 1 to 3 lead to the first extreme, the second and the close
        ("leg", "i8"),
        ("high_first", "i8"),
        ("path_at", "f8"),  # the bid now
        ("step", "i8"),  # whose path it is: a finer bar's row, where a run has such, else the bar's index
        # the rules of this run
        ("every_tick", "i8"),
        ("tell_bars", "i8"),  # bits of the subscribed timeframes
        ("told_as", "i8", (len(ROWS),)),  # place of each timeframe among the subscribed ones, as the strategy wrote them
        ("tell_fills", "i8"),
        ("price", "i8"),
        ("both_sizes", "i8"),
        ("on_bars", "i8"),  # the data are bars
        ("intrabar", "i8"),  # PESSIMISTIC ...
        ("base", "i8"),
        ("timeframes", "i8"),  # how many there are
        ("rows", "i8", (len(ROWS),)),  # theirs, finest first: in this order closes that fall together are told
        ("there", "i8"),  # bits: which they are
        ("grid_units", "f8"),  # a level is points x units / scale; units 0: no grid
        ("grid_scale", "f8"),
        ("lot_units", "f8"),
        ("lot_scale", "f8"),
        ("contract_size", "f8"),
        ("leverage", "f8"),
        ("commission_share", "f8"),  # of the notional
        ("commission_unit", "f8"),  # money a unit
        ("commission_fill", "f8"),  # money a fill
        ("slippage_price", "f8"),
        ("slippage_spread", "f8"),  # share of the spread
        ("bar_spread", "f8"),  # what bars have between bid and ask
        # lengths and addresses of the arrays beside it
        ("ticks", "i8"),
        ("minutes", "i8"),
        ("sizes", "i8"),  # rows of bid_size and ask_size: 0 or ticks
        ("bars", "i8"),
        ("offset", "i8", (len(ROWS) + 1,)),
        ("forming_at", "i8"),  # of `forming` above
        ("time_at", "i8"),
        ("bid_at", "i8"),
        ("ask_at", "i8"),
        ("bid_size_at", "i8"),
        ("ask_size_at", "i8"),
        ("minute_tick_at", "i8"),
        ("ranges_at", "i8"),
        ("bar_start_at", "i8"),
        ("bar_end_at", "i8"),
        ("bar_real_at", "i8"),
        ("bar_ticks_at", "i8"),
        ("bar_closer_at", "i8"),
        ("days_at", "i8"),
        ("days", "i8"),
        ("order_at", "i8"),
        ("working_at", "i8"),
        ("fill_at", "i8"),
        ("trade_at", "i8"),
        ("lot_at", "i8"),
        ("mark_at", "i8"),
        ("change_at", "i8"),
        ("choice_at", "i8"),
        ("steps", "i8"),  # finer bars inside the data's bars; 0: none
        ("step_price_at", "i8"),
        ("step_first_at", "i8"),
    ],
    align=True,
)
