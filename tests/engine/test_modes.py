"""Compiled and interpreted are one strategy: the same orders, fills, money, marks, state and exceptions, bit for bit."""

from __future__ import annotations

import bdb
import linecache
from pathlib import Path
from types import FrameType
from typing import Any

import numpy as np
import pytest

import btlab as bt
from btlab.engine.state import FIRST_ROOM, State
from btlab.strategy.plain import public_names
from tests.market.real import dukascopy_day
from tests.market.streams import random_ticks
from tests.strategy.examples import EXAMPLES, HEDGED, used

OPTIONS: dict[str, Any] = {"cash": 50_000.0, "account": bt.Account(leverage=3)}
COSTS = bt.Execution(commission=bt.commission.percent(0.002), slippage=bt.slippage.pips(0.1))


def both(strategy: bt.Strategy, data: Any, **options: Any) -> tuple[bt.Session, bt.Session]:
    compiled, interpreted = (bt.run(strategy, data, mode=mode, **OPTIONS, **options) for mode in ("compiled", "interpreted"))
    assert (compiled.mode, interpreted.mode) == ("compiled", "interpreted")
    return compiled, interpreted


def assert_same(one: bt.Session, other: bt.Session) -> None:
    for name in ("order", "fill", "trade", "mark"):
        rows, others = one.records[name], other.records[name]
        assert len(rows) == len(others), name
        for column in rows.dtype.names or ():
            assert rows[column].tobytes() == others[column].tobytes(), (name, column)
    assert one.fingerprint == other.fingerprint
    for name in ("orders", "fills", "trades", "equity", "marks"):
        assert getattr(one, name).equals(getattr(other, name)), name
    state, others = vars(one.strategy), vars(other.strategy)
    assert state.keys() == others.keys()
    for name, value in state.items():
        assert np.asarray(value).dtype.kind == np.asarray(others[name]).dtype.kind, name
        np.testing.assert_array_equal(value, others[name], err_msg=name)


@pytest.fixture(scope="module")
def simulated() -> bt.Ticks:
    return bt.simulate_ticks("EURUSD", days=2, seed=4)[:60_000]


@pytest.mark.parametrize("strategy", EXAMPLES, ids=lambda s: type(s).__name__)
def test_examples_are_the_same_in_both_modes(strategy: bt.Strategy, simulated: bt.Ticks) -> None:
    compiled, interpreted = both(strategy, simulated, execution=COSTS)
    assert_same(compiled, interpreted)
    assert len(compiled.fills) >= 2
    for seed in (1, 2):
        stream = random_ticks(seed, 3_000)
        assert_same(*both(strategy, stream, close_at_end=True, price=("bid", "mid")[seed - 1]))


@pytest.mark.parametrize("strategy", [s for s in EXAMPLES if "1m" not in s.timeframes()], ids=lambda s: type(s).__name__)
def test_examples_on_bars_are_the_same_in_both_modes(strategy: bt.Strategy, simulated: bt.Ticks) -> None:
    data = bt.bars(simulated, "5m")
    if type(strategy).__name__ in ("SeveralTimeframes",):
        pytest.skip("asks for 1m, which 5m bars do not have")
    compiled, interpreted = both(strategy, data, spread=0.00005)
    assert_same(compiled, interpreted)


def test_examples_on_a_real_day(real_data: Path) -> None:
    ticks = dukascopy_day(real_data)
    for strategy in (EXAMPLES[0], EXAMPLES[5]):
        compiled, interpreted = both(strategy, ticks)
        assert len(compiled.fills) > 5
        assert_same(compiled, interpreted)


def test_hedged_positions_are_the_same_in_both_modes(simulated: bt.Ticks) -> None:
    account = bt.Account(mode="hedging", leverage=3, financing=bt.financing.percent(2, -1))
    execution = bt.Execution(
        slippage=bt.slippage.random(0.1, 0.3, pips=True), commission=bt.commission.maker_taker(-0.001, 0.002)
    )
    for data in (simulated, bt.bars(simulated, "1m")):
        compiled, interpreted = (
            bt.run(HEDGED, data, mode=mode, cash=50_000.0, account=account, execution=execution, seed=3)
            for mode in ("compiled", "interpreted")
        )
        assert_same(compiled, interpreted)
        assert compiled.strategy.seen == interpreted.strategy.seen != 0.0
        reasons = set(compiled.fills["reason"])
        assert {"market", "close", "trailing"} <= reasons


def test_examples_use_everything_that_a_strategy_is_shown() -> None:
    assert used(public_names()) == set(public_names())
    handlers = {handler for strategy in EXAMPLES for handler in strategy.handlers()}
    assert handlers == {"on_start", "on_bar", "on_tick", "on_fill", "on_end"}


class Failing(bt.Strategy):
    """Fails in one of several ways when it was called often enough."""

    way: int = 0

    def init(self):
        self.calls = 0
        self.zero = 0.0
        self.window = np.zeros(8)
        self.table = np.zeros((2, 3))
        self.counts = np.zeros(3, np.int64)

    def on_bar(self, ctx):
        self.calls += 1
        if self.calls < 5:
            return
        if self.way == 0:
            self.window[self.calls + 3] = 1.0
        elif self.way == 1:
            self.table[1, self.calls - 2] = 1.0
        elif self.way == 2:
            self.zero = 1.0 / self.zero
        elif self.way == 3:
            self.calls = 7 // (self.calls - 5)
        elif self.way == 4:
            self.zero = ctx.close("1m", self.calls - 6)
        elif self.way == 5:
            self.zero = ctx.closes("5m", self.calls - 5)[0]
        elif self.way == 6:
            self.zero = ctx.highest("1m", 0)
        elif self.way == 7:
            self.zero = ctx.closes("1d", 3)[0]
        elif self.way == 8:
            ctx.mark(ctx.status(99), 1.0) if False else ctx.cancel(99)
            self.calls += len(ctx.status(99))
        elif self.way == 9:
            self.zero = 1.0 / self.window[0]
        elif self.way == 10:
            self.calls = 7 % self.counts[1]
        elif self.way == 11:
            for value in self.window:
                self.zero += 1.0 // value
        elif self.way == 12:
            raise ValueError("enough")


RunError = bt.errors.RunError
ERRORS = {
    0: IndexError, 1: IndexError, 2: ZeroDivisionError, 3: ZeroDivisionError, 4: RunError, 5: RunError, 6: RunError,
    7: IndexError, 8: bt.errors.OrderError, 9: ZeroDivisionError, 10: ZeroDivisionError, 11: ZeroDivisionError, 12: ValueError,
}  # fmt: skip


@pytest.mark.parametrize("way", ERRORS)
def test_exceptions_are_of_one_type_and_say_where_the_clock_stood(way: int, simulated: bt.Ticks) -> None:
    notes = []
    for mode in ("compiled", "interpreted"):
        with pytest.raises(ERRORS[way]) as caught:
            bt.run(Failing(way=way), simulated[:2_000], mode=mode)
        assert caught.type is ERRORS[way]
        notes.append(caught.value.__notes__)
    assert notes[0] == notes[1]
    assert "Failing failed at 2024-01-07 22:0" in notes[0][0]
    assert f"of {2_000}" in notes[0][0]


class Flood(bt.Strategy):
    """Places more orders in one call than there is room for."""

    count: int = 5_000

    def on_bar(self, ctx):
        for _ in range(self.count):
            ctx.buy(size=1, limit=0.5)


def test_tables_grow_in_both_modes_alike(simulated: bt.Ticks, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(State, "first_room", FIRST_ROOM)
    monkeypatch.setattr("btlab.engine.state.MOST_FIRST_ROOM", FIRST_ROOM)  # the second begins as small as the first
    grown, grow = list[State](), State.grow
    monkeypatch.setattr(State, "grow", lambda state: (grown.append(state), grow(state)))

    class Many(bt.Strategy):
        def on_tick(self, ctx):
            ctx.buy(size=1)
            ctx.mark("tick", ctx.bid)
            if ctx.position > 20:
                ctx.close_position()

    compiled, interpreted = both(Many(), simulated[:20_000])
    assert len(compiled.orders) > 20_000 and len(compiled.marks) == 20_000
    assert len(grown) >= 4 and len(grown) % 2 == 0 and grown[0] is not grown[-1]
    assert_same(compiled, interpreted)


def test_a_flood_of_orders_is_refused_in_both_modes(simulated: bt.Ticks) -> None:
    for mode in ("compiled", "interpreted"):
        with pytest.raises(bt.errors.OrderError, match="more than 4,096 orders"):
            bt.run(Flood(count=20_000), simulated[:100], mode=mode)


CELL = """
class Stopped(bt.Strategy):
    def on_bar(self, ctx):
        height = ctx.high("1m") - ctx.low("1m")
        ctx.mark("height", height)
"""


def test_an_interpreted_run_stops_at_a_breakpoint_in_a_cell() -> None:
    """A debugger that waits at a line of a cell stops there once a bar, and sees the strategy's own names."""
    name = "<ipython-input-7-cell>"
    linecache.cache[name] = (len(CELL), None, CELL.splitlines(keepends=True), name)
    cell: dict[str, Any] = {"bt": bt, "__name__": "__main__"}
    exec(compile(CELL, name, "exec"), cell)
    stops: list[tuple[int, float]] = []

    class Debugger(bdb.Bdb):
        def user_line(self, frame: FrameType) -> None:
            if self.break_here(frame):
                stops.append((frame.f_lineno, frame.f_locals["height"]))
            self.set_continue()

    debugger, ticks = Debugger(), random_ticks(4, 300, odd=0.0)
    assert debugger.set_break(name, 5) is None
    session = debugger.runcall(bt.run, cell["Stopped"], ticks, mode="interpreted")
    assert stops == [(5, value) for value in session.marks["value"]] and len(stops) > 10
    assert session.fingerprint == bt.run(cell["Stopped"], ticks, mode="interpreted").fingerprint
