"""An output's value of the running bar, for compiled code: known already, asked of its stream, or worked out by `drive`.

A plain stream's answer depends on the bars that have closed and on the prices it is given, so it is put on a shelf with them.
"""

from __future__ import annotations

from typing import Any

import numba
import numpy as np
from numba import carray, float64, int64, intp

from btlab.indicators.streams import drive
from btlab.indicators.streams.bridge import real_at, stream, through, word_at
from btlab.indicators.streams.drive import ask, live_of, record_at
from btlab.indicators.streams.table import (
    ASK,
    BAR_COLUMNS,
    FIRST_OUTPUT,
    NO_PARENT,
    SHELF,
    SHELVED,
    SILENT,
    SLOT_ANSWERS,
    SLOT_CLOSE,
    SLOT_COUNT,
    SLOT_GIVEN,
    SLOT_HIGH,
    SLOT_LOW,
    SLOT_OPEN,
    SLOTS,
    SPOT,
    TRIAL,
    WORTH,
)
from btlab.market.jit import INDICATOR_ROOMS, cache_folder, inner, kernel
from btlab.market.memory import as_pointer, integers_at

SPOT_SIZE, SHELVED_SIZE = SPOT.itemsize, SHELVED.itemsize
GIVEN = int(SHELVED.fields["given"][1])  # type: ignore[index]
GIVEN_AT = 8 * SLOT_GIVEN
HIGH, LOW, CLOSE = (BAR_COLUMNS.index(name) for name in ("high", "low", "close"))
MIXER = -7046029254386353131
"""2 ** 64 by the golden ratio: prices a point apart get slots far apart (Knuth, The Art of Computer Programming 3, 6.4)."""
MIXED_BITS = 64 - (SLOTS.bit_length() - 1)


@inner
def _spot(driver, place):
    return carray(as_pointer(driver.spot_at + SPOT_SIZE * place), 1, SPOT)[0]


@inner
def _shelved(driver, k):
    return carray(as_pointer(driver.shelved_at + SHELVED_SIZE * k), 1, SHELVED)[0]


@inner
def _shelf(address):
    return carray(as_pointer(address), 1, SHELF)[0]


@inner(forceinline=True)
def read_running(address, place, stamp):
    """An output's value of the running bar of its timeframe.

    Args:
        address: of the `DRIVER` record.
        place: the output's among all of the graph; one of those the driver was made for.
        stamp: a number of the moment, another one whenever a running bar or a count has changed.
    """
    driver = record_at(address)
    spot = _spot(driver, place)
    if spot.shelf != 0:
        shelf = _shelf(spot.shelf)
        if shelf.stamp != stamp:
            shelf.before, shelf.slot_before, shelf.stamp = shelf.stamp, shelf.slot, stamp
            shelf.looks += 1
            if not _find(shelf):
                through(driver.fill, address, spot.shelf)
        integers_at(spot.asked, 1)[0] = stamp
        if word_at(shelf.slot + GIVEN_AT) & spot.bit != 0 or through(driver.put_away, address, spot.row) != 0:
            return real_at(shelf.slot + 8 * int64(spot.word))
    live = live_of(driver, spot.row)
    if live.stamp != stamp:
        live.stamp = stamp
        plain = live.plain if word_at(driver.counts_at + 8 * live.timeframe) == live.settled else 0
        # What a chain reads has mostly been read itself a moment ago: in `value` and `value_before`, 12 chained of 60 took 0.2 us
        valued = live.parent == NO_PARENT or (live.parent >= 0 and live_of(driver, live.parent).stamp == stamp)
        if plain != SILENT and not (plain == ASK and valued and ask(driver, spot.row) == 0):
            through(driver.value, address, spot.row)
    return real_at(driver.outputs_at + 8 * place)


@inner(forceinline=True)
def _find(shelf):
    """Take the slot of the running bar's close; whether it holds what was said of these prices."""
    bar, close = shelf.bar, word_at(shelf.bar + 8 * CLOSE)
    shelf.slot = slot = shelf.slots + shelf.width * ((close * MIXER) >> MIXED_BITS & (SLOTS - 1))
    same = word_at(slot + 8 * SLOT_COUNT) == word_at(shelf.count) + 1 and word_at(slot + 8 * SLOT_CLOSE) == close
    extent = word_at(slot + 8 * SLOT_HIGH) == word_at(bar + 8 * HIGH) and word_at(slot + 8 * SLOT_LOW) == word_at(bar + 8 * LOW)
    extent &= word_at(slot + 8 * SLOT_OPEN) == word_at(bar)
    return same and (extent or shelf.rows == shelf.closes)


def _fill(address, shelf_at):
    """A slot that held what was said of other prices is that of these; all are asked who were asked a moment ago.

    What hangs on the close alone stays where that is the same, and what hangs on high and low is told by the slot before.
    """
    driver, shelf = record_at(address), _shelf(shelf_at)
    bar, slot = integers_at(shelf.bar, CLOSE + 1), integers_at(shelf.slot, SLOT_ANSWERS)
    count = word_at(shelf.count) + 1
    first = shelf.closes if slot[SLOT_COUNT] == count and slot[SLOT_CLOSE] == bar[CLOSE] else 0
    slot[SLOT_COUNT], slot[SLOT_GIVEN] = count, slot[SLOT_GIVEN] & ((1 << first) - 1)
    for k in range(len(bar)):
        slot[SLOT_OPEN + k] = bar[k]
    if shelf.slot_before != 0 and shelf.slot_before != shelf.slot:
        before = integers_at(shelf.slot_before, SLOT_ANSWERS)
        same = before[SLOT_COUNT] == count and before[SLOT_OPEN] == slot[SLOT_OPEN]
        if same and before[SLOT_HIGH] == slot[SLOT_HIGH] and before[SLOT_LOW] == slot[SLOT_LOW]:
            place, words = 8 * shelf.extent_first, shelf.extent_words
            integers_at(shelf.slot + place, words)[:] = integers_at(shelf.slot_before + place, words)
            slot[SLOT_GIVEN] |= before[SLOT_GIVEN] & shelf.extents
    rows = carray(as_pointer(shelf.rows_at), shelf.rows, np.int32)
    silent = False
    for k in range(shelf.rows):
        if word_at(shelf.asked_at + 8 * k) == shelf.before:
            shelf.wanted += 1
            if slot[SLOT_GIVEN] >> k & 1 == 0:
                shelf.asks += 1
                _put(driver, address, int64(rows[k]), shelf.slot)
                silent |= slot[SLOT_GIVEN] >> k & 1 == 0
    shelf.fills += 1
    if shelf.looks >= TRIAL or silent:  # a trial begins when all that are asked have an answer
        if not silent and shelf.wanted * shelf.looks < (WORTH * shelf.looks + shelf.asks) * shelf.fills:
            _give_up(driver, rows)
        shelf.looks, shelf.fills, shelf.wanted, shelf.asks = 0, 0, 0, 0
    return int64(0)


@inner
def _give_up(driver, rows):
    """The shelf of these rows saves too little: from now on each is asked at every moment."""
    for k in rows:
        live = live_of(driver, int64(k))
        for output in range(live.outputs):
            _spot(driver, live.first - FIRST_OUTPUT + output).shelf = 0


@inner(forceinline=True)
def _put(driver, address, k, slot):
    """Have a row's answer in the slot; its stream is asked here where nothing else is to be done before."""
    live, shelved, given = live_of(driver, k), _shelved(driver, k), word_at(slot + GIVEN_AT)
    settled = live.settled == word_at(driver.counts_at + 8 * live.timeframe)
    if settled and live.plain == ASK and shelved.before & ~given == 0:
        _ask_into(driver, k, slot)
    elif not settled or live.plain == ASK:
        through(driver.put_away, address, k)


@inner(forceinline=True)
def _ask_into(driver, k, slot):
    live, shelved, given = live_of(driver, k), _shelved(driver, k), integers_at(slot + GIVEN_AT, 1)
    places = driver.shelved_at + SHELVED_SIZE * k + GIVEN
    if stream(live.peek, live.shape, live.handle, slot, places, slot + 8 * shelved.first) != 0:
        return False
    given[0] |= shelved.bit
    return True


def _put_away(address, k):
    """The same where bars have closed, or what the row reads is to be put there first; 0 where its stream has no answer."""
    driver = record_at(address)
    live, shelved = live_of(driver, k), _shelved(driver, k)
    slot = _shelf(shelved.shelf).slot
    if live.settled != word_at(driver.counts_at + 8 * live.timeframe):
        through(driver.settle, address, k)
    if live.plain != ASK:
        return int64(0)
    if shelved.before & ~word_at(slot + GIVEN_AT) != 0 and through(driver.put_away, address, live.parent) == 0:
        return int64(0)
    return int64(_ask_into(driver, k, slot))


def _compiled(function: Any) -> Any:
    return numba.cfunc(int64(intp, intp), cache=cache_folder(INDICATOR_ROOMS) is not None, error_model="numpy")(function)


fill, put_away = _compiled(_fill), _compiled(_put_away)

DOORS = {
    "settle": drive.settle,
    "first_window": drive.first_window,
    "make_inputs": drive.make_inputs,
    "by_own_rules": drive.by_own_rules,
    "value_before": drive.value_before,
    "value": drive.value,
    "fill": fill,
    "put_away": put_away,
}
"""Called by address, so that what is rare stays out of what every tick does."""


def _door(address, place, stamp):
    return read_running(address, place, stamp)


door = numba.cfunc(float64(intp, int64, int64), cache=cache_folder(INDICATOR_ROOMS) is not None, error_model="numpy")(_door)
"""`read_running` for compiled code that calls it at its address, and is compiled sooner for that."""


@kernel(float64(intp, int64, int64))
def read_once(address, place, stamp):
    return read_running(address, place, stamp)
