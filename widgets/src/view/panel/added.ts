// What the tools add to a panel's picture: overlays, other kinds of bars, numbers of trades, the crosshair, the way back to the head.
import type { Facts } from "../facts.ts";
import type { Series } from "../needs.ts";
import type { Pen } from "../pen.ts";
import type { Colours } from "../theme.ts";
import type { Cross } from "./crosshair.ts";

/** Where something is added: a canvas of the panel, and what is drawn on it. */
export interface Layer {
  pen: Pen;
  series: Series;
  facts: Facts;
  colours: Colours;
}

export interface Added {
  /** Puts panes where there is room for them: for the first `shown`. */
  split(shown: number): void;
  /** Behind the candles of the lower canvas, over them, over the trades, and in the panes beneath. */
  under(layer: Layer): void;
  over(layer: Layer): void;
  closed(layer: Layer): void;
  panes(layer: Layer): void;
  /** Draws columns `first` to `last` in another way than as candles; false where candles are wanted. */
  bars(layer: Layer, first: number, last: number, forming: boolean): boolean;
  /** Marks on the upper canvas, under the open trades; beside these, and what stands at the price axis. */
  marks(layer: Layer): void;
  open(layer: Layer): void;
  tags(layer: Layer): void;
  /** Draws the crosshair and returns its bar; the newest one where its time is not in view. */
  cross(layer: Layer, cross: Cross): number;
  /** Writes to the page, the values of a bar among it. */
  write(series: Series, bar: number, facts: Facts): void;
}
