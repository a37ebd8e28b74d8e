"""Ranges of ticks and bars: from files, from mapped columns, across days and chunks, always what went in."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from btlab.data.cache import bars as bar_cache
from btlab.data.cache import hot
from btlab.data.cache.background import background
from btlab.data.reading import ticks as reading
from btlab.data.store import Store
from btlab.errors import NotStoredError, RunError, TimeframeError
from btlab.market.series import BAR_COLUMNS, Bars, Ticks
from btlab.market.timeline import bars
from btlab.market.times import to_datetime

DAY = 86_400_000_000
START = 19_800 * DAY + 5_000_000_000  # in March 2024, a week before New York's clocks go forward
KINDS = ("quotes", "sizes", "one_sided", "off_grid", "trades", "sparse")


def made(kind: str, *, symbol: str = "EURUSD", count: int = 40_000, days: float = 40.0, seed: int = 1) -> Ticks:
    """Ticks of a kind over some days, equal times among them."""
    random = np.random.default_rng(seed)
    count = 400 if kind == "sparse" else count
    time = START + np.sort(random.integers(0, int(days * DAY) // 1000, count) * 1000)
    time[1::7] = time[:-1:7]
    bid = 110_000 + np.cumsum(random.integers(-3, 4, count))
    ask = bid + random.integers(-1, 9, count)
    scale = 1e5 if kind != "off_grid" else np.pi * 1e5
    if kind == "trades":
        return Ticks.from_trades(time, bid / 1e5, random.integers(1, 9, count) / 8, symbol=symbol, buyer=bid % 2 == 0)
    bids, asks = bid / scale, ask / scale
    if kind == "one_sided":
        bids[::11], asks[5::11] = np.nan, np.nan
    sizes = random.integers(0, 100, (2, count)) / 3 if kind == "sizes" else (None, None)
    return Ticks.from_arrays(time, bids, asks, bid_size=sizes[0], ask_size=sizes[1], symbol=symbol)


def assert_same(got: Ticks | Bars, wanted: Ticks | Bars) -> None:
    """Every bit of every column."""
    names = BAR_COLUMNS if isinstance(wanted, Bars) else ("time", "bid", "ask", "bid_size", "ask_size")
    for name in names:
        one, other = getattr(got, name), getattr(wanted, name)
        assert (one is None) == (other is None), name
        if one is not None:
            np.testing.assert_array_equal(one, other, err_msg=name)


@pytest.fixture(autouse=True)
def keeping(monkeypatch: pytest.MonkeyPatch) -> None:
    """The caches keep small things too."""
    monkeypatch.setattr(reading, "_WORTH_KEEPING", 1)
    monkeypatch.setattr(bar_cache, "_WORTH_KEEPING", 1)


@pytest.mark.parametrize("kind", KINDS)
def test_every_range_is_what_went_in_from_files_and_mapped(store: Store, kind: str) -> None:
    ticks = made(kind)
    store.import_ticks(ticks)
    files_only = Store(store.path, cache_bytes=0)
    assert_same(store.ticks("EURUSD"), ticks)
    background.settle()
    assert list((store.path / "cache").rglob("*.columns")), "they are mapped now"
    random = np.random.default_rng(2)
    for turn in range(40):
        start, end = np.sort(random.integers(ticks.time[0] - DAY, ticks.time[-1] + DAY, 2)).tolist()
        if turn % 3 == 0:
            start, end = sorted(ticks.time[random.integers(0, len(ticks), 2)].tolist())
        low, high = np.searchsorted(ticks.time, (start, end))
        for reader in (store, files_only):
            try:
                got = reader.ticks("EURUSD", to_datetime(start), to_datetime(end))
            except NotStoredError:
                assert low == high
                continue
            assert_same(got, ticks[int(low) : int(high)])
            assert got.trades == ticks.trades


def test_what_is_mapped_is_what_is_read(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    """The check above would pass without the mapped columns: here their file's points are shifted on purpose."""
    ticks = made("quotes", days=1.0)
    store.import_ticks(ticks)
    store.ticks("EURUSD")
    background.settle()
    real = hot.fill

    def shifted(mapped: hot.Mapped, digits: int | None, rows: slice, out: hot.Columns) -> None:
        real(mapped, digits, rows, out)
        out.bid[:] += 1.0

    monkeypatch.setattr(reading, "fill", shifted)
    with pytest.raises(AssertionError):
        assert_same(store.ticks("EURUSD"), ticks)


def test_several_symbols_come_by_name(store: Store) -> None:
    wanted = {symbol: made("quotes", days=9.0, symbol=symbol, seed=seed) for seed, symbol in enumerate(("EURUSD", "GBPUSD", "b"))}
    for ticks in wanted.values():
        store.import_ticks(ticks)
    end = to_datetime(START + 3 * DAY)
    for names in (["b", "EURUSD"], ("GBPUSD",), list(wanted)):
        found = store.ticks(names, end=end)
        assert list(found) == list(names)
        minutes = store.bars(names, "1m", end=end)
        for symbol in names:
            assert found[symbol].symbol == minutes[symbol].symbol == symbol
            assert_same(found[symbol], wanted[symbol].between(None, end))
            assert_same(minutes[symbol], bars(wanted[symbol], "1m").between(None, end))
    with pytest.raises(NotStoredError, match="nothing of 'c'"):
        store.ticks(["EURUSD", "c"])


ALL = [("sizes", name) for name in ("1s", "30s", "1m", "20m", "1h", "4h", "1d", "1w", "1mo")]
ODD = [(kind, name) for kind in ("one_sided", "trades", "sparse") for name in ("1s", "1m", "1d")]


@pytest.mark.parametrize(("kind", "timeframe"), ALL + ODD)
def test_bars_of_any_range_are_those_of_all_ticks(store: Store, kind: str, timeframe: str) -> None:
    ticks = made(kind, count=10_000, days=75.0)
    store.import_ticks(ticks)
    random = np.random.default_rng(3)
    for price in ("mid", "bid"):
        wanted = bars(ticks, timeframe, price=price)
        for turn in range(8):
            start, end = (to_datetime(int(t)) for t in np.sort(random.integers(START - DAY, START + 76 * DAY, 2)))
            if turn == 4:
                assert_same(store.bars("EURUSD", timeframe, price=price), wanted)
            try:
                got = store.bars("EURUSD", timeframe, start, end, price=price)
            except NotStoredError:
                assert not len(ticks.between(start, end))
                continue
            assert_same(got, wanted.between(start, end))
            assert (got.timeframe, got.symbol) == (timeframe, "EURUSD")
        background.settle()
        assert_same(store.bars("EURUSD", timeframe, price=price), wanted)


def test_bars_know_of_new_ticks_and_make_the_last_chunk_alone(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    ticks = made("quotes", count=60_000, days=120.0)
    cut = int(np.searchsorted(ticks.time, START + 100 * DAY))
    store.import_ticks(ticks[:cut])
    for timeframe in ("1m", "1h", "1d"):
        assert_same(store.bars("EURUSD", timeframe), bars(ticks[:cut], timeframe))
    store.import_ticks(ticks[cut:])
    read: list[int] = []
    real = reading.TickReader.read

    def counted(self: reading.TickReader, start: int | None, end: int | None, **options: bool) -> object:
        columns = real(self, start, end, **options)
        read.append(len(columns.time))
        return columns

    monkeypatch.setattr(reading.TickReader, "read", counted)
    assert_same(store.bars("EURUSD", "1m"), bars(ticks, "1m"))
    changed = len(ticks.between("2024-06-01", None))
    assert 0 < sum(read) < changed + len(ticks) // 100, "months before are not read again"
    read.clear()
    for timeframe in ("5m", "1h", "1d", "1w"):
        assert_same(store.bars("EURUSD", timeframe), bars(ticks, timeframe))
    assert not read, "longer bars are made of the minutes"


def test_replaced_ticks_make_other_bars(store: Store) -> None:
    old, new = made("quotes", seed=1, days=3), made("quotes", seed=2, days=3)
    for ticks in (old, new):
        store.import_ticks(ticks, overlap="replace")
        inside = to_datetime(int(ticks.time[0])), to_datetime(int(ticks.time[-1]) + 1)
        wanted = Store(store.path, cache_bytes=0).ticks("EURUSD")
        assert_same(wanted.between(*inside), ticks)
        for _ in range(2):
            assert_same(store.ticks("EURUSD"), wanted)
            assert_same(store.bars("EURUSD", "1h"), bars(wanted, "1h"))
            background.settle()


def test_a_small_part_does_not_wait_for_its_whole_chunk(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    ticks = made("quotes", days=20.0)
    store.import_ticks(ticks)
    jobs: list[str] = []
    monkeypatch.setattr(bar_cache.background, "submit", lambda key, _: jobs.append(key))
    start, end = to_datetime(START + 5 * DAY), to_datetime(START + 6 * DAY)
    assert_same(store.bars("EURUSD", "1m", start, end), bars(ticks, "1m").between(start, end))
    assert not list((store.path / "cache").rglob("*.columns"))
    assert len(jobs) >= 1, "it is made behind the caller's back"


def test_prices_of_bars(store: Store) -> None:
    quotes, trades = made("quotes"), made("trades", symbol="BTCUSD")
    store.import_ticks(quotes)
    store.import_ticks(trades)
    for price in ("bid", "ask", "mid"):
        assert_same(store.bars("EURUSD", "1h", price=price), bars(quotes, "1h", price=price))
        assert_same(store.bars("BTCUSD", "1h", price=price), bars(trades, "1h"))
    assert_same(store.bars("EURUSD", "1h"), bars(quotes, "1h", price="mid"))
    with pytest.raises(RunError, match="price='last'"):
        store.bars("EURUSD", "1h", price="last")
    with pytest.raises(TimeframeError, match="Did you mean '30m'"):
        store.bars("EURUSD", "30min")


def stored_bars(timeframe: str, *, count: int = 3_000, seed: int = 5) -> Bars:
    return bars(made("sizes", seed=seed, count=count, days=30.0), timeframe)


def test_imported_bars_are_their_own_or_made_of_the_longest_that_divides(store: Store) -> None:
    minutes, hours = stored_bars("1m"), stored_bars("1h", seed=6)
    store.import_bars(minutes.to_polars(), symbol="EURUSD", timeframe="1m", price="bid")
    store.import_bars(hours.to_polars(), symbol="EURUSD", timeframe="1h", price="bid")
    start, end = to_datetime(START + 2 * DAY), to_datetime(START + 9 * DAY)
    for timeframe, source in (("1m", minutes), ("20m", minutes), ("1h", hours), ("4h", hours), ("1d", hours), ("1w", hours)):
        wanted = source if source.timeframe == timeframe else bars(source, timeframe)
        assert_same(store.bars("EURUSD", timeframe), wanted)
        assert_same(store.bars("EURUSD", timeframe, start, end, price="bid"), wanted.between(start, end))
    with pytest.raises(NotStoredError, match="none of price='ask'"):
        store.bars("EURUSD", "1h", price="ask")
    with pytest.raises(TimeframeError, match="30s cannot be put together"):
        store.bars("EURUSD", "30s")
    with pytest.raises(NotStoredError, match=r"store\.bars reads them"):
        store.ticks("EURUSD")
    store.import_bars(hours.to_polars(), symbol="EURUSD", timeframe="1h", price="ask")
    with pytest.raises(NotStoredError, match="say which with price="):
        store.bars("EURUSD", "1h")
    assert_same(store.bars("EURUSD", "4h", price="ask"), bars(hours, "4h"))
    shown = store.symbols()
    assert shown["timeframe"].to_list() == ["1m", "1h"]
    assert shown["rows"].to_list() == [len(minutes), 2 * len(hours)]


def test_a_store_in_memory_keeps_no_cache() -> None:
    store = Store(":memory:")
    store.import_ticks(made("quotes"))
    store.ticks("EURUSD")
    store.bars("EURUSD", "1m")
    background.settle()
    assert not (Path(store.path) / "cache").exists()
