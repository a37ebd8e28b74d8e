import assert from "node:assert/strict";
import { test } from "node:test";
import { bodyWidth, drawCandles, drawVolume } from "../src/view/panel/candles.ts";
import { drawBars } from "../src/view/panel/styles.ts";
import { Heikin } from "../src/view/panel/heikin.ts";
import { Geometry } from "../src/view/panel/geometry.ts";
import { Numbers } from "../src/view/panel/numbers.ts";
import { Viewport } from "../src/view/panel/viewport.ts";
import { Pen } from "../src/view/pen.ts";
import type { Facts } from "../src/view/facts.ts";
import type { Series } from "../src/view/needs.ts";
import type { Colours } from "../src/view/theme.ts";

type Call = [name: string, ...values: unknown[]];

/** A pen over a canvas that writes down what is drawn; digits are not equally wide, as in Inter. */
function recorder(ratio = 2): { pen: Pen; calls: Call[] } {
  const calls: Call[] = [];
  const state: Record<string, unknown> = {};
  const context = new Proxy(state, {
    get: (_, name: string) => {
      if (name === "measureText") return (text: string) => ({ width: text === "1" ? 4 : 7 });
      return name in state ? state[name] : (...values: unknown[]) => void calls.push([name, ...values, ...(name === "fillRect" ? [state.fillStyle] : [])]);
    },
    set: (_, name: string, value) => ((state[name] = value), true),
  });
  const canvas = { getContext: () => context, width: 0, height: 0 } as unknown as HTMLCanvasElement;
  const pen = new Pen(canvas);
  pen.resize(342, 270, ratio);
  calls.length = 0;
  return { pen, calls };
}

const colours = { candleUp: "up", candleDown: "down", plot: "paper", volUp: "vu", volDown: "vd" } as Colours;

function seriesOf(rows: [open: number, high: number, low: number, close: number][]): Series {
  const read = (value: number) => (_: number, bar: number) => rows[bar]![value]!;
  return { count: rows.length, openOf: read(0), highOf: read(1), lowOf: read(2), closeOf: read(3), volumeOf: (_: number, bar: number) => 10 * (bar + 1) } as unknown as Series;
}

function place(count: number, ratio = 2): Geometry {
  const [geometry, viewport] = [new Geometry(), new Viewport()];
  viewport.fit(7);
  geometry.resize(342, 270, ratio);
  geometry.volume = 28;
  geometry.horizontal(viewport, count);
  geometry.vertical(1, 2, 1, 0, 0.001);
  return geometry;
}

test("body and wick have the same parity, on every width and ratio", () => {
  for (const ratio of [1, 1.25, 1.5, 2, 3])
    for (let column = 2; column < 100; column++)
      for (const part of [0.66, 0.74]) {
        const [body, wick] = bodyWidth(column, ratio, part);
        assert.equal((body - wick) % 2, 0, `${column} ${ratio}`);
        assert.ok(wick >= 1 && body >= wick && body < column + 1);
      }
});

test("every candle stands in whole device pixels, rising and falling in their colours, wick in the middle", () => {
  const { pen, calls } = recorder();
  const geometry = place(3);
  drawCandles(pen, geometry, seriesOf([[1.2, 1.6, 1.1, 1.5], [1.5, 1.7, 1.2, 1.3], [1.3, 1.3, 1.3, 1.3]]), 0, 2, false, colours);
  const rects = calls.filter(([name]) => name === "fillRect") as [string, number, number, number, number, string][];
  for (const [, x, y, width, height] of rects) for (const value of [x, y, width, height]) assert.ok(Number.isInteger(value), String(value));
  assert.deepEqual(rects.map((rect) => rect[5]), ["down", "down", "up", "up", "up", "up"]);
  const [wick, body] = [rects[2]!, rects[3]!];
  assert.equal(wick[1] - body[1], body[1] + body[3] - wick[1] - wick[3]);
  assert.ok(wick[2] <= body[2] && wick[2] + wick[4] >= body[2] + body[4]);
  assert.ok(rects.every(([, , , , height]) => height >= 1), "a bar without range is still seen");
});

test("the running bar is hollow", () => {
  const { pen, calls } = recorder();
  drawCandles(pen, place(1), seriesOf([[1.2, 1.9, 1.1, 1.8]]), 0, 0, true, colours);
  const rects = calls.filter(([name]) => name === "fillRect");
  assert.equal(rects.at(-1)!.at(-1), "paper");
});

test("the largest volume is as high as the lane, the others in proportion", () => {
  const { pen, calls } = recorder(1);
  drawVolume(pen, place(3, 1), seriesOf([[1, 2, 1, 2], [1, 2, 1, 2], [2, 2, 1, 1]]), 0, 2, 30, colours);
  const heights = calls.filter(([name]) => name === "fillRect").map(([, , , , height]) => height);
  assert.deepEqual(heights, [28, 9, 19]);
});

test("figures keep their columns in a font whose digits differ", () => {
  const { pen, calls } = recorder(1);
  pen.font(11).text("1.11", 100, 20, "ink");
  pen.text("2.22", 100, 20, "ink");
  const drawn = calls.filter(([name]) => name === "fillText") as [string, string, number][];
  const dots = drawn.filter(([, glyph]) => glyph === ".").map(([, , x]) => x);
  assert.equal(dots[0], dots[1]);
  assert.equal(pen.textWidth("1.11"), pen.textWidth("2.22"));
  assert.equal(drawn[0]![2], 100 + (7 - 4) / 2, "a narrow digit stands in the middle of a zero's place");
});

const SOME: [number, number, number, number][] = [[1.2, 1.6, 1.1, 1.5], [1.5, 1.7, 1.2, 1.3], [1.3, 1.4, 1.25, 1.35], [1.35, 1.9, 1.3, 1.8]];

test("Heikin-Ashi: means by hand, the newest one renewed, and a late beginning that soon agrees", () => {
  const heikin = new Heikin();
  heikin.take(seriesOf(SOME), 0, 0, 3);
  const [close0, close1] = [(1.2 + 1.6 + 1.1 + 1.5) / 4, (1.5 + 1.7 + 1.2 + 1.3) / 4];
  assert.deepEqual([heikin.openOf(0, 0), heikin.closeOf(0, 0)], [1.35, close0]);
  assert.deepEqual([heikin.openOf(0, 1), heikin.closeOf(0, 1)], [(1.35 + close0) / 2, close1]);
  assert.deepEqual([heikin.highOf(0, 1), heikin.lowOf(0, 1)], [1.7, 1.2]);
  const grown = SOME.map((row, i) => (i === 3 ? ([1.35, 2.4, 1.3, 2.3] as [number, number, number, number]) : row));
  heikin.take(seriesOf(grown), 0, 0, 3);
  heikin.renew(0, 3);
  assert.equal(heikin.closeOf(0, 3), (1.35 + 2.4 + 1.3 + 2.3) / 4);
  const many = Array.from({ length: 400 }, (_, i) => [i, i + 3, i - 2, i + 1] as [number, number, number, number]);
  const [whole, late] = [new Heikin(), new Heikin()];
  whole.take(seriesOf(many), 0, 0, 399);
  late.take(seriesOf(many), 0, 300, 399);
  assert.ok(Math.abs(whole.openOf(0, 300) - late.openOf(0, 300)) < 1e-12);
});

test("bars have the open at the left and the close at the right, in whole device pixels; a line goes through the closes", () => {
  for (const ratio of [1, 1.5, 2, 3]) {
    const { pen, calls } = recorder(ratio), geometry = place(4, ratio);
    drawBars(pen, geometry, seriesOf(SOME), new Heikin(), "bars", 0, 3, false, colours);
    const rects = calls.filter(([name]) => name === "fillRect") as [string, number, number, number, number, string][];
    assert.equal(rects.length, 12);
    for (const [, ...values] of rects) for (const value of values.slice(0, 4)) assert.ok(Number.isInteger(value), String(value));
    const [stem, open, close] = rects as [(typeof rects)[0], (typeof rects)[0], (typeof rects)[0]];
    assert.ok(open[1] < stem[1] && close[1] + close[3] > stem[1] + stem[3] && open[2] > close[2]);
    calls.length = 0;
    drawBars(pen, geometry, seriesOf(SOME), new Heikin(), "line", 0, 3, false, colours);
    assert.deepEqual(calls.filter(([name]) => name === "lineTo").map(([, x, y]) => [x, y]), SOME.map((row, i) => [geometry.x(i), geometry.y(row[3])]));
  }
});

test("open trades have their numbers, and closed ones leave them room", () => {
  const { pen, calls } = recorder(), geometry = place(40), series = { ...seriesOf([]), count: 40, indexAt: (time: number) => time } as unknown as Series;
  const trades = { id: [7, 8, 9], side: [1, 1, -1], entryTime: [20, 30, 31], entryPrice: [1.5, 1.5, 1.5] };
  const facts = { open: [1], trades } as unknown as Facts, numbers = new Numbers(), paint = { ...colours, text2: "ink" } as Colours;
  const written = (): unknown[] => calls.splice(0).filter(([name]) => name === "strokeText").map(([, text]) => text);
  numbers.drawClosed(pen, geometry, series, facts, [2, 0], paint);
  assert.deepEqual(written(), ["#9", "#7"], "a short one's number is above its entry");
  numbers.drawOpen(pen, geometry, series, facts, paint);
  assert.deepEqual(written(), ["#8"]);
  trades.side[2] = 1;
  numbers.drawClosed(pen, geometry, series, facts, [2, 0], paint);
  assert.deepEqual(written(), ["#7"], "the place is the open one's");
  facts.open.length = 0;
  numbers.drawClosed(pen, geometry, series, facts, [2, 1, 0], paint);
  (facts.open as number[]).push(1);
  numbers.drawOpen(pen, geometry, series, facts, paint);
  assert.deepEqual(written(), ["#9", "#7"], "none over another, also before all is drawn anew");
});
