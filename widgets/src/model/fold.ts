// The running bars at any tick: the base one folded from its ticks, the longer ones merged from closed base bars and that one.
// Sums go in Python's order: a minute adds its ticks, a longer bar its closed minutes one after the other, then the running one.
import type { Bars } from "./series.ts";
import type { Tape } from "./tape.ts";

const [OPEN, HIGH, LOW, CLOSE, VOLUME, TICKS] = [0, 1, 2, 3, 4, 5] as const;

/** A bar that takes ticks or shorter bars; `taken` is how far it has come. */
class Running {
  readonly values = new Float64Array(6);
  bar = -1;
  taken = -1;

  begin(bar: number, from: number): void {
    this.bar = bar;
    this.taken = from;
    this.values.fill(0);
    this.values[OPEN] = NaN;
  }

  take(open: number, high: number, low: number, close: number, volume: number, ticks: number): void {
    const { values } = this;
    if (values[OPEN] !== values[OPEN]) {
      values[OPEN] = open;
      values[HIGH] = high;
      values[LOW] = low;
      values[VOLUME] = volume;
    } else {
      if (high > values[HIGH]!) values[HIGH] = high;
      if (low < values[LOW]!) values[LOW] = low;
      values[VOLUME]! += volume;
    }
    values[CLOSE] = close;
    values[TICKS]! += ticks;
  }
}

export class Fold {
  private readonly minute = new Running();
  private readonly longer = Array.from({ length: 6 }, () => new Running());
  private readonly shown = Array.from({ length: 6 }, () => new Float64Array(6));
  private readonly row = new Float64Array(6);

  constructor(private readonly series: readonly Bars[], private readonly base: number, private readonly tape: Tape | null) {}

  /** First tick that must be on the tape to fold the bars at `tick`. */
  needs(tick: number): number {
    const series = this.series[this.base]!, bar = series.completedAt(tick);
    return bar < series.total ? Math.min(tick, series.first(bar)) : tick;
  }

  /** Whether the bars that are folded and merged at `tick` are here; asks for those that are not. */
  here(tick: number): boolean {
    const { series, base } = this;
    let here = true;
    for (let k = base; k < 6; k++) here = series[k]!.near(tick) && here;
    if (!here) return false;
    const bars = series[base]!, done = bars.completedAt(tick);
    let from = done;
    for (let k = base + 1; k < 6; k++) {
      const bar = series[k]!.completedAt(tick);
      if (bar < series[k]!.total) from = Math.min(from, bars.holding(series[k]!.first(bar)));
    }
    return bars.need(from, done + 1);
  }

  /** Bring all six series to the state after `tick` was taken. */
  seek(tick: number): void {
    const base = this.series[this.base]!, done = base.completedAt(tick);
    const running = done < base.total && base.first(done) <= tick ? this.foldMinute(done, tick) : null;
    for (let k = this.base + 1; k < 6; k++) this.merge(k, tick, done, running);
    base.show(done, running);
  }

  private foldMinute(bar: number, tick: number): Float64Array {
    const { minute, tape } = this, first = this.series[this.base]!.first(bar);
    if (!tape) {
      this.series[this.base]!.finished(bar, minute.values);
      return minute.values;
    }
    if (minute.bar !== bar || minute.taken > tick + 1) minute.begin(bar, first);
    tape.fold(minute.taken, tick, minute.values);
    minute.taken = tick + 1;
    return minute.values;
  }

  private merge(k: number, tick: number, done: number, running: Float64Array | null): void {
    const series = this.series[k]!, base = this.series[this.base]!, merged = this.longer[k]!, { row } = this;
    const bar = series.completedAt(tick);
    if (bar >= series.total || series.first(bar) > tick) return series.show(bar, null);
    const from = base.holding(series.first(bar));
    if (merged.bar !== bar || merged.taken > done) merged.begin(bar, from);
    for (let i = merged.taken; i < done; i++) {
      base.finished(i, row);
      merged.take(row[OPEN]!, row[HIGH]!, row[LOW]!, row[CLOSE]!, row[VOLUME]!, row[TICKS]!);
    }
    merged.taken = Math.max(merged.taken, done);
    const shown = this.shown[k]!, { values } = merged;
    if (!running) shown.set(values);
    else if (values[OPEN] !== values[OPEN]) shown.set(running);
    else {
      shown[OPEN] = values[OPEN]!;
      shown[HIGH] = Math.max(values[HIGH]!, running[HIGH]!);
      shown[LOW] = Math.min(values[LOW]!, running[LOW]!);
      shown[CLOSE] = running[CLOSE]!;
      shown[VOLUME] = values[VOLUME]! + running[VOLUME]!;
      shown[TICKS] = values[TICKS]! + running[TICKS]!;
    }
    series.show(bar, shown);
  }
}
