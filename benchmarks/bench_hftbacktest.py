"""The same quotes, one by one, in btlab's loop and in hftbacktest's: nothing is done with them, and then both sides are read.

hftbacktest keeps a book, and gets the levels that changed, with no latency; the loop is compiled by numba in both.
Checked first: both see as many quotes, and the same sum of bids and asks to the last bit.
Seconds of the processor; btlab's ticks are such as nobody has seen, so that its bars are made within its time.
"""

from __future__ import annotations

import gc
import sys
import time as clock
from typing import Any

import common
import numpy as np
from hftbacktest import BacktestAsset, ROIVectorMarketDepthBacktest
from hftbacktest.types import BUY_EVENT, DEPTH_EVENT, EXCH_EVENT, LOCAL_EVENT, SELL_EVENT, event_dtype
from numba import njit

import btlab as bt

COUNT, RUNS = 2_000_000, 5
TARGET = 2.0


class Nothing(bt.Strategy):
    def on_tick(self, ctx):
        pass


class Reads(bt.Strategy):
    """Adds up what it is told."""

    def init(self):
        self.seen = 0
        self.total = 0.0

    def on_tick(self, ctx):
        self.seen += 1
        self.total += ctx.bid + ctx.ask


@njit
def nothing(backtest: Any) -> tuple[int, float]:
    seen = 0
    while backtest.wait_next_feed(False, 10**18) == 2:
        seen += 1
    return seen, 0.0


@njit
def reads(backtest: Any) -> tuple[int, float]:
    seen, total, depth = 0, 0.0, backtest.depth(0)
    while True:
        told = backtest.wait_next_feed(False, 10**18)
        seen += 1
        total += depth.best_bid + depth.best_ask
        if told != 2:  # the end of the data is told together with the last quote
            return seen, total


def events(time: np.ndarray, bid: np.ndarray, ask: np.ndarray) -> np.ndarray:
    """Of each side whose price has changed: the old level emptied, the new one filled. An equal quote repeats its bid."""
    told = np.zeros((len(time), 4), event_dtype)
    told["exch_ts"] = told["local_ts"] = time[:, None] * 1_000
    there = np.zeros(told.shape, bool)
    for place, (price, side) in enumerate(((bid, BUY_EVENT), (ask, SELL_EVENT))):
        changed = np.append(True, price[1:] != price[:-1])
        old, new = told[:, 2 * place], told[:, 2 * place + 1]
        old["px"][1:], new["px"], new["qty"] = price[:-1], price, 1.0
        there[1:, 2 * place], there[:, 2 * place + 1] = changed[1:], changed
        old["ev"] = new["ev"] = DEPTH_EVENT | EXCH_EVENT | LOCAL_EVENT | side
    there[~there.any(axis=1), 1] = True
    return told[there]


def theirs(loop: Any, told: np.ndarray, low: float, high: float) -> tuple[float, tuple[int, float]]:
    """Seconds of the loop alone, and what it saw."""
    asset = BacktestAsset().data(told).linear_asset(1.0).constant_order_latency(0, 0).risk_adverse_queue_model()
    asset = asset.no_partial_fill_exchange().trading_value_fee_model(0.0, 0.0).tick_size(1e-5).lot_size(1.0)
    backtest = ROIVectorMarketDepthBacktest([asset.last_trades_capacity(0).roi_lb(low).roi_ub(high)])
    gc.collect()
    began = clock.process_time()
    saw = loop(backtest)
    took = clock.process_time() - began
    backtest.close()
    return took, saw


def ours(kind: type[bt.Strategy], seed: int) -> tuple[float, Any]:
    """Seconds of a whole run, and its strategy."""
    ticks = bt.Ticks.from_arrays(*common.quotes(COUNT, seed=seed), symbol="EURUSD")
    gc.collect()
    began = clock.process_time()
    session = bt.run(kind(), ticks, mode="compiled")
    return clock.process_time() - began, session.strategy


def check(told: np.ndarray, low: float, high: float, seed: int) -> str:
    """Asserts that both see the same."""
    _, (seen, total) = theirs(reads, told, low, high)
    _, strategy = ours(Reads, seed)
    assert (seen, total) == (strategy.seen, strategy.total), (seen, total, strategy.seen, strategy.total)
    return f"{seen:,} quotes, the same {total:.5f} of bids and asks in both"


def main() -> int:
    """Prints the table; 1 where btlab is less than twice as fast."""
    time, bid, ask = common.quotes(COUNT, seed=1)
    told, low, high = events(time, bid, ask), float(bid.min()) - 0.01, float(ask.max()) + 0.01
    agreed, rows, ratios = check(told, low, high, 1), [], []
    for what, loop, kind in (("nothing", nothing, Nothing), ("both sides read", reads, Reads)):
        ours(kind, 2), theirs(loop, told, low, high)
        pairs = [(theirs(loop, told, low, high)[0], ours(kind, seed)[0]) for seed in range(3, 3 + RUNS)]
        slow, fast = (float(np.median([pair[side] for pair in pairs])) for side in (0, 1))
        ratios.append(slow / fast)
        for name, seconds in (("hftbacktest", slow), ("btlab", fast)):
            rows.append((what, name, f"{seconds / COUNT * 1e9:.1f}", f"{COUNT / seconds / 1e6:,.0f}", f"{slow / seconds:.1f}x"))
    common.table(f"{agreed}; median of {RUNS}", ("at each quote", "", "ns", "M quotes/s", ""), rows)
    return int(min(ratios) < TARGET)


if __name__ == "__main__":
    sys.exit(main())
