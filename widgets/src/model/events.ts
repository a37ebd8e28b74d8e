// What happened, column by column, keyed by the tick at which it is known. Panels show the trades; `ledger.ts` reads the rest.
import type { Columns } from "../frames.ts";
import type { Info } from "./info.ts";
import { Trades } from "./trades.ts";

export class Events {
  readonly trades: Trades;
  private readonly columns: Columns;

  constructor(frame: Columns, info: Info) {
    // Copies, or every view would keep the whole frame with all its bars.
    this.columns = Object.fromEntries(Object.entries(frame).flatMap(([name, column]) => (name.includes("_") ? [[name, column.slice()]] : [])));
    this.trades = new Trades(this.columns, info);
  }

  /** What one unit of the quote currency is in the account's after each bar that is replayed; null where they are one. */
  get barRates(): Float64Array | null {
    return (this.columns["rate_bar"] as Float64Array | undefined) ?? null;
  }

  column(name: string): Float64Array {
    return this.columns[name] as Float64Array;
  }
}
