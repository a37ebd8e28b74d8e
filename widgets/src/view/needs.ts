// What the view asks of the model, in its own words. Times are µs UTC, prices float64.
import type { Header } from "../frames.ts";
import type { Info as SessionInfo } from "../model/info.ts";
import type { Fork, Ledger } from "../model/ledger.ts";
import type { Events } from "../model/events.ts";
import type { Layer, Overlays, Parameter, Shape } from "../model/overlays.ts";
import type { Questions } from "../model/questions.ts";
import type { Quotes } from "../model/quotes.ts";
import type { BarStyle } from "./panel/barstyle.ts";

export type { Layer, Overlays, Parameter, Shape };

/** The bars of one timeframe up to the head; the last one may still be forming. */
export interface Series {
  readonly count: number;
  /** Bars that have closed. */
  readonly completed: number;
  /** Bars there are in all; what lies behind `count` is only looked at where the future is shown in the scrubber. */
  readonly total: number;
  /** Changes when bars before the last one are others than they were. */
  readonly version: number;
  /** Of one bar: when it begins and ends (µs), its prices and its volume. */
  start(bar: number): number;
  end(bar: number): number;
  open(bar: number): number;
  high(bar: number): number;
  low(bar: number): number;
  close(bar: number): number;
  volume(bar: number): number;
  /** Whether bars from <= i < to are here, for columns of 2 ** level; asks for those that are not. */
  need(from: number, to: number, level: number): boolean;
  /** Of the column of 2 ** level bars that begins at bar column * 2 ** level. */
  openOf(level: number, column: number): number;
  highOf(level: number, column: number): number;
  lowOf(level: number, column: number): number;
  closeOf(level: number, column: number): number;
  volumeOf(level: number, column: number): number;
  /** The tick that finds a bar closed; the number of all ticks where none does. */
  closer(bar: number): number;
  /** The last bar whose start is not after `time`; -1 where there is none. */
  indexAt(time: number): number;
  /** How many bars start at or before `time`, those that cannot be seen yet included. */
  startedBy(time: number): number;
  /** Lowest low and highest high of bars from <= i < to. */
  extremes(from: number, to: number): [low: number, high: number];
}

/** Lots in the order of their entries, each value in its column; NaN where there is none. */
export interface Trades {
  readonly count: number;
  readonly id: ArrayLike<number>;
  readonly side: ArrayLike<number>;
  readonly size: ArrayLike<number>;
  readonly entryTime: ArrayLike<number>;
  readonly entryPrice: ArrayLike<number>;
  readonly exitTime: ArrayLike<number>;
  readonly exitPrice: ArrayLike<number>;
  readonly entryTick: ArrayLike<number>;
  readonly exitTick: ArrayLike<number>;
  readonly profit: ArrayLike<number>;
  readonly mae: ArrayLike<number>;
  readonly mfe: ArrayLike<number>;
  /** What one unit of the quote currency was in the account's when it ended. */
  readonly rate: ArrayLike<number>;
  readonly stop: ArrayLike<number>;
  readonly target: ArrayLike<number>;
  /** Where a lot's trailing stop stood once tick `tick` was taken; NaN where there was none. */
  trailAt(trade: number, tick: number): number;
  reason(trade: number): string;
  tag(trade: number): string;
}

export interface Forming {
  open: number;
  high: number;
  low: number;
  close: number;
  /** Part of the bar's time that is over, and what is left of it in µs. */
  progress: number;
  left: number;
}

/** What never changes while a widget lives. */
export interface Info {
  symbol: string;
  feed: string;
  strategy: string;
  currency: string;
  cash: number;
  digits: number;
  pip: number;
  tick: number;
  contract: number;
  /** A tenth of a pip is quoted: the last digit stands smaller. */
  tenths: boolean;
  /** "tick", or "bar" where bars are replayed. */
  unit: string;
  volumeName: string;
  palette: string;
  /** How bars are drawn, and the time zone of all labels, at first. */
  style: BarStyle;
  zone: string;
  /** Zones to choose among. */
  zones: readonly string[];
  mode: "chart" | "replay";
  /** Rows of timeframes the strategy is called for; the first is its own. */
  rows: readonly number[];
  timeframes: readonly string[];
  /** Somebody answers questions; and what a fork can change. */
  kernel: boolean;
  /** There is none, but some ticks are explained all the same. */
  told: boolean;
  calendar?: string;
  parameters: readonly (readonly [name: string, kind: string, value: string | number | boolean])[];
}

/** Everything the view reads of the model. Values are those of the head. */
export interface Source {
  readonly series: readonly Series[];
  readonly overlays: Overlays | null;
  readonly trades: Trades;
  readonly start: number;
  readonly end: number;
  readonly ticks: number;
  readonly tick: number;
  readonly time: number;
  readonly quotes: Quotes;
  readonly playing: boolean;
  readonly speed: number;
  readonly barPace: boolean;
  readonly unit: string;
  /** Grows as parts of the tape arrive. */
  readonly loaded: number;
  /** About when a tick was: exact where its page is here. */
  timeOf(tick: number): number;
  /** Ticks at which playing pauses; whether the head stands at one where it did. */
  readonly hits: ArrayLike<number>;
  readonly stopped: boolean;
  /** What other parameters would have brought from a tick on, as the kernel said last. */
  readonly fork: Fork | null;
  /** Something that somebody waits for has not come yet. */
  readonly busy: boolean;
  forming(row: number): Forming | null;
  /** Length of a timeframe's bars in µs. */
  length(row: number): number;
  /** The time a bar is named by: its start, a trading day's by the day it ends on. */
  named(row: number, bar: number): number;
}

export type Status = "loading" | "ready" | "empty";

/** The model with what can be done to it. */
export interface Model extends Source {
  readonly status: Status;
  /** Why the kernel is not answering any more; empty while it is. */
  readonly lost: string;
  /** The last tick that can be shown without the kernel. */
  readonly reach: number;
  /** Moves the head on while it plays, to a moment of the animation clock in ms. */
  advance(now: number): void;
  play(): void;
  pause(): void;
  seekTick(tick: number): void;
  seekTime(time: number): void;
  step(count: number): void;
  setUnit(unit: string): void;
  setSpeed(speed: number): void;
  setBarPace(bars: boolean): void;
  hits: ArrayLike<number>;
  readonly info: SessionInfo;
  readonly events: Events;
  overlays: Overlays | null;
  /** Tells Python all that is chosen, and the other views of this widget what was chosen just now. */
  announce(all: object, now: object): void;
  /** Asks the kernel for what it answers in its own time; returns the request's number. */
  inquire(request: Header): number;
  /** The books of the session. */
  ledger: Ledger | null;
  /** What somebody has asked the kernel. */
  questions: Questions | null;
}
