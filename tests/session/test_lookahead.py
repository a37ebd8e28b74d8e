"""`bt.check_lookahead`: every planted leak is found where it is, and nothing is said of strategies that know nothing."""

from __future__ import annotations

import datetime
from typing import Any

import numpy as np
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
    found = bt.check_lookahead(leaks.FromStore(), bt.bars(ALL[:20_000], "1m"), probes=24, mode="interpreted", progress=False)
    assert found.leaks["what"][0].startswith("what Store.bars('EURUSD') reads")


def test_everything_held_is_as_it_was():
    """Whatever a probe does, and even where it fails: the same objects with the same contents."""
    leaks.CachedInClass.cache = None
    held = vars(leaks)
    before = {name: value for name, value in held.items() if not name.startswith("_")}
    contents = (leaks.CLOSE.tobytes(), list(leaks.LISTED), leaks.CONFIG["feeds"][0].tobytes(), TICKS.bid.tobytes(), TABLE.copy())
    for name in ("quantile", "class cache", "last", "alias", "gradient", "default", "constant"):
        check(LEAKS[name], probes=4)
    check(HONEST["KeepsOutside"], probes=4)

    class Fails(leaks.Rowed):
        def prepare(self):
            leaks.CONFIG["more"] = 1
            if leaks.LISTED[-1] != contents[1][-1]:
                raise KeyboardInterrupt

        def decide(self, ctx):
            ctx.mark("z", 1.0)

    with pytest.raises(KeyboardInterrupt):
        bt.check_lookahead(Fails(), BARS, probes=4, mode="interpreted", progress=False)
    assert [name for name, value in before.items() if held[name] is not value] == []
    assert leaks.CachedInClass.cache is None
    assert (honest.SEEN, honest.COUNTS) == ([], {"calls": 0})
    assert "more" not in leaks.CONFIG
    now = (leaks.CLOSE.tobytes(), list(leaks.LISTED), leaks.CONFIG["feeds"][0].tobytes(), TICKS.bid.tobytes(), TABLE)
    assert contents[:4] == now[:4]
    assert contents[4].equals(now[4])


class Clock(bt.Strategy):
    def init(self):
        self.random = np.random.default_rng()

    def on_bar(self, ctx):
        ctx.mark("drawn", float(self.random.random()))


class Opens(leaks.Rowed):
    path: str = ""

    def prepare(self):
        with open(self.path) as file:
            self.weight = float(file.read())

    def decide(self, ctx):
        ctx.mark("weighted", self.weight * ctx.close("1m"))


def test_what_is_not_the_same_twice_is_refused():
    with pytest.raises(bt.errors.RunError, match="two runs of Clock over the same data differ, at 2024-01-07 22:01:00 UTC"):
        bt.check_lookahead(Clock(), BARS, mode="interpreted")


def test_what_cannot_be_altered_is_said(tmp_path):
    path = tmp_path / "weight.txt"
    path.write_text("0.5")
    found = bt.check_lookahead(Opens(path=str(path)), BARS, probes=2, mode="interpreted", progress=False)
    assert found.ok
    (said,) = found.unproven
    assert said.startswith("prepare, line ") and str(path) in said
    assert said in repr(found)
    (said,) = check(LEAKS["outside"], probes=2).unproven
    assert said.startswith("global SIGNAL (decide, line ")


def test_what_raises_is_raised():
    class Raises(leaks.Rowed):
        def decide(self, ctx):
            raise ZeroDivisionError("of its own")

    with pytest.raises(ZeroDivisionError, match="of its own"):
        bt.check_lookahead(Raises(), BARS, mode="interpreted")


def test_an_index_beyond_what_is_known_is_a_leak():
    class Beyond(leaks.Rowed):
        def decide(self, ctx):
            if self.i == 20:
                ctx.mark("z", 1.0 if leaks.CLOSE[self.i + 100] > 0 else 0.0)

    found = bt.check_lookahead(Beyond(), BARS, probes=6, mode="interpreted", progress=False)
    (leak,) = found.leaks.iter_rows(named=True)
    assert leak["what"].startswith("global leaks.CLOSE") or leak["what"].startswith("leaks.CLOSE")
    assert "IndexError in decide, line " in leak["decision"]


def test_the_report_says_it_in_sentences_and_in_html():
    found = check(LEAKS["mean"])
    text, page = repr(found), found._repr_html_()
    line = LEAKS["mean"].line
    assert "LookAhead of MeanOfAll: 1 leak (10 cuts in 240 rows, every decision from 2024-01-07 22:" in text
    assert "global CLOSE: close; one row a 1m bar is known before its time: mark 'z' by decide, line " in text
    assert f"at 2024-01-07 22:01:00 UTC depends on what comes later (mirrored); read in {line}" in text
    assert "Way out:" in text
    assert "✗ 1 leak" in page and "<td>global CLOSE: close; one row a 1m bar</td>" in page
    clean = check(HONEST["CausalAverage"])
    assert "no look-ahead found" in repr(clean) and "✓ no look-ahead found" in clean._repr_html_()
    assert clean.held == ("global CLOSE: close; one row a 1m bar",)
    assert found.mode == "interpreted" and found.probes == 10 and found.rows == 240
    assert found.exhaustive[0] == datetime.datetime(2024, 1, 7, 22, 0, tzinfo=datetime.UTC)


def test_names_are_escaped():
    class Odd(leaks.Rowed):
        def decide(self, ctx):
            ctx.mark("<img onerror=1>", leaks.CONFIG["feeds"][0][-1])

    page = bt.check_lookahead(Odd(), BARS, probes=2, mode="interpreted", progress=False)._repr_html_()
    assert "<img" not in page and "&lt;img onerror=1&gt;" in page


def test_wrong_arguments_are_named():
    with pytest.raises(bt.errors.RunError, match="16 rows"):
        bt.check_lookahead(HONEST["Profile"].make(), BARS[:10])
    with pytest.raises(bt.errors.RunError, match="probes=0"):
        bt.check_lookahead(HONEST["Profile"].make(), BARS, probes=0, mode="interpreted")
    with pytest.raises(bt.errors.StrategyError, match="is no strategy"):
        bt.check_lookahead(42, BARS)


def test_progress_is_told():
    seen: list[Any] = []
    check(LEAKS["mean"], probes=5, progress=seen.append)
    assert (seen[-1].done, seen[-1].total, seen[-1].unit) == (5, 5, "probes")


def test_a_strategy_is_compiled_once(monkeypatch):
    from btlab.strategy import compile as compiling

    compiled: list[str] = []
    real = compiling.compile_method
    monkeypatch.setattr(
        compiling, "compile_method", lambda method, *rest: compiled.append(method.__name__) or real(method, *rest)
    )
    found = bt.check_lookahead(leaks.CompiledArray(), TICKS, probes=6, mode="compiled", progress=False)
    assert not found.ok and found.runs > 10
    assert len(compiled) <= 1


class Turns(bt.Strategy):
    """In and out, on every symbol there is."""

    def on_bar(self, ctx):
        if ctx.count("1m") % 7 == 3:
            ctx.target(1000.0 if ctx.position == 0 else 0.0, symbol=ctx.symbol)


@pytest.mark.parametrize("execution", ["worst", bt.Execution(participation=0.1)], ids=["worst", "a share"])
@pytest.mark.parametrize("several", [False, True], ids=["one", "several"])
def test_volumes_that_come_later_are_no_look_ahead(several, execution):
    """Whether there are sizes is asked of all data: a beginning without them is not run as if nobody counted any."""
    close = np.round(1.1 + 1e-4 * np.cumsum(np.random.default_rng(1).integers(-3, 4, 240)), 5)
    volume = np.where(np.arange(240) < 100, 0.0, 50_000.0)
    time = BARS.time[0] + 60_000_000 * np.arange(240)

    def bars(symbol):
        return bt.Bars(time, close, close + 2e-4, close - 2e-4, close, volume, "1m", symbol)

    def instrument(symbol):
        return bt.Instrument(symbol, tick_size=1e-5)

    data, given = bars("EURUSD"), instrument("EURUSD")
    if several:
        data, given = ({name: make(name) for name in ("EURUSD", "GBPUSD")} for make in (bars, instrument))
    assert len(bt.run(Turns(), data, execution=execution, instrument=given).fills) > 5
    found = bt.check_lookahead(Turns(), data, execution=execution, instrument=given, probes=PROBES, progress=False)
    assert found.ok and "Not proved" not in repr(found), found
