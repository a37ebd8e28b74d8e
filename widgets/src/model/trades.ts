// The trades of a session as of a tick, lot by lot.
import type { Columns } from "../frames.ts";
import type { Info } from "./info.ts";
import { upperBound } from "./search.ts";

type Column = Float64Array;

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
