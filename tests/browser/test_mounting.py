"""Fifty mounts and unmounts leave nothing behind: no listener, timer, frame, observer or element."""

from __future__ import annotations

import base64

import btlab as bt
from btlab.widgets.tape import Tape
from tests.browser.conftest import TWO_FRAMES
from tests.browser.kernel import scripts
from tests.browser.sessions import Every

COUNT = """
(() => {
  const count = (window.alive = { listeners: 0, timers: 0, observers: 0, frames: 0 });
  const add = EventTarget.prototype.addEventListener, remove = EventTarget.prototype.removeEventListener;
  const outer = (target) => target === window || target === document || target === document.body || target instanceof MediaQueryList;
  EventTarget.prototype.addEventListener = function (...given) { if (outer(this)) count.listeners++; return add.apply(this, given); };
  EventTarget.prototype.removeEventListener = function (...given) { if (outer(this)) count.listeners--; return remove.apply(this, given); };
  const [start, stop] = [window.setInterval, window.clearInterval];
  window.setInterval = (...given) => (count.timers++, start(...given));
  window.clearInterval = (id) => { if (id !== undefined) count.timers--; stop(id); };
  for (const name of ["ResizeObserver", "MutationObserver"])
    window[name] = class extends window[name] {
      watching = false;
      observe(...given) { if (!this.watching) count.observers++; this.watching = true; super.observe(...given); }
      disconnect() { if (this.watching) count.observers--; this.watching = false; super.disconnect(); }
    };
  const [request, cancel, asked] = [window.requestAnimationFrame, window.cancelAnimationFrame, new Set()];
  window.requestAnimationFrame = (draw) => {
    const id = request((now) => { asked.delete(id); count.frames = asked.size; draw(now); });
    asked.add(id);
    count.frames = asked.size;
    return id;
  };
  window.cancelAnimationFrame = (id) => { asked.delete(id); count.frames = asked.size; cancel(id); };
})()
"""
MOUNT = """async ([texts, open, pages]) => {
  const [core, ...late] = await Promise.all(texts.map((text) => import(URL.createObjectURL(new Blob([text], {type: "text/javascript"})))));
  const later = late.map((script) => Promise.resolve(script));
  const bytes = (text) => Uint8Array.from(atob(text), (c) => c.charCodeAt(0)).buffer;
  window.once = async (playing) => {
    const element = document.createElement("div"), heard = [];
    document.body.append(element);
    const model = {
      on: (_, f) => heard.push(f), off: (_, f) => heard.splice(heard.indexOf(f), 1),
      send: (message) => queueMicrotask(() => {
        const tell = ([header, text]) => heard.forEach((f) => f(header, [bytes(text)]));
        if (message.kind === "ready") tell(open);
        else if (message.kind === "pages") message.pages.forEach((number) => tell(pages[number]));
      }),
    };
    const stop = core.default.render({model, el: element, later}), painted = () => element.querySelector("[data-btlab-tools]");
    for (let i = 0; i < 12000 && !painted(); i++) await new Promise((done) => setTimeout(done, 5));
    if (playing) element.querySelector(".w").dispatchEvent(new KeyboardEvent("keydown", {key: " ", bubbles: true}));
    const drawn = element.querySelectorAll("canvas").length;
    stop();
    element.remove();
    return [drawn, heard.length];
  };
}"""
ALIVE = "[...Object.values(window.alive), document.querySelectorAll('*').length]"


def test_fifty_mounts_leave_nothing(visit, tmp_path):
    tape = Tape(bt.run(Every(), bt.simulate_ticks("EURUSD", days=1)[:3_000]))
    open_frame, *pages = [(h, base64.b64encode(b).decode()) for h, b in [tape.open(), *(tape.page(n) for n in range(tape.pages))]]
    blank = tmp_path / "blank.html"
    blank.write_text("<!doctype html><title>mounts</title><body></body>")
    page = visit(blank.as_uri(), wait=False).page
    page.evaluate(COUNT)
    page.evaluate(MOUNT, [scripts(), open_frame, pages])
    drawn, heard = page.evaluate("window.once(true)")
    assert drawn >= 6
    assert heard == 0
    page.evaluate(TWO_FRAMES)
    before = page.evaluate(ALIVE)
    assert before[:4] == [0, 0, 0, 0]
    page.evaluate("(async () => { for (let i = 0; i < 50; i++) await window.once(i % 2 === 0); })()")
    page.evaluate(TWO_FRAMES)
    assert page.evaluate(ALIVE) == before
    assert page.evaluate("document.querySelectorAll('canvas').length") == 0
