"""Python's side of a widget, whatever the host: it checks what the page says, answers with frames, and knows where the head is.

Hosts are thin skins: they hand `receive` what came and send on what it returns. They may do so from several threads.
"""

from __future__ import annotations

import logging
import reprlib
import threading
from collections.abc import Callable, Mapping, Sequence
from datetime import date
from typing import Any

import numpy as np

from btlab.errors import MessageError, TimeframeError, WidgetError
from btlab.market.timeframe import TIMEFRAMES, index_of
from btlab.market.times import to_microseconds
from btlab.widgets.tape import Frame, Tape

LOG = logging.getLogger("btlab.widgets")
PAGES_AT_ONCE = 32
TEXT_AT_MOST = 64


class Controller:
    """Holds a tape, and what the page last said of its head.

    Args:
        tape: what is played.
        told: called with (tick, playing) whenever the page moved its head.

    Attributes:
        position: the last tick taken; playing: whether the head moves by itself.
        selected: the id of the selected trade, or None; hidden: whether the future is hidden; panel: the enlarged one, or None.
    """

    def __init__(self, tape: Tape, told: Callable[[int, bool], None] = lambda _tick, _playing: None) -> None:
        self.tape, self.told = tape, told
        self.position, self.playing = tape.at, False
        self.selected: int | None = None
        self.hidden, self.panel = tape.mode == "replay", None
        self.lock = threading.RLock()
        self._answers = {"ready": self._ready, "pages": self._pages, "head": self._head, "state": self._state, "poke": self._poke}

    def receive(self, message: Any, buffers: Sequence[Any] = ()) -> list[Frame]:
        """The answers to a message. What is no message of ours is logged and has no answer: a page cannot stop the kernel."""
        with self.lock:
            try:
                return self._answer(message, buffers)
            except MessageError as error:
                LOG.warning("a page sent what is no message of ours: %s", error)
                return []

    def _answer(self, message: Any, buffers: Sequence[Any]) -> list[Frame]:
        if not isinstance(message, Mapping):
            raise MessageError(f"a {type(message).__name__} is no message")
        kind = message.get("kind")
        if not isinstance(kind, str) or kind not in self._answers:
            raise MessageError(f"{_short(kind)} is no kind of message")
        if not isinstance(buffers, list | tuple) or not all(_is_empty(buffer) for buffer in buffers):
            raise MessageError(f"a message of kind {kind!r} brings no bytes")
        return self._answers[kind](message)

    def _ready(self, _message: Mapping[str, Any]) -> list[Frame]:
        header, buffer = self.tape.open()
        opening = [({**header, "at": self.position}, buffer)]
        return opening + ([command("play")] if self.playing else [])

    def _pages(self, message: Mapping[str, Any]) -> list[Frame]:
        pages = message.get("pages")
        if (
            not isinstance(pages, list)
            or len(pages) > PAGES_AT_ONCE
            or any(page in pages[:place] for place, page in enumerate(pages))
        ):
            raise MessageError(
                f"pages are asked for by a list of up to {PAGES_AT_ONCE} numbers, each once, not by {_short(pages)}"
            )
        return [self.tape.page(page) for page in pages]

    def _head(self, message: Mapping[str, Any]) -> list[Frame]:
        tick, playing = message.get("tick"), message.get("playing")
        if type(tick) is not int or not 0 <= tick < self.tape.count:
            raise MessageError(f"there is no tick {_short(tick)} among {self.tape.count}", tick=tick)
        if type(playing) is not bool:
            raise MessageError(f"playing is true or false, not {_short(playing)}")
        self.position, self.playing = tick, playing
        self.told(tick, playing)
        return []

    def _state(self, message: Mapping[str, Any]) -> list[Frame]:
        selected, hidden, panel = (message.get(name) for name in ("selected", "hidden", "panel"))
        trades = len(self.tape.session.records["trade"])
        if selected is not None and (type(selected) is not int or not 1 <= selected <= trades):
            raise MessageError(f"there is no trade {_short(selected)} among {trades}")
        if type(hidden) is not bool:
            raise MessageError(f"hidden is true or false, not {_short(hidden)}")
        if panel is not None and panel not in TIMEFRAMES:
            raise MessageError(f"there is no panel {_short(panel)}")
        self.selected, self.hidden, self.panel = selected, hidden, panel
        return []

    def _poke(self, _message: Mapping[str, Any]) -> list[Frame]:
        return []

    # ------------------------------------------------------------ what Python asks of the page

    def tick_of(self, moment: Any) -> int:
        """The tick that a tick's index, a datetime or an ISO text means: for a time, the last tick at or before it.

        Raises:
            WidgetError: there is no such tick.
        """
        count = self.tape.count
        if isinstance(moment, str | date):
            return max(int(np.searchsorted(self.tape.data.time, to_microseconds(moment), side="right")) - 1, 0)
        if isinstance(moment, bool) or not isinstance(moment, int | np.integer):
            raise WidgetError(f"{moment!r} is no moment; give a tick's index, a datetime or a text such as 2014-05-07 13:30")
        if not 0 <= moment < count:
            raise WidgetError(f"there is no tick {moment}; this session has ticks 0 to {count - 1}", tick=int(moment))
        return int(moment)

    def stepped(self, count: int, unit: str | None) -> int:
        """The tick `count` steps on, or back where it is negative: ticks, or ends of bars of a timeframe.

        Raises:
            WidgetError: no such count. TimeframeError: no such unit.
        """
        if type(count) is not int:
            raise WidgetError(f"{count!r} is no number of steps; give an int, a negative one to step back")
        timeline, last = self.tape.session.timeline, self.tape.count - 1
        row = -1 if unit == "tick" else self._panel_of(unit)
        if row < timeline.base:
            return min(max(self.position + count, 0), last)
        places = np.unique(np.minimum(timeline.closer[timeline.rows(row)], self.tape.count) - 1)
        after = int(np.searchsorted(places, self.position, side="right"))
        before = int(np.searchsorted(places, self.position, side="left"))
        index = after + count - 1 if count > 0 else before + count
        if count == 0:
            return self.position
        return int(places[index]) if 0 <= index < len(places) else last if count > 0 else 0

    def _panel_of(self, unit: str | None) -> int:
        """Row of a panel's timeframe; None is the first that the strategy subscribed to, or the data's own."""
        if unit is None:
            return next(iter(self.tape.info["rows"]), self.tape.session.timeline.base)
        if index_of(unit) >= len(TIMEFRAMES):
            raise TimeframeError(f"{unit} has no panel; a step is a tick or a bar of {', '.join(TIMEFRAMES)}", timeframe=unit)
        return index_of(unit)


def command(action: str, **values: Any) -> Frame:
    """What Python tells a page to do."""
    return {"kind": "do", "action": action, "columns": [], **values}, b""


def _is_empty(buffer: Any) -> bool:
    return isinstance(buffer, bytes | bytearray | memoryview) and not memoryview(buffer).nbytes


def _short(value: Any) -> str:
    """A value from a page, in a few letters however large or deep it is."""
    return reprlib.repr(value)[:TEXT_AT_MOST]
