"""Quoted sizes, which FX has in millions, against orders, which are units: by hand, and on real ticks."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

import btlab as bt
from btlab.errors import RunError
from tests.session.test_explained_waiting import WHOLE


def quoted(symbol: str, sizes: list[float], price: float = 1.1) -> bt.Ticks:
    """A quote a second, bid = ask, of so much on both sides."""
    prices = np.full(len(sizes), price)
    time = np.arange(len(sizes)) * 1_000_000
    return bt.Ticks.from_arrays(time, prices, prices, symbol=symbol, bid_size=sizes, ask_size=sizes)


class Buys(bt.Strategy):
    size: float = 2_000_000.0

    def on_start(self, ctx):
        ctx.buy(size=self.size)


RICH: dict[str, Any] = {"cash": 1e9, "account": bt.Account(leverage=30)}


@pytest.mark.parametrize("mode", ["compiled", "interpreted"])
def test_millions_are_a_million_units_each(mode: str) -> None:
    """2,000,000 units meet 0.75, 0.5 and 4 millions: 750,000, 500,000 and the 750,000 that are left."""
    session = bt.run(Buys(), quoted("EURUSD", [0.75, 0.5, 4.0]), execution=WHOLE, mode=mode, **RICH)
    assert session.fills["size"].to_list() == [750_000.0, 500_000.0, 750_000.0]
    assert session.instrument.size_unit == 1e6
    half = bt.run(Buys(), quoted("EURUSD", [0.75, 0.5, 4.0]), execution=bt.Execution(participation=0.5), mode=mode, **RICH)
    assert half.fills["size"].to_list() == [375_000.0, 250_000.0, 1_375_000.0]


def test_units_are_units() -> None:
    """FX that shows 750,000 units, and what is no FX; what an instrument says holds whatever the sizes look like."""
    sizes = [750_000.0, 500_000.0, 4_000_000.0]
    assert bt.run(Buys(), quoted("EURUSD", sizes), execution=WHOLE, **RICH).fills["size"].to_list() == [750_000, 500_000, 750_000]
    other = bt.run(Buys(size=7.0), quoted("SPY", [3.0, 2.0, 9.0]), execution=WHOLE, **RICH)
    assert other.fills["size"].to_list() == [3.0, 2.0, 2.0]
    said = bt.run(
        Buys(size=7.0),
        quoted("EURUSD", [3.0, 2.0, 9.0]),
        execution=WHOLE,
        instrument=bt.Instrument("EURUSD", size_unit=1.0),
        **RICH,
    )
    assert said.fills["size"].to_list() == [3.0, 2.0, 2.0]
    thousands = bt.run(
        Buys(size=7_000.0),
        quoted("XAUUSD", [3.0, 2.0, 9.0]),
        execution=WHOLE,
        instrument=bt.Instrument("XAUUSD", size_unit=1e3),
        **RICH,
    )
    assert thousands.fills["size"].to_list() == [3_000.0, 2_000.0, 2_000.0]


def test_slippage_by_volume_counts_the_same() -> None:
    """500,000 of 2 millions: a quarter of 0.001 of the price of 1.1. 2 units: all of it, at most."""
    slips = bt.Execution(slippage=bt.slippage.volume(0.001))
    session = bt.run(Buys(size=500_000.0), quoted("EURUSD", [2.0, 2.0]), execution=slips, **RICH)
    assert session.fills["price"].to_list() == [pytest.approx(1.1 + 0.00025 * 1.1)]
    units = bt.Instrument("EURUSD", size_unit=1.0)
    session = bt.run(Buys(size=500_000.0), quoted("EURUSD", [2.0, 2.0]), execution=slips, instrument=units, **RICH)
    assert session.fills["price"].to_list() == [pytest.approx(1.1 + 0.001 * 1.1)]


def test_bars_are_asked_by_the_minute() -> None:
    """An hour of 30,000 millions is 500 a minute; one of 3e9 units shows 50 million a minute."""
    ticks = bt.simulate_ticks("EURUSD", days=2)
    hours = bt.bars(ticks, "1h")
    assert bt.run(Hourly(), hours, execution=WHOLE, **RICH).instrument.size_unit == 1e6
    frame = hours.to_polars()
    units = bt.Bars.from_frame(frame.with_columns(volume=frame["volume"] * 1e6), symbol="EURUSD", timeframe="1h")
    assert bt.run(Hourly(), units, execution=WHOLE, **RICH).instrument.size_unit == 1.0


def test_sizes_that_no_lot_fits_in_are_refused_with_the_way_out() -> None:
    """As Dukascopy has coins: 2e-6 millions are 2."""
    ticks = quoted("BTCUSD", [2e-6, 1e-6, 13e-6])
    with pytest.raises(
        RunError, match=r"under 2e-06.*no lot of 1: nothing would fill.*bt\.Instrument\('BTCUSD', size_unit=1e6\)"
    ) as said:
        bt.run(Buys(size=1.0), ticks, execution="worst", **RICH)
    assert said.value.details["lot_size"] == 1.0
    session = bt.run(
        Buys(size=4.0), ticks, execution=WHOLE, instrument=bt.Instrument("BTCUSD", tick_size=0.1, size_unit=1e6), **RICH
    )
    assert session.fills["size"].to_list() == [2.0, 1.0, 1.0]
    assert bt.run(Buys(size=1.0), ticks, **RICH).fills["size"].to_list() == [1.0], "nobody asked for sizes"
    with pytest.raises(bt.errors.InstrumentError, match="size_unit of 'EURUSD' is 0"):
        bt.Instrument("EURUSD", size_unit=0.0)


@pytest.mark.parametrize(
    ("symbol", "rules"),
    [
        ("EURUSD", {"size_unit": 0.01}),
        ("EURUSD", {"lot_size": 100_000_000.0}),
        ("SPY", {"size_unit": 1.0, "lot_size": 100.0}),
        ("SPY", {"lot_size": 10.0}),
    ],
)
def test_sizes_that_no_lot_fits_in_are_refused_whatever_says_their_unit(symbol: str, rules: dict[str, float]) -> None:
    sizes, given = [3.0, 50.0, 9.0] * 400, bt.Instrument(symbol, tick_size=0.01, **rules)
    with pytest.raises(RunError, match=r"a share of 1 of that is no lot of .*: nothing would fill.*size_unit=1e6.*lot_size="):
        bt.run(Buys(), quoted(symbol, sizes), execution=WHOLE, instrument=given, **RICH)
    if given.size_unit is not None:
        few = bt.run(Buys(), quoted(symbol, sizes[:999]), execution=WHOLE, instrument=given, **RICH)
        assert len(few.fills) == 0, "of fewer than a thousand, larger ones may come"


def test_a_unit_that_is_said_wants_one_size_with_a_lot_in_it() -> None:
    """A tenth of 30 is a lot of 3, and 0.57 of 100 one of 57, though 0.57 * 100 < 57.0; a third of the sizes is enough."""
    for sizes, share, lot in (([1.0, 2.0, 30.0], 0.1, 3.0), ([1.0, 2.0, 100.0], 0.57, 57.0)):
        given = bt.Instrument("SPY", size_unit=1.0, lot_size=lot)
        execution = bt.Execution(participation=share)
        session = bt.run(Buys(size=lot), quoted("SPY", sizes * 400), execution=execution, instrument=given, **RICH)
        assert session.fills["size"].to_list() == [lot]


def test_bars_without_volumes_have_no_sizes() -> None:
    """HistData's are all 0: the worst profile fills whole orders, as on ticks without sizes, and a share of them is refused."""
    hours = bt.bars(bt.simulate_ticks("EURUSD", days=2), "1h").to_polars()
    bars = bt.Bars.from_frame(hours.drop("volume"), symbol="EURUSD", timeframe="1h")
    pip: dict[str, Any] = {"instrument": bt.Instrument("EURUSD"), **RICH}
    session = bt.run(Hourly(), bars, execution="worst", **pip)
    assert session.execution.participation is None and session.execution.widen == 0.5
    assert len(session.fills) == len(session.orders) > 20
    for execution in (WHOLE, bt.Execution(slippage=bt.slippage.volume(0.001))):
        with pytest.raises(RunError, match=r"these data have none .*volumes that are all 0 are none"):
            bt.run(Hourly(), bars, execution=execution, **pip)


def test_what_is_no_size_in_units_waits_and_is_told() -> None:
    """0.25 millions taken at once leave 1,750,000, which the quote of the second tick, without a size, does not have."""
    session = bt.run(Buys(), quoted("EURUSD", [0.25, 0.0, 4.0]), execution=WHOLE, **RICH)
    assert session.fills["tick"].to_list() == [0, 2]

    class Whole(bt.Strategy):
        def on_start(self, ctx):
            ctx.buy(size=2_000_000, tif=bt.FOK)

    killed = bt.run(Whole(), quoted("EURUSD", [0.75, 4.0]), execution=WHOLE, **RICH)
    (event,) = (event for event in killed.explain_at(0).events if event.rule == "order.tif")
    assert (event.value, event.bound) == (750_000.0, 2_000_000.0)


class Hourly(bt.Strategy):
    """100,000 euros for an hour, each hour."""

    timeframe = "1h"

    def on_bar(self, ctx):
        if ctx.position == 0.0:
            ctx.buy(size=100_000)
        else:
            ctx.close_position()


def test_the_worst_on_real_ticks_fills_a_lot_at_once(real_data: Path) -> None:
    """Dukascopy's EURUSD shows 0.1 millions and more: one lot is one fill; 5 millions take some quotes, not an hour."""
    store = bt.Store(":memory:")
    store.import_ticks(str(real_data / "dukascopy/EURUSD/2019/01/04/*h_ticks.bi5"), symbol="EURUSD", progress=False)
    ticks = store.ticks("EURUSD")
    assert 1.0 < np.median(ticks.bid_size) < 3.0, "millions"
    session = bt.run(Hourly(), ticks, execution="worst", **RICH)
    assert len(session.fills) == len(session.orders) > 20
    large = bt.run(Buys(size=5_000_000.0), ticks, execution="worst", **RICH)
    sizes = np.floor(ticks.ask_size[: len(large.fills)] * 1e6 + 1e-6)
    assert 1 < len(large.fills) < 20 and large.fills["size"].sum() == 5_000_000.0
    assert np.array_equal(large.fills["size"].to_numpy()[:-1], sizes[:-1])
