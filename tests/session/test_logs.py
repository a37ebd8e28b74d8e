"""`ctx.log(text, value)`: what a strategy noted, in both modes, of several symbols, and everywhere a run is looked at."""

from __future__ import annotations

import inspect
import math
from typing import Any

import numpy as np
import pytest

import btlab as bt
from btlab.widgets.events import Events
from tests.market.streams import random_ticks

TICKS = random_ticks(3, 3_000, odd=0.0)
MODES = ("compiled", "interpreted")


class Notes(bt.Strategy):
    """A log with a value at each minute, one without at each fifth, a mark between, and an order."""

    timeframe = "1m"

    def init(self):
        self.n = 0

    def on_start(self, ctx):
        ctx.log("begun")

    def on_bar(self, ctx):
        self.n += 1
        ctx.log("spread", ctx.ask - ctx.bid)
        ctx.mark("close", ctx.close("1m"))
        if self.n % 5 == 0:
            ctx.log("fifth")
        if self.n == 7:
            ctx.buy(size=1)
            ctx.log("whole", 7)


def told(session: Any) -> list[tuple[Any, ...]]:
    return [(*row[:-1], None if math.isnan(row[-1]) else row[-1]) for row in session.logs.select("tick", "text", "value").rows()]


@pytest.fixture(scope="module")
def sessions() -> dict[str, bt.Session]:
    return {mode: bt.run(Notes(), TICKS, mode=mode) for mode in MODES}


def test_a_log_is_a_row_with_time_tick_text_and_value(sessions):
    session = sessions["interpreted"]
    assert session.logs.columns == ["time", "tick", "text", "value"]
    bars = session.timeline.bars("1m")
    closed = int((session.timeline.end[session.timeline.rows("1m")] <= TICKS.last_time).sum())
    by_text = {text: session.logs.filter(text=text) for text in ("begun", "spread", "fifth", "whole")}
    assert [len(by_text[text]) for text in by_text] == [1, closed, closed // 5, 1]
    assert told(session)[0] == (-1, "begun", None)
    spreads, last = by_text["spread"], by_text["spread"]["tick"].to_numpy()
    assert np.array_equal(spreads["value"], TICKS.ask[last] - TICKS.bid[last])
    assert spreads["time"].to_physical().to_list() == session.timeline.end[session.timeline.rows("1m")][:closed].tolist()
    assert by_text["whole"].select("value", "time").row(0) == (7.0, by_text["spread"]["time"][6])
    assert by_text["fifth"]["value"].is_nan().all()
    assert session.marks["name"].unique().to_list() == ["close"]
    assert np.array_equal(session.marks["value"], bars.close[:closed])


def test_both_modes_leave_the_same(sessions):
    one, other = (sessions[mode] for mode in MODES)
    assert [session.mode for session in (one, other)] == list(MODES)
    assert one.logs.equals(other.logs)
    assert one.marks.equals(other.marks)
    assert len(one.logs) > 20


def test_what_is_known_of_it_at_a_moment(sessions):
    session = sessions["compiled"]
    tick = int(session.logs["tick"][9])
    then = session.at(tick + 1)
    assert then.logs.equals(session.logs.filter(session.logs["tick"] <= tick))
    assert 0 < len(then.logs) < len(session.logs)
    assert "logs" not in then.marks["name"]


@pytest.mark.parametrize("mode", MODES)
def test_an_explanation_tells_it(sessions, mode):
    """Of a moment: the call's acts, in a line; of a trade: nothing of other minutes."""
    session = sessions[mode]
    tick = int(session.logs.filter(text="whole")["tick"][0])
    (call,) = (call for call in session.explain_at(tick + 1).calls if call.method == "on_bar")
    spread = TICKS.ask[tick] - TICKS.bid[tick]
    assert [(act.name, act.arguments) for act in call.acts if act.name == "log"] == [
        ("log", f"'spread', {float(spread)!r}"),
        ("log", "'whole', 7"),
    ]
    assert "'whole', 7" in repr(session.explain_at(tick + 1))


def test_the_replay_lists_it_at_the_tick_from_which_it_is_known(sessions):
    session = sessions["compiled"]
    events = Events(session)
    columns = events.columns()
    named = [events.names[int(place)] for place in columns["mark_name"]]
    assert {"begun", "spread", "fifth", "whole", "close"} == set(named)
    (row,) = (k for k, name in enumerate(named) if name == "whole")
    assert columns["mark_known"][row] == session.logs.filter(text="whole")["tick"][0] + 1
    assert columns["mark_value"][row] == 7.0


class Two(bt.Strategy):
    timeframe = "5m"

    def on_bar(self, ctx):
        ctx.log("own", ctx.bid)
        ctx.log("other", 1.0, symbol=1 - ctx.symbol)
        ctx.log("named", symbol="BBB")
        ctx.of("AAA").log("of", 2)


@pytest.mark.parametrize("mode", MODES)
def test_of_several_symbols(mode):
    data = {symbol: random_ticks(k, 800, symbol=symbol, odd=0.0) for k, symbol in enumerate(("AAA", "BBB"))}
    session = bt.run(Two(), data, mode=mode)
    assert session.logs.columns == ["time", "tick", "text", "value", "symbol"]
    counts = {symbol: len(session.logs.filter(text="own", symbol=symbol)) for symbol in data}
    both = sum(counts.values())
    assert min(counts.values()) > 3
    assert len(session.logs.filter(text="other", symbol="AAA")) == counts["BBB"]
    assert len(session.logs.filter(text="named", symbol="BBB")) == len(session.logs.filter(text="of", symbol="AAA")) == both
    part = session.of("AAA").logs
    assert part.equals(session.logs.filter(symbol="AAA").drop("symbol"))
    assert len(session.marks) == 0


@pytest.mark.parametrize("mode", MODES)
def test_a_run_that_halted_goes_on_with_its_logs(tmp_path, mode, sessions):
    half = bt.run(Notes(), TICKS, until=1_500, mode=mode)
    half.checkpoint(tmp_path / "half")
    whole = bt.resume(tmp_path / "half", Notes(), TICKS, mode=MODES[mode == "compiled"])
    assert 0 < len(half.logs) < len(whole.logs)
    assert whole.logs.equals(sessions[mode].logs)


class Knows(bt.Strategy):
    """It logs a close of the future."""

    timeframe = "5m"

    def init(self):
        self.closes = bt.bars(TICKS, "5m").close
        self.i = 0

    def on_bar(self, ctx):
        ctx.mark("past", ctx.close("5m"))
        self.i += 1
        ctx.log("future", self.closes[min(self.i + 1, len(self.closes) - 1)])


def test_a_log_of_the_future_is_a_leak():
    found = bt.check_lookahead(Knows(), TICKS)
    assert not found.ok
    line = inspect.getsourcelines(Knows.on_bar)[1] + 3
    assert found.leaks["decision"].to_list() == [f"log 'future' by on_bar, line {line}"]


class Many(bt.Strategy):
    timeframe = "1m"

    def on_start(self, ctx):
        for k in range(50_000):
            ctx.log("much", k)


class Wrong(bt.Strategy):
    timeframe = "1m"

    def on_bar(self, ctx):
        ctx.log(5, 1.0)


class WrongMark(bt.Strategy):
    timeframe = "1m"

    def on_bar(self, ctx):
        ctx.mark(5, 1.0)


@pytest.mark.parametrize("mode", MODES)
def test_too_many_in_one_call_are_refused(mode):
    with pytest.raises(bt.errors.OrderError, match=r"more than 4,096 marks and logs were left in one call"):
        bt.run(Many(), TICKS, mode=mode)


@pytest.mark.parametrize("strategy", [Wrong, WrongMark])
def test_what_is_no_text_is_refused(strategy):
    with pytest.raises(bt.errors.OrderError, match="what is marked or logged has a text"):
        bt.run(strategy(), TICKS, mode="interpreted")
    with pytest.raises(bt.errors.CompileError, match="must be written out, as in ctx"):
        bt.run(strategy(), TICKS, mode="compiled")
