// Overlays as they are drawn: exact at any zoom, nothing of a bar that has not closed, other parameters once their values are here.
import assert from "node:assert/strict";
import { existsSync, readFileSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import type { Header } from "../src/frames.ts";
import { type Layer, Overlays, type Shape } from "../src/model/overlays.ts";
import type { Series } from "../src/view/needs.ts";
import { type Place, drawOver, drawShades, drawUnder } from "../src/view/overlays/shapes.ts";
import { textOf, valueText } from "../src/view/overlays/values.ts";
import { Geometry } from "../src/view/panel/geometry.ts";
import { Viewport } from "../src/view/panel/viewport.ts";
import { Pen } from "../src/view/pen.ts";
import type { Colours } from "../src/view/theme.ts";
import { FIXTURES, loaded } from "./support.ts";

type Call = [name: string, ...values: number[]];
const BLOCK = 1 << 16;

function recorder(): { pen: Pen; calls: Call[] } {
  const calls: Call[] = [], state: Record<string, unknown> = {};
  const context = new Proxy(state, {
    get: (_, name: string) => (name === "measureText" ? (text: string) => ({ width: 6 * text.length }) : name in state ? state[name] : (...values: number[]) => void calls.push([name, ...values])),
    set: (_, name: string, value) => ((state[name] = value), true),
  });
  const pen = new Pen({ getContext: () => context, width: 0, height: 0 } as unknown as HTMLCanvasElement);
  pen.resize(400, 270, 1);
  calls.length = 0;
  return { pen, calls };
}

/** Values stand at their own height, so that what is drawn can be read off. */
function placeOf(series: Series, pixels: number): Place & { calls: Call[] } {
  const geometry = new Geometry(), viewport = new Viewport(), { pen, calls } = recorder();
  viewport.fit(pixels);
  geometry.resize(400, 270, 1);
  geometry.horizontal(viewport, series.count);
  return { pen, geometry, series, scale: { y: (value) => value }, top: 0, bottom: geometry.height, colours: {} as Colours, calls };
}

const shapeOf = (kind: Shape["kind"], columns = 1): Shape => ({ kind, columns, name: "", colour: "blue", size: 1, mark: "dot", dashed: false });
const points = (calls: Call[]): [x: number, y: number][] => calls.filter(([name]) => name === "moveTo" || name === "lineTo").map(([, x, y]) => [x!, y!]);

/** A layer whose values are answered when asked for; `sent` is what was asked. */
function layerOf(shapes: Shape[], columns: Float64Array[], answers = true): { layer: Layer; overlays: Overlays; sent: Header[]; answer(message: Header, version?: number): void } {
  const sent: Header[] = [], about = { row: 0, timeframe: "1m", pane: "price", title: "", version: 1, warm: 0, bars: columns[0]?.length ?? 0, levels: [], shapes, parameters: [] };
  const answer = (message: Header, version = 1): void => {
    for (const block of message["blocks"] as number[]) {
      const parts = columns.flatMap((column) => (block < 0 ? coarse(column) : [column.slice(block * BLOCK, (block + 1) * BLOCK)])), length = parts[0]!.length;
      const buffer = new Float64Array(parts.length * length);
      parts.forEach((part, i) => buffer.set(part, i * length));
      overlays.take({ kind: "overlay", layer: 0, block, version, columns: parts.map((_, i) => [`c${i}`, "float64", i * length * 8, length]) }, [buffer]);
    }
  };
  const overlays: Overlays = new Overlays([about], false, (message) => {
    sent.push(message);
    if (answers) answer(message);
  });
  return { layer: overlays.layers[0]!, overlays, sent, answer };
}

/** Lowest and highest value of each 64. */
function coarse(column: Float64Array): [Float64Array, Float64Array] {
  const groups = Array.from({ length: Math.ceil(column.length / 64) }, (_, i) => column.slice(i * 64, (i + 1) * 64).filter((value) => value === value));
  return [Float64Array.from(groups, (group) => (group.length ? Math.min(...group) : NaN)), Float64Array.from(groups, (group) => (group.length ? Math.max(...group) : NaN))];
}

const seriesOf = (count: number, completed = count): Series => ({ count, completed, low: (bar: number) => bar, high: (bar: number) => bar + 1, volume: () => 2 }) as unknown as Series;

function someValues(count: number): Float64Array {
  let seed = 11;
  return Float64Array.from({ length: count }, () => ((seed = Math.imul(seed, 1664525) + 1013904223) >>> 0) % 50 === 0 ? NaN : (seed >>> 0) / 2 ** 32);
}

for (const pixels of [6, 0.5, 0.01, 0.0008])
  test(`at ${pixels} pixels a bar every column has its lowest and highest value, and no other`, () => {
    const count = 200_000, values = someValues(count), place = placeOf(seriesOf(count, count - 3), pixels), { layer, sent } = layerOf([shapeOf("line")], [values]);
    layer.need(Math.max(0, place.geometry.first - 1) << place.geometry.level, count - 3, place.geometry.level);
    drawOver(place, [layer]);
    assert.ok(sent.flatMap((message) => message["blocks"]).length <= 2, "two blocks at the most are asked for, however long the session is");
    const drawn = new Map<number, number[]>(), { geometry } = place;
    for (const [x, y] of points(place.calls)) drawn.set(x, [...(drawn.get(x) ?? []), y]);
    let seen = 0;
    for (let column = Math.max(0, geometry.first - 1); column <= geometry.last + 1; column++) {
      const held = [...values.slice(column << geometry.level, Math.min((column + 1) << geometry.level, count - 3))].filter((value) => value === value), here = drawn.get(geometry.x(column)) ?? [];
      assert.deepEqual([...new Set(here)].sort(), [...new Set(held.length ? [held.reduce((a, b) => Math.min(a, b)), held.reduce((a, b) => Math.max(a, b))] : [])].sort(), `column ${column}`);
      seen += here.length ? 1 : 0;
    }
    assert.ok(seen > 20 && drawn.size === seen, "nothing stands anywhere else");
  });

test("a value that crosses zero keeps its column's digits", () => {
  assert.deepEqual([-8.9e-6, 0.000274, 4e-7, 0].map((value) => valueText(value, NaN)), ["\u22120.000009", "0.000274", "4.0e\u22127", "0"]);
  assert.equal(valueText(1.0997, 5), "1.09970");
});

test("a gap is a gap, a step keeps its value to the next bar, dots stand alone", () => {
  const values = Float64Array.of(1, 2, NaN, 4, 5, 9), series = seriesOf(6, 5);
  const draw = (shape: Shape): Call[] => {
    const place = placeOf(series, 10), { layer } = layerOf([shape], [values]);
    layer.need(0, 6);
    drawOver(place, [layer]);
    return place.calls;
  };
  assert.deepEqual(draw(shapeOf("line")).filter(([name]) => name !== "stroke" && name !== "beginPath").map(([name, , y]) => [name, y]), [["moveTo", 1], ["lineTo", 2], ["moveTo", 4], ["lineTo", 5]]);
  assert.deepEqual(points(draw(shapeOf("step"))).map(([, y]) => y), [1, 1, 1, 2, 2, 4, 4, 4, 5, 5]);
  assert.equal(draw(shapeOf("dots")).filter(([name]) => name === "arc").length, 4);
});

test("a histogram stands on its zero in whole pixels, shades and profiles end at the last closed bar", () => {
  const series = seriesOf(40, 30), edge = (place: Place): number => place.geometry.x(29) + place.geometry.spacing / 2;
  const histogram = placeOf(series, 6), { layer } = layerOf([shapeOf("histogram")], [Float64Array.from({ length: 40 }, (_, i) => (i % 2 ? 20 : -20))]);
  layer.need(0, 40);
  drawUnder(histogram, [layer]);
  const rects = histogram.calls.filter(([name]) => name === "fillRect");
  assert.equal(rects.length, 30);
  for (const [, x, y, width, height] of rects) {
    assert.ok([x, y, width, height].every(Number.isInteger));
    assert.ok(y === -1 ? height === 20 : y! + height! === 0 || (y === -20 && height === 20) || y === 0, `${y} ${height}`);
    assert.ok(x! < edge(histogram));
  }
  const shade = placeOf(series, 6), on = layerOf([shapeOf("shade")], [Float64Array.from({ length: 40 }, (_, i) => (i >= 20 ? 1 : 0))]).layer;
  on.need(0, 40);
  drawShades(shade, [on]);
  const [span] = shade.calls.filter(([name]) => name === "fillRect") as [Call];
  assert.equal(Math.round(span[1]! + span[3]!), Math.round(edge(shade)));
  const profile = placeOf(series, 6), { layer: amounts } = layerOf([{ ...shapeOf("profile", 0), size: 10 }], []);
  profile.geometry.vertical(0, 40, 1, 0, 0.1);
  drawUnder(profile, [amounts]);
  const widths = profile.calls.filter(([name]) => name === "fillRect").map(([, , , width]) => Math.round(width!));
  assert.equal(widths.length, 10);
  assert.deepEqual(widths.slice(-2), [0, 0], "prices of bars that have not closed have nothing");
  assert.ok(Math.max(...widths) > 40);
});

test("values of other parameters replace the old ones when they are here; a late answer to older ones is dropped", () => {
  const { layer, overlays, sent, answer } = layerOf([shapeOf("line")], [new Float64Array(10).fill(3)], false);
  layer.need(0, 10);
  layer.need(0, 10);
  assert.equal(sent.length, 1, "asked for once");
  answer(sent[0]!);
  assert.equal(layer.value(0, 4), 3);
  layer.change({ length: 5 });
  assert.deepEqual(sent[1], { kind: "change", layer: 0, values: { length: 5 }, blocks: [0] });
  assert.deepEqual(layer.error, "");
  const about = { ...layer.about, version: 2 };
  overlays.take({ kind: "changed", layer: 0, layers: [[0, about]] }, []);
  assert.equal(layer.value(0, 4), 3, "the old values stay until the new ones come");
  answer(sent[0]!, 1);
  layer.need(0, 10);
  assert.equal(sent.length, 3, "what came is of older parameters, and is asked for again");
  overlays.take({ kind: "changed", layer: 0, error: "length: it must lie between 2 and 9" }, []);
  assert.deepEqual([layer.error, layer.about.version], ["length: it must lie between 2 and 9", 2]);
});

test("numbers are as long as they have to be", () => {
  assert.deepEqual([54.7126, 0.000386, -0.0123456, 1_234_567, 250_000, 3, NaN].map((value) => textOf(value)), ["54.713", "0.000386", "\u22120.012346", "1.23M", "250k", "3.0000", ""]);
  assert.equal(textOf(70, 10), "70");
});

for (const name of FIXTURES ? readdirSync(FIXTURES).filter((one) => existsSync(join(FIXTURES, one, "watched.json"))) : [])
  test(`${name}: what is drawn at the head is as the bars that had closed by then say, and nothing stands behind it`, async () => {
    const folder = join(FIXTURES, name), { model } = await loaded(folder), moments = JSON.parse(readFileSync(join(folder, "watched.json"), "utf8")) as (number | null)[][];
    const { layers } = (model.overlays = new Overlays(model.info.overlays ?? [], false, (request) => model.inquire(request)));
    for (const layer of layers) layer.need(0, model.series[layer.about.row]!.total);
    await new Promise((done) => setTimeout(done, 0));
    let drawn = 0;
    for (const [tick, ...right] of [...moments, ...[...moments].reverse()] as [number, ...(number | null)[]][]) {
      model.seekTick(tick);
      let output = 0;
      for (const layer of layers) {
        const series = model.series[layer.about.row]!;
        for (const shape of layer.about.shapes) {
          const expected = right[output++]!, place = placeOf(series, 5), only = { ...layer.about, shapes: [{ ...shape, kind: "dots" as const, mark: "dot" }] };
          if (!series.completed) continue;
          drawOver(place, [Object.assign(Object.create(layer) as Layer, { about: only, columnOf: () => layer.about.shapes.indexOf(shape) })]);
          const dots = place.calls.filter(([call]) => call === "arc"), last = dots.at(-1), x = place.geometry.x(series.completed - 1);
          assert.ok(dots.every((dot) => dot[1]! <= x), `tick ${tick}: behind the last closed bar`);
          if (expected === null) assert.ok(!last || last[1]! < x, `tick ${tick}: warming up`);
          else assert.deepEqual([last![1], last![2]], [x, expected], `tick ${tick}`);
          drawn += dots.length;
        }
      }
    }
    assert.ok(drawn > 5_000);
  });
