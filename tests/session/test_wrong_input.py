"""Wrong input of a run, of ticks, bars, instruments and calendars gets a typed error that names rule, value and way out."""

from __future__ import annotations

import re
from collections.abc import Callable
from decimal import Decimal
from fractions import Fraction
from typing import Any

import numpy as np
import polars as pl
import pytest

import btlab as bt
from btlab import errors
from tests.market.streams import random_ticks

TICKS = random_ticks(0, 200, odd=0.0)


class Idle(bt.Strategy):
    def on_bar(self, ctx):
        pass


class Daily(Idle):
    timeframe = "1m"


def frame(**columns: Any) -> pl.DataFrame:
    time = [0, 86_400_000_000, 172_800_000_000]
    return pl.DataFrame(
        {"time": time, "open": [1.0, 1, 1], "high": [2.0, 2, 2], "low": [0.5, 0.5, 0.5], "close": [1.5, 1, 1]} | columns
    )


def run(**options: Any) -> Callable[[], Any]:
    return lambda: bt.run(Idle(), TICKS, **options)


def ticks(*columns: Any, **options: Any) -> Callable[[], Any]:
    return lambda: bt.Ticks.from_arrays(*columns, **options)


def bars(*given: Any, **options: Any) -> Callable[[], Any]:
    return lambda: bt.Bars.from_frame(*given, **options)


def seen_at(unit: int) -> bt.Ticks:
    """Two quotes of 2023, in units of which a second has so many."""
    return bt.Ticks.from_arrays([1_700_000_000 * unit, 1_700_000_001 * unit], [1.0, 1.0], [1.1, 1.1])


WRONG: list[tuple[Callable[[], Any], type[Exception], str]] = [
    # a run
    (lambda: bt.run(Idle, "ticks.csv"), errors.SeriesError, "str is no data to run on; give Ticks, Bars, or a frame"),
    (lambda: bt.run(Idle, frame().drop("time")), errors.SeriesError, "no column 'time' among open, high, low, close; ticks want"),
    (
        lambda: bt.run(object(), TICKS),
        errors.StrategyError,
        "is no strategy; give an object of a class that derives from bt.Strategy",
    ),
    (lambda: bt.run(Idle(), TICKS[:0]), errors.RunError, "no ticks of EURUSD to work on"),
    (
        lambda: bt.run(Daily(), bt.bars(TICKS, "1h")),
        errors.TimeframeError,
        "1m is finer than the data, which are 1h bars; ask for 1h or longer",
    ),
    (run(mode="compile"), errors.RunError, "mode='compile' is none. Did you mean 'compiled'?"),
    (run(cash=0), errors.RunError, "cash=0: an account starts with a positive, finite amount"),
    (run(cash=float("nan")), errors.RunError, "cash=nan"),
    (run(cash="much"), errors.RunError, "cash='much'"),
    (run(price="middle"), errors.RunError, "price='middle' is none. Did you mean 'mid'?"),
    (run(calendar="FX"), errors.CalendarError, "'FX' is not a calendar. Did you mean 'fx'?"),
    (run(spread=0.1), errors.RunError, "spread= gives bars an ask; ticks have their own"),
    (
        lambda: bt.run(type("Hourly", (Idle,), {"timeframe": "1h"}), bt.bars(TICKS, "1h"), spread=-1.0),
        errors.RunError,
        "spread=-1.0",
    ),
    (
        run(execution="realistc"),
        errors.RunError,
        "execution='realistc' is not known; give 'perfect', 'realistic', 'worst', or a bt.Execution",
    ),
    (lambda: bt.Execution(commission=-1), errors.RunError, "commission=-1: a cost is a finite number that is not negative"),
    (lambda: bt.commission.percent("a"), errors.RunError, "commission.percent='a'"),
    (lambda: bt.slippage.pips(float("inf")), errors.RunError, "slippage.pips=inf"),
    (
        lambda: bt.Account(leverage=0),
        errors.RunError,
        "leverage=0: it must be positive and finite, as in bt.Account(leverage=30)",
    ),
    (run(cash=10**400), errors.RunError, "an account starts with a positive, finite amount"),
    (run(seed=1.0), errors.RunError, "seed=1.0: a whole number from 0 on"),
    (lambda: bt.Execution(through=1.5), errors.RunError, "through=1.5: a whole number of tick sizes"),
    (run(cash=True), errors.RunError, "cash=True: an account starts with a positive, finite amount"),
    (run(instrument="EURUSD"), errors.RunError, "instrument='EURUSD': give a bt.Instrument('EURUSD', ...)"),
    (run(account="hedging"), errors.RunError, "account='hedging': give a bt.Account(...)"),
    (lambda: bt.run(Idle(), bt.bars(TICKS, "1m"), spread="a"), errors.RunError, "spread='a': a spread is a price"),
    (lambda: bt.run(Idle(), {"EURUSD": TICKS, 5: TICKS}), errors.RunError, "the data given as 5: a symbol is a text"),
    (
        lambda: bt.run(Idle(), bt.bars(TICKS, "1m"), execution=bt.Execution(intrabar="finer"), store="lab"),
        errors.RunError,
        "store='lab': give the store itself, as in store=bt.Store('lab')",
    ),
    (lambda: bt.Account(leverage="30"), errors.RunError, "leverage='30': it must be positive and finite"),
    (lambda: bt.Account(leverage=True), errors.RunError, "leverage=True: it must be positive and finite"),
    (lambda: bt.Account(margin_call="1"), errors.RunError, "margin_call='1': equity / used margin"),
    (lambda: bt.Account(liquidation=True), errors.RunError, "liquidation=True: equity / used margin"),
    (lambda: bt.Limits(position=True), errors.RunError, "limits.position=True: a positive, finite number"),
    (lambda: bt.Limits(drawdown=20), errors.RunError, "limits.drawdown=20: a share of the highest equity, at most 1; 20 % is"),
    (lambda: bt.financing.percent("a", 1), errors.RunError, "financing long='a': a finite number"),
    (lambda: bt.financing.price(1, None), errors.RunError, "financing short_price=None: a finite number"),
    (lambda: bt.commission.percent(True), errors.RunError, "commission.percent=True: a cost is a finite number"),
    (lambda: bt.commission.maker_taker("a", 1), errors.RunError, "commission.maker_taker='a': a cost is a finite number"),
    (lambda: bt.commission.tiers([0, 1]), errors.RunError, "commission.tiers([0, 1]): steps are (notional, percent)"),
    (lambda: bt.commission.tiers([(0, 1, 2)]), errors.RunError, "commission.tiers([(0, 1, 2)]): steps are (notional, percent)"),
    (lambda: bt.commission.function(5), errors.RunError, "commission.function(5): give a Python function f(size, price"),
    (lambda: bt.Execution(participation=True), errors.RunError, "participation=True: a share of the quoted size"),
    (lambda: bt.Execution(widen="a"), errors.RunError, "widen='a': a share of the spread"),
    (lambda: bt.Execution(through=True), errors.RunError, "through=True: a whole number of tick sizes"),
    (lambda: bt.resume(5, Idle(), TICKS), errors.RunError, "int is no checkpoint: give the path"),
    (lambda: bt.resume("x", Idle(), TICKS, cahs=5), errors.RunError, "bt.resume takes no cahs=; it takes the options of bt.run"),
    (
        run(instrument=bt.Instrument("GBPUSD")),
        errors.RunError,
        "the instrument given is GBPUSD, and the data are of EURUSD; give bt.Instrument('EURUSD', ...), or data of GBPUSD",
    ),
    # ticks
    (
        ticks([2, 1], [1.0, 1.0], [1.0, 1.0]),
        errors.SeriesError,
        "row 1: 1970-01-01 00:00:00.000001 comes after 1970-01-01 00:00:00.000002",
    ),
    (ticks([1, 2], [1.0, 0.0], [1.0, 1.0]), errors.SeriesError, "row 1: bid is 0.0; a price is positive and finite"),
    (ticks([1, 2], [1.0, 1.0], [1.0, -3.0]), errors.SeriesError, "row 1: ask is -3.0"),
    (ticks([1, 2], [1.0, np.inf], [1.0, 1.0]), errors.SeriesError, "row 1: bid is inf"),
    (ticks([1, 2], [1.0, np.nan], [1.0, np.nan]), errors.SeriesError, "row 1: bid is nan"),
    (ticks([1, 2], [1.0], [1.0, 1.0]), errors.SeriesError, "column 'bid' has shape (1,), time has 2 rows"),
    (ticks([1, 2], ["a", "b"], [1.0, 1.0]), errors.SeriesError, "column 'bid' is not made of numbers"),
    (ticks([1.5, 2.5], [1.0, 1.0], [1.0, 1.0]), errors.SeriesError, "times are float64; they must be int64 µs UTC or datetimes"),
    (ticks([1], [1.0], [1.0], bid_size=[1.0]), errors.SeriesError, "bid_size and ask_size are given together or not at all"),
    (
        ticks([1], [1.0], [1.0], bid_size=[-1.0], ask_size=[1.0]),
        errors.SeriesError,
        "row 0: bid_size is -1.0; a size is not negative",
    ),
    (ticks([1], [1.0], [1.0], bid_size=[np.nan], ask_size=[1.0]), errors.SeriesError, "row 0: bid_size is nan"),
    (ticks([1], [1.0], [1.0], symbol=""), errors.InstrumentError, "'' cannot be a symbol"),
    (ticks([1], [1.0], [1.0], symbol=700), errors.InstrumentError, "700 cannot be a symbol"),
    (lambda: bt.Ticks.from_trades([1], [np.nan], [1.0]), errors.SeriesError, "row 0: price is nan"),
    (lambda: TICKS[5], errors.SeriesError, "ticks are cut with a slice of step 1"),
    (lambda: TICKS[::2], errors.SeriesError, "ticks are cut with a slice of step 1"),
    (
        lambda: bt.MultiTimeframe(TICKS).at(len(TICKS) / 2),
        errors.SeriesError,
        "100.0 is not a time; give a datetime or a text such as 2014-05-07 13:30, or a whole number where ticks are counted",
    ),
    (lambda: bt.MultiTimeframe(TICKS).at(np.datetime64("NaT")), errors.SeriesError, "None is not a time"),
    (lambda: TICKS.between("yesterday"), errors.SeriesError, "'yesterday' is not a time; write it as 2014-05-07"),
    # bars
    (bars(frame(), timeframe="7m"), errors.TimeframeError, "'7m' is not a timeframe"),
    (bars(frame(), stamp="middle"), errors.SeriesError, "stamp='middle': a bar's time is of its 'start' or of its 'end'"),
    (lambda: bt.run(Idle, frame().drop("high")), errors.SeriesError, "no column 'high' among time, open, low, close; ticks want"),
    (lambda: bt.run(Idle, TICKS.to_polars().drop("ask")), errors.SeriesError, "no column 'ask' among time, bid"),
    (lambda: bt.indicator("SMA", frame().reverse()), errors.SeriesError, "row 1: 1970-01-02 00:00:00 comes after 1970-01-03"),
    (lambda: bt.indicator("ATR", frame().drop("time")), errors.SeriesError, "no column 'time' among open, high, low, close"),
    (bars(frame().drop("low")), errors.SeriesError, "no column 'low' among"),
    (bars(frame(high=[2.0, 0.9, 2.0])), errors.SeriesError, "row 1: high 0.9 and low 0.5 do not enclose open and close"),
    (bars(frame(low=[2.0, 0.5, 0.5])), errors.SeriesError, "row 0: high 2.0 and low 2.0 do not enclose"),
    (bars(frame(close=[1.5, np.nan, 1.0])), errors.SeriesError, "row 1: close is nan; a price is positive and finite"),
    (bars(frame(time=[0, 5, 4])), errors.SeriesError, "row 2"),
    (bars(frame(volume=[1.0, -1.0, 1.0])), errors.SeriesError, "row 1: volume is -1.0"),
    (bars(object()), errors.SeriesError, "no column 'time'"),
    (lambda: bt.bars(TICKS, "1hour"), errors.TimeframeError, "'1hour' is not a timeframe. Did you mean '1h'?"),
    (lambda: bt.bars(TICKS, "60m"), errors.TimeframeError, "'60m' is not a timeframe. Did you mean '1h'?"),
    (lambda: bt.bars(TICKS, "H4"), errors.TimeframeError, "'H4' is not a timeframe. Did you mean '4h'?"),
    (lambda: seen_at(1), errors.SeriesError, "1970-01-01 00:28:20, and ints are µs UTC; seconds of 2023-11-14 are meant"),
    (lambda: seen_at(1_000), errors.SeriesError, 'milliseconds of 2023-11-14 are meant? Say so with np.asarray(time).astype("da'),
    (lambda: seen_at(10**9), errors.SeriesError, "thousands of years ahead, since ints are µs UTC; nanoseconds of 2023-11-14"),
    (lambda: bt.bars(bt.bars(TICKS, "1h"), "5m"), errors.TimeframeError, "5m is finer than the data, which are 1h bars"),
    (lambda: bt.bars(TICKS, "5m", price="last"), errors.RunError, "price='last' is none"),
    (lambda: bt.bars(TICKS, "5m", calendar="nyse"), errors.CalendarError, "'nyse' is not a calendar. Did you mean 'NYSE'?"),
    (lambda: bt.bars(TICKS[:0], "5m"), errors.RunError, "no ticks of EURUSD"),
    (lambda: bt.MultiTimeframe(TICKS, calendar=5), errors.CalendarError, "5 is not a calendar"),
    # instruments
    (
        lambda: bt.Instrument("EURUSD", tick_size=0),
        errors.InstrumentError,
        "tick_size of 'EURUSD' is 0; it must be positive and finite",
    ),
    (lambda: bt.Instrument("EURUSD", lot_size=-1), errors.InstrumentError, "lot_size of 'EURUSD' is -1"),
    (lambda: bt.Instrument("EURUSD", contract_size=float("inf")), errors.InstrumentError, "contract_size of 'EURUSD' is inf"),
    (lambda: bt.Instrument("EURUSD", pip_size=float("nan")), errors.InstrumentError, "pip_size of 'EURUSD' is nan"),
    (
        lambda: bt.Instrument("EURUSD", size_unit="x"),
        errors.InstrumentError,
        "size_unit of 'EURUSD' is 'x'; it must be positive and finite, as in size_unit=1e+06",
    ),
    (lambda: bt.Instrument("EURUSD", lot_size=None), errors.InstrumentError, "lot_size of 'EURUSD' is None"),
    (lambda: bt.Instrument("EURUSD", size_unit=[1.0]), errors.InstrumentError, "size_unit of 'EURUSD' is [1.0]"),
    (lambda: bt.Instrument("EURUSD", size_unit=True), errors.InstrumentError, "size_unit of 'EURUSD' is True"),
    (lambda: bt.Instrument("EURUSD", calendar="nyse"), errors.CalendarError, "'nyse' is not a calendar"),
    (lambda: bt.Instrument("a\0b"), errors.InstrumentError, "cannot be a symbol"),
    (lambda: bt.nothing, AttributeError, "btlab has no 'nothing'"),
]


@pytest.mark.parametrize(("action", "error", "message"), WRONG, ids=[f"{n}: {m[:40]}" for n, (_, _, m) in enumerate(WRONG)])
def test_wrong_input_is_named_with_the_way_out(action: Callable[[], Any], error: type[Exception], message: str) -> None:
    with pytest.raises(error) as caught:
        action()
    assert message in str(caught.value)
    if issubclass(error, errors.BtlabError):
        assert caught.type is error and caught.value.code == error.code  # type: ignore[attr-defined]


def test_times_of_1970_that_are_meant_are_taken() -> None:
    seconds = np.array([1_700_000_000, 1_700_000_001])
    assert bt.Ticks.from_arrays(seconds.astype("datetime64[s]"), [1.0] * 2, [1.1] * 2).time[0] == 1_700_000_000_000_000
    assert bt.Ticks.from_arrays(seconds.astype("datetime64[us]"), [1.0] * 2, [1.1] * 2).time[0] == 1_700_000_000
    assert len(bt.Ticks.from_arrays(np.arange(20, 40) * 60_000_000, [1.0] * 20, [1.1] * 20)) == 20, "minutes after 1970"


class Places(bt.Strategy):
    """Orders that data can make wrong: each is a row with a reason, none is an order without its level."""

    def init(self):
        self.calls = 0

    def on_bar(self, ctx):
        self.calls += 1
        nothing = ctx.close("1d")  # NaN: no day has closed
        if self.calls == 1:
            ctx.buy(size=100, stop_loss=nothing)
            ctx.buy(size=100, take_profit=-1.0)
            ctx.buy(size=100, limit=nothing)
            ctx.sell(size=100, stop=0.0)
            ctx.buy(size=nothing)
            ctx.sell(size=-5)
            ctx.buy(size=0.4)
            ctx.buy(size=10_000_000)
            ctx.buy(size=100, stop=1.2, limit=1.1)
            ctx.sell(size=100, stop=1.1, limit=1.2)
            ctx.close_position(nothing)
            ctx.close_position()


def test_a_method_that_nobody_calls_is_named() -> None:
    class Mistyped(bt.Strategy):
        def on_bra(self, ctx):
            ctx.buy(size=1)

    with pytest.warns(bt.errors.BtlabWarning, match=r"Mistyped\.on_bra is called by nobody\. Did you mean 'on_bar'") as caught:
        bt.run(Mistyped(), TICKS)
    assert caught[0].filename == __file__


@pytest.mark.parametrize(("kind", "says"), [(Idle, "is so where a class says nothing"), (Daily, "says it")])
def test_bars_too_long_for_a_strategy_name_the_line_to_write(kind: type[bt.Strategy], says: str) -> None:
    with pytest.raises(errors.TimeframeError, match="1m is finer than the data") as caught:
        bt.run(kind(), bt.Bars.from_frame(frame(), symbol="TEST", timeframe="1d"))
    (note,) = caught.value.__notes__
    assert note == f"{kind.__name__}.timeframe = '1m' {says}; write timeframe = '1d' into the class"


@pytest.mark.parametrize("mode", ["compiled", "interpreted"])
def test_orders_that_data_make_wrong_are_rejected_with_a_reason(mode: str) -> None:
    session = bt.run(Places(), TICKS, mode=mode)
    reasons = [(row["state"], (row["reason"] or "").split(":")[0]) for row in session.orders.to_dicts()]
    levels, sizes = [("rejected", "order.level")] * 4, [("rejected", "order.size")] * 2
    assert reasons == [
        *levels, *sizes, ("rejected", "order.lot"),
        ("rejected", "order.margin"), *[("rejected", "order.stop_limit")] * 2,
        ("rejected", "order.size"), ("cancelled", "order.flat"),
    ]  # fmt: skip
    assert len(session.fills) == 0 and session.equity["equity"].n_unique() == 1
    assert "NaN is not 'none'" in session.orders["reason"][0]


class Contradicts(bt.Strategy):
    both: bool = True

    def on_bar(self, ctx):
        if self.both:
            ctx.buy(size=100, limit=1.25, tif=bt.DAY, expire=5)
        else:
            ctx.sell(size=100, fraction=0.5)


@pytest.mark.parametrize(
    ("both", "message", "given"),
    [
        (
            True,
            "not both. It was given size=100, limit=1.25, tif=1, expire=5",
            {"size": 100, "limit": 1.25, "tif": 1, "expire": 5},
        ),
        (False, "one of them, as in size=1_000. It was given size=100, fraction=0.5", {"size": 100, "fraction": 0.5}),
    ],
)
def test_an_order_that_contradicts_itself_names_what_it_was_given(both: bool, message: str, given: dict[str, float]) -> None:
    with pytest.raises(errors.OrderError) as caught:
        bt.run(Contradicts(both=both), TICKS, mode="interpreted")
    assert message in str(caught.value) and caught.value.details == given
    assert "Contradicts failed at 20" in caught.value.__notes__[0]
    with pytest.raises(errors.CompileError, match="on_bar, line"):
        bt.run(Contradicts(both=both), TICKS, mode="compiled")


def test_a_number_of_numpy_is_a_number() -> None:
    """A sweep's values come from arrays: they are what Python's own of the same value are, in the words of a checkpoint too."""
    one, two, half = np.int64(1), np.float32(2.0), np.float64(0.5)
    assert bt.Account(leverage=two, margin_call=one, liquidation=half) == bt.Account(leverage=2.0, margin_call=1, liquidation=0.5)
    assert repr(bt.Account(leverage=two)) == repr(bt.Account(leverage=2.0))
    assert bt.Limits(position=one, drawdown=half) == bt.Limits(position=1, drawdown=0.5)
    assert bt.financing.price(one, half) == bt.financing.price(1, 0.5)
    assert bt.commission.per_unit(one) == bt.commission.per_unit(1)
    assert bt.commission.tiers([(np.int64(0), half)]) == bt.commission.tiers([(0, 0.5)])
    execution = bt.Execution(latency=np.int64(5), participation=half, widen=half, through=one)
    assert repr(execution) == repr(bt.Execution(latency=5, participation=0.5, widen=0.5, through=1))
    assert bt.run(Idle(), TICKS, cash=np.int64(500)).cash == 500.0


def test_a_frame_has_the_name_of_its_instrument() -> None:
    """It has none of its own."""
    session = bt.run(Idle(), TICKS.to_polars(), instrument=bt.Instrument("GBPJPY", tick_size=1e-3), mode="interpreted")
    assert (session.symbol, session.instrument.symbol, session.data.symbol) == ("GBPJPY",) * 3
    assert bt.run(Idle(), TICKS.to_polars(), mode="interpreted").symbol == "EURUSD"


class Turns(bt.Strategy):
    """Its third fill closes what the first two opened."""

    def on_start(self, ctx):
        ctx.buy(size=100)
        ctx.buy(size=100)
        ctx.sell(size=200)


def nothing(size, price, notional, maker, traded):  # noqa: ARG001
    return np.nan if traded > 150.0 else 1.0


def too_much(size, price, notional, maker, traded):  # noqa: ARG001
    return np.inf if traded > 150.0 else 1.0


class Adds(bt.Strategy):
    """Its third fill opens more."""

    def on_start(self, ctx):
        ctx.buy(size=100)
        ctx.buy(size=100)
        ctx.buy(size=200)


@pytest.mark.parametrize("kind", [Turns, Adds])
@pytest.mark.parametrize("mode", ["compiled", "interpreted"])
@pytest.mark.parametrize(("function", "gave"), [(nothing, "nan"), (too_much, "inf")])
def test_a_commission_that_is_no_money_names_the_fill(mode: str, function: Any, gave: str, kind: type[bt.Strategy]) -> None:
    execution = bt.Execution(commission=bt.commission.function(function))
    two = {"EURUSD": TICKS, "GBPUSD": random_ticks(1, 50, symbol="GBPUSD", odd=0.0)}
    for data in (TICKS, two):
        with pytest.raises(errors.RunError) as caught:
            bt.run(kind(), data, execution=execution, mode=mode)
        said = rf"the commission function gave {gave} for fill 3 \(order 3, 200 at [\d.]+, 20[\d-]+ [\d:.]+ UTC\); it is to give"
        assert re.match(said, str(caught.value))
        assert caught.value.details["fill"] == 3


class Wants(bt.Strategy):
    """Interpreted only: its `call` is any function of ctx."""

    timeframe = "1m"

    def init(self) -> None:
        self.call = CALLS[0]

    def on_start(self, ctx: Any) -> None:
        self.call(ctx)


CALLS: list[Callable[[Any], Any]] = [
    lambda ctx: ctx.buy(size="10"),
    lambda ctx: ctx.sell(fraction="0.5"),
    lambda ctx: ctx.buy(size=1, limit="1.1"),
    lambda ctx: ctx.buy(size=1, trailing=b"1"),
    lambda ctx: ctx.buy(size=[1]),
    lambda ctx: ctx.target("5"),
    lambda ctx: ctx.close_position("1"),
    lambda ctx: ctx.modify(ctx.buy(size=1, limit=0.5), limit="0.6"),
]


@pytest.mark.parametrize("call", CALLS)
def test_a_text_is_no_number_of_an_order(call: Callable[[Any], Any]) -> None:
    strategy = type("Given", (Wants,), {"init": lambda self: setattr(self, "call", call)})
    with pytest.raises(errors.OrderError, match=r"(size|fraction|limit|trailing|part) is a number, as in \w+=1\.5; it was given"):
        bt.run(strategy(), TICKS, mode="interpreted")


def test_what_says_that_it_is_a_number_is_one() -> None:
    class Given(Wants):
        def init(self) -> None:
            self.call = lambda ctx: ctx.buy(size=Fraction(21, 2), limit=np.float32(0.5), stop_loss=Decimal("0.25"))

    session = bt.run(Given(), TICKS, mode="interpreted", instrument=bt.Instrument("EURUSD", lot_size=0.5))
    assert session.orders.select("size", "limit", "stop_loss").rows() == [(10.5, 0.5, 0.25)]


READS: list[tuple[Callable[[Any], Any], type[errors.BtlabError], str, dict[str, int]]] = [
    (lambda ctx: ctx.close("1m", back=-1), errors.RunError, "it is 0 or more, as in ctx.close", {"back": -1}),
    (lambda ctx: ctx.bar_time("1m", back=-2), errors.RunError, "it is 0 or more, as in ctx.close", {"back": -2}),
    (lambda ctx: ctx.lowest("1m", 3, back=-2), errors.RunError, "it is 0 or more, as in ctx.close", {"back": -2}),
    (lambda ctx: ctx.highest("1m", 0), errors.RunError, "a number of bars is at least 1, as in ctx.highest", {"n": 0}),
    (lambda ctx: ctx.closes("1m", -3), errors.RunError, "a number of bars is at least 1, as in ctx.highest", {"n": -3}),
    (lambda ctx: ctx.value(5), errors.IndicatorError, "that is no handle of an indicator", {}),
]


@pytest.mark.parametrize(("call", "error", "message", "details"), READS)
def test_a_read_of_no_bar_says_the_rule(
    call: Callable[[Any], Any], error: type[errors.BtlabError], message: str, details: dict[str, int]
) -> None:
    strategy = type("Given", (Wants,), {"init": lambda self: setattr(self, "call", call)})
    with pytest.raises(error, match=message) as caught:
        bt.run(strategy(), TICKS, mode="interpreted")
    assert caught.value.details == details


@pytest.mark.parametrize("back", [-1, -5])
def test_compiled_it_is_the_same_error(back: int) -> None:
    class Reads(bt.Strategy):
        timeframe = "1m"
        back: int = -1

        def on_bar(self, ctx):
            self.last = ctx.close("1m", self.back)

        def init(self):
            self.last = 0.0

    said = []
    for mode in ("compiled", "interpreted"):
        with pytest.raises(errors.RunError) as caught:
            bt.run(Reads(back=back), TICKS, mode=mode)
        said.append((str(caught.value), caught.value.__notes__))
    assert said[0] == said[1]
