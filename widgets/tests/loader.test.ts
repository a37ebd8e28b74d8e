// The loader's register: one question for all widgets of a kernel, and nobody left waiting because another was taken away.
import assert from "node:assert/strict";
import { mock, test } from "node:test";
import { deflateSync } from "node:zlib";
import type { Bytes, Header } from "../src/frames.ts";
import type { AnyModel } from "../src/hosts/transports.ts";
import { Opening } from "../src/loader/opening.ts";
import { fetchScript, isFirst, type Script, unpackText, wayOf } from "../src/loader/scripts.ts";

const SCRIPT: Script = { default: { render: () => () => {} } };
let hashes = 0;

class Model implements AnyModel {
  readonly sent: Header[] = [];
  readonly listeners: ((message: Header, buffers: Bytes[]) => void)[] = [];
  constructor(private readonly hash: string, private readonly kernel = "a", private readonly gone = false, private readonly key = "") {}
  get = (name: string): unknown => ({ _script: this.hash, _kernel: this.kernel, _key: this.key })[name];
  on = (_: string, callback: (message: Header, buffers: Bytes[]) => void): void => void this.listeners.push(callback);
  off = (_: string, callback: (message: Header, buffers: Bytes[]) => void): void => void this.listeners.splice(this.listeners.indexOf(callback), 1);
  send(message: Header): void {
    if (this.gone) throw new Error("Kernel is dead");
    this.sent.push(message);
  }
  tell(message: Header): void {
    for (const heard of [...this.listeners]) heard(message, []);
  }
  get asked(): number {
    return this.sent.filter((message) => message.kind === "script").length;
  }
  answer(hash = this.hash, text = "1"): void {
    const bytes = deflateSync(text);
    for (const heard of [...this.listeners]) heard({ kind: "script", hash }, [bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.byteLength) as ArrayBuffer]);
  }
}

const fresh = (): string => `hash-${++hashes}`;
/** Waits like a widget; `got` counts the scripts that came. */
function waiter(model: Model, load: (packed: Bytes) => Promise<Script> = () => Promise.resolve(SCRIPT)): { got: Promise<Script>[]; leave: () => void; model: Model } {
  const got: Promise<Script>[] = [];
  return { got, model, leave: fetchScript<Script>(wayOf(model), String(model.get("_script")), String(model.get("_kernel")), (script) => got.push(script), load) };
}

test("many widgets of a kernel: one question, one script, and nothing is left behind", async () => {
  mock.timers.enable({ apis: ["setTimeout", "setInterval"] });
  const hash = fresh();
  let loads = 0;
  const load = (): Promise<Script> => (loads++, Promise.resolve(SCRIPT));
  const all = Array.from({ length: 10 }, () => waiter(new Model(hash), load));
  mock.timers.tick(5);
  assert.deepEqual(all[0]!.model.sent, [{ kind: "script", hash }, { kind: "poke" }]);
  assert.equal(all.reduce((sum, each) => sum + each.model.asked, 0), 1);
  all[0]!.model.answer();
  all[0]!.model.answer();
  assert.ok(all.every(({ got, model }) => got.length === 1 && got[0] === all[0]!.got[0] && !model.listeners.length));
  const later = waiter(new Model(hash), load);
  assert.deepEqual([later.got.length, later.model.asked, loads, await later.got[0]], [1, 0, 1, SCRIPT]);
  mock.timers.tick(200_000);
  assert.equal(all[0]!.model.asked, 1);
  mock.timers.reset();
});

test("the one that asked is taken away: the next asks, and only it", () => {
  mock.timers.enable({ apis: ["setTimeout", "setInterval"] });
  const hash = fresh(), [first, second, third] = [waiter(new Model(hash)), waiter(new Model(hash)), waiter(new Model(hash))];
  first.leave();
  first.leave();
  assert.deepEqual([first, second, third].map(({ model }) => model.asked), [1, 1, 0]);
  third.leave();
  assert.equal(second.model.asked, 1);
  first.model.answer();
  second.model.answer();
  assert.deepEqual([first, second, third].map(({ got }) => got.length), [0, 1, 0]);
  mock.timers.tick(200_000);
  assert.deepEqual([first, second, third].map(({ model }) => model.asked + model.listeners.length), [1, 1, 0]);
  mock.timers.reset();
});

test("a kernel that is silent or gone keeps no other's widgets waiting, and is asked again", () => {
  mock.timers.enable({ apis: ["setTimeout", "setInterval"] });
  const hash = fresh(), gone = waiter(new Model(hash, "gone", true)), silent = waiter(new Model(hash, "silent")), other = waiter(new Model(hash, "other"));
  assert.deepEqual([silent.model.asked, other.model.asked], [1, 1]);
  mock.timers.tick(60_001);
  assert.equal(silent.model.asked, 2);
  other.model.answer();
  assert.deepEqual([gone.got.length, silent.got.length, other.got.length], [1, 1, 1]);
  mock.timers.reset();
});

test("two versions live beside each other; a message that names another is none for this", () => {
  const [old, now] = [waiter(new Model(fresh())), waiter(new Model(fresh()))];
  old.model.answer("hash of something else");
  for (const heard of [...old.model.listeners]) for (const message of [{ kind: "script" }, { kind: "open" }]) heard(message, []);
  now.model.answer();
  assert.deepEqual([old.got.length, now.got.length, old.model.listeners.length], [0, 1, 1]);
  old.leave();
});

test("a text that is no script: all hear why, and the next widget asks anew", async () => {
  const hash = fresh(), broken = (): Promise<Script> => Promise.reject(new Error("Unexpected end of input"));
  const [first, second] = [waiter(new Model(hash), broken), waiter(new Model(hash), broken)];
  first.model.answer();
  for (const { got } of [first, second]) await assert.rejects(got[0]!, /Unexpected end/);
  const next = waiter(new Model(hash));
  assert.equal(next.model.asked, 1);
  next.leave();
});

test("what Python packs is unpacked", async () => {
  const packed = deflateSync("schön 1 €");
  assert.equal(await unpackText(packed), "schön 1 €");
});

/** A view as a script makes it: it listens, asks, and notes what it hears. */
function view(model: AnyModel): string[] {
  const heard: string[] = [];
  model.on("msg:custom", (message) => heard.push(String(message["name"] ?? message.kind)));
  model.send({ kind: "ready" }, undefined, []);
  return heard;
}
const said = (name: string): Header => ({ kind: "do", name, columns: [] }) as unknown as Header;

test("what a widget opens with is asked for with its script, kept for its first view, and asked for anew by the next", async () => {
  const model = new Model(fresh(), "a", false, "one");
  assert.ok(isFirst(model.get("_script") as string, "a"));
  const { leave } = waiter(model), forget = Opening.begin(model);
  assert.ok(!isFirst(model.get("_script") as string, "a"), "another widget of the page waits for the same script");
  assert.deepEqual(model.sent.map(({ kind, page }) => [kind, page]), [["script", undefined], ["ready", true]]);
  model.tell(said("open"));
  model.answer();
  model.tell(said("page"));
  const opening = Opening.take(model)!;
  assert.equal(Opening.take(model), undefined, "the second view has none");
  const first = view(opening.before(model)), second = view(model);
  assert.deepEqual([model.sent.length, first, second], [3, [], []]);
  await Promise.resolve();
  model.tell(said("later"));
  assert.deepEqual([first, second], [["open", "page", "later"], ["later"]]);
  opening.before(model).send({ kind: "ready" }, undefined, []);
  assert.equal(model.sent.length, 4, "a view that had no answer may ask itself");
  leave();
  forget();
  assert.equal(model.listeners.length, 2, "none but the views listens");
});

test("an answer that is still to come reaches the view; what no view takes is let go; a kernel that is gone is asked nothing", async () => {
  mock.timers.enable({ apis: ["setTimeout"] });
  const [late, unseen, gone, keyless] = [new Model("", "a", false, "late"), new Model("", "a", false, "unseen"), new Model("", "a", true, "gone"), new Model("")];
  for (const model of [late, unseen, gone, keyless]) Opening.begin(model);
  const heard = view(Opening.take(late)!.before(late));
  await Promise.resolve();
  late.tell(said("open"));
  assert.deepEqual([heard, late.sent.length], [["open"], 1]);
  mock.timers.tick(10_000);
  assert.deepEqual([unseen, gone, keyless].map((model) => [Opening.take(model), model.listeners.length]), [[undefined, 0], [undefined, 0], [undefined, 0]]);
  assert.equal(keyless.sent.length, 0);
  mock.timers.reset();
});
