"""`PortfolioSession.at`: by hand, against the equity's rows, against each symbol's own, and against runs that halted there."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import numpy as np
import polars as pl
import pytest

import btlab as bt
from tests.engine.several_strategies import Dice
from tests.engine.test_several import played, streams
from tests.session.test_explain_several import Leader, two

MODES = ("compiled", "interpreted")
MONEY = ("equity", "cash", "position_value")


def moment(time: int) -> datetime:
    return datetime.fromtimestamp(0, UTC) + timedelta(microseconds=time)


@pytest.mark.parametrize("mode", MODES)
def test_by_hand(mode: str) -> None:
    """After 4.5 s: long 10 B at 48.9, which get 48.5: -4 of 10,000; the short of A waits for its tick at 6 s."""
    session = bt.run(Leader(), two(), mode=mode)
    then = session.at("1970-01-01T00:00:04.500")
    assert (then.time, then.equity, then.cash) == (4_500_000, pytest.approx(9_996.0), pytest.approx(9_511.0))
    assert (then.position_value, then.open_profit) == (pytest.approx(485.0), pytest.approx(-4.0))
    assert then.drawdown == pytest.approx(0.0004)
    rows = then.positions.rows()
    assert [row[:5] for row in rows] == [("AAAUSD", 2, 102.0, 102.2, 0.0), ("BBBUSD", 2, 48.5, 48.7, 10.0)]
    assert (rows[1][5], rows[1][6]) == (48.9, pytest.approx(-4.0))
    assert then.orders.select("id", "symbol", "kind", "side", "stop_loss").rows() == [(2, "AAAUSD", "market", "sell", 103.1)]
    assert then.trades.select("id", "symbol", "entry_order", "exit_tick").rows() == [(1, "BBBUSD", 1, None)]
    assert then.fills.select("order", "symbol").rows() == [(1, "BBBUSD")]
    assert repr(then) == "<1970-01-01 00:00:04.500000 UTC: +10 BBBUSD, equity 9,996.00>"
    assert then.of("BBBUSD").position == 10.0
    assert len(then.of("AAAUSD").completed("1m")) == 0
    assert then.of("AAAUSD").forming("1m").close == pytest.approx(102.1)
    before = session.at("1969-12-31")
    assert (before.equity, before.positions["tick"].to_list(), len(before.orders)) == (10_000.0, [-1, -1], 0)


def test_a_tick_counts_among_all_or_of_one_symbol() -> None:
    """Tick 2 of all is A1, at 2 s, before B1 of the same time: its order is placed, and B is where it was."""
    session = bt.run(Leader(), two(), mode="interpreted")
    for then in (session.at(2), session.at(1, symbol="AAAUSD")):
        assert then.positions["tick"].to_list() == [1, 0]
        assert then.orders.select("id", "symbol").rows() == [(1, "BBBUSD")]
    assert session.at(3).positions["tick"].to_list() == session.at(1, symbol="BBBUSD").positions["tick"].to_list() == [1, 1]
    assert session.at(-1).equity == session.equity["equity"][-1]
    for wrong in ({"moment": 9}, {"moment": 4, "symbol": "AAAUSD"}, {"moment": 0, "symbol": "CCCUSD"}):
        with pytest.raises(bt.errors.RunError, match=r"there is no tick|none of AAAUSD, BBBUSD"):
            session.at(**wrong)


class FiveMinutes(Dice):
    timeframe = ("5m", "15m")


def session_of(timeframe: str | None, count: int) -> Any:
    data: dict[str, Any] = streams(3, count)
    if timeframe is None:
        return played(Dice(seed=3), data)
    return played(FiveMinutes(seed=3), {name: bt.bars(ticks, timeframe) for name, ticks in data.items()})


@pytest.mark.parametrize("timeframe", [None, "5m"])
def test_money_is_that_of_the_rows_of_the_equity(timeframe: str | None) -> None:
    """At the last row of each time that no tick shares, or one tick that filled; two quote currencies, one account's."""
    session = session_of(timeframe, 500 if timeframe is None else 1_500)
    times, counts = np.unique(np.concatenate([each.time for each in session.data.values()]), return_counts=True)
    ticks, alone, filled = set(times.tolist()), set(times[counts == 1].tolist()), set(session.fills["time"].dt.timestamp("us"))
    nights, peak, steps = set(session.nights["time"].dt.timestamp("us")), 0.0, 0
    rows = session.equity.with_columns(t=pl.col("time").dt.timestamp("us"))
    ends = rows.group_by("t", maintain_order=True).last().select("t", *MONEY).head(-1)
    for t, *money in ends.gather_every(4 if timeframe is None else 3).iter_rows():
        if t in filled | nights if timeframe else t in ticks and not (t in alone and t in filled):
            continue  # what is seen at such a row is not all of its time
        then = session.at(moment(t))
        assert [getattr(then, name) for name in MONEY] == pytest.approx(money, abs=1e-8), t
        peak = float(rows.filter(pl.col("t") <= t)["equity"].max())
        assert then.drawdown == pytest.approx(1.0 - money[0] / peak, abs=1e-10)
        steps += 1
    assert steps > 60
    assert session.at(-1).equity == pytest.approx(session.equity["equity"][-1], abs=1e-8)


def test_each_symbol_is_its_own_session_with_the_ids_of_all() -> None:
    session = session_of(None, 500)
    begin, end = (int(time) for time in (min(d.time[0] for d in session.data.values()), session.data["EURUSD"].time[-1]))
    found = 0
    for t in np.random.default_rng(1).integers(begin, end, 12).tolist():
        then = session.at(moment(t))
        won = 0.0
        for symbol in session.symbols:
            part = session.of(symbol)
            alone = part.at(moment(t))
            own = then.of(symbol)
            assert (own.tick, own.bid, own.ask, own.position) == (alone.tick, alone.bid, alone.ask, alone.position)
            assert own.equity == pytest.approx(alone.equity, abs=1e-9)
            won += own.equity - session.cash
            for name, table in (("orders", "order"), ("trades", "trade")):
                ids = part.rows[table][getattr(alone, name)["id"].to_numpy() - 1] + 1
                mine = getattr(then, name).filter(symbol=symbol)
                assert mine["id"].to_list() == ids.tolist()
                assert mine.drop("id", *("parent", "entry_order") * (name == "trades")).equals(
                    getattr(alone, name).drop("id", *("parent", "entry_order") * (name == "trades"))
                )
                found += len(ids)
            entries = session.trades.filter(pl.col("id").is_in(then.trades["id"].implode()))
            assert then.trades["entry_order"].equals(entries["entry_order"])
            assert then.trades["parent"].equals(entries["parent"])
        assert then.equity - session.cash == pytest.approx(won, abs=1e-8)
        assert then.trades["id"].is_sorted()
    assert found > 200


def open_and_closed(trades: pl.DataFrame) -> tuple[list[Any], list[Any]]:
    """Units open of each entry (a part that left later is a row of its own), and the ids of the trades that are over."""
    left = trades["exit_tick"].is_null()
    sizes = trades.filter(left).group_by("symbol", "entry_order").agg(pl.col("size").sum().round(6)).sort("symbol", "entry_order")
    return sizes.rows(), trades.filter(~left)["id"].to_list()


@pytest.mark.parametrize("timeframe", [None, "5m"])
def test_after_any_tick_it_is_what_a_run_left_that_halted_there(timeframe: str | None) -> None:
    """Ticks of one time too, where a second run says which of them placed and filled what."""
    data: dict[str, Any] = streams(3, 120 if timeframe is None else 700)
    data = {name: bt.bars(ticks, timeframe) for name, ticks in data.items()} if timeframe else data
    kind = Dice if timeframe is None else FiveMinutes
    session = played(kind(seed=3), data)
    count, shared = sum(map(len, data.values())), 0
    times = np.sort(np.concatenate([each.time for each in data.values()]))
    first = max(int(np.searchsorted(times, each.time[0], side="right")) for each in data.values())
    for tick in np.random.default_rng(2).integers(first, count - 1, 14).tolist():
        then, halted = session.at(tick), played(kind(seed=3), data, until=tick)
        shared += bool(times[tick] == times[tick + 1])
        assert then.positions["tick"].to_list() == [len(each) - 1 for each in halted.data.values()]
        assert then.fills.equals(halted.fills)
        assert then.marks.equals(halted.marks)
        assert then.logs.equals(halted.logs)
        working = halted.orders.filter(pl.col("state").is_in(("working", "partly_filled")))
        assert then.orders["id"].to_list() == working["id"].to_list()
        assert open_and_closed(then.trades) == open_and_closed(halted.trades)
        assert then.equity == pytest.approx(halted.equity["equity"][-1], abs=1e-8)
    assert shared > 2
