"""The memory that an import of a file far larger than itself takes: CSV of 0.5 and 5 GB, as they come and sorted.

Each import runs in a process of its own, which says its greatest resident size; a process that only imports the libraries
stands beside it. What was stored is counted, and its first and last ticks are compared with what was written.

    python benchmarks/bench_memory.py [GB ...]
"""

from __future__ import annotations

import subprocess
import sys
import tempfile
import time
from pathlib import Path

import common
import numpy as np
import polars as pl

MOST_GB = 1.0
SIZES_GB = (0.5, 5.0)
CHUNK = 4_000_000
CHILD = """
import resource, sys, time
import btlab as bt
source, store, sort, rows = sys.argv[1], sys.argv[2], sys.argv[3] == "sort", int(sys.argv[4])
began = time.perf_counter()
report = bt.Store(store).import_ticks(source, symbol="EURUSD", sort=sort, progress=False)
assert report.rows_stored == report.rows_read == rows, report
print(time.perf_counter() - began, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss, report.first, report.last, sep="|")
"""
BARE = "import resource, btlab as bt; bt.Store(':memory:').import_ticks; import polars, btlab.data.kernels.parse; \
print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss)"


def write(path: Path, gigabytes: float) -> tuple[int, int, int]:
    """A CSV of at least so many bytes, a walk that goes on from chunk to chunk: rows, first and last time (µs)."""
    rows, first, last, seed = 0, 0, common.START, 0
    with open(path, "wb") as file:
        while file.tell() < gigabytes * 1e9:
            at, bid, ask = common.quotes(CHUNK, seed=seed)
            at = (at - at[0] + last) // 1000 * 1000 + 1_000_000
            table = pl.DataFrame({"time": pl.Series(at).cast(pl.Datetime("us")), "bid": bid, "ask": ask})
            table.write_csv(file, include_header=rows == 0, datetime_format="%Y-%m-%d %H:%M:%S%.3f", float_precision=5)
            first, last, rows, seed = first or int(at[0]), int(at[-1]), rows + CHUNK, seed + 1
    return rows, first, last


def child(code: str, *arguments: object) -> list[str]:
    done = subprocess.run([sys.executable, "-c", code, *map(str, arguments)], capture_output=True, text=True, check=False)
    if done.returncode:
        raise SystemExit(done.stderr)
    return done.stdout.strip().split("|")


def gigabytes_of(ru_maxrss: str) -> float:
    """What the system counts in kB (on macOS in bytes)."""
    return int(ru_maxrss) * (1 if sys.platform == "darwin" else 1024) / 1e9


def main() -> int:
    """Prints the table; 1 where an import took more than is allowed."""
    sizes = [float(size) for size in sys.argv[1:]] or SIZES_GB
    most, (bare,) = 0.0, child(BARE)
    lines = [("the libraries alone", "", "", f"{gigabytes_of(bare):.2f} GB", "")]
    for size in sizes:
        with tempfile.TemporaryDirectory() as folder:
            source = Path(folder) / "ticks.csv"
            began = time.perf_counter()
            rows, *span = write(source, size)
            print(f"wrote {source.stat().st_size / 1e9:.1f} GB in {time.perf_counter() - began:.0f} s", file=sys.stderr)
            for way in ("as they come", "sort"):
                seconds, peak, *told = child(CHILD, source, Path(folder) / way, way, rows)
                stored = [np.datetime64(text[:26].replace("+00:00", ""), "us").astype(int) for text in told]
                if stored != span:
                    raise SystemExit(f"stored {told}, wrote {span}: no figure is worth anything")
                most = max(most, gigabytes_of(peak))
                rate = f"{rows / float(seconds) / 1e6:.2f} M rows/s"
                lines.append((f"CSV of {size:g} GB, {way}", f"{rows:,}", rate, f"{gigabytes_of(peak):.2f} GB", f"{MOST_GB:g} GB"))
    common.table("Greatest resident size of an import", ("what", "rows", "rate", "memory", "at most"), lines)
    return int(most > MOST_GB)


if __name__ == "__main__":
    sys.exit(main())
