"""Dukascopy's archive of ticks: a file for each hour since 2003, in two layouts of one content.

json  https://jetta.dukascopy.com/v1/ticks/EUR-USD/2019/2/4/13              months from 1; the file knows its price scale
bi5   https://datafeed.dukascopy.com/datafeed/EURUSD/2019/01/04/13h_ticks.bi5      months from 00

The older server (bi5) was often out of reach in 2026. It is known to answer at times with nothing where it has ticks, so an hour
in which the market is open is believed to be empty only after three such answers.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from itertools import groupby
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from btlab.data.feeds.policy import Policy
from btlab.data.feeds.report import FeedReport
from btlab.data.feeds.run import Wish, download
from btlab.data.feeds.vendor import Call, File, Slot, Vendor, moment
from btlab.data.feeds.wire import TransientError, Wire
from btlab.data.importers.base import Options
from btlab.data.importers.dukascopy import TICK, unpack
from btlab.data.intake.importing import options_of
from btlab.data.intake.stream import one_of
from btlab.data.progress import Progress
from btlab.errors import FeedError, FormatError
from btlab.market.instrument import default_calendar
from btlab.market.times import Moment

if TYPE_CHECKING:
    from btlab.data.store import Store

BASES = {"json": "https://jetta.dukascopy.com/v1", "bi5": "https://datafeed.dukascopy.com/datafeed"}
CONFIRMATIONS = 3
_HOUR = 3_600_000_000
_MOST = 1 << 26
_COLUMNS = ("times", "asks", "bids", "askVolumes", "bidVolumes")


def dukascopy(
    store: Store,
    symbol: str,
    start: Moment,
    end: Moment | None = None,
    *,
    layout: str = "json",
    code: str | None = None,
    feed: str = "dukascopy",
    price_scale: float | None = None,
    base_url: str | None = None,
    again: bool = False,
    keep: bool = False,
    on_error: str = "skip",
    progress: bool | Callable[[Progress], object] | None = None,
    policy: Policy | None = None,
) -> FeedReport:
    """Download ticks of Dukascopy: those hours of a range that the store has not, each day as one import.

    An hour is asked for once it has been over for an hour. One that is stored, or has no ticks, is not asked for again. Whatever
    ends a download, the next one goes on from there.

    Args:
        store: where to.
        symbol: what it will be called there.
        start, end: of the range; whole hours that meet it are stored. None: until now.
        layout: which of the vendor's two servers to ask, "json" or "bi5".
        code: the vendor's name of the instrument; None: from the symbol ("EUR-USD" for json, "EURUSD" for bi5).
        feed: a name for where the ticks come from.
        price_scale: of bi5, as of `Store.import_ticks`; None: known for FX pairs.
        base_url: another server with the same layout.
        again: ask also for what is stored or known to be empty, and replace it.
        keep: leave the files in the store's folder `downloads`.
        on_error: "skip" faulty rows and list them, or "raise": leave out their day and say so in `failed`.
        progress: as of `Store.import_ticks`.
        policy: pauses, tries, time-outs.

    Raises:
        FeedError: it cannot begin, or cannot go on; `details["report"]` says how far it came. StoreError: the disk, or another
            process downloads the same.

    >>> dukascopy(store, "EURUSD", "2024-01-08", "2024-01-13")  # doctest: +SKIP
    """
    one_of("layout", layout, tuple(BASES))
    options = options_of(None, symbol, None, price_scale, None)
    vendor = _Dukascopy(options, layout, code or code_of(symbol, layout), (base_url or BASES[layout]).rstrip("/"))
    wish = Wish(start, end, again, keep, on_error)
    return download(store, vendor, symbol, feed, wish, policy or Policy(), progress)


def code_of(symbol: str, layout: str) -> str:
    """What the vendor calls an instrument of six letters.

    >>> code_of("eur/usd", "json"), code_of("XAUUSD", "bi5")
    ('EUR-USD', 'XAUUSD')
    """
    letters = "".join(letter for letter in symbol.upper() if letter.isascii() and letter.isalnum())
    if len(letters) != 6:
        raise FeedError(
            f'{symbol!r}: what Dukascopy calls it is not known; give code=, as in code="USATECH.IDX-USD" (layout json) or '
            'code="USATECHIDXUSD" (bi5)',
            symbol=symbol,
        )
    return f"{letters[:3]}-{letters[3:]}" if layout == "json" else letters


@dataclass(frozen=True)
class _Dukascopy(Vendor):
    NAME = "dukascopy"
    SLOTS, SLOT = 24, "hours"
    SETTLED, BELIEVED = _HOUR, 24 * _HOUR

    options: Options
    layout: str
    code: str
    base: str

    def __post_init__(self) -> None:
        if not self.code or set(self.code.upper()) - set("ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789.-"):
            raise FeedError(f"code={self.code!r} is no instrument; letters, digits, points and hyphens make one", code=self.code)

    @property
    def folder(self) -> tuple[str, ...]:
        return (self.NAME,)

    def calls(self, missing: Sequence[Slot]) -> list[Call]:
        """A call for each day."""
        return [
            Call(day.isoformat(), tuple(self._file(slot) for slot in slots))
            for day, slots in groupby(missing, lambda slot: slot.day)
        ]

    def _file(self, slot: Slot) -> File:
        day, hour = slot
        if self.layout == "json":
            name, path = f"ticks/{self.code}/{day.year}/{day.month}/{day.day}/{hour}", f"{day:%Y/%m/%d}/{hour:02}.json"
        else:
            path = f"{day.year}/{day.month - 1:02}/{day.day:02}/{hour:02}h_ticks.bi5"
            name = f"{self.code}/{path}"
        return File(f"{day} {hour:02}h", f"{self.base}/{name}", Path(self.layout, path), (slot,))

    def fetch(self, file: File, path: Path, wire: Wire) -> bool:
        check = partial(_check_json, hour=self.start(file.slots[0]) // 1000) if self.layout == "json" else _check_bi5
        if _arrived(path, check):
            return True
        doubts = CONFIRMATIONS if self._is_open(file.slots[0]) else 1

        def once() -> bool:
            nonlocal doubts
            found = wire.download(file.url, path, most=_MOST, resume=False)
            try:
                if found and check(path.read_bytes()):
                    return True
            except FormatError as error:
                path.unlink(missing_ok=True)
                raise TransientError(f"{file.url} {error.message}") from None
            path.unlink(missing_ok=True)
            doubts -= 1
            if doubts > 0:
                raise TransientError(f"{file.url} says that an open market had no ticks", counts=False)
            return False

        return wire.persist(once)

    def _is_open(self, slot: Slot) -> bool:
        """Whether the market trades in any part of an hour."""
        from btlab.market.hours import open_hours

        starts, ends = open_hours(default_calendar(self.options.symbol), self.start(slot), self.end(slot) - 1)
        return bool(((starts < self.end(slot)) & (ends > self.start(slot))).any())


def _arrived(path: Path, check: Callable[[bytes], bool]) -> bool:
    """Whether a run before this one left a file here that is whole."""
    try:
        if check(path.read_bytes()):
            return True
    except FileNotFoundError:
        return False
    except FormatError:
        pass
    path.unlink()
    return False


def _check_bi5(content: bytes) -> bool:
    """Whether an hour has ticks.

    Raises:
        FormatError: these bytes are no hour.
    """
    plain = unpack(content, "")
    if len(plain) % TICK.itemsize:
        raise FormatError(f"is no hour of ticks: {len(plain):,} bytes are no whole number of records of {TICK.itemsize}")
    if plain and int(np.frombuffer(plain, TICK)["ms"].max()) >= _HOUR // 1000:
        raise FormatError("is no hour of ticks: a time lies outside the hour")
    return bool(plain)


def _check_json(content: bytes, hour: int) -> bool:
    """Whether an hour has ticks; `hour` in ms since 1970.

    Raises:
        FormatError: these bytes are no hour, or another one.
    """
    try:
        body = json.loads(content)
        columns = [body[name] for name in _COLUMNS]
        lengths = {len(column) for column in columns if isinstance(column, list)}
        if len(lengths) != 1 or not all(isinstance(column, list) for column in columns):
            raise ValueError("its columns differ in length")
        first = int(body["timestamp"])
    except (ValueError, KeyError, TypeError, RecursionError) as error:
        raise FormatError(f"is no hour of ticks ({type(error).__name__}: {error})") from None
    if first != hour:
        raise FormatError(f"is another hour, {moment(first * 1000):%Y-%m-%d %Hh}")
    return lengths != {0}
