"""Hours of Dukascopy: what is asked for, what is stored, and what a second download does."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from btlab.data.feeds import FeedReport, Policy, dukascopy
from btlab.data.store import Store
from btlab.errors import FeedError, LockedError, StoreError
from tests.data.feeds.conftest import Clock, as_json, bi5, bi5_path, hour, json_path, same, ticks_of
from tests.data.feeds.server import Archive, Fault

DAY, NEXT = "2024-01-09", "2024-01-10"


def serve(archive: Archive, day: str, hours: range | list[int] = range(24), layout: str = "bi5") -> None:
    for number in hours:
        columns = hour(day, number)
        if layout == "bi5":
            archive.files[bi5_path(day, number)] = bi5(columns)
        else:
            archive.files[json_path(day, number)] = as_json(day, number, columns)


@pytest.fixture
def fetch(store: Store, archive: Archive, policy: Callable[..., Policy]) -> Callable[..., FeedReport]:
    def download(start: str = DAY, end: str | None = NEXT, **changes: object) -> FeedReport:
        settings = {key: changes.pop(key) for key in list(changes) if key in Policy.__dataclass_fields__}
        words = {"layout": "bi5", "base_url": archive.url, "policy": policy(**settings)} | changes
        return dukascopy(store, "EURUSD", start, end, **words)

    return download


@pytest.mark.parametrize("layout", ["bi5", "json"])
def test_a_day_arrives_bit_for_bit(store, archive, fetch, layout):
    serve(archive, DAY, layout=layout)
    report = fetch(layout=layout)
    assert same(store.ticks("EURUSD"), ticks_of(DAY, range(24)))
    assert (report.fetched, report.rows_stored, report.known, report.failed, report.complete) == (24, 24 * 50, 0, {}, True)
    assert len(archive.asked) == len(set(archive.paths())) == 24
    assert store.symbols()["feed"].to_list() == ["dukascopy"]


def test_a_second_download_asks_for_nothing(archive, fetch):
    serve(archive, DAY)
    fetch()
    archive.asked.clear()
    report = fetch()
    assert (archive.asked, report.known, report.fetched, report.rows_stored) == ([], 24, 0, 0)


def test_only_what_is_missing_is_asked_for(store, archive, fetch):
    for day in (DAY, NEXT):
        serve(archive, day)
    fetch(DAY, f"{DAY}T06:00")
    archive.asked.clear()
    fetch(f"{DAY}T03:00", f"{NEXT}T02:00")
    wanted = [bi5_path(DAY, number) for number in range(6, 24)] + [bi5_path(NEXT, number) for number in range(2)]
    assert sorted(archive.paths()) == wanted
    assert len(store.ticks("EURUSD")) == 26 * 50


def test_half_a_day_downloaded_again_whole_is_not_doubled(store, archive, fetch, clock: Clock):
    serve(archive, DAY)
    clock.set(f"{DAY}T13:30")
    half = fetch()
    assert (half.fetched, half.pending, len(store.ticks("EURUSD"))) == (12, 12, 600)
    clock.set(f"{NEXT}T06:00")
    fetch()
    assert same(store.ticks("EURUSD"), ticks_of(DAY, range(24)))


def test_nor_is_it_where_the_journal_was_lost(store, archive, fetch, clock: Clock):
    serve(archive, DAY)
    clock.set(f"{DAY}T13:30")
    fetch()
    clock.set(f"{NEXT}T06:00")
    for path in (store.path / "downloads").rglob("*.json"):
        path.unlink()
    fetch()
    assert same(store.ticks("EURUSD"), ticks_of(DAY, range(24)))


def test_nor_where_the_unfinished_hour_had_been_imported_by_hand(store, archive, fetch, tmp_path):
    part = {name: column[:20] for name, column in hour(DAY, 5).items()}
    by_hand = tmp_path / bi5_path(DAY, 5)[1:]
    by_hand.parent.mkdir(parents=True)
    by_hand.write_bytes(bi5(part))
    store.import_ticks(by_hand, symbol="EURUSD", feed="dukascopy")
    serve(archive, DAY)
    fetch()
    assert same(store.ticks("EURUSD"), ticks_of(DAY, range(24)))


def test_an_hour_that_is_not_over_is_not_asked_for(archive, fetch, clock: Clock):
    serve(archive, DAY)
    clock.set(f"{DAY}T05:59")
    report = fetch(DAY, None)
    assert sorted(archive.paths()) == [bi5_path(DAY, number) for number in range(4)]
    assert (report.fetched, report.pending) == (4, 2)


def test_an_empty_hour_is_remembered_when_it_is_old_enough(archive, fetch, clock: Clock):
    serve(archive, DAY, range(1, 24))
    archive.files[bi5_path(DAY, 0)] = b""
    clock.set(f"{NEXT}T00:30")
    assert fetch().pending == 2  # the hour before midnight, and the empty one: a day is not over since
    clock.set(f"{NEXT}T02:00")
    archive.asked.clear()
    report = fetch()
    assert set(archive.paths()) == {bi5_path(DAY, 0), bi5_path(DAY, 23)}
    assert (report.fetched, report.empty) == (1, 1)
    archive.asked.clear()
    assert fetch().known == 24
    assert archive.asked == []


def test_an_open_market_without_ticks_is_asked_three_times(store, archive, fetch):
    serve(archive, DAY)
    archive.faults[bi5_path(DAY, 7)].extend([Fault(body=b""), Fault(status=404)])
    report = fetch()
    assert archive.paths().count(bi5_path(DAY, 7)) == 3
    assert (report.fetched, report.empty) == (24, 0)
    assert same(store.ticks("EURUSD"), ticks_of(DAY, range(24)))


def test_a_closed_market_is_believed_at_once(archive, fetch):
    report = fetch("2024-01-13", "2024-01-14")  # a Saturday
    assert len(archive.asked) == 24
    assert (report.empty, report.rows_stored, report.retries) == (24, 0, 0)
    assert fetch("2024-01-13", "2024-01-14").known == 24


def test_a_day_with_a_failed_hour_is_not_stored_and_its_other_hours_are_not_asked_for_again(store, archive, fetch):
    for day in (DAY, NEXT):
        serve(archive, day)
    archive.faults[bi5_path(DAY, 9)].extend([Fault(status=500)] * 6)
    report = fetch(DAY, "2024-01-11")
    assert list(report.failed) == [f"{DAY} 09h"]
    assert "500" in report.failed[f"{DAY} 09h"]
    assert not report.complete
    assert same(store.ticks("EURUSD"), ticks_of(NEXT, range(24)))
    archive.asked.clear()
    assert fetch(DAY, "2024-01-11").complete
    assert archive.paths() == [bi5_path(DAY, 9)]
    assert len(store.ticks("EURUSD")) == 48 * 50


def test_what_a_store_lost_is_downloaded_again(store, archive, fetch):
    serve(archive, DAY)
    fetch()
    journal = store.path / "downloads"
    other = Store(store.path.parent / "other")
    other.path.mkdir()
    journal.rename(other.path / "downloads")
    report = dukascopy(other, "EURUSD", DAY, NEXT, layout="bi5", base_url=archive.url)
    assert (report.fetched, report.known) == (24, 0)
    assert same(other.ticks("EURUSD"), ticks_of(DAY, range(24)))


def test_what_doctor_set_aside_is_downloaded_again(store, archive, fetch):
    for day in (DAY, NEXT):
        serve(archive, day)
    fetch(DAY, "2024-01-11")
    damaged, *_ = sorted((store.path / "symbols").rglob(f"{DAY}*.parquet"))
    damaged.write_bytes(damaged.read_bytes()[:-9])
    assert store.doctor(repair=True).ok
    archive.asked.clear()
    assert fetch(DAY, "2024-01-11").fetched == 24
    assert len(archive.asked) == 24
    assert same(store.ticks("EURUSD", end=NEXT), ticks_of(DAY, range(24)))
    assert len(store.ticks("EURUSD")) == 48 * 50


def test_a_report_reads_well_where_much_went_wrong(archive, fetch):
    serve(archive, DAY, range(20))
    for number in range(8):
        archive.faults[bi5_path(DAY, number)].extend([Fault(body=b"<script>alert(1)</script>")] * 6)
    report = fetch(breaker=1000)
    assert len(report.failed) == 8
    text = repr(report)
    assert text.count("  failed ") == 6
    assert "and 3 more" in text
    assert f"download of EURUSD from dukascopy into feed dukascopy, {DAY} 00:00:00 to {NEXT} 00:00:00" in text
    assert "<script>" not in report._repr_html_()


def test_again_replaces(store, archive, fetch):
    serve(archive, DAY)
    fetch()
    archive.files[bi5_path(DAY, 3)] = bi5(hour(DAY, 3, seed=1))
    assert fetch().fetched == 0
    assert fetch(again=True).fetched == 24
    now = store.ticks("EURUSD")
    assert len(now) == 24 * 50
    assert not same(now, ticks_of(DAY, range(24)))


def test_raw_files_go_unless_they_are_kept(store, archive, fetch):
    serve(archive, DAY, range(2))
    fetch(DAY, f"{DAY}T01:00")
    raw = store.path / "downloads"
    assert [path.suffix for path in raw.rglob("*") if path.is_file() and path.name[0].isdigit()] == [".json"]
    fetch(f"{DAY}T01:00", f"{DAY}T02:00", keep=True)
    (kept,) = raw.rglob("*.bi5")
    assert kept.read_bytes() == archive.files[bi5_path(DAY, 1)]


def test_both_layouts_fill_one_feed(store, archive, fetch):
    serve(archive, DAY, range(12))
    serve(archive, DAY, range(12, 24), "json")
    fetch(DAY, f"{DAY}T12:00")
    fetch(layout="json")
    assert same(store.ticks("EURUSD"), ticks_of(DAY, range(24)))


def test_faulty_rows_are_left_out_and_listed_or_their_day_is(store, archive, fetch):
    columns = hour(DAY, 0)
    columns["bid"][7] = 0
    archive.files[bi5_path(DAY, 0)] = bi5(columns)
    refused = fetch(DAY, f"{DAY}T01:00", on_error="raise")
    assert list(refused.failed) == [DAY]
    assert store.symbols().is_empty()
    report = fetch(DAY, f"{DAY}T01:00")
    assert (report.rows_stored, report.rows_rejected) == (49, 1)
    assert len(report.reject_files) == 1


def test_two_downloads_of_the_same_at_once(store, archive, fetch):
    serve(archive, DAY)
    seen = []

    def interfere(_: object) -> None:
        if not seen:
            seen.append(1)
            with pytest.raises(LockedError, match="EURUSD"):
                fetch()

    fetch(progress=interfere)
    assert seen
    assert same(store.ticks("EURUSD"), ticks_of(DAY, range(24)))


def test_progress_counts_hours(archive, fetch):
    serve(archive, DAY)
    seen = []
    fetch(progress=seen.append)
    assert (seen[-1].done, seen[-1].total, seen[-1].unit) == (24, 24, "hours")


@pytest.mark.parametrize(
    ("words", "error", "says"),
    [
        ({"start": NEXT, "end": DAY}, FeedError, "not before"),
        ({"layout": "bi6"}, StoreError, "Did you mean 'bi5'"),
        ({"on_error": "ignore"}, StoreError, "on_error='ignore'"),
        ({"code": "../../etc"}, FeedError, "no instrument"),
        ({"base_url": "ftp://x"}, FeedError, "ftp"),
        ({"connections": 0}, FeedError, "connections=0"),
        ({"timeout": float("nan")}, FeedError, "timeout=nan"),
    ],
)
def test_what_cannot_be_is_said_before_anything_is_asked(archive, fetch, words, error, says):
    with pytest.raises(error, match=says):
        fetch(**words)
    assert archive.asked == []


def test_a_symbol_without_a_known_code_says_how_to_give_one(store, archive):
    with pytest.raises(FeedError, match=r"code="):
        dukascopy(store, "NASDAQ100", DAY, NEXT, base_url=archive.url)


def test_hostile_names_stay_inside(store, archive):
    serve(archive, DAY, range(1))
    words = {"layout": "bi5", "code": "EURUSD", "feed": "..", "price_scale": 1e-5, "base_url": archive.url}
    dukascopy(store, "../../EURUSD", DAY, f"{DAY}T01:00", **words)
    assert len(store.ticks("../../EURUSD", feed="..")) == 50
    assert {path.name for path in store.path.parent.iterdir()} == {"lab"}


@pytest.mark.parametrize("layout", ["bi5", "json"])
def test_real_hours(store, archive, fetch, real_data, layout, clock: Clock):
    """The vendor's own files, served as the vendor does, are what an import of the files gives."""
    if layout == "bi5":
        day, folder = "2019-02-04", real_data / "dukascopy/EURUSD/2019/01/04"
        for path in folder.glob("*_ticks.bi5"):
            archive.files[f"/EURUSD/2019/01/04/{path.name}"] = path.read_bytes()
        hours = (day, "2019-02-05")
    else:
        folder = real_data / "dukascopy/json_api_v1/ticks-EUR-USD-2026-7-13-12.json"
        archive.files["/ticks/EUR-USD/2026/7/13/12"] = folder.read_bytes()
        hours = ("2026-07-13T12:00", "2026-07-13T13:00")
        clock.set("2026-07-14")
    report = fetch(*hours, layout=layout)
    direct = Store(":memory:")
    direct.import_ticks(folder, symbol="EURUSD")
    assert same(store.ticks("EURUSD"), direct.ticks("EURUSD"))
    assert report.rows_stored == len(direct.ticks("EURUSD")) > 3_000
