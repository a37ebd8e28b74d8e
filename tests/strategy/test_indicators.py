"""Indicators in strategies: what `ctx` says of them, compiled and interpreted, is the batch over what had closed by then."""

from __future__ import annotations

from xml.etree import ElementTree

import numpy as np
import polars as pl
import pytest
import talib

import btlab as bt
from btlab.errors import CompileError, IndicatorError, TimeframeError
from btlab.indicators.columns import Frames
from btlab.indicators.graph import Graph
from btlab.indicators.values import calculate, values_of
from btlab.session.run import go
from btlab.session.setup import setup_of

PRICES = ("open", "high", "low", "close", "volume")
MODES = ("compiled", "interpreted")


class Reads(bt.Strategy):
    """Writes down what it is told, at closes of two timeframes."""

    timeframe = ("5m", "1h")
    period: int = 14

    def init(self):
        self.rsi = self.indicator("RSI", timeperiod=self.period)
        self.smooth = self.indicator("EMA", input=self.rsi, timeperiod=5)
        self.slow = self.indicator("SMA", timeframe="1h", timeperiod=3)
        self.line, self.signal, self.hist = self.indicator("MACD", input="hl2")
        self.score = self.indicator("ZSCORE", timeperiod=10)

    def on_bar(self, ctx):
        ctx.mark("rsi", ctx.value(self.rsi))
        ctx.mark("rsi 2", ctx.value(self.rsi, back=2))
        ctx.mark("smooth", ctx.value(self.smooth))
        ctx.mark("slow", ctx.value(self.slow))
        ctx.mark("signal", ctx.value(self.signal))
        ctx.mark("score", ctx.value(self.score))
        ctx.mark("over", 1.0 if ctx.crossed_above(self.line, self.signal) else 0.0)
        ctx.mark("under", 1.0 if ctx.crossed_below(self.line, self.signal) else 0.0)
        ctx.mark("low", 1.0 if ctx.crossed_below(self.rsi, 45) else 0.0)
        ctx.mark("4h", ctx.forming_value(self.slow))


class Forms(bt.Strategy):
    """Asks about running bars at every tick."""

    timeframe = "5m"

    def init(self):
        self.rsi = self.indicator("RSI", timeperiod=5)
        self.smooth = self.indicator("EMA", input=self.rsi, timeperiod=3)
        self.top, self.middle, self.bottom = self.indicator("BBANDS", timeframe="1h", timeperiod=3)
        self.vwap = self.indicator("SESSION_VWAP", timeframe="15m")[0]
        self.day = self.indicator("TRANGE", timeframe="4h")
        self.doji = self.indicator("CDLDOJI", timeframe="1m")
        self.read = 0

    def on_tick(self, ctx):
        self.read += 1
        if self.read % 7 == 0:
            ctx.mark("rsi", ctx.forming_value(self.rsi))
            ctx.mark("smooth", ctx.forming_value(self.smooth))
            ctx.mark("top", ctx.forming_value(self.top))
            ctx.mark("bottom", ctx.forming_value(self.bottom))
            ctx.mark("vwap", ctx.forming_value(self.vwap))
            ctx.mark("day", ctx.forming_value(self.day))
            ctx.mark("doji", ctx.forming_value(self.doji))

    def on_bar(self, ctx):
        ctx.mark("closed", ctx.forming_value(self.rsi))


@pytest.fixture(scope="module")
def ticks() -> bt.Ticks:
    return bt.simulate_ticks("EURUSD", days=1, seed=3)[:24_000]


def marks(session: bt.Session, name: str) -> tuple[np.ndarray, np.ndarray]:
    """(times in µs, values) of the marks of one name."""
    found = session.marks.filter(session.marks["name"] == name)
    return found["time"].dt.epoch("us").to_numpy(), found["value"].to_numpy()


@pytest.mark.parametrize("mode", MODES)
def test_values_on_closed_bars(ticks, mode):
    session = bt.run(Reads(), ticks, mode=mode)
    bars, hours = bt.bars(ticks, "5m"), bt.bars(ticks, "1h")
    rsi = talib.RSI(bars.close, 14)
    line, signal, _ = talib.MACD(talib.MEDPRICE(bars.high, bars.low))
    smooth = np.append(np.full(14, np.nan), talib.EMA(rsi[14:], 5))
    expected = {"rsi": rsi, "rsi 2": np.append([np.nan] * 2, rsi[:-2]), "smooth": smooth, "signal": signal}
    expected["score"] = bt.indicator("ZSCORE", bars, timeperiod=10).to_numpy()
    with np.errstate(invalid="ignore"):
        over = np.append(False, (line[:-1] <= signal[:-1]) & (line[1:] > signal[1:]))
        under = np.append(False, (line[:-1] >= signal[:-1]) & (line[1:] < signal[1:]))
        low = np.append(False, (rsi[:-1] >= 45) & (rsi[1:] < 45))
    expected |= {"over": over, "under": under, "low": low}
    for name, values in expected.items():
        times, seen = marks(session, name)
        last = np.searchsorted(bars.time + 300_000_000, times, side="right") - 1
        assert len(seen) > 100 and np.array_equal(seen, values.astype(float)[last], equal_nan=True), name
    assert over.sum() > 3 and under.sum() > 3 and low.sum() > 3
    times, seen = marks(session, "slow")
    last = np.searchsorted(hours.time + 3_600_000_000, times, side="right") - 1
    assert np.array_equal(seen, np.append(talib.SMA(hours.close, 3), np.nan)[last], equal_nan=True)


@pytest.mark.parametrize("strategy", [Reads, Forms])
def test_both_modes_see_the_same_bits(ticks, strategy):
    one, other = (bt.run(strategy(), ticks, mode=mode) for mode in MODES)
    assert len(one.marks) > 1_000 and one.marks.equals(other.marks, null_equal=True)
    assert np.isfinite(one.marks["value"].to_numpy()).mean() > 0.5


def test_values_of_running_bars_are_the_batch_over_history_and_the_running_bar(ticks):
    """At 40 ticks, from bars made elsewhere: the forming ones of `bt.MultiTimeframe`."""
    session, whole, graph = bt.run(Forms(), ticks, mode="compiled"), bt.MultiTimeframe(ticks), Graph()
    asked = {
        "rsi": graph.add("RSI", timeframe="5m", timeperiod=5)[0],
        "top": graph.add("BBANDS", timeframe="1h", timeperiod=3)[0],
        "vwap": graph.add("SESSION_VWAP", timeframe="15m")[0],
        "day": graph.add("TRANGE", timeframe="4h")[0],
        "doji": graph.add("CDLDOJI", timeframe="1m")[0],
    }
    asked["smooth"] = graph.add("EMA", timeframe="5m", input=asked["rsi"], timeperiod=3)[0]
    seen = {name: session.marks.filter(session.marks["name"] == name) for name in asked}
    compared = 0
    for row in np.random.default_rng(4).integers(0, len(seen["rsi"]), 40).tolist():
        tick = int(seen["rsi"]["tick"][row])
        state = whole.at(tick)
        for name, handle in asked.items():
            closed, bar = state.completed(handle.timeframe), state.forming(handle.timeframe)
            columns = [np.append(getattr(closed, price), getattr(bar, price)) for price in PRICES]
            bars = bt.Bars(np.append(closed.time, bar.time), *columns, handle.timeframe, "EURUSD")
            expected, made = values_of(graph, handle, Frames(bars))[-1], seen[name]["value"][row]
            assert made == expected or (np.isnan(made) and np.isnan(expected)), (name, tick, made, expected)
            compared += np.isfinite(expected)
    assert compared > 150
    assert session.marks.filter(session.marks["name"] == "closed")["value"].is_nan().all(), "no bar runs when one has closed"


class Counts(bt.Strategy):
    """Indicators that count a running bar's ticks, read now and then."""

    def init(self):
        self.imbalance = self.indicator("TICK_IMBALANCE", timeframe="5m", timeperiod=2)
        self.spread = self.indicator("SPREAD", timeframe="1h", timeperiod=1)[0]
        self.calls = 0

    def on_tick(self, ctx):
        self.calls += 1
        if self.calls % 13 == 0:
            ctx.mark("imbalance", ctx.forming_value(self.imbalance))
            if self.calls % 5 == 0:
                ctx.mark("spread", ctx.forming_value(self.spread))


def test_ticks_of_the_running_bar_are_counted(ticks):
    one, other = (bt.run(Counts(), ticks[:9_000], mode=mode).marks for mode in MODES)
    assert one.equals(other, null_equal=True)
    for name, indicator, timeframe, period in (("imbalance", "TICK_IMBALANCE", "5m", 2), ("spread", "SPREAD", "1h", 1)):
        seen, compared = one.filter(one["name"] == name), 0
        for row in np.random.default_rng(9).integers(0, len(seen), 25).tolist():
            until = ticks[: int(seen["tick"][row]) + 1]
            made = bt.indicator(indicator, until, timeframe=timeframe, timeperiod=period)
            expected = (made.to_series(0) if isinstance(made, pl.DataFrame) else made)[-1]
            assert seen["value"][row] == expected or (np.isnan(expected) and np.isnan(seen["value"][row])), (name, row)
            compared += np.isfinite(expected)
        assert compared > 15


def test_another_timeframe_by_default_is_that_of_the_input():
    class Chained(bt.Strategy):
        timeframe = ("5m", "1h")

        def init(self):
            trend = self.indicator("EMA", timeframe="4h", timeperiod=5)
            self.on_trend = self.indicator("RSI", input=trend)
            self.plain = self.indicator("RSI")

    strategy = Chained()
    strategy.init()
    assert strategy.on_trend.timeframe == "4h" and strategy.plain.timeframe == "5m"


def test_a_checkpoint_goes_on_with_the_same_bits(ticks):
    whole = bt.run(Forms(), ticks, mode="compiled")
    for mode in MODES:
        half = bt.run(Forms(), ticks, mode="compiled", until=11_111).checkpoint()
        assert bt.resume(half, Forms(), ticks, mode=mode).marks.equals(whole.marks, null_equal=True)


def test_indicators_know_nothing_of_what_comes(ticks):
    assert bt.check_lookahead(Reads(), ticks[:9_000]).ok
    assert bt.check_lookahead(Forms(), ticks[:6_000]).ok


class Buys(bt.Strategy):
    timeframe = "5m"

    def init(self):
        self.fast, self.slow = self.indicator("EMA", timeperiod=3), self.indicator("EMA", timeperiod=8)
        self.atr = self.indicator("ATR")

    def on_bar(self, ctx):
        if ctx.crossed_above(self.fast, self.slow):
            ctx.buy(size=1_000, stop_loss=ctx.bid - 2 * ctx.value(self.atr))
        if ctx.crossed_below(self.fast, self.slow):
            ctx.close_position()


def test_a_strategy_trades_on_them(ticks):
    one, other = (bt.run(Buys(), ticks, mode=mode) for mode in MODES)
    assert one.fingerprint == other.fingerprint and len(one.trades) > 5


def test_what_nobody_reads_is_not_calculated(ticks):
    class Unread(bt.Strategy):
        def init(self):
            self.read, self.other = self.indicator("RSI"), self.indicator("CCI")

        def on_bar(self, ctx):
            ctx.mark("rsi", ctx.value(self.read))

    for mode in MODES:
        book = started(Unread(), ticks, mode)
        assert (book.addresses != 0).tolist() == [True, False] and book.driver is None


class Swept(bt.Strategy):
    """One indicator hangs on the parameter, and what reads it; the others do not."""

    timeframe = "5m"
    period: int = 5

    def init(self):
        self.rsi, self.range = self.indicator("RSI", timeframe="15m"), self.indicator("ATR", timeperiod=5)
        self.smooth = self.indicator("EMA", input=self.rsi, timeperiod=3)
        self.live = self.indicator("SMA", input=self.smooth.forming, timeperiod=2)
        self.fast = self.indicator("KAMA", timeperiod=self.period)
        self.top, _, _ = self.indicator("BBANDS", input=self.fast)

    def on_bar(self, ctx):
        if ctx.value(self.live) > 50 and ctx.close("5m") > ctx.value(self.top):
            ctx.buy(size=1, stop_loss=ctx.bid - ctx.value(self.range))


def test_a_sweep_shares_what_does_not_change(ticks, monkeypatch):
    fresh, made = bt.Ticks(ticks.time, ticks.bid, ticks.ask, ticks.bid_size, ticks.ask_size, "EURUSD", False), []

    def counted(entry, *given):
        made.append(entry.name)
        return calculate(entry, *given)

    monkeypatch.setattr("btlab.indicators.values.calculate", counted)
    for period in range(5, 12):
        bt.run(Swept(period=period), fresh, mode="compiled")
    assert {name: made.count(name) for name in made} == {"RSI": 1, "EMA": 1, "SMA": 1, "ATR": 1, "KAMA": 7, "BBANDS": 7}


def started(strategy, ticks, mode):
    """The book of a run that is over."""
    setup = setup_of(strategy, ticks)
    start = setup.start()
    go(setup, start, close_at_end=False, until=None, mode=mode, progress=False)
    return start.state.book


def test_a_users_own_in_both_ways(ticks):
    @bt.custom_indicator
    def HALFWAY(highs, lows, timeperiod=8):  # noqa: N802, ARG001
        return (highs.max() + lows.min()) / 2.0

    class Own(bt.Strategy):
        def init(self):
            self.own = self.indicator("HALFWAY", timeperiod=6)

        def on_bar(self, ctx):
            ctx.mark("own", ctx.value(self.own))

        def on_tick(self, ctx):
            if ctx.count("1m") % 11 == 0:
                ctx.mark("running", ctx.forming_value(self.own))

    one, other = (bt.run(Own(), ticks[:3_000], mode=mode) for mode in MODES)
    assert one.marks.equals(other.marks, null_equal=True) and len(one.marks.filter(one.marks["name"] == "running")) > 50
    bars = bt.bars(ticks[:3_000], "1m")
    expected = (talib.MAX(bars.high, 6) + talib.MIN(bars.low, 6)) / 2.0
    assert np.array_equal(marks(one, "own")[1], expected[: len(marks(one, "own")[1])], equal_nan=True)


def test_a_users_own_that_fails_stops_the_run(ticks):
    @bt.custom_indicator(mode="interpreted")
    def STUMBLES(close):  # noqa: N802
        return 1.0 if close < 0.0 else float("no number")

    class Reads(bt.Strategy):
        def init(self):
            self.own = self.indicator("STUMBLES")

        def on_bar(self, ctx):
            if ctx.value(self.own) > 5.0:
                ctx.buy(size=1.0)

    class Forms(Reads):
        def on_bar(self, ctx):
            pass

        def on_tick(self, ctx):
            if ctx.forming_value(self.own) > 5.0:
                ctx.buy(size=1.0)

    for mode in MODES:
        for strategy in (Reads, Forms):
            with pytest.raises(IndicatorError, match=r"STUMBLES, line \d+, at bar 0: ValueError"):
                bt.run(strategy(), ticks, mode=mode)


def test_what_is_wrong_is_refused(ticks):
    def asking(**given):
        class Asks(bt.Strategy):
            def init(self):
                self.one = self.indicator(**given)

        return Asks()

    with pytest.raises(IndicatorError, match="Did you mean 'RSI'"):
        bt.run(asking(name="RSJ"), ticks)
    with pytest.raises(IndicatorError, match="must lie between"):
        bt.run(asking(name="RSI", timeperiod=1), ticks)
    with pytest.raises(TimeframeError, match="name them in the strategy's timeframe"):
        bt.run(asking(name="RSI", timeframe="30m"), ticks)

    class Late(bt.Strategy):
        def on_bar(self, ctx):
            self.indicator("RSI")

    with pytest.raises(IndicatorError, match="ask for indicators in init"):
        bt.run(Late(), ticks, mode="interpreted")

    class NoHandle(bt.Strategy):
        def on_bar(self, ctx):
            ctx.value(3)

    for mode in MODES:
        with pytest.raises(ValueError, match="no handle of an indicator"):
            bt.run(NoHandle(), ticks, mode=mode)

    class Float(bt.Strategy):
        def on_bar(self, ctx):
            ctx.value(ctx.bid)

    with pytest.raises(CompileError, match="no handle of an indicator"):
        bt.run(Float(), ticks, mode="compiled")


class TakenForNumbers(bt.Strategy):
    """What the newcomer writes first: a handle in place of its value."""

    def init(self):
        self.rsi, self.seen = self.indicator("RSI"), 0.0


class Compared(TakenForNumbers):
    def on_bar(self, ctx):
        if self.rsi < 30:
            ctx.buy(size=1)


class ComparedWithPrice(TakenForNumbers):
    def on_bar(self, ctx):
        if ctx.bid > self.rsi:
            ctx.buy(size=1)


class Added(TakenForNumbers):
    def on_bar(self, ctx):
        self.seen = 1.0 + self.rsi


class Asked(TakenForNumbers):
    def on_bar(self, ctx):
        if self.rsi:
            ctx.buy(size=1)


class Indexed(TakenForNumbers):
    def on_bar(self, ctx):
        self.seen = self.rsi[-1]


class Greatest(TakenForNumbers):
    def on_bar(self, ctx):
        self.seen = max(self.rsi, 3.0)


class Marked(TakenForNumbers):
    def on_bar(self, ctx):
        ctx.mark("rsi", self.rsi)


@pytest.mark.parametrize("kind", [Compared, ComparedWithPrice, Added, Asked, Indexed, Greatest, Marked])
def test_a_handle_is_no_number(ticks, kind):
    """`self.rsi < 30` was never true, and nobody was told why."""
    with pytest.raises(CompileError, match=r"self\.rsi is an indicator's handle and no number; ctx\.value reads its value"):
        bt.run(kind(), ticks, mode="compiled")
    with pytest.raises(IndicatorError, match=r"RSI\(.*is an indicator's handle and no number; ctx\.value reads its value"):
        bt.run(kind(), ticks, mode="interpreted")


class Chosen(bt.Strategy):
    """Handles are chosen, gone through, set anew and kept in an array."""

    def init(self):
        self.fast, self.slow = self.indicator("SMA", timeperiod=3), self.indicator("SMA", timeperiod=9)
        self.used, self.total, self.all = self.fast, 0.0, np.array([self.fast, self.slow])

    def on_bar(self, ctx):
        if ctx.count("1m") < 12:
            return
        self.used = self.slow if ctx.count("1m") % 2 else self.fast
        for handle in (self.fast, self.slow):
            self.total += ctx.value(handle)
        for k in range(2):
            self.total += ctx.value(self.all[k])
        self.total += ctx.value(self.used)


def test_handles_are_chosen_and_held(ticks):
    one, two = (bt.run(Chosen(), ticks, mode=mode).strategy for mode in MODES)
    assert one.total == two.total > 0.0
    assert one.used == two.used and repr(one.fast) == repr(two.fast) == "<1m/SMA(timeperiod=3.0)[close]>"


def test_several_outputs_are_not_one(ticks):
    class Several(bt.Strategy):
        def init(self):
            self.macd = self.indicator("MACD")

        def on_bar(self, ctx):
            ctx.value(self.macd)

    for mode, kind in zip(MODES, (CompileError, IndicatorError)):
        with pytest.raises(kind, match=r"several outputs; take them apart in init, as in: macd, signal, histogram"):
            bt.run(Several(), ticks, mode=mode)


def test_a_run_without_indicators_has_an_empty_book(ticks):
    class Nothing(bt.Strategy):
        def on_bar(self, ctx):
            pass

    assert started(Nothing(), ticks[:500], "compiled") is None
    state = setup_of(Nothing(), ticks[:500]).start().state
    assert state.book is None and state.arrays["indicators"]["outputs"].tolist() == [0]


def test_the_graph_is_drawn(ticks):
    session = bt.run(Reads(), ticks[:2_000])
    picture = session.graph()._repr_svg_()
    root = ElementTree.fromstring(picture)
    boxes = [one for one in root.iter() if one.tag.endswith("rect")]
    lines = [one for one in root.iter() if one.tag.endswith("path")]
    assert len(boxes) == len(session.graph()) == 5 and len(lines) == 1
    places = {(one.get("x"), one.get("y")) for one in boxes}
    assert len(places) == 5 and len({x for x, _ in places}) == 2
    words = "".join(root.itertext())
    assert "RSI(timeperiod=14)" in words and "1h" in words and "warm-up 18" in words
    assert "EMA(timeperiod=5) of 5m RSI(timeperiod=14), 18 bars of warm-up" in repr(session.graph())
    assert repr(Graph()) == "no indicators"
