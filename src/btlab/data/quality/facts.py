"""Day after day over all rows: what the tables of quality are made of. Memory grows with the days, not with the rows."""

from __future__ import annotations

from dataclasses import dataclass, field
from itertools import pairwise

import numpy as np

from btlab.data.quality import issues
from btlab.data.quality.issues import KINDS, Run, Runs
from btlab.data.quality.prices import median_above_zero, middle
from btlab.data.rows import BarColumns, Columns
from btlab.market.calendar import TradingDays, trading_days
from btlab.market.hours import Closures, closures, open_before, open_hours
from btlab.market.timeframe import DAY, MICROSECONDS, MINUTE

HOUR = 60 * MINUTE
HOURS = 25
"""Of the longest day."""

SHORTEST = 5 * MINUTE
"""No pause under this is a gap."""

_EMPTY = np.empty(0)


@dataclass
class Facts:
    """What was seen of the rows from `first` to `last` (µs UTC).

    Args:
        calendar: its name. first, last: the time of the first row, and a time at or after that of the last.
        timeframe: of bars; None for ticks. trades: ticks that are trades.

    Attributes:
        days: the trading days. minutes: uint32 (days, 1501), rows by minute of the day; the last holds all behind the 25th hour
            (an exchange's day lasts until the next session).
        longest: int64 (days, 25): the longest pause that began in that hour, trading hours alone; -1 where no row is.
        pauses: start and end (µs UTC) of every pause of five minutes or more.
        runs: odd rows by kind.
    """

    calendar: str
    first: int
    last: int
    timeframe: str | None = None
    trades: bool = False
    rows: int = 0
    digits: int = 0
    pauses: list[tuple[int, int]] = field(default_factory=list)
    runs: dict[str, Runs] = field(default_factory=lambda: {kind: Runs() for kind in KINDS})

    def __post_init__(self) -> None:
        self.days: TradingDays = trading_days(self.calendar, self.first, self.last)
        self.opens, self.closes = open_hours(self.calendar, self.first, self.last)
        if not len(self.opens):  # closed all the time: an interval of no length behind it
            self.opens = self.closes = np.array([self.last + 1])
        self.shut: Closures = closures(self.calendar, self.first, self.last)
        self.minutes = np.zeros((len(self.days.date), HOURS * 60 + 1), np.uint32)
        self.longest = np.full((len(self.days.date), HOURS), -1, np.int64)
        self._tail: Columns | BarColumns | None = None
        self._still = np.zeros(3, np.int64)

    @property
    def length(self) -> int:
        """Of a bar in µs; 0 for ticks."""
        return 0 if self.timeframe is None else MICROSECONDS[self.timeframe]

    @property
    def _frozen(self) -> tuple[int, int, int]:
        """The pause that ends a stretch of quotes alike, its least rows, its least time."""
        if self.timeframe is None:
            return issues.FROZEN_PAUSE, issues.FROZEN_ROWS, issues.FROZEN_TIME
        return self.length + issues.FROZEN_PAUSE, issues.FROZEN_BARS, issues.FROZEN_BARS_TIME - self.length

    @property
    def counts(self) -> np.ndarray:
        """int64 (days, 25): rows by hour of the day."""
        return self.minutes[:, :-1].reshape(len(self.minutes), HOURS, 60).sum(axis=2, dtype=np.int64)

    def traded(self, start: np.ndarray, end: np.ndarray) -> np.ndarray:
        """µs of trading hours between times."""
        return open_before(self.opens, self.closes, end) - open_before(self.opens, self.closes, start)

    def see(self, columns: Columns | BarColumns, digits: int | None = None) -> None:
        """Rows behind those seen before, at most a day of ticks."""
        if not len(columns.time):
            return
        self.digits = max(self.digits, 5 if digits is None else digits)
        tail, self._tail = self._tail, columns.take(slice(-2, None))
        fresh = 0 if tail is None else len(tail.time)
        joined = columns if tail is None else type(columns).join([tail, columns])  # type: ignore[list-item]
        marks = self._bars(joined, fresh) if isinstance(joined, BarColumns) else self._ticks(joined, fresh)
        for bit, kind in enumerate(KINDS[:-1]):
            rows = np.flatnonzero(marks[0] & (1 << bit))
            self.runs[kind].add(rows, self.rows - fresh, joined.time[rows], marks[1][rows, bit])
        self._count(joined, fresh)
        if tail is None:
            self._pauses(np.array([self.first]), columns.time[:1])
        self.rows += len(columns.time)

    def finish(self) -> Facts:
        """After the last row."""
        self._end_still(np.array([self._still]))
        if self._tail is None:
            self._pauses(np.array([self.first]), np.array([self.last]))
        else:
            self._pauses(self._covered(self._tail.time[-1:]), np.array([self.last]))
        return self

    def _ticks(self, columns: Columns, fresh: int) -> tuple[np.ndarray, np.ndarray]:
        from btlab.data.kernels import quality

        time, bid, ask = columns.time, columns.bid, columns.ask
        sizes = [_EMPTY if size is None else size for size in (columns.bid_size, columns.ask_size)]
        price, rows = middle(columns), len(time)
        flags, worst = np.zeros(rows, np.uint8), np.zeros((rows, len(KINDS) - 1))
        ends, spreads = self._spreads(columns)
        most = _most_size(np.maximum(*sizes)) if len(sizes[0]) else np.inf
        near = self._open_near(time)
        far = issues.FAR * median_above_zero(np.abs(np.diff(price)))
        quality.look(time, bid, ask, *sizes, price, fresh, far, ends, spreads, most, *near, flags, worst)
        self._closed_kinds(time, flags, worst)
        found = np.empty((rows // issues.FROZEN_ROWS + 2, 3), np.int64)
        inside = (flags & quality.OUTSIDE) == 0
        self._end_still(found[: quality.still(time, bid, ask, fresh, inside, *self._frozen, self._still, found)])
        return flags, worst

    def _bars(self, bars: BarColumns, fresh: int) -> tuple[np.ndarray, np.ndarray]:
        """The same marks for bars."""
        from btlab.data.kernels import quality

        time, price, rows = bars.time, middle(bars), len(bars.time)
        flags, worst = np.zeros(rows, np.uint8), np.zeros((rows, len(KINDS) - 1))
        move = np.diff(price)
        far = issues.FAR * median_above_zero(np.abs(move))
        spike = np.zeros(rows, bool)
        spike[1:-1] = (np.minimum(np.abs(move[:-1]), np.abs(move[1:])) > far) & (move[:-1] * move[1:] < 0)
        worst[1:-1, 0] = np.minimum(np.abs(move[:-1]), np.abs(move[1:]))
        most, none = _most_size(bars.volume), bars.volume <= 0
        odd_volume = (bars.volume > most) | (none if 0 < none.mean() < 0.05 and most < np.inf else False)
        worst[:, 6] = bars.volume
        flat, alike = bars.high == bars.low, np.zeros(rows, bool)
        alike[1:] = np.all([column[1:] == column[:-1] for column in bars[1:]], axis=0) & ~flat[1:] & ~none[1:]
        outside = self.traded(time, time + self.length) <= 0
        for bit, rows_of_it in ((0, spike), (4, alike), (5, outside), (6, odd_volume)):
            flags |= rows_of_it.astype(np.uint8) << np.uint8(bit)
        flags[:fresh] &= quality.SPIKE
        flags[: max(fresh - 1, 0)] = 0
        self._closed_kinds(time, flags, worst)
        self._flat_bars(bars, flat & ~outside, fresh)
        return flags, worst

    def _flat_bars(self, bars: BarColumns, flat: np.ndarray, fresh: int) -> None:
        from btlab.data.kernels import quality

        found = np.empty((len(flat) // issues.FROZEN_BARS + 2, 3), np.int64)
        self._end_still(found[: quality.still(bars.time, bars.close, bars.close, fresh, flat, *self._frozen, self._still, found)])

    def _end_still(self, found: np.ndarray) -> None:
        _, rows, lasts = self._frozen
        runs = self.runs["frozen"]
        for start, end, count in found.tolist():
            if count >= rows and end - start >= lasts:
                number = 2 * len(runs.found)  # never neighbours: between two of them something changed
                runs.one(Run(number, number, start, end + self.length, count, 0.0))

    def _spreads(self, columns: Columns) -> tuple[np.ndarray, np.ndarray]:
        """First row behind each hour of the clock, and the widest spread that is usual in it."""
        time = columns.time
        if self.trades:
            return np.array([len(time)]), np.array([np.inf])
        edges = np.arange(int(time[0]) // HOUR + 1, int(time[-1]) // HOUR + 1) * HOUR
        ends = np.append(np.searchsorted(time, edges), len(time))
        spread = columns.ask - columns.bid
        usual_of_day = median_above_zero(spread)
        usual = np.array([median_above_zero(spread[begin:end]) for begin, end in zip([0, *ends[:-1]], ends)])
        return ends, issues.SPREADS * np.minimum(usual, issues.DAY_SPREADS * usual_of_day)

    def _open_near(self, time: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        begin = int(np.searchsorted(self.closes, time[0], side="right"))
        end = int(np.searchsorted(self.opens, time[-1], side="right"))
        return self.opens[begin:end], self.closes[begin:end]

    def _closed_kinds(self, time: np.ndarray, flags: np.ndarray, worst: np.ndarray) -> None:
        """For rows outside the hours: which kind of closure they fell into."""
        from btlab.data.kernels import quality

        rows = np.flatnonzero(flags & quality.OUTSIDE)
        if len(rows):
            which = np.searchsorted(self.shut.end, time[rows], side="right")
            worst[rows, 5] = self.shut.kind[np.minimum(which, len(self.shut.kind) - 1)]

    def _count(self, columns: Columns | BarColumns, fresh: int) -> None:
        from btlab.data.kernels import quality

        time = columns.time
        day = max(int(np.searchsorted(self.days.start, time[fresh], side="right")) - 1, 0)
        quality.count_minutes(time, fresh, self.days.start, day, self.minutes)
        begin = max(fresh - 1, 0)
        starts, ends = self._covered(time[begin:-1]), time[begin + 1 :]
        self._pauses(starts, ends)

    def _covered(self, time: np.ndarray) -> np.ndarray:
        """Until when each row says something: a tick's time, a bar's end; a day's last close for daily bars."""
        if self.length < DAY:
            return time + self.length
        end = time + self.length
        close = self.closes[np.maximum(np.searchsorted(self.closes, end, side="right") - 1, 0)]
        return np.where(close > time, close, end)

    def _pauses(self, starts: np.ndarray, ends: np.ndarray) -> None:
        if not len(starts):
            return
        length = ends - starts
        long = np.flatnonzero(length >= SHORTEST)
        self.pauses += zip(starts[long].tolist(), ends[long].tolist())
        length[long[self.traded(starts[long], ends[long]) < length[long]]] = 0
        day = np.clip(np.searchsorted(self.days.start, starts[[0, -1]], side="right") - 1, 0, len(self.days.date) - 1)
        bounds = self.days.start[day[0] : day[1] + 2].tolist()
        edges = np.concatenate([np.arange(begin, end, HOUR) for begin, end in pairwise(bounds)])
        cuts = np.searchsorted(starts, np.append(edges, bounds[-1]))
        here = np.flatnonzero(np.diff(cuts))
        most = np.maximum.reduceat(length, cuts[here])
        row = np.searchsorted(self.days.start, edges[here], side="right") - 1
        hour = np.minimum((edges[here] - self.days.start[row]) // HOUR, HOURS - 1)
        self.longest[row, hour] = np.maximum(self.longest[row, hour], most)


def _most_size(sizes: np.ndarray) -> float:
    return issues.SIZES * median_above_zero(sizes)
