"""Doctor finds, explains, sets aside and rebuilds; it deletes no data."""

from __future__ import annotations

import json
import os
import shutil
import time
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pytest

from btlab.data.store import Store
from btlab.errors import DamagedError
from btlab.market.series import Bars, Ticks
from tests.data.harness import DAY, opened, ticks

LONG_AGO = time.time() - 3 * 86_400


@pytest.fixture
def home(tmp_path: Path) -> Path:
    """Four days of X in one import, of two feeds, and bars of Z."""
    store = opened(tmp_path / "lab")
    store.import_ticks(ticks(1.5, range(4)))
    store.import_ticks(ticks(2.5, range(4)), feed="Other")
    hours = np.arange(30, dtype=np.int64) * (DAY // 24)
    price = 1.0 + np.arange(30) / 100
    for timeframe in ("1h", "1d"):
        step = hours if timeframe == "1h" else np.arange(30, dtype=np.int64) * DAY
        store.import_bars(Bars(step, price, price, price, price, price, timeframe, "Z"))
    return store.path


def manifest(home: Path, symbol: str = "X") -> dict[str, Any]:
    return json.loads((home / "symbols" / symbol / "manifest.json").read_text())["body"]


def aside(home: Path) -> dict[str, bytes]:
    """What is in the quarantine, by its path in the store."""
    folders = list((home / "quarantine").glob("*"))
    return {p.relative_to(folder).as_posix(): p.read_bytes() for folder in folders for p in folder.rglob("*") if p.is_file()}


def test_a_sound_store_is_left_alone(home: Path) -> None:
    before = {p: (p.read_bytes(), p.stat().st_mtime_ns) for p in home.rglob("*") if p.is_file()}
    found = opened(home).doctor(repair=True)
    assert (len(found), found.ok, found.symbols, found.files, found.quarantine) == (0, True, 2, 10, None)
    assert {p: (p.read_bytes(), p.stat().st_mtime_ns) for p in home.rglob("*") if p.is_file()} == before
    assert repr(found).startswith("doctor: nothing wrong in 10 files of 2 symbols")


def test_an_empty_store_has_nothing_wrong(tmp_path: Path) -> None:
    assert Store(tmp_path / "none").doctor(repair=True).ok
    assert not (tmp_path / "none").exists()


def test_a_damaged_day_is_set_aside_and_its_range_named(home: Path) -> None:
    day = next((home / "symbols/X/~DEFAULT").glob("1970-01-02.*"))
    day.write_bytes(day.read_bytes()[:-7])
    bad, place = day.read_bytes(), day.relative_to(home).as_posix()
    found = opened(home).doctor()
    one = next(iter(found))
    assert (one.what, one.file, one.symbol, one.feed, one.rows, one.repaired) == ("damaged", place, "X", "default", 50, False)
    assert (str(one.start), str(one.end)) == ("1970-01-02 00:00:00+00:00", "1970-01-02 12:15:00+00:00")
    assert "its checksum differs" in one.why
    assert 'import Ticks again with overlap="replace"' in one.remedy
    assert not found.ok
    assert day.read_bytes() == bad, "looking changes nothing"
    repaired = opened(home).doctor(repair=True)
    assert repaired.ok
    assert repaired.quarantine is not None
    assert (repaired.quarantine / place).read_bytes() == bad
    assert not day.exists()
    store = opened(home)
    assert len(store.doctor()) == 0
    assert len(store.ticks("X", feed="default")) == 150
    assert len(store.ticks("X", feed="Other")) == 200
    assert store.import_ticks(ticks(1.5, range(4)), overlap="replace").rows_stored == 200, "it is no longer known"
    assert len(store.ticks("X", feed="default")) == 200


def test_a_missing_day_is_named_and_leaves_the_manifest(home: Path) -> None:
    next((home / "symbols/X/O~THER").glob("1970-01-03.*")).unlink()
    store = opened(home)
    with pytest.raises(DamagedError):
        store.ticks("X", feed="Other")
    found = store.doctor(repair=True)
    assert [(one.what, one.feed, one.rows, one.repaired) for one in found] == [("missing", "Other", 50, True)]
    assert np.unique(store.ticks("X", feed="Other").time // DAY).tolist() == [0, 1, 3]
    assert len(store.doctor()) == 0


def test_a_damaged_manifest_is_rebuilt_from_the_footers(home: Path) -> None:
    """Every segment, feed, kind and row as before; only what was imported is forgotten."""
    for symbol, harm in (("X", lambda text: text[: len(text) // 2]), ("Z", lambda text: text.replace('"rows": 3', '"rows": 4'))):
        path = home / "symbols" / symbol / "manifest.json"
        before, right = manifest(home, symbol), path.read_text()
        path.write_text(harm(right))
        bad = path.read_bytes()
        found = opened(home).doctor(repair=True)
        assert [(one.what, one.symbol, one.repaired) for one in found] == [("manifest", symbol, True)]
        after = manifest(home, symbol)
        assert after["generation"] == before["generation"] + 1
        for name, feed in before["feeds"].items():
            order = sorted(feed["segments"], key=lambda segment: segment["file"])
            assert sorted(after["feeds"][name]["segments"], key=lambda segment: segment["file"]) == order
            assert (after["feeds"][name]["kind"], after["feeds"][name]["sizes"]) == (feed["kind"], feed["sizes"])
            assert after["feeds"][name]["origins"] == []
        assert after["feeds"].keys() == before["feeds"].keys()
        assert bad in aside(home).values()
    store = opened(home)
    assert len(store.ticks("X", feed="default")) == len(store.ticks("X", feed="Other")) == 200
    assert len(store.bars("Z", "1h")) == len(store.bars("Z", "1d")) == 30


def test_rebuilding_prefers_what_the_old_manifest_named(home: Path, tmp_path: Path) -> None:
    """A staged day of an import that never finished lies beside the one it would have replaced, and is younger."""
    folder = home / "symbols/X/~DEFAULT"
    named = set(folder.glob("*"))
    other = opened(tmp_path / "other")
    other.import_ticks(ticks(9.5, range(1, 3)))
    for path in (other.path / "symbols/X/~DEFAULT").glob("*.parquet"):
        shutil.copy(path, folder)
    staged = set(folder.glob("*")) - named
    for path in named:
        os.utime(path, (0, 0))
    path = home / "symbols/X/manifest.json"
    path.write_text(path.read_text().replace('"generation"', '"generatiom"'))
    found = opened(home).doctor(repair=True)
    assert sorted(one.what for one in found) == ["damaged", "damaged", "manifest"]
    assert {one.file for one in found if one.what == "damaged"} == {p.relative_to(home).as_posix() for p in staged}
    assert np.unique(opened(home).ticks("X", feed="default").bid).tolist() == [1.5]
    assert {p.relative_to(home).as_posix() for p in staged} <= aside(home).keys()


def test_rebuilding_without_any_manifest_takes_the_youngest(home: Path, tmp_path: Path) -> None:
    folder = home / "symbols/X/~DEFAULT"
    for path in folder.glob("*"):
        os.utime(path, (0, 0))
    other = opened(tmp_path / "other")
    other.import_ticks(ticks(9.5, range(1, 3)))
    for path in (other.path / "symbols/X/~DEFAULT").glob("*.parquet"):
        shutil.copy(path, folder)
    (home / "symbols/X/manifest.json").unlink()
    found = opened(home).doctor(repair=True)
    assert found.ok
    assert "may have left them" in next(one.remedy for one in found if one.what == "manifest")
    read = opened(home).ticks("X", feed="default")
    assert np.unique(read.bid[read.time // DAY == 1]).tolist() == [9.5]
    assert len(read) == 200
    assert len(aside(home)) == 2, "the older ones"


def test_rebuilding_sets_aside_what_is_not_its_own(home: Path) -> None:
    """A file of another symbol, one that is no Parquet under a right name, one whose name lies."""
    folder = home / "symbols/X/~DEFAULT"
    foreign = shutil.copy(next((home / "symbols/Z/~DEFAULT").glob("*")), folder)
    (folder / "1970-02-01.e3b0c44298fc1c14.parquet").write_bytes(b"")
    renamed = next(folder.glob("1970-01-04.*"))
    renamed.rename(folder / f"1970-01-04.{'0' * 16}.parquet")
    path = home / "symbols/X/manifest.json"
    path.write_text("{}")
    found = opened(home).doctor(repair=True)
    why = {Path(one.file).name: one.why for one in found if one.what == "damaged"}
    assert "belongs to Z/~DEFAULT" in why[Path(foreign).name]
    assert "no Parquet" in why["1970-02-01.e3b0c44298fc1c14.parquet"]
    assert "not that of its name" in why[f"1970-01-04.{'0' * 16}.parquet"]
    assert len(opened(home).ticks("X", feed="default")) == 150


def test_a_damaged_manifest_names_what_is_gone_besides(home: Path) -> None:
    day = next((home / "symbols/X/O~THER").glob("1970-01-02.*"))
    day.unlink()
    path = home / "symbols/X/manifest.json"
    path.write_text(path.read_text().replace('"sha256"', '"sha257"', 1))
    missing = next(one for one in opened(home).doctor() if one.what == "missing")
    assert (missing.feed, missing.rows, missing.file) == ("Other", 50, day.relative_to(home).as_posix())


def test_a_name_that_is_misread_is_not_missing(home: Path) -> None:
    path = home / "symbols/X/manifest.json"
    path.write_text(path.read_text().replace("1970-01-02.", "1970-01-0r.", 1))
    found = opened(home).doctor(repair=True)
    assert [one.what for one in found] == ["manifest"]
    assert "legibly" not in next(iter(found)).remedy
    assert len(opened(home).ticks("X", feed="default")) == 200


def test_leftovers_are_removed_when_nobody_comes_back_for_them(home: Path) -> None:
    folder = home / "symbols/X/~DEFAULT"
    old, young = folder / "1970-01-09.0123456789abcdef.parquet", folder / "1970-01-08.0123456789abcdef.parquet"
    torn, mark = folder / "a.parquet.12345678.tmp", home / "store.json.12345678.tmp"
    for path in (old, young, torn, mark):
        path.write_bytes(b"x")
    for path in (old, torn, mark):
        os.utime(path, (LONG_AGO, LONG_AGO))
    found = opened(home).doctor(repair=True)
    assert {one.file for one in found} == {p.relative_to(home).as_posix() for p in (old, torn, mark)}
    assert {one.what for one in found} == {"leftover"}
    assert [path.exists() for path in (old, young, torn, mark)] == [False, True, False, False]
    assert found.quarantine is None


def test_a_lost_mark_is_written_anew(home: Path) -> None:
    (home / "store.json").unlink()
    assert [(one.what, one.why) for one in opened(home).doctor(repair=True)] == [("mark", "it is gone")]
    assert (home / "store.json").exists()


def test_a_symbol_that_is_being_written_is_not_repaired(home: Path) -> None:
    next((home / "symbols/X/~DEFAULT").glob("1970-01-02.*")).unlink()
    store, other = opened(home), opened(home)
    store._home.patience = 0.05
    with other._home.locked("X"):
        found = store.doctor(repair=True)
    assert [(one.what, one.repaired) for one in found] == [("missing", False), ("unrepaired", False)]
    assert "is being written by process" in list(found)[1].why
    assert store.doctor(repair=True).ok


def test_folders_of_somebody_else_are_no_symbols(home: Path) -> None:
    for name in ("lower", "100%", "%zz", "~~"):
        folder = home / "symbols" / name
        folder.mkdir()
        (folder / "manifest.json").write_text("{}")
    assert opened(home).doctor(repair=True).ok
    assert opened(home).symbols()["symbol"].unique().sort().to_list() == ["X", "Z"]


def test_a_diagnosis_is_a_table_and_hostile_names_are_text(tmp_path: Path) -> None:
    name = "<img src=x onerror=alert(1)>"
    store = opened(tmp_path)
    store.import_ticks(Ticks.from_arrays([1], [1.0], [1.0], symbol=name), feed=name)
    next(tmp_path.rglob("*.parquet")).unlink()
    found = store.doctor()
    table = found.to_polars()
    assert table.select("what", "symbol", "feed", "rows").row(0) == ("missing", name, name, 1)
    assert table.schema["start"] == pl.Datetime("us", "UTC")
    html = found._repr_html_()
    assert "<img" not in html
    assert "&lt;img" in html
    assert name in repr(found)
    assert store.doctor(repair=True).to_polars()["repaired"].to_list() == [True]
