"""The prices a quote must reach before anything can fill, so that ticks that reach none need not be looked at.

Levels that stand still are four prices. Trailing stops and margin rules move with the quotes: for those there is a bound over
a whole minute, by its range (`moving_reached`); a minute within the bound is walked tick by tick.
"""

from __future__ import annotations

import numpy as np

from btlab.execution.grid import on_point
from btlab.market.codes import CLOSE, FOK, FOREVER, IOC, LIMIT, MARKET, STOP, STOP_LIMIT, TARGET
from btlab.market.jit import inner
from btlab.market.memory import lots_of, orders_of, trades_of, working_of


@inner
def find_triggers(run):
    """The four prices that count from the next tick on, whether that tick ends an order, and the tick at which the next wakes."""
    run.buy_under, run.buy_over, run.sell_over, run.sell_under, run.urgent = -np.inf, np.inf, np.inf, -np.inf, 0
    run.wake = FOREVER
    orders, working = orders_of(run), working_of(run)
    for position in range(run.working):
        order = orders[working[position]]
        if order.from_tick > run.tick:
            run.wake = min(run.wake, order.from_tick)
            continue
        if order.tif in (IOC, FOK):
            run.urgent = 1
        if order.kind == CLOSE or order.sizing == TARGET:
            wait_for_any(run, 0)  # the side it had at its last turn may not be the one that is left
        elif order.kind == MARKET or (order.kind == STOP and order.touched >= 0):
            wait_for_any(run, order.side)
        elif order.kind == LIMIT:
            wait_for_limit(run, order.side, order.level)
        elif order.kind == STOP_LIMIT and order.touched >= 0:
            wait_for_limit(run, order.side, order.limit)
        else:
            wait_for_stop(run, order.side, order.level)
    find_triggers_of_lots(run)
    run.stale = 0


@inner
def find_triggers_of_lots(run):
    trades, lots = trades_of(run), lots_of(run)
    run.careful = run.lots > 0 and run.margin_rules != 0
    for position in range(run.lots):
        lot = trades[lots[position]]
        if lot.leaving:
            wait_for_any(run, -lot.side)
        if lot.stop_loss == lot.stop_loss:
            wait_for_stop(run, -lot.side, lot.stop_loss)
        if lot.take_profit == lot.take_profit:
            wait_for_limit(run, -lot.side, lot.take_profit)
        if trails(lot):
            run.careful = 1


@inner
def wait_for_any(run, side):
    """A quote with that side is enough; 0: with any."""
    if side >= 0:
        run.buy_under = np.inf
    if side <= 0:
        run.sell_over = -np.inf


@inner
def wait_for_limit(run, side, level):
    if side > 0:
        run.buy_under = max(run.buy_under, beyond(run, side, level))
    else:
        run.sell_over = min(run.sell_over, beyond(run, side, level))


@inner
def wait_for_stop(run, side, level):
    if side > 0:
        run.buy_over = min(run.buy_over, level)
    else:
        run.sell_under = max(run.sell_under, level)


@inner
def beyond(run, side, level):
    """What a quote must come to before a limit fills."""
    return on_point(run, level - side * run.through) if run.through > 0.0 else level


@inner
def reached(run, buy, sell):
    """Whether a quote reaches a trigger; a missing side (NaN) reaches none."""
    return buy <= run.buy_under or buy >= run.buy_over or sell >= run.sell_over or sell <= run.sell_under


@inner
def waits_for_none(run):
    """Whether no quote reaches anything: nothing works, and what is held has no bracket."""
    return run.buy_under == -np.inf and run.buy_over == np.inf and run.sell_over == np.inf and run.sell_under == -np.inf


@inner
def trails(lot):
    return lot.trailing == lot.trailing or lot.trailing_percent == lot.trailing_percent


@inner
def trailing_level(run, lot, best):
    """Where a lot's trailing stop stands, by the best closing quote so far; NaN while there was none."""
    if lot.trailing == lot.trailing:
        return on_point(run, best - lot.side * lot.trailing)
    return best * (1.0 - lot.side * lot.trailing_percent / 100.0)


@inner
def better(best, quote, side):
    """The better of two closing quotes of a position; one of them may be missing."""
    if best != best or (quote - best) * side > 0.0:
        return quote
    return best


@inner
def lead(run, buy, sell):
    """Let the trailing stops follow a quote."""
    trades, lots = trades_of(run), lots_of(run)
    for position in range(run.lots):
        lot = trades[lots[position]]
        if trails(lot):
            lot.best = better(lot.best, sell if lot.side > 0 else buy, lot.side)


@inner
def moving_reached(run, sell_low, sell_high, buy_low, buy_high):
    """Whether a trailing stop or a margin rule might act on quotes within these bounds; certainly none where False."""
    trades, lots, worst, worth = trades_of(run), lots_of(run), run.balance, 0.0
    for position in range(run.lots):
        lot = trades[lots[position]]
        against = sell_low if lot.side > 0 else buy_high
        if trails(lot):
            level = trailing_level(run, lot, better(lot.best, sell_high if lot.side > 0 else buy_low, lot.side))
            if (against - level) * lot.side <= 0.0:
                return True
        worst += lot.side * (against - lot.entry_price) * lot.size * run.contract_size
        worth += (sell_high if lot.side > 0 else buy_high) * lot.size * run.contract_size
    level = max(run.liquidation, run.margin_call)
    return level > 0.0 and (run.legs or run.symbols > 1 or not worst > level * worth / run.leverage * (1.0 + 1e-9))
