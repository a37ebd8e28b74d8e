// The lower canvas of a panel: grid, axes, closed hours, and everything that is over: closed bars and closed trades.
import type { Facts } from "../facts.ts";
import { HOUR } from "../format.ts";
import type { Series } from "../needs.ts";
import { DASH, type Pen } from "../pen.ts";
import { clamp } from "../scale.ts";
import type { Colours } from "../theme.ts";
import { type TimeLabel, timeLabels } from "../timeaxis.ts";
import { drawTimeLabels } from "./bottomaxis.ts";
import type { Added, Layer } from "./added.ts";
import { drawCandles, drawVolume } from "./candles.ts";
import type { Geometry } from "./geometry.ts";
import type { PriceAxis } from "./priceaxis.ts";
import { drawClosed } from "./trades.ts";

const CLOSED = 4 * HOUR;

interface Target {
  row: number;
  geometry: Geometry;
  axis: PriceAxis;
  added: Added | null;
  found: number[];
}

/** Draws the lower canvas; returns the labels of the time axis. */
export function drawBackground(layer: Layer, target: Target, most: number): TimeLabel[] {
  const { pen, series, facts, colours } = layer, { row, geometry, added } = target;
  const { width, height, foot, first, last, level } = geometry;
  const closed = Math.min(last, ((series.count - 1) >> level) - 1);
  pen.fill(0, 0, pen.width, pen.height, colours.plot);
  const labels = axisLabels(pen, geometry, facts, row);
  for (const label of labels) pen.down(label.x, 0, foot, colours.grid);
  target.axis.drawTicks(pen, geometry, facts.info.digits, colours);
  added?.under(layer);
  pen.clipped(0, 0, width, height, () => {
    if (row < 5) drawGaps(pen, geometry, series, row, colours);
    drawVolume(pen, geometry, series, first, closed, most, colours);
    if (!added?.bars(layer, first, closed, false)) drawCandles(pen, geometry, series, first, closed, false, colours);
    added?.over(layer);
    drawClosed(pen, geometry, series, row, facts, colours, target.found);
    added?.closed(layer);
  });
  added?.panes(layer);
  pen.down(width, 0, foot, colours.line);
  pen.across(0, pen.width, foot, colours.line);
  drawTimeLabels(pen, geometry, labels, colours);
  return labels;
}

function axisLabels(pen: Pen, geometry: Geometry, facts: Facts, row: number): TimeLabel[] {
  const { first, last, level } = geometry;
  pen.font(11);
  const columns = {
    first, last, spacing: geometry.spacing, width: geometry.width, bar: facts.source.length(row) * 2 ** level,
    time: (column: number) => facts.named(row, column << level), x: (column: number) => geometry.x(column),
  };
  return timeLabels(columns, (text) => pen.textWidth(text));
}

/** Closed hours take no room: a dotted line stands for them, to 1h it says how long they were. */
function drawGaps(pen: Pen, geometry: Geometry, series: Series, row: number, colours: Colours): void {
  const { first, last, level, spacing } = geometry;
  let before = -Infinity;
  for (let column = Math.max(1, first); column <= last; column++) {
    const bar = column << level;
    const gap = series.start(bar) - series.end(bar - 1);
    if (gap < CLOSED) continue;
    const x = geometry.x(column) - spacing / 2;
    if (x - before < 24) continue;
    before = x;
    pen.dashDown(x, geometry.legend, geometry.height, colours.text3, DASH.gap);
    if (row <= 3 && (last - column) * spacing > 10) drawPill(pen, geometry, x, `${Math.round(gap / HOUR)} h closed`, colours);
  }
}

/** A word on a small plate, over the volume. */
export function drawPill(pen: Pen, geometry: Geometry, x: number, text: string, colours: Colours, ink = colours.text2): void {
  pen.font(10);
  const width = pen.textWidth(text) + 10;
  const left = clamp(x - width / 2, 2, geometry.width - width - 2);
  const top = geometry.height - geometry.volume - 26;
  pen.round(left, top, width, 14, 7, colours.raised);
  pen.text(text, left + 5, top + 10, ink);
  pen.font(11);
}
