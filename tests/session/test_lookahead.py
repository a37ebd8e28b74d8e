"""`bt.check_lookahead`: every planted leak is found where it is, and nothing is said of strategies that know nothing."""

from __future__ import annotations

from typing import Any

import pytest

import btlab as bt
from tests.session import honest, leaks
from tests.session.honest import HONEST
from tests.session.leaks import ALL, BARS, FRAME, LEAKS, TABLE, TICKS, Planted
from tests.strategy.examples import EXAMPLES

PROBES = 10


@pytest.fixture(scope="module", autouse=True)
def _store():
    leaks.SESSION["store"] = store = bt.Store(":memory:")
    store.import_ticks(ALL[:20_000].to_polars(), symbol="EURUSD")
    yield
    leaks.SESSION.clear()


def first_time(planted: Planted) -> object:
    """The time of the first decision that depends on the future, from a plain run."""
    session = bt.run(planted.make(), planted.data, mode=planted.mode)
    if planted.close is not None:
        return BARS[planted.close : planted.close + 1].to_polars()["time"][0]
    table = getattr(session, planted.table)
    return table["created" if planted.table == "orders" else "time"][planted.first]


def check(planted: Any, **options: Any) -> bt.LookAhead:
    return bt.check_lookahead(
        planted.make(), planted.data, **({"probes": PROBES, "mode": planted.mode, "progress": False} | options)
    )


@pytest.mark.parametrize("name", LEAKS)
def test_a_planted_leak_is_found(name):
    planted = LEAKS[name]
    found = check(planted)
    assert not found.ok
    assert len(found.leaks) == 1, found
    (leak,) = found.leaks.iter_rows(named=True)
    assert leak["what"].startswith(planted.what)
    assert leak["where"].startswith(planted.line)
    if planted.first >= 0 or planted.close is not None:
        assert leak["first"] == first_time(planted)


def test_there_are_enough():
    assert len(LEAKS) >= 24
    assert len(HONEST) + len(EXAMPLES) >= 40


@pytest.mark.parametrize("name", HONEST)
def test_an_honest_strategy_is_not_accused(name):
    found = check(HONEST[name])
    assert found.ok, found


@pytest.mark.parametrize("strategy", EXAMPLES, ids=lambda strategy: type(strategy).__name__)
def test_strategies_of_all_kinds_are_not_accused(strategy):
    mode = "compiled" if type(strategy).__name__ in ("Breakout", "Forming") else "interpreted"
    found = bt.check_lookahead(strategy, TICKS[:2_000], probes=6, mode=mode, account=bt.Account(leverage=5), progress=False)
    assert found.ok, found


@pytest.mark.parametrize(
    ("kind", "write"), [(leaks.FromFile, "parquet"), (leaks.FromPandasFile, "csv"), (honest.FileOfThePast, "parquet")]
)
def test_tables_read_from_files_are_altered(kind, write, tmp_path):
    path = tmp_path / f"prices.{write}"
    FRAME.write_parquet(path) if write == "parquet" else TABLE.to_csv(path)
    found = bt.check_lookahead(kind(path=str(path)), BARS, probes=8, mode="interpreted", progress=False)
    assert found.ok == (kind is honest.FileOfThePast)
    if not found.ok:
        (leak,) = found.leaks.iter_rows(named=True)
        assert leak["what"].startswith(f"what {'polars' if write == 'parquet' else 'pandas'}.read_{write}({str(path)!r}) reads")
        assert leak["where"] == Planted(lambda: kind(path="x"), "").line


def test_tables_read_from_a_store_are_altered():
    found = bt.check_lookahead(leaks.FromStore(), bt.bars(ALL[:20_000], "1m"), probes=200, mode="interpreted", progress=False)
    assert found.leaks["what"][0].startswith("what Store.bars('EURUSD') reads")
