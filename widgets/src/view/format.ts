// Numbers and times as a trader reads them: tabular, with a true minus sign, times in UTC from int64 microseconds.

export const MINUS = "\u2212";
export const SECOND = 1e6;
export const MINUTE = 60 * SECOND;
export const HOUR = 60 * MINUTE;
export const DAY = 24 * HOUR;

const MONTHS = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];

/** What stands for dates and price levels in blind mode: days since the first one, pips since the first price. */
export interface Veil {
  day: number;
  price: number;
  pip: number;
}

let veil: Veil | null = null;

/** Everything below hides what `next` hides, until it is told otherwise: whoever writes for a view says so first. */
export const wear = (next: Veil | null): void => void (veil = next);
export const worn = (): Veil | null => veil;
const dayNumber = (micros: number): string => fixed(Math.floor(micros / DAY) - veil!.day + 1, 0);

const two = (value: number): string => (value < 10 ? "0" : "") + value;
const date = (micros: number): Date => new Date(Math.floor(micros / 1000));

/** 1234567.8 -> "1,234,567.80"; a minus sign only when a digit other than zero is left. */
export function fixed(value: number, digits = 2): string {
  if (!Number.isFinite(value)) return "";
  const text = Math.abs(value).toFixed(digits);
  const point = digits ? text.length - digits - 1 : text.length;
  let whole = text.slice(0, point);
  for (let i = point - 3; i > 0; i -= 3) whole = whole.slice(0, i) + "," + whole.slice(i);
  return (value < 0 && Number(text) !== 0 ? MINUS : "") + whole + text.slice(point);
}

/** The same with a plus sign before gains. */
export const signed = (value: number, digits = 2): string => (value > 0 && Number(value.toFixed(digits)) !== 0 ? "+" : "") + fixed(value, digits);

/** A price with the instrument's digits and no thousands commas. */
export function price(value: number, digits: number): string {
  if (!Number.isFinite(value)) return "";
  if (veil) return signed((value - veil.price) / veil.pip, 1);
  return value < 0 ? MINUS + (-value).toFixed(digits) : value.toFixed(digits);
}

export const monthOf = (micros: number): number => date(micros).getUTCMonth();
export const yearOf = (micros: number): number => date(micros).getUTCFullYear();
/** The day alone: "14" */
export const dayOf = (micros: number): string => veil ? dayNumber(micros) : String(dateOf(micros));
export const dateOf = (micros: number): number => date(micros).getUTCDate();
export const monthName = (micros: number): string => MONTHS[monthOf(micros)]!;

export function clock(micros: number): string {
  const minutes = Math.floor(micros / MINUTE) % 1440;
  const positive = minutes < 0 ? minutes + 1440 : minutes;
  return two(Math.floor(positive / 60)) + ":" + two(positive % 60);
}

/** "14 May" */
export const dayMonth = (micros: number): string => veil ? "Day " + dayNumber(micros) : dateOf(micros) + " " + monthName(micros);

/** What is left of a bar in whole seconds: "0:52", "17:52", "3h 17m" ("3:17h" where room is short). */
export function countdown(micros: number, short = false): string {
  const total = Math.max(0, Math.floor(micros / SECOND));
  if (total < 3600) return Math.floor(total / 60) + ":" + two(total % 60);
  const hours = Math.floor(total / 3600);
  const minutes = two(Math.floor((total % 3600) / 60));
  return short ? hours + ":" + minutes + "h" : hours + "h " + minutes + "m";
}
