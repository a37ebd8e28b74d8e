"""The doors: kernels of the execution compiled once, for callers that know their addresses (`calls`)."""

from __future__ import annotations

from functools import cache

import numba
from numba import int64

from btlab.execution import choice, filling, margin, matching, orders
from btlab.execution import modify as changing
from btlab.execution.calls import DOOR
from btlab.market.jit import cache_folder
from btlab.market.memory import run_at

_door = numba.cfunc(DOOR, cache=cache_folder() is not None, error_model="numpy")


@_door
def meet(address, tick, j, buy, sell, spread, d, e):
    return int64(matching.meet(run_at(address), tick, buy, sell, spread))


@_door
def walk(address, bar, j, a, b, c, d, e):
    return int64(choice.walk(run_at(address), bar))


@_door
def check_margin(address, tick, j, buy, sell, spread, d, e):
    return int64(margin.check_margin(run_at(address), tick, buy, sell, spread))


@_door
def pay_nights(address, until, j, a, b, c, d, e):
    return int64(margin.pay_nights(run_at(address), until))


@_door
def expire(address, i, j, a, b, c, d, e):
    orders.expire(run_at(address))
    return int64(0)


@_door
def place(address, row, given, lifetime, b, c, d, e):
    return int64(filling.place(run_at(address), row, given, int64(lifetime)))


@_door
def modify(address, order, given, limit, stop, stop_loss, take_profit, size):
    return int64(changing.modify(run_at(address), order, given, limit, stop, stop_loss, take_profit, size))


@cache
def addresses() -> dict[str, int]:
    """Where the doors lie in this process, by their fields of `RUN`."""
    doors = {"meet": meet, "walk": walk, "margin": check_margin, "night": pay_nights, "expire": expire, "place": place}
    return {f"{name}_door": door.address for name, door in (doors | {"modify": modify}).items()}
