"""What the pointer does in a panel: wheel, drag, the price axis, double click, crosshair, card and click, on one page in turn."""

from __future__ import annotations

import re
from itertools import pairwise
from statistics import median
from typing import Any

import pytest

from tests.browser.drawn import RECORD
from tests.browser.kernel import Live, live
from tests.browser.test_replay import session

PANELS = ("1m", "5m", "15m", "1h", "4h", "1d")
AT = 40_000
REASONS = {"stop_loss": "stop", "take_profit": "target"}
DRAWN = """(name) => window.drawnOn(document.querySelector(`[data-btlab-panel="${name}"]`)).flatMap(({ calls }) => calls)"""
ARROW = """() => {
  const panel = document.querySelector('[data-btlab-panel="5m"]'), box = panel.getBoundingClientRect();
  for (let x = box.width - 70; x > 0; x -= 4)
    for (let y = 50; y < box.height - 40; y += 4) {
      panel.dispatchEvent(new PointerEvent("pointermove", {clientX: box.left + x, clientY: box.top + y, bubbles: true}));
      if (panel.classList.contains("over")) return [x, y];
    }
}"""
"""Where in the panel the pointer is over a trade."""


class Pointed:
    """A page, and the pointer in its 5m panel."""

    def __init__(self, page: Live) -> None:
        self.page, self.mouse = page, page.page.mouse
        self.panel = page.page.locator('[data-btlab-panel="5m"]')
        self.box: Any = self.panel.bounding_box()

    def move(self, x: float, y: float, **options: Any) -> None:
        self.mouse.move(self.box["x"] + x, self.box["y"] + y, **options)
        self.page.drawn()

    def away(self) -> None:
        self.mouse.move(3, 3)
        self.page.drawn()

    def drag(self, x: float, y: float, right: float, down: float) -> None:
        self.move(x, y)
        self.mouse.down()
        self.move(x + right, y + down, steps=6)
        self.mouse.up()
        self.page.drawn()

    def wheel(self, down: float) -> None:
        self.mouse.wheel(0, down)
        self.page.drawn()
        self.page.drawn()

    def drawn(self, name: str = "5m") -> list[dict[str, Any]]:
        return list(self.page.page.evaluate(DRAWN, name))

    def clocks(self, name: str = "5m") -> dict[str, float]:
        """The labels of the time axis, and where each begins."""
        return self._labels(name, r"\d\d:\d\d", 0)

    def prices(self) -> dict[str, float]:
        return self._labels("5m", r"\d\.\d{5}", 1)

    def _labels(self, name: str, form: str, edge: int) -> dict[str, float]:
        calls = self.drawn(name)
        return {call["text"]: call["box"][edge] for call in calls if call["kind"] == "text" and re.fullmatch(form, call["text"])}

    def crossed(self, name: str) -> tuple[int, int]:
        """How many dashed lines go down, and across, the panel."""
        lines = [call for call in self.drawn(name) if call["kind"] == "line" and call["dashed"]]
        down = sum(line["from"][0] == line["to"][0] for line in lines)
        return down, len(lines) - down


@pytest.fixture(scope="module")
def shared(visit_once: Any, tmp_path_factory: pytest.TempPathFactory) -> Live:
    return live(visit_once, session().replay(at=AT), tmp_path_factory.mktemp("pointer"), before=RECORD)


@pytest.fixture
def at(shared: Live) -> Any:
    """Every panel fits and is at the head, the pointer elsewhere."""
    shared.page.mouse.move(3, 3)
    shared.drawn()
    yield Pointed(shared)
    assert shared.tick == AT, "a pointer in a panel never moves the head"


def test_the_wheel_zooms_after_a_click_and_is_the_pages_before(at):
    at.move(150, 120)
    before = at.clocks()
    at.wheel(240)
    assert at.clocks() == before
    at.mouse.click(at.box["x"] + 150, at.box["y"] + 120)
    others = at.clocks("15m")
    at.wheel(240)
    after = at.clocks()
    assert span(after) > 1.2 * span(before), "more minutes a pixel"
    at.page.key("l")
    at.wheel(240)
    assert at.clocks("15m") != others, "locked: all of them zoom"
    at.page.key("l", "=")


def test_a_drag_pans_and_a_double_click_comes_back(at):
    at.away()
    home = at.panel.locator(".home")
    fresh = at.clocks()
    beside = at.clocks("15m")
    assert not home.is_visible()
    at.drag(150, 120, 100, 0)
    at.away()
    moved = at.clocks()
    there = [moved[text] - fresh[text] for text in moved.keys() & fresh.keys()]
    assert there and all(shift == 100 for shift in there), there
    assert (home.is_visible(), at.clocks("15m")) == (True, beside)
    at.move(150, 120)
    at.wheel(240)
    at.mouse.dblclick(at.box["x"] + 150, at.box["y"] + 120)
    at.away()
    assert (at.clocks(), home.is_visible()) == (fresh, False)
    assert at.page.widget.selection is None, "nothing was clicked"


def test_the_price_axis_is_pulled_taller_and_a_double_click_fits(at):
    at.away()
    before, times = at.prices(), at.clocks()
    axis = at.box["width"] - 25
    at.drag(axis, 80, 0, 80)
    assert height(at.prices()) < 0.7 * height(before), "a pip takes less room"
    at.drag(axis, 160, 0, -120)
    assert height(at.prices()) > 1.2 * height(before)
    at.away()
    assert at.clocks() == times
    at.mouse.dblclick(at.box["x"] + 150, at.box["y"] + 120)
    at.away()
    assert at.prices() == before


def test_the_crosshair_is_in_every_panel_at_one_time(at):
    alone, labels = {name: at.crossed(name) for name in PANELS}, at.clocks().keys()
    at.move(150, 120)
    shown = {name: at.crossed(name) for name in PANELS}
    for name in PANELS:
        down, across = (now - then for now, then in zip(shown[name], alone[name], strict=True))
        assert down <= 1 and across == int(name == "5m"), name
    assert [shown[name][0] - alone[name][0] for name in ("1m", "5m", "15m")][1:] == [1, 1]
    (own,) = at.clocks().keys() - labels
    hour, minute = own.split(":")
    assert f"{hour}:{int(minute) // 15 * 15:02d}" in at.clocks("15m"), "the bar of 15 minutes that holds it"
    at.away()
    assert {name: at.crossed(name) for name in PANELS} == alone


def test_a_trade_under_the_pointer_tells_of_itself_and_a_click_selects_it(at):
    x, y = at.page.page.evaluate(ARROW)
    at.move(x, y)
    card = at.panel.locator(".card")
    card.wait_for()
    said = card.inner_text()
    number = int(re.match(r"#(\d+) Long 1,000", said)[1])  # type: ignore[index]
    trade = session().trades.row(number - 1, named=True)
    sign = "+" if trade["pnl"] > 0 else "\u2212"
    for part in (
        f"{sign}{abs(trade['pnl']):.2f}", f"{trade['entry_price']:.5f}", f"{trade['exit_price']:.5f}", trade["tag"],
        f"Exit, {REASONS[trade['exit_reason']]}", f"{trade['entry_time']:%H:%M}",
    ):  # fmt: skip
        assert part in said, (part, said)
    at.mouse.click(at.box["x"] + x, at.box["y"] + y)
    at.page.until(lambda: at.page.widget.selection == number)
    assert at.page.text("tr[aria-selected=true] td") == str(number)


def span(clocks: dict[str, float]) -> float:
    """Minutes a pixel."""
    (early, x0), *_, (late, x1) = sorted(clocks.items(), key=lambda each: each[1])
    minutes = [60 * int(text[:2]) + int(text[3:]) for text in (early, late)]
    return ((minutes[1] - minutes[0]) % 1440) / (x1 - x0)


def height(prices: dict[str, float]) -> float:
    """Pixels a unit of price: tags of levels may have been moved a little, the labels of the axis stand where they belong."""
    labels = sorted((float(text), y) for text, y in prices.items())
    return median((y0 - y1) / (high - low) for (low, y0), (high, y1) in pairwise(labels))
