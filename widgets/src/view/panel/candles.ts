// Candles and volume in whole device pixels. Zoomed out, a column holds 2 ** level bars: its extremes come from the
// pyramid, its open and close from the bars themselves, so nothing is approximated.
import type { Series } from "../needs.ts";
import type { Pen } from "../pen.ts";
import type { Colours } from "../theme.ts";
import type { Geometry } from "./geometry.ts";

/** What candles are drawn from. */
export type Shapes = Pick<Series, "openOf" | "highOf" | "lowOf" | "closeOf">;

/** Widths of body and wick with the same parity, so that the wick stands in the middle. */
export function bodyWidth(column: number, ratio: number, part: number): [body: number, wick: number] {
  const wick = Math.max(1, Math.round(ratio * (column / ratio > 7 ? 1 : 0.5)));
  let body = Math.max(1, Math.floor(column * part));
  if ((body - wick) & 1) body = body + 1 < column ? body + 1 : Math.max(wick, body - 1);
  return [body, wick];
}

/** Draws columns `first` to `last`, both included; the newest one hollow when `forming`. */
export function drawCandles(pen: Pen, geometry: Geometry, series: Shapes, first: number, last: number, forming: boolean, colours: Colours): void {
  const { context, ratio } = pen;
  const { column: width, level } = geometry;
  const [body, wick] = bodyWidth(width, ratio, width / ratio >= 8 ? 0.66 : 0.74);
  const left = (body - 1) >> 1;
  const side = (wick - 1) >> 1;
  context.setTransform(1, 0, 0, 1, 0, 0);
  for (let rising = 0; rising < 2; rising++) {
    context.fillStyle = rising ? colours.candleUp : colours.candleDown;
    for (let column = first; column <= last; column++) {
      const open = series.openOf(level, column);
      const close = series.closeOf(level, column);
      if ((close >= open ? 1 : 0) !== rising) continue;
      const x = geometry.deviceX(column);
      const yOpen = Math.round(geometry.y(open) * ratio);
      const yClose = Math.round(geometry.y(close) * ratio);
      const top = Math.round(geometry.y(series.highOf(level, column)) * ratio);
      const bottom = Math.round(geometry.y(series.lowOf(level, column)) * ratio);
      context.fillRect(x - side, top, wick, Math.max(1, bottom - top));
      if (body > wick) context.fillRect(x - left, Math.min(yOpen, yClose), body, Math.max(1, Math.abs(yOpen - yClose)));
    }
  }
  if (forming) hollow(pen, geometry, series, last, body, left, colours);
  context.setTransform(ratio, 0, 0, ratio, 0, 0);
}

function hollow(pen: Pen, geometry: Geometry, series: Shapes, column: number, body: number, left: number, colours: Colours): void {
  const edge = Math.max(1, Math.round(pen.ratio / 2));
  const yOpen = Math.round(geometry.y(series.openOf(geometry.level, column)) * pen.ratio);
  const yClose = Math.round(geometry.y(series.closeOf(geometry.level, column)) * pen.ratio);
  const height = Math.abs(yOpen - yClose);
  if (body < 3 || height <= 2 * edge) return;
  pen.context.fillStyle = colours.plot;
  pen.context.fillRect(geometry.deviceX(column) - left + edge, Math.min(yOpen, yClose) + edge, body - 2 * edge, height - 2 * edge);
}

/** Draws the volume of columns at the foot of the plot, the largest one `geometry.volume` high. */
export function drawVolume(pen: Pen, geometry: Geometry, series: Series, first: number, last: number, most: number, colours: Colours): void {
  if (!(most > 0) || !geometry.volume) return;
  const { context, ratio } = pen;
  const { column: width, level } = geometry;
  const [body] = bodyWidth(width, ratio, width / ratio >= 8 ? 0.66 : 0.74);
  const left = (body - 1) >> 1;
  const foot = Math.round(geometry.height * ratio);
  const scale = (geometry.volume * ratio) / most;
  context.setTransform(1, 0, 0, 1, 0, 0);
  for (let rising = 0; rising < 2; rising++) {
    context.fillStyle = rising ? colours.volUp : colours.volDown;
    for (let column = first; column <= last; column++) {
      const volume = series.volumeOf(level, column);
      if (!(volume > 0) || (series.closeOf(level, column) >= series.openOf(level, column) ? 1 : 0) !== rising) continue;
      const height = Math.max(1, Math.round(volume * scale));
      context.fillRect(geometry.deviceX(column) - left, foot - height, body, height);
    }
  }
  context.setTransform(ratio, 0, 0, ratio, 0, 0);
}
