// The hours of the great cities.
import { DAY, HOUR } from "../format.ts";
import { Zone } from "../zone.ts";
import { momentOf } from "../moments.ts";

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

export const SESSIONS = [new Session("Asia/Tokyo", 9, 18), new Session("Europe/London", 8, 17), new Session("America/New_York", 8, 17)];
