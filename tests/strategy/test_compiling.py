"""What compiles anew and what does not; what two strategies, two runs and two processes share: nothing but the machine code."""

from __future__ import annotations

import subprocess
import sys
import types
from typing import Any

import numba
import numpy as np
import pytest

import btlab as bt
from btlab.strategy import compile as compiling
from tests.market.streams import random_ticks
from tests.strategy.examples import AnswersFills, Breakout, Ring, TextTimeframe

TICKS = random_ticks(1, 2_000, odd=0.0, pace=6e6)
LEVEL = 1.0
CONSTANTS = types.ModuleType("constants")
CONSTANTS.FACTOR = 2.0  # type: ignore[attr-defined]
ARRAY = np.array([1.0, 2.0])


@pytest.fixture
def compiled(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Names of the methods that were compiled, in order."""
    names: list[str] = []
    original = compiling.compile_method

    def counting(method: Any, *rest: Any) -> Any:
        names.append(method.__qualname__)
        return original(method, *rest)

    monkeypatch.setattr(compiling, "compile_method", counting)
    return names


def run(strategy: bt.Strategy, data: bt.Ticks = TICKS) -> bt.Session:
    return bt.run(strategy, data, mode="compiled", account=bt.Account(leverage=5))


def test_a_new_value_of_a_parameter_compiles_nothing(compiled: list[str]) -> None:
    run(Ring())
    first = len(compiled)
    overloads = count_overloads()
    rings = [run(Ring(rows=rows, columns=columns)) for rows, columns in ((2, 5), (7, 3), (1, 64))]
    assert [session.strategy.ring.shape for session in rings] == [(2, 5), (7, 3), (1, 64)]
    assert len({session.fingerprint for session in rings}) == 3
    run(Breakout())
    breakouts = len(compiled)
    assert len({run(Breakout(lookback=n, risk=0.0003 * n)).fingerprint for n in (2, 5, 11)}) == 3
    assert len(compiled) == breakouts
    assert first <= 1 and count_overloads() <= overloads + 1


def count_overloads() -> int:
    """How many machine codes the steps kept in this process have."""
    return len(compiling._COMPILED)


def test_a_text_is_a_constant_and_a_new_one_compiles_once(compiled: list[str]) -> None:
    sessions = [run(TextTimeframe(timeframe=name, label=name)) for name in ("5m", "1h", "5m", "1h")]
    assert len(compiled) <= 2
    assert sessions[0].fingerprint == sessions[2].fingerprint != sessions[1].fingerprint == sessions[3].fingerprint
    assert sessions[0].marks["name"].unique().to_list() == ["5m"]
    assert set(sessions[1].marks["name"]) == {"1h"}


class ReadsOutside(bt.Strategy):
    def init(self):
        self.value = 0.0

    def on_bar(self, ctx):
        self.value = LEVEL + 10.0 * CONSTANTS.FACTOR + 100.0 * ARRAY[1] + 1_000.0 * doubled(1.0)


@numba.njit
def doubled(value):
    return 2.0 * value


def test_a_changed_global_module_array_or_helper_compiles_anew(compiled: list[str], monkeypatch: pytest.MonkeyPatch) -> None:
    assert run(ReadsOutside()).strategy.value == 1.0 + 20.0 + 200.0 + 2_000.0
    before = len(compiled)
    monkeypatch.setitem(globals(), "LEVEL", 3.0)
    assert run(ReadsOutside()).strategy.value == 3.0 + 20.0 + 200.0 + 2_000.0
    monkeypatch.setattr(CONSTANTS, "FACTOR", 5.0)
    assert run(ReadsOutside()).strategy.value == 3.0 + 50.0 + 200.0 + 2_000.0
    monkeypatch.setitem(globals(), "ARRAY", np.array([1.0, 7.0]))
    assert run(ReadsOutside()).strategy.value == 3.0 + 50.0 + 700.0 + 2_000.0
    monkeypatch.setitem(globals(), "doubled", numba.njit(lambda value: 4.0 * value))
    assert run(ReadsOutside()).strategy.value == 3.0 + 50.0 + 700.0 + 4_000.0
    assert len(compiled) == before + 4
    monkeypatch.undo()
    assert run(ReadsOutside()).strategy.value == 1.0 + 20.0 + 200.0 + 2_000.0


def test_a_changed_array_element_and_a_closure_count() -> None:
    def made(step: float) -> type[bt.Strategy]:
        class Closure(bt.Strategy):
            def init(self):
                self.value = 0.0

            def on_bar(self, ctx):
                self.value += step

        return Closure

    one, two = run(made(1.0)()).strategy.value, run(made(2.0)()).strategy.value
    assert two == 2.0 * one > 0
    value = run(ReadsOutside()).strategy.value
    ARRAY[1] += 1.0
    assert run(ReadsOutside()).strategy.value == value + 100.0
    ARRAY[1] -= 1.0


def test_two_classes_of_one_name_and_two_objects_share_no_state() -> None:
    first = type("Same", (Breakout,), {})
    other = type("Same", (Ring,), {})
    assert run(first()).fingerprint != run(other()).fingerprint
    small, large = Ring(columns=4), Ring(columns=32)
    kept = run(small).strategy
    ring = kept.ring.copy()
    run(large)
    np.testing.assert_array_equal(kept.ring, ring)
    again = run(small).strategy
    assert again is not kept and again.ring is not kept.ring and not np.shares_memory(again.ring, kept.ring)


@pytest.mark.parametrize("mode", ["compiled", "interpreted"])
def test_the_strategy_object_is_as_it_was(mode: str) -> None:
    strategy = AnswersFills()
    strategy.memory = np.zeros(3)  # type: ignore[attr-defined]
    before = {name: repr(value) for name, value in vars(strategy).items()}
    session = bt.run(strategy, TICKS, mode=mode)
    assert {name: repr(value) for name, value in vars(strategy).items()} == before
    assert session.strategy is not strategy and not np.shares_memory(session.strategy.memory, strategy.memory)  # type: ignore[attr-defined]


class WritesItsMemory(bt.Strategy):
    def on_bar(self, ctx):
        self.memory[0] += 1.0


@pytest.mark.parametrize("mode", ["compiled", "interpreted"])
def test_an_array_that_the_object_brought_is_not_written(mode: str) -> None:
    strategy = WritesItsMemory()
    strategy.memory = np.zeros(3)  # type: ignore[attr-defined]
    assert bt.run(strategy, TICKS, mode=mode).strategy.memory[0] > 0
    assert strategy.memory[0] == 0.0  # type: ignore[attr-defined]


@pytest.mark.parametrize("mode", ["compiled", "interpreted"])
def test_running_twice_gives_the_same_bits(mode: str) -> None:
    one, two = (bt.run(AnswersFills(), TICKS, mode=mode) for _ in range(2))
    assert one.fingerprint == two.fingerprint and len(one.fills) > 20
    for name in ("order", "fill", "trade", "mark"):
        assert one.records[name].tobytes() == two.records[name].tobytes()
    assert one.equity.equals(two.equity)


class Talks(bt.Strategy):
    def on_bar(self, ctx):
        if ctx.count("1m") == 3:
            print("bar", ctx.count("1m"), ctx.closed("1m"), "is told")

    def on_end(self, ctx):
        if ctx.equity > 0.0:
            raise ValueError("the end of it")


@pytest.mark.parametrize("mode", ["compiled", "interpreted"])
def test_what_is_printed_or_raised_has_its_texts(mode: str, capfd: pytest.CaptureFixture[str]) -> None:
    """They lie in an environment that machine code looks up while it runs."""
    for _ in range(2):
        with pytest.raises(Exception, match="the end of it"):
            bt.run(Talks(), TICKS, mode=mode)
    assert capfd.readouterr().out == "bar 3 True is told\n" * 2


def test_symbols_of_two_processes_never_meet() -> None:
    """Functions of one name are told apart by a number: kept on disk by two processes, two once had the same."""
    said = "import btlab.market.jit, numba.core.bytecode as b; print(next(b.FunctionIdentity._unique_ids))"
    numbers = [int(subprocess.run([sys.executable, "-c", said], capture_output=True, check=True).stdout) for _ in range(3)]
    assert len(set(numbers)) == 3 and min(numbers) > 1_000_000
