"""Python's side of an explorer, whatever the host: it checks what the page says, runs the newest position, and works ahead."""

from __future__ import annotations

import logging
import reprlib
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from btlab.errors import BtlabError, MessageError
from btlab.session.exploration.prepared import Exploration, Halt, Outcome, Position
from btlab.session.exploration.trials import METRICS, Trial, figures_of
from btlab.widgets.explorer.ahead import Ahead
from btlab.widgets.explorer.frames import open_frame, result_frame, trials_frame
from btlab.widgets.explorer.worker import Question, Worker
from btlab.widgets.tape import Frame

if TYPE_CHECKING:
    from btlab.session.result import Session

LOG = logging.getLogger("btlab.widgets")
PATIENCE = 0.2
"""Seconds that a message waits for its answer; a later one is sent by itself, and the kernel is free meanwhile."""
TELL_EVERY = 0.1
WIDTH_AT_MOST = 16_384
BARS_AT_MOST = 65_536
TEXT_AT_MOST = 2_000


@dataclass(frozen=True, slots=True)
class Asked:
    """What a page wants calculated: by which of its views and under which number the answer goes back, how many columns of pixels
    its equity has, and from which bar to which its lines go."""

    position: Position
    view: str
    id: int
    width: int
    bars: tuple[int, int]
    held: bool


class ExplorerController:
    """An exploration as pages see it.

    Args:
        exploration: what is explored; first: its run at the position it begins at.
        emit: takes frames for the pages that nobody asked for, from any thread.

    Attributes:
        current: the run that is shown; ghost: the one it is compared with; pinned: whether the ghost stays when a slider moves.
        kept: the run that was kept last, or None.
        metric: what map, curves over the sliders and order of the trials are of.
    """

    def __init__(self, exploration: Exploration, first: Outcome, emit: Callable[[Frame], None]) -> None:
        self.exploration, self.current, self._emit = exploration, first, emit
        self.ghost: Outcome | None = None
        self.pinned = self.held = False
        self.kept: Session | None = None
        self.metric = "net"
        self.ahead = Ahead(exploration)
        self.trials = self.ahead.trials
        self.trials.add(Trial(first.position, figures_of(first)))
        self.lock = threading.RLock()
        self.worker = Worker(self._calculate, self._late, self._work_ahead)
        self._told = 0.0
        self._answers: dict[str, Callable[[Mapping[str, Any]], list[Frame]]] = {
            "ready": self._ready,
            "run": self._run,
            "curve": self._curve,
            "pin": self._pin,
            "keep": self._keep,
            "metric": self._metric,
            "axes": self._axes,
            "fill": self._fill,
            "halt": self._halt,
            "poke": lambda _message: [],
        }

    def receive(self, message: Any) -> list[Frame]:
        """The answers to a message. What is no message of ours is logged and has no answer: a page cannot stop the kernel."""
        try:
            if not isinstance(message, Mapping):
                raise MessageError(f"a {type(message).__name__} is no message")
            kind = message.get("kind")
            if not isinstance(kind, str) or kind not in self._answers:
                raise MessageError(f"{_short(kind)} is no kind of message")
            return self._answers[kind](message)
        except MessageError as error:
            LOG.warning("a page sent what is no message of ours: %s", error)
            return []

    def move(self, position: Position) -> None:
        """To a position, from Python; the pages follow.

        Raises:
            What the run raises.
        """
        with self.lock:
            self._begin()
        outcome = self.exploration.calculate(position)
        assert outcome is not None  # nobody can halt it
        with self.lock:
            frames = self._arrived(outcome, Asked(position, "", 0, 0, (0, 0), False))
        for frame in frames:
            self._emit(frame)

    def close(self) -> None:
        """Ends its thread."""
        self.worker.close()

    # ------------------------------------------------------------ what a page asks

    def _ready(self, message: Mapping[str, Any]) -> list[Frame]:
        with self.lock:
            frames = [open_frame(self.exploration, self.current, self.ahead, self.metric), *self._shown(message)]
            self.worker.work_ahead()
            return [*frames, self._trials()]

    def _run(self, message: Mapping[str, Any]) -> list[Frame]:
        asked = self._asked(message, self._position(message), _whole(message, "id"), _flag(message, "held"))
        with self.lock:
            if _flag(message, "begin"):
                self._begin()
            self.held = asked.held
        question = Question(asked)
        self.worker.ask(question)
        if not self.worker.wait(question, PATIENCE):
            return [({"kind": "busy", "view": asked.view, "id": asked.id, "columns": []}, b"")]
        return question.answer or []

    def _curve(self, message: Mapping[str, Any]) -> list[Frame]:
        with self.lock:
            return [*self._shown(message), self._trials()]

    def _pin(self, message: Mapping[str, Any]) -> list[Frame]:
        with self.lock:
            self.pinned = _flag(message, "pinned")
            if self.pinned:
                self.ghost = self.current
            return self._shown(message)

    def _keep(self, _message: Mapping[str, Any]) -> list[Frame]:
        with self.lock:
            self.kept = self.current.session
            return [({"kind": "kept", "position": list(self.current.position), "columns": []}, b"")]

    def _metric(self, message: Mapping[str, Any]) -> list[Frame]:
        metric = message.get("metric")
        if not isinstance(metric, str) or not METRICS.get(metric):
            raise MessageError(f"{_short(metric)} is nothing to compare trials by")
        with self.lock:
            self.metric = metric
            return [self._trials()]

    def _axes(self, message: Mapping[str, Any]) -> list[Frame]:
        axes = _whole(message, "x"), _whole(message, "y")
        if axes[0] == axes[1] or any(axis not in self.ahead.mappable for axis in axes):
            raise MessageError(f"the map has two of the axes {self.ahead.mappable}, not {axes}")
        with self.lock:
            self.ahead.axes = axes
            self.worker.work_ahead()
            return [self._trials()]

    def _fill(self, message: Mapping[str, Any]) -> list[Frame]:
        with self.lock:
            self.ahead.on = _flag(message, "on")
            self.ahead.asked = self.ahead.on
            self.worker.work_ahead()
            return [self._trials()]

    def _halt(self, _message: Mapping[str, Any]) -> list[Frame]:
        self.worker.halt()
        return []

    # ------------------------------------------------------------ in the worker's thread

    def _calculate(self, question: Question) -> list[Frame]:
        asked: Asked = question.subject
        known = {"view": asked.view, "id": asked.id, "columns": list[Any]()}
        with self.lock:
            outcome = self.current if self.current.position == asked.position else None
        try:
            outcome = outcome or self.exploration.calculate(asked.position, question.halt)
        except Exception as error:
            if not asked.held:
                self._refused(asked.position, error)
            return [({"kind": "refused", "position": list(asked.position), "text": told(error), **known}, b"")]
        if outcome is None:
            return [({"kind": "halted", **known}, b"")]
        with self.lock:
            return self._arrived(outcome, asked)

    def _late(self, question: Question) -> None:
        for frame in question.answer or ():
            self._emit(frame)

    def _work_ahead(self, halt: Halt) -> bool:
        with self.lock:
            position = None if self.held else self.ahead.next(self.current.position)
        if position is None:
            self._tell_trials()
            return False
        began = time.thread_time()  # what a loaded machine adds to it does not count
        try:
            outcome = self.exploration.calculate(position, halt)
            if outcome is None:
                return True
            trial = Trial(position, figures_of(outcome))
        except Exception as error:
            trial = Trial(position, {}, told(error))
        with self.lock:
            self.ahead.made(trial, time.thread_time() - began)
        if time.monotonic() - self._told > TELL_EVERY:
            self._tell_trials()
        return True

    def _refused(self, position: Position, error: Exception) -> None:
        with self.lock:
            self.trials.add(Trial(position, {}, told(error)))
            self.worker.work_ahead()

    def _arrived(self, outcome: Outcome, asked: Asked) -> list[Frame]:
        self.current = outcome
        if asked.held:
            return [self._result(outcome, asked)]
        self.trials.add(Trial(outcome.position, figures_of(outcome)))
        self.worker.work_ahead()
        return [self._result(outcome, asked), self._trials()]

    def _tell_trials(self) -> None:
        self._told = time.monotonic()
        with self.lock:
            frame = self._trials()
        self._emit(frame)

    # ------------------------------------------------------------ frames

    def _begin(self) -> None:
        """A slider begins to move: what is shown becomes the ghost."""
        if not self.pinned:
            self.ghost = self.current

    def _asked(self, message: Mapping[str, Any], position: Position, identity: int = 0, held: bool = False) -> Asked:
        return Asked(position, _view(message), identity, _width(message), _bars(message), held)

    def _shown(self, message: Mapping[str, Any]) -> list[Frame]:
        asked = self._asked(message, self.current.position)
        ghost = [self._result(self.ghost, asked, "ghost")] if self.ghost is not None else []
        return [*ghost, self._result(self.current, asked)]

    def _result(self, outcome: Outcome, asked: Asked, role: str = "current") -> Frame:
        header = {"view": asked.view, "id": asked.id, "held": asked.held, "role": role, "pinned": self.pinned}
        header["ghost"] = list(self.ghost.position) if self.ghost is not None else None
        return result_frame(header, outcome, asked.width, asked.bars, self.exploration.code_at(outcome.position))

    def _trials(self) -> Frame:
        return trials_frame(self.ahead, self.current, self.metric)

    def _position(self, message: Mapping[str, Any]) -> Position:
        places, ranges = message.get("position"), self.exploration.ranges
        if not isinstance(places, list) or len(places) != len(ranges):
            raise MessageError(f"a position is a list of {len(ranges)} places, not {_short(places)}")
        for place, each in zip(places, ranges, strict=True):
            if type(place) is not int or not 0 <= place < len(each.values):
                raise MessageError(f"{each.name} has places 0 to {len(each.values) - 1}, not {_short(place)}")
        return tuple(places)


def told(error: Exception) -> str:
    """What went wrong, for people."""
    text = error.message if isinstance(error, BtlabError) else f"{type(error).__name__}: {error}"
    return "\n".join([text, *getattr(error, "__notes__", [])])[:TEXT_AT_MOST]


def _view(message: Mapping[str, Any]) -> str:
    view = message.get("view")
    if not isinstance(view, str) or not 0 < len(view) <= 64:
        raise MessageError(f"{_short(view)} names no view")
    return view


def _width(message: Mapping[str, Any]) -> int:
    width = _whole(message, "width")
    if not 0 < width <= WIDTH_AT_MOST:
        raise MessageError(f"width is 1 to {WIDTH_AT_MOST}, not {width}")
    return width


def _bars(message: Mapping[str, Any]) -> tuple[int, int]:
    begin, stop = _whole(message, "from"), _whole(message, "to")
    if not 0 <= begin <= stop <= begin + BARS_AT_MOST:
        raise MessageError(f"lines go over up to {BARS_AT_MOST} bars, not from {begin} to {stop}")
    return begin, stop


def _whole(message: Mapping[str, Any], name: str) -> int:
    value = message.get(name)
    if type(value) is not int or abs(value) > 2**53:
        raise MessageError(f"{name} is a whole number, not {_short(value)}")
    return value


def _flag(message: Mapping[str, Any], name: str) -> bool:
    value = message.get(name)
    if type(value) is not bool:
        raise MessageError(f"{name} is true or false, not {_short(value)}")
    return value


def _short(value: Any) -> str:
    """A value from a page, in a few letters however large or deep it is."""
    return reprlib.repr(value)[:64]
