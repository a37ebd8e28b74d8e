// What the opening frame's header says: it never changes while a widget lives.
import type { Overlays } from "./overlays.ts";

export interface Info {
  mode: "chart" | "replay";
  at: number;
  symbol: string;
  feed: string;
  strategy: string;
  currency: string;
  cash: number;
  digits: number;
  /** Decimals of the points that prices travel in. */
  points: number;
  pip: number;
  tickSize: number;
  contract: number;
  price: "bid" | "ask" | "mid";
  spread: number;
  /** A share of the spread that orders meet on top of it. */
  widen: number;
  ticks: number;
  pageSize: number;
  /** Pages that come without a question. */
  sent?: readonly number[];
  sizes: boolean;
  /** Bars are replayed: a tick is a bar of the timeframe in row `base`. */
  bars: boolean;
  base: number;
  rows: number[];
  lengths: number[];
  /** How many bars each timeframe has, and how many a part of them holds. */
  counts: number[];
  part: number;
  first: number;
  last: number;
  closed: [number, number][];
  holes: number[];
  names: string[];
  reasons: string[];
  kinds: string[];
  states: string[];
  endings: string[];
  palette?: string;
  /** What the view was told to open with, and what a fork can change: [name, kind, value]. */
  state?: Record<string, unknown>;
  parameters?: [name: string, kind: string, value: string | number | boolean][];
  calendar?: string;
  style?: string;
  zone?: string;
  zones?: string[];
  /** Whether a kernel is there to be asked: a file has none. */
  kernel?: boolean;
  /** A file without one holds explanations of some ticks. */
  told?: boolean;
  overlays?: ConstructorParameters<typeof Overlays>[0];
}
