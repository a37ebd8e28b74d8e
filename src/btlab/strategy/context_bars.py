"""Bars in the `ctx` of a compiled strategy: completed and running ones, one number or many."""

from __future__ import annotations

import numpy as np
from numba.extending import (
    overload_method,
)

from btlab.engine.clock import CLOSE_PRICE, HIGH, LOW, OPEN, VOLUME, forming_progress, forming_value
from btlab.errors import RunError
from btlab.market.jit import inner
from btlab.market.memory import bar_columns, integers_at, run_at
from btlab.strategy.context import (
    BACKWARDS,
    COUNTED,
    JIT,
    ContextType,
    check_there,
    picked,
    place_or_none,
    read_only,
    row_of,
    run_of,
    symbol_key,
)


def bar_reader(name: str, column: int) -> None:
    """ctx.close("5m", back=0) and its like: a number of a completed bar, NaN before the first."""

    @overload_method(ContextType, name, prefer_literal=True, jit_options=JIT)
    def reader(ctx, timeframe, back=0, symbol=None):
        row = row_of(timeframe, name)
        key = symbol_key(symbol)

        def read(ctx, timeframe, back=0, symbol=None):
            if back < 0:
                raise RunError(BACKWARDS)
            run = picked(run_at(run_of(ctx)), key, place_or_none(symbol))
            check_there(run, row)
            bar = run.counts[row] - 1 - back
            return bar_columns(run)[column, run.offset[row] + bar] if bar >= 0 else np.nan

        return read


def window_reader(name: str, column: int) -> None:
    """ctx.closes("5m", n) and its like: the last n completed bars, oldest first; fewer while there are not n."""

    @overload_method(ContextType, name, prefer_literal=True, jit_options=JIT)
    def reader(ctx, timeframe, n, symbol=None):
        row = row_of(timeframe, name)
        key = symbol_key(symbol)

        def read(ctx, timeframe, n, symbol=None):
            if n < 1:
                raise RunError(COUNTED)
            run = picked(run_at(run_of(ctx)), key, place_or_none(symbol))
            check_there(run, row)
            end = run.offset[row] + run.counts[row]
            return read_only(bar_columns(run)[column, end - min(n, run.counts[row]) : end])

        return read


@inner
def greatest(values, sign):
    """The greatest of all values times a sign. In four chains: in one, each step waits for the last, and 500 bars take three
    times as long.
    """
    a = b = c = d = sign * values[0]
    whole = len(values) // 4 * 4
    for i in range(0, whole, 4):
        a, b = max_of(a, sign * values[i]), max_of(b, sign * values[i + 1])
        c, d = max_of(c, sign * values[i + 2]), max_of(d, sign * values[i + 3])
    for i in range(whole, len(values)):
        a = max_of(a, sign * values[i])
    return max_of(max_of(a, b), max_of(c, d))


@inner
def max_of(one, other):
    return other if other > one else one


def extreme_reader(name: str, column: int, sign: float) -> None:
    """ctx.highest("5m", n, back=0), ctx.lowest: of n completed bars; NaN while there are not n."""

    @overload_method(ContextType, name, prefer_literal=True, jit_options=JIT)
    def reader(ctx, timeframe, n, back=0, symbol=None):
        row = row_of(timeframe, name)
        key = symbol_key(symbol)

        def read(ctx, timeframe, n, back=0, symbol=None):
            if back < 0:
                raise RunError(BACKWARDS)
            if n < 1:
                raise RunError(COUNTED)
            run = picked(run_at(run_of(ctx)), key, place_or_none(symbol))
            check_there(run, row)
            end = run.counts[row] - back
            if end < n:
                return np.nan
            return sign * greatest(bar_columns(run)[column, run.offset[row] + end - n : run.offset[row] + end], sign)

        return read


def forming_reader(name: str, column: int) -> None:
    """ctx.forming_close("5m") and its like: the running bar; NaN while none is open."""

    @overload_method(ContextType, name, prefer_literal=True, jit_options=JIT)
    def reader(ctx, timeframe, symbol=None):
        row = row_of(timeframe, name)
        key = symbol_key(symbol)

        def read(ctx, timeframe, symbol=None):
            run = picked(run_at(run_of(ctx)), key, place_or_none(symbol))
            check_there(run, row)
            return forming_value(run, row, column)

        return read


for _column, _name in ((OPEN, "open"), (HIGH, "high"), (LOW, "low"), (CLOSE_PRICE, "close"), (VOLUME, "volume")):
    bar_reader(_name, _column)
    window_reader(_name + "s", _column)
    forming_reader("forming_" + _name, _column)
extreme_reader("highest", HIGH, 1.0)
extreme_reader("lowest", LOW, -1.0)


@overload_method(ContextType, "forming_progress", prefer_literal=True, jit_options=JIT)
def read_progress(ctx, timeframe, symbol=None):
    row = row_of(timeframe, "forming_progress")
    key = symbol_key(symbol)

    def read(ctx, timeframe, symbol=None):
        run = picked(run_at(run_of(ctx)), key, place_or_none(symbol))
        check_there(run, row)
        return forming_progress(run, row)

    return read


@overload_method(ContextType, "bar_time", prefer_literal=True, jit_options=JIT)
def bar_time(ctx, timeframe, back=0, symbol=None):
    row = row_of(timeframe, "bar_time")
    key = symbol_key(symbol)

    def read(ctx, timeframe, back=0, symbol=None):
        if back < 0:
            raise RunError(BACKWARDS)
        run = picked(run_at(run_of(ctx)), key, place_or_none(symbol))
        check_there(run, row)
        bar = run.counts[row] - 1 - back
        return integers_at(run.bar_start_at, run.bars)[run.offset[row] + bar] if bar >= 0 else -1

    return read


@overload_method(ContextType, "count", prefer_literal=True, jit_options=JIT)
def count(ctx, timeframe, symbol=None):
    row = row_of(timeframe, "count")
    key = symbol_key(symbol)

    def read(ctx, timeframe, symbol=None):
        run = picked(run_at(run_of(ctx)), key, place_or_none(symbol))
        check_there(run, row)
        return run.counts[row]

    return read


@overload_method(ContextType, "closed", prefer_literal=True, jit_options=JIT)
def closed(ctx, timeframe, symbol=None):
    row = row_of(timeframe, "closed")
    key = symbol_key(symbol)

    def read(ctx, timeframe, symbol=None):
        run = picked(run_at(run_of(ctx)), key, place_or_none(symbol))
        check_there(run, row)
        return (run.closed >> row) & 1 == 1

    return read
