// What happened, keyed by the tick at which it is known; every question is asked as of a tick.
import type { Columns } from "../frames.ts";
import type { Info } from "./info.ts";
import { upperBound } from "./series.ts";

type Column = Float64Array;

export interface WorkingOrder {
  kind: string;
  side: number;
  /** What is left of it. */
  size: number;
  filled: number;
  price: number;
  tag: string;
  protects: "stop" | "target" | "";
}

/** Values of the account, each with the tick at which it is known. */
export interface Equity {
  readonly known: ArrayLike<number>;
  readonly time: ArrayLike<number>;
  readonly equity: ArrayLike<number>;
}

export interface Account {
  balance: number;
  position: number;
  cost: number;
  /** Units of the lots that are short: where both sides are held, the position says too little. */
  short: number;
}

/**
 * Lots in the order of their entries. A part that was closed before the rest is a lot of its own only from then on: before,
 * its size was its lot's, and that there would be two was not known.
 */
export class Trades {
  readonly count: number;
  readonly id: Column;
  readonly side: Column;
  readonly size: Column;
  readonly entryTime: Column;
  readonly entryPrice: Column;
  readonly exitTime: Column;
  readonly exitPrice: Column;
  readonly entryTick: Column;
  readonly exitTick: Column;
  readonly profit: Column;
  readonly mae: Column;
  readonly mfe: Column;
  readonly stop: Column;
  readonly target: Column;
  /** What one unit of the quote currency was in the account's when a trade ended. */
  readonly rate: Column;
  private readonly reasons: Column;
  private readonly tags: Column;
  private readonly parts: { lot: number; size: number; until: number }[] = [];
  /** Where the steps of each lot's trailing stop begin and end among those of all. */
  private readonly steps = new Map<number, [begin: number, end: number]>();
  private readonly stepTick: Column;
  private readonly stepLevel: Column;
  private readonly rests = new Map<number, number>();
  /** Brackets that were moved, in the order of time: what they became, what they were; the first `moved` of them are applied. */
  private readonly moves: { known: number; trade: number; now: [number, number]; before: [number, number] }[] = [];
  private moved = 0;

  constructor(columns: Columns, private readonly info: Info) {
    const raw = (name: string) => columns["trade_" + name] as Column, parent = raw("parent"), left = raw("exit_tick");
    // A part that left behind the end of a cut session has no exit here.
    const entry = raw("entry_tick").map((tick, row) => (!parent[row] ? tick : left[row] === left[row] ? left[row]! : Infinity));
    const order = Array.from(entry.keys()).sort((a, b) => (entry[a]! > entry[b]! ? 1 : entry[a]! < entry[b]! ? -1 : a - b));
    const sorted = (column: Column) => Float64Array.from(order, (row) => column[row]!);
    this.count = order.length;
    this.id = sorted(raw("id"));
    const names = ["side", "size", "entry_time", "entry_price", "exit_time", "exit_price", "entry_tick", "exit_tick", "profit", "mae", "mfe", "stop_loss", "take_profit", "reason", "tag"];
    [this.side, this.size, this.entryTime, this.entryPrice, this.exitTime, this.exitPrice, this.entryTick, this.exitTick, this.profit, this.mae, this.mfe, this.stop, this.target, this.reasons, this.tags] =
      names.map((name) => sorted(name === "entry_tick" ? entry : raw(name))) as [Column, Column, Column, Column, Column, Column, Column, Column, Column, Column, Column, Column, Column, Column, Column];
    this.rate = columns["trade_rate"] ? sorted(raw("rate")) : new Float64Array(this.count).fill(1);
    const place = new Map(order.map((row, trade) => [raw("id")[row]!, trade]));
    order.forEach((row, trade) => {
      if (!parent[row]) return;
      const lot = place.get(parent[row]!)!;
      this.parts.push({ lot, size: this.size[trade]!, until: this.exitTick[trade]! });
      this.rests.set(lot, this.size[lot]!);
    });
    this.findMoves(columns, sorted(raw("order")));
    const trails = columns["trail_trade"] as Column;
    [this.stepTick, this.stepLevel] = [columns["trail_tick"] as Column, columns["trail_level"] as Column];
    for (let begin = 0, end = 0; begin < trails.length; begin = end) {
      while (end < trails.length && trails[end] === trails[begin]) end++;
      this.steps.set(place.get(trails[begin]!)!, [begin, end]);
    }
  }

  /** Where a lot's trailing stop stood once tick `tick` was taken; NaN where there was none. */
  trailAt(trade: number, tick: number): number {
    const [begin, end] = this.steps.get(trade) ?? [0, 0], step = upperBound(this.stepTick, tick, begin, end) - 1;
    return step < begin ? NaN : this.stepLevel[step]!;
  }


  private findMoves(columns: Columns, orders: Column): void {
    const [order, known, stop, target] = ["order", "known", "stop_loss", "take_profit"].map((name) => columns["bracket_" + name]) as [Column, Column, Column, Column];
    if (!order.length) return;
    const lots = new Map<number, number[]>();
    orders.forEach((id, trade) => lots.set(id, [...(lots.get(id) ?? []), trade]));
    const last = new Map<number, [number, number]>();
    order.forEach((id, row) => {
      for (const trade of lots.get(id) ?? []) {
        if (this.exitTick[trade]! < known[row]!) continue;
        const now: [number, number] = [stop[row]!, target[row]!];
        this.moves.push({ known: known[row]!, trade, now, before: last.get(trade) ?? [this.stop[trade]!, this.target[trade]!] });
        last.set(trade, now);
      }
    });
  }

  /** Gives lots the size and the bracket they had once tick `tick` was taken: what was closed of them later was still there. */
  asOf(tick: number): void {
    for (const [lot, rest] of this.rests) this.size[lot] = rest;
    for (const { lot, size, until } of this.parts) if (!(until <= tick)) this.size[lot]! += size;
    const { moves } = this;
    const set = (trade: number, [stop, target]: [number, number]) => ((this.stop[trade] = stop), (this.target[trade] = target));
    for (; this.moved < moves.length && moves[this.moved]!.known <= tick; this.moved++) set(moves[this.moved]!.trade, moves[this.moved]!.now);
    for (; this.moved && moves[this.moved - 1]!.known > tick; this.moved--) set(moves[this.moved - 1]!.trade, moves[this.moved - 1]!.before);
  }

  reason(trade: number): string {
    return this.info.reasons[this.reasons[trade]!] ?? "";
  }

  tag(trade: number): string {
    return this.info.names[this.tags[trade]!] ?? "";
  }
}

export class Events {
  readonly trades: Trades;
  readonly fills: { count: number; time: Column; tick: Column; side: Column };
  readonly marks: { count: number; tick: Column; time(mark: number): number; name(mark: number): string; value(mark: number): number };
  readonly refused: { count: number; time: Column; tick: Column };
  /** Ticks, ascending, with a mark, or at which the strategy placed or changed an order. */
  readonly decisions: Column;
  readonly equity: Equity;
  /** What one unit of the quote currency is in the account's after each bar that is replayed; null where they are one. */
  readonly barRates: Column | null;
  private readonly peaks: Column;
  /** The latest end among an order, or a lot, and all before it: the search for those still there stops at it. */
  private readonly ordersOver: Column;
  private readonly lotsOver: Column;
  private readonly columns: Columns;

  constructor(frame: Columns, private readonly info: Info) {
    // Copies, or every view would keep the whole frame with all its bars.
    const columns: Columns = (this.columns = Object.fromEntries(Object.entries(frame).flatMap(([name, column]) => (name.includes("_") ? [[name, column.slice()]] : []))));
    const column = (name: string) => columns[name] as Column;
    this.trades = new Trades(columns, info);
    this.fills = { count: column("fill_tick").length, time: column("fill_time"), tick: column("fill_tick"), side: column("fill_side") };
    const [time, name, value] = [column("mark_time"), column("mark_name"), column("mark_value")];
    this.marks = { count: time.length, tick: column("mark_known"), time: (i) => time[i]!, name: (i) => info.names[name[i]!] ?? "", value: (i) => value[i]! };
    const rejected = info.states.indexOf("rejected"), rows = Array.from(column("order_state").keys()).filter((row) => column("order_state")[row] === rejected);
    rows.sort((a, b) => column("order_over")[a]! - column("order_over")[b]!);
    this.refused = { count: rows.length, time: Float64Array.from(rows, (row) => column("order_ended")[row]!), tick: Float64Array.from(rows, (row) => column("order_over")[row]!) };
    const decided = column("order_known").filter((_, row) => column("order_decided")[row]);
    this.decisions = Float64Array.from(new Set([...column("mark_known"), ...decided])).sort();
    const equity = column("equity_equity");
    this.equity = { known: column("equity_known"), time: column("equity_time"), equity };
    this.barRates = (columns["rate_bar"] as Column | undefined) ?? null;
    this.peaks = new Float64Array(equity.length);
    equity.forEach((value, i) => (this.peaks[i] = i ? Math.max(this.peaks[i - 1]!, value) : value));
    this.ordersOver = latest(column("order_over"));
    this.lotsOver = latest(this.trades.exitTick);
  }

  private column(name: string): Column {
    return this.columns[name] as Column;
  }

  /** What was filled and refused at a tick, in words. */
  happened(tick: number): [sign: string, order: number, text: string][] {
    const { info } = this, at = (name: string, row: number) => this.column(name)[row]!, found: [string, number, string][] = [];
    for (let row = upperBound(this.fills.tick, tick - 1); this.fills.tick[row] === tick; row++)
      found.push(["fill", at("fill_price", row), `${at("fill_side", row) > 0 ? "Bought" : "Sold"} ${at("fill_size", row).toLocaleString("en")}, ${info.reasons[at("fill_reason", row)]?.replaceAll("_", " ")}, at`]);
    this.column("order_over").forEach((over, row) => {
      if (over === tick && info.states[at("order_state", row)] !== "filled" && at("order_ending", row)) found.push(["refused", NaN, `Order ${at("order_id", row)} ${info.states[at("order_state", row)]}: ${info.endings[at("order_ending", row)]!.replaceAll("_", " ")}`]);
    });
    return found;
  }

  /** The account after the fills up to a tick, and the nights paid by then. */
  account(tick: number): Account {
    const last = upperBound(this.column("account_known"), tick) - 1;
    if (last < 0) return { balance: this.info.cash, position: 0, cost: 0, short: 0 };
    const at = (name: string) => this.column("account_" + name)[last]!;
    return { balance: at("balance"), position: at("position"), cost: at("cost"), short: at("short") };
  }

  /** The highest equity among the rows known at a tick. */
  peak(tick: number): number {
    const known = upperBound(this.column("equity_known"), tick);
    return known ? this.peaks[known - 1]! : this.info.cash;
  }

  /** The equity rows known at a tick, at most `points` of them, evenly taken, the last one always; into `values`. */
  curve(tick: number, points: number, values: Float64Array): number {
    const known = upperBound(this.column("equity_known"), tick), equity = this.column("equity_equity"), count = Math.min(points, known);
    for (let i = 0; i < count; i++) values[i] = equity[count < 2 ? known - 1 : Math.round((i * (known - 1)) / (count - 1))]!;
    return count;
  }

  /** Orders that wait at a tick, the newest first, then the stops and targets of open lots in the order of their entries. */
  working(tick: number): WorkingOrder[] {
    const { info, trades } = this, found: WorkingOrder[] = [];
    const [known, over, kind, side, size, filled, level, tag] = ["known", "over", "kind", "side", "size", "filled", "level", "tag"].map((name) => this.column("order_" + name)) as [Column, Column, Column, Column, Column, Column, Column, Column];
    const placed = upperBound(known, tick);
    for (let row = placed - 1; row >= 0 && !(this.ordersOver[row]! <= tick); row--)
      if (!(over[row]! <= tick))
        found.push({ kind: info.kinds[kind[row]!] ?? "", side: side[row]!, size: size[row]! - filled[row]!, filled: filled[row]!, price: level[row]!, tag: info.names[tag[row]!] ?? "", protects: "" });
    const entered = upperBound(trades.entryTick, tick);
    let first = entered;
    while (first > 0 && this.lotsOver[first - 1]! > tick) first--;
    for (let trade = first; trade < entered; trade++) {
      if (trades.exitTick[trade]! <= tick) continue;
      const leg = { side: -trades.side[trade]!, size: trades.size[trade]!, filled: 0, tag: trades.tag(trade) }, trail = trades.trailAt(trade, tick);
      if (trades.stop[trade]! > 0) found.push({ ...leg, kind: "stop", price: trades.stop[trade]!, protects: "stop" });
      if (trail > 0) found.push({ ...leg, kind: "trailing", price: trail, protects: "stop" });
      if (trades.target[trade]! > 0) found.push({ ...leg, kind: "limit", price: trades.target[trade]!, protects: "target" });
    }
    return found;
  }
}

/** The greatest value so far; infinite from the first one on that is NaN: it never ends. */
export function latest(ends: ArrayLike<number>): Column {
  let most = -Infinity;
  return Float64Array.from(ends, (end) => (most = Math.max(most, end === end ? end : Infinity)));
}
