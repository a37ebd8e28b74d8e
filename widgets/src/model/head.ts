// The play head: where it is going while it plays, and where a step ends.
import type { Info } from "./info.ts";
import type { Bars } from "./series.ts";
import type { Tape } from "./tape.ts";
import type { Times } from "./times.ts";

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

  constructor(private readonly info: Info, private readonly times: Times, private readonly tape: Tape | null) {}

  set(time: number): void {
    this.at = time;
  }

  /** The tick that a head at `tick` and `time` has come to `seconds` of the wall clock later; by bars where some are given. */
  target(seconds: number, speed: number, tick: number, time: number, bars: Bars | null): number {
    const { tape, times } = this, end = this.info.ticks - 1;
    if (speed === Infinity) return tick + this.fullSpeed;
    const at = bars ? this.passBars(seconds, speed, bars) : this.pass(seconds, speed, time, this.nextTime(tick, time, end));
    if (!tape) return times.tickAt(at);
    const reach = tape.reach(tick), found = tape.before(at, tick, reach);
    return found === reach && reach < end ? times.tickAt(at) : found;
  }

  /** When the next tick is, as far as that is known. */
  private nextTime(tick: number, time: number, end: number): number {
    const { tape } = this;
    if (!tape) return this.times.startOf(Math.min(tick + 1, end));
    return tape.has(tick, tick + 1) || tick >= end ? tape.time(Math.min(tick + 1, end)) : time;
  }

  /** Real time: `seconds` of the wall clock at `speed`; closed hours, and any pause of over an hour, take none. */
  private pass(seconds: number, speed: number, time: number, next: number): number {
    this.at = Math.max(this.at, time) + seconds * 1e6 * speed;
    if (next - time > HOUR && this.at < next) this.at = next;
    return this.at;
  }

  /** So many bars a second: `speed` / 60 of the unit's, so that without pauses 1m bars pass as in real time. */
  private passBars(seconds: number, speed: number, bars: Bars): number {
    let bar = Math.max(0, bars.startedBy(this.at) - 1);
    const length = (i: number) => bars.end(i) - bars.start(i);
    const exact = bar + Math.min(1, Math.max(0, (this.at - bars.start(bar)) / length(bar))) + (seconds * speed) / 60;
    bar = Math.min(Math.floor(exact), bars.total - 1);
    this.at = bars.start(bar) + Math.min(1, exact - bar) * length(bar);
    return this.at;
  }

  /** How many ticks a frame takes at "max". */
  private get fullSpeed(): number {
    return Math.max(1, Math.ceil(this.info.ticks / FULL_SPEED_FRAMES));
  }
}
