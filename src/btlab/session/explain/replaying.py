"""The run once more, up to the calls that are asked for: as fast as it went before them, interpreted and recorded in them.

Runs are bit-deterministic, so that the same call makes the same row in the table of changes; that is checked, and said where it
is not so. A compiled run is followed by compiled code up to the tick before the call, so the Python of one tick is all it costs.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, Any

import numpy as np

from btlab.engine.loop import advance_at
from btlab.engine.meeting import BAR, DONE, FILL, GROW, HALT, PAUSE, TICK
from btlab.market.records import FOREVER
from btlab.market.timeframe import ROWS
from btlab.session.drive import drive, subscribe
from btlab.session.explain.recording import Recorder, RecordingContext, Witnessed, recording_class
from btlab.session.explain.schema import Decision
from btlab.strategy.cells import with_cells, without_cells
from btlab.strategy.plain import PlainContext

if TYPE_CHECKING:
    from btlab.session.result import Session

NOT_FOLLOWED = (
    "the run could not be followed: a second run did something else, so the strategy depends on more than its data, its "
    "parameters and its state"
)
METHODS = {BAR: "on_bar", TICK: "on_tick", FILL: "on_fill"}


class Follower:
    """A session's run, followed a second time, forwards only."""

    def __init__(self, session: Session) -> None:
        self._session, self._setup = session, session.setup
        self._start = self._setup.start()
        self.calls: list[Witnessed] = []

    def changes_until(self, rows: Iterable[int]) -> None:
        """Follow the run to the calls that made these rows of the table of changes."""
        changes, state = self._session.records["change"], self._start.state
        for row in sorted(rows):
            if state.run["changes"] <= row:
                self._go_to(int(changes[row]["tick"]))
                self._record(lambda row=row: state.run["changes"] > row)  # type: ignore[misc]

    def tick(self, tick: int, time: int) -> None:
        """Follow the run to a tick, and record all calls from the one before it to it, and those of bars that end by a time."""
        self._go_to(tick)
        self._start.state.set(until=tick + 1, until_time=time)
        self._record(lambda: False)

    def _go_to(self, tick: int) -> None:
        """As fast as it went: all ticks before this one, and the closes told by then."""
        state, start = self._start.state, self._start
        if tick > max(0, int(state.run["tick"])):
            state.set(until=tick, until_time=-FOREVER)
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")
                mode = self._session.mode
                drive(start.strategy, state, [self._setup.timeline], [self._setup.data], mode, False, begun=start.begun)
            start.begun = True
        state.set(until=FOREVER)

    def _record(self, done: Callable[[], bool]) -> None:
        start, state = self._start, self._start.state
        subscribe(start.strategy, state)
        recorder = Recorder(state)
        context = RecordingContext(PlainContext(state, self._setup.timeline), recorder)
        with_cells(start.strategy)
        kind = type(start.strategy)
        start.strategy.__class__ = recording_class(kind, recorder)
        try:
            if not start.begun:
                start.begun = True
                self._call(recorder, "on_start", None, context)
            while not done() and (event := advance_at(state.address)) != HALT:
                if event == GROW:
                    state.grow()
                elif event == DONE:
                    self._call(recorder, "on_end", None, context)
                    break
                elif event != PAUSE:
                    self._call(recorder, METHODS[event], event, context)
        finally:
            start.strategy.__class__ = kind
            without_cells(start.strategy)

    def _call(self, recorder: Recorder, method: str, event: int | None, context: Any) -> None:
        run = self._start.state.run
        timeframe = ROWS[int(run["timeframe"])] if event == BAR else None
        recorder.now = call = Witnessed(method, timeframe, int(run["taken"]), int(run["now"]), recorder.changes())
        try:
            getattr(type(self._start.strategy), method)(self._start.strategy, context)
        finally:
            call.end_change, recorder.now = recorder.changes(), None
            self.calls.append(call)

    def changes(self) -> np.ndarray:
        """The table of changes as it is so far."""
        return self._start.state.rows("change")

    def decision(self, row: int) -> Decision:
        """Which call, and which line of it, made a row of the table of changes."""
        mine, theirs = self._start.state.rows("change"), self._session.records["change"]
        if len(mine) <= row or not same(mine[row], theirs[row]):
            return missing(NOT_FOLLOWED)
        for call in self.calls:
            for deed in call.deeds:
                if deed.first_change <= row < deed.end_change:
                    return Decision(True, "", deed.place, deed.file, deed.act.source, call.call(deed))
        return missing("no call of the strategy made it")


def missing(note: str) -> Decision:
    return Decision(False, note, "", "", "", None)


def same(one: np.void, other: np.void) -> bool:
    """Whether two rows are equal in every bit of every field."""
    return all(one[name].tobytes() == other[name].tobytes() for name in one.dtype.names or ())
