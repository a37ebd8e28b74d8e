"""Rows into files of a feed, in a thread beside the one that reads: encoded, hashed, made durable, and named by their content.

Nothing that is written here can be seen before a manifest names it.
"""

from __future__ import annotations

import hashlib
from collections import deque
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path

from btlab.data.files import segments
from btlab.data.files.disk import Disk
from btlab.data.files.manifest import Segment, Series
from btlab.data.files.paths import encode_name
from btlab.data.intake.oddities import Oddities
from btlab.data.rows import BarColumns, Rows
from btlab.market.times import iso

_WAITING = 2


class Writer:
    """Writes files of one feed, one after the other.

    Args:
        folder: of the feed. disk: what writes; None for a dry run.
    """

    def __init__(self, symbol: str, feed: str, folder: Path, disk: Disk | None) -> None:
        self.written = list[Path]()
        self._about = {"symbol": str(encode_name(symbol)), "feed": str(encode_name(feed))}
        self._folder, self._disk = folder, disk
        self._pool = ThreadPoolExecutor(1, "btlab-writer")
        self._waiting, self._done = deque[Future[Segment]](), list[Segment]()

    def put(self, columns: Rows, series: Series, *, trades: bool, oddities: Oddities | None = None) -> None:
        """Write ascending rows of one period, soon; what is odd about them is noted."""
        self._waiting.append(self._pool.submit(self._write, columns, series, trades, oddities))
        while len(self._waiting) > _WAITING:
            self._done.append(self._waiting.popleft().result())

    def finished(self) -> list[Segment]:
        """The files of all rows since the last call, once they are written."""
        while self._waiting:
            self._done.append(self._waiting.popleft().result())
        done, self._done = self._done, []
        return done

    def close(self) -> None:
        """End the thread; what was not begun stays undone."""
        self._pool.shutdown(wait=True, cancel_futures=True)

    def _write(self, columns: Rows, series: Series, trades: bool, oddities: Oddities | None) -> Segment:
        """A file named by its first day and content; one that a killed call left behind is used as it is."""
        if oddities is not None:
            oddities.see(columns)
        if isinstance(columns, BarColumns):
            timeframe, price = series or ("", "")
            name = f"{timeframe}.{price}."
            content, digits = segments.encode_bars(columns, about=self._about | {"timeframe": timeframe, "price": price})
        else:
            name = ""
            content, digits = segments.encode(columns, trades=trades, about=self._about)
        if oddities is not None:
            oddities.off_grid += digits is None
        sha256 = hashlib.sha256(content).hexdigest()
        first, last = int(columns.time[0]), int(columns.time[-1])
        file = f"{name}{iso(first)[:10]}.{sha256[:16]}.parquet"
        path = self._folder / file
        if self._disk is not None and not (path.is_file() and path.read_bytes() == content):
            self.written.append(path)
            self._disk.put(path, content)
        return Segment(file, sha256, len(content), len(columns.time), first, last, digits, *(series or ()))
