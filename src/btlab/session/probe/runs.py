"""One run in one world, and what was decided in it: orders as they were placed, what became of them, fills, marks, state."""

from __future__ import annotations

import copy
import warnings
from collections import deque
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from btlab.market.codes import CLOSE, DAY, TARGET
from btlab.market.names import text_of
from btlab.session.portfolio.result import PortfolioSession
from btlab.session.probe.changing import Surroundings
from btlab.session.probe.merged import Data, given
from btlab.session.probe.worlds import World
from btlab.session.run import run
from btlab.strategy.base import Strategy
from btlab.strategy.compile import outside

TABLES = ("order", "change", "fill", "mark")
PLACED = (
    "kind", "side", "sizing", "amount", "created", "created_tick", "tif", "expires", "oco", "post_only", "tag",
    "trailing", "trailing_percent", "symbol",
)  # fmt: skip
"""What of an order is settled when it is placed: its levels stand in the changes, its first tick follows from the future."""
CHANGED = (
    "order", "time", "tick", "what", "state", "ending", "level", "limit", "stop_loss", "take_profit", "size", "symbol",
    "trailing", "trailing_percent",
)  # fmt: skip
_CELLS = 10_000
RELATIVE, ABSOLUTE = 1e-9, 1e-10
"""Differences of floats up to which two decisions are the same."""


@dataclass(frozen=True, eq=False)
class Trace:
    """What one run decided.

    Attributes:
        rows: table -> one row of floats a decision; times, ticks: when, for each, and places: in which symbol.
        state: what the strategy's attributes are at the end, and what of them methods other than init wrote.
        session: the session.
    """

    rows: dict[str, np.ndarray]
    times: dict[str, np.ndarray]
    ticks: dict[str, np.ndarray]
    places: dict[str, np.ndarray]
    state: dict[str, tuple[Any, Any]]
    session: Any


@dataclass(frozen=True)
class Failure:
    """A run that raised: in init, or later in a method at a line."""

    error: Exception
    in_init: bool
    where: str


@dataclass(frozen=True)
class Difference:
    """Where two runs first part.

    Attributes:
        table: "order", "change", "fill", "mark", "state" or "error". row: its row (or the name of the state).
        time: µs UTC; tick: the last one taken then. was, became: in words, where that says something.
    """

    table: str
    row: int | str
    time: int
    tick: int
    was: str = ""
    became: str = ""


class Runner:
    """Runs a strategy in worlds.

    Args:
        strategy: stays as it is. arguments: of `bt.run`. surroundings: what it holds of the data.
    """

    def __init__(self, strategy: Strategy, arguments: dict[str, Any], surroundings: Surroundings) -> None:
        self.strategy, self.arguments, self.surroundings = strategy, arguments, surroundings
        self.runs = 0

    def settle_mode(self, series: Data, world: World) -> None:
        """Run once as asked, for the mode of all runs: one warning, and not one a run, where it can't be compiled.

        Compiled code has globals as constants: where the data are among them, each world would be compiled anew, so such a
        strategy is interpreted.
        """
        with self.surroundings.as_in(None, ()):
            strategy = copy.copy(self.strategy)
            strategy.__class__ = _without_end(type(strategy), [], None)
            mode = run(strategy, given(series), **self.arguments).mode
        if mode == "compiled":
            before = self._outside()
            with self.surroundings.as_in(world, self.surroundings.names):
                mode = "compiled" if self._outside() == before else "interpreted"
        self.arguments = self.arguments | {"mode": mode}

    def _outside(self) -> list[Any]:
        return [outside(getattr(type(self.strategy), name)) for name in self.strategy.handlers()]

    def run(self, series: Data, world: World | None = None, only: Collection[str] = (), *, spy: Any = None) -> Trace | Failure:
        """Run over a series while what is named in `only` is that of a world. `on_end` is left out: it follows the end alone.

        Args:
            spy: makes of the strategy's class another one that is run instead, interpreted.
        """
        self.runs += 1
        prepared: list[dict[str, Any]] = []
        arguments = self.arguments | ({"mode": "interpreted"} if spy else {})
        with self.surroundings.as_in(world, only, plain=arguments.get("mode") == "interpreted"):
            strategy = copy.copy(self.strategy)
            strategy.__class__ = _without_end(type(strategy), prepared, spy)
            try:
                with warnings.catch_warnings():
                    warnings.simplefilter("ignore")
                    session = run(strategy, given(series), **arguments)
            except Exception as error:
                return Failure(error, not prepared, _place_of(error))
            return _trace_of(session, prepared[0])


def said_of_mark(row: np.void) -> str:
    """A row of the table of marks, in words."""
    return f"{'log' if row['logged'] else 'mark'} {text_of(row['name'])!r}"


def _without_end(kind: type[Strategy], prepared: list[dict[str, Any]], spy: Any) -> type[Strategy]:
    """The class without on_end, which notes the state that init left."""

    def init(self: Strategy) -> None:
        kind.init(self)
        prepared.append({name: _shown(value) for name, value in vars(self).items()})

    inner = spy(kind) if spy else kind
    names = {"init": init, "on_end": Strategy.on_end, "__module__": kind.__module__, "__qualname__": kind.__qualname__}
    return type(kind.__name__, (inner,), names)


def _trace_of(session: Any, prepared: dict[str, Any]) -> Trace:
    rows, times, ticks, places = {}, {}, {}, {}
    owner = session.records["order"]["symbol"]
    for table in TABLES:
        records = session.records[table]
        names = records.dtype.names
        if table == "order":
            records = records.copy()
            records["expires"][records["tif"] == DAY] = 0  # of a day's end, which a shorter table of days may not know
            records["side"][(records["kind"] == CLOSE) | (records["sizing"] == TARGET)] = 0  # known when it fills
        names = [name for name in {"order": PLACED, "change": CHANGED}.get(table, names) if name in names]
        columns = [part for name in names for part in _parts(records[name])]
        rows[table] = np.stack(columns, axis=1) if len(records) else np.empty((0, len(columns)))
        times[table] = records["created" if table == "order" else "time"].astype(np.int64)
        ticks[table] = records["created_tick" if table == "order" else "tick"].astype(np.int64)
        if table == "fill" and isinstance(session, PortfolioSession) and len(session.symbols) > 1:
            acted = records["acting"] >= 0  # one symbol's tick may close what is held of another
            ticks[table] = np.where(acted, records["acting_tick"], ticks[table])
            places[table] = np.where(acted, records["acting"], owner[records["order"] - 1])
        else:
            places[table] = records["symbol"] if "symbol" in names else owner[records["order"] - 1]
    return Trace(rows, times, ticks, places, _written(vars(session.strategy), prepared), session)


def _parts(column: np.ndarray) -> tuple[np.ndarray, ...]:
    """A column as floats: whole numbers in parts of 22 bits, so that no tolerance hides one."""
    if column.dtype.kind == "f":
        return (column,)
    return tuple(((column >> shift) & 0x3FFFFF).astype(np.float64) for shift in (44, 22, 0))


def _written(state: dict[str, Any], prepared: dict[str, Any]) -> dict[str, tuple[Any, Any]]:
    """Name -> (what of it methods other than init changed, what it is at the end).

    Of an array that init made: which cells, and the array. An array made later is not followed: it may be all of a table.
    """
    found: dict[str, tuple[Any, Any]] = {}
    for name, value in state.items():
        now, before = _shown(value), prepared.get(name)
        if isinstance(value, np.ndarray):
            if now is not None and before is not None and before[1:3] == now[1:3]:
                then = np.frombuffer(before[3], value.dtype).reshape(value.shape)
                found[name] = ~((value == then) | ((value != value) & (then != then))), np.array(value)
        elif now is not None:
            found[name] = now != before, now
    return found


def _shown(value: Any) -> Any:
    """A value as something to compare; None of what cannot be compared, or is too large for a state."""
    value = value.item() if isinstance(value, np.generic) else value
    if value is None or isinstance(value, bool | int | float | str):
        return type(value).__name__, repr(value)
    if isinstance(value, np.ndarray):
        return ("array", value.dtype.str, value.shape, value.tobytes()) if value.dtype != object else None
    if isinstance(value, list | tuple | deque) and len(value) <= _CELLS:
        cells = [_shown(item) for item in value]
        return None if any(cell is None for cell in cells) else (type(value).__name__, tuple(cells))
    if isinstance(value, dict) and len(value) <= _CELLS:
        items = [(repr(key), _shown(item)) for key, item in value.items()]
        return None if any(item is None for _, item in items) else ("dict", tuple(items))
    return None


def difference(base: Trace, found: Trace, known: Sequence[int], limit: int) -> Difference | None:
    """The earliest row, decided when these were the last ticks taken, that two runs do not share; None where there is none.

    Args:
        known: of each symbol. limit: until when, in µs, after they were taken.
    """
    parted = []
    for table in TABLES:
        one, other = _known(base, table, known, limit), _known(found, table, known, limit)
        both = min(len(one), len(other))
        unequal = _unequal(base.rows[table][one[:both]], found.rows[table][other[:both]])
        row = int(unequal[0]) if len(unequal) else both
        if row < max(len(one), len(other)):
            moments = [
                (int(trace.times[table][rows[row]]), int(trace.ticks[table][rows[row]]))
                for trace, rows in ((base, one), (found, other))
                if row < len(rows)
            ]
            time, tick = min(moments)
            parted.append(Difference(table, row, time, tick))
    return min(parted, key=lambda d: (d.time, TABLES.index(d.table)), default=None)


def _unequal(one: np.ndarray, other: np.ndarray) -> np.ndarray:
    """Rows that differ by more than the order of a sum does: a shorter array is summed in another order."""
    rows = np.flatnonzero((one.view(np.int64) != other.view(np.int64)).any(axis=1))
    return rows[~np.isclose(one[rows], other[rows], rtol=RELATIVE, atol=ABSOLUTE, equal_nan=True).all(axis=1)]


def _known(trace: Trace, table: str, known: Sequence[int], limit: int) -> np.ndarray:
    """The rows decided by then; of several symbols none after the first that was not, since one's tick moves another's orders."""
    times, ticks, last = trace.times[table], trace.ticks[table], np.asarray(known)[trace.places[table]]
    there = (ticks < last) | ((ticks == last) & (times <= limit))
    if len(known) > 1:
        there &= times <= limit
        return np.flatnonzero(np.logical_and.accumulate(there))
    return np.flatnonzero(there)


def state_difference(one: Trace, other: Trace, time: int, tick: int) -> Difference | None:
    """The first state, written by methods, that two runs over the same data do not share."""
    for name in sorted(one.state.keys() & other.state.keys()):
        (changed, was), (changed_too, became) = one.state[name], other.state[name]
        if isinstance(changed, np.ndarray):
            if isinstance(changed_too, np.ndarray) and was.shape == became.shape:
                cells = np.flatnonzero((changed | changed_too).ravel())
                if not np.isclose(was.ravel()[cells], became.ravel()[cells], rtol=RELATIVE, atol=ABSOLUTE, equal_nan=True).all():
                    return Difference("state", name, time, tick)
        elif (changed or changed_too is True) and not _same(was, became):
            return Difference("state", name, time, tick, _brief(was), _brief(became))
    return None


def _same(was: Any, became: Any) -> bool:
    """Whether two shown values are equal, floats but for rounding."""
    if isinstance(was, tuple) and isinstance(became, tuple) and len(was) == len(became):
        if was[:1] == became[:1] == ("float",):
            return bool(np.isclose(float(was[1]), float(became[1]), rtol=RELATIVE, atol=ABSOLUTE, equal_nan=True))
        return all(_same(one, other) for one, other in zip(was, became))
    return bool(was == became)


def _brief(shown: Any) -> str:
    return shown[1] if isinstance(shown[1], str) else ""


def _place_of(error: Exception) -> str:
    """The last line of the strategy's own file on the way to an error."""
    trace, found = error.__traceback__, ""
    while trace is not None:
        code = trace.tb_frame.f_code
        if not trace.tb_frame.f_globals.get("__name__", "").startswith(("btlab.", "numpy", "numba", "polars", "pandas")):
            found = f"{code.co_name}, line {trace.tb_lineno}"
        trace = trace.tb_next
    return found
