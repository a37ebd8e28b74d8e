"""Several symbols' data as one: their moments in order, cut and changed all together."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np

from btlab.market.series import Bars, Ticks, series_of
from btlab.session.portfolio.setup import series_by_symbol


@dataclass(frozen=True, eq=False)
class Merged:
    """Ticks, or bars, of several symbols. A row is a moment at which a tick of any came, or a bar began.

    Attributes:
        parts: of each symbol, in the order of their names.
    """

    parts: dict[str, Ticks | Bars]

    @cached_property
    def time(self) -> np.ndarray:
        """int64 µs, ascending, each moment once."""
        return np.unique(np.concatenate([part.time for part in self.parts.values()]))

    def __len__(self) -> int:
        return len(self.time)

    def __getitem__(self, rows: slice) -> Merged:
        first, end, _ = rows.indices(len(self))
        return Merged({symbol: part[slice(*self.span(part, first, end))] for symbol, part in self.parts.items()})

    def span(self, part: Ticks | Bars, first: int, end: int) -> tuple[int, int]:
        """Which rows of a symbol lie in rows first <= row < end."""
        borders = np.append(self.time, self.time[-1] + 1)[[first, end]]
        begin, stop = np.searchsorted(part.time, borders, side="left")
        return int(begin), int(stop)

    def taken(self, row: int) -> list[int]:
        """The last row of each symbol once a moment is over; -1 where none had come."""
        return [int(np.searchsorted(part.time, self.time[row], side="right")) - 1 for part in self.parts.values()]

    @property
    def begun(self) -> int:
        """The first row at which all symbols have begun."""
        return int(np.searchsorted(self.time, max(int(part.time[0]) for part in self.parts.values())))

    def count(self, first: int, end: int) -> int:
        """How many ticks, or bars, of all symbols lie in rows first <= row < end."""
        spans = (self.span(part, first, end) for part in self.parts.values())
        return sum(stop - begin for begin, stop in spans)


Data = Ticks | Bars | Merged


def data_of(data: Any) -> Data:
    """What a check is given: ticks or bars, a frame, or a dict of them.

    Raises:
        RunError, SeriesError: no data, or none that one run could take together.
    """
    if isinstance(data, Mapping):
        return Merged(series_by_symbol(data))
    return series_of(data)


def parts_of(data: Data) -> list[Ticks | Bars]:
    return list(data.parts.values()) if isinstance(data, Merged) else [data]


def given(data: Data) -> Any:
    """As `bt.run` takes it."""
    return data.parts if isinstance(data, Merged) else data


def spans(data: Merged, known: int, end: int) -> Iterator[tuple[str, Ticks | Bars, int, int]]:
    """(symbol, data, its last row known, its end) where rows after `known` and before `end` are to be others."""
    for (symbol, part), last in zip(data.parts.items(), data.taken(known)):
        yield symbol, part, last, data.span(part, 0, end)[1]


def changed(data: Merged, known: int, end: int, change: Callable[[Any, int, int], Any]) -> dict[str, Any]:
    """Each symbol's world, made by `change(data, known, end)`."""
    return {symbol: change(part, last, stop) for symbol, part, last, stop in spans(data, known, end)}
