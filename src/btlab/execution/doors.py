"""The doors: kernels of the execution compiled once, for callers that know their addresses (`calls`)."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterable
from contextlib import suppress
from functools import cache
from typing import Any

import numba
from numba import int64

from btlab.execution import at_once, choice, margin, matching, orders
from btlab.execution import modify as changing
from btlab.execution.calls import DOOR
from btlab.market.jit import PACKAGE, cache_folder
from btlab.market.memory import run_at


def meet(address, tick, j, buy, sell, spread, d, e):
    return int64(matching.meet(run_at(address), tick, buy, sell, spread))


def walk(address, bar, j, a, b, c, d, e):
    return int64(choice.walk(run_at(address), bar))


def check_margin(address, tick, j, buy, sell, spread, d, e):
    return int64(margin.check_margin(run_at(address), tick, buy, sell, spread))


def pay_nights(address, until, j, a, b, c, d, e):
    return int64(margin.pay_nights(run_at(address), until))


def expire(address, i, j, a, b, c, d, e):
    orders.expire(run_at(address))
    return int64(0)


def place(address, row, given, lifetime, b, c, d, e):
    return int64(at_once.place(run_at(address), row, given, int64(lifetime)))


def modify(address, order, given, limit, stop, stop_loss, take_profit, size):
    return int64(changing.modify(run_at(address), order, given, limit, stop, stop_loss, take_profit, size))


DOORS = {
    "meet": meet,
    "place": place,
    "modify": modify,
    "expire": expire,
    "walk": walk,
    "margin": check_margin,
    "night": pay_nights,
}


ALWAYS = ("meet", "place", "expire", "modify")
"""The doors that every run needs."""


class _Beside:
    """Another process, which compiles the doors while this one compiles the loop: each is half of the work."""

    process: subprocess.Popen[bytes] | None = None

    def begin(self) -> None:
        program = f"from btlab.execution.doors import addresses; addresses({ALWAYS!r})"
        paths = os.pathsep.join(filter(None, [str(PACKAGE.parent), os.environ.get("PYTHONPATH")]))
        nothing = subprocess.DEVNULL
        self.process = subprocess.Popen(
            [sys.executable, "-c", program],
            env=os.environ | {"PYTHONPATH": paths},
            stdin=nothing,
            stdout=nothing,
            stderr=nothing,
        )

    def end(self) -> None:
        """Wait for it. What it could not compile, or keep on disk, is compiled here."""
        if self.process is not None:
            self.process.wait()
            self.process = None


_beside = _Beside()


def compile_beside() -> None:
    """Let another process compile the doors now, for this one to find on disk when it first needs them.

    Where none can be started, as in a Python inside another program, this one compiles them itself.
    """
    if sys.executable and cache_folder() is not None and _beside.process is None:
        with suppress(OSError):
            _beside.begin()


@cache
def _compiled(name: str) -> Any:
    _beside.end()
    return numba.cfunc(DOOR, cache=cache_folder() is not None, error_model="numpy")(DOORS[name])


def addresses(names: Iterable[str] = DOORS) -> dict[str, int]:
    """Where doors lie in this process, by their fields of `RUN`; compiled at their first use on a machine.

    Args:
        names: those that a run needs. The path inside bars alone is a third of the time that all of them take to compile.
    """
    return {f"{name}_door": int(_compiled(name).address) for name in names}
