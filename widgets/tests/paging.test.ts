// A session whose bars come in parts, beside the same one that came whole: what is drawn and stepped through is the same.
import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { Chunk } from "../src/model/chunk.ts";
import { SessionModel } from "../src/model/model.ts";
import { Bars } from "../src/model/series.ts";
import { Shelf, type Wish } from "../src/model/shelf.ts";
import { drawn } from "./random.ts";
import { FakeKernel, FIXTURES, column, loaded } from "./support.ts";

const paged = process.env["BTLAB_PARTS"] ?? "", skip = !existsSync(paged);
const settle = async () => {
  for (let i = 0; i < 30; i++) await Promise.resolve();
};

test("parts are asked for where they are needed, and what is seen is what the whole session shows", { skip }, async () => {
  const { model: whole } = await loaded(join(FIXTURES, "odd-fx-mid")), kernel = new FakeKernel(paged), model = new SessionModel(kernel), random = drawn(11);
  await settle();
  assert.equal(model.status, "ready");
  const first = kernel.sent.filter((message) => message.kind === "bars").length;
  for (let round = 0; round < 60; round++) {
    const tick = random(whole.ticks);
    model.seekTick(tick);
    await settle();
    whole.seekTick(tick);
    assert.equal(model.tick, tick);
    for (let row = 0; row < 6; row++) {
      const [a, b] = [model.series[row]!, whole.series[row]!];
      assert.deepEqual([a.count, a.completed], [b.count, b.completed]);
      const from = random(a.count), to = Math.min(a.count, from + 1 + random(200));
      a.need(from, to);
      await settle();
      for (const name of ["start", "end", "open", "high", "low", "close", "volume"] as const) assert.deepEqual(column(a, name, from, to), column(b, name, from, to), `${name} of row ${row}`);
      assert.deepEqual(a.extremes(from, to), b.extremes(from, to));
      for (let level = 6; 1 << level < a.completed; level++)
        for (let at = 0; (at + 1) << level <= a.completed; at++) assert.deepEqual([a.openOf(level, at), a.highOf(level, at), a.lowOf(level, at), a.closeOf(level, at), a.volumeOf(level, at)], [b.openOf(level, at), b.highOf(level, at), b.lowOf(level, at), b.closeOf(level, at), b.volumeOf(level, at)]);
    }
  }
  assert.ok(kernel.sent.filter((message) => message.kind === "bars").length > first, "nothing was asked for");
  model.close();
});

test("steps and times lead to the same ticks", { skip }, async () => {
  const { model: whole } = await loaded(join(FIXTURES, "odd-fx-mid")), kernel = new FakeKernel(paged), model = new SessionModel(kernel), random = drawn(12);
  await settle();
  for (let round = 0; round < 80; round++) {
    const time = whole.start + random(1e9) / 1e9 * (whole.end - whole.start), unit = ["tick", "1m", "5m", "1h", "1d"][random(5)]!, count = random(7) - 3;
    for (const each of [model, whole]) each.seekTime(time);
    await settle();
    assert.equal(model.tick, whole.tick, `${time}`);
    for (const each of [model, whole]) {
      each.setUnit(unit);
      each.step(count);
    }
    await settle();
    assert.equal(model.tick, whole.tick, `${count} of ${unit}`);
  }
  model.close();
});

test("a part that does not come is waited for, asked for again, and then the head goes on", { skip }, async () => {
  const kernel = new FakeKernel(paged), model = new SessionModel(kernel);
  await settle();
  const before = model.tick;
  kernel.answers = false;
  const far = model.ticks - 5;
  model.seekTick(far);
  await settle();
  const wish = kernel.sent.filter((message) => message.kind === "bars").at(-1)!;
  assert.equal(model.tick, before);
  kernel.answers = true;
  kernel.send(wish);
  kernel.send({ kind: "pages", pages: [0] });
  await settle();
  assert.equal(model.tick, far);
  model.close();
});

const COUNT = 102_400;
const info = { counts: [COUNT], lengths: [60e6], part: 4096, sizes: true };

function columnsOf(from: number, to: number): Record<string, Int32Array | Float64Array | Uint8Array> {
  const length = to - from, points = (add: number) => Int32Array.from({ length }, (_, i) => 200_000 + ((from + i) % 997) + add);
  const whole = (step: number) => Int32Array.from({ length }, (_, i) => (from + i) * step);
  return { start0: whole(1), closer0: Int32Array.from({ length }, (_, i) => (from + i + 1) * 3), open0: points(0), high0: points(9), low0: points(-9), close0: points(2), nudge0: new Uint8Array(length), ticks0: whole(0), volume0: whole(2) };
}

function blocksOf(): Record<string, Int32Array | Float64Array> {
  const blocks = COUNT / 64, floats = () => new Float64Array(blocks);
  const firsts = Int32Array.from({ length: blocks }, (_, i) => i * 192), closers = Int32Array.from({ length: blocks }, (_, i) => (i + 1) * 192);
  return { blockStart0: Float64Array.from({ length: blocks }, (_, i) => i * 64 * 60e6), blockOpen0: floats(), blockHigh0: floats(), blockLow0: floats(), blockClose0: floats(), blockVolume0: floats(), blockFirst0: firsts, blockCloser0: closers };
}

const partOf = (begin: number) => ({ row: 0, begin, unit: 60e6, scale: 2e5, first: begin * 3 });

/** Bytes of all typed arrays that are reached from a thing. */
function bytesOf(thing: unknown, seen = new Set<unknown>()): number {
  if (typeof thing !== "object" || !thing || seen.has(thing)) return 0;
  seen.add(thing);
  return ArrayBuffer.isView(thing) ? thing.byteLength : Object.values(thing).reduce((sum: number, part) => sum + bytesOf(part, seen), 0);
}

test("a bar takes at most 40 bytes, pyramids included", () => {
  const bars = new Bars(blocksOf(), 0, info, new Shelf(() => undefined));
  bars.take(columnsOf(0, COUNT), 0, partOf(0), COUNT);
  const each = bytesOf(bars) / COUNT;
  assert.ok(each > 30 && each <= 40, `${each} bytes a bar`);
});

test("memory is bounded: what was not looked at for long goes, and is asked for again", async () => {
  const asked: Wish[] = [], PART = 256, total = PART * 400, shelf = new Shelf((parts) => asked.push(...parts));
  const bars = new Bars(blocksOf(), 0, { ...info, part: PART, counts: [total] }, shelf);
  for (let part = 0; part < 400; part++) {
    assert.equal(bars.need(part * PART, part * PART + 10), false);
    await settle();
    assert.deepEqual(asked.at(-1), [0, part]);
    bars.take(columnsOf(part * PART, (part + 1) * PART), 0, partOf(part * PART), PART);
    assert.equal(bars.need(part * PART, part * PART + 10), true);
    assert.equal(bars.high(part * PART), (200_009 + ((part * PART) % 997)) / 2e5);
    assert.equal(bars.need(0, 10), true, "what is looked at all the time stays");
  }
  const here = (bars as unknown as { chunks: (Chunk | undefined)[] }).chunks.filter(Boolean).length;
  assert.ok(here <= 128 && here > 100, `${here} parts`);
  assert.ok(bytesOf(bars) < 128 * PART * 41 + 100_000, `${bytesOf(bars)} bytes`);
  const before = asked.length;
  assert.equal(bars.need(PART, PART + 1), false);
  await settle();
  assert.equal(asked.length, before + 1);
  assert.ok(Number.isNaN(bars.high(PART)));
  assert.ok(bars.start(PART + 5) > bars.start(PART), "times are known about so");
});
