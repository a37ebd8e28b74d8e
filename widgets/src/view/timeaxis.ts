// Which times stand under a chart: days before clock times, months before days, years before months; none touches another.
import { DAY, MINUTE, clock, dayMonth, dayOf, monthName, monthOf, worn, yearOf } from "./format.ts";

export interface TimeLabel {
  x: number;
  text: string;
  half: number;
  strong: boolean;
  weight: number;
  /** Of a day that is told by its number alone: the same with its month. */
  full?: string | undefined;
}

/** The columns a chart shows, as the axis sees them: times in µs (a trading day by the day it ends on), x in CSS pixels. */
export interface Columns {
  first: number;
  last: number;
  spacing: number;
  width: number;
  bar: number;
  /** Columns are points of a curve rather than bars: a label says the round time that lies in its column, not the column's own. */
  sampled?: boolean;
  time(column: number): number;
  x(column: number): number;
}

const STEPS = [1, 2, 5, 10, 15, 30, 60, 120, 240, 360, 720].map((minutes) => minutes * MINUTE);
const ROOM = 58;
const CLOSE = 6;

/** Labels from left to right. `measure` gives a text's width in CSS pixels. */
export function timeLabels(columns: Columns, measure: (text: string) => number, gap = 14): TimeLabel[] {
  const kept: TimeLabel[] = [];
  for (const label of candidates(columns, measure).sort((a, b) => b.weight - a.weight || b.x - a.x)) {
    if (label.x - label.half < 4 || label.x + label.half > columns.width - 4) continue;
    if (kept.every((other) => Math.abs(other.x - label.x) > label.half + other.half + gap)) kept.push(label);
  }
  kept.sort((a, b) => a.x - b.x);
  return kept.every((label) => label.full) && !nameMonth(kept, columns.width, measure) ? [] : kept;
}

/** Numbers of days say nothing by themselves: the first that has room for it says its month; false where none has. */
function nameMonth(kept: readonly TimeLabel[], width: number, measure: (text: string) => number): boolean {
  for (const [i, label] of kept.entries()) {
    const half = measure(label.full!) / 2, before = kept[i - 1], after = kept[i + 1];
    if (label.x - half < (before ? before.x + before.half + CLOSE : 4)) continue;
    if (label.x + half > (after ? after.x - after.half - CLOSE : width - 4)) continue;
    [label.text, label.half] = [label.full!, half];
    return true;
  }
  return false;
}

function candidates(columns: Columns, measure: (text: string) => number): TimeLabel[] {
  const { first, last, time, x, bar, sampled, spacing } = columns, found: TimeLabel[] = [];
  const add = (column: number, text?: string, weight = 0, full?: string): unknown =>
    text && found.push({ x: x(column), text, half: measure(text) / 2, strong: weight >= 3, weight, full });
  const perDay = dayWidth(columns);
  const step = STEPS.find((each) => (each / bar) * spacing >= ROOM && each >= bar);
  for (let column = Math.max(1, first); column <= last; column++) {
    const before = time(column - 1), now = time(column);
    if (between(before, now, DAY)) add(column, ...calendarLabel(before, now, perDay));
    else if (step && perDay >= ROOM && between(before, now, step))
      add(column, clock(sampled ? Math.floor(now / step) * step : now), now % step ? 1 : 2);
  }
  if (!found.length && last >= first) add(last, dayMonth(time(last))); // so few bars that no round time is among them
  return found;
}

/** Width of a trading day in CSS pixels, from the days that are in view. */
function dayWidth({ first, last, spacing, time }: Columns): number {
  let days = 0;
  for (let column = Math.max(1, first); column <= last; column++)
    days += +between(time(column - 1), time(column), DAY);
  if (days > last - first - 1) days = (time(last) - time(first)) / DAY / 1.4;
  return days ? ((last - first + 1) * spacing) / days : Infinity;
}

function calendarLabel(before: number, time: number, perDay: number): [text?: string, weight?: number, full?: string] {
  const day = Math.floor(time / DAY), year = yearOf(time);
  if (worn()) return day % Math.ceil(ROOM / perDay) ? [] : [dayMonth(time), 4];
  const years = [1, 2, 5, 10, 20, 50, 100, 200, 500].find((count) => count * 260 * perDay >= ROOM) ?? 1000;
  if (year !== yearOf(before)) return between(yearOf(before), year, years) ? [String(year), 6] : [];
  const months = [1, 3].find((count) => count * 21 * perDay >= 44);
  if (monthOf(time) !== monthOf(before)) return months && monthOf(time) % months === 0 ? [monthName(time), 5] : [];
  if (perDay >= ROOM) return [dayMonth(time), 4];
  if (perDay >= ROOM / 2) return day % 2 ? [] : [dayMonth(time), 3];
  return perDay >= 8 && between(before + 3 * DAY, time + 3 * DAY, 7 * DAY) ? [dayOf(time), 1, dayMonth(time)] : [];
}

/** Whether a round number lies after `before`, up to `now`. */
const between = (before: number, now: number, step: number): boolean => Math.floor(before / step) !== Math.floor(now / step);
