"""Ticks and Bars: columns of numbers with a name, checked when they are made and never changed after.

The contract of every room above: times are int64 µs UTC in ascending order (equal times stay in their order), prices and
sizes float64. Arrays are read-only; slices share memory.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cached_property, partial
from typing import TYPE_CHECKING, Any, Literal

import numpy as np

from btlab.errors import SeriesError
from btlab.market.checked import check_prices, columns_of, first_row, frame_columns, frozen, price_digits, times_of
from btlab.market.instrument import check_symbol
from btlab.market.timeframe import LENGTHS, MICROSECONDS, TIMEFRAMES, check_timeframe
from btlab.market.times import Moment, iso, to_microseconds

if TYPE_CHECKING:
    import polars as pl

    from btlab.market.packed import PackedTicks

FIRST_ROWS = 1_000
BAR_COLUMNS = ("time", "open", "high", "low", "close", "volume")


class _InTime:
    """What has a time in each row."""

    __slots__ = ("time",)

    time: np.ndarray

    @property
    def first_time(self) -> int:
        """µs UTC of the first row."""
        return int(self.time[0])

    @property
    def last_time(self) -> int:
        """µs UTC of the last row."""
        return int(self.time[-1])

    def time_at(self, row: int) -> int:
        """µs UTC of a row, 0 and on."""
        return int(self.times_at(np.array([row]))[0])

    def times_at(self, rows: np.ndarray) -> np.ndarray:
        """int64 µs UTC of some rows, 0 and on."""
        return self.time[rows]

    def count_by(self, time: int, side: Literal["left", "right"] = "right") -> int:
        """How many rows there are up to a time (µs UTC), those at it included; "left": not included."""
        return int(np.searchsorted(self.time, time, side=side))

    def _rows_between(self, start: Moment | None, end: Moment | None) -> slice:
        first = 0 if start is None else self.count_by(to_microseconds(start), "left")
        last = len(self) if end is None else self.count_by(to_microseconds(end), "left")  # type: ignore[arg-type]
        return slice(first, max(first, last))


class Ticks(_InTime):
    """Quotes or trades of one symbol, in order of time.

    Attributes:
        time: int64 µs UTC, shape (n,).
        bid, ask: float64; NaN on one side is a one-sided quote. A trade has bid = ask = its price.
        bid_size, ask_size: float64, or None where the vendor states none.
        symbol: its name.
        trades: True where these are trades rather than quotes.

    >>> ticks = Ticks.from_arrays([0, 5], [1.1, 1.2], [1.1001, 1.2001], symbol="EURUSD")
    >>> len(ticks), ticks.digits
    (2, 4)
    """

    __slots__ = ("__dict__", "ask", "ask_size", "bid", "bid_size", "symbol", "trades", "__weakref__")

    def __init__(
        self,
        time: np.ndarray,
        bid: np.ndarray,
        ask: np.ndarray,
        bid_size: np.ndarray | None,
        ask_size: np.ndarray | None,
        symbol: str,
        trades: bool,
    ) -> None:
        """Takes the arrays as they are: for rooms that have checked them. Users call `from_arrays`."""
        self.time, self.bid, self.ask = frozen(time), frozen(bid), frozen(ask)
        self.bid_size = None if bid_size is None else frozen(bid_size)
        self.ask_size = None if ask_size is None else frozen(ask_size)
        self.symbol, self.trades = symbol, trades

    @classmethod
    def from_arrays(
        cls, time: Any, bid: Any, ask: Any, *, symbol: str = "EURUSD", bid_size: Any = None, ask_size: Any = None
    ) -> Ticks:
        """Quotes from five columns of equal length.

        Args:
            time: int64 µs UTC, or datetime64 (cut down to µs); ascending, equal times allowed.
            bid, ask: positive and finite; NaN on one side, never on both.
            bid_size, ask_size: not negative; both or neither.

        Raises:
            SeriesError: names the first row that breaks a rule.
        """
        columns = columns_of(time, bid=bid, ask=ask, bid_size=bid_size, ask_size=ask_size)
        check_prices(columns, ("bid", "ask"), one_sided=True)
        sizes = columns.get("bid_size"), columns.get("ask_size")
        return cls(columns["time"], columns["bid"], columns["ask"], *sizes, check_symbol(symbol), False)

    @classmethod
    def from_trades(cls, time: Any, price: Any, size: Any, *, symbol: str = "BTCUSDT", buyer: Any = None) -> Ticks:
        """Trades: bid = ask = price. The size stands at the ask where the buyer was the aggressor, else at the bid.

        Args:
            buyer: bool per row, True where the buyer was the aggressor; None where nobody knows.
        """
        columns = columns_of(time, price=price, size=size)
        check_prices(columns, ("price",), one_sided=False)
        size = columns["size"]
        bought = np.zeros(len(size), bool) if buyer is None else np.asarray(buyer, bool)
        sizes = np.where(bought, 0.0, size), np.where(bought, size, 0.0)
        return cls(columns["time"], columns["price"], columns["price"], *sizes, check_symbol(symbol), True)

    def __len__(self) -> int:
        return len(self.time)

    def __getitem__(self, rows: slice) -> Ticks:
        if not isinstance(rows, slice) or rows.step not in (None, 1):
            raise SeriesError(f"ticks[{rows!r}]: ticks are cut with a slice of step 1, as in ticks[100:200]", rows=rows)
        bid_size = None if self.bid_size is None else self.bid_size[rows]
        ask_size = None if self.ask_size is None else self.ask_size[rows]
        return Ticks(self.time[rows], self.bid[rows], self.ask[rows], bid_size, ask_size, self.symbol, self.trades)

    def between(self, start: Moment | None = None, end: Moment | None = None) -> Ticks:
        """The ticks with start <= time < end; None is open."""
        return self[self._rows_between(start, end)]

    @property
    def columns(self) -> tuple[np.ndarray, np.ndarray, float]:
        """Bid and ask as they are kept, and how many of that are a price of 1: 0.0 where they are prices."""
        return self.bid, self.ask, 0.0

    def quotes(self, ticks: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Bid and ask of some ticks."""
        return self.bid[ticks], self.ask[ticks]

    def quoted(self, side: str) -> np.ndarray:
        """bool: where a side, "bid" or "ask", is not missing."""
        return ~np.isnan(getattr(self, side))

    def packed(self) -> PackedTicks:
        """The same ticks in twelve bytes each instead of 24: a run over them gives the same, and needs half of the memory.

        Whoever then asks for `time`, `bid` or `ask` as a whole has them decoded, and needs the memory after all.

        Raises:
            SeriesError: ticks with sizes, on no grid of ten decimals or fewer, or beyond 2^31 points.

        >>> ticks = Ticks.from_arrays([0, 5], [1.1, 1.2], [1.1001, 1.2001], symbol="EURUSD")
        >>> ticks.packed().bid_points.tolist()
        [11000, 12000]
        """
        from btlab.market.packed import pack

        return pack(self)

    @cached_property
    def digits(self) -> int | None:
        """Decimals of the price grid, the fewest that hold every quote exactly; None where there is no such grid."""
        return price_digits(self.bid, self.ask)

    @cached_property
    def first_digits(self) -> int | None:
        """`digits` of the first 1,000 rows alone: what was known of the grid then."""
        return self[:FIRST_ROWS].digits

    def to_polars(self) -> pl.DataFrame:
        """Columns time (Datetime us, UTC), bid, ask and, where known, bid_size, ask_size."""
        import polars as pl

        columns = {name: getattr(self, name) for name in ("time", "bid", "ask", "bid_size", "ask_size")}
        return pl.DataFrame({n: c for n, c in columns.items() if c is not None}).with_columns(_as_datetime("time"))

    def __repr__(self) -> str:
        kind = "trades" if self.trades else "ticks"
        span = f", {iso(self.time[0])} to {iso(self.time[-1])}" if len(self) else ""
        return f"<{len(self):,} {kind} of {self.symbol}{span}>"


class Bars(_InTime):
    """Bars of one symbol and timeframe. A bar is labelled by its start and holds what happened with start <= t < end.

    Attributes:
        time: int64 µs UTC of each bar's start, shape (n,).
        open, high, low, close, volume: float64.
        timeframe, symbol: their names.
    """

    __slots__ = ("__dict__", "close", "high", "low", "open", "symbol", "timeframe", "volume", "__weakref__")

    def __init__(
        self,
        time: np.ndarray,
        open: np.ndarray,
        high: np.ndarray,
        low: np.ndarray,
        close: np.ndarray,
        volume: np.ndarray,
        timeframe: str,
        symbol: str,
    ) -> None:
        """Takes the arrays as they are: for rooms that have checked them. Users call `from_frame`."""
        self.time, self.open, self.high, self.low, self.close, self.volume = map(frozen, (time, open, high, low, close, volume))
        self.timeframe, self.symbol = timeframe, symbol

    @classmethod
    def from_frame(cls, frame: Any, *, symbol: str = "GOOG", timeframe: str = "1d", stamp: str = "start") -> Bars:
        """Bars from a polars or pandas frame with columns time (or a pandas index of times), open, high, low, close, volume.

        Args:
            frame: names in any case; volume may be missing (0 then).
            stamp: "start" or "end": what the times are of.

        Raises:
            SeriesError: a missing column, a price not positive and finite, a high under a low, times out of order or twice.
        """
        check_timeframe(timeframe)
        if stamp not in ("start", "end"):
            raise SeriesError(f"stamp={stamp!r}: a bar's time is of its 'start' or of its 'end'", stamp=stamp)
        named = frame_columns(frame)
        missing = [name for name in BAR_COLUMNS[:5] if name not in named]
        if missing:
            raise SeriesError(
                f"no column {missing[0]!r} among {', '.join(named)}; bars want {', '.join(BAR_COLUMNS)}", columns=list(named)
            )
        columns = columns_of(named.pop("time"), **{n: named.get(n) for n in BAR_COLUMNS[1:]})
        columns.setdefault("volume", np.zeros(len(columns["time"])))
        check_prices(columns, ("open", "high", "low", "close"), one_sided=False)
        earlier, later = columns["time"][:-1], columns["time"][1:]
        twice = first_row(len(later), lambda rows: later[rows] == earlier[rows])
        if twice is not None:
            row = twice + 1
            raise SeriesError(f"row {row}: a second bar begins at {iso(columns['time'][row])}; a time has one bar", row=row)
        if (open_ := first_row(len(columns["time"]), partial(_is_open, columns))) is not None:
            high, low = columns["high"][open_], columns["low"][open_]
            raise SeriesError(f"row {open_}: high {high} and low {low} do not enclose open and close", row=open_)
        if stamp == "end" and timeframe == "1mo":
            raise SeriesError("months differ in length, so their ends do not say where they begin; stamp them with their starts")
        if stamp == "end":
            columns["time"] = columns["time"] - MICROSECONDS[timeframe]
        return cls(*_bar_columns(columns.__getitem__), timeframe, check_symbol(symbol))

    def __len__(self) -> int:
        return len(self.time)

    def __getitem__(self, rows: slice) -> Bars:
        if not isinstance(rows, slice) or rows.step not in (None, 1):
            raise SeriesError(f"bars[{rows!r}]: bars are cut with a slice of step 1, as in bars[-100:]", rows=rows)
        return Bars(*_bar_columns(lambda name: getattr(self, name)[rows]), self.timeframe, self.symbol)

    def between(self, start: Moment | None = None, end: Moment | None = None) -> Bars:
        """The bars whose start lies in start <= time < end; None is open."""
        return self[self._rows_between(start, end)]

    @cached_property
    def digits(self) -> int | None:
        """Decimals of the price grid, the fewest that hold every price exactly; None where there is no such grid."""
        return price_digits(self.open, self.high, self.low, self.close)

    @cached_property
    def first_digits(self) -> int | None:
        """`digits` of the first 1,000 rows alone: what was known of the grid then."""
        return self[:FIRST_ROWS].digits

    def to_polars(self) -> pl.DataFrame:
        """Columns time (Datetime us, UTC), open, high, low, close, volume."""
        import polars as pl

        return pl.DataFrame({name: getattr(self, name) for name in BAR_COLUMNS}).with_columns(_as_datetime("time"))

    def __repr__(self) -> str:
        span = f", {iso(self.time[0])} to {iso(self.time[-1])}" if len(self) else ""
        return f"<{len(self):,} {self.timeframe} bars of {self.symbol}{span}>"


def _is_open(columns: dict[str, np.ndarray], rows: slice) -> np.ndarray:
    """Which of some bars' high and low do not enclose open and close."""
    open_, high, low, close = (columns[name][rows] for name in BAR_COLUMNS[1:5])
    return (high < np.maximum(open_, close)) | (low > np.minimum(open_, close))


def _bar_columns(
    column: Callable[[str], np.ndarray],
) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """Time, open, high, low, close and volume, in this order."""
    return column("time"), column("open"), column("high"), column("low"), column("close"), column("volume")


def _as_datetime(name: str) -> pl.Expr:
    import polars as pl

    return pl.col(name).cast(pl.Datetime("us")).dt.replace_time_zone("UTC")


def series_of(data: Any) -> Ticks | Bars:
    """Ticks or Bars as they are; a frame with bid and ask as Ticks, with open, high, low, close as Bars (daily ones: name
    the timeframe with `Bars.from_frame` where they are not).

    Raises:
        SeriesError: it is none of these.
    """
    if isinstance(data, Ticks | Bars):
        return data
    named = frame_columns(data)
    if {"time", "bid", "ask"} <= named.keys():
        bid_size, ask_size = named.get("bid_size"), named.get("ask_size")
        return Ticks.from_arrays(named["time"], named["bid"], named["ask"], bid_size=bid_size, ask_size=ask_size)
    if {"time", "open", "high", "low", "close"} <= named.keys():
        return Bars.from_frame(data, timeframe=_timeframe_of(times_of(named["time"])))
    for wanted in (("time", "bid", "ask"), ("time", "open", "high", "low", "close")):
        if missing := [name for name in wanted if named.keys() & set(wanted[1:]) and name not in named]:
            there, wants = ", ".join(named), "ticks want time, bid, ask, bars time, open, high, low, close"
            raise SeriesError(f"no column {missing[0]!r} among {there}; {wants}", columns=list(named))
    raise SeriesError(
        f"{type(data).__name__} is no data to run on; give Ticks, Bars, or a frame with time, bid, ask or open, high, low, close"
    )


def _timeframe_of(times: np.ndarray) -> str:
    """The timeframe whose length is the most common step between bars."""
    steps = np.diff(times)
    steps = steps[steps > 0]  # what stands twice or goes back is told with its row
    common = int(np.bincount(np.searchsorted(LENGTHS, steps, side="right")).argmax()) if len(steps) else 6
    if common == 0:
        raise SeriesError(f"bars {int(np.median(steps))} µs apart are finer than 1m; give ticks, or bars of a known timeframe")
    return TIMEFRAMES[common - 1]
