"""The six-panel replay in a Panel page. Each visitor has a head of its own, also where all are shown one component."""

from __future__ import annotations

import logging
import re
from collections import OrderedDict
from typing import TYPE_CHECKING, Any

import panel as pn
from panel.custom import JSComponent

from btlab.widgets.answers import Forked
from btlab.widgets.controller import Controller, command
from btlab.widgets.scripts import STATIC, is_script, script
from btlab.widgets.tape import Frame, Tape
from btlab.widgets.twins import Choice, Twins
from btlab.widgets.viewstate import wire

if TYPE_CHECKING:
    from btlab.session.result import Session

LOG = logging.getLogger("btlab.app")
PAGES_KEPT = 256
PAGE_ID = re.compile(r"[0-9]{1,10}(,[0-9]{1,10}){3}")


class Replay(Twins, JSComponent):
    """The replay of a session as a Panel component. Every key has a twin here, as in a notebook.

    What is said in a callback of a visitor moves that visitor's replay and no other's; what is said before anybody looks is where
    every visitor's begins.
    """

    speed = Choice("How many times real time, `math.inf` for as fast as it goes.")
    selection = Choice("The id of the selected trade, or None.", "selected")
    bookmarks = Choice("Ticks.")

    _bundle = STATIC / "panel.js"
    _esm = _bundle.read_text("utf-8")

    @classmethod
    def _esm_path(cls, compiled: Any = True) -> None:
        """None: the text above goes to the page as it is. Panel would serve a file of another folder under an address that it
        refuses itself, and without `_bundle` the page would read the minified text as TypeScript."""

    def __init__(self, session: Session, *, overlays: Any = None, **parameters: Any) -> None:
        super().__init__(**parameters)
        self._tape = Tape(session, overlays=overlays)
        self._first = Controller(self._tape)
        self._pages: OrderedDict[str, tuple[Controller, Any]] = OrderedDict()

    @property
    def position(self) -> int:
        """The last tick taken; set it to seek."""
        return self._controller.position

    @position.setter
    def position(self, moment: int) -> None:
        self._go(self._controller.tick_of(moment))

    @property
    def playing(self) -> bool:
        """Whether the head moves by itself; set it to play or pause."""
        return self._controller.playing

    @playing.setter
    def playing(self, playing: bool) -> None:
        for page, controller in self._own():
            controller.playing = bool(playing)
            self._tell(page, command("play" if playing else "pause"))

    def play(self) -> None:
        """Plays from here (Space)."""
        self.playing = True

    def pause(self) -> None:
        """Stops where the head is (Space)."""
        self.playing = False

    @property
    def _controller(self) -> Controller:  # type: ignore[override]
        return self._own()[-1][1]

    def _own(self) -> list[tuple[str, Controller]]:
        """The pages of the visitor who is being served now, the latest last; where nobody looks, what pages begin with."""
        own = [(page, controller) for page, (controller, document) in self._pages.items() if document is pn.state.curdoc]
        return own or [("", self._first)]

    def _go(self, tick: int) -> None:
        for page, controller in self._own():
            if controller.playing:
                self._tell(page, command("pause"))
            controller.position, controller.playing = tick, False
            self._tell(page, command("seek", tick=tick))

    def _choose(self, **given: Any) -> None:
        for page, controller in self._own():
            with controller.lock:
                self._tell(page, command("state", state=wire(controller.choose(**given))))

    def _show_fork(self, forked: Forked) -> None:
        for page, controller in self._own():
            controller.answers.forked = forked
            self._tell(page, forked.frame)

    def _handle_msg(self, data: Any) -> None:
        page = data.get("page") if isinstance(data, dict) else None
        if not isinstance(page, str) or not PAGE_ID.fullmatch(page):
            LOG.warning("a page sent what is no message of ours")
            return
        message = data.get("message")
        if is_script(message):
            if (answer := script(message, "tools.js", "popups.js", "overlays.js")) is not None:
                self._tell(page, answer)
            return
        for frame in self._seen(page).receive(message, data.get("buffers") or ()):
            self._tell(page, frame)

    def _seen(self, page: str) -> Controller:
        if page not in self._pages:
            controller = Controller(self._tape)
            controller.position, controller.state = self._first.position, {**self._first.state}
            controller.answers.forked = self._first.answers.forked
            self._pages[page] = controller, pn.state.curdoc
            if len(self._pages) > PAGES_KEPT:
                self._pages.popitem(last=False)
        self._pages.move_to_end(page)
        return self._pages[page][0]

    def _tell(self, page: str, frame: Frame) -> None:
        if page:
            self._send_msg({"page": page, "message": frame[0], "buffers": [frame[1]]})
