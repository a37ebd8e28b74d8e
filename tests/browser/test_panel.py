"""The dashboard in a Panel server, and saved as a file."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.browser.conftest import free_port
from tests.browser.sessions import naughty, session

APP = """
import sys
sys.path.insert(0, {root!r})
import panel as pn
from tests.browser.sessions import naughty, session

shared = session().dashboard()
pn.serve(
    {{"page": lambda: session().dashboard(), "shared": shared, "named": lambda: naughty().dashboard()}},
    port={port}, address="127.0.0.1", show=False, websocket_origin="127.0.0.1:{port}",
)
"""


@pytest.fixture(scope="module")
def server(serve, tmp_path_factory) -> str:
    folder, port = tmp_path_factory.mktemp("panel"), free_port()
    (folder / "app.py").write_text(APP.format(root=str(Path(__file__).parents[2]), port=port))
    return serve(["app.py"], f"http://127.0.0.1:{port}", folder)


def test_the_dashboard_plays_steps_and_draws(visit, server):
    page = visit(server + "/page", height=1400)
    page.until(lambda: page.mark("ticks") == str(len(session().data)))
    page.take_keyboard()
    page.key("Home")
    page.until(lambda: page.tick == 0)
    page.key("ArrowRight")
    page.until(lambda: page.tick > 0)
    before = page.tick
    page.key("ArrowRight", "ArrowRight")
    page.until(lambda: page.tick > before)
    page.key("ArrowLeft", "ArrowLeft")
    page.until(lambda: page.tick == before)
    page.key("Space")
    page.until(lambda: page.tick > before)
    page.key("Space")
    for word in ("Net result", "Max drawdown", "Equity and drawdown", "Months", "Results", "Trades"):
        page.page.get_by_text(word).first.wait_for()
    assert page.page.locator("canvas").count() >= 8


@pytest.mark.parametrize("path", ["/page", "/shared"])
def test_two_visitors_never_share_a_head(visit, server, path):
    one, other = visit(server + path), visit(server + path)
    start = other.tick
    one.take_keyboard()
    one.key("n", "n")
    one.until(lambda: one.tick > start)
    other.page.wait_for_timeout(600)
    assert other.tick == start
    late = visit(server + path)
    assert late.tick == start


def test_a_click_on_a_trade_moves_only_the_own_replay(visit, server):
    one, other = visit(server + "/shared", height=2400), visit(server + "/shared", height=2400)
    start = other.tick
    one.page.locator(".tabulator-row").first.click()
    one.until(lambda: one.tick == session().trades["entry_tick"][-1])
    other.page.wait_for_timeout(400)
    assert other.tick == start


def test_names_stay_text(visit, server):
    page = visit(server + "/named", height=2400)
    page.take_keyboard()
    page.key("n", "n")
    page.page.wait_for_timeout(800)
    assert page.page.evaluate("window.hit") is None
    assert page.page.locator("img[src='x']").count() == 0


def test_the_saved_dashboard_needs_no_network(visit, tmp_path):
    path = tmp_path / "dashboard.html"
    session().dashboard().save(path)
    page = visit(path.as_uri(), height=2200, wait=False)
    frame = page.page.frame_locator("iframe[title=Replay]")
    frame.locator("[data-btlab-tick]").wait_for()
    assert page.page.locator(".tabulator-row").count() > 3
    assert all(page.page.locator(name).first.is_visible() for name in (".strip", ".months", ".bk-Canvas"))
    page.page.get_by_text("Light or dark").click()
    page.until(lambda: frame.locator("[data-btlab-tick]").get_attribute("data-theme") == "dark")


def test_the_saved_dashboard_keeps_names_as_text(visit, tmp_path):
    path = tmp_path / "named.html"
    naughty().dashboard().save(path)
    page = visit(path.as_uri(), wait=False)
    page.page.frame_locator("iframe[title=Replay]").locator("[data-btlab-tick]").wait_for()
    assert page.page.evaluate("window.hit") is None
