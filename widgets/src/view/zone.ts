// A time zone: what a clock in it shows at a moment, as microseconds that the formats of `format.ts` read like UTC.
import { DAY, HOUR, MINUTE } from "./format.ts";

const BLOCK = 7 * DAY;
const STEP = HOUR / 4;

export class Zone {
  private readonly format: Intl.DateTimeFormat | null = null;
  /** Offsets of whole weeks, and of quarters of an hour in weeks whose ends differ. */
  private readonly known = new Map<number, number>();

  /** A name of the IANA data base, such as Europe/Berlin; one that the browser does not know is UTC. */
  constructor(readonly name: string) {
    try {
      if (name !== "UTC") this.format = new Intl.DateTimeFormat("en", { timeZone: name, timeZoneName: "longOffset" });
    } catch {
      this.name = "UTC";
    }
  }

  /** "New York" of America/New_York */
  get label(): string {
    return this.name.slice(this.name.lastIndexOf("/") + 1).replaceAll("_", " ");
  }

  local(time: number): number {
    return time + this.offset(time);
  }

  private offset(time: number): number {
    if (!this.format || time !== time) return 0;
    const week = Math.floor(time / BLOCK) * BLOCK;
    return this.at(week) === this.at(week + BLOCK) ? this.at(week) : this.at(Math.floor(time / STEP) * STEP);
  }

  private at(time: number): number {
    let offset = this.known.get(time);
    if (offset === undefined) {
      const [, sign = "", hours = "0", minutes = "0"] = /GMT([+-])(\d+):(\d+)/.exec(this.format!.format(time / 1000)) ?? [];
      this.known.set(time, (offset = (sign === "-" ? -1 : 1) * (Number(hours) * HOUR + Number(minutes) * MINUTE)));
    }
    return offset;
  }
}
