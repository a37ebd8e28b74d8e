"""Boxes at every width and in every font: no price of a legend under the price axis, nothing cut, whatever the page's letters."""

from __future__ import annotations

import numpy as np
import pytest

import btlab as bt
from tests.browser.conftest import TWO_FRAMES
from tests.browser.sessions import Every, overlays, session

WIDTHS = [*range(352, 1940, 122), 732, 1032, 1312, 1372, 1387, 1402, 1532]
NUMBERS = """() => [...document.querySelectorAll(".scroll tbody tr[aria-selected] td:first-child")].map((cell) => {
  cell.textContent = "98765";
  return cell.scrollWidth - cell.clientWidth;
})"""
HEAD = """() => {
  const [head, net] = [document.querySelector(".trades .hd"), document.querySelector(".trades .hd .sum > :last-child")].map((part) => part.getBoundingClientRect());
  return [net.width, head.right - net.right];
}"""
STARTS = """() => [...document.querySelectorAll(".lg.tight")].map((legend) => {
  const { left, top } = legend.getBoundingClientRect(), lines = new Map();
  for (const part of legend.querySelectorAll(".tf, .v, .ov, .st")) {
    const { x, y, width, height } = part.getBoundingClientRect(), line = Math.floor((y + height / 2 - top) / 16);
    if (width) lines.set(line, Math.min(lines.get(line) ?? Infinity, x - left));
  }
  return [...lines.values()];
})"""
"""Where the lines of legends that need more than one begin."""
MEASURE = """() => [...document.querySelectorAll("[data-btlab-panel]")].map((panel) => {
  const box = panel.getBoundingClientRect(), legend = panel.querySelector(".lg").getBoundingClientRect();
  const axis = parseFloat(getComputedStyle(document.querySelector(".btlab")).getPropertyValue("--axis"));
  const shown = [...panel.querySelectorAll(".lg .v, .lg .num, .lg .st")].map((part) => part.getBoundingClientRect()).filter((part) => part.width > 0);
  const values = [...panel.querySelectorAll(".lg .v")].map((part) => part.getBoundingClientRect());
  return {
    name: panel.dataset.btlabPanel, values: values.filter((part) => part.width > 20 && part.height > 8).length,
    over: Math.max(...values.map((part) => part.right)) - (box.right - axis), under: Math.max(...values.map((part) => part.bottom)) - legend.bottom,
    rest: Math.max(...shown.map((part) => Math.min(part.right, part.top < legend.bottom - 8 ? part.right : 0))) - legend.right,
    high: legend.height, room: box.height,
  };
})"""
QUOTES = """() => [...document.querySelectorAll(".quote .q")].filter((quote) => {
  const range = document.createRange(), room = quote.closest(".quote").getBoundingClientRect(), pill = document.querySelector(".spr").getBoundingClientRect();
  range.selectNodeContents(quote);
  const { left, right } = range.getBoundingClientRect();
  return left < room.left - 0.5 || right > room.right + 0.5 || (left < pill.right && right > pill.left);
}).map((quote) => quote.textContent)"""
"""Quotes that are cut, or touch the spread between them."""
HALVES = r"""() => [...document.querySelectorAll(".plg, .lg .ovs")].filter((row) => row.offsetWidth).flatMap((row) => {
  const room = row.getBoundingClientRect();
  return [...row.querySelectorAll(".ov span")].filter((each) => /^[\u2212\d]/.test(each.textContent)).map((each) => [each.textContent, each.getBoundingClientRect(), each.closest(".ov").getBoundingClientRect()])
    .filter(([, box, entry]) => box.top < Math.min(room.bottom, entry.bottom) - 2 && box.right > Math.min(room.right, entry.right) + 0.5).map(([text]) => text);
})"""
"""Values of overlays that are seen in part only."""
FILLED = """() => {
  const scroll = document.querySelector(".scroll"), seen = [...scroll.querySelectorAll("tbody tr[aria-selected] td")].filter((cell) => cell.offsetWidth);
  const right = Math.max(...seen.map((cell) => cell.getBoundingClientRect().right));
  const cut = seen.filter((cell) => !cell.matches(":last-child") && cell.scrollWidth > cell.clientWidth).map((cell) => cell.textContent);
  return [scroll.getBoundingClientRect().left + scroll.clientWidth - right, [...new Set(cut)]];
}"""
"""How much of the list's width its columns leave, and what is cut in them but the last."""


@pytest.fixture(scope="module")
def file(tmp_path_factory) -> str:
    return session().to_html(tmp_path_factory.mktemp("layout") / "replay.html").as_uri()


@pytest.mark.parametrize(
    ("font", "theme"), [("DejaVu Sans", "light"), ("DejaVu Sans", "dark"), ("Liberation Sans Narrow", "light")]
)
def test_no_price_of_a_legend_is_cut_or_lies_under_the_axis(visit, file, font, theme):
    page = visit(file, theme=theme).page
    page.add_style_tag(content=f'.btlab.btlab{{font-family:"{font}"!important}}')
    for width in WIDTHS:
        page.set_viewport_size({"width": width, "height": 900})
        page.evaluate(TWO_FRAMES)
        page.evaluate(TWO_FRAMES)
        for panel in page.evaluate(MEASURE):
            assert panel["values"] == 4, (width, panel)
            assert panel["over"] <= 0, (width, panel)
            assert panel["under"] <= 1, (width, panel)
            assert panel["rest"] <= 0, (width, panel)
            assert panel["high"] < panel["room"] / 2.5, (width, panel)


def test_the_trade_list_shows_the_result_where_a_panel_is_as_wide_as_a_notebook(visit, file):
    page = visit(file)
    page.take_keyboard()
    page.key("End")
    for width in (412, 600, 640, 700, 800, 942, 1100, 1368, 1400, 1900):
        page.page.set_viewport_size({"width": width, "height": 1000})
        page.drawn()
        list_box = page.page.locator(".scroll").bounding_box()
        net = page.page.locator("tbody tr[aria-selected] td").nth(11).bounding_box()
        assert net["x"] + net["width"] <= list_box["x"] + list_box["width"] + 1, width
        short, cut = page.page.evaluate(FILLED)
        assert abs(short) <= 1, (width, short)
        assert cut == [], (width, cut)


class Large(bt.Strategy):
    """Three trades with long prices and large results."""

    timeframe = "5m"

    def on_bar(self, ctx):
        if ctx.count("5m") in (10, 110, 210):
            ctx.buy(size=1e13, stop_loss=ctx.bid * 0.8)
        if ctx.count("5m") in (100, 200, 290):
            ctx.close_position()


def test_no_number_of_the_trade_list_or_of_a_legend_is_cut_however_long(visit, tmp_path):
    ticks = bt.simulate_ticks("EURUSD", days=2)
    small = bt.Ticks.from_arrays(ticks.time, np.round(ticks.bid * 1e-6, 12), np.round(ticks.ask * 1e-6, 12), symbol="SMALL")
    beneath = [bt.overlays.indicator("MACD", timeframe="15m")]
    page = visit(bt.run(Large(), small, cash=100_000_000).to_html(tmp_path / "large.html", overlays=beneath).as_uri())
    page.take_keyboard()
    page.key("End")
    seen = page.page.locator("tbody tr[aria-selected] td").all_inner_texts()
    assert max(len(text) for text in seen) >= 10, seen
    for width in (600, 640, 700, 800, 942, 1100, 1250, 1368, 1500, 1900):
        page.page.set_viewport_size({"width": width, "height": 1000})
        page.drawn()
        short, cut = page.page.evaluate(FILLED)
        assert abs(short) <= 1, (width, short)
        assert cut == [], (width, cut)
        assert page.page.evaluate(QUOTES) == [], width
        assert page.page.evaluate(HALVES) == [], (width, "a value that has no room is left out, its digits are not cut")
    assert page.page.locator(".trades .opt").first.is_visible(), "the widest has room for all of it"


def test_numbers_of_trades_are_whole_and_the_net_result_is_seen_at_every_width(visit, file):
    page = visit(file)
    page.take_keyboard()
    page.key("End")
    for width in (340, 420, 480, 600, 700, 1100, 1900):
        page.page.set_viewport_size({"width": width, "height": 1000})
        page.drawn()
        net, left = page.page.evaluate(HEAD)
        assert net > 20 and left >= 8, (width, net, left)
    for width in (420, 640, 1100, 1900):
        page.page.set_viewport_size({"width": width, "height": 1000})
        page.drawn()
        assert max(page.page.evaluate(NUMBERS)) <= 0, width


@pytest.mark.parametrize(("width", "height"), [(420, 800), (1100, 1100)])
def test_what_is_said_and_asked_stands_in_view_and_over_no_price_or_button(visit, file, width, height):
    page = visit(file, width=width, height=height)
    for part in (".bar", ".tr", ".trades"):
        page.page.locator(part).scroll_into_view_if_needed()
        page.page.evaluate("document.querySelector('.w').focus({ preventScroll: true })")
        page.key("b")
        said = page.page.locator(".toast").bounding_box()
        assert said["y"] >= 0 and said["y"] + said["height"] <= height, (part, said)
        for other in (".bar", ".panels", ".tr") if width > 900 else (".bar", ".tr") if part == ".bar" else (".bar",):
            box = page.page.locator(other).bounding_box()
            assert said["y"] >= box["y"] + box["height"] or said["y"] + said["height"] <= box["y"], (part, other)
        page.key("g")
        asked = page.page.locator(".pop:not([hidden])").bounding_box()
        assert asked["y"] >= -1 and asked["y"] + asked["height"] <= height + 1, (part, asked)
        page.key("Escape")


def test_lines_of_a_legend_begin_below_each_other_and_values_come_first(visit, tmp_path):
    page = visit(session().to_html(tmp_path / "overlays.html", overlays=overlays()).as_uri(), width=1100)
    page.take_keyboard()
    page.key("End")
    starts = page.page.evaluate(STARTS)
    assert max(len(lines) for lines in starts) >= 3
    assert all(abs(left) <= 0.5 for lines in starts for left in lines), starts
    legend = page.page.locator('[data-btlab-panel="5m"] .lg').bounding_box()
    average = page.page.locator('[data-btlab-panel="5m"] .ov', has_text="EMA").bounding_box()
    assert average["y"] + average["height"] <= legend["y"] + legend["height"] + 1, (
        "the average has room, the shades may have none"
    )


def test_a_panel_of_bars_that_are_not_there_has_no_letters_of_prices(visit, tmp_path):
    bars = bt.bars(bt.simulate_ticks("EURUSD", days=1), "5m")
    page = visit(bt.run(Every(), bars).to_html(tmp_path / "bars.html").as_uri()).page
    assert page.locator('[data-btlab-panel="1m"] .lg').inner_text().strip() == "1m"
    assert page.locator('[data-btlab-panel="5m"] .lg .v:visible').count() == 4
