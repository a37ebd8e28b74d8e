"""Trailing stops, nights, both sides of a hedged account, parts of orders and margin calls, as a reader of the page sees them."""

from __future__ import annotations

from functools import cache

import pytest

import btlab as bt
from tests.market.streams import in_units

DASHES = """
() => {
  const canvas = document.querySelectorAll('[data-btlab-panel="1m"] canvas')[1];
  const probe = document.createElement('canvas').getContext('2d');
  probe.fillStyle = getComputedStyle(canvas).getPropertyValue('--down').trim();
  probe.fillRect(0, 0, 1, 1);
  const [r, g, b] = probe.getImageData(0, 0, 1, 1).data;
  const { width, height } = canvas, { data } = canvas.getContext('2d').getImageData(0, 0, width, height);
  const rows = [];
  for (let y = 0; y < height; y++) {
    let count = 0;
    for (let x = 0; x < width; x++) {
      const i = 4 * (y * width + x);
      if (data[i] === r && data[i + 1] === g && data[i + 2] === b && data[i + 3] === 255) count++;
    }
    rows.push(count);
  }
  return Math.max(...rows);
}
"""


class Trails(bt.Strategy):
    """Long with a trailing stop and nothing else; kept over a night."""

    timeframe = "1h"
    away: float = 0.0060

    def on_bar(self, ctx):
        if ctx.position == 0.0 and ctx.count("1h") == 15:
            if self.away > 0.0:
                ctx.buy(size=100_000, trailing=self.away)
            else:
                ctx.buy(size=100_000)


class Both(bt.Strategy):
    timeframe = "1h"

    def on_bar(self, ctx):
        if ctx.count("1h") == 2:
            ctx.buy(size=60_000)
        if ctx.count("1h") == 3:
            ctx.sell(size=20_000)
            for number in range(6):
                ctx.buy(size=1_000, limit=ctx.bid - 0.03 - 0.001 * number)


class Parts(bt.Strategy):
    def on_start(self, ctx):
        ctx.buy(size=500)


@cache
def ticks() -> bt.Ticks:
    return bt.simulate_ticks("EURUSD", days=2)


def trailing(away: float = 0.0060) -> bt.Session:
    nights = bt.financing.percent(365.0, 0.0)
    return bt.run(Trails(away=away), ticks(), account=bt.Account(leverage=30, financing=nights))


def text_of(page, block: str) -> str:
    page.drawn()
    return page.page.locator(f"section.{block}").first.inner_text()


def test_the_trailing_stop_and_the_nights_at_the_head(visit, tmp_path):
    session = trailing()
    last = int(session.trades["exit_tick"][0]) - 1
    assert len(session.nights) == 1
    page = visit(session.to_html(tmp_path / "trail.html").as_uri())
    page.take_keyboard()
    for tick in (int(session.nights["tick"][0]) - 100, int(session.nights["tick"][0]) + 100, last):
        state = session.at(tick)
        level = state.trades["trailing_stop"][0]
        page.key("g")
        page.page.keyboard.type(f"#{tick}")
        page.key("Enter")
        orders = text_of(page, "orders")
        assert "Trailing" in orders and f"{level:.5f}" in orders
        assert f"{state.equity:,.2f}" in text_of(page, "eq")
    assert state.open_profit + session.cash - state.equity == pytest.approx(session.nights["financing"][0]) != 0.0
    drawn = page.page.evaluate(DASHES)
    plain = visit(trailing(0.0).to_html(tmp_path / "plain.html", at=last).as_uri())
    plain.drawn()
    assert drawn > 20 + plain.page.evaluate(DASHES), "its line crosses the panel"


def test_both_sides_of_a_hedged_account_and_more_orders_than_have_room(visit, tmp_path):
    session = bt.run(Both(), ticks(), account=bt.Account(mode="hedging", leverage=30))
    page = visit(session.to_html(tmp_path / "both.html", at=40_000).as_uri())
    said = text_of(page, "pos")
    assert "Net long 40,000" in said and "2 lots" in said
    state = session.at(40_000)
    assert f"{abs(state.open_profit):,.2f}" in said and f"{state.equity:,.2f}" in text_of(page, "eq")
    rows, listed = page.page.locator(".orders dt:visible"), page.page.locator(".orders dl")
    assert rows.count() == len(state.orders) == 6
    room, first = listed.bounding_box(), rows.first.bounding_box()
    assert (room["height"], first["y"]) == (80, room["y"]), "four lines, the newest first"
    listed.focus()
    page.key("PageDown")
    page.until(lambda: rows.last.bounding_box()["y"] + 20 <= room["y"] + 80.5)
    assert page.tick == 40_000, "the list keeps its own keys"


def test_an_order_that_is_filled_in_parts(visit, tmp_path):
    given = ticks()[:5_000]
    session = bt.run(Parts(), given, execution=bt.Execution(participation=0.5), instrument=in_units(given))
    parts = session.changes.filter(session.changes["change"] == "partly filled")["tick"].to_list()
    page = visit(session.to_html(tmp_path / "parts.html", at=parts[3]).as_uri())
    order = session.at(parts[3]).orders.row(0, named=True)
    assert f"buy {order['size'] - order['filled']:.0f} of 500" in text_of(page, "orders")


def test_margin_calls_are_named_in_the_marks(visit, tmp_path):
    class Heavy(bt.Strategy):
        timeframe = "1h"

        def on_bar(self, ctx):
            if ctx.position == 0.0:
                ctx.buy(fraction=29.0)

    session = bt.run(Heavy(), ticks(), account=bt.Account(leverage=30, margin_call=1.0))
    calls = session.marks.filter(session.marks["name"] == "margin_call")
    page = visit(session.to_html(tmp_path / "calls.html", at=int(calls["tick"][0]) + 1).as_uri())
    said = text_of(page, "marks")
    assert "Margin call" in said and f"{100 * calls['value'][0]:.2f} %" in said
    assert page.root.locator(".marks dt[title='Margin call']").count() > 0  # a long name is cut, and is read there
