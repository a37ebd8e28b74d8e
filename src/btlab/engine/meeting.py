"""One tick, or bar, that comes: which is the first that matters, how orders meet it, how the running bars take it."""

from __future__ import annotations

from numba import int64

from btlab.engine.clock import clear, minute_at, take_tick
from btlab.engine.room import has_space
from btlab.execution.calls import check_margin, expire, meet, walk
from btlab.execution.choice import next_step
from btlab.execution.ledger import equity
from btlab.execution.margin import lots_of_all
from btlab.execution.offers import set_offers
from btlab.execution.orders import end_of_day, end_urgent
from btlab.execution.path import ask_over, first_step, prices_of_bar, running_row
from btlab.execution.quotes import quote_at, quote_of, range_of, see, sizes_at, spread_at
from btlab.execution.triggers import lead, moving_reached, reached
from btlab.market.codes import MET, PATH, TAKE, WALK
from btlab.market.columns import ask_of, bid_of, time_at
from btlab.market.jit import inner
from btlab.market.memory import bar_columns, fills_of, float_at, forming_of, short_at
from btlab.market.points import MISSING, points_at_least, points_at_most

DONE, BAR, TICK, FILL, GROW, PAUSE, HALT = range(7)
"""What the loop comes to: its end, a close, a tick or a fill to tell, tables that must grow, a moment for others, `until`."""


@inner
def first_reaching(run, minute, first, end):
    """(the first tick of a minute, from `first` on, that reaches a trigger, `end` where none does; how many it looked at)."""
    if run.urgent:
        return first, 0
    sell_low, sell_high, buy_low, buy_high = range_of(run, minute)
    still = not reached(run, buy_low, sell_low) and not reached(run, buy_high, sell_high)
    if run.careful:
        if not still or run.called or moving_reached(run, sell_low, sell_high, buy_low, buy_high):
            return first, 0
        if run.widen == 0.0 and first == minute_at(run, minute) and end == minute_at(run, minute + 1):
            lead(run, buy_low, sell_high)
        else:
            for tick in range(first, end):
                lead(run, *quote_at(run, tick))
    if still:
        return end, 0
    if run.widen > 0.0:
        for tick in range(first, end):
            if reached(run, *quote_at(run, tick)):
                return tick, tick - first
        return end, end - first
    if run.packed:
        return first_of_points(run, first, end)
    buy_under, buy_over, sell_over, sell_under = run.buy_under, run.buy_over, run.sell_over, run.sell_under
    bid, ask = run.bid_at, run.ask_at
    for tick in range(first, end):
        b, a = float_at(bid, tick), float_at(ask, tick)
        if a < b:
            b, a = a, b
        if a <= buy_under or a >= buy_over or b >= sell_over or b <= sell_under:
            return tick, tick - first
    return end, end - first


@inner
def first_of_points(run, first, end):
    """The same among packed ticks: compared as whole points, which lie as their prices do, and decoded where one may reach."""
    buy_under, buy_over = points_at_most(run.buy_under, run.scale), points_at_least(run.buy_over, run.scale)
    sell_over, sell_under = points_at_least(run.sell_over, run.scale), points_at_most(run.sell_under, run.scale)
    bid, ask = run.bid_at, run.ask_at
    for tick in range(first, end):
        b, a = int64(short_at(bid, tick)), int64(short_at(ask, tick))
        sell, buy = min(a, b), max(a, b)
        odd = sell == MISSING
        if (odd or buy <= buy_under or buy >= buy_over or sell >= sell_over or sell <= sell_under) and reached(
            run, *quote_at(run, tick)
        ):
            return tick, tick - first
    return end, end - first


@inner
def begin_tick(run):
    """A tick comes: orders whose time is over end, and the others meet it."""
    run.now = time_at(run, run.tick)
    run.looked += 1
    if run.next_expiry <= run.now:
        expire(run)
    see(run, bid_of(run, run.tick), ask_of(run, run.tick))
    if run.sizes:
        set_offers(run, *sizes_at(run, run.tick))
    run.cursor, run.phase = 0, MET


@inner
def open_bar(run):
    """See a bar's open. True where anything may fill, or an order ends, in the bar."""
    open_, high, low, _ = prices_of_bar(run)
    run.leg, run.high_first, run.step, run.cursor = 0, 0, first_step(run, run.tick), 0
    see(run, open_, ask_over(run, open_))
    volume = bar_columns(run)[4, running_row(run)]
    set_offers(run, volume, volume)
    if run.urgent or run.careful or (run.margin_rules and lots_of_all(run) > 0):
        return True
    return reached(run, *quote_of(run, low, ask_over(run, low))) or reached(run, *quote_of(run, high, ask_over(run, high)))


@inner
def act(run):
    """Let the orders and the running bars have the tick that came. GROW where the tables must grow first, TICK when it is to be
    told, else DONE: phase WALK when it is taken, another when something filled.
    """
    if not has_space(run):
        return GROW
    tick = run.tick
    if run.phase == MET:
        run.taken, run.next_order_tick = tick, tick + 1
        if run.on_bars:
            buy, sell, spread = run.buy_at, run.sell_at, run.bar_spread
        else:
            buy, sell = quote_at(run, tick)
            spread = spread_at(run, tick)
        if meet(run, tick, buy, sell, spread):
            return DONE
        if run.urgent:
            end_urgent(run, tick)
        if run.margin_rules and check_margin(run, tick, buy, sell, spread):
            return DONE
        if run.lots:
            lead(run, buy, sell)
        run.phase = PATH if run.on_bars else TAKE
    if run.phase == PATH:
        if walk(run, tick) or next_step(run, tick):
            return DONE
        run.phase = TAKE
    if run.on_bars:
        take_bar(run)
    elif run.every_tick:
        take_tick(run, tick)
    else:
        clear(run, run.base)
    run.taken, run.tick, run.next_order_tick, run.phase = tick, tick + 1, tick + 1, WALK
    return TICK if run.every_tick else DONE


@inner
def take_bar(run):
    """Let the running bars take a bar: all its prices, all its volume, and its close as the last quote."""
    columns, bar, minute = bar_columns(run), running_row(run), forming_of(run)[run.base]
    for column in range(5):
        minute[column] = columns[column, bar]
    see(run, columns[3, bar], ask_over(run, columns[3, bar]))
    run.leg, run.step = 3, first_step(run, run.tick + 1) - 1


@inner
def tell_fill(run):
    """Let the strategy see the next fill that it has not been told."""
    fill = fills_of(run)[run.told]
    run.fill_order, run.fill_reason, run.fill_price, run.fill_size = fill.order, fill.reason, fill.price, fill.size
    run.told += 1


@inner
def watch_equity(run, now):
    """Remember the highest equity at closes of base bars, and that at a trading day's start, before its first quote is seen."""
    if (run.closed >> run.base) & 1:
        run.peak = max(run.peak, equity(run))
    if run.next_day <= now:
        run.day_equity, run.next_day = equity(run), end_of_day(run, now)
