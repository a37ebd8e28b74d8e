// A result as it travels: the position it is of, its figures, equity, trades and lines.
import type { Columns, Header } from "../frames.ts";

/** Money in columns of pixels: each holds the rows since the column before. */
export interface Curve {
  count: number;
  time: Float64Array;
  first: Float64Array;
  low: Float64Array;
  high: Float64Array;
  last: Float64Array;
  fall: Float64Array;
}

export interface Lots {
  count: number;
  side: Float64Array;
  entryTime: Float64Array;
  entryPrice: Float64Array;
  exitTime: Float64Array;
  exitPrice: Float64Array;
  profit: Float64Array;
}

export interface Result {
  position: number[];
  figures: Float64Array;
  code: string;
  seconds: number;
  trades: number;
  curve: Curve;
  lots: Lots;
  /** The strategy's lines over the prices; their first value is that of bar `from`. */
  lines: { title: string; from: number; values: Float64Array }[];
}

const NONE = new Float64Array(0);
export const float = (columns: Columns, name: string): Float64Array => (columns[name] as Float64Array | undefined) ?? NONE;

export function resultOf(message: Header, columns: Columns): Result {
  const column = (name: string): Float64Array => float(columns, name);
  return {
    position: message["position"] as number[],
    figures: column("figures"),
    code: String(message["code"]),
    seconds: Number(message["seconds"]),
    trades: Number(message["trades"]),
    lines: ((message["lines"] as string[] | undefined) ?? []).map((title, i) => ({ title, from: Number(message["lines_from"]), values: column(`line${i}`) })),
    curve: {
      count: column("curve_last").length, time: column("curve_time"), first: column("curve_first"), low: column("curve_low"),
      high: column("curve_high"), last: column("curve_last"), fall: column("curve_fall"),
    },
    lots: {
      count: column("trade_side").length, side: column("trade_side"), entryTime: column("trade_entry_time"), entryPrice: column("trade_entry_price"),
      exitTime: column("trade_exit_time"), exitPrice: column("trade_exit_price"), profit: column("trade_profit"),
    },
  };
}

export const same = (one: readonly number[] | null, other: readonly number[] | null): boolean =>
  one === other || (!!one && !!other && one.length === other.length && one.every((value, i) => value === other[i]));
