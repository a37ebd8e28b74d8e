// The four ways in which a panel draws its bars.
import type { Series } from "../needs.ts";
import type { Pen } from "../pen.ts";
import type { Colours } from "../theme.ts";
import { bodyWidth, drawCandles } from "./candles.ts";
import type { Geometry } from "./geometry.ts";
import type { Heikin } from "./heikin.ts";
import type { BarStyle } from "./barstyle.ts";

/** Draws columns `first` to `last` in a style; the newest one as it is while it forms, where `forming`. */
export function drawBars(
  pen: Pen, geometry: Geometry, series: Series, heikin: Heikin, style: BarStyle, first: number, last: number, forming: boolean, colours: Colours,
): void {
  if (style === "bars") drawTicked(pen, geometry, series, first, last, colours);
  else if (style === "line") drawLine(pen, geometry, series, forming ? first - 1 : first, last, colours);
  else drawCandles(pen, geometry, style === "heikin" ? heikin : series, first, last, forming, colours);
}

/** From low to high, with the open at the left and the close at the right. */
function drawTicked(pen: Pen, geometry: Geometry, series: Series, first: number, last: number, colours: Colours): void {
  const { context, ratio } = pen;
  const { column: width, level } = geometry;
  const [body, wick] = bodyWidth(width, ratio, 0.8);
  const [left, side] = [(body - 1) >> 1, (wick - 1) >> 1];
  context.setTransform(1, 0, 0, 1, 0, 0);
  for (let column = first; column <= last; column++) {
    const open = series.openOf(level, column), close = series.closeOf(level, column);
    const x = geometry.deviceX(column);
    const top = Math.round(geometry.y(series.highOf(level, column)) * ratio);
    const bottom = Math.round(geometry.y(series.lowOf(level, column)) * ratio);
    context.fillStyle = close >= open ? colours.candleUp : colours.candleDown;
    context.fillRect(x - side, top, wick, Math.max(wick, bottom - top));
    if (body <= wick) continue;
    context.fillRect(x - left, Math.round(geometry.y(open) * ratio) - side, left, wick);
    context.fillRect(x, Math.round(geometry.y(close) * ratio) - side, body - left, wick);
  }
  context.setTransform(ratio, 0, 0, ratio, 0, 0);
}

function drawLine(pen: Pen, geometry: Geometry, series: Series, first: number, last: number, colours: Colours): void {
  const { context } = pen;
  const { level } = geometry;
  context.strokeStyle = colours.text2;
  context.lineWidth = 1.5;
  context.beginPath();
  for (let column = Math.max(0, first); column <= last; column++) context.lineTo(geometry.x(column), geometry.y(series.closeOf(level, column)));
  context.stroke();
}
