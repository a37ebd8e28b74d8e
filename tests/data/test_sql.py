"""SQL over the store: what the views hold, which files a query opens, and what no query can do."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pandas
import polars as pl
import pytest

from btlab.data.reading import sql_views
from btlab.data.reading.sql import SqlLimits
from btlab.data.store import Store
from btlab.errors import BtlabWarning, DamagedError, QueryError, StoreError
from btlab.market.series import Ticks
from btlab.market.timeline import bars

DAY = 86_400_000_000
MONTH = 31 * DAY


def quotes(symbol: str, *, days: range = range(0, 100, 9), seed: int = 1, sizes: bool = False) -> Ticks:
    source = np.random.default_rng(seed)
    time = np.concatenate([day * DAY + np.sort(source.integers(0, DAY, 50)) for day in days])
    bid = (110_000 + np.cumsum(source.integers(-3, 4, len(time)))) / 1e5
    ask = bid + 0.00001
    bid[::13] = np.nan
    size = source.integers(1, 9, len(time)).astype(float) if sizes else None
    return Ticks.from_arrays(time, bid, ask, bid_size=size, ask_size=size, symbol=symbol)


@pytest.fixture
def filled(store: Store) -> Store:
    return fill(store)


@pytest.fixture(scope="module")
def common(tmp_path_factory: pytest.TempPathFactory) -> Store:
    """A filled store for those that only read it."""
    return fill(Store(tmp_path_factory.mktemp("common")))


def fill(store: Store) -> Store:
    store.import_ticks(quotes("EURUSD"))
    store.import_ticks(quotes("GBPUSD", seed=2, sizes=True))
    time = np.arange(30) * 3_600_000_000
    trades = Ticks.from_trades(time, np.full(30, 5.5), np.ones(30), symbol="BTCUSD")
    store.import_ticks(trades, feed="exchange")
    store.import_bars(bars(quotes("EURUSD"), "1h", price="ask").to_polars(), symbol="SPY", timeframe="1h", price="last")
    return store


def expected(store: Store) -> pl.DataFrame:
    """All ticks, as store.ticks reads them; what is missing is null."""
    frames = []
    for symbol, feed in (("EURUSD", "default"), ("GBPUSD", "default"), ("BTCUSD", "exchange")):
        frame = store.ticks(symbol).to_polars()
        missing = [pl.lit(None, pl.Float64).alias(name) for name in ("bid_size", "ask_size") if name not in frame.columns]
        frames.append(frame.with_columns(pl.lit(symbol).alias("symbol"), pl.lit(feed).alias("feed"), *missing))
    columns = ["symbol", "feed", *sql_views.TICKS]
    return pl.concat([frame.select(columns) for frame in frames]).with_columns(pl.col("bid", "ask").fill_nan(None))


def test_the_views_hold_what_is_stored(common: Store) -> None:
    found = common.sql("SELECT * FROM ticks")
    order = ["symbol", "time", "bid"]
    assert found.sort(order, maintain_order=True).equals(expected(common).sort(order, maintain_order=True))
    assert found.schema["time"] == pl.Datetime("us", "UTC")
    stored = common.sql("SELECT * FROM Bars ORDER BY time")
    assert stored.select("symbol", "feed", "timeframe", "price").unique().rows() == [("SPY", "default", "1h", "last")]
    assert stored.drop("symbol", "feed", "timeframe", "price").equals(common.bars("SPY", "1h").to_polars())
    files = common.sql("SELECT symbol, feed, rows, first, imported FROM imports ORDER BY symbol")
    assert files["symbol"].to_list() == ["BTCUSD", "EURUSD", "GBPUSD", "SPY"]
    assert files["rows"].sum() == len(found) + len(stored)
    assert files.schema["imported"] == pl.Datetime("us", "UTC")


def test_an_empty_store_has_empty_views(store: Store) -> None:
    assert store.sql("SELECT * FROM ticks").columns == ["symbol", "feed", *sql_views.TICKS]
    assert store.sql("SELECT count(*) FROM bars, imports").item() == 0
    assert store.sql("SELECT 40 + 2").item() == 42


def test_a_table_that_is_not_there_is_answered_with_those_that_are(common: Store) -> None:
    with pytest.raises(QueryError, match=r"there is no table 'tikcs'\. Did you mean 'ticks'\?"):
        common.sql("SELECT count(*) FROM tikcs")
    with pytest.raises(QueryError, match=r"there is no table 'my trades'.*store\.sql\(\.\.\., trades=session\.trades\)"):
        common.sql('SELECT * FROM "my trades"')
    assert common.sql("SELECT count(*) FROM trades", trades=pl.DataFrame({"pnl": [1.0, 2.0]})).item() == 2


def test_frames_are_tables(common: Store) -> None:
    hours = common.bars("EURUSD", "1h")
    assert common.sql("SELECT avg(high - low) FROM h1", h1=hours).item() == pytest.approx(np.mean(hours.high - hours.low))
    frame = pl.DataFrame({"symbol": ["600519", "NO"], "day": ["0700", "<b>"]})
    for given in (
        frame,
        frame.lazy(),
        frame.to_pandas() if "pyarrow" in sys.modules else pandas.DataFrame(frame.to_dict(as_series=False)),
    ):
        assert common.sql("SELECT * FROM names ORDER BY symbol", names=given).rows() == frame.rows()
    ticks = common.ticks("EURUSD")
    both = common.sql("SELECT count(*) FROM ticks JOIN mine USING (time) WHERE symbol = 'EURUSD'", mine=ticks).item()
    assert both >= len(ticks)
    with pytest.raises(QueryError, match="hides the store's view"):
        common.sql("SELECT 1", Ticks=frame)
    with pytest.raises(QueryError, match="x= is a list"):
        common.sql("SELECT 1", x=[1, 2])
    with pytest.raises(QueryError, match="Python objects"):
        common.sql("SELECT 1", x=pl.DataFrame({"a": pl.Series([object()], dtype=pl.Object)}))


def opened(store: Store, query: str, monkeypatch: pytest.MonkeyPatch) -> tuple[pl.DataFrame, list[tuple[str, str]]]:
    """The answer, and symbol and first day of every span whose frames were asked for."""
    spans: list[tuple[str, str]] = []
    real = sql_views._tick_frames

    def noted(ranges: object, shelf: sql_views.Shelf, parts: list[sql_views.Segment]) -> object:
        spans.append((shelf.symbol, str(parts[0])[:10]))
        yield from real(ranges, shelf, parts)  # type: ignore[arg-type]

    with monkeypatch.context() as patch:
        patch.setattr(sql_views, "_tick_frames", noted)
        return store.sql(query), sorted(spans)


@pytest.mark.parametrize(
    ("condition", "spans"),
    [
        ("symbol = 'GBPUSD'", [("GBPUSD", f"1970-0{month}") for month in (1, 2, 3, 4)]),
        ("symbol = 'EURUSD' AND time >= '1970-03-05'", [("EURUSD", "1970-03"), ("EURUSD", "1970-04")]),
        ("symbol IN ('EURUSD', 'x') AND time < TIMESTAMPTZ '1970-01-15 12:00+01'", [("EURUSD", "1970-01")]),
        ("time BETWEEN '1970-04-01' AND '1970-04-30'", [("EURUSD", "1970-04"), ("GBPUSD", "1970-04")]),
        ("feed = 'exchange'", [("BTCUSD", "1970-01")]),
        ("symbol = 'none'", []),
    ],
)
def test_a_query_opens_what_it_wants_alone(
    common: Store, condition: str, spans: list[tuple[str, str]], monkeypatch: pytest.MonkeyPatch
) -> None:
    found, met = opened(common, f"SELECT count(*), sum(ask) FROM ticks WHERE {condition}", monkeypatch)
    assert [(symbol, month[:7]) for symbol, month in met] == spans
    other = pl.SQLContext(ticks=expected(common).with_columns(pl.col("time").dt.replace_time_zone(None)))
    plain = condition.replace("TIMESTAMPTZ '1970-01-15 12:00+01'", "'1970-01-15 11:00'")
    for moment in ("1970-03-05", "1970-01-15 11:00", "1970-04-01", "1970-04-30"):
        plain = plain.replace(f"'{moment}'", f"TIMESTAMP '{moment}{' 00:00' if len(moment) == 10 else ''}:00'")
    wanted = other.execute(f"SELECT count(*) AS n, sum(ask) AS s FROM ticks WHERE {plain}").collect().row(0)
    assert found.row(0)[0] == wanted[0]
    assert (found.row(0)[1] or 0.0) == pytest.approx(wanted[1] or 0.0)


def test_spans_grow_where_there_are_many(filled: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    whole = expected(filled)
    for most, count in ((9, 9), (8, 3), (2, 3)):
        monkeypatch.setattr(sql_views, "_MOST_SPANS", most)
        found, spans = opened(filled, "SELECT count(*) FROM ticks", monkeypatch)
        assert (found.item(), len(spans)) == (len(whole), count)


def test_a_damaged_file_fails_only_what_touches_it(filled: Store) -> None:
    victim = min((filled.path / "symbols/EURUSD").rglob("*.parquet"))
    content = bytearray(victim.read_bytes())
    content[60] ^= 1
    victim.write_bytes(content)
    for query in ("SELECT max(bid) FROM ticks", "SELECT * FROM ticks WHERE symbol = 'EURUSD'"):
        with pytest.raises(DamagedError, match="EURUSD") as caught:
            filled.sql(query)
        assert caught.value.details["file"] == str(victim)
    assert filled.sql("SELECT count(*) FROM ticks WHERE symbol = 'GBPUSD'").item() == 600
    assert filled.sql("SELECT count(*) FROM ticks WHERE symbol = 'EURUSD' AND time >= '1970-02-01'").item() > 0
    assert filled.sql("SELECT count(*) FROM bars").item() > 0


def test_a_damaged_manifest_fails_only_what_touches_its_symbol(filled: Store) -> None:
    manifest = filled.path / "symbols/EURUSD/manifest.json"
    manifest.write_bytes(manifest.read_bytes()[:-100])
    with pytest.raises(DamagedError, match="EURUSD"):
        filled.sql("SELECT count(*) FROM ticks")
    assert filled.sql("SELECT count(*) FROM ticks WHERE symbol = 'GBPUSD'").item() == 600
    with pytest.warns(BtlabWarning, match="EURUSD"):
        assert filled.sql("SELECT count(*) FROM imports").item() == 3


def test_a_file_that_is_gone_is_named(filled: Store) -> None:
    victim = min((filled.path / "symbols/GBPUSD").rglob("*.parquet"))
    victim.unlink()
    with pytest.raises(DamagedError, match=f"GBPUSD.*is gone.*{victim.name}"):
        filled.sql("SELECT count(bid) FROM ticks")


def test_a_query_that_loses_its_files_to_an_import_asks_the_next_generation(
    filled: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    real, turns = sql_views._tick_frames, iter(range(7))

    def replaced(*given: object) -> object:
        if (turn := next(turns, None)) is not None:
            filled.import_ticks(quotes("EURUSD", seed=10 + turn), overlap="replace")
        yield from real(*given)  # type: ignore[arg-type]

    monkeypatch.setattr(sql_views, "_tick_frames", replaced)
    found = filled.sql("SELECT sum(bid) FROM ticks WHERE symbol = 'EURUSD'").item()
    assert next(turns, None) is None, "all seven came in between"
    assert found == pytest.approx(np.nansum(filled.ticks("EURUSD").bid))


HOSTILE = [
    "'; DROP VIEW ticks; --",
    'a"b',
    "600519",
    "0700",
    "NO",
    "../..",
    "{}",
    "%s",
    "é\u202e",
    "x' OR ''='",
    "*",
    "ticks",
    "\n",
]


def test_hostile_symbols_are_data(store: Store) -> None:
    for number, symbol in enumerate(HOSTILE):
        store.import_ticks(quotes(symbol, days=range(2), seed=number), feed=symbol)
    found = store.sql("SELECT symbol, feed, count(*) AS n FROM ticks GROUP BY ALL")
    assert sorted(found.rows()) == sorted((symbol, symbol, 100) for symbol in HOSTILE)
    assert found.schema["symbol"] == pl.String
    for symbol in HOSTILE:
        quoted = symbol.replace("'", "''")
        assert store.sql(f"SELECT DISTINCT symbol FROM ticks WHERE symbol = '{quoted}'").rows() == [(symbol,)]


secret = pl.DataFrame({"a": [1]})
ATTACKS = [
    "SELECT * FROM read_csv('/etc/passwd')",
    "SELECT * FROM read_text('{secret}')",
    "SELECT * FROM read_blob('{secret}')",
    "SELECT * FROM '{secret}'",
    "SELECT * FROM '{parquet}'",
    "SELECT * FROM read_parquet('{parquet}')",
    "SELECT * FROM parquet_metadata('{parquet}')",
    "SELECT * FROM read_json('{secret}')",
    "SELECT * FROM sniff_csv('{secret}')",
    "SELECT * FROM glob('/etc/*')",
    "SELECT * FROM secret",
    "SELECT * FROM local",
    "SELECT getenv('HOME')",
    "COPY (SELECT 1) TO '{out}'",
    "COPY ticks TO '{out}'",
    "EXPORT DATABASE '{out}'",
    "ATTACH '{out}' AS x",
    "INSTALL httpfs",
    "LOAD httpfs",
    "SET memory_limit = '64GB'",
    "SET enable_external_access = true",
    "RESET lock_configuration",
    "PRAGMA enable_external_access",
    "PRAGMA database_list",
    "CALL enable_logging(storage = 'file', storage_config = {{'path': '{out}'}})",
    "SELECT * FROM enable_logging(storage = 'file', storage_config = {{'path': '{out}'}})",
    "SELECT * FROM enable_profiling(save_location = '{out}')",
    "SELECT * FROM query('COPY (SELECT 1) TO ''{out}''')",
    "SELECT * FROM json_execute_serialized_sql('{{}}')",
    "SELECT * FROM duckdb_secrets()",
    "CREATE TABLE t AS SELECT 1",
    "CREATE SECRET s (TYPE s3)",
    "CREATE MACRO f(a) AS a",
    "INSERT INTO imports SELECT * FROM imports",
    "DELETE FROM ticks",
    "DROP VIEW ticks",
    "UPDATE ticks SET bid = 0",
    "SELECT 1; SELECT 2",
    "BEGIN",
    "PREPARE p AS SELECT 1",
    "VACUUM",
    "EXPLAIN ANALYZE COPY (SELECT 1) TO '{out}'",
    "WITH x AS (SELECT 1) INSERT INTO ticks SELECT * FROM x",
    "FROM 'https://localhost/x.csv'",
    "",
    "SELEKT",
    "SELECT ?",
]


@pytest.mark.parametrize("attack", ATTACKS)
def test_no_query_leaves_the_store(common: Store, tmp_path: Path, attack: str) -> None:
    local = pl.DataFrame({"a": [1]})
    hidden, parquet, out = tmp_path / "secret.csv", tmp_path / "secret.parquet", tmp_path / "out"
    hidden.write_text("a,b\n1,2\n")
    local.write_parquet(parquet)
    before = sorted(tmp_path.rglob("*"))
    with pytest.raises(QueryError) as caught:
        common.sql(attack.format(secret=hidden, parquet=parquet, out=out))
    assert "1,2" not in str(caught.value)
    assert sorted(tmp_path.rglob("*")) == before
    assert isinstance(caught.value, StoreError)


@pytest.mark.parametrize(
    "query",
    [
        "WITH RECURSIVE t(a) AS (SELECT 1 UNION ALL SELECT a + 1 FROM t) SELECT count(*) FROM t",
        "SELECT count(*) FROM range(100000000) a, range(100000) b",
        "SELECT count(*) FROM ticks a, ticks b, ticks c WHERE a.bid + b.bid > c.bid * 3",
    ],
)
def test_a_runaway_query_is_interrupted(filled: Store, query: str) -> None:
    filled.sql_limits = SqlLimits(seconds=0.3)
    began = time.monotonic()
    with pytest.raises(QueryError, match=r"over 0\.3 s.*sql_limits"):
        filled.sql(query)
    assert time.monotonic() - began < 60, "each would take hours"
    assert filled.sql("SELECT 1").item() == 1


def test_memory_is_limited(filled: Store) -> None:
    filled.sql_limits = SqlLimits(memory=64 * 2**20)
    with pytest.raises(QueryError, match=r"67,108,864 bytes.*sql_limits"):
        filled.sql("SELECT list(x) FROM range(100000000) t(x)")


def test_the_settings_are_locked(common: Store) -> None:
    settings = dict(common.sql("SELECT name, value FROM duckdb_settings()").rows())
    assert settings["lock_configuration"] == "true"
    assert settings["enable_external_access"] == "false"
    assert settings["TimeZone"] == "UTC"


def test_neither_pyarrow_nor_a_word_at_the_end_is_needed(tmp_path: Path) -> None:
    """pyarrow is no dependency; and what DuckDB keeps alive it reports on stderr when the process ends."""
    script = """
import sys
sys.modules["pyarrow"] = None
import polars as pl
from btlab.data.store import Store
from btlab.market.series import Ticks
store = Store(sys.argv[1])
store.import_ticks(Ticks.from_arrays([0, 5], [1.1, 1.2], [1.2, 1.3], symbol="X"))
print(store.sql("SELECT sum(bid) + sum(y) FROM ticks, f", f=pl.DataFrame({"y": [1.0]})).item())
try:
    store.sql("SELECT nothing FROM ticks")
except Exception as error:
    print(type(error).__name__)
"""
    done = subprocess.run(
        [sys.executable, "-c", script, str(tmp_path / "lab")],
        capture_output=True,
        text=True,
        check=False,
        timeout=300,
        env=os.environ,
    )
    assert done.stdout.split() == ["4.3", "QueryError"], done.stderr
    assert not done.stderr
