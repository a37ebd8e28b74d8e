// Trades over the candles: arrows joined by a line in the result's colour, or one small square a column where the scale is coarse.
import type { Facts } from "../facts.ts";
import type { Series } from "../needs.ts";
import { DASH, type Pen } from "../pen.ts";
import type { Colours } from "../theme.ts";
import type { Geometry } from "./geometry.ts";
import { drawArrow } from "./marker.ts";

const MOST_ARROWS = 250;

/** Whether arrows are drawn (to 1h, bars apart, not too many), or squares. */
export function drawsArrows(row: number, geometry: Geometry): boolean {
  return row <= 3 && geometry.spacing / 2 ** geometry.level > 0.9;
}

/** Closed trades in view, drawn with the layer that rarely changes; returns which, for the pointer. */
export function drawClosed(pen: Pen, geometry: Geometry, series: Series, row: number, facts: Facts, colours: Colours, found: number[]): void {
  found.length = 0;
  if (!drawsArrows(row, geometry)) {
    drawSquares(pen, geometry, series, facts, colours);
    return;
  }
  const { trades } = facts;
  const begin = series.start(geometry.first << geometry.level);
  for (let trade = lastSeen(geometry, series, facts); trade >= 0 && found.length < MOST_ARROWS; trade--) {
    if (facts.latestExit(trade) < begin) break;
    if (facts.isClosed(trade) && trades.exitTime[trade]! >= begin) found.push(trade);
  }
  for (let i = found.length - 1; i >= 0; i--) drawTrade(pen, geometry, series, row, facts, found[i]!, colours);
}

/** The newest trade entered before the last column in view ends. */
function lastSeen(geometry: Geometry, series: Series, facts: Facts): number {
  const bar = Math.min(((geometry.last + 1) << geometry.level) - 1, series.count - 1);
  return facts.enteredBy(bar === series.count - 1 ? facts.time : series.end(bar) - 1) - 1;
}

/** One trade: its line, an arrow at the entry, and a hollow one at the exit. */
export function drawTrade(pen: Pen, geometry: Geometry, series: Series, row: number, facts: Facts, trade: number, colours: Colours): void {
  const { trades } = facts;
  const open = !facts.isClosed(trade);
  const result = facts.resultOf(trade);
  const colour = open ? colours.accent : result.profit > 0 ? colours.up : colours.down;
  const x0 = geometry.barX(series.indexAt(trades.entryTime[trade]!));
  const x1 = open ? geometry.barX(series.count - 1) : geometry.barX(series.indexAt(trades.exitTime[trade]!));
  const y0 = geometry.y(trades.entryPrice[trade]!);
  const y1 = geometry.y(open ? facts.quotes.price : trades.exitPrice[trade]!);
  const selected = facts.selected === trade || facts.hovered === trade;
  const scale = (row === 3 ? 0.78 : 1) * (selected ? 1.15 : 1);
  if (facts.selected === trade) pen.line(x0, y0, x1, y1, colours.accentSoft, 7);
  pen.line(x0, y0, x1, y1, colour, selected ? 1.75 : 1.25, open ? DASH.cross : undefined);
  const long = trades.side[trade]! > 0;
  drawArrow(pen, x0, y0, long, colour, true, colours.plot, scale);
  if (!open) drawArrow(pen, x1, y1, !long, colour, false, colours.plot, scale);
}

function drawSquares(pen: Pen, geometry: Geometry, series: Series, facts: Facts, colours: Colours): void {
  const { height, level } = geometry;
  let before = facts.closedBy(series.start(geometry.first << level) - 1);
  for (let column = geometry.first; column <= geometry.last; column++) {
    const bar = Math.min(((column + 1) << level) - 1, series.count - 1);
    const after = facts.closedBy(bar === series.count - 1 ? facts.time : series.end(bar) - 1);
    if (after > before) pen.fill(geometry.x(column) - 1, height - 8, 2.5, 4, facts.netOf(after) > facts.netOf(before) ? colours.up : colours.down);
    before = after;
  }
}

/** Stop and target of an open trade as lines, and the zones between them and the entry. */
export function drawZones(pen: Pen, geometry: Geometry, from: number, to: number, entry: number, stop: number, target: number, colours: Colours): void {
  const floor = geometry.height - geometry.volume;
  const y0 = Math.min(Math.max(geometry.y(entry), 0), floor);
  for (const [price, colour] of [[stop, colours.downWash], [target, colours.upWash]] as const) {
    if (!Number.isFinite(price)) continue;
    const y = Math.min(Math.max(geometry.y(price), 0), floor);
    pen.fill(from, Math.min(y0, y), to - from, Math.abs(y - y0), colour);
  }
}

export function drawLevels(pen: Pen, geometry: Geometry, from: number, entry: number, stop: number, target: number, colours: Colours): void {
  const { width } = geometry;
  const floor = geometry.height - geometry.volume;
  for (const [price, colour] of [[stop, colours.down], [target, colours.up]] as const) {
    const y = geometry.y(price);
    if (y > 0 && y < floor) pen.dashAcross(from, width, y, colour, DASH.level);
  }
  const y = geometry.y(entry);
  if (y > 0 && y < geometry.height) pen.across(from, width, y, colours.text3);
}
