"""The dashboard in a Panel server, and saved as a file."""

from __future__ import annotations

import re

from tests.browser.hosts import panel_app, server_host
from tests.browser.sessions import naughty, session

EXPLORER = "[data-btlab-explorer]"


def test_the_dashboard_draws_and_visitors_never_share_a_head(visit, panel_server):
    one, other = (visit(panel_server + "/shared", height=2400) for _ in range(2))
    one.until(lambda: one.mark("ticks") == str(len(session().data)))
    start = other.tick
    one.take_keyboard()
    one.key("n", "n")
    one.until(lambda: one.tick > start)
    other.page.wait_for_timeout(300)
    assert other.tick == start
    one.page.locator(".tabulator-row").first.click()
    one.until(lambda: one.tick == session().trades["entry_tick"][-1])
    other.page.wait_for_timeout(300)
    assert other.tick == start
    assert visit(panel_server + "/shared").tick == start
    for word in ("Net result", "Max drawdown", "Equity and drawdown", "Months", "Results", "Trades"):
        one.page.get_by_text(word).first.wait_for()
    assert one.page.locator("canvas").count() >= 8


def test_names_stay_text(visit, panel_server):
    page = visit(panel_server + "/named", height=2400)
    page.take_keyboard()
    page.key("n", "n")
    page.page.wait_for_timeout(800)
    assert page.page.evaluate("window.hit") is None
    assert page.page.locator("img[src='x']").count() == 0


def test_the_saved_dashboard_needs_no_network_and_keeps_names_as_text(visit, tmp_path):
    path = tmp_path / "dashboard.html"
    naughty().dashboard().save(path)
    page = visit(path.as_uri(), width=1300, height=2200, wait=False)
    frame = page.page.frame_locator("iframe[title=Replay]")
    frame.locator("[data-btlab-tools]").wait_for()
    assert page.page.locator(".scroll").evaluate("(table) => table.scrollWidth - table.clientWidth") == 0, "the year is in view"
    figures = page.page.locator(".strip").inner_text()
    assert "−" in figures and not re.search(r"-[\d∞]", figures), figures
    assert page.page.locator(".tabulator-row").count() > 3
    assert all(page.page.locator(name).first.is_visible() for name in (".strip", ".months", ".bk-Canvas"))
    page.page.get_by_text("Light or dark").click()
    page.until(lambda: frame.locator("[data-btlab-tick]").get_attribute("data-theme") == "dark")
    assert page.page.evaluate("window.hit") is None


def test_a_server_that_ends_is_told_of_without_a_question(visit, serve, tmp_path):
    """On a server of its own: others go on asking theirs."""
    address = panel_app(serve, tmp_path)
    chart, explorer = server_host(visit, address), visit(address + "/explorer", wait=False)
    explorer.page.wait_for_selector(f"{EXPLORER} canvas")
    notice = chart.page.locator(".notice:visible")
    assert notice.count() == explorer.page.get_by_text("The kernel is gone").count() == 0
    chart.begin("__import__('os').kill(__import__('os').getpid(), 9)")
    chart.visit.until(lambda: "The kernel is gone." in "".join(notice.all_inner_texts()))
    assert "What was sent still plays" in notice.first.inner_text()
    explorer.page.get_by_text("The kernel is gone.").wait_for()
    assert "load its page, again" in explorer.page.locator(EXPLORER).inner_text()


def test_a_fork_before_anybody_looks_is_where_every_visitor_begins():
    replay, sent = session().dashboard().replay, []
    replay._send_msg = sent.append
    first = replay.fork(away=0.0002)
    for visitor in ("1,1,1,1", "2,2,2,2"):
        replay._handle_msg({"page": visitor, "message": {"kind": "ready"}})
    assert [told["message"].get("action") for told in sent] == [None, "fork"] * 2
    assert replay.forked is first
    again = replay.fork(away=0.0004)
    assert [(told["page"], told["message"]["name"]) for told in sent[4:]] == [
        ("1,1,1,1", "away=0.0004"),
        ("2,2,2,2", "away=0.0004"),
    ]
    assert replay.forked is again
