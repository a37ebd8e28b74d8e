"""Backup and restore: consistent while others import, verified, whole or not there, and nothing reaches out of the folder."""

from __future__ import annotations

import hashlib
import json
import shutil
import threading
import zipfile
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from btlab.data.store import Store
from btlab.data.upkeep import backup
from btlab.errors import DamagedError, NewerFormatError, StoreError
from btlab.market.series import Bars, Ticks
from tests.data.harness import DAY, opened, ticks

NAMES = ["copy", "copy.zip"]


@pytest.fixture
def lab(tmp_path: Path) -> Store:
    """Two feeds, trades, bars, a hostile name, rejected rows, a warm cache."""
    store = opened(tmp_path / "lab")
    store.import_ticks(ticks(1.5, range(3)))
    store.import_ticks(ticks(2.5, range(3)), feed="../Other")
    store.import_ticks(Ticks.from_trades([1, 2], [1.0, 2.0], [3.0, 4.0], symbol="a/b\u202e"))
    hours, price = np.arange(30, dtype=np.int64) * (DAY // 24), 1.0 + np.arange(30) / 100
    store.import_bars(Bars(hours, price, price, price, price, price, "1h", "Z"))
    faulty = tmp_path / "faulty.csv"
    faulty.write_text("time,bid,ask\n2020-03-02,1,1\n2020-03-03,0,1\n")
    store.import_ticks(faulty, symbol="X", on_error="skip")
    store.ticks("X", feed="default")
    return store


def contents(store: Store) -> list[Any]:
    """Everything that can be read."""
    found = [store.symbols().to_dicts()]
    for symbol, feed, kind in store.symbols().select("symbol", "feed", "kind").iter_rows():
        read = store.bars(symbol, "1h", feed=feed) if kind == "bars" else store.ticks(symbol, feed=feed)
        found.append(read.to_polars().to_dicts())
    return [*found, sorted(path.read_bytes() for path in (store.path / "rejects").glob("*.csv"))]


@pytest.mark.parametrize("name", NAMES)
def test_what_was_backed_up_comes_back(lab: Store, tmp_path: Path, name: str) -> None:
    report = lab.backup(tmp_path / name)
    assert (report.path, report.symbols, report.files) == (tmp_path / name, 3, 14)
    assert report.bytes == sum(p.stat().st_size for p in lab.path.rglob("*") if p.suffix in (".parquet", ".json", ".csv"))
    again = Store.restore(tmp_path / name, tmp_path / "again")
    assert contents(again) == contents(lab)
    assert again.doctor().ok
    assert not (again.path / "cache").exists(), "caches are made again"
    assert again.import_ticks(ticks(1.5, range(3))).rows_stored == 0, "and it is known what was imported"
    assert not list(tmp_path.glob("*.tmp"))


def test_a_backup_folder_is_a_store_and_an_archive_is_checked_by_any_tool(lab: Store, tmp_path: Path) -> None:
    lab.backup(tmp_path / "copy")
    assert contents(Store(tmp_path / "copy")) == contents(lab)
    lab.backup(tmp_path / "copy.zip")
    with zipfile.ZipFile(tmp_path / "copy.zip") as archive:
        assert archive.testzip() is None
        listed = json.loads(archive.read("backup.json"))["body"]["files"]
        assert {one["path"]: one["sha256"] for one in listed} == {
            name: hashlib.sha256(archive.read(name)).hexdigest() for name in archive.namelist() if name != "backup.json"
        }


def test_into_memory_and_into_an_empty_folder(lab: Store, tmp_path: Path) -> None:
    lab.backup(tmp_path / "copy")
    assert contents(Store.restore(tmp_path / "copy", ":memory:")) == contents(lab)
    (tmp_path / "empty").mkdir()
    assert contents(Store.restore(tmp_path / "copy", tmp_path / "empty")) == contents(lab)


def test_each_symbol_is_of_one_generation_while_others_import(tmp_path: Path) -> None:
    """Six days that are always of one price, replaced all the time; each backup has one price, and restores."""
    store = opened(tmp_path / "lab")
    store.import_ticks(ticks(1.0, range(6)))
    over, wrong = threading.Event(), list[BaseException]()

    def replace() -> None:
        value = 1.0
        try:
            while not over.is_set():
                value += 1.0
                opened(store.path).import_ticks(ticks(value, range(6)), overlap="replace")
                opened(store.path).compact()
        except BaseException as error:
            wrong.append(error)

    writer = threading.Thread(target=replace)
    writer.start()
    seen = set[float]()
    for number in range(200):
        copy = tmp_path / f"{number}{'.zip' if number % 2 else ''}"
        opened(store.path).backup(copy)
        again = Store.restore(copy, tmp_path / f"again{number}")
        read = again.ticks("X")
        assert len(read) == 300
        assert len(set(read.bid.tolist())) == 1
        assert len(list((again.path / "symbols").rglob("*.parquet"))) == 6, "none of another generation"
        seen.add(float(read.bid[0]))
        if wrong or (number >= 11 and len(seen) > 2):
            break
    over.set()
    writer.join()
    assert wrong == []
    assert len(seen) > 2


@pytest.mark.parametrize("name", NAMES)
def test_a_generation_that_ends_while_it_is_copied_is_left(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    """Two files of it are in the copy already when it is replaced; twice."""
    store, read, calls = opened(tmp_path / "lab"), backup._Copy._read, list[Path]()
    store.import_ticks(ticks(1.0, range(6)))

    def replaced(copy: backup._Copy, path: Path, segment: Any, symbol: str) -> bytes:
        calls.append(path)
        if len(calls) in (3, 6):
            opened(store.path).import_ticks(ticks(float(len(calls)), range(6)), overlap="replace")
        return read(copy, path, segment, symbol)

    monkeypatch.setattr(backup._Copy, "_read", replaced)
    report = store.backup(tmp_path / name)
    again = Store.restore(tmp_path / name, tmp_path / "again")
    assert set(again.ticks("X").bid.tolist()) == {6.0}
    assert len(list((again.path / "symbols").rglob("*.parquet"))) == 6
    assert report.files == 8
    assert again.doctor().ok


def test_a_damaged_store_is_not_backed_up(lab: Store, tmp_path: Path) -> None:
    day = next((lab.path / "symbols/X/~DEFAULT").glob("1970-01-02.*"))
    day.write_bytes(day.read_bytes()[:-1] + b"x")
    with pytest.raises(DamagedError, match="its checksum differs"):
        lab.backup(tmp_path / "copy")
    day.unlink()
    with pytest.raises(DamagedError, match="the file is gone"):
        lab.backup(tmp_path / "copy.zip")
    assert {path.name for path in tmp_path.iterdir()} == {"lab", "faulty.csv"}
    lab.doctor(repair=True)
    assert lab.backup(tmp_path / "copy").files == 13


def test_places_that_are_taken(lab: Store, tmp_path: Path) -> None:
    lab.backup(tmp_path / "copy")
    with pytest.raises(StoreError, match="there is something at"):
        lab.backup(tmp_path / "copy")
    with pytest.raises(StoreError, match="inside the store"):
        lab.backup(lab.path / "copy")
    with pytest.raises(StoreError, match="there is something at"):
        Store.restore(tmp_path / "copy", lab.path)
    with pytest.raises(StoreError, match="no store at"):
        Store(tmp_path / "none").backup(tmp_path / "copy2")


def test_what_is_no_backup(tmp_path: Path) -> None:
    (tmp_path / "folder").mkdir()
    (tmp_path / "file").write_text("PK")
    with zipfile.ZipFile(tmp_path / "other.zip", "w") as archive:
        archive.writestr("a", b"b")
    reasons = {"folder": "has no backup.json", "file": "neither a folder", "none": "neither", "other.zip": "has no backup.json"}
    for name, why in reasons.items():
        with pytest.raises(StoreError, match=why):
            Store.restore(tmp_path / name, tmp_path / "again")
        assert not (tmp_path / "again").exists()


@pytest.mark.parametrize("name", NAMES)
def test_any_changed_byte_of_a_backup_restores_nothing(lab: Store, tmp_path: Path, name: str) -> None:
    """In every file of a folder, all along an archive: refused, or what differs does not matter to the content."""
    lab.backup(tmp_path / name)
    right = contents(lab)
    whole = tmp_path / name
    files = [p for p in sorted(whole.rglob("*")) if p.is_file()] if whole.is_dir() else [whole] * 60
    refused = 0
    for number, path in enumerate(files):
        good = path.read_bytes()
        at = number * len(good) // len(files)
        path.write_bytes(good[:at] + bytes([good[at] ^ 0x10]) + good[at + 1 :])
        try:
            again = Store.restore(whole, tmp_path / "again")
        except StoreError:
            refused += 1
            assert not (tmp_path / "again").exists()
        else:
            assert contents(again) == right
            shutil.rmtree(again.path)
        path.write_bytes(good)
    assert refused > len(files) * 0.7
    assert not list(tmp_path.glob("again*"))


def rewritten(path: Path, change: Any) -> None:
    """Change the list of a backup folder, and make its checksum right again."""
    outer = json.loads((path / "backup.json").read_text())
    change(outer)
    body = json.dumps(outer["body"], sort_keys=True, separators=(",", ":")).encode()
    outer["sha256"] = hashlib.sha256(body).hexdigest()
    (path / "backup.json").write_text(json.dumps(outer))


OUTSIDE = ["../evil", "/evil", "symbols/../../evil", "C:/evil", "symbols\\..\\evil", "evil", "rejects/a b", "symbols/."]


@pytest.mark.parametrize("name", OUTSIDE)
def test_a_list_cannot_reach_out_of_the_folder(lab: Store, tmp_path: Path, name: str) -> None:
    lab.backup(tmp_path / "copy")
    (tmp_path / "evil").write_bytes(b"x")
    extra = {"path": name, "sha256": hashlib.sha256(b"x").hexdigest(), "bytes": 1}
    rewritten(tmp_path / "copy", lambda outer: outer["body"]["files"].append(extra))
    with pytest.raises(DamagedError, match="is no file of a store"):
        Store.restore(tmp_path / "copy", tmp_path / "again")
    assert not (tmp_path / "again").exists()


def test_an_edited_list_is_refused(lab: Store, tmp_path: Path) -> None:
    lab.backup(tmp_path / "copy")
    outer = json.loads((tmp_path / "copy/backup.json").read_text())
    outer["body"]["files"] = [file for file in outer["body"]["files"] if "/X/" not in file["path"]]
    (tmp_path / "copy/backup.json").write_text(json.dumps(outer))
    with pytest.raises(DamagedError, match=r"backup.json of the backup .* is damaged \(its checksum differs\)"):
        Store.restore(tmp_path / "copy", tmp_path / "again")


def test_a_manifest_must_name_the_files_that_are_there(lab: Store, tmp_path: Path) -> None:
    lab.backup(tmp_path / "copy")
    rewritten(tmp_path / "copy", lambda outer: outer["body"]["files"].pop(1))
    with pytest.raises(DamagedError):
        Store.restore(tmp_path / "copy", tmp_path / "again")


def test_newer_lists_are_refused_and_archives_packed_again_explained(lab: Store, tmp_path: Path) -> None:
    lab.backup(tmp_path / "copy")
    with zipfile.ZipFile(tmp_path / "packed.zip", "w", zipfile.ZIP_DEFLATED) as archive:
        for path in (tmp_path / "copy").rglob("*"):
            archive.write(path, path.relative_to(tmp_path / "copy"))
    with pytest.raises(DamagedError, match="unpack the archive and restore from the folder"):
        Store.restore(tmp_path / "packed.zip", tmp_path / "again")
    rewritten(tmp_path / "copy", lambda outer: outer.update(format=2))
    with pytest.raises(NewerFormatError, match="reads up to 1"):
        Store.restore(tmp_path / "copy", tmp_path / "again")
