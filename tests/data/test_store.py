"""What the store promises to a reader and to the next import."""

from __future__ import annotations

import csv
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from btlab.data.simulate import simulate_ticks
from btlab.data.store import Store
from btlab.errors import NotStoredError, OverlapError, RowError, SeriesError, StoreError, TimeframeError
from btlab.market.series import Ticks
from btlab.market.timeline import Timeline
from btlab.market.times import iso, to_microseconds

DAY = 86_400_000_000


def table(folder: Path, name: str, *rows: str) -> Path:
    path = folder / name
    path.write_text("time,bid,ask\n" + "".join(f"{row}\n" for row in rows))
    return path


def same(a: Ticks, b: Ticks) -> bool:
    columns = ("time", "bid", "ask", "bid_size", "ask_size")
    pairs = [(getattr(a, name), getattr(b, name)) for name in columns]
    return a.trades == b.trades and all(
        (x is None) == (y is None) and (x is None or np.array_equal(x, y, equal_nan=True)) for x, y in pairs
    )


# Reading


def test_ticks_come_back_as_they_went_in(store: Store) -> None:
    ticks = simulate_ticks("EURUSD", days=3)
    report = store.import_ticks(ticks, feed="simulated")
    assert same(store.ticks("EURUSD"), ticks)
    assert (report.rows_read, report.rows_stored, report.format) == (len(ticks), len(ticks), "frame")
    assert (report.first, report.last) == tuple(datetime.fromisoformat(iso(t)).replace(tzinfo=UTC) for t in ticks.time[[0, -1]])


@settings(max_examples=60, suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_any_columns_come_back_bit_for_bit(data: st.DataObject) -> None:
    """On and off a decimal grid, one-sided, equal times, gaps of days, with and without sizes, quotes and trades."""
    steps = data.draw(st.lists(st.one_of(st.just(0), st.integers(1, 10), st.integers(1, 4 * DAY)), min_size=1, max_size=30))
    time = np.cumsum(np.array(steps, np.int64)) + data.draw(st.integers(-(10**14), 10**15))
    stated = time.astype("datetime64[us]")  # bare ints that look like seconds of our days are refused
    grid = st.integers(1, 2 * 10**9).map(lambda points: points / 10**5)
    free = st.floats(min_value=1e-300, max_value=1e290, allow_nan=False, exclude_min=True)
    some = data.draw(st.sampled_from([grid, free, st.one_of(grid, free), st.one_of(grid, st.just(float("nan")))]))
    n = len(time)
    bid = np.array(data.draw(st.lists(some, min_size=n, max_size=n)))
    ask = np.where(np.isnan(bid), 1.5, np.array(data.draw(st.lists(some, min_size=n, max_size=n))))
    sizes = st.lists(st.one_of(st.integers(0, 9).map(float), st.floats(0, 1e300)), min_size=n, max_size=n)
    if data.draw(st.booleans()):
        ticks = Ticks.from_trades(
            stated, ask[~np.isnan(ask)] if not np.isnan(ask).any() else np.ones(n), data.draw(sizes), symbol="X"
        )
    else:
        both = (data.draw(sizes), data.draw(sizes)) if data.draw(st.booleans()) else (None, None)
        ticks = Ticks.from_arrays(stated, bid, ask, symbol="X", bid_size=both[0], ask_size=both[1])
    store = Store(":memory:")
    report = store.import_ticks(ticks)
    assert same(store.ticks("X"), ticks)
    if ticks.digits is None:
        assert any("float64, without loss" in warning for warning in report.warnings)
    start, end = (
        to_microseconds("1970-01-01") + data.draw(st.sampled_from(time.tolist())) + data.draw(st.integers(-1, 1))
        for _ in range(2)
    )
    inside = ticks.between(iso(start), iso(end))
    if start <= time[-1] and end > time[0] and start < end:
        assert same(store.ticks("X", iso(start), iso(end)), inside)


def test_two_ticks_of_one_timestamp_are_both_kept_in_order(store: Store, tmp_path: Path) -> None:
    at = "2020-01-01 00:00:00"
    report = store.import_ticks(
        table(tmp_path, "t.csv", f"{at},1.2,1.3", f"{at},1.1,1.2", f"{at},1.1,1.2", f"{at},1.3,1.4"), symbol="X"
    )
    assert store.ticks("X").bid.tolist() == [1.2, 1.1, 1.1, 1.3]
    assert report.warnings == [
        "1 row has the time, prices and sizes of the row before; it is kept (drop_duplicates=True leaves such rows out)"
    ]


def test_start_is_included_and_end_is_not(store: Store, tmp_path: Path) -> None:
    store.import_ticks(table(tmp_path, "t.csv", *(f"2020-01-0{day},{day},{day}" for day in range(1, 8))), symbol="X")
    assert store.ticks("X", "2020-01-03", "2020-01-05").bid.tolist() == [3.0, 4.0]
    assert store.ticks("X", datetime(2020, 1, 6)).bid.tolist() == [6.0, 7.0]
    assert len(store.ticks("X", "2020-01-03 01:00", "2020-01-03 02:00")) == 0
    for start, end in (("2021-01-01", None), (None, "2020-01-01")):
        with pytest.raises(NotStoredError, match="holds 2020-01-01 00:00:00 to 2020-01-07 00:00:00"):
            store.ticks("X", start, end)
    with pytest.raises(SeriesError):
        store.ticks("X", "monday")


@pytest.mark.parametrize("timeframe", ["1m", "5m", "15m", "1h", "4h", "1d"])
@pytest.mark.parametrize("price", [None, "bid", "ask"])
def test_bars_of_a_range_are_those_of_all_ticks(store: Store, timeframe: str, price: str | None) -> None:
    ticks = simulate_ticks("EURUSD", days=6, seed=4)
    store.import_ticks(ticks)
    everything = Timeline(ticks, price=price or "mid").bars(timeframe)
    for start, end in (
        (None, None),
        ("2024-01-09 03:07:11", "2024-01-11 02:00"),
        ("2024-01-08 22:00", "2024-01-15 22:00"),
        ("2024-01-13", "2024-01-14"),
    ):
        ours, wanted = store.bars("EURUSD", timeframe, start, end, price=price), everything.between(start, end)
        for name in ("time", "open", "high", "low", "close", "volume"):
            assert np.array_equal(getattr(ours, name), getattr(wanted, name)), (start, name)
        assert (ours.timeframe, ours.symbol) == (timeframe, "EURUSD")


def test_what_is_not_stored_is_named_with_the_nearest(store: Store) -> None:
    with pytest.raises(NotStoredError, match=r"It is empty: store\.import_ticks\(file, symbol='EURUSD'\) fills it"):
        store.ticks("EURUSD")
    ticks = simulate_ticks("EURUSD", days=1)
    store.import_ticks(ticks, feed="Oanda")
    with pytest.raises(NotStoredError, match="start='2024-02-01' lies behind end='2024-01-01'"):
        store.ticks("EURUSD", "2024-02-01", "2024-01-01")
    with pytest.raises(NotStoredError, match="Did you mean 'EURUSD'"):
        store.ticks("EURSUD")
    with pytest.raises(NotStoredError, match="Did you mean 'Oanda'"):
        store.ticks("EURUSD", feed="oanda")
    store.import_ticks(ticks, feed="FXCM")
    with pytest.raises(NotStoredError, match="has feeds Oanda, FXCM; say which"):
        store.ticks("EURUSD")
    with pytest.raises(TimeframeError, match="Did you mean"):
        store.bars("EURUSD", "1hour", feed="FXCM")
    assert len(store.ticks("EURUSD", feed="FXCM")) == len(ticks)


def test_symbols_says_what_is_there(store: Store) -> None:
    store.import_ticks(simulate_ticks("EURUSD", days=1), feed="a")
    store.import_ticks(Ticks.from_trades([0, 1], [1.0, 2.0], [3.0, 4.0], symbol="0700"))
    table = store.symbols()
    assert table.select("symbol", "feed", "kind", "timeframe", "rows").rows() == [
        ("0700", "default", "trades", None, 2),
        ("EURUSD", "a", "quotes", None, len(store.ticks("EURUSD"))),
    ]
    assert table["first"][0] == datetime(1970, 1, 1, tzinfo=UTC)
    assert table["bytes"].min() > 0


# Importing again, over, beside


def test_the_same_file_again_changes_nothing(store: Store, tmp_path: Path) -> None:
    path = table(tmp_path, "t.csv", "2020-01-01,1,1", "2020-01-02,1,1")
    store.import_ticks(path, symbol="X")
    before = {p: p.read_bytes() for p in store.path.rglob("*") if p.is_file()}
    moved = path.rename(tmp_path / "other.csv")
    for overlap in ("refuse", "replace"):
        report = store.import_ticks(moved, symbol="X", overlap=overlap)
        assert (report.rows_read, report.rows_stored, report.rows_rejected, report.duplicates, report.first) == (0, 0, 0, 0, None)
        assert report.warnings == [f"{moved.name} was imported on {datetime.now(UTC):%Y-%m-%d} already; nothing to do"]
    assert {p: p.read_bytes() for p in store.path.rglob("*") if p.is_file()} == before


def test_a_file_named_twice_is_taken_once(store: Store, tmp_path: Path) -> None:
    path = table(tmp_path, "t.csv", "2020-01-01,1,1")
    twin = table(tmp_path, "twin.csv", "2020-01-01,1,1")
    report = store.import_ticks([path, twin], symbol="X")
    assert (report.rows_stored, len(store.ticks("X"))) == (1, 1)
    assert "taken once" in report.warnings[0]


def test_new_files_of_a_list_come_in_beside_known_ones(store: Store, tmp_path: Path) -> None:
    first = table(tmp_path, "1.csv", "2020-01-01,1,1")
    store.import_ticks(first, symbol="X")
    report = store.import_ticks([first, table(tmp_path, "2.csv", "2020-01-02,2,2")], symbol="X")
    assert (report.rows_stored, store.ticks("X").bid.tolist()) == (1, [1.0, 2.0])


def test_an_overlap_is_refused_and_replaced_when_asked(store: Store, tmp_path: Path) -> None:
    store.import_ticks(
        table(tmp_path, "a.csv", *(f"2020-01-0{day} {hour:02d}:00,1,1" for day in (1, 2, 3) for hour in (1, 12, 20))), symbol="X"
    )
    over = table(tmp_path, "b.csv", "2020-01-01 12:00,2,2", "2020-01-02 12:00,2,2", "2020-01-03 12:00,2,2")
    with pytest.raises(OverlapError, match=r"b\.csv brings 2020-01-01 12:00:00 to .* overlap=\"replace\""):
        store.import_ticks(over, symbol="X")
    assert set(store.ticks("X").bid.tolist()) == {1.0}
    store.import_ticks(over, symbol="X", overlap="replace")
    ticks = store.ticks("X")
    assert [(iso(t)[8:13], b) for t, b in zip(ticks.time, ticks.bid)] == [
        ("01 01", 1.0), ("01 12", 2.0), ("02 12", 2.0), ("03 12", 2.0), ("03 20", 1.0),
    ]  # fmt: skip
    assert store.import_ticks(over, symbol="X", overlap="replace").rows_stored == 0
    report = store.import_ticks(tmp_path / "a.csv", symbol="X", overlap="replace")
    assert (report.rows_stored, set(store.ticks("X").bid.tolist())) == (9, {1.0})


def test_days_in_a_hole_of_what_is_stored_are_welcome(store: Store, tmp_path: Path) -> None:
    """Between two files of one call, and between the hours of one day, nothing was stored: nothing overlaps."""
    outer = [
        table(tmp_path, "1.csv", "2020-01-01 01:00,1,1", "2020-01-01 02:00,1,1"),
        table(tmp_path, "3.csv", "2020-01-01 09:00,1,1", "2020-01-05,1,1"),
    ]
    store.import_ticks(outer, symbol="X")
    store.import_ticks(table(tmp_path, "2.csv", "2020-01-01 04:00,2,2", "2020-01-01 05:00,2,2"), symbol="X")
    assert store.ticks("X").bid.tolist() == [1.0, 1.0, 2.0, 2.0, 1.0, 1.0]
    assert store.import_ticks(outer, symbol="X").rows_read == 0, "they are still known"
    inner = table(tmp_path, "4.csv", "2020-01-01 00:00,3,3", "2020-01-01 03:00,3,3")
    with pytest.raises(OverlapError):
        store.import_ticks(inner, symbol="X")


def test_a_file_whose_hole_was_filled_is_still_known(store: Store, tmp_path: Path) -> None:
    outer = table(tmp_path, "outer.csv", "2020-01-01 01:00,1,1", "2020-01-01 09:00,1,1")
    store.import_ticks(outer, symbol="X")
    store.import_ticks(table(tmp_path, "inner.csv", "2020-01-01 04:00,2,2"), symbol="X")
    assert store.ticks("X").bid.tolist() == [1.0, 2.0, 1.0]
    assert store.import_ticks(outer, symbol="X").rows_read == 0


@settings(max_examples=40)
@given(st.lists(st.lists(st.integers(0, 60), min_size=1, max_size=6), min_size=1, max_size=6), st.booleans())
def test_replacing_is_what_a_dictionary_would_do(calls: list[list[int]], refuse: bool) -> None:
    """Random calls over ten days of six four-hour marks, against a plain list of rows."""
    store, model = Store(":memory:"), []
    for number, marks in enumerate(calls, 1):
        time = np.sort(np.array(marks, np.int64)) * (DAY // 6)
        value = np.full(len(time), float(number))
        ticks = Ticks.from_arrays(time, value, value, symbol="X")
        hit = [row for row in model if time[0] <= row[0] <= time[-1]]
        if refuse and hit:
            with pytest.raises(OverlapError):
                store.import_ticks(ticks)
            continue
        store.import_ticks(ticks, overlap="refuse" if refuse else "replace")
        model = sorted([row for row in model if row not in hit] + [(int(t), float(number)) for t in time])
    stored = store.ticks("X")
    assert list(zip(stored.time.tolist(), stored.bid.tolist())) == model


def test_feeds_and_kinds_never_mix(store: Store, tmp_path: Path) -> None:
    path = table(tmp_path, "t.csv", "2020-01-01,1,1")
    store.import_ticks(path, symbol="X")
    store.import_ticks(path, symbol="X", feed="other")
    with pytest.raises(StoreError, match=r"holds quotes without sizes, .* holds trades with sizes; give it a feed= of its own"):
        store.import_ticks(Ticks.from_trades([10 * DAY], [1.0], [1.0], symbol="X"), feed="other")
    assert store.symbols()["rows"].to_list() == [1, 1]


# Policies


def test_skipping_lists_every_faulty_row(store: Store, tmp_path: Path) -> None:
    rows = ["2020-01-01,1,1", "2020-01-02,0,1", "=cmd(),1,1", "2020-01-03,1,1", "2020-01-02,1,1", "2020-01-04,1"]
    path = table(tmp_path, "t.csv", *rows)
    report = store.import_ticks(path, symbol="X", on_error="skip")
    assert (report.rows_read, report.rows_stored, report.rows_rejected) == (6, 2, 4)
    assert report.reject_file is not None
    assert report.reject_file.parent == store.path / "rejects"
    with open(report.reject_file, newline="", encoding="utf-8") as file:
        listed = list(csv.DictReader(file))
    assert [(row["file"], row["line"]) for row in listed] == [(str(path), line) for line in ("3", "4", "6", "7")]
    assert listed[1]["text"] == "'=cmd(),1,1"
    assert "older" in listed[2]["reason"]


def test_sorting_is_stable_and_counted(store: Store, tmp_path: Path) -> None:
    path = table(tmp_path, "t.csv", "2020-01-03,1,1", "2020-01-01,2,2", "2020-01-03,3,3", "2020-01-02,4,4")
    with pytest.raises(RowError):
        store.import_ticks(path, symbol="X")
    report = store.import_ticks(path, symbol="X", sort=True)
    assert store.ticks("X").bid.tolist() == [2.0, 4.0, 1.0, 3.0]
    assert report.warnings == ["2 rows were older than the row before; all were sorted"]


def test_repeats_are_dropped_when_asked(store: Store, tmp_path: Path) -> None:
    path = table(tmp_path, "t.csv", "2020-01-01,1,1", "2020-01-01,1,1", "2020-01-01,1,2", "2020-01-02,1,2", "2020-01-02,1,2")
    report = store.import_ticks(path, symbol="X", drop_duplicates=True)
    assert (report.rows_read, report.rows_stored, report.duplicates, len(store.ticks("X"))) == (5, 3, 2, 3)


def test_odd_but_true_quotes_are_kept_and_counted(store: Store, tmp_path: Path) -> None:
    report = store.import_ticks(table(tmp_path, "t.csv", "2020-01-01,1.2,1.1", "2020-01-02,,1.1"), symbol="X")
    assert report.warnings == [
        "1 quote is crossed (ask under bid); it is kept",
        "1 quote has one side only; it is kept",
    ]
    assert np.isnan(store.ticks("X").bid[1])


def test_a_dry_run_says_the_same_and_writes_nothing(store: Store, tmp_path: Path) -> None:
    path = table(tmp_path, "t.csv", "2020-01-01,1,1", "2020-01-02,0,1")
    dry = store.import_ticks(path, symbol="X", on_error="skip", dry_run=True)
    assert not store.path.exists()
    wet = store.import_ticks(path, symbol="X", on_error="skip")
    assert (dry.rows_read, dry.rows_stored, dry.rows_rejected, dry.why) == (
        wet.rows_read,
        wet.rows_stored,
        wet.rows_rejected,
        wet.why,
    )
    assert (dry.reject_file, dry.dry_run) == (None, True)
    with pytest.raises(OverlapError):
        store.import_ticks(table(tmp_path, "u.csv", "2020-01-01,2,2"), symbol="X", dry_run=True)


# Places


def test_where_a_store_lives(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BTLAB_HOME", str(tmp_path / "home"))
    assert Store().path == tmp_path / "home"
    monkeypatch.delenv("BTLAB_HOME")
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("USERPROFILE", str(tmp_path))
    assert Store().path == tmp_path / ".btlab"
    (tmp_path / "file").write_text("")
    with pytest.raises(StoreError, match="is a file"):
        Store(tmp_path / "file")
    throw_away = Store(":memory:")
    folder: Any = throw_away.path
    assert folder.is_dir()
    del throw_away
    assert not folder.exists()
