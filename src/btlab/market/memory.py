"""From an address to a table, inside compiled code: no object, no reference count.

What these return is valid only while somebody else keeps the memory alive.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from llvmlite import ir
from numba import carray, from_dtype, intp, types
from numba.extending import intrinsic

from btlab.market.codes import FILLS_AN_ORDER, TRADES_AN_ORDER
from btlab.market.jit import inner
from btlab.market.records import CHANGE, CHOICE, FILL, MARK, NIGHT, ORDER, TRADE
from btlab.market.run_record import RUN

FORMING, STOP_WORD = (int(RUN.fields[name][1]) for name in ("forming", "stop"))  # type: ignore[index]
STOP_WORD //= 8
WORDS = RUN.itemsize // 8
FORMING_SHAPE = RUN["forming"].shape
RUN_TYPE, ORDER_TYPE, TRADE_TYPE = (from_dtype(dtype) for dtype in (RUN, ORDER, TRADE))


@intrinsic
def as_pointer(typing_context: Any, address: Any) -> Any:
    """An int as a void pointer."""

    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        return builder.inttoptr(arguments[0], context.get_value_type(types.voidptr))

    return types.voidptr(intp), generate


@intrinsic
def float_at(typing_context: Any, address: Any, row: Any) -> Any:
    """One float64 of an array known by its address. No array is made for it, which given to a function costs 2 ns and more."""
    return types.float64(intp, types.int64), _load(types.float64)


@intrinsic
def integer_at(typing_context: Any, address: Any, row: Any) -> Any:
    """One int64 of an array known by its address."""
    return types.int64(intp, types.int64), _load(types.int64)


@intrinsic
def short_at(typing_context: Any, address: Any, row: Any) -> Any:
    """One int32 of an array known by its address."""
    return types.int32(intp, types.int64), _load(types.int32)


@intrinsic
def prefetch(typing_context: Any, address: Any) -> Any:
    """Have the processor fetch a line of memory that is read soon: of a hundred columns read in turn it foresees none."""

    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        number, place = ir.IntType(32), context.get_value_type(types.voidptr)
        kind = ir.FunctionType(ir.VoidType(), [place, number, number, number])
        function = builder.module.declare_intrinsic("llvm.prefetch", [place], kind)
        to_read, keep, data = (ir.Constant(number, value) for value in (0, 3, 1))
        builder.call(function, [builder.inttoptr(arguments[0], place), to_read, keep, data])
        return context.get_dummy_value()

    return types.void(intp), generate


def _load(kind: types.Type) -> Any:
    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        column = builder.inttoptr(arguments[0], context.get_value_type(kind).as_pointer())
        return builder.load(builder.gep(column, [arguments[1]]))

    return generate


@inner
def run_at(address):
    return carray(as_pointer(address), 1, RUN)[0]


@inner
def orders_of(run):
    return carray(as_pointer(run.order_at), run.order_room, ORDER)


@inner
def working_of(run):
    return carray(as_pointer(run.working_at), run.order_room, np.int64)


@inner
def fills_of(run):
    return carray(as_pointer(run.fill_at), FILLS_AN_ORDER * run.order_room, FILL)


@inner
def trades_of(run):
    return carray(as_pointer(run.trade_at), TRADES_AN_ORDER * run.order_room, TRADE)


@inner
def lots_of(run):
    return carray(as_pointer(run.lot_at), TRADES_AN_ORDER * run.order_room, np.int64)


@inner
def marks_of(run):
    return carray(as_pointer(run.mark_at), run.mark_room, MARK)


@inner
def changes_of(run):
    return carray(as_pointer(run.change_at), run.change_room, CHANGE)


@inner
def nights_of(run):
    return carray(as_pointer(run.night_at), run.night_room, NIGHT)


@inner
def choices_of(run):
    return carray(as_pointer(run.choice_at), run.choice_room, CHOICE)


@inner
def floats_at(address, count):
    return carray(as_pointer(address), count, np.float64)


@inner
def integers_at(address, count):
    return carray(as_pointer(address), count, np.int64)


@inner
def forming_of(run):
    """(rows, 5): what the closed minutes of the running bars hold; row `base`: the running minute."""
    return carray(as_pointer(run.forming_at), FORMING_SHAPE, np.float64)


@inner
def bar_columns(run):
    """(5, bars): open, high, low, close, volume of all timeframes."""
    return carray(as_pointer(run.bar_real_at), (5, run.bars), np.float64)


@inner
def step_prices(run):
    """(4, steps): open, high, low, close of the finer bars inside the data's bars."""
    return carray(as_pointer(run.step_price_at), (4, run.steps), np.float64)


@inner
def words_of(run):
    """The record of the run itself, as words of eight bytes."""
    return carray(as_pointer(run.forming_at - FORMING), WORDS, np.int64)
