"""The replay over a kernel: keys and their twins, pauses, forks, why, blind mode, views in step, and a clock that runs both ways."""

from __future__ import annotations

import base64
import re
from functools import cache
from typing import Any

import numpy as np
import polars as pl
import pytest

import btlab as bt
from btlab.widgets import conditions
from tests.browser.drawn import RECORD
from tests.browser.kernel import BLANK, MOUNT, Live, live, scripts
from tests.browser.payloads import PAYLOADS
from tests.browser.ways import TYPED, WAYS


class Acts(bt.Strategy):
    """Trades, marks, changes its stops, and is refused now and then."""

    timeframe = "5m"
    size: int = 1000
    away: float = 0.0010
    note: str = "plain"

    def init(self):
        self.seen = 0
        self.last = 0

    def on_bar(self, ctx):
        self.seen += 1
        if ctx.position == 0.0 and self.seen % 24 == 11:
            ctx.mark("entered", ctx.close("5m"))
            self.last = ctx.buy(
                size=self.size, stop_loss=ctx.bid - self.away, take_profit=ctx.bid + 0.0015, tag="every two hours"
            )
        elif ctx.position > 0.0 and self.seen % 24 == 20:
            ctx.modify(self.last, stop_loss=ctx.bid - 0.0012)
        if self.seen % 90 == 40:
            ctx.buy(size=900_000_000)
        if self.seen % 60 == 50:
            ctx.sell(size=500, limit=ctx.ask + 0.0020, expire="2h")


TICKS = bt.simulate_ticks("EURUSD", days=1)[:60_000]


@cache
def session() -> bt.Session:
    return bt.run(Acts(), TICKS)


@pytest.fixture
def page(visit, tmp_path) -> Live:
    found = live(visit, session().replay(at=20_000), tmp_path)
    found.take_keyboard()
    return found


def test_each_key_and_its_twin_go_to_one_place(page):
    twin = session().replay(at=20_000)
    for number, (key, act) in enumerate(WAYS):
        page.key(key)
        act(twin)
        assert page.tick == twin.position, (number, key)
        page.until(lambda: page.widget.position == twin.position)
        page.until(lambda: page.widget._controller.state == twin._controller.state)
    for act in (lambda one: one.random_start(), lambda one: one.random_start(seed=9)):
        act(page.widget)
        page.told()
        act(twin)
        page.key("r")
        twin.random_start()
        assert page.tick == twin.position, "R goes on where Python was"
        page.until(lambda: page.widget.seed == twin.seed)
    for zone in ("Asia/Tokyo", "America/New_York"):
        page.widget.zone = twin.zone = zone
        page.told()
        for text in TYPED:
            page.key("g")
            page.page.keyboard.insert_text(text)
            page.key("Enter")
            try:
                twin.goto(text)
            except bt.errors.WidgetError:
                page.key("Escape")  # G says why, and stays open
            assert page.tick == twin.position, (zone, text)
    worst = session().trades.sort("pnl")["id"][0]
    page.key("w")
    page.until(lambda: page.widget.selection == worst)
    assert page.page.locator("tr[aria-selected=true] td").first.inner_text() == str(worst)


CHOSEN = (
    """(label) => [...document.querySelectorAll(`[aria-label="${label}"]`)].map((select) => select.selectedOptions[0]?.text)"""
)


def test_python_moves_the_page_and_sees_what_it_shows(page, tmp_path, monkeypatch):
    monkeypatch.setenv("BTLAB_CONFIG", str(tmp_path / "layouts.json"))
    widget = page.widget
    widget.save_layout("first")

    def named(style: str, zone: str) -> bool:
        return [page.page.evaluate(CHOSEN, label) for label in ("Bars drawn as", "Time zone")] == [[style], [zone]]

    for act, shown in (
        (lambda: widget.goto("#4,711"), lambda: page.tick == 4_711),
        (lambda: widget.goto("trade 3"), lambda: page.tick == session().trades["entry_tick"][2]),
        (lambda: widget.goto("+90m"), lambda: page.tick == widget.position > session().trades["entry_tick"][2]),
        (lambda: setattr(widget, "hidden", False), lambda: page.mark("future") == "shown"),
        (lambda: setattr(widget, "speed", 5000), lambda: page.mark("speed") == "5000"),
        (lambda: setattr(widget, "panel", "1h"), lambda: page.page.locator(".pn.big").get_attribute("data-btlab-panel") == "1h"),
        (lambda: setattr(widget, "panel", None), lambda: page.page.locator(".pn.big").count() == 0),
        (lambda: setattr(widget, "selection", 2), lambda: page.text("tr[aria-selected=true] td") == "2"),
        (lambda: setattr(widget, "view", {**widget.view, "palette": "colour-blind"}), lambda: page.page.locator("[data-palette=colour-blind]").count() == 1),
        (lambda: setattr(widget, "theme", "dark"), lambda: page.page.locator("[data-theme=dark]").count() == 1),
        (lambda: setattr(widget, "style", "line"), lambda: named("Line", "UTC")),
        (lambda: setattr(widget, "zone", "Asia/Tokyo"), lambda: named("Line", "Tokyo")),
        (lambda: setattr(widget, "zone", "America/New_York"), lambda: named("Line", "New York")),
    ):  # fmt: skip
        act()
        page.told()
        page.until(shown)
    last = session().trades["id"][-1]
    for act in (lambda: setattr(widget, "hidden", True), widget.start, lambda: setattr(widget, "selection", last)):
        act()
        page.told()
    page.key("ArrowUp")  # the page says all that is chosen
    page.until(lambda: widget.speed == 20_000)
    assert (widget.selection, page.page.locator("tr[aria-selected=true]").count()) == (last, 0), "it is ahead"
    assert f"#{last}" not in page.page.locator(".w").inner_text()
    widget.end()
    page.told()
    page.until(lambda: page.text("tr[aria-selected=true] td") == str(last))
    with pytest.raises(bt.errors.WidgetError):
        widget.palette = "green"
    assert (widget.palette, widget.view["palette"]) == ("colour-blind", "colour-blind")
    widget.load_layout("first")
    page.told()
    assert named("Candles", "UTC")


def test_playing_pauses_where_a_condition_turns_true(page, monkeypatch):
    fills = session().fills
    first = fills.filter(pl.col("tick") > 20_000, pl.col("side") == "buy")["tick"][0]
    page.page.get_by_role("button", name="Pause when").click()
    page.page.keyboard.type("position > 0")
    page.page.keyboard.press("Enter")
    page.until(lambda: page.widget.pause_when == "position > 0")
    page.key("ArrowUp", "ArrowUp", "ArrowUp", "ArrowUp", "Space")
    page.until(lambda: page.mark("playing") == "false" and page.tick > 20_000)
    assert page.tick == first
    assert page.text(".chip .mode") == "PAUSED"
    assert page.widget.run_until("position > 0") == fills.filter(pl.col("tick") > first, pl.col("side") == "buy")["tick"][0]
    page.page.get_by_role("button", name="Pause when").click()
    page.page.keyboard.type("posision > 0")
    page.page.keyboard.press("Enter")
    page.until(lambda: "did you mean 'position'" in page.text(".pop:not([hidden]) .bad").lower())
    page.key("Escape")
    assert page.widget.pause_when == "position > 0"
    monkeypatch.setattr(conditions, "HITS_AT_MOST", 3)
    page.widget.pause_when = "fill or mark"
    page.told()
    page.until(lambda: "playing pauses at the first 3 of them" in page.text(".toast"))


def test_it_looks_as_the_page_around_it_and_moves_as_little_as_it_is_asked_to(page):
    for kind, theme in (("dark", "dark"), ("light", "light"), ("high-contrast", "dark"), ("high-contrast-light", "light")):
        page.page.evaluate("(kind) => (document.body.dataset.vscodeThemeKind = `vscode-${kind}`)", kind)
        page.until(lambda theme=theme: page.root.get_attribute("data-theme") == theme)
    moving = "() => [...document.querySelectorAll('.btlab *')].filter((e) => parseFloat(getComputedStyle(e).transitionDuration) > 0).length"
    assert page.page.evaluate(moving) > 0
    page.page.emulate_media(reduced_motion="reduce")
    assert page.page.evaluate(moving) == 0


def test_a_fork_is_drawn_beside_the_run(page):
    page.page.get_by_role("button", name="Fork here").click()
    assert "size=1000, away=0.001, note=plain" in page.text(".pop:not([hidden]) .hint")
    page.page.keyboard.type("size = 2.5")
    page.page.keyboard.press("Enter")
    page.until(lambda: "size takes a value of kind int" in page.text(".pop:not([hidden]) .bad"))
    page.page.keyboard.press("Control+a")
    page.page.keyboard.type("size=400, note=other")
    page.page.keyboard.press("Enter")
    page.until(lambda: page.page.locator(".pop:not([hidden])").count() == 0)
    fork = page.widget.forked
    assert fork.fingerprint == session().fork(20_000, size=400, note="other").fingerprint
    page.key("End")
    shown = dict(zip(page.page.locator(".eq dt").all_inner_texts(), page.page.locator(".eq dd").all_inner_texts(), strict=True))
    ends = [f"{each.equity['equity'][-1]:,.2f}" for each in (session(), fork)]
    assert [shown["Equity"].strip(), shown["Fork"].strip()] == ends
    assert ends[0] != ends[1]
    assert "fork: size=400, note='other'" in page.text(".eq"), "whose parameters they are"
    page.key("Home")
    assert "Fork" not in page.text(".eq"), "before its tick there is no fork"
    again = page.widget.fork(away=0.0002)
    assert page.widget.forked is again
    page.told()
    page.key("End")
    assert f"{again.equity['equity'][-1]:,.2f}" in page.text(".eq")


def test_why_says_what_the_strategy_saw_and_why_an_order_was_refused(page):
    trade = session().trades.row(1, named=True)
    page.widget.goto(trade["entry_tick"])
    page.told()
    page.until(lambda: "ctx.close('5m')" in page.text(".why"))
    seen = page.text(".why")
    assert f"Bought 1000 at {trade['entry_price']:.5f}" in seen
    assert "on_bar of 5m saw" in seen
    refused = session().orders.filter(pl.col("state") == "rejected").row(0, named=True)
    page.widget.goto(refused["ended_tick"])
    page.told()
    page.until(lambda: "larger than equity x leverage" in page.text(".why"))
    left = int(trade["exit_tick"])
    for tick, told in ((left - 1, False), (left, True)):
        page.widget.selection = None
        page.widget.goto(tick)
        page.widget.selection = trade["id"]
        page.told()
        page.until(lambda: "was entered" in page.text(".why"))
        assert ("was left" in page.text(".why")) == told


SHOWN = """() => [...document.querySelectorAll(".btlab *")].flatMap((e) => [...e.childNodes].filter((n) => n.nodeType === 3 && !e.closest("style, option")).map((n) => n.data)
  .concat(["title", "aria-label", "aria-valuetext"].map((name) => e.getAttribute(name) ?? ""))).concat([...document.querySelectorAll(".pn, .lanes, .fm, .blk")]
  .flatMap((part) => window.drawnOn(part).flatMap(({ calls }) => calls.filter((c) => c.kind === "text").map((c) => c.text)))).join("\\n")"""
DATES = r"20\d\d|\b(Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec|Mon|Tue|Wed|Thu|Fri|Sat|Sun)\b"


def test_blind_mode_shows_no_symbol_no_date_and_no_price_level(visit, tmp_path):
    page = live(visit, session().replay(at=int(session().trades["entry_tick"][1]) + 40, blind=True), tmp_path, before=RECORD)
    page.take_keyboard()

    def clean(where: str) -> None:
        shown = page.page.evaluate(SHOWN)
        for pattern in ("EURUSD", "Acts", DATES, r"\b1\.[01]\d\d"):
            found = re.search(pattern, shown)
            assert not found, (where, pattern, shown[max(0, found.start() - 60) : found.end() + 40])
        assert "Day 1" in shown or "Day 2" in shown

    page.page.wait_for_timeout(700)
    clean("open")
    for key in ("n", "Shift+N", "j", "3", "0", "End", "h", "k", "?", "Escape"):
        page.key(key)
        clean(key)
    panel = page.page.locator('[data-btlab-panel="15m"]')
    box = panel.bounding_box()
    for share in (0.2, 0.5, 0.8):
        page.page.mouse.move(box["x"] + share * box["width"], box["y"] + 120)
        page.drawn()
        clean("pointer")
    page.key("g")
    clean("go to")
    assert not re.search(DATES, page.page.get_by_label("Go to").last.get_attribute("placeholder"))
    page.page.keyboard.type("2031-01-01")
    page.page.keyboard.press("Enter")
    page.drawn()
    assert "Day" in page.text(".pop:not([hidden]) .bad")
    assert not re.search(DATES, page.text(".pop:not([hidden]) .bad").replace("2031-01-01", "").replace("outside", ""))
    page.key("Escape")
    page.widget.blind = False
    page.told()
    assert "EURUSD" in page.page.evaluate(SHOWN)
    file = session().to_html(tmp_path / "blind.html", blind=True).read_text()
    assert "EURUSD" not in file


def test_a_widget_shown_twice_stays_in_step_and_frees_what_goes(visit, tmp_path):
    page = live(visit, session().replay(at=20_000), tmp_path, views=2, height=2200)
    marks = "() => [...document.querySelectorAll('[data-btlab-tick]')].map((e) => [e.dataset.btlabTick, e.dataset.btlabPlaying, e.dataset.btlabFuture, e.dataset.btlabSpeed].join())"

    def together() -> bool:
        one, other = page.page.evaluate(marks)
        return one == other

    first, second = page.page.locator(".view").all()
    for view in (first, second, first):
        view.locator('[data-btlab-panel="5m"]').click(position={"x": 120, "y": 120})
        for key in ("n", "ArrowRight", "h", "ArrowUp", "b", "r"):
            page.key(key)
            page.until(together, 5)
    page.key("Home", "Space")
    page.until(lambda: page.tick > 300)
    ticks = [int(mark.split(",")[0]) for mark in page.page.evaluate(marks)]
    assert min(ticks) > 200
    second.locator('[data-btlab-panel="5m"]').click(position={"x": 120, "y": 120})
    page.key("Space")
    page.until(lambda: page.mark("playing") == "false" and together(), 10)
    page.widget.goto(777)
    page.told()
    page.until(lambda: together() and page.tick == 777)
    first.get_by_label("Time zone").select_option("America/New_York")
    page.until(lambda: page.page.evaluate(CHOSEN, "Time zone") == ["New York"] * 2 and page.widget.zone == "America/New_York")

    def following() -> list[str | None]:
        return [view.get_by_role("button", name="Follow").get_attribute("aria-pressed") for view in (first, second)]

    panel = first.locator('[data-btlab-panel="5m"]')
    box = panel.bounding_box()
    page.key("3", "3")
    for end in (1, 2):
        page.page.mouse.move(box["x"] + 100, box["y"] + 120)
        page.page.mouse.down()
        page.page.mouse.move(box["x"] + 200, box["y"] + 120, steps=3)
        page.page.mouse.up()
        page.until(lambda: page.widget.follow is False)
        assert following() == ["false", "true"], "the other view's panels stay where they are"
        assert panel.locator(".home").is_visible()
        page.key("b")
        assert following() == ["false", "true"]
        if end == 1:
            page.key("f")
        else:
            page.widget.follow = True
            page.told()
        page.until(lambda: page.widget.follow is True and following() == ["true", "true"])
        assert not panel.locator(".home").is_visible()
    page.key("f")
    page.until(lambda: page.widget.follow is False and following() == ["false", "false"])
    page.key("2", "ArrowRight", "ArrowRight")
    assert panel.locator(".home").is_visible(), "enlarged it stays where it was"
    page.key("0")
    assert following() == ["false", "false"]
    first.get_by_role("button", name="Fork here").click()
    page.page.keyboard.type("size=400")
    page.page.keyboard.press("Enter")
    page.until(lambda: all("fork: size=400" in view.locator(".eq").inner_text() for view in (first, second)))
    assert page.widget.forked.parameters["size"] == 400
    page.page.evaluate("() => window.stops[1]()")
    assert page.page.locator("[data-btlab-tick]").count() == 1
    page.key("End")
    page.page.evaluate(MOUNT, [scripts(), page.widget._key, 1])
    opened = page.page.locator(".view").last
    page.until(lambda: opened.locator(".eq").count() > 0 and "fork: size=400" in opened.locator(".eq").inner_text())


def test_a_kernel_that_is_busy_or_gone_does_not_stop_the_play(visit, tmp_path):
    page = live(visit, session().replay(at=100), tmp_path)
    page.take_keyboard()
    page.page.evaluate("window.deaf = true")
    page.key("ArrowUp", "Space")
    page.until(lambda: page.tick > 400)
    page.key("Space")
    page.until(lambda: page.page.locator(".w.busy").count() == 1)
    page.until(lambda: "The kernel is busy." in page.text(".notice"))
    before = page.tick
    page.key("Space")
    page.until(lambda: page.tick > before)
    page.page.evaluate("window.deaf = false")
    page.key("Space")
    page.until(lambda: not page.page.locator(".notice").is_visible() and page.page.locator(".w.busy").count() == 0)


WAITS = """(code) => import(URL.createObjectURL(new Blob([code], {type: "text/javascript"}))).then((core) => {
  const heard = [], never = new Promise(() => {}), bytes = (text) => Uint8Array.from(atob(text), (c) => c.charCodeAt(0)).buffer;
  window.tell = ([header, text]) => heard.forEach((f) => f(header, [bytes(text)]));
  core.default.render({ model: { on: (_, f) => heard.push(f), off() {}, send() {} }, el: document.body, later: [never, never, never] });
})"""
"""Mounts a widget whose kernel says what it is told to, and nothing else."""


def test_a_page_says_that_it_waits_and_that_there_is_nothing_to_show(visit, tmp_path):
    (tmp_path / "blank.html").write_text(BLANK)
    page = visit((tmp_path / "blank.html").as_uri(), wait=False)
    page.page.evaluate(WAITS, scripts()[0])
    page.page.get_by_text("Reading the tape").wait_for()
    ((header, buffer),) = session().replay()._controller.receive({"kind": "ready"})
    page.page.evaluate("(frame) => window.tell(frame)", [{**header, "ticks": 0}, base64.b64encode(buffer).decode()])
    page.page.get_by_text("No ticks in this range").wait_for()
    page.page.get_by_text("EURUSD has no ticks to show here. Ask for a range that holds some.").wait_for()
    assert page.page.get_by_text("Reading the tape").count() == 0


def test_no_name_runs_in_the_boxes_of_a_fork(visit, tmp_path):
    text = " ".join(PAYLOADS[:12]).replace(",", ";")[:180]
    page = live(visit, bt.run(Acts(note=text), TICKS[:6_000], mode="interpreted").replay(at=3_000), tmp_path)
    page.page.get_by_role("button", name="Fork here").click()
    assert text.split()[0] in page.text(".pop:not([hidden]) .hint")
    page.page.keyboard.type(f"note={PAYLOADS[2]}, size=5")
    page.page.keyboard.press("Enter")
    page.until(lambda: page.page.locator(".pop:not([hidden])").count() == 0)
    page.until(lambda: PAYLOADS[2] in page.text(".eq"))
    for payload in PAYLOADS[:20]:
        page.page.get_by_role("button", name="Pause when").click()
        page.page.keyboard.insert_text(payload)
        page.page.keyboard.press("Enter")
        page.drawn()
        page.page.keyboard.press("Escape")
    assert page.page.evaluate(
        "[window.hit, top.hit, document.querySelectorAll('img, iframe, object, .btlab script').length]"
    ) == [None, None, 0]


# ---------------------------------------------------------------- a time machine

READ = """() => {
  const text = (name) => [...document.querySelectorAll(name)].map((e) => e.textContent.trim());
  const legend = (e) => [...e.querySelectorAll(".lg .v")].slice(0, 4).map((v) => v.textContent.replace(/^[OHLC]/, ""));
  return {
    bid: text(".quote .q")[0], ask: text(".quote .q")[1], what: text(".pos .what")[0], flat: !document.querySelector(".pos .line").hidden, eq: text(".eq dd").slice(0, 3), orders: text(".orders dt").filter((_, i) => !document.querySelectorAll(".orders dt")[i].hidden).length,
    marks: text(".marks h3 span")[1], rows: Number(document.querySelector(".trades table").getAttribute("aria-rowcount")) - 1, bars: [...document.querySelectorAll("[data-btlab-panel]")].map(legend),
  };
}"""


def right(tick: int) -> dict[str, Any]:
    """What the inspector, the list and the legends say at a tick, from the session itself."""
    then = session().at(tick)
    bars = []
    for timeframe in bt.TIMEFRAMES:
        forming, done = then.forming(timeframe), then.completed(timeframe)
        values = (
            [forming.open, forming.high, forming.low, forming.close]
            if forming
            else [column[-1] for column in (done.open, done.high, done.low, done.close)]
            if len(done)
            else []
        )
        bars.append([f"{value:.5f}" for value in values] or [""] * 4)
    lots = then.trades.filter(pl.col("exit_tick").is_null())
    legs = sum(int(lot[name] is not None) for lot in lots.iter_rows(named=True) for name in ("stop_loss", "take_profit"))
    return {
        "bid": f"{then.bid:.5f}", "ask": f"{then.ask:.5f}", "what": f"Long {then.position:,.0f}" if then.position > 0 else None, "flat": then.position == 0.0,
        "eq": [f"{then.equity:,.2f}", f"{then.cash:,.2f}", f"{then.drawdown * 100:.2f} %"], "orders": len(then.orders) + legs,
        "marks": f"{len(then.marks)} so far" if len(then.marks) else "", "rows": len(then.trades), "bars": bars,
    }  # fmt: skip


def test_bars_account_orders_marks_and_list_at_any_tick_both_ways(visit, tmp_path):
    page = live(visit, session().replay(at=0), tmp_path)
    random = np.random.default_rng(11)
    entries = session().trades["entry_tick"].to_list() + session().trades["exit_tick"].drop_nulls().to_list()
    ticks = [
        *random.integers(0, len(TICKS), 14).tolist(),
        *(tick + step for tick in entries[:8] for step in (1, 0, -1)),
        0,
        len(TICKS) - 1,
    ]
    for tick in ticks:
        page.widget.goto(int(tick))
        page.told()
        assert page.tick == tick
        shown, want = page.page.evaluate(READ), right(int(tick))
        if want["what"] is None:
            shown["what"] = None
        assert {**shown, "bars": None} == {**want, "bars": None}, tick
        for have, bar in zip(shown["bars"], want["bars"], strict=True):
            assert have == bar, tick


PIXELS = """() => [...document.querySelectorAll("canvas")].map((c) => c.width && c.height ? c.toDataURL() : "")"""


def test_nothing_that_is_drawn_or_written_hangs_on_what_is_to_come(visit, tmp_path):
    """Two sessions that are one up to a tick, and mirrored after it: at that tick the same pixels and texts, also after a visit to
    the end."""
    tick = int(session().trades["entry_tick"][0]) + 300
    later, double = np.arange(len(TICKS)) > tick, TICKS.bid[tick] + TICKS.ask[tick]
    bid, ask = (
        np.where(later, np.round(double - turned, 5), own) for own, turned in ((TICKS.bid, TICKS.ask), (TICKS.ask, TICKS.bid))
    )
    sizes = np.where(later, TICKS.bid_size * 3, TICKS.bid_size)
    other = bt.Ticks.from_arrays(TICKS.time, bid, ask, symbol="EURUSD", bid_size=sizes, ask_size=TICKS.ask_size)
    seen = []
    for number, data in enumerate((TICKS, other)):
        ran = bt.run(Acts(), data)
        path = ran.to_html(tmp_path / f"{number}.html", at=tick)
        page = visit(path.as_uri())
        page.page.add_style_tag(content=".btlab .toast, .btlab .sr { display: none !important }")  # what was said on the way
        page.take_keyboard()
        page.page.mouse.move(5, 5)
        page.page.wait_for_timeout(300)
        fresh = [page.page.evaluate(PIXELS), page.page.evaluate("document.querySelector('.w').innerText")]
        assert page.tick == tick
        page.key("End", "n", "Home")
        page.key("g")
        page.page.keyboard.type(f"#{tick}")
        page.page.keyboard.press("Enter")
        page.page.wait_for_timeout(300)
        assert page.tick == tick
        back = [page.page.evaluate(PIXELS), page.page.evaluate("document.querySelector('.w').innerText")]
        assert back[1] == fresh[1]
        assert [a == b for a, b in zip(fresh[0], back[0], strict=True)] == [True] * len(fresh[0])
        seen.append(fresh)
    assert bt.run(Acts(), other).fingerprint != session().fingerprint
    assert seen[0][1] == seen[1][1]
    assert [a == b for a, b in zip(seen[0][0], seen[1][0], strict=True)] == [True] * len(seen[0][0])
