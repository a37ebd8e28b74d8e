"""The orders of a compiled strategy's `ctx`: placing, changing and ending them. What was given is known while compiling."""

from __future__ import annotations

from typing import Any

import numpy as np
from numba import types
from numba.core.errors import NumbaTypeError
from numba.extending import overload, overload_method

from btlab.engine.room import has_space
from btlab.errors import OrderError, SeriesError
from btlab.execution.calls import modify, place
from btlab.execution.holding import hold
from btlab.execution.orders import (
    CHANGES_AN_ORDER,
    GIVES_LIMIT,
    GIVES_PERCENT,
    GIVES_SIZE,
    GIVES_STOP,
    GIVES_STOP_LOSS,
    GIVES_TAKE_PROFIT,
    GIVES_TRAILING,
    cancel,
    cancel_all,
    draft,
)
from btlab.market.codes import FOREVER, FRACTION, LIMIT, MARKET, RISK, STATES, STOP, STOP_LIMIT, UNITS
from btlab.market.jit import inner
from btlab.market.memory import orders_of, run_at
from btlab.market.times import duration
from btlab.strategy.context import (
    JIT,
    ContextType,
    held,
    is_given,
    number_of,
    picked,
    place_or_none,
    run_of,
    symbol_key,
    text_key,
)
from btlab.strategy.wording import (
    NO_GROUP,
    NO_LIMIT,
    NO_TIF,
    TOO_MANY_CHANGES,
    TOO_MANY_FILLS,
    TOO_MANY_ORDERS,
    contradiction,
    keywords_only,
)

MAYBE_NONE = "ctx.{} cannot take a {} that is None in one branch; place the order in each branch"


def entry(name: str, side: Any) -> None:
    """ctx.buy and ctx.sell: all arguments are keywords; returns the order's id."""

    @overload_method(ContextType, name, prefer_literal=True, jit_options=JIT)
    def order(
        ctx, positional=None, size=None, fraction=None, risk=None, limit=None, stop=None, stop_loss=None, take_profit=None,
        trailing=None, trailing_percent=None, tif=None, expire=None, post_only=None, oco=None, tag=None,
        symbol=None,
    ):  # fmt: skip
        if is_given(positional):
            raise NumbaTypeError(keywords_only(name))
        arguments = {
            "size": size, "fraction": fraction, "risk": risk, "limit": limit, "stop": stop, "stop_loss": stop_loss,
            "take_profit": take_profit, "trailing": trailing, "trailing_percent": trailing_percent, "tif": tif,
            "expire": expire, "post_only": post_only, "oco": oco, "tag": tag,
        }  # fmt: skip
        for what, value in arguments.items():
            if isinstance(value, types.Optional) and what not in ("stop_loss", "take_profit"):
                raise NumbaTypeError(MAYBE_NONE.format(name, what))
        for what, value, wanted in (("tif", tif, NO_TIF), ("oco", oco, NO_GROUP)):
            if is_given(value) and not isinstance(value, types.Integer | types.IntegerLiteral):
                raise NumbaTypeError(f"{wanted}; {what} is no such number here")
        fault = contradiction(name, {what for what, value in arguments.items() if is_given(value)})
        if fault:
            raise NumbaTypeError(fault)
        own = symbol_key(symbol)
        key = text_key(tag, "a tag", f'ctx.{name}(size=1000, tag="breakout")')
        kind = kind_of_order(is_given(limit), is_given(stop))
        sizing = RISK if is_given(risk) else (FRACTION if is_given(fraction) else UNITS)
        written = lifetime_of(expire)

        def send(
            ctx, positional=None, size=None, fraction=None, risk=None, limit=None, stop=None, stop_loss=None, take_profit=None,
            trailing=None, trailing_percent=None, tif=None, expire=None, post_only=None, oco=None, tag=None,
            symbol=None,
        ):  # fmt: skip
            run = picked(run_at(run_of(ctx)), own, place_or_none(symbol))
            check_room(run)
            amount, lifetime, given = np.nan, written, 0
            if size is not None:
                amount = float(size)
            if fraction is not None:
                amount = float(fraction)
            if risk is not None:
                amount = float(risk)
            row = draft(run, kind, side, sizing, amount, key)
            order = orders_of(run)[row]
            if limit is not None:
                if stop is not None:
                    order.limit = float(limit)
                else:
                    order.level = float(limit)
            if stop is not None:
                order.level = float(stop)
            if stop_loss is not None:
                order.stop_loss, given = float(number_of(stop_loss)), given | GIVES_STOP_LOSS
            if take_profit is not None:
                order.take_profit, given = float(number_of(take_profit)), given | GIVES_TAKE_PROFIT
            if trailing is not None:
                order.trailing, given = float(trailing), given | GIVES_TRAILING
            if trailing_percent is not None:
                order.trailing_percent, given = float(trailing_percent), given | GIVES_PERCENT
            if tif is not None:
                if tif < 0 or tif > 3:
                    raise OrderError(NO_TIF)
                order.tif = tif
            if expire is not None and written == FOREVER:
                lifetime = microseconds(expire)
            if post_only is not None:
                if post_only and kind != LIMIT:
                    raise OrderError(NO_LIMIT)
                order.post_only = int(post_only)
            if oco is not None:
                if oco < 1:
                    raise OrderError(NO_GROUP)
                order.oco = oco
            return place(run, row, given, lifetime)

        return send


def kind_of_order(limit: bool, stop: bool) -> Any:
    """By which of its levels were given."""
    if limit and stop:
        return STOP_LIMIT
    return LIMIT if limit else (STOP if stop else MARKET)


def lifetime_of(expire: Any) -> Any:
    """µs of a time to work that is written out; FOREVER where there is none, or where it is a number known later."""
    if isinstance(expire, types.StringLiteral):
        try:
            return np.int64(duration(expire.literal_value))
        except SeriesError as error:
            raise NumbaTypeError(error.message) from None
    if is_given(expire) and not isinstance(expire, types.Integer | types.IntegerLiteral):
        raise NumbaTypeError('expire is a time to work, as in expire="2h", or a whole number of microseconds')
    return FOREVER


def microseconds(expire):
    """A time to work that is a number."""
    return int(expire)


@overload(microseconds, jit_options=JIT)
def microseconds_of(expire):
    if isinstance(expire, types.Integer | types.IntegerLiteral):
        return lambda expire: np.int64(expire)
    return lambda expire: FOREVER


@inner
def check_room(run):
    """Raise where the tables are full: they grow between calls only."""
    hold(run)
    if run.orders >= run.order_room:
        raise OrderError(TOO_MANY_ORDERS)
    if run.changes + CHANGES_AN_ORDER * (run.working + 1) > run.change_room:
        raise OrderError(TOO_MANY_CHANGES)
    if run.fill_now and not has_space(run):
        raise OrderError(TOO_MANY_FILLS)


entry("buy", np.int64(1))
entry("sell", np.int64(-1))


@overload_method(ContextType, "modify", jit_options=JIT)
def change(ctx, order, positional=None, limit=None, stop=None, stop_loss=None, take_profit=None, size=None, symbol=None):
    if is_given(positional):
        raise NumbaTypeError("ctx.modify takes the order's id, and keywords, as in ctx.modify(order, stop_loss=1.09)")
    levels = {"limit": limit, "stop": stop, "stop_loss": stop_loss, "take_profit": take_profit, "size": size}
    for what, value in levels.items():
        if isinstance(value, types.Optional):
            raise NumbaTypeError(MAYBE_NONE.format("modify", what))
    if not any(is_given(value) for value in levels.values()):
        raise NumbaTypeError("ctx.modify wants what is to change, as in ctx.modify(order, stop_loss=1.09)")

    def send(ctx, order, positional=None, limit=None, stop=None, stop_loss=None, take_profit=None, size=None, symbol=None):
        run = run_at(run_of(ctx))
        check_room(run)
        given, wait, trigger, bottom, top, units = 0, np.nan, np.nan, np.nan, np.nan, np.nan
        if limit is not None:
            given, wait = given | GIVES_LIMIT, float(limit)
        if stop is not None:
            given, trigger = given | GIVES_STOP, float(stop)
        if stop_loss is not None:
            given, bottom = given | GIVES_STOP_LOSS, float(stop_loss)
        if take_profit is not None:
            given, top = given | GIVES_TAKE_PROFIT, float(take_profit)
        if size is not None:
            given, units = given | GIVES_SIZE, float(size)
        return modify(run, order, given, wait, trigger, bottom, top, units)

    return send


@overload_method(ContextType, "cancel", jit_options=JIT)
def cancel_one(ctx, order, symbol=None):
    return lambda ctx, order, symbol=None: cancel(run_at(run_of(ctx)), order)


@overload_method(ContextType, "cancel_all", prefer_literal=True, jit_options=JIT)
def cancel_every(ctx, symbol=None):
    key = symbol_key(symbol)
    return lambda ctx, symbol=None: cancel_all(picked(run_at(run_of(ctx)), key, place_or_none(symbol)))


@overload_method(ContextType, "status", jit_options=JIT)
def status(ctx, order, symbol=None):
    def read(ctx, order, symbol=None):
        run = held(run_at(run_of(ctx)))
        if order < 1 or order > run.orders:
            raise OrderError("no order has that id")
        return STATES[orders_of(run)[order - 1].state]

    return read
