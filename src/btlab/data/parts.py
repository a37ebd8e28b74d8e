"""What a call imports: its files or frame, and what each has brought so far."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from btlab.data.manifest import Origin, Series
from btlab.data.rows import Batch
from btlab.data.zones import Zone


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
