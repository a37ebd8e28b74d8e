// What the explorer opens with: it never changes while a widget lives.
import type { Part } from "../model/chunk.ts";

export interface RangeInfo {
  name: string;
  label: string;
  kind: "bool" | "int" | "float" | "str";
  unit: string;
  texts: string[];
  /** The places that the curve over the slider and the map show. */
  places: number[];
}

export interface ExplorerInfo {
  symbol: string;
  feed: string;
  strategy: string;
  timeframe: string;
  currency: string;
  cash: number;
  digits: number;
  tickSize: number;
  bars: boolean;
  sizes: boolean;
  lengths: number[];
  counts: number[];
  part: number;
  /** The bars of the strategy's timeframe, all of them. */
  parts: Part[];
  ticks: number;
  first: number;
  last: number;
  ranges: RangeInfo[];
  mappable: number[];
  metrics: string[];
  better: number[];
  metric: string;
}
