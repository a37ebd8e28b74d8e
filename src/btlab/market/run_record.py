"""The contract of the project, second part: what lies in memory while a strategy runs. The tables beside it: `records`.

One `RUN` record holds the state of a run, and the addresses of its tables. Whoever starts a run keeps the arrays alive. Prices
are in the quote's units, money in the account's currency, sizes in units, times in µs UTC.
"""

from __future__ import annotations

import numpy as np

from btlab.market.timeframe import ROWS

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
        ("participation", "f8"),  # units that one side's orders may take of a quoted size of 1; 0: all there is to want
        ("size_unit", "f8"),  # units in a quoted size of 1
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
