import assert from "node:assert/strict";
import { test } from "node:test";
import { Geometry } from "../src/view/panel/geometry.ts";
import { Viewport } from "../src/view/panel/viewport.ts";

test("columns are whole device pixels on every step, and zooming out halves smoothly", () => {
  const viewport = new Viewport();
  let before = Infinity;
  for (viewport.zoom = 34; viewport.zoom > -40; viewport.zoom--) {
    assert.ok(Number.isInteger(viewport.column) && viewport.column >= 2);
    assert.equal(viewport.spacing, viewport.column / 2 ** viewport.level);
    assert.ok(viewport.spacing < before && (before === Infinity || viewport.spacing > before / 2.01), `${before} ${viewport.spacing}`);
    before = viewport.spacing;
  }
});

test("the bar under the pointer stays there while zooming", () => {
  for (const x of [0, 100, 400]) {
    const viewport = new Viewport();
    viewport.fit(7);
    viewport.at = 5000;
    const bar = viewport.right(10000) - x / viewport.spacing;
    for (const factor of [1.5, 0.9, 0.3, 1.02, 1.3, 0.6]) {
      viewport.zoomBy(factor, x, 10000, 600);
      assert.ok(Math.abs(viewport.right(10000) - x / viewport.spacing - bar) < 1e-6);
    }
  }
});

test("zooming out stops when all bars are in view, panning at both ends", () => {
  const viewport = new Viewport();
  viewport.fit(7);
  for (let i = 0; i < 60; i++) viewport.zoomBy(0.7, 0, 100000, 600);
  assert.ok(100000 * viewport.spacing <= 700 && 100000 * viewport.spacing > 250, `${100000 * viewport.spacing}`);
  viewport.pan(1e9, 100000);
  assert.ok(viewport.at !== null && viewport.at >= 0);
  viewport.pan(-1e9, 100000);
  assert.equal(viewport.at, null);
});

test("the newest bar stands 4.5 columns from the right edge while following", () => {
  const [viewport, geometry] = [new Viewport(), new Geometry()];
  viewport.fit(7);
  geometry.resize(342, 270, 2);
  geometry.horizontal(viewport, 1000);
  assert.equal(geometry.deviceX(999), Math.round((342 - 58) * 2 - 4.5 * 7));
  assert.equal(geometry.last, 999);
  assert.ok(geometry.deviceX(geometry.first) <= 7 && geometry.deviceX(geometry.first - 1) <= 0);
  assert.equal(geometry.columnAt(geometry.x(950)), 950);
});

test("bars beyond the screen cost nothing: the columns in view do not grow with the bars", () => {
  const [viewport, geometry] = [new Viewport(), new Geometry()];
  geometry.resize(342, 270, 1);
  viewport.fit(2);
  for (let i = 0; i < 60; i++) viewport.zoomBy(0.7, 0, 1_000_000, 284);
  geometry.horizontal(viewport, 1_000_000);
  assert.equal(geometry.first, 0);
  assert.ok(geometry.last <= 284, String(geometry.last));
});

test("prices go up where y goes down, and back", () => {
  const geometry = new Geometry();
  geometry.resize(342, 270, 2);
  geometry.vertical(1.3, 1.4, 1, 0, 1e-5);
  assert.ok(geometry.y(1.4) >= geometry.top && geometry.y(1.3) <= geometry.height - geometry.bottom);
  assert.ok(Math.abs(geometry.price(geometry.y(1.3712)) - 1.3712) < 1e-12);
});

test("a panned view comes back to the newest bar when the head goes back before it, and stays where it was otherwise", () => {
  const viewport = new Viewport();
  viewport.fit(7);
  viewport.pan(70, 500);
  assert.equal(viewport.right(500), 489);
  assert.equal(viewport.right(40), 39);
  assert.equal(viewport.right(500), 489);
});

test("a slow wheel gets as far as a fast one, and comes back to where it was", () => {
  const [slow, fast] = [new Viewport(), new Viewport()];
  for (const viewport of [slow, fast]) viewport.fit(7);
  for (let i = 0; i < 40; i++) slow.zoomBy(1.02, 0, 10000, 600);
  fast.zoomBy(1.02 ** 40, 0, 10000, 600);
  assert.equal(slow.zoom, fast.zoom);
  assert.ok(slow.spacing > 14);
  for (let i = 0; i < 40; i++) slow.zoomBy(1 / 1.02, 0, 10000, 600);
  assert.equal(slow.spacing, 7);
});
