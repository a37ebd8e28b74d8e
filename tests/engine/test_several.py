"""What holds of several symbols in one run, whatever the data: who is told when, and what one symbol cannot do to another."""

from __future__ import annotations

from typing import Any

import numpy as np
import polars as pl
import pytest

import btlab as bt
from tests.engine.several_strategies import NAMES, Dice, DiceByTick, Each, OneOnly, Watcher, WatcherByTick
from tests.engine.test_modes import assert_same
from tests.market.streams import random_ticks

ACCOUNT = bt.Account(currency="USD", leverage=5, margin_call=1.0, liquidation=0.5, financing=bt.financing.percent(3, -1))
COSTS = bt.Execution(slippage=bt.slippage.random(0.1, 0.4, pips=True), commission=bt.commission.percent(0.002))
PACES = (20e6, 7e6, 90e6)
TABLES = ("orders", "fills", "trades", "equity", "marks", "nights")


def streams(seed: int, count: int = 1_500, names: tuple[str, ...] = NAMES) -> dict[str, bt.Ticks]:
    """Streams of unlike paces, a share of whose times are equal."""
    made = {}
    for n, name in enumerate(names):
        ticks = random_ticks(10 * seed + n, count, pace=PACES[n % 3], symbol=name)
        time = ticks.time.copy()
        together = np.random.default_rng(seed).random(len(time)) < 0.3
        time[together] = time[together] // 5_000_000 * 5_000_000
        time = np.maximum.accumulate(time)
        made[name] = bt.Ticks.from_arrays(
            time, ticks.bid, ticks.ask, symbol=name, bid_size=ticks.bid_size, ask_size=ticks.ask_size
        )
    return made


def played(strategy: bt.Strategy, data: Any, **options: Any) -> bt.Session:
    given: dict[str, Any] = {"cash": 5_000.0, "account": ACCOUNT, "execution": COSTS, "mode": "interpreted", "seed": 5}
    return bt.run(strategy, data, **given | options)


def assert_equal(one: bt.Session, other: bt.Session) -> None:
    assert one.fingerprint == other.fingerprint
    for name in TABLES:
        assert getattr(one, name).equals(getattr(other, name)), name


@pytest.mark.parametrize("seed", range(3))
def test_the_order_of_the_dict_changes_nothing(seed: int) -> None:
    data = streams(seed)
    one = played(Dice(seed=seed), data)
    assert list(one.symbols) == sorted(NAMES) and one.fills["symbol"].n_unique() == 3
    for order in ((2, 1, 0), (1, 2, 0)):
        assert_equal(one, played(Dice(seed=seed), {NAMES[n]: data[NAMES[n]] for n in order}))


@pytest.mark.parametrize("seed", range(4))
def test_compiled_and_interpreted_are_one(seed: int) -> None:
    data, kind = streams(seed), (Dice, DiceByTick)[seed % 2]
    one, other = (played(kind(seed=seed), data, mode=mode) for mode in ("compiled", "interpreted"))
    assert len(one.fills) > 50
    assert_same(one, other)


@pytest.mark.parametrize("seed", range(4))
def test_told_every_tick_and_told_closes_only_fill_alike(seed: int) -> None:
    """The way that spares minutes which reach no trigger: fills, orders, money and marks are the same."""
    one, other = (played(kind(seed=seed), streams(seed), mode="compiled") for kind in (Dice, DiceByTick))
    assert len(one.fills) > 50
    assert_equal(one, other)
    assert one.strategy.told == other.strategy.told


@pytest.mark.parametrize("place", range(2))
def test_what_trades_one_symbol_trades_it_as_if_it_were_alone(place: int) -> None:
    """With money enough for both and each rate 1; the last tick of all is the symbol's own, so all of its closes are told."""
    names = ("EURUSD", "GBPUSD")
    mine, theirs = names[place], names[1 - place]
    data = streams(7, names=names)
    other = data[theirs].between("2024-01-01", _stamp(data[mine].time[-1]))
    options: dict[str, Any] = {"cash": 10_000_000.0, "account": bt.Account(leverage=5)}
    both = played(OneOnly(place=place), {mine: data[mine], theirs: other}, **options)
    alone = played(OneOnly(place=0), data[mine], **options)
    assert len(alone.fills) > 50 and set(both.fills["symbol"]) == {mine}
    part = both.of(mine)
    for name in ("fills", "trades", "orders"):
        assert getattr(part, name).equals(getattr(alone, name)), name
    assert both.of(theirs).fills.is_empty()
    rows = alone.equity.select("time", "equity", "cash", "position_value")
    found = part.equity.select("time", "equity", "cash", "position_value")
    known = found.join(rows, on=["time", "equity", "cash", "position_value"], how="semi")
    assert set(rows.rows()) <= set(known.rows())


@pytest.mark.parametrize("timeframe", [None, "1m", "15m"])
@pytest.mark.parametrize("mode", ["netting", "hedging"])
def test_each_trades_as_if_it_were_alone(timeframe: str | None, mode: str) -> None:
    """Ticks, and bars, of three symbols that share nothing but an account that is rich enough."""
    names = ("AUDUSD", "EURUSD", "GBPUSD")
    data: dict[str, Any] = streams(9, 4_000, names)
    if timeframe is not None:
        data = {name: bt.bars(ticks, timeframe) for name, ticks in data.items()}
    strategy = Each(timeframe=timeframe or "1m", hedging=mode == "hedging")
    account = bt.Account(mode=mode, leverage=30, financing=bt.financing.percent(3, -1))
    options = {"cash": 1e9, "account": account, "execution": bt.Execution(commission=bt.commission.percent(0.002))}
    together = played(strategy, data, **options)
    columns = ["time", "tick", "side", "size", "price", "commission", "reason"]
    for name in names:
        alone = played(strategy, data[name], **options).fills.select(columns)
        found = together.of(name).fills.select(columns)
        assert len(alone) > 30
        assert found.head(len(alone)).equals(alone)
        assert len(found) <= len(alone) + 3  # closes that only a later tick of another symbol finds


def _stamp(time: int) -> str:
    return str(np.datetime64(int(time), "us"))


@pytest.mark.parametrize("kind", [Dice, DiceByTick])
def test_money_adds_up(kind: type[Dice]) -> None:
    session = played(kind(seed=11), streams(11), mode="compiled")
    last, nights = session.equity.row(-1, named=True), session.nights
    assert session.trades["pnl"].sum() == pytest.approx(last["equity"] - 5_000.0, abs=1e-8)
    assert nights["symbol"].n_unique() == 3
    for row in session.equity.iter_rows(named=True):
        assert row["cash"] + row["position_value"] == pytest.approx(row["equity"], abs=1e-8)
    equity, time, metrics = session.equity["equity"], session.equity["time"].to_physical(), session.metrics
    assert np.array_equal(session.equity["drawdown"], bt.stats.drawdown(equity))
    assert metrics["max_drawdown"] == bt.stats.max_drawdown(equity)
    assert metrics["max_drawdown_days"] == bt.stats.max_drawdown_days(time, equity)
    times = session.fills["time"].to_numpy()
    assert (np.diff(times) >= np.timedelta64(0)).all()


# nothing is seen of later


def changed(data: dict[str, bt.Ticks], time: int, seed: int) -> dict[str, bt.Ticks]:
    """Every symbol's ticks up to a time, and after it others, at other times."""
    made = {}
    for n, (name, ticks) in enumerate(data.items()):
        keep = int(np.searchsorted(ticks.time, time, side="right"))
        start = max(time, int(ticks.time[keep - 1])) + 1
        later = random_ticks(1_000 + 10 * seed + n, 300, start=start, symbol=name)
        columns = [
            np.concatenate([getattr(ticks, column)[:keep], getattr(later, column)])
            for column in ("time", "bid", "ask", "bid_size", "ask_size")
        ]
        made[name] = bt.Ticks.from_arrays(*columns[:3], symbol=name, bid_size=columns[3], ask_size=columns[4])
    return made


def until(session: bt.Session, time: int) -> list[str]:
    """What was seen, filled, ordered, marked and booked by then."""
    moment = np.datetime64(time, "us")
    tables = [repr([call for call in session.strategy.seen if call[0] <= time])]
    for name, column in (("fills", "time"), ("orders", "created"), ("marks", "time"), ("equity", "time")):
        frame = getattr(session, name)
        frame = frame.head(-1) if name == "equity" else frame
        frame = frame.filter(pl.col(column) <= pl.lit(moment).dt.replace_time_zone("UTC"))
        known = ["time", "equity", "cash", "position_value"] if name == "equity" else frame.columns
        if name == "orders":
            known = ["id", "symbol", "kind", "limit", "stop", "created", "created_tick"]
        tables.append(repr(frame.select(known).rows()))
    return tables


@pytest.mark.parametrize("kind", [Watcher, WatcherByTick])
@pytest.mark.parametrize("share", [0.2, 0.5, 0.9])
def test_nothing_depends_on_what_comes_later_in_any_symbol(kind: type[Watcher], share: float) -> None:
    data = streams(3, 500)
    time = int(np.quantile(np.concatenate([ticks.time for ticks in data.values()]), share))
    time = time // 60_000_000 * 60_000_000 + 59_999_999  # no close lies between this and what comes next
    one, other = (played(kind(seed=3), each) for each in (data, changed(data, time, 1)))
    assert one.fingerprint != other.fingerprint
    for mine, its in zip(until(one, time), until(other, time), strict=True):
        assert mine == its


def test_the_future_of_the_other_symbol_is_found_where_it_is_shown() -> None:
    """What the test above would find: a strategy that looks one tick ahead in the other symbol's array."""
    data = streams(3, 500)
    time = int(np.quantile(np.concatenate([ticks.time for ticks in data.values()]), 0.5))

    class Ahead(Watcher):
        def on_bar(self, ctx: Any) -> None:
            bids = self.data["GBPUSD"]
            ahead = min(len(bids) - 1, np.searchsorted(bids.time, ctx.time) + 3)
            self.seen.append((ctx.time, float(bids.bid[ahead])))

    found = []
    for each in (data, changed(data, time, 1)):
        strategy = Ahead(seed=3)
        strategy.data = each  # type: ignore[attr-defined]
        found.append(until(played(strategy, each), time)[0])
    assert found[0] != found[1]


# errors


def test_a_symbol_that_is_not_there_is_named() -> None:
    class Wrong(bt.Strategy):
        def on_bar(self, ctx):
            ctx.buy(size=1, symbol="EURCHF")

    for mode, asked in (("interpreted", "no symbol 'EURCHF'"), ("compiled", "no such symbol")):
        with pytest.raises(bt.errors.RunError, match=f"{asked}; it has EURUSD, GBPUSD, USDJPY"):
            played(Wrong(), streams(1, 100), mode=mode)


def test_money_that_leads_nowhere_is_said() -> None:
    data = streams(1, 100, names=("EURUSD", "EURGBP"))
    with pytest.raises(bt.errors.RunError, match=r"GBP|EURGBP"):
        played(Dice(), data, account=bt.Account(currency="CHF"))
    with pytest.raises(bt.errors.RunError, match="currency"):
        played(Dice(), data, account=bt.Account())


def test_ticks_and_bars_do_not_go_together() -> None:
    data = streams(1, 100)
    with pytest.raises(bt.errors.BtlabError):
        played(Dice(), {"EURUSD": data["EURUSD"], "GBPUSD": bt.bars(data["GBPUSD"], "1m")})


def test_the_close_of_a_position_that_never_was_leaves_tables_that_can_be_read() -> None:
    class Mistaken(bt.Strategy):
        def on_bar(self, ctx):
            if ctx.count("1m") == 2:
                ctx.buy(size=100)
            if ctx.count("1m") == 5:
                ctx.close_by_id(99)

    session = played(Mistaken(), streams(2, 200), account=bt.Account(currency="USD", mode="hedging", leverage=5))
    assert (
        session.trades.height == 3 and session.orders["reason"].to_list().count("order.flat: there was no position to close") == 3
    )
    part = session.of("EURUSD")
    assert set(part.records["order"]["position"].tolist()) == {0, -1} and part.trades.height == 1


class Reaching(bt.Strategy):
    """Opens a position of another symbol, and asks in the same call for its close."""

    def on_bar(self, ctx):
        if ctx.symbol == 0 and ctx.count("1m") == 3:
            ctx.close_by_id(ctx.buy(size=100, symbol=1))


@pytest.mark.parametrize("mode", ["compiled", "interpreted"])
def test_a_position_of_another_symbol_is_closed_by_its_id_at_once(mode: str) -> None:
    account = bt.Account(currency="USD", mode="hedging", leverage=5)
    session = played(Reaching(), streams(2, 200), account=account, mode=mode)
    assert session.orders["symbol"].to_list() == ["GBPUSD", "GBPUSD"]
    assert session.fills["reason"].to_list() == ["market", "close"]


class Expecting(bt.Strategy):
    """Counts, at each tick of any symbol, the orders that work: one far away ends twenty seconds after a minute began."""

    def init(self):
        self.working = 0
        self.ticks = 0

    def on_bar(self, ctx):
        if ctx.open_orders == 0:
            ctx.buy(size=1, limit=0.5, expire="20s")

    def on_tick(self, ctx):
        self.ticks += 1
        self.working += ctx.open_orders


def test_an_order_ends_between_two_ticks_that_are_only_told() -> None:
    data = streams(3)
    plain: dict[str, Any] = {"account": bt.Account(currency="USD"), "execution": bt.Execution()}
    one, other = (played(Expecting(), data, mode=mode, **plain) for mode in ("compiled", "interpreted"))
    assert one.strategy.ticks == other.strategy.ticks and one.strategy.ticks > 2 * one.strategy.working > 0
    assert one.strategy.working == other.strategy.working
