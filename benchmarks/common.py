"""What every benchmark needs: varied ticks, medians of runs that differ, and a table."""

from __future__ import annotations

import os
import platform
import statistics
import subprocess
from collections.abc import Callable, Iterable, Sequence

import numpy as np

START = 1_704_146_400_000_000  # Monday 2024-01-01 22:00 UTC
POINT = 1e5


def quotes(count: int, *, seed: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Times (µs UTC), bids and asks of EURUSD: a random walk in points with a moving spread, no time on the edge of a minute."""
    random = np.random.default_rng(seed)
    time = START + np.cumsum(random.integers(20_000, 900_000, count))
    time[time % 60_000_000 == 0] += 1
    bid = 110_000 + np.cumsum(random.choice([-2, -1, 0, 1, 2], count))
    bid = 90_000 + np.abs(bid - 90_000)
    ask = bid + random.integers(1, 20, count)
    return time, bid / POINT, ask / POINT


def median(runs: Iterable[Callable[[], float]]) -> float:
    """The middle one of the seconds that several different runs told."""
    return statistics.median(run() for run in runs)


def table(title: str, head: Sequence[str], rows: Iterable[Sequence[object]]) -> None:
    """Prints a table, and under it the machine it is true of."""
    cells = [[str(cell) for cell in row] for row in [head, *rows]]
    widths = [max(len(row[column]) for row in cells) for column in range(len(head))]
    lines = ["  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip() for row in cells]
    print(title, lines[0], "  ".join("-" * width for width in widths), *lines[1:], machine(), sep="\n", flush=True)


def machine() -> str:
    """Processor, cores and Python, in one line."""
    name = platform.processor() or platform.machine()
    if platform.system() == "Linux":
        with open("/proc/cpuinfo") as told:
            name = next((line.split(":")[1].strip() for line in told if line.startswith("model name")), name)
    elif platform.system() == "Darwin":
        name = subprocess.run(
            ["sysctl", "-n", "machdep.cpu.brand_string"], capture_output=True, text=True, check=False
        ).stdout.strip()
    return f"({name}, {os.cpu_count()} cores, Python {platform.python_version()})"
