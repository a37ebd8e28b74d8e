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
  readonly start: Float64Array;
  readonly end: Float64Array;
  readonly open: Float64Array;
  readonly high: Float64Array;
  readonly low: Float64Array;
  readonly close: Float64Array;
  /** What the view draws: volumes, or tick counts where the data have no sizes. */
  readonly volume: Float64Array;
  readonly ticks: Int32Array;
  readonly first: Int32Array;
  readonly closer: Int32Array;
  // Buckets of the pyramids are read only where they end before `count`; those that reach further hold what is to come.
  private readonly extremesOf: Extremes;
  private readonly volumes: Extremes;
  /** The finished values of the place that the running bar is written over, and which place that is. */
  private readonly kept = new Float64Array(6);
  private over = -1;

  constructor(columns: Columns, row: number, private readonly counted: boolean) {
    // Copies: running bars are written into them, two widgets may be handed one frame, and a view would keep the whole frame.
    const float = (name: string) => (columns[name + row] as Float64Array).slice(), whole = (name: string) => (columns[name + row] as Int32Array).slice();
    [this.start, this.end, this.volume] = [float("start"), float("end"), float("volume")];
    [this.open, this.high, this.low, this.close] = [float("open"), float("high"), float("low"), float("close")];
    [this.ticks, this.first, this.closer] = [whole("ticks"), whole("first"), whole("closer")];
    this.total = this.start.length;
    if (counted) this.volume.set(this.ticks);
    this.extremesOf = new Extremes(this.high, this.low, this.total);
    this.volumes = new Extremes(this.volume, null, this.total);
  }

  /** The bar that takes a tick: of those that name it first, the last; flat ones, which no tick is in, lie before it. */
  holding(tick: number): number {
    return upperBound(this.first, tick) - 1;
  }

  /** How many bars are completed once tick `tick` was taken. */
  completedAt(tick: number): number {
    return upperBound(this.closer, tick);
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
    into[0] = this.open[bar]!;
    into[1] = this.high[bar]!;
    into[2] = this.low[bar]!;
    into[3] = this.close[bar]!;
    into[4] = this.volume[bar]!;
    into[5] = this.ticks[bar]!;
  }

  private write(bar: number, from: Float64Array, counted: boolean): void {
    this.open[bar] = from[0]!;
    this.high[bar] = from[1]!;
    this.low[bar] = from[2]!;
    this.close[bar] = from[3]!;
    this.volume[bar] = counted ? from[5]! : from[4]!;
    this.ticks[bar] = from[5]!;
    this.extremesOf.mend(bar, this.total);
    this.volumes.mend(bar, this.total);
  }

  openOf(level: number, column: number): number {
    return this.open[column << level]!;
  }

  closeOf(level: number, column: number): number {
    return this.close[Math.min(((column + 1) << level) - 1, this.count - 1)]!;
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
    return Math.min(upperBound(this.start, time), this.count) - 1;
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
