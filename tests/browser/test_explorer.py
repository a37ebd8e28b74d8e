"""The explorer in a Panel server, driven by keys and mouse; and fifty mounts of it, which leave nothing behind."""

from __future__ import annotations

import base64

import pytest

import btlab as bt
from btlab.session.exploration.trials import figures_of
from btlab.widgets.explorer.controller import ExplorerController
from btlab.widgets.scripts import STATIC
from tests.browser.conftest import TWO_FRAMES
from tests.browser.drawn import LOOK, RECORD, WRITTEN, contrast
from tests.browser.explorations import Crossed, exploration
from tests.browser.test_looks import (
    drawn_letters_can_be_read,
    left,
    no_label_is_buried,
    no_label_lies_on_another_and_none_is_cut,
    rectangles_lie_on_the_grid,
)
from tests.browser.test_mounting import ALIVE, COUNT

ROOT = "[data-btlab-explorer]"
OVERFLOWS = """(root) => [...root.querySelectorAll('.met dd, .met dt, .bl td, .prm output, .kv dd, .bar .btn')]
  .filter((each) => each.scrollWidth > each.clientWidth + 1 && getComputedStyle(each).display !== 'inline').map((each) => each.textContent)"""
INK = """(canvas) => new Set(new Uint32Array(canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height).data.buffer)).size"""


@pytest.fixture
def address(panel_server) -> str:
    return panel_server + "/explorer"


def opened(visit, address: str, **how):
    page = visit(address, wait=False, **how)
    page.root = page.page.locator(ROOT)
    page.root.wait_for()
    return page


def slider(page, name: str):
    return page.page.locator(f"[data-btlab-slider={name}] input")


def at(page) -> list[int]:
    return [int(place) for place in page.mark("explorer").split()]


def test_sliders_map_list_and_code(visit, address):
    page, ranges = opened(visit, address), exploration().ranges
    assert at(page) == [4, 5]
    slider(page, "lookback").focus()
    page.page.keyboard.press("ArrowRight")
    page.until(lambda: at(page) == [5, 5])
    session = bt.run(Crossed(lookback=9), exploration().setup.data)
    net = session.equity["equity"][-1] - 10_000
    told = page.page.locator("[data-btlab-figure=net] .v").inner_text()
    assert told.replace("−", "-").replace(",", "") == f"{net:+.2f}"
    page.page.get_by_text("was 8", exact=True).wait_for()
    page.page.get_by_text("8 / 0.0010 before").wait_for()

    cells = len(ranges[0].values) * len(ranges[1].values)
    page.until(lambda: int(page.mark("trials")) == cells - 11)  # a column of the map is refused
    page.page.get_by_text(f"Best of {cells - 11}").wait_for()
    area = page.page.get_by_role("application").nth(1)
    area.focus()
    for key in ("ArrowLeft", "ArrowUp", "Enter"):
        page.page.keyboard.press(key)
    page.until(lambda: at(page) == [4, 4])
    outcomes = [exploration().calculate((x, y)) for x in (2, 9) for y in (0, 10)]
    best = page.page.locator(".bl button").first
    best.click()
    page.until(lambda: page.page.locator(".bl tr[aria-current=true]").count() == 1)
    shown = float(page.page.locator("[data-btlab-figure=net] .v").inner_text().replace("−", "-").replace(",", ""))
    assert shown >= max(round(figures_of(outcome)["net"], 2) for outcome in outcomes)

    page.page.get_by_role("button", name="Copy code").click()
    code = page.page.get_by_label("The parameters as code").input_value()
    assert eval(code, {"Crossed": Crossed}).parameters() == exploration().values_at(tuple(at(page)))
    page.page.keyboard.press("Escape")
    page.page.get_by_role("button", name="Keep this session").click()
    page.page.get_by_role("button", name="Kept as .session").wait_for()
    assert page.page.evaluate("document.documentElement.scrollWidth <= innerWidth")


def test_a_refused_place_keeps_the_result_and_its_words_stay_text(visit, address):
    page = opened(visit, address)
    slider(page, "lookback").fill("8")
    page.page.get_by_role("alert").filter(has_text="refuses 12").wait_for()
    assert at(page) == [4, 5]
    assert page.page.evaluate("window.hit") is None
    slider(page, "lookback").fill("6")
    page.until(lambda: at(page) == [6, 5])
    assert page.page.get_by_role("alert").count() == 0


def test_a_drag_ends_where_it_ends_and_visitors_share_nothing(visit, address):
    page, other = opened(visit, address), opened(visit, address)
    box = slider(page, "lookback").bounding_box()
    page.page.mouse.move(box["x"] + 6 + 0.4 * (box["width"] - 12), box["y"] + box["height"] / 2)
    page.page.mouse.down()
    for step in range(12):
        page.page.mouse.move(box["x"] + (0.4 + 0.05 * step) * box["width"], box["y"] + box["height"] / 2)
    page.page.mouse.up()
    page.until(lambda: at(page)[0] == int(slider(page, "lookback").input_value()) >= 9)
    end = at(page)
    page.page.get_by_text("8 / 0.0010 before").wait_for()  # the ghost is of where the drag began
    page.page.wait_for_timeout(300)
    assert at(page) == end and at(other) == [4, 5]


def test_answers_leave_at_once(visit, address):
    page, said = opened(visit, address), []
    page.page.on("websocket", lambda socket: socket.on("framereceived", lambda frame: said.append(str(frame))))
    page.page.reload()
    page.root.wait_for()
    slider(page, "lookback").fill("6")
    page.until(lambda: at(page) == [6, 5])
    assert any('"prompt":true' in each.replace(" ", "") or '"prompt",true' in each for each in said)


@pytest.mark.parametrize(("widths", "theme"), [((700, 1900), "light"), ((1100,), "dark")])
def test_every_part_is_drawn_and_nothing_is_cut_off_or_hard_to_read(visit, address, widths, theme):
    page = visit("about:blank", wait=False, theme=theme)
    page.page.add_init_script(RECORD)
    page.page.goto(address)
    page.root = page.page.locator(ROOT)
    page.root.wait_for()
    slider(page, "away").fill("2")
    page.until(lambda: at(page) == [4, 2] and int(page.mark("trials")) > 60)
    for width in widths:
        page.page.set_viewport_size({"width": width, "height": 1000})
        page.page.mouse.move(width / 2, 300)
        page.drawn()
        page.drawn()
        assert page.root.evaluate(OVERFLOWS) == []
        assert all(canvas.evaluate(INK) > 3 for canvas in page.root.locator("canvas").all())
        assert page.page.evaluate("document.documentElement.scrollWidth <= innerWidth")
        letters = [drawn_letters_are_clean((width, part["name"]), part) for part in page.root.evaluate(PARTS)]
        assert len(letters) >= 5 and sum(letters) > 30, letters
        written = [text for text in page.root.evaluate(f"(root) => ({WRITTEN})(root.closest('.btlab'))") if not text["disabled"]]
        assert len(written) > 60
        for text in written:
            assert text["dim"] == 1 and contrast(text["ink"], text["paper"]) >= 4.5, (width, text)


PARTS = f"(root) => ({LOOK})([true, root.closest('.btlab'), ':has(> canvas)'])"


def drawn_letters_are_clean(said, part) -> int:
    """No text on another, under a tag, beyond its canvas, or paler than can be read."""
    calls, texts = [call for canvas in part["canvases"] for call in canvas["calls"]], left(part["canvases"])
    no_label_is_buried(said, calls)
    rectangles_lie_on_the_grid(said, [call for call in calls if len(call.get("colour", "")) == 7])  # a wash may end anywhere
    drawn_letters_can_be_read(said, calls, texts, part["papers"])
    return no_label_lies_on_another_and_none_is_cut(said, texts, part["canvases"][0]["size"])


MOUNT = """([code, frames]) => import(URL.createObjectURL(new Blob([code], {type: "text/javascript"}))).then((core) => {
  const bytes = (text) => Uint8Array.from(atob(text), (c) => c.charCodeAt(0)).buffer;
  window.once = async () => {
    const element = document.createElement("div"), heard = [];
    document.body.append(element);
    const model = {
      on: (_, f) => heard.push(f), off: (_, f) => heard.splice(heard.indexOf(f), 1),
      send: (message) => message.kind === "ready" && queueMicrotask(() => frames.forEach(([header, text]) => heard.forEach((f) => f(header, [bytes(text)])))),
    };
    const stop = core.default.render({model, el: element}), painted = () => element.querySelector("[data-btlab-explorer]");
    for (let i = 0; i < 12000 && !painted(); i++) await new Promise((done) => setTimeout(done, 5));
    const input = element.querySelector("[data-btlab-slider] input");
    input.value = "7";
    input.dispatchEvent(new Event("input", {bubbles: true}));
    const drawn = element.querySelectorAll("canvas").length;
    stop();
    element.remove();
    return [drawn, heard.length];
  };
})"""


def test_fifty_mounts_leave_nothing(visit, tmp_path):
    first = exploration().calculate(exploration().begin)
    controller = ExplorerController(exploration(), first, lambda _frame: None)
    controller.ahead.on = False
    frames = [
        (h, base64.b64encode(b).decode())
        for h, b in controller.receive({"kind": "ready", "view": "v", "width": 500, "from": 0, "to": 0})
    ]
    controller.close()
    for header, _ in frames:
        header.pop("view", None)
    blank = tmp_path / "blank.html"
    blank.write_text("<!doctype html><title>mounts</title><body></body>")
    page = visit(blank.as_uri(), wait=False).page
    page.evaluate(COUNT)
    page.evaluate(MOUNT, [(STATIC / "explorer.js").read_text("utf-8"), frames])
    drawn, heard = page.evaluate("window.once()")
    assert (drawn, heard) == (5, 0)
    page.evaluate(TWO_FRAMES)
    before = page.evaluate(ALIVE)
    assert before[:4] == [0, 0, 0, 0]
    page.evaluate("(async () => { for (let i = 0; i < 50; i++) await window.once(); })()")
    page.evaluate(TWO_FRAMES)
    assert page.evaluate(ALIVE) == before
