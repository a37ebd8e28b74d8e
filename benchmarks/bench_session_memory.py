"""The memory that a finished run holds beside its data: what a trade costs in all tables, and a row of the equity table.

A strategy opens at one close and leaves at the next, so that a trade is two orders, two fills and four changes of orders. Rows
are counted before bytes are told: of the arrays that the session keeps, and of the equity frame once somebody has asked for it.
"""

from __future__ import annotations

import sys

import common

import btlab as bt

TICKS = 2_000_000
MOST_A_TRADE, MOST_A_ROW = 200.0, 60.0


class InAndOut(bt.Strategy):
    def on_bar(self, ctx):
        if ctx.position == 0.0:
            ctx.buy(size=100)
        else:
            ctx.close_position()


def main() -> int:
    """Prints the table; 1 where a figure is not reached."""
    time, bid, ask = common.quotes(TICKS, seed=1)
    session = bt.run(InAndOut(), bt.Ticks.from_arrays(time, bid, ask), cash=1_000_000.0, progress=False)
    tables = session.records
    trades = int((tables["trade"]["exit_tick"] >= 0).sum())
    assert trades > 1_000 and abs(len(tables["fill"]) - 2 * trades) <= 1 and abs(len(tables["order"]) - 2 * trades) <= 2
    equity = session.equity
    assert len(equity) == len(tables["fill"]) + len(bt.bars(session.data, "1m")) + 1
    rows = [
        ("a trade, with its orders, fills and changes", sum(rows.nbytes for rows in tables.values()) / trades, MOST_A_TRADE),
        ("of that: its own row", tables["trade"].nbytes / len(tables["trade"]), MOST_A_TRADE),
        ("a row of the equity table", equity.estimated_size() / len(equity), MOST_A_ROW),
    ]
    title = f"What a session holds beside its data: {trades:,} trades, {len(equity):,} rows of equity"
    common.table(title, ("what", "bytes", "at most"), [(what, f"{size:,.0f}", f"{most:,.0f}") for what, size, most in rows])
    return int(any(size > most for _, size, most in rows))


if __name__ == "__main__":
    sys.exit(main())
