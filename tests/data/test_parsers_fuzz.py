"""Every parser under broken and random files: rows or a typed error, no hang, no runaway memory, a store that stays as it was."""

from __future__ import annotations

import faulthandler
import random
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from btlab.data.importers import IMPORTERS, choose
from btlab.data.importers.source import expand
from btlab.data.store import Store
from btlab.errors import BtlabError
from tests.data.breaking import broken
from tests.data.formats import Good, good_files

GOOD = good_files()
CASES, STORED = 1000, 25
"""Broken files of each format, shared by its layouts; and, of each layout, those that go through the store."""
_MOST_MEGABYTES = 600


@pytest.fixture(autouse=True)
def _nothing_hangs() -> Iterator[None]:
    """A parser that goes round in circles ends the process, with a stack that says where."""
    faulthandler.dump_traceback_later(300, exit=True)
    yield
    faulthandler.cancel_dump_traceback_later()


def peak_megabytes() -> float:
    """The most memory this process has ever held; 0 where the system does not tell."""
    if sys.platform == "win32":
        return 0.0
    import resource

    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak / (1 << 20 if sys.platform == "darwin" else 1 << 10)


def write(folder: Path, good: Good, content: bytes) -> Path:
    path = folder / good.path
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)
    return path


def parse(path: Path, good: Good, name: str) -> int:
    """All rows of a file, as the import would have them before it looks at their values."""
    choice = choose(expand(path), name, good.options)
    count = 0
    for reader in choice.readers:
        for batch in reader.batches():
            assert all(column is None or len(column) == len(batch) for column in batch.columns)
            assert len(batch.line) == len(batch)
            assert batch.fault is None or len(batch.fault) == len(batch)
            for row in range(0, len(batch), max(1, len(batch) // 3)):
                assert isinstance(batch.text(row), str)
            count += len(batch)
    return count


def fuzz(folder: Path, case: str, count: int, seed: int = 0) -> dict[str, int]:
    """Break a file so many times; returns how it went."""
    good, dice, outcomes = GOOD[case], random.Random(f"btlab {case} {seed}"), {"rows": 0, "error": 0}
    parse(write(folder, good, good.content), good, good.format)  # Loads libraries and kernels: their memory is not the file's.
    before = peak_megabytes()
    for number in range(count):
        content = broken(good.content, dice)
        path = write(folder, good, content)
        name = dice.choice((good.format, "auto", _format(case)))
        try:
            parse(path, good, name)
            outcomes["rows"] += 1
        except BtlabError:
            outcomes["error"] += 1
        except BaseException as error:
            error.add_note(f"{case}, case {number}, format={name!r}: {content[:3000]!r}")
            raise
    assert peak_megabytes() - before < _MOST_MEGABYTES
    return outcomes


def _format(case: str) -> str:
    first = case.split()[0]
    return {"bi5": "dukascopy", "dbn": "databento", **{name: name for name in IMPORTERS}}.get(first, "csv")


def share(case: str, count: int) -> int:
    """How many of a format's broken files are of this layout."""
    return -(-count // sum(_format(other) == _format(case) for other in GOOD))


@pytest.mark.parametrize("case", GOOD)
def test_the_good_files_are_good(tmp_path: Path, case: str) -> None:
    """What is broken below is whole before: else nothing but its beginning would be tried."""
    good = GOOD[case]
    assert parse(write(tmp_path, good, good.content), good, good.format) == good.rows


@pytest.mark.parametrize("case", GOOD)
def test_broken_files_give_rows_or_typed_errors(tmp_path: Path, case: str) -> None:
    count = share(case, CASES)
    outcomes = fuzz(tmp_path, case, count)
    assert outcomes["error"] > count // 20
    assert sum(outcomes.values()) == count


@pytest.mark.parametrize("case", GOOD)
def test_a_broken_import_leaves_the_store_as_it_was(store: Store, tmp_path: Path, case: str) -> None:
    good, dice = GOOD[case], random.Random(f"btlab store {case}")
    kept = write(tmp_path, Good("kept.csv", b"", good.options, 0), b"time,bid,ask\n2010-01-01,1,1\n")
    store.import_ticks(kept, symbol=good.options.symbol, feed="kept")
    for number in range(STORED):
        path = write(tmp_path / "in", good, broken(good.content, dice))
        rules = {"symbol": good.options.symbol, "format": good.format, "feed": f"feed {number}"}
        held = _rows(store)
        try:
            bring = store.import_bars if good.options.bars else store.import_ticks
            report = bring(path, on_error=dice.choice(("raise", "skip")), **rules)
        except BtlabError:
            assert _rows(store) == held
        else:
            assert report.rows_read == report.rows_stored + report.rows_rejected + report.duplicates
            assert sum(_rows(store).values()) == sum(held.values()) + report.rows_stored


def _rows(store: Store) -> dict[str, int]:
    return {row["feed"]: row["rows"] for row in store.symbols().to_dicts()}


FOUND = {
    "a price is missing": ("ticks", b"<DATE>\t<TIME>\t<BID>\t<ASK>nan\t<LAST>\t<VOLUME>\r\n2020.01.02\t06:00:00\t1\t2\t\t\r\n"),
    "a carriage return in a cell, and a long number": (
        "bars",
        b"<DATE>\t<TIME>\t<OPEN>\t<HIGH>\t<LOW>\t<CLOSE>\t<TICKVOL>\t<SPREAD>\r\n2020.01.02\t06:00:00\t1\t2\t0.5\t1.5\t7\t1\r\n"
        b"2020.01.02\t07:00:00\t1\t2\t0.5\t1.5\t99999999999999999999.57\t1\rX\r\n",
    ),
}


@pytest.mark.parametrize("case", FOUND)
def test_what_longer_runs_have_found(store: Store, tmp_path: Path, case: str) -> None:
    kind, content = FOUND[case]
    (tmp_path / "t.csv").write_bytes(content)
    with pytest.raises(BtlabError):
        getattr(store, f"import_{kind}")(tmp_path / "t.csv", symbol="X", format="mt5", tz="UTC")
