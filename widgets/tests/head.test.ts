// The play head: how time passes, what waits for the kernel, and what is never shown.
import assert from "node:assert/strict";
import { readdirSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { unpack } from "../src/frames.ts";
import { Ledger } from "../src/model/ledger.ts";
import { SessionModel } from "../src/model/model.ts";
import { FakeKernel, FIXTURES, floats, loaded, read, column } from "./support.ts";

const folder = join(FIXTURES, readdirSync(FIXTURES).find((name) => name.includes("fx"))!);
const settle = async () => {
  for (let i = 0; i < 20; i++) await Promise.resolve();
};

test("real time: so much market time a second, and no time for a weekend", async () => {
  const { model } = await loaded(folder);
  model.seekTick(0);
  model.setSpeed(60);
  const begin = model.time;
  model.play();
  model.advance(1_000);
  for (let now = 1_100; now <= 3_000; now += 100) model.advance(now);
  assert.ok(Math.abs(model.time - begin - 120e6) < 60e6, `two seconds at 60: ${(model.time - begin) / 1e6} s of market time`);
  const [start, end] = model.info.closed[0]!, weekend = { start, end };
  assert.ok(weekend.end - weekend.start > 24 * 3_600e6);
  model.pause();
  model.seekTime(weekend.start - 1);
  const before = model.tick;
  model.play();
  model.advance(5_000);
  for (let now = 5_100; now <= 5_000 + 40_000 && model.tick <= before; now += 100) model.advance(now);
  assert.ok(model.time >= weekend.end, "the head has crossed the weekend within seconds");
});

test("at the end it stops and says so", async () => {
  const { model, kernel } = await loaded(folder);
  model.seekTick(model.ticks - 3);
  model.setSpeed(Infinity);
  model.play();
  model.advance(1);
  model.advance(20);
  assert.equal(model.tick, model.ticks - 1);
  assert.equal(model.playing, false);
  model.play();
  assert.equal(model.playing, false);
  assert.deepEqual(kernel.sent.at(-1), { kind: "head", tick: model.ticks - 1, playing: false });
});

test("bars a second: empty minutes take no time", async () => {
  const { model } = await loaded(folder);
  model.seekTick(0);
  model.setBarPace(true);
  model.setUnit("1m");
  model.setSpeed(600);
  model.play();
  model.advance(1_000);
  for (let now = 1_100; now <= 3_000; now += 100) model.advance(now);
  const bars = model.series[0]!.completed;
  assert.ok(bars >= 17 && bars <= 22, `two seconds at ten bars a second: ${bars}`);
});

test("a page that is not here yet is waited for; the last wish counts; a silent kernel is told", async () => {
  const kernel = new FakeKernel(folder), model = new SessionModel(kernel);
  await settle();
  assert.equal(model.status, "ready");
  const [header] = read(folder, "frame");
  kernel.answers = false;
  const far = model.ticks - 1;
  model.seekTick(far);
  if (far >= 65_536 * 3) assert.notEqual(model.tick, far);
  assert.equal(header["ticks"], model.ticks);
  model.close();
  assert.equal(kernel.sent.filter((message) => message.kind === "ready").length, 1);
});

test("nothing after the head reaches a visible bar, the account or a drawn extreme", async () => {
  const expected = floats(folder, "expected.bin");
  for (const share of [0.2, 0.5, 0.9]) {
    const head = Math.floor(expected.length / 42 * share);
    const kernel = new FakeKernel(folder, (frame) => poison(frame, head));
    const clean = (await loaded(folder)).model, model = new SessionModel(kernel);
    await settle();
    for (const m of [model, clean]) m.seekTick(head);
    await settle();
    model.seekTick(head);
    assert.equal(model.tick, head);
    for (let row = 0; row < 6; row++) {
      const [a, b] = [model.series[row]!, clean.series[row]!];
      assert.equal(a.count, b.count);
      for (const value of ["open", "high", "low", "close", "volume"] as const) assert.deepEqual(column(a, value), column(b, value), `${value} of row ${row}`);
      for (let level = 0; 1 << level <= a.count; level++)
        for (let column = 0; column << level < a.count; column++) assert.deepEqual([a.highOf(level, column), a.lowOf(level, column), a.volumeOf(level, column)], [b.highOf(level, column), b.lowOf(level, column), b.volumeOf(level, column)]);
    }
    const [ours, right] = [new Ledger(model), new Ledger(clean)];
    assert.deepEqual([ours.worth(), model.quotes.bid, model.quotes.ask], [right.worth(), clean.quotes.bid, clean.quotes.ask]);
    assert.deepEqual(ours.working(), right.working());
    model.close();
  }
});

/** Overwrites, in a frame's own buffer, every price and volume that is not known at `head`. */
function poison(frame: { kind: string; [key: string]: unknown }, head: number): void {
  pending.push([frame, head]);
}
const pending: [{ kind: string; [key: string]: unknown }, number][] = [];

const original = FakeKernel.prototype.listen;
FakeKernel.prototype.listen = function (callback) {
  return original.call(this, (message, buffers) => {
    const wish = pending.find(([frame]) => frame === message);
    if (wish) {
      const columns = unpack(message, buffers), head = wish[1];
      if (message.kind === "open")
        for (let row = 0; row < 6; row++)
          for (let bar = 0; bar < columns["closer" + row]!.length; bar++)
            if (columns["closer" + row]![bar]! > head) for (const name of ["open", "high", "low", "close", "volume"]) columns[name + row]![bar] = name === "low" ? -1e9 : 1e9;
      if (message.kind === "open")
        for (let row = 0; row < 6; row++)
          for (let block = 0; block < columns["blockCloser" + row]!.length; block++)
            if (columns["blockCloser" + row]![block]! > head) for (const name of ["High", "Low", "Close", "Volume"]) columns[`block${name}${row}`]![block] = name === "Low" ? -1e9 : 1e9;
      if (message.kind === "page")
        for (let i = 0; i < columns["bid"]!.length; i++) if ((message["page"] as number) * 65_536 + i > head) for (const name of ["bid", "ask", "volume"]) if (columns[name]) columns[name]![i] = 1e9;
    }
    callback(message, buffers);
  });
};
