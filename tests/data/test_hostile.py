"""Names are hostile strings: they come back exactly as they went in, from every door, and no path but their own is touched."""

from __future__ import annotations

import zlib
from pathlib import Path, PurePosixPath

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from btlab.data.files.paths import decode_name, encode_name
from btlab.data.store import Store
from btlab.data.upkeep.restore import restore
from btlab.errors import InstrumentError
from btlab.market.series import Bars, Ticks
from tests.data.harness import opened

FIRST = 1_577_836_800_000_000
HOSTILE = [
    "EURUSD",
    "eurusd",
    "EurUsd",
    "../../etc/passwd",
    "..",
    ".",
    "/",
    "\\",
    "C:\\x",
    "a/b",
    "600519",
    "0700",
    "NO",
    "null",
    "1e5",
    "2014-05-07",
    "CON",
    "con",
    "NUL",
    "COM1",
    "aux.txt",
    "x'; drop table ticks; --",
    '"',
    "*",
    "?",
    "[a-z]",
    "{}",
    "%41",
    "~",
    "A~a",
    " lead",
    "trail ",
    "dot.",
    "=1+1",
    "<img src=x onerror=alert(1)>",
    "\u202eDSURUE",
    "é",
    "e\u0301",
    "日経225",
    "🙂",
    "x" * 255,
    "X" * 255,
    "é" * 127,
    "a\nb",
    "\x01",
]
WINDOWS = {"CON", "PRN", "AUX", "NUL", *(f"{device}{k}" for device in ("COM", "LPT") for k in range(10))}


def made(symbol: str) -> tuple[Ticks, Bars]:
    """Ticks and bars that only this symbol has."""
    rng = np.random.default_rng(zlib.crc32(symbol.encode()))
    time = FIRST + np.sort(rng.integers(0, 10**10, 20))
    bid = rng.integers(1, 10**6, 20) / 1e5
    hours = FIRST + np.arange(20, dtype=np.int64) * 3_600_000_000
    return (
        Ticks.from_arrays(time, bid, bid + 1, symbol=symbol, bid_size=bid, ask_size=bid),
        Bars(hours, bid, bid + 1, bid / 2, bid, bid, "1h", symbol),
    )


@pytest.fixture(scope="module")
def lab(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Every name as a symbol and as a feed."""
    store = opened(tmp_path_factory.mktemp("hostile") / "lab")
    for symbol in HOSTILE:
        ticks, bars = made(symbol)
        store.import_ticks(ticks, feed=symbol)
        store.import_bars(bars, feed=symbol + "b" if len(symbol.encode()) < 255 else "b")
    return store.path


def check(store: Store) -> None:
    """Ticks, bars and symbols are what went in."""
    for symbol in HOSTILE:
        ticks, bars = made(symbol)
        read, feed = store.ticks(symbol, feed=symbol), symbol + "b" if len(symbol.encode()) < 255 else "b"
        assert read.symbol == symbol
        assert read.to_polars().equals(ticks.to_polars())
        assert store.bars(symbol, "1h", feed=feed).to_polars().equals(bars.to_polars())
    table = store.symbols()
    assert table.schema["symbol"] == table.schema["feed"] == pl.String
    assert sorted(table.filter(kind="quotes").select("symbol", "feed").rows()) == sorted((name, name) for name in HOSTILE)


def test_they_are_imported_and_read(lab: Path) -> None:
    check(Store(lab))


def test_they_are_data_to_sql(lab: Path) -> None:
    for view in ("ticks", "bars", "imports"):
        found = Store(lab).sql(f"select distinct symbol from {view}")
        assert found.schema["symbol"] == pl.String
        assert sorted(found["symbol"].to_list()) == sorted(HOSTILE)
    for symbol in HOSTILE[::8]:
        literal = symbol.replace("'", "''")
        found = Store(lab).sql(f"select time, bid, ask, bid_size, ask_size from ticks where symbol = '{literal}' order by time")
        assert found.equals(made(symbol)[0].to_polars())


def test_they_are_exported_and_reloaded(lab: Path, tmp_path: Path) -> None:
    """By Parquet, text stays text; by CSV too, where the reader is told; and both are importable again."""
    store, again = Store(lab), opened(tmp_path / "again")
    everything = store.sql("select * from ticks order by symbol, time")
    everything.write_parquet(tmp_path / "all.parquet")
    everything.write_csv(tmp_path / "all.csv")
    assert pl.read_parquet(tmp_path / "all.parquet").equals(everything)
    assert pl.read_csv(tmp_path / "all.csv", schema=everything.schema)["symbol"].equals(everything["symbol"])
    stored_bars = store.sql("from bars order by time")
    for number, symbol in enumerate(HOSTILE):
        ticks, bars = made(symbol)
        path = tmp_path / f"{number}.{'parquet' if number % 2 else 'csv'}"
        frame = store.ticks(symbol, feed=symbol).to_polars()
        frame.write_parquet(path) if number % 2 else frame.write_csv(path)
        again.import_ticks(path, symbol=symbol, feed="file")
        again.import_ticks(frame, symbol=symbol, feed="frame")
        again.import_bars(stored_bars.filter(symbol=symbol), symbol=symbol, timeframe="1h", feed="bars")
        for feed in ("file", "frame"):
            assert again.ticks(symbol, feed=feed).to_polars().equals(ticks.to_polars()), (symbol, feed)
        assert again.bars(symbol, "1h", feed="bars").to_polars().equals(bars.to_polars())


def test_they_survive_backup_and_doctor(lab: Path, tmp_path: Path) -> None:
    for name in ("copy", "copy.zip"):
        opened(lab).backup(tmp_path / name)
        store = opened(tmp_path / f"again {name}")
        restore(tmp_path / name, store._home)
        check(store)
    for path in (store.path / "symbols").rglob("manifest.json"):
        path.unlink()
    assert store.doctor(repair=True).ok
    check(store)
    assert store.compact().skipped == {}


def test_every_path_is_inside_the_store_and_valid_on_every_system(lab: Path) -> None:
    paths = [path.relative_to(lab) for path in (lab / "symbols").rglob("*")]
    assert len({str(path).lower() for path in paths}) == len(paths), "none differ by case alone"
    for part in {part for path in paths for part in path.parts}:
        assert len(part) <= 255
        assert part.isascii()
        assert not set(part) & set('<>:"/\\|?*') and part.isprintable()
        assert not part.endswith((".", " "))
        assert part.split(".")[0].upper() not in WINDOWS
    assert {path.name for path in lab.parent.iterdir()} == {"lab"}


def test_what_is_no_name(tmp_path: Path) -> None:
    for bad in ("", "a\0b", "x" * 256, "\ud800", 7, None):
        with pytest.raises(InstrumentError):
            Store(tmp_path).ticks(bad)  # type: ignore[call-overload]


@settings(max_examples=500)
@given(st.text(min_size=1, max_size=255), st.text(min_size=1, max_size=255))
def test_names_are_paths_that_differ_by_more_than_case(a: str, b: str) -> None:
    paths = encode_name(a), encode_name(b)
    assert [decode_name(path) for path in paths] == [a, b]
    assert (str(paths[0]).lower() == str(paths[1]).lower()) == (a == b)
    for path in paths:
        assert not path.is_absolute()
        for part in path.parts:
            assert len(part) <= 121
            assert set(part) <= set("ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_~%+=")
            assert part.upper() not in WINDOWS


@pytest.mark.parametrize("name", ["CON", "PRN", "AUX", "NUL", "COM1", "LPT9", "X" * 120 + "CON"])
def test_no_path_is_a_device_of_windows(name: str) -> None:
    for symbol in (name, name.lower()):
        assert not WINDOWS & {part.upper() for part in encode_name(symbol).parts}
        assert decode_name(encode_name(symbol)) == symbol


def test_a_long_name_never_lies_inside_a_shorter_ones_folder() -> None:
    names = ["X" * n for n in range(1, 256)]
    paths = [encode_name(name) for name in names]
    assert len({str(path) for path in paths}) == 255
    assert not any(short in long.parents for short in paths[100:130] for long in paths)
    assert PurePosixPath("X" * 120 + "+") in encode_name("X" * 121).parents
