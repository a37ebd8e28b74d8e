"""`ctx` of a compiled strategy: a bare address with methods, so that a read costs a few instructions.

A StructRef whose arrays are counted at every read makes 17 M calls a second, this 230 M. Timeframes, tags and names of marks
are literals, resolved while compiling; a wrong one is refused then, with its line. `plain.PlainContext` is the twin for
interpreted strategies; both call the same kernels to place orders.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from numba import intp, types
from numba.core.errors import NumbaTypeError
from numba.extending import (
    intrinsic,
    models,
    overload,
    overload_attribute,
    overload_method,
    register_model,
)

from btlab.errors import OrderError, RunError, TimeframeError
from btlab.execution.holding import hold, sibling
from btlab.execution.ledger import cash, equity, open_profit
from btlab.market.codes import REASONS
from btlab.market.jit import cache_folder, inner
from btlab.market.memory import marks_of, run_at
from btlab.market.names import key_of
from btlab.market.timeframe import TIMEFRAMES, index_of
from btlab.strategy.wording import TOO_MANY_MARKS

NO_NAME = "{} must be written out, as in {}"
BACKWARDS = "back counts completed bars backwards from the last one closed; it is 0 or more, as in ctx.close('5m', back=1)"
COUNTED = "a number of bars is at least 1, as in ctx.highest('5m', 20)"
NOT_THERE = "beside the six, a strategy reads the timeframes it subscribes to: name this one too, as in timeframe = ('5m', '1w')"
NO_SYMBOL = "this run has no such symbol; ctx.symbols says how many it has, session.symbols which"
NO_PLACE = "a symbol's number is its place among the run's symbols by name, from 0 to ctx.symbols - 1"
SIX = len(TIMEFRAMES)
UNNAMED = np.int64(-(2**62))


class ContextType(types.Type):
    """The type of a compiled strategy's `ctx`."""


register_model(ContextType)(models.OpaqueModel)
CONTEXT = ContextType("Context")


@intrinsic
def run_of(typing_context: Any, ctx: Any) -> Any:
    """The address that a context is."""

    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        return builder.ptrtoint(arguments[0], context.get_value_type(intp))

    return intp(ctx), generate


@intrinsic
def number_of(typing_context: Any, value: Any) -> Any:
    """What is in a number that might have been None, and is not."""
    inside = value.type if isinstance(value, types.Optional) else value

    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        if inside is value:
            return arguments[0]
        return context.make_helper(builder, value, value=arguments[0]).data

    return inside(value), generate


@intrinsic
def read_only(typing_context: Any, array: Any) -> Any:
    """The same array, into which nothing can be written: bars belong to everybody."""

    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        return arguments[0]

    return types.Array(array.dtype, array.ndim, array.layout, readonly=True)(array), generate


def row_of(timeframe: Any, method: str) -> int:
    """Row of a literal timeframe; a compile error for anything else."""
    if not isinstance(timeframe, types.StringLiteral):
        raise NumbaTypeError(NO_NAME.format("a timeframe", f'ctx.{method}("5m")'))
    try:
        return index_of(timeframe.literal_value)
    except TimeframeError as error:
        raise NumbaTypeError(error.message) from None


@inner
def check_there(run, row):
    """That a timeframe is in this run; the six are, and for them nothing of this is left in the machine code."""
    if row >= SIX and (run.there >> row) & 1 == 0:
        raise TimeframeError(NOT_THERE)


@inner
def held(run):
    """The record with the account in its hands."""
    hold(run)
    return run


@inner
def picked(run, key, place):
    """The record of the symbol that a call names, by its key or its place; the one asked where it names none."""
    if key == 0 and place == UNNAMED:
        return run
    if key == 0:
        if place < 0 or place >= run.symbols:
            raise RunError(NO_PLACE)
        return sibling(run, place)
    for other in range(run.symbols):
        if sibling(run, other).symbol_key == key:
            return sibling(run, other)
    raise RunError(NO_SYMBOL)


def symbol_key(symbol: Any) -> int:
    """The key of a symbol that is written out; 0 where none is named, or by a number that is known later."""
    if not is_given(symbol) or isinstance(symbol, types.Integer | types.IntegerLiteral):
        return 0
    if not isinstance(symbol, types.StringLiteral):
        raise NumbaTypeError(NO_NAME.format("a symbol", 'symbol="EURUSD", or a number: its place among the run\'s, by name'))
    return key_of(symbol.literal_value)


def place_or_none(symbol):
    """The place of a symbol that is a number, UNNAMED where it is none."""
    return int(symbol)


@overload(place_or_none, jit_options={"error_model": "numpy"})
def _place_or_none(symbol):
    if isinstance(symbol, types.Integer | types.IntegerLiteral):
        return lambda symbol: np.int64(symbol)
    return lambda symbol: UNNAMED


def is_given(argument: Any) -> bool:
    return not (argument is None or isinstance(argument, types.NoneType | types.Omitted))


def attribute(name: str, read: Callable[[Any], Any]) -> None:
    overload_attribute(ContextType, name, jit_options=JIT)(lambda ctx: read)


# Kept on disk like kernels: compiled anew in each process, what a breakout uses of ctx took 1.0 s of its 1.4 s to compile.
JIT = {"error_model": "numpy", "cache": cache_folder() is not None}
attribute("time", lambda ctx: held(run_at(run_of(ctx))).now)
attribute("symbol", lambda ctx: run_at(run_of(ctx)).symbol)
attribute("symbols", lambda ctx: run_at(run_of(ctx)).symbols)
attribute("bid", lambda ctx: run_at(run_of(ctx)).bid)
attribute("ask", lambda ctx: run_at(run_of(ctx)).ask)
attribute("mid", lambda ctx: (run_at(run_of(ctx)).bid + run_at(run_of(ctx)).ask) / 2.0)
attribute("position", lambda ctx: run_at(run_of(ctx)).position)
attribute("equity", lambda ctx: equity(run_at(run_of(ctx))))
attribute("open_profit", lambda ctx: open_profit(run_at(run_of(ctx))))
attribute("cash", lambda ctx: cash(run_at(run_of(ctx))))
attribute("open_orders", lambda ctx: run_at(run_of(ctx)).working)
attribute("fill_price", lambda ctx: run_at(run_of(ctx)).fill_price)
attribute("fill_size", lambda ctx: run_at(run_of(ctx)).fill_size)
attribute("fill_order", lambda ctx: run_at(run_of(ctx)).fill_order)
attribute("fill_reason", lambda ctx: REASONS[run_at(run_of(ctx)).fill_reason])


@overload_attribute(ContextType, "timeframe", jit_options=JIT)
def timeframe(ctx):
    def read(ctx):
        run = run_at(run_of(ctx))
        return run.told_as[run.timeframe]

    return read


@overload_attribute(ContextType, "entry_price", jit_options=JIT)
def entry_price(ctx):
    def read(ctx):
        run = run_at(run_of(ctx))
        return run.cost / (run.position * run.contract_size) if run.position != 0.0 else np.nan

    return read


def text_key(text: Any, what: str, example: str) -> int:
    if not is_given(text):
        return 0
    if not isinstance(text, types.StringLiteral):
        raise NumbaTypeError(NO_NAME.format(what, example))
    return key_of(text.literal_value)


@overload_method(ContextType, "mark", prefer_literal=True, jit_options=JIT)
def mark(ctx, name, value, symbol=None):
    own = symbol_key(symbol)
    key = text_key(name, "a mark's name", 'ctx.mark("signal", value)')
    return lambda ctx, name, value, symbol=None: remember(
        picked(run_at(run_of(ctx)), own, place_or_none(symbol)), key, float(value), 0
    )


@overload_method(ContextType, "log", prefer_literal=True, jit_options=JIT)
def log(ctx, text, value=np.nan, symbol=None):
    own = symbol_key(symbol)
    key = text_key(text, "what is logged", 'ctx.log("no trend", value)')
    return lambda ctx, text, value=np.nan, symbol=None: remember(
        picked(run_at(run_of(ctx)), own, place_or_none(symbol)), key, float(value), 1
    )


@inner
def remember(run, key, value, logged):
    """A row in the table of marks."""
    hold(run)
    if run.marks >= run.mark_room:
        raise OrderError(TOO_MANY_MARKS)
    entry = marks_of(run)[run.marks]
    entry.time, entry.tick, entry.name, entry.value, entry.symbol = run.now, run.taken, key, value, run.symbol
    entry.logged = logged
    run.marks += 1


@intrinsic
def context_at(typing_context: Any, address: Any) -> Any:
    """The context that an address is."""

    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        return builder.inttoptr(arguments[0], context.get_value_type(CONTEXT))

    return CONTEXT(intp), generate


@overload_method(ContextType, "of", prefer_literal=True, jit_options=JIT)
def of(ctx, symbol):
    key = symbol_key(symbol)
    return lambda ctx, symbol: context_at(picked(run_at(run_of(ctx)), key, place_or_none(symbol)).address)
