"""The size of an order, known when it fills, and whether the account and its limits allow it."""

from __future__ import annotations

import numpy as np

from btlab.execution.charges import commission_of, commission_share
from btlab.execution.grid import nearest_lots, whole_lots
from btlab.execution.holding import money
from btlab.execution.ledger import equity, worth_of_others
from btlab.market.codes import (
    FRACTION,
    LIMIT_DAILY_LOSS,
    LIMIT_DRAWDOWN,
    LIMIT_EXPOSURE,
    LIMIT_POSITION,
    NO_LOT,
    NO_MARGIN,
    NO_RISK,
    NOT_ENDED,
    PART,
    RISK,
    TARGET,
)
from btlab.market.jit import inner

ROUNDING = 1e-9  # relative; a fraction's size is a floored quotient, its product may exceed the equity in the last bit


@inner
def size_at(run, order, price, maker):
    """The order's size in whole lots, now that its price is known."""
    if order.sizing == FRACTION:
        each = money(run, price, 1.0) * (1.0 + commission_share(run, maker)) + run.commission_unit
        most = order.amount * equity(run)
        size = whole_lots(run, max(0.0, most - run.commission_fill) / each)
        return fitting(run, size, price, 0.0, maker, most) if run.commission_function else size
    if order.sizing == PART:
        held = abs(run.position)
        return held if order.amount >= 1.0 else whole_lots(run, order.amount * held)
    if order.sizing == TARGET:
        return np.abs(nearest_lots(run, wanted(run, order) - run.position))
    if order.sizing == RISK:
        return size_at_risk(run, order, price, maker)
    return order.size


@inner
def wanted(run, order):
    """The position a target order asks for, in whole lots, rounded towards none."""
    return np.sign(order.amount) * whole_lots(run, np.abs(order.amount))


@inner
def size_at_risk(run, order, price, maker):
    """The size that loses a share of the equity at the stop loss, the commissions of both fills and fixed slippage counted."""
    exit_price = order.stop_loss - order.side * run.slippage_price
    lost = money(run, price - exit_price, 1.0) * order.side
    if not (price - order.stop_loss) * order.side > 0.0:
        return 0.0
    entering, leaving = commission_share(run, maker) * price, commission_share(run, False) * exit_price
    each = lost + money(run, entering + leaving, 1.0) + 2.0 * run.commission_unit
    most = order.amount * equity(run)
    size = whole_lots(run, max(0.0, most - 2.0 * run.commission_fill) / each)
    return fitting(run, size, price, exit_price, maker, most) if run.commission_function else size


@inner
def fitting(run, size, price, exit_price, maker, most):
    """The greatest size up to `size` that costs (exit_price 0) or loses at its stop no more than `most`, commission counted."""
    low, high = 0.0, np.rint(size * run.lot_scale / run.lot_units)
    while low < high:
        lots = np.ceil((low + high) / 2.0)
        size = lots * run.lot_units / run.lot_scale
        spent = commission_of(run, size, price, maker)
        if exit_price > 0.0:
            spent += money(run, abs(price - exit_price), size) + commission_of(run, size, exit_price, False)
        else:
            spent += money(run, price, size)
        low, high = (lots, high) if spent <= most else (low, lots - 1.0)
    return low * run.lot_units / run.lot_scale


@inner
def refusal(run, side, size, price, maker):
    """Why a fill of this size cannot be: nothing to trade, a larger position than the equity carries, or beyond a limit."""
    if size == 0.0:
        return NO_LOT
    after = held_after(run, side, size)
    if not run.hedging and abs(after) <= abs(run.position) and after * run.position >= 0.0:
        return NOT_ENDED
    worth = equity(run)
    notional = money(run, price, abs(after)) + worth_of_others(run)
    needed = notional / run.leverage + commission_of(run, size, price, maker)
    if needed > worth * (1.0 + ROUNDING) and needed < np.inf:  # infinite is no money: it fills, and `check_commissions` says so
        return NO_MARGIN
    return beyond_limits(run, abs(after), notional, worth)


@inner
def held_after(run, side, size):
    """What a fill would leave: the position; of a hedged account both sides of it."""
    return nearest_lots(run, run.position + 2.0 * run.short + size if run.hedging else run.position + side * size)


@inner
def weighed(run, order, ending, side, size, price, maker):
    """(value, bound): what was compared when a fill was refused; NaN where it is no two numbers."""
    if ending == NO_RISK:
        return order.stop_loss, price
    units, worth = abs(held_after(run, side, size)), equity(run)
    notional = money(run, price, units) + worth_of_others(run)
    if ending == NO_MARGIN:
        return notional / run.leverage + commission_of(run, size, price, maker), worth
    if ending == LIMIT_POSITION:
        return units, run.limit_position
    if ending == LIMIT_EXPOSURE:
        return notional / worth if worth != 0.0 else np.inf, run.limit_exposure
    if ending == LIMIT_DAILY_LOSS:
        return run.day_equity - worth, run.limit_daily_loss
    if ending == LIMIT_DRAWDOWN:
        return 1.0 - worth / max(run.peak, worth), run.limit_drawdown
    return np.nan, np.nan


@inner
def beyond_limits(run, units, notional, worth):
    """The limit that a fill would break, NOT_ENDED where none.

    Args:
        units: of the symbol after it. notional: of all positions. worth: the equity.
    """
    if units > run.limit_position:
        return LIMIT_POSITION
    if notional > run.limit_exposure * worth * (1.0 + ROUNDING):
        return LIMIT_EXPOSURE
    if run.day_equity - worth >= run.limit_daily_loss:
        return LIMIT_DAILY_LOSS
    if 1.0 - worth / max(run.peak, worth) >= run.limit_drawdown:
        return LIMIT_DRAWDOWN
    return NOT_ENDED
