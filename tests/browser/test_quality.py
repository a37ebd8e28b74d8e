"""The picture of quality in a real browser: a click opens a day, markup in names stays text, the theme changes."""

from __future__ import annotations

from pathlib import Path

import pytest

import btlab as bt
from tests.data.quality.markets import quality, quotes, without

NAME = "<img src=x onerror='top.hit=1'>"


@pytest.fixture(scope="module")
def page_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    ticks = quotes("2024-01-07 17:00", "2024-01-26 17:00", pace=20, symbol=NAME)
    ask = ticks.ask.copy()
    ask[5_000:5_020] = ticks.bid[5_000:5_020] - 0.0001
    odd = bt.Ticks.from_arrays(ticks.time, ticks.bid, ask, symbol=NAME, bid_size=ticks.bid_size, ask_size=ticks.ask_size)
    path = tmp_path_factory.mktemp("quality") / "quality.html"
    quality(without(odd, ("2024-01-14 22:00", "2024-01-15 22:00")), "fx").picture(theme="light").save(path)
    return path


def test_a_click_opens_a_day(visit, page_file: Path) -> None:
    page = visit(page_file.as_uri(), wait=False, height=1200).page
    page.get_by_text("Monday 15 January 2024").wait_for()
    page.get_by_text("no row in trading hours").wait_for()
    assert page.get_by_text(NAME).count() == 1
    box = page.locator("canvas").first.bounding_box()
    columns, rows = (box["width"] - 56 - 32) / 3.2, (box["height"] - 40 + 5) / 8  # weeks and days, about
    page.mouse.click(box["x"] + 56 + 0.6 * columns, box["y"] + 5 + 2.4 * rows)
    page.get_by_text("Tuesday 9 January 2024").wait_for()
    page.get_by_text("ask up to 0.00010 under bid").wait_for()
    assert page.get_by_text("no row in trading hours").count() == 0
    assert page.evaluate("top.hit") is None


def test_it_turns_dark(visit, page_file: Path) -> None:
    page = visit(page_file.as_uri(), wait=False, width=500).page
    page.get_by_text("Monday 15 January 2024").wait_for()
    page.get_by_text("Light or dark").click()
    page.wait_for_function("getComputedStyle(document.body).backgroundColor === 'rgb(11, 13, 16)'")
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
