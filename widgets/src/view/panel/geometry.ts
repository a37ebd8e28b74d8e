// Where bars and prices stand in a panel, for one frame. One object per panel, written anew and never allocated while playing.
import type { Viewport } from "./viewport.ts";

const AXIS_WIDTH = 58;
export const AXIS_HEIGHT = 20;
const LEAST_PANE = 46;
const MOST_PANE = 96;
/** What the prices keep, legend and volume included: three quarters of a low panel, less than half of a high one. */
const LEAST_PRICES = 150;

export class Geometry {
  /** The plot of prices in CSS pixels; the price axis stands right of it, panes and then the time axis below. */
  width = 0;
  height = 0;
  /** Where the plot and the panes beneath it end: the time axis begins here. */
  foot = 0;
  /** Height of each pane beneath the prices. */
  pane = 0;
  ratio = 1;
  /** Width of the price axis: as wide as its widest price needs. */
  axis = AXIS_WIDTH;
  /** Free above the candles (the legend), below them, and the height of the volume bars. */
  top = 44;
  bottom = 10;
  volume = 0;
  /** The columns in view, the level (2 ** level bars a column) and device pixels a column. */
  first = 0;
  last = -1;
  level = 0;
  column = 7;
  /** Device pixels from column 0 to the plot's left edge. */
  offset = 0;
  low = 0;
  high = 1;
  private scale = 1;

  resize(width: number, height: number, ratio: number, label = 0): void {
    this.ratio = ratio;
    this.axis = Math.max(AXIS_WIDTH, Math.ceil(label) + 14);
    this.width = Math.round((width - this.axis) * ratio) / ratio;
    this.foot = this.height = Math.round((height - AXIS_HEIGHT) * ratio) / ratio;
  }

  /** Makes room for panes beneath the prices, as many as fit; returns how many do. */
  split(panes: number): number {
    const { foot, ratio } = this;
    this.pane = Math.round(Math.max(LEAST_PANE, Math.min(foot * 0.23, MOST_PANE)) * ratio) / ratio;
    const shown = Math.max(0, Math.min(panes, Math.floor((foot - Math.max(Math.min(LEAST_PRICES, foot * 0.73), foot * 0.45)) / this.pane)));
    this.height = foot - shown * this.pane;
    return shown;
  }

  /** Where pane `number` begins, and so where the one before it ends. */
  paneTop(number: number): number {
    return this.height + number * this.pane;
  }

  /** Takes the columns a viewport shows of `count` bars. */
  horizontal(viewport: Viewport, count: number): void {
    this.column = viewport.column;
    this.level = viewport.level;
    const edge = this.edge;
    const newest = (count - 1) >> this.level;
    const right = viewport.at === null ? newest : viewport.right(count) / 2 ** this.level;
    this.offset = Math.round(right * this.column) - edge;
    this.first = Math.max(0, Math.floor((this.offset - this.column) / this.column) + 1);
    this.last = Math.min(newest, Math.floor((this.offset + this.width * this.ratio + this.column) / this.column));
  }

  /** Takes the range of prices, with a little air, and the axis' stretch around the middle. */
  vertical(low: number, high: number, stretch: number, shift: number, least: number): void {
    const half = Math.max((high - low) / 2, least) * 1.06 / stretch;
    const middle = (high + low) / 2 + shift * half;
    this.low = middle - half;
    this.high = middle + half;
    this.scale = (this.height - this.top - this.bottom - this.volume) / (this.high - this.low);
  }

  /** Device pixels from the left edge to where the newest column stands while following: 4.5 columns are free. */
  get edge(): number {
    return Math.round(this.width * this.ratio - Math.max(4.5 * this.column, 12 * this.ratio));
  }

  /** The middle of a column in device pixels. */
  deviceX(column: number): number {
    return column * this.column - this.offset;
  }

  /** The middle of a column in CSS pixels. */
  x(column: number): number {
    return (column * this.column - this.offset) / this.ratio;
  }

  /** The middle of the column a bar is in, in CSS pixels. */
  barX(bar: number): number {
    return this.x(bar >> this.level);
  }

  /** The column at a place in CSS pixels. */
  columnAt(x: number): number {
    return Math.round((x * this.ratio + this.offset) / this.column);
  }

  y(price: number): number {
    return this.top + (this.high - price) * this.scale;
  }

  price(y: number): number {
    return this.high - (y - this.top) / this.scale;
  }

  /** Where the legend ends. */
  get legend(): number {
    return this.top - 3;
  }

  /** Space of a column in CSS pixels. */
  get spacing(): number {
    return this.column / this.ratio;
  }
}
