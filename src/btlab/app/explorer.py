"""The explorer in a Panel page. Each visitor has sliders of their own, also where all are shown one component."""

from __future__ import annotations

from collections import OrderedDict
from functools import partial
from typing import Any

import panel as pn
from panel.custom import JSComponent

from btlab.app.prompt import promptly
from btlab.app.replay import LOG, PAGE_ID, PAGES_KEPT
from btlab.session.exploration.prepared import Exploration
from btlab.widgets.explorer.controller import ExplorerController
from btlab.widgets.explorer.frames import in_full_packets
from btlab.widgets.scripts import STATIC
from btlab.widgets.tape import Frame


class ExplorerPage(JSComponent):
    """An exploration as a Panel component."""

    _bundle = STATIC / "explorer-panel.js"
    _esm = _bundle.read_text("utf-8")

    @classmethod
    def _esm_path(cls, compiled: Any = True) -> None:
        """None: the text above goes to the page as it is (see `app.replay`)."""

    def __init__(self, exploration: Exploration, **parameters: Any) -> None:
        super().__init__(**parameters)
        self.exploration = exploration
        first = exploration.calculate(exploration.begin)
        assert first is not None  # nobody can halt it
        self._first = first
        self._pages: OrderedDict[str, tuple[ExplorerController, Any]] = OrderedDict()

    def _handle_msg(self, data: Any) -> None:
        page = data.get("page") if isinstance(data, dict) else None
        if not isinstance(page, str) or not PAGE_ID.fullmatch(page):
            LOG.warning("a page sent what is no message of ours")
            return
        for frame in self._controller(page).receive(data.get("message")):
            self._say(page, frame)

    def _controller(self, page: str) -> ExplorerController:
        if page not in self._pages:
            emit = partial(self._tell, page)
            self._pages[page] = ExplorerController(self.exploration, self._first, emit), pn.state.curdoc
            if len(self._pages) > PAGES_KEPT:
                self._pages.popitem(last=False)[1][0].close()
        self._pages.move_to_end(page)
        return self._pages[page][0]

    def _tell(self, page: str, frame: Frame) -> None:
        """What nobody asked for, from a thread: in the turn of the visitor's own page."""
        found = self._pages.get(page)
        if found is None:
            return
        if found[1] is None or found[1].session_context is None:
            self._say(page, frame)
        else:
            found[1].add_next_tick_callback(partial(self._say, page, frame))

    def _say(self, page: str, frame: Frame) -> None:
        found = self._pages.get(page)
        prompt = found is not None and promptly(found[1])
        header, buffer = frame if prompt else in_full_packets(frame)
        self._send_msg({"page": page, "message": header, "buffers": [buffer], "prompt": prompt})


def page(exploration: Exploration) -> ExplorerPage:
    """The Panel component of an exploration."""
    return ExplorerPage(exploration, sizing_mode="stretch_width")
