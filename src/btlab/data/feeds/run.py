"""One download: what is missing is asked for, a few files at a time, and each day is one import.

Files come into a folder of the store, are verified there, imported, written into the journal, and removed. Wherever a run is
interrupted, the next one goes on from there: what was imported is known, what had arrived is taken as it lies.
"""

from __future__ import annotations

import contextlib
import time
from collections import deque
from collections.abc import Callable, Iterable
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

from btlab.data.feeds.gate import StoppedError
from btlab.data.feeds.journal import EMPTY, STORED, UNKNOWN, Day, Journal
from btlab.data.feeds.landing import Landing
from btlab.data.feeds.policy import Policy
from btlab.data.feeds.report import FeedReport
from btlab.data.feeds.vendor import Call, File, Slot, Vendor, moment
from btlab.data.feeds.wire import ExhaustedError, Wire
from btlab.data.files.lock import writing
from btlab.data.files.paths import encode_name
from btlab.data.intake.stream import one_of
from btlab.data.progress import Meter, Progress
from btlab.errors import DataError, FeedError, StoreError
from btlab.market.instrument import check_symbol
from btlab.market.times import Moment, to_microseconds

if TYPE_CHECKING:
    from btlab.data.store import Store

Pending = deque[tuple[Call, list["Future[bool]"]]]


@dataclass(frozen=True)
class Wish:
    """What the caller wants.

    Args:
        start, end: of the range; end None is now. again: also what is stored, or known to be empty. keep: leave the raw files
            where they arrived. on_error: of each import.
    """

    start: Moment
    end: Moment | None
    again: bool
    keep: bool
    on_error: str


def download(
    store: Store,
    vendor: Vendor,
    symbol: str,
    feed: str,
    wish: Wish,
    policy: Policy,
    progress: bool | Callable[[Progress], object] | None,
) -> FeedReport:
    """Fetch what is missing.

    Raises:
        FeedError: it cannot begin, or cannot go on; its details hold the report so far. StoreError: the disk, or another process
            downloads the same.
    """
    check_symbol(feed)
    one_of("on_error", wish.on_error, ("skip", "raise"))
    now = int(policy.clock.now() * 1_000_000)
    start, end = to_microseconds(wish.start), now if wish.end is None else to_microseconds(wish.end)
    if end <= start:
        raise FeedError(f"nothing to download: start={moment(start)} is not before end={moment(end)}", start=start, end=end)
    report = FeedReport(vendor.NAME, symbol, feed, moment(start), moment(end), vendor.SLOT)
    landing = Landing(store, vendor, symbol, feed, wish.on_error)
    home = store._home
    folder = home.path.joinpath("downloads", *(encode_name(name) for name in (*vendor.folder, symbol, feed)))
    try:
        home.check_format()
        home.disk.make_folder(folder)
    except OSError as error:
        raise StoreError(f"the store at {home.path} cannot be written: {error.strerror or error}", path=str(home.path)) from error
    with writing(folder, symbol, 0.0):
        run = Run(vendor, landing, Journal(folder, home.disk, vendor.SLOTS), folder / "raw", wish, now, report, Wire(policy))
        try:
            run.all(start, end, policy.connections, progress)
        except FeedError as error:
            error.details["report"] = report
            raise
        finally:
            run.finish()
    return report


class Run:
    """The state of one download."""

    def __init__(
        self, vendor: Vendor, landing: Landing, journal: Journal, raw: Path, wish: Wish, now: int, report: FeedReport, wire: Wire
    ) -> None:
        self._vendor, self._landing, self._journal, self._raw = vendor, landing, journal, raw
        self._wish, self._now, self._report, self._wire = wish, now, report, wire
        self._began = time.perf_counter()

    def all(self, start: int, end: int, connections: int, progress: bool | Callable[[Progress], object] | None) -> None:
        """Fetch and import what is missing of a range."""
        missing = self._missing(self._vendor.slots(start, end))
        todo = deque(self._vendor.calls(missing))
        pool = ThreadPoolExecutor(connections, thread_name_prefix="btlab-feed")
        text = f"{self._report.symbol} from {self._vendor.NAME}"
        queue: Pending = deque()
        try:
            with Meter(progress, text, len(missing), self._vendor.SLOT) as meter:
                done = 0
                while todo or queue:
                    while todo and sum(len(call.files) for call, _ in queue) <= connections:
                        queue.append(self._submit(pool, todo.popleft()))
                    call, files = queue.popleft()
                    if todo and not queue:
                        queue.append(self._submit(pool, todo.popleft()))
                    instead = self._take(call, files)
                    queue.extendleft(self._submit(pool, other) for other in reversed(instead))
                    done += 0 if instead else len(call.slots)
                    meter.to(done, f"{text} {call.label}")
        finally:
            self._wire.gate.stopped.set()
            pool.shutdown(wait=True, cancel_futures=True)

    def finish(self) -> None:
        self._wire.close()
        self._report.bytes, self._report.retries = self._wire.received, self._wire.retries
        self._report.seconds = time.perf_counter() - self._began

    def _missing(self, slots: Iterable[Slot]) -> list[Slot]:
        """What to ask for: what is over, and neither stored nor known to be empty."""
        missing = []
        for slot in slots:
            if self._vendor.end(slot) + self._vendor.SETTLED > self._now:
                self._report.pending += 1
            elif self._wish.again or self._known(slot) == UNKNOWN:
                missing.append(slot)
            else:
                self._report.known += 1
        return missing

    def _known(self, slot: Slot) -> str:
        """What the journal says, where the store bears it out."""
        known = self._journal.day(slot.day)
        letter = known.slots[slot.number]
        return UNKNOWN if letter == STORED and not self._landing.holds(known.first, known.last) else letter

    def _submit(self, pool: ThreadPoolExecutor, call: Call) -> tuple[Call, list[Future[bool]]]:
        return call, [pool.submit(self._vendor.fetch, one, self._raw / one.path, self._wire) for one in call.files]

    def _take(self, call: Call, files: list[Future[bool]]) -> tuple[Call, ...]:
        """Import what came; what to ask for instead, where nothing was there."""
        there, failed = list[File](), False
        for one, future in zip(call.files, files, strict=True):
            try:
                if future.result():
                    there.append(one)
            except ExhaustedError as error:
                failed = True
                self._report.failed[one.label] = str(error)
            except StoppedError:
                raise self._given_up() from None
        if failed:
            return ()
        if not there and call.instead:
            return call.instead
        if there and not self._import(call, there):
            return ()
        self._write_down(call, there)
        return ()

    def _import(self, call: Call, there: list[File]) -> bool:
        """Whether the rows are in the store now."""
        try:
            landed = self._landing.put([self._raw / one.path for one in there])
        except DataError as error:
            self._report.failed[call.label] = str(error)
            self._remove(there)
            return False
        report = self._report
        report.rows_stored += landed.rows_stored
        report.rows_rejected += landed.rows_rejected
        report.reject_files += [str(landed.reject_file)] if landed.reject_file else []
        report.warnings += [f"{call.label}: {warning}" for warning in landed.warnings]
        report.first = min((time for time in (report.first, landed.first) if time is not None), default=None)
        report.last = max((time for time in (report.last, landed.last) if time is not None), default=None)
        return True

    def _write_down(self, call: Call, there: list[File]) -> None:
        """The journal, and away with the raw files."""
        brought = {slot for one in there for slot in one.slots}
        spans = {day: self._landing.span(self._vendor.start(Slot(day, 0))) for day in {slot.day for slot in call.slots}}
        days: dict[date, Day] = {}
        for slot in call.slots:
            letter = self._letter(slot, stored=slot in brought and spans[slot.day][0] is not None)
            days[slot.day] = (days.get(slot.day) or self._journal.day(slot.day)).with_slot(slot.number, letter)
        self._journal.put({day: known.with_span(*spans[day]) for day, known in days.items()})
        if not self._wish.keep:
            self._remove(there)

    def _letter(self, slot: Slot, *, stored: bool) -> str:
        """What the journal will say of a slot; that it is empty only when the vendor has had time to publish it."""
        if stored:
            self._report.fetched += 1
            return STORED
        if self._vendor.end(slot) + self._vendor.BELIEVED <= self._now:
            self._report.empty += 1
            return EMPTY
        self._report.pending += 1
        return UNKNOWN

    def _remove(self, files: Iterable[File]) -> None:
        """Raw files, and the folders that they leave empty."""
        for one in files:
            (self._raw / one.path).unlink(missing_ok=True)
            with contextlib.suppress(OSError):
                for folder in one.path.parents:
                    (self._raw / folder).rmdir()

    def _given_up(self) -> FeedError:
        return FeedError(
            f"{self._vendor.NAME} does not answer; gave up after many failures in a row, the last: {self._wire.gate.given_up}. "
            "What arrived is stored; run the same again later, and it goes on from there",
            source=self._vendor.NAME,
        )
