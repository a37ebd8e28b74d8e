"""Bars as a page holds them, some 35 bytes each: prices as points, times as minutes, in parts of 4,096 bars.

A page is sent all bars of a short session, and of a long one those about its head; it asks for other parts as they come into
view, and drops what it has not looked at for long. What it always has is one line for each 64 bars. `model/chunk.ts` is the twin.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from btlab.errors import MessageError
from btlab.market.timeframe import LENGTHS, TIMEFRAMES

PART = 4_096
BLOCK = 64
WHOLE = 16_384
"""A timeframe of up to so many bars is sent at once."""
PARTS_AT_ONCE = 32
MINUTE = 60_000_000
OPEN, HIGH, LOW, CLOSE, VOLUME = range(5)
PRICES = {"open": OPEN, "high": HIGH, "low": LOW, "close": CLOSE}
Columns = dict[str, np.ndarray]


class BarParts:
    """The bars of a timeline, to be sent in parts.

    Args:
        timeline: bars of six timeframes one after the other.
        digits: decimals of the points that prices lie on.
        sizes: whether volumes are those of the data; otherwise a bar's number of ticks stands for it.
    """

    def __init__(self, timeline: Any, digits: int, sizes: bool) -> None:
        self.timeline, self.sizes = timeline, sizes
        self.scale = 2.0 * 10.0**digits  # a mean of bid and ask lies on halves of a point

    def parts(self, row: int) -> int:
        """How many parts a timeframe has."""
        return -(-self._count(row) // PART)

    @property
    def counts(self) -> list[int]:
        """How many bars each timeframe has."""
        return [self._count(row) for row in range(len(TIMEFRAMES))]

    def first(self, tick: int | None) -> list[tuple[int, int, int]]:
        """What a page opens with, (row, first bar, end) of each timeframe: all, or those about a tick; all there is for None."""
        found = []
        for row in range(len(TIMEFRAMES)):
            count, begin = self._count(row), 0
            stop = count
            if tick is not None and count > WHOLE:
                closer = self.timeline.closer[self._rows(row)]
                part = int(np.searchsorted(closer, tick, side="right")) // PART
                begin, stop = max(part - 1, 0) * PART, min((part + 1) * PART, count)
            found.append((row, begin, stop))
        return found

    def asked(self, wanted: Any) -> list[tuple[int, int, int]]:
        """The parts that a page asks for, [row, part] each.

        Raises:
            MessageError: there are none such.
        """
        if not isinstance(wanted, list) or not 0 < len(wanted) <= PARTS_AT_ONCE:
            raise MessageError(f"parts of bars are asked for by a list of 1 to {PARTS_AT_ONCE} pairs of row and part")
        for pair in wanted:
            if not isinstance(pair, list) or len(pair) != 2 or any(type(number) is not int for number in pair):
                raise MessageError("a part of bars is named by its row and its number")
            if not 0 <= pair[0] < len(TIMEFRAMES) or not 0 <= pair[1] < self.parts(pair[0]):
                raise MessageError(f"there is no part {pair[1]} of row {pair[0]}")
        return [(row, part * PART, min((part + 1) * PART, self._count(row))) for row, part in wanted]

    def packed(self, wanted: list[tuple[int, int, int]]) -> tuple[list[dict[str, Any]], Columns]:
        """Headers and columns of some parts; part i's columns end in i."""
        headers: list[dict[str, Any]] = []
        columns: Columns = {}
        for place, (row, begin, stop) in enumerate(wanted):
            header, own = self._part(row, begin, stop)
            headers.append(header)
            columns |= {f"{name}{place}": column for name, column in own.items()}
        return headers, columns

    def blocks(self) -> Columns:
        """One line for each 64 bars of each timeframe: where they begin, their extremes, first open and last close."""
        columns: Columns = {}
        for row in range(len(TIMEFRAMES)):
            rows, count = self._rows(row), self._count(row)
            begin = np.arange(0, count, BLOCK)
            last = np.minimum(begin + BLOCK, count) - 1
            real = self.timeline.real[:, rows]
            volume = real[VOLUME] if self.sizes else self.timeline.ticks[rows].astype(np.float64)
            own = {
                "Start": self.timeline.start[rows][begin].astype(np.float64),
                "Open": real[OPEN][begin],
                "High": np.maximum.reduceat(real[HIGH], begin) if count else real[HIGH],
                "Low": np.minimum.reduceat(real[LOW], begin) if count else real[LOW],
                "Close": real[CLOSE][last],
                "Volume": np.maximum.reduceat(volume, begin) if count else volume,
                "First": self.timeline.first[rows][begin].astype(np.int32),
                "Closer": self.timeline.closer[rows][last].astype(np.int32),
            }
            columns |= {f"block{name}{row}": column for name, column in own.items()}
        return columns

    def _rows(self, row: int) -> slice:
        return slice(int(self.timeline.offset[row]), int(self.timeline.offset[row + 1]))

    def _count(self, row: int) -> int:
        return int(self.timeline.offset[row + 1] - self.timeline.offset[row])

    def _part(self, row: int, begin: int, stop: int) -> tuple[dict[str, Any], Columns]:
        timeline, at = self.timeline, slice(self._rows(row).start + begin, self._rows(row).start + stop)
        start, end, first, closer = timeline.start[at], timeline.end[at], timeline.first[at], timeline.closer[at]
        unit = MINUTE if not (start % MINUTE).any() and not (end % MINUTE).any() else 1
        kind = np.int32 if unit == MINUTE else np.float64
        prices, scale = points(timeline.real[OPEN : CLOSE + 1, at], self.scale)
        columns: Columns = {"start": (start // unit).astype(kind), "closer": closer.astype(np.int32), **prices}
        if (end - start != LENGTHS[row]).any():
            columns["end"] = (end // unit).astype(kind)
        if (first[1:] != closer[:-1]).any():
            columns["first"] = first.astype(np.int32)
        columns["ticks"] = timeline.ticks[at].astype(np.int32)
        if self.sizes:
            columns["volume"] = _whole(timeline.real[VOLUME, at])
        header = {"row": row, "begin": begin, "unit": unit, "scale": scale, "first": int(first[0]) if len(first) else 0}
        return header, columns


def points(prices: np.ndarray, scale: float) -> tuple[Columns, float]:
    """Rows open, high, low, close as int32 points / scale, to the last bit; as they are (scale 0) where that does not go.

    The mean of two rounded numbers may be a neighbour of the rounded mean: `nudge` holds two bits a price, 1 for the next greater
    number and 2 for the next smaller one.

    >>> columns, scale = points(np.array([[1.25], [1.5], [1.0], [1.25]]), 200.0)
    >>> scale, columns["high"].tolist(), "nudge" in columns
    (200.0, [300], False)
    """
    whole = np.rint(prices * scale)
    if not (np.abs(whole) < 2**31).all() or (prices <= 0).any():
        return {name: prices[row] for name, row in PRICES.items()}, 0.0
    away = prices.view(np.int64) - (whole / scale).view(np.int64)
    if (np.abs(away) > 1).any():
        return {name: prices[row] for name, row in PRICES.items()}, 0.0
    columns = {name: whole[row].astype(np.int32) for name, row in PRICES.items()}
    if away.any():
        codes = np.where(away < 0, 2, away).astype(np.uint8)
        columns["nudge"] = codes[OPEN] | codes[HIGH] << 2 | codes[LOW] << 4 | codes[CLOSE] << 6
    return columns, scale


def _whole(volume: np.ndarray) -> np.ndarray:
    fits = bool((volume == np.rint(volume)).all()) and bool((np.abs(volume) < 2**31).all())
    return volume.astype(np.int32) if fits else volume
