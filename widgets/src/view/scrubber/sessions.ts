// The hours of the great cities.
import { DAY, HOUR } from "../format.ts";
import type { Facts } from "../facts.ts";
import { Zone } from "../zone.ts";
import { momentOf } from "../moments.ts";
import type { Lane, Scene } from "./lanes.ts";

/** Working hours of a city's markets, Monday to Friday by its own clock. */
class Session {
  private readonly zone: Zone;

  constructor(place: string, private readonly open: number, private readonly close: number) {
    this.zone = new Zone(place);
  }

  *between(start: number, end: number): Generator<[from: number, to: number]> {
    for (let day = Math.floor(this.zone.local(start) / DAY) * DAY; day < end + DAY; day += DAY) {
      const weekday = (day / DAY + 4) % 7;
      const [from, to] = [momentOf(this.zone, day + this.open * HOUR), momentOf(this.zone, day + this.close * HOUR)];
      if (weekday > 0 && weekday < 6 && to > start && from < end) yield [from, to];
    }
  }
}

const CITIES = [new Session("Asia/Tokyo", 9, 18), new Session("Europe/London", 8, 17), new Session("America/New_York", 8, 17)];
/** More days than these have no room for their hours. */
const MOST_DAYS = 120;
const HEIGHT = 2.5;
const SPACING = 3.5;

type Shown = Pick<Scene, "pen" | "time" | "facts" | "colours">;

/** The market is open around the clock on weekdays, so that the hours of the great cities are of interest. */
const isOfCities = (facts: Facts): boolean => ["fx", "metals"].includes(facts.info.calendar ?? "");

/** Whether there are hours to be shown, and room for them. */
export function hasSessions({ time, facts }: Shown): boolean {
  return (time.end - time.start) / DAY <= MOST_DAYS && (isOfCities(facts) || time.gaps > 0);
}

/** The hours of the great cities, elsewhere those of the exchange: known ahead, as the calendar is. */
export function drawSessions({ pen, time, facts, colours }: Shown, lane: Lane): void {
  const draw = (left: number, right: number, row: number, colour: string): void => {
    if (right - left > 1) pen.fill(left, lane.y + 1 + row * SPACING, right - left, HEIGHT, colour);
  };
  pen.context.globalAlpha = 0.6;
  if (isOfCities(facts))
    CITIES.forEach((session, row) => {
      for (const [from, to] of session.between(time.start, time.end)) draw(time.x(from), time.x(to), row, [colours.accent, colours.ind2, colours.warn][row]!);
    });
  else for (let gap = 0; gap <= time.gaps; gap++) draw(gap ? time.gapX(gap - 1) + time.gapWidth : time.x(time.start), gap < time.gaps ? time.gapX(gap) : time.x(time.end), 1, colours.accent);
  pen.context.globalAlpha = 1;
}
