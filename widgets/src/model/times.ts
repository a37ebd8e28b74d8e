// When each tick was, and which one a time means: exact where the tape is here, by the base bars where it is not.
import type { Info } from "./info.ts";
import type { Bars } from "./series.ts";
import type { Tape } from "./tape.ts";

export class Times {
  private readonly bars: Bars;
  private readonly row = new Float64Array(6);

  constructor(private readonly info: Info, series: readonly Bars[], private readonly tape: Tape | null) {
    this.bars = series[info.base]!;
  }

  /** About when a tick was: exact where its page is here. */
  of(tick: number): number {
    return this.tape?.here(tick) ? this.tape.time(tick) : this.startOf(tick);
  }

  /** When the bar that a tick lies in begins. */
  startOf(tick: number): number {
    return this.bars.start(Math.max(0, this.bars.holding(tick)));
  }

  /** The close of the bar that a tick lies in. */
  closeOf(tick: number): number {
    this.bars.finished(this.bars.holding(tick), this.row);
    return this.row[3]!;
  }

  /** Whether the last tick at or before a time can be told. */
  known(time: number): boolean {
    const bar = this.bars.startedBy(time) - 1;
    return this.bars.need(bar, bar + 2) && (!this.tape || this.tape.has(...this.around(time)));
  }

  /** The last tick at or before a time: exact where the tape is here, else the last of the base bar it lies in. */
  tickAt(time: number): number {
    const [first, last] = this.around(time);
    if (!this.tape) return Math.max(0, Math.min(first, last));
    return this.known(time) ? Math.max(0, this.tape.before(time, first, last)) : last;
  }

  /** First and last tick of the base bar that a time lies in, or behind; of a flat one the tick after it and the one before. */
  private around(time: number): [first: number, last: number] {
    const { bars } = this, bar = bars.startedBy(time) - 1;
    return bar < 0 ? [0, 0] : [bars.first(bar), (bar + 1 < bars.total ? bars.first(bar + 1) : this.info.ticks) - 1];
  }
}
