"""Stores of an older format are read, taken over symbol by symbol; newer ones are refused.

`fixtures/store-format-1` was written by btlab as of 2026-11-20, with the ticks that `frozen` makes.
"""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import numpy as np
import pytest

from btlab.data.files.manifest import FORMAT
from btlab.data.store import Store
from btlab.errors import NewerFormatError
from tests.data.harness import opened, ticks

FROZEN = Path(__file__).parent / "fixtures/store-format-1"
DAY, MINUTE = 86_400_000_000, 60_000_000


@pytest.fixture
def old(tmp_path: Path) -> Path:
    return Path(shutil.copytree(FROZEN, tmp_path / "old"))


def formats(path: Path) -> set[int]:
    return {json.loads(file.read_text())["format"] for file in path.rglob("*.json") if "cache" not in file.parts}


def check(store: Store) -> None:
    """Every tick of the frozen store, bit for bit."""
    k = np.arange(48, dtype=np.int64)
    time = 19_000 * DAY + k * (90 * MINUTE) + k * k
    fxcm, oanda, trades = store.ticks("EURUSD", feed="FXCM"), store.ticks("EURUSD", feed="Oanda"), store.ticks("btc/usdt <b>")
    assert np.array_equal(fxcm.time, time)
    assert np.array_equal(fxcm.bid, (110_000 + k) / 1e5)
    assert np.array_equal(fxcm.ask, (110_003 + k % 7 + k) / 1e5)
    assert np.array_equal(fxcm.bid_size, k / 4 + 1)
    assert np.array_equal(fxcm.ask_size, 2.0 + k)
    bid, ask = 1.1 + k / 3e3, 1.2 + k / 3e3
    bid[5], ask[6] = np.nan, np.nan
    assert np.array_equal(oanda.time, time + 7)
    assert np.array_equal(oanda.bid, bid, equal_nan=True)
    assert np.array_equal(oanda.ask, ask, equal_nan=True)
    assert oanda.bid_size is None
    assert trades.trades
    assert np.array_equal(trades.time, time + 11)
    assert np.array_equal(trades.bid, (400_000 + k) / 10)
    assert np.array_equal(trades.bid_size, k + 0.5)


def test_a_store_of_format_1_is_read_and_written_as_it_is(old: Path) -> None:
    assert formats(old) == {1}
    check(Store(old))
    assert Store(old).symbols()["rows"].to_list() == [48, 48, 48]
    assert Store(old).doctor().ok
    assert formats(old) == {1}
    opened(old).import_ticks(ticks(1.5, range(3), "EURUSD"), feed="new")
    check(Store(old))
    assert formats(old) == {1, FORMAT}


def test_migrating_changes_no_tick_and_is_done_once(old: Path) -> None:
    files = {path: path.read_bytes() for path in old.rglob("*.parquet")}
    report = opened(old).migrate()
    assert (report.format, sorted(report.migrated), report.skipped) == (FORMAT, ["EURUSD", "btc/usdt <b>"], {})
    assert formats(old) == {FORMAT}
    check(Store(old))
    assert {path: path.read_bytes() for path in old.rglob("*.parquet")} == files
    assert opened(old).migrate().migrated == []
    assert "&lt;b&gt;" in report._repr_html_()


def test_origins_survive_migration(old: Path) -> None:
    store = opened(old)
    store.migrate()
    again = store.import_ticks(Store(FROZEN).ticks("EURUSD", feed="FXCM"), feed="FXCM")
    assert again.rows_read == 0, "still known"


def test_a_damaged_symbol_is_skipped_and_named(old: Path) -> None:
    manifest = old / "symbols/EURUSD/manifest.json"
    manifest.write_text(manifest.read_text().replace('"rows": ', '"rows": 1', 1))
    report = opened(old).migrate()
    assert report.migrated == ["btc/usdt <b>"]
    assert "'EURUSD' is damaged" in report.skipped["EURUSD"]
    assert json.loads((old / "store.json").read_text())["format"] == 1, "not all of it is migrated"


def test_a_backup_of_an_old_store_is_a_new_one(old: Path, tmp_path: Path) -> None:
    Store(old).backup(tmp_path / "copy.zip")
    again = Store.restore(tmp_path / "copy.zip", tmp_path / "again")
    check(again)
    assert formats(again.path) == {FORMAT}
    assert formats(old) == {1}


def test_a_newer_format_is_refused(old: Path) -> None:
    manifest = old / "symbols/EURUSD/manifest.json"
    newer = FORMAT + 1
    manifest.write_text(manifest.read_text().replace('"format": 1', f'"format": {newer}'))
    store = opened(old)
    refusal = f"is of format {newer}, this btlab reads up to {FORMAT}; update btlab"
    with pytest.raises(NewerFormatError, match=refusal):
        store.ticks("EURUSD", feed="FXCM")
    with pytest.raises(NewerFormatError):
        store.import_ticks(ticks(1.0, range(1), "EURUSD"))
    assert refusal in store.migrate().skipped["EURUSD"]
    assert refusal in store.compact().skipped["EURUSD"]
    found = store.doctor(repair=True)
    assert [(one.what, one.repaired) for one in found] == [("newer", False)]
    assert not found.ok
    with pytest.raises(NewerFormatError):
        store.backup(old.parent / "copy")
    (old / "store.json").write_text(f'{{"format": {newer}}}')
    with pytest.raises(NewerFormatError):
        Store(old)
