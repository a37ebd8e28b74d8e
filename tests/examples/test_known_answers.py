"""The strategies that ship, on ten simulated days: fill by fill what polars, TA-Lib and plain loops over the ticks find.

Nothing of the engine is asked: bars come from polars, indicators from polars and TA-Lib, fills from the quotes themselves.
"""

from __future__ import annotations

import ast
import importlib
import inspect
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from math import floor
from typing import Any

import numpy as np
import polars as pl
import pytest
import talib

import btlab as bt
from btlab import examples

CASH = 10_000.0
Trade = tuple[int, float, int, float, float]  # tick in, price in, tick out, price out, signed size


@dataclass
class Day:
    """Ticks, and 15m bars of their mids with the tick that finds each closed; only bars that are found closed."""

    ticks: bt.Ticks
    bars: pl.DataFrame
    closer: np.ndarray

    def __getattr__(self, name: str) -> pl.Series:
        return self.bars[name]


@pytest.fixture(scope="module")
def day() -> Day:
    return known_day("EURUSD", 7)


def known_day(symbol: str, seed: int) -> Day:
    ticks = bt.simulate_ticks(symbol, days=10, seed=seed)
    bars = quarters_of_an_hour(ticks)
    closer = np.searchsorted(ticks.time, (bars["time"].to_numpy() + 1) * 900_000_000)
    known = closer < len(ticks)
    return Day(ticks, bars.filter(pl.Series(known)), closer[known])


def quarters_of_an_hour(ticks: bt.Ticks) -> pl.DataFrame:
    """Bars of mids, by their number since 1970."""
    mid = pl.DataFrame({"time": ticks.time, "mid": (ticks.bid + ticks.ask) / 2.0})
    return mid.group_by(pl.col("time") // 900_000_000, maintain_order=True).agg(
        open=pl.col("mid").first(), high=pl.col("mid").max(), low=pl.col("mid").min(), close=pl.col("mid").last()
    )


def on_grid(level: float) -> float:
    return float(np.rint(level * 1e5) / 1e5)


def first(ticks: np.ndarray, start: int) -> int:
    """The first tick from `start` on at which a condition holds; len where none does."""
    found = ticks[start:].argmax() if start < len(ticks) else 0
    return start + int(found) if start < len(ticks) and ticks[start + found] else len(ticks)


def sma_cross(day: Day) -> list[Trade]:
    close = day.close
    gap = (close.rolling_mean(10) - close.rolling_mean(30)).to_numpy()
    assert np.nanmin(np.abs(gap)) > 1e-12, "a tie: rounding would decide"
    up = (gap > 0) & (np.roll(gap, 1) < 0)
    trades, cash, at = [], CASH, 0
    while (bar := first(up, at)) < len(up):
        out = first(gap < 0, bar)
        tick = day.closer[bar]
        price = day.ticks.ask[tick]
        size = floor(0.95 * cash / price)
        if out == len(gap):
            return [*trades, (tick, price, -1, np.nan, size)]
        trades.append((tick, price, day.closer[out], day.ticks.bid[day.closer[out]], size))
        cash += size * (trades[-1][3] - price)
        at = out
    return trades


def turns(day: Day, wanted: list[tuple[int, int]], size: float) -> list[Trade]:
    """Trades of one who is told (bar, +1 or -1) and turns where it is another side."""
    kept = [told for n, told in enumerate(wanted) if n == 0 or told[1] != wanted[n - 1][1]]
    fills = [
        (day.closer[bar], (day.ticks.ask if side > 0 else day.ticks.bid)[day.closer[bar]], side * size) for bar, side in kept
    ]
    ends = [*fills[1:], (-1, np.nan, 0.0)]
    return [(tick, price, end[0], end[1], signed) for (tick, price, signed), end in zip(fills, ends, strict=True)]


def rsi_reversal(day: Day) -> list[Trade]:
    rsi = talib.RSI(day.close.to_numpy(), 14)
    told = []
    for bar in range(1, len(rsi)):
        if rsi[bar - 1] < 30 <= rsi[bar]:
            told.append((bar, 1))
        elif rsi[bar - 1] > 70 >= rsi[bar]:
            told.append((bar, -1))
    return turns(day, told, 5_000.0)


def breakout(day: Day) -> list[Trade]:
    enters = (day.close > day.high.rolling_max(20).shift(1)).fill_null(False).to_numpy()
    leaves = (day.close < day.low.rolling_min(10).shift(1)).fill_null(False).to_numpy()
    lowest = day.low.rolling_min(20).shift(1).to_numpy()
    trades, cash, at = [], CASH, 0
    while (bar := first(enters, at)) < len(enters):
        tick, stop = day.closer[bar], on_grid(lowest[bar])
        price = day.ticks.ask[tick]
        size = floor(0.95 * cash / price)
        left = first(leaves, bar + 1)
        out = min(first(day.ticks.bid <= stop, tick + 1), day.closer[left] if left < len(leaves) else len(day.ticks))
        if out == len(day.ticks):
            return [*trades, (tick, price, -1, np.nan, size)]
        trades.append((tick, price, out, day.ticks.bid[out], size))
        cash += size * (day.ticks.bid[out] - price)
        at = int(np.searchsorted(day.closer, out, side="right"))  # the first close that knows of it
    return trades


def market_structure(day: Day) -> list[Trade]:
    high, low, close = (day.bars[name].to_numpy() for name in ("high", "low", "close"))
    top = bottom = np.nan
    told = []
    for bar in range(6, len(close)):
        around = [k for k in range(bar - 6, bar + 1) if k != bar - 3]
        if all(high[bar - 3] > high[k] for k in around):
            top = high[bar - 3]
        if all(low[bar - 3] < low[k] for k in around):
            bottom = low[bar - 3]
        if close[bar] > top:
            told.append((bar, 1))
            top = np.nan
        elif close[bar] < bottom:
            told.append((bar, -1))
            bottom = np.nan
    return turns(day, told, 5_000.0)


def order_blocks(day: Day) -> list[Trade]:
    breaks = (day.close > day.high.rolling_max(12).shift(1)).fill_null(False).to_numpy()
    falls = (day.close < day.open).to_numpy()
    bid, ask, trades, at = day.ticks.bid, day.ticks.ask, [], 0
    while (bar := first(breaks, at)) < len(breaks):
        blocks = [k for k in range(bar - 1, bar - 13, -1) if falls[k]]
        if not blocks:
            at = bar + 1
            continue
        high, low = day.high[blocks[0]], day.low[blocks[0]]
        limit, stop, target = on_grid(high), on_grid(low), on_grid(high + 2.0 * (high - low))
        tick = day.closer[bar]
        last = day.closer[bar + 16] if bar + 16 < len(breaks) else len(bid)
        entry = first(ask <= limit, tick)
        if entry >= last:
            at = bar + 16
            continue
        price = min(ask[entry], limit) if entry == tick else limit
        stopped, reached = first(bid <= stop, entry + 1), first(bid >= target, entry + 1)
        out = min(stopped, reached)
        if out == len(bid):
            return [*trades, (entry, price, -1, np.nan, 5_000.0)]
        gets = bid[out] if out == stopped or out == entry + 1 else target
        trades.append((entry, price, out, gets, 5_000.0))
        at = int(np.searchsorted(day.closer, out, side="right"))
    return trades


def pairs(couple: tuple[Day, Day]) -> list[tuple[Any, ...]]:
    """(symbol, *Trade): of the quarters of an hour that both have bars of and a tick of either finds ended."""
    one, other = (quarters_of_an_hour(day.ticks).with_columns(end=(pl.col("time") + 1) * 900_000_000) for day in couple)
    last = max(day.ticks.time[-1] for day in couple)
    both = one.join(other, on="end", maintain_order="left").filter(pl.col("end") <= last)
    ratio = both["close"] / both["close_right"]
    score = ((ratio - ratio.rolling_mean(40)) / ratio.rolling_std(40, ddof=0)).to_numpy()
    assert np.nanmin(np.abs(np.abs(score)[:, None] - [2.0, 0.5])) > 1e-9, "a tie: rounding would decide"
    trades, held, sides = [], [], [0]
    for end, value, of in zip(both["end"], score, ratio, strict=True):
        side = -1 if value > 2.0 else 1 if value < -2.0 else 0 if abs(value) < 0.5 else sides[-1]
        sides.append(side)
        if side == sides[-2]:
            continue
        for symbol, wanted in enumerate((side * 4_000.0, -side * floor(4_000.0 * of))):
            ticks = couple[symbol].ticks
            tick = int(np.searchsorted(ticks.time, end))
            for before in [each for each in held if each[0] == symbol]:
                out = (ticks.bid if before[3] > 0 else ticks.ask)[tick]
                trades.append((*before[:3], tick, out, before[3]))
                held.remove(before)
            if wanted != 0:
                held.append((symbol, tick, (ticks.ask if wanted > 0 else ticks.bid)[tick], wanted))
    trades += [(*each[:3], -1, np.nan, each[3]) for each in held]
    return sorted(trades, key=lambda trade: (trade[0], trade[1]))


KNOWN: dict[str, tuple[Callable[[Any], list[Any]], int, float]] = {
    "SmaCross": (sma_cross, 20, -90.12),
    "RsiReversal": (rsi_reversal, 7, 83.85),
    "Breakout": (breakout, 17, -116.57),
    "MarketStructure": (market_structure, 34, -99.55),
    "OrderBlocks": (order_blocks, 21, -41.95),
    "Pairs": (pairs, 40, -24.68),
}


@pytest.mark.parametrize("name", [name for name in KNOWN if name != "Pairs"])
def test_trade_by_trade_what_is_known(name: str, day: Day) -> None:
    oracle, count, profit = KNOWN[name]
    expected = oracle(day)
    session = bt.run(getattr(examples, name)(), day.ticks, cash=CASH, mode="compiled")
    trades = session.trades.sort("entry_tick")
    np.testing.assert_allclose(signed(trades), np.array(expected, float), rtol=0, atol=1e-12)
    assert known(trades) == (count, profit)


def signed(trades: pl.DataFrame) -> np.ndarray:
    """A row a trade, as `Trade`."""
    sign = np.where(trades["side"] == "long", 1.0, -1.0)
    ends = (trades["exit_tick"].fill_null(-1), trades["exit_price"].fill_null(np.nan))
    return np.column_stack([trades["entry_tick"], trades["entry_price"], *ends, sign * trades["size"].to_numpy()])


def known(trades: pl.DataFrame) -> tuple[int, float]:
    closed = trades.filter(pl.col("exit_tick").is_not_null())
    return closed.height, round(closed["pnl"].sum(), 2)


@pytest.fixture(scope="module")
def couple(day: Day) -> tuple[Day, Day]:
    return day, known_day("GBPUSD", 8)


def test_pairs_trade_by_trade(couple: tuple[Day, Day]) -> None:
    data = {one.ticks.symbol: one.ticks for one in couple[::-1]}
    session = bt.run(examples.Pairs(), data, cash=CASH, mode="compiled")
    trades = session.trades.sort("symbol", "entry_tick")
    found = np.column_stack([(trades["symbol"] == "GBPUSD").cast(pl.Float64), signed(trades)])
    np.testing.assert_allclose(found, np.array(pairs(couple), float), rtol=0, atol=1e-12)
    assert known(trades) == KNOWN["Pairs"][1:]


@pytest.mark.parametrize("name", KNOWN)
def test_compiled_and_interpreted_are_one(name: str, couple: tuple[Day, Day]) -> None:
    if name == "Pairs":
        datas = tuple({one.ticks.symbol: made(one.ticks) for one in couple} for made in (lambda t: t, lambda t: bt.bars(t, "5m")))
    else:
        datas = (couple[0].ticks, bt.bars(couple[0].ticks, "5m"))
    for timeframe, data in zip(("15m", "1h"), datas, strict=True):
        sessions = [bt.run(getattr(examples, name)(timeframe=timeframe), data, mode=mode) for mode in ("compiled", "interpreted")]
        assert sessions[0].fingerprint == sessions[1].fingerprint
        assert sessions[0].marks.equals(sessions[1].marks)
        assert len(sessions[0].fills) > 2


def test_all_that_ship_are_known_documented_and_short() -> None:
    assert set(examples.__all__) == set(KNOWN)
    for name in examples.__all__:
        strategy = getattr(examples, name)
        source = inspect.getsource(strategy)
        body = ast.parse(source).body[0]
        assert isinstance(body, ast.ClassDef)
        documented = body.body[0].end_lineno or 0
        assert 6 <= len([line for line in source.splitlines()[documented:] if line.strip()]) <= 30, name
        assert all(parameter in strategy.__doc__ for parameter in strategy.declared()), name
        assert importlib.import_module(strategy.__module__).__doc__


def test_they_load_light() -> None:
    code = "import sys\nfrom btlab.examples import SmaCross\nprint(' '.join(sys.modules))"
    loaded = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout.split()
    assert not {"numba", "polars", "duckdb", "pandas", "panel"} & set(loaded)
