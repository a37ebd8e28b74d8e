"""The quickstart and the replay's notebook in a real JupyterLab: what they say is there. `test_hosts` has what holds in every host."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from tests.browser.hosts import run_all

NOTEBOOKS = Path(__file__).parents[2] / "notebooks"
QUICKSTART, REPLAY = "01-quickstart.ipynb", "05-replay.ipynb"

COUNT_ASKED = """() => {
  const send = WebSocket.prototype.send, text = (data) => typeof data === "string" ? data : new TextDecoder("latin1").decode(data);
  window.asked = new Set();
  WebSocket.prototype.send = function (data) {
    const [, hash] = /"kind": ?"script", ?"hash": ?"([0-9a-f]+)"/.exec(text(data)) ?? [];
    if (hash) window.asked.add(hash);
    send.call(this, data);
  };
}"""
SCRIPTS = "[window.asked.size, globalThis[Symbol.for('btlab.scripts.1')].here.size]"


@pytest.fixture(scope="module")
def lab(lab_server) -> str:
    address, folder = lab_server
    for name in (QUICKSTART, REPLAY):
        shutil.copy(NOTEBOOKS / name, folder / name)
    return f"{address}/lab/tree/{{}}?reset"


def _cells(page) -> int:
    return page.evaluate("document.querySelectorAll('.jp-Notebook .jp-Cell').length")


def test_the_quickstart_runs_plays_and_tells_python(visit, lab):
    opened = visit(lab.format(QUICKSTART), width=1500, height=1300, wait=False)
    page = opened.page
    run_all(page)
    widget = page.locator("[data-btlab-tools]").nth(1)
    widget.wait_for(timeout=240_000)
    page.wait_for_function(
        "document.querySelector('.jp-Notebook').innerText.includes('dashboard.html: ')", timeout=240_000, polling=300
    )
    opened.root = widget
    assert page.locator("[data-btlab-tick]").count() == 2
    opened.until(lambda: opened.tick > 200_000)  # the twin in Python moved the head

    widget.scroll_into_view_if_needed()
    widget.locator('[data-btlab-panel="5m"]').click(position={"x": 100, "y": 100})
    before = opened.tick
    opened.key("Space")
    opened.until(lambda: opened.tick > before)
    opened.key("Space")
    opened.key("Home")
    opened.until(lambda: opened.tick == 0)
    opened.key("ArrowRight", "ArrowRight")
    opened.until(lambda: opened.tick > 0)
    tick = opened.tick
    texts = page.locator(".jp-Cell").all_inner_texts()
    cell = page.locator(".jp-Cell").nth(next(i for i, text in enumerate(texts) if 'replay.step(10, "5m")' in text))
    cell.scroll_into_view_if_needed()
    cell.locator(".cm-content").click()
    page.keyboard.press("Control+a")
    page.keyboard.type("replay.position")
    page.keyboard.press("Control+Enter")
    cell.locator(".jp-OutputArea-output", has_text=str(tick)).wait_for()


def test_the_replays_notebook_has_what_it_says_and_its_explorer_runs_and_writes_code(visit, lab):
    opened = visit(lab.format(REPLAY), width=1500, height=1300, wait=False)
    page = opened.page
    page.evaluate(COUNT_ASKED)
    run_all(page)
    page.wait_for_function(
        "document.querySelector('.jp-Notebook').innerText.includes('session.html: ')", timeout=300_000, polling=300
    )
    assert page.locator(".jp-RenderedText[data-mime-type='application/vnd.jupyter.stderr']").count() == 0
    page.wait_for_function("document.querySelectorAll('[data-btlab-tools]').length === 3", timeout=120_000)
    explorer = page.locator("[data-btlab-explorer]")
    explorer.wait_for(timeout=120_000)
    opened.root = explorer
    opened.until(lambda: opened.mark("explorer") == "3 6 2 0")  # the twin in Python moved the sliders
    assert page.evaluate(SCRIPTS) == [5, 5]  # three charts have one script in four parts, the explorer another
    cells = _cells(page)

    explorer.scroll_into_view_if_needed()
    fast = explorer.locator("[data-btlab-slider=fast] input")
    fast.focus()
    opened.key("ArrowRight")
    opened.until(lambda: opened.mark("explorer") == "4 6 2 0")
    for key in ("a", "b", "d", "d", "x", "m", "0", "0", "c", "v"):
        opened.key(key)
        assert _cells(page) == cells, key
    opened.until(lambda: int(opened.mark("trials")) > 140)  # map and curves fill in while nobody asks
    explorer.get_by_role("button", name="Keep this session").click()
    explorer.get_by_role("button", name="Kept as .session").wait_for()
    texts = page.locator(".jp-Cell").all_inner_texts()
    cell = page.locator(".jp-Cell").nth(next(i for i, text in enumerate(texts) if "kept = explorer.keep()" in text))
    cell.scroll_into_view_if_needed()
    cell.locator(".cm-content").click()
    page.keyboard.press("Control+a")
    page.keyboard.type("explorer.session.parameters, explorer.code()")
    page.keyboard.press("Control+Enter")
    cell.locator(".jp-OutputArea-output", has_text="Crossing(fast=12, slow=60, stop=1.5)").wait_for()
    assert "'fast': 12" in cell.locator(".jp-OutputArea-output").first.inner_text()
    cell.locator(".cm-content").click()
    page.keyboard.press("Control+a")
    page.keyboard.type("import os, signal; os.kill(os.getpid(), signal.SIGKILL)")
    page.keyboard.press("Control+Enter")
    explorer.get_by_text("The kernel is gone.").wait_for()  # without a question
