"""What compiled code does with the driver's table: value a row's running bar, when somebody reads it and not before.

A stream takes the bars that have closed since it was read last (`settle`), then says by Peek what the running one would give.
What it reads of other nodes is valued first, once for each moment: the caller numbers the moments.
"""

from __future__ import annotations

from typing import Any

import numba
import numpy as np
from numba import carray, float64, int64, intp

from btlab.indicators.nodes.contract import HEAD
from btlab.indicators.nodes.single import call, peek
from btlab.indicators.streams import bridge
from btlab.indicators.streams.bridge import clone_stream, close_stream, open_stream, real_at, stream, through, word_at
from btlab.indicators.streams.table import (
    ASK,
    BAR_COLUMNS,
    DRIVER,
    FIRST_WINDOW,
    LIVE,
    MADE,
    MEAN,
    NO_PARENT,
    OWN,
    PARENTS,
    READY,
    ROW,
    RUNNING,
    SILENT,
    STREAM,
    UNREADY,
)
from btlab.market.jit import INDICATOR_ROOMS, cache_folder, inner, kernel
from btlab.market.memory import as_pointer, floats_at, integers_at

TOO_FEW = bridge.TOO_FEW
LIVE_SIZE, ROW_SIZE = LIVE.itemsize, ROW.itemsize
BAR_WIDTH = len(BAR_COLUMNS)
INPUTS = int(LIVE.fields["inputs"][1])  # type: ignore[index]


@inner
def record_at(address):
    return carray(as_pointer(address), 1, DRIVER)[0]


@inner
def live_of(driver, k):
    return carray(as_pointer(driver.live_at + LIVE_SIZE * k), 1, LIVE)[0]


@inner
def row_of(driver, k):
    return carray(as_pointer(driver.row_at + ROW_SIZE * k), 1, ROW)[0]


@inner
def _usable(driver, live, row):
    """Closed bars whose inputs are all finite."""
    count = word_at(driver.counts_at + 8 * live.timeframe)
    return word_at(row.ranks_at + 8 * count) if row.ranks_at != 0 else max(count - row.begin, 0)


@inner
def _take(driver, live, row, until):
    """A stream or node takes the closed bars that it has not taken."""
    code, given, results = int64(0), floats_at(driver.given_at, row.inputs), driver.moving_at + 8 * live.first
    for bar in range(row.taken, until):
        for k in range(row.inputs):
            given[k] = real_at(word_at(row.histories_at + 8 * k) + 8 * bar)
        if live.kind == OWN:
            memory = live.handle + 8 * HEAD * row.heads
            call(live.peek, driver.given_at, results, row.parameters_at, memory, live.handle)
        else:
            code |= int64(stream(row.update, live.shape, live.handle, driver.given_at, driver.in_order_at, results))
    row.taken = until
    return code


def _settle(address, k):
    """Bars have closed: the row takes them, and knows what it can say of the running one. Returns 0, or the library's code."""
    driver = record_at(address)
    live, row = live_of(driver, k), row_of(driver, k)
    usable, code, results = _usable(driver, live, row), int64(0), driver.moving_at + 8 * live.first
    live.settled, live.state = word_at(driver.counts_at + 8 * live.timeframe), UNREADY
    if live.handle == 0 and usable > row.lookback:
        place = np.zeros(1, np.int64)
        at = place.ctypes.data
        code = int64(open_stream(row.open, row.open_shape, at, row.histories_at, usable, row.parameters_at, results))
        live.handle, row.taken = place[0], usable
    elif live.handle != 0:
        code = _take(driver, live, row, usable)
    if live.handle != 0 and usable >= row.lookback:
        live.state = READY
    elif usable == row.lookback:
        live.state = FIRST_WINDOW
    heeded = live.kind != STREAM or live.made != 0 or live.whole != 0 or live.parent == PARENTS
    live.plain = 0
    if live.state == READY and not heeded:
        live.plain = ASK
    elif live.state == UNREADY and not heeded and live.parent == NO_PARENT:
        live.plain = SILENT
    driver.failures += int64(code != 0 and code != TOO_FEW)
    return code


def _first_window(address, k):
    """The value of the first window there is, which the running bar makes whole: of a stream opened on it, and closed again."""
    driver = record_at(address)
    live, row = live_of(driver, k), row_of(driver, k)
    for i in range(row.inputs):
        window = floats_at(word_at(row.ahead_at + 8 * i), row.lookback + 1)
        window[: row.lookback] = floats_at(word_at(row.histories_at + 8 * i), row.lookback)
        window[row.lookback] = real_at(driver.moving_at + 8 * live.inputs[i])
    place, results = np.zeros(1, np.int64), driver.moving_at + 8 * live.first
    at, bars = place.ctypes.data, row.lookback + 1
    code = int64(open_stream(row.open, row.open_shape, at, row.ahead_at, bars, row.parameters_at, results))
    if place[0] != 0:
        close_stream(row.close, place[0])
    return code


def _compiled(function: Any) -> Any:
    return numba.cfunc(int64(intp, intp), cache=cache_folder(INDICATOR_ROOMS) is not None, error_model="numpy")(function)


settle, first_window = _compiled(_settle), _compiled(_first_window)


@inner
def _mean(which, bar):
    open_, high, low, close = real_at(bar), real_at(bar + 8), real_at(bar + 16), real_at(bar + 24)
    if which == 0:
        return (high + low) / 2.0
    if which == 1:
        return (high + low + close) / 3.0
    if which == 2:
        return (high + low + close + open_) / 4.0
    return (high + low + close * 2.0) / 4.0


def _make_inputs(address, k):
    """Means of the running bar, and values of other timeframes: of a bar that runs there where that is wanted."""
    driver = record_at(address)
    live, row = live_of(driver, k), row_of(driver, k)
    made = carray(as_pointer(row.made_at), live.made, MADE)
    for i in range(live.made):
        one = made[i]
        bar = driver.moving_at + 8 * BAR_WIDTH * one.timeframe
        if one.kind == MEAN:
            value = _mean(one.which, bar)
        elif one.kind == RUNNING and not np.isnan(real_at(bar)):
            value = real_at(driver.moving_at + 8 * one.running)
        else:
            closed = word_at(driver.counts_at + 8 * one.timeframe)
            value = real_at(one.which + 8 * (closed - 1)) if closed > 0 else np.nan
        floats_at(driver.moving_at + 8 * one.place, 1)[0] = value
    return int64(0)


def _by_own_rules(address, k):
    """What is no READY stream: the first window of a stream, or a node of our own."""
    driver = record_at(address)
    live, row = live_of(driver, k), row_of(driver, k)
    given, none = driver.given_at, 0.0
    for i in range(row.inputs):
        value = real_at(driver.moving_at + 8 * carray(as_pointer(row.inputs_at), row.inputs, np.int32)[i])
        floats_at(given, row.inputs)[i] = value
        none += value * 0.0
    if none != 0.0:
        return int64(TOO_FEW)
    if live.kind == STREAM:
        return through(driver.first_window, address, k)
    results = driver.moving_at + 8 * live.first
    peek(live.peek, row.windows, row.heads, row.memory, live.handle, row.parameters_at, given, results, row.aside_at)
    row.asked += 1
    if row.failed_at != 0 and driver.stop_at != 0 and real_at(row.failed_at) != 0.0:
        integers_at(driver.stop_at, 1)[0] = 1
    return int64(0)


make_inputs, by_own_rules = _compiled(_make_inputs), _compiled(_by_own_rules)


@inner
def _as_floats(live, results):
    for k in range(live.outputs):
        if live.whole >> k & 1:
            at = results + 8 * k
            floats_at(at, 1)[0] = float64(carray(as_pointer(at), 1, np.int32)[0])


@inner(forceinline=True)
def ask(driver, k):
    """What a READY stream says of the running bar; the library refuses what is not finite."""
    live, places = live_of(driver, k), driver.live_at + LIVE_SIZE * k + INPUTS
    results = driver.moving_at + 8 * live.first
    return int64(stream(live.peek, live.shape, live.handle, driver.moving_at, places, results))


def _value(address, k):
    """Put a row's outputs for its running bar where they belong, whatever it takes."""
    driver, code = record_at(address), int64(TOO_FEW)
    live = live_of(driver, k)
    if live.before != 0:
        through(driver.value_before, address, k)
    if word_at(driver.counts_at + 8 * live.timeframe) != live.settled:
        through(driver.settle, address, k)
    if live.made != 0:
        through(driver.make_inputs, address, k)
    if live.state == READY and live.kind == STREAM:
        code = ask(driver, k)
    elif live.state != UNREADY:
        code = through(driver.by_own_rules, address, k)
    results = driver.moving_at + 8 * live.first
    if code != 0:
        for i in range(live.outputs):
            floats_at(results, live.outputs)[i] = np.nan
    elif live.whole != 0:
        _as_floats(live, results)
    return code


def _value_before(address, k):
    """Value the rows that a row reads, in order."""
    driver = record_at(address)
    row, stamp = row_of(driver, k), live_of(driver, k).stamp
    for i in range(row.plan):
        other = word_at(row.plan_at + 8 * i)
        if live_of(driver, other).stamp != stamp:
            live_of(driver, other).stamp = stamp
            through(driver.value, address, other)
    return int64(0)


value, value_before = _compiled(_value), _compiled(_value_before)


@kernel(int64(intp, int64, int64))
def ask_again(address, k, times):
    """Ask a row of its own kind for its running bar so often, to see how long that takes; how often it was asked before."""
    driver = record_at(address)
    before = row_of(driver, k).asked
    for _ in range(times):
        through(driver.by_own_rules, address, k)
    row_of(driver, k).asked = before
    return before


@kernel(int64(intp))
def close_all(address):
    """Close every stream; how many there were."""
    driver, closed = record_at(address), 0
    for k in range(driver.rows):
        live, row = live_of(driver, k), row_of(driver, k)
        if live.kind == STREAM and live.handle != 0:
            close_stream(row.close, live.handle)
            live.handle, row.taken, live.stamp, live.settled = 0, 0, -1, -1
            closed += 1
    return closed


@kernel(int64(intp))
def clone_all(address):
    """Give every row its own copy of its stream, in a table that was copied; the library's code."""
    driver, code = record_at(address), 0
    for k in range(driver.rows):
        live = live_of(driver, k)
        if live.kind == STREAM and live.handle != 0:
            place = np.zeros(1, np.int64)
            code |= clone_stream(row_of(driver, k).clone, live.handle, place.ctypes.data)
            live.handle = place[0]
    return int64(code)
