"""The tables that runs left: as they are while they are looked at, in fewer bytes when others are.

A run that a person works with has its tables at hand; a hundred runs that are kept beside each other have them narrowed, in a
tenth of the bytes and with every bit, and widened when somebody reads them.
"""

from __future__ import annotations

import threading
import weakref
from collections.abc import Iterator, Mapping, Sequence
from typing import Protocol

import numpy as np

from btlab.market import spare
from btlab.market.codes import PLACED
from btlab.session.narrow import BEFORE, Column, narrowed, widened

ROOM = 1 << 27
"""How many bytes of tables lie open in a process, those looked at last; where what is read of one session needs more, that."""
LEAST_ROWS = 256  # a column of fewer is not worth what stands for it

TIME_OF, ORDERS = "time of ", "order."
LIKE: dict[str, dict[str, tuple[str, ...]]] = {
    "order": {
        "size": ("amount",),
        "filled": ("size",),
        "limit": ("level",),
        "take_profit": ("stop_loss",),
        "from_tick": ("created_tick",),
        "ended_tick": ("created_tick",),
        "created": (TIME_OF + "created_tick",),
        "ended": (TIME_OF + "ended_tick",),
    },
    "fill": {
        "tick": (ORDERS + "ended_tick",),
        "time": (TIME_OF + "tick", ORDERS + "ended"),
        "buy_at": ("sell_at",),
        "price": ("sell_at", "buy_at"),
        "acting_tick": ("tick",),
        "acting_sell": ("sell_at",),
        "acting_buy": ("buy_at",),
    },
    "trade": {
        "entry_tick": (ORDERS + "ended_tick",),
        "exit_tick": ("entry_tick",),
        "acts_from": ("entry_tick",),
        "entry_time": (TIME_OF + "entry_tick", ORDERS + "ended"),
        "exit_time": (TIME_OF + "exit_tick",),
        "entry_quote": ("entry_price",),
        "best": ("entry_quote",),
        "exit_price": ("entry_price",),
        "stop_loss": ("entry_price",),
        "take_profit": ("stop_loss",),
        "first_stop_loss": ("stop_loss",),
        "first_take_profit": ("take_profit",),
    },
    "change": {
        "tick": (ORDERS + "created_tick|ended_tick",),
        "time": (ORDERS + "created|ended", TIME_OF + "tick"),
        "level": (ORDERS + "level",),
        "limit": (ORDERS + "limit",),
        "stop_loss": (ORDERS + "stop_loss",),
        "take_profit": (ORDERS + "take_profit",),
        "size": (ORDERS + "amount", ORDERS + "size"),
    },
    "choice": {},
    "night": {},
    "mark": {"time": (TIME_OF + "tick",)},
}
"""What columns are guessed from: others of their row above them here, the time of a tick, a column of the row's order; of two
with a bar between them the first where an order is placed."""


class Clock(Protocol):
    """What tells the times (µs) of ticks: `Ticks`, `Bars`."""

    def __len__(self) -> int: ...

    def times_at(self, rows: np.ndarray) -> np.ndarray: ...


class Records(Mapping[str, np.ndarray]):
    """Tables of `market.records` by name. What is read lies open until others need its room.

    Args:
        tables: as the run left them. clocks: of each symbol its data.
    """

    def __init__(self, tables: Mapping[str, np.ndarray], clocks: Sequence[Clock]) -> None:
        self._open, self._narrow = dict(tables), dict[str, Narrowed]()
        self._names, self._clocks = tuple(tables), clocks
        _looked_at(self)
        if self.open_bytes > ROOM:
            self.narrow()

    def __getitem__(self, name: str) -> np.ndarray:
        rows = self._open.get(name)
        if rows is None:
            rows = self._open[name] = self._narrow[name].rows(name, self)
            _looked_at(self)
        return rows

    def __iter__(self) -> Iterator[str]:
        return iter(self._names)

    def __len__(self) -> int:
        return len(self._names)

    @property
    def open_bytes(self) -> int:
        """Bytes of what lies open."""
        return sum(rows.nbytes for rows in list(self._open.values()))

    @property
    def nbytes(self) -> int:
        """Bytes of what is kept when nothing lies open, once it is narrowed."""
        return sum(narrow.nbytes for narrow in self._narrow.values())

    def narrow(self) -> None:
        """Narrow every table and let go of it; the next who reads it finds it as it was."""
        for name in self._names:
            rows = self._open.get(name)
            if rows is None or len(rows) < LEAST_ROWS:
                continue
            if name not in self._narrow:
                self._narrow[name] = Narrowed.of(name, rows, self)
        for name in self._narrow:
            self._open.pop(name, None)

    def guess(self, key: str, known: Mapping[str, np.ndarray]) -> np.ndarray:
        """A guess of `LIKE` as words, from the words of the row that are known."""
        if key.startswith(TIME_OF):
            return self._times_of(known[key.removeprefix(TIME_OF)], known)
        if not key.startswith(ORDERS):
            return known[key]
        first, _, second = key.removeprefix(ORDERS).partition("|")
        there = self._of_orders(first, known)
        return np.where(known["what"] == PLACED, there, self._of_orders(second, known)) if second else there

    def _of_orders(self, name: str, known: Mapping[str, np.ndarray]) -> np.ndarray:
        """A column of each row's order."""
        rows = known["entry_order" if "entry_order" in known else "order"] - 1
        return np.asarray(np.ascontiguousarray(self["order"][name]).view(np.int64)[rows])

    def _times_of(self, ticks: np.ndarray, known: Mapping[str, np.ndarray]) -> np.ndarray:
        if len(self._clocks) == 1:
            return _times(self._clocks[0], ticks)
        symbols, times = known["symbol"] if "symbol" in known else self._of_orders("symbol", known), np.empty_like(ticks)
        for symbol in np.unique(symbols):
            mine = symbols == symbol
            times[mine] = _times(self._clocks[symbol], ticks[mine])
        return times


class Narrowed:
    """A table of 64-bit fields: what is alike in all its rows once, the other columns in fewer bytes."""

    def __init__(self, count: int, first: np.ndarray, columns: dict[str, Column]) -> None:
        self.count, self.first, self.columns = count, first, columns

    @classmethod
    def of(cls, name: str, rows: np.ndarray, records: Records) -> Narrowed:
        columns, known = dict[str, Column](), dict[str, np.ndarray]()
        for field in _in_order(name, rows.dtype):
            words = known[field] = np.ascontiguousarray(rows[field]).view(np.int64)
            if (words == words[0]).all():
                continue
            guesses = {key: records.guess(key, known) for key in LIKE[name].get(field, ())}
            columns[field] = narrowed(words, rows.dtype[field].kind == "f", guesses)
        return cls(len(rows), rows[:1].copy(), columns)

    @property
    def nbytes(self) -> int:
        return int(self.first.nbytes) + sum(column.nbytes for column in self.columns.values())

    def rows(self, name: str, records: Records) -> np.ndarray:
        """The table as it was."""
        rows = spare.rows(self.first.dtype, self.count)
        rows[:] = self.first
        known: dict[str, np.ndarray] = {}
        for field in _in_order(name, rows.dtype):
            column = self.columns.get(field)
            if column is not None:
                guess = records.guess(column.guess, known) if column.guess not in ("", BEFORE) else None
                rows[field] = widened(column, self.count, guess).view(rows.dtype[field])
            known[field] = np.ascontiguousarray(rows[field]).view(np.int64)
        return rows


def _times(clock: Clock, ticks: np.ndarray) -> np.ndarray:
    return clock.times_at(np.clip(ticks, 0, len(clock) - 1))


def _in_order(name: str, dtype: np.dtype) -> list[str]:
    """The fields of a table, those that are guessed from others last."""
    fields = list(dtype.names or ())
    return [field for field in fields if field not in LIKE[name]] + list(LIKE[name])


_LAST: dict[int, weakref.ref[Records]] = {}
_TURN = threading.Lock()


def _looked_at(records: Records) -> None:
    """Remember that these are the last; narrow others until what lies open has room, the one looked at longest ago first."""
    with _TURN:
        _LAST.pop(id(records), None)
        for key in [key for key, one in _LAST.items() if one() is None]:
            del _LAST[key]
        others = [other for one in _LAST.values() if (other := one()) is not None]
        _LAST[id(records)] = weakref.ref(records)
    over = records.open_bytes + sum(other.open_bytes for other in others) - ROOM
    for other in others:
        if over <= 0:
            return
        over -= other.open_bytes
        other.narrow()
