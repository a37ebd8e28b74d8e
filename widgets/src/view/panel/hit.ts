// Which trade is under the pointer.
import type { Facts } from "../facts.ts";
import type { Series } from "../needs.ts";
import type { Geometry } from "./geometry.ts";

/** The trade whose line passes within `reach` CSS pixels of a point, the nearest one; -1 for none. */
export function tradeAt(geometry: Geometry, series: Series, facts: Facts, found: readonly number[], x: number, y: number, reach: number): number {
  const { trades } = facts;
  let best = -1;
  let nearest = reach;
  for (const trade of found) {
    const open = !facts.isClosed(trade);
    const x0 = geometry.barX(series.indexAt(trades.entryTime[trade]!));
    const x1 = open ? geometry.barX(series.count - 1) : geometry.barX(series.indexAt(trades.exitTime[trade]!));
    const away = distance(x, y, x0, geometry.y(trades.entryPrice[trade]!), x1, geometry.y(open ? facts.quotes.price : trades.exitPrice[trade]!));
    if (away < nearest) [best, nearest] = [trade, away];
  }
  return best;
}

function distance(x: number, y: number, x0: number, y0: number, x1: number, y1: number): number {
  const [dx, dy] = [x1 - x0, y1 - y0];
  const along = Math.min(1, Math.max(0, ((x - x0) * dx + (y - y0) * dy) / (dx * dx + dy * dy || 1)));
  return Math.hypot(x - x0 - along * dx, y - y0 - along * dy);
}
