// What a person may type into "Go to", and what it means.
import { DAY, HOUR, MINUTE, SECOND, fixed } from "../format.ts";
import type { Zone } from "../zone.ts";
import { moment } from "../words.ts";
import { momentOf } from "../moments.ts";

/** Where the head stands and what there is, times in µs UTC. */
export interface Surroundings {
  time: number;
  ticks: number;
  start: number;
  end: number;
  /** The zone that what is typed is meant in. */
  zone: Zone;
  /** The tick at which a trade was entered; null where there is no such trade to be seen. */
  entry(trade: number): number | null;
}

export type Place = { tick: number } | { time: number } | { reason: string };

const UNITS: Record<string, number> = { s: SECOND, m: MINUTE, min: MINUTE, h: HOUR, d: DAY, w: 7 * DAY };
/** Examples without a date, as they are offered while blind. */
export const DATELESS = "13:30, #4711 (tick), +3h, trade 17";
export const EXAMPLES = `2014-05-07, 2014-05-07 13:30, ${DATELESS}`;

export function readPlace(text: string, around: Surroundings): Place {
  const typed = text.trim();
  return (
    readTick(typed, around) ??
    readTrade(typed, around) ??
    readDistance(typed, around) ??
    readClock(typed, around) ??
    readDate(typed, around) ?? { reason: `Cannot read "${typed}". Write one of the forms below.` }
  );
}

function readTick(typed: string, around: Surroundings): Place | null {
  const parts = /^#\s*(\d[\d,]*)$/.exec(typed);
  if (!parts) return null;
  const tick = Number(parts[1]!.replaceAll(",", ""));
  return tick < around.ticks ? { tick } : { reason: `There is no tick ${fixed(tick, 0)}: the last one is #${fixed(around.ticks - 1, 0)}.` };
}

function readTrade(typed: string, around: Surroundings): Place | null {
  const parts = /^trade\s*#?(\d+)$/i.exec(typed);
  if (!parts) return null;
  const tick = around.entry(Number(parts[1]));
  return tick === null ? { reason: `There is no trade ${parts[1]} to go to.` } : { tick };
}

function readDistance(typed: string, around: Surroundings): Place | null {
  const parts = /^([+\-\u2212])\s*(\d+(?:\.\d+)?)\s*(s|min|m|h|d|w)$/i.exec(typed);
  if (!parts) return null;
  const way = parts[1] === "+" ? 1 : -1;
  return inside(around.time + way * Number(parts[2]) * UNITS[parts[3]!.toLowerCase()]!, around);
}

function readClock(typed: string, around: Surroundings): Place | null {
  const parts = /^(\d{1,2}):(\d{2})(?::(\d{2}))?$/.exec(typed);
  if (!parts) return null;
  const micros = clockOf(parts[1]!, parts[2]!, parts[3]);
  if (micros === null) return { reason: `${typed} is no time of a day.` };
  // On the head's day; where the data begin later that day or end earlier, on the day beside it.
  const { zone } = around, time = momentOf(zone, Math.floor(zone.local(around.time) / DAY) * DAY + micros);
  return inside(time < around.start ? time + DAY : time > around.end ? time - DAY : time, around);
}

function readDate(typed: string, around: Surroundings): Place | null {
  const parts = /^(\d{4})-(\d{1,2})-(\d{1,2})(?:[ T](\d{1,2}):(\d{2})(?::(\d{2}))?)?Z?$/i.exec(typed);
  if (!parts) return null;
  const [year, month, day] = [Number(parts[1]), Number(parts[2]), Number(parts[3])];
  const date = new Date(Date.UTC(year, month - 1, day));
  const micros = parts[4] ? clockOf(parts[4], parts[5]!, parts[6]) : 0;
  if (date.getUTCMonth() !== month - 1 || date.getUTCDate() !== day || micros === null) return { reason: `${typed} is no date of the calendar.` };
  const local = date.getTime() * 1000 + micros;
  const time = /z$/i.test(typed) ? local : momentOf(around.zone, local);
  const wholeDay = !parts[4] && time < around.start && time + DAY > around.start;
  return wholeDay ? { time: around.start } : inside(time, around);
}

function clockOf(hours: string, minutes: string, seconds = "0"): number | null {
  if (Number(hours) > 23 || Number(minutes) > 59 || Number(seconds) > 59) return null;
  return Number(hours) * HOUR + Number(minutes) * MINUTE + Number(seconds) * SECOND;
}

function inside(time: number, { start, end, zone }: Surroundings): Place {
  if (time >= start && time <= end) return { time };
  const shown = (at: number): string => moment(zone.local(at));
  return { reason: `${shown(time)} is outside the data: they go from ${shown(start)} to ${shown(end)} ${zone.label}.` };
}
