"""Failing disks, killed processes, rotten bytes: what the tests of the store and, with greater counts, `make soak` share."""

from __future__ import annotations

import errno
import json
import os
import random
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import Thread
from typing import IO, BinaryIO

import numpy as np

from btlab.data.files.disk import Disk
from btlab.data.store import Store
from btlab.errors import NotStoredError
from btlab.market.series import Ticks

DAY = 86_400_000_000
HOUR = DAY // 24
HOW = ("stop", "torn", "EIO", "ENOSPC")


def ticks(value: float, days: range, symbol: str = "X", each: int = 50) -> Ticks:
    """Some ticks on each of some days, all of one price."""
    time = np.concatenate([day * DAY + np.arange(each) * HOUR // 4 for day in days])
    return Ticks.from_arrays(time, np.full(len(time), value), np.full(len(time), value), symbol=symbol)


def state(path: Path, symbol: str = "X") -> list[tuple[int, float]]:
    """All ticks of a symbol, as a new process would see them."""
    try:
        stored = Store(path).ticks(symbol)
    except NotStoredError:
        return []
    return list(zip(stored.time.tolist(), stored.bid.tolist()))


# Disks that fail


class Killed(BaseException):
    """The process is gone: nothing runs after this, no clean-up either."""


class FailingDisk(Disk):
    """Fails at the k-th write, fsync or rename.

    Args:
        at: the step. how: "stop" and "torn" end the process there, the latter in the middle of a write; else the error.
    """

    def __init__(self, at: int, how: str) -> None:
        super().__init__()
        self.at, self.how, self.steps, self.dead = at, how, 0, False

    @property
    def met(self) -> bool:
        """It came to the step."""
        return self.steps >= self.at

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

    @contextmanager
    def file(self, path: Path) -> Iterator[BinaryIO]:
        if self.dead:
            raise Killed
        with super().file(path) as file:
            yield Failing(file, self)  # type: ignore[misc]

    def sync(self, descriptor: int) -> None:
        if self.step():
            raise Killed

    def rename(self, old: Path, new: Path) -> None:
        if self.step():
            raise Killed
        super().rename(old, new)

    def remove(self, path: Path) -> None:
        if self.dead:
            raise Killed
        super().remove(path)


class Failing:
    """A file whose writes are steps of a failing disk."""

    def __init__(self, file: BinaryIO, disk: FailingDisk) -> None:
        self._file, self._disk = file, disk

    def write(self, content: bytes) -> int:
        if self._disk.step():
            if self._disk.how == "torn":
                self._file.write(content[: len(content) // 2])
            raise Killed
        return self._file.write(content)

    def __getattr__(self, name: str) -> object:
        return getattr(self._file, name)


def opened(path: Path, disk: Disk | None = None) -> Store:
    """A store on a disk; without one, a store that does not wait for the disk."""
    store = Store(path)
    store._home.disk = Disk(durable=False) if disk is None else disk
    return store


# Processes that are killed

ROWS = 20_000
WRITER = """
import sys
from pathlib import Path
from threading import Thread
from time import sleep
import numpy as np
from btlab.data.store import Store
from btlab.market.series import Ticks
import btlab.data.kernels.check, btlab.data.kernels.points, polars
store, mode, numbers = Store(sys.argv[1]), sys.argv[2], sys.argv[3:]
enough = []
if not numbers:
    print(-1, flush=True)
    numbers = sys.stdin.readline().split()
    Thread(target=lambda: enough.append(sys.stdin.read()), daemon=True).start()
for number in range(*map(int, numbers)):
    if len(sys.argv) == 3:
        sleep(0.02)  # others look every 20 ms whether they may: without a pause of ours they seldom find it so
    if enough:
        break
    day, half = (number // 2, number % 2) if mode == "compact" else (0 if mode == "replace" else number, 0)
    time = day * 86_400_000_000 + (half * 20_000 + np.arange(20_000)) * 1_000_000
    price = np.full(len(time), number + 1.0)
    overlap = "replace" if mode == "replace" else "refuse"
    store.import_ticks(Ticks.from_arrays(time, price, price, symbol="X"), overlap=overlap)
    if mode == "compact":
        store.compact()
    print(number, flush=True)
"""
"""Appends days, replaces one day again and again, or appends half days and compacts; says the number of each that is done.
Without numbers it says when it is ready to be told them, and goes on until its input ends."""

NURSERY = """
import os
def write():
    for line in sys.stdin:
        child = os.fork()
        if not child:
            path, mode = line.rstrip("\\n").rsplit(" ", 1)
            sys.argv[1:] = [path, mode, "0", "10000", "1"]
            return
        print("born", child, flush=True)
        os.waitpid(child, 0)
        print("gone", flush=True)
    sys.exit()
write()
"""
"""Forks writers, each in a store of its own: a new process for each kill, without waiting for its imports."""

MODES = ("append", "replace", "compact")


def whole(path: Path) -> set[int]:
    """The numbers of the imports that can be seen; each must be there whole, once, and in order."""
    try:
        stored = Store(path, cache_bytes=0).ticks("X")
    except NotStoredError:
        return set()
    assert (np.diff(stored.time) > 0).all()
    prices, counts = np.unique(stored.bid, return_counts=True)
    assert (counts == ROWS).all(), counts
    return {int(price) - 1 for price in prices}


def kill_imports(folder: Path, trials: int, seed: int) -> float:
    """Kill an import, `trials` times, at random; each must leave what was acknowledged, and the next one whole or not at all.

    Returns:
        The longest time, in seconds, until a store was open again, read and written.
    """
    draw, longest, after = random.Random(seed), 0.0, ticks(7.0, range(20_000, 20_001), each=5)
    Store(":memory:").import_ticks(after)
    imports, run = WRITER.split("store, mode", 1)
    code = imports + NURSERY + "store, mode" + run
    with subprocess.Popen([sys.executable, "-c", code], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as nursery:
        assert nursery.stdin is not None
        assert nursery.stdout is not None
        for trial in range(trials):
            path, mode = folder / str(trial), MODES[trial % len(MODES)]
            nursery.stdin.write(f"{path} {mode}\n")
            nursery.stdin.flush()
            lines = [_words(nursery.stdout) for _ in range(draw.randrange(2, 6))]
            while not any(line[0] == "born" for line in lines):
                lines.append(_words(nursery.stdout))
            time.sleep(draw.random() * 0.03)
            os.kill(next(int(line[1]) for line in lines if line[0] == "born"), signal.SIGKILL)
            while lines[-1] != ["gone"]:
                lines.append(_words(nursery.stdout))
            done = [int(line[0]) for line in lines if len(line) == 1 and line[0] != "gone"]
            began = time.perf_counter()
            there = whole(path)
            if mode == "replace":
                assert there in ({done[-1]} if done else set(), {len(done)}), (trial, done, there)
            else:
                assert set(done) <= there <= {*done, len(done)}, (trial, done, there)
            Store(path).import_ticks(after)
            longest = max(longest, time.perf_counter() - began)
            assert Store(path).doctor().ok
        nursery.stdin.close()
    return longest


def _words(lines: IO[str]) -> list[str]:
    line = lines.readline()
    assert line, "the nursery has ended"
    return line.split()


def interleave(path: Path, count: int, kills: int) -> float:
    """Two processes import into one symbol in turn; one is killed while it holds the lock, and begun again.

    The other one goes on for as long as the kills take, and until it has written its share of `count` imports.

    Returns:
        The longest time, in seconds, until the other one had finished an import after a kill.
    """
    writers = [Listener(path) for _ in range(kills + 2)]
    for one in writers:
        one.wait_for(lambda one: bool(one.said))
    other, *victims, last = writers
    longest = 0.0
    other.tell(f"0 {_ENDLESS} 2")
    for victim in victims:
        victim.tell(f"{_next(path)} {_ENDLESS} 2")
        victim.wait_for(lambda one: _holder(path) == one.process.pid)
        victim.process.kill()
        killed = time.perf_counter()
        other.wait_for(lambda one, since=killed: one.said[-1][0] > since)
        longest = max(longest, next(when for when, _ in other.said if when > killed) - killed)
        victim.join()
    last.tell(f"{_next(path)} {_ENDLESS} 2")
    for one in (last, other):
        one.wait_for(lambda one: len(one.said) > count // 2 or (one is last and len(one.said) > 2))
        one.enough()
        one.join()
    for one in victims:
        one.enough()
    assert [one.process.returncode for one in writers] == [0, *[-signal.SIGKILL] * kills, 0]
    acknowledged = {number for one in writers for _, number in one.said} - {-1}
    there = whole(path)
    assert acknowledged <= there
    assert len(there - acknowledged) <= kills, "seen, though nobody had it to write"
    for odd in (0, 1):
        mine = sorted(number for number in there if number % 2 == odd)
        assert mine == list(range(odd, odd + 2 * len(mine), 2)), "one is lost between others"
    assert len(there) >= count // 2 + 2
    generation = json.loads((path / "symbols/X/manifest.json").read_text())["body"]["generation"]
    assert generation == len(there)
    return longest


_ENDLESS = 20_000


def _next(path: Path) -> int:
    """The first odd number that is not there."""
    return max((number for number in whole(path) if number % 2), default=-1) + 2


class Listener(Thread):
    """A process that imports, and what it says, and when."""

    def __init__(self, path: Path) -> None:
        super().__init__()
        arguments = [sys.executable, "-c", WRITER, str(path), "append"]
        self.process = subprocess.Popen(arguments, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        self.said = list[tuple[float, int]]()
        self.start()

    def run(self) -> None:
        assert self.process.stdout is not None
        with self.process.stdout as lines:
            for line in lines:
                self.said.append((time.perf_counter(), int(line)))
        self.process.wait()

    def tell(self, numbers: str) -> None:
        assert self.process.stdin is not None
        self.process.stdin.write(numbers + "\n")
        self.process.stdin.flush()

    def enough(self) -> None:
        """End its input: it finishes the import it is at, and ends."""
        assert self.process.stdin is not None
        self.process.stdin.close()

    def wait_for(self, until: Callable[[Listener], bool]) -> None:
        deadline = time.monotonic() + 300
        while not until(self):
            assert time.monotonic() < deadline, "it hangs"
            assert self.process.poll() is None, "it has finished before it could be met"
            time.sleep(0.0005)


def _holder(path: Path) -> int | None:
    """The process that says it is writing."""
    try:
        return int(json.loads((path / "symbols/X/holder.json").read_text())["process"])
    except (OSError, ValueError):
        return None
