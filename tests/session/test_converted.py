"""A symbol whose money is turned into the account's currency: views by hand, and all symbols' against the account's."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pytest

import btlab as bt
from btlab.widgets.conditions import Searcher
from btlab.widgets.frames import unpack
from btlab.widgets.places import Places
from btlab.widgets.tape import Tape
from btlab.widgets.why import why
from tests.engine.several_strategies import Dice
from tests.engine.test_several import played, streams

SECOND = 1_000_000
USD = bt.Account(currency="USD", leverage=5)


def flat_quotes(symbol: str, *prices: tuple[float, float]) -> bt.Ticks:
    """(seconds, price) each, bid = ask."""
    time, price = (np.array(column) for column in zip(*prices))
    return bt.Ticks.from_arrays((time * SECOND).astype(np.int64), price, price, symbol=symbol)


class Yen(bt.Strategy):
    """Buys 100 USDJPY at its second tick and sells 40 at its fourth."""

    def init(self):
        self.seen = 0

    def on_tick(self, ctx):
        self.seen += 1
        if self.seen == 1:
            ctx.buy(size=100)
        if self.seen == 3:
            ctx.sell(size=40)


def yen() -> Any:
    """Bought at 100; at 125 each dollar is 125 yen; sold at 160."""
    prices = [(0, 100.0), (1, 100.0), (2, 125.0), (61, 160.0), (62, 200.0), (125, 200.0)]
    return bt.run(Yen(), flat_quotes("USDJPY", *prices), account=USD)


def test_money_of_each_moment_by_hand() -> None:
    """100 x 25 yen at 125 are 20 dollars. 40 sold with 60 yen each are 2,400, 15 dollars at 160; 60 x 60 / 160 = 22.5 stay open.

    At 200 those are 60 x 100 / 200 = 30. A night nobody sees: cash is what 60 x 100 yen of cost leave, 6,000 / 200 = 30 dollars.
    """
    part = yen().of("USDJPY")
    assert part.currency == "USD" and part.converted
    rows = part.equity.select("tick", "equity", "cash", "position_value").rows()
    expected = [
        (-1, 10_000.0, 10_000.0, 0.0),  # the start
        (1, 10_000.0, 9_900.0, 100.0),  # the fill
        (2, 10_020.0, 9_920.0, 100.0),  # the close of the minute
        (3, 10_037.5, 9_977.5, 60.0),  # the fill at 160
        (4, 10_045.0, 9_985.0, 60.0),  # the close
        (5, 10_045.0, 9_985.0, 60.0),  # the end
    ]
    assert [row[0] for row in rows] == [row[0] for row in expected]
    assert np.allclose([row[1:] for row in rows], [row[1:] for row in expected], rtol=0, atol=1e-9)
    assert part.trades.select("size", "pnl").rows() == [(60.0, pytest.approx(30.0)), (40.0, pytest.approx(15.0))]
    assert part.trades["mfe"].to_list() == [pytest.approx(30.0), pytest.approx(15.0)]
    then = part.at(2)
    assert (then.equity, then.open_profit, then.entry_price, then.position) == (
        pytest.approx(10_020.0),
        pytest.approx(20.0),
        100.0,
        100.0,
    )
    assert part.at(4).drawdown == 0.0 and part.at(4).cash == pytest.approx(9_985.0)
    assert part.metrics["total_return"] == pytest.approx(0.0045)
    assert "10,045.00" in repr(part)
    (lot,) = yen().explain_at(2).lots
    assert lot.open_profit == pytest.approx(20.0) and yen().explain_at(2).symbols[0].rate == pytest.approx(1 / 125)


@pytest.mark.parametrize("timeframe", [None, "5m"])
def test_what_the_symbols_won_is_what_the_account_won_at_every_step(timeframe: str | None) -> None:
    """At every row of the account's equity whose time belongs to it alone: realised and open, over all symbols."""
    data: dict[str, Any] = streams(3, 500 if timeframe is None else 1_500)
    data = {name: bt.bars(ticks, timeframe) for name, ticks in data.items()} if timeframe else data
    session = played(Dice(seed=3) if timeframe is None else FiveMinutes(seed=3), data)
    parts = [session.of(name) for name in session.symbols]
    assert [part.converted for part in parts] == [False, False, True] and all(len(part.trades) > 9 for part in parts)
    ends = session.equity.with_columns(t=pl.col("time").dt.timestamp("us")).group_by("t", maintain_order=True).last()
    times, counts = np.unique(np.concatenate([each.time for each in data.values()]), return_counts=True)
    ticks, alone, filled = set(times.tolist()), set(times[counts == 1].tolist()), set(session.fills["time"].dt.timestamp("us"))
    nights, steps = set(session.nights["time"].dt.timestamp("us")), 0
    for t, equity, cash, value in (
        ends.select("t", "equity", "cash", "position_value").head(-1).gather_every(3 if timeframe is None else 2).iter_rows()
    ):
        if t in filled | nights if timeframe else t in ticks and not (t in alone and t in filled):
            continue  # what is seen of others at such a moment hangs on whose turn it is
        moment = datetime.fromtimestamp(0, UTC) + timedelta(microseconds=t)
        then = [part.at(moment) for part in parts]
        won = sum(one.equity - session.cash for one in then)
        assert won == pytest.approx(equity - session.cash, abs=1e-8), t
        assert sum(one.position_value for one in then) == pytest.approx(value, abs=1e-8)
        assert sum(one.cash - session.cash for one in then) == pytest.approx(cash - session.cash, abs=1e-8)
        steps += 1
    assert steps > 120
    assert sum(part.trades["pnl"].sum() for part in parts) == pytest.approx(session.equity["equity"][-1] - session.cash, abs=1e-8)


class FiveMinutes(Dice):
    timeframe = ("5m", "15m")


@pytest.mark.parametrize("timeframe", [None, "5m"])
def test_its_rows_are_what_is_seen_at_their_ticks(timeframe: str | None) -> None:
    """The curve beside the state at any tick, and beside what a page is sent: the same account, by three ways."""
    data: dict[str, Any] = streams(5, 600)
    data = {name: bt.bars(ticks, timeframe) for name, ticks in data.items()} if timeframe else data
    part = played(Dice(seed=5) if timeframe is None else FiveMinutes(seed=5), data).of("USDJPY")
    assert len(part.trades) > 10
    tape = Tape(part)

    def opened(frame: Any) -> dict[str, np.ndarray]:
        return unpack(frame[0], [frame[1]])

    columns = opened(tape.open())
    assert tape.info["currency"] == "USD"
    rate = columns["rate_bar"] if timeframe else opened(tape.page(0))["rate"]
    conditions = Searcher(Places(tape))
    ticks = np.arange(len(part.data))
    found = conditions.values({"equity", "open_profit", "cash"}, 0, len(ticks))
    assert np.allclose(rate, part.rates(ticks))
    for tick in range(0, len(ticks), 7):
        then = part.at(tick)
        if timeframe is None:
            assert found["equity"][tick] == pytest.approx(then.equity, abs=1e-9)
            assert found["open_profit"][tick] == pytest.approx(then.open_profit, abs=1e-9)
    assert np.allclose(columns["trade_rate"], part.rates_at_exit)


def test_every_view_of_it_opens(tmp_path: Path) -> None:
    part = yen().of("USDJPY")
    part.to_html(tmp_path / "replay.html")
    assert (tmp_path / "replay.html").stat().st_size > 10_000
    title, lines, _ = why(part, 2, 1)
    assert title == "#1" and any("ctx.buy" in text for _, text in lines)
    for view in (part.chart(), part.replay()):
        assert view is not None


def test_it_is_forked_and_asked_what_is_ambiguous_as_others_are() -> None:
    part = yen().of("USDJPY")
    fork = part.fork(2)
    assert fork.fingerprint == part.fingerprint and fork.equity.equals(part.equity)
    assert (fork.currency, fork.whole.symbols) == ("USD", ("USDJPY",))
    assert part.ambiguity().worst == part.ambiguity().best == pytest.approx(10_045.0)
