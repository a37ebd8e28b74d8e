"""What canvases were told to draw, with where it came to lie: texts, rectangles, dots, straight lines and curves, in device pixels."""

from __future__ import annotations

RECORD = """
(() => {
  const made = new Map(), own = CanvasRenderingContext2D.prototype, width = Object.getOwnPropertyDescriptor(HTMLCanvasElement.prototype, "width");
  const of = (context) => made.get(context.canvas) ?? (made.set(context.canvas, { calls: [], clips: [[0, 0, 1e6, 1e6]], rect: null, path: [] }), made.get(context.canvas));
  const at = (context, x, y) => { const m = context.getTransform(); return [m.a * x + m.e, m.d * y + m.f]; };
  const box = (context, x, y, w, h) => { const [l, t] = at(context, x, y), [r, b] = at(context, x + w, y + h); return [l, t, r, b]; };
  const wrap = (name, before) => { const call = own[name]; own[name] = function (...given) { before(of(this), this, ...given); return call.apply(this, given); }; };
  wrap("clearRect", (seen) => (seen.calls.length = 0));
  wrap("fillRect", (seen, c, x, y, w, h) => {
    if (x <= 0 && y <= 0 && w * c.getTransform().a >= c.canvas.width) seen.calls.length = 0;
    seen.calls.push({ kind: "rect", box: box(c, x, y, w, h), colour: c.fillStyle });
  });
  wrap("fillText", (seen, c, text, x, y) => {
    const m = c.measureText(text);
    seen.calls.push({ kind: "text", text, box: box(c, x, y - m.actualBoundingBoxAscent, m.width, m.actualBoundingBoxAscent + m.actualBoundingBoxDescent), clip: seen.clips.at(-1), colour: c.fillStyle });
  });
  wrap("save", (seen) => seen.clips.push(seen.clips.at(-1)));
  wrap("restore", (seen) => seen.clips.length > 1 && seen.clips.pop());
  wrap("rect", (seen, c, x, y, w, h) => (seen.rect = box(c, x, y, w, h)));
  wrap("clip", (seen) => seen.rect && (seen.clips[seen.clips.length - 1] = seen.rect));
  wrap("beginPath", (seen) => ((seen.path = []), (seen.data = false), (seen.round = null), (seen.dot = null)));
  wrap("roundRect", (seen, c, x, y, w, h) => (seen.round = box(c, x, y, w, h)));
  wrap("arc", (seen, c, x, y, radius) => (seen.dot = { kind: "dot", at: at(c, x, y), radius: radius * c.getTransform().a }));
  wrap("fill", (seen, c) => {
    if (seen.round) seen.calls.push({ kind: "rect", box: seen.round, colour: c.fillStyle, round: true });
    if (seen.dot) seen.calls.push({ ...seen.dot, colour: c.fillStyle });
  });
  wrap("moveTo", (seen, c, x, y) => seen.path.push(at(c, x, y)));
  wrap("lineTo", (seen, c, x, y) => { seen.data ||= !seen.path.length; seen.path.push(at(c, x, y)); }); // begun so: data, however few
  wrap("stroke", (seen, c) => {
    const pen = { width: c.lineWidth * c.getTransform().a, dashed: c.getLineDash().length > 0, colour: c.strokeStyle };
    if (seen.path.length === 2 && !seen.data) seen.calls.push({ kind: "line", from: seen.path[0], to: seen.path[1], ...pen });
    else if (seen.path.length) seen.calls.push({ kind: "curve", points: [...seen.path], ...pen });
  });
  Object.defineProperty(HTMLCanvasElement.prototype, "width", { ...width, set(value) { width.set.call(this, value); if (made.has(this)) made.get(this).calls.length = 0; } });
  window.drawnOn = (element) => [...element.querySelectorAll("canvas")].map((canvas) => ({ calls: made.get(canvas)?.calls ?? [], size: [canvas.width, canvas.height] }));
  window.paperUnder = (element, [left, top, right, bottom]) => {
    const both = document.createElement("canvas"), canvases = [...element.querySelectorAll("canvas")];
    [both.width, both.height] = [canvases[0].width, canvases[0].height];
    const context = both.getContext("2d");
    for (let node = element; node; node = node.parentElement) {
      const paper = getComputedStyle(node).backgroundColor;
      if (/^rgb\\(/.test(paper)) { context.fillStyle = paper; context.fillRect(0, 0, both.width, both.height); break; }
    }
    for (const canvas of canvases) context.drawImage(canvas, 0, 0);
    const seen = new Map(), { data } = context.getImageData(left - 2, top - 2, right - left + 4, bottom - top + 4); // a bold digit alone fills its box
    for (let i = 0; i < data.length; i += 4) { const key = data[i] + "," + data[i + 1] + "," + data[i + 2]; seen.set(key, (seen.get(key) ?? 0) + 1); }
    return [...seen].sort((a, b) => b[1] - a[1])[0][0];
  };
})()
"""
LOOK = """([ask, root = document, parts = ".pn, .lanes, .fm"]) => [...root.querySelectorAll(parts)].filter((part) => part.offsetWidth && part.querySelector("canvas")).map((part) => ({
  name: part.dataset.btlabPanel ?? part.className, canvases: window.drawnOn(part),
  papers: !ask ? [] : window.drawnOn(part).flatMap(({ calls }) => calls.filter((call) => call.kind === "text")).map((call) => window.paperUnder(part, call.box)),
}))"""
"""Parts of the page with what was drawn on their canvases, and where asked the paper under each text."""

WRITTEN = """(root) => {
  const found = [], walker = document.createTreeWalker(root ?? document.querySelector(".btlab"), NodeFilter.SHOW_TEXT), range = document.createRange();
  for (let node = walker.nextNode(); node; node = walker.nextNode()) {
    const element = node.parentElement;
    if (!node.data.trim() || element.closest(".sr, style, option, [hidden], canvas") || getComputedStyle(element).visibility === "hidden") continue;
    range.selectNodeContents(node);
    const box = range.getBoundingClientRect();
    if (!box.width || !box.height) continue;
    let paper = "", dim = 1;
    for (let at = element; at; at = at.parentElement) {
      const style = getComputedStyle(at);
      dim *= Number(style.opacity);
      if (!paper && /^rgb\\(/.test(style.backgroundColor)) paper = style.backgroundColor;
    }
    const disabled = element.closest("button")?.disabled ?? false;
    found.push({ text: node.data, ink: getComputedStyle(element).color, paper, dim, disabled });
  }
  return found;
}"""


def luminance(colour: str) -> float:
    """Relative luminance of "#rrggbb", "rgb(r, g, b)" or "r,g,b" (WCAG 2.2)."""
    if colour.startswith("#"):
        parts = [int(colour[at : at + 2], 16) for at in (1, 3, 5)]
    else:
        parts = [float(part) for part in colour.strip("rgba() ").split(",")[:3]]  # type: ignore[misc]
    linear = [part / 255 / 12.92 if part <= 0.04045 * 255 else ((part / 255 + 0.055) / 1.055) ** 2.4 for part in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(one: str, other: str) -> float:
    """From 1 (none) to 21."""
    light, dark = sorted((luminance(one), luminance(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)
