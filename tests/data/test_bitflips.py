"""Damage is found or harmless: a typed error that names the file, or the right data; never a silent lie."""

from __future__ import annotations

from pathlib import Path

import pytest

from btlab.data.store import Store
from btlab.errors import BtlabWarning, DamagedError
from tests.data.harness import opened, state, ticks
from tests.data.rot import rot


def test_damage_in_any_file_is_found_or_harmless_and_repaired(tmp_path: Path) -> None:
    outcomes = rot(tmp_path, 65, seed=3)
    assert outcomes["typed error"] >= 35
    assert outcomes["right data"] >= 5


def test_a_damaged_day_leaves_the_others_and_is_replaced_by_its_file(tmp_path: Path) -> None:
    store, all_days = opened(tmp_path), ticks(1.5, range(4))
    store.import_ticks(all_days)
    day = next(tmp_path.rglob("1970-01-03.*.parquet"))
    day.write_bytes(day.read_bytes()[:-1] + b"x")
    with pytest.raises(DamagedError, match=r"ticks of 'X' from 1970-01-03 00:00:00 to 1970-01-03 12:15:00 are damaged") as caught:
        store.ticks("X")
    assert caught.value.details["file"] == str(day)
    assert len(store.ticks("X", "1970-01-01", "1970-01-03")) == len(store.ticks("X", "1970-01-04")) * 2 == 100
    assert store.import_ticks(all_days, overlap="replace").rows_stored == 200
    assert state(tmp_path) == list(zip(all_days.time.tolist(), all_days.bid.tolist()))
    next(tmp_path.rglob("1970-01-02.*.parquet")).unlink()
    with pytest.raises(DamagedError, match="the file is gone"):
        store.ticks("X")


def test_a_damaged_manifest_stops_its_symbol_alone(tmp_path: Path) -> None:
    for symbol in ("X", "Y"):
        opened(tmp_path).import_ticks(ticks(1.0, range(2), symbol))
    path = tmp_path / "symbols/X/manifest.json"
    path.write_text(path.read_text().replace('"rows": ', '"rows": 1', 1))
    store = opened(tmp_path)
    with pytest.raises(DamagedError, match=r"(?s)the manifest of 'X' is damaged .*doctor.repair=True. rebuilds it"):
        store.ticks("X")
    with pytest.raises(DamagedError):
        store.import_ticks(ticks(1.0, range(10, 11)))
    with pytest.warns(BtlabWarning, match="'X' is damaged"):
        assert store.symbols()["symbol"].to_list() == ["Y"]


def test_a_lost_manifest_is_damage_and_its_days_are_not_swept(tmp_path: Path) -> None:
    store = opened(tmp_path)
    store.import_ticks(ticks(1.0, range(3)))
    (tmp_path / "symbols/X/manifest.json").unlink()
    for act in (lambda: store.ticks("X"), lambda: store.import_ticks(ticks(1.0, range(10, 11)))):
        with pytest.raises(DamagedError, match="it is gone"):
            act()
    store.compact()
    assert len(list(tmp_path.rglob("*.parquet"))) == 3
    assert store.doctor(repair=True).ok
    assert len(store.ticks("X")) == 150


def test_a_damaged_mark_stops_writing_only(tmp_path: Path) -> None:
    opened(tmp_path).import_ticks(ticks(1.0, range(1)))
    (tmp_path / "store.json").write_text('{"format": ')
    with pytest.warns(BtlabWarning, match=r"nothing is written until store.doctor\(repair=True\)"):
        store = Store(tmp_path)
    assert len(store.ticks("X")) == 50
    with pytest.raises(DamagedError):
        store.import_ticks(ticks(1.0, range(1, 2)))
    assert [finding.what for finding in store.doctor(repair=True)] == ["mark"]
    assert store.import_ticks(ticks(1.0, range(1, 2))).rows_stored == 50
