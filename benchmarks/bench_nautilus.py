"""The same breakout on the same ticks in btlab and in NautilusTrader, fill by fill the same, side by side.

Both run from quotes in memory to fills, by one set of rules: 1m bars of the mid; at a close above (below) all of the last 20
closes buy (sell) when flat, with a stop loss and a take profit 10 pips from the quote; a market order meets the next quote; no
fees. In one rule they differ: a stop that a quote jumps over fills at its level in NautilusTrader and at the quote in btlab, so
there the level is compared.
"""

from __future__ import annotations

import gc
import sys
import time as clock

import common
import nautilus
import numpy as np

import btlab as bt

COUNT = 1_000_000
RULES = {"lookback": 20, "distance": 0.0010}
SIZE, CASH = 10_000, 1_000_000.0
TARGET = 500


class Breakout(bt.Strategy):
    """`nautilus.Breakout` in btlab's words."""

    timeframe = "1m"
    lookback: int = 20
    distance: float = 0.0010
    size: float = 10_000.0

    def on_bar(self, ctx):
        if ctx.count("1m") <= self.lookback or ctx.position != 0 or ctx.open_orders > 0:
            return
        close = ctx.close("1m")
        highest = ctx.close("1m", 1)
        lowest = highest
        for back in range(2, self.lookback + 1):
            highest = max(highest, ctx.close("1m", back))
            lowest = min(lowest, ctx.close("1m", back))
        if close > highest:
            ctx.buy(size=self.size, stop_loss=ctx.bid - self.distance, take_profit=ctx.bid + self.distance)
        elif close < lowest:
            ctx.sell(size=self.size, stop_loss=ctx.ask + self.distance, take_profit=ctx.ask - self.distance)


def ours(ticks: bt.Ticks, **rules: float) -> tuple[bt.Session, float]:
    """A session and the seconds it took, its fills included."""
    gc.collect()
    began = clock.perf_counter()
    session = bt.run(Breakout(size=float(SIZE), **rules), ticks, cash=CASH, mode="compiled")
    session.fills  # noqa: B018
    return session, clock.perf_counter() - began


def check(theirs: nautilus.Outcome, session: bt.Session) -> int:
    """Asserts that both made the same fills; how many."""
    fills = session.fills.join(
        session.trades.unique("entry_order").select(order="entry_order", level="stop_loss"), on="order", how="left"
    )
    fills = fills.sort("id")
    sign = np.where(fills["side"].to_numpy() == "buy", 1.0, -1.0)
    price = np.where(fills["reason"].to_numpy() == "stop_loss", fills["level"].to_numpy(), fills["price"].to_numpy())
    np.testing.assert_array_equal(theirs.time, fills["time"].dt.timestamp("us").to_numpy())
    np.testing.assert_array_equal(theirs.size, sign * fills["size"].to_numpy())
    np.testing.assert_allclose(theirs.price, price, rtol=0, atol=1e-9)
    closer = session.timeline.closer[: session.timeline.offset[1]]
    assert theirs.bars == np.count_nonzero(closer < COUNT)
    return len(theirs.time)


def main() -> int:
    """Prints the table; 1 where btlab is less than five hundred times as fast."""
    time, bid, ask = common.quotes(COUNT, seed=1)
    ours(bt.Ticks.from_arrays(*common.quotes(20_000, seed=2)))  # compiles, or loads what is on disk
    theirs = nautilus.run(time, bid, ask, **RULES, size=SIZE, cash=CASH)
    session, _ = ours(bt.Ticks.from_arrays(time, bid, ask), **RULES)
    fills = check(theirs, session)

    fresh = common.median(
        lambda seed=seed: ours(bt.Ticks.from_arrays(*common.quotes(COUNT, seed=seed)), **RULES)[1] for seed in range(3, 8)
    )
    again = common.median(lambda pips=pips: ours(session.data, lookback=20, distance=pips / 1e4)[1] for pips in range(11, 16))
    rows = [
        (name, f"{seconds * 1e3:,.1f} ms", f"{COUNT / seconds:,.0f}", f"{theirs.seconds / seconds:,.0f}x")
        for name, seconds in [
            ("NautilusTrader", theirs.seconds),
            ("btlab, ticks never seen before", fresh),
            ("btlab, another parameter on known ticks", again),
        ]
    ]
    common.table(
        f"{COUNT:,} quotes, {theirs.bars:,} bars of 1m, the same {fills:,} fills in both; warm, median of 5",
        ("", "time", "ticks/s", ""),
        rows,
    )
    return int(theirs.seconds / fresh < TARGET)


if __name__ == "__main__":
    sys.exit(main())
