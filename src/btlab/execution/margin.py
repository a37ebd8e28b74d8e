"""Margin calls, liquidation, and what holding positions overnight costs."""

from __future__ import annotations

import numpy as np

from btlab.execution.charges import slipped
from btlab.execution.holding import hold, money, sibling
from btlab.execution.ledger import book, closing_price, equity, lot_profit, open_profit, worth_of_others
from btlab.execution.offers import take_offer, taken_share
from btlab.execution.quotes import spread_at
from btlab.market.codes import BY_LIQUIDATION
from btlab.market.jit import inner
from btlab.market.memory import integers_at, lots_of, marks_of, nights_of, trades_of


@inner
def margin_level(run, buy, sell):
    """Equity / used margin at a quote; infinite where nothing is used, NaN where a side that counts is missing."""
    trades, lots, used = trades_of(run), lots_of(run), worth_of_others(run)
    for position in range(run.lots):
        lot = trades[lots[position]]
        used += money(run, sell if lot.side > 0 else buy, lot.size)
    return equity(run) * run.leverage / used if used != 0.0 else np.inf


@inner
def check_margin(run, tick, buy, sell, spread):
    """Tell a margin call, and close what must be closed, at a quote that all orders have met. True where something filled."""
    filled = False
    if lots_of_all(run) == 0:
        run.called = 0
        return False
    quote = 4 * (run.step if run.on_bars else tick) + run.leg + 1
    level, test = margin_level(run, buy, sell), quote * run.symbols + run.symbol
    if test == run.margin_test:
        pass  # told, or not, before what was liquidated at this very quote
    elif level >= run.margin_call:
        run.called = 0
    elif level < run.margin_call and run.margin_call > 0.0 and not run.called:
        run.called = 1
        tell_call(run, level)
    run.margin_test = test
    while run.liquidation > 0.0 and lots_of_all(run) > 0 and margin_level(run, buy, sell) < run.liquidation:
        symbol = weakest_symbol(run) if run.symbols > 1 else run.symbol
        if symbol < 0:
            break
        filled, loser = True, sibling(run, symbol) if run.symbols > 1 else run
        if symbol == run.symbol:
            close_weakest(run, tick, buy, sell, spread)
        else:
            hold(loser)
            between = loser.bar_spread if loser.on_bars else spread_at(loser, loser.taken)
            close_weakest(loser, loser.taken, loser.buy_at, loser.sell_at, between)
            hold(run)
    return filled


@inner
def close_weakest(run, tick, buy, sell, spread):
    """Close the weakest lot of a hedged symbol, the whole position of a netted one."""
    liquidate(run, weakest(run) if run.hedging else 0, tick, buy, sell, spread)
    while run.lots > 0 and not run.hedging:
        liquidate(run, 0, tick, buy, sell, spread)


@inner
def lots_of_all(run):
    """How many lots are open in all symbols."""
    if run.symbols <= 1:
        return run.lots
    count = 0
    for symbol in range(run.symbols):
        count += sibling(run, symbol).lots
    return count


@inner
def weakest_symbol(run):
    """Whose position, or whose lot where they are hedged, has the lowest open profit; of equals the first, or the older lot.

    What cannot be closed, because its closing side was never quoted, is passed over; -1 where nothing can.
    """
    found, least, lowest = -1, np.inf, 0
    for symbol in range(run.symbols):
        other = sibling(run, symbol)
        position = weakest(other) if run.hedging else 0
        if other.lots == 0 or position < 0:
            continue
        row = lots_of(other)[position]
        lot = trades_of(other)[row]
        quote = closing_price(other, lot.side)
        if quote != quote:
            continue
        profit = lot_profit(other, lot) if run.hedging else open_profit(other)
        if profit < least or (run.hedging and profit == least and row < lowest):
            found, least, lowest = symbol, profit, row
    return found


@inner
def tell_call(run, level):
    """Leave a mark with equity / used margin."""
    mark = marks_of(run)[run.marks]
    mark.time, mark.tick, mark.name, mark.value, mark.symbol = run.now, run.taken, run.margin_call_key, level, run.symbol
    mark.logged = 0
    run.marks += 1


@inner
def weakest(run):
    """The lot with the lowest open profit of those whose closing side was quoted, -1 where none was; of equals the lowest id."""
    trades, lots, found, least = trades_of(run), lots_of(run), -1, np.inf
    for position in range(run.lots):
        lot = trades[lots[position]]
        quote, profit = closing_price(run, lot.side), lot_profit(run, lot)
        if quote == quote and (profit < least or (profit == least and lots[position] < lots[found])):
            found, least = position, profit
    return found


@inner
def liquidate(run, position, tick, buy, sell, spread):
    """Close a whole lot at the quote, whatever it offers; what it offers is used up all the same."""
    lot = trades_of(run)[lots_of(run)[position]]
    side, size, row = -lot.side, lot.size, lot.entry_order - 1
    quote = buy if side > 0 else sell
    price = slipped(run, row, side, quote, spread, taken_share(run, side, size))
    take_offer(run, side, size)
    book(run, row, position, side, size, tick, price, money(run, abs(price - quote), size), False, BY_LIQUIDATION)


@inner
def pay_nights(run, until):
    """Pay the financing of every end of a trading day up to `until`, lot by lot; False where the table lacks room for it."""
    ends, nights = integers_at(run.dusk_at, run.dusks), integers_at(run.dusk_nights_at, run.dusks)
    trades, lots = trades_of(run), lots_of(run)
    while run.dusk < run.dusks and ends[run.dusk] <= until:
        if run.nights + run.lots > run.night_room:
            return False
        for position in range(run.lots):
            row = lots[position]
            lot = trades[row]
            quote = closing_price(run, lot.side)
            quote = quote if quote == quote else lot.entry_price
            share, each = (
                (run.night_share_long, run.night_price_long) if lot.side > 0 else (run.night_share_short, run.night_price_short)
            )
            paid = money(run, share * quote + each, lot.size) * nights[run.dusk]
            lot.financing += paid
            run.balance -= paid
            note_night(run, ends[run.dusk], row, paid)
        run.dusk += 1
    return True


@inner
def note_night(run, time, trade, money):
    night = nights_of(run)[run.nights]
    night.time, night.tick, night.trade, night.money, night.balance = time, run.taken, trade + 1, money, run.balance
    run.nights += 1
