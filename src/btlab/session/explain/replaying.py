"""The run once more, up to the calls that are asked for: as fast as it went before them, interpreted and recorded in them.

Runs are bit-deterministic, so that the same call makes the same row in the table of changes; that is checked, and said where it
is not so. A compiled run is followed by compiled code up to the tick before the call, so the Python of one tick is all it costs.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable, Iterable, Sequence
from typing import Any

import numpy as np

from btlab.engine.loop import advance_at
from btlab.engine.meeting import BAR, DONE, FILL, GROW, HALT, PAUSE, TICK
from btlab.market.codes import FOREVER
from btlab.market.timeframe import ROWS
from btlab.session.checkpoint import parts_of
from btlab.session.drive import drive, subscribe
from btlab.session.explain.recording import Recorder, RecordingContext, Witnessed, holder_of, recording_class
from btlab.session.explain.schema import Decision
from btlab.session.portfolio.part import Part
from btlab.session.portfolio.result import PortfolioSession
from btlab.session.result import Session
from btlab.strategy.base import graph_of
from btlab.strategy.cells import with_cells, without_cells
from btlab.strategy.plain_doors import hold_at
from btlab.strategy.plain_several import contexts

NOT_FOLLOWED = (
    "the run could not be followed: a second run did something else, so the strategy depends on more than its data, its "
    "parameters and its state"
)
METHODS = {BAR: "on_bar", TICK: "on_tick", FILL: "on_fill"}


class Follower:
    """A session's run, followed a second time, forwards only. That of one symbol of several follows the run of all.

    Attributes:
        calls: what was recorded. start: the run where it stands. begun: how many fills and changes there were when that began.
    """

    def __init__(self, session: Session | PortfolioSession) -> None:
        self._whole = session.whole if isinstance(session, Part) else session
        self._rows = session.rows["change"] if isinstance(session, Part) else None
        self._setups, self._mode = parts_of(self._whole.setup), session.mode
        self.start = self._whole.setup.start()
        self._states = self.start.state.siblings
        self.calls: list[Witnessed] = []
        self.begun: dict[str, int] = {}

    def changes_until(self, rows: Iterable[int]) -> None:
        """Follow the run to the calls that made these rows of the table of changes."""
        changes = self._whole.records["change"]
        for row in sorted(self._row(row) for row in rows):
            if holder_of(self.start.state)["changes"] <= row:
                self._go_to(self._before(changes[row]))
                self._record(lambda row=row: holder_of(self.start.state)["changes"] > row)  # type: ignore[misc]

    def through(self, before: Sequence[int], after: Sequence[int], time: int) -> None:
        """Record all calls between two places, and those of bars that end by a time.

        Args:
            before, after: of each symbol, how many of its ticks have been taken.
        """
        self._go_to(before)
        self.begun = {"fill": len(self.rows("fill")), "change": len(self.rows("change"))}
        self._halt(after, time)
        self._record(lambda: False)

    def _before(self, change: np.void) -> list[int]:
        """How many ticks of each symbol were taken for certain when a change happened."""
        if len(self._setups) == 1:
            return [int(change["tick"])]
        return [int(np.searchsorted(setup.data.time, change["time"], side="left")) for setup in self._setups]

    def _halt(self, ticks: Sequence[int], time: int) -> None:
        for state, tick in zip(self._states, ticks):
            state.set(until=tick, until_time=time)

    def _go_to(self, ticks: Sequence[int]) -> None:
        """As fast as it went: all ticks before these, and the closes told by then."""
        start = self.start
        if any(tick > max(0, int(state.run["tick"])) for state, tick in zip(self._states, ticks)):
            self._halt(ticks, -int(FOREVER))
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")
                timelines, data = [setup.timeline for setup in self._setups], [setup.data for setup in self._setups]
                drive(start.strategy, start.state, timelines, data, self._mode, False, begun=start.begun)
            start.begun = True
        for state in self._states:
            state.set(until=FOREVER)

    def _record(self, done: Callable[[], bool]) -> None:
        start, state, advance = self.start, self.start.state, advance_at
        if len(self._states) > 1:
            from btlab.engine.several import conduct_at as advance
        for each in self._states:
            subscribe(start.strategy, each)
        recorder = Recorder(state, [handle.key for handle in graph_of(start.strategy).handles])
        seen = [
            RecordingContext(one, recorder) for one in contexts(start.strategy, state, [one.timeline for one in self._setups])
        ]
        with_cells(start.strategy)
        kind = type(start.strategy)
        start.strategy.__class__ = recording_class(kind, recorder)
        try:
            if not start.begun:
                start.begun = True
                self._call(recorder, "on_start", None, 0, seen[0])
            while not done() and (event := advance(state.address)) != HALT:
                if event == GROW:
                    state.grow()
                elif event == DONE:
                    self._call(recorder, "on_end", None, 0, seen[0])
                    break
                elif event != PAUSE:
                    place = int(state.run["active"]) if len(self._states) > 1 else 0
                    self._call(recorder, METHODS[event], event, place, seen[place])
        finally:
            start.strategy.__class__ = kind
            without_cells(start.strategy)

    def _call(self, recorder: Recorder, method: str, event: int | None, place: int, context: Any) -> None:
        run, state = self._states[place].run, self.start.state
        timeframe = ROWS[int(run["timeframe"])] if event == BAR else None
        now, symbol = int(holder_of(state)["now"]), self._setups[place].data.symbol
        recorder.now = call = Witnessed(method, timeframe, int(run["taken"]), now, recorder.changes(), symbol)
        try:
            getattr(type(self.start.strategy), method)(self.start.strategy, context)
        finally:
            call.end_change, recorder.now = recorder.changes(), None
            self.calls.append(call)

    def _row(self, row: int) -> int:
        return row if self._rows is None else int(self._rows[row])

    def changes(self) -> np.ndarray:
        """The table of changes as it is so far."""
        return self.rows("change")

    def rows(self, table: str) -> np.ndarray:
        """A table as it is so far."""
        if len(self._states) > 1:
            hold_at(self.start.state.address)
        return self.start.state.rows(table)

    def decision(self, row: int) -> Decision:
        """Which call, and which line of it, made a row of the table of changes."""
        mine, theirs, row = self.changes(), self._whole.records["change"], self._row(row)
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
