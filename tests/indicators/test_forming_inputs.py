"""Inputs of a longer timeframe with its running bar counted in, against what was seen then: bars of `bt.MultiTimeframe`."""

from __future__ import annotations

import numpy as np
import pytest
import talib

import btlab as bt
from btlab.errors import IndicatorError
from btlab.indicators.columns import Frames
from btlab.indicators.graph import Graph
from btlab.indicators.handle import Forming, Handle
from btlab.indicators.streams import bridge, driver_of
from btlab.indicators.streams.table import BAR_COLUMNS
from btlab.indicators.values import values_of
from btlab.market.timeframe import ROWS, index_of
from btlab.market.timeline import timeline_of

PRICES = ("open", "high", "low", "close", "volume")


@pytest.fixture(scope="module")
def ticks() -> bt.Ticks:
    """Two days with a night between, holes of minutes and of hours, sizes that do not add up exactly."""
    random = np.random.default_rng(6)
    gaps = random.exponential(2.2e7, 6_000) * random.choice([1.0, 30.0, 900.0], 6_000, p=[0.989, 0.01, 0.001])
    time = 1_700_000_000_000_000 + np.cumsum(gaps.astype(np.int64))
    bid = np.round(1.1 + np.cumsum(random.integers(-3, 4, 6_000)) * 1e-5, 5)
    ask = np.round(bid + random.integers(0, 9, 6_000) * 1e-5, 5)
    sizes = random.random((2, 6_000))
    return bt.Ticks.from_arrays(time, bid, ask, symbol="BTCUSD", bid_size=sizes[0], ask_size=sizes[1])


def last_known(graph: Graph, handle: Handle, state: object) -> float:
    """An output over the bars that had closed and the one that ran, or the closed ones where none did."""
    closed, bar = state.completed(handle.timeframe), state.forming(handle.timeframe)
    if bar is not None:
        columns = [np.append(getattr(closed, name), getattr(bar, name)) for name in PRICES]
        closed = bt.Bars(np.append(closed.time, bar.time), *columns, handle.timeframe, closed.symbol)
    values = values_of(graph, handle, Frames(closed)) if len(closed) else [np.nan]
    return float(values[-1])


def same(made: np.ndarray, expected: np.ndarray) -> bool:
    return np.array_equal(np.asarray(made), np.asarray(expected), equal_nan=True)


LONGER = (
    ("RSI", "1h", {"timeperiod": 5}),
    ("BBANDS", "1h", {"timeperiod": 3}),
    ("OBV", "4h", {}),
    ("SESSION_VWAP", "4h", {}),
    ("MINMAXINDEX", "15m", {"timeperiod": 4}),
    ("ATR", "15m", {"timeperiod": 3}),
    ("TYPPRICE", "1d", {}),
)


@pytest.mark.parametrize("empty_bars", ["skip", "flat"])
def test_at_each_close_it_is_the_batch_over_what_had_closed_and_the_bar_that_ran(ticks, empty_bars):
    whole, frames = (
        bt.MultiTimeframe(ticks, empty_bars=empty_bars),
        Frames(ticks, timeline_of(ticks, empty_bars=empty_bars)),
    )
    ends, graph = frames.ends("5m"), Graph()
    states = [whole.at(np.datetime64(int(end), "us").item()) for end in ends]
    for name, timeframe, given in LONGER:
        for handle in graph.add(name, timeframe=timeframe, **given):
            read = graph.add("SUM", timeframe="5m", input=handle.forming, timeperiod=2)[0]
            seen = np.array([last_known(graph, handle, state) for state in states])
            finite = seen[np.isfinite(seen)]
            expected = np.full(len(ends), np.nan)
            expected[np.isfinite(seen)] = talib.SUM(finite, 2)
            assert same(values_of(graph, read, frames), expected), (name, timeframe)
            assert np.isfinite(expected).sum() > 100
            plain = graph.add("SUM", timeframe="5m", input=handle, timeperiod=2)[0]
            assert not same(values_of(graph, plain, frames), expected), "the closed bars alone say something else"


def chain(graph: Graph) -> list[Handle]:
    """A chain over four timeframes, forming all the way, one of ours, a mean and a count of ticks in it."""
    day = graph.add("EMA", timeframe="4h", input="hl2", timeperiod=2)[0]
    hour = graph.add("SUB", timeframe="1h", input=("close", day.forming))[0]
    slow = graph.add("RSI", timeframe="1h", input=hour, timeperiod=3)[0]
    score = graph.add("ZSCORE", timeframe="5m", input=slow.forming, timeperiod=6)[0]
    spread = graph.add("SPREAD", timeframe="15m", timeperiod=1)[0]
    both = graph.add("ADD", timeframe="5m", input=(score, spread.forming))[0]
    return [both, graph.add("EMA", timeframe="1m", input=both.forming, timeperiod=3)[0], slow, day, spread]


def moments(ticks: bt.Ticks, count: int) -> list[int]:
    return sorted(np.random.default_rng(8).integers(100, len(ticks), count).tolist())


def test_a_chain_at_ticks_is_the_batch_over_the_ticks_until_then(ticks):
    """The data cut off behind a tick leave its bars as they run: their last values are those of the running bars."""
    graph = Graph()
    handles = chain(graph)
    compared = 0
    for i in moments(ticks, 30):
        cut = ticks[: i + 1]
        frames = Frames(cut, timeline_of(cut))
        driver, state = driver_of(graph, frames, handles), bt.MultiTimeframe(cut).at(i)
        for timeframe in bt.TIMEFRAMES:
            row, bar = index_of(timeframe), state.forming(timeframe)
            driver.counts[row] = len(state.completed(timeframe))
            driver.bars[row, :5] = [getattr(bar, name) for name in PRICES]
            for column in ("time", "day", "spread_mean", "spread_low", "spread_high"):
                driver.bars[row, BAR_COLUMNS.index(column)] = frames.column(timeframe, column)[-1]
        seen = [driver.read(handle, i) for handle in handles]
        expected = [values_of(graph, handle, frames)[-1] for handle in handles]
        assert same(seen, expected), (i, seen, expected)
        compared += np.isfinite(seen).sum()
    assert compared > 100


def test_nothing_changes_when_more_is_known(ticks):
    graph = Graph()
    handles = chain(graph)
    whole = Frames(ticks, timeline_of(ticks))
    for i in moments(ticks, 6):
        cut = ticks[: i + 1]
        part = Frames(cut, timeline_of(cut))
        for handle in handles:
            closed = len(part.ends(handle.timeframe)) - 1
            assert same(values_of(graph, handle, part)[:closed], values_of(graph, handle, whole)[:closed]), (handle, i)


def test_the_python_handles_give_the_same_bits(ticks, monkeypatch):
    graph, cut = Graph(), ticks[:2_500]
    handles = chain(graph)
    expected = [values_of(graph, handle, Frames(cut, timeline_of(cut))) for handle in handles]
    monkeypatch.setattr(bridge, "addresses", lambda _: None)
    other = bt.Ticks(cut.time, cut.bid, cut.ask, cut.bid_size, cut.ask_size, "BTCUSD", False)
    again = Frames(other, timeline_of(other))
    for handle, values in zip(handles, expected):
        assert same(values_of(graph, handle, again), values), handle


def test_names_and_pictures():
    graph = Graph()
    rsi = graph.add("RSI", timeframe="1h")[0]
    assert repr(rsi.forming) == "<forming 1h/RSI(timeperiod=14.0)[close]>" and isinstance(rsi.forming, Forming)
    plain, forming = (graph.add("EMA", timeframe="5m", input=one)[0] for one in (rsi, rsi.forming))
    assert plain.key != forming.key and forming.key == "5m/EMA(timeperiod=30.0)[forming 1h/RSI(timeperiod=14.0)[close]]"
    own = [graph.add("EMA", timeframe="1h", input=one)[0] for one in (rsi, rsi.forming)]
    assert own[0] is own[1], "of one timeframe the same bar is read anyway"
    assert graph.svg().count(">forming<") == 1 and "of forming 1h RSI(timeperiod=14)" in repr(graph)
    other = Graph()
    other.add("RSI", timeframe="1h")
    with pytest.raises(IndicatorError, match="of another graph"):
        other.add("EMA", timeframe="5m", input=rsi.forming)
    made = Graph().add_all(
        {
            "a": {"indicator": "EMA", "input": "m.macdsignal.forming"},
            "m": {"indicator": "MACD", "timeframe": "4h"},
            "b": {"indicator": "EMA", "input": "m.forming"},
        },
        timeframe="5m",
    )
    assert "[forming 4h/MACD(" in made["a"][0].key and made["a"][0].key.endswith("#macdsignal]")
    assert made["b"][0].key.endswith("#macd]")
    with pytest.raises(IndicatorError, match=r"m has no output 'forning'\. Did you mean 'forming'"):
        Graph().add_all({"m": {"indicator": "RSI"}, "b": {"indicator": "EMA", "input": "m.forning"}}, timeframe="5m")
    assert len(ROWS) < 63
