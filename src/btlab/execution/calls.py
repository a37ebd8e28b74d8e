"""What may fill something, called by address: `doors` compiles it once, `RUN` knows where it lies.

A kernel that calls another by name is compiled together with it, again and again. With matching and filling inside the loop,
in both of its forms, and inside each strategy that places an order, a new strategy took 2.8 s to its first result instead of
0.4. A call by address takes 2 ns, and is made where something may fill.
"""

from __future__ import annotations

from typing import Any

from llvmlite import ir
from numba import float64, int64, intp
from numba.extending import intrinsic

from btlab.execution.holding import owner
from btlab.market.jit import inner

DOOR = int64(intp, int64, int64, float64, float64, float64, float64, float64)
"""What every door takes: the run's address, two whole numbers and five others, as many as it needs."""


@intrinsic
def through(typing_context: Any, door: Any, run: Any, i: Any, j: Any, a: Any, b: Any, c: Any, d: Any, e: Any) -> Any:
    """Go through the door at an address."""

    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        real, whole = ir.DoubleType(), ir.IntType(64)
        kind = ir.FunctionType(whole, [whole, whole, whole, real, real, real, real, real]).as_pointer()
        return builder.call(builder.inttoptr(arguments[0], kind), arguments[1:])

    return int64(intp, *DOOR.args), generate


@intrinsic
def money_of(typing_context: Any, function: Any, size: Any, price: Any, notional: Any, maker: Any, traded: Any) -> Any:
    """Call a user's commission function at its address."""

    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        real, whole = ir.DoubleType(), ir.IntType(64)
        kind = ir.FunctionType(real, [real, real, real, whole, real]).as_pointer()
        return builder.call(builder.inttoptr(arguments[0], kind), arguments[1:])

    return float64(intp, float64, float64, float64, int64, float64), generate


@inner
def meet(run, tick, buy, sell, spread):
    """`matching.meet`: fill the next order that is due at a quote; True when one filled."""
    return through(run.meet_door, run.address, tick, 0, buy, sell, spread, 0.0, 0.0) != 0


@inner
def walk(run, bar):
    """`choice.walk`: go on along the path inside a bar; True when something filled."""
    return through(run.walk_door, run.address, bar, 0, 0.0, 0.0, 0.0, 0.0, 0.0) != 0


@inner
def check_margin(run, tick, buy, sell, spread):
    """`margin.check_margin`: True when something was liquidated."""
    return through(run.margin_door, run.address, tick, 0, buy, sell, spread, 0.0, 0.0) != 0


@inner
def pay_nights(run, until):
    """`margin.pay_nights`: False where the table of nights must grow first."""
    return through(run.night_door, run.address, until, 0, 0.0, 0.0, 0.0, 0.0, 0.0) != 0


@inner
def expire(run):
    """`orders.expire`: end the orders whose time is over."""
    through(run.expire_door, run.address, 0, 0, 0.0, 0.0, 0.0, 0.0, 0.0)


@inner
def place(run, row, given, lifetime):
    """`at_once.place`: let a drafted order work; returns its id."""
    return through(run.place_door, run.address, row, given, float64(lifetime), 0.0, 0.0, 0.0, 0.0)


@inner
def modify(run, order, given, limit, stop, stop_loss, take_profit, size):
    """`modify.modify`: False where nothing could be changed."""
    run = owner(run, order)
    return through(run.modify_door, run.address, order, given, limit, stop, stop_loss, take_profit, size) != 0
