"""Everything a network does wrong, planted in a server, and what a download makes of it."""

from __future__ import annotations

import lzma
import threading
from collections.abc import Callable
from datetime import UTC, datetime
from email.utils import format_datetime
from pathlib import Path

import pytest

from btlab.data.feeds import FeedReport, Policy, dukascopy
from btlab.data.feeds.policy import SystemClock
from btlab.data.feeds.wire import Wire
from btlab.data.store import Store
from btlab.errors import BtlabWarning, FeedError, StoreError
from tests.data.feeds.conftest import Clock, as_json, bi5, bi5_path, hour, json_path, same, ticks_of
from tests.data.feeds.server import Archive, Fault

DAY, NEXT = "2024-01-09", "2024-01-10"
HOURS = range(8)
HOUR = bi5_path(DAY, 5)
URL = "http://127.0.0.1:9/"


@pytest.fixture
def fetch(store: Store, archive: Archive, policy: Callable[..., Policy]) -> Callable[..., FeedReport]:
    """The first hours of a day."""
    for number in HOURS:
        archive.files[bi5_path(DAY, number)] = bi5(hour(DAY, number))

    def download(end: str = f"{DAY}T08:00", **changes: object) -> FeedReport:
        return dukascopy(store, "EURUSD", DAY, end, layout="bi5", base_url=archive.url, policy=policy(**changes))

    return download


FAULTS = {
    "a dropped connection": Fault(drop=True),
    "an error of the server": Fault(status=500),
    "a proxy without its server": Fault(status=502),
    "a busy server": Fault(status=503),
    "a time-out of the server": Fault(status=408),
    "a truncated body": Fault(cut=300),
    "a truncated body that does not say so": Fault(cut=300, unannounced=True),
    "no byte of the body": Fault(cut=0),
    "a page of a hotel": Fault(body=b"<html>please log in</html>"),
    "bytes of something else": Fault(body=bytes(range(256)) * 4),
    "a file cut short": Fault(body=bi5(hour(DAY, 5))[:-3]),
    "a record cut in the middle": Fault(body=lzma.compress(bytes(20 * 50 - 7), format=lzma.FORMAT_ALONE)),
    "a time beyond the hour": Fault(
        body=bi5({name: column + 3_600_000 * (name == "ms") for name, column in hour(DAY, 5).items()})
    ),
}


@pytest.mark.parametrize("fault", FAULTS.values(), ids=FAULTS)
def test_a_fault_is_met_with_another_try(store, archive, fetch, fault):
    archive.faults[HOUR].extend([fault, fault])
    report = fetch()
    assert archive.paths().count(HOUR) == 3
    assert (report.retries, report.failed) == (2, {})
    assert same(store.ticks("EURUSD"), ticks_of(DAY, HOURS))


@pytest.mark.parametrize("fault", FAULTS.values(), ids=FAULTS)
def test_a_fault_that_stays_is_said_and_nothing_of_its_day_is_stored(store, archive, fetch, fault):
    archive.faults[HOUR].extend([fault] * 6)
    report = fetch()
    assert list(report.failed) == [f"{DAY} 05h"]
    assert HOUR in report.failed[f"{DAY} 05h"]
    assert store.symbols().is_empty()
    assert fetch().complete
    assert same(store.ticks("EURUSD"), ticks_of(DAY, HOURS))


def test_another_hour_than_the_one_asked_for(store, archive, policy):
    right, wrong = (as_json(DAY, 5, hour(DAY, 5)), as_json(DAY, 6, hour(DAY, 6)))
    archive.files[json_path(DAY, 5)] = right
    for body in (wrong, right[:-40], b"[" * 100_000, b"7"):
        archive.faults[json_path(DAY, 5)].append(Fault(body=body))
    dukascopy(store, "EURUSD", f"{DAY}T05:00", f"{DAY}T06:00", base_url=archive.url, policy=policy())
    assert len(archive.asked) == 5
    assert same(store.ticks("EURUSD"), ticks_of(DAY, [5]))


def test_waits_double_up_to_the_longest(archive, fetch, clock: Clock):
    archive.faults[HOUR].extend([Fault(status=500)] * 6)
    fetch(longest=5.0)
    assert [wait for wait in clock.slept if wait >= 1] == [1, 2, 4, 5, 5]


def test_chance_shortens_waits_to_no_less_than_half(policy):
    assert [policy(chance=lambda: 0.0).wait(n) for n in (1, 2, 9)] == [0.5, 1.0, 30.0]
    waits = {Policy().wait(3) for _ in range(50)}
    assert len(waits) > 40
    assert 2.0 <= min(waits) < max(waits) <= 4.0


@pytest.mark.parametrize("status", [429, 503])
@pytest.mark.parametrize("as_date", [False, True])
def test_retry_after_is_obeyed_by_everybody(store, archive, fetch, clock: Clock, status, as_date):
    until = datetime.fromtimestamp(clock.now() + 120, UTC)
    wanted = format_datetime(until, usegmt=True) if as_date else "120"
    archive.faults[bi5_path(DAY, 0)].append(Fault(status=status, headers={"Retry-After": wanted}))
    fetch(connections=1)
    assert max(clock.slept) == 120
    assert same(store.ticks("EURUSD"), ticks_of(DAY, HOURS))


def test_others_wait_too_when_the_server_asks_for_it(clock: Clock, policy):
    wire = Wire(policy())
    wire.gate.hold(90)
    wire.gate.pace()
    assert sum(clock.slept) == 90
    wire.close()


def test_nonsense_in_retry_after_is_passed_over(archive, fetch, clock: Clock):
    archive.faults[HOUR].extend([Fault(status=429, headers={"Retry-After": text}) for text in ("soon", "", "-5")])
    assert fetch().complete
    assert max(clock.slept) == 4


def test_a_wait_beyond_patience_ends_the_download(archive, fetch):
    archive.faults[HOUR].append(Fault(status=429, headers={"Retry-After": "86400"}))
    with pytest.raises(FeedError, match="86,400 s") as caught:
        fetch()
    assert caught.value.details["report"].symbol == "EURUSD"


@pytest.mark.parametrize("status", [400, 401, 403, 451])
def test_a_refusal_ends_the_download_at_once(archive, fetch, status):
    archive.faults[HOUR].append(Fault(status=status))
    with pytest.raises(FeedError, match=f"refuses: {status}"):
        fetch()
    assert archive.paths().count(HOUR) == 1


def test_a_dead_server_is_left_alone_and_then_given_up(store, archive, fetch, clock: Clock):
    archive.everywhere = Fault(drop=True)
    with pytest.raises(FeedError, match="does not answer") as caught:
        fetch(connections=1, breaker=8, rest=30.0, openings=3)
    assert caught.value.code == "feed"
    assert 8 <= len(archive.asked) <= 8 + 3
    rests = [wait for wait in clock.slept if wait > 20]
    assert [round(wait / 30) for wait in rests if wait % 30 > 25 or wait % 30 < 5][:1] == [1]
    assert clock.monotonic() > 30 + 60 + 120
    archive.everywhere = None
    fetch()
    assert same(store.ticks("EURUSD"), ticks_of(DAY, HOURS))


def test_the_breaker_lets_one_request_try_and_goes_on_when_it_works(store, archive, fetch, clock: Clock):
    def dead_for_a_while() -> Fault | None:
        """Until the breaker has rested: after a number of requests, the test would hang on which of four comes first."""
        return Fault(status=500) if clock.monotonic() < 100.0 else None

    class Waking(Archive):
        pass

    Waking.everywhere = property(lambda _: dead_for_a_while(), lambda *_: None)  # type: ignore[assignment]
    archive.__class__ = Waking
    # As many tries as it takes: a thread far ahead of the others would give its file up before the breaker.
    report = fetch(attempts=50, longest=8.0, breaker=12, rest=100.0)
    archive.__class__ = Archive
    assert report.complete
    assert report.retries >= 12
    assert max(clock.slept) > 50.0 and clock.monotonic() >= 100.0  # the rest; between tries of a file there are at most 8 s
    assert same(store.ticks("EURUSD"), ticks_of(DAY, HOURS))


def test_while_the_breaker_is_open_only_one_tries(policy, clock: Clock):
    gate = Wire(policy(breaker=2, rest=10.0)).gate
    for _ in range(2):
        gate.failed("no", trying=gate.admit())
    assert gate.admit() is True
    assert clock.monotonic() == 10
    second = threading.Thread(target=gate.admit)
    second.start()
    second.join(0.05)
    assert second.is_alive()
    gate.worked()
    second.join(5)
    assert not second.is_alive()
    assert gate.admit() is False


def test_a_slow_answer_is_given_up(store, archive, fetch):
    """Real time: the server says nothing for longer than the time-out."""
    archive.faults[HOUR].append(Fault(pause=1.5))
    report = fetch(timeout=0.5, clock=SystemClockAt("2024-03-01"), backoff=0.01)
    assert archive.paths().count(HOUR) > 1
    assert report.retries > 0
    assert same(store.ticks("EURUSD"), ticks_of(DAY, HOURS))


def test_a_server_that_dawdles_is_given_up(archive, policy, tmp_path, clock: Clock):
    """A byte now and then never runs into a time-out; the rate does."""
    archive.files["/big"] = bytes(20_000)
    wire, sent = Wire(policy(slowest=500.0)), []

    def four_seconds_later() -> None:
        while wire.received < 1000 * len(sent) and not wire.gate.stopped.wait(0.001):
            pass  # what was sent has arrived
        sent.append(1)
        clock.pass_by(4)

    archive.faults["/big"].append(Fault(before_each=four_seconds_later))
    wire.persist(lambda: wire.download(f"{archive.url}/big", tmp_path / "big", most=10**6, resume=True))
    wire.close()
    assert (tmp_path / "big").stat().st_size == 20_000
    assert wire.retries == 1


class SystemClockAt(SystemClock):
    """Real time, on another day."""

    def __init__(self, now: str) -> None:
        self._shift = datetime.fromisoformat(now).replace(tzinfo=UTC).timestamp() - super().now()

    def now(self) -> float:
        return super().now() + self._shift


def test_requests_are_few_at_once_and_apart(archive, fetch, clock: Clock):
    for number in HOURS:
        archive.faults[bi5_path(DAY, number)].append(Fault(pause=0.05))
    fetch(connections=3, pause=2.0)
    assert 1 <= archive.busiest <= 3
    assert clock.monotonic() >= 7 * 2.0


def test_it_says_who_asks(archive, fetch):
    fetch(f"{DAY}T01:00")
    (agent,) = archive.agents
    assert agent.startswith("btlab")
    archive.agents.clear()
    archive.asked.clear()
    fetch(f"{DAY}T02:00", user_agent="somebody")
    assert archive.agents == {"somebody"}


def test_a_redirect_is_followed_and_a_circle_of_them_is_not(store, archive, fetch):
    archive.faults[HOUR].append(Fault(status=302, headers={"Location": HOUR}))
    fetch(f"{DAY}T06:00")
    assert same(store.ticks("EURUSD"), ticks_of(DAY, range(6)))
    archive.faults[bi5_path(DAY, 7)].extend([Fault(status=302, headers={"Location": bi5_path(DAY, 7)})] * 200)
    assert "redirect" in fetch(f"{DAY}T08:00").failed[f"{DAY} 07h"].lower()


# What is resumed


def download(archive: Archive, path, policy: Policy, **words) -> Wire:
    wire = Wire(policy)
    wire.persist(lambda: wire.download(f"{archive.url}/big", path, **{"most": 10**7, "resume": True} | words))
    wire.close()
    return wire


CONTENT = bytes(range(256)) * 400


def test_a_broken_file_is_gone_on_with(archive, tmp_path, policy):
    archive.files["/big"] = CONTENT
    archive.faults["/big"].append(Fault(cut=60_000))
    wire = download(archive, tmp_path / "big", policy())
    assert (tmp_path / "big").read_bytes() == CONTENT
    (_, first), (_, second) = archive.asked
    assert first is None
    assert 0 < int(second.removeprefix("bytes=").rstrip("-")) <= 60_000
    assert wire.received == len(CONTENT)
    assert list(tmp_path.iterdir()) == [tmp_path / "big"]


def test_a_file_that_changed_meanwhile_is_begun_anew(archive, tmp_path, policy):
    archive.files["/big"] = CONTENT
    archive.faults["/big"].append(Fault(cut=60_000, body=CONTENT[::-1]))
    download(archive, tmp_path / "big", policy())
    assert archive.asked[1][1] is not None
    assert (tmp_path / "big").read_bytes() == CONTENT


def test_without_a_version_it_is_begun_anew(archive, tmp_path, policy):
    archive.tags = False
    archive.files["/big"] = CONTENT
    archive.faults["/big"].append(Fault(cut=60_000))
    download(archive, tmp_path / "big", policy())
    assert [asked for _, asked in archive.asked] == [None, None]
    assert (tmp_path / "big").read_bytes() == CONTENT


@pytest.mark.parametrize("begins", ["bytes 5-9/10", "bytes x", "items 0-5/*", ""])
def test_a_part_that_was_not_asked_for_is_not_taken(archive, tmp_path, policy, begins):
    archive.files["/big"] = CONTENT
    archive.faults["/big"].append(Fault(cut=60_000))
    archive.faults["/big"].append(Fault(status=206, headers={"Content-Range": begins}))
    archive.faults["/big"].append(Fault(status=416))
    download(archive, tmp_path / "big", policy())
    assert (tmp_path / "big").read_bytes() == CONTENT


def test_a_file_without_end_is_given_up(archive, tmp_path, policy):
    archive.files["/big"] = CONTENT
    archive.faults["/big"].append(Fault(body=CONTENT * 3))
    download(archive, tmp_path / "big", policy(), most=len(CONTENT))
    assert (tmp_path / "big").read_bytes() == CONTENT


# What interrupts


def test_an_interrupted_download_goes_on(store, archive, fetch, monkeypatch):
    for number in HOURS:
        archive.files[bi5_path(NEXT, number)] = bi5(hour(NEXT, number))
    real, calls = Store.import_ticks, []

    def interrupted(*args, **words):
        calls.append(1)
        if len(calls) == 2:
            raise KeyboardInterrupt
        return real(*args, **words)

    monkeypatch.setattr(Store, "import_ticks", interrupted)
    with pytest.raises(KeyboardInterrupt):
        fetch(f"{NEXT}T08:00")
    assert same(store.ticks("EURUSD"), ticks_of(DAY, HOURS))
    archive.asked.clear()
    report = fetch(f"{NEXT}T08:00")
    assert report.known + report.fetched + report.empty == 32
    assert not set(archive.paths()) & {bi5_path(DAY, number) for number in range(24)}
    assert len(store.ticks("EURUSD")) == 16 * 50


def test_killed_between_import_and_journal(store, fetch, monkeypatch):
    from btlab.data.feeds.journal import Journal

    with monkeypatch.context() as patched:
        patched.setattr(Journal, "put", lambda *_: (_ for _ in ()).throw(KeyboardInterrupt))
        with pytest.raises(KeyboardInterrupt):
            fetch()
    fetch()
    assert same(store.ticks("EURUSD"), ticks_of(DAY, HOURS))
    assert fetch().known == 8


def test_a_broken_file_of_an_earlier_run_is_fetched_again(store, archive, fetch):
    left = store.path / "downloads" / "~DUKASCOPY" / "EURUSD" / "~DUKASCOPY" / "raw" / "bi5" / HOUR.removeprefix("/EURUSD/")
    left.parent.mkdir(parents=True)
    left.write_bytes(archive.files[HOUR][:100])
    fetch()
    assert HOUR in archive.paths()
    assert same(store.ticks("EURUSD"), ticks_of(DAY, HOURS))


def test_a_damaged_journal_is_set_aside(store, fetch):
    fetch()
    (journal,) = (store.path / "downloads").rglob("2024.json")
    for content in (b"{", b'{"format": 2, "days": {}}', b'{"format": 1, "days": {"2024-01-09": {"slots": "x"}}}', b"\xff"):
        journal.write_bytes(content)
        with pytest.warns(BtlabWarning, match="damaged"):
            report = fetch()
        assert report.fetched == 8
        assert journal.with_suffix(".damaged").read_bytes() == content
    assert same(store.ticks("EURUSD"), ticks_of(DAY, HOURS))


def test_a_full_disk_is_said(store, fetch, monkeypatch):
    def full(_: Wire, __: object, part: Path, *___: object) -> None:
        part.write_bytes(b"half")
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patched:
        patched.setattr(Wire, "_write", full)
        with pytest.raises(StoreError, match="No space left"):
            fetch()
    assert [path for path in (store.path / "downloads").rglob("*") if path.suffix in (".bi5", ".part")] == []
    fetch()
    assert same(store.ticks("EURUSD"), ticks_of(DAY, HOURS))


def test_without_httpx_it_says_what_to_install(fetch, monkeypatch):
    monkeypatch.setitem(__import__("sys").modules, "httpx", None)
    with pytest.raises(FeedError, match=r"btlab\[feeds\]"):
        fetch()
