"""The contract of the project: the tables that a run leaves, row by row and field by field. The run itself: `run_record`.

Tables of `ORDER`, `FILL`, `TRADE` and `MARK` rows grow beside the `RUN` record, which holds their addresses, so that an engine, a
compiled strategy and an interpreted one all see the same bytes. Prices are in the quote's units, money in the account's currency,
sizes in units, times in µs UTC.
"""

from __future__ import annotations

import numpy as np

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
        ("value", "f8"),  # what a rule of the account compared when it refused a fill; NaN for all others
        ("bound", "f8"),
    ],
    align=True,
)

CHOICE = np.dtype(
    [
        # a fill that only one of a bar's two paths gave
        ("time", "i8"),  # of the bar
        ("tick", "i8"),  # the bar; of a symbol that the path of another liquidates: its last
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

MARK = np.dtype(
    [
        ("time", "i8"),
        ("tick", "i8"),
        ("name", "i8"),  # key of a mark's name, or of what was logged
        ("value", "f8"),
        ("symbol", "i8"),
        ("logged", "i8"),  # 1: by ctx.log
    ],
    align=True,
)
