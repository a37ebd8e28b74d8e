"""How long a person waits: for `import btlab`, and from there to the first result of a strategy written in a new cell.

Each figure is the median of seven fresh processes. Warm means that the operating system has the files and btlab's kernels lie
compiled on disk, as after any earlier run on the machine; the strategy itself is new in every process: its source differs, so
nothing of it can come from a cache. The first row of all is cold: the kernels are compiled too, into an empty folder, once.
"""

from __future__ import annotations

import os
import statistics
import subprocess
import sys
import tempfile

import common

RUNS = 7
IMPORT_SECONDS, RESULT_SECONDS = 0.5, 2.0

IMPORT = """
import time
began = time.perf_counter()
import btlab
print(time.perf_counter() - began)
"""

FIRST_RESULT = """
import time
began = time.perf_counter()
import btlab as bt

ticks = bt.simulate_ticks("EURUSD", days=2, seed={number})

CELL = '''
class Breakout(bt.Strategy):
    timeframe = "5m"
    lookback: int = {number}

    def on_bar(self, ctx):
        if ctx.position == 0 and ctx.close("5m") > ctx.highest("5m", self.lookback, back=1):
            ctx.buy(size=1_000.0, stop_loss=ctx.bid - 0.00{number}, take_profit=ctx.bid + 0.0025)
'''
exec(compile(CELL, "<cell>", "exec"))
session = bt.run(Breakout(), ticks, mode="compiled")
assert session.trades.height > 0 and len(session.metrics) > 10
print(time.perf_counter() - began)
"""


def seconds(code: str, **variables: str) -> float:
    """What a fresh process measured of itself, from its first line on."""
    environment = os.environ | variables
    environment.pop("PYTHONDONTWRITEBYTECODE", None)  # users' Python keeps what it compiled
    done = subprocess.run([sys.executable, "-c", code], env=environment, capture_output=True, text=True, check=False)
    if done.returncode:
        sys.exit(done.stderr)
    return float(done.stdout)


def main() -> int:
    """Prints the table; 1 where a figure is missed."""
    numbers = range(11, 12 + RUNS)
    with tempfile.TemporaryDirectory() as empty:
        cold = seconds(FIRST_RESULT.format(number=numbers[0]), BTLAB_CACHE=empty)
        warm = [seconds(FIRST_RESULT.format(number=number), BTLAB_CACHE=empty) for number in numbers[1:]]
    light = [seconds(IMPORT) for _ in range(RUNS)]
    rows = [
        ("import btlab", light, IMPORT_SECONDS),
        ("import to the first result of a new strategy, warm", warm, RESULT_SECONDS),
    ]
    common.table(
        f"Seconds in a fresh process, median of {RUNS} (least to most)",
        ("", "seconds", "least", "most", "wanted"),
        [
            *(
                (name, *(f"{pick(times):.3f}" for pick in (statistics.median, min, max)), f"< {most}")
                for name, times, most in rows
            ),
            ("the same, cold: every kernel compiled, once", f"{cold:.3f}", "", "", ""),
        ],
    )
    return int(any(statistics.median(times) >= most for _, times, most in rows))


if __name__ == "__main__":
    sys.exit(main())
