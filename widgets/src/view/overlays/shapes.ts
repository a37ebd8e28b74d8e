// The shapes of overlays, drawn for the columns in view. Zoomed out, a column shows the exact lowest and highest value of its bars.
import type { Layer, Series, Shape } from "../needs.ts";
import { bodyWidth } from "../panel/candles.ts";
import type { Geometry } from "../panel/geometry.ts";
import { drawArrow } from "../panel/marker.ts";
import type { Pen } from "../pen.ts";
import type { Colours } from "../theme.ts";

/** Where shapes are drawn: a scale, and the completed bars in view. */
export interface Place {
  pen: Pen;
  geometry: Geometry;
  series: Series;
  scale: { y(value: number): number };
  /** The part of the panel that the scale is of, in CSS pixels. */
  top: number;
  bottom: number;
  colours: Colours;
}

const TOKENS: Record<string, string> = { amber: "ind-1", blue: "ind-2", violet: "ind-3", grey: "text-3", text: "text-2", up: "up", down: "down", warn: "warn" };
const DASHED = [4, 3];
const SHADED = 0.06, WASHED = 0.09, EDGES = 0.5, BINS = 0.22, MOST_TRADED = 0.42;
const PROFILE_SHARE = 0.24;
const PROFILE_BARS = 20_000;

/** A colour of an overlay as a style sheet has it. */
export const cssOf = (name: string): string => (name.startsWith("#") ? name : `var(--${TOKENS[name] ?? "text-2"})`);

/** The same as a canvas has it. */
export const ink = (colours: Colours, name: string): string => (name.startsWith("#") ? name : (colours as Record<string, string>)[(TOKENS[name] ?? "text-2").replace("-", "")]!);

/** The columns of closed bars to be drawn, one more than are in view at both sides. */
export function columnsOf({ geometry, series }: Pick<Place, "geometry" | "series">): [first: number, last: number] {
  return [Math.max(0, geometry.first - 1), Math.min(geometry.last + 1, (series.completed - 1) >> geometry.level)];
}

/** Spans behind everything, through all panes. */
export function drawShades(place: Place, layers: readonly Layer[]): void {
  const names: number[] = [];
  for (const layer of layers) layer.about.shapes.forEach((shape, i) => shape.kind === "shade" && drawShade(place, layer, layer.columnOf(i), shape, names));
}

/** What lies under the candles. */
export function drawUnder(place: Place, layers: readonly Layer[]): void {
  for (const layer of layers)
    layer.about.shapes.forEach((shape, i) => {
      if (shape.kind === "profile") drawProfile(place, layer, shape);
      else if (shape.kind === "band") drawBand(place, layer, layer.columnOf(i), shape);
      else if (shape.kind === "histogram") drawHistogram(place, layer, layer.columnOf(i), shape);
    });
}

/** What lies over them. */
export function drawOver(place: Place, layers: readonly Layer[]): void {
  for (const layer of layers)
    layer.about.shapes.forEach((shape, i) => {
      if (shape.kind === "line" || shape.kind === "step") drawLine(place, layer, layer.columnOf(i), shape);
      else if (shape.kind === "dots") drawDots(place, layer, layer.columnOf(i), shape);
    });
}

/** Takes lowest and highest value of a column of bars that have closed into the layer; false where it has none. */
function read(place: Place, layer: Layer, values: number, column: number): boolean {
  const { level } = place.geometry;
  if (level) layer.range(values, column << level, Math.min((column + 1) << level, place.series.completed));
  else layer.low = layer.high = layer.value(values, column);
  return layer.low <= layer.high;
}

function drawLine(place: Place, layer: Layer, values: number, shape: Shape): void {
  const { context } = place.pen;
  context.strokeStyle = ink(place.colours, shape.colour);
  context.lineWidth = shape.size;
  if (shape.dashed) context.setLineDash(DASHED);
  trace(place, layer, values, shape.kind === "step");
  if (shape.dashed) context.setLineDash([]);
}

function trace(place: Place, layer: Layer, values: number, step: boolean, side = 0): void {
  const { pen: { context }, geometry, scale } = place, [first, last] = columnsOf(place), half = geometry.spacing / 2;
  let open = false, before = 0;
  context.beginPath();
  for (let column = first; column <= last; column++) {
    if (!read(place, layer, values, column)) {
      open = false;
      continue;
    }
    const x = geometry.x(column), bottom = scale.y(side > 0 ? layer.high : layer.low), top = scale.y(side < 0 ? layer.low : layer.high);
    const rising = Math.abs(before - bottom) < Math.abs(before - top), near = rising ? bottom : top;
    if (!open) context.moveTo(step ? x - half : x, near);
    else {
      if (step) context.lineTo(x - half, before);
      context.lineTo(step ? x - half : x, near);
    }
    before = rising ? top : bottom;
    if (before !== near) context.lineTo(x, before);
    if (step) context.lineTo(x + half, before);
    open = true;
  }
  context.stroke();
}

function drawBand(place: Place, layer: Layer, values: number, shape: Shape): void {
  const { pen: { context }, geometry, scale } = place, [first, last] = columnsOf(place), colour = ink(place.colours, shape.colour);
  context.fillStyle = colour;
  context.globalAlpha = WASHED;
  for (let column = first; column <= last; column++) {
    const begin = column;
    context.beginPath();
    for (; column <= last && read(place, layer, values, column); column++) context.lineTo(geometry.x(column), scale.y(layer.high));
    for (let back = column - 1; back >= begin; back--) if (read(place, layer, values + 1, back)) context.lineTo(geometry.x(back), scale.y(layer.low));
    if (column > begin) context.fill();
  }
  context.globalAlpha = EDGES;
  context.strokeStyle = colour;
  context.lineWidth = 1;
  trace(place, layer, values, false, 1);
  trace(place, layer, values + 1, false, -1);
  context.globalAlpha = 1;
}

function drawHistogram(place: Place, layer: Layer, values: number, shape: Shape): void {
  const { pen: { context, ratio }, geometry, scale, colours } = place, [first, last] = columnsOf(place);
  const [body] = bodyWidth(geometry.column, ratio, 0.66), left = (body - 1) >> 1, zero = Math.round(scale.y(0) * ratio);
  context.setTransform(1, 0, 0, 1, 0, 0);
  for (const side of [1, -1]) {
    context.fillStyle = shape.colour ? ink(colours, shape.colour) : side > 0 ? colours.candleUp : colours.candleDown;
    for (let column = first; column <= last; column++) {
      if (!read(place, layer, values, column)) continue;
      const end = side > 0 ? layer.high : layer.low, y = Math.round(scale.y(end) * ratio);
      if (end * side > 0) context.fillRect(geometry.deviceX(column) - left, Math.min(y, zero - 1), body, Math.max(1, Math.abs(zero - y)));
    }
  }
  context.setTransform(ratio, 0, 0, ratio, 0, 0);
}

function drawDots(place: Place, layer: Layer, values: number, shape: Shape): void {
  const { pen, geometry, scale, colours } = place, [first, last] = columnsOf(place), colour = ink(colours, shape.colour);
  const draw = (x: number, y: number): void => {
    if (shape.mark === "dot") pen.dot(x, y, shape.size, colour);
    else drawArrow(pen, x, y, shape.mark === "up", colour, true, colours.plot, shape.size / 4);
  };
  for (let column = first; column <= last; column++) {
    if (!read(place, layer, values, column)) continue;
    const { low, high } = layer;
    draw(geometry.x(column), scale.y(low));
    if (high !== low) draw(geometry.x(column), scale.y(high));
  }
}

/** `names` are the left edges of the names that stand there already, and how wide they are. */
function drawShade(place: Place, layer: Layer, values: number, shape: Shape, names: number[]): void {
  const { pen, geometry, colours } = place, [first, last] = columnsOf(place), half = geometry.spacing / 2, runs: number[] = [];
  for (let column = first, on = false; column <= last + 1; column++) {
    const here = column <= last && read(place, layer, values, column) && layer.high > 0;
    if (here !== on) runs.push(geometry.x(column) - half);
    on = here;
  }
  // Spans of a few pixels would be nothing but stripes.
  if (runs.length > 2 && runs[runs.length - 1]! - runs[0]! < runs.length * 6) return;
  pen.font(10);
  const room = pen.textWidth(shape.name) + 12;
  for (let i = 0; i < runs.length; i += 2) {
    const left = Math.max(0, runs[i]!), width = Math.min(geometry.width, runs[i + 1]!) - left;
    pen.context.globalAlpha = SHADED;
    pen.fill(left, 0, width, geometry.foot, ink(colours, shape.colour));
    pen.context.globalAlpha = 1;
    if (!shape.name || width < room || names.some((edge, k) => k % 2 === 0 && left < edge + names[k + 1]! && edge < left + room)) continue;
    names.push(left, room);
    pen.text(shape.name, left + 6, geometry.height - geometry.volume - 3, colours.text3);
  }
  pen.font(11);
}

/** How much lies at each price of the view, from the right edge; the most of it stands out. */
function drawProfile(place: Place, layer: Layer, shape: Shape): void {
  const { pen, geometry, series, colours } = place, rows = shape.size, sums = new Float64Array(rows);
  const height = (geometry.high - geometry.low) / rows, end = Math.min(series.completed, (geometry.last + 1) << geometry.level);
  for (let bar = Math.max(geometry.first << geometry.level, end - PROFILE_BARS); bar < end; bar++) {
    const amount = shape.columns ? layer.value(0, bar) : series.volume(bar);
    if (amount > 0) spread(sums, amount, (series.low(bar) - geometry.low) / height, (series.high(bar) - geometry.low) / height);
  }
  const most = Math.max(...sums);
  if (!(most > 0)) return;
  sums.forEach((sum, row) => {
    const top = geometry.y(geometry.low + (row + 1) * height), width = (sum / most) * geometry.width * PROFILE_SHARE;
    pen.context.globalAlpha = sum === most ? MOST_TRADED : BINS;
    pen.fill(geometry.width - width, top, width, geometry.y(geometry.low + row * height) - top - pen.hair, ink(colours, shape.colour));
  });
  pen.context.globalAlpha = 1;
}

/** Adds an amount evenly to the rows between two places, which may be one and the same. */
function spread(sums: Float64Array, amount: number, from: number, to: number): void {
  const whole = to - from;
  if (!(whole > 1e-9)) {
    const row = Math.floor(from);
    if (row >= 0 && row < sums.length) sums[row]! += amount;
    return;
  }
  for (let row = Math.max(0, Math.floor(from)); row < Math.min(sums.length, to); row++) sums[row]! += (amount * (Math.min(to, row + 1) - Math.max(from, row))) / whole;
}
