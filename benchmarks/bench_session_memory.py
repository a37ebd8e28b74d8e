"""The memory that a finished run holds beside its data: what a trade costs in all tables, and a row of the equity table.

Strategies open at one close and leave at the next (two orders, two fills, four changes), or by a bracket, or by one of two
orders of a group (three orders, six changes), or so in ten symbols. Tables that were looked at last lie open, in a room of the
process; told is what a session holds of them once others have that room, every object of it counted, and what that costs to
make and to read. It is checked first that what is read then is, bit for bit, what the run left.
"""

from __future__ import annotations

import gc
import sys
import time as clock
import tracemalloc
from typing import Any

import common

import btlab as bt
from btlab.session.records import ROOM

TICKS, SYMBOLS = 2_000_000, 10
MOST_A_TRADE, MOST_A_ROW = 200.0, 60.0


class InAndOut(bt.Strategy):
    def on_bar(self, ctx):
        if ctx.position == 0.0:
            ctx.buy(size=100)
        else:
            ctx.close_position()


class Brackets(bt.Strategy):
    away: float = 0.0002

    def on_bar(self, ctx):
        if ctx.position == 0.0 and ctx.close("1m") > ctx.close("1m", 1):
            ctx.buy(size=10_000, stop_loss=ctx.bid - self.away, take_profit=ctx.bid + self.away)


class Groups(bt.Strategy):
    away: float = 0.0002

    def on_bar(self, ctx):
        if ctx.position == 0.0 and ctx.open_orders == 0:
            ctx.buy(size=1_000)
            ctx.sell(size=1_000, stop=ctx.bid - self.away, oco=1)
            ctx.sell(size=1_000, limit=ctx.ask + self.away, oco=1)


def sessions() -> dict[str, Any]:
    """What is measured, by what it did."""
    ticks = bt.Ticks.from_arrays(*common.quotes(TICKS, seed=1))
    several = {
        f"S{n}USD": bt.Ticks.from_arrays(*common.quotes(TICKS // SYMBOLS, seed=n), symbol=f"S{n}USD") for n in range(SYMBOLS)
    }
    costs: dict[str, Any] = {"cash": 1_000_000.0, "progress": False, "execution": bt.Execution(commission=0.0001)}
    free = costs | {"execution": "perfect"}
    return {
        "in at a close, out at the next": bt.run(InAndOut(), ticks, **free),
        "the same, with a commission": bt.run(InAndOut(), ticks, **costs),
        "brackets, with a commission": bt.run(Brackets(), ticks, **costs),
        "groups of two orders": bt.run(Groups(), ticks, **free),
        f"brackets in {SYMBOLS} symbols": bt.run(Brackets(), several, account=bt.Account(currency="USD"), **costs),
    }


def measured(session: Any) -> tuple[int, float, float, float, float]:
    """Trades; bytes a trade as the run left them and as they are kept; ms to narrow them, and to read them all again."""
    left = {name: rows.tobytes() for name, rows in session.records.items()}
    trades = int((session.records["trade"]["exit_tick"] >= 0).sum())
    assert trades > 1_000
    gc.collect()
    tracemalloc.start()
    session.records.narrow()
    gc.collect()
    kept, _ = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    began = clock.perf_counter()
    again = {name: rows.tobytes() for name, rows in session.records.items()}
    read = clock.perf_counter() - began
    assert again == left, "what is read is not what the run left"
    session.records._narrow.clear()
    began = clock.perf_counter()
    session.records.narrow()
    took = clock.perf_counter() - began
    return trades, sum(len(rows) for rows in left.values()) / trades, kept / trades, 1e3 * took, 1e3 * read


def main() -> int:
    """Prints the tables; 1 where a figure is not reached."""
    rows = {what: measured(session) for what, session in sessions().items()}
    common.table(
        f"What a session keeps of its tables, once others have the room of {ROOM >> 20} MB in which those read last lie open",
        ("what", "trades", "bytes a trade in the run", "kept", "at most", "ms to narrow", "ms to read again"),
        [
            (what, f"{trades:,}", f"{left:,.0f}", f"{kept:,.0f}", f"{MOST_A_TRADE:,.0f}", f"{took:,.0f}", f"{read:,.0f}")
            for what, (trades, left, kept, took, read) in rows.items()
        ],
    )
    session = bt.run(InAndOut(), bt.Ticks.from_arrays(*common.quotes(TICKS, seed=1)), cash=1_000_000.0, progress=False)
    equity = session.equity
    assert len(equity) == len(session.records["fill"]) + len(bt.bars(session.data, "1m")) + 1
    size = equity.estimated_size() / len(equity)
    common.table(
        f"The equity table, {len(equity):,} rows", ("what", "bytes", "at most"), [("a row", f"{size:,.0f}", f"{MOST_A_ROW:,.0f}")]
    )
    return int(any(kept > MOST_A_TRADE for _, _, kept, _, _ in rows.values()) or size > MOST_A_ROW)


if __name__ == "__main__":
    sys.exit(main())
