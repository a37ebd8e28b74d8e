// The bars of one timeframe as of the head: the completed ones as they came, in parts, and the running one beside them. Of bars
// whose part is not here there is a line for each 64. What lies behind `count` is never read for drawing.
import type { Columns } from "../frames.ts";
import { Chunk, type Part } from "./chunk.ts";
import { Extremes } from "./extremes.ts";
import type { Info } from "./info.ts";
import { upperBound } from "./search.ts";
import type { Shelf } from "./shelf.ts";

export const TIMEFRAMES = ["1m", "5m", "15m", "1h", "4h", "1d"];
const [OPEN, HIGH, LOW, CLOSE, VOLUME, TICKS] = [0, 1, 2, 3, 4, 5] as const;
const BLOCK = 6;
const GROUP = 3;

/** What is always here of each 64 bars. */
type Blocks = Record<"Start" | "Open" | "High" | "Low" | "Close" | "Volume", Float64Array> & Record<"First" | "Closer", Int32Array>;

export class Bars {
  /** Bars that can be seen: the completed ones and, where one runs, that. */
  count = 0;
  completed = 0;
  /** Grows when other bars are completed than were, and when a part came. */
  version = 0;
  private readonly blocks: Blocks;
  private readonly prices: Extremes;
  private readonly amounts: Extremes;
  private readonly chunks: (Chunk | undefined)[];
  private readonly running = new Float64Array(6);
  private readonly bits: number;

  readonly total: number;
  private readonly span: number;
  /** Tick counts stand for volumes. */
  private readonly counted: boolean;

  /** From the opening frame's columns; parts that are not here are wanted of the shelf. */
  constructor(columns: Columns, private readonly row: number, info: Pick<Info, "counts" | "lengths" | "part" | "sizes">, private readonly shelf: Shelf) {
    [this.total, this.span, this.counted] = [info.counts[row]!, info.lengths[row]!, !info.sizes];
    const names = ["Start", "Open", "High", "Low", "Close", "Volume", "First", "Closer"];
    this.blocks = Object.fromEntries(names.map((name) => [name, columns[`block${name}${row}`]])) as unknown as Blocks;
    this.prices = new Extremes(this.blocks.High, this.blocks.Low, this.blocks.High.length);
    this.amounts = new Extremes(this.blocks.Volume, null, this.blocks.Volume.length);
    this.bits = Math.log2(info.part);
    this.chunks = new Array<undefined>(Math.ceil(this.total / info.part));
  }

  /** Takes bars that came: those that all of the row came with stay, others may be given up. */
  take(columns: Columns, place: number, part: Part, length: number): void {
    const size = 1 << this.bits, stays = length === this.total;
    for (let from = 0; from < length; from += size) {
      const number = (part.begin + from) >> this.bits, chunk = new Chunk(columns, place, part, from, Math.min(from + size, length), this.span, !stays);
      if (!stays && !this.chunks[number]) this.shelf.put(this.row, number, chunk, () => (this.chunks[number] = undefined));
      this.chunks[number] = chunk;
    }
    this.version++;
  }

  /** Whether bars from <= i < to are here in columns of 2 ** level; asks for those that are not. */
  need(from: number, to: number, level = 0): boolean {
    if (level >= BLOCK) return true;
    let here = true;
    for (let number = Math.max(0, from) >> this.bits; number < Math.min(to, this.total) / 2 ** this.bits; number++) {
      const chunk = this.chunks[number];
      if (chunk) this.shelf.look(chunk);
      else this.shelf.want(this.row, number);
      here &&= chunk !== undefined;
    }
    return here;
  }

  /** The same of the bar that is next to be completed after a tick; those about it are asked for, too. */
  near(tick: number): boolean {
    const bar = this.completedAt(tick);
    const around = 1 << (this.bits - 3);
    this.need(bar - around, bar + around);
    return this.need(bar - 1, bar + 1);
  }

  private chunk(bar: number): Chunk | undefined {
    return this.chunks[bar >> this.bits];
  }

  private within(bar: number): number {
    return bar & ((1 << this.bits) - 1);
  }

  /** When a bar begins and ends, in µs; about so where its part is not here. */
  start(bar: number): number {
    return this.chunk(bar)?.start(this.within(bar)) ?? this.blocks.Start[bar >> BLOCK]! + (bar & 63) * this.span;
  }

  end(bar: number): number {
    return this.chunk(bar)?.end(this.within(bar)) ?? this.start(bar) + this.span;
  }

  open(bar: number): number {
    return this.value(OPEN, bar);
  }

  high(bar: number): number {
    return this.value(HIGH, bar);
  }

  low(bar: number): number {
    return this.value(LOW, bar);
  }

  close(bar: number): number {
    return this.value(CLOSE, bar);
  }

  /** What the view draws: volumes, or tick counts where the data have no sizes. */
  volume(bar: number): number {
    return this.value(VOLUME, bar);
  }

  ticks(bar: number): number {
    return this.value(TICKS, bar);
  }

  /** The first tick in a bar. */
  first(bar: number): number {
    return this.chunk(bar)?.first(this.within(bar)) ?? this.blocks.First[bar >> BLOCK]!;
  }

  /** The tick that finds a bar closed; the number of all ticks where none does. */
  closer(bar: number): number {
    return this.chunk(bar)?.closer(this.within(bar)) ?? this.blocks.Closer[bar >> BLOCK]!;
  }

  private value(what: number, bar: number): number {
    if (bar === this.completed && bar < this.count) return this.running[what === VOLUME && this.counted ? TICKS : what]!;
    return this.finishedValue(what, bar);
  }

  private finishedValue(what: number, bar: number): number {
    const chunk = this.chunk(bar);
    if (chunk) return chunk.value(what, this.within(bar));
    if (what === OPEN && !(bar & 63)) return this.blocks.Open[bar >> BLOCK]!;
    return what === CLOSE && (((bar + 1) & 63) === 0 || bar === this.total - 1) ? this.blocks.Close[bar >> BLOCK]! : NaN;
  }

  /** The bar that takes a tick: of those that name it first, the last; flat ones, which no tick is in, lie before it. */
  holding(tick: number): number {
    return this.search(this.blocks.First, tick, (chunk, from, to) => chunk.openedAt(tick, from, to)) - 1;
  }

  /** How many bars are completed once tick `tick` was taken. */
  completedAt(tick: number): number {
    const block = upperBound(this.blocks.Closer, tick), bar = block << BLOCK;
    if (bar >= this.total) return this.total;
    const chunk = this.chunk(bar), from = this.within(bar);
    return chunk ? bar - from + chunk.closedAt(tick, from, Math.min(from + 64, chunk.length)) : bar;
  }

  /** How many bars start at or before a time, seen or not. */
  startedBy(time: number): number {
    return this.search(this.blocks.Start, time, (chunk, from, to) => chunk.startedBy(time, from, to));
  }

  /** The last visible bar whose start is not after `time`; -1 where there is none. */
  indexAt(time: number): number {
    return Math.min(this.startedBy(time), this.count) - 1;
  }

  /** In the last block whose first value is <= `value`, and so in its part. */
  private search(column: ArrayLike<number>, value: number, within: (chunk: Chunk, from: number, to: number) => number): number {
    const block = upperBound(column, value) - 1, bar = Math.max(0, block << BLOCK);
    if (block < 0) return 0;
    const chunk = this.chunk(bar), from = this.within(bar);
    return chunk ? bar - from + within(chunk, from, Math.min(from + 64, chunk.length)) : bar + 1;
  }

  /** Show `completed` bars and, where `running` is given, the running one behind them. */
  show(completed: number, running: Float64Array | null): void {
    if (completed !== this.completed) this.version++;
    this.completed = completed;
    this.count = completed + (running ? 1 : 0);
    if (running) this.running.set(running);
  }

  /** The finished values of a bar, whatever runs in its place. */
  finished(bar: number, into: Float64Array): void {
    for (let what = 0; what < 6; what++) into[what] = this.finishedValue(what, bar);
  }

  openOf(level: number, column: number): number {
    return this.open(column << level);
  }

  closeOf(level: number, column: number): number {
    return this.close(Math.min(((column + 1) << level) - 1, this.count - 1));
  }

  highOf(level: number, column: number): number {
    return this.ofColumn(HIGH, level, column);
  }

  lowOf(level: number, column: number): number {
    return this.ofColumn(LOW, level, column);
  }

  /** The greatest volume of a bar in the column. */
  volumeOf(level: number, column: number): number {
    return this.ofColumn(VOLUME, level, column);
  }

  extremes(from: number, to: number): [low: number, high: number] {
    return [this.best(LOW, Math.max(0, from), Math.min(to, this.count)), this.best(HIGH, Math.max(0, from), Math.min(to, this.count))];
  }

  private ofColumn(what: number, level: number, column: number): number {
    const end = (column + 1) << level;
    if (level < BLOCK || end > this.completed) return this.best(what, column << level, Math.min(end, this.count));
    return this.ofBlocks(what, level - BLOCK, column);
  }

  private ofBlocks(what: number, level: number, bucket: number): number {
    return what === HIGH ? this.prices.top(level, bucket) : what === LOW ? this.prices.bottom(level, bucket) : this.amounts.top(level, bucket);
  }

  /** The greatest high or volume, or the lowest low, of bars from <= i < to; what is not here yet counts by its block. */
  private best(what: number, from: number, to: number): number {
    let best = what === LOW ? Infinity : -Infinity;
    const meet = (value: number): void => {
      if (what === LOW ? value < best : value > best) best = value;
    };
    const end = Math.min(to, this.completed);
    for (let bar = from; bar < end; ) {
      const chunk = this.chunk(bar), block = bar >> BLOCK, next = (block + 1) << BLOCK;
      if (!(bar & 63) && next <= end) {
        const last = end >> BLOCK;
        meet(what === VOLUME ? this.amounts.range(block, last)[1] : this.prices.range(block, last)[what === LOW ? 0 : 1]);
        bar = last << BLOCK;
      } else if (!chunk) {
        if (next <= this.completed) meet(this.ofBlocks(what, 0, block));
        bar = next;
      } else if (!(bar & 7) && bar + 8 <= end) {
        meet(chunk.extreme(what, this.within(bar) >> GROUP));
        bar += 8;
      } else meet(chunk.value(what, this.within(bar++)));
    }
    if (to > this.completed && this.count > this.completed) meet(this.value(what, this.completed));
    return best;
  }
}
