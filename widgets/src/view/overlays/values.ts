// Values of overlays as text.
import { fixed, price as priceText } from "../format.ts";

const MOST_DIGITS = 6;

/** A number of an overlay: as fine as its axis is, or with five digits. */
export function textOf(value: number, step = Math.abs(value) * 1e-4): string {
  if (value !== value) return "";
  const digits = Math.min(MOST_DIGITS, Math.max(0, Math.ceil(-Math.log10(step || 1) - 1e-9)));
  const size = Math.abs(value);
  return size >= 1e6 ? `${fixed(value / 1e6, size >= 1e8 ? 0 : 2)}M` : size >= 1e5 ? `${fixed(value / 1e3, 0)}k` : fixed(value, digits);
}

/** A value of a layer as text: over the prices with their digits. */
export const valueText = (value: number, digits: number): string => (value !== value ? "" : digits === digits ? priceText(value, digits) : textOf(value));
