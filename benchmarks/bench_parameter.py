"""One parameter of a strategy changed, and everything again, tick-exact: trades with MAE and MFE, and the equity at every minute.

The ticks are 10 a second, 12 bytes each, mapped from files; the index (bars, ranges of minutes, hours and days) is made once.
Checked first: on the first ticks the same run over plain columns, and told every tick, leaves the same fills and equity.
Runs are told apart by how often the strategy looks and how far its stops are; each value is another parameter, not seen before.

python benchmarks/bench_parameter.py [ticks, default 100,000,000]
"""

from __future__ import annotations

import os
import statistics
import sys
import tempfile
import time as clock
from pathlib import Path
from typing import Any

import common
import numpy as np

import btlab as bt
from btlab.market.blocks import blocks_of
from btlab.market.packed import PackedTicks
from btlab.market.timeline import timeline_of

A_MINUTE, A_SECOND = 600, 100_000
CHECKED = 3_000_000
RUNS = 9


class Breakout(bt.Strategy):
    """Buys when flat at a close over the highest high of the bars before, with a stop and a target."""

    timeframe = "1h"
    lookback: int = 5
    away: float = 0.0020

    def on_bar(self, ctx):
        if ctx.position == 0 and ctx.close(self.timeframe) > ctx.highest(self.timeframe, self.lookback, back=1):
            ctx.buy(size=1_000, stop_loss=ctx.bid - self.away, take_profit=ctx.bid + self.away)


class OnMinutes(Breakout):
    timeframe = "1m"


class EveryTick(Breakout):
    def on_tick(self, ctx):
        pass


def mapped(folder: Path, count: int) -> PackedTicks:
    """A random walk in points of EURUSD, written to files a few million ticks at a time, and mapped."""
    random, last, columns = np.random.default_rng(7), 0, {}
    for name in ("offset", "bid", "ask"):
        columns[name] = np.memmap(folder / name, np.int32, "w+", shape=count)
    piece = 4_200_000
    for begin in range(0, count, piece):
        end = min(begin + piece, count)
        walk = last + np.cumsum(random.integers(-2, 3, end - begin, dtype=np.int32), dtype=np.int32)
        last = int(walk[-1])
        bid = 60_000 + np.abs(walk + 50_000)
        columns["bid"][begin:end], columns["ask"][begin:end] = bid, bid + random.integers(1, 12, end - begin, dtype=np.int32)
        columns["offset"][begin:end] = np.arange(begin, end) % A_MINUTE * A_SECOND + 1
    minutes = np.arange(-(-count // A_MINUTE))
    first = np.minimum(np.append(minutes, len(minutes)) * A_MINUTE, count)
    for column in columns.values():
        column.flush()
    if hasattr(os, "sync"):
        os.sync()  # what the system has still to write would be in the times
    given = (np.memmap(folder / name, np.int32, "r", shape=count) for name in columns)
    return PackedTicks(*given, common.START + minutes * 60_000_000, first, 5, "EURUSD")


def check(ticks: PackedTicks) -> None:
    """That packed, plain and told every tick come to the same."""
    part = ticks[: min(CHECKED, len(ticks))]
    plain, packed, told = (
        bt.run(kind(), data) for kind, data in ((Breakout, part), (Breakout, part.packed()), (EveryTick, part))
    )
    assert plain.fingerprint == packed.fingerprint == told.fingerprint
    assert plain.equity.equals(packed.equity) and plain.trades.equals(packed.trades)
    assert plain.equity.equals(told.equity) and plain.trades.equals(told.trades)
    assert len(plain.trades) > 5


def measured(kind: Any, ticks: PackedTicks, away: float) -> tuple[str, str, str, str]:
    """Median ms of the process's time from a new parameter to trades and equity; of the run alone; trades; share skipped."""
    whole, alone, trades, skipped = [], [], [], []
    for run in range(RUNS + 1):
        began = clock.perf_counter()
        session = bt.run(kind(away=away + run * 1e-5), ticks)
        ran = clock.perf_counter()
        trades.append(len(session.trades))
        assert len(session.equity) > 0
        whole.append((clock.perf_counter() - began) * 1e3)
        alone.append((ran - began) * 1e3)
        skipped.append(session.skipped)
    middle = statistics.median
    return f"{middle(whole[1:]):.1f}", f"{middle(alone[1:]):.1f}", f"{int(middle(trades)):,}", f"{100 * middle(skipped):.2f} %"


def main() -> int:
    """Prints the table; 1 where the figure asked for is missed."""
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 100_000_000
    wanted = 10 if count <= 100_000_000 else 50
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder:
        ticks = mapped(Path(folder), count)
        check(ticks)
        began = clock.perf_counter()
        blocks_of(timeline_of(ticks))
        index = clock.perf_counter() - began
        cases = ((Breakout, "1h", 0.0100), (Breakout, "1h", 0.0020), (OnMinutes, "1m", 0.0100), (OnMinutes, "1m", 0.0010))
        rows = [(name, f"{away * 1e4:.0f} pips", *measured(kind, ticks, away), f"{wanted} ms") for kind, name, away in cases]
        common.table(
            f"{count:,} ticks mapped, 12 bytes each; index {count / index / 1e6:,.0f} M ticks/s; median of {RUNS} new parameters",
            ("on_bar", "stop and target", "ms to trades and equity", "of it the run", "trades", "skipped", "asked for"),
            rows,
        )
        del ticks
    return int(float(rows[0][2]) > wanted)


if __name__ == "__main__":
    sys.exit(main())
