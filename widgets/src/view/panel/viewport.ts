// Which bars a panel shows and where they stand: whole device pixels a column, and powers of two bars in a column when zoomed out.
import { clamp } from "../scale.ts";

const WIDTHS = [2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 18, 20, 22, 24, 26, 28, 31, 34, 37, 40, 44, 48, 53, 58, 64, 70, 77, 84, 92, 100];
const COARSEST = -42;

export type View = Pick<Viewport, "zoom" | "stretch" | "shift">;

export class Viewport {
  /** Step on the zoom ladder: 0 is two device pixels a bar, negative steps put several bars into a column. */
  zoom = 3;
  /** The bar at the right edge, or null when the newest bar stays there. */
  at: number | null = null;
  /** How much taller than fitting the price scale is drawn, and how far it is moved (as a part of its height). */
  stretch = 1;
  shift = 0;
  /** The spacing that wheel and fingers have asked for: columns are whole pixels, so the one drawn is near it. */
  private wish = 0;

  /** Device pixels of a column. */
  get column(): number {
    return this.zoom >= 0 ? WIDTHS[this.zoom]! : 3 - (-this.zoom + 1) % 2;
  }

  /** A column holds 2 ** level bars. */
  get level(): number {
    return this.zoom >= 0 ? 0 : Math.floor((1 - this.zoom) / 2);
  }

  /** Device pixels a bar. */
  get spacing(): number {
    return this.column / 2 ** this.level;
  }

  /** Takes the ladder's step nearest to `pixels` device pixels a bar. */
  fit(pixels: number): void {
    this.zoom = nearest(pixels);
    this.stretch = 1;
    this.shift = 0;
  }

  /** What is shown now, to come back to. */
  get state(): View {
    const { zoom, stretch, shift } = this;
    return { zoom, stretch, shift };
  }

  /** Keeps the size of bars when the device pixel ratio changes. */
  rescale(factor: number): void {
    this.zoom = nearest(this.spacing * factor);
  }

  /** Makes bars `factor` times as wide, with the bar at `x` device pixels left of the right edge staying where it is. */
  zoomBy(factor: number, x: number, count: number, width: number): void {
    if (nearest(this.wish) !== this.zoom) this.wish = this.spacing;
    const pivot = this.right(count) - x / this.spacing;
    const least = Math.min(Math.max(width, 1) / Math.max(count, 1), this.spacing);
    const before = this.zoom;
    this.wish = clamp(this.wish * factor, least, WIDTHS[WIDTHS.length - 1]!);
    this.zoom = nearest(this.wish);
    if (this.zoom === before) return;
    if (this.at !== null || x > 0) this.moveTo(pivot + x / this.spacing, count);
  }

  /** Moves the bars by device pixels; to the right shows earlier ones. */
  pan(pixels: number, count: number): void {
    this.moveTo(this.right(count) - pixels / this.spacing, count);
  }

  /** The bar at the right edge, as a fraction; never one that is not there any more. */
  right(count: number): number {
    return this.at === null ? count - 1 : Math.min(this.at, count - 1);
  }

  private moveTo(right: number, count: number): void {
    this.at = right >= count - 1 ? null : Math.max(right, Math.min(8, count - 1));
  }
}

function nearest(pixels: number): number {
  if (pixels >= 1.75) {
    let best = 0;
    WIDTHS.forEach((width, i) => (best = Math.abs(width - pixels) <= Math.abs(WIDTHS[best]! - pixels) ? i : best));
    return best;
  }
  for (let zoom = -1; zoom > COARSEST; zoom--) if (spacingOf(zoom) <= pixels * 1.16) return zoom;
  return COARSEST;
}

const spacingOf = (zoom: number): number => (3 - (-zoom + 1) % 2) / 2 ** Math.floor((1 - zoom) / 2);
