// Sizes, times and reasons as lists and blocks spell them; `format.ts` has what stands in panels.
import { MINUS, SECOND, clock, dayMonth, fixed, worn, yearOf } from "./format.ts";

const WEEKDAYS = ["Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"];
const two = (value: number): string => (value < 10 ? "0" : "") + value;
const date = (micros: number): Date => new Date(Math.floor(micros / 1000));

/** A size: whole lots without decimals, fractions as short as they are. */
export function size(value: number): string {
  if (Number.isInteger(value)) return fixed(value, 0);
  const text = String(Number(Math.abs(value).toPrecision(10)));
  return text.includes("e") ? (value < 0 ? MINUS : "") + text : fixed(value, Math.min(8, (text.split(".")[1] ?? "").length));
}

export const seconds = (micros: number): string => clock(micros) + ":" + two(date(micros).getUTCSeconds());

/** "Wed 14 May" */
export const weekday = (micros: number): string => worn() ? dayMonth(micros) : WEEKDAYS[date(micros).getUTCDay()] + " " + dayMonth(micros);

/** "Wed 14 May 2014 13:42:07.512" */
export function moment(micros: number): string {
  const milliseconds = date(micros).getUTCMilliseconds();
  return weekday(micros) + (worn() ? "" : " " + yearOf(micros)) + " " + seconds(micros) + "." + String(milliseconds).padStart(3, "0");
}

/** How long something lasted: "42s", "15m", "1h 12m", "2d 7h". */
export function duration(micros: number): string {
  const total = Math.max(0, Math.round(micros / SECOND));
  if (total !== total) return "";
  if (total < 60) return total + "s";
  if (total < 3600) return Math.floor(total / 60) + "m";
  if (total < 86400) return Math.floor(total / 3600) + "h " + two(Math.floor((total % 3600) / 60)) + "m";
  return Math.floor(total / 86400) + "d " + Math.floor((total % 86400) / 3600) + "h";
}

/** Why a trade ended, in the words of a chart. */
export function reasonText(reason: string): string {
  return reason === "stop_loss" ? "stop" : reason === "take_profit" ? "target" : reason.replaceAll("_", " ");
}

/** "stop_limit" -> "Stop limit" */
export const kindText = (kind: string): string => kind.charAt(0).toUpperCase() + kind.slice(1).replaceAll("_", " ");

/** 300 -> "300×" */
export const times = (value: number): string => (Number.isFinite(value) ? fixed(value, 0) + "\u00d7" : "max");
