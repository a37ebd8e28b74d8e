"""What a call imports: its files or frame, and what each has brought so far."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from functools import cached_property
from itertools import islice

import numpy as np

from btlab.data.files.manifest import Origin, Series
from btlab.data.rows import Batch
from btlab.data.zones import Zone

_AHEAD = 2


@dataclass(frozen=True)
class Part:
    """One file, or one frame, of a call.

    Attributes:
        name: for people. batches: its rows, from the first on at each call. series: of its bars; None for ticks.
        size: bytes on disk, or the rows of a frame. identify: a digest that tells it, and how it is read, from all others.
        position: how much of its size was read so far. zone: of its times, where FX's weekly gap may contradict it.
    """

    name: str
    batches: Callable[[], Iterator[Batch]]
    series: Series
    size: int
    identify: Callable[[], str]
    position: Callable[[], int]
    zone: Zone | None = None

    @cached_property
    def key(self) -> str:
        """What `identify` says, asked once."""
        return self.identify()


@dataclass
class Span:
    """What a part has brought so far."""

    part: Part
    rows: int = 0
    first: int = 0
    last: int = 0

    def grow(self, time: np.ndarray) -> None:
        if len(time):
            first, last = int(time.min()), int(time.max())
            self.first = min(self.first, first) if self.rows else first
            self.last = max(self.last, last) if self.rows else last
            self.rows += len(time)

    def origin(self, imported: str) -> Origin:
        """What the manifest keeps of it."""
        part, (first, last) = self.part, (self.first, self.last) if self.rows else (None, None)
        timeframe, price = part.series or (None, None)
        return Origin(part.key, part.name, self.rows, first, last, imported, timeframe, price, part.size)


class Ahead:
    """The batches of parts that are taken one after the other; the first of the next parts are read meanwhile, in threads.

    A call of many small compressed files spends its time in unpacking them, which needs no lock of the interpreter.
    """

    def __init__(self, spans: list[Span]) -> None:
        self._following = iter(spans)
        self._begun = dict[int, Future[tuple[Iterator[Batch], Batch | None]]]()
        self._pool = ThreadPoolExecutor(_AHEAD, "btlab-ahead")

    def __enter__(self) -> Ahead:
        self._begin(1 + _AHEAD)
        return self

    def __exit__(self, *_: object) -> None:
        self._pool.shutdown(wait=True, cancel_futures=True)

    def batches(self, span: Span) -> Iterator[Batch]:
        """Those of a part, from its first on."""
        begun = self._begun.pop(id(span), None)
        batches, first = begun.result() if begun is not None else _begin(span)
        self._begin(1)
        if first is not None:
            yield first
            yield from batches

    def _begin(self, count: int) -> None:
        for span in islice(self._following, count):
            self._begun[id(span)] = self._pool.submit(_begin, span)


def _begin(span: Span) -> tuple[Iterator[Batch], Batch | None]:
    batches = span.part.batches()
    return batches, next(batches, None)
