"""Kernels that the `ctx` of an interpreted strategy calls, each with the address of its run."""

from __future__ import annotations

from btlab.engine.clock import forming_progress, forming_value
from btlab.engine.room import has_space
from btlab.execution.calls import modify, place
from btlab.execution.holding import hold, owner
from btlab.execution.ledger import cash, equity, open_profit
from btlab.execution.orders import (
    cancel,
    cancel_all,
    draft,
)
from btlab.execution.positions import count_positions, kelly, position_id, position_profit, position_size
from btlab.market.jit import kernel
from btlab.market.memory import run_at


@kernel
def draft_at(address, kind, side, sizing, amount, tag):
    return draft(run_at(address), kind, side, sizing, amount, tag)


@kernel
def place_at(address, row, given, lifetime):
    return place(run_at(address), row, given, lifetime)


@kernel
def count_positions_at(address):
    return count_positions(run_at(address))


@kernel
def position_id_at(address, number):
    return position_id(run_at(address), number)


@kernel
def position_size_at(address, order):
    return position_size(owner(run_at(address), order), order)


@kernel
def position_profit_at(address, order):
    return position_profit(owner(run_at(address), order), order)


@kernel
def kelly_at(address, least):
    return kelly(run_at(address), least)


@kernel
def has_space_at(address):
    return has_space(run_at(address))


@kernel
def modify_at(address, order, given, limit, stop, stop_loss, take_profit, size):
    return modify(run_at(address), order, given, limit, stop, stop_loss, take_profit, size)


@kernel
def cancel_at(address, order):
    return cancel(run_at(address), order)


@kernel
def cancel_all_at(address):
    return cancel_all(run_at(address))


@kernel
def equity_at(address):
    return equity(run_at(address))


@kernel
def cash_at(address):
    return cash(run_at(address))


@kernel
def hold_at(address):
    hold(run_at(address))


@kernel
def open_profit_at(address):
    return open_profit(run_at(address))


@kernel
def forming_at(address, row, column):
    return forming_value(run_at(address), row, column)


@kernel
def progress_at(address, row):
    return forming_progress(run_at(address), row)
