"""Indicators in the `ctx` of a compiled strategy: closed values by their address, running ones through one door."""

from __future__ import annotations

from typing import Any

import numpy as np
from llvmlite import ir
from numba import carray, float64, int64, intp, types
from numba.core.errors import NumbaTypeError
from numba.extending import intrinsic, overload_method

from btlab.engine.clock import OPEN, forming_value
from btlab.errors import IndicatorError, RunError
from btlab.indicators.handle import TAG
from btlab.market.codes import MET
from btlab.market.jit import inner
from btlab.market.memory import as_pointer, float_at, floats_at, integer_at, integers_at, prefetch, run_at
from btlab.market.run_record import BOOK
from btlab.strategy.context import BACKWARDS, JIT, ContextType, picked, place_or_none, run_of, symbol_key
from btlab.strategy.selftype import HandleType, word_of

NO_HANDLE = "that is no handle of an indicator; self.indicator(...) in init gives one"
NUMBERS = "ctx.crossed_above and ctx.crossed_below compare two handles, or a handle and a number"
TIME, DAY, TICKS, FOLLOWED = 5, 6, 7, 9
"""Columns of a running bar: `indicators.streams.table.BAR_COLUMNS`; words of what counts its ticks: `indicators.ticks`."""
TAKEN, NOW, PHASE, STAMP, MINUTE_SEEN, SEEN = 0, 1, 2, 3, 4, 9
"""Words that the book keeps of the last look at each row's bar."""
A_LINE = 8
"""Values of a column that come to the processor at once; the next are asked for while these are read."""


@intrinsic
def through(typing_context: Any, door: Any, driver: Any, place: Any, stamp: Any) -> Any:
    """Ask for a value at a door's address."""

    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        door, *given = arguments
        word = ir.IntType(64)
        kind = ir.FunctionType(ir.DoubleType(), [word, word, word]).as_pointer()
        return builder.call(builder.inttoptr(door, kind), given)

    return float64(intp, intp, int64, int64), generate


@intrinsic
def follow(typing_context: Any, door: Any, row: Any, bid: Any, ask: Any, first: Any, taken: Any, price: Any) -> Any:
    """`indicators.ticks.follow` at its address."""

    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        door, *given = arguments
        word = ir.IntType(64)
        return builder.call(builder.inttoptr(door, ir.FunctionType(word, [word] * 6).as_pointer()), given)

    return int64(intp, intp, intp, intp, int64, int64, int64), generate


@inner
def count_ticks(run, book, row, bar):
    """Let the running bar say of its ticks what the closed ones say of theirs."""
    counted = book.ticks_at + 8 * FOLLOWED * row
    first = integer_at(book.first_at, run.offset[row] + run.counts[row])
    taken = run.tick - 1 if run.phase == MET else run.taken  # a tick that orders meet is not in its bar yet
    follow(book.follow, counted, run.bid_at, run.ask_at, first, taken, run.price)
    for k in range(5):
        bar[TICKS + k] = float_at(counted, k)


@inner
def book_of(run):
    return carray(as_pointer(run.indicators_at), 1, BOOK)[0]


@inner
def place_of(book, handle):
    place = handle - TAG
    if place < 0 or place >= book.outputs:
        raise IndicatorError(NO_HANDLE)
    return place


@inner
def closed_value(run, handle, back):
    """An output on a completed bar; NaN before the first, and while it warms up."""
    if back < 0:
        raise RunError(BACKWARDS)
    book = book_of(run)
    place = place_of(book, handle)
    bar = run.counts[integer_at(book.row_at, place)] - 1 - back
    if bar < 0:
        return np.nan
    if integer_at(book.closed_at, place) == 0:
        through(book.fetch, 0, place, 0)
        if integer_at(book.closed_at, place) == 0:  # that went wrong; the run stops, and says why
            return np.nan
    column = integer_at(book.closed_at, place)
    prefetch(column + 8 * (bar + A_LINE))
    return float_at(column, bar)


@inner
def is_known(run, seen):
    """Whether nothing has happened since a row's bar was looked at: the same tick and time, the same running minute."""
    known = seen[TAKEN] == run.taken and seen[NOW] == run.now and seen[PHASE] == run.phase
    minute = run.forming_at + 40 * run.base
    for column in range(5):
        known &= seen[MINUTE_SEEN + column] == integer_at(minute, column)
    return known


@inner
def note(run, seen):
    seen[TAKEN], seen[NOW], seen[PHASE] = run.taken, run.now, run.phase
    for column in range(5):
        seen[MINUTE_SEEN + column] = integer_at(run.forming_at + 40 * run.base, column)


@inner
def look(run, book, row):
    """Let the book have the running bar of a timeframe, once for each moment; returns its stamp, 0 where no bar is open."""
    seen = integers_at(book.seen_at + 8 * SEEN * row, SEEN)
    if not is_known(run, seen):
        book.stamp += 1
        show(run, book, row)
        watched, other = integer_at(book.watched_at, row), 0
        while watched != 0:
            if watched & 1:
                show(run, book, other)
            watched, other = watched >> 1, other + 1
    return seen[STAMP]


@inner
def show(run, book, row):
    """Let the book have the running bar of a timeframe, under its newest stamp; one without an open where none runs."""
    seen = integers_at(book.seen_at + 8 * SEEN * row, SEEN)
    bar = floats_at(book.bars_at + 8 * book.width * row, book.width)
    note(run, seen)
    seen[STAMP], bar[OPEN] = 0, forming_value(run, row, OPEN)
    if not np.isnan(bar[OPEN]):
        seen[STAMP] = book.stamp
        for column in range(1, 5):
            bar[column] = forming_value(run, row, column)
        start = integer_at(run.bar_start_at, run.offset[row] + run.counts[row])
        if bar[TIME] != start:
            days = integers_at(run.days_at, run.days)
            bar[TIME], bar[DAY] = start, days[max(np.searchsorted(days, start, side="right") - 1, 0)]
        if book.follow != 0:
            count_ticks(run, book, row, bar)


@inner
def running_value(run, handle):
    """An output with the running bar counted in; NaN while none is open."""
    book = book_of(run)
    place = place_of(book, handle)
    row = integer_at(book.row_at, place)
    stamp = look(run, book, row)
    return through(book.door, book.driver, place, stamp) if stamp != 0 else np.nan


@inner
def reading(run, one, back):
    """A handle's value, or a number as it is."""
    number = word_of(one)
    return closed_value(run, int64(number), back) if number >= TAG else float64(number)


@inner
def crossed(run, above, below):
    """Whether one was not over the other at the last bar but one, and is at the last."""
    return reading(run, above, 1) <= reading(run, below, 1) and reading(run, above, 0) > reading(run, below, 0)


@overload_method(ContextType, "value", prefer_literal=True, jit_options=JIT)
def value(ctx, handle, back=0, symbol=None):
    key = symbol_key(symbol)
    if not isinstance(handle, types.Integer | HandleType):
        raise NumbaTypeError(NO_HANDLE)
    return lambda ctx, handle, back=0, symbol=None: closed_value(named(ctx, key, place_or_none(symbol)), word_of(handle), back)


@overload_method(ContextType, "forming_value", prefer_literal=True, jit_options=JIT)
def read_running(ctx, handle, symbol=None):
    key = symbol_key(symbol)
    if not isinstance(handle, types.Integer | HandleType):
        raise NumbaTypeError(NO_HANDLE)
    return lambda ctx, handle, symbol=None: running_value(named(ctx, key, place_or_none(symbol)), word_of(handle))


@inner
def named(ctx, key, place):
    """The record of the symbol that a call names."""
    return picked(run_at(run_of(ctx)), key, place)


def check_numbers(*both: Any) -> None:
    if not all(isinstance(one, types.Integer | types.Float | HandleType) for one in both):
        raise NumbaTypeError(NUMBERS)


@overload_method(ContextType, "crossed_above", prefer_literal=True, jit_options=JIT)
def crossed_above(ctx, a, b, symbol=None):
    key = symbol_key(symbol)
    check_numbers(a, b)
    return lambda ctx, a, b, symbol=None: crossed(named(ctx, key, place_or_none(symbol)), a, b)


@overload_method(ContextType, "crossed_below", prefer_literal=True, jit_options=JIT)
def crossed_below(ctx, a, b, symbol=None):
    key = symbol_key(symbol)
    check_numbers(a, b)
    return lambda ctx, a, b, symbol=None: crossed(named(ctx, key, place_or_none(symbol)), b, a)
