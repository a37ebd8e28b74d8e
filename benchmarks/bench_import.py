"""Importing and reading, beside what others do with the same bytes: rows a second, checks, fsync and renames included.

The same quotes are written as four kinds of files. Each is imported into a fresh store and compared with what was written
before anything is timed; each timed import goes into a store of its own, and takes turns with what stands beside it. The files
lie in the system's cache, the kernels compiled on disk (warm). DuckDB and polars use all cores; an import parses on one, and
checks and writes on others meanwhile.
"""

from __future__ import annotations

import lzma
import statistics
import tempfile
import time
import zipfile
from collections.abc import Callable
from pathlib import Path

import common
import duckdb
import numpy as np
import polars as pl

import btlab as bt
from btlab.data.importers.dukascopy import TICK

ROWS, RUNS = 2_000_000, 5
HOUR, DAY = 3_600_000_000, 86_400_000_000


def main() -> None:
    at, bid, ask = common.quotes(ROWS, seed=3)
    at = at // 1000 * 1000
    with tempfile.TemporaryDirectory() as folder:
        base = Path(folder)
        sources = {
            "csv, ISO times": write_csv(base, at, bid, ask),
            "histdata": write_histdata(base, at, bid, ask),
            "lean zips": write_lean(base, at, bid, ask),
            "bi5": write_bi5(base, at, bid, ask),
        }
        rows, stores = [], {}
        for name, source in sources.items():
            stores[name] = store = bt.Store(base / f"checked {name}")
            store.import_ticks(source, symbol="EURUSD")
            check(store.ticks("EURUSD"), at, bid, ask)
            beside, said = OTHERS[name](source)
            imported, other = rates(lambda run, name=name, source=source: fresh(base / f"{name} {run}", source), beside)
            rows.append((name, f"{imported:.2f}", said, f"{other:.2f}", f"{imported / other:.2f}"))
        common.table("Import (M rows/s)", ("format", "btlab", "beside it", "M rows/s", "ratio"), rows)
        stored = stores["csv, ISO times"]
        files = [str(path) for path in stored.path.rglob("*.parquet")]
        size = sum(Path(file).stat().st_size for file in files) / ROWS
        read, plain = rates(lambda _: stored.ticks("EURUSD"), lambda _: [pl.read_parquet(file) for file in files])
        rows = [
            ("store.ticks", f"{read:.1f}"),
            ("polars, the same files as they lie", f"{plain:.1f}"),
            ("bytes a tick", f"{size:.2f}"),
        ]
        common.table("Reading all of it (M rows/s)", ("what", "figure"), rows)


def fresh(path: Path, source: Path) -> None:
    bt.Store(path).import_ticks(source, symbol="EURUSD")


def check(ticks: bt.Ticks, at: np.ndarray, bid: np.ndarray, ask: np.ndarray) -> None:
    for mine, written in ((ticks.time, at), (ticks.bid, bid), (ticks.ask, ask)):
        if not np.array_equal(mine, written):
            raise SystemExit("what was imported differs from what was written: no figure is worth anything")


def rates(*works: Callable[[int], object]) -> list[float]:
    """M rows/s of the median run of each; they take turns, so that what else the machine does meets all of them."""
    seconds = [[once(work, run) for work in works] for run in range(RUNS)]
    return [ROWS / statistics.median(column) / 1e6 for column in zip(*seconds, strict=True)]


def once(work: Callable[[int], object], run: int) -> float:
    began = time.perf_counter()
    work(run)
    return time.perf_counter() - began


def table_of(at: np.ndarray, bid: np.ndarray, ask: np.ndarray) -> pl.DataFrame:
    return pl.DataFrame({"time": pl.Series(at).cast(pl.Datetime("us")), "bid": bid, "ask": ask})


def write_csv(base: Path, at: np.ndarray, bid: np.ndarray, ask: np.ndarray) -> Path:
    table_of(at, bid, ask).write_csv(base / "ticks.csv", datetime_format="%Y-%m-%d %H:%M:%S%.3f", float_precision=5)
    return base / "ticks.csv"


def write_histdata(base: Path, at: np.ndarray, bid: np.ndarray, ask: np.ndarray) -> Path:
    table = table_of(at - 5 * HOUR, bid, ask).with_columns(pl.col("time").dt.strftime("%Y%m%d %H%M%S%3f"), volume=0)
    table.write_csv(base / "histdata.csv", include_header=False, float_precision=6, quote_style="never")
    return base / "histdata.csv"


def write_lean(base: Path, at: np.ndarray, bid: np.ndarray, ask: np.ndarray) -> Path:
    folder = base / "forex/oanda/tick/eurusd"
    folder.mkdir(parents=True)
    table = table_of(at % DAY // 1000, bid, ask).with_columns(pl.Series("time", at % DAY // 1000), day=pl.Series(at // DAY))
    for (day,), rows in table.partition_by("day", as_dict=True, include_key=False).items():
        name = f"{np.datetime64(int(day), 'D')}".replace("-", "")
        with zipfile.ZipFile(folder / f"{name}_quote.zip", "w", zipfile.ZIP_DEFLATED) as archive:
            archive.writestr(f"{name}_eurusd_tick_quote.csv", rows.write_csv(include_header=False, float_precision=5))
    return folder


def write_bi5(base: Path, at: np.ndarray, bid: np.ndarray, ask: np.ndarray) -> Path:
    records = np.zeros(len(at), TICK)
    records["ms"], records["bid"], records["ask"] = at % HOUR // 1000, np.rint(bid * 1e5), np.rint(ask * 1e5)
    records["bid_size"] = records["ask_size"] = 1.5
    starts = np.flatnonzero(np.diff(at // HOUR, prepend=-1))
    for begin, end in zip(starts, [*starts[1:], len(at)], strict=True):
        hour = np.datetime64(int(at[begin] // HOUR), "h").item()
        path = base / f"EURUSD/{hour.year}/{hour.month - 1:02d}/{hour.day:02d}/{hour.hour:02d}h_ticks.bi5"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(lzma.compress(records[begin:end].tobytes(), lzma.FORMAT_ALONE))
    return base / "EURUSD"


Beside = tuple[Callable[[int], object], str]
"""What does the same job, and its name."""


def copy_csv(source: Path) -> Beside:
    query = f"COPY (SELECT * FROM read_csv('{source}')) TO '{source.parent}/copy.parquet'"
    return lambda _: duckdb.execute(query), "DuckDB: COPY read_csv TO parquet"


def copy_histdata(source: Path) -> Beside:
    names = "{'t': 'VARCHAR', 'bid': 'DOUBLE', 'ask': 'DOUBLE', 'v': 'INTEGER'}"
    rows = f"SELECT strptime(t, '%Y%m%d %H%M%S%g') AS t, bid, ask FROM read_csv('{source}', header = false, columns = {names})"
    return lambda _: duckdb.execute(f"COPY ({rows}) TO '{source.parent}/copy.parquet'"), "DuckDB: COPY, strptime"


def copy_lean(source: Path) -> Beside:
    """DuckDB reads no zips: each is unpacked to a file that it copies."""
    table = source.parent / "unpacked.csv"

    def work(_: int) -> None:
        for path in source.iterdir():
            with zipfile.ZipFile(path) as archive:
                table.write_bytes(archive.read(archive.namelist()[0]))
            duckdb.execute(f"COPY (SELECT * FROM read_csv('{table}', header = false)) TO '{source.parent}/copy.parquet'")

    return work, "unzip, DuckDB: COPY read_csv TO parquet"


def unpack_bi5(source: Path) -> Beside:
    return lambda _: [lzma.decompress(path.read_bytes()) for path in source.rglob("*.bi5")], "bare LZMA"


OTHERS = {"csv, ISO times": copy_csv, "histdata": copy_histdata, "lean zips": copy_lean, "bi5": unpack_bi5}

if __name__ == "__main__":
    main()
