"""What the prober stands on: worlds that share a past, tables that come back as they were, and what they are of the data."""

from __future__ import annotations

import datetime
from collections import deque
from typing import Any

import numpy as np
import pandas as pd
import polars as pl
import pytest

import btlab as bt
from btlab.market.timeline import timeline_of
from btlab.session.probe.columns import Recognised, recognise
from btlab.session.probe.grids import Source, column_of, names_of
from btlab.session.probe.statistics import statistic_of
from btlab.session.probe.tables import table_of
from btlab.session.probe.worlds import World, cut_off, mirrored, other
from tests.market.streams import random_ticks
from tests.session.leaks import ALL

TICKS = ALL[:5_000]
BARS = bt.bars(ALL, "1m")
QUARTERS = bt.bars(ALL, "15m")
COUNT = 20
MINUTES = pd.date_range("2024-01-01", periods=COUNT, freq="min")
NUMBERS = np.arange(COUNT) + 0.5
TRADES = bt.Ticks.from_trades(TICKS.time, TICKS.bid, np.ones(len(TICKS)))

TABLES: dict[str, Any] = {
    "array": NUMBERS,
    "float32": NUMBERS.astype(np.float32),
    "two columns": np.column_stack([NUMBERS, -NUMBERS]),
    "two rows": np.vstack([NUMBERS, -NUMBERS]),
    "records": np.array([(1, 2.0)] * COUNT, dtype=[("a", "i8"), ("b", "f8")]),
    "datetime64": MINUTES.to_numpy(),
    "list": NUMBERS.tolist(),
    "tuple": tuple(NUMBERS.tolist()),
    "rows": [(k, float(k)) for k in range(COUNT)],
    "deque": deque(NUMBERS.tolist(), maxlen=30),
    "naive datetimes": list(MINUTES.to_pydatetime()),
    "by time": dict.fromkeys(MINUTES.to_pydatetime(), 1.0),
    "pandas": pd.DataFrame({"a": NUMBERS, "b": ["x"] * COUNT}, index=MINUTES.tz_localize("America/New_York")),
    "pandas nullable": pd.DataFrame({"a": pd.array([1, None] * 10, dtype="Int64"), "b": pd.array(NUMBERS, dtype="Float64")}),
    "pandas categories": pd.DataFrame({"a": pd.Categorical(["x", "y"] * 10)}),
    "pandas levels": pd.DataFrame({"a": NUMBERS}, index=pd.MultiIndex.from_product([[1, 2], range(10)])),
    "pandas times": pd.DataFrame({"time": MINUTES.tz_localize("UTC"), "b": NUMBERS}),
    "pandas periods": pd.Series(NUMBERS, index=pd.period_range("2024-01", periods=COUNT, freq="D"), name="p"),
    "pandas index": MINUTES.tz_localize("UTC"),
    "polars": pl.DataFrame({"t": MINUTES.to_numpy(), "a": [1.0, None] * 10, "b": [None] * COUNT, "c": [True, None] * 10}),
    "polars zone": pl.DataFrame({"t": MINUTES.to_numpy()}).with_columns(pl.col("t").cast(pl.Datetime("ms", "Asia/Tokyo"))),
    "polars odd": pl.DataFrame({"s": [{"x": 1}] * COUNT, "l": [[1, 2]] * COUNT, "t": [datetime.time(1)] * COUNT}),
    "polars days": pl.DataFrame({"d": [datetime.date(2024, 1, 1) + datetime.timedelta(k) for k in range(COUNT)]}),
}


@pytest.mark.parametrize("name", TABLES)
def test_a_table_comes_back_as_it_was(name):
    value = TABLES[name]
    table = table_of(value)
    assert table is not None and len(table) == COUNT
    back = table.build(table.columns)
    assert type(back) is type(value)
    if isinstance(value, np.ndarray):
        assert back.dtype == value.dtype and np.array_equal(back, value)
    elif isinstance(value, pl.DataFrame):
        assert back.schema == value.schema and back.equals(value)
    elif isinstance(value, pd.DataFrame | pd.Series | pd.Index):
        assert back.equals(value)
    else:
        assert back == value


@pytest.mark.parametrize("value", [NUMBERS[:5], [1, "a"] * 9, [None] * 9, [2**70] * 9, [[1], [1, 2]] * 9, {"a": 1}, 4.0, "text"])
def test_what_is_no_table_is_none(value):
    assert table_of(value) is None


@pytest.mark.parametrize(
    "data", [TICKS, TRADES, BARS, QUARTERS, random_ticks(3, 2_000)], ids=["ticks", "trades", "bars", "quarters", "odd"]
)
@pytest.mark.parametrize("share", [0.02, 0.5, 0.95])
def test_worlds_share_the_past_and_nothing_else(data, share):
    known = int(len(data) * share)
    for world in (mirrored(data, known, len(data)), other(data, known, len(data), 3), cut_off(data, known)):
        series = world.series
        for name in names_of(data):
            assert np.array_equal(column_of(series, name)[: known + 1], column_of(data, name)[: known + 1], equal_nan=True)
        assert len(series) in (len(data), known + 1)
        if len(series) == len(data):
            name = "close" if isinstance(data, bt.Bars) else "bid"
            late = column_of(series, name)[known + 1 :], column_of(data, name)[known + 1 :]
            assert (late[0] != late[1]).mean() > 0.95
        checked(series)
        assert data.time[known] <= world.limit(data)


def checked(series: bt.Ticks | bt.Bars) -> None:
    """That it is data as users may give them."""
    if isinstance(series, bt.Bars):
        bt.Bars.from_frame(series.to_polars(), symbol=series.symbol, timeframe=series.timeframe)
    else:
        bt.Ticks.from_arrays(series.time, series.bid, series.ask, bid_size=series.bid_size, ask_size=series.ask_size)


def resampled(length: str, label: str) -> pd.DataFrame:
    prices = TICKS.to_polars().to_pandas().set_index("time")
    bids = prices["bid"].resample(length, label=label, closed="left").ohlc().dropna()
    bids["mean"] = prices["ask"].resample(length, label=label, closed="left").mean().dropna()
    return bids


RECOGNISED: dict[str, tuple[Any, set[str]]] = {
    "slice": (TICKS.bid[100:300].copy(), {"bid"}),
    "float32": (TICKS.ask.astype(np.float32), {"ask"}),
    "mid": (((TICKS.bid + TICKS.ask) / 2).tolist(), {"mid"}),
    "bars": (bt.bars(TICKS, "5m"), {"first mid", "max mid", "min mid", "last mid", "sum size", "label"}),
    "bare bars": (bt.bars(TICKS, "1m").high, {"max mid"}),
    "by start": (resampled("2min", "left"), {"first bid", "max bid", "min bid", "last bid", "mean ask", "label"}),
    "by end": (resampled("3min", "right"), {"first bid", "max bid", "min bid", "last bid", "mean ask", "label"}),
    "nanoseconds": (TICKS.time * 1_000, {"time"}),
    "frame": (TICKS.to_polars(), {"time", "bid", "ask", "bid_size", "ask_size"}),
}


def found(value: Any) -> Recognised | None:
    table = table_of(value)
    assert table is not None
    return recognise(table, Source(TICKS, timeline_of(TICKS)))


@pytest.mark.parametrize("name", RECOGNISED)
def test_what_a_table_is_of_the_data(name):
    value, recipes = RECOGNISED[name]
    meaning = found(value)
    assert meaning is not None
    assert set(meaning.recipes.values()) == recipes


@pytest.mark.parametrize("name", RECOGNISED)
def test_in_another_world_it_is_what_it_would_have_been_made_of_it(name):
    """Rows whose data are all known stay, to the bit; at the end of the data the price is the other one."""
    value, _ = RECOGNISED[name]
    meaning, world = found(value), mirrored(TICKS, 2_500, len(TICKS))
    assert meaning is not None
    kept, known = meaning.grid.rows(world)
    before, after = table_of(value), table_of(meaning.in_world(world))
    assert before is not None and after is not None
    for column, recipe in meaning.recipes.items():
        assert np.array_equal(before.columns[column][kept][known], after.columns[column][known])
        if recipe in ("bid", "ask", "mid", "last mid", "last bid") and not known.all():
            assert (before.columns[column][kept][~known] != after.columns[column][~known]).mean() > 0.9


def test_bars_of_another_world_are_bars_of_its_ticks():
    meaning, world = found(bt.bars(TICKS, "5m")), mirrored(TICKS, 2_500, len(TICKS))
    assert meaning is not None
    made, wanted = meaning.in_world(world), bt.bars(world.series, "5m")
    for name in ("time", "open", "high", "low", "close"):
        assert np.array_equal(getattr(made, name), getattr(wanted, name))
    assert np.allclose(made.volume, wanted.volume)


@pytest.mark.parametrize("value", [np.zeros(5_000), np.linspace(0.5, 1.5, 1_440), np.arange(64), [1.0] * 100])
def test_what_has_nothing_of_the_data_is_left_alone(value):
    meaning = found(value)
    changed = value if meaning is None else meaning.in_world(mirrored(TICKS, 100, len(TICKS)))
    assert np.array_equal(changed, value)


def test_numbers_of_the_whole_data_are_known():
    source = Source(TICKS, timeline_of(TICKS))
    for value, words in (
        (float(TICKS.bid.max()), "the highest bid of all the data"),
        (float(TICKS.ask.mean()), "the mean ask of all the data"),
        (float(np.std(TICKS.bid)), "the standard deviation bid of all the data"),
    ):
        statistic = statistic_of(value, source)
        assert statistic is not None and statistic.words == words
        world = World(TICKS[:100], 0, 99, "cut off")
        assert statistic.in_world(world) != value
    assert [statistic_of(value, source) for value in (1.1, 0.001, 5_000, 20, True, float("nan"), 12)] == [None] * 7
