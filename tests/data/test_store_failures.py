"""What the store promises when a disk fails, a process dies, bytes rot, or another notebook writes too.

The counts are a tenth of those that the design asks for, with fixed seeds.
"""

from __future__ import annotations

import errno
import json
import os
import random
import shutil
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

import numpy as np
import pytest

from btlab.data.disk import Disk
from btlab.data.store import Store
from btlab.errors import BtlabWarning, DamagedError, LockedError, NewerFormatError, NotStoredError, StoreError
from btlab.market.series import Ticks

DAY = 86_400_000_000
HOUR = DAY // 24


def ticks(value: float, days: range, symbol: str = "X", each: int = 50) -> Ticks:
    """Some ticks on each of some days, all of one price."""
    time = np.concatenate([day * DAY + np.arange(each) * HOUR // 4 for day in days])
    return Ticks.from_arrays(time, np.full(len(time), value), np.full(len(time), value), symbol=symbol)


def state(path: Path, symbol: str = "X") -> list[tuple[int, float]]:
    stored = Store(path).ticks(symbol)
    return list(zip(stored.time.tolist(), stored.bid.tolist()))


class Killed(BaseException):
    """The process is gone: nothing runs after this, no clean-up either."""


class FailingDisk(Disk):
    """Fails at the k-th write, fsync or rename."""

    def __init__(self, at: int, how: str) -> None:
        super().__init__()
        self.at, self.how, self.steps, self.dead = at, how, 0, False

    def step(self) -> bool:
        if self.dead:
            raise Killed
        self.steps += 1
        if self.steps != self.at:
            return False
        if self.how in ("EIO", "ENOSPC"):
            raise OSError(getattr(errno, self.how), f"planted {self.how}")
        self.dead = True
        return True

    def write(self, path: Path, content: bytes) -> None:
        if self.step():
            if self.how == "torn":
                path.write_bytes(content[: len(content) // 2])
            raise Killed
        super().write(path, content)

    def sync(self, descriptor: int) -> None:
        if self.step():
            raise Killed
        super().sync(descriptor)

    def rename(self, old: Path, new: Path) -> None:
        if self.step():
            raise Killed
        super().rename(old, new)

    def remove(self, path: Path) -> None:
        if self.dead:
            raise Killed
        super().remove(path)


def failure(store: Store, new: Ticks) -> BaseException | None:
    """What stopped an import; None where nothing did."""
    try:
        store.import_ticks(new, overlap="replace")
    except (Killed, StoreError) as error:
        return error
    return None


@pytest.mark.parametrize("how", ["stop", "torn", "EIO", "ENOSPC"])
@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
def test_failing_at_every_step_leaves_the_state_before_or_after(tmp_path: Path, how: str) -> None:
    base = tmp_path / "base"
    Store(base).import_ticks(ticks(1.0, range(4)))
    before, new = state(base), ticks(2.0, range(1, 6))
    done = tmp_path / "done"
    shutil.copytree(base, done)
    Store(done).import_ticks(new, overlap="replace")
    after, outcomes, at = state(done), set(), 0
    while True:
        at += 1
        path = tmp_path / f"{how}{at}"
        shutil.copytree(base, path)
        store = Store(path)
        store._home.disk = FailingDisk(at, how)
        error = failure(store, new)
        if error is None:
            break
        reported = how in ("EIO", "ENOSPC")
        assert isinstance(error, StoreError if reported else Killed)
        assert not reported or f"planted {how}" in str(error)
        now = state(path)
        assert now in (before, after), at
        outcomes.add(now == after)
        if reported and now == before:
            left = {p.name for p in path.rglob("*.parquet")} | {p.name for p in path.rglob("*.tmp")}
            named = json.loads((path / "symbols/X/manifest.json").read_text())["body"]["feeds"]["default"]["segments"]
            assert left == {segment["file"] for segment in named}
        Store(path).import_ticks(new, overlap="replace")
        assert state(path) == after
        assert not list(path.rglob("*.tmp"))
        shutil.rmtree(path)
    assert at > 15, "every write, fsync and rename was met"
    assert outcomes == {True, False}


def test_what_a_killed_import_had_written_is_used_by_the_next(tmp_path: Path) -> None:
    new = ticks(1.0, range(4))
    store = Store(tmp_path)
    store._home.disk = FailingDisk(2 + 4 + 4 * 4 + 3, "stop")
    assert isinstance(failure(store, new), Killed)
    staged = {p: p.stat().st_mtime_ns for p in tmp_path.rglob("*.parquet")}
    assert len(staged) >= 3
    assert Store(tmp_path).import_ticks(new).rows_stored == 200
    kept = {p: p.stat().st_mtime_ns for p in tmp_path.rglob("*.parquet")}
    assert staged.items() <= kept.items()
    assert len(kept) == 4


WRITER = """
import sys
from pathlib import Path
import numpy as np
from btlab.data.store import Store
from btlab.market.series import Ticks
store, first, step = Store(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3])
for day in range(first, int(sys.argv[4]), step):
    time = day * 86_400_000_000 + np.arange(20_000) * 1_000_000
    price = np.full(len(time), day + 1.0)
    store.import_ticks(Ticks.from_arrays(time, price, price, symbol="X"))
    print(day, flush=True)
"""


NURSERY = """
import os
import polars
def write():
    for line in sys.stdin:
        child = os.fork()
        if not child:
            sys.argv[1:] = [line.strip(), "0", "1", "10000"]
            return
        print("born", child, flush=True)
        os.waitpid(child, 0)
        print("gone", flush=True)
    sys.exit()
write()
"""
"""Forks writers, each in a store of its own: a new process for each kill, without waiting for its imports."""


def writer(path: Path, first: int, step: int, last: int) -> subprocess.Popen[str]:
    arguments = [sys.executable, "-c", WRITER, str(path), str(first), str(step), str(last)]
    return subprocess.Popen(arguments, stdout=subprocess.PIPE, text=True)


def whole_days(path: Path) -> set[int]:
    """The days that are there; each must be there whole."""
    try:
        stored = Store(path).ticks("X")
    except NotStoredError:
        return set()
    days, counts = np.unique(stored.time // DAY, return_counts=True)
    assert (counts == 20_000).all()
    assert np.array_equal(stored.bid, stored.time // DAY + 1.0)
    return set(days.tolist())


@pytest.mark.skipif(not hasattr(os, "fork"), reason="forks the processes that it kills")
def test_a_process_killed_at_any_time_loses_nothing_acknowledged(tmp_path: Path) -> None:
    draw = random.Random(11)
    imports, run = WRITER.split("store, first", 1)
    code = imports + NURSERY + "store, first" + run
    with subprocess.Popen([sys.executable, "-c", code], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as nursery:
        assert nursery.stdin is not None
        assert nursery.stdout is not None
        for trial in range(20):
            path = tmp_path / str(trial)
            nursery.stdin.write(f"{path}\n")
            nursery.stdin.flush()
            lines = [nursery.stdout.readline().split() for _ in range(draw.randrange(2, 5))]
            time.sleep(draw.random() * 0.02)
            os.kill(next(int(line[1]) for line in lines if line[0] == "born"), signal.SIGKILL)
            while lines[-1] != ["gone"]:
                lines.append(nursery.stdout.readline().split())
            acknowledged = {int(line[0]) for line in lines if len(line) == 1 and line[0] != "gone"}
            assert acknowledged <= whole_days(path) <= {*acknowledged, len(acknowledged)}
            began = time.perf_counter()
            Store(path).import_ticks(ticks(7.0, range(20_000, 20_001), each=5))
            assert time.perf_counter() - began < 1
        nursery.stdin.close()


def test_two_processes_interleave_and_lose_nothing(tmp_path: Path) -> None:
    children = [writer(tmp_path, k, 2, 20) for k in range(2)]
    assert [child.wait(60) for child in children] == [0, 0]
    for child in children:
        assert child.stdout is not None
        child.stdout.close()
    assert whole_days(tmp_path) == set(range(20))
    assert json.loads((tmp_path / "symbols/X/manifest.json").read_text())["body"]["generation"] == 20


def test_a_lock_names_its_holder_and_dies_with_it(tmp_path: Path) -> None:
    Store(tmp_path).import_ticks(ticks(1.0, range(1)))
    code = (
        "import sys, time; from pathlib import Path; from btlab.data.lock import writing\n"
        "with writing(Path(sys.argv[1]), 'X', 1): print('held', flush=True); time.sleep(60)"
    )
    arguments = [sys.executable, "-c", code, str(tmp_path / "symbols/X")]
    with subprocess.Popen(arguments, stdout=subprocess.PIPE, text=True) as child:
        assert child.stdout is not None
        assert child.stdout.readline() == "held\n"
        store = Store(tmp_path)
        store._home.patience = 0.1
        with pytest.raises(LockedError, match=f"process {child.pid} on ") as caught:
            store.import_ticks(ticks(2.0, range(1, 2)))
        assert caught.value.code == "store.locked"
        assert len(store.ticks("X")) == 50, "readers do not wait"
        assert store.import_ticks(ticks(2.0, range(1, 2), symbol="Y")).rows_stored == 50, "other symbols do not wait"
        child.kill()
        child.wait()
        began = time.perf_counter()
        store._home.patience = 2.0
        assert store.import_ticks(ticks(2.0, range(1, 2))).rows_stored == 50
        assert time.perf_counter() - began < 2


def test_readers_see_one_generation_while_another_replaces(tmp_path: Path) -> None:
    store = Store(tmp_path)
    store._home.disk.durable = False
    store.import_ticks(ticks(1.0, range(6)))
    over, seen, wrong = threading.Event(), set[float](), list[object]()

    def read() -> None:
        while not over.is_set():
            try:
                prices = np.unique(Store(tmp_path).ticks("X").bid)
                assert len(prices) == 1, prices
                seen.add(float(prices[0]))
            except BaseException as error:
                wrong.append(error)
                return

    readers = [threading.Thread(target=read) for _ in range(2)]
    for reader in readers:
        reader.start()
    for value in range(2, 42):
        store.import_ticks(ticks(float(value), range(6)), overlap="replace")
    over.set()
    for reader in readers:
        reader.join()
    assert wrong == []
    assert len(seen) > 3
    assert len(list(tmp_path.rglob("*.parquet"))) == 6, "what was replaced is gone"


@pytest.fixture
def two_symbols(tmp_path: Path) -> Path:
    rng = np.random.default_rng(0)
    for symbol in ("X", "Y"):
        time = np.sort(rng.integers(0, 3 * DAY, 3000))
        bid = rng.integers(10**5, 2 * 10**5, 3000) / 1e5
        Store(tmp_path).import_ticks(Ticks.from_arrays(time, bid, bid + 1, symbol=symbol, bid_size=bid, ask_size=bid))
    return tmp_path


def test_damage_in_any_file_is_found_or_harmless(two_symbols: Path) -> None:
    """65 flipped bytes, cuts and zeroed pages: a typed error that names the file, or the right data; never a silent lie."""
    right = {symbol: Store(two_symbols).ticks(symbol).to_polars() for symbol in ("X", "Y")}
    files = sorted(p for p in two_symbols.rglob("*") if p.suffix in (".parquet", ".json"))
    assert len(files) == 9
    draw, found = random.Random(3), 0
    for trial in range(65):
        path = files[trial % len(files)]
        good = path.read_bytes()
        at = draw.randrange(len(good))
        bad = bytearray(good)
        if trial % 5 == 3:
            del bad[at:]
        elif trial % 5 == 4:
            bad[at : at + 512] = bytes(len(bad[at : at + 512]))
        else:
            bad[at] ^= 1 << draw.randrange(8)
        path.write_bytes(bad)
        for symbol in ("X", "Y"):
            own = f"/{symbol}/" in path.as_posix() or path.name == "store.json"
            try:
                read = Store(two_symbols).ticks(symbol).to_polars()
            except (BtlabWarning, DamagedError, NewerFormatError) as error:
                named = own and str(path) in str(error)
                read, found = right[symbol] if named else None, found + 1
            assert read is not None, "the error names the file, and the other symbol is not touched"
            assert read.equals(right[symbol]), (path, at)
        path.write_bytes(good)
    assert found >= 50


def test_a_damaged_day_leaves_the_others_and_is_replaced_by_its_file(tmp_path: Path) -> None:
    store, all_days = Store(tmp_path), ticks(1.5, range(4))
    store.import_ticks(all_days)
    day = next(tmp_path.rglob("1970-01-03.*.parquet"))
    day.write_bytes(day.read_bytes()[:-1] + b"x")
    with pytest.raises(DamagedError, match=r"ticks of 'X' from 1970-01-03 00:00:00 to 1970-01-03 12:15:00 are damaged") as caught:
        store.ticks("X")
    assert caught.value.details["file"] == str(day)
    assert len(store.ticks("X", "1970-01-01", "1970-01-03")) == len(store.ticks("X", "1970-01-04")) * 2 == 100
    assert store.import_ticks(all_days, overlap="replace").rows_stored == 200
    assert state(tmp_path) == list(zip(all_days.time.tolist(), all_days.bid.tolist()))
    next(tmp_path.rglob("1970-01-02.*.parquet")).unlink()
    with pytest.raises(DamagedError, match="the file is gone"):
        store.ticks("X")


def test_a_damaged_manifest_stops_its_symbol_alone(two_symbols: Path) -> None:
    path = two_symbols / "symbols/X/manifest.json"
    path.write_text(path.read_text().replace('"rows": ', '"rows": 1', 1))
    store = Store(two_symbols)
    with pytest.raises(DamagedError, match=r"the manifest of 'X' is damaged"):
        store.ticks("X")
    with pytest.raises(DamagedError):
        store.import_ticks(ticks(1.0, range(10, 11)))
    with pytest.warns(BtlabWarning, match="'X' is damaged"):
        assert store.symbols()["symbol"].to_list() == ["Y"]


def test_a_newer_format_is_refused(two_symbols: Path) -> None:
    path = two_symbols / "symbols/X/manifest.json"
    path.write_text(path.read_text().replace('"format": 2', '"format": 3'))
    with pytest.raises(NewerFormatError, match="is of format 3, this btlab reads up to 2; update btlab"):
        Store(two_symbols).ticks("X")
    (two_symbols / "store.json").write_text('{"format": 3}')
    with pytest.raises(NewerFormatError):
        Store(two_symbols)


def test_a_folder_that_cannot_be_written(tmp_path: Path) -> None:
    (tmp_path / "lab").mkdir()
    (tmp_path / "lab/symbols").write_text("in the way")
    with pytest.raises(StoreError, match="cannot be written"):
        Store(tmp_path / "lab").import_ticks(ticks(1.0, range(1)))
