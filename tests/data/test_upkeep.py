"""Compact: fewer files, the same rows, nobody disturbed."""

from __future__ import annotations

import os
import time
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from btlab.data.store import Store
from btlab.data.upkeep import compact as compacting
from btlab.market.series import Bars, Ticks
from tests.data.harness import DAY, HOUR, opened, ticks

MONTH = 31 * DAY


def files(store: Store) -> list[Path]:
    return sorted((store.path / "symbols").rglob("*.parquet"))


def bars(timeframe: str, first: int, step: int, count: int, symbol: str = "Z") -> Bars:
    time, price = first + step * np.arange(count, dtype=np.int64), 1.0 + np.arange(count) / 8
    return Bars(time, price, price + 1, price / 2, price, price, timeframe, symbol)


def test_pieces_of_a_day_become_one_file_and_the_same_ticks(tmp_path: Path) -> None:
    store, whole = opened(tmp_path), ticks(1.5, range(3))
    for begin in range(0, 150, 10):
        store.import_ticks(whole[begin : begin + 10])
    before = store.ticks("X").to_polars()
    many = len(files(store))
    assert many > 10
    report = store.compact()
    assert (report.files_before, report.files_after, report.removed, report.skipped) == (many, 3, many, {})
    assert report.bytes_before > report.bytes_after == sum(path.stat().st_size for path in files(store))
    assert len(files(store)) == 3
    assert store.ticks("X").to_polars().equals(before)
    assert Store(tmp_path).doctor().ok
    assert store.import_ticks(whole[20:30]).rows_stored == 0, "what was imported is still known"
    again = store.compact()
    assert (again.files_before, again.files_after, again.removed) == (3, 3, 0)
    assert f"{many} -> 3" in repr(report)
    assert "<td" in report._repr_html_()


def test_bars_are_merged_by_their_periods_and_series_stay_apart(tmp_path: Path) -> None:
    store = opened(tmp_path)
    for timeframe, step in (("1m", 60_000_000), ("1h", HOUR), ("1d", DAY)):
        for first in (0, 40 * step, 100 * step):
            store.import_bars(bars(timeframe, first, step, 30))
    store.import_bars(bars("1m", 2 * MONTH, 60_000_000, 30))
    before = {name: store.bars("Z", name).to_polars() for name in ("1m", "1h", "1d", "5m", "1w")}
    report = store.compact()
    assert report.files_after == len(files(store)) == 4, "1m of two months, 1h, 1d"
    assert {name: store.bars("Z", name).to_polars().equals(frame) for name, frame in before.items()} == dict.fromkeys(
        before, True
    )
    assert store.doctor().ok


def test_rows_off_the_grid_do_not_spoil_those_on_it(tmp_path: Path) -> None:
    store = opened(tmp_path)
    for number, bid in enumerate((1.25, 1.5, 1 / 3, 1.75)):
        store.import_ticks(Ticks.from_arrays([number * HOUR], [bid], [bid], symbol="X"))
    assert store.compact().files_after == 3, "the two before, the odd one, the one after"
    assert store.ticks("X").bid.tolist() == [1.25, 1.5, 1 / 3, 1.75]


def test_a_day_of_many_rows_stays_in_files_of_a_bounded_size(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(compacting, "MOST_ROWS", 25)
    store, whole = opened(tmp_path), ticks(1.5, range(1))
    for begin in range(0, 50, 10):
        store.import_ticks(whole[begin : begin + 10])
    assert store.compact().files_after == 3
    assert store.ticks("X").to_polars().equals(whole.to_polars())


def test_what_was_staged_yesterday_goes_and_what_was_staged_today_stays(tmp_path: Path) -> None:
    store = opened(tmp_path)
    store.import_ticks(ticks(1.5, range(2)))
    folder = tmp_path / "symbols/X/~DEFAULT"
    old = [
        folder / "1970-02-01.0123456789abcdef.parquet",
        folder / "x.tmp",
        tmp_path / "store.json.0.tmp",
        folder / "waiting.tmp",
    ]
    young = folder / "1970-02-02.0123456789abcdef.parquet"
    old[3].mkdir()
    (old[3] / "0.rows").write_bytes(b"x")
    for path in (*old[:3], young):
        path.write_bytes(b"x")
    for path in old:
        os.utime(path, (time.time() - 90_000, time.time() - 90_000))
    report = store.compact()
    assert report.removed == 4
    assert [path.exists() for path in (*old, young)] == [False] * 4 + [True]
    assert len(store.ticks("X")) == 100


def test_a_damaged_symbol_is_left_as_it_is_and_named(tmp_path: Path) -> None:
    store = opened(tmp_path)
    for symbol in ("X", "Y"):
        for begin in (0, 20, 10):
            store.import_ticks(ticks(1.5, range(1), symbol)[begin : begin + 10])
    day = next((tmp_path / "symbols/X").rglob("*.parquet"))
    day.write_bytes(b"PAR1" + day.read_bytes()[4:-1] + b"x")
    before = {path: path.read_bytes() for path in (tmp_path / "symbols/X").rglob("*") if path.is_file()}
    report = store.compact()
    assert "are damaged (its checksum differs)" in report.skipped["X"]
    assert {path: path.read_bytes() for path in (tmp_path / "symbols/X").rglob("*") if path.is_file()} == before
    assert len(list((tmp_path / "symbols/Y").rglob("*.parquet"))) == 1


@settings(max_examples=25)
@given(st.lists(st.tuples(st.integers(0, 200), st.integers(1, 40), st.booleans()), min_size=1, max_size=8))
def test_compacting_after_any_call_changes_no_answer(calls: list[tuple[int, int, bool]]) -> None:
    """Random imports, replacing or not, compacted in between or never: the same ticks."""
    plain, tidy = Store(":memory:"), Store(":memory:")
    for number, (first, count, compact) in enumerate(calls, 1):
        time = (first + np.arange(count, dtype=np.int64)) * HOUR // 2
        value = np.full(count, number + (0.1 if number % 3 else 1 / 3))
        for store in (plain, tidy):
            store.import_ticks(Ticks.from_arrays(time, value, value, symbol="X"), overlap="replace")
        if compact:
            tidy.compact()
    tidy.compact()
    assert tidy.ticks("X").to_polars().equals(plain.ticks("X").to_polars())
    assert tidy.doctor().ok
    assert len(files(tidy)) <= len(files(plain))
