// The explorer's model: one question at a time, the newest position next, late answers dropped, the ghost where it was.
import assert from "node:assert/strict";
import { after, test } from "node:test";
import { changeOf, figureText } from "../src/explorer/figures.ts";
import { between } from "../src/explorer/heat.ts";
import { ExplorerModel, placeText } from "../src/explorer/model.ts";
import { isAlone } from "../src/explorer/side.ts";
import { type Bytes, type Header, pack } from "../src/frames.ts";
import type { Transport } from "../src/transport.ts";

const RANGES = ["fast", "slow", "stop"].map((name) => ({ name, label: name, kind: "int", unit: "", texts: Array.from({ length: 50 }, (_, i) => String(i)), places: [0, 10, 20, 30, 40] }));
const METRICS = ["net", "max_drawdown"];
const models: ExplorerModel[] = [];
after(() => models.forEach((model) => model.close()));

class Kernel implements Transport {
  readonly runs: Header[] = [];
  readonly others: Header[] = [];
  pokes = 0;
  prompt = false;
  /** What the host calls when the kernel ends. */
  ended: (() => void) | null = null;
  private tell: (message: Header, buffers: readonly Bytes[]) => void = () => {};

  send(message: Header): void {
    if (message.kind === "run") this.runs.push(message);
    else if (message.kind === "poke") this.pokes++;
    else this.others.push(message);
  }
  watch(gone: () => void): () => void {
    this.ended = gone;
    return () => (this.ended = null);
  }
  listen(callback: (message: Header, buffers: readonly Bytes[]) => void): () => void {
    this.tell = callback;
    return () => (this.tell = () => {});
  }
  say(header: Header, columns: Record<string, Float64Array> = {}): void {
    const [message, buffer] = pack(header, columns);
    this.tell(message, [buffer]);
  }
  result(to: Header | null, position: number[], more: Partial<Header> = {}): void {
    const about = { kind: "result", role: "current", pinned: false, ghost: null, code: "x", seconds: 0.01, trades: 0, held: false };
    this.say({ ...about, view: to?.["view"] ?? this.others[0]!["view"], id: to?.["id"] ?? 0, position, ...more }, { figures: new Float64Array([position[0]!, 0]), curve_last: new Float64Array(3) });
  }
}

function opened(): { model: ExplorerModel; kernel: Kernel } {
  const kernel = new Kernel(), model = new ExplorerModel(kernel, () => {}, 300);
  models.push(model);
  const bars = Object.fromEntries(["Start", "Open", "High", "Low", "Close", "Volume", "First", "Closer"].map((name) => [`block${name}0`, new Float64Array(0)]));
  const none = { counts: [0], lengths: [6e7], part: 4096, parts: [{ row: 0, begin: 0, unit: 6e7, scale: 0, first: 0 }] };
  kernel.say({ kind: "open", ranges: RANGES, metrics: METRICS, better: [1, -1], mappable: [0, 1, 2], sizes: true, ...none }, bars);
  kernel.result(null, [5, 5, 5]);
  return { model, kernel };
}

test("a kernel that ends is told of without a question, until something is heard again", () => {
  const { model, kernel } = opened(), version = model.version;
  assert.equal(model.lost, "");
  kernel.ended!();
  assert.ok(model.gone && model.lost && model.version > version);
  kernel.result(null, [6, 5, 5]);
  assert.ok(!model.gone && !model.lost);
  model.close();
  assert.equal(kernel.ended, null);
});

test("one question at a time, and the newest position next", () => {
  const { model, kernel } = opened();
  for (let place = 6; place < 30; place++) model.slide(0, place);
  assert.deepEqual(kernel.runs.map((run) => run["position"]), [[6, 5, 5]]);
  kernel.result(kernel.runs[0]!, [6, 5, 5], { held: true });
  assert.deepEqual(kernel.runs.map((run) => run["position"]), [[6, 5, 5], [29, 5, 5]]);
  assert.deepEqual(model.position, [29, 5, 5]);
  assert.deepEqual(kernel.runs.map((run) => run["begin"]), [true, false]);
  kernel.result(kernel.runs[1]!, [29, 5, 5], { held: true });
  model.release();
  assert.equal(kernel.runs.at(-1)!["held"], false);
  assert.deepEqual(model.ghost!.position, [5, 5, 5]);
});

test("a move says one thing and no more; what else is asked is poked where answers do not come at once", async () => {
  const wait = (): Promise<void> => new Promise((done) => setTimeout(done, 30));
  const { model, kernel } = opened();
  model.slide(0, 6);
  await wait();
  assert.equal(kernel.pokes, 0);
  model.setMetric("net");
  await wait();
  assert.equal(kernel.pokes, 1);
  kernel.prompt = true;
  model.setMetric("max_drawdown");
  await wait();
  assert.equal(kernel.pokes, 1);
});

test("a slider on its way changes no picture", () => {
  const { model, kernel } = opened();
  model.slide(0, 6);
  const { pictures, version } = model;
  model.slide(0, 7);
  assert.equal(model.pictures, pictures);
  assert.ok(model.version > version);
  kernel.result(kernel.runs[0]!, [6, 5, 5], { held: true });
  assert.ok(model.pictures > pictures);
});

test("a slow question is overtaken, and its late answer is dropped", async () => {
  const { model, kernel } = opened();
  model.slide(1, 8);
  model.slide(1, 9);
  assert.equal(kernel.runs.length, 1);
  await new Promise((done) => setTimeout(done, 300));
  assert.deepEqual(kernel.runs.map((run) => run["position"]), [[5, 8, 5], [5, 9, 5]]);
  kernel.result(kernel.runs[1]!, [5, 9, 5]);
  kernel.result(kernel.runs[0]!, [5, 8, 5]);
  assert.deepEqual(model.current!.position, [5, 9, 5]);
  assert.equal(model.asked, 0);
});

test("a refused position keeps the result and says why; a pinned ghost stays", () => {
  const { model, kernel } = opened();
  model.go([7, 5, 5]);
  kernel.say({ kind: "refused", view: kernel.runs[0]!["view"], id: kernel.runs[0]!["id"], text: "too far" });
  assert.equal(model.refused, "too far");
  assert.deepEqual(model.current!.position, [5, 5, 5]);
  assert.equal(model.shadow, null);
  model.pin();
  model.go([8, 5, 5]);
  assert.equal(model.refused, "");
  kernel.result(kernel.runs.at(-1)!, [8, 5, 5], { pinned: true, ghost: [5, 5, 5] });
  model.go([9, 5, 5]);
  kernel.result(kernel.runs.at(-1)!, [9, 5, 5], { pinned: true, ghost: [5, 5, 5] });
  assert.deepEqual(model.shadow!.position, [5, 5, 5]);
});

test("what another view, or Python, moved is taken, and asked for in the own width", () => {
  const { model, kernel } = opened();
  kernel.result({ kind: "run", view: "other", id: 9 }, [20, 5, 5], { ghost: [5, 5, 5] });
  assert.deepEqual(model.position, [20, 5, 5]);
  assert.equal(kernel.others.at(-1)!.kind, "curve");
});

test("figures in words", () => {
  assert.equal(figureText("profit_factor", Infinity), "∞");
  assert.equal(figureText("profit_factor", NaN), "–");
  assert.deepEqual(changeOf("max_drawdown", 0.02, 0.05, -1), { text: "\u22123.00", gain: 1 });
  assert.deepEqual(changeOf("net", 10, 10.001, 1), { text: "0.00", gain: 0 });
  assert.equal(changeOf("profit_factor", Infinity, 1, 1).text, "");
  assert.equal(between([0, 5, 10], 7), 1.4);
  assert.equal(between([0, 5, 10], 12), 2);
});

test("a lone peak is good where its neighbours are not", () => {
  assert.equal(isAlone("net", 500, { count: 8, mean: -388 }, 1), true);
  assert.equal(isAlone("net", 500, { count: 8, mean: 473 }, 1), false);
  assert.equal(isAlone("net", -5, { count: 8, mean: -388 }, 1), false);
  assert.equal(isAlone("net", 500, { count: 2, mean: -388 }, 1), false);
});

test("a position in short names what the map does not show, where it differs", () => {
  const { model } = opened();
  assert.equal(placeText(model, [3, 4, 5]), "3 / 4");
  assert.equal(placeText(model, [3, 4, 9]), "3 / 4, stop 9");
});
