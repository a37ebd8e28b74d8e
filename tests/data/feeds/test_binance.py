"""Binance's archive: zips of days and months, their check sums, and what is asked for instead of what is not there."""

from __future__ import annotations

import hashlib
import io
import zipfile
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import numpy as np
import pytest

from btlab.data.feeds import FeedReport, Policy, binance
from btlab.data.store import Store
from btlab.errors import FeedError, StoreError
from tests.data.feeds.conftest import Clock
from tests.data.feeds.server import Archive, Fault

DAY = "2024-01-09"


def rows_of(kind: str, day: str, count: int = 40) -> list[list[str]]:
    """A day's rows as the archive has them: ms until 2024, µs from 2025 on."""
    start = datetime.fromisoformat(day).replace(tzinfo=UTC)
    unit = 1_000_000 if start.year >= 2025 else 1_000
    random = np.random.default_rng(int(day.replace("-", "")))
    price = 40_000 + random.integers(-500, 500, count).cumsum() / 100
    size = random.integers(1, 999, count) / 1000
    times = [int(start.timestamp()) * unit + 60 * unit * number for number in range(count)]
    cells = list(zip(map(str, times), (f"{one:.2f}" for one in price), (f"{one:.3f}" for one in size)))
    if kind == "klines":
        high, low, close = ([f"{one + step:.2f}" for one in price] for step in (5, -5, 1))
        ends = [str(at + 60 * unit - 1) for at in times]
        return [[at, p, *hlc, s, end, *"11110"] for (at, p, s), *hlc, end in zip(cells, high, low, close, ends)]
    made = ["True" if number % 3 else "False" for number in range(count)]
    if kind == "aggTrades":
        return [[str(n), p, s, "1", "2", at, m, "True"] for n, ((at, p, s), m) in enumerate(zip(cells, made))]
    return [[str(n), p, s, "40.1", at, m, "True"] for n, ((at, p, s), m) in enumerate(zip(cells, made))]


def zipped(name: str, rows: list[list[str]]) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(name, "\n".join(",".join(row) for row in rows) + "\n")
    return out.getvalue()


def serve(
    archive: Archive, kind: str, day: str, *, market: str = "spot", rows: list[list[str]] | None = None, period: str = "daily"
) -> str:
    """A zip and its check sum; returns its path."""
    word = "1m" if kind == "klines" else kind
    name = f"BTCUSDT-{word}-{day}"
    folder = f"/data/{market}/{period}/{kind}/BTCUSDT/" + ("1m/" if kind == "klines" else "")
    content = zipped(f"{name}.csv", rows_of(kind, day) if rows is None else rows)
    path = f"{folder}{name}.zip"
    archive.files[path] = content
    archive.files[f"{path}.CHECKSUM"] = f"{hashlib.sha256(content).hexdigest()}  {name}.zip\n".encode()
    return path


def days_of(month: str) -> list[str]:
    first = datetime.fromisoformat(f"{month}-01")
    return [f"{first + timedelta(days=n):%Y-%m-%d}" for n in range(31) if (first + timedelta(days=n)).month == first.month]


@pytest.fixture
def fetch(store: Store, archive: Archive, policy: Callable[..., Policy]) -> Callable[..., FeedReport]:
    def download(start: str = DAY, end: str | None = "2024-01-10", **words: object) -> FeedReport:
        return binance(store, "BTCUSDT", start, end, **{"base_url": archive.url, "policy": policy()} | words)

    return download


@pytest.mark.parametrize("day", ["2024-01-09", "2025-01-09"])
@pytest.mark.parametrize("kind", ["trades", "aggTrades"])
def test_a_day_of_trades(store, archive, fetch, clock: Clock, kind, day):
    clock.set("2025-03-01")
    path = serve(archive, kind, day)
    report = fetch(day, f"{day}T12:00", kind=kind)
    assert archive.paths() == [f"{path}.CHECKSUM", path]
    assert (report.fetched, report.rows_stored, report.feed) == (1, 40, f"binance-{kind.lower()}")
    ticks, rows = store.ticks("BTCUSDT"), rows_of(kind, day)
    at, price, size, made = (5, 1, 2, 6) if kind == "aggTrades" else (4, 1, 2, 5)
    unit = 1 if day.startswith("2025") else 1000
    assert ticks.time.tolist() == [int(row[at]) * unit for row in rows]
    assert ticks.bid.tolist() == ticks.ask.tolist() == [float(row[price]) for row in rows]
    assert ticks.ask_size.tolist() == [float(row[size]) * (row[made] == "False") for row in rows]
    assert ticks.bid_size.tolist() == [float(row[size]) * (row[made] == "True") for row in rows]


def test_klines_of_a_day(store, archive, fetch):
    serve(archive, "klines", DAY)
    report = fetch(kind="klines")
    bars, rows = store.bars("BTCUSDT", "1m"), rows_of("klines", DAY)
    assert report.rows_stored == len(bars) == 40
    for name, column in (("open", 1), ("high", 2), ("low", 3), ("close", 4), ("volume", 5)):
        assert getattr(bars, name).tolist() == [float(row[column]) for row in rows]
    assert bars.time.tolist() == [int(row[0]) * 1000 for row in rows]


def test_a_whole_month_of_klines_is_one_file_and_other_days_are_theirs(store, archive, fetch):
    month = [row for day in days_of("2024-01") for row in rows_of("klines", day)]
    whole = serve(archive, "klines", "2024-01", rows=month, period="monthly")
    days = [serve(archive, "klines", day) for day in ("2023-12-31", "2024-02-01")]
    report = fetch("2023-12-31", "2024-02-02", kind="klines")
    assert set(archive.paths()) == {path + end for path in (whole, *days) for end in ("", ".CHECKSUM")}
    assert (report.fetched, len(store.bars("BTCUSDT", "1m"))) == (33, 33 * 40)
    archive.asked.clear()
    assert fetch("2023-12-31", "2024-02-02", kind="klines").known == 33
    assert archive.asked == []


def test_a_month_that_is_not_there_is_asked_for_by_days(store, archive, fetch):
    for day in days_of("2024-01")[:5]:
        serve(archive, "klines", day)
    report = fetch("2024-01-01", "2024-02-01", kind="klines")
    assert (report.fetched, report.empty) == (5, 26)
    assert len(store.bars("BTCUSDT", "1m")) == 200


def test_a_day_without_rows_in_a_month_is_not_asked_for_again(archive, fetch):
    month = [row for day in days_of("2024-01") if day != DAY for row in rows_of("klines", day)]
    serve(archive, "klines", "2024-01", rows=month, period="monthly")
    assert fetch("2024-01-01", "2024-02-01", kind="klines").rows_stored == 30 * 40
    archive.asked.clear()
    assert fetch("2024-01-01", "2024-02-01", kind="klines").known == 31
    assert archive.asked == []


def test_a_day_that_is_not_published_yet_is_asked_for_next_time(archive, fetch, clock: Clock):
    clock.set("2024-01-10T03:00")
    report = fetch("2024-01-08", None)
    assert (report.pending, report.empty, report.complete) == (3, 0, True)
    serve(archive, "trades", DAY)
    clock.set("2024-01-16T03:00")
    report = fetch("2024-01-08", "2024-01-10")
    assert (report.fetched, report.empty) == (1, 1)  # a week after, a day without a file is believed to have none
    archive.asked.clear()
    assert fetch("2024-01-08", "2024-01-10").known == 2
    assert archive.asked == []


def test_today_is_not_asked_for(archive, fetch, clock: Clock):
    clock.set(f"{DAY}T23:59")
    assert fetch(DAY, None).pending == 1
    assert archive.asked == []


def test_trades_of_a_month_are_asked_for_by_days(archive, fetch):
    paths = [serve(archive, "trades", day) for day in days_of("2024-01")]
    assert fetch("2024-01-01", "2024-02-01").fetched == 31
    assert set(archive.paths()) == {path + end for path in paths for end in ("", ".CHECKSUM")}


def test_futures_have_a_folder_and_a_feed_of_their_own(store, archive, fetch):
    path = serve(archive, "aggTrades", DAY, market="futures/um")
    report = fetch(kind="aggTrades", market="um")
    assert path in archive.paths()
    assert report.feed == "binance-um-aggtrades"
    assert len(store.ticks("BTCUSDT")) == 40


FAULTS = {
    "a byte changed on the way": lambda content: Fault(body=content[:50] + bytes([content[50] ^ 1]) + content[51:]),
    "the end is missing and nothing says so": lambda content: Fault(cut=len(content) - 10, unannounced=True),
    "the end is missing": lambda content: Fault(cut=len(content) - 10),
    "another file": lambda _: Fault(body=zipped("BTCUSDT-trades-2024-01-09.csv", rows_of("trades", "2024-01-08"))),
    "not there, and its check sum is": lambda _: Fault(status=404),
}


@pytest.mark.parametrize("fault", FAULTS.values(), ids=FAULTS)
def test_what_is_not_what_the_check_sum_says_is_fetched_again(store, archive, fetch, fault):
    path = serve(archive, "trades", DAY)
    archive.faults[path].append(fault(archive.files[path]))
    report = fetch()
    assert (report.retries, report.rows_stored) == (1, 40)
    assert store.ticks("BTCUSDT").bid.tolist() == [float(row[1]) for row in rows_of("trades", DAY)]


@pytest.mark.parametrize(
    "stated",
    [b"0" * 64 + b"  BTCUSDT-trades-2024-01-09.zip", b"<html>", b"", b"\xff" * 99, b"RIGHT  another.zip", b"x" * 100_000],
)
def test_a_wrong_check_sum_is_never_stored(store, archive, fetch, stated):
    path = serve(archive, "trades", DAY)
    right = archive.files[f"{path}.CHECKSUM"]
    archive.files[f"{path}.CHECKSUM"] = stated.replace(b"RIGHT", right[:64])
    report = fetch()
    assert list(report.failed) == [DAY]
    assert store.symbols().is_empty()
    archive.files[f"{path}.CHECKSUM"] = right
    assert fetch().complete
    assert len(store.ticks("BTCUSDT")) == 40


def test_a_zip_of_something_else_fails_its_day_and_no_other(store, archive, fetch):
    serve(archive, "trades", "2024-01-08", rows=[["what", "is", "this"]])
    serve(archive, "trades", DAY)
    report = fetch("2024-01-08", "2024-01-10")
    assert list(report.failed) == ["2024-01-08"]
    assert len(store.ticks("BTCUSDT")) == 40


def test_a_big_zip_is_gone_on_with_by_the_next_run(archive, fetch):
    random = np.random.default_rng(0)
    rows = [[*row[:3], f"{random.random():.16f}", *row[4:]] for row in rows_of("trades", DAY, 1400)]
    path = serve(archive, "trades", DAY, rows=rows)
    size = len(archive.files[path])
    archive.faults[path].append(Fault(cut=size // 2))
    report = fetch(policy=Policy(attempts=1, clock=Clock("2024-03-01")))
    assert not report.complete
    archive.asked.clear()
    assert fetch().rows_stored == 1400
    (asked,) = [span for asked_for, span in archive.asked if asked_for == path]
    assert asked is not None
    assert asked.startswith("bytes=")


@pytest.mark.parametrize(
    ("words", "error", "says"),
    [
        ({"kind": "trade"}, StoreError, "Did you mean 'trades'"),
        ({"market": "swap"}, StoreError, "market='swap'"),
        ({"kind": "klines", "timeframe": "1mo"}, StoreError, "timeframe='1mo'"),
        ({"code": "../BTCUSDT"}, FeedError, "no instrument"),
    ],
)
def test_what_cannot_be_is_said_before_anything_is_asked(archive, fetch, words, error, says):
    with pytest.raises(error, match=says):
        fetch(**words)
    assert archive.asked == []
