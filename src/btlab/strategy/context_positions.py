"""Positions in the `ctx` of a compiled strategy: what there is, and closing it."""

from __future__ import annotations

from numba.extending import overload_method

from btlab.errors import OrderError
from btlab.execution.calls import place
from btlab.execution.holding import owner
from btlab.execution.orders import (
    draft,
)
from btlab.execution.positions import count_positions, kelly, position_id, position_profit, position_size
from btlab.market.codes import CLOSE, FOREVER, MARKET, PART, TARGET
from btlab.market.memory import orders_of, run_at
from btlab.strategy.context import (
    JIT,
    ContextType,
    attribute,
    picked,
    place_or_none,
    run_of,
    symbol_key,
)
from btlab.strategy.context_orders import check_room
from btlab.strategy.wording import (
    NO_HEDGING,
    NO_POSITION,
    NO_TARGET,
)


@overload_method(ContextType, "target", prefer_literal=True, jit_options=JIT)
def target(ctx, size, symbol=None):
    key = symbol_key(symbol)

    def send(ctx, size, symbol=None):
        run = picked(run_at(run_of(ctx)), key, place_or_none(symbol))
        check_room(run)
        if run.hedging:
            raise OrderError(NO_TARGET)
        return place(run, draft(run, MARKET, 0, TARGET, float(size), 0), 0, FOREVER)

    return send


@overload_method(ContextType, "close_position", prefer_literal=True, jit_options=JIT)
def close_position(ctx, part=1.0, symbol=None):
    key = symbol_key(symbol)

    def send(ctx, part=1.0, symbol=None):
        run = picked(run_at(run_of(ctx)), key, place_or_none(symbol))
        check_room(run)
        return place(run, draft(run, CLOSE, 0, PART, float(part), 0), 0, FOREVER)

    return send


@overload_method(ContextType, "close_by_id", jit_options=JIT)
def close_by_id(ctx, order, symbol=None):
    def send(ctx, order, symbol=None):
        run = owner(run_at(run_of(ctx)), order)
        check_room(run)
        if not run.hedging:
            raise OrderError(NO_HEDGING)
        row = draft(run, CLOSE, 0, PART, 1.0, 0)
        orders_of(run)[row].position = order
        return place(run, row, 0, FOREVER)

    return send


@overload_method(ContextType, "position_id", prefer_literal=True, jit_options=JIT)
def id_of_position(ctx, number, symbol=None):
    key = symbol_key(symbol)

    def read(ctx, number, symbol=None):
        found = position_id(picked(run_at(run_of(ctx)), key, place_or_none(symbol)), number)
        if number < 0 or found == 0:
            raise OrderError(NO_POSITION)
        return found

    return read


attribute("positions", lambda ctx: count_positions(run_at(run_of(ctx))))


@overload_method(ContextType, "position_size", jit_options=JIT)
def size_of_position(ctx, order, symbol=None):
    return lambda ctx, order, symbol=None: position_size(owner(run_at(run_of(ctx)), order), order)


@overload_method(ContextType, "position_profit", jit_options=JIT)
def profit_of_position(ctx, order, symbol=None):
    return lambda ctx, order, symbol=None: position_profit(owner(run_at(run_of(ctx)), order), order)


@overload_method(ContextType, "kelly", jit_options=JIT)
def kelly_so_far(ctx, least=30, symbol=None):
    return lambda ctx, least=30, symbol=None: kelly(run_at(run_of(ctx)), least)
