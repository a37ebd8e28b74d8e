"""The explorer's controller: exact columns, the newest position, what waits while nobody asks, and hostile messages."""

from __future__ import annotations

import random
import time
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import pytest

import btlab as bt
from btlab.session.exploration.prepared import Exploration
from btlab.session.exploration.trials import METRICS
from btlab.widgets.explorer import controller as controlling
from btlab.widgets.explorer.columns import curve_columns
from btlab.widgets.explorer.controller import ExplorerController
from btlab.widgets.explorer.frames import in_full_packets
from btlab.widgets.frames import unpack
from btlab.widgets.tape import Frame

PAGE = {"view": "v", "width": 300, "from": 0, "to": 100}


class Crossing(bt.Strategy):
    timeframe = "5m"
    lookback: int = 20
    away: float = 0.0010

    def init(self):
        if self.lookback == 13:
            raise ValueError("13 is refused")

    def on_bar(self, ctx):
        if ctx.position == 0 and ctx.close("5m") > ctx.highest("5m", self.lookback, back=1):
            ctx.buy(size=1000, stop_loss=ctx.bid - self.away, take_profit=ctx.bid + self.away)


class Slow(bt.Strategy):
    steps: int = 1

    def init(self):
        self.thought = 0.0

    def on_tick(self, ctx):
        for _ in range(self.steps):
            self.thought = self.thought * 0.5 + ctx.bid


@pytest.fixture(scope="module")
def ticks() -> bt.Ticks:
    return bt.simulate_ticks("EURUSD", days=2)


@pytest.fixture
def made(ticks: bt.Ticks) -> Iterator[Callable[..., tuple[ExplorerController, list[Frame]]]]:
    controllers = []

    def make(strategy: Any = Crossing, data: bt.Ticks = ticks, **said: Any) -> tuple[ExplorerController, list[Frame]]:
        exploration = Exploration(strategy, data, said or {"lookback": (5, 40), "away": (0.0005, 0.0020, 0.0005)})
        first = exploration.calculate(exploration.begin)
        assert first is not None
        emitted: list[Frame] = []
        controllers.append(ExplorerController(exploration, first, emitted.append))
        return controllers[-1], emitted

    yield make
    for each in controllers:
        each.close()


def run(identity: int, position: list[int], *, held: bool = False, begin: bool = True, **more: Any) -> dict[str, Any]:
    return {"kind": "run", "id": identity, "position": position, "held": held, "begin": begin, **PAGE, **more}


def of(frames: list[Frame], kind: str) -> list[dict[str, Any]]:
    return [header for header, _ in frames if header["kind"] == kind]


def figures(frame: Frame) -> dict[str, float]:
    return dict(zip(METRICS, unpack(frame[0], [frame[1]])["figures"].tolist(), strict=True))


@pytest.mark.parametrize("width", [1, 7, 300, 5_000])
def test_every_row_of_the_equity_is_in_a_column_and_no_extreme_is_lost(ticks: bt.Ticks, width: int) -> None:
    session = bt.run(Crossing(), ticks)
    columns, equity = curve_columns(session, width), session.equity
    rows, values = [], equity["equity"].to_numpy()
    closes = equity["tick"].to_numpy()
    assert len(session.fills) > 20
    count = len(columns["curve_last"])
    assert count == min(width, len(values) - 1 - len(session.fills))
    closes_at = np.append(bt.bars(ticks, "1m").time[:-1] + 60_000_000, ticks.time[-1])
    assert set(columns["curve_time"]) <= set(closes_at) and columns["curve_time"][-1] == ticks.time[-1]
    end = 0
    for k in range(count):
        begin, end = end, np.searchsorted(equity["time"].to_physical().to_numpy(), columns["curve_time"][k], side="right")
        end = max(end, begin + 1) if k < count - 1 else len(values)
        rows.append((begin, end))
    assert [columns["curve_low"].min(), columns["curve_high"].max()] == [values.min(), values.max()]
    assert columns["curve_fall"].max() == equity["drawdown"].max()
    assert columns["curve_last"][-1] == values[-1] and columns["curve_first"][0] == values[0]
    for k, (begin, end) in enumerate(rows):
        if (
            width <= 300
            and (begin == 0 or closes[begin] != closes[begin - 1])
            and (end == len(values) or closes[end] != closes[end - 1])
        ):
            assert columns["curve_low"][k] == values[begin:end].min()
            assert columns["curve_high"][k] == values[begin:end].max()


def test_an_answer_is_the_run_of_its_position(made: Any, ticks: bt.Ticks) -> None:
    controller, _ = made()
    result, trials = controller.receive(run(1, [25, 1]))
    assert (result[0]["id"], result[0]["position"], result[0]["ghost"]) == (1, [25, 1], [15, 1])
    session = bt.run(Crossing(lookback=30, away=0.0010), ticks)
    told = figures(result)
    assert told["net"] == session.equity["equity"][-1] - 10_000
    assert all(np.array_equal(told[name], session.metrics[name], equal_nan=True) for name in METRICS if name != "net")
    columns = unpack(result[0], [result[1]])
    assert columns["trade_entry_price"].tolist() == session.trades["entry_price"].to_list()
    assert trials[0]["count"] >= 2


def test_a_result_fills_its_packets_and_its_columns_stay(made: Any) -> None:
    controller, _ = made()
    for frame in controller.receive(run(1, [3, 1])):
        header, buffer = in_full_packets(frame)
        assert len(buffer) > 65_483 if header["kind"] == "result" else buffer is frame[1]
        columns, plain = unpack(header, [buffer]), unpack(frame[0], [frame[1]])
        assert list(columns) == list(plain)
        assert all(columns[name].tobytes() == plain[name].tobytes() for name in plain)
    large = ({"kind": "result"}, bytes(100_000))
    assert in_full_packets(large) == large


def test_what_is_held_is_no_trial_and_the_ghost_stays_where_it_began(made: Any) -> None:
    controller, _ = made()
    controller.ahead.on = False
    first = controller.receive(run(1, [20, 1], held=True))
    assert [header["kind"] for header, _ in first] == ["result"] and len(controller.trials) == 1
    controller.receive(run(2, [21, 1], held=True, begin=False))
    assert controller.ghost.position == (15, 1)
    controller.receive(run(3, [21, 1], held=False, begin=False))
    assert len(controller.trials) == 2 and controller.ghost.position == (15, 1)
    controller.receive({"kind": "pin", "pinned": True, **PAGE})
    for identity, position in ((4, [2, 2]), (5, [3, 3])):
        controller.receive(run(identity, position))
        assert controller.ghost.position == (21, 1)


def test_only_the_newest_position_counts(made: Any, ticks: bt.Ticks, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(controlling, "PATIENCE", 0.05)
    controller, emitted = made(Slow, ticks[:2_000], steps=[1, 2, 3_000_000])
    controller.ahead.on = False
    assert of(controller.receive(run(1, [2])), "busy")
    began = time.monotonic()
    frames = controller.receive(run(2, [1]))
    while not of(frames + emitted, "result") and time.monotonic() < began + 10:
        time.sleep(0.01)
    assert time.monotonic() - began < 5  # the slow one, which takes a minute, was ended
    assert [header["id"] for header in of(frames + emitted, "result")] == [2]
    assert controller.current.position == (1,)
    assert [header["id"] for header in of(emitted, "halted")] == [1]


def test_a_refused_position_says_why_and_keeps_the_result(made: Any) -> None:
    controller, _ = made()
    (refused,) = controller.receive(run(1, [8, 1]))
    assert refused[0]["kind"] == "refused" and "13 is refused" in refused[0]["text"]
    assert controller.current.position == (15, 1)
    assert controller.trials.made[(8, 1)].refused


def test_curves_and_map_fill_in_while_nobody_asks_and_count_as_trials(made: Any) -> None:
    controller, emitted = made()
    opening = controller.receive({"kind": "ready", **PAGE})
    assert [header["kind"] for header, _ in opening] == ["open", "result", "trials"]
    end = time.monotonic() + 60
    while controller.ahead.next(controller.current.position) is not None and time.monotonic() < end:
        time.sleep(0.02)
    columns, rows = (controller.ahead.places[axis] for axis in (0, 1))
    cells = {(x, y) for x in columns for y in rows}
    assert cells <= set(controller.trials.made)
    header, buffer = controller._trials()
    states = unpack(header, [buffer])["map_state"].reshape(len(rows), len(columns))
    refused = [columns.index(8)] if 8 in columns else []
    assert (np.delete(states, refused, axis=1) == 1).all() and (states[:, refused] == 2).all()
    assert header["count"] == sum(not trial.refused for trial in controller.trials.made.values()) > 20
    assert emitted and emitted[-1][0]["count"] <= header["count"]


def test_no_message_breaks_it_or_changes_what_it_may_not(made: Any) -> None:
    controller, _ = made()
    controller.ahead.on = False
    dice, position = random.Random(4), controller.current.position
    odd = [
        None,
        True,
        -1,
        0,
        1,
        99,
        2**70,
        1.5,
        float("nan"),
        "",
        "x" * 100_000,
        [],
        [1],
        [[]],
        [0, 99],
        [0, 1.0],
        [True, 0],
        {},
        b"x",
    ]
    kinds = [*controller._answers, "nonsense", None, 3, ["run"]]
    names = ["view", "width", "id", "position", "held", "begin", "pinned", "metric", "x", "y", "on", "from", "to"]
    for _ in range(5_000):
        message: Any = {"kind": dice.choice(kinds), **{name: dice.choice(odd) for name in names if dice.random() < 0.8}}
        controller.receive(message if dice.random() < 0.95 else dice.choice(odd))
    assert controller.current.position == position
    assert controller.metric == "net" and controller.ahead.axes == (0, 1)
    ranges = controller.exploration.ranges
    assert all(
        0 <= place < len(each.values) for made_ in controller.trials.made for place, each in zip(made_, ranges, strict=True)
    )
    for places in ([0, 99], [-1, 0], [True, 0], [0, 1.0], [0], [0, 0, 0], "00"):
        assert controller.receive(run(6, places)) == []
    assert of(controller.receive(run(7, [3, 1])), "result")


def test_the_widget_moves_keeps_and_writes_code(ticks: bt.Ticks) -> None:
    explorer = bt.explore(Crossing, ticks, lookback=(5, 40))
    try:
        explorer.move(lookback=31)
        assert (explorer.code(), explorer.values) == ("Crossing(lookback=31)", {"lookback": 31})
        kept = explorer.keep()
        explorer.move(lookback=32)
        assert explorer.session is kept and kept.parameters["lookback"] == 31
        with pytest.raises(bt.errors.RunError, match="nearest is 40"):
            explorer.move(lookback=70)
        with pytest.raises(ValueError, match="13 is refused"):
            explorer.move(lookback=13)
        assert explorer.values == {"lookback": 32}
    finally:
        explorer.close()


class Averaged(bt.Strategy):
    timeframe = "15m"
    period: int = 5

    def init(self):
        self.mean = self.indicator("SMA", timeperiod=self.period)
        self.rsi = self.indicator("RSI", timeperiod=14)

    def on_bar(self, ctx):
        if ctx.crossed_above(self.mean, ctx.close("15m")):
            ctx.target(0.0)


def test_lines_over_the_prices_are_those_of_the_result(made: Any, ticks: bt.Ticks) -> None:
    controller, _ = made(Averaged, period=(3, 9))
    (result, _) = controller.receive(run(1, [4], **{"from": 20, "to": 60}))
    header, columns = result[0], unpack(result[0], [result[1]])
    assert (header["lines"], header["lines_from"]) == (["SMA 7"], 20)
    right = bt.indicator("SMA", bt.bars(ticks, "15m"), timeperiod=7)[20:60]
    assert np.array_equal(columns["line0"], right, equal_nan=True)
