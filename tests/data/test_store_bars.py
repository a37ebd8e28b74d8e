"""Bars in the store: they come back bit for bit, in few files, each timeframe and price for itself."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from btlab.data.files.manifest import load
from btlab.data.files.segments import decode_bars, encode_bars
from btlab.data.rows import BarColumns, period_of, periods
from btlab.data.store import Store
from btlab.errors import FormatError, OverlapError, SeriesError, StoreError, TimeframeError
from btlab.market.series import Bars, Ticks
from btlab.market.times import to_microseconds

DAY, HOUR, MINUTE = 86_400_000_000, 3_600_000_000, 60_000_000
COLUMNS = ("time", "open", "high", "low", "close", "volume")


def walk(count: int, step: int, start: int = 0, *, seed: int = 0) -> pl.DataFrame:
    """Bars of a random walk on five digits."""
    random = np.random.default_rng(seed)
    begin = 100_000 + np.cumsum(random.integers(-9, 10, count))
    close = begin + random.integers(-9, 10, count)
    high = np.maximum(begin, close) + random.integers(0, 9, count)
    low = np.minimum(begin, close) - random.integers(0, 9, count)
    prices = {name: column / 1e5 for name, column in zip(COLUMNS[1:], (begin, high, low, close))}
    return pl.DataFrame({"time": start + np.arange(count) * step, **prices, "volume": random.integers(0, 99, count) / 4})


def same(bars: Bars, frame: pl.DataFrame) -> bool:
    return all(np.array_equal(getattr(bars, name), frame[name].to_numpy()) for name in COLUMNS)


def segments_of(store: Store, symbol: str = "X") -> list[Any]:
    manifest = load(store._home.folder(symbol), symbol)
    assert manifest is not None
    return list(manifest.feeds["default"].segments)


steps = st.one_of(st.integers(1, 10), st.integers(1, 4 * DAY))
on_grid = st.integers(1, 2 * 10**9).map(lambda points: points / 1e5)
anything = st.floats(min_value=1e-300, max_value=1e290, allow_nan=False, exclude_min=True)


@settings(max_examples=150)
@given(st.data())
def test_any_bars_come_back_bit_for_bit(data: st.DataObject) -> None:
    count = data.draw(st.integers(1, 20))
    price = data.draw(st.sampled_from([on_grid, anything, st.one_of(on_grid, anything)]))
    four = np.sort(np.array(data.draw(st.lists(st.lists(price, min_size=4, max_size=4), min_size=count, max_size=count))), axis=1)
    time = np.cumsum(np.array(data.draw(st.lists(steps, min_size=count, max_size=count)), np.int64)) - 10**14
    volume = np.array(
        data.draw(st.lists(st.one_of(st.integers(0, 9).map(float), st.floats(0, 1e300)), min_size=count, max_size=count))
    )
    columns = BarColumns(time, four[:, 1].copy(), four[:, 3].copy(), four[:, 0].copy(), four[:, 2].copy(), volume)
    content, digits = encode_bars(columns, about={})
    out = BarColumns(np.empty(count, np.int64), *(np.empty(count) for _ in range(5)))
    decode_bars(content, int(time[0]), digits, out)
    assert all(np.array_equal(a, b) for a, b in zip(columns, out))


@pytest.mark.parametrize(
    ("timeframe", "step", "count", "files"),
    [("1s", 10_000_000, 3 * 8640, 3), ("1m", MINUTE, 90 * 1440, 3), ("1h", HOUR, 24 * 800, 3), ("1d", DAY, 9000, 1)],
)
def test_bars_lie_in_few_files(store: Store, timeframe: str, step: int, count: int, files: int) -> None:
    frame = walk(count, step)
    report = store.import_bars(frame, symbol="X", timeframe=timeframe)
    assert (report.rows_read, report.rows_stored) == (count, count)
    assert len(segments_of(store)) == files
    for segment in segments_of(store):
        assert len(set(periods(np.array([segment.first, segment.last]), period_of(timeframe)).tolist())) == 1
        assert (segment.timeframe, segment.price) == (timeframe, "last")
    assert same(store.bars("X", timeframe), frame)
    assert sum(segment.bytes for segment in segments_of(store)) / count < 13


def test_bars_that_come_day_by_day_lie_in_one_file_a_month(store: Store) -> None:
    frame = walk(40 * 24, 60 * MINUTE)
    for day in range(40):
        store.import_bars(frame[day * 24 : (day + 1) * 24], symbol="X", timeframe="30m")
    assert len(segments_of(store)) == len(list(store.path.rglob("*.parquet"))) == 2
    assert same(store.bars("X", "30m"), frame)
    assert store.import_bars(frame[24:48], symbol="X", timeframe="30m").rows_read == 0


def test_each_timeframe_and_price_is_for_itself(store: Store) -> None:
    """Bars of one do not overlap those of another; each is replaced alone."""
    minutes, hours, asks = walk(300, MINUTE), walk(5, HOUR, seed=1), walk(300, MINUTE, seed=2)
    store.import_bars(minutes, symbol="X", price="bid")
    store.import_bars(hours, symbol="X", timeframe="1h", price="bid")
    store.import_bars(asks, symbol="X", timeframe="1m", price="ask")
    assert same(store.bars("X", "1m", price="bid"), minutes)
    assert same(store.bars("X", "1h", price="bid"), hours)
    assert same(store.bars("X", "1m", price="ask"), asks)
    other = walk(100, MINUTE, 100 * MINUTE, seed=3)
    with pytest.raises(OverlapError, match=r"holds 1m ask bars of that range already \(from 1970-01-01 01:40:00 on\)"):
        store.import_bars(other, symbol="X", price="ask")
    store.import_bars(other, symbol="X", price="ask", overlap="replace")
    assert same(store.bars("X", "1m", price="ask"), pl.concat([asks[:100], other, asks[200:]]))
    assert same(store.bars("X", "1m", price="bid"), minutes)
    assert store.import_bars(minutes, symbol="X", price="bid").rows_read == 0, "it is known still"
    assert store.import_bars(asks, symbol="X", price="ask", overlap="replace").rows_stored == 300, "it was cut"


def test_ticks_and_bars_need_feeds_of_their_own(store: Store) -> None:
    store.import_bars(walk(3, MINUTE), symbol="X")
    with pytest.raises(StoreError, match="holds bars, Ticks holds quotes without sizes; give it a feed= of its own"):
        store.import_ticks(Ticks.from_arrays([0], [1.0], [1.0], symbol="X"))
    store.import_ticks(Ticks.from_arrays([0], [1.0], [1.0], symbol="X"), feed="ticks")
    with pytest.raises(StoreError, match="holds quotes without sizes, a frame of polars holds bars"):
        store.import_bars(walk(3, MINUTE), symbol="X", feed="ticks")


def test_stamps_of_ends_become_starts(store: Store) -> None:
    days = ["2024-02-01", "2024-03-01", "2024-04-01"]
    ends = walk(3, DAY).with_columns(time=pl.Series([to_microseconds(day) for day in days]))
    store.import_bars(ends, symbol="X", timeframe="1mo", stamp="end")
    assert store.bars("X", "1mo").time.tolist() == [to_microseconds(day) for day in ("2024-01-01", *days[:2])]
    store.import_bars(walk(3, MINUTE, MINUTE), symbol="Y", timeframe="1m", stamp="end")
    assert store.bars("Y", "1m").time.tolist() == [0, MINUTE, 2 * MINUTE]


def test_what_bars_are_is_checked(store: Store) -> None:
    frame = walk(3, MINUTE)
    for arguments, error, words in (
        ({"timeframe": "7m"}, TimeframeError, "'7m' is not a timeframe"),
        ({"stamp": "middle"}, StoreError, "stamp='middle' is not known"),
        ({"price": "close"}, StoreError, "price='close' is not known"),
        ({"symbol": None}, StoreError, "say whose bars"),
        ({"price_scale": 0.1}, FormatError, "are for files"),
    ):
        with pytest.raises(error, match=words):
            store.import_bars(frame, **({"symbol": "X"} | arguments))
    with pytest.raises(SeriesError, match="no column 'close' among time, open, high, low, volume; bars want"):
        store.import_bars(frame.drop("close"), symbol="X")
    with pytest.raises(SeriesError, match="'open' is not made of numbers"):
        store.import_bars(frame.with_columns(open=pl.lit("1.1")), symbol="X")
    bars = Bars.from_frame(frame.cast({"time": pl.Datetime("us")}), symbol="X", timeframe="1h")
    with pytest.raises(FormatError, match="these are 1h bars"):
        store.import_bars(bars, timeframe="1m")
    store.import_bars(bars)
    assert segments_of(store)[0].timeframe == "1h"


@pytest.mark.parametrize(("step", "said"), [(MINUTE, None), (HOUR, "begin 3,600 s apart"), (MINUTE // 2, "begin 30 s apart")])
def test_bars_of_another_length_than_was_said(store: Store, step: int, said: str | None) -> None:
    warnings = store.import_bars(walk(10, step), symbol="X").warnings
    assert [warning for warning in warnings if "apart" in warning and said and said in warning] == warnings[: bool(said)]


# Frames


def kinds(frame: pl.DataFrame) -> dict[str, Any]:
    pandas, arrow = pytest.importorskip("pandas"), pytest.importorskip("pyarrow")
    times = frame["time"].cast(pl.Datetime("us"))
    named = frame.with_columns(time=times)
    columns = {name: named[name].to_numpy() for name in named.columns}
    return {
        "polars": named.rename({name: name.upper() for name in named.columns}),
        "polars, lazy": named.lazy(),
        "polars, aware": named.with_columns(pl.col("time").dt.replace_time_zone("Asia/Tokyo", non_existent="null")),
        "polars, dates in date": frame.rename({"time": "timestamp"}),
        "pandas": pandas.DataFrame(columns),
        "pandas, index": pandas.DataFrame(columns).set_index("time"),
        "pandas, aware index": pandas.DataFrame(columns).set_index("time").tz_localize("UTC"),
        "arrow": arrow.table({"time": arrow.array(columns["time"]), **{n: c for n, c in columns.items() if n != "time"}}),
        "arrow, batch": arrow.RecordBatch.from_pydict({name: arrow.array(column) for name, column in columns.items()}),
    }


@pytest.mark.parametrize("kind", kinds(walk(1, MINUTE)))
def test_frames_of_every_kind(store: Store, kind: str) -> None:
    frame = walk(50, MINUTE, 10 * DAY)
    shift = -9 * HOUR if kind == "polars, aware" else 0
    store.import_bars(kinds(frame)[kind], symbol="X")
    assert same(store.bars("X", "1m"), frame.with_columns(pl.col("time") + shift))
    quotes = frame.select("time", bid="low", ask="high")
    store.import_ticks(kinds(quotes)[kind], symbol="Y")
    ticks = store.ticks("Y")
    assert ticks.time.tolist() == (frame["time"] + shift).to_list()
    assert (ticks.bid.tolist(), ticks.ask.tolist()) == (frame["low"].to_list(), frame["high"].to_list())


def test_rows_of_a_frame_without_a_time_or_a_number_are_rejected(store: Store) -> None:
    frame = walk(5, HOUR, 5 * DAY).with_columns(
        time=pl.Series([5 * DAY, None, 5 * DAY + 2 * HOUR, 6 * DAY, 7 * DAY]).cast(pl.Datetime("us")),
        open=pl.Series([1.0, 1.0, None, 1.0, 1.0]),
    )
    report = store.import_bars(frame, symbol="X", on_error="skip")
    assert (report.rows_read, report.rows_rejected) == (5, 2)
    pandas = pytest.importorskip("pandas")
    nullable = pandas.DataFrame(
        {"time": [1, 2], "bid": pandas.array([1.0, None], "Float64"), "ask": pandas.array([1, 2], "Int64")}
    )
    assert store.import_ticks(nullable, symbol="Y").rows_stored == 2
    assert np.isnan(store.ticks("Y").bid[1])


def test_local_times_of_a_frame(store: Store) -> None:
    local = pl.Series(["2024-03-10 01:30", "2024-03-10 02:30", "2024-03-10 03:30"]).str.to_datetime()
    frame = pl.DataFrame({"time": local, "bid": [1.0, 2.0, 3.0], "ask": [1.0, 2.0, 3.0]})
    report = store.import_ticks(frame, symbol="X", tz="America/New_York", on_error="skip")
    assert (report.rows_stored, report.rows_rejected) == (2, 1)
    assert "does not exist" in report.warnings[0]
    assert store.ticks("X").time.tolist() == [to_microseconds("2024-03-10 06:30"), to_microseconds("2024-03-10 07:30")]


# Vendors


def test_flat_candles_of_closed_hours_are_no_error(store: Store, real_data: Path) -> None:
    path = real_data / "dukascopy/EURUSD/2019/01/BID_candles_hour_1.bi5"
    report = store.import_bars(path, symbol="EURUSD")
    assert report.rows_read == report.rows_stored + report.rows_rejected > report.rows_rejected > 0
    assert f"{report.rows_rejected:,} rows were left out: filler" in report.warnings
    assert report.reject_file is not None
    assert report.reject_file.read_text().count(",filler,") == report.rows_rejected
    assert (store.bars("EURUSD", "1h").volume > 0).all()
    assert segments_of(store, "EURUSD")[0].series == ("1h", "bid")
