"""The file that plays by itself: its keys, its scrubber, its themes, and names that must stay text."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.browser.drawn import RECORD
from tests.browser.sessions import NAUGHTY, naughty, overlays, session


@pytest.fixture(scope="module")
def file(tmp_path_factory) -> str:
    return session().to_html(tmp_path_factory.mktemp("player") / "replay.html").as_uri()


@pytest.fixture(scope="module")
def overlaid(tmp_path_factory) -> str:
    return session().to_html(tmp_path_factory.mktemp("player") / "overlays.html", overlays=overlays()).as_uri()


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


LONG_TRADES = """() => window.drawnOn(document.querySelector(".lanes"))[0].calls
  .filter(({ kind, round, box }) => kind === "rect" && round && box[3] - box[1] <= 8 && box[2] - box[0] >= 2 && box[1] > 30 && box[3] < 75).length"""


@pytest.mark.parametrize("panel", ["", "3"])
def test_plus_and_minus_zoom_the_panel_and_undo_each_other(visit, file, panel):
    page = visit(file)
    page.page.evaluate(RECORD)
    page.take_keyboard()
    page.key("End", *panel)
    shown = RECTANGLES.replace("5m", "15m" if panel else "5m")

    def bars(*keys: str) -> int:
        page.key(*keys)
        return int(page.page.evaluate(shown))

    before = bars()
    wider, again, narrower = bars("+", "+"), bars("-", "-"), bars("-", "-")
    assert wider < 0.8 * before
    assert again == before
    assert 1.2 * before < narrower < 3 * before, "one step, not all of the session"
    assert bars("=") == before


def test_one_box_is_open_at_a_time(visit, overlaid):
    page = visit(overlaid, width=1100)
    page.take_keyboard()
    boxes = page.page.locator(".pop:not([hidden])")
    page.key("g")
    page.page.get_by_role("button", name="Pause when").click()
    assert [box.get_attribute("aria-label") for box in boxes.all()] == ["Pause when"]
    page.key("Escape")
    assert boxes.count() == 0
    page.page.get_by_role("button", name="BBANDS").first.click()
    assert boxes.count() == 1
    page.page.locator(".w").focus()
    page.key("4")
    assert boxes.count() == 0, "its panel is not seen any more"
    page.key("Escape")
    assert page.page.evaluate("document.activeElement === document.body"), "Esc has nothing else to close"


def test_a_trade_that_never_ends_is_told_as_it_is_at_the_end(visit, file):
    page = visit(file)
    page.page.evaluate(RECORD)
    page.take_keyboard()
    page.key("Home", "h")
    assert page.page.evaluate(LONG_TRADES) == len(session().trades), "one that never ends goes to the end of its lane"
    row = page.page.locator("tbody tr[aria-selected]").first
    told = [cell.inner_text().strip() for cell in row.locator("td").all()]
    assert told[5:9] == ["open at the end", "", "", ""]
    text = page.page.locator(".trades").inner_text()
    assert "NaN" not in text and "undefined" not in text
    page.key("End")
    assert [row.locator("td").nth(place).inner_text() for place in (0, 5, 10, 11)] == [told[0], "running", *told[10:12]]


def test_in_blind_mode_why_says_one_thing(visit, file):
    page = visit(file)
    page.take_keyboard()
    page.page.get_by_role("button", name="Blind: no symbol").click()
    page.drawn()
    assert page.page.locator(".why li").all_inner_texts() == [
        "Nothing was filled or refused at this tick.",
        "What the strategy saw is hidden in blind mode.",
    ]


def test_marks_that_are_prices_have_the_digits_of_prices(visit, file):
    page = visit(file)
    page.take_keyboard()
    page.key("End")
    values = [text.split()[0] for text in page.page.locator(".marks dd").all_inner_texts()]
    assert len(values) == 5
    page.key("Home", "n")
    values += [text.split()[0] for text in page.page.locator(".marks dd").all_inner_texts()]
    assert {len(value.partition(".")[2]) for value in values} == {5}, values


def test_the_strip_tells_of_a_bar_that_still_forms(visit, file):
    page = visit(file)
    page.take_keyboard()
    page.key("n", "3")
    change = {row.split()[0]: row.split()[-1] for row in page.page.locator(".form .fr").all_inner_texts()}
    told = dict(text.split("\n")[:2] for text in page.page.locator(".film button").all_inner_texts())
    assert abs(float(change["1d"].replace("\u2212", "-"))) >= 1
    assert told["1d"] == f"{float(change['1d'].replace(chr(0x2212), '-')):+.0f} pips".replace("-", "\u2212")


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
