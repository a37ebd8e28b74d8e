"""The six-panel replay in a Panel page. Each visitor has a head of its own, also where all are shown one component."""

from __future__ import annotations

import logging
import re
from collections import OrderedDict
from typing import TYPE_CHECKING, Any

import panel as pn
from panel.custom import JSComponent

from btlab.widgets.controller import Controller, command
from btlab.widgets.scripts import STATIC
from btlab.widgets.tape import Frame, Tape

if TYPE_CHECKING:
    from btlab.session.result import Session

LOG = logging.getLogger("btlab.app")
PAGES_KEPT = 256
PAGE_ID = re.compile(r"[0-9a-f]{32}")


class Replay(JSComponent):
    """The replay of a session as a Panel component."""

    _bundle = STATIC / "panel.js"
    _esm = _bundle.read_text("utf-8")

    @classmethod
    def _esm_path(cls, compiled: Any = True) -> None:
        """None: the text above goes to the page as it is. Panel would serve a file of another folder under an address that it
        refuses itself, and without `_bundle` the page would read the minified text as TypeScript."""

    def __init__(self, session: Session, *, overlays: Any = None, **parameters: Any) -> None:
        super().__init__(**parameters)
        self._tape = Tape(session, overlays=overlays)
        self._pages: OrderedDict[str, tuple[Controller, Any]] = OrderedDict()

    def goto(self, tick: int) -> None:
        """Moves the heads of the visitor who is being served now, and no other's."""
        for page, (_, document) in self._pages.items():
            if document is pn.state.curdoc:
                self._say(page, command("seek", tick=tick))

    def _handle_msg(self, data: Any) -> None:
        page = data.get("page") if isinstance(data, dict) else None
        if not isinstance(page, str) or not PAGE_ID.fullmatch(page):
            LOG.warning("a page sent what is no message of ours")
            return
        for frame in self._controller(page).receive(data.get("message"), data.get("buffers") or ()):
            self._say(page, frame)

    def _controller(self, page: str) -> Controller:
        if page not in self._pages:
            self._pages[page] = Controller(self._tape), pn.state.curdoc
            if len(self._pages) > PAGES_KEPT:
                self._pages.popitem(last=False)
        self._pages.move_to_end(page)
        return self._pages[page][0]

    def _say(self, page: str, frame: Frame) -> None:
        self._send_msg({"page": page, "message": frame[0], "buffers": [frame[1]]})
