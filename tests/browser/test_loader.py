"""What a notebook keeps of a widget, in a page: the script comes once, late or never, and the cell says so calmly."""

from __future__ import annotations

import base64
import re
from typing import Any

import pytest

import btlab as bt
from btlab.widgets.scripts import STATIC
from tests.browser.kernel import BLANK, Live
from tests.browser.sessions import Every

MOUNT = """async ([code, traits_, picture, views]) => {
  const loader = window.loader ?? await import(URL.createObjectURL(new Blob([code], {type: "text/javascript"})));
  const bytes = (text) => Uint8Array.from(atob(text), (c) => c.charCodeAt(0)).buffer;
  window.deaf ??= false; window.lost ??= "none"; window.asked ??= []; window.cells ??= []; window.held ??= [];
  for (let view = 0; view < views; view++) {
    const heard = new Set(), el = document.body.appendChild(document.createElement("div"));
    const tell = (frames) => { for (const [header, text] of frames) for (const f of [...heard]) f(header, [bytes(text)]); };
    const send = async (message) => {
      window.asked.push(message.kind);
      if (window.deaf || message.hash === window.lost) window.held.push(async () => tell(await kernel(message)));
      else tell(await kernel(message));
    };
    const traits = {...traits_, _key: "", _picture: new DataView(bytes(picture))};
    const model = { on: (_, f) => heard.add(f), off: (_, f) => heard.delete(f), send, get: (name) => traits[name], set() {}, save_changes() {} };
    const end = loader.default.initialize({ model }), stop = loader.default.render({ model, el });
    window.cells.push({ el, heard, tell, stop: () => (stop(), end()) });
  }
}"""


STRICT = "default-src 'none'; script-src 'unsafe-inline' 'unsafe-eval'; style-src 'unsafe-inline'; img-src https: data:; connect-src https:"
"""The policy of a notebook's web view in VS Code where `notebook.experimental.enableCsp` is set: no module from a `blob:` or `data:`."""


class Cell(Live):
    """A page that has no more of the widget than a notebook has, and what its console says."""

    told: list[str]

    def answer(self, message: Any) -> list[Any]:
        self.widget._handle_custom_msg(message, [])
        return self.take()

    def mount(self, views: int = 1, kernel: str = "") -> None:
        widget: Any = self.widget
        code, picture = (STATIC / "loader.js").read_text("utf-8"), base64.b64encode(widget._picture).decode()
        traits = {name: getattr(widget, name) for name in ("_script", "_tools", "_popups", "_overlays", "_kernel")}
        self.page.evaluate(MOUNT, [code, traits | ({"_kernel": kernel} if kernel else {}), picture, views])

    def asked(self) -> int:
        return int(self.page.evaluate("window.asked.filter((kind) => kind === 'script').length"))


@pytest.fixture
def cell(visit: Any, tmp_path: Any) -> Any:
    (tmp_path / "blank.html").write_text(BLANK)
    widget = bt.run(Every(), bt.simulate_ticks("EURUSD", days=1)[:3_000]).replay(
        overlays=[bt.overlays.indicator("EMA", timeperiod=5)]
    )
    widget._repr_mimebundle_()
    told: list[str] = []
    page = Cell(visit((tmp_path / "blank.html").as_uri(), wait=False), widget)
    page.told = told
    page.page.on("console", lambda message: told.append(message.text))
    page.page.expose_function("kernel", page.answer)
    yield page
    assert told == []
    widget.close()


def test_three_widgets_of_a_page_fetch_each_script_once_and_are_taken_away_whole(cell: Cell) -> None:
    cell.mount(2)
    cell.page.wait_for_function("document.querySelectorAll('[data-btlab-tools]').length === 2")
    cell.mount()
    cell.page.wait_for_function("document.querySelectorAll('[data-btlab-tools]').length === 3")
    assert cell.asked() == 4  # its four parts, each once
    cell.until(lambda: cell.page.get_by_role("button", name="EMA").count() >= 3)  # the overlay has its tools in each
    assert cell.page.evaluate("window.cells.map(({ stop, el, heard }) => (stop(), el.childNodes.length + heard.size))") == [
        0,
        0,
        0,
    ]


def test_a_silent_kernel_leaves_the_picture_and_a_late_answer_brings_it_to_life(cell: Cell) -> None:
    cell.page.evaluate("window.deaf = true")
    cell.mount(2)
    assert cell.page.evaluate("(([first]) => (first.stop(), first.el.childNodes.length + first.heard.size))(window.cells)") == 0
    cell.page.get_by_text("The kernel is busy or gone.").wait_for()
    picture = cell.page.locator("figure img")
    picture.wait_for()
    assert picture.evaluate("(image) => image.decode().then(() => image.naturalWidth)") == 1200
    cell.page.evaluate("window.cells[1].tell([[{kind: 'script', hash: 'another'}, btoa('x')]])")
    assert cell.page.locator("[data-btlab-tick]").count() == 0
    assert cell.asked() == 8  # the first was taken away before it had its answer, so the second asked
    cell.page.evaluate("window.deaf = false; Promise.all(window.held.splice(0).map((answer) => answer()))")
    cell.page.wait_for_selector("[data-btlab-tools]")
    assert (picture.count(), cell.page.locator("[data-btlab-tick]").count()) == (0, 1)


AWAY = """async (hash) => {
  const [gone, other] = window.cells, root = gone.el.firstChild, board = root.querySelector(".w"), frames = await kernel({kind: "script", hash});
  other.tell(frames);
  gone.stop();
  window.root = root;
  window.board = board;
}"""
"""The answer to the second view, which is for both, and the going of the first, with nothing in between."""


@pytest.mark.parametrize("late", ["_script", "_tools", "_popups", "_overlays"])
def test_what_comes_as_a_view_is_taken_away_wakes_nothing_of_it_and_reaches_the_other(cell: Cell, late: str) -> None:
    lost = getattr(cell.widget, late)
    cell.page.evaluate("(lost) => (window.lost = lost)", lost)
    cell.mount(2)
    shown = "figure" if late == "_script" else "[data-btlab-tick]"
    cell.page.wait_for_function(f"document.querySelectorAll('{shown}').length === 2")
    cell.page.wait_for_timeout(200)  # no frame of either is under way
    cell.page.evaluate(AWAY, lost)
    cell.page.wait_for_selector("[data-btlab-tools] button.ov")
    cell.drawn()
    assert cell.page.evaluate("[window.cells[0].el.childNodes.length, window.cells[0].heard.size]") == [0, 0]
    if late == "_popups":
        assert cell.page.evaluate("[window.root.dataset.btlabTools, window.board.querySelectorAll('.pop, .sheet').length]") == [
            "here",
            0,
        ]
    elif late == "_overlays":  # the tools do not wait for them
        assert cell.page.evaluate("[window.root.dataset.btlabTools, window.board.querySelectorAll('button.ov').length]") == [
            "here",
            0,
        ]
    else:
        assert cell.page.evaluate("window.root.dataset.btlabTools") is None
    assert cell.page.locator("[data-btlab-tick]").count() == 1


def test_a_kernel_that_dies_before_the_tools_are_here_leaves_panels_that_play(cell: Cell) -> None:
    widget: Any = cell.widget
    cell.page.evaluate("(lost) => (window.lost = lost)", widget._tools)
    cell.mount()
    cell.page.wait_for_function("performance.getEntriesByName('btlab:painted').length > 0")
    room = cell.page.locator(".w").bounding_box()
    for name in ("Play", "Pause", "Play", "Pause"):
        before = cell.tick
        if name == "Play":
            cell.page.get_by_role("button", name=name).click()
            cell.until(lambda tick=before: cell.tick > tick)  # type: ignore[misc]
        else:
            cell.page.keyboard.press("Space")
            cell.page.get_by_role("button", name="Play").wait_for()
    notice = cell.page.get_by_text("The tools are not here.")
    notice.wait_for()
    assert cell.mark("tools") == ""
    cell.page.evaluate("window.lost = 'none'; Promise.all(window.held.splice(0).map((answer) => answer()))")
    cell.page.wait_for_selector("[data-btlab-tools]")
    notice.wait_for(state="hidden")
    assert cell.page.locator(".w").bounding_box() == room  # nothing jumped
    cell.page.get_by_role("button", name="Jump to a date, tick or trade (G)").click()
    cell.page.get_by_role("textbox", name="Go to").wait_for()


def sizes_of(cell: Cell) -> dict[str, list[float]]:
    """Widths and heights of all parts: a notice above moves what is below it, makes the whole higher and takes nothing of it."""
    return {name: box[2:] for name, box in cell.page.evaluate(BOXES).items() if name != ".w"}


def test_a_box_that_is_asked_for_before_its_script_is_here_opens_as_it_comes(cell: Cell) -> None:
    widget: Any = cell.widget
    cell.page.evaluate("(lost) => (window.lost = lost)", widget._popups)
    cell.mount()
    cell.page.wait_for_selector("[data-btlab-tools]")
    cell.page.get_by_role("button", name="EMA").first.wait_for()
    notice = cell.page.get_by_text("The boxes are not here.")
    notice.wait_for()
    room = sizes_of(cell)
    cell.take_keyboard()
    cell.key("?", "Escape", "End", "g")
    assert cell.page.locator(".pop, .sheet").count() == 0
    cell.page.evaluate("window.lost = 'none'; Promise.all(window.held.splice(0).map((answer) => answer()))")
    cell.page.get_by_role("textbox", name="Go to").wait_for()
    notice.wait_for(state="hidden")
    assert cell.page.get_by_role("dialog", name="Keys").count() == 0  # Esc took that wish back
    cell.page.keyboard.type("#7")
    cell.page.keyboard.press("Enter")
    cell.until(lambda: cell.tick == 7)
    assert sizes_of(cell) == room  # nothing gave way to what takes no room


def test_where_only_the_overlays_are_missing_the_tools_are_there_and_the_page_says_which(cell: Cell) -> None:
    widget: Any = cell.widget
    cell.page.evaluate("(lost) => (window.lost = lost)", widget._overlays)
    cell.mount()
    cell.page.wait_for_selector("[data-btlab-tools]")
    notice = cell.page.get_by_text("The overlays are not here.")
    notice.wait_for()
    assert cell.page.get_by_text("The tools are not here.").count() == 0
    assert cell.page.get_by_role("button", name="EMA").count() == 0
    cell.take_keyboard()
    cell.key("End", "2")
    assert cell.tick == 2_999
    assert cell.page.locator(".w.one").count() == 1
    room = cell.page.locator(".panels").bounding_box()
    cell.page.evaluate("window.lost = 'none'; Promise.all(window.held.splice(0).map((answer) => answer()))")
    cell.page.get_by_role("button", name="EMA").first.wait_for()
    notice.wait_for(state="hidden")
    after = cell.page.locator(".panels").bounding_box()
    assert (room["width"], room["height"]) == (after["width"], after["height"])
    cell.until(lambda: "EMA" in cell.text(".ovl"))


BOXES = """Object.fromEntries([".bar", ".panels", ".lg", ".play", ".scrub", ".side", ".trades", ".w"].map((name) => {
  const {x, y, width, height} = document.querySelector(name).getBoundingClientRect();
  return [name, [x, y, width, height].map(Math.round)];
}))"""


@pytest.mark.parametrize("width", [360, 420, 700, 1400])
def test_boxes_stand_where_they_stood_when_the_tools_come(cell: Cell, width: int) -> None:
    page, lost = cell.page, cell.widget._tools  # type: ignore[attr-defined]
    page.set_viewport_size({"width": width, "height": 900})
    page.evaluate("(lost) => (window.lost = lost)", lost)
    cell.mount()
    page.wait_for_function("performance.getEntriesByName('btlab:painted').length > 0")
    before = page.evaluate(BOXES)
    page.evaluate("window.lost = 'none'; Promise.all(window.held.splice(0).map((answer) => answer()))")
    page.wait_for_selector("[data-btlab-tools]")
    cell.drawn()
    assert page.evaluate(BOXES) == before


def test_a_page_whose_policy_allows_no_blob_shows_picture_and_widget(cell: Cell, tmp_path: Any) -> None:
    whole = (STATIC / "loader.js").read_text("utf-8")
    code, exports = re.subn(r"export\{(\w+) as default\};\s*$", r"window.loader={default:\1};", whole)
    assert exports == 1
    policy = f'<meta http-equiv="Content-Security-Policy" content="{STRICT}">'
    (tmp_path / "strict.html").write_text(
        BLANK.replace("<body>", f'{policy}<body><script type="module">{code}</script>'), "utf-8"
    )
    cell.page.goto((tmp_path / "strict.html").as_uri())
    cell.page.evaluate("window.deaf = true")
    cell.mount()
    picture = cell.page.locator("figure img")
    picture.wait_for()
    assert picture.evaluate("(image) => image.decode().then(() => image.naturalWidth)") == 1200
    cell.page.evaluate("window.deaf = false; Promise.all(window.held.splice(0).map((answer) => answer()))")
    cell.page.wait_for_selector("[data-btlab-tools]")
    assert cell.page.evaluate("performance.getEntriesByName('btlab:painted').length") == 1
    assert len(cell.told) == 4
    assert all(re.match(r"Loading the script 'blob:\S+ violates", refusal) for refusal in cell.told)
    cell.told.clear()
