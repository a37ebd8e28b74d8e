// The way of a trailing stop.
import type { Facts } from "../facts.ts";
import type { Series } from "../needs.ts";
import { DASH, type Pen } from "../pen.ts";
import type { Colours } from "../theme.ts";
import type { Geometry } from "./geometry.ts";

/** From its entry to the head, and where it stands now. */
export function drawTrail(pen: Pen, geometry: Geometry, series: Series, facts: Facts, trade: number, colours: Colours): void {
  const { trades, tick } = facts;
  const now = trades.trailAt(trade, tick);
  if (!Number.isFinite(now)) return;
  const { context } = pen;
  const { level, width } = geometry;
  const begin = Math.max(geometry.first, series.indexAt(trades.entryTime[trade]!) >> level);
  let [before, x] = [NaN, NaN];
  context.strokeStyle = colours.down;
  context.lineWidth = pen.hair;
  context.beginPath();
  for (let column = begin; column <= geometry.last; column++) {
    const bar = Math.min(((column + 1) << level) - 1, series.count - 1);
    const there = trades.trailAt(trade, Math.min(tick, series.closer(bar) - 1));
    if (!Number.isFinite(there)) continue;
    const at = pen.snap(geometry.x(column)) + pen.hair / 2;
    const y = pen.snap(geometry.y(there)) + pen.hair / 2;
    if (before === before) context.lineTo(at, before);
    if (before === before) context.lineTo(at, y);
    else context.moveTo(at, y);
    [before, x] = [y, at];
  }
  context.stroke();
  const y = geometry.y(now);
  if (y > 0 && y < geometry.height - geometry.volume) pen.dashAcross(Math.max(0, x === x ? x : 0), width, y, colours.down, DASH.level);
}
