"""A run can be interrupted, whatever it runs, and says how far it is."""

from __future__ import annotations

import _thread
import os
import signal
import threading
import time
import warnings
from collections.abc import Iterator
from functools import partial
from itertools import pairwise
from types import SimpleNamespace

import numpy as np
import pytest

import btlab as bt
from btlab.data import progress
from btlab.data.progress import Meter, Progress
from btlab.engine.state import State
from btlab.session import beside, drive
from tests.market.streams import random_ticks


class Ponders(bt.Strategy):
    """Takes long over each tick, so that a run takes minutes."""

    rounds: int = 20_000

    def init(self):
        self.thought = 0.0

    def on_tick(self, ctx):
        for _ in range(self.rounds):
            self.thought = self.thought * 0.5 + ctx.bid


class PondersAtCloses(Ponders):
    def on_tick(self, ctx):
        pass

    def on_bar(self, ctx):
        for _ in range(self.rounds):
            self.thought = self.thought * 0.5 + ctx.bid


class Counts(bt.Strategy):
    """Hardly works, and remembers."""

    def init(self):
        self.calls = 0

    def on_bar(self, ctx):
        self.calls += 1


TICKS = random_ticks(3, 400_000, odd=0.0)


@pytest.fixture
def interruptible() -> Iterator[None]:
    """A process that a shell began in the background is not: an interrupt does nothing there, and the run goes on for minutes."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)


@pytest.mark.usefixtures("interruptible")
@pytest.mark.parametrize("mode", ["compiled", "interpreted"])
@pytest.mark.parametrize("strategy", [Ponders, PondersAtCloses])
def test_an_interrupt_ends_a_run_long_before_its_end(
    strategy: type[bt.Strategy], mode: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    bt.run(strategy(rounds=1), TICKS[:100], mode=mode)  # compiled before it counts
    states: list[State] = []
    subscribe = drive.subscribe
    monkeypatch.setattr(drive, "subscribe", lambda strategy, state: (states.append(state), subscribe(strategy, state)))

    def interrupt() -> None:
        while not (states and states[-1].run["taken"] > 0):  # it has begun
            time.sleep(0.01)
        _thread.interrupt_main()

    finished = bt.run(Counts(), TICKS[:1_000])
    states.clear()
    threading.Thread(target=interrupt, daemon=True).start()
    with pytest.raises(KeyboardInterrupt):
        bt.run(strategy(), TICKS, mode=mode)
    assert 0 < states[-1].run["taken"] < len(TICKS) // 2
    assert not any(thread.name == "btlab-run" for thread in threading.enumerate())
    assert finished.metrics["trades"] == 0  # what was finished before stays
    assert len(bt.run(Counts(), TICKS).equity) > 1_000  # and the next run is a whole one


@pytest.mark.parametrize("mode", ["compiled", "interpreted"])
def test_progress_is_told_while_a_run_goes_on(mode: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """On a clock that goes on by 0.04 s whenever somebody looks at it: told at every third look."""
    looks = iter(range(10**9))
    clock = SimpleNamespace(now=0.0)

    def perf_counter() -> float:
        clock.now = next(looks) * 0.04
        return clock.now

    monkeypatch.setattr(progress, "time", SimpleNamespace(perf_counter=perf_counter))
    monkeypatch.setattr(beside, "LOOK", 0.01)
    seen: list[tuple[float, Progress]] = []
    data = TICKS[: 20_000 if mode == "compiled" else 10_000]
    session = bt.run(
        Ponders(rounds=20_000 if mode == "compiled" else 20),
        data,
        mode=mode,
        progress=lambda now: seen.append((clock.now, now)),
    )
    assert len(session.data) == len(data)
    done = [now.done for _, now in seen]
    assert len(done) > 3 and done == sorted(done) and 0 < done[0] < len(data) // 2 and done[-1] == len(data)
    assert {(now.total, now.unit, now.text) for _, now in seen} == {(len(data), "ticks", "Ponders on EURUSD")}
    assert {round(later - before, 2) for (before, _), (later, _) in pairwise(seen[:-1])} == {0.12}


def test_a_run_of_another_thread_is_made_there() -> None:
    made: list[bt.Session] = []
    thread = threading.Thread(target=lambda: made.append(bt.run(Counts(), TICKS)))
    thread.start()
    thread.join()
    assert made[0].fingerprint == bt.run(Counts(), TICKS).fingerprint
    assert made[0].strategy.calls == bt.run(Counts(), TICKS, mode="interpreted").strategy.calls > 1_000


def test_what_a_strategy_raises_beside_the_main_thread_is_raised_here() -> None:
    class Fails(bt.Strategy):
        def init(self):
            self.values = np.zeros(3)

        def on_bar(self, ctx):
            self.values[7] = ctx.bid

    with pytest.raises(IndexError) as caught:
        bt.run(Fails(), TICKS, mode="compiled")
    assert "Fails failed at" in caught.value.__notes__[0]


class Trades(bt.Strategy):
    """Orders, fills, marks, what it remembers, and an end."""

    def init(self):
        self.calls = 0
        self.told = 0.0

    def on_start(self, ctx):
        self.calls += 1_000_000

    def on_bar(self, ctx):
        self.calls += 1
        if self.calls % 3 == 0:
            ctx.buy(size=1_000, stop_loss=ctx.bid - 0.0008, take_profit=ctx.bid + 0.0008)
        ctx.mark("calls", float(self.calls))

    def on_fill(self, ctx):
        self.told += ctx.fill_price

    def on_end(self, ctx):
        self.calls += 10_000_000


class TradesAtTicks(Trades):
    def on_tick(self, ctx):
        self.calls += 1
        if self.calls % 500 == 0:
            ctx.sell(size=1_000, limit=ctx.ask + 0.0002, stop_loss=ctx.bid + 0.001)


SHORT = TICKS[:40_000]
OTHER = random_ticks(4, 30_000, symbol="GBPUSD", odd=0.0)
CASES = {
    "closes": (Trades, SHORT),
    "ticks": (TradesAtTicks, SHORT),
    "bars": (Trades, bt.bars(SHORT, "1m")),
    "bars, ticks": (TradesAtTicks, bt.bars(SHORT, "1m")),
    "several": (Trades, {"EURUSD": SHORT, "GBPUSD": OTHER}),
    "several, ticks": (TradesAtTicks, {"EURUSD": SHORT, "GBPUSD": OTHER}),
}


@pytest.mark.parametrize("case", CASES)
def test_work_that_comes_back_goes_on_where_it_was(case: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Called back at twenty moments of the run: the bytes are those of a run that nobody called."""
    strategy, data = CASES[case]
    whole = bt.run(strategy(), data, mode="compiled")
    begun = time.perf_counter()
    assert bt.run(strategy(), data, mode="compiled").fingerprint == whole.fingerprint
    length = time.perf_counter() - begun
    handed, hand_over = [], beside._hand_over
    monkeypatch.setattr(beside, "_hand_over", lambda *given: (handed.append(1), hand_over(*given)))
    for moment in range(20):
        monkeypatch.setattr(beside, "HEAD_START", moment * length / 20)
        again = bt.run(strategy(), data, mode="compiled")
        assert again.fingerprint == whole.fingerprint
        assert (again.strategy.calls, again.strategy.told) == (whole.strategy.calls, whole.strategy.told)
    assert handed  # some of them were over before the alarm


def test_what_is_over_before_the_alarm_is_not_done_twice_nor_called_back_later(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(beside, "_hand_over", lambda *_: pytest.fail("handed over"))
    states: list[State] = []
    subscribe = drive.subscribe
    monkeypatch.setattr(drive, "subscribe", lambda strategy, state: (states.append(state), subscribe(strategy, state)))
    bt.run(Trades(), SHORT[:100], mode="compiled")
    monkeypatch.setattr(beside, "HEAD_START", 1.0)  # a hundred times what the run takes: a busy machine may not decide it
    session = bt.run(Trades(), SHORT[:5_000], mode="compiled")
    assert session.strategy.calls // 1_000_000 == 11
    time.sleep(1.2)
    assert states[-1].run["stop"] == 0


def test_what_stopped_of_itself_as_it_was_called_back_is_not_gone_on_with(monkeypatch: pytest.MonkeyPatch) -> None:
    states: list[State] = []
    subscribe = drive.subscribe
    monkeypatch.setattr(drive, "subscribe", lambda strategy, state: (states.append(state), subscribe(strategy, state)))
    bt.run(Counts(), SHORT[:100], mode="compiled")
    state, ways = states[-1], []

    def work(over: bool, stop: int) -> bool:
        ways.append((over, stop))
        state.set(stop=stop)
        return over

    for over, stop in ((True, beside.COME_BACK), (False, beside.STOP | beside.COME_BACK), (False, beside.STOP)):
        beside.do(partial(work, over, stop), state, Meter(False, "", 1, "ticks"))
        assert state.run["stop"] == stop & beside.STOP
    assert len(ways) == 3


@pytest.mark.skipif(not hasattr(os, "fork"), reason="Windows has no fork")
def test_a_forked_process_has_an_alarm_of_its_own(monkeypatch: pytest.MonkeyPatch) -> None:
    """A thread does not survive a fork: without a new one a long run there could not be interrupted."""
    bt.run(TradesAtTicks(), TICKS[:5_000], mode="compiled")
    monkeypatch.setattr(beside, "HEAD_START", 0.0)
    handed: list[int] = []
    hand_over = beside._hand_over
    monkeypatch.setattr(beside, "_hand_over", lambda *given: (handed.append(1), hand_over(*given)))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)  # 3.12 warns of forks beside threads, which is what is tried here
        process = os.fork()
    if process == 0:
        try:
            bt.run(TradesAtTicks(), TICKS[:200_000], mode="compiled")
            os._exit(0 if handed else 1)
        finally:
            os._exit(2)
    assert os.waitstatus_to_exitcode(os.waitpid(process, 0)[1]) == 0
