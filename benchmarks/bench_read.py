"""Reading: ranges of ticks to arrays, bars and queries, beside polars and DuckDB in one run, one after the other in turns.

A year of EURUSD quotes is made, stored, and written a second time as plain Parquet (time, bid, ask; zstd), which is what the
others read where they are asked for prices; the first table also has them read btlab's own files as they lie, without making
prices of what they hold. Answers are compared before anything is timed. All files lie in the system's cache; "files": without
btlab's caches, "mapped": with its hot cache; the kernels are compiled (warm).
"""

from __future__ import annotations

import sys
import tempfile
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path

import common
import duckdb
import numpy as np
import polars as pl

import btlab as bt
from btlab.data.cache.background import background

ROWS, WEEKS, RUNS = 24_000_000, 52, 7
DAY = 86_400_000_000
HOT = 100.0
Work = Callable[[], object]


def year(seed: int) -> bt.Ticks:
    """Quotes of the Tuesdays to Saturdays of a year, as many each day: 92,000, as a busy FX feed has."""
    source = np.random.default_rng(seed)
    days = common.START // DAY + 1 + np.array([7 * week + day for week in range(WEEKS) for day in range(5)])
    time_ = np.sort(source.integers(0, DAY // 1000, (len(days), ROWS // len(days))) * 1000, axis=1) + days[:, None] * DAY
    bid = 110_000 + np.cumsum(source.choice([-2, -1, 0, 1, 2], time_.size))
    bid = 90_000 + np.abs(bid - 90_000)
    ask = bid + source.integers(1, 20, time_.size)
    return bt.Ticks.from_arrays(time_.ravel(), bid / common.POINT, ask / common.POINT, symbol="EURUSD")


def main() -> int:
    """Prints the tables; 1 where a figure asked for is missed."""
    ticks = year(5)
    with tempfile.TemporaryDirectory() as folder, duckdb.connect() as connection:
        mapped = bt.Store(Path(folder) / "store")
        cut = int(np.searchsorted(ticks.time, ticks.time[-1] // DAY * DAY))
        mapped.import_ticks(ticks[:cut])
        for _ in range(2):
            mapped.bars("EURUSD", "1m")
            background.settle()
        mapped.import_ticks(ticks[cut:])
        a_new_day = seconds_of(lambda: mapped.bars("EURUSD", "1m"))
        files = bt.Store(mapped.path, cache_bytes=0)
        plain = Path(folder) / "plain.parquet"
        ticks.to_polars().write_parquet(plain, row_group_size=1 << 18)
        warm(mapped)
        missed = ranges(ticks, mapped, files, connection)
        missed |= answers(ticks, mapped, files, plain, connection, a_new_day)
    return int(missed)


def warm(store: bt.Store) -> None:
    """Until everything is mapped, and the bars asked for below are made."""
    for _ in range(2):
        store.ticks("EURUSD")
        for timeframe in ("1m", "1h", "1d"):
            store.bars("EURUSD", timeframe)
        background.settle()


def ranges(ticks: bt.Ticks, mapped: bt.Store, files: bt.Store, connection: duckdb.DuckDBPyConnection) -> bool:
    """All ticks to arrays; whether a figure asked for was missed."""
    names = sorted(str(path) for path in mapped.path.rglob("*.parquet"))
    for store in (mapped, files):
        check(store.ticks("EURUSD"), ticks)
    took = in_turns(
        {
            "btlab, mapped": lambda: mapped.ticks("EURUSD"),
            "btlab, files": lambda: files.ticks("EURUSD"),
            "polars, as they lie": lambda: [column.to_numpy() for column in pl.read_parquet(names)],
            "DuckDB, as they lie": lambda: connection.execute("SELECT * FROM read_parquet(?)", [names]).fetchnumpy(),
        }
    )
    rate = {name: len(ticks) / seconds / 1e6 for name, seconds in took.items()}
    polars = rate["polars, as they lie"]
    asked = {"btlab, mapped": f"{HOT:.0f}", "btlab, files": "polars' rate"}
    rows = [(name, f"{value:.0f}", f"{value / polars:.2f}", asked.get(name, "")) for name, value in rate.items()]
    common.table(f"{len(ticks):,} ticks, {len(names)} day files, to arrays", ("", "M ticks/s", "of polars", "asked for"), rows)
    return rate["btlab, mapped"] < HOT or rate["btlab, files"] < polars


def answers(
    ticks: bt.Ticks, mapped: bt.Store, files: bt.Store, plain: Path, connection: duckdb.DuckDBPyConnection, a_new_day: float
) -> bool:
    """What people ask for; whether one took longer than it may."""
    end = moment(ticks.time[-1]) + timedelta(seconds=1)
    since, until = (moment(ticks.time[row]) for row in (ROWS // 2, ROWS // 2 + 1_000_000))
    month = datetime(2024, 6, 1, tzinfo=UTC), datetime(2024, 7, 1, tzinfo=UTC)
    own = day_query("ticks", month) + " AND symbol = 'EURUSD' GROUP BY 1"
    other = day_query(f"read_parquet('{plain}')", month) + " GROUP BY 1"
    check_answers(ticks, mapped, own, month, (since, until))
    connection.execute("SET TimeZone = 'UTC'")
    lazy = pl.scan_parquet(plain)

    def polars_bars(every: str, first: datetime) -> Work:
        mid = (pl.col("bid") + pl.col("ask")) / 2
        bar = [mid.first().alias("open"), mid.max().alias("high"), mid.min().alias("low"), mid.last().alias("close")]
        return lambda: lazy.filter(pl.col("time") >= first).group_by_dynamic("time", every=every).agg(bar).collect()

    def polars_million() -> object:
        return lazy.filter(pl.col("time").is_between(since, until, closed="left")).collect()

    asked: list[tuple[str, int | None, Work, Work]] = [
        ("1 M ticks, mapped", 100, lambda: mapped.ticks("EURUSD", since, until), polars_million),
        ("1 M ticks, files", 100, lambda: files.ticks("EURUSD", since, until), polars_million),
        ("SQL, a month by day", None, lambda: mapped.sql(own), lambda: connection.execute(other).fetchnumpy()),
    ]
    for timeframe, back, most in (
        ("1m", timedelta(minutes=100), 10),
        ("1h", timedelta(hours=100), 10),
        ("1d", timedelta(days=140), 10),
        ("1m", timedelta(days=400), 100),
    ):
        ours = partial(mapped.bars, "EURUSD", timeframe, end - back)
        asked.append((f"{timeframe} bars, the last {len(ours()):,}", most, ours, polars_bars(timeframe, end - back)))
    rows, missed = [("1m bars of a year, one day of it new", f"{a_new_day * 1e3:.1f}", 100, "")], a_new_day > 0.1
    for name, most, ours, theirs in asked:
        took = in_turns({"ours": ours, "theirs": theirs})
        missed |= most is not None and took["ours"] > most / 1e3
        rows.append((name, f"{took['ours'] * 1e3:.1f}", most or "", f"{took['theirs'] * 1e3:.1f}"))
    common.table("Answers (ms)", ("", "btlab", "at most", "polars or DuckDB on plain Parquet"), rows)
    return missed


def moment(microseconds: int) -> datetime:
    return datetime.fromtimestamp(microseconds // 10**6, UTC)


def day_query(table: str, month: tuple[datetime, datetime]) -> str:
    """How many ticks and the highest bid of each day, but for the GROUP BY."""
    start, end = month
    what = "SELECT date_trunc('day', time) AS day, count(*) AS n, max(bid) AS high"
    return f"{what} FROM {table} WHERE time >= '{start}' AND time < '{end}'"


def check_answers(
    ticks: bt.Ticks, store: bt.Store, query: str, month: tuple[datetime, datetime], million: tuple[datetime, datetime]
) -> None:
    for timeframe in ("1m", "1h", "1d"):
        wanted, found = bt.bars(ticks, timeframe), store.bars("EURUSD", timeframe)
        for name in ("time", "open", "high", "low", "close"):
            if not np.array_equal(getattr(wanted, name), getattr(found, name)):
                raise SystemExit(f"{timeframe} bars differ: no figure is worth anything")
    check(store.ticks("EURUSD", *million), ticks.between(*million))
    day = pl.col("time").dt.truncate("1d").alias("day")
    frame = ticks.between(*month).to_polars().group_by(day).agg(n=pl.len(), high=pl.col("bid").max())
    if store.sql(query).sort("day").rows() != frame.sort("day").rows():
        raise SystemExit("the query's answer differs: no figure is worth anything")


def check(found: bt.Ticks, wanted: bt.Ticks) -> None:
    for name in ("time", "bid", "ask"):
        if not np.array_equal(getattr(found, name), getattr(wanted, name)):
            raise SystemExit("what was read differs from what was stored: no figure is worth anything")


def in_turns(works: dict[str, Work]) -> dict[str, float]:
    """Seconds of the best run of each, in turns that begin with another one each time, after one that does not count.

    The best, as fresh memory for the answers costs ten times as much on a machine that is busy with other things.
    """
    took: dict[str, list[float]] = {name: [] for name in works}
    names = list(works)
    for run in range(RUNS + 1):
        for name in names[run % len(names) :] + names[: run % len(names)]:
            spent = seconds_of(works[name])
            if run:
                took[name].append(spent)
    return {name: min(values) for name, values in took.items()}


def seconds_of(work: Work) -> float:
    began = time.perf_counter()
    work()
    return time.perf_counter() - began


if __name__ == "__main__":
    sys.exit(main())
