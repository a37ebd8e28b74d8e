// Pages of ticks, asked for ahead of the head and kept within a bound.
import { unpack, type Bytes, type Header } from "../frames.ts";
import type { Info } from "./info.ts";

const MISSING = -(2 ** 31);
const KEPT = 96; // pages of 65,536 ticks: some 75 MB
const AHEAD = 2;
const AT_ONCE = 32; // pages that one message may ask for

interface Page {
  base: number;
  unit: number;
  time: Int32Array | Float64Array;
  bid: Int32Array | Float64Array;
  ask: Int32Array | Float64Array;
  volume: Float64Array | null;
  /** What one unit of the quote currency is in the account's, where they differ. */
  rate: Float64Array | null;
  used: number;
}

export class Tape {
  private readonly pages = new Map<number, Page>();
  private readonly asked = new Set<number>();
  private readonly scale: number;
  private clock = 0;
  readonly size: number;
  readonly count: number;
  page!: Page;
  private begin = 0;
  private end = 0;

  constructor(private readonly info: Info, private readonly ask: (pages: number[]) => void) {
    this.size = info.pageSize;
    this.count = info.ticks;
    this.scale = 10 ** info.points;
    for (const page of info.sent ?? []) this.asked.add(page);
  }

  /** Whether ticks from <= i <= to are here; asks for what is not, and for the pages that come next. */
  has(from: number, to: number): boolean {
    const first = Math.floor(from / this.size), last = Math.floor(to / this.size), wanted: number[] = [];
    let here = true;
    for (let page = first; page <= Math.min(last + AHEAD, Math.floor((this.count - 1) / this.size)); page++) {
      if (this.pages.has(page)) continue;
      if (page <= last) here = false;
      if (!this.asked.has(page)) wanted.push(page);
    }
    if (wanted.length) {
      for (const page of wanted) this.asked.add(page);
      this.ask(wanted);
    }
    return here;
  }

  /** Whether a tick's page is here; asks for nothing. */
  here(tick: number): boolean {
    return this.pages.has(Math.floor(tick / this.size));
  }

  /** Takes a page that came; one that nobody waits for any more is kept all the same. */
  take(header: Header, buffers: readonly Bytes[]): void {
    const columns = unpack(header, buffers) as unknown as Page & { volume?: Float64Array; rate?: Float64Array };
    const number = header["page"] as number;
    this.asked.delete(number);
    this.pages.set(number, { ...columns, volume: columns.volume ?? null, rate: columns.rate ?? null, base: header["base"] as number, unit: header["unit"] as number, used: ++this.clock });
    if (this.pages.size > KEPT) {
      const oldest = [...this.pages].reduce((a, b) => (b[1].used < a[1].used ? b : a));
      this.pages.delete(oldest[0]);
    }
  }

  /** Ask again for what was asked and never came, the latest wishes at most. */
  askAgain(): void {
    if (this.asked.size) this.ask([...this.asked].slice(-AT_ONCE));
  }

  /** How many ticks from the first on are here without a hole. */
  get loaded(): number {
    let page = 0;
    while (this.pages.has(page)) page++;
    return Math.min(page * this.size, this.count);
  }

  /** The last tick of the unbroken stretch that holds `tick`. */
  reach(tick: number): number {
    let page = Math.floor(tick / this.size);
    while (this.pages.has(page)) page++;
    return Math.min(page * this.size, this.count) - 1;
  }

  private at(tick: number): number {
    if (tick < this.begin || tick >= this.end) {
      const number = Math.floor(tick / this.size), page = this.pages.get(number);
      if (!page) throw new RangeError(`tick ${tick} is not here`);
      page.used = ++this.clock;
      this.page = page;
      this.begin = number * this.size;
      this.end = this.begin + page.time.length;
    }
    return tick - this.begin;
  }

  time(tick: number): number {
    const i = this.at(tick);
    return this.page.base + this.page.time[i]! * this.page.unit;
  }

  bid(tick: number): number {
    const i = this.at(tick);
    return this.price(this.page.bid, i);
  }

  askAt(tick: number): number {
    const i = this.at(tick);
    return this.price(this.page.ask, i);
  }

  rate(tick: number): number {
    const i = this.at(tick);
    return this.page.rate ? this.page.rate[i]! : 1;
  }

  private price(column: Int32Array | Float64Array, i: number): number {
    const points = column[i]!;
    return column instanceof Float64Array ? points : points === MISSING ? NaN : points / this.scale;
  }

  /** Lets a bar (open, high, low, close, volume, ticks; its open NaN while it has none) take ticks from <= i <= to. */
  fold(from: number, to: number, bar: Float64Array): void {
    for (let i = from; i <= to; ) {
      const row = this.at(i), stop = Math.min(row + to - i + 1, this.page.time.length);
      this.foldRows(this.page, row, stop, bar);
      i += stop - row;
    }
  }

  /** Plain numbers in one loop: it runs at every step back. A price is computed as Python computes it, so its bits are the same. */
  private foldRows(page: Page, from: number, stop: number, bar: Float64Array): void {
    const { bid, ask, volume } = page, { price } = this.info;
    const first = price === "ask" ? ask : bid, second = price === "bid" ? bid : ask;
    const [scaleA, scaleB] = [first, second].map((column) => (column instanceof Float64Array ? 1 : this.scale)) as [number, number];
    let [open, high, low, close, sum, ticks] = bar as unknown as [number, number, number, number, number, number];
    for (let row = from; row < stop; row++) {
      const a = first[row]!, b = second[row]!;
      const value = (a / scaleA + b / scaleB) / 2;
      if (a === MISSING || b === MISSING || value !== value) continue;
      if (open !== open) open = high = low = value;
      if (value > high) high = value;
      if (value < low) low = value;
      close = value;
      if (volume) sum += volume[row]!;
      ticks++;
    }
    bar.set([open, high, low, close, sum, ticks]);
  }

  /** The last tick at or before a time, among ticks from <= i <= to, which must be here. */
  before(time: number, from: number, to: number): number {
    let low = from, high = to + 1;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (this.time(middle) <= time) low = middle + 1;
      else high = middle;
    }
    return low - 1;
  }
}
