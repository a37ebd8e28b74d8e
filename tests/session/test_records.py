"""Tables that were narrowed are read as the run left them, bit for bit, and cost what is promised."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import btlab as bt
from btlab.engine.state import TABLES
from btlab.session import records as rooms
from btlab.session.narrow import narrowed, widened
from btlab.session.records import LIKE, Records
from tests.market.streams import random_ticks

MOST_A_TRADE = 200
STRANGE = np.array([np.nan, -np.nan, np.inf, -np.inf, -0.0, 0.0, 5e-324, 1e308, 2.0**53 + 2, 1.1, 0.1 + 0.2])


def columns(random: np.random.Generator, count: int) -> dict[str, np.ndarray]:
    """Columns of every kind: of one value, of few, walks on a grid and off it, far outliers, any bits at all."""
    walk = 110_000 + np.cumsum(random.integers(-9, 10, count))
    prices, clock = walk / 1e5, 10**15 + np.cumsum(random.integers(0, 10**9, count))
    odd = prices.copy()
    odd[random.integers(0, count, max(count // 100, 1))] = random.choice(STRANGE, max(count // 100, 1))
    apart = random.integers(0, 3, count)
    apart[random.integers(0, count, 2)] = np.iinfo(np.int64).min, np.iinfo(np.int64).max
    return {
        "one": np.full(count, -7),
        "few": random.choice(STRANGE, count),
        "codes": random.integers(-1, 9, count),
        "clock": clock,
        "prices": prices,
        "odd prices": odd,
        "apart": apart,
        "bits": random.integers(np.iinfo(np.int64).min, np.iinfo(np.int64).max, count, endpoint=True),
        "floats": random.integers(np.iinfo(np.int64).min, np.iinfo(np.int64).max, count, endpoint=True).view(np.float64),
        "money": np.cumsum(random.normal(0, 1, count)),
        "missing": np.where(random.random(count) < 0.5, np.nan, prices),
    }


@pytest.mark.parametrize("count", [1, 2, 3, 63, 64, 65, 1_023, 1_025, 5_000])
def test_a_column_keeps_every_bit(count: int) -> None:
    random = np.random.default_rng(count)
    made = columns(random, count)
    for name, column in made.items():
        words, real = np.ascontiguousarray(column).view(np.int64), column.dtype.kind == "f"
        near = words.copy()
        near[random.integers(0, count, 1 + count // 500)] ^= 5
        alike = [other for other, guess in made.items() if guess.dtype == column.dtype and other != name]
        kin = {other: made[other].view(np.int64) for other in alike}
        for guesses in ({}, {"near": near}, kin):
            column_ = narrowed(words, real, guesses)
            np.testing.assert_array_equal(widened(column_, count, guesses.get(column_.guess)), words, err_msg=name)
            assert column_.nbytes <= 8 * count


def test_what_is_known_of_a_column_is_used() -> None:
    made = columns(np.random.default_rng(1), 5_000)
    sizes = {name: narrowed(column.view(np.int64), column.dtype.kind == "f", {}).nbytes / 5_000 for name, column in made.items()}
    assert sizes["one"] == 0 and sizes["codes"] == 0.5 and sizes["clock"] < 4.5 and sizes["bits"] == 8
    assert all(sizes[name] < 1.1 for name in ("prices", "few", "apart"))
    assert sizes["odd prices"] < 2.5
    prices = made["prices"].view(np.int64)
    money = made["floats"].view(np.int64)
    assert narrowed(prices, True, {"bid": prices}).nbytes == 0 and narrowed(money + 3, True, {"money": money}).nbytes == 0


def test_tables_of_any_content_are_read_as_they_were(monkeypatch: pytest.MonkeyPatch) -> None:
    """No field of a table, nor its order's, is taken for what it is not: all are random here."""
    monkeypatch.setattr(rooms, "ROOM", 0)
    random, tables = np.random.default_rng(2), dict[str, np.ndarray]()
    for name in LIKE:
        dtype, count = TABLES[name][0], 400
        rows = tables[name] = np.zeros(count, dtype)
        for field in dtype.names or ():
            kinds = [made for made in columns(random, count).values() if made.dtype == dtype[field]]
            rows[field] = kinds[random.integers(len(kinds))]
        for field in {"order", "entry_order"} & set(dtype.names or ()):
            rows[field] = random.integers(1, 401, count)
    tables["order"]["symbol"] = random.integers(0, 2, 400)
    tables["mark"]["symbol"] = random.integers(0, 2, 400)
    data = random_ticks(5, 4_000)
    for clocks in ([data], [data, data[7:]]):
        kept = Records(tables, clocks)
        assert kept.open_bytes == 0
        for name in (*reversed(LIKE), *LIKE):
            assert kept[name].tobytes() == tables[name].tobytes(), name


@pytest.fixture(scope="module")
def ticks() -> bt.Ticks:
    """Without sizes, which packed ones have no room for."""
    made = bt.simulate_ticks("EURUSD", days=4, seed=3)
    return bt.Ticks.from_arrays(made.time, made.bid, made.ask, symbol="EURUSD")


def close_after_close(_self: Any, ctx: Any) -> None:
    if ctx.position == 0.0:
        ctx.buy(size=100)
    else:
        ctx.close_position()


def a_group(_self: Any, ctx: Any) -> None:
    if ctx.position == 0.0 and ctx.open_orders == 0:
        ctx.buy(size=1_000, stop_loss=ctx.bid - 0.0002)
        ctx.sell(size=1_000, limit=ctx.ask + 0.0001, oco=1)
        ctx.sell(size=1_000, stop=ctx.bid - 0.0001, oco=1)


@pytest.mark.parametrize("on_bar", [close_after_close, a_group])
@pytest.mark.parametrize("kind", ["ticks", "packed", "bars", "symbols"])
def test_a_trade_is_kept_in_two_hundred_bytes(ticks: bt.Ticks, on_bar: Any, kind: str) -> None:
    """With random slippage and a commission; its tables are what they were when they lay open."""
    data = {
        "ticks": ticks,
        "packed": ticks.packed(),
        "bars": bt.bars(ticks, "1m"),
        "symbols": {"EURUSD": ticks, "GBPUSD": bt.simulate_ticks("GBPUSD", days=4, seed=4)},
    }[kind]
    strategy = type("Often", (bt.Strategy,), {"on_bar": on_bar})
    session = bt.run(strategy, data, cash=1e6, execution="realistic", mode="compiled", progress=False)
    left = {name: rows.tobytes() for name, rows in session.records.items()}
    trades, told = len(session.trades), [getattr(session, name) for name in ("orders", "changes", "fills", "trades", "equity")]
    assert trades > 500
    session.records.narrow()
    assert session.records.open_bytes == 0 < session.records.nbytes < MOST_A_TRADE * trades
    for name in ("orders", "changes", "fills", "trades", "equity", "curve", "_excursions"):
        vars(session).pop(name, None)
    assert {name: rows.tobytes() for name, rows in session.records.items()} == left
    assert all(one.equals(getattr(session, name)) for one, name in zip(told, ("orders", "changes", "fills", "trades", "equity")))


def test_those_looked_at_last_lie_open(ticks: bt.Ticks, monkeypatch: pytest.MonkeyPatch) -> None:
    strategy = type("Often", (bt.Strategy,), {"on_bar": close_after_close})
    sessions = [bt.run(strategy, ticks, execution="realistic", seed=seed, progress=False) for seed in range(3)]
    first, second, third = (session.records for session in sessions)
    left = [session.records["fill"].tobytes() for session in sessions]
    assert len(set(left)) == 3
    monkeypatch.setattr(rooms, "ROOM", 2 * first.open_bytes)
    first.narrow()
    assert first.open_bytes == 0 and first["fill"].tobytes() == left[0]
    assert 0 < first.open_bytes and second.open_bytes == 0 < third.open_bytes, "the one looked at longest ago has gone"
    assert [session.records["fill"].tobytes() for session in sessions] == left
