"""Values of running bars: bit-equal to the batch over what has closed and the running bar, and without a trace."""

from __future__ import annotations

import ctypes
import gc
import resource

import numpy as np
import pytest
import talib
from numba import njit

import btlab as bt
from btlab.indicators import streams
from btlab.indicators.catalogue import known
from btlab.indicators.columns import Frames, frames_of
from btlab.indicators.entry import TICK_INPUTS
from btlab.indicators.graph import Graph
from btlab.indicators.handle import Handle
from btlab.indicators.streams import bridge, drive
from btlab.indicators.streams.driver import Driver
from btlab.indicators.streams.handles import PythonDriver
from btlab.indicators.streams.table import BAR_COLUMNS, OWN
from btlab.indicators.values import values_of
from btlab.market.timeframe import TIMEFRAMES, index_of
from btlab.market.timeline import timeline_of
from tests.indicators.markets import MARKETS, flat, market, tiny
from tests.market.real import dukascopy_day

PRICES = ("open", "high", "low", "close", "volume")
ALL = sorted(name for name, entry in known().items() if not set(entry.inputs) & set(TICK_INPUTS))
"""What can be calculated on bars."""


def everything() -> Graph:
    graph = Graph()
    for name in ALL:
        graph.add(name, timeframe="1m", **({"input": ("close", "open")} if name == "MAVP" else {}))
    return graph


def set_bar(driver: Driver | PythonDriver, frames: Frames, count: int, bar: list[float]) -> bt.Bars:
    """Let `count` bars have closed and the next one run; the bars as they would be if it closed now."""
    bars = frames.bars("1m")
    driver.counts[0] = count
    driver.bars[0, :5] = bar
    for name in ("time", "day"):
        driver.bars[0, BAR_COLUMNS.index(name)] = frames.column("1m", name)[count]
    columns = [np.append(getattr(bars, name)[:count], value) for name, value in zip(PRICES, bar)]
    return bt.Bars(bars.time[: count + 1], *columns, "1m", bars.symbol)


def running(bars: bt.Bars, count: int, trial: int) -> list[float]:
    """A bar as it might look on its way, then as it closes."""
    factor = (1.001, 0.9985, 1.0)[trial]
    return [getattr(bars, name)[count] * factor for name in PRICES]


def equal(a: float, b: float) -> bool:
    return a == b or (np.isnan(a) and np.isnan(b))


@pytest.mark.parametrize("where", MARKETS)
def test_every_indicator_on_the_running_bar_is_the_batch(where, real_data):
    """All 201 and all of ours; what was asked in between leaves nothing behind."""
    bars = market(where, real_data)[:420]
    frames, graph, stamp = frames_of(bars), everything(), 0
    driver = Driver(graph, frames, graph.handles)
    assert len(driver.table.rows) == len(ALL) > 250 and not driver.table.live["handle"][driver.table.live["kind"] != OWN].any()
    for count in (0, 1, 2, 13, 14, 19, 20, 33, 34, 63, 64, 100, 101, 102, 250, 419):
        for trial in range(3):
            stamp += 1
            whole = frames_of(set_bar(driver, frames, count, running(bars, count, trial)))
            for handle in graph.handles:
                made = driver.read(handle, stamp)
                assert equal(made, values_of(graph, handle, whole)[-1]), (handle, count, trial, made)
    assert driver.failures == 0


@pytest.mark.parametrize("where", MARKETS)
def test_a_peek_is_the_update_of_a_clone(where, real_data):
    bars = market(where, real_data)[:300]
    frames, graph = frames_of(bars), everything()
    driver = Driver(graph, frames, graph.handles)
    settle = ctypes.CFUNCTYPE(ctypes.c_int64, ctypes.c_int64, ctypes.c_int64)(drive.settle.address)
    for stamp, count in enumerate((160, 161, 200, 298)):
        set_bar(driver, frames, count, running(bars, count, 2))
        peeked = [driver.read(handle, stamp) for handle in graph.handles]
        clone = driver.clone()
        clone.counts[0] += 1
        for k, row in enumerate(clone.table.live):
            assert settle(clone.address, k) == 0
            outputs = clone.moving[row["first"] : row["first"] + row["outputs"]]
            if row["whole"]:
                whole = outputs.view(np.int32)[::2].astype(float)
                outputs = np.where(row["whole"] >> np.arange(len(outputs)) & 1, whole, outputs)
            if row["handle"] and row["state"] == 1:
                first = row["first"] - driver.table.live["first"][0]
                assert np.array_equal(outputs, peeked[first : first + len(outputs)], equal_nan=True), (k, count)
        clone.close()
        assert [driver.read(handle, 100 + stamp) for handle in graph.handles] == pytest.approx(peeked, abs=0, nan_ok=True)


def test_a_driver_made_later_and_a_clone_go_on_with_the_same_bits():
    """What a checkpoint needs: nothing of a stream is stored, it is opened again on what has closed."""
    bars, stamp = flat(700), 0
    frames, graph = frames_of(bars), everything()
    first = Driver(graph, frames, graph.handles)
    for count in range(0, 500, 7):
        set_bar(first, frames, count, running(bars, count, 0))
        stamp += 1
        for handle in graph.handles:
            first.read(handle, stamp)
    others = [Driver(graph, frames, graph.handles), first.clone()]
    for count in (501, 502, 640, 699):
        stamp += 1
        made = []
        for driver in (first, *others):
            set_bar(driver, frames, count, running(bars, count, 1))
            made.append([driver.read(handle, stamp) for handle in graph.handles])
        assert np.array_equal(made[0], made[1], equal_nan=True) and np.array_equal(made[0], made[2], equal_nan=True)


def holed() -> tuple[Graph, list[Handle]]:
    """Chains whose inputs have leading and inner holes, infinities, and means; one of ours and patterns among them."""
    graph = Graph()
    gap = graph.add("SUB", timeframe="1m", input=("close", "ohlc4"))[0]
    root = graph.add("SQRT", timeframe="1m", input=gap)[0]  # NaN under 0
    ratio = graph.add("DIV", timeframe="1m", input=(root, gap))[0]  # infinite or NaN at 0
    logs = graph.add("LN", timeframe="1m", input=gap)[0]
    made = [gap, root, ratio, logs]
    for one in (root, ratio, logs, graph.add("RSI", timeframe="1m", input="hl2")[0]):
        made += [graph.add(name, timeframe="1m", input=one)[0] for name in ("SMA", "EMA", "ZSCORE", "LINEARREG")]
        made += graph.add("MACD", timeframe="1m", input=one)
        made += graph.add("MINMAXINDEX", timeframe="1m", input=one, timeperiod=5)
    return graph, made


def test_what_is_not_finite_is_not_there_on_the_running_bar_either():
    bars = flat(600)
    frames, (graph, handles) = frames_of(bars), holed()
    assert 0.1 < np.isnan(values_of(graph, handles[1], frames)).mean() < 0.9
    drivers, stamp, seen = [Driver(graph, frames, handles), PythonDriver(graph, frames, handles)], 0, 0
    for count in [*range(0, 120, 3), 200, 201, 203, 444, 599]:
        for bar in (running(bars, count, 0), [np.nan] * 5, [1.0, np.inf, 1.0, 1.0, 1.0], running(bars, count, 2)):
            stamp += 1
            for driver in drivers:
                whole = frames_of(set_bar(driver, frames, count, bar))
                for handle in handles:
                    made, expected = driver.read(handle, stamp), values_of(graph, handle, whole)[-1]
                    assert equal(made, expected), (type(driver).__name__, handle, count, bar, made, expected)
                    seen += np.isfinite(made)
    assert seen > 1_000


def test_the_python_handles_give_the_same_bits(monkeypatch):
    monkeypatch.setattr(bridge, "addresses", lambda _: None)
    assert streams.path() == streams.PYTHON
    bars, stamp = tiny(260), 0
    frames, graph = frames_of(bars), everything()
    driver = streams.driver_of(graph, frames, graph.handles)
    assert isinstance(driver, PythonDriver)
    for count in (0, 1, 19, 20, 33, 100, 101, 150, 259):
        for trial in (0, 2):
            stamp += 1
            whole = frames_of(set_bar(driver, frames, count, running(bars, count, trial)))
            for handle in graph.handles:
                assert equal(driver.read(handle, stamp), values_of(graph, handle, whole)[-1]), (handle, count)


@njit
def _through_the_door(door, address, handle, stamp):
    return bridge.read_through(door, address, handle, stamp)


def test_compiled_code_reads_through_one_door_whichever_way():
    bars = tiny(200)
    frames, graph = frames_of(bars), Graph()
    handle = graph.add("ATR", timeframe="1m")[0]
    for driver in (Driver(graph, frames, [handle]), PythonDriver(graph, frames, [handle])):
        whole = set_bar(driver, frames, 150, running(bars, 150, 0))
        expected = talib.ATR(whole.high, whole.low, whole.close)[-1]
        assert _through_the_door(driver.door, driver.address, handle.place, 1) == expected == driver.read(handle, 1)
    driver._nodes.clear()
    assert np.isnan(_through_the_door(driver.door, driver.address, handle.place, 2)) and isinstance(driver.error, KeyError)


def test_six_timeframes_at_ticks(real_data):
    """The forming 4h value at a tick is the batch over the 4h bars that closed and the running one; and so for all of them."""
    ticks = dukascopy_day(real_data)
    whole, graph = bt.MultiTimeframe(ticks), Graph()
    handles = [graph.add(*one, timeframe=timeframe)[0] for timeframe in TIMEFRAMES for one in (("TRANGE",), ("TYPPRICE",))]
    handles += [graph.add("EMA", timeframe=timeframe, timeperiod=3)[0] for timeframe in TIMEFRAMES]
    slow = graph.add("SMA", timeframe="1h", timeperiod=2)[0]
    handles += [graph.add("SUM", timeframe="5m", input=slow, timeperiod=3)[0], slow]
    frames = Frames(ticks, timeline_of(ticks))
    driver = Driver(graph, frames, handles)
    seen = 0
    for i in sorted(np.random.default_rng(8).integers(0, len(ticks), 60).tolist()):
        state = whole.at(i)
        for timeframe in TIMEFRAMES:
            k, bar = index_of(timeframe), state.forming(timeframe)
            driver.counts[k] = len(state.completed(timeframe))
            driver.bars[k, :5] = [getattr(bar, name) for name in PRICES]
        for handle in handles:
            node = graph.node_of(handle)
            closed, k = state.completed(node.timeframe), index_of(node.timeframe)
            if node.entry.name == "SUM":
                hours = values_of(graph, slow, frames)[: driver.counts[index_of("1h")]]
                read = np.append(input_at_closes(state, hours), hours[-1] if len(hours) else np.nan)
                finite = read[np.isfinite(read)]
                expected = talib.SUM(finite, 3)[-1] if len(finite) > 2 else np.nan
            else:
                columns = [np.append(getattr(closed, name), driver.bars[k, j]) for j, name in enumerate(PRICES)]
                bars = bt.Bars(np.append(closed.time, i), *columns, node.timeframe, "EURUSD")
                expected = values_of(graph, handle, Frames(bars))[-1]
            assert equal(driver.read(handle, i), expected), (handle, i)
            seen += np.isfinite(expected)
    assert seen > 700


def test_two_timeframes_at_once_are_two_separate_runs(real_data):
    """One instance fed by several timeframes is a fault that others shipped: closed and running values of each are its own."""
    ticks = dukascopy_day(real_data)[:20_000]
    line = timeline_of(ticks)
    names = ("RSI", "MACD", "ATR", "STOCH", "CHANDELIER", "SESSION_VWAP")

    def seen(*timeframes: str) -> dict[str, list[float]]:
        graph, frames, told = Graph(), Frames(bt.Ticks(*columns, "EURUSD", False), line), dict[str, list[float]]()
        handles = [handle for name in names for timeframe in timeframes for handle in graph.add(name, timeframe=timeframe)]
        driver = Driver(graph, frames, handles)
        for count in range(20, 60, 3):
            for timeframe in timeframes:
                row, bars = index_of(timeframe), frames.bars(timeframe)
                driver.counts[row], driver.bars[row, :5] = count, [getattr(bars, name)[count] for name in PRICES]
                driver.bars[row, 5:7] = [frames.column(timeframe, name)[count] for name in ("time", "day")]
            for handle in handles:
                told.setdefault(handle.key, []).append(driver.read(handle, count))
        return told | {handle.key + " closed": values_of(graph, handle, frames).tolist() for handle in handles}

    columns = ticks.time, ticks.bid, ticks.ask, ticks.bid_size, ticks.ask_size
    both, alone = seen("1m", "5m"), seen("1m") | seen("5m")
    assert both.keys() == alone.keys() and len(both) == 48
    for key, values in both.items():
        assert np.array_equal(values, alone[key], equal_nan=True), key
    assert not np.array_equal(*(both[f"{timeframe}/RSI(timeperiod=14.0)[close]"] for timeframe in ("1m", "5m")))


def input_at_closes(state: object, hours: np.ndarray) -> np.ndarray:
    """The last hour's value known as each 5m bar ended."""
    ends = state.completed("5m").time + 300_000_000
    over = np.searchsorted(state.completed("1h").time + 3_600_000_000, ends, side="right")
    return np.append(np.nan, hours)[over]


def test_what_nobody_reads_is_not_opened():
    bars = tiny(200)
    frames, graph = frames_of(bars), Graph()
    rsi, atr = graph.add("RSI", timeframe="1m")[0], graph.add("ATR", timeframe="1m")[0]
    ema = graph.add("EMA", timeframe="1m", input=rsi)[0]
    driver = Driver(graph, frames, [ema])
    assert len(driver.table.rows) == 2
    driver = Driver(graph, frames, graph.handles)
    set_bar(driver, frames, 150, running(bars, 150, 0))
    assert np.isfinite(driver.read(atr, 1)) and (driver.table.live["handle"] != 0).tolist() == [False, True, False]
    assert np.isfinite(driver.read(ema, 1)) and (driver.table.live["handle"] != 0).all()


def test_a_hundred_thousand_handles_leave_no_memory_behind():
    bars = tiny(300)
    frames, graph = frames_of(bars), Graph()
    names = [name for name in ALL if known()[name].origin == "talib" and name != "MAVP"]
    for name in names:
        graph.add(name, timeframe="1m")
    firsts = [graph.handles[node.first] for node in graph.nodes.values()]
    driver = Driver(graph, frames, graph.handles)
    set_bar(driver, frames, 250, running(bars, 250, 0))

    def open_and_close(times: int, stamp: int) -> int:
        opened = 0
        for k in range(times):
            driver.bars[0, :4] *= 1 + 1e-12  # at prices that were seen before, no stream would be asked
            for handle in firsts:
                driver.read(handle, stamp + k)
            opened += drive.close_all(driver.address)
        return opened

    open_and_close(20, 0)
    gc.collect()
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    assert open_and_close(500, 1_000) >= 100_000
    grown = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before
    assert grown < 4_000, f"{grown} kB more"  # 100,000 of the smallest would be 20,000
    driver.read(firsts[0], 9_000)
