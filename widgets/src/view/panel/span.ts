// What a panel's scales span: prices and volume of the columns in view, and whether the lower canvas must be drawn again.
import type { Facts } from "../facts.ts";
import type { Series } from "../needs.ts";
import type { Geometry } from "./geometry.ts";
import type { Viewport } from "./viewport.ts";

const VOLUME_STEP = 1.15;

export class Span {
  /** The largest volume of a column in view. */
  most = 0;
  /** The same of those that have closed. */
  private closedMost = 0;
  private low = NaN;
  private high = NaN;
  private readonly place = new Float64Array(7).fill(NaN);
  private readonly scale = new Float64Array(5).fill(NaN);
  private readonly events = new Float64Array(5).fill(NaN);

  forget(): void {
    this.place.fill(NaN);
  }

  /** Sets the geometry's price scale; true when anything but the newest column has to be drawn again. */
  take(series: Series, geometry: Geometry, viewport: Viewport, tick: number): boolean {
    const newest = (series.count - 1) >> geometry.level;
    const { first, last, level, column, offset } = geometry;
    const moved = renew(this.place, first, last, level, column, offset, series.count, series.version);
    if (moved) this.closed(series, geometry, newest);
    let [low, high] = [this.low, this.high];
    if (last === newest) {
      low = Math.min(low, series.lowOf(level, newest));
      high = Math.max(high, series.highOf(level, newest));
    }
    this.most = last === newest ? withRoom(series.volumeOf(level, newest), this.closedMost) : this.closedMost;
    if (!(high >= low)) [low, high] = [series.close(series.count - 1), series.close(series.count - 1)];
    geometry.vertical(low, high, viewport.stretch, viewport.shift, tick * 4);
    return renew(this.scale, geometry.low, geometry.high, this.most, geometry.height, geometry.volume) || moved;
  }

  /** Whether trades, selection or theme are others than when the lower canvas was drawn. */
  differs(facts: Facts, theme: number): boolean {
    return renew(this.events, facts.totals.closed, facts.selected, facts.hovered, theme, facts.version);
  }

  private closed(series: Series, geometry: Geometry, newest: number): void {
    const { first, last, level } = geometry;
    const end = Math.min(last, newest - 1);
    this.low = Infinity;
    this.high = -Infinity;
    this.closedMost = 0;
    for (let column = first; column <= end; column++) {
      this.low = Math.min(this.low, series.lowOf(level, column));
      this.high = Math.max(this.high, series.highOf(level, column));
      this.closedMost = Math.max(this.closedMost, series.volumeOf(level, column));
    }
  }

}

/** The largest volume: a growing one raises the scale in steps of its own, so that not every tick draws all bars again. */
function withRoom(volume: number, closed: number): number {
  return volume > closed ? VOLUME_STEP ** Math.ceil(Math.log(volume) / Math.log(VOLUME_STEP)) : closed;
}

function renew(kept: Float64Array, a: number, b: number, c: number, d: number, e: number, f = 0, g = 0): boolean {
  const same = kept[0] === a && kept[1] === b && kept[2] === c && kept[3] === d && kept[4] === e && (kept.length < 6 || (kept[5] === f && kept[6] === g));
  if (same) return false;
  kept[0] = a;
  kept[1] = b;
  kept[2] = c;
  kept[3] = d;
  kept[4] = e;
  if (kept.length > 5) kept[5] = f;
  if (kept.length > 6) kept[6] = g;
  return true;
}
