"""Parquet and Arrow, written by polars and by pyarrow; and files that lie compressed or in zips."""

from __future__ import annotations

import gzip
import io
import lzma
import zipfile
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pytest

from btlab.data.importers import columnar, parquet, source
from btlab.data.importers.source import Source, expand
from btlab.data.store import Store
from btlab.errors import DataError, FormatError

COUNT = 1000
AT = [1_700_000_000_000_000 + k * 250_000 for k in range(COUNT)]
BID = [round(1.1 + (k % 13) / 1e5, 5) for k in range(COUNT)]
TICKS = pl.DataFrame({"time": pl.Series(AT).cast(pl.Datetime("us")), "Bid": BID, "Ask": [round(b + 2e-5, 5) for b in BID]})
BARS = TICKS.select("time", open="Bid", high="Ask", low="Bid", close="Ask", volume=pl.lit(3.0)).gather_every(240)


def arrow_written(frame: pl.DataFrame, path: Path, kind: str) -> None:
    """By another library than the one that reads."""
    pytest.importorskip("pyarrow")
    import pyarrow as pa
    from pyarrow import feather, parquet

    table = pa.table({name: frame[name].to_list() for name in frame.columns if name != "time"})
    table = table.add_column(0, "time", pa.array(frame["time"].to_list(), pa.timestamp("ns", "Asia/Tokyo")))
    if kind == "parquet":
        parquet.write_table(table, path, row_group_size=97, compression="gzip")
    else:
        feather.write_feather(table, path, compression="lz4")


WRITTEN = {
    "parquet": lambda frame, path: frame.write_parquet(path, row_group_size=130),
    "arrow": lambda frame, path: frame.write_ipc(path, compression="zstd"),
    "stream": lambda frame, path: frame.write_ipc_stream(path),
    "pyarrow's parquet": lambda frame, path: arrow_written(frame, path, "parquet"),
    "pyarrow's feather": lambda frame, path: arrow_written(frame, path, "feather"),
}


@pytest.mark.parametrize("kind", WRITTEN)
def test_ticks_and_bars_in_parts(store: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, kind: str) -> None:
    monkeypatch.setattr(columnar, "ROWS", 150)
    path = tmp_path / f"a [1]*.{kind.split()[-1]}"
    WRITTEN[kind](TICKS, path)
    report = store.import_ticks(path, symbol="EURUSD")
    ticks = store.ticks("EURUSD")
    assert report.format == ("parquet" if "parquet" in kind else "arrow")
    assert (ticks.time.tolist(), ticks.bid.tolist(), ticks.ask.tolist()) == (AT, BID, TICKS["Ask"].to_list())
    WRITTEN[kind](BARS, path)
    store.import_bars(path, symbol="EURUSD", timeframe="1m", stamp="end", feed="bars")
    bars = store.bars("EURUSD", "1m", feed="bars")
    assert bars.time.tolist() == [time - 60_000_000 for time in AT[::240]]
    assert bars.high.tolist() == BARS["high"].to_list()
    assert bars.volume.tolist() == [3.0] * len(BARS)


def test_an_arrow_table_as_it_is(store: Store) -> None:
    pa = pytest.importorskip("pyarrow")
    table = pa.table({"time": pa.array([datetime(2020, 1, 1, 10, tzinfo=UTC)]), "price": [1.5], "size": [2]})
    store.import_ticks(table, symbol="X")
    ticks = store.ticks("X")
    assert (ticks.trades, ticks.bid.tolist()) == (True, [1.5])


def test_zones_scales_decimals_and_missing_sides(store: Store, tmp_path: Path) -> None:
    path = tmp_path / "a.parquet"
    frame = pl.DataFrame({"time": [datetime(2014, 7, 1, 12)], "bid": [None], "ask": ["112041"]})
    frame.with_columns(pl.col("bid").cast(pl.Float64), pl.col("ask").cast(pl.Decimal(12, 2))).write_parquet(path)
    store.import_ticks(path, symbol="EURUSD", tz="America/New_York", price_scale=1e-5)
    ticks = store.ticks("EURUSD")
    assert ticks.time.tolist() == [1404230400000000]
    assert ticks.ask.tolist() == [1.12041]
    assert np.isnan(ticks.bid).all()


def test_rows_are_counted_across_parts(store: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(columnar, "ROWS", 100)
    path = tmp_path / "a.parquet"
    TICKS.with_columns(Bid=pl.when(pl.int_range(COUNT) == 333).then(-1.0).otherwise("Bid")).write_parquet(path)
    with pytest.raises(DataError, match=r"a.parquet, line 334: a price is not positive"):
        store.import_ticks(path, symbol="EURUSD")


@pytest.mark.parametrize(
    ("frame", "words"),
    [
        (TICKS.with_columns(symbol=pl.Series(["A", "B"] * (COUNT // 2))), "rows of several symbols"),
        (TICKS.drop("Ask"), "ticks want time, bid and ask"),
        (TICKS.with_columns(Bid=pl.lit("x")), "not made of numbers"),
        (BARS, "call import_bars"),
    ],
)
def test_wrong_tables(store: Store, tmp_path: Path, frame: pl.DataFrame, words: str) -> None:
    path = tmp_path / "a.parquet"
    frame.write_parquet(path)
    with pytest.raises(DataError, match=words):
        store.import_ticks(path, symbol="EURUSD")


def packed(how: str, content: bytes, name: str) -> tuple[str, bytes]:
    if how == "zip":
        file = io.BytesIO()
        with zipfile.ZipFile(file, "w", zipfile.ZIP_LZMA) as archive:
            archive.writestr("readme.md", "hello")
            archive.writestr(f"../../{name}", content)
        return f"{name}.zip", file.getvalue()
    if how == "several streams":
        half = content.find(b"\n") + 1
        return f"{name}.xz", lzma.compress(content[:half]) + lzma.compress(content[half:]) + b"\0" * 8
    return (f"{name}.gz", gzip.compress(content)) if how == "gz" else (f"{name}.xz", lzma.compress(content))


@pytest.mark.parametrize("how", ["gz", "xz", "several streams", "zip"])
def test_compressed_files(store: Store, tmp_path: Path, how: str) -> None:
    content = b"time,bid,ask\n2020-01-01 10:00:00,1.1,1.2\n2020-01-01 10:00:01,1.1,1.2\n"
    name, raw = packed(how, content, "t.csv")
    (tmp_path / name).write_bytes(raw)
    assert store.import_ticks(tmp_path, symbol="A").rows_stored == 2
    assert not (tmp_path.parent / "t.csv").exists()
    if how != "several streams":
        file = io.BytesIO()
        TICKS.write_parquet(file)
        name, raw = packed(how, file.getvalue(), "t.parquet")
        (tmp_path / name).write_bytes(raw)
        assert store.import_ticks(tmp_path / name, symbol="B").rows_stored == COUNT


def drained(path: Path, lengths: list[int]) -> None:
    """Read a file to its end, and note what each read gave."""
    with expand(path)[0].open() as file:
        while chunk := file.read(1 << 18):
            lengths.append(len(chunk))


@pytest.mark.parametrize("how", ["gz", "xz", "zip"])
def test_bombs_are_not_unpacked(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, how: str) -> None:
    monkeypatch.setattr(source, "_FREELY", 1 << 20)
    name, raw = packed(how, b"0" * 6_000_000, "t.csv")
    path, lengths = tmp_path / name, list[int]()
    path.write_bytes(raw)
    with pytest.raises(FormatError, match="unpacks to over"):
        drained(path, lengths)
    assert sum(lengths) <= max(1 << 20, len(raw) * source.MOST_RATIO) < 6_000_000


DAMAGED: dict[str, Any] = {
    "gz cut": lambda: ("t.csv.gz", gzip.compress(b"1577872800,1.1,1.2\n" * 99)[:-9], "damaged or cut off"),
    "xz cut": lambda: ("t.csv.xz", lzma.compress(b"1577872800,1.1,1.2\n" * 99)[:-9], "damaged or cut off"),
    "xz garbage behind": lambda: ("t.csv.xz", lzma.compress(b"1577872800,1.1,1.2\n" * 99) + b"hello", "damaged or cut off"),
    "zip cut": lambda: ("t.zip", packed("zip", b"1577872800,1.1,1.2\n", "t.csv")[1][:-30], "is not a zip"),
    "many files": lambda: ("t.zip", many_members(), "holds 10001 files"),
    "two of one name": lambda: ("t.zip", twice(), "two files of one name"),
}


def many_members() -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        for number in range(10_001):
            archive.writestr(f"{number}.csv", "")
    return file.getvalue()


def twice() -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        archive.writestr("a.csv", "1577872800,1.1,1.2\n")
        with pytest.warns(UserWarning, match="Duplicate name"):
            archive.writestr("a.csv", "1577872801,1.1,1.2\n")
    return file.getvalue()


@pytest.mark.parametrize("case", DAMAGED)
def test_damaged_archives(store: Store, tmp_path: Path, case: str) -> None:
    name, raw, words = DAMAGED[case]()
    (tmp_path / name).write_bytes(raw)
    with pytest.raises(FormatError, match=words):
        store.import_ticks(tmp_path / name, symbol="X")
    assert not store.symbols().height


def test_a_locked_zip(store: Store, tmp_path: Path) -> None:
    raw = bytearray(packed("zip", b"1577872800,1.1,1.2\n", "t.csv")[1])
    for magic, at in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        place = raw.rfind(magic)
        raw[place + at] |= 1
    (tmp_path / "t.zip").write_bytes(raw)
    with pytest.raises(FormatError, match="locked with a password"):
        store.import_ticks(tmp_path / "t.zip", symbol="X")


def test_names_without_what_compresses_them() -> None:
    assert Source(Path("a/EURUSD.csv.gz")).table == "EURUSD.csv"
    assert Source(Path("a.zip"), "b/c.csv").table == "c.csv"
    assert Source(Path("/a.zip"), "b\\c.csv").full.endswith("/a.zip/b/c.csv")


def test_a_file_that_ends_the_database_does_not_spoil_the_next(store: Store, tmp_path: Path) -> None:
    """DuckDB gives up for good on some damaged files: one in 2,400 of the broken ones."""
    path = tmp_path / "t.parquet"
    times = pl.Series([1577836800_000_000, 1577836801_000_000]).cast(pl.Datetime("us"))
    pl.DataFrame({"time": times, "bid": [1.0, 2.0], "ask": [1.5, 2.5]}).write_parquet(path)
    parquet._database().close()
    assert store.import_ticks(path, symbol="X").rows_stored == 2
