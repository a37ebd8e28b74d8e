"""The pictures of the README and the notebooks, taken anew: run it by `make pictures`, and commit what it changes.

The market is simulated and the strategy of no merit, so the same pictures come out on every machine with the same letters.
"""

from __future__ import annotations

import os
import sys
import tempfile
from pathlib import Path

from playwright.sync_api import Page, sync_playwright

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


if __name__ == "__main__":
    sys.exit(main())
