"""`store.ticks(..., packed=True)`: the same ticks in a mapped file, what is made of them beside it, and what goes wrong."""

from __future__ import annotations

from pathlib import Path
from unittest.mock import patch

import numpy as np
import pytest

import btlab as bt
from btlab.data.reading import packed as reading
from btlab.errors import BtlabWarning, DamagedError, SeriesError
from btlab.market.packed import PackedTicks
from btlab.market.timeline import KEPT_COLUMNS, Timeline, timeline_of
from tests.market.streams import random_ticks
from tests.strategy.examples import Breakout

DAYS = 11


@pytest.fixture(scope="module")
def ticks() -> bt.Ticks:
    """Of eleven days, one-sided ones and gaps among them."""
    some = random_ticks(3, 9_000, pace=DAYS * 86_400e6 / 9_000)
    return bt.Ticks.from_arrays(some.time, some.bid, some.ask, symbol="EURUSD", bid_size=some.bid_size, ask_size=some.ask_size)


@pytest.fixture
def store(tmp_path: Path, ticks: bt.Ticks) -> bt.Store:
    store = bt.Store(tmp_path / "store")
    store.import_ticks(ticks)
    return store


def same(a: bt.Ticks, b: bt.Ticks) -> bool:
    return all(np.array_equal(getattr(a, name), getattr(b, name), equal_nan=True) for name in ("time", "bid", "ask"))


def files(store: bt.Store) -> list[Path]:
    return sorted((store.path / "cache").rglob("*.columns"))


RANGES = [
    (None, None),
    ("2024-01-10 05:17:03", "2024-01-16 11:11"),
    ("2024-01-14", "2024-01-15"),
    (None, "2024-01-12"),
]


@pytest.mark.parametrize(("start", "end"), RANGES)
def test_they_are_the_ticks_of_the_range(store: bt.Store, start: str | None, end: str | None) -> None:
    plain, packed = store.ticks("EURUSD", start, end), store.ticks("EURUSD", start, end, packed=True)
    assert isinstance(packed, PackedTicks)
    assert len(packed) == len(plain) > 50
    assert same(packed, plain)
    assert not packed.offset.flags.owndata and packed.offset.dtype == np.int32
    again = bt.Store(store.path).ticks("EURUSD", start, end, packed=True)
    assert same(again, plain)


def test_a_run_leaves_the_same_bits_and_the_next_process_makes_no_bars(store: bt.Store, ticks: bt.Ticks) -> None:
    plain = bt.Ticks.from_arrays(ticks.time, ticks.bid, ticks.ask, symbol="EURUSD")
    packed = store.ticks("EURUSD", packed=True)
    wanted = bt.run(Breakout(), plain)
    first = bt.run(Breakout(), packed)
    assert len(wanted.fills) > 5
    with patch.object(Timeline, "__init__", side_effect=AssertionError("it is kept")):
        second = bt.run(Breakout(), bt.Store(store.path).ticks("EURUSD", packed=True))
    for session in (first, second):
        assert session.fingerprint == wanted.fingerprint
        assert session.equity.equals(wanted.equity) and session.trades.equals(wanted.trades)


@pytest.mark.parametrize("rules", [{}, {"price": "bid"}, {"calendar": "24x7"}, {"empty_bars": "flat"}, {"timeframes": ["1w"]}])
def test_what_is_kept_is_what_would_be_made(store: bt.Store, rules: dict[str, str]) -> None:
    made = timeline_of(store.ticks("EURUSD", packed=True), **rules)
    kept = timeline_of(store.ticks("EURUSD", packed=True), **rules)
    assert kept is not made
    for name in KEPT_COLUMNS:
        assert getattr(kept, name).tobytes() == getattr(made, name).tobytes(), name
    assert {**vars(kept), **dict.fromkeys(KEPT_COLUMNS)} == {**vars(made), **dict.fromkeys(KEPT_COLUMNS)}


def test_other_rules_and_other_code_are_other_files(store: bt.Store, monkeypatch: pytest.MonkeyPatch) -> None:
    timeline_of(store.ticks("EURUSD", packed=True))
    counts = [len(files(store))]
    for _ in range(2):
        timeline_of(store.ticks("EURUSD", packed=True), price="ask")
        counts.append(len(files(store)))
    monkeypatch.setattr("btlab.market.jit.sources_hash", lambda _: "another")
    timeline_of(store.ticks("EURUSD", packed=True), price="ask")
    counts.append(len(files(store)))
    assert np.diff(counts).tolist() == [1, 0, 1]


def test_new_ticks_are_seen(store: bt.Store, ticks: bt.Ticks) -> None:
    before = store.ticks("EURUSD", packed=True)
    time = ticks.time[-1] + 5_000_000 + ticks.time[:500] - ticks.time[0]
    sizes = (getattr(ticks, name)[:500] for name in ("bid_size", "ask_size"))
    store.import_ticks(bt.Ticks(time, ticks.bid[:500], ticks.ask[:500], *sizes, "EURUSD", False))
    assert len(store.ticks("EURUSD", packed=True)) == len(before) + 500
    assert len(before) == len(ticks)


def test_without_room_on_disk_they_are_in_memory(store: bt.Store, ticks: bt.Ticks) -> None:
    for budget in (0, 4_096):
        packed = bt.Store(store.path, cache_bytes=budget).ticks("EURUSD", packed=True)
        assert same(packed, ticks)
        assert len(timeline_of(packed).minute_tick) > 1_000
    assert not files(store)


def test_what_cannot_be_packed_says_so(tmp_path: Path) -> None:
    store = bt.Store(tmp_path)
    time = np.arange(4) * 1_000_000 + 1_700_000_000_000_000
    store.import_ticks(bt.Ticks.from_arrays(time, np.full(4, np.pi), np.full(4, 3.2), symbol="ODD"))
    store.import_ticks(bt.Ticks.from_trades(time, np.ones(4), np.ones(4), symbol="BTCUSD"))
    with pytest.raises(SeriesError, match="ODD lie on no grid"):
        store.ticks("ODD", packed=True)
    with pytest.raises(SeriesError, match=r"holds trades.*without packed="):
        store.ticks("BTCUSD", packed=True)
    days = time + np.array([0, 1, 2, 4]) * 86_400_000_000
    store.import_ticks(bt.Ticks.from_arrays(days, np.full(4, 1.1), np.full(4, 1.2), symbol="EURUSD"))
    for start, end in (("2023-11-15 03:00", "2023-11-15 03:01"), ("2023-11-17", "2023-11-18")):
        assert len(store.ticks("EURUSD", start, end)) == 0
        with pytest.raises(SeriesError, match="no ticks of EURUSD"):
            store.ticks("EURUSD", start, end, packed=True)
    assert not [path for path in tmp_path.rglob("*") if path.suffix in (".tmp", ".columns")]


def test_a_damaged_day_is_named_and_leaves_nothing_behind(store: bt.Store) -> None:
    day = sorted(store.path.rglob("*.parquet"))[4]
    content = bytearray(day.read_bytes())
    content[len(content) // 2] ^= 1
    day.write_bytes(content)
    with pytest.raises(DamagedError, match="checksum"):
        store.ticks("EURUSD", packed=True)
    assert not [path for path in (store.path / "cache").rglob("*") if path.suffix == ".tmp"]
    assert len(store.ticks("EURUSD", "2024-01-07", "2024-01-09", packed=True))


def test_a_damaged_file_of_the_cache_is_made_again(store: bt.Store, ticks: bt.Ticks) -> None:
    del_ = store.ticks("EURUSD", packed=True)
    assert same(del_, ticks)
    (path,) = files(store)
    content = bytearray(path.read_bytes())
    content[-5_000] ^= 1
    path.unlink()
    path.write_bytes(content)
    with pytest.warns(BtlabWarning, match="damaged"):
        assert same(bt.Store(store.path).ticks("EURUSD", packed=True), ticks)


def test_a_full_disk_is_no_reason_to_fail(store: bt.Store, ticks: bt.Ticks) -> None:
    def full(*_: object, **__: object) -> None:
        raise OSError(28, "No space left on device")

    with patch("btlab.data.cache.folder.write", full), pytest.warns(BtlabWarning, match="No space left"):
        assert same(store.ticks("EURUSD", packed=True), ticks)


def test_segments_go_in_groups(store: bt.Store, ticks: bt.Ticks, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reading, "_DAYS", 1)
    assert same(store.ticks("EURUSD", packed=True), ticks)
    (made,) = files(store)
    monkeypatch.setattr(reading, "_DAYS", 100)
    bt.Store(store.path.with_name("other"), cache_bytes=2**30).import_ticks(ticks)
    other = bt.Store(store.path.with_name("other"))
    assert same(other.ticks("EURUSD", packed=True), ticks)
    assert files(other)[0].read_bytes()[280:] == made.read_bytes()[280:]
