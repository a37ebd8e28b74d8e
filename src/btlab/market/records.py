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

ORDER = np.dtype(
    [
        ("kind", "i8"),
        ("side", "i8"),  # +1 buys, -1 sells; a close learns its side when it fills
        ("sizing", "i8"),  # UNITS, FRACTION (of equity), PART (of the position), RISK (share of equity) or TARGET (a position)
        ("amount", "f8"),  # in the terms of sizing
        ("size", "f8"),  # units, known when it fills but for UNITS
        ("level", "f8"),  # of a limit or a stop, on the grid; of a stop-limit its stop; NaN for the others
        ("limit", "f8"),  # of a stop-limit; NaN for the others
        ("touched", "i8"),  # the tick at which a stop was met that has not filled whole; -1 before
        ("stop_loss", "f8"),  # of the lots it opens; NaN: none
        ("take_profit", "f8"),
        ("trailing", "f8"),  # distance of a trailing stop; NaN: none
        ("trailing_percent", "f8"),
        ("position", "i8"),  # of a close: the position that it closes, 0: all
        ("state", "i8"),
        ("ending", "i8"),
        ("from_tick", "i8"),  # the first tick that may fill it
        ("created", "i8"),
        ("created_tick", "i8"),  # the last tick taken then; -1 before the first
        ("ended", "i8"),
        ("ended_tick", "i8"),
        ("filled", "f8"),
        ("fills", "i8"),  # how many fills carry its id, those of its brackets too
        ("tif", "i8"),  # GTC, DAY, IOC, FOK
        ("expires", "i8"),  # from here on it no longer works; FOREVER
        ("oco", "i8"),  # number of its group, 0: none
        ("post_only", "i8"),
        ("tag", "i8"),  # key of a text, 0: none
        ("symbol", "i8"),  # whose, by its place among the run's
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
        ("balance", "f8"),  # after it: starting cash + closed gross profit - all commission and financing
        ("booked", "f8"),  # what it added to the balance
        ("acting", "i8"),  # of several symbols: whose tick it came with, and that tick; -1: with none, at a close
        ("acting_tick", "i8"),
        ("acting_sell", "f8"),  # what closing it got and paid then: of a bar, at that point of its path
        ("acting_buy", "f8"),
        ("position", "f8"),  # after it, signed
        ("cost", "f8"),  # after it: sum over open lots of signed size x entry price x contract size, in the quote currency
        ("short", "f8"),  # after it: units of the lots that are short; long - short = position
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
        ("entry_quote", "f8"),  # what closing would have got at that moment
        ("exit_time", "i8"),
        ("exit_tick", "i8"),  # -1 while it is open
        ("exit_price", "f8"),
        ("commission", "f8"),
        ("slippage", "f8"),
        ("financing", "f8"),  # paid for the nights it was held; less than 0: received
        ("gross", "f8"),
        ("rate", "f8"),  # what one unit of the quote currency was in the account's when it ended; NaN while it is open
        ("stop_loss", "f8"),  # now
        ("take_profit", "f8"),
        ("stop_loss_from", "i8"),  # the first tick that meets it, where it was modified; 0: as it came with the entry
        ("take_profit_from", "i8"),
        ("acts_from", "i8"),  # on bars: the first whose path its bracket may meet
        ("first_stop_loss", "f8"),  # when it was entered
        ("first_take_profit", "f8"),
        ("trailing", "f8"),  # distance, NaN: none
        ("trailing_percent", "f8"),
        ("best", "f8"),  # the best closing quote since its entry, which the trailing stop follows
        ("closing", "f8"),  # what a close order of a hedged position still wants of it, and that order's id
        ("closed_by", "i8"),
        ("leaving", "i8"),  # 1 << reason of each stop that was met and has not closed it whole
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

NIGHT = np.dtype(
    [
        ("time", "i8"),
        ("tick", "i8"),  # the last tick taken then
        ("trade", "i8"),
        ("money", "f8"),  # paid; less than 0: received
        ("balance", "f8"),  # after it
    ],
    align=True,
)

BOOK = np.dtype(
    [
        # the indicators of a run; one without any has an empty book
        ("outputs", "i8"),  # how many series there are
        ("row_at", "i8"),  # of each: the row of its timeframe
        ("closed_at", "i8"),  # of each: the address of its values on closed bars; 0 while nobody has read one
        ("fetch", "i8"),  # address of the function that makes them
        ("door", "i8"),  # address of the function that values a running bar, and what it is called with
        ("driver", "i8"),
        ("bars_at", "i8"),  # the running bars, and how many columns they have there
        ("width", "i8"),
        ("seen_at", "i8"),  # for each row: the moment at which its bar was looked at last, and its stamp
        ("stamp", "i8"),  # the last that was given
        ("watched_at", "i8"),  # for each row: bits of the rows whose running bars its indicators read too
        ("follow", "i8"),  # address of the function that counts a running bar's ticks; 0: nobody asks for them
        ("ticks_at", "i8"),  # for each row: what it counts
        ("first_at", "i8"),  # the first tick of every bar
    ],
    align=True,
)

MARK = np.dtype([("time", "i8"), ("tick", "i8"), ("name", "i8"), ("value", "f8"), ("symbol", "i8")], align=True)

RUN = np.dtype(
    [
        # what every tick uses: with fifty symbols it is the lines of memory that count. Where the clock stands
        ("tick", "i8"),  # the tick that comes next (or is met now)
        ("taken", "i8"),  # the last tick that was met or taken, -1 before the first
        ("next_order_tick", "i8"),  # the first tick that may fill an order placed now
        ("until", "i8"),  # the first tick that this part of the run does not meet; FOREVER: run to the end
        ("ticks", "i8"),
        ("minute", "i8"),  # index into minute_tick
        ("minutes", "i8"),
        ("minute_tick_at", "i8"),
        # the ticks
        ("time_at", "i8"),
        ("bid_at", "i8"),
        ("ask_at", "i8"),
        ("packed", "i8"),  # whether time, bid and ask are int32: µs of the minute, and points
        ("scale", "f8"),  # points in a price of 1
        ("price", "i8"),
        ("sizes", "i8"),  # rows of bid_size and ask_size: 0 or ticks
        ("base", "i8"),
        # last quotes: as seen, and as orders meet them (a crossed quote the right way round)
        ("bid", "f8"),
        ("ask", "f8"),
        ("sell_at", "f8"),
        ("buy_at", "f8"),
        # what a quote must reach before an order can fill: buys at or below / at or above, sells at or above / at or below
        ("buy_under", "f8"),
        ("buy_over", "f8"),
        ("sell_over", "f8"),
        ("sell_under", "f8"),
        # the loop
        ("phase", "i8"),
        ("pending", "i8"),  # an event that waits for room in the tables
        ("pause_at", "i8"),  # the minute at which the loop lets others speak
        ("stop", "i8"),  # set from another thread: end the run
        ("until_time", "i8"),  # what ends by then is closed and told all the same
        ("looked", "i8"),  # how many ticks (bars: how many bars) orders were held against, one by one
        ("timeframe", "i8"),  # whose close is being told
        ("next_closer", "i8"),  # the first tick that may find a bar closed
        ("next_longer", "i8"),  # one of another timeframe than the finest
        ("tell", "i8"),  # bits: closes still to be told
        ("closed", "i8"),  # bits: what closed now
        # the account: its money, the rows used of its tables, the fill that is told. Where several symbols are run at once, the
        # one that acts holds these words (execution.holding)
        ("now", "i8"),
        ("balance", "f8"),
        ("traded", "f8"),  # notional of all fills so far
        ("won", "i8"),  # closed trades that won, after all costs, and what; those that lost, and what
        ("lost", "i8"),
        ("gain", "f8"),
        ("loss", "f8"),
        ("called", "i8"),  # the margin call was told and still holds
        ("margin_test", "i8"),  # the quote at which the margin was tested last: 4 x tick (on bars: step) + leg
        ("peak", "f8"),  # the highest equity so far, among the rows of the equity table
        ("day_equity", "f8"),  # at the trading day's start
        ("next_day", "i8"),
        ("orders", "i8"),
        ("fills", "i8"),
        ("trades", "i8"),
        ("marks", "i8"),
        ("changes", "i8"),
        ("choices", "i8"),
        ("nights", "i8"),
        ("fill_order", "i8"),
        ("fill_reason", "i8"),
        ("fill_price", "f8"),
        ("fill_size", "f8"),
        ("told", "i8"),  # fills told to the strategy so far
        # several symbols: how many, which this is, its name, where the first one's record lies. The first's alone: who holds the
        # account, the stage of the common clock, whose tick is being met, of whom something is being told
        ("symbols", "i8"),
        ("symbol", "i8"),
        ("symbol_key", "i8"),
        ("runs_at", "i8"),
        ("holder", "i8"),
        ("stage", "i8"),
        ("acting", "i8"),
        ("active", "i8"),
        ("spoken", "i8"),  # how many pairs of timeframe and symbol were asked, since bars closed last, whether one is to be told
        # the next bar of it that ends; how far its ticks are known to reach nothing, and in which minute that is
        ("next_end", "i8"),
        ("scan", "i8"),
        ("scan_minute", "i8"),
        # how its money becomes the account's: the symbols whose quotes it goes through, and whether it is divided by them
        ("legs", "i8"),
        ("leg_symbol", "i8", (2,)),
        ("leg_divides", "i8", (2,)),
        # what is held of the symbol
        ("position", "f8"),
        ("cost", "f8"),
        ("short", "f8"),  # units of the lots that are short; position = long - short
        # the symbol's orders and lots, and how many rows the tables have room for
        ("working", "i8"),
        ("lots", "i8"),
        ("choice_room", "i8"),
        ("night_room", "i8"),
        ("order_room", "i8"),
        ("mark_room", "i8"),
        ("change_room", "i8"),
        # orders: when the next one expires, and whether one ends at the next tick whatever it brings
        ("next_expiry", "i8"),
        ("urgent", "i8"),
        ("wake", "i8"),  # the tick at which an order that waited for its latency begins to work
        ("careful", "i8"),  # something may happen at prices that move: a trailing stop, a margin rule
        # what the sides of this tick's quote offer, and their whole sizes
        ("buy_offer", "f8"),
        ("sell_offer", "f8"),
        ("buy_quoted", "f8"),
        ("sell_quoted", "f8"),
        ("stale", "i8"),  # the four prices that a quote must reach must be found anew
        ("cursor", "i8"),  # kind and id of what this tick filled last
        ("cursor_trade", "i8"),  # and, of lots, the row in the table of trades
        # the path inside a bar: leg 0 is its open, 1 to 3 lead to the first extreme, the second and the close
        ("leg", "i8"),
        ("high_first", "i8"),
        ("path_at", "f8"),  # the bid now
        ("step", "i8"),  # whose path it is: a finer bar's row, where a run has such, else the bar's index
        # the rules of this run
        ("every_tick", "i8"),
        ("tell_bars", "i8"),  # bits of the subscribed timeframes
        ("tell_fills", "i8"),
        ("both_sizes", "i8"),
        ("on_bars", "i8"),  # the data are bars
        ("intrabar", "i8"),  # PESSIMISTIC ...
        ("timeframes", "i8"),  # how many there are
        ("there", "i8"),  # bits: which they are
        ("grid_units", "f8"),  # a level is points x units / scale; units 0: no grid
        ("grid_scale", "f8"),
        ("lot_units", "f8"),
        ("lot_scale", "f8"),
        ("contract_size", "f8"),
        ("leverage", "f8"),
        ("hedging", "i8"),
        ("margin_call", "f8"),  # equity / used margin; 0: none
        ("margin_call_key", "i8"),  # of the name of its mark
        ("liquidation", "f8"),
        ("limit_position", "f8"),  # inf: none
        ("limit_exposure", "f8"),
        ("limit_daily_loss", "f8"),
        ("limit_drawdown", "f8"),
        ("margin_rules", "i8"),  # there is a margin call or a liquidation
        ("watches_equity", "i8"),  # a limit asks for the peak or for the day's start
        ("fill_now", "i8"),  # market orders fill inside the call that places them
        ("latency", "i8"),  # µs
        ("participation", "f8"),  # share of a quoted size that one side's orders may take; 0: all there is to want
        ("widen", "f8"),  # share of the spread that orders meet on top of it
        ("through", "f8"),  # how far a quote must go beyond a limit
        ("commission_maker", "f8"),  # of the notional
        ("commission_taker", "f8"),
        ("commission_unit", "f8"),  # money a unit
        ("commission_fill", "f8"),  # money a fill
        ("commission_function", "i8"),  # address; 0: none
        ("tiers", "i8"),
        ("slippage_price", "f8"),
        ("slippage_spread", "f8"),  # share of the spread
        ("slippage_low", "f8"),  # drawn between these
        ("slippage_high", "f8"),
        ("slippage_volume", "f8"),  # of the price, where the whole quoted size is taken
        ("seed", "i8"),
        ("night_share_long", "f8"),  # financing of one night: of the notional
        ("night_share_short", "f8"),
        ("night_price_long", "f8"),  # and a price
        ("night_price_short", "f8"),
        ("bar_spread", "f8"),  # what bars have between bid and ask
        # lengths and addresses of the arrays beside it
        ("bars", "i8"),
        ("forming_at", "i8"),  # of `forming` above
        ("bid_size_at", "i8"),
        ("ask_size_at", "i8"),
        ("minute_start_at", "i8"),
        ("ranges_at", "i8"),
        ("leaps_at", "i8"),  # of two `LEAP`; 0: none
        ("bar_start_at", "i8"),
        ("bar_end_at", "i8"),
        ("bar_real_at", "i8"),
        ("bar_ticks_at", "i8"),
        ("bar_closer_at", "i8"),
        ("indicators_at", "i8"),
        ("tier_from_at", "i8"),
        ("tier_share_at", "i8"),
        ("days_at", "i8"),  # starts of all days, those of a weekend too
        ("days", "i8"),
        ("day_end_at", "i8"),  # ends of trading days, the weekend's left out: an order's day ends there, and the account's
        ("day_ends", "i8"),
        ("dusk_at", "i8"),  # ends of trading days at which financing is paid, and for how many nights
        ("dusk_nights_at", "i8"),
        ("dusks", "i8"),
        ("dusk", "i8"),  # how many of them are past
        # its own address, and those of the compiled functions that may fill something (execution.calls)
        ("address", "i8"),
        ("meet_door", "i8"),
        ("walk_door", "i8"),
        ("margin_door", "i8"),
        ("night_door", "i8"),
        ("expire_door", "i8"),
        ("place_door", "i8"),
        ("modify_door", "i8"),
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
        ("night_at", "i8"),
        # a row for each of `ROWS`, last so that what every tick uses lies together: how many bars are completed; what the closed
        # minutes of the open ones hold, row `base`: the running minute
        ("counts", "i8", (len(ROWS),)),
        ("merged", "i8", (len(ROWS),)),  # how many of the finest closed bars are in the running bar of each, or before it
        ("forming", "f8", (len(ROWS), 5)),
        ("told_as", "i8", (len(ROWS),)),  # place of each timeframe among the subscribed ones, as the strategy wrote them
        ("rows", "i8", (len(ROWS),)),  # those that are there, finest first: in this order closes that fall together are told
        ("offset", "i8", (len(ROWS) + 1,)),
    ],
    align=True,
)

LEAP = np.dtype(
    [
        ("row", "i8"),  # of the timeframe whose bars are the blocks
        ("finer", "i8"),  # bits of the timeframes that close inside them
        ("barred", "i8"),  # no block is passed before this tick
        ("blocks", "i8"),
        ("minute_at", "i8"),  # the columns of `market.blocks`
        ("ranges_at", "i8"),
        ("before_at", "i8"),
    ],
    align=True,
)
"""How a run may pass whole hours, or days."""

ACCOUNT = (
    "now", "balance", "traded", "won", "lost", "gain", "loss", "called", "margin_test", "peak", "day_equity", "next_day",
    "orders", "fills", "trades", "marks", "changes", "choices", "nights",
    "fill_order", "fill_reason", "fill_price", "fill_size", "told",
)  # fmt: skip
"""The words of RUN, one after the other, that belong to the account and not to a symbol."""
