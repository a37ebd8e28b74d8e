"""Overlays in a page: their names and values, parameters changed in place by a kernel, and a file that has none."""

from __future__ import annotations

import base64
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any

import pytest
import talib

import btlab as bt
from btlab.widgets.controller import Controller
from btlab.widgets.tape import Tape
from tests.browser.conftest import Visit
from tests.browser.kernel import scripts

MOUNT = """async (texts) => {
  const [core, ...later] = texts.map((text) => import(URL.createObjectURL(new Blob([text], {type: "text/javascript"}))));
  const heard = [], bytes = (text) => Uint8Array.from(atob(text), (c) => c.charCodeAt(0)).buffer;
  const send = async (message) => { for (const [header, text] of await kernel(message)) heard.forEach((f) => f(header, [bytes(text)])); };
  const element = document.body.appendChild(document.createElement("div"));
  (await core).default.render({model: {on: (_, f) => heard.push(f), off: () => {}, send, get: () => "", set() {}, save_changes() {}}, el: element, later});
}"""
INK = """(panel) => {
  const canvas = panel.querySelector("canvas"), {data, width} = canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height);
  const places = [];
  for (let i = 0; i < data.length; i += 4) if (Math.abs(data[i] - 139) + Math.abs(data[i + 1] - 89) + Math.abs(data[i + 2] - 10) < 24) places.push((i / 4) % width);
  return [Math.min(...places), Math.max(...places), places.length];
}"""


class Watches(bt.Strategy):
    timeframe = "5m"

    def init(self):
        self.mean = self.indicator("EMA", timeperiod=20)
        self.rsi = self.indicator("RSI", timeperiod=14)


class Middle(bt.Overlay):
    timeframe = "1h"
    length: int = 5

    def draw(self, bars):
        return bt.overlays.line((talib.MAX(bars.high, self.length) + talib.MIN(bars.low, self.length)) / 2)


@cache
def session() -> bt.Session:
    return bt.run(Watches(), bt.simulate_ticks("EURUSD", days=2))


def values(tick: int, timeperiod: int) -> tuple[str, str]:
    """EMA and RSI on the 5m bars that had closed by a tick, as the page writes them."""
    closes = session().at(tick).completed("5m").close
    return f"{talib.EMA(closes, 20)[-1]:.5f}", f"{talib.RSI(closes, timeperiod)[-1]:.3f}"


@pytest.fixture
def live(visit: Callable[..., Visit], tmp_path: Path) -> Visit:
    """The widget over a kernel that answers."""
    blank = tmp_path / "blank.html"
    blank.write_text("<!doctype html><title>overlays</title><body></body>")
    page = visit(blank.as_uri(), wait=False)
    controller = Controller(Tape(session(), at=30_000, overlays=[Middle()]))

    def kernel(message: Any) -> list[Any]:
        return [(header, base64.b64encode(buffer).decode()) for header, buffer in controller.receive(message)]

    page.page.expose_function("kernel", kernel)
    page.page.evaluate(MOUNT, scripts())
    page.page.wait_for_selector("[data-btlab-tools]")
    page.drawn()
    return page


def names(page: Visit, panel: str) -> list[str]:
    return page.page.locator(f'[data-btlab-panel="{panel}"] .ov').all_inner_texts()


def seen(page: Visit, panel: str, *parts: str) -> None:
    """Waits until the legends of a panel say each of these, names and values."""
    page.until(lambda: all(any(part in name.replace("\n", " ") for name in names(page, panel)) for part in parts))


def test_values_follow_the_head_and_parameters_change_in_place(live: Visit) -> None:
    mean, rsi = values(30_000, 14)
    seen(live, "5m", "EMA 20", "RSI 14", mean, rsi)
    assert len(names(live, "1h")) == 1
    assert mean in live.page.locator(".blk.ovl").inner_text()
    live.page.locator('[data-btlab-panel="5m"] .plg .ov').click()
    live.page.mouse.move(5, 5)  # the legend is the head's again, not the pointer's
    box = live.page.get_by_role("spinbutton", name="timeperiod")
    assert (box.input_value(), box.get_attribute("min")) == ("14", "2")
    box.fill("5")
    seen(live, "5m", "RSI 5", values(30_000, 5)[1])
    box.fill("1")
    assert live.page.get_by_role("alert").filter(visible=True).inner_text() == "timeperiod is 2 to 100000."
    seen(live, "5m", "RSI 5")
    box.fill("7")
    live.page.keyboard.press("Escape")
    assert not box.is_visible()
    seen(live, "5m", "RSI 7", values(30_000, 7)[1])
    live.take_keyboard()
    live.key("ArrowRight", "ArrowRight")
    assert live.tick > 30_000
    live.page.mouse.move(5, 5)
    seen(live, "5m", *values(live.tick, 7))
    row = live.page.locator(".ovl dd").first
    live.until(lambda: row.inner_text().count("1.") == 2)  # the head rests: beside the closed bar's value the running one's
    live.key("ArrowRight")
    assert row.inner_text().count("1.") == 1, "not that of another moment"
    live.key("ArrowLeft", "ArrowLeft", "ArrowLeft", "Home")
    seen(live, "5m", "RSI 7")
    assert names(live, "5m")[0].strip() == "EMA 20", "no bar has closed, so there is no value"


def test_a_users_overlay_says_what_is_wrong_where_it_is_changed(live: Visit) -> None:
    live.page.locator('[data-btlab-panel="1h"] .ov').click()
    box = live.page.get_by_role("spinbutton", name="length")
    box.fill("1")  # TA-Lib wants 2: only the user's own code knows
    alert = live.page.get_by_role("alert").filter(visible=True)
    live.until(lambda: "draw failed" in alert.inner_text() if alert.count() else False)
    box.fill("3")
    seen(live, "1h", "Middle 3")
    live.until(lambda: alert.count() == 0)


def test_a_file_shows_them_and_says_why_nothing_changes(visit: Callable[..., Visit], tmp_path: Path) -> None:
    file = session().to_html(tmp_path / "replay.html", at=30_000, overlays=[Middle(), bt.overlays.sessions()])
    page = visit(file.as_uri())
    seen(page, "5m", *values(30_000, 14))
    left, right, count = page.page.locator('[data-btlab-panel="5m"]').evaluate(INK)
    page.take_keyboard()
    page.key("Home")
    assert page.page.locator('[data-btlab-panel="5m"]').evaluate(INK)[2] < count / 4, "the lines went with the bars"
    assert right - left > 200
    page.page.locator('[data-btlab-panel="5m"] .plg .ov').click()
    assert page.page.get_by_role("spinbutton", name="timeperiod").is_disabled()
    assert "no kernel" in page.page.get_by_role("dialog", name="Parameters of RSI 14").inner_text()
