"""Ticks in twelve bytes each, as they may be mapped from a file: times within their minute, and prices in points of their grid.

The engine runs over them as they are (a price is decoded where a trigger is reached), so a billion ticks need no more memory
than the minutes that were looked at. Whoever asks for `time`, `bid` or `ask` as a whole gets them decoded, and kept.
"""

from __future__ import annotations

from functools import cached_property
from typing import Literal, Protocol

import numpy as np

from btlab.errors import SeriesError
from btlab.market import points
from btlab.market.checked import frozen
from btlab.market.series import Ticks

MINUTE = 60_000_000
NO_GRID = "prices of {} lie on no grid of ten decimals or fewer, so points cannot hold them"
NONE = "there are no ticks of {} to pack"


class Beside(Protocol):
    """Keeps columns that were made of some ticks, by name, for the next process that has them."""

    def get(self, name: str) -> dict[str, np.ndarray] | None: ...

    def keep(self, name: str, columns: dict[str, np.ndarray]) -> None: ...


class PackedTicks(Ticks):
    """Quotes without sizes, in twelve bytes each.

    Args:
        offset: int32, µs since the start of each tick's minute. bid, ask: int32, in points; `points.MISSING` for no price.
        minute_start: int64 µs UTC of every minute that has ticks. minute_tick: int64, the first tick of each, then how many
            there are.
        digits: decimals of the price grid: a price is points / 10^digits.
        symbol: its name.
        beside: where what is made of them may be kept; None: nowhere.

    >>> ticks = Ticks.from_arrays([0, 5], [1.1, 1.2], [1.1001, 1.2001], symbol="EURUSD").packed()
    >>> ticks.ask_points.tolist(), ticks.ask.tolist(), len(ticks)
    ([11001, 12001], [1.1001, 1.2001], 2)
    """

    __slots__ = ("ask_points", "beside", "bid_points", "minute_start", "minute_tick", "offset", "scale")

    def __init__(
        self,
        offset: np.ndarray,
        bid: np.ndarray,
        ask: np.ndarray,
        minute_start: np.ndarray,
        minute_tick: np.ndarray,
        digits: int,
        symbol: str,
        beside: Beside | None = None,
    ) -> None:
        """Takes the arrays as they are: for those who have packed them. Users call `Ticks.packed`."""
        self.offset, self.bid_points, self.ask_points = frozen(offset), frozen(bid), frozen(ask)
        self.minute_start, self.minute_tick = frozen(minute_start), frozen(minute_tick)
        self.__dict__["digits"] = digits
        self.scale, self.beside = 10.0**digits, beside
        self.bid_size = self.ask_size = None
        self.symbol, self.trades = symbol, False

    def __len__(self) -> int:
        return len(self.offset)

    def __getitem__(self, rows: slice) -> Ticks:
        if not isinstance(rows, slice) or rows.step not in (None, 1):
            return super().__getitem__(rows)
        begin, end, _ = rows.indices(len(self))
        end = max(begin, end)
        time, bid, ask = np.empty(end - begin, np.int64), np.empty(end - begin), np.empty(end - begin)
        points.times_between(self.offset, self.minute_start, self.minute_tick, begin, time)
        points.prices_between(self.bid_points, self.scale, begin, bid)
        points.prices_between(self.ask_points, self.scale, begin, ask)
        return Ticks(time, bid, ask, None, None, self.symbol, False)

    @property
    def time(self) -> np.ndarray:  # type: ignore[override]
        return self._whole.time

    @property
    def bid(self) -> np.ndarray:  # type: ignore[override]
        return self._whole.bid

    @property
    def ask(self) -> np.ndarray:  # type: ignore[override]
        return self._whole.ask

    @cached_property
    def _whole(self) -> Ticks:
        return self[:]

    @property
    def first_time(self) -> int:
        return int(self.minute_start[0]) + int(self.offset[0])

    @property
    def last_time(self) -> int:
        return int(self.minute_start[-1]) + int(self.offset[-1])

    def times_at(self, rows: np.ndarray) -> np.ndarray:
        minute = np.searchsorted(self.minute_tick, rows, side="right") - 1
        return np.asarray(self.minute_start[minute] + self.offset[rows])

    def count_by(self, time: int, side: Literal["left", "right"] = "right") -> int:
        minute = int(np.searchsorted(self.minute_start, time, side="right")) - 1
        if minute < 0:
            return 0
        begin, end = self.minute_tick[minute : minute + 2].tolist()
        since = min(time - int(self.minute_start[minute]), MINUTE)
        return int(begin + np.searchsorted(self.offset[begin:end], np.int32(since), side=side))

    @property
    def columns(self) -> tuple[np.ndarray, np.ndarray, float]:
        return self.bid_points, self.ask_points, self.scale

    def quotes(self, ticks: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        return points.prices_of(self.bid_points[ticks], self.scale), points.prices_of(self.ask_points[ticks], self.scale)

    def quoted(self, side: str) -> np.ndarray:
        return np.asarray(getattr(self, f"{side}_points") != points.MISSING)

    def packed(self) -> PackedTicks:
        return self


def pack(ticks: Ticks, digits: int | None = None) -> PackedTicks:
    """The same ticks, packed; `Ticks.packed` says more.

    Args:
        digits: of the grid; their own where None is given.
    """
    digits = ticks.digits if digits is None else digits
    if ticks.bid_size is not None:
        raise SeriesError("twelve bytes a tick have no room for sizes; take the ticks without them, or as they are")
    if digits is None:
        raise SeriesError(NO_GRID.format(ticks.symbol))
    if not len(ticks):
        raise SeriesError(NONE.format(ticks.symbol))
    scale = 10.0**digits
    if max(np.nanmax(side, initial=0.0) for side in (ticks.bid, ticks.ask)) * scale >= points.LARGEST:
        raise SeriesError(f"{ticks.symbol} has prices beyond {points.LARGEST / scale:,.10g}, more points than an int32 holds")
    bid, ask = points.points_of(ticks.bid, scale), points.points_of(ticks.ask, scale)
    minute = ticks.time // MINUTE
    first = np.flatnonzero(np.concatenate([[True], minute[1:] != minute[:-1]]))
    offset = (ticks.time - minute * MINUTE).astype(np.int32)
    return PackedTicks(offset, bid, ask, minute[first] * MINUTE, np.append(first, len(ticks)), digits, ticks.symbol)
