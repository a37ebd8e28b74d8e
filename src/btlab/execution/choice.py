"""Which way a bar's path takes, and what depends on it.

Which extreme comes first nobody knows. Both paths are rehearsed where they may differ, and what only one of them fills is noted
(`session.ambiguity()` reads it). The pessimist takes a stop before a target, an entry before its own stop, an entry and its
target not in one bar, and in all else the lower equity at the end; the optimist the reverse. Paths are taken whole, never picked
from.
"""

from __future__ import annotations

import numpy as np

from btlab.execution.holding import sibling
from btlab.execution.intrabar import meet_leg
from btlab.execution.ledger import equity
from btlab.execution.margin import check_margin, lots_of_all
from btlab.execution.path import adaptive, bid_at, first_step, prices_of_step, stand, vertex
from btlab.execution.sizing import ROUNDING
from btlab.execution.triggers import beyond, trails
from btlab.market.codes import (
    BY_LIMIT,
    BY_STOP,
    BY_STOP_LIMIT,
    BY_STOP_LOSS,
    BY_TAKE_PROFIT,
    HIGH_FIRST,
    LIMIT,
    LOW_FIRST,
    NONE,
    OPTIMISTIC,
    PESSIMISTIC,
    STOP_LIMIT,
)
from btlab.market.jit import inner
from btlab.market.memory import STOP_WORD, WORDS, choices_of, fills_of, lots_of, orders_of, trades_of, words_of, working_of


@inner
def walk(run, bar):
    """Go on along the step that is walked, from the jump to its open on. True when something filled; False at its end."""
    open_, high, low, close = prices_of_step(run)
    if run.leg == 0:
        if run.step > first_step(run, bar):
            stand(run, open_)
            if meet_leg(run, bar, open_) or meets_margin(run, bar):
                return True
        run.high_first, run.leg, run.path_at = choose(run, bar, open_, high, low, close), 1, open_
    while run.leg < 4:
        target = vertex(run.high_first, run.leg, open_, high, low, close)
        if meet_leg(run, bar, target) or meets_margin(run, bar):
            return True
        run.leg += 1
    return False


@inner
def meets_margin(run, bar):
    """Look at the margin where the path turns; True where something was closed."""
    return run.margin_rules and check_margin(run, bar, run.buy_at, run.sell_at, run.bar_spread)


@inner
def next_step(run, bar):
    """Go to the next step of a bar's path; False where it has none left."""
    if run.step + 1 == first_step(run, bar + 1):
        return False
    run.leg, run.high_first, run.step = 0, 0, run.step + 1
    return True


@inner
def touched(run, bar, open_, high, low):
    """How many levels the step may touch after its open.

    Entries count double, since what they open may act in the same step, and so does what moves with the path.
    """
    trades, lots, orders, working = trades_of(run), lots_of(run), orders_of(run), working_of(run)
    count = 2 * (run.margin_rules != 0 and lots_of_all(run) > 0)
    for position in range(run.lots):
        lot = trades[lots[position]]
        buys = lot.side < 0
        stop, goal = bid_at(run, lot.stop_loss, buys), bid_at(run, beyond(run, -lot.side, lot.take_profit), buys)
        count += low <= stop <= high or (stop - open_) * lot.side > 0.0
        count += low <= goal <= high or (open_ - goal) * lot.side > 0.0
        count += 2 * trails(lot)
    for position in range(run.working):
        order = orders[working[position]]
        if bar >= order.from_tick:
            buys = order.side > 0
            level = beyond(run, order.side, order.level) if order.kind == LIMIT else order.level
            inside = low <= bid_at(run, level, buys) <= high
            if order.kind == STOP_LIMIT:
                inside = inside or low <= bid_at(run, beyond(run, order.side, order.limit), buys) <= high
            count += 2 * inside
    return count


@inner
def keep(run):
    """All that a rehearsal changes."""
    working, lots = working_of(run)[: run.working].copy(), lots_of(run)[: run.lots].copy()
    orders, trades = orders_of(run)[working].copy(), trades_of(run)[lots].copy()
    entries = orders_of(run)[trades["entry_order"] - 1].copy()
    return working, lots, orders, trades, entries, words_of(run).copy()


@inner
def keep_others(run):
    """All that a rehearsal may change of other symbols: a liquidation closes whatever has lost most."""
    symbols = run.symbols if run.symbols > 1 and run.liquidation > 0.0 else 0
    words, lots, count = np.empty((symbols, WORDS), np.int64), np.empty(lots_of_all(run) if symbols else 0, np.int64), 0
    for symbol in range(symbols):
        other = sibling(run, symbol)
        words[symbol] = words_of(other)
        for position in range(other.lots):
            lots[count], count = lots_of(other)[position], count + 1
    trades = trades_of(run)[lots].copy()
    return words, lots, trades, orders_of(run)[trades["entry_order"] - 1].copy()


@inner
def put_back_others(run, kept):
    """Make it undone in other symbols."""
    words, lots, trades, entries = kept
    count = 0
    for symbol in range(words.shape[0]):
        other = sibling(run, symbol)
        put_words(other, words[symbol])
        for position in range(other.lots):
            lots_of(other)[position], count = lots[count], count + 1
    for row in range(lots.shape[0]):
        trades_of(run)[lots[row]] = trades[row]
        orders_of(run)[trades[row].entry_order - 1] = entries[row]


@inner
def put_words(run, words):
    """What another thread says with `stop` stays said."""
    for word in range(WORDS):
        if word != STOP_WORD:
            words_of(run)[word] = words[word]


@inner
def put_back(run, kept):
    """Make a rehearsal undone."""
    working, lots, orders, trades, entries, words = kept
    put_words(run, words)
    for position in range(lots.shape[0]):
        lots_of(run)[position] = lots[position]
        trades_of(run)[lots[position]] = trades[position]
        orders_of(run)[trades[position].entry_order - 1] = entries[position]
    for position in range(working.shape[0]):
        working_of(run)[position] = working[position]
        orders_of(run)[working[position]] = orders[position]


@inner
def rehearse(run, bar, high_first, open_, high, low, close):
    """Take a path without telling anyone. Returns its fills and the equity at its end."""
    begin, run.high_first = run.fills, high_first
    stand(run, open_)
    for leg in range(1, 4):
        run.leg = leg
        target = vertex(high_first, leg, open_, high, low, close)
        while meet_leg(run, bar, target) or meets_margin(run, bar):
            pass
    return fills_of(run)[begin : run.fills].copy(), equity(run)


@inner
def times_among(fill, fills):
    """How often a path gave a fill, at whatever points of it: lots of one order, filled in parts, may leave alike."""
    count = 0
    for other in fills:
        same = fill.order == other.order and fill.reason == other.reason
        count += same and fill.price == other.price and fill.size == other.size
    return count


@inner
def same_fills(one, two):
    """Whether two paths gave the same fills, each as often, in whatever order."""
    same = one.shape[0] == two.shape[0]
    for fill in one:
        same = same and times_among(fill, one) == times_among(fill, two)
    return same


@inner
def has(fills, order, reason):
    found = False
    for fill in fills:
        found = found or (fill.order == order and fill.reason == reason)
    return found


@inner
def entered(run, bar, fills, order):
    """Whether an entry filled in this step of a bar: at its open, or on the path with these fills."""
    trades, lots = trades_of(run), lots_of(run)
    for position in range(run.lots):
        lot = trades[lots[position]]
        if lot.entry_order == order and lot.entry_tick == bar and lot.entry_leg // 8 == run.step:
            return True
    return has(fills, order, BY_LIMIT) or has(fills, order, BY_STOP) or has(fills, order, BY_STOP_LIMIT)


@inner
def is_called_for(run, bar, these, others):
    """Whether a lot says that the path with `these` fills is the pessimist's, not the one with the `others`.

    It is stopped here and at its target there; or it was entered in this bar and is stopped here, not there, or is at its
    target there, not here.
    """
    for fill in these:
        if fill.reason == BY_STOP_LOSS:
            if has(others, fill.order, BY_TAKE_PROFIT):
                return True
            if entered(run, bar, these, fill.order) and not has(others, fill.order, BY_STOP_LOSS):
                return True
    for fill in others:
        if fill.reason == BY_TAKE_PROFIT and not has(these, fill.order, BY_TAKE_PROFIT) and entered(run, bar, others, fill.order):
            return True
    return False


@inner
def pessimists(run, bar, low_fills, low_worth, high_fills, high_worth):
    """1 where the pessimist takes the high first, 0 where the low; NONE where all is the same to him."""
    for_low, for_high = is_called_for(run, bar, low_fills, high_fills), is_called_for(run, bar, high_fills, low_fills)
    if for_low != for_high:
        return 1 if for_high else 0
    if abs(low_worth - high_worth) <= ROUNDING * (abs(low_worth) + abs(high_worth)):
        return NONE
    return 1 if high_worth < low_worth else 0


@inner
def note_choices(run, fills, others, high_first, taken, worth, other_worth):
    """Remember the fills that one path gave and the other did not."""
    for fill in fills:
        if times_among(fill, others) == 0:
            choice = choices_of(run)[run.choices]
            choice.time, choice.tick, choice.step = fill.time, fill.tick, run.step
            choice.order, choice.reason = fill.order, fill.reason
            choice.side, choice.size, choice.price, choice.position = fill.side, fill.size, fill.price, fill.position
            choice.high_first, choice.taken, choice.worth, choice.other_worth = high_first, taken, worth, other_worth
            run.choices += 1


@inner
def choices_fit(run):
    """Whether there is room for all that one choice may note: each order and each lot may fill on either path."""
    return run.choices + 4 * (run.working + run.lots + 1) <= run.choice_room


@inner
def follow(policy, nearer_high):
    """1 where a path that does not look at orders takes the high first."""
    return 1 if policy == HIGH_FIRST else (0 if policy == LOW_FIRST else nearer_high)


@inner
def choose(run, bar, open_, high, low, close):
    """1 where the high is taken first, 0 where the low is. All but the choices noted is left as it was found.

    An open that is the high or the low has that extreme behind it: there is one path.
    """
    nearer_high = 1 if adaptive(open_, high, low) else 0
    if min(high - open_, open_ - low) <= 0.0:
        return nearer_high
    usual = follow(run.intrabar, nearer_high)
    if touched(run, bar, open_, high, low) < 2:
        return usual
    others, kept = keep_others(run), keep(run)
    low_fills, low_worth = rehearse(run, bar, 0, open_, high, low, close)
    put_back_others(run, others)
    put_back(run, kept)
    high_fills, high_worth = rehearse(run, bar, 1, open_, high, low, close)
    put_back_others(run, others)
    put_back(run, kept)
    if same_fills(low_fills, high_fills):
        return usual
    taken = usual
    if run.intrabar == PESSIMISTIC or run.intrabar == OPTIMISTIC:
        darker = pessimists(run, bar, low_fills, low_worth, high_fills, high_worth)
        if darker != NONE:
            taken = darker if run.intrabar == PESSIMISTIC else 1 - darker
    note_choices(run, low_fills, high_fills, 0, taken, low_worth, high_worth)
    note_choices(run, high_fills, low_fills, 1, taken, high_worth, low_worth)
    return taken
