"""Killed processes, and two at once: nothing acknowledged is lost, nobody sees half, and whoever waits hears for whom."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
from pathlib import Path

import numpy as np
import pytest

from btlab.data.store import Store
from btlab.errors import LockedError
from tests.data.harness import interleave, kill_imports, opened, ticks


@pytest.mark.skipif(not hasattr(os, "fork"), reason="forks the processes that it kills")
def test_a_process_killed_at_any_time_loses_nothing_acknowledged(tmp_path: Path) -> None:
    kill_imports(tmp_path, 20, seed=11)


@pytest.mark.skipif(os.name == "nt", reason="kills with a signal")
def test_two_processes_interleave_and_lose_nothing_though_one_is_killed(tmp_path: Path) -> None:
    interleave(tmp_path, 20, kills=1)


def test_a_lock_names_its_holder_and_dies_with_it(tmp_path: Path) -> None:
    opened(tmp_path).import_ticks(ticks(1.0, range(1)))
    code = (
        "import sys, time; from pathlib import Path; from btlab.data.files.lock import writing\n"
        "with writing(Path(sys.argv[1]), 'X', 1): print('held', flush=True); time.sleep(600)"
    )
    arguments = [sys.executable, "-c", code, str(tmp_path / "symbols/X")]
    with subprocess.Popen(arguments, stdout=subprocess.PIPE, text=True) as child:
        assert child.stdout is not None
        assert child.stdout.readline() == "held\n"
        store = opened(tmp_path)
        store._home.patience = 0.1
        with pytest.raises(LockedError, match=f"process {child.pid} on ") as caught:
            store.import_ticks(ticks(2.0, range(1, 2)))
        assert caught.value.code == "store.locked"
        assert len(store.ticks("X")) == 50, "readers do not wait"
        assert store.import_ticks(ticks(2.0, range(1, 2), symbol="Y")).rows_stored == 50, "other symbols do not wait"
        assert f"process {child.pid}" in store.compact().skipped["X"], "nor does upkeep stop at one symbol"
        child.kill()
        child.wait()
        assert store.import_ticks(ticks(2.0, range(1, 2))).rows_stored == 50, "the lock went with its holder"


def test_readers_see_one_generation_while_others_write_and_tidy(tmp_path: Path) -> None:
    store = opened(tmp_path)
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

    def tidy() -> None:
        while not over.is_set():
            try:
                opened(tmp_path).compact()
                assert opened(tmp_path).doctor().ok
            except BaseException as error:
                wrong.append(error)
                return

    others = [threading.Thread(target=work) for work in (read, read, tidy)]
    for other in others:
        other.start()
    for value in range(2, 2_000):
        store.import_ticks(ticks(float(value), range(6)), overlap="replace")
        if wrong or (value > 40 and len(seen) > 3):
            break
    over.set()
    for other in others:
        other.join()
    assert wrong == []
    assert len(seen) > 3
    store.compact()
    assert len(list((tmp_path / "symbols").rglob("*.parquet"))) == 6, "what was replaced is gone"
