"""Overlays: what stands in the frames is what the library says, nothing looks ahead, and parameters change in place."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Any, ClassVar
from zoneinfo import ZoneInfo

import numpy as np
import polars as pl
import pytest
import talib

import btlab as bt
from btlab.errors import IndicatorError, WidgetError
from btlab.indicators.columns import Frames
from btlab.indicators.values import values_of
from btlab.widgets.controller import Controller
from btlab.widgets.cut import cut
from btlab.widgets.frames import unpack
from btlab.widgets.overlays.layers import Layers
from btlab.widgets.tape import Tape


class Watches(bt.Strategy):
    """Indicators over the prices, beneath them, chained, of several outputs, and on two timeframes."""

    timeframe = ("5m", "30m")

    def init(self):
        self.mean = self.indicator("EMA", timeperiod=20)
        self.rsi = self.indicator("RSI", timeframe="15m", timeperiod=14)
        self.smooth = self.indicator("EMA", input=self.rsi, timeperiod=5)
        self.macd = self.indicator("MACD", timeframe="1h")
        self.second = self.indicator("SMA", input=self.macd[1], timeperiod=3)
        self.half = self.indicator("SMA", timeframe="30m", timeperiod=3)


class Hourly(bt.Strategy):
    timeframe = "1h"


class Middle(bt.Overlay):
    timeframe = "1h"
    length: int = 20
    wide: float = 1.0
    both: bool = True
    limits: ClassVar = {"length": (2, 500)}

    def draw(self, bars):
        high, low = pl.Series(bars.high).rolling_max(self.length), pl.Series(bars.low).rolling_min(self.length)
        middle = bt.overlays.line((high + low) / 2 * self.wide, name="middle", colour="#12ab9f")
        return [bt.overlays.band(high, low), middle] if self.both else middle


class Given(bt.Overlay):
    """Draws what it is given: a function of bars."""

    def __init__(self, draw: Any, **options: Any) -> None:
        super().__init__(**options)
        self.draw = draw


@pytest.fixture(scope="module")
def session() -> bt.Session:
    return bt.run(Watches(), bt.simulate_ticks("EURUSD", days=3))


def columns(layers: Layers, number: int) -> list[np.ndarray]:
    (frame,) = layers.blocks(number, layers.numbers(layers.layers[number]))
    return list(unpack(frame[0], [frame[1]]).values())


def same(one: Any, other: Any) -> None:
    np.testing.assert_array_equal(np.asarray(one, np.float64), np.asarray(other, np.float64))


def test_the_indicators_of_the_strategy_stand_in_their_panels_and_panes(session: bt.Session) -> None:
    layers = Layers(session)
    found = [(about["title"], bt.TIMEFRAMES[about["row"]], about["pane"]) for about in layers.info]
    assert found == [
        ("EMA 20", "5m", "price"),
        ("RSI 14", "15m", "RSI 14"),
        ("EMA 5 of RSI 14", "15m", "RSI 14"),
        ("MACD 12 26 9", "1h", "MACD 12 26 9"),
        ("SMA 3 of MACD 12 26 9", "1h", "MACD 12 26 9"),
        ("SMA 3", "15m", "price"),
    ]
    assert [about["timeframe"] for about in layers.info] == ["5m", "15m", "15m", "1h", "1h", "30m"]
    fives, quarters, hours = (session.timeline.bars(name).close for name in ("5m", "15m", "1h"))
    rsi, macd = talib.RSI(quarters, 14), talib.MACD(hours)
    same(columns(layers, 0)[0], talib.EMA(fives, 20))
    same(columns(layers, 1)[0], rsi)
    same(columns(layers, 2)[0], talib.EMA(rsi, 5))
    for made, right in zip(columns(layers, 3), macd, strict=True):
        same(made, right)
    same(columns(layers, 4)[0], talib.SMA(macd[1], 3))
    halves = talib.SMA(session.timeline.bars("30m").close, 3)
    ended, closes = (session.timeline.end[session.timeline.rows(name)] for name in ("30m", "15m"))
    same(columns(layers, 5)[0], [halves[ended <= close][-1] if (ended <= close).any() else np.nan for close in closes])
    assert layers.info[5]["shapes"][0]["kind"] == "step"
    assert [about["warm"] for about in layers.info] == [19, 14, 18, 33, 35, 5]
    assert Layers(session, overlays=False).info == []


def test_an_input_with_its_running_bar_is_drawn_as_it_is_read() -> None:
    class Reads(bt.Strategy):
        timeframe = "5m"

        def init(self):
            self.line, self.signal, _ = self.indicator("MACD", timeframe="15m", fastperiod=3, slowperiod=5, signalperiod=2)
            self.live = self.indicator("EMA", input=self.signal.forming, timeperiod=4)

    run = bt.run(Reads(), bt.simulate_ticks("EURUSD", days=1))
    layers = Layers(run)
    assert [about["title"] for about in layers.info] == ["MACD 3 5 2", "EMA 4 of forming MACD 3 5 2"]
    same(columns(layers, 1)[0], values_of(run.graph(), run.graph().handles[3], Frames(run.data, run.timeline)))


def test_the_running_bar_is_counted_in_where_the_page_asks(session: bt.Session) -> None:
    named = bt.overlays.indicator
    controller = Controller(Tape(session, overlays=[Middle(length=10), named("BBANDS", timeframe="1h", timeperiod=5)]))
    for tick in (90_000, 200_001):
        (frame,) = controller.receive({"kind": "ask", "id": 1, "what": "running", "tick": tick})
        made, then = list(unpack(frame[0], [frame[1]]).values()), session.at(tick)

        def with_running(timeframe: str, price: str = "close", then: Any = then) -> np.ndarray:
            closed = getattr(session.timeline.bars(timeframe), price)[: len(then.completed(timeframe))]
            return np.append(closed, getattr(then.forming(timeframe), price))

        upper, middle, lower = (one[-1] for one in talib.BBANDS(with_running("1h"), 5))
        high, low = talib.MAX(with_running("1h", "high"), 10)[-1], talib.MIN(with_running("1h", "low"), 10)[-1]
        right = [
            [talib.EMA(with_running("5m"), 20)[-1]],
            [talib.RSI(with_running("15m"), 14)[-1]],
            [talib.EMA(talib.RSI(with_running("15m"), 14), 5)[-1]],
            [one[-1] for one in talib.MACD(with_running("1h"))],
            [talib.SMA(talib.MACD(with_running("1h"))[1], 3)[-1]],
            [talib.SMA(with_running("30m"), 3)[-1]],
            [high, low, (high + low) / 2],
            [upper, lower, middle],
        ]
        for layer, (found, value) in enumerate(zip(made, right, strict=True)):
            np.testing.assert_allclose(found, value, rtol=1e-9, err_msg=str(layer))
    assert controller.receive({"kind": "ask", "id": 2, "what": "running", "tick": -1}) == []


def test_a_users_overlay_is_a_short_class(session: bt.Session) -> None:
    layers = Layers(session, [Middle(length=10)])
    about, bars = layers.info[-1], session.timeline.bars("1h")
    assert (about["title"], about["pane"], bt.TIMEFRAMES[about["row"]]) == ("Middle 10 1 yes", "price", "1h")
    assert [(one["kind"], one["colour"], one["columns"]) for one in about["shapes"]] == [
        ("band", "amber", 2),
        ("line", "#12ab9f", 1),
    ]
    high, low = talib.MAX(bars.high, 10), talib.MIN(bars.low, 10)
    for made, right in zip(columns(layers, 6), (high, low, (high + low) / 2), strict=True):
        same(made, right)


def test_parameters_change_in_place_for_this_widget_alone(session: bt.Session) -> None:
    given = Middle(length=10)
    controller, other = (Controller(Tape(session, overlays=[given])) for _ in range(2))
    changed, block = controller.receive({"kind": "change", "layer": 6, "values": {"length": 30}, "blocks": [0]})
    ((number, about),) = changed[0]["layers"]
    assert (number, about["title"], about["version"], block[0]["version"]) == (6, "Middle 30 1 yes", 2, 2)
    bars = session.timeline.bars("1h")
    same(unpack(block[0], [block[1]])["c0"], talib.MAX(bars.high, 30))
    assert given.length == 10
    assert other.layers.info[6]["title"] == "Middle 10 1 yes"
    (opening,) = controller.receive({"kind": "ready"})
    assert opening[0]["overlays"][6] == about, "a page that comes back finds it as it left it"
    controller.receive({"kind": "change", "layer": 1, "values": {"timeperiod": 5}, "blocks": []})
    same(columns(controller.layers, 1)[0], talib.RSI(session.timeline.bars("15m").close, 5))
    assert controller.layers.info[1]["pane"] == "RSI 14"


def test_a_value_that_cannot_be_is_said_and_changes_nothing(session: bt.Session) -> None:
    controller = Controller(Tape(session, overlays=[Middle(), Given(lambda bars: bars.close)]))
    before = controller.layers.info
    for layer, values, reason in [
        (6, {"length": 1}, "between 2 and 500"),
        (6, {"length": 2.5}, "a whole number"),
        (1, {"timeperiod": 0}, "between 2 and 100000"),
    ]:
        (answer,) = controller.receive({"kind": "change", "layer": layer, "values": values, "blocks": [0]})
        assert answer[0]["kind"] == "changed"
        assert reason in answer[0]["error"]
    assert controller.layers.info == before


@pytest.mark.parametrize(
    "message",
    [
        {"kind": "change", "layer": 6, "values": {"draw": 1}, "blocks": []},
        {"kind": "change", "layer": 6, "values": {"length": "9"}, "blocks": []},
        {"kind": "change", "layer": 6, "values": {"length": True}, "blocks": []},
        {"kind": "change", "layer": 6, "values": {"length": 10**400}, "blocks": []},
        {"kind": "change", "layer": 6, "values": {"wide": float("nan")}, "blocks": []},
        {"kind": "change", "layer": 6, "values": [["length", 5]], "blocks": []},
        {"kind": "change", "layer": -1, "values": {}, "blocks": []},
        {"kind": "change", "layer": 6, "values": {"length": 5}},
        {"kind": "overlay", "layer": 6, "blocks": [1]},
        {"kind": "overlay", "layer": 6, "blocks": [True]},
        {"kind": "overlay", "layer": 6, "blocks": [-1]},
        {"kind": "overlay", "layer": 7, "blocks": [0]},
        {"kind": "overlay", "layer": "6", "blocks": [0]},
        {"kind": "overlay", "layer": 6, "blocks": [0] * 33},
        {"kind": "overlay", "layer": 6},
    ],
)
def test_what_a_page_may_not_say_has_no_answer(session: bt.Session, message: Any) -> None:
    controller = Controller(Tape(session, overlays=[Middle()]))
    before = controller.layers.info
    assert controller.receive(message) == []
    assert controller.layers.info == before


AHEAD = {
    "the mean of all": lambda bars: bars.close - bars.close.mean(),
    "a centred mean": lambda bars: pl.Series(bars.close).rolling_mean(5, center=True),
    "the next close": lambda bars: np.append(bars.close[1:], np.nan),
    "filled backwards": lambda bars: pl.Series(bars.high).set(pl.arange(len(bars), eager=True) % 7 != 6, None).backward_fill(),
    "a pivot drawn where it was": lambda bars: bt.overlays.dots(
        np.where(bars.high >= pl.Series(bars.high).rolling_max(3, center=True, min_samples=1).to_numpy(), bars.high, np.nan)
    ),
}


@pytest.mark.parametrize("which", AHEAD)
def test_an_overlay_that_looks_ahead_is_refused(session: bt.Session, which: str) -> None:
    for show in (session.replay, session.chart):
        with pytest.raises(WidgetError, match=r"looks ahead: at bar \d+ of 5m"):
            show(overlays=[Given(AHEAD[which])])


WRONG = {
    "3 values for": lambda _: [1.0, 2.0, 3.0],
    "draw failed: ZeroDivisionError": lambda _: 1 // 0,
    "no column of numbers": lambda bars: ["a"] * len(bars),
    "is no column; give one": lambda bars: np.zeros((len(bars), 2)),
    "write #rrggbb": lambda bars: bt.overlays.line(bars.close, colour="pink"),
    "Did you mean 'up'": lambda bars: bt.overlays.dots(bars.close, mark="upp"),
    "2 to 500 rows": lambda _: bt.overlays.profile(rows=1),
    "they differ": lambda bars: bt.overlays.band(bars.high, bars.low[1:]),
    "ascending": lambda _: bt.overlays.line([1.0, 2.0], times=[2, 1]),
    "33 shapes": lambda bars: [bt.overlays.line(bars.close)] * 33,
}


@pytest.mark.parametrize("said", WRONG)
def test_what_cannot_be_drawn_says_why(session: bt.Session, said: str) -> None:
    with pytest.raises(WidgetError, match=said):
        session.chart(overlays=[Given(WRONG[said])])


def test_wrong_overlays_and_parameters_are_refused(session: bt.Session) -> None:
    with pytest.raises(WidgetError, match=r"write Middle\(\)"):
        session.chart(overlays=[Middle])
    with pytest.raises(WidgetError, match="no panel shows '30m'"):
        session.chart(overlays=[Middle(timeframe="30m")])
    with pytest.raises(WidgetError, match="Did you mean 'length'"):
        Middle(lenght=5)
    with pytest.raises(IndicatorError, match="Did you mean"):
        bt.overlays.indicator("RSY")
    with pytest.raises(IndicatorError, match="between 2 and"):
        bt.overlays.indicator("RSI", timeperiod=1)
    with pytest.raises(WidgetError, match="Did you mean 'London'"):
        bt.overlays.sessions(["Londn"])


def test_values_with_times_are_those_known_when_a_bar_had_ended(session: bt.Session) -> None:
    timeline = session.timeline
    ends, times = timeline.end[timeline.rows("5m")], timeline.start[timeline.rows("1h")] + 7
    values = np.arange(len(times), dtype=np.float64)
    layers = Layers(session, [Given(lambda _: bt.overlays.line(values[: len(times)], times=times, step=True))])
    right = [max((value for time, value in zip(times, values, strict=True) if time <= end), default=np.nan) for end in ends]
    same(columns(layers, 6)[0], right)


def test_sessions_are_the_cities_own_hours_in_summer_and_winter() -> None:
    time = np.arange(1_709_856_000_000_000, 1_711_929_600_000_000, 3_600_000_000)  # 8 to 31 March 2024: both clock changes
    bars = bt.Bars(time, *(np.ones(len(time)) for _ in range(5)), "1h", "EURUSD")
    session = bt.run(Hourly(), bars)
    layers = Layers(session, [bt.overlays.sessions(["Asia", "London", "New York"])])
    assert [bt.TIMEFRAMES[about["row"]] for about in layers.info] == ["1h"], "the bars have no finer panels"
    names = [one["name"] for one in layers.info[0]["shapes"]]
    zones = {"Asia": ("Asia/Tokyo", 9, 18), "London": ("Europe/London", 8, 17), "New York": ("America/New_York", 8, 17)}
    moments = [datetime.fromtimestamp(micros / 1e6, UTC) for micros in session.timeline.bars("1h").time.tolist()]
    for name, column in zip(names, columns(layers, 0), strict=True):
        zone, opening, closing = zones[name]
        there = [moment.astimezone(ZoneInfo(zone)) for moment in moments]
        same(column, [opening <= local.hour < closing and local.weekday() < 5 for local in there])


def test_an_exchanges_own_hours_are_shaded() -> None:
    time = np.arange(1_709_856_000_000_000, 1_709_942_400_000_000, 900_000_000)  # a Friday, before the clocks change
    bars = bt.Bars(time, *(np.ones(len(time)) for _ in range(5)), "15m", "SPY")
    layers = Layers(bt.run(Hourly(), bars, calendar="XNYS"), [bt.overlays.sessions()])
    column = dict(zip(bars.time.tolist(), columns(layers, 0)[0], strict=False))
    shaded = [datetime.fromtimestamp(micros / 1e6, UTC).strftime("%H:%M") for micros, on in column.items() if on]
    assert (shaded[0], shaded[-1]) == ("14:30", "20:45")


def test_a_part_of_a_session_has_the_values_of_the_whole(session: bt.Session) -> None:
    part = cut(session, "2024-01-09", "2024-01-10")
    whole, cut_out = Layers(session), Layers(part)
    for number, layer in enumerate(whole.layers):
        start = session.timeline.start[session.timeline.rows(layer.row)]
        there = np.isin(start, part.timeline.start[part.timeline.rows(layer.row)])
        for all_, some in zip(columns(whole, number), columns(cut_out, number), strict=True):
            same(some, all_[there])


def test_a_file_counts_the_bytes_of_its_overlays(monkeypatch: pytest.MonkeyPatch, session: bt.Session, tmp_path: Path) -> None:
    wide = [Given(lambda bars: [bt.overlays.line(bars.close)] * 32, timeframe="1m") for _ in range(4)]
    assert Layers(session, wide).size > 128 * 8 * len(session.timeline.bars("1m"))
    monkeypatch.setattr("btlab.widgets.player.TAPE_AT_MOST", 6_000_000)
    session.to_html(tmp_path / "small.html")
    with pytest.raises(WidgetError, match=r"is 1\d MB; a page holds 6"):
        session.to_html(tmp_path / "large.html", overlays=wide)


def test_long_columns_come_in_blocks(monkeypatch: pytest.MonkeyPatch, session: bt.Session) -> None:
    monkeypatch.setattr("btlab.widgets.overlays.layers.BLOCK", 128)
    layers = Layers(session)
    (coarse, extremes), *frames = layers.blocks(0, layers.numbers(layers.layers[0]))
    bars = session.timeline.bars("5m")
    assert len(frames) == -(-len(bars) // 128)
    mean = talib.EMA(bars.close, 20)
    same(np.concatenate([unpack(header, [buffer])["c0"] for header, buffer in frames]), mean)
    low, high = unpack(coarse, [extremes]).values()
    groups = [mean[at : at + 64] for at in range(0, len(mean), 64)]
    same(low, [np.nanmin(group) for group in groups])
    same(high, [np.nanmax(group) for group in groups])
