// A kernel that takes its time: the head goes where it was last sent, exactly, and says so when it is there.
import assert from "node:assert/strict";
import { existsSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { unpack, type Bytes, type Header } from "../src/frames.ts";
import { SessionModel } from "../src/model/model.ts";
import { FIXTURES, read } from "./support.ts";

const folder = readdirSync(FIXTURES).map((name) => join(FIXTURES, name)).find((path) => existsSync(join(path, "page-1.json")))!;
const [page, buffer] = read(folder, "page-1"), since = unpack(page, [buffer])["time"]!, begin = page["page"] as number * 65_536;
const timeOf = (row: number) => (page["base"] as number) + since[row]! * (page["unit"] as number);

/** Answers with the opening frame and page 0 at once, with others when told to. */
function slow(first = true, unasked: number[] = []): { model: SessionModel; answer: (name: string) => void; sent: Header[]; tell: (message: Header) => void; release: () => void; heads: () => Header[] } {
  const sent: Header[] = [];
  let tell: (message: Header, buffers: readonly Bytes[]) => void = () => {};
  const answer = (name: string) => {
    const [header, bytes] = read(folder, name);
    tell(header.kind === "open" ? { ...header, at: 0, sent: unasked } : header, [bytes]);
  };
  const model = new SessionModel({
    send: (message) => void sent.push(message),
    listen(callback) {
      tell = callback;
      return () => (tell = () => {});
    },
  });
  answer("frame");
  if (first) answer("page-0");
  return { model, answer, sent, tell: (message) => tell(message, []), release: () => answer("page-1"), heads: () => sent.filter((message) => message.kind === "head") };
}

test("a tick: nothing is said before the head is there", () => {
  const { model, release, heads } = slow(), before = heads().length;
  model.seekTick(begin + 10);
  assert.deepEqual([model.tick, heads().length], [0, before]);
  release();
  assert.equal(model.tick, begin + 10);
  assert.deepEqual(heads().at(-1), { kind: "head", tick: begin + 10, playing: false });
  model.close();
});

test("a time: the last tick at or before it, not the last of its minute", () => {
  for (const row of [500, 1234, since.length - 2]) {
    const time = timeOf(row), { model, release } = slow();
    let last = row;
    while (last + 1 < since.length && timeOf(last + 1) <= time) last++;
    model.seekTime(time);
    assert.equal(model.tick, 0);
    release();
    assert.equal(model.tick, begin + last);
    model.close();
  }
});

test("a page that comes by itself is not asked for", () => {
  const asked = (unasked: number[]): unknown => {
    const { model, sent } = slow(false, unasked);
    model.close();
    return sent.filter((message) => message.kind === "pages").flatMap((message) => message["pages"]);
  };
  assert.deepEqual(asked([]), [0, 1]);
  assert.deepEqual(asked([0]), [1]);
});

test("the last wish counts", () => {
  const { model, release } = slow();
  model.seekTime(timeOf(1000));
  model.seekTick(begin + 7);
  release();
  assert.equal(model.tick, begin + 7);
  model.seekTick(3);
  assert.equal(model.tick, 3);
  model.close();
});

test("a head that had to wait plays on from where it came to", () => {
  const { model, release } = slow();
  model.setBarPace(true);
  model.play();
  model.seekTick(begin + 10);
  release();
  model.advance(1_000);
  for (let now = 1_016; now < 2_000; now += 16) model.advance(now);
  assert.ok(model.tick > begin + 10, `the head stands at ${model.tick}`);
  model.close();
});

test("what Python asks while the first page is on its way is done when it is here, and nothing is said before", () => {
  const { model, answer, tell, heads } = slow(false);
  tell({ kind: "do", action: "seek", tick: 4711 });
  tell({ kind: "do", action: "play" });
  assert.deepEqual([model.status, heads().length], ["loading", 0]);
  answer("page-0");
  assert.deepEqual([model.status, model.tick, model.playing], ["ready", 4711, true]);
  assert.deepEqual(heads().at(-1), { kind: "head", tick: 4711, playing: true });
  model.close();
});

test("what another view of the widget opens with leaves this one where it is", () => {
  const { model, answer } = slow(), { series } = model;
  model.seekTick(1234);
  model.setUnit("1h");
  answer("frame");
  assert.deepEqual([model.tick, model.unit, model.series === series], [1234, "1h", true]);
  model.seekTick(1300);
  assert.equal(model.tick, 1300);
  model.close();
});

test("a drag says where the head is once a move, not twice", () => {
  const { model, sent } = slow(), before = sent.length;
  for (let tick = 100; tick < 110; tick++) {
    model.pause();
    model.seekTick(tick);
  }
  assert.equal(sent.length - before, 10);
  model.close();
});

test("a kernel that does not answer at all is told, and asked again", (context) => {
  context.mock.timers.enable({ apis: ["setInterval", "setTimeout", "Date"], now: 1 });
  const sent: Header[] = [], model = new SessionModel({ send: (message) => void sent.push(message), listen: () => () => {} });
  context.mock.timers.tick(14_000);
  assert.deepEqual([model.lost, sent.length], ["", 1]);
  context.mock.timers.tick(2_000);
  assert.notEqual(model.lost, "");
  assert.deepEqual(sent.map((message) => message.kind), ["ready", "ready"]);
  model.close();
});
