"""One set of checks for every host: JupyterLab, Notebook, Panel, a file. Where one cannot apply, it says why.

The checks of a host share its page, one after the other, and each brings the head where it wants it.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import suppress
from itertools import pairwise

import pytest

from btlab.errors import WidgetError
from tests.browser.hosts import FIRST, SCRATCH, SECOND, Host, file_host, notebook_host, server_host
from tests.browser.sessions import session
from tests.browser.ways import WAYS

STATE = (
    "[replay.position, replay.panel, replay.unit, replay.speed, replay.hidden, replay.follow, replay.locked, replay.bookmarks]"
)
LISTEN = """() => { window.leaked = []; window.onkeydown = (event) => window.leaked.push(event.key); }"""
THEIRS = [
    "a",
    "b",
    "b",
    "c",
    "d",
    "d",
    "m",
    "x",
    "y",
    "z",
    "o",
    "v",
    "i",
    "i",
    "0",
    "0",
    "Space",
    "Space",
    "Enter",
    "s",
    "?",
    "Escape",
]
"""Keys with which a notebook inserts, cuts, deletes, turns and runs cells, and stops kernels; or a page scrolls."""
PAGES = {"lab": "/lab/tree/{}?reset", "notebook": "/notebooks/{}"}
"""JupyterLab and Notebook are two pages of one server."""
NO_KERNEL = "a file has no kernel"
NO_CELLS = "a page without cells"


@pytest.fixture(scope="module", params=["file", "panel", *PAGES])
def host(request, visit_once, tmp_path_factory) -> Iterator[Host]:
    opened = _opened(request, visit_once, tmp_path_factory)
    yield opened
    opened.page.close()  # what a page behind draws takes the next one's time


def _opened(request, visit_once, tmp_path_factory) -> Host:
    if request.param == "file":
        return file_host(visit_once, tmp_path_factory.mktemp("file"))
    if request.param == "panel":
        return server_host(visit_once, request.getfixturevalue("panel_server"))
    address, folder = request.getfixturevalue("lab_server")
    return notebook_host(visit_once, address, PAGES[request.param], folder / f"{request.param}.ipynb")


def needs(host: Host, *, kernel: bool = False, cells: bool = False) -> None:
    if kernel and not host.kernel:
        pytest.skip(NO_KERNEL)
    if cells and not host.cells:
        pytest.skip(NO_CELLS)


def test_it_opens_where_python_says_with_six_panels(host):
    visit, ran = host.visit, session()
    visit.until(lambda: visit.mark("ticks") == str(len(ran.data)))
    assert visit.tick == ran.replay().position
    assert (visit.mark("playing"), visit.mark("speed"), visit.mark("future")) == ("false", "300", "hidden")
    assert visit.root.locator("[data-btlab-panel]").count() == 6
    visit.until(lambda: host.page.evaluate("performance.getEntriesByName('btlab:painted').length") >= 1)


def test_each_key_does_what_its_twin_does_and_none_reaches_the_host(host):
    visit, twin = host.visit, session().replay(at=0)
    host.focus()
    host.page.evaluate(LISTEN)
    cells, top = host.count(), host.page.evaluate("[scrollX, scrollY]")
    for key in THEIRS:
        host.page.keyboard.press(key)
        assert host.count() == cells, key
    visit.key("Home")
    for number, (key, act) in enumerate(WAYS):
        host.page.keyboard.press(key)
        with suppress(WidgetError):  # there is no earlier trade: the page says so, and stays
            act(twin)
        visit.until(lambda: visit.tick == twin.position, 10)
        assert visit.tick == twin.position, (number, key)
    want = str([twin.position, twin.panel, twin.unit, twin.speed, twin.hidden, twin.follow, twin.locked, twin.bookmarks])
    assert host.page.evaluate("[scrollX, scrollY]") == top
    assert host.page.evaluate("window.leaked") == []
    host.page.keyboard.press("Escape")
    host.page.keyboard.press("Shift")
    assert host.page.evaluate("window.leaked") != [], "nothing listened"
    for key, more in [("b", 1), ("d", 1), ("d", 0)] if host.cells else []:  # Esc left the cell in command mode
        host.page.keyboard.press(key)
        visit.until(lambda more=more: host.count() == cells + more, 10)
    if host.kernel:  # and Python knows
        assert host.python(STATE) == want


def test_what_python_says_is_shown(host):
    needs(host, kernel=True)
    visit, ran = host.visit, session()
    host.python("replay.goto('trade 3')")
    visit.until(lambda: visit.tick == ran.trades["entry_tick"][2])
    host.python("setattr(replay, 'hidden', True)")
    visit.until(lambda: visit.mark("future") == "hidden")
    twin = ran.replay(at=visit.tick)
    assert host.python("replay.run_until('position == 0')") == str(twin.run_until("position == 0"))
    visit.until(lambda: visit.tick == twin.position)
    host.python("replay.step(-3, '15m')")
    twin.step(-3, "15m")
    visit.until(lambda: visit.tick == twin.position)
    host.python("setattr(replay, 'theme', 'dark')")
    visit.until(lambda: visit.root.get_attribute("data-theme") == "dark")
    host.python("setattr(replay, 'theme', 'auto')")
    visit.until(lambda: visit.root.get_attribute("data-theme") == "light")


def test_every_step_is_undone_and_the_scrubber_drags_both_ways(host):
    visit, total = host.visit, len(session().data)
    host.focus()
    visit.key("Home", "ArrowRight")
    places = [visit.tick]
    for _ in range(4):
        visit.key("ArrowRight")
        places.append(visit.tick)
    assert all(a < b for a, b in pairwise(places))
    for place in reversed(places[:-1]):
        visit.key("ArrowLeft")
        assert visit.tick == place
    box = visit.root.locator(".lanes").bounding_box()
    mouse, y = host.page.mouse, box["y"] + 30
    mouse.move(box["x"] + 0.7 * box["width"], y)
    mouse.down()
    visit.until(lambda: visit.tick > 0.5 * total)
    far = visit.tick
    mouse.move(box["x"] + 0.4 * box["width"], y, steps=5)
    mouse.up()
    visit.until(lambda: visit.tick < far - 0.15 * total)


def test_a_fork_and_why_and_a_pause_are_asked_of_the_kernel(host):
    visit = host.visit
    root = visit.root
    host.focus()
    visit.key("Home", "n")
    visit.until(lambda: "ctx.count('5m')" in root.locator(".why").inner_text())  # a file holds what it says of its trades
    if not host.kernel:
        visit.key("ArrowRight")
        visit.until(lambda: "Why #1 was entered" in root.locator(".why").inner_text())
        visit.key("Home")
        visit.until(lambda: "The file explains where something was" in root.locator(".why").inner_text())
        assert root.get_by_role("button", name="Fork here").count() == 0
        return
    root.get_by_role("button", name="Fork here").click()
    host.page.keyboard.type("away=0.0002")
    host.page.keyboard.press("Enter")
    visit.until(lambda: root.locator(".pop:not([hidden])").count() == 0)
    visit.key("End")
    fork = session().fork(session().trades["entry_tick"][0], away=0.0002)
    visit.until(lambda: f"{fork.equity['equity'][-1]:,.2f}" in root.locator(".eq").inner_text())
    visit.key("Home")
    root.get_by_role("button", name="Pause when").click()
    host.page.keyboard.type("position > 0")
    host.page.keyboard.press("Enter")
    visit.until(lambda: root.locator(".pop:not([hidden])").count() == 0)
    assert host.python("replay.pause_when") == "'position > 0'"
    host.focus()
    visit.key("ArrowUp", "ArrowUp", "ArrowUp", "Space")
    visit.until(lambda: visit.mark("playing") == "false" and visit.tick == session().trades["entry_tick"][0])


def test_a_busy_kernel_does_not_stop_the_play(host):
    needs(host, kernel=True)
    visit = host.visit
    host.focus()
    visit.key("Home")
    host.python("setattr(replay, 'pause_when', '')")
    host.begin("time.sleep(2.5) #busy")
    host.focus()
    visit.key("Space")
    before = visit.tick
    visit.until(lambda: visit.tick > before + 100, 2)
    visit.key("Space")
    assert visit.mark("playing") == "false"
    tick = visit.tick
    assert host.python("replay.position") == str(tick), "and what it missed it hears"


def test_a_widget_shown_twice_stays_in_step_and_others_stay_where_they_are(host):
    needs(host, cells=True)
    visit, page = host.visit, host.page
    widgets = page.locator("[data-btlab-tick]")
    assert widgets.count() == 3
    marks = lambda place: [widgets.nth(place).get_attribute(f"data-btlab-{name}") for name in ("tick", "future", "playing")]  # noqa: E731
    beside = marks(2)
    for place in (0, 1):
        widgets.nth(place).locator('[data-btlab-panel="5m"]').click(position={"x": 120, "y": 120})
        for key in ("n", "ArrowRight", "h", "Home", "Space"):  # from the first tick on: from a random one it may have ended
            page.keyboard.press(key)
        visit.until(lambda: marks(0)[2] == marks(1)[2] == "true" and min(int(marks(0)[0]), int(marks(1)[0])) > 0)
        visit.key("Space")
        visit.until(lambda: marks(0) == marks(1) and marks(0)[2] == "false")
    assert marks(2) == beside


def test_two_views_of_one_explorer_stay_in_step(host):
    needs(host, cells=True)
    visit, page = host.visit, host.page
    views = page.locator("[data-btlab-explorer]")
    assert views.count() == 2
    at = lambda place: views.nth(place).get_attribute("data-btlab-explorer")  # noqa: E731
    for place, key, want in ((0, "ArrowRight", "5 5"), (1, "ArrowLeft", "4 5")):
        views.nth(place).locator("[data-btlab-slider=lookback] input").press(key)  # its own: a host may take the keyboard
        visit.until(lambda want=want: at(0) == at(1) == want)
    figures = lambda place: views.nth(place).locator("[data-btlab-figure=net]").inner_text()  # noqa: E731
    visit.until(lambda: figures(0) == figures(1))


def test_a_saved_notebook_shows_the_snapshot(host):
    needs(host, cells=True)
    host.cell(SCRATCH).locator(".cm-content").click()
    host.page.keyboard.press("Control+s")
    saved: list[dict] = []

    def is_there() -> bool:
        with suppress(json.JSONDecodeError):  # it is being written
            saved[:] = [out.get("data", {}) for cell in json.loads(host.path.read_text())["cells"] for out in cell["outputs"]]
        return sum("image/svg+xml" in data for data in saved) == 5

    host.visit.until(is_there)
    for data in saved:
        if "image/svg+xml" in data:  # others may be those of a progress bar, where a run took its time
            assert {"application/vnd.jupyter.widget-view+json", "text/plain"} <= data.keys(), [sorted(data) for data in saved]
            assert "<svg" in "".join(data["image/svg+xml"]) and "<" in "".join(data["text/plain"])


def test_a_cell_run_again_frees_the_old_widget(host):
    needs(host, cells=True)
    page = host.page
    host.python("globals().update(old=replay) or 1")
    assert host.python("old.comm is None") == "False"
    host.run(FIRST)
    host.visit.until(
        lambda: (
            host.cell(FIRST).locator("[data-btlab-tick]").count() == 1
            and host.cell(SECOND).locator("[data-btlab-tick]").count() == 0
        )
    )
    assert host.python("(old is replay, old.comm is None, chart.comm is None)") == "(False, True, False)"
    host.run(SECOND)
    host.cell(SECOND).locator("[data-btlab-tools]").wait_for()
    assert page.locator("[data-btlab-tick]").count() == 3


def test_shift_enter_runs_the_cell_of_a_widget_that_has_the_keyboard(host):
    needs(host, cells=True)
    host.python("globals().update(old=replay) or 1")
    host.focus()
    host.page.keyboard.press("Shift+Enter")
    host.visit.until(lambda: host.python("old is replay") == "False")


def test_a_kernel_that_ends_is_told_of_without_a_question(host):
    """The last one: nothing answers any more."""
    needs(host, cells=True)
    page = host.page
    notice = page.locator(".notice:visible")
    assert notice.count() == 0
    host.begin("import os, signal; os.kill(os.getpid(), signal.SIGKILL)")
    host.visit.until(lambda: "The kernel is gone." in "".join(notice.all_inner_texts()), 30)
    assert "What was sent still plays" in notice.first.inner_text()
