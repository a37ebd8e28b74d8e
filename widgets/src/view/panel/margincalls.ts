// Margin calls in a panel.
import type { Series } from "../needs.ts";
import { DASH, type Pen } from "../pen.ts";
import type { Colours } from "../theme.ts";
import { drawPill } from "./background.ts";
import type { Geometry } from "./geometry.ts";

/** A line where each was told, the newest first; the name stands at the first of those that lie close together. */
export function drawMarginCalls(pen: Pen, geometry: Geometry, series: Series, times: Iterable<number>, colours: Colours): void {
  const named: number[] = [];
  let right = Infinity;
  for (const time of times) {
    const bar = series.indexAt(time);
    const column = bar >> geometry.level;
    if (bar < 0 || column < geometry.first) break;
    const x = geometry.x(column);
    if (column > geometry.last || right - x < 4) continue;
    pen.dashDown(x, geometry.legend, geometry.height, colours.warn, DASH.cross);
    if (named.length && named[named.length - 1]! - x < 80) named.pop();
    named.push((right = x));
  }
  for (const x of named) drawPill(pen, geometry, x, "margin call", colours, colours.warn);
}
