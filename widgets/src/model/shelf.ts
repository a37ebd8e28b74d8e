// Where the parts of all timeframes' bars stand: asked for as they come into view, and given up when they were not looked at for long.
import type { Chunk } from "./chunk.ts";

const KEPT = 128; // parts of 4,096 bars: some 20 MB
const AT_ONCE = 32;

export type Wish = [row: number, part: number];

export class Shelf {
  private clock = 0;
  private readonly kept = new Set<{ chunk: Chunk; drop: () => void }>();
  private readonly wanted = new Map<string, Wish>();
  private later = false;

  /** `ask` is called with what is wanted, once for all that a frame wants. */
  constructor(private readonly ask: (parts: Wish[]) => void) {}

  /** A part is looked at: it will not be the next to go. */
  look(chunk: Chunk): void {
    chunk.used = ++this.clock;
  }

  want(row: number, part: number): void {
    const name = `${row} ${part}`;
    if (this.wanted.has(name)) return;
    this.wanted.set(name, [row, part]);
    if (this.later) return;
    this.later = true;
    const seen = new Set(this.wanted.keys());
    seen.delete(name);
    queueMicrotask(() => {
      this.later = false;
      this.send([...this.wanted].filter(([each]) => !seen.has(each)).map(([, wish]) => wish));
    });
  }

  /** A part came that may be given up again; `drop` takes it off its row. */
  put(row: number, part: number, chunk: Chunk, drop: () => void): void {
    this.wanted.delete(`${row} ${part}`);
    this.look(chunk);
    this.kept.add({ chunk, drop });
    if (this.kept.size <= KEPT) return;
    const oldest = [...this.kept].reduce((a, b) => (b.chunk.used < a.chunk.used ? b : a));
    this.kept.delete(oldest);
    oldest.drop();
  }

  /** Ask again for what never came. */
  askAgain(): void {
    this.send([...this.wanted.values()]);
  }

  private send(parts: Wish[]): void {
    for (let at = 0; at < parts.length; at += AT_ONCE) this.ask(parts.slice(at, at + AT_ONCE));
  }
}
