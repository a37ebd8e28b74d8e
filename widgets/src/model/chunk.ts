// A part of a timeframe's bars as they came: prices as points, times as minutes. `bars.py` is the twin. Nothing is copied and
// nothing changes: the running bar is kept elsewhere.
import type { Columns } from "../frames.ts";

type Numbers = Int32Array | Float64Array;

/** What the header of a message says of a part. */
export interface Part {
  row: number;
  begin: number;
  /** µs of a unit of time. */
  unit: number;
  /** Points of 1.0; 0 where prices are written as they are. */
  scale: number;
  first: number;
}

/** A price's neighbours among float64: this much of it away, rounded, is one step. */
const STEP = 1.2e-16;
const BITS = 3;

export class Chunk {
  /** When it was last looked at, by the shelf's clock. */
  used = 0;
  readonly length: number;
  private readonly begin: number;
  private readonly starts: Numbers;
  private readonly ends: Numbers | null;
  private readonly prices: readonly Numbers[];
  private readonly nudges: Uint8Array | null;
  private readonly volumes: Numbers;
  private readonly counts: Numbers;
  private readonly firsts: Numbers | null;
  private readonly closers: Int32Array;
  /** Which bar of each eight has the greatest high, the lowest low, the greatest volume. */
  private readonly best: readonly Uint8Array[];

  /**
   * Bars from <= i < to of a part; `place` is its number in the message, `span` how long a bar is in µs. What may be given up is
   * copied: a view would keep all that came with it.
   */
  constructor(columns: Columns, place: number, private readonly part: Part, from: number, to: number, private readonly span: number, copied: boolean) {
    const take = <T extends Numbers | Uint8Array>(name: string): T | null => {
      const column = columns[name + place] as T | undefined;
      return column ? ((copied ? column.slice(from, to) : column.subarray(from, to)) as T) : null;
    };
    this.starts = take<Numbers>("start")!;
    this.ends = take("end");
    this.prices = ["open", "high", "low", "close"].map((name) => take<Numbers>(name)!);
    this.nudges = take("nudge");
    this.counts = take<Numbers>("ticks")!;
    this.volumes = take<Numbers>("volume") ?? this.counts;
    this.firsts = take("first");
    this.closers = take<Int32Array>("closer")!;
    this.length = this.starts.length;
    // The first tick of its first bar: the one that closed the bar before, where that bar is of the same part.
    this.begin = !this.firsts && from ? (columns["closer" + place] as Int32Array)[from - 1]! : part.first;
    this.best = [1, 2, 4].map((what) => this.bestOf(what));
  }

  start(i: number): number {
    return this.starts[i]! * this.part.unit;
  }

  end(i: number): number {
    return this.ends ? this.ends[i]! * this.part.unit : this.start(i) + this.span;
  }

  first(i: number): number {
    return this.firsts ? this.firsts[i]! : i ? this.closers[i - 1]! : this.begin;
  }

  closer(i: number): number {
    return this.closers[i]!;
  }

  /** Open, high, low, close, volume or number of ticks (0 to 5). */
  value(what: number, i: number): number {
    if (what > 3) return (what === 4 ? this.volumes : this.counts)[i]!;
    const raw = this.prices[what]![i]!, { scale } = this.part;
    if (!scale) return raw;
    const price = raw / scale, nudge = this.nudges ? (this.nudges[i]! >> (2 * what)) & 3 : 0;
    return nudge ? (nudge === 1 ? price + price * STEP : price - price * STEP) : price;
  }

  /** The greatest high (1) or volume (4), or the lowest low (2), of a group of eight bars. */
  extreme(what: number, group: number): number {
    return this.value(what, (group << BITS) + this.best[what >> 1]![group]!);
  }

  /** How many of the bars from <= i < to are closed once tick `tick` was taken, and begin with a tick up to it, or at a time up to it. */
  closedAt(tick: number, from: number, to: number): number {
    return this.search((i) => this.closers[i]! <= tick, from, to);
  }

  openedAt(tick: number, from: number, to: number): number {
    return this.search((i) => this.first(i) <= tick, from, to);
  }

  startedBy(time: number, from: number, to: number): number {
    return this.search((i) => this.start(i) <= time, from, to);
  }

  private search(before: (i: number) => boolean, low: number, high: number): number {
    while (low < high) {
      const middle = (low + high) >> 1;
      if (before(middle)) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  private bestOf(what: number): Uint8Array {
    const found = new Uint8Array((this.length + 7) >> BITS), sign = what === 2 ? -1 : 1;
    for (let i = 0; i < this.length; i++) {
      const group = i >> BITS;
      if (sign * this.value(what, i) > sign * this.value(what, (group << BITS) + found[group]!)) found[group] = i & 7;
    }
    return found;
  }
}
