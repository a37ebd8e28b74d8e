"""Values on closed bars are TA-Lib's to the last bit, by one rule for what is missing; chains and timeframes."""

from __future__ import annotations

import gc

import numpy as np
import polars as pl
import pytest
import talib

import btlab as bt
from btlab.errors import BtlabWarning, IndicatorError, TimeframeError
from btlab.indicators.cache import VALUES, Cache
from btlab.indicators.catalogue import entry_of
from btlab.indicators.columns import frames_of
from btlab.indicators.graph import Graph
from btlab.indicators.settings import UNSTABLE
from btlab.indicators.streams import driver_of
from btlab.indicators.values import calculate, values_of
from tests.indicators.markets import MARKETS, flat, inputs_of, market, tiny
from tests.market.real import dukascopy_day

FUNCTIONS = sorted(talib.get_functions())


def library(name: str, columns: list[np.ndarray], **parameters: float) -> list[np.ndarray]:
    made = getattr(talib, name)(*columns, **parameters)
    return list(made) if isinstance(made, tuple) else [made]


def same(left, right) -> bool:
    return len(left) == len(right) and all(np.array_equal(a, b, equal_nan=True) for a, b in zip(left, right))


@pytest.mark.parametrize("where", MARKETS)
def test_all_functions_are_the_library_s(where, real_data):
    bars = market(where, real_data)
    for name in FUNCTIONS:
        entry = entry_of(name)
        columns = inputs_of(entry, bars)
        ours, theirs = calculate(entry, entry.given({}), columns), library(name, columns)
        for output, one, other in zip(entry.outputs, ours, theirs):
            expected = other.astype(float)
            if output.whole:
                assert other.dtype == np.int32
                expected[: entry.lookback] = np.nan
            assert np.array_equal(one, expected, equal_nan=True), name
            assert np.isnan(one[: entry.lookback]).all(), name


def test_a_bar_that_is_not_finite_is_not_there():
    """Leading, inner and last ones, NaN and infinite, in each of the inputs: as if they had never been."""
    bars, holes = tiny(400), np.array([0, 1, 2, 120, 121, 200, 400])
    for name in FUNCTIONS:
        entry = entry_of(name)
        columns = inputs_of(entry, bars)
        without = calculate(entry, entry.given({}), columns)
        for k in range(len(columns)):
            for value in (np.nan, np.inf, -np.inf):
                holed = [np.insert(one, holes, value if j == k else one[0]) for j, one in enumerate(columns)]
                missing = ~np.isfinite(holed[k])
                for one, other in zip(calculate(entry, entry.given({}), holed), without):
                    assert np.isnan(one[missing]).all(), name
                    assert np.array_equal(one[~missing], other, equal_nan=True), name


@pytest.mark.parametrize("name", ["RSI", "CDLDOJI", "MACD", "ZSCORE"])
def test_too_few_bars_or_none_that_is_finite(name):
    bars = tiny()
    for few in (bars[:0], bars[:1], bars[:5]):
        made = bt.indicator(name, few)
        frame = made if isinstance(made, pl.DataFrame) else made.to_frame()
        assert frame.height == len(few) and all(frame[column].is_nan().all() or len(few) > 5 for column in frame.columns[:1])
    entry = entry_of(name)
    empty = [np.full(30, np.nan) for _ in entry.inputs]
    assert all(np.isnan(one).all() and len(one) == 30 for one in calculate(entry, entry.given({}), empty))


def test_nothing_later_changes_a_value():
    """Every function, prefix by prefix."""
    bars = flat(400)
    for name in FUNCTIONS:
        entry = entry_of(name)
        columns = inputs_of(entry, bars)
        all_ = calculate(entry, entry.given({}), columns)
        for cut in (entry.lookback, entry.lookback + 1, 150, 271, 399):
            some = calculate(entry, entry.given({}), [one[:cut].copy() for one in columns])
            assert same(some, [one[:cut] for one in all_]), (name, cut)


def test_what_comes_out():
    bars = tiny()
    rsi = bt.indicator("rsi", bars, timeperiod=7)
    assert isinstance(rsi, pl.Series) and rsi.name == "RSI" and rsi.dtype == pl.Float64 and rsi.is_nan().sum() == 7
    assert np.array_equal(rsi.to_numpy(), talib.RSI(bars.close, 7), equal_nan=True)
    macd = bt.indicator("MACD", bars)
    assert isinstance(macd, pl.DataFrame) and macd.columns == ["macd", "macdsignal", "macdhist"] and macd.height == len(bars)
    assert bt.indicator("CDLDOJI", bars).is_nan().sum() == entry_of("CDLDOJI").lookback > 0


def test_frames_lists_arrays_and_ticks(real_data):
    bars = tiny()
    close = bt.indicator("EMA", bars, timeperiod=5).to_numpy()
    for data in (bars.to_polars(), bars.to_polars().to_pandas(), bars.close, bars.close.tolist(), pl.Series(bars.close)):
        assert np.array_equal(bt.indicator("EMA", data, timeperiod=5).to_numpy(), close, equal_nan=True)
    ratio = bt.indicator("DIV", (bars.high, bars.low)).to_numpy()
    assert np.array_equal(ratio, bars.high / bars.low)
    ticks = dukascopy_day(real_data)
    for timeframe in ("1m", "15m", "2h"):
        made = bt.indicator("ATR", ticks, timeframe=timeframe, timeperiod=3).to_numpy()
        own = bt.bars(ticks, timeframe)
        assert np.array_equal(made, talib.ATR(own.high, own.low, own.close, 3), equal_nan=True)
    assert len(bt.indicator("ATR", ticks)) == len(bt.bars(ticks, "1m"))


def test_an_input_is_chosen():
    bars = tiny()
    high, low = bars.high, bars.low
    assert same([bt.indicator("SMA", bars, input="hl2").to_numpy()], [talib.SMA(talib.MEDPRICE(high, low))])
    for name, function in (("hlc3", "TYPPRICE"), ("ohlc4", "AVGPRICE"), ("hlcc4", "WCLPRICE")):
        columns = inputs_of(entry_of(function), bars)
        assert same([bt.indicator("SMA", bars, input=name).to_numpy()], [talib.SMA(getattr(talib, function)(*columns))])
    assert same([bt.indicator("CORREL", bars, input=("open", "close")).to_numpy()], [talib.CORREL(bars.open, bars.close)])
    assert same([bt.indicator("OBV", bars, input="open").to_numpy()], [talib.OBV(bars.open, bars.volume)])


@pytest.mark.parametrize(
    ("name", "given", "text"),
    [
        ("RSI", {"timeperiod": 0}, r"RSI\(timeperiod=0\): it must lie between 2 and 100000"),
        ("RSI", {"timeperiod": 2.5}, "a whole number is wanted"),
        ("RSI", {"timeperiod": "14"}, "a number is wanted"),
        ("RSI", {"period": 14}, "Did you mean 'timeperiod'"),
        ("RSI", {"input": "hlc"}, "Did you mean 'hlc3'"),
        ("RSI", {"input": ("close", "open")}, "given 2 inputs and takes 1"),
        ("ATR", {"input": "close"}, "reads high, low, close of the bars, and takes none"),
        ("MAVP", {}, "wants a series for real1"),
        ("RSJ", {}, "Did you mean 'RSI'"),
        (
            "EMA",
            {"input": pl.Series([1.0, 2.0])},
            r"this is a Series; numbers of your own stand for the data: bt.indicator\('EMA'",
        ),
    ],
)
def test_what_is_wrong_is_refused(name, given, text):
    with pytest.raises(IndicatorError, match=text):
        bt.indicator(name, tiny(), **given)


def test_what_is_not_named_is_refused_with_its_name():
    """As other libraries are called; which parameter is the first differs between them."""
    with pytest.raises(IndicatorError, match=r"write indicator\('RSI', ..., timeperiod=14\)"):
        bt.indicator("RSI", tiny(), 14)
    with pytest.raises(IndicatorError, match=r"write indicator\('MACD', ..., fastperiod=12, slowperiod=26, signalperiod=9\)"):
        bt.Strategy().indicator("MACD", 12, 26, 9)
    with pytest.raises(IndicatorError, match=r"write indicator\('CDLDOJI', ...\)"):
        bt.indicator("CDLDOJI", tiny(), 14)
    with pytest.raises(IndicatorError, match=r"write indicator\('EMA', ..., input=..., timeperiod=5\)"):
        bt.Strategy().indicator("EMA", "close", 5)


def test_one_of_several_outputs_is_to_be_named():
    strategy = bt.Strategy()
    with pytest.raises(IndicatorError, match=r"RSI is given 3 inputs and takes 1; of an indicator's several .* input=macd\[0\]"):
        strategy.indicator("RSI", input=strategy.indicator("MACD"))


def test_volume_that_is_nowhere_is_told():
    bars = tiny()
    without = bt.Bars.from_frame(bars.to_polars().drop("volume"), timeframe=bars.timeframe)
    for name, given in (("OBV", {}), ("SMA", {"input": "volume"})):
        with pytest.warns(BtlabWarning, match=f"{name} reads the volume, which is 0 in each of these bars"):
            bt.indicator(name, without, **given)
    bt.indicator("RSI", without), bt.indicator("OBV", bars)


def test_bars_that_cannot_be_made_are_refused():
    with pytest.raises(TimeframeError):
        bt.indicator("RSI", bt.bars(tiny(), "5m"), timeframe="1m")
    with pytest.raises(IndicatorError, match="reads high, low, close"):
        bt.indicator("ATR", [1.0, 2.0])


def test_a_chain_reads_what_came_before(real_data):
    frames, graph = frames_of(dukascopy_day(real_data), "5m"), Graph()
    close = frames.column("5m", "close")
    rsi = graph.add("RSI", timeframe="5m", timeperiod=14)[0]
    ema = graph.add("EMA", timeframe="5m", input=rsi, timeperiod=9)[0]
    upper, _, lower = graph.add("BBANDS", timeframe="5m", input=ema, timeperiod=20)
    lead = 14 + 8
    chained = talib.BBANDS(talib.EMA(talib.RSI(close)[14:], 9)[8:], 20)
    made = [values_of(graph, one, frames)[lead:] for one in (upper, lower)]
    assert same(made, [chained[0], chained[2]])
    assert graph.warmup() == {"5m": lead + 19} == {"5m": upper.warmup}
    assert np.isnan(values_of(graph, upper, frames)[: upper.warmup]).all()
    assert np.isfinite(values_of(graph, upper, frames)[upper.warmup])


def test_another_timeframe_is_read_as_it_had_closed(real_data):
    """Against a loop over the bars: no value of an hour before the hour is over, and not a bar later than that either."""
    frames, graph = frames_of(dukascopy_day(real_data), "5m"), Graph()
    slow = graph.add("SMA", timeframe="1h", timeperiod=3)[0]
    fast = graph.add("SUM", timeframe="5m", input=slow, timeperiod=2)[0]
    hours, sma = frames.bars("1h"), talib.SMA(frames.column("1h", "close"), 3)
    seen = np.full(len(frames.bars("5m")), np.nan)
    for k, end in enumerate(frames.bars("5m").time + 300_000_000):
        over = np.flatnonzero(hours.time + 3_600_000_000 <= end)
        if len(over):
            seen[k] = sma[over[-1]]
    expected = np.full(len(seen), np.nan)
    first = int(np.argmax(np.isfinite(seen)))
    expected[first:] = talib.SUM(seen[first:], 2)
    assert same([values_of(graph, fast, frames)], [expected]) and 30 < first < 40


def test_two_timeframes_at_once_are_two_runs(real_data):
    ticks = dukascopy_day(real_data)
    frames, both = frames_of(ticks, "5m"), Graph()
    handles = [both.add("RSI", timeframe=timeframe)[0] for timeframe in ("1m", "5m")]
    together = [values_of(both, handle, frames) for handle in handles]
    for timeframe, made in zip(("1m", "5m"), together):
        VALUES.clear()
        alone = Graph()
        assert same([made], [values_of(alone, alone.add("RSI", timeframe=timeframe)[0], frames_of(ticks, "5m"))])
        assert same([made], [talib.RSI(bt.bars(ticks, timeframe).close)])


def test_a_node_exists_once_and_is_calculated_once():
    bars, graph = tiny(), Graph()
    first, again = (graph.add("RSI", timeframe="1m", timeperiod=14)[0] for _ in range(2))
    other = graph.add("RSI", timeframe="1m", timeperiod=15)[0]
    assert first is again and other != first and len(graph) == 2 and graph.add("rsi", timeframe="1m")[0] is first
    frames = frames_of(bars)
    before = VALUES.misses
    made = [values_of(graph, first, frames) for _ in range(3)]
    assert made[0] is made[1] is made[2] and VALUES.misses == before + 1
    assert not made[0].flags.writeable


def test_values_go_with_their_data_and_stay_within_the_limit():
    bars = tiny()
    bt.indicator("RSI", bars)
    held = len(VALUES)
    del bars
    gc.collect()
    assert len(VALUES) < held
    small, owner = Cache(limit=1_000), tiny()
    for k in range(5):
        small.get(owner, k, lambda: (np.zeros(50),))
    assert len(small) == 2 and small.bytes == 800
    assert small.get(owner, 9, lambda: (np.zeros(500),))[0].size == 500 and small.bytes == 800
    del owner
    gc.collect()
    assert len(small) == small.bytes == 0


def test_settings_of_the_whole_process_are_refused_and_never_kept():
    bars = tiny(200)
    untouched = bt.indicator("MACD", bars).to_numpy()
    for name in UNSTABLE:
        talib.set_unstable_period(name, 7)
        try:
            for asked in (lambda: bt.indicator("MACD", bars, fastperiod=3), lambda: Graph().add("RSI", timeframe="1m")):
                with pytest.raises(IndicatorError, match=rf"holds back 7 values of {name} .*set_unstable_period\('{name}', 0\)"):
                    asked()
        finally:
            talib.set_unstable_period(name, 0)
    graph = Graph()
    handle = graph.add("EMA", timeframe="1m")[0]
    talib.set_unstable_period("EMA", 3)
    try:
        for asked in (lambda: values_of(graph, handle, frames_of(bars)), lambda: driver_of(graph, frames_of(bars), [handle])):
            with pytest.raises(IndicatorError, match="holds back 3 values of EMA"):
                asked()
    finally:
        talib.set_unstable_period("EMA", 0)
    assert np.array_equal(bt.indicator("MACD", bars).to_numpy(), untouched, equal_nan=True)


def test_every_setting_that_there_is_is_looked_at():
    talib.set_compatibility(1)
    assert talib.get_compatibility() == 0, "the library takes none"
    assert not [name for name in dir(talib) if "candle" in name.lower()]
    found = {name for name in FUNCTIONS if "unstable period" in str(talib.abstract.Function(name).function_flags)}
    assert set(UNSTABLE) == found - set(talib._ta_lib._ta_func_unst_retired)
