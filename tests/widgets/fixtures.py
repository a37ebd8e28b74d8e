"""Sessions as files that the page's tests read: the frames Python would send, and what is right at every tick."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import talib

import btlab as bt
from btlab.session.result import Session
from btlab.widgets.bars import BarParts
from btlab.widgets.overlays.layers import Layers
from btlab.widgets.tape import Tape
from tests.market.calendars import Expected
from tests.widgets.running_bars import running_bars, running_longer_bars


class Entries(bt.Strategy):
    """Trades often, with everything that leaves a trace: moving brackets, orders that change, refusals, marks, tags."""

    timeframe = "5m"
    count: int = 0

    def init(self) -> None:
        self.seen = 0
        self.long = 0
        self.waits = 0

    def on_bar(self, ctx: Any) -> None:
        self.seen += 1
        if self.seen % 7 == 3:
            self.long = ctx.buy(size=1000, stop_loss=ctx.bid - 0.0005, take_profit=ctx.bid + 0.0007, tag="long")
            ctx.mark("signal", ctx.close("5m"))
        if self.seen % 11 == 5:
            ctx.sell(size=1000, limit=ctx.ask + 0.0003, tag="fade")
        if self.seen % 29 == 1:
            ctx.buy(size=50_000_000)
        if self.seen % 17 == 5:
            ctx.close_position(0.3)
        if self.seen % 13 == 0:
            ctx.close_position()
        if self.seen % 3 == 2:
            ctx.modify(self.long, stop_loss=ctx.bid - 0.0006, take_profit=ctx.bid + 0.0009)
        if self.seen % 19 == 4:
            self.waits = ctx.sell(size=700, stop=ctx.bid - 0.0002, limit=ctx.bid - 0.0009, expire="90m")
        if self.seen % 19 == 7:
            ctx.modify(self.waits, stop=ctx.bid - 0.0004, limit=ctx.bid - 0.0007, size=600)
        if self.seen % 23 == 9:
            ctx.target(-500 * (self.seen % 2))


class Everything(bt.Strategy):
    """Longs and shorts side by side, trailing stops, orders that are filled in parts, positions kept over nights.

    It remembers the equity and the cash that it saw after every tick.
    """

    ticks: int = 0

    def init(self) -> None:
        self.seen = 0
        self.told = 0
        self.account = np.zeros((self.ticks, 2))

    def on_tick(self, ctx: Any) -> None:
        self.account[self.told, 0] = ctx.equity
        self.account[self.told, 1] = ctx.cash
        self.told += 1

    def on_bar(self, ctx: Any) -> None:
        self.seen += 1
        if self.seen % 11 == 3:
            ctx.buy(size=20, trailing=0.0004)
        if self.seen % 17 == 5:
            ctx.sell(size=30, trailing_percent=0.05, take_profit=ctx.bid - 0.002)
        if self.seen % 13 == 7:
            ctx.buy(size=45, limit=ctx.bid - 0.0001, stop_loss=ctx.bid - 0.001)
        if self.seen % 31 == 9:
            ctx.sell(size=25, stop=ctx.bid - 0.0002)
        if self.seen % 47 == 11:
            ctx.close_position(0.5)


class Watching(Entries):
    """The same, with indicators on two timeframes."""

    def init(self) -> None:
        super().init()
        self.mean = self.indicator("EMA", timeperiod=9)
        self.macd, self.signal, self.rest = self.indicator("MACD", timeframe="1m")


def watched(state: Any) -> list[float]:
    """What its indicators were at a moment, from the bars that had closed by then and no other."""
    fives, minutes = state.completed("5m").close, state.completed("1m").close
    last = [column[-1] if len(column) else np.nan for column in (talib.EMA(fives, 9), *talib.MACD(minutes))]
    return [float(value) for value in last]


def odd_ticks(seed: int, count: int = 20_000) -> bt.Ticks:
    """Ticks with everything that is awkward: equal times, silences, weekends, one-sided and crossed quotes, sizes."""
    random = np.random.default_rng(seed)
    steps = random.exponential(2e6, count) * (random.random(count) > 0.05)
    steps += (random.random(count) < 2e-3) * random.uniform(0, 1.2e9, count)
    steps += (random.random(count) < 2e-4) * random.uniform(0, 2.6e11, count)
    time = 1_709_900_000_000_000 + np.cumsum(steps).astype(np.int64)  # 8 March 2024: the clocks change two days later
    bid = np.round(1.1 + np.cumsum(random.normal(0, 2e-5, count)), 5)
    ask = np.round(bid + random.integers(-1, 4, count) * 1e-5, 5)
    side = random.random(count)
    bid[side < 0.02], ask[side > 0.98] = np.nan, np.nan
    sizes = random.integers(1, 60, (2, count)) / 10
    return bt.Ticks.from_arrays(time, bid, ask, symbol="EURUSD", bid_size=sizes[0], ask_size=sizes[1])


def off_grid(ticks: bt.Ticks) -> bt.Ticks:
    """The same ticks at prices that lie on no grid of decimals."""
    thirds = ticks.bid / 3, ticks.ask / 3
    return bt.Ticks.from_arrays(ticks.time, *thirds, symbol="EURUSD", bid_size=ticks.bid_size, ask_size=ticks.ask_size)


def _levels(session: Session, state: Any) -> list[float]:
    """What waits at a moment: the levels of its orders (a triggered stop-limit has its limit) and of its brackets."""
    met = session.changes.filter(pl.col("change").is_in(["triggered", "partly filled"]), pl.col("tick") <= state.tick)
    met = met["order"].to_list()
    orders = state.orders.filter(~pl.col("kind").is_in(["close", "market"])).to_dicts()
    levels = [o["limit"] if o["stop"] is None or o["id"] in met else o["stop"] for o in orders]
    lots = state.trades.filter(pl.col("exit_tick").is_null(), pl.col("parent").is_null()).to_dicts()
    legs = (lot[name] for lot in lots for name in ("stop_loss", "take_profit", "trailing_stop"))
    return sorted(level for level in [*levels, *legs] if level is not None)


def add_empty(right: np.ndarray, session: Session) -> None:
    """Count the flat bars among the completed ones, found by stepping through all intervals."""
    ticks = session.data
    if isinstance(ticks, bt.Bars):
        ticks = bt.Ticks.from_trades(ticks.time, ticks.close, ticks.volume, symbol=ticks.symbol)
    expected = Expected(ticks, session.calendar, price=session.price)
    for row in range(session.timeline.base, len(bt.TIMEFRAMES)):
        ends = [bar.end for bar in expected.bars(bt.TIMEFRAMES[row])]
        right[row, :, 6] = np.searchsorted(ends, ticks.time, side="right")


def dump(session: Session, folder: Path, *, mode: str = "replay", expected: bool = True, parts: bool = False) -> Path:
    """Write a session's frames (frame.json, frame.bin, page-*, where `parts` bars-*) and the right answers (expected.bin)."""
    folder.mkdir(parents=True)
    tape, layers = Tape(session, mode=mode), Layers(session)
    frames = {"frame": tape.open({"overlays": layers.info})} | {
        f"page-{number}": tape.page(number) for number in range(tape.pages)
    }
    frames |= {f"overlay-{number}": layers.blocks(number, [0])[0] for number in range(len(layers.layers))}
    if parts:
        bars = BarParts(session.timeline, tape.digits, tape.info["sizes"])
        frames |= {f"bars-{row}-{part}": tape.bars([[row, part]]) for row in range(6) for part in range(bars.parts(row))}
    for name, (header, buffer) in frames.items():
        (folder / f"{name}.json").write_text(json.dumps(header))
        (folder / f"{name}.bin").write_bytes(buffer)
    if expected:
        data, calendar = session.data, session.calendar
        right = running_bars(data, calendar, session.price) if isinstance(data, bt.Ticks) else running_longer_bars(data, calendar)
        if session.empty_bars == "flat":
            add_empty(right, session)
        (folder / "expected.bin").write_bytes(right.astype("<f8").tobytes())
        looked = 400 if folder.name.startswith("odd") else 100  # a state takes 5 ms; these sessions have everything
        if isinstance(session.strategy, Everything):
            (folder / "account.bin").write_bytes(session.strategy.account.astype("<f8").tobytes())
        moments = [session.at(tick) for tick in range(0, len(session.data), max(1, len(session.data) // looked))]
        levels = [_levels(session, state) for state in moments]
        (folder / "levels.json").write_text(json.dumps(levels))
        rows = [[s.tick, s.position, s.cash, s.equity, s.drawdown, len(s.orders), len(s.marks), s.bid, s.ask] for s in moments]
        (folder / "states.json").write_text(json.dumps(rows).replace("NaN", "null"))
        if isinstance(session.strategy, Watching):
            seen = [[state.tick, *watched(state)] for state in moments]
            (folder / "watched.json").write_text(json.dumps(seen).replace("NaN", "null"))
    return folder
