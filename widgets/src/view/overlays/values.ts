// Values of overlays as text.
import { MINUS, fixed, price as priceText } from "../format.ts";
import type { Pen } from "../pen.ts";

const MOST_DIGITS = 6;
const SMALL = 1e-5;

/** A number of an overlay: as fine as `step`, or with five digits. */
export function textOf(value: number, step = Math.abs(value) * 1e-4): string {
  if (value !== value) return "";
  const size = Math.abs(value), digits = Math.min(MOST_DIGITS, Math.max(0, Math.ceil(-Math.log10(step || 1) - 1e-9)));
  if (size && size < SMALL && step < SMALL) return value.toExponential(1).replaceAll("-", MINUS);
  return size >= 1e6 ? `${fixed(value / 1e6, size >= 1e8 ? 0 : 2)}M` : size >= 1e5 ? `${fixed(value / 1e3, 0)}k` : fixed(value, digits);
}

/** The same at an axis: as many digits as a step asks for and more, where there is room for them. */
export function axisText(pen: Pen, value: number, step: number, room: number): string {
  const fine = textOf(value, step / 20);
  return pen.textWidth(fine) <= room ? fine : textOf(value, step);
}

/** A value of a layer as text: over the prices with their digits. One that only crosses zero keeps its column's look. */
export function valueText(value: number, digits: number): string {
  const size = Math.abs(value);
  return value !== value ? "" : digits === digits ? priceText(value, digits) : size < SMALL && size >= SMALL / 10 ? fixed(value, MOST_DIGITS) : textOf(value);
}
