// What the parts of the view show, worked out once a frame from the model and the view's own state.
import type { Forming, Info, Series, Source, Trades } from "./needs.ts";
import type { Veil } from "./format.ts";
import type { BarStyle } from "./panel/barstyle.ts";
import { upperBound } from "../model/search.ts";
import { TIMEFRAMES } from "../model/series.ts";
import { Zone } from "./zone.ts";

export { TIMEFRAMES };
export const UNITS = ["tick", ...TIMEFRAMES];

/**
 * All open lots together; levels of the newest lot that has them. Where both sides are held (`both`), side and size are those of
 * what is left when one is taken from the other, and there is no one entry, exit or level.
 */
export interface Position {
  name: string;
  both: boolean;
  long: number;
  short: number;
  side: number;
  size: number;
  entry: number;
  exit: number;
  since: number;
  profit: number;
  pips: number;
  stop: number;
  /** The trailing stop as it stands. */
  trail: number;
  target: number;
}

export interface Totals {
  closed: number;
  won: number;
  gain: number;
  loss: number;
  running: number;
}

export interface Result {
  exit: number;
  profit: number;
  pips: number;
  ratio: number;
}

export class Facts {
  /** The trade that was chosen, also one ahead, which nothing shows until the head is there. */
  selected = -1;
  hovered = -1;
  style: BarStyle;
  zone: Zone;
  palette: string;
  hidden: boolean;
  /** Where the pointer is in time; null while it is in no panel. */
  cross: { readonly time: number } | null = null;
  bookmarks: number[] = [];
  /** What hides dates and price levels in blind mode. */
  veil: Veil | null = null;
  position: Position | null = null;
  totals: Totals = { closed: 0, won: 0, gain: 0, loss: 0, running: 0 };
  /** Trades that are open at the head, in the order of their entries. */
  readonly open: number[] = [];
  private readonly exitTicks: Float64Array;
  private readonly exitTimes: Float64Array;
  private readonly sums: { gain: Float64Array; loss: Float64Array; won: Int32Array };
  private readonly latestTick: Float64Array;
  private readonly latestTime: Float64Array;
  private entered = 0;
  private readonly result: Result = { exit: NaN, profit: NaN, pips: NaN, ratio: NaN };
  private readonly account: Position = { name: "", both: false, long: 0, short: 0, side: 0, size: 0, entry: 0, exit: 0, since: 0, profit: 0, pips: 0, stop: NaN, trail: NaN, target: NaN };

  constructor(readonly source: Source, readonly info: Info) {
    const { trades } = source;
    const closed = Array.from({ length: trades.count }, (_, trade) => trade).filter((trade) => Number.isFinite(trades.exitTick[trade]!));
    closed.sort((a, b) => trades.exitTick[a]! - trades.exitTick[b]!);
    this.hidden = info.mode === "replay";
    this.style = info.style;
    this.palette = info.palette;
    this.zone = new Zone(info.zone);
    this.exitTicks = Float64Array.from(closed, (trade) => trades.exitTick[trade]!);
    this.exitTimes = Float64Array.from(closed, (trade) => trades.exitTime[trade]!);
    this.sums = prefixSums(closed, trades);
    this.latestTick = latest(trades.exitTick, trades.count);
    this.latestTime = latest(trades.exitTime, trades.count);
  }

  /** Grows whenever something of the overlays has to be drawn anew. */
  get version(): number { return this.source.overlays?.version ?? -1; }
  get series(): readonly Series[] { return this.source.series; }
  get trades(): Trades { return this.source.trades; }
  get tick(): number { return this.source.tick; }
  get ticks(): number { return this.source.ticks; }
  get time(): number { return this.source.time; }
  get quotes(): Source["quotes"] { return this.source.quotes; }
  get playing(): boolean { return this.source.playing; }

  /** Takes the head's state; called first in every frame. */
  update(): void {
    const { source } = this;
    this.entered = upperBound(source.trades.entryTick, source.tick);
    const closed = upperBound(this.exitTicks, source.tick);
    this.findOpen();
    this.totals.closed = closed;
    this.totals.won = this.sums.won[closed]!;
    this.totals.gain = this.sums.gain[closed]!;
    this.totals.loss = this.sums.loss[closed]!;
    this.totals.running = this.open.length;
    this.position = this.open.length ? this.sumUp() : null;
  }

  /** What a clock in the chosen zone shows, for the formats. */
  local(time: number): number { return this.zone.local(time); }

  /** The same of the time a bar is named by; a day has its name in every zone. */
  named(row: number, bar: number): number {
    const time = this.source.named(row, bar);
    return TIMEFRAMES[row] === "1d" ? time : this.local(time);
  }

  get blind(): boolean { return this.veil !== null; }
  get symbol(): string { return this.blind ? "Blind" : this.info.symbol; }
  get about(): string { return this.blind ? "no symbol, date or price level" : [this.info.feed, this.info.strategy].filter(Boolean).join(" · "); }

  /** How many trades may be listed: all of them where the future is shown. */
  get listed(): number { return this.hidden ? this.entered : this.trades.count; }

  isEntered(trade: number): boolean { return trade < this.entered; }
  isOpen(trade: number): boolean { return this.isEntered(trade) && !this.isClosed(trade); }
  isClosed(trade: number): boolean { return this.trades.exitTick[trade]! <= this.tick; }

  /** How many trades were entered by a time, none of them after the head. */
  enteredBy(time: number): number { return Math.min(this.entered, upperBound(this.trades.entryTime, time)); }

  /** The latest exit among a trade and all entered before it. */
  latestExit(trade: number): number { return this.latestTime[trade]!; }

  /** How many trades were closed by a time, none of them after the head. */
  closedBy(time: number): number { return Math.min(this.totals.closed, upperBound(this.exitTimes, time)); }

  /** Net result of the first `count` trades to be closed. */
  netOf(count: number): number { return this.sums.gain[count]! + this.sums.loss[count]!; }

  /** A trade's result: as it ended, or as it stands at the head; none where it neither stands nor ends. The object is used again by the next call. */
  resultOf(trade: number): Result {
    const { trades, result } = this;
    const side = trades.side[trade]!;
    const open = this.isOpen(trade);
    const entry = trades.entryPrice[trade]!;
    const { contract, pip } = this.info, rate = open ? this.quotes.rate : trades.rate[trade]!;
    result.exit = open ? (side > 0 ? this.quotes.sellAt : this.quotes.buyAt) : trades.exitPrice[trade]!;
    result.profit = open ? (result.exit - entry) * side * trades.size[trade]! * contract * rate : trades.profit[trade]!;
    result.pips = ((result.exit - entry) * side) / pip;
    const risk = Math.abs(entry - trades.stop[trade]!) * trades.size[trade]! * contract * rate;
    result.ratio = risk > 0 ? result.profit / risk : NaN;
    return result;
  }

  /** The trade with an id; -1 where there is none. */
  byId(id: number): number {
    for (let trade = 0; trade < this.trades.count; trade++) if (this.trades.id[trade] === id) return trade;
    return -1;
  }

  forming(row: number): Forming | null { return this.source.forming(row); }
  /** Steps that exist: finer bars than the data are not there. */
  hasUnit(unit: string): boolean { return unit === "tick" || this.info.timeframes.includes(unit); }

  emptyText(row: number): string {
    return this.hasUnit(TIMEFRAMES[row]!) ? "No bar yet" : `No ${TIMEFRAMES[row]} bars: the data are ${this.info.timeframes[0]} bars`;
  }

  private findOpen(): void {
    this.open.length = 0;
    for (let trade = this.entered - 1; trade >= 0; trade--) {
      if (this.latestTick[trade]! <= this.tick) break;
      if (!this.isClosed(trade)) this.open.push(trade);
    }
    if (this.open.length > 1) this.open.reverse();
  }

  private sumUp(): Position {
    const { trades, open, account, info } = this;
    const newest = open[open.length - 1]!;
    account.since = trades.entryTime[open[0]!]!;
    account.name = open.length === 1 ? `#${trades.id[newest]}` : `${open.length} lots`;
    account.long = account.short = account.entry = account.profit = 0;
    account.stop = account.trail = account.target = NaN;
    for (const trade of open) {
      const size = trades.size[trade]!;
      const trail = trades.trailAt(trade, this.tick);
      if (trades.side[trade]! > 0) account.long += size;
      else account.short += size;
      account.entry += size * trades.entryPrice[trade]!;
      account.profit += this.resultOf(trade).profit;
      if (Number.isFinite(trades.stop[trade]!)) account.stop = trades.stop[trade]!;
      if (Number.isFinite(trail)) account.trail = trail;
      if (Number.isFinite(trades.target[trade]!)) account.target = trades.target[trade]!;
    }
    account.both = account.long > 0 && account.short > 0;
    account.side = Math.sign(clean(account.long - account.short));
    account.size = clean(Math.abs(account.long - account.short));
    account.entry /= account.size;
    if (account.both) account.entry = account.stop = account.trail = account.target = NaN;
    account.exit = account.side > 0 ? this.quotes.sellAt : this.quotes.buyAt;
    account.pips = ((account.exit - account.entry) * account.side) / info.pip;
    return account;
  }
}

/** A sum of sizes without what adding them left in its last bits. */
const clean = (size: number): number => Number(size.toPrecision(12));

function prefixSums(order: readonly number[], trades: Trades): { gain: Float64Array; loss: Float64Array; won: Int32Array } {
  const sums = { gain: new Float64Array(order.length + 1), loss: new Float64Array(order.length + 1), won: new Int32Array(order.length + 1) };
  order.forEach((trade, i) => {
    const profit = trades.profit[trade]!;
    sums.gain[i + 1] = sums.gain[i]! + Math.max(0, profit);
    sums.loss[i + 1] = sums.loss[i]! + Math.min(0, profit);
    sums.won[i + 1] = sums.won[i]! + (profit > 0 ? 1 : 0);
  });
  return sums;
}

/** The greatest value so far; infinite from the first lot on that is still open at the end. */
function latest(exits: ArrayLike<number>, count: number): Float64Array {
  const values = new Float64Array(count);
  let most = -Infinity;
  for (let trade = 0; trade < count; trade++) values[trade] = most = Math.max(most, Number.isFinite(exits[trade]!) ? exits[trade]! : Infinity);
  return values;
}
