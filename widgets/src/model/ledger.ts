// The books of a session as of its head: the account and its equity, orders, fills, refusals.
import type { Events } from "./events.ts";
import type { Info } from "./info.ts";
import type { Quotes } from "./quotes.ts";
import { upperBound } from "./search.ts";

type Column = Float64Array;

/** What the books are read of: the model. */
export interface Booked {
  readonly info: Info;
  readonly events: Events;
  readonly tick: number;
  readonly quotes: Quotes;
}

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

/** Values of an account, each with the tick at which it is known. */
export interface Equity {
  readonly known: ArrayLike<number>;
  readonly time: ArrayLike<number>;
  readonly equity: ArrayLike<number>;
}

/** What the account is worth: all of it, what of it is not bound in open lots, and the share lost since it was worth most. */
export interface Worth {
  equity: number;
  cash: number;
  drawdown: number;
}

interface Account {
  balance: number;
  position: number;
  cost: number;
  /** Units of the lots that are short: where both sides are held, the position says too little. */
  short: number;
}

export interface Marks {
  readonly count: number;
  readonly tick: ArrayLike<number>;
  time(mark: number): number;
  name(mark: number): string;
  value(mark: number): number;
}

/** The mark that a run leaves by itself, where the equity no longer carries what is held. */
export const MARGIN_CALL = "margin_call";

/** What other parameters would have brought from a tick on. */
export type Fork = Equity & { readonly tick: number; readonly name: string };

export class Ledger {
  readonly marks: Marks;
  readonly fills: { count: number; time: Column; tick: Column; side: Column };
  /** Times of refused orders, ascending, with the tick each was refused at. */
  readonly refused: { count: number; time: Column; tick: Column };
  /** Ticks, ascending, with a mark, or at which the strategy placed or changed an order. */
  readonly decisions: Column;
  readonly equities: Equity & { equity: Column; known: Column };
  /** Marks that are margin calls. */
  private readonly calls: number[];
  private readonly peaks: Column;
  /** The latest end among an order, or a lot, and all before it: the search for those still there stops at it. */
  private readonly ordersOver: Column;
  private readonly lotsOver: Column;
  private readonly points = new Map<number, Column>();

  constructor(private readonly source: Booked) {
    const { events, info } = source, column = (name: string) => events.column(name);
    this.fills = { count: column("fill_tick").length, time: column("fill_time"), tick: column("fill_tick"), side: column("fill_side") };
    const [time, name, value] = [column("mark_time"), column("mark_name"), column("mark_value")];
    this.marks = { count: time.length, tick: column("mark_known"), time: (i) => time[i]!, name: (i) => info.names[name[i]!] ?? "", value: (i) => value[i]! };
    this.calls = Array.from(name.keys()).filter((mark) => this.marks.name(mark) === MARGIN_CALL);
    const rejected = info.states.indexOf("rejected"), rows = Array.from(column("order_state").keys()).filter((row) => column("order_state")[row] === rejected);
    rows.sort((a, b) => column("order_over")[a]! - column("order_over")[b]!);
    this.refused = { count: rows.length, time: Float64Array.from(rows, (row) => column("order_ended")[row]!), tick: Float64Array.from(rows, (row) => column("order_over")[row]!) };
    const decided = column("order_known").filter((_, row) => column("order_decided")[row]);
    this.decisions = Float64Array.from(new Set([...column("mark_known"), ...decided])).sort();
    const equity = column("equity_equity");
    this.equities = { known: column("equity_known"), time: column("equity_time"), equity };
    this.peaks = new Float64Array(equity.length);
    equity.forEach((value, i) => (this.peaks[i] = i ? Math.max(this.peaks[i - 1]!, value) : value));
    this.ordersOver = latest(column("order_over"));
    this.lotsOver = latest(events.trades.exitTick);
  }

  /** How many marks there are up to the head. */
  get markCount(): number {
    return upperBound(this.marks.tick, this.source.tick);
  }

  /** Times of the margin calls up to the head, the newest first. */
  *marginCalls(): Generator<number> {
    for (let i = this.calls.length - 1; i >= 0; i--) if (this.calls[i]! < this.markCount) yield this.marks.time(this.calls[i]!);
  }

  /** What the account is worth at the head. */
  worth(): Worth {
    const { balance, position, cost, short } = this.account(), { sellAt, buyAt, rate: seen } = this.source.quotes, long = position + short;
    // A side that nothing is held on counts nothing, whether it was seen or not.
    const held = (long > 0 ? long * sellAt : 0) - (short > 0 ? short * buyAt : 0);
    const rate = position || short ? seen : 1; // a pair that was never quoted has none, and a flat account needs none
    const equity = balance + (held === held ? held * this.source.info.contract - cost : 0) * rate;
    return { equity, cash: balance - cost * rate, drawdown: 1 - equity / Math.max(this.peak(), equity) };
  }

  /** What was filled and refused at the head, in words. */
  happened(): [sign: string, order: number, text: string][] {
    const { events, info, tick } = this.source, at = (name: string, row: number) => events.column(name)[row]!, found: [string, number, string][] = [];
    for (let row = upperBound(this.fills.tick, tick - 1); this.fills.tick[row] === tick; row++)
      found.push(["fill", at("fill_price", row), `${at("fill_side", row) > 0 ? "Bought" : "Sold"} ${at("fill_size", row).toLocaleString("en")}, ${info.reasons[at("fill_reason", row)]?.replaceAll("_", " ")}, at`]);
    events.column("order_over").forEach((over, row) => {
      if (over === tick && info.states[at("order_state", row)] !== "filled" && at("order_ending", row)) found.push(["refused", NaN, `Order ${at("order_id", row)} ${info.states[at("order_state", row)]}: ${info.endings[at("order_ending", row)]!.replaceAll("_", " ")}`]);
    });
    return found;
  }

  /** The account after the fills up to the head, and the nights paid by then. */
  private account(): Account {
    const { events, info, tick } = this.source, last = upperBound(events.column("account_known"), tick) - 1;
    if (last < 0) return { balance: info.cash, position: 0, cost: 0, short: 0 };
    const at = (name: string) => events.column("account_" + name)[last]!;
    return { balance: at("balance"), position: at("position"), cost: at("cost"), short: at("short") };
  }

  /** The highest equity among the rows known at the head. */
  private peak(): number {
    const known = this.known;
    return known ? this.peaks[known - 1]! : this.source.info.cash;
  }

  private get known(): number {
    return upperBound(this.equities.known, this.source.tick);
  }

  /** The equity up to the head in at most `points` values, evenly taken, the last one always. */
  curve(points: number): { values: Column; count: number } {
    const { equity } = this.equities, { known } = this, count = Math.min(points, known);
    let values = this.points.get(points);
    if (!values) this.points.set(points, (values = new Float64Array(points)));
    for (let i = 0; i < count; i++) values[i] = equity[count < 2 ? known - 1 : Math.round((i * (known - 1)) / (count - 1))]!;
    return { values, count };
  }

  /** Orders that wait at the head, the newest first, then the stops and targets of open lots in the order of their entries. */
  working(): WorkingOrder[] {
    const { events, info, tick } = this.source, { trades } = events, found: WorkingOrder[] = [];
    const [known, over, kind, side, size, filled, level, tag] = ["known", "over", "kind", "side", "size", "filled", "level", "tag"].map((name) => events.column("order_" + name)) as [Column, Column, Column, Column, Column, Column, Column, Column];
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
function latest(ends: ArrayLike<number>): Column {
  let most = -Infinity;
  return Float64Array.from(ends, (end) => (most = Math.max(most, end === end ? end : Infinity)));
}
