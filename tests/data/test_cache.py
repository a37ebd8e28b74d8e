"""The caches are never wrong and never in the way: damage, budgets, folders that cannot be written, other processes."""

from __future__ import annotations

import os
import random
import subprocess
import sys
import threading
import time
import warnings
from pathlib import Path

import numpy as np
import pytest

from btlab.data.cache import bars as bar_cache
from btlab.data.cache.background import Background, background
from btlab.data.cache.folder import QUARANTINED, SUFFIX, CacheFolder
from btlab.data.cache.mapped import BrokenFileError, open_mapped, pack
from btlab.data.reading import ticks as reading
from btlab.data.store import Store
from btlab.errors import BtlabWarning
from btlab.market.series import Ticks
from btlab.market.timeline import bars

DAY = 86_400_000_000
COLUMNS = {"a": np.arange(1000, dtype=np.int64), "b": np.arange(999) / 7, "c": np.empty(0, np.float32)}


def some(days: int = 3, *, seed: int = 1, count: int = 9_000) -> Ticks:
    source = np.random.default_rng(seed)
    time = np.sort(source.integers(DAY // 24, days * DAY, count))
    bid = (110_000 + np.cumsum(source.integers(-3, 4, count))) / 1e5
    return Ticks.from_arrays(time, bid, bid, symbol="EURUSD")


@pytest.fixture(autouse=True)
def keeping(monkeypatch: pytest.MonkeyPatch) -> None:
    """Small things are kept too."""
    monkeypatch.setattr(reading, "_WORTH_KEEPING", 1)
    monkeypatch.setattr(bar_cache, "_WORTH_KEEPING", 1)


def kept(path: Path, suffix: str = SUFFIX) -> list[Path]:
    return sorted(path.rglob("*" + suffix))


def warm(store: Store) -> None:
    """Read everything, and wait until it is mapped."""
    store.ticks("EURUSD")
    background.settle()


def test_columns_come_back_mapped_and_read_only(tmp_path: Path) -> None:
    path = tmp_path / "file"
    path.write_bytes(pack("key", COLUMNS))
    mapped = open_mapped(str(path), "key")
    assert mapped.columns.keys() == COLUMNS.keys()
    for name, column in COLUMNS.items():
        np.testing.assert_array_equal(mapped.columns[name], column)
        assert mapped.columns[name].dtype == column.dtype
        assert not mapped.columns[name].flags.writeable
    with pytest.raises(BrokenFileError, match="something else"):
        open_mapped(str(path), "another")


def test_any_change_of_a_file_is_noticed(tmp_path: Path) -> None:
    path, content, source = tmp_path / "file", pack("key", COLUMNS), random.Random(4)
    for turn in range(400):
        broken = bytearray(content)
        how = turn % 4
        at = source.randrange(len(content) - 56)
        if how == 0:
            broken[at] ^= 1 << source.randrange(8)
        elif how == 1:
            del broken[at:]
        elif how == 2:
            broken[at // 512 * 512 : at // 512 * 512 + 512] = bytes(min(512, len(content) - at // 512 * 512))
        else:
            broken[7::8] = bytes(byte ^ 0x80 for byte in broken[7::8])
        if broken == content:
            continue
        path.write_bytes(broken)
        os.utime(path, ns=(turn, turn))
        with pytest.raises(BrokenFileError):
            open_mapped(str(path), "key")
    path.write_bytes(content)
    open_mapped(str(path), "key")


@pytest.mark.parametrize("how", ["flip", "cut", "zero", "swap"])
def test_damaged_files_are_set_aside_and_made_again(store: Store, how: str) -> None:
    ticks = some()
    store.import_ticks(ticks)
    warm(store)
    assert store.bars("EURUSD", "1m").time.tolist() == bars(ticks, "1m").time.tolist()
    files = kept(store.path)
    assert len(files) == 4, "three days of ticks and a month of minutes"
    first, second = files[0].read_bytes(), files[1].read_bytes()
    for path in files:
        content = bytearray(path.read_bytes())
        if how == "flip":
            content[len(content) // 2] ^= 4
        elif how == "cut":
            del content[len(content) // 2 :]
        elif how == "zero":
            content[64:] = bytes(len(content) - 64)
        else:
            content = bytearray(second if path != files[1] else first)
        path.write_bytes(content)
    with pytest.warns(BtlabWarning, match="made again"):
        found = store.ticks("EURUSD"), store.bars("EURUSD", "1m")
    np.testing.assert_array_equal(found[0].bid, ticks.bid)
    np.testing.assert_array_equal(found[1].close, bars(ticks, "1m").close)
    background.settle()
    assert len(kept(store.path, QUARANTINED)) == 4, "renamed, not deleted"
    assert kept(store.path) == files
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        np.testing.assert_array_equal(store.ticks("EURUSD").bid, ticks.bid)


def test_a_folder_that_cannot_be_written_is_said_once_and_hangs_nothing(tmp_path: Path) -> None:
    store = Store(tmp_path / "lab")
    store.import_ticks(some())
    (store.path / "cache").write_text("in the way")
    began = time.monotonic()
    with warnings.catch_warnings(record=True) as said:
        warnings.simplefilter("always")
        for _ in range(3):
            np.testing.assert_array_equal(store.ticks("EURUSD").bid, some().bid)
            assert len(store.bars("EURUSD", "1m")) == len(bars(some(), "1m"))
            store.import_ticks(some(), overlap="replace")
            background.settle()
    assert ["reading works" in str(one.message) for one in said if one.category is BtlabWarning] == [True]
    assert time.monotonic() - began < 60


def test_who_finds_out_second_that_nothing_can_be_written_says_nothing(tmp_path: Path) -> None:
    """A reader and a writer beside it may both have begun while it still could."""
    folder = CacheFolder(tmp_path, 10**6)
    full = OSError(28, "No space left on device")
    with pytest.warns(BtlabWarning, match="reading works"):
        folder._give_up(full)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        folder._give_up(full)
    assert folder.closed


def test_the_least_recently_used_goes_first(tmp_path: Path) -> None:
    size = len(pack("k" * 40, COLUMNS))
    folder = CacheFolder(tmp_path, int(4.5 * size))
    keys = [f"{number:02d}".ljust(40, "x") for number in range(6)]
    for age, key in enumerate(keys[:4]):
        folder.keep(key, COLUMNS)
        os.utime(folder.where(key), (time.time() - 1000 + age, time.time()))
    assert folder.get(keys[0]) is not None, "used now, so the second is the oldest"
    folder.keep(keys[4], COLUMNS)
    assert [key for key in keys if folder.has(key)] == [keys[0], keys[2], keys[3], keys[4]]
    folder.keep(keys[5], COLUMNS)
    assert sum(path.stat().st_size for path in kept(tmp_path)) <= folder.budget
    assert folder.has(keys[5])
    huge = {"a": np.zeros(10 * size)}
    folder.keep("huge".ljust(40, "x"), huge)
    assert not folder.has("huge".ljust(40, "x")), "what is larger than the budget is not kept"


def test_what_killed_processes_left_is_swept(tmp_path: Path) -> None:
    old, young = tmp_path / "aa/x.columns.1.tmp", tmp_path / "aa/x.columns.2.tmp"
    old.parent.mkdir()
    for path in (old, young):
        path.write_bytes(b"half")
    os.utime(old, (1, 1))
    CacheFolder(tmp_path, 10**6).keep("b" * 40, COLUMNS)
    assert not old.exists()
    assert young.exists(), "its writer may be alive"


def test_a_mapped_file_may_vanish(tmp_path: Path) -> None:
    folder = CacheFolder(tmp_path, 10**6)
    folder.keep("b" * 40, COLUMNS)
    mapped = folder.get("b" * 40)
    assert mapped is not None
    for path in kept(tmp_path):
        path.unlink()
    np.testing.assert_array_equal(mapped.columns["b"], COLUMNS["b"])
    assert folder.get("b" * 40) is None


def test_removal_that_the_system_refuses_takes_another(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """On Windows a mapped file cannot be removed."""
    size = len(pack("k" * 40, COLUMNS))
    folder = CacheFolder(tmp_path, int(2.5 * size))
    keys = [f"{number:02d}".ljust(40, "x") for number in range(3)]
    for age, key in enumerate(keys[:2]):
        folder.keep(key, COLUMNS)
        os.utime(folder.where(key), (time.time() - 1000 + age, time.time()))
    real = os.unlink

    def refuse(path: str) -> None:
        if str(folder.where(keys[0])) == str(path):
            raise PermissionError(13, "in use")
        real(path)

    monkeypatch.setattr(os, "unlink", refuse)
    folder.keep(keys[2], COLUMNS)
    assert [folder.has(key) for key in keys] == [True, False, True]


def test_neighbours_are_mapped_beforehand(store: Store) -> None:
    store.import_ticks(some(days=9))
    store.ticks("EURUSD", "1970-01-04", "1970-01-06")
    background.settle()
    assert len(kept(store.path)) == 5, "two days that were read, one before, two behind"
    folder = store._ranges.cache
    read: list[str] = []
    real = reading._content

    def noted(path: Path, *rest: object) -> bytes:
        read.append(path.name)
        return real(path, *rest)  # type: ignore[arg-type]

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(reading, "_content", noted)
        store.ticks("EURUSD", "1970-01-06", "1970-01-08")
        assert not read, "the next range comes from mapped columns"
        store.ticks("EURUSD", "1970-01-08", "1970-01-09")
        background.settle()
    assert len(kept(folder.path)) >= 7


def test_background_jobs_fail_alone_and_are_dropped_when_there_are_too_many() -> None:
    line, done, begun, gate = Background(), list[int](), threading.Event(), threading.Event()
    line.submit("wait", lambda: (begun.set(), gate.wait()))
    assert begun.wait(60)
    for number in range(5):
        line.submit(str(number), lambda number=number: done.append(1 // number))
    line.submit("4", lambda: done.append(99))
    gate.set()
    line.settle()
    assert done == [1, 0, 0, 0], "the first failed; the last was waiting already"
    for number in range(10_000):
        line.submit(f"more {number}", lambda: None)
    line.settle()
    line.end()
    line.submit("late", lambda: done.append(5))
    assert done == [1, 0, 0, 0]


READER = """
import sys
import numpy as np
from btlab.data.reading import ticks as reading
from btlab.data.cache import bars
from btlab.data.store import Store
reading._WORTH_KEEPING = bars._WORTH_KEEPING = 1
path, turns, budget = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
store, wanted = Store(path, cache_bytes=budget), Store(path, cache_bytes=0)
ticks, minutes = wanted.ticks("EURUSD"), wanted.bars("EURUSD", "1m")
print("ready", flush=True)
sys.stdin.readline()
random = np.random.default_rng()
for _ in range(turns):
    day = int(random.integers(1, 9))
    span = f"1970-01-0{day}", f"1970-01-0{day + 1}"
    assert np.array_equal(store.ticks("EURUSD", *span).bid, ticks.between(*span).bid)
    assert np.array_equal(store.bars("EURUSD", "1m", *span).close, minutes.between(*span).close)
"""


def test_processes_that_evict_each_others_files_read_right(store: Store) -> None:
    store.import_ticks(some(days=9, count=30_000))
    size = len(pack("k" * 40, {"x": np.zeros(3_000 * 12 // 8)}))
    command = [sys.executable, "-c", READER, str(store.path), "150", str(3 * size)]
    readers = [
        subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        for _ in range(2)
    ]
    for reader in readers:
        assert reader.stdout is not None
        assert reader.stdout.readline() == "ready\n", reader.communicate()
    for reader in readers:
        assert reader.stdin is not None
        reader.stdin.write("go\n")
        reader.stdin.flush()
    told = [reader.communicate(timeout=300) for reader in readers]
    assert [reader.returncode for reader in readers] == [0, 0], told
    assert [err for _, err in told] == ["", ""]
