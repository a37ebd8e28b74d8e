"""Running bars as other bars end: what an input of a longer timeframe is when its forming value is asked for by name.

The same driver answers here as at ticks, so a value that a chain was built on is the one that was seen then.
"""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np

from btlab.indicators.cache import Arrays
from btlab.indicators.columns import Frames
from btlab.indicators.entry import TICK_INPUTS
from btlab.indicators.graph import Graph, GraphNode
from btlab.indicators.streams import driver_of
from btlab.indicators.streams.bridge import read_through
from btlab.indicators.streams.driver import needed
from btlab.indicators.streams.table import BAR_COLUMNS
from btlab.indicators.ticks import FOLLOWED, follow_on
from btlab.indicators.values import at_ends, outputs_of
from btlab.market.jit import inner, kernel
from btlab.market.series import Ticks
from btlab.market.timeframe import index_of
from btlab.market.timeline import PRICES as TICK_PRICES
from btlab.market.timeline import Timeline

OPEN, HIGH, LOW, CLOSE, VOLUME, TIME, DAY, COUNTED = range(8)
"""Columns of a running bar: the first of `BAR_COLUMNS`."""
assert BAR_COLUMNS[TIME:COUNTED] == ("time", "day")
NO_TICKS = np.empty(0)


def outputs_at_ends(graph: Graph, node: GraphNode, frames: Frames, other: str) -> Arrays:
    """Each output of a node as each bar of another timeframe ended, with its running bar counted in.

    Where none ran it is that of the last closed bar.
    """
    ends, timeline = frames.ends(other), frames.timeline
    assert timeline is not None, "without one, ends are refused"
    handles = graph.handles[node.first : node.first + len(node.entry.outputs)]
    driver, nodes = driver_of(graph, frames, handles), needed(graph, handles)
    places = np.array([handle.place for handle in handles], np.int64)
    made, runs = np.empty((len(places), len(ends))), np.empty(len(ends), np.bool_)
    _value_at_ends(
        ends,
        (driver.door, driver.address, places, driver.counts, driver.bars),
        (_rows(timeline, node.timeframe, nodes), timeline.offset, timeline.start, timeline.end, timeline.days),
        _base_bars(timeline),
        _ticks_of(frames, nodes),
        made,
        runs,
    )
    if driver.error is not None:
        raise driver.error
    closed = (at_ends(values, frames, node.timeframe, other) for values in outputs_of(graph, node, frames))
    return tuple(np.where(runs, running, known) for running, known in zip(made, closed))


def _rows(timeline: Timeline, first: str, nodes: Iterable[GraphNode]) -> np.ndarray:
    """int64: the rows of all timeframes that are read, the one whose running bar is asked about first."""
    named = [first, *(node.timeframe for node in nodes), *(one.timeframe for node in nodes for one in node.read)]
    for name in named:
        timeline.rows(name)
    return np.array([index_of(name) for name in dict.fromkeys(named)], np.int64)


def _base_bars(timeline: Timeline) -> tuple[np.ndarray, ...]:
    """The finest bars in which anything happened: when they end, their columns, and for every bar the first of them it has."""
    rows = timeline.rows(timeline.base)
    taken = timeline.ticks[rows] > 0
    begin = np.searchsorted(timeline.first[rows][taken], timeline.first)
    return timeline.end[rows][taken], np.ascontiguousarray(timeline.real[:, rows][:, taken]), begin, timeline.first


def _ticks_of(frames: Frames, nodes: Iterable[GraphNode]) -> tuple[np.ndarray, np.ndarray, np.ndarray, int]:
    """The ticks that are to be counted, and the price that bars are built from; none where no node asks for what they say."""
    asked = any(set(TICK_INPUTS) & set(map(str, node.inputs)) for node in nodes)
    assert frames.timeline is not None
    price = TICK_PRICES.index(frames.timeline.price)
    if asked and isinstance(frames.data, Ticks):
        return frames.data.time, frames.data.bid, frames.data.ask, price
    return np.empty(0, np.int64), NO_TICKS, NO_TICKS, price


@inner
def _fold(bar, real, begin, end):
    """Let a running bar take finest bars, as the clock does."""
    for i in range(begin, end):
        if np.isnan(bar[OPEN]):
            for column in range(5):
                bar[column] = real[column, i]
        else:
            bar[HIGH], bar[LOW] = max(bar[HIGH], real[HIGH, i]), min(bar[LOW], real[LOW, i])
            bar[CLOSE] = real[CLOSE, i]
            bar[VOLUME] += real[VOLUME, i]


@kernel
def _value_at_ends(ends, asked, bars, base, ticks, made, runs):
    """Walk from end to end: which bars have closed, what runs, and what is read of it.

    Args:
        asked: door and address of the driver, places of outputs, its counts and its running bars.
        bars: rows of timeframes; offset, start, end and days of the timeline.
        base, ticks: see `_base_bars` and `_ticks_of`.
        made: float64 (outputs, ends); runs: bool (ends,): whether a bar ran on the first of the rows.
    """
    door, driver, places, counts, running = asked
    rows, offset, start, end, days = bars
    base_end, real, begin, first = base
    time, bid, ask, price = ticks
    folded, counted = np.zeros(len(rows), np.int64), np.full((len(rows), FOLLOWED), -1.0)
    closed, tick = 0, -1
    for k in range(len(rows)):
        running[rows[k], :] = np.nan
    for i in range(len(ends)):
        while closed < len(base_end) and base_end[closed] <= ends[i]:
            closed += 1
        while tick + 1 < len(time) and time[tick + 1] < ends[i]:
            tick += 1
        for k in range(len(rows)):
            row = rows[k]
            bar, at = running[row], offset[row] + counts[row]
            while at < offset[row + 1] and end[at] <= ends[i]:
                at += 1
                bar[:] = np.nan
            counts[row] = at - offset[row]
            if at == offset[row + 1]:
                continue
            _fold(bar, real, max(folded[k], begin[at]), closed)
            folded[k] = closed
            if np.isnan(bar[TIME]):
                bar[TIME], bar[DAY] = start[at], days[max(np.searchsorted(days, start[at], side="right") - 1, 0)]
            if len(time) > 0 and not np.isnan(bar[OPEN]):
                follow_on(counted[k].ctypes.data, bid.ctypes.data, ask.ctypes.data, first[at], tick, price)
                bar[COUNTED:] = counted[k, : len(bar) - COUNTED]
        runs[i] = not np.isnan(running[rows[0], OPEN])
        for k in range(len(places)):
            made[k, i] = read_through(door, driver, places[k], i)
