"""Binance's public archive: zips of a day or a month of trades, aggregated trades or klines, each with its check sum.

https://data.binance.vision/data/spot/daily/trades/BTCUSDT/BTCUSDT-trades-2024-08-08.zip        and .CHECKSUM
https://data.binance.vision/data/futures/um/monthly/klines/BTCUSDT/1m/BTCUSDT-1m-2024-08.zip
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import timedelta
from itertools import groupby
from pathlib import Path
from typing import TYPE_CHECKING

from btlab.data.feeds.policy import Policy
from btlab.data.feeds.report import FeedReport
from btlab.data.feeds.run import Wish, download
from btlab.data.feeds.vendor import DAY, Call, File, Slot, Vendor
from btlab.data.feeds.wire import TransientError, Wire
from btlab.data.importers.base import Options
from btlab.data.intake.importing import options_of
from btlab.data.intake.stream import one_of
from btlab.data.progress import Progress
from btlab.errors import FeedError
from btlab.market.times import Moment

if TYPE_CHECKING:
    from btlab.data.store import Store

BASE = "https://data.binance.vision"
TIMEFRAMES = ("1s", "1m", "3m", "5m", "15m", "30m", "1h", "2h", "4h", "6h", "8h", "12h", "1d")
KINDS = ("trades", "aggTrades", "klines")
MARKETS = {"spot": "spot", "um": "futures/um", "cm": "futures/cm"}
_CHECKSUM = re.compile(r"([0-9a-fA-F]{64})\s+\*?(\S+)")
_MOST = 1 << 36


def binance(
    store: Store,
    symbol: str,
    start: Moment,
    end: Moment | None = None,
    *,
    kind: str = "trades",
    timeframe: str = "1m",
    market: str = "spot",
    code: str | None = None,
    feed: str | None = None,
    base_url: str | None = None,
    again: bool = False,
    keep: bool = False,
    on_error: str = "skip",
    progress: bool | Callable[[Progress], object] | None = None,
    policy: Policy | None = None,
) -> FeedReport:
    """Download trades or bars of Binance: those days of a range that the store has not.

    A day is there on the day after. What is stored is not asked for again, nor is a day that had no file a week later. Whole
    months of bars come as one file. Each file is checked against the sha256 that the archive states. Whatever ends a download,
    the next one goes on from there.

    Args:
        store: where to.
        symbol: what it will be called there.
        start, end: of the range; whole days (UTC) that meet it are stored. None: until now.
        kind: "trades", "aggTrades" (what one order took at one price is one trade) or "klines" (bars).
        timeframe: of klines.
        market: "spot", or the futures "um" (margined in USDT) and "cm" (in coins).
        code: the vendor's name of the instrument; None: the symbol's letters and digits.
        feed: a name for where the rows come from; None: "binance-trades" and so on.
        base_url: another server with the same layout.
        again, keep, on_error, progress, policy: as of `dukascopy`.

    Raises:
        FeedError: it cannot begin, or cannot go on; `details["report"]` says how far it came. StoreError: the disk, or another
            process downloads the same.

    >>> binance(store, "BTCUSDT", "2024-08-01", "2024-08-08", kind="klines", timeframe="1h")  # doctest: +SKIP
    """
    for name, value, known in (("kind", kind, KINDS), ("market", market, tuple(MARKETS)), ("timeframe", timeframe, TIMEFRAMES)):
        one_of(name, value, known)
    bars = kind == "klines"
    options = options_of(None, symbol, None, None, None, bars=bars, timeframe=timeframe if bars else None)
    vendor = _Binance(options, kind, market, code or code_of(symbol), (base_url or BASE).rstrip("/"))
    name = feed or "-".join(["binance", *([] if market == "spot" else [market]), kind.lower()])
    wish = Wish(start, end, again, keep, on_error)
    return download(store, vendor, symbol, name, wish, policy or Policy(), progress)


def code_of(symbol: str) -> str:
    """What the vendor calls an instrument.

    >>> code_of("btc/usdt")
    'BTCUSDT'
    """
    return "".join(letter for letter in symbol.upper() if letter.isascii() and letter.isalnum())


@dataclass(frozen=True)
class _Binance(Vendor):
    NAME = "binance"
    SLOTS, SLOT = 1, "days"
    SETTLED, BELIEVED = 0, 7 * DAY

    options: Options
    kind: str
    market: str
    code: str
    base: str

    def __post_init__(self) -> None:
        if not re.fullmatch(r"[A-Z0-9_]+", self.code):
            raise FeedError(
                f"code={self.code!r} is no instrument of Binance; capital letters and digits make one", code=self.code
            )

    @property
    def folder(self) -> tuple[str, ...]:
        return (self.NAME, self.market, self.kind, *([self.options.timeframe] if self.options.timeframe else []))

    def calls(self, missing: Sequence[Slot]) -> list[Call]:
        """A call for each day; months of klines that miss every day are asked for as one file first."""
        calls = list[Call]()
        for _, some in groupby(missing, lambda slot: (slot.day.year, slot.day.month)):
            slots = list(some)
            days = [Call(f"{slot.day}", (self._file("daily", f"{slot.day}", (slot,)),)) for slot in slots]
            whole = slots[0].day.day == 1 and (slots[-1].day + timedelta(days=1)).day == 1 and len(slots) >= 28
            if whole and self.options.bars:
                label = f"{slots[0].day:%Y-%m}"
                calls.append(Call(label, (self._file("monthly", label, tuple(slots)),), tuple(days)))
            else:
                calls += days
        return calls

    def _file(self, period: str, date: str, slots: tuple[Slot, ...]) -> File:
        timeframe = self.options.timeframe
        name = f"{self.code}-{timeframe or self.kind}-{date}.zip"
        folder = "/".join([MARKETS[self.market], period, self.kind, self.code, *([timeframe] if timeframe else [])])
        return File(date, f"{self.base}/data/{folder}/{name}", Path(period, name), slots)

    def fetch(self, file: File, path: Path, wire: Wire) -> bool:
        def once() -> bool:
            stated = wire.text(f"{file.url}.CHECKSUM")
            if stated is None:
                return False
            wanted = _stated(stated, file)
            if not path.is_file() and not wire.download(file.url, path, most=_MOST, resume=True):
                raise TransientError(f"{file.url} is not there, and its check sum is")
            if _sha256(path) != wanted:
                path.unlink()
                raise TransientError(f"{file.url} has not the sha256 that the archive states for it")
            return True

        return wire.persist(once)


def _stated(text: bytes, file: File) -> str:
    """The sha256 that a CHECKSUM file states for a file."""
    found = _CHECKSUM.match(text.decode("utf-8", "replace").strip())
    if not found or found[2].rpartition("/")[2] != file.path.name:
        raise TransientError(f"{file.url}.CHECKSUM states none for {file.path.name}")
    return found[1].lower()


def _sha256(path: Path) -> str:
    with open(path, "rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
