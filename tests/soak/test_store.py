"""The store under failure: the full counts of what `tests/data` does a tenth of."""

from __future__ import annotations

import os
import shutil
import threading
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from btlab.data.store import Store
from tests.data.harness import HOW, MODES, interleave, kill_imports, opened, state, ticks
from tests.data.rot import rot
from tests.data.test_faults import at_every_step, told

Record = Callable[[str, object], None]

pytestmark = pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")


@pytest.mark.skipif(not hasattr(os, "fork"), reason="forks the processes that it kills")
def test_kills(tmp_path: Path, seed: int, record_property: Record) -> None:
    """kill -9 of an import at random times: 0 lost, 0 torn, 0 double."""
    longest = kill_imports(tmp_path, 200, seed)
    record_property("kills", f"200, of imports that {', '.join(MODES)}")
    record_property("longest reopening", f"{longest:.2f} s")
    assert longest < 1


@pytest.mark.parametrize("how", HOW)
def test_steps(tmp_path: Path, how: str, record_property: Record) -> None:
    """Failing at every write, fsync and rename of one import of twelve days: the state before or after."""
    base, new = tmp_path / "base", ticks(2.0, range(3, 15))
    opened(base).import_ticks(ticks(1.0, range(8)))
    before, done = state(base), tmp_path / "done"
    shutil.copytree(base, done)
    opened(done).import_ticks(new, overlap="replace")
    after, steps = state(done), 0
    for path, error in at_every_step(base, tmp_path, how, lambda store: store.import_ticks(new, overlap="replace")):
        assert told(error, how)
        assert state(path) in (before, after)
        assert Store(path).doctor().ok
        opened(path).import_ticks(new, overlap="replace")
        assert state(path) == after
        steps += 1
    record_property(how, f"{steps} steps")


def test_rot(tmp_path: Path, seed: int, record_property: Record) -> None:
    """Bit flips, truncations, zeroed pages in every file of a store: typed error or right data, repaired."""
    outcomes = rot(tmp_path, 650, seed)
    record_property("damaged", 650)
    for outcome, count in sorted(outcomes.items()):
        record_property(outcome, count)


@pytest.mark.skipif(os.name == "nt", reason="kills with a signal")
def test_two_processes(tmp_path: Path, record_property: Record) -> None:
    """Two processes on one store, interleaved, one killed holding the lock: nothing lost."""
    longest = interleave(tmp_path, 200, kills=5)
    record_property("writes", 200)
    record_property("kills", 5)
    record_property("longest takeover", f"{longest:.2f} s")
    assert longest < 2


def test_readers(tmp_path: Path, record_property: Record) -> None:
    """Two readers and a tidier while another replaces everything: one generation, always."""
    store = opened(tmp_path)
    store.import_ticks(ticks(1.0, range(6)))
    over, wrong, reads = threading.Event(), list[BaseException](), [0, 0]

    def again(work: Callable[[], None]) -> None:
        while not over.is_set():
            try:
                work()
            except BaseException as error:
                wrong.append(error)
                return

    def read(number: int) -> None:
        assert len(np.unique(Store(tmp_path).ticks("X").bid)) == 1
        reads[number] += 1

    works = [lambda: read(0), lambda: read(1), lambda: opened(tmp_path).compact() and None]
    others = [threading.Thread(target=again, args=[work]) for work in works]
    for other in others:
        other.start()
    for value in range(2, 1002):
        store.import_ticks(ticks(float(value), range(6)), overlap="replace")
    over.set()
    for other in others:
        other.join()
    assert wrong == []
    record_property("replacements", 1000)
    record_property("readings", sum(reads))
