"""What streams said is remembered for as long as a bar runs: asked once, told again, and never told of another bar."""

from __future__ import annotations

import ctypes

import numpy as np
import pytest

import btlab as bt
from btlab.indicators.catalogue import known
from btlab.indicators.columns import Frames, frames_of
from btlab.indicators.graph import Graph
from btlab.indicators.handle import Handle
from btlab.indicators.streams.driver import Driver
from btlab.indicators.streams.shelves import OF_TRUE_RANGE
from btlab.indicators.streams.table import SHELF_ROWS, SLOTS, TRIAL, WORTH
from btlab.market.timeline import timeline_of
from tests.indicators.markets import flat, tiny

PEEK = ctypes.CFUNCTYPE(ctypes.c_int, ctypes.c_void_p, ctypes.c_double, ctypes.c_void_p)
PLAIN = sorted(name for name, one in known().items() if one.origin == "talib" and name != "MAVP")


def everything() -> Graph:
    """All of TA-Lib on minutes, and chains: of closes, of what heeds no close, of a chain, of one that reads the bar as well."""
    graph = Graph()
    for name in PLAIN:
        graph.add(name, timeframe="1m")
    rsi, atr = graph.add("RSI", timeframe="1m")[0], graph.add("ATR", timeframe="1m")[0]
    trend = graph.add("EMA", timeframe="1m", input=rsi)[0]
    for parent in (rsi, atr, trend):
        graph.add("BBANDS", timeframe="1m", input=parent)
        graph.add("CORREL", timeframe="1m", input=(parent, "close"))
        graph.add("CORREL", timeframe="1m", input=(parent, "high"))
        graph.add("SUB", timeframe="1m", input=("low", parent))
    return graph


def means(graph: Graph, count: int, timeframe: str = "1m") -> list[Handle]:
    return [graph.add("EMA", timeframe=timeframe, timeperiod=2 + n)[0] for n in range(count)]


def forgetful(driver: Driver) -> Driver:
    """The same without shelves."""
    driver._shelves.spots["shelf"] = 0
    return driver


def test_what_is_remembered_is_what_would_be_said_now():
    """Prices that come again over some hundred bars, read in any order and not all at each tick; a clone goes on with its own."""
    frames, graph, random = frames_of(tiny(260)), everything(), np.random.default_rng(3)
    one, other = Driver(graph, frames, graph.handles), forgetful(Driver(graph, frames, graph.handles))
    handles, compared, stamp = [graph.handles[node.first] for node in graph.nodes.values()], 0, 0
    for count in (1, 20, 40, 41, 90, 91, 250):
        steps = 1e-7 * np.cumsum(random.integers(-1, 2, 24)) + frames.bars("1m").close[count]
        for driver in (one, other):
            driver.counts[0] = count
        for i, close in enumerate(steps):
            bar = [steps[0], steps[: i + 1].max(), steps[: i + 1].min(), close, 1.0 + i]
            stamp += 1
            for driver in (one, other):
                driver.bars[0, :5] = bar
            for place in random.permutation(len(handles))[: random.integers(1, len(handles))]:
                a, b = (driver.read(handles[place], stamp) for driver in (one, other))
                assert np.float64(a).tobytes() == np.float64(b).tobytes(), (handles[place], count, bar)
                compared += 1
        if count == 41:
            one = one.clone()
    assert compared > 15_000 and (one._shelves.spots["shelf"] != 0).sum() > 50


class Counted:
    """Counts what a stream of one input and one output is asked."""

    def __init__(self, driver: Driver, handle: Handle) -> None:
        row = driver.table.live[driver.table.owners[handle.place]]
        peek, self.asked = PEEK(int(row["peek"])), list[float]()

        def ask(stream: int, value: float, result: int) -> int:
            self.asked.append(value)
            return int(peek(stream, value, result))

        self._kept = PEEK(ask)
        row["peek"] = ctypes.cast(self._kept, ctypes.c_void_p).value


def test_a_stream_of_closes_is_asked_once_for_each_close_of_a_bar():
    frames, graph = frames_of(flat(300)), Graph()
    sma, atr = graph.add("SMA", timeframe="1m")[0], graph.add("ATR", timeframe="1m")[0]
    trend = graph.add("EMA", timeframe="1m", input=sma)[0]
    means(graph, WORTH - 2)
    driver = Driver(graph, frames, graph.handles)
    stamp, told, closes = 0, [], (1.0, 1.1, 1.0, 1.1, 1.2, 1.0)
    driver.counts[0] = 150
    driver.bars[0, :5] = 1.0, 1.3, 0.9, 1.0, 1.0
    for handle in (trend, atr):
        driver.read(handle, stamp)
    counted = Counted(driver, sma)
    for high, count in ((1.3, 150), (1.4, 150), (1.4, 151)):
        driver.counts[0], driver.bars[0, 1] = count, high
        for close in closes:
            stamp, driver.bars[0, 3] = stamp + 1, close
            told.append((driver.read(trend, stamp), driver.read(sma, stamp), driver.read(atr, stamp)))
    assert counted.asked == [1.1, 1.2, 1.0, 1.1, 1.2], "1.0 was known, another high says nothing of a mean, another bar does"
    assert told[0] == told[2] and told[0] != told[1] and told[12] != told[6]
    assert told[6][:2] == told[0][:2] and told[6][2] > told[0][2], "the high is of the range"


@pytest.mark.parametrize("name", sorted(OF_TRUE_RANGE))
def test_what_is_of_the_true_range_heeds_no_running_close(name):
    """The one thing that the shelves know of TA-Lib beside what a function is given."""
    bars, graph, random = tiny(400), Graph(), np.random.default_rng(8)
    handle = graph.add(name, timeframe="1m")[0]
    driver = forgetful(Driver(graph, frames_of(bars), graph.handles))
    for stamp, count in enumerate(random.integers(60, 400, 50)):
        driver.counts[0] = max(count, driver.counts[0])
        low, high = sorted(random.normal(bars.close[count - 1], 3e-8, 2))
        said = set()
        for k, close in enumerate(random.uniform(low, high, 8)):
            driver.bars[0, :5] = low, high, low, close, 1.0
            said.add(driver.read(handle, 10 * stamp + k))
        assert len(said) == 1 and np.isfinite(said.pop())


def test_more_prices_and_more_rows_than_there_is_room_for():
    """What is crowded out is asked again."""
    frames, graph = frames_of(tiny(300)), Graph()
    handles = means(graph, SHELF_ROWS + 10)
    one, other = Driver(graph, frames, handles), forgetful(Driver(graph, frames, handles))
    assert (one._shelves.spots["shelf"] != 0).sum() == SHELF_ROWS < len(handles)
    prices = frames.bars("1m").close[200] * (1 + 1e-6 * np.arange(3 * SLOTS))
    for stamp, close in enumerate(np.tile(prices, 2)):
        for driver in (one, other):
            driver.counts[0], driver.bars[0, :5] = 200, (close, prices[-1], prices[0], close, 1.0)
        for handle in handles[::7] + handles[-2:]:
            assert one.read(handle, stamp) == other.read(handle, stamp)


def test_few_rows_have_no_shelf():
    """To look for the prices would take longer than to ask."""
    graph = Graph()
    few, more = means(graph, WORTH), means(graph, WORTH + 1, "5m")
    ticks = bt.simulate_ticks("EURUSD", days=1)[:100]
    spots = Driver(graph, Frames(ticks, timeline_of(ticks)), graph.handles)._shelves.spots
    assert not spots["shelf"][[one.place for one in few]].any()
    assert spots["shelf"][[one.place for one in more]].all()


@pytest.mark.parametrize(
    ("rows", "steps", "count", "stays"),
    [
        pytest.param(WORTH + 2, 2**40, 200, False, id="prices never come again"),
        pytest.param(WORTH + 2, 9, 200, True, id="prices come again"),
        pytest.param(WORTH + 2, 3 * SLOTS, 200, False, id="prices come again too late"),
        pytest.param(WORTH + 2, 2**40, 3, True, id="nothing is said yet, so nothing is known of the prices"),
        pytest.param(2, SLOTS, 200, False, id="few of the shelf's rows are read"),
    ],
)
def test_a_shelf_that_saves_nothing_is_given_up(rows, steps, count, stays):
    frames, graph = frames_of(tiny(300)), Graph()
    handles = means(graph, WORTH + 2)
    one, other = Driver(graph, frames, handles), forgetful(Driver(graph, frames, handles))
    last = frames.bars("1m").close[200]
    for stamp in range(2 * TRIAL):
        close = last * (1 + 1e-7 * (stamp % steps))
        for driver in (one, other):
            driver.counts[0], driver.bars[0, :5] = count, (last, 2 * last, last, close, 1.0)
        for handle in handles[:rows]:
            assert np.array_equal(one.read(handle, stamp), other.read(handle, stamp), equal_nan=True)
    assert set(one._shelves.spots["shelf"] != 0) == {stays}


def test_a_trial_begins_when_there_are_answers():
    """What is asked in vain while a window fills says nothing of the prices."""
    graph = Graph()
    handles = means(graph, WORTH + 2)
    driver = Driver(graph, frames_of(tiny(300)), handles)
    for stamp in range(2 * TRIAL):
        driver.counts[0], driver.bars[0, :5] = 3 if stamp < TRIAL - 500 else 200, (1.0, 2.0, 1.0, 1.0 + 0.01 * (stamp % 90), 1.0)
        for handle in handles:
            driver.read(handle, stamp)
    assert driver._shelves.spots["shelf"].all()
