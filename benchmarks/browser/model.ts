// The model without a page: how fast it folds ticks, steps back and seeks, over frames that Python wrote to a folder. Prints JSON.
import { readFileSync } from "node:fs";
import { join } from "node:path";
import type { Bytes, Header } from "../../widgets/src/frames.ts";
import { SessionModel } from "../../widgets/src/model/model.ts";
import type { Tape } from "../../widgets/src/model/tape.ts";

const ROUNDS = 300;
const folder = process.argv[2]!;
let tell: (message: Header, buffers: readonly Bytes[]) => void = () => {};

function answer(name: string): void {
  const bytes = readFileSync(join(folder, `${name}.bin`));
  tell(JSON.parse(readFileSync(join(folder, `${name}.json`), "utf8")) as Header, [bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.byteLength) as ArrayBuffer]);
}

const model = new SessionModel({
  send: (message) => {
    if (message.kind === "ready") queueMicrotask(() => answer("frame"));
    else if (message.kind === "pages") for (const page of message["pages"] as number[]) queueMicrotask(() => answer(`page-${page}`));
  },
  listen: (callback) => {
    tell = callback;
    return () => undefined;
  },
});
const settle = async (): Promise<void> => {
  for (let i = 0; i < 50; i++) await Promise.resolve();
};
const time = (action: () => void): number => {
  const before = performance.now();
  action();
  return performance.now() - before;
};
const random = (seed: number) => () => (seed = (seed * 16807) % 2147483647) / 2147483647;

await settle();
for (let tick = 0; tick < model.ticks; tick += 65_536) {
  model.seekTick(tick);
  await settle();
}
const draw = random(5), tape = (model as unknown as { tape: Tape }).tape, bar = new Float64Array(6).fill(NaN);
const processor = (action: () => void): number => {
  const before = process.cpuUsage();
  action();
  return process.cpuUsage(before).user;
};
const fold = Array.from({ length: 25 }, () => model.ticks / processor(() => tape.fold(0, model.ticks - 1, bar)));
const measured: Record<string, number[]> = { seek: [] };
for (const unit of ["tick", "1m", "1d"]) {
  model.setUnit(unit);
  measured[unit] = Array.from({ length: ROUNDS }, () => {
    model.seekTick(Math.floor(draw() * model.ticks));
    return time(() => model.step(-1));
  });
}
measured["seek"] = Array.from({ length: ROUNDS }, () => time(() => model.seekTick(Math.floor(draw() * model.ticks))));
if (model.tick >= model.ticks || !(bar[1]! >= bar[2]!)) throw new Error("nothing was folded");
console.log(JSON.stringify({ ticks: model.ticks, fold, ...measured }));
model.close();
