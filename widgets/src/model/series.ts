// The bars of one timeframe as of the head: the completed ones as they came, and the running one, which is written over the
// place where its own finished values would lie. What lies behind is never read: `count` ends before it.
import type { Columns } from "../frames.ts";
import { Extremes } from "./extremes.ts";

export const BAR = { open: 0, high: 1, low: 2, close: 3, volume: 4, ticks: 5 } as const;

export class Bars {
  /** Bars that can be seen: the completed ones and, where one runs, that. */
  count = 0;
  completed = 0;
  /** Grows when other bars are completed than were. */
  version = 0;
  readonly total: number;
  private readonly starts: Float64Array;
  private readonly ends: Float64Array;
  private readonly opens: Float64Array;
  private readonly highs: Float64Array;
  private readonly lows: Float64Array;
  private readonly closes: Float64Array;
  private readonly amounts: Float64Array;
  private readonly counts: Int32Array;
  private readonly firsts: Int32Array;
  private readonly closers: Int32Array;
  // Buckets of the pyramids are read only where they end before `count`; those that reach further hold what is to come.
  private readonly extremesOf: Extremes;
  private readonly volumes: Extremes;
  /** The finished values of the place that the running bar is written over, and which place that is. */
  private readonly kept = new Float64Array(6);
  private over = -1;

  constructor(columns: Columns, row: number, private readonly counted: boolean) {
    // Copies: running bars are written into them, two widgets may be handed one frame, and a view would keep the whole frame.
    const float = (name: string) => (columns[name + row] as Float64Array).slice(), whole = (name: string) => (columns[name + row] as Int32Array).slice();
    [this.starts, this.ends, this.amounts] = [float("start"), float("end"), float("volume")];
    [this.opens, this.highs, this.lows, this.closes] = [float("open"), float("high"), float("low"), float("close")];
    [this.counts, this.firsts, this.closers] = [whole("ticks"), whole("first"), whole("closer")];
    this.total = this.starts.length;
    if (counted) this.amounts.set(this.counts);
    this.extremesOf = new Extremes(this.highs, this.lows, this.total);
    this.volumes = new Extremes(this.amounts, null, this.total);
  }

  /** When a bar begins and ends, in µs. */
  start(bar: number): number {
    return this.starts[bar]!;
  }

  end(bar: number): number {
    return this.ends[bar]!;
  }

  open(bar: number): number {
    return this.opens[bar]!;
  }

  high(bar: number): number {
    return this.highs[bar]!;
  }

  low(bar: number): number {
    return this.lows[bar]!;
  }

  close(bar: number): number {
    return this.closes[bar]!;
  }

  /** What the view draws: volumes, or tick counts where the data have no sizes. */
  volume(bar: number): number {
    return this.amounts[bar]!;
  }

  ticks(bar: number): number {
    return this.counts[bar]!;
  }

  /** The first tick in a bar. */
  first(bar: number): number {
    return this.firsts[bar]!;
  }

  /** The tick that finds a bar closed; the number of all ticks where none does. */
  closer(bar: number): number {
    return this.closers[bar]!;
  }

  /** The bar that takes a tick: of those that name it first, the last; flat ones, which no tick is in, lie before it. */
  holding(tick: number): number {
    return upperBound(this.firsts, tick) - 1;
  }

  /** How many bars are completed once tick `tick` was taken. */
  completedAt(tick: number): number {
    return upperBound(this.closers, tick);
  }

  /** Show `completed` bars and, where `running` is given, the running one behind them. */
  show(completed: number, running: Float64Array | null): void {
    if (this.over >= 0 && (!running || this.over !== completed)) {
      this.write(this.over, this.kept, false);
      this.over = -1;
    }
    if (completed !== this.completed) this.version++;
    this.completed = completed;
    this.count = completed + (running ? 1 : 0);
    if (running) {
      if (this.over < 0) {
        this.read(completed, this.kept);
        this.over = completed;
      }
      this.write(completed, running, this.counted);
    }
  }

  /** The finished values of a bar, whatever is written over its place. */
  finished(bar: number, into: Float64Array): void {
    if (bar === this.over) into.set(this.kept);
    else this.read(bar, into);
  }

  /** The values in a bar's place. */
  read(bar: number, into: Float64Array): void {
    into[0] = this.opens[bar]!;
    into[1] = this.highs[bar]!;
    into[2] = this.lows[bar]!;
    into[3] = this.closes[bar]!;
    into[4] = this.amounts[bar]!;
    into[5] = this.counts[bar]!;
  }

  private write(bar: number, from: Float64Array, counted: boolean): void {
    this.opens[bar] = from[0]!;
    this.highs[bar] = from[1]!;
    this.lows[bar] = from[2]!;
    this.closes[bar] = from[3]!;
    this.amounts[bar] = counted ? from[5]! : from[4]!;
    this.counts[bar] = from[5]!;
    this.extremesOf.mend(bar, this.total);
    this.volumes.mend(bar, this.total);
  }

  openOf(level: number, column: number): number {
    return this.opens[column << level]!;
  }

  closeOf(level: number, column: number): number {
    return this.closes[Math.min(((column + 1) << level) - 1, this.count - 1)]!;
  }

  highOf(level: number, column: number): number {
    return ((column + 1) << level) <= this.count ? this.extremesOf.top(level, column) : this.extremesOf.range(column << level, this.count)[1];
  }

  lowOf(level: number, column: number): number {
    return ((column + 1) << level) <= this.count ? this.extremesOf.bottom(level, column) : this.extremesOf.range(column << level, this.count)[0];
  }

  /** The greatest volume of a bar in the column. */
  volumeOf(level: number, column: number): number {
    return ((column + 1) << level) <= this.count ? this.volumes.top(level, column) : this.volumes.range(column << level, this.count)[1];
  }

  extremes(from: number, to: number): [low: number, high: number] {
    return this.extremesOf.range(Math.max(0, from), Math.min(to, this.count));
  }

  /** The last visible bar whose start is not after `time`; -1 where there is none. */
  indexAt(time: number): number {
    return Math.min(this.startedBy(time), this.count) - 1;
  }

  /** How many bars start at or before a time, seen or not. */
  startedBy(time: number): number {
    return upperBound(this.starts, time);
  }
}

/** Where the entries of an ascending column, or of its part begin <= i < end, that are <= value have their end. */
export function upperBound(column: ArrayLike<number>, value: number, begin = 0, end = column.length): number {
  let low = begin, high = end;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (column[middle]! <= value) low = middle + 1;
    else high = middle;
  }
  return low;
}
