// Numbers and times as a trader reads them: tabular, with a true minus sign, times in UTC from int64 microseconds.

export const MINUS = "\u2212";
export const SECOND = 1e6;
export const MINUTE = 60 * SECOND;
export const HOUR = 60 * MINUTE;
export const DAY = 24 * HOUR;

const MONTHS = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];
const WEEKDAYS = ["Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"];

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

/** A size: whole lots without decimals, fractions as short as they are. */
export function size(value: number): string {
  if (Number.isInteger(value)) return fixed(value, 0);
  const text = String(Number(Math.abs(value).toPrecision(10)));
  return text.includes("e") ? text : fixed(value, Math.min(8, (text.split(".")[1] ?? "").length));
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

export const seconds = (micros: number): string => clock(micros) + ":" + two(date(micros).getUTCSeconds());

/** "14 May" */
export const dayMonth = (micros: number): string => veil ? "Day " + dayNumber(micros) : dateOf(micros) + " " + monthName(micros);

/** "Wed 14 May" */
export const weekday = (micros: number): string => veil ? dayMonth(micros) : WEEKDAYS[date(micros).getUTCDay()] + " " + dayMonth(micros);

/** "Wed 14 May 2014 13:42:07.512" */
export function moment(micros: number): string {
  const milliseconds = date(micros).getUTCMilliseconds();
  return weekday(micros) + (veil ? "" : " " + yearOf(micros)) + " " + seconds(micros) + "." + String(milliseconds).padStart(3, "0");
}

/** How long something lasted: "42s", "15m", "1h 12m", "2d 7h". */
export function duration(micros: number): string {
  const total = Math.max(0, Math.round(micros / SECOND));
  if (total < 60) return total + "s";
  if (total < 3600) return Math.floor(total / 60) + "m";
  if (total < 86400) return Math.floor(total / 3600) + "h " + two(Math.floor((total % 3600) / 60)) + "m";
  return Math.floor(total / 86400) + "d " + Math.floor((total % 86400) / 3600) + "h";
}

/** What is left of a bar in whole seconds: "0:52", "17:52", "3h 17m" ("3:17h" where room is short). */
export function countdown(micros: number, short = false): string {
  const total = Math.max(0, Math.floor(micros / SECOND));
  if (total < 3600) return Math.floor(total / 60) + ":" + two(total % 60);
  const hours = Math.floor(total / 3600);
  const minutes = two(Math.floor((total % 3600) / 60));
  return short ? hours + ":" + minutes + "h" : hours + "h " + minutes + "m";
}

/** Why a trade ended, in the words of a chart. */
export function reasonText(reason: string): string {
  return reason === "stop_loss" ? "stop" : reason === "take_profit" ? "target" : reason.replaceAll("_", " ");
}

/** "stop_limit" -> "Stop limit" */
export const kindText = (kind: string): string => kind.charAt(0).toUpperCase() + kind.slice(1).replaceAll("_", " ");

/** 300 -> "300×" */
export const times = (value: number): string => (Number.isFinite(value) ? fixed(value, 0) + "\u00d7" : "max");
