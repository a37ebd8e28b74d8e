"""How panels look, read from what they drew: no label on another, nothing cut, lines on the pixel grid, letters that can be read."""

from __future__ import annotations

from itertools import combinations
from typing import Any

import pytest

from tests.browser.conftest import TWO_FRAMES
from tests.browser.drawn import LOOK, RECORD, WRITTEN, contrast
from tests.browser.sessions import overlays, session

STATES = [
    (700, 3.0, "light", "plain"), (1100, 1.5, "dark", "plain"), (1355, 2.0, "light", "plain"), (1900, 1.0, "dark", "plain"),
    (1100, 1.0, "light", "overlays"), (1500, 2.0, "dark", "overlays"),
]  # fmt: skip
STYLES = ("candles", "bars", "line", "heikin")


@pytest.fixture(scope="module")
def files(tmp_path_factory) -> dict[str, str]:
    folder = tmp_path_factory.mktemp("looks")
    written = session().to_html(folder / "plain.html"), session().to_html(folder / "overlays.html", overlays=overlays())
    return {path.stem: path.as_uri() for path in written}


@pytest.fixture(params=STATES, ids=lambda state: f"{state[0]}px-{state[1]}x-{state[2]}-{state[3]}")
def page(browser, files, request):
    width, ratio, theme, file = request.param
    context = browser.new_context(viewport={"width": width, "height": 1000}, device_scale_factor=ratio, color_scheme=theme)
    page = context.new_page()
    page.add_init_script(RECORD)
    page.goto(files[file])
    page.wait_for_selector("[data-btlab-tools]")
    page.add_style_tag(
        content=".btlab.btlab{font-family:'DejaVu Sans'!important}"
    )  # its digits are equally wide: a text is one call
    page.locator(".w").focus()
    yield page
    context.close()


def settle(page: Any) -> None:
    page.evaluate(TWO_FRAMES)
    page.evaluate(TWO_FRAMES)


def states(page: Any) -> Any:
    """One look after the other: the opening, a trade that runs, the pointer in a panel, one panel, each style, all of it small."""
    settle(page)
    yield "open"
    page.keyboard.press("n")
    page.keyboard.press("Shift+ArrowRight")
    settle(page)
    yield "trade"
    box = page.locator('[data-btlab-panel="5m"]').bounding_box()
    page.mouse.move(box["x"] + 90, box["y"] + 120)
    settle(page)
    yield "pointed"
    page.keyboard.press("2")
    settle(page)
    yield "one"
    for style in STYLES[1:]:
        page.locator(".tools .pick").select_option(style)
        settle(page)
        yield style
    page.keyboard.press("0")
    page.mouse.move(box["x"] + 90, box["y"] + 120)
    page.keyboard.down("Control")
    for _ in range(8):
        page.mouse.wheel(0, 240)
        settle(page)
    page.keyboard.up("Control")
    page.keyboard.press("End")
    settle(page)
    yield "small"


def left(canvases: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """The texts that nothing was painted over later, the canvases of a part one upon the other."""
    calls = [call for canvas in canvases for call in canvas["calls"]]
    return [
        call
        for place, call in enumerate(calls)
        if call["kind"] == "text" and not any(covers(later, call) for later in calls[place + 1 :])
    ]


def covers(rect: dict[str, Any], text: dict[str, Any]) -> bool:
    if rect["kind"] != "rect" or len(rect["colour"]) != 7:  # what is not opaque hides nothing
        return False
    (a, b, c, d), (e, f, g, h) = rect["box"], text["box"]
    middle = (f + h) / 2
    return bool(a <= e + 1 and c >= g - 1 and b <= middle <= d) or bool(a < g and c > e and b <= f + 1 and d >= h - 1)


def touch(one: dict[str, Any], other: dict[str, Any]) -> bool:
    (a, b, c, d), (e, f, g, h) = one["box"], other["box"]
    return bool(min(c, g) - max(a, e) > 0.5 and min(d, h) - max(b, f) > 0.5)


def test_labels_lines_and_letters(page):
    seen = {"texts": 0, "rects": 0, "lines": 0, "letters": 0, "numbers": 0}
    for state in states(page):
        for part in page.evaluate(LOOK, [state == "trade"]):
            texts = left(part["canvases"])
            calls = [call for canvas in part["canvases"] for call in canvas["calls"]]
            said = (state, part["name"])
            for canvas in part["canvases"]:
                no_label_is_buried(said, canvas["calls"])
            seen["texts"] += no_label_lies_on_another_and_none_is_cut(said, texts, part["canvases"][0]["size"])
            seen["rects"] += rectangles_lie_on_the_grid(said, calls)
            seen["lines"] += lines_lie_on_the_grid(said, calls)
            if part["papers"]:
                seen["letters"] += drawn_letters_can_be_read(said, calls, texts, part["papers"])
            seen["numbers"] += state == "one" and "#1" in {text["text"] for text in texts}
        if state == "trade":
            seen["letters"] += written_letters_can_be_read(page)
    assert seen["texts"] > 250
    assert seen["rects"] > 1000
    assert seen["lines"] > 15
    assert seen["letters"] > 150
    assert seen["numbers"] == 1, "an open trade has its number in the enlarged panel"


def no_label_is_buried(said: Any, calls: list[dict[str, Any]]) -> None:
    """A tag or a pill that came later lies on no text of its own canvas, not even on a part of it."""
    for place, text in enumerate(calls):
        for later in calls[place + 1 :] if text["kind"] == "text" else []:
            assert not (later.get("round") and touch(text, later)), (said, text, later)


def no_label_lies_on_another_and_none_is_cut(said: Any, texts: list[dict[str, Any]], size: list[int]) -> int:
    for one, other in combinations(texts, 2):
        assert not touch(one, other), (said, one, other)
    for text in texts:
        (a, b, c, d), clip = text["box"], text["clip"]
        room = [max(0, clip[0]), max(0, clip[1]), min(size[0], clip[2]), min(size[1], clip[3])]
        assert a >= room[0] - 1 and c <= room[2] + 1 and b >= room[1] - 1 and d <= room[3] + 1, (said, text, room)
    return len(texts)


def rectangles_lie_on_the_grid(said: Any, calls: list[dict[str, Any]]) -> int:
    rects = [call for call in calls if call["kind"] == "rect" and not call.get("round")]
    for rect in rects:
        assert all(abs(edge - round(edge)) < 0.01 for edge in rect["box"]), (said, rect)
    return len(rects)


def lines_lie_on_the_grid(said: Any, calls: list[dict[str, Any]]) -> int:
    """Hairlines across or down; a trade's line is wider and may go anywhere."""
    lines = [call for call in calls if call["kind"] == "line" and abs(call["width"] - round(call["width"])) < 1e-6]
    level = [line for line in lines if line["from"][0] == line["to"][0] or line["from"][1] == line["to"][1]]
    for line in level:
        (x0, y0), (x1, _) = line["from"], line["to"]
        edge = (x0 if x0 == x1 else y0) - line["width"] / 2
        assert abs(edge - round(edge)) < 0.01, (said, line)
    return len(level)


def drawn_letters_can_be_read(said: Any, calls: list[dict[str, Any]], shown: list[dict[str, Any]], papers: list[str]) -> int:
    texts = [call for call in calls if call["kind"] == "text"]
    for text, paper in zip(texts, papers, strict=True):
        if any(text is other for other in shown):
            assert contrast(text["colour"], paper) >= 4.5, (said, text, paper)
    return len(shown)


def written_letters_can_be_read(page: Any) -> int:
    """In both palettes; what cannot be pressed may be paler."""
    texts = []
    for _ in range(2):
        texts += [text for text in page.evaluate(WRITTEN) if not text["disabled"]]
        page.get_by_role("button", name="Colour-blind palette").click()
        settle(page)
    for text in texts:
        assert text["dim"] == 1, text
        assert contrast(text["ink"], text["paper"]) >= 4.5, text
    return len(texts)
