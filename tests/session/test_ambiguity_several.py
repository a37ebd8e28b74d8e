"""`ambiguity()` of several symbols, and of one of them: each trade under its own ids, the band of the account they share."""

from __future__ import annotations

from typing import Any

import numpy as np
import polars as pl
import pytest

import btlab as bt
from btlab.session import ambiguity as words
from tests.engine.test_bars_policies import POLICIES, Bracketed, under, walk_of
from tests.engine.test_several_bars import bars

FLAT, TIE = (10, 10, 10, 10), (10, 12, 8, 10)
COLUMNS = ("trade", "order", "symbol", "tick", "side", "why", "low_first", "high_first", "taken", "pnl", "worst", "best")


class Held(bt.Strategy):
    """Buys 3 of B and 1 of A at the first open, each with a stop at 9 and a target at 11. A is met first: it is trade 1."""

    timeframe = "1m"

    def on_start(self, ctx):
        ctx.buy(size=3, stop_loss=9, take_profit=11, symbol=1)
        ctx.buy(size=1, stop_loss=9, take_profit=11, symbol=0)


def two(**options: Any) -> bt.PortfolioSession:
    """B hangs on its second bar, A on its third."""
    data = {"AAAUSD": bars("AAAUSD", FLAT, FLAT, TIE), "BBBUSD": bars("BBBUSD", FLAT, TIE, FLAT)}
    return bt.run(Held(), data, cash=1_000.0, **options)


@pytest.mark.parametrize("mode", ["compiled", "interpreted"])
def test_two_symbols_by_hand(mode: str) -> None:
    """B loses 3 or wins 3 in its second minute, A loses 1 or wins 1 in its third: 996 to 1,004, by 997 to 1,003 in between."""
    found = two(mode=mode).ambiguity()
    low, high, taken = "stop_loss {} at 9", "take_profit {} at 11", "low_first"
    assert found.frame.select(COLUMNS).rows() == [
        (2, 1, "BBBUSD", 1, "long", words.BOTH, low.format(3), high.format(3), taken, -3.0, -3.0, 3.0),
        (1, 2, "AAAUSD", 2, "long", words.BOTH, low.format(1), high.format(1), taken, -1.0, -1.0, 1.0),
    ]
    assert found.policies.rows() == [
        ("pessimistic", 996.0, 2, 0),
        ("optimistic", 1_004.0, 2, 2),
        ("path", 996.0, 2, 0),
        ("high_first", 1_004.0, 2, 2),
        ("low_first", 996.0, 2, 0),
    ]
    assert (found.worst, found.best, found.share) == (996.0, 1_004.0, 1.0)
    assert found.band.select(pl.col("time").dt.minute(), "worst", "best").rows() == [
        (0, 1_000.0, 1_000.0),
        (1, 1_000.0, 1_000.0),
        (2, 997.0, 1_003.0),
        (2, 996.0, 1_004.0),  # the last bar, whose end no later one tells
    ]
    assert found.note == "2 of 2 trades depend on which extreme of a bar came first."


def test_one_of_the_two_has_its_own_trades_and_the_band_of_the_account() -> None:
    session = two()
    found, whole = session.of("AAAUSD").ambiguity(), session.ambiguity()
    assert found.frame.select("trade", "order", "tick", "pnl", "worst", "best").rows() == [(1, 1, 2, -1.0, -1.0, 1.0)]
    assert found.policies.select("policy", "equity").equals(whole.policies.select("policy", "equity"))
    assert found.policies["other_trades"].to_list() == [0, 1, 0, 1, 0]
    assert found.band.equals(whole.band) and (found.worst, found.best) == (996.0, 1_004.0)
    assert found.note == "1 of 1 trades of AAAUSD depend on which extreme of a bar came first."


class Follows(bt.Strategy):
    """Buys B where A reached its target, which no bar of B says."""

    timeframe = "1m"

    def on_start(self, ctx):
        ctx.buy(size=1, stop_loss=9, take_profit=11, symbol=0)
        ctx.buy(size=5, symbol=1)

    def on_fill(self, ctx):
        if ctx.symbol == 0 and ctx.fill_reason == "take_profit":
            ctx.close_position(symbol=1)


def test_what_follows_in_another_symbol_is_told_there() -> None:
    """Optimistic: A at its target, B closed at its second open, 10, which comes after; pessimistic: B stays and is worth 12."""
    data = {"AAAUSD": bars("AAAUSD", FLAT, TIE, FLAT), "BBBUSD": bars("BBBUSD", FLAT, FLAT, (10, 12, 10, 12))}
    session = bt.run(Follows(), data, cash=1_000.0)
    found = session.of("BBBUSD").ambiguity()
    assert found.frame.select("trade", "tick", "why", "taken", "pnl", "worst", "best").rows() == [
        (1, 0, words.LATER, None, 10.0, 0.0, 10.0)
    ]
    assert session.ambiguity().frame.select("symbol", "trade", "why").rows() == [
        ("BBBUSD", 2, words.LATER),
        ("AAAUSD", 1, words.BOTH),
    ]
    assert (found.worst, found.best) == (1_001.0, 1_009.0), "1,000 + 1 + 0, and 1,000 - 1 + 10"


class Borrowed(bt.Strategy):
    """40 of A, to be sold at 11, and 50 of B; the account is liquidated at half of what they need."""

    timeframe = "1m"

    def on_start(self, ctx):
        ctx.buy(size=40, take_profit=11, symbol=0)
        ctx.buy(size=50, symbol=1)


def test_what_the_path_of_one_symbol_liquidates_of_another_is_told_with_its_time() -> None:
    """All at 10, 100 of cash, 10 times the equity allowed. In A's last bar but one the low first leaves 20 of equity: A goes at
    8, and B at 10, as it was seen last, in its first bar. The high first sells A at 11: 140, and B stays.
    """
    late = bars("BBBUSD", FLAT, FLAT, FLAT)
    late = bt.Bars.from_frame(late.to_polars().with_columns(pl.col("time").dt.offset_by("2m")), symbol="BBBUSD", timeframe="1m")
    data = {"AAAUSD": bars("AAAUSD", FLAT, FLAT, FLAT, (10, 11, 8, 10), FLAT), "BBBUSD": late}
    session = bt.run(Borrowed(), data, cash=100.0, account=bt.Account(leverage=10, liquidation=0.5))
    found = session.ambiguity()
    rows = found.frame.select(
        "symbol", "trade", pl.col("time").dt.minute(), "tick", "why", "low_first", "high_first", "taken"
    ).rows()
    assert rows == [
        ("AAAUSD", 1, 3, 3, words.EXIT, "liquidation 40 at 8", "take_profit 40 at 11", "low_first"),
        ("BBBUSD", 2, 3, 0, words.EXIT, "liquidation 50 at 10", "nothing", "low_first"),
    ]
    assert (found.worst, found.best) == (20.0, 140.0)


class Alone(Bracketed):
    """Bracketed on the first symbol, deaf for the others."""

    def on_bar(self, ctx: Any) -> None:
        if ctx.symbol == 0:
            self.obey(ctx)


Alone.obey = Bracketed.on_bar  # type: ignore[attr-defined]


def test_a_symbol_beside_one_that_never_trades_is_ambiguous_as_it_is_alone() -> None:
    mine, other = walk_of(3, 300, "1h", gaps=True), walk_of(4, 300, "1h", gaps=True)
    other = bt.Bars.from_frame(other.to_polars(), symbol="ZZZUSD", timeframe="1h")
    alone = under("pessimistic", mine, Bracketed(), mode="interpreted").ambiguity()
    session = under("pessimistic", {mine.symbol: mine, "ZZZUSD": other}, Alone(), mode="interpreted")
    part, whole = session.of(mine.symbol).ambiguity(), session.ambiguity()
    assert len(alone.frame) > 20 and len(alone.band) == 301
    for found in (part, whole):
        assert found.frame.select(alone.frame.columns).equals(alone.frame)
        assert found.policies.equals(alone.policies) and found.share == alone.share
        assert found.band["time"].equals(alone.band["time"])
        for side in ("worst", "best"):
            assert np.allclose(found.band[side], alone.band[side], rtol=0, atol=1e-9)
    assert set(whole.frame["symbol"]) == {mine.symbol}
    none = session.of("ZZZUSD").ambiguity()
    assert (len(none), none.share, none.worst) == (0, 0.0, pytest.approx(alone.worst))


def test_on_ticks_nothing_is_ambiguous() -> None:
    ticks = {name: bt.simulate_ticks(name, days=1)[:3_000] for name in ("EURUSD", "GBPUSD")}
    session = bt.run(Held(), ticks, account=bt.Account(leverage=5))
    for found in (session.ambiguity(), session.of("EURUSD").ambiguity()):
        assert (len(found), found.share) == (0, 0.0)
        assert found.worst == found.best == session.equity["equity"][-1]
        assert found.note == words.UNAMBIGUOUS


def test_the_same_again_has_every_option_of_it() -> None:
    data = {"AAAUSD": walk_of(3, 300, "1h", gaps=True), "BBBUSD": walk_of(4, 300, "1h", gaps=True)}
    data = {name: bt.Bars.from_frame(each.to_polars()[:120], symbol=name, timeframe="1h") for name, each in data.items()}
    options: dict[str, Any] = {
        "cash": 50_000.0,
        "instrument": {"AAAUSD": bt.Instrument("AAAUSD", lot_size=10), "BBBUSD": bt.Instrument("BBBUSD", calendar="fx")},
        "spread": {"BBBUSD": 0.0001},
        "account": bt.Account(leverage=3),
        "execution": bt.Execution(slippage=bt.slippage.random(0.1, 0.4, pips=True), intrabar="path"),
        "empty_bars": "flat",
        "seed": 9,
    }
    for ending in ({"close_at_end": True}, {"until": 150}):
        session = bt.run(Bracketed(), data, **options, **ending)
        again = session.again(execution=session.setup.parts[0].execution)
        assert again.fingerprint == session.fingerprint and again.equity.equals(session.equity)
        part = session.of("BBBUSD").again(execution=session.setup.parts[0].execution)
        assert part.fills.equals(session.of("BBBUSD").fills)
        assert session.ambiguity().policies["policy"].to_list() == list(POLICIES)


class Turns(bt.Strategy):
    """A market order for much, each hour and symbol: no path decides anything."""

    timeframe = "1h"

    def on_bar(self, ctx):
        ctx.target(300_000.0 if ctx.position <= 0.0 else 0.0)


@pytest.mark.parametrize("without", ["EURUSD", "GBPUSD"])
def test_each_symbol_keeps_its_own_execution_under_every_policy(without: str) -> None:
    """One has volumes, which the worst profile takes no more than, and one has none."""
    data, instruments = {}, {}
    for symbol in ("EURUSD", "GBPUSD"):
        frame = bt.bars(bt.simulate_ticks(symbol, days=2), "1h").to_polars()
        frame = frame.drop("volume") if symbol == without else frame.with_columns(volume=pl.lit(0.1))
        data[symbol] = bt.Bars.from_frame(frame, symbol=symbol, timeframe="1h")
        instruments[symbol] = bt.Instrument(symbol)
    session = bt.run(Turns(), data, execution="worst", instrument=instruments, cash=1e7)
    assert [part.execution.participation for part in session.setup.parts] == [
        None if symbol == without else 1.0 for symbol in data
    ]
    assert len(session.fills) > 60 and session.again().fingerprint == session.fingerprint
    told = session.ambiguity()
    assert len(told) == 0 and told.worst == told.best == session.equity["equity"][-1]
