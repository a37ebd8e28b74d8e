"""Where the widgets live: JupyterLab, Notebook, a Panel server, a file. What a test wants of each of them, said once.

All show the replay of `sessions.session()`, at its opening. A host that has a kernel says what Python says; one that has cells
runs them.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from contextlib import suppress
from itertools import count
from pathlib import Path
from typing import Any

from playwright.sync_api import TimeoutError

from tests.browser.conftest import Visit, free_port
from tests.browser.sessions import session

ROOT = str(Path(__file__).parents[2])
PREPARE = f"import sys, time; sys.path.insert(0, {ROOT!r})\nfrom tests.browser.explorations import explorer\nfrom tests.browser.sessions import session"
BOOK = [
    PREPARE,
    "replay = session().replay()\nreplay",
    "replay",
    "chart = session().chart(); chart",
    "sliders = explorer(); sliders",
    "sliders",
    "'scratch'",
]
FIRST, SECOND, SCRATCH = 1, 2, 6
"""The places of cells in the book: the replay's, the one that shows it again, and one to try things in."""

APP = """
import sys, time
sys.path.insert(0, {root!r})
import panel as pn
from btlab.app.explorer import page
from tests.browser.explorations import exploration
from tests.browser.sessions import naughty, session

def host():
    board = session().dashboard()
    asked, said = pn.widgets.TextInput(placeholder="python"), pn.pane.Str("")
    names = {{"replay": board.replay, "time": time}}
    def run(event):
        if event.new:
            said.object = event.new.split("#")[-1] + " " + repr(eval(event.new, names))
    asked.param.watch(run, "value")
    return pn.Column(board.replay, asked, said, sizing_mode="stretch_width")

shared = session().dashboard()
pn.serve(
    {{"host": host, "page": lambda: session().dashboard(), "shared": shared, "named": lambda: naughty().dashboard(),
      "explorer": lambda: page(exploration())}},
    port={port}, address="127.0.0.1", show=False, websocket_origin="127.0.0.1:{port}",
)
"""


class Host:
    """A page that shows the replay, shared by those who look at it."""

    kernel = cells = False

    def __init__(self, visit: Visit) -> None:
        self.visit, self.page = visit, visit.page
        self._number = count(1)

    def focus(self) -> None:
        """Gives the widget the keyboard."""
        self.visit.root.locator('[data-btlab-panel="5m"]').click(position={"x": 120, "y": 120})

    def count(self) -> int:
        """How many cells there are."""
        return 0

    def python(self, code: str) -> str:
        """What Python says of an expression, in the kernel or the server behind the page."""
        raise NotImplementedError

    def begin(self, code: str) -> None:
        """Has Python begin with something, and does not wait for it."""
        raise NotImplementedError


class File(Host):
    """The static player: no kernel, no cells."""


class Server(Host):
    """A page of a Panel server."""

    kernel = True

    def begin(self, code: str) -> None:
        box = self.page.get_by_placeholder("python")
        box.fill(code)
        box.press("Enter")

    def python(self, code: str) -> str:
        mark = f"said{next(self._number)}"
        self.begin(f"{code} #{mark}")
        self.page.wait_for_function(
            "(mark) => window.find && document.body && [...window.texts()].some((t) => t.includes(mark + ' '))", arg=mark
        )
        return (
            self.page.evaluate("(mark) => [...window.texts()].find((t) => t.includes(mark + ' '))", mark)
            .split(mark + " ", 1)[1]
            .strip()
        )


class Notebook(Host):
    """A notebook in JupyterLab or Notebook, and its file."""

    kernel = cells = True

    def __init__(self, visit: Visit, path: Path) -> None:
        super().__init__(visit)
        self.path = path

    def cell(self, place: int) -> Any:
        return self.page.locator(".jp-Notebook .jp-CodeCell").nth(place)

    def run(self, place: int, code: str | None = None) -> None:
        """Runs a cell, with other code where some is given."""
        editor = self.cell(place).locator(".cm-content")
        editor.click()
        if code is not None:
            self.page.keyboard.press("Control+a")
            self.page.keyboard.insert_text(code)
        self.page.keyboard.press("Control+Enter")

    def begin(self, code: str) -> None:
        self.run(SCRATCH, code)

    def python(self, code: str) -> str:
        mark = f"said{next(self._number)}"
        self.begin(f"print({mark!r}, repr({code}))")
        output = self.cell(SCRATCH).locator(".jp-OutputArea-output", has_text=mark)
        output.wait_for()
        return output.inner_text().split(mark, 1)[1].strip()

    def count(self) -> int:
        return self.page.locator(".jp-Notebook .jp-Cell").count()


TEXTS = """window.texts = function* (node = document.body) {
  for (const child of [...(node.shadowRoot?.children ?? []), ...node.children]) {
    if (child.localName === "pre") yield child.textContent;
    yield* window.texts(child);
  }
}"""


def book(path: Path, cells: Sequence[str]) -> None:
    """Writes a notebook."""
    made = [
        {"cell_type": "code", "execution_count": None, "id": f"c{place}", "metadata": {}, "outputs": [], "source": source}
        for place, source in enumerate(cells)
    ]
    about = {"kernelspec": {"display_name": "Python 3 (ipykernel)", "language": "python", "name": "python3"}}
    path.write_text(json.dumps({"cells": made, "metadata": about, "nbformat": 4, "nbformat_minor": 5}))


def jupyter(serve: Callable[..., str], folder: Path) -> str:
    """Starts a server of JupyterLab and Notebook over a folder; its address."""
    port, where = free_port(), folder / "settings" / "@jupyterlab" / "notebook-extension"
    where.mkdir(parents=True)
    (where / "tracker.jupyterlab-settings").write_text('{"windowingMode": "none"}')  # all cells are in the page, seen or not
    arguments = ["-m", "jupyterlab", "--no-browser", "--allow-root", f"--port={port}", "--ip=127.0.0.1", "--IdentityProvider.token=",
                 f"--LabServerApp.user_settings_dir={folder / 'settings'}", f"--LabApp.user_settings_dir={folder / 'settings'}",
                 f"--JupyterNotebookApp.user_settings_dir={folder / 'settings'}", f"--ServerApp.root_dir={folder}", "--LabApp.news_url=None",
                 "--LabApp.check_for_updates_class=jupyterlab.NeverCheckForUpdate"]  # fmt: skip
    return serve(arguments, f"http://127.0.0.1:{port}/api", folder).removesuffix("/api")


BEGUN = "() => /\\[[*\\d]/.test(document.querySelector('.jp-Notebook .jp-CodeCell .jp-InputPrompt').textContent)"


def run_all(page: Any) -> None:
    """Run All Cells, as soon as the kernel is there; before that the menu's answer is none."""
    page.wait_for_selector(".jp-Notebook .jp-CodeCell", timeout=120_000)
    page.locator(".jp-Toolbar-kernelName", has_text="ipykernel").first.wait_for(timeout=120_000)
    for _ in range(20):
        page.locator(".jp-Notebook-ExecutionIndicator[data-status=idle]").first.wait_for(timeout=120_000)
        chosen = page.locator(".jp-Dialog .jp-mod-accept")  # which kernel? the one of the book
        if chosen.count():
            chosen.first.click()
        else:
            page.get_by_role("menuitem", name="Run", exact=True).click()
            page.get_by_role("menuitem", name="Run All Cells", exact=True).click()
        with suppress(TimeoutError):
            page.wait_for_function(BEGUN, timeout=3_000)
            return
    raise AssertionError("no cell began to run")


def notebook_host(visit: Callable[..., Visit], address: str, page: str, path: Path) -> Notebook:
    """The book at `path`, which the server shows at `page`, run."""
    book(path, BOOK)
    opened = visit(address + page.format(path.name), width=1500, height=1300, wait=False)
    opened.page.wait_for_selector(".jp-Notebook .jp-CodeCell", timeout=120_000)
    opened.faults.clear()  # before there is a widget they are the host's own
    run_all(opened.page)
    host = Notebook(opened, path)
    host.cell(SCRATCH).locator(".jp-OutputArea-output").wait_for(timeout=120_000)  # at the end the book takes the keyboard
    opened.page.locator("[data-btlab-explorer]").nth(1).wait_for(timeout=120_000)
    opened.page.locator("[data-btlab-tools]").nth(2).wait_for(timeout=120_000)
    opened.page.locator(".jp-Notebook-ExecutionIndicator[data-status=idle]").first.wait_for()
    return host


def server_host(visit: Callable[..., Visit], address: str) -> Server:
    opened = visit(f"{address}/host", height=1300)
    opened.page.evaluate(TEXTS)
    return Server(opened)


def file_host(visit: Callable[..., Visit], folder: Path) -> File:
    return File(visit(session().to_html(folder / "replay.html").as_uri()))


def panel_app(serve: Callable[..., str], folder: Path) -> str:
    """Starts the Panel server; its address."""
    port = free_port()
    (folder / "app.py").write_text(APP.format(root=ROOT, port=port))
    return serve(["app.py"], f"http://127.0.0.1:{port}", folder)
