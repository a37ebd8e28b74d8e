"""The size of an order, known when it fills, and whether the account and its limits allow it."""

from __future__ import annotations

import numpy as np

from btlab.execution.charges import commission_of, commission_share
from btlab.execution.grid import nearest_lots, whole_lots
from btlab.execution.ledger import equity
from btlab.market.jit import inner
from btlab.market.records import (
    FRACTION,
    LIMIT_DAILY_LOSS,
    LIMIT_DRAWDOWN,
    LIMIT_EXPOSURE,
    LIMIT_POSITION,
    NO_LOT,
    NO_MARGIN,
    NOT_ENDED,
    PART,
    RISK,
    TARGET,
)

ROUNDING = 1e-9  # relative; a fraction's size is a floored quotient, its product may exceed the equity in the last bit


@inner
def size_at(run, order, price, maker):
    """The order's size in whole lots, now that its price is known."""
    if order.sizing == FRACTION:
        each = price * run.contract_size * (1.0 + commission_share(run, maker)) + run.commission_unit
        money = order.amount * equity(run)
        size = whole_lots(run, max(0.0, money - run.commission_fill) / each)
        return fitting(run, size, price, 0.0, maker, money) if run.commission_function else size
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
    lost = (price - exit_price) * order.side * run.contract_size
    if not (price - order.stop_loss) * order.side > 0.0:
        return 0.0
    entering, leaving = commission_share(run, maker) * price, commission_share(run, False) * exit_price
    each = lost + (entering + leaving) * run.contract_size + 2.0 * run.commission_unit
    money = order.amount * equity(run)
    size = whole_lots(run, max(0.0, money - 2.0 * run.commission_fill) / each)
    return fitting(run, size, price, exit_price, maker, money) if run.commission_function else size


@inner
def fitting(run, most, price, exit_price, maker, money):
    """The greatest size up to `most` that costs (exit_price 0) or loses at its stop no more than `money`, commission counted."""
    low, high = 0.0, np.rint(most * run.lot_scale / run.lot_units)
    while low < high:
        lots = np.ceil((low + high) / 2.0)
        size = lots * run.lot_units / run.lot_scale
        spent = commission_of(run, size, price, maker)
        if exit_price > 0.0:
            spent += abs(price - exit_price) * size * run.contract_size + commission_of(run, size, exit_price, False)
        else:
            spent += size * price * run.contract_size
        low, high = (lots, high) if spent <= money else (low, lots - 1.0)
    return low * run.lot_units / run.lot_scale


@inner
def refusal(run, side, size, price, maker):
    """Why a fill of this size cannot be: nothing to trade, a larger position than the equity carries, or beyond a limit."""
    if size == 0.0:
        return NO_LOT
    after = nearest_lots(run, run.position + side * size)
    if run.hedging:
        after = nearest_lots(run, run.position + 2.0 * run.short + size)
    elif abs(after) <= abs(run.position) and after * run.position >= 0.0:
        return NOT_ENDED
    worth = equity(run)
    needed = abs(after) * price * run.contract_size / run.leverage + commission_of(run, size, price, maker)
    if needed > worth * (1.0 + ROUNDING):
        return NO_MARGIN
    return beyond_limits(run, abs(after), abs(after) * price * run.contract_size, worth)


@inner
def beyond_limits(run, units, notional, worth):
    """The limit that a fill would break, NOT_ENDED where none.

    Args:
        units, notional: of all positions after it. worth: the equity.
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
