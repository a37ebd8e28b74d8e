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
  const found = candidates(columns);
  found.sort((a, b) => b.weight - a.weight || b.x - a.x);
  const kept: TimeLabel[] = [];
  for (const label of found) {
    label.half = measure(label.text) / 2;
    if (label.x - label.half < 4 || label.x + label.half > columns.width - 4) continue;
    if (kept.every((other) => Math.abs(other.x - label.x) > label.half + other.half + gap)) kept.push(label);
  }
  kept.sort((a, b) => a.x - b.x);
  return kept.every((label) => label.full) && !nameMonth(kept, columns.width, measure) ? [] : kept;
}

/** Numbers of days say nothing by themselves: the first that has room for it says its month; false where none has. */
function nameMonth(kept: readonly TimeLabel[], width: number, measure: (text: string) => number): boolean {
  for (const [i, label] of kept.entries()) {
    const half = measure(label.full!) / 2, right = i + 1 < kept.length ? kept[i + 1]!.x - kept[i + 1]!.half - CLOSE : width - 4;
    if (label.x - half < (i ? kept[i - 1]!.x + kept[i - 1]!.half + CLOSE : 4) || label.x + half > right) continue;
    [label.text, label.half] = [label.full!, half];
    return true;
  }
  return false;
}

function candidates(columns: Columns): TimeLabel[] {
  const found: TimeLabel[] = [];
  const perDay = dayWidth(columns);
  const step = STEPS.find((each) => (each / columns.bar) * columns.spacing >= ROOM && each >= columns.bar);
  for (let column = Math.max(1, columns.first); column <= columns.last; column++) {
    const before = columns.time(column - 1);
    const time = columns.time(column);
    let text = "";
    let weight = 0;
    let full: string | undefined;
    if (Math.floor(before / DAY) !== Math.floor(time / DAY)) [text, weight, full] = calendarLabel(before, time, perDay);
    else if (step && perDay >= ROOM && Math.floor(before / step) !== Math.floor(time / step)) {
      text = clock(columns.sampled ? Math.floor(time / step) * step : time);
      weight = time % step === 0 ? 2 : 1;
    }
    if (text) found.push({ x: columns.x(column), text, half: 0, strong: weight >= 3, weight, full });
  }
  return found;
}

/** Width of a trading day in CSS pixels, from the days that are in view. */
function dayWidth(columns: Columns): number {
  const { first, last } = columns;
  let days = 0;
  for (let column = Math.max(1, first); column <= last; column++)
    if (Math.floor(columns.time(column - 1) / DAY) !== Math.floor(columns.time(column) / DAY)) days++;
  if (days > last - first - 1) days = (columns.time(last) - columns.time(first)) / DAY / 1.4;
  return days ? ((last - first + 1) * columns.spacing) / days : Infinity;
}

function calendarLabel(before: number, time: number, perDay: number): [text: string, weight: number, full?: string] {
  if (worn()) return Math.floor(time / DAY) % Math.ceil(ROOM / perDay) ? ["", 0] : [dayMonth(time), 4];
  const year = yearOf(time);
  const yearStep = [1, 2, 5, 10, 20, 50, 100, 200, 500].find((years) => years * 260 * perDay >= ROOM) ?? 1000;
  if (year !== yearOf(before)) return Math.floor(year / yearStep) === Math.floor(yearOf(before) / yearStep) ? ["", 0] : [String(year), 6];
  const months = [1, 3].find((count) => count * 21 * perDay >= 44);
  if (monthOf(time) !== monthOf(before)) return months && monthOf(time) % months === 0 ? [monthName(time), 5] : ["", 0];
  if (perDay >= ROOM) return [dayMonth(time), 4];
  if (perDay >= ROOM / 2) return Math.floor(time / DAY) % 2 === 0 ? [dayMonth(time), 3] : ["", 0];
  return perDay >= 8 && week(before) !== week(time) ? [dayOf(time), 1, dayMonth(time)] : ["", 0];
}

const week = (time: number): number => Math.floor((time / DAY + 3) / 7);
