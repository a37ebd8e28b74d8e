"""The file that plays by itself: its keys, its scrubber, its themes, and names that must stay text."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.browser.drawn import RECORD
from tests.browser.sessions import NAUGHTY, naughty, session


@pytest.fixture(scope="module")
def file(tmp_path_factory) -> str:
    return session().to_html(tmp_path_factory.mktemp("player") / "replay.html").as_uri()


def test_every_step_is_undone_by_its_opposite(visit, file):
    page = visit(file)
    page.take_keyboard()
    for unit in range(7):
        page.key("ArrowRight")
        here = page.tick
        page.key("ArrowRight")
        assert page.tick > here, unit
        page.key("ArrowLeft")
        assert page.tick == here, unit
        if unit not in (3, 4):  # ten times 4h or 1d leads beyond both ends
            page.key("Shift+ArrowRight", "Shift+ArrowLeft")
            assert page.tick == here, unit
        page.key("u")


def test_keys_move_the_head_where_they_say(visit, file):
    page = visit(file)
    page.take_keyboard()
    entries = session().trades["entry_tick"].to_list()
    page.key("Home")
    assert page.tick == 0
    page.key("n")
    assert page.tick == entries[0]
    page.key("n", "p")
    assert page.tick == entries[0]
    page.key("End")
    assert page.tick == len(session().data) - 1
    page.key("g")
    page.page.keyboard.type("#4711")
    page.key("Enter")
    assert page.tick == 4711
    page.key("h")
    assert page.mark("future") == "shown"


def test_space_plays_and_pauses(visit, file):
    page = visit(file)
    page.take_keyboard()
    before = page.tick
    page.key("ArrowUp", "ArrowUp", "Space")
    assert page.mark("playing") == "true"
    page.until(lambda: page.tick > before + 100)
    page.key("Space")
    assert page.mark("playing") == "false"
    rested = page.tick
    page.page.wait_for_timeout(200)
    assert page.tick == rested


RECTANGLES = """() => window.drawnOn(document.querySelector('[data-btlab-panel="5m"]')).flatMap(({ calls }) => calls.filter((call) => call.kind === "rect")).length"""


def test_two_fingers_spread_the_bars_and_bring_them_together(visit, file):
    page = visit(file)
    page.page.evaluate(RECORD)
    page.take_keyboard()
    page.key("End")
    box = page.page.locator('[data-btlab-panel="5m"]').bounding_box()
    middle, y = box["x"] + 0.4 * box["width"], box["y"] + 0.5 * box["height"]
    touch = page.page.context.new_cdp_session(page.page)
    touch.send("Emulation.setTouchEmulationEnabled", {"enabled": True, "maxTouchPoints": 2})

    def pinch(*spreads: float) -> int:
        for number, spread in enumerate(spreads):
            points = [{"x": middle + side * spread, "y": y, "id": number} for number, side in enumerate((-1, 1))]
            touch.send("Input.dispatchTouchEvent", {"type": "touchMove" if number else "touchStart", "touchPoints": points})
        touch.send("Input.dispatchTouchEvent", {"type": "touchEnd", "touchPoints": []})
        page.drawn()
        return page.page.evaluate(RECTANGLES)

    tick, before = page.tick, page.page.evaluate(RECTANGLES)
    wide = pinch(20, 30, 40, 50, 60)
    assert wide < 0.6 * before
    assert pinch(60, 50, 40, 30, 20) > 1.5 * wide
    assert page.tick == tick


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_it_follows_the_systems_theme_and_has_a_button(visit, file, theme):
    page = visit(file, theme=theme)
    ground = "getComputedStyle(document.body).backgroundColor"
    before = page.page.evaluate(ground)
    assert (sum(int(part) for part in before[4:-1].split(",")) < 384) == (theme == "dark")
    page.page.get_by_role("button", name="theme").or_(page.page.locator("button[aria-label*='dark' i]")).first.click()
    page.until(lambda: page.page.evaluate(ground) != before)


def test_names_stay_text(visit, tmp_path):
    page = visit(naughty().to_html(tmp_path / "named.html").as_uri())
    page.take_keyboard()
    page.key("n", "n", "h", "End")
    page.page.wait_for_timeout(500)
    assert page.page.evaluate("window.hit") is None
    assert page.page.locator("#player img").count() == 0
    assert NAUGHTY[:28] in page.page.locator("#player").inner_text()


def test_the_same_session_gives_the_same_bytes_and_no_address(tmp_path):
    first, second = (session().to_html(tmp_path / name).read_bytes() for name in ("a.html", "b.html"))
    assert first == second
    assert b"http://" not in first.replace(b"http://www.w3.org/", b"") and b"https://" not in first
    assert Path(tmp_path / "a.html").stat().st_size < 4_000_000
