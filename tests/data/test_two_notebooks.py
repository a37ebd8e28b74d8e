"""Two notebooks at once: one process imports while two others read and query the same store, in loops."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

from btlab.data.store import Store

COMMON = """
import json, os, sys, time
from pathlib import Path
import numpy as np
from btlab.data.reading import ticks as reading
from btlab.data.cache import bars
from btlab.data.store import Store
from btlab.market.series import Ticks
reading._WORTH_KEEPING = bars._WORTH_KEEPING = 1  # small files are mapped too
DAY, EACH, GENERATIONS = 86_400_000_000, 400, 40
path, store = sys.argv[1], Store(sys.argv[1])
days_of = lambda generation: 2 + generation // 8
STOPS = 10, 20, 30
"""

WRITER = (
    COMMON
    + """
store._home.disk.durable = False  # as many generations as the processor makes, not the disk
for generation in range(1, GENERATIONS + 1):
    time_ = np.concatenate([day * DAY + 1 + np.arange(EACH) * (DAY // EACH) for day in range(days_of(generation))])
    price = np.full(len(time_), generation / 1000)
    store.import_ticks(Ticks.from_arrays(time_, price, price, symbol="X"), overlap="replace")
    if generation == 1:
        print("ready", flush=True)
        sys.stdin.readline()
    for _ in range(20_000 if generation in STOPS else 0):  # until both have come as far, however slow they are
        if sum(1 for _ in Path(path).parent.glob(f"saw-{generation}-*")) == 2:
            break
        time.sleep(0.005)
    time.sleep(0.03)
"""
)

READER = (
    COMMON
    + """
seen, slowest, turns = [], 0.0, 0
def look(how):
    global slowest
    began = time.monotonic()
    if how == 0:
        ticks = store.ticks("X")
        rows, prices = len(ticks), np.unique(np.concatenate([ticks.bid, ticks.ask]))
    elif how == 1:
        hours = store.bars("X", "1h")
        rows, prices = len(hours), np.unique(np.concatenate([hours.open, hours.high, hours.low, hours.close]))
    else:
        rows, low, high = store.sql("SELECT count(*), min(bid), max(ask) FROM ticks").row(0)
        prices = np.unique([low, high])
    slowest = max(slowest, time.monotonic() - began)
    assert len(prices) == 1, f"half of one generation, half of another: {prices}"
    generation = round(prices[0] * 1000)
    wanted = days_of(generation) * (24 if how == 1 else EACH)
    assert rows == wanted, f"{rows} rows of generation {generation}, which has {wanted}"
    return generation
assert [look(how) for how in range(3)] == [1] * 3
print("ready", flush=True)
sys.stdin.readline()
slowest = 0.0
while not seen or seen[-1] < GENERATIONS:
    generation = look(turns % 3)
    assert not seen or generation >= seen[-1], "an older generation came back"
    if not seen or generation != seen[-1]:
        seen.append(generation)
        for stop in STOPS:
            if generation >= stop:
                (Path(path).parent / f"saw-{stop}-{os.getpid()}").touch()
    turns += 1
assert [look(how) for how in range(3)] == [GENERATIONS] * 3
print(json.dumps({"seen": len(seen), "turns": turns, "slowest": slowest}))
"""
)


def wait_for(process: subprocess.Popen[str]) -> None:
    assert process.stdout is not None
    assert process.stdout.readline() == "ready\n", process.communicate()


def test_readers_see_whole_generations_while_another_process_imports(tmp_path: Path) -> None:
    processes: list[subprocess.Popen[str]] = []
    for script in (WRITER, READER, READER):
        process = subprocess.Popen(
            [sys.executable, "-c", script, str(tmp_path / "lab")],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        processes.append(process)
        if script is WRITER:
            wait_for(process)
    for process in processes[1:]:
        wait_for(process)
    for process in reversed(processes):
        assert process.stdin is not None
        process.stdin.write("go\n")
        process.stdin.flush()
    told = [process.communicate(timeout=300) for process in processes]
    assert [process.returncode for process in processes] == [0, 0, 0], [err for _, err in told]
    for out, _ in told[1:]:
        figures = json.loads(out)
        assert figures["seen"] >= 3, "it read while the other wrote"
        assert figures["slowest"] < 15, "nobody waits long"
    assert len(Store(tmp_path / "lab").ticks("X")) == 7 * 400
