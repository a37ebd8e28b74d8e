"""Fifty mounts and unmounts leave nothing behind: no listener, no canvas, no observer's callback."""

from __future__ import annotations

from tests.browser.sessions import session

COUNT = """
(() => {
  window.alive = 0;
  const add = EventTarget.prototype.addEventListener, remove = EventTarget.prototype.removeEventListener;
  const outer = (target) => target === window || target === document || target === document.body || target instanceof MediaQueryList;
  EventTarget.prototype.addEventListener = function (type, f, o) {
    if (outer(this)) {
      window.alive++;
      const signal = o && typeof o === "object" && o.signal;
      if (signal) add.call(signal, "abort", () => window.alive--);
    }
    return add.call(this, type, f, o);
  };
  EventTarget.prototype.removeEventListener = function (type, f, o) { if (outer(this)) window.alive--; return remove.call(this, type, f, o); };
  const Frame = window.requestAnimationFrame, Timer = window.setInterval, clear = window.clearInterval;
  window.timers = 0;
  window.setInterval = (...a) => (window.timers++, Timer(...a));
  window.clearInterval = (id) => { if (id !== undefined) window.timers--; clear(id); };
})()
"""


def test_fifty_mounts_leave_nothing(visit, tmp_path):
    path = session().to_html(tmp_path / "replay.html")
    page = visit(path.as_uri()).page
    source = path.parents[0] / "core.mjs"
    from btlab.widgets.chart import STATIC
    from btlab.widgets.frames import pack  # noqa: F401
    from btlab.widgets.tape import Tape

    source.write_text((STATIC / "anywidget.js").read_text())
    import base64
    import json

    tape = Tape(session())
    header, buffer = tape.open()
    frames = [tape.page(number) for number in range(tape.pages)]
    blank = tmp_path / "blank.html"
    blank.write_text("<!doctype html><title>mounts</title><body></body>")
    page.goto(blank.as_uri())
    page.evaluate(COUNT)
    page.evaluate(
        """([code, open, pages]) => import(URL.createObjectURL(new Blob([code], {type: "text/javascript"}))).then((core) => {
            const bytes = (text) => Uint8Array.from(atob(text), (c) => c.charCodeAt(0)).buffer;
            window.once = async () => {
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
              const stop = core.default.render({model, el: element});
              for (let i = 0; i < 100 && !element.querySelector("[data-btlab-tick]"); i++) await new Promise((done) => setTimeout(done, 20));
              const drawn = element.querySelectorAll("canvas").length;
              stop();
              element.remove();
              return [drawn, heard.length];
            };
        })""",
        [
            source.read_text(),
            [json.loads(json.dumps(header)), base64.b64encode(buffer).decode()],
            [[h, base64.b64encode(b).decode()] for h, b in frames],
        ],
    )
    first = page.evaluate("window.once()")
    assert first[0] >= 6
    assert first[1] == 0
    before = page.evaluate("[window.alive, window.timers, document.querySelectorAll('*').length]")
    page.evaluate("(async () => { for (let i = 0; i < 50; i++) await window.once(); })()")
    page.wait_for_timeout(200)
    assert page.evaluate("[window.alive, window.timers, document.querySelectorAll('*').length]") == before
    assert page.evaluate("document.querySelectorAll('canvas').length") == 0
