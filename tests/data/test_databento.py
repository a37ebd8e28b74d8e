"""DBN against struct: the records of trades, mbp-1, tbbo and ohlcv have one layout in versions 1 to 3."""

from __future__ import annotations

import struct
import sys
from pathlib import Path
from typing import Any

import pytest

from btlab.data.store import Store
from btlab.errors import FormatError, StoreError
from tests.data.formats import dbn, trade_record

NONE = 2**63 - 1


def records(path: Path) -> list[tuple[Any, ...]]:
    """The records of an uncompressed file as struct reads them: time in µs, then what stands behind."""
    raw = path.read_bytes()
    at, rows = 8 + struct.unpack("<I", raw[4:8])[0], []
    while at < len(raw):
        length, kind = raw[at] * 4, raw[at + 1]
        body = raw[at + 16 : at + length]
        time = struct.unpack("<Q", raw[at + 8 : at + 16])[0] // 1000
        rows.append((time, *struct.unpack("<4qQ" if kind == 33 else "<qI2c" + f"{len(body) - 14}s", body)))
        at += length
    return rows


def columns(ticks: Any) -> list[list[Any]]:
    return [ticks.time.tolist(), ticks.bid.tolist(), ticks.ask.tolist(), ticks.bid_size.tolist(), ticks.ask_size.tolist()]


@pytest.mark.parametrize("version", ["", ".v1", ".v2", ".v3"])
def test_real_trades(store: Store, real_data: Path, version: str) -> None:
    folder = real_data / "databento"
    report = store.import_ticks(folder / f"test_data.trades{version}.dbn{'.zst' if version else ''}", symbol="ESH1")
    theirs = records(folder / "test_data.trades.dbn")
    time, bid, ask, bid_size, ask_size = columns(store.ticks("ESH1"))
    assert time == [row[0] for row in theirs]
    assert bid == ask == [row[1] / 10**9 for row in theirs] == [3720.25, 3720.25]
    assert [row[4] for row in theirs] == [b"A", b"A"], "sellers were the aggressors"
    assert (bid_size, ask_size) == ([float(row[2]) for row in theirs], [0.0, 0.0])
    assert (report.format, report.rows_stored, store.ticks("ESH1").trades) == ("databento", 2, True)


@pytest.mark.parametrize(("file", "rows"), [("tbbo.dbn", 2), ("tbbo.v1.dbn.zst", 2), ("tbbo.v3.dbn.zst", 2)])
def test_real_quotes(store: Store, real_data: Path, file: str, rows: int) -> None:
    folder = real_data / "databento"
    store.import_ticks(folder / f"test_data.{file}", symbol="ESH1")
    theirs = [(row[0], *struct.unpack("<qqII", row[-1][18:42])) for row in records(folder / "test_data.tbbo.dbn")]
    time, bid, ask, bid_size, ask_size = columns(store.ticks("ESH1"))
    assert len(time) == rows
    assert time == [row[0] for row in theirs]
    assert (bid, ask) == ([row[1] / 10**9 for row in theirs], [row[2] / 10**9 for row in theirs])
    assert (bid_size, ask_size) == ([float(row[3]) for row in theirs], [float(row[4]) for row in theirs])


def test_real_buyers_and_best_quotes(store: Store, real_data: Path) -> None:
    """As the vendor's own decoder prints them: B B A B at 3702.75, 3702.75, 3702.5, 3702.75, one contract each."""
    store.import_ticks(real_data / "databento/glbx.trades.dbn.zst", symbol="ESH1", feed="trades")
    trades = columns(store.ticks("ESH1", feed="trades"))
    assert trades[1] == [3702.75, 3702.75, 3702.5, 3702.75]
    assert trades[3:] == [[0.0, 0.0, 1.0, 0.0], [1.0, 1.0, 0.0, 1.0]]
    store.import_ticks(real_data / "databento/glbx.mbp-1.dbn.zst", symbol="ESH1", feed="quotes")
    quotes = columns(store.ticks("ESH1", feed="quotes"))
    assert quotes[0][0] == 1609113600005871
    assert quotes[1:3] == [[3702.25] * 4, [3702.75] * 4]
    assert quotes[3:] == [[19.0, 20.0, 20.0, 21.0], [13.0, 13.0, 14.0, 14.0]]


@pytest.mark.parametrize("version", ["", ".v1", ".v2", ".v3"])
def test_real_bars(store: Store, real_data: Path, version: str) -> None:
    folder = real_data / "databento"
    store.import_bars(folder / f"test_data.ohlcv-1m{version}.dbn{'.zst' if version else ''}", symbol="ESH1", price_scale=0.01)
    theirs = records(folder / "test_data.ohlcv-1m.dbn")
    bars = store.bars("ESH1", "1m")
    assert bars.time.tolist() == [row[0] for row in theirs]
    for k, name in enumerate(("open", "high", "low", "close")):
        assert getattr(bars, name).tolist() == [row[1 + k] / 10**9 / 100 for row in theirs]
    assert bars.volume.tolist() == [float(row[5]) for row in theirs] == [353.0, 152.0]


def two_instruments() -> bytes:
    times = (1609160400000000000, 1609160400000001999, 1609160400000002000)
    body = b"".join(trade_record(5482 + k % 2, time, (k + 1) * 10**9, k + 1, b"B") for k, time in enumerate(times))
    return dbn("trades", body, symbols=("ESH1", "ESM1"), schema=4)


@pytest.mark.parametrize(("symbol", "prices", "micros"), [("ESH1", [1.0, 3.0], [0, 2]), ("ESM1", [2.0], [1])])
def test_one_of_several_instruments(store: Store, tmp_path: Path, symbol: str, prices: list[float], micros: list[int]) -> None:
    path = tmp_path / "a.dbn"
    path.write_bytes(two_instruments())
    store.import_ticks(path, symbol=symbol)
    ticks = store.ticks(symbol)
    assert ticks.bid.tolist() == prices
    assert [time - 1609160400000000 for time in ticks.time.tolist()] == micros, "cut down to µs, never rounded"


def test_wrong_files(store: Store, tmp_path: Path) -> None:
    path = tmp_path / "a.dbn"
    path.write_bytes(two_instruments())
    with pytest.raises(FormatError, match=r"2 instruments \(ESH1, ESM1\); symbol= must be one of them, not 'ES'"):
        store.import_ticks(path, symbol="ES")
    path.write_bytes(two_instruments()[:-5])
    with pytest.raises(FormatError, match="cut off"):
        store.import_ticks(path, symbol="ESH1")
    path.write_bytes(dbn("definition", b"", schema=9))
    with pytest.raises(FormatError, match=r"definition|no DBN"):
        store.import_ticks(path, symbol="ESH1")
    path.write_bytes(dbn("trades", trade_record(1, 10**18, NONE, 1, b"N"), symbols=(), schema=4))
    with pytest.raises((FormatError, StoreError, ValueError), match="a price is not"):
        store.import_ticks(path, symbol="ESH1")
    path.write_bytes(dbn("trades", b"".join(trade_record(k, 10**18, 10**9, 1, b"N") for k in (1, 2)), symbols=(), schema=4))
    with pytest.raises(FormatError, match=r"several instruments \(numbers 1, 2\)"):
        store.import_ticks(path, symbol="ESH1")


def test_a_packed_file_that_ends_early_is_found_out(store: Store, real_data: Path, tmp_path: Path) -> None:
    whole = (real_data / "databento/test_data.trades.v3.dbn.zst").read_bytes()
    for cut in (1, 4, 5, 40):
        path = tmp_path / "cut.dbn.zst"
        path.write_bytes(whole[:-cut])
        with pytest.raises(FormatError, match=r"cut off|damaged"):
            store.import_ticks(path, symbol="ESH1")
    assert not store.symbols().height


def test_the_package_is_asked_for_by_name(store: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "a.dbn"
    path.write_bytes(two_instruments())
    monkeypatch.setitem(sys.modules, "databento_dbn", None)
    with pytest.raises(FormatError, match=r'pip install "btlab\[databento\]"'):
        store.import_ticks(path, symbol="ESH1")
