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
function slow(): { model: SessionModel; release: () => void; heads: () => Header[] } {
  const sent: Header[] = [];
  let tell: (message: Header, buffers: readonly Bytes[]) => void = () => {};
  const answer = (name: string) => {
    const [header, bytes] = read(folder, name);
    tell(header.kind === "open" ? { ...header, at: 0 } : header, [bytes]);
  };
  const model = new SessionModel({
    send: (message) => void sent.push(message),
    listen(callback) {
      tell = callback;
      return () => (tell = () => {});
    },
  });
  answer("frame");
  answer("page-0");
  return { model, release: () => answer("page-1"), heads: () => sent.filter((message) => message.kind === "head") };
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
