// The play head: where it is going while it plays, and where a step ends.
import type { Info } from "./info.ts";
import type { Bars } from "./series.ts";

const HOUR = 3_600_000_000;
const FULL_SPEED_FRAMES = 600; // at "max" the whole session passes in so many frames

/** The tick that a step of bars leads to: the last one before the next end of a bar that exists, or before the one before. */
export function stepBars(bars: Bars, ticks: number, tick: number, count: number): number {
  const place = (bar: number) => Math.min(bars.closer(bar), ticks) - 1;
  for (; count > 0; count--) {
    let bar = bars.completedAt(tick + 1);
    while (bar < bars.total && place(bar) <= tick) bar++;
    if (bar >= bars.total) return ticks - 1;
    tick = place(bar);
  }
  for (; count < 0; count++) {
    const bar = bars.completedAt(tick) - 1;
    if (bar < 0) return 0;
    tick = place(bar);
  }
  return tick;
}

/** Market time as it passes while the head plays. */
export class MarketClock {
  private at = 0;

  constructor(private readonly info: Info) {}

  set(time: number): void {
    this.at = time;
  }

  /** Real time: `seconds` of the wall clock at `speed`; closed hours, and any pause of over an hour, take none. */
  pass(seconds: number, speed: number, time: number, next: number): number {
    this.at = Math.max(this.at, time) + seconds * 1e6 * speed;
    if (next - time > HOUR && this.at < next) this.at = next;
    return this.at;
  }

  /** So many bars a second: `speed` / 60 of the unit's, so that without pauses 1m bars pass as in real time. */
  passBars(seconds: number, speed: number, bars: Bars): number {
    let bar = Math.max(0, bars.startedBy(this.at) - 1);
    const length = (i: number) => bars.end(i) - bars.start(i);
    const exact = bar + Math.min(1, Math.max(0, (this.at - bars.start(bar)) / length(bar))) + (seconds * speed) / 60;
    bar = Math.min(Math.floor(exact), bars.total - 1);
    this.at = bars.start(bar) + Math.min(1, exact - bar) * length(bar);
    return this.at;
  }

  /** How many ticks a frame takes at "max". */
  get fullSpeed(): number {
    return Math.max(1, Math.ceil(this.info.ticks / FULL_SPEED_FRAMES));
  }
}
