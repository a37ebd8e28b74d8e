"""Python's side of a widget, whatever the host: it checks what the page says, answers with frames, and knows where the head is.

Hosts are thin skins: they hand `receive` what came and send on what it returns. They may do so from several threads.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from btlab.errors import MessageError, WidgetError
from btlab.widgets.answers import Answers
from btlab.widgets.overlays.layers import Layers
from btlab.widgets.places import Places
from btlab.widgets.tape import PAGE, Frame, Tape
from btlab.widgets.viewstate import checked, first_state, short, wire

LOG = logging.getLogger("btlab.widgets")
PAGES_AT_ONCE = 32


class Controller:
    """Holds a tape, and what the page last said of its head and its view.

    Args:
        tape: what is played.
        told: called with (tick, playing) whenever the page moved its head.
        chosen: called with the names and values that the page changed of its view (`viewstate`).

    Attributes:
        position: the last tick taken; playing: whether the head moves by itself.
        state: what is shown otherwise, by name; selected, hidden and panel are read from it.
    """

    def __init__(
        self,
        tape: Tape,
        told: Callable[[int, bool], None] = lambda _tick, _playing: None,
        chosen: Callable[[dict[str, Any]], None] = lambda _state: None,
    ) -> None:
        self.tape, self.told, self.chosen = tape, told, chosen
        self.position, self.playing = tape.at, False
        self.state = first_state(tape)
        self.places, self.lock = Places(tape), threading.RLock()
        self.layers = Layers(tape.session, tape.overlays)
        self.answers = Answers(self.places, self.layers)
        self._answers = {
            "ready": self._ready, "pages": self._pages, "head": self._head, "state": self._state,
            "poke": self._poke, "bars": self._bars, "ask": self._ask, "overlay": self._overlay, "change": self._change,
        }  # fmt: skip

    @property
    def selected(self) -> int | None:
        return self.state["selected"]

    @property
    def hidden(self) -> bool:
        return self.state["hidden"]

    @property
    def panel(self) -> str | None:
        return self.state["panel"]

    def receive(self, message: Any, buffers: Sequence[Any] = ()) -> list[Frame]:
        """The answers to a message. What is no message of ours is logged and has no answer: a page cannot stop the kernel."""
        with self.lock:
            try:
                return self._answer(message, buffers)
            except WidgetError as error:
                LOG.warning("a page sent what is no message of ours: %s", error)
                return []

    def _answer(self, message: Any, buffers: Sequence[Any]) -> list[Frame]:
        if not isinstance(message, Mapping):
            raise MessageError(f"a {type(message).__name__} is no message")
        kind = message.get("kind")
        if not isinstance(kind, str) or kind not in self._answers:
            raise MessageError(f"{short(kind)} is no kind of message")
        if not isinstance(buffers, list | tuple) or not all(_is_empty(buffer) for buffer in buffers):
            raise MessageError(f"a message of kind {kind!r} brings no bytes")
        return self._answers[kind](message)

    def _ready(self, message: Mapping[str, Any]) -> list[Frame]:
        """What a page opens with; where it says so, the ticks around its head come with it, unasked."""
        answers, state = self.answers.parameters, wire(self.state)
        header = {"at": self.position, "state": state, "parameters": answers, "kernel": True, "overlays": self.layers.info}
        sent = [self.position // PAGE] if message.get("page") is True and self.tape.pages else []
        forked = [self.answers.forked.frame] if self.answers.forked else []
        playing = [command("play")] if self.playing else []
        return [self.tape.open(header | {"sent": sent}), *(self.tape.page(number) for number in sent), *forked, *playing]

    def _pages(self, message: Mapping[str, Any]) -> list[Frame]:
        pages = message.get("pages")
        if (
            not isinstance(pages, list)
            or len(pages) > PAGES_AT_ONCE
            or any(page in pages[:place] for place, page in enumerate(pages))
        ):
            raise MessageError(
                f"pages are asked for by a list of up to {PAGES_AT_ONCE} numbers, each once, not by {short(pages)}"
            )
        return [self.tape.page(page) for page in pages]

    def _bars(self, message: Mapping[str, Any]) -> list[Frame]:
        return [self.tape.bars(message.get("parts"))]

    def _head(self, message: Mapping[str, Any]) -> list[Frame]:
        tick, playing = message.get("tick"), message.get("playing")
        if type(tick) is not int or not 0 <= tick < self.tape.count:
            raise MessageError(f"there is no tick {short(tick)} among {self.tape.count}", tick=tick)
        if type(playing) is not bool:
            raise MessageError(f"playing is true or false, not {short(playing)}")
        self.position, self.playing = tick, playing
        self.told(tick, playing)
        return []

    def _state(self, message: Mapping[str, Any]) -> list[Frame]:
        given = {name: value for name, value in message.items() if name in self.state}
        if not given or any(value is None for name, value in given.items() if name not in ("selected", "panel", "speed")):
            raise MessageError(f"a state names some of {', '.join(self.state)}")
        self.choose(**given)
        self.chosen({name: self.state[name] for name in given})
        return []

    def _overlay(self, message: Mapping[str, Any]) -> list[Frame]:
        return self.layers.blocks(message.get("layer"), self._wanted(message))  # type: ignore[arg-type]

    def _change(self, message: Mapping[str, Any]) -> list[Frame]:
        """A parameter of an overlay: what became of it, and the blocks that are in view."""
        values, blocks, layer = message.get("values"), self._wanted(message), message.get("layer")
        if not isinstance(values, Mapping):
            raise MessageError(f"parameters are changed by name, not by {short(values)}")
        answer = self.layers.change(layer, values)  # type: ignore[arg-type]
        return [answer] if "error" in answer[0] else [answer, *self.layers.blocks(layer, blocks)]  # type: ignore[arg-type]

    def _wanted(self, message: Mapping[str, Any]) -> list[Any]:
        blocks = message.get("blocks")
        if not isinstance(blocks, list) or len(blocks) > PAGES_AT_ONCE:
            raise MessageError(f"blocks are asked for by a list of up to {PAGES_AT_ONCE} numbers, not by {short(blocks)}")
        return blocks

    def _poke(self, _message: Mapping[str, Any]) -> list[Frame]:
        return []

    def _ask(self, message: Mapping[str, Any]) -> list[Frame]:
        """The answer; a fork goes to all views before it."""
        before = self.answers.forked
        answer, forked = self.answers.to(message), self.answers.forked
        return [answer] if forked is None or forked is before else [forked.frame, answer]

    # ------------------------------------------------------------ what Python asks of the page

    def choose(self, **given: Any) -> dict[str, Any]:
        """Change what the view shows; returns what it was asked, as it is kept.

        Raises:
            WidgetError: a name or a value that it cannot have; then nothing changes.
        """
        values = checked(self.tape, given)
        self.state |= values
        return values

    def tick_of(self, moment: Any) -> int:
        """The tick that a moment means, as `Places.tick_of` reads it where the head is and in the zone of the view.

        Raises:
            WidgetError: there is none; in blind mode without a word of when the data are.
        """
        try:
            return self.places.tick_of(moment, self.position, self.state["zone"])
        except WidgetError as error:
            if self.state["blind"] and "first" in error.details:
                raise WidgetError("that is outside the data, whose dates blind mode hides") from None
            raise

    def stepped(self, count: int, unit: str | None) -> int:
        """The tick `count` steps on, or back where it is negative, as `Places.stepped`; by default of the unit of the view."""
        return self.places.stepped(self.position, count, self.state["unit"] if unit is None else unit)


def command(action: str, **values: Any) -> Frame:
    """What Python tells a page to do."""
    return {"kind": "do", "action": action, "columns": [], **values}, b""


def _is_empty(buffer: Any) -> bool:
    return isinstance(buffer, bytes | bytearray | memoryview) and not memoryview(buffer).nbytes
