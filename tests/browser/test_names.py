"""Names are text: forty of them that would run or break out, in every place where one is shown."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

import btlab as bt
from btlab.app.dashboard import dashboard
from btlab.widgets.picture import NAME_AT_MOST, picture
from btlab.widgets.tape import whole
from tests.browser.payloads import BROKEN, PAYLOADS, REPRESENTATIVE

TICKS = bt.simulate_ticks("EURUSD", days=1)[:150]
FOUND = """() => {
  const root = document.querySelector("#player") ?? document, text = (name) => root.querySelector(name)?.textContent ?? "";
  return {
    hit: window.hit, title: document.querySelector("head > title").textContent, symbol: text(".bar h2"), sub: text(".bar .sub"), mark: text(".marks dt"),
    order: text(".orders dt"), row: text("tbody tr[aria-selected] td:last-child"), about: root.querySelector("tbody tr[aria-selected]")?.title,
    strange: root.querySelectorAll("img,script:not(#tape),iframe,object,base,link,video,input:not([type=range])")
      .values().filter((one) => !(one.type === "text" && ["Go to", "Pause when", "Fork here"].includes(one.getAttribute("aria-label")))).toArray().length,
  };
}"""
HOVER = """async () => {
  for (const panel of document.querySelectorAll("[data-btlab-panel]")) {
    const box = panel.getBoundingClientRect();
    for (let x = box.width - 58; x > 0; x -= 5)
      for (let y = 8; y < box.height - 20; y += 5) {
        panel.dispatchEvent(new PointerEvent("pointermove", {clientX: box.left + x, clientY: box.top + y, bubbles: true}));
        if (!panel.classList.contains("over")) continue;
        for (let i = 0; i < 6000 && !panel.querySelector(".card:not([hidden])"); i++) await new Promise((done) => setTimeout(done, 10));
        return panel.querySelector(".card dd:last-child").textContent;
      }
  }
}"""


class Named(bt.Strategy):
    """A trade with a mark; its names are given."""

    timeframe = "1m"
    note: str = ""
    texts = ("",)

    def on_bar(self, ctx):
        if ctx.position == 0.0 and ctx.count("1m") % 2 == 1:
            text = self.texts[ctx.count("1m") // 2 % len(self.texts)]
            ctx.mark(text, ctx.close("1m"))
            ctx.buy(size=1000, stop_loss=ctx.bid - 1e-4, take_profit=ctx.bid + 1e-4, tag=text)


def named(text: str, *, ticks: bt.Ticks = TICKS, texts: tuple[str, ...] = (), feed: str | None = None) -> bt.Session:
    """A session all of whose names are `text`; tags and marks are `texts` by turns."""
    kind = type(text, (Named,), {"texts": texts or (text,)})
    moved = bt.Ticks.from_arrays(ticks.time, ticks.bid, ticks.ask, symbol=text)
    session = bt.run(kind(note=text), moved, mode="interpreted")
    session.feed = text if feed is None else feed
    return session


@pytest.fixture(scope="module")
def shared(browser) -> Any:
    """One page for all payloads; it may ask nobody for anything."""
    context = browser.new_context(viewport={"width": 1000, "height": 600})
    context.set_default_timeout(60_000)
    page, asked = context.new_page(), []
    page.on(
        "request", lambda request: asked.append(request.url) if not request.url.startswith(("file:", "data:", "blob:")) else None
    )
    page.on("pageerror", lambda error: asked.append(str(error)))
    page.on("dialog", lambda dialog: (asked.append(dialog.message), dialog.dismiss()))
    page.asked = asked
    yield page
    context.close()


@pytest.mark.parametrize("number", range(len(PAYLOADS)))
def test_in_the_player(shared, tmp_path, number):
    text = PAYLOADS[number]
    session = named(text)
    shared.goto(session.to_html(tmp_path / "named.html", at=int(session.trades["entry_tick"][0])).as_uri())
    shared.wait_for_selector("[data-btlab-tools]")
    shared.wait_for_function("document.querySelector('tbody tr[aria-selected]')")
    found = shared.evaluate(FOUND)
    assert found["hit"] is None
    assert found["strange"] == 0
    assert found["symbol"] == text
    assert found["sub"] == f"{text} · {text}(note={text!r})"
    assert found["mark"].strip() == text.strip()
    assert found["order"].endswith(f"· {text}")
    assert (found["row"], found["about"]) == (text, f"1: {text}")
    assert found["title"][: len(text)] == "".join("\ufffd" if letter in "\x1b\x7f\x85" else letter for letter in text)
    if text in REPRESENTATIVE:
        assert shared.evaluate(HOVER) == text
        shared.keyboard.press("h")
        shared.wait_for_timeout(50)
        assert shared.evaluate("window.hit") is None
    assert shared.asked == []


def test_in_pictures_and_summaries(shared, tmp_path):
    """As a saved notebook or a repository shows them: the text stands in the page's own markup."""
    sessions = [named(text) for text in PAYLOADS]
    parts = [picture(session) + session._repr_html_() for session in sessions]
    (tmp_path / "all.html").write_text(
        "<!doctype html><meta charset=utf-8>" + "".join(f"<div>{part}</div>" for part in parts), "utf-8"
    )
    shared.goto((tmp_path / "all.html").as_uri())
    shared.wait_for_timeout(300)
    assert shared.evaluate("window.hit") is None
    seen = shared.evaluate(
        "[...document.body.children].map((e) => [e.querySelector('svg > title').textContent, e.querySelector('tspan').textContent, e.querySelector('p').textContent])"
    )
    assert len(seen) == len(PAYLOADS), "something closed what stands around it"
    for text, (title, name, summary) in zip(PAYLOADS, seen, strict=True):
        clean = "".join("\ufffd" if letter in "\x1b\x7f\x85" else letter for letter in text)
        assert title[: NAME_AT_MOST - 1] == f"{clean}, {clean}: six timeframes"[: NAME_AT_MOST - 1]
        assert name[:23] == clean[:23]
        assert text in summary
    assert shared.evaluate("document.querySelectorAll('img,script,iframe,object,base,link,video,input').length") == 0
    assert shared.asked == []


def test_in_the_report_of_an_import(shared, tmp_path):
    (tmp_path / "ticks.csv").write_text("time,bid,ask\n2024-01-08 00:00:00,1.1,1.2\n2024-01-08 00:00:01,1.1,1.2\n")
    reports = []
    for text in PAYLOADS:
        report = bt.Store(":memory:").import_ticks(tmp_path / "ticks.csv", symbol=text, feed=text)
        reports.append(f"<div>{report._repr_html_()}</div>")
    shared.set_content("<!doctype html><body>" + "".join(reports))
    shared.wait_for_timeout(200)
    assert shared.evaluate("window.hit") is None
    seen = shared.evaluate("[...document.body.children].map((e) => e.querySelector('caption').textContent)")
    assert seen == [f"import of {text} into feed {text}" for text in PAYLOADS]
    assert shared.asked == []


def test_in_the_saved_dashboard(visit, tmp_path):
    """One page: every tag in its table, and each representative name as symbol, feed, strategy, parameter, currency and title."""
    ticks = bt.simulate_ticks("EURUSD", days=1)[:8_000]
    for number, text in enumerate(REPRESENTATIVE[1:3]):
        session = named(text, ticks=ticks, texts=tuple(PAYLOADS))
        object.__setattr__(session.instrument, "quote_currency", text)
        path = tmp_path / f"{number}.html"
        dashboard(session).save(path)
        page = visit(path.as_uri(), height=2400, wait=False).page
        page.frame_locator("iframe[title=Replay]").locator("[data-btlab-tools]").wait_for()
        page.locator(".tabulator-row").first.wait_for()
        assert page.evaluate("document.querySelector('head > title').textContent").startswith(text)
        assert page.locator("h1").inner_text().startswith(f"{text}, {text}")
        assert f"note={text}" in page.locator(".sub").first.inner_text()
        tags: set[str] = set()
        while True:
            tags |= {cell.strip() for cell in page.locator(".tabulator-cell[tabulator-field=Tag]").all_inner_texts()}
            later = page.locator(".tabulator-page[data-page=next]")
            if later.is_disabled():
                break
            later.click()
        assert len(tags) > 30
        assert {tag.strip() for tag in session.trades["tag"].to_list()} <= tags | {""}
        assert page.evaluate("window.hit") is None
        assert page.locator("img").count() == 0


def test_broken_letters_are_replaced_and_a_symbol_with_one_is_refused(shared, tmp_path):
    for text in BROKEN:
        with pytest.raises(bt.errors.InstrumentError):
            bt.Ticks.from_arrays(TICKS.time, TICKS.bid, TICKS.ask, symbol=text)
        session = named("x", feed=text)
        shared.goto(Path(session.to_html(tmp_path / "broken.html")).as_uri())
        shared.wait_for_selector("[data-btlab-tools]")
        assert shared.evaluate("document.querySelector('.bar .sub').textContent").startswith(whole(text))
        assert whole(text).encode("utf-8")
