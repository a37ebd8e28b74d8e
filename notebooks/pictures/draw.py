"""The pictures of the README and the notebooks, taken anew: run it by `make pictures`, and commit what it changes.

The market is simulated and the strategy of no merit, so the same pictures come out on every machine with the same letters.
"""

from __future__ import annotations

import os
import socket
import sys
import tempfile
import time
from contextlib import suppress
from pathlib import Path

import panel as pn
from playwright.sync_api import Browser, Page, sync_playwright

import btlab as bt

FOLDER = Path(__file__).parent
SIZE = {"width": 1400, "height": 1010}
QUIET = ["--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-background-networking", "--disable-sync"]


class Cross(bt.Strategy):
    """Long and short by two averages of a quarter of an hour."""

    timeframe = "15m"

    def init(self):
        self.fast = self.indicator("SMA", timeperiod=8)
        self.slow = self.indicator("SMA", timeperiod=48)

    def on_bar(self, ctx):
        up, down = ctx.crossed_above(self.fast, self.slow), ctx.crossed_below(self.fast, self.slow)
        if (up or down) and ctx.position != 0.0:
            ctx.close_position()
        if up:
            ctx.mark("cross", ctx.value(self.slow))
            ctx.buy(size=8_000, stop_loss=ctx.bid - 0.0012, take_profit=ctx.bid + 0.0024, tag="cross up")
        elif down:
            ctx.mark("cross", ctx.value(self.slow))
            ctx.sell(size=8_000, stop_loss=ctx.ask + 0.0012, take_profit=ctx.ask - 0.0024, tag="cross down")


class Tuned(Cross):
    """The same with lengths and distances that can be explored."""

    quick: int = 8
    calm: int = 48
    stop: float = 0.0012
    target: float = 0.0024

    def init(self):
        self.fast = self.indicator("SMA", timeperiod=self.quick)
        self.slow = self.indicator("SMA", timeperiod=self.calm)

    def on_bar(self, ctx):
        up, down = ctx.crossed_above(self.fast, self.slow), ctx.crossed_below(self.fast, self.slow)
        if (up or down) and ctx.position != 0.0:
            ctx.close_position()
        if up:
            ctx.buy(size=8_000, stop_loss=ctx.bid - self.stop, take_profit=ctx.bid + self.target)
        elif down:
            ctx.sell(size=8_000, stop_loss=ctx.ask + self.stop, take_profit=ctx.ask - self.target)


RANGES: dict[str, tuple[float, ...]] = {
    "quick": (4, 20), "calm": (24, 84, 4), "stop": (0.0006, 0.0030, 0.0002), "target": (0.0010, 0.0050, 0.0002),
}  # fmt: skip


def main() -> int:
    """Writes the pictures beside this file."""
    session = bt.run(Cross(), bt.simulate_ticks("EURUSD", days=10))
    entries = session.trades["entry_time"]
    with tempfile.TemporaryDirectory() as scratch, sync_playwright() as playwright:
        file = session.to_html(Path(scratch) / "replay.html", at=entries[len(entries) * 2 // 3], theme="dark")
        browser = playwright.chromium.launch(executable_path=os.environ.get("BTLAB_CHROMIUM"), args=QUIET)
        page = browser.new_page(viewport=SIZE, device_scale_factor=1.25, color_scheme="dark")  # type: ignore[arg-type]
        page.goto(file.as_uri())
        page.wait_for_selector("[data-btlab-tools]")
        page.add_style_tag(content=".btlab .w::after{display:none!important}")  # no ring around what has the keyboard
        for name, keys in {"replay": ["n", "ArrowRight", "ArrowRight"], "enlarged": ["3", *["ArrowRight"] * 2]}.items():
            take(page, name, keys)
        take_explorer(browser)
        browser.close()
    return 0


def take(page: Page, name: str, keys: list[str]) -> None:
    """Presses keys, points at a bar, and takes the widget."""
    page.locator(".w").focus()
    for key in keys:
        page.keyboard.press(key)
        page.wait_for_timeout(150)
    box = page.locator("[data-btlab-panel]:visible").nth(-1 if "3" in keys else 1).bounding_box()
    assert box
    page.mouse.move(box["x"] + box["width"] * 0.55, box["y"] + box["height"] * 0.5, steps=4)
    page.wait_for_timeout(500)
    page.locator(".btlab").screenshot(path=FOLDER / f"{name}.png")


def take_explorer(browser: Browser) -> None:
    """Moves two sliders of a page that this process serves, waits until the map is filled in, and takes the explorer."""
    explorer = bt.explore(Tuned, bt.simulate_ticks("EURUSD", days=10), **RANGES)
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = int(probe.getsockname()[1])
    here = f"127.0.0.1:{port}"
    server = pn.serve(explorer.panel, port=port, address="127.0.0.1", show=False, threaded=True, websocket_origin=here)
    try:
        wait(port)
        page = browser.new_page(viewport=SIZE, device_scale_factor=1.25, color_scheme="dark")  # type: ignore[arg-type]
        page.goto(f"http://{here}/")
        root = page.locator("[data-btlab-explorer]")
        for slider, place in {"calm": "6", "quick": "9"}.items():
            page.locator(f"[data-btlab-slider={slider}] input").fill(place)
        trials, before = -1, -2
        while trials != before:  # the map is filled in while nobody moves anything
            page.wait_for_timeout(3_000)
            before, trials = trials, int(root.get_attribute("data-btlab-trials") or 0)
        page.locator(".btlab").screenshot(path=FOLDER / "explorer.png")
    finally:
        server.stop()
        explorer.close()


def wait(port: int) -> None:
    """Until the server answers, at most 20 seconds."""
    for _ in range(100):
        with suppress(OSError):
            return socket.create_connection(("127.0.0.1", port)).close()
        time.sleep(0.2)


if __name__ == "__main__":
    sys.exit(main())
