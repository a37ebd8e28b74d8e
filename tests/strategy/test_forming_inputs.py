"""Indicators that read a longer timeframe's running bar, in strategies: the batch over the ticks until then, in both modes."""

from __future__ import annotations

import numpy as np
import pytest

import btlab as bt
from btlab.indicators.columns import Frames
from btlab.indicators.graph import Graph
from btlab.indicators.values import values_of
from btlab.market.timeline import timeline_of

MODES = ("compiled", "interpreted")


def asked_of(add):
    """What the strategy asks for, by name."""
    trend = add("RSI", timeframe="1h", timeperiod=2)
    top, _, _ = add("BBANDS", timeframe="15m", timeperiod=3)
    spread = add("SPREAD", timeframe="1h", timeperiod=1)[0]
    smooth = add("EMA", timeframe="1m", input=trend.forming, timeperiod=4)
    distance = add("SUB", timeframe="5m", input=("close", top.forming))
    return {
        "smooth": smooth,
        "distance": distance,
        "score": add("ZSCORE", timeframe="1m", input=distance.forming, timeperiod=5),
        "spread": add("SUM", timeframe="5m", input=spread.forming, timeperiod=2),
        "finer": add("SUM", timeframe="15m", input=smooth.forming, timeperiod=2),
    }


class Forms(bt.Strategy):
    def init(self):
        asked = asked_of(self.indicator)
        self.smooth, self.distance, self.score = asked["smooth"], asked["distance"], asked["score"]
        self.spread, self.finer = asked["spread"], asked["finer"]
        self.calls = 0

    def on_bar(self, ctx):
        ctx.mark("closed smooth", ctx.value(self.smooth))
        ctx.mark("closed score", ctx.value(self.score))
        ctx.mark("finer", ctx.forming_value(self.finer))
        ctx.mark("distance", ctx.forming_value(self.distance))

    def on_tick(self, ctx):
        self.calls += 1
        if self.calls % 11 == 0:
            ctx.mark("smooth", ctx.forming_value(self.smooth))
            ctx.mark("finer", ctx.forming_value(self.finer))
            ctx.mark("score", ctx.forming_value(self.score))
            ctx.mark("distance", ctx.forming_value(self.distance))
            ctx.mark("spread", ctx.forming_value(self.spread))


@pytest.fixture(scope="module")
def ticks() -> bt.Ticks:
    return bt.simulate_ticks("EURUSD", days=1, seed=9)[:16_000]


@pytest.fixture(scope="module")
def session(ticks) -> bt.Session:
    return bt.run(Forms(), ticks, mode="compiled")


def first(graph: Graph):
    """As a strategy asks: one handle where there is one output."""

    def add(name, **given):
        handles = graph.add(name, **given)
        return handles if len(handles) > 1 else handles[0]

    return add


def test_at_ticks_and_at_closes_it_is_the_batch_over_the_ticks_until_then(ticks, session):
    graph = Graph()
    handles, seen = asked_of(first(graph)), session.marks.with_row_index()
    whole, compared = Frames(ticks, timeline_of(ticks)), dict.fromkeys(handles, 0)
    for name, handle in handles.items():
        rows = seen.filter(seen["name"] == name)
        for row in np.random.default_rng(3).integers(0, len(rows), 25).tolist():
            time, tick = rows["time"].dt.epoch("us")[row], rows["tick"][row]
            at_close = ticks.time[tick] != time
            cut = ticks[: tick if at_close and ticks.time[tick] >= time else tick + 1]
            assert cut.time[-1] < time if at_close else cut.time[-1] == time
            frames, made = Frames(cut, timeline_of(cut)), rows["value"][row]
            expected = values_of(graph, handle, frames)[-1]
            if at_close and frames.ends(handle.timeframe)[-1] <= time:
                expected = np.nan  # its bar has closed, and none runs
            assert made == expected or (np.isnan(made) and np.isnan(expected)), (name, time, made, expected)
            compared[name] += np.isfinite(made)
    assert min(compared.values()) > 7, compared
    for name in ("smooth", "score"):
        made = seen.filter(seen["name"] == f"closed {name}")["value"].to_numpy()
        assert np.array_equal(made, values_of(graph, handles[name], whole)[: len(made)], equal_nan=True)
        assert np.isfinite(made).sum() > 50


def test_a_session_knows_at_any_tick_and_close_what_they_said(session):
    seen, compared = session.marks, 0
    for name, column in (("smooth", "forming"), ("spread", "forming"), ("finer", "forming"), ("closed score", "value")):
        rows = seen.filter(seen["name"] == name)
        for row in np.random.default_rng(5).integers(0, len(rows), 6).tolist():
            then = session.at(rows["time"][row] if name == "closed score" else int(rows["tick"][row]))
            if then.time != rows["time"].dt.epoch("us")[row]:
                continue  # marked at a close, asked about at a tick
            known = {one["name"]: one for one in then.indicators.iter_rows(named=True)}
            made, told = known[name.removeprefix("closed ")][column], rows["value"][row]
            assert made == told or (np.isnan(made) and np.isnan(told)), (name, then)
            compared += np.isfinite(told)
    assert compared > 10
    assert session.at(-1).indicators["indicator"].str.contains("forming").sum() == 5
    nothing = type("Nothing", (bt.Strategy,), {})
    assert bt.run(nothing(), session.data[:500]).at(3).indicators.is_empty()


def test_both_modes_see_the_same_bits(ticks, session):
    assert bt.run(Forms(), ticks, mode="interpreted").marks.equals(session.marks, null_equal=True)


def test_a_checkpoint_goes_on_with_the_same_bits(ticks, session):
    half = bt.run(Forms(), ticks, mode="compiled", until=9_111).checkpoint()
    for mode in MODES:
        assert bt.resume(half, Forms(), ticks, mode=mode).marks.equals(session.marks, null_equal=True)


def test_they_know_nothing_of_what_comes(ticks):
    assert bt.check_lookahead(Forms(), ticks[:2_500]).ok


def test_of_the_strategys_own_timeframe_where_none_is_named():
    class Asks(bt.Strategy):
        timeframe = "5m"

        def init(self):
            trend = self.indicator("EMA", timeframe="4h")
            self.plain, self.forming = (self.indicator("RSI", input=one) for one in (trend, trend.forming))

    strategy = Asks()
    strategy.init()
    assert strategy.plain.timeframe == "4h" and strategy.forming.timeframe == "5m"
