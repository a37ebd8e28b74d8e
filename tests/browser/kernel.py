"""A page whose kernel is the widget of a notebook itself: what either side sends reaches the other, as in JupyterLab."""

from __future__ import annotations

import base64
from pathlib import Path
from typing import Any

from btlab.widgets.chart import SessionWidget
from btlab.widgets.scripts import STATIC
from tests.browser.conftest import Visit

BLANK = "<!doctype html><title>kernel</title><body></body>"
MOUNT = """async ([[code, ...late], key, views]) => {
  const script = (text) => import(URL.createObjectURL(new Blob([text], {type: "text/javascript"})));
  const core = await script(code), later = late.map(script);
  const heard = [], bytes = (text) => Uint8Array.from(atob(text), (c) => c.charCodeAt(0)).buffer;
  window.tell = (frames) => { for (const [header, text] of frames) for (const f of [...heard]) f(header, [bytes(text)]); };
  window.deaf = false;
  const send = async (message) => { if (!window.deaf) window.tell(await kernel(message)); };
  const model = { on: (_, f) => heard.push(f), off: (_, f) => heard.splice(heard.indexOf(f), 1), send, get: (name) => (name === "_key" ? key : ""), set() {}, save_changes() {} };
  window.stops = [];
  for (let view = 0; view < views; view++) {
    const element = document.body.appendChild(document.createElement("div"));
    element.className = "view";
    window.stops.push(core.default.render({ model, el: element, later }));
  }
}"""


def scripts() -> list[str]:
    """The widget's script, and those of what comes after its first picture."""
    return [
        (STATIC / name).read_text("utf-8")
        for name in (SessionWidget.SCRIPT, SessionWidget.TOOLS, SessionWidget.POPUPS, SessionWidget.OVERLAYS)
    ]


class Live(Visit):
    """A page over a widget; the marks read are those of the first view."""

    def __init__(self, visit: Visit, widget: SessionWidget) -> None:
        super().__init__(visit.page, visit.outside, visit.faults)
        self.widget = widget
        self.waiting: list[Any] = []
        widget.send = self._send  # type: ignore[method-assign]

    def _send(self, header: Any, buffers: Any = ()) -> None:
        self.waiting.append((header, base64.b64encode(bytes(buffers[0]) if buffers else b"").decode()))

    def answer(self, message: Any) -> list[Any]:
        self.widget._answer(message, [])
        return self.take()

    def take(self) -> list[Any]:
        taken, self.waiting = self.waiting, []
        return taken

    def told(self) -> None:
        """Hands the page what Python said by itself."""
        self.page.evaluate("(frames) => window.tell(frames)", self.take())
        self.drawn()

    def text(self, selector: str) -> str:
        return self.page.locator(selector).first.inner_text()


def live(visit: Any, widget: SessionWidget, folder: Path, *, views: int = 1, before: str = "", **options: Any) -> Live:
    """Mounts the widget in a page."""
    (folder / "blank.html").write_text(BLANK)
    page = Live(visit((folder / "blank.html").as_uri(), wait=False, **options), widget)
    if before:
        page.page.evaluate(before)
    page.page.expose_function("kernel", page.answer)
    page.page.evaluate(MOUNT, [scripts(), widget._key, views])
    page.page.wait_for_selector("[data-btlab-tools]")
    page.page.wait_for_selector(".btlab .sheet", state="attached")  # the last script to come
    page.drawn()
    return page
