"""The driver's table: a row for each node in the order of the graph, and the addresses of what it reads."""

from __future__ import annotations

import numpy as np

from btlab.indicators.columns import PRICES, TIMES
from btlab.indicators.entry import TICK_INPUTS
from btlab.market.timeframe import ROWS

STREAM, OWN = range(2)
"""What a row is: one of TA-Lib's streams, or a node of our own."""

MEAN, CLOSED, RUNNING = range(3)
"""Inputs that are made when they are read: a mean of the running bar's prices, the last closed value of another timeframe, or
that of its running bar while one runs. All others lie where they are needed: in the table of running bars, or among the outputs
of other rows."""

UNREADY, READY, FIRST_WINDOW = range(3)
"""What a row can say of the running bar: nothing yet; what its stream or node says; or the value of the first window there is,
which needs the running bar to be whole."""

BAR_COLUMNS: tuple[str, ...] = (*PRICES, *TIMES, *TICK_INPUTS)
"""What the table of running bars holds for each timeframe, in a row of eight-byte floats."""

FIRST_OUTPUT = len(ROWS) * len(BAR_COLUMNS)
"""Where outputs begin among what moves: after the running bars of all timeframes."""

LIVE_INPUTS = 4
NO_PARENT, PARENTS = -1, -2
ASK, SILENT = 1, 2
"""A stream that is READY, and nothing to be heeded but, perhaps, one parent; one that has nothing to say before another bar has
closed, and whose outputs say so already."""

LIVE = np.dtype(
    [
        # One line of the processor's cache: with all in one row, 60 indicators took 1.8 us a tick instead of 1.0
        ("stamp", "i8"),  # of the moment it was valued last
        ("peek", "i8"),  # address of TA_X_Peek, or of the function of a node of our own
        ("handle", "i8"),  # of the stream, 0 while it is not open; the state of a node of our own
        ("settled", "i4"),  # the count of closed bars for which `state` and the stream are right
        ("first", "i4"),  # where its outputs lie among `moving`
        ("inputs", "i4", (LIVE_INPUTS,)),  # where the running bar's inputs lie among `moving`, the first four
        ("timeframe", "i1"),
        ("state", "i1"),  # UNREADY, READY, FIRST_WINDOW
        ("kind", "i1"),
        ("shape", "i1"),
        ("outputs", "i1"),
        ("made", "i1"),  # how many inputs are made
        ("whole", "i1"),  # bits: outputs that the library writes as ints
        ("before", "i1"),  # whether other rows are to be valued first
        ("plain", "i4"),  # ASK, SILENT, or 0: `drive.value` knows what to do
        ("parent", "i4"),  # the row that is to be valued first where that is one; NO_PARENT: none, PARENTS: more than one
    ],
    align=True,
)
"""What a row is asked for at every tick."""

SLOTS = 128
"""Answers that a shelf has room for, one a close: with 64 of these, 99 of 100 are found again that 1,024 know."""
SLOT_COUNT, SLOT_GIVEN, SLOT_OPEN, SLOT_HIGH, SLOT_LOW, SLOT_CLOSE, SLOT_ANSWERS = range(7)
"""Words of a slot: bars that had closed, and 1; bits: whose answers are there; the prices they were given for; the answers."""
SHELF_ROWS = 63
"""Rows of one shelf at most, a bit each."""
WORTH = 4
"""Questions that a shelf has to save at each moment. To look for the prices costs as much as three streams or four, since whether
they are there is nothing that a processor foresees: of RSI alone a tick took 2.0 times the stream's own time without a shelf and
2.7 to 5.1 with one, ten indicators of 1h 1.5 and 0.8."""
TRIAL = 4_096
"""Moments after which a shelf is given up that was not worth it: prices on no grid do not come again."""

SHELF = np.dtype(
    [
        ("stamp", "i8"),  # of the moment whose slot it is
        ("slot", "i8"),  # the address of that slot
        ("before", "i8"),  # the moment before, and its slot; 0: none
        ("slot_before", "i8"),
        ("bar", "i8"),  # the address of the running bar
        ("count", "i8"),  # that of the count of closed bars
        ("slots", "i8"),  # that of the first slot
        ("width", "i8"),  # bytes of a slot
        ("rows", "i8"),  # how many there are
        ("closes", "i8"),  # how many of them, the first ones, heed the bar's close alone
        ("extents", "i8"),  # bits: those that heed its high and low alone
        ("extent_first", "i8"),  # where their answers begin in a slot, and how many words they are
        ("extent_words", "i8"),
        ("rows_at", "i8"),  # int32: which, in order
        ("asked_at", "i8"),  # int64: for each, the moment at which somebody asked it last
        ("looks", "i8"),  # of the trial that goes on: its moments; times that the prices were not there; the rows wanted
        ("fills", "i8"),  # then, in all, and those that were asked
        ("wanted", "i8"),
        ("asks", "i8"),
    ],
    align=True,
)
"""What streams said of the running bar of a timeframe, for as long as it runs: prices come again, and with them the same answers.

Its rows are given prices of the running bar and nothing else, at first or at second hand, so a stream of closes is asked once for
each close and not for each tick. Of 100 answers 76 are known on a random walk of 120 days in points, 67 on real EURUSD mids and
84 on their bids.
"""

SPOT = np.dtype([("shelf", "i8"), ("bit", "i8"), ("asked", "i8"), ("word", "i4"), ("row", "i4")], align=True)
"""Of an output: the address of its shelf, or 0: it lies at `outputs_at`; the bit of its row there, and the address where it says
when it was asked last; which word of a slot it is."""

SHELVED = np.dtype(
    [("given", "i4", (LIVE_INPUTS,)), ("shelf", "i8"), ("first", "i8"), ("bit", "i8"), ("before", "i8")], align=True
)
"""Of a row on a shelf, by its address: words of a slot that are its inputs, and its first output; its bit, and its parent's."""

MADE = np.dtype([("kind", "i8"), ("which", "i8"), ("timeframe", "i8"), ("running", "i8"), ("place", "i8")], align=True)
"""An input that is made: kind; which mean, or the address of the closed values; of which timeframe; where among `moving` the
running bar's value is, and where the input is to be."""

ROW = np.dtype(
    [
        ("plan", "i8"),  # the rows to value before this one: how many, and where they are listed
        ("plan_at", "i8"),
        ("inputs", "i8"),
        ("inputs_at", "i8"),  # int32: where all of the running bar's inputs lie among `moving`
        ("made_at", "i8"),
        ("parameters_at", "i8"),
        ("windows", "i8"),  # of a node of our own
        ("heads", "i8"),
        ("memory", "i8"),
        ("aside_at", "i8"),
        ("asked", "i8"),  # how often it was asked of a running bar
        ("failed_at", "i8"),  # of one of a user's own: the address of a float that is not 0 when it has failed
        ("lookback", "i8"),
        ("open_shape", "i8"),
        ("open", "i8"),  # addresses of functions
        ("update", "i8"),
        ("clone", "i8"),
        ("close", "i8"),
        ("histories_at", "i8"),  # addresses of its inputs on closed bars, those alone that are finite
        ("begin", "i8"),  # how many bars before the first of them
        ("ranks_at", "i8"),  # how many of them there are after so many bars; 0: all from `begin` on
        ("taken", "i8"),  # how many the stream has taken
        ("ahead_at", "i8"),  # addresses of room for the first window, which only the running bar fills
    ],
    align=True,
)
"""What a row is asked for when bars have closed, and beside `LIVE` where it is no plain stream."""

DRIVER = np.dtype(
    [
        ("rows", "i8"),
        ("live_at", "i8"),
        ("row_at", "i8"),
        ("spot_at", "i8"),  # `SPOT` of each output of the graph
        ("shelved_at", "i8"),  # `SHELVED` of each row
        ("counts_at", "i8"),  # closed bars of each timeframe
        ("moving_at", "i8"),  # running bars, then outputs, then inputs that are made
        ("outputs_at", "i8"),  # where the outputs begin
        ("given_at", "i8"),  # room for the inputs of one closed bar
        ("in_order_at", "i8"),  # int32: 0, 1, 2 ...: where they lie there
        ("settle", "i8"),  # addresses of `drive.DOORS`
        ("first_window", "i8"),
        ("make_inputs", "i8"),
        ("by_own_rules", "i8"),
        ("value_before", "i8"),
        ("value", "i8"),
        ("put_away", "i8"),  # and those of `read.DOORS`
        ("fill", "i8"),
        ("failures", "i8"),  # calls that the library refused
        ("stop_at", "i8"),  # the word that ends the run where one of a user's own has failed; 0: nobody's
    ],
    align=True,
)
