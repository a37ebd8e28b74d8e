// Sessions that Python wrote to files, played to a model over a transport that answers like a kernel.
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { after } from "node:test";
import type { Bytes, Header } from "../src/frames.ts";
import { Ledger } from "../src/model/ledger.ts";
import { SessionModel } from "../src/model/model.ts";
import type { Bars } from "../src/model/series.ts";
import type { Transport } from "../src/transport.ts";

export const FIXTURES = process.env["BTLAB_FIXTURES"] ?? "";

export function read(folder: string, name: string): [Header, ArrayBuffer] {
  const bytes = readFileSync(join(folder, `${name}.bin`));
  return [JSON.parse(readFileSync(join(folder, `${name}.json`), "utf8")), bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.byteLength) as ArrayBuffer];
}

export function floats(folder: string, name: string): Float64Array {
  const bytes = readFileSync(join(folder, name));
  return new Float64Array(bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.byteLength));
}

/** A kernel that answers at once; `sent` is what the page said. */
export class FakeKernel implements Transport {
  readonly sent: Header[] = [];
  answers = true;
  private callback: (message: Header, buffers: readonly Bytes[]) => void = () => {};

  constructor(private readonly folder: string, private readonly change: (header: Header) => void = () => {}) {}

  send(message: Header): void {
    this.sent.push(message);
    if (!this.answers) return;
    if (message.kind === "ready") this.answer("frame");
    if (message.kind === "bars") for (const [row, part] of message["parts"] as [number, number][]) this.answer(`bars-${row}-${part}`);
    if (message.kind === "pages") for (const page of message["pages"] as number[]) this.answer(`page-${page}`);
    if (message.kind === "overlay") this.answer(`overlay-${message["layer"]}`);
  }

  tell(message: Header): void {
    this.callback(message, []);
  }

  private answer(name: string): void {
    const [header, buffer] = read(this.folder, name);
    this.change(header);
    queueMicrotask(() => this.callback(header, [buffer]));
  }

  listen(callback: (message: Header, buffers: readonly Bytes[]) => void): () => void {
    this.callback = callback;
    return () => (this.callback = () => {});
  }
}

/** Values of the bars from <= bar < to, by default of all that are seen. */
export function column(bars: Bars, name: "start" | "end" | "open" | "high" | "low" | "close" | "volume", from = 0, to = bars.count): number[] {
  return Array.from({ length: to - from }, (_, i) => bars[name](from + i));
}

const open: SessionModel[] = [];
after(() => open.forEach((model) => model.close()));

/** A model whose whole tape is here. */
export async function loaded(folder: string): Promise<{ model: SessionModel; ledger: Ledger; kernel: FakeKernel }> {
  const kernel = new FakeKernel(folder), model = new SessionModel(kernel);
  open.push(model);
  const settle = async () => {
    for (let i = 0; i < 20; i++) await Promise.resolve();
  };
  await settle();
  for (let tick = 0; tick < model.ticks; tick += 65_536) {
    model.seekTick(tick);
    await settle();
  }
  model.seekTick(model.ticks - 1);
  await settle();
  return { model, ledger: new Ledger(model), kernel };
}
