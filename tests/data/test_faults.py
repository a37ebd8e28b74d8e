"""A disk that fails at any step leaves the state before or the state after; a full one says so, and takes up again."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from btlab.data.store import Store
from btlab.data.upkeep.restore import restore
from btlab.errors import StoreError
from tests.data.harness import HOW, FailingDisk, Killed, opened, state, ticks

pytestmark = pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")

Act = Callable[[Store], object]


def failure(act: Act, store: Store) -> BaseException | None:
    """What stopped it; None where nothing did."""
    try:
        act(store)
    except (Killed, StoreError) as error:
        return error
    return None


def replaced(store: Store) -> object:
    return store.import_ticks(ticks(2.0, range(1, 6)), overlap="replace")


def at_every_step(base: Path, spare: Path, how: str, act: Act) -> Iterator[tuple[Path, BaseException | None]]:
    """Copies of a store in which `act` met a failure at the first, second, ... step, and what it raised."""
    for at in range(1, 1000):
        path, disk = spare / f"{how}{at}", FailingDisk(at, how)
        shutil.copytree(base, path)
        error = failure(act, opened(path, disk))
        if not disk.met:
            assert at > 10, "every write, fsync and rename was met"
            return
        yield path, error
        shutil.rmtree(path)


def told(error: BaseException | None, how: str) -> bool:
    """A disk that refuses is a typed error that says why; a dead process says nothing."""
    return isinstance(error, Killed) if how in ("stop", "torn") else isinstance(error, StoreError) and how in str(error)


@pytest.mark.parametrize("how", HOW)
def test_an_import_that_fails_leaves_the_state_before_or_after(tmp_path: Path, how: str) -> None:
    base = tmp_path / "base"
    opened(base).import_ticks(ticks(1.0, range(4)))
    before = state(base)
    done = tmp_path / "done"
    shutil.copytree(base, done)
    replaced(opened(done))
    after, outcomes = state(done), set()
    for path, error in at_every_step(base, tmp_path, how, replaced):
        assert told(error, how)
        now = state(path)
        assert now in (before, after)
        outcomes.add(now == after)
        if how in ("EIO", "ENOSPC") and now == before:
            left = {p.name for p in path.rglob("*") if p.suffix in (".parquet", ".tmp")}
            named = json.loads((path / "symbols/X/manifest.json").read_text())["body"]["feeds"]["default"]["segments"]
            assert left == {segment["file"] for segment in named}
        replaced(opened(path))
        assert state(path) == after
        assert not list(path.rglob("*.tmp"))
    assert outcomes == {True, False}


@pytest.mark.parametrize("how", ["torn", "ENOSPC"])
def test_a_first_import_that_fails_leaves_nothing_or_all(tmp_path: Path, how: str) -> None:
    base, new = tmp_path / "base", ticks(1.0, range(2))
    base.mkdir()
    after = list(zip(new.time.tolist(), new.bid.tolist()))
    for path, error in at_every_step(base, tmp_path, how, lambda store: store.import_ticks(new)):
        assert told(error, how)
        assert state(path) in ([], after)
        assert Store(path).doctor().ok
        opened(path).import_ticks(new)
        assert state(path) == after


def test_what_a_killed_import_had_written_is_used_by_the_next(tmp_path: Path) -> None:
    base, new = tmp_path / "base", ticks(1.0, range(4))
    base.mkdir()
    steps = at_every_step(base, tmp_path, "stop", lambda store: store.import_ticks(new))
    path = next(path for path, _ in steps if len(list(path.rglob("*.parquet"))) == 3)
    staged = {p: p.stat().st_mtime_ns for p in path.rglob("*.parquet")}
    assert state(path) == []
    assert opened(path).import_ticks(new).rows_stored == 200
    kept = {p: p.stat().st_mtime_ns for p in path.rglob("*.parquet")}
    assert staged.items() <= kept.items()
    assert len(kept) == 4


@pytest.fixture
def pieces(tmp_path: Path) -> Path:
    """A day in several pieces, of two symbols, and something that a killed import left long ago."""
    path = tmp_path / "pieces"
    for symbol in ("X", "Y"):
        whole = ticks(1.5, range(2), symbol, each=20)
        for begin in range(0, 40, 13):
            opened(path).import_ticks(whole[begin : begin + 13])
    old = path / "symbols/X/~DEFAULT/1970-01-01.0123456789abcdef.parquet"
    old.write_bytes(b"left")
    os.utime(old, (0, 0))
    return path


def unnamed(path: Path) -> set[str]:
    """Files in symbols' folders that no manifest names."""
    text = "".join(file.read_text() for file in path.rglob("manifest.json"))
    return {file.name for file in path.rglob("*") if file.suffix in (".parquet", ".tmp") and file.name not in text}


@pytest.mark.parametrize("how", ["torn", "ENOSPC"])
def test_compacting_that_fails_changes_no_tick(tmp_path: Path, pieces: Path, how: str) -> None:
    """A symbol whose disk refuses is skipped and named; what was left undone the next call does."""
    right, outcomes, old = state(pieces), set(), {path.name for path in pieces.rglob("*.parquet")}
    for path, error in at_every_step(pieces, tmp_path, how, Store.compact):
        assert error is None if how in ("EIO", "ENOSPC") else isinstance(error, Killed)
        assert state(path, "X") == state(path, "Y") == right
        outcomes.add(len(list(path.rglob("*.parquet"))))
        assert how == "torn" or unnamed(path) <= old  # old pieces, where the manifest was the last that fitted
        assert opened(path).compact().files_after == 4
        assert state(path, "X") == state(path, "Y") == right
        assert Store(path).doctor().ok
    assert len(outcomes) > 2


@pytest.mark.parametrize("how", ["torn", "ENOSPC"])
def test_repair_that_fails_loses_nothing(tmp_path: Path, pieces: Path, how: str) -> None:
    """Whatever step it died at: the next repair ends with the same ticks, and every damaged byte in the quarantine.

    A staged file of another price, younger than the rest, is told from them by the damaged manifest alone.
    """
    other = opened(tmp_path / "other")
    other.import_ticks(ticks(9.5, range(2), each=20))
    for path in other.path.rglob("*.parquet"):
        shutil.copy(path, pieces / "symbols/X/~DEFAULT")
    right, manifest = state(pieces), pieces / "symbols/X/manifest.json"
    broken = manifest.read_bytes().replace(b'"sha256"', b'"sha257"', 1)
    manifest.write_bytes(broken)
    first = json.loads((pieces / "symbols/Y/manifest.json").read_text())["body"]["feeds"]["default"]["segments"][0]
    torn = pieces / "symbols/Y/~DEFAULT" / first["file"]
    torn.write_bytes(torn.read_bytes()[:-1])
    for path, error in at_every_step(pieces, tmp_path, how, lambda store: store.doctor(repair=True)):
        assert error is None or isinstance(error, Killed) or how in str(error)
        assert opened(path).doctor(repair=True).ok
        aside = [p.read_bytes() for p in (path / "quarantine").rglob("*") if p.is_file()]
        assert broken in aside
        assert torn.read_bytes() in aside
        assert state(path, "X") == right
        assert state(path, "Y") == right[13:]


@pytest.mark.parametrize(("how", "name"), [("torn", "copy"), ("ENOSPC", "copy.zip"), ("stop", "copy.zip"), ("EIO", "copy")])
def test_a_backup_that_fails_is_not_there(tmp_path: Path, pieces: Path, how: str, name: str) -> None:
    right, target = state(pieces), tmp_path / name
    for at in range(1, 1000):
        disk = FailingDisk(at, how)
        error = failure(lambda store: store.backup(target), opened(pieces, disk))
        if not disk.met:
            break
        assert told(error, how)
        assert isinstance(error, Killed) or not list(tmp_path.glob("*.tmp"))
        if target.exists():
            assert state(Store.restore(target, tmp_path / f"again{at}").path) == right
            shutil.rmtree(target) if target.is_dir() else target.unlink()
    assert at > 20


@pytest.mark.parametrize("how", ["torn", "ENOSPC"])
def test_restoring_that_fails_leaves_nothing_or_all(tmp_path: Path, pieces: Path, how: str) -> None:
    right, copy = state(pieces), tmp_path / "copy.zip"
    opened(pieces).backup(copy)
    for at in range(1, 1000):
        home, disk = tmp_path / f"home{at}", FailingDisk(at, how)
        error = failure(lambda store: restore(copy, store._home), opened(home, disk))
        if not disk.met:
            break
        assert told(error, how)
        assert not home.exists() or state(home, "X") == state(home, "Y") == right
        assert home.exists() or state(Store.restore(copy, home).path) == right
    assert at > 20


def test_a_folder_that_cannot_be_written(tmp_path: Path) -> None:
    (tmp_path / "lab").mkdir()
    (tmp_path / "lab/symbols").write_text("in the way")
    with pytest.raises(StoreError, match="cannot be written"):
        Store(tmp_path / "lab").import_ticks(ticks(1.0, range(1)))


FULL = """
import os, resource, subprocess, sys
from pathlib import Path
import numpy as np
from btlab.data.store import Store
from btlab.errors import StoreError
from btlab.market.series import Ticks

path, how = Path(sys.argv[1]), sys.argv[2]
rng = np.random.default_rng(5)

def days(first, count):
    time = np.concatenate([day * 86_400_000_000 + np.arange(20_000) * 1_000_000 for day in range(first, first + count)])
    bid = rng.integers(1, 10**9, len(time)) / 1e5
    return Ticks.from_arrays(time, bid, bid, symbol="X")

def room(kilobytes):
    if how == "tmpfs":
        subprocess.run(["mount", "-o", f"remount,size={kilobytes}k", str(path)], check=True)
    else:
        resource.setrlimit(resource.RLIMIT_FSIZE, (kilobytes << 10, resource.RLIM_INFINITY))

if how == "tmpfs":
    subprocess.run(["mount", "-t", "tmpfs", "-o", "size=64m", "none", str(path)], check=True)
store = Store(path / "lab", cache_bytes=0)
first = days(0, 2)
store.import_ticks(first)
used = sum(file.stat().st_size for file in (path / "lab").rglob("*") if file.is_file())
room(used // 1024 + 60 if how == "tmpfs" else 40)
more = days(10, 8)
for act in (lambda: store.import_ticks(more), lambda: store.backup(path / "copy"), lambda: store.backup(path / "copy.zip")):
    try:
        act()
    except StoreError as error:
        print(error)
    else:
        sys.exit("it found room")
    left = [file.name for file in path.rglob("*") if file.name.endswith(".tmp") or file.name.startswith("copy")]
    assert not left, left
    assert np.array_equal(store.ticks("X").bid, first.bid)
room(1 << 20 if how == "file" else 65_536)
assert store.import_ticks(more).rows_stored == 160_000
store.backup(path / "copy.zip")
assert np.array_equal(Store.restore(path / "copy.zip", ":memory:").ticks("X").bid, np.concatenate([first.bid, more.bid]))
print("done")
"""


@pytest.mark.skipif(sys.platform != "linux", reason="limits and mounts of Linux")
@pytest.mark.parametrize(("how", "why"), [("tmpfs", "No space left"), ("file", "File too large")])
def test_a_full_disk_is_said_and_imports_take_up_when_there_is_room(tmp_path: Path, how: str, why: str) -> None:
    """A disk of a few hundred kB, in a name space of its own; and where none may be made, a limit of what a file may hold."""
    alone = ["unshare", "--user", "--map-root-user", "--mount"] if how == "tmpfs" else []
    if alone:
        probe = subprocess.run([*alone, "mount", "-t", "tmpfs", "none", str(tmp_path)], capture_output=True, check=False)
        if probe.returncode:
            pytest.skip("this system lets nobody mount a disk of their own")
    ran = subprocess.run([*alone, sys.executable, "-c", FULL, str(tmp_path), how], capture_output=True, text=True, timeout=300)
    assert ran.stdout.splitlines()[-1:] == ["done"], ran.stdout + ran.stderr
    assert ran.stdout.count(why) == 3
